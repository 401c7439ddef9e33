//! Which edition a packet was written to, judged by names that only one edition has.
//!
//! Most names say nothing: Leading People is in every edition, Accountability too. What tells is a name
//! that some of the codebooks have and others lack, such as Human Resources Management (1997), Human
//! Capital Management (2006) or Driving Efficiency (2025). Nothing here knows those names; they are
//! found by comparing the codebooks that are passed in.
//!
//! A heading that is such a name counts most. In running text a name counts only as a name: two words
//! or more, capitalized as a name is, and not inside a longer name (`Office of Human Resources
//! Management` is a place). Each name counts once, however often it is written.
//!
//! The answer is cautious. Old wording lingers for years and people mix editions, so that no answer is
//! better than a wrong one: see [`MIN_POINTS`] and [`MARGIN`].
//!
//! # Example
//! ```
//! use ecq::codebook::builtins;
//! use ecq::codebook::edition::detect_edition;
//!
//! let books: Vec<_> = builtins().iter().collect();
//! let found = detect_edition(&["ECQ 2: Driving Efficiency"], "I cut the lease.", &books);
//! assert_eq!(found.best.as_deref(), Some("opm-2025"));
//! assert_eq!(found.why, ["Driving Efficiency (heading)"]);
//! ```

use std::collections::BTreeMap;

use crate::codebook::Codebook;
use crate::codebook::names::{self, Gap, Word};

/// Fewest points for an answer: one heading that names an ECQ, or three names in the text.
pub const MIN_POINTS: u32 = 3;

/// An answer needs more than this many times the points that speak against it.
pub const MARGIN: u32 = 3;

/// A heading that names an ECQ: the packet is laid out by it.
const ECQ_HEADING_POINTS: u32 = 4;
/// A heading that names a competency in two words or more.
const HEADING_POINTS: u32 = 2;
/// A heading of one word, which may be chance: `Innovation`, `Vision`.
const WORD_HEADING_POINTS: u32 = 1;
/// A name in running text.
const TEXT_POINTS: u32 = 1;

/// What the names in a packet say of its edition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// One entry for each codebook, in the order in which they were passed.
    pub scores: Vec<EditionScore>,
    /// Id of the codebook that the packet was clearly written to, if there is one.
    pub best: Option<String>,
    /// The names that only [`best`](Self::best) has, strongest first, each with where it was found.
    /// Without an answer, all names found that some codebooks have and others lack.
    pub why: Vec<String>,
}

/// What speaks for and against one codebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionScore {
    /// Id of the codebook.
    pub id: String,
    /// Points of the names found that only this codebook has.
    pub points: u32,
    /// Points of the names found that this codebook lacks and another has.
    pub against: u32,
}

/// The edition that a packet was written to, among `codebooks`.
///
/// `headings` are the packet's headings as written; `text` is all of it, headings included or not. With
/// fewer than two codebooks nothing can be told apart, and the answer is empty.
#[must_use]
pub fn detect_edition(headings: &[&str], text: &str, codebooks: &[&Codebook]) -> Detection {
    let terms = telling_terms(codebooks);
    let mut hits: BTreeMap<&Term, Hit> = BTreeMap::new();
    for heading in headings {
        for segment in names::segments(heading) {
            if let Some(term) = terms.get(&segment) {
                let points = match (term.is_ecq, segment.contains(' ')) {
                    (true, _) => ECQ_HEADING_POINTS,
                    (false, true) => HEADING_POINTS,
                    (false, false) => WORD_HEADING_POINTS,
                };
                note(&mut hits, term, points, "heading");
            }
        }
    }
    for term in terms_in_text(text, &terms) {
        note(&mut hits, term, TEXT_POINTS, "text");
    }
    judge(&hits, codebooks)
}

/// A name that some codebooks have and others lack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    /// Indices of the codebooks that have it, rising.
    holders: Vec<usize>,
    /// Name as the first of them spells it; an alias stands under the name proper.
    name: String,
    is_ecq: bool,
}

/// The best place in which a term was found.
struct Hit {
    points: u32,
    place: &'static str,
}

/// Folded spelling to its term, for the names that not all codebooks share.
fn telling_terms(codebooks: &[&Codebook]) -> BTreeMap<String, Term> {
    let mut terms: BTreeMap<String, Term> = BTreeMap::new();
    for (idx, codebook) in codebooks.iter().enumerate() {
        let ecqs = codebook.ecqs().iter().flat_map(|ecq| {
            ecq.names()
                .map(move |spelling| (spelling, ecq.name(), true))
        });
        let competencies = codebook
            .competencies()
            .iter()
            .map(|competency| (competency.name(), competency.name(), false));
        for (spelling, name, is_ecq) in ecqs.chain(competencies) {
            let term = terms.entry(names::fold(spelling)).or_insert_with(|| Term {
                holders: Vec::new(),
                name: name.to_owned(),
                is_ecq,
            });
            if !term.holders.contains(&idx) {
                term.holders.push(idx);
            }
        }
    }
    terms.retain(|_, term| term.holders.len() < codebooks.len());
    terms
}

fn note<'t>(hits: &mut BTreeMap<&'t Term, Hit>, term: &'t Term, points: u32, place: &'static str) {
    let hit = hits.entry(term).or_insert(Hit { points, place });
    if points > hit.points {
        *hit = Hit { points, place };
    }
}

fn judge(hits: &BTreeMap<&Term, Hit>, codebooks: &[&Codebook]) -> Detection {
    let scores: Vec<EditionScore> = codebooks
        .iter()
        .enumerate()
        .map(|(idx, codebook)| EditionScore {
            id: codebook.id().to_owned(),
            points: total(hits, |term| term.holders == [idx]),
            against: total(hits, |term| !term.holders.contains(&idx)),
        })
        .collect();
    // At most one can pass: what speaks for one codebook speaks against every other.
    let best = scores
        .iter()
        .position(|score| score.points >= MIN_POINTS && score.points > MARGIN * score.against);
    let mut deciding: Vec<(&&Term, &Hit)> = hits
        .iter()
        .filter(|(term, _)| best.is_none_or(|idx| term.holders == [idx]))
        .collect();
    // The sort is stable: names of equal weight stay in the order of the map.
    deciding.sort_by_key(|(_, hit)| std::cmp::Reverse(hit.points));
    Detection {
        best: best.map(|idx| scores[idx].id.clone()),
        why: deciding
            .iter()
            .map(|(term, hit)| format!("{} ({})", term.name, hit.place))
            .collect(),
        scores,
    }
}

fn total(hits: &BTreeMap<&Term, Hit>, counts: impl Fn(&Term) -> bool) -> u32 {
    hits.iter()
        .filter(|(term, _)| counts(term))
        .map(|(_, hit)| hit.points)
        .sum()
}

/// The terms that stand in running text as names.
fn terms_in_text<'t>(text: &str, terms: &'t BTreeMap<String, Term>) -> Vec<&'t Term> {
    // All spellings by their first word, the longest first: Public Service Motivation before any part of it.
    let mut by_first: BTreeMap<&str, Vec<(Vec<&str>, &Term)>> = BTreeMap::new();
    for (spelling, term) in terms {
        let parts: Vec<&str> = spelling.split(' ').collect();
        if parts.len() > 1 {
            by_first.entry(parts[0]).or_default().push((parts, term));
        }
    }
    for spellings in by_first.values_mut() {
        spellings.sort_by_key(|(parts, _)| std::cmp::Reverse(parts.len()));
    }

    let words = names::words(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let spellings = by_first
            .get(&*words[at].folded)
            .map_or(&[][..], Vec::as_slice);
        match spellings
            .iter()
            .find(|(parts, _)| stands_at(&words, at, parts))
        {
            Some((parts, term)) => {
                if !is_part_of_longer_name(&words, at, at + parts.len()) {
                    found.push(*term);
                }
                at += parts.len();
            }
            None => at += 1,
        }
    }
    found
}

/// Whether the words from `at` are `parts`, unbroken and capitalized as a name.
fn stands_at(words: &[Word<'_>], at: usize, parts: &[&str]) -> bool {
    let Some(candidates) = words.get(at..at + parts.len()) else {
        return false;
    };
    candidates
        .iter()
        .zip(parts)
        .enumerate()
        .all(|(idx, (word, part))| {
            let is_joined = idx == 0 || word.gap != Gap::Break;
            let may_be_small = *part == "of" || (idx > 0 && word.gap == Gap::Hyphen);
            word.folded == *part && is_joined && (word.is_capital || may_be_small)
        })
}

/// Whether the name at `start..end` is only a piece of a longer one, such as the name of an office.
fn is_part_of_longer_name(words: &[Word<'_>], start: usize, end: usize) -> bool {
    let goes_on = words
        .get(end)
        .is_some_and(|next| next.gap <= Gap::Space && next.is_capital);
    let is_tied = words[start].gap <= Gap::Space;
    let begins_before = is_tied
        && match &words[..start] {
            // "Office of Human Capital Management", "Director for Human Capital Management"
            [.., head, link] if matches!(&*link.folded, "of" | "for") => {
                head.is_capital && link.gap <= Gap::Space
            }
            // "Chief Human Capital Management"; but a capital may as well begin a sentence.
            [.., link] => link.is_capital && link.gap != Gap::Break,
            [] => false,
        };
    goes_on || begins_before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codebook::{builtin, builtins};

    fn detect(headings: &[&str], text: &str) -> Detection {
        detect_edition(headings, text, &builtins().iter().collect::<Vec<_>>())
    }

    fn best(headings: &[&str], text: &str) -> Option<String> {
        detect(headings, text).best
    }

    #[test]
    fn headings_of_1997() {
        let headings = [
            "ECQ 1 - Leading Change",
            "ECQ 2 - Leading People",
            "ECQ 3 - Results Driven",
            "ECQ 4 - Business Acumen",
            "ECQ 5 - Building Coalitions/Communications",
        ];
        let found = detect(&headings, "");
        assert_eq!(found.best.as_deref(), Some("opm-1997"));
        assert_eq!(found.why, ["Building Coalitions/Communication (heading)"]);
        assert_eq!(found.scores[0].points, 4);
        assert_eq!(found.scores[0].against, 0);
        // Leading Change, Results Driven and Business Acumen speak against 2025, but for neither of the others.
        assert_eq!(found.scores[1].points, 0);
        assert_eq!(found.scores[2].against, 4 * ECQ_HEADING_POINTS);
        assert_eq!(
            best(&["5. Building Coalitions and Communication"], "").as_deref(),
            Some("opm-1997")
        );
    }

    #[test]
    fn headings_of_2006() {
        let headings = [
            "ECQ #1 – LEADING CHANGE",
            "ECQ #2 – LEADING PEOPLE",
            "ECQ #3 – RESULTS DRIVEN",
            "ECQ #4 – BUSINESS ACUMEN",
            "ECQ #5 – BUILDING COALITIONS",
        ];
        let found = detect(
            &headings,
            "As Director I closed the gap in the Office of Human Resources Management.",
        );
        assert_eq!(found.best.as_deref(), Some("opm-2006"));
        assert_eq!(found.why, ["Building Coalitions (heading)"]);
    }

    #[test]
    fn headings_of_2025() {
        let headings = [
            "Commitment to the Rule of Law & Principles of the American Founding",
            "Driving Efficiency",
            "Merit and Competence",
            "Leading People",
            "Achieving Results",
        ];
        let found = detect(&headings, "");
        assert_eq!(found.best.as_deref(), Some("opm-2025"));
        assert_eq!(found.scores[2].points, 16);
        assert_eq!(found.why.len(), 4);
    }

    #[test]
    fn vocabulary_of_1997() {
        let text = "Leading Change calls for Service Motivation, which I showed at the depot. \
                    For Human Resources Management, see the third example. \
                    On Building Coalitions/Communication: I briefed the board.";
        let found = detect(&[], text);
        assert_eq!(found.best.as_deref(), Some("opm-1997"));
        assert_eq!(
            found.why,
            [
                "Building Coalitions/Communication (text)",
                "Human Resources Management (text)",
                "Service Motivation (text)",
            ]
        );
    }

    #[test]
    fn vocabulary_of_2006() {
        let text = "Competencies: Public Service Motivation, Human Capital Management,\nBuilding Coalitions";
        assert_eq!(best(&[], text).as_deref(), Some("opm-2006"));
    }

    #[test]
    fn vocabulary_of_2025() {
        let text = "My example for Civic-mindedness and Fiscal Responsibility is the port. \
                    It called for Executive Judgment.";
        assert_eq!(best(&[], text).as_deref(), Some("opm-2025"));
    }

    #[test]
    fn competencies_as_headings() {
        assert_eq!(
            best(&["Executive Judgment", "Managing Resources"], "").as_deref(),
            Some("opm-2025")
        );
        assert_eq!(
            best(
                &[
                    "Leading Change: Service Motivation",
                    "Human Resources Management"
                ],
                "",
            )
            .as_deref(),
            Some("opm-1997")
        );
        // Two small signs, one of them a single word.
        assert_eq!(best(&["Innovation", "Leading People"], ""), None);
    }

    #[test]
    fn names_common_to_all_editions_say_nothing() {
        let found = detect(
            &["Leading People", "Strategic Thinking", "ECQ 2", ""],
            "Problem Solving, Accountability and Strategic Thinking are my strengths.",
        );
        assert_eq!(found.best, None);
        assert!(found.why.is_empty());
        assert!(
            found
                .scores
                .iter()
                .all(|score| score.points == 0 && score.against == 0)
        );
    }

    #[test]
    fn neutral_text_has_no_edition() {
        let text = "In 2014 I was driving efficiency and building coalitions across the bureau, with merit \
                    and competence, achieving results, through human capital management and fiscal \
                    responsibility. Developing others, I stayed within the rule of law.";
        assert_eq!(detect(&[], text).why, Vec::<String>::new());
        assert_eq!(
            best(
                &["Experience", "Education", "Innovation"],
                "I ran the depot."
            ),
            None
        );
        assert_eq!(best(&[], ""), None);
    }

    #[test]
    fn names_of_offices_are_no_competencies() {
        let text = "I was Director of Human Resources Management, then Chief Human Capital Management Officer. \
                    The Office of the Human Capital Management staff moved. The Technical Skill Center opened.";
        assert_eq!(detect(&[], text).why, Vec::<String>::new());
    }

    #[test]
    fn one_name_in_the_text_is_not_enough_and_repeating_it_does_not_help() {
        let text = "My Service Motivation grew. ".repeat(50);
        let found = detect(&[], &text);
        assert_eq!(found.best, None);
        assert_eq!(found.why, ["Service Motivation (text)"]);
    }

    #[test]
    fn mixed_editions_get_no_answer() {
        let found = detect(&["Building Coalitions", "Driving Efficiency"], "");
        assert_eq!(found.best, None);
        assert_eq!(
            found.why,
            [
                "Building Coalitions (heading)",
                "Driving Efficiency (heading)"
            ]
        );
        assert_eq!(
            best(
                &["Leading Change", "Results Driven", "Achieving Results"],
                ""
            ),
            None
        );
        // Headings shared by 1997 and 2006 rule out 2025 and choose between the two no further.
        assert_eq!(
            best(&["Leading Change", "Results Driven", "Business Acumen"], ""),
            None
        );
    }

    #[test]
    fn the_answer_rests_on_the_codebooks_that_are_passed() {
        let old = builtin("opm-2006").unwrap();
        let new = builtin("opm-2025").unwrap();
        let found = detect_edition(&["Business Acumen"], "", &[old, new]);
        assert_eq!(found.best.as_deref(), Some("opm-2006"));
        assert_eq!(detect_edition(&["Business Acumen"], "", &[old]).best, None);
        assert_eq!(
            detect_edition(&["Business Acumen"], "", &[]),
            Detection::default()
        );
        assert_eq!(
            detect_edition(&["Business Acumen"], "", &[old, old]).best,
            None
        );
    }
}
