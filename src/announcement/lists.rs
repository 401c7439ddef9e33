//! The elements of a qualification's sentence: its separate clauses, and the items of their lists.
//!
//! No grammar is parsed. A sentence is cut at semicolons and where a second verb of the same form begins
//! (`leads ... and ensures ...`, `experience overseeing ... and correcting ...`, `ability to ... and to ...`). In a
//! clause, three items or more joined by commas and a last `and`, `or` or `and/or` are a list, two are one if
//! `and/or` joins them or words such as `including` stand before them. Verbs that share an object
//! (`plan, direct, and evaluate programs`) and pairs of verbs are no list.

use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::clauses::clauses;
use crate::announcement::elements::Joiner;
use crate::announcement::verbs::{is_bare_verb, is_gerund, is_verb_in_s, lower};
use crate::announcement::words::{number, pattern, sentences, trimmed_of};

/// A range of bytes of the text that was read.
pub(super) type Range = (usize, usize);

/// A list with what stands around it, or a clause without one as its only item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawPart {
    /// How many of the items are asked for.
    pub(super) joiner: Joiner,
    /// What a clause takes over from the clause it was cut off from: `Experience` in `... and correcting ...`.
    pub(super) lead: Range,
    /// The words before the first item.
    pub(super) stem: Range,
    /// The items.
    pub(super) items: Vec<Range>,
    /// The words behind the last item that belong to all.
    pub(super) tail: Range,
    /// Whether the beginning of the first item is a guess.
    pub(super) is_guess: bool,
}

/// Most words of an item between two commas.
const MAX_ITEM_WORDS: usize = 8;

/// Words that begin a list.
pub(super) static STRONG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:including(?:,? but not limited to,?)?|to include|such as|e\.g\.,?|(?:in|within) the (?:following )?(?:areas?|fields?) of|(?:one or more|any|all|some|at least \w+) of(?: the following| these)?(?: \w+)?:?|consisting of|involving|(?:as )?(?:shown|demonstrated|evidenced) by|namely)[:,]?\s+",
    )
});

/// The parts of a text, in its order.
pub(super) fn parts(text: &str) -> Vec<RawPart> {
    let mut parts = Vec::new();
    for (start, end) in sentences(text) {
        let Some(sentence) = bare(text, start, end) else {
            continue;
        };
        if let Some(part) = after_colon(text, sentence) {
            parts.push(part);
            continue;
        }
        for piece in split_at(text, sentence, ';') {
            let Some((lead, clauses)) = clauses(text, piece) else {
                continue;
            };
            for (n, clause) in clauses.into_iter().enumerate() {
                let lead = if n == 0 { (clause.0, clause.0) } else { lead };
                parts.extend(lists(text, clause, lead));
            }
        }
    }
    parts
}

/// A range without white space, list signs and a leading `and` or `or`.
pub(super) fn bare(text: &str, start: usize, end: usize) -> Option<Range> {
    static ENUMERATOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(?:(?:and/or|and|or)\s+)?(?:\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})\)\s*)?")
    });
    let signs = |c: char| c.is_whitespace() || ".;,:-–—".contains(c);
    let (start, end) = trimmed_of(text, start, end, signs)?;
    let lead = ENUMERATOR.find(&text[start..end]).map_or(0, |m| m.end());
    static TRAILER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[;,]\s*(?:and/or|and|or)$"));
    let end = TRAILER
        .find(&text[start..end])
        .map_or(end, |found| start + found.start());
    trimmed_of(text, start + lead, end, signs)
}

/// An item of a list of lines or semicolons, without its signs.
pub(super) fn bare_item(text: &str) -> Option<Range> {
    bare(text, 0, text.len())
}

fn split_at(text: &str, (start, end): Range, sign: char) -> Vec<Range> {
    let mut pieces = Vec::new();
    let mut from = start;
    for (at, c) in text[start..end].char_indices() {
        if c == sign {
            pieces.extend(bare(text, from, start + at));
            from = start + at + c.len_utf8();
        }
    }
    pieces.extend(bare(text, from, end));
    pieces
}

/// The list that stands behind a colon: `in one or more of these: a; b; c`.
fn after_colon(text: &str, (start, end): Range) -> Option<RawPart> {
    let at = start + text[start..end].find(": ")?;
    let sign = if text[at..end].contains(';') {
        ';'
    } else {
        ','
    };
    let items = split_at(text, (at + 1, end), sign);
    let n_least = if sign == ';' { 2 } else { 3 };
    if items.len() < n_least {
        return None;
    }
    let stem = (start, at + 1);
    Some(RawPart {
        joiner: joiner_of(&text[start..at], &text[at..end]),
        lead: (start, start),
        stem,
        items,
        tail: (end, end),
        is_guess: false,
    })
}

/// How many items are asked for, by the words before them and, where those do not tell, the word that joins them.
pub(super) fn joiner_of(stem: &str, list: &str) -> Joiner {
    static ANY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:one or more|any(?: one| combination)?|either|at least one|one) of\b|\b(?:such as|e\.g\.)|\bsome of\b",
        )
    });
    static LEAST: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\bat least (two|three|four|five|\d) of\b"));
    static ALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:all|each|both) of\b"));
    static LAST: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[\s,;])(and/or|or|and)\s"));
    if let Some(found) = LEAST.captures(stem)
        && let Some(n) = number(&found[1])
    {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the pattern allows 0 to 9"
        )]
        return Joiner::AtLeast(n as u32);
    }
    if ANY.is_match(stem) {
        return Joiner::Any;
    }
    if ALL.is_match(stem) {
        return Joiner::All;
    }
    match LAST.captures_iter(list).last() {
        Some(found) if !found[1].eq_ignore_ascii_case("and") => Joiner::Any,
        _ => Joiner::All,
    }
}

pub(super) fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

pub(super) fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The lists of a clause, or the clause itself.
fn lists(text: &str, clause: Range, lead: Range) -> Vec<RawPart> {
    let segments = segments(text, clause);
    let mut found: Vec<RawPart> = Vec::new();
    let mut floor = 0;
    for at in 0..segments.len() {
        if at < floor {
            continue;
        }
        if let Some(part) = list_ending_at(text, clause, &segments, floor, at) {
            floor = at + 1;
            found.push(part);
        }
    }
    if found.is_empty() {
        return vec![RawPart {
            joiner: Joiner::All,
            lead,
            stem: (clause.0, clause.0),
            items: vec![clause],
            tail: (clause.1, clause.1),
            is_guess: false,
        }];
    }
    let last = found.len() - 1;
    for (n, part) in found.iter_mut().enumerate() {
        part.lead = lead;
        if n < last {
            part.tail = (clause.1, clause.1);
        }
    }
    found
}

/// The pieces of a clause between commas; those in brackets and numbers do not count.
fn segments(text: &str, (start, end): Range) -> Vec<Range> {
    let mut segments = Vec::new();
    let (mut from, mut depth) = (start, 0usize);
    let bytes = text.as_bytes();
    for (at, c) in text[start..end].char_indices() {
        let at = start + at;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                segments.extend(trimmed_of(text, from, at, char::is_whitespace));
                from = at + 1;
            }
            _ => {}
        }
    }
    segments.extend(trimmed_of(text, from, end, char::is_whitespace));
    segments
}

static JOINS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?P<join>and/or|and|or)\s+"));

/// The list whose last item stands in a segment.
fn list_ending_at(
    text: &str,
    clause: Range,
    segments: &[Range],
    floor: usize,
    at: usize,
) -> Option<RawPart> {
    let words = |(start, end): Range| &text[start..end];
    let segment = segments[at];
    let opening = JOINS.captures(words(segment));
    let (join, mut items_behind) = match &opening {
        Some(found) => {
            let from = segment.0 + found[0].len();
            (found["join"].to_lowercase(), vec![(from, segment.1)])
        }
        None => inner_join(text, segment, segments, at)?,
    };
    let is_serial = opening.is_some();
    // Back to the segment that the first item stands in.
    let mut first = at;
    if is_serial {
        first = at.checked_sub(1).filter(|&first| first >= floor)?;
    } else if items_behind.len() == 2 && at > floor && is_item(words(segment)) {
        first = at - 1;
    }
    while first > floor && is_item(words(segments[first])) && first < at {
        first -= 1;
    }
    let opener = segments[first];
    let last_item = *items_behind.last()?;
    let second = if first + 1 < at {
        segments[first + 1]
    } else if first < at {
        items_behind[0]
    } else {
        last_item
    };
    let head_end = if first == at {
        items_behind[0].1
    } else {
        opener.1
    };
    let (from, strength) = left_boundary(words((opener.0, head_end)), words(second));
    let mut items = vec![(opener.0 + from, head_end)];
    items.extend_from_slice(&segments[first + 1..at.max(first + 1)]);
    if first == at {
        items_behind.remove(0);
    }
    items.append(&mut items_behind);
    let is_pair = items.len() == 2;
    if is_pair && join != "and/or" && strength != Strength::Strong {
        return None;
    }
    if is_verbs_of_one_object(text, &items, strength) || is_adjectives(text, &items, is_serial) {
        return None;
    }
    let tail_from = end_of_last(text, &items)?;
    if let Some(last) = items.last_mut() {
        last.1 = tail_from;
    }
    let items: Vec<Range> = items
        .into_iter()
        .filter_map(|(start, end)| trimmed_of(text, start, end, |c| c.is_whitespace() || c == ','))
        .collect();
    let first_item = *items.first()?;
    let stem = (clause.0, first_item.0);
    let joiner = match joiner_of(&text[stem.0..stem.1], &format!(" {join} ")) {
        Joiner::All if join != "and" => Joiner::Any,
        joiner => joiner,
    };
    Some(RawPart {
        joiner,
        lead: (clause.0, clause.0),
        stem,
        items,
        tail: (tail_from, segment.1),
        is_guess: strength == Strength::None,
    })
}

/// `a and b` within a segment, where no later segment ends the same list.
fn inner_join(
    text: &str,
    segment: Range,
    segments: &[Range],
    at: usize,
) -> Option<(String, Vec<Range>)> {
    static INNER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s(and/or|and|or)\s"));
    let words = &text[segment.0..segment.1];
    for later in &segments[at + 1..] {
        let later = &text[later.0..later.1];
        if JOINS.is_match(later) {
            return None;
        }
        if !is_item(later) {
            break;
        }
    }
    let join = INNER
        .captures_iter(words)
        .filter_map(|found| found.get(1))
        .last()?;
    // A pair of verbs: `leads and/or guides`.
    let before = words[..join.start()].split_whitespace().next_back()?;
    let after = first_word(&words[join.end()..]);
    let is_verb = |word: &str| is_verb_in_s(word) || is_bare_verb(word);
    if is_verb(before) && is_verb(after) {
        return None;
    }
    Some((
        join.as_str().to_lowercase(),
        vec![
            (segment.0, segment.0 + join.start()),
            (segment.0 + join.end(), segment.1),
        ],
    ))
}

/// Whether a segment may stand between two commas of a list.
fn is_item(words: &str) -> bool {
    static BOUNDARY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?:in|with|to|for|on|from|by|through|which|that|who|as)\s"));
    n_words(words) <= MAX_ITEM_WORDS
        && !STRONG.is_match(words)
        && (is_gerund(first_word(words)) || !BOUNDARY.is_match(words))
}

/// How sure the beginning of a first item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    /// Behind `including` and the like.
    Strong,
    /// Behind a preposition or a verb, or at a verb of the same form.
    Weak,
    /// Nothing was found.
    None,
}

/// Where the first item begins in the words before the first comma.
fn left_boundary(words: &str, second: &str) -> (usize, Strength) {
    static PREPOSITION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:of|in|with|to|for|on|from|by|at|among|between|through|across|over|under|against|into|about|regarding|concerning|as|like|where|which)\s+",
        )
    });
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\w'’-]+"));
    let strong = STRONG.find_iter(words).last().map(|found| found.end());
    let base = strong.unwrap_or(0);
    let region = &words[base..];
    let strength = if strong.is_some() {
        Strength::Strong
    } else {
        Strength::Weak
    };
    let second_word = first_word(second);
    if is_gerund(second_word) {
        let gerunds = WORD
            .find_iter(region)
            .filter(|word| is_gerund(word.as_str()));
        // The first gerund behind `including`; else the one that follows the noun it hangs on.
        let found = if strong.is_some() {
            gerunds.into_iter().next()
        } else {
            gerunds.into_iter().next().filter(|word| word.start() > 0)
        };
        if let Some(word) = found {
            return (base + word.start(), strength);
        }
    }
    let preposition = PREPOSITION
        .find_iter(region)
        .last()
        .map(|found| found.end());
    let verb = WORD
        .find_iter(region)
        .filter(|word| {
            let word = word.as_str();
            is_verb_in_s(word) || is_bare_verb(word) || is_gerund(word)
        })
        .filter(|word| word.end() + 1 < region.len())
        .last()
        .map(|word| {
            let rest = &region[word.end()..];
            word.end() + rest.len() - rest.trim_start().len()
        });
    match preposition.max(verb) {
        Some(at) if at < region.len() => (base + at, strength),
        _ if strong.is_some() => (base, Strength::Strong),
        _ => (0, Strength::None),
    }
}

/// Whether the items are verbs with one object: `to plan, direct, and evaluate programs`.
fn is_verbs_of_one_object(text: &str, items: &[Range], strength: Strength) -> bool {
    let Some(((_, end), others)) = items.split_last() else {
        return false;
    };
    let last_start = items[items.len() - 1].0;
    let words = |(start, end): Range| &text[start..end];
    let is_one_word = others.iter().all(|&item| n_words(words(item)) == 1);
    let first = words(items[0]);
    let before = text[..items[0].0].trim_end().to_lowercase();
    let follows_ability = before.ends_with(" to")
        && ["ability", "capacity", "authority", "skill", "skills"]
            .iter()
            .any(|noun| {
                before
                    .trim_end_matches(" to")
                    .split_whitespace()
                    .rev()
                    .take(3)
                    .any(|word| word == *noun)
            });
    // `Experience planning, directing, and evaluating programs`: `planning` alone may be a noun.
    let is_ing = |word: &str| lower(word).ends_with("ing");
    let are_gerunds = strength != Strength::Strong
        && others.len() >= 2
        && first.split_whitespace().next_back().is_some_and(is_ing)
        && others[1..]
            .iter()
            .all(|&item| n_words(words(item)) == 1 && is_ing(words(item)))
        && is_ing(first_word(&text[last_start..*end]));
    if are_gerunds && n_words(&text[last_start..*end]) >= 2 {
        return true;
    }
    let is_verb =
        is_bare_verb(first) || is_gerund(first) && strength != Strength::Strong || follows_ability;
    is_one_word && is_verb && n_words(&text[last_start..*end]) >= 2
}

/// Whether the items are adjectives before one noun: `a large, complex or dispersed workforce`.
fn is_adjectives(text: &str, items: &[Range], is_serial: bool) -> bool {
    let words = |(start, end): Range| &text[start..end];
    let article = |words: &str| matches!(lower(first_word(words)).as_str(), "a" | "an");
    !is_serial
        && article(words(items[0]))
        && n_words(words(items[0])) == 2
        && !items[1..].iter().any(|&item| article(words(item)))
}

/// Where the last item ends: before words that belong to the whole list.
fn end_of_last(text: &str, items: &[Range]) -> Option<usize> {
    static CLAUSE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\s(?:in order to|so that|to ensure|to assure|prior to)\b"));
    static OF_NOUNS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\s(?:that|which|who|sufficient|consistent with)\b"));
    static PREPOSITION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\s(?:in|on|for|to|with|from|at|by|within|across|throughout|between|among|under|during|as)\s",
        )
    });
    let (&(start, end), others) = items.split_last()?;
    let last = &text[start..end];
    let mut cut = CLAUSE.find(last).map(|found| found.start());
    let has_preposition = |&(start, end): &Range| PREPOSITION.is_match(&text[start..end]);
    let is_verb = is_gerund(first_word(last)) || is_bare_verb(first_word(last));
    if !is_verb && !others.iter().any(has_preposition) {
        let found = [PREPOSITION.find(last), OF_NOUNS.find(last)];
        let starts = found.into_iter().flatten().map(|found| found.start());
        cut = cut.into_iter().chain(starts).min();
    }
    Some(cut.filter(|&at| at > 0).map_or(end, |at| start + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Joiner, Vec<&str>)> {
        parts(text)
            .into_iter()
            .map(|part| {
                let items = part.items.iter().map(|&(start, end)| &text[start..end]);
                (part.joiner, items.collect())
            })
            .collect()
    }

    #[test]
    fn items_of_lists_are_elements() {
        use Joiner::{All, Any};
        assert_eq!(
            read(
                "Develops negotiation strategy based on an understanding of legal, mission, policy, and procedures."
            ),
            [(All, vec!["legal", "mission", "policy", "procedures"])]
        );
        assert_eq!(
            read(
                "Ensures effective management of offices, including workload, staffing, training and development, and/or adverse actions."
            ),
            [(
                Any,
                vec![
                    "workload",
                    "staffing",
                    "training and development",
                    "adverse actions"
                ]
            )]
        );
        assert_eq!(
            read(
                "Ensures strategies reflect management interests, legal requirements and mission needs."
            ),
            [(
                All,
                vec![
                    "management interests",
                    "legal requirements",
                    "mission needs"
                ]
            )]
        );
        assert_eq!(
            read("Experience in one or more of these: a thing; another thing; or a third."),
            [(Any, vec!["a thing", "another thing", "a third"])]
        );
        assert_eq!(
            read(
                "Experience planning a program, to include setting priorities, securing funds, and ending work that fails."
            ),
            [(
                All,
                vec![
                    "setting priorities",
                    "securing funds",
                    "ending work that fails"
                ]
            )]
        );
    }

    #[test]
    fn clauses_of_like_verbs_are_parts() {
        use Joiner::All;
        assert_eq!(
            read(
                "Leads and/or guides negotiations with unions and ensures coordination among offices."
            ),
            [
                (All, vec!["Leads and/or guides negotiations with unions"]),
                (All, vec!["ensures coordination among offices"])
            ]
        );
        assert_eq!(
            read(
                "Experience overseeing audits of statements and correcting weaknesses found by auditors."
            ),
            [
                (All, vec!["Experience overseeing audits of statements"]),
                (All, vec!["correcting weaknesses found by auditors"])
            ]
        );
    }

    #[test]
    fn verbs_with_one_object_and_adjectives_are_no_list() {
        for text in [
            "Demonstrated ability to detect, contain, and recover from incidents that affect an agency",
            "Leads and directs a large, geographically dispersed security or police workforce",
            "Experience planning, directing, and evaluating national programs",
        ] {
            assert_eq!(read(text), [(Joiner::All, vec![text])]);
        }
    }
}
