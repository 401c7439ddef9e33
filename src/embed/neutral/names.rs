//! Which words name somebody or some body, and what stands in for them.

use std::borrow::Cow;
use std::ops::Range;

use crate::embed::neutral::Change;
use crate::embed::neutral::lexicon::Lexicon;
use crate::embed::neutral::lists::{
    AGENCY_BEFORE_OF, AGENCY_LAST, AGENCY_SHORT, GIVEN, INSIDE, NO_AGENCY, SERVICES, TITLES,
};
use crate::embed::neutral::scan::{begins_sentence, is_capitalized};

/// Stand-ins for persons, in the order in which they come up; whoever comes later gets the last.
const PERSONS: [&str; 3] = ["Smith", "Jones", "Brown"];
/// Stand-ins for agencies and armed services.
const AGENCIES: [&str; 3] = [
    "Department of Commerce",
    "Department of Labor",
    "Department of Energy",
];
/// Stand-ins for schools.
const SCHOOLS: [&str; 3] = [
    "State University",
    "Western University",
    "National University",
];

/// Most words of a name of an agency or school after the word that gives it away.
const MOST_WORDS: usize = 6;

/// Whether a word is a title before a name.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether a word is a common given name.
pub(super) fn is_given(word: &str) -> bool {
    is_capitalized(word) && GIVEN.contains(&word.to_ascii_lowercase().as_str())
}

/// Names and pronouns of a text with their stand-ins, in order.
pub(super) fn stand_ins(text: &str, words: &[Range<usize>], lexicon: &Lexicon) -> Vec<Change> {
    let mut seen = Seen::default();
    let mut changes = Vec::new();
    let mut at = 0;
    let scan = Scan {
        text,
        words,
        lexicon,
    };
    while at < words.len() {
        let (n, by) = if let Some(by) = pronoun(scan.word(at)) {
            (1, Cow::Borrowed(by))
        } else if let Some(n) = scan.school(at) {
            (n, seen.schools.stand_in(scan.parts(at, n), &SCHOOLS))
        } else if let Some(n) = scan.agency(at) {
            (n, seen.agencies.stand_in(scan.parts(at, n), &AGENCIES))
        } else if let Some(n) = scan.person(at, &seen.persons) {
            (n, seen.persons.stand_in(scan.parts(at, n), &PERSONS))
        } else {
            at += 1;
            continue;
        };
        changes.push(Change {
            range: words[at].start..words[at + n - 1].end,
            by,
        });
        at += n;
    }
    changes
}

/// What stands in for a pronoun of a third person.
///
/// "her" is "him" or "his", and only grammar tells which; one stand-in for all of them can't tell one sex from the other
/// by a mistake in grammar.
fn pronoun(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "he" | "she" => Some("they"),
        "him" | "his" | "her" | "hers" | "them" | "theirs" => Some("their"),
        "himself" | "herself" => Some("themselves"),
        _ => None,
    }
}

/// Names that have come up, by their words.
#[derive(Debug, Default)]
struct Seen {
    persons: Known,
    agencies: Known,
    schools: Known,
}

#[derive(Debug, Default)]
struct Known(Vec<Vec<String>>);

impl Known {
    /// The stand-in of a name: that of an earlier one with a word in common, else the next.
    fn stand_in(
        &mut self,
        parts: Vec<String>,
        choices: &'static [&'static str],
    ) -> Cow<'static, str> {
        let place = self
            .0
            .iter()
            .position(|known| parts.iter().any(|part| known.contains(part)))
            .unwrap_or_else(|| {
                self.0.push(parts);
                self.0.len() - 1
            });
        Cow::Borrowed(choices[place.min(choices.len() - 1)])
    }

    fn has(&self, word: &str) -> bool {
        self.0
            .iter()
            .any(|known| known.iter().any(|part| part == word))
    }
}

/// A text, its words and what is known of them.
struct Scan<'a> {
    text: &'a str,
    words: &'a [Range<usize>],
    lexicon: &'a Lexicon,
}

impl<'a> Scan<'a> {
    fn word(&self, at: usize) -> &'a str {
        self.words
            .get(at)
            .map_or("", |word| &self.text[word.clone()])
    }

    /// The words of a name that tell it from others.
    fn parts(&self, at: usize, n: usize) -> Vec<String> {
        (at..at + n)
            .map(|idx| self.word(idx))
            .filter(|word| {
                !INSIDE.contains(word)
                    && !AGENCY_BEFORE_OF.contains(word)
                    && !AGENCY_LAST.contains(word)
                    && !matches!(
                        *word,
                        "University" | "College" | "State" | "National" | "Federal" | "U"
                    )
            })
            .map(str::to_owned)
            .collect()
    }

    /// Whether only blanks (or a period and blanks, after an initial) lie between a word and the next.
    fn touches_next(&self, at: usize) -> bool {
        let (Some(word), Some(next)) = (self.words.get(at), self.words.get(at + 1)) else {
            return false;
        };
        let between = &self.text[word.end..next.start];
        between == " " || between == "\n" || (between == ". " && word.len() == 1)
    }

    /// Number of words from `at` on that are capitalized or small words between such, at most [`MOST_WORDS`].
    fn run(&self, at: usize) -> usize {
        let mut n = 0;
        let mut end = 0;
        while n < MOST_WORDS {
            let word = self.word(at + n);
            if is_capitalized(word) {
                end = n + 1;
            } else if !(end > 0 && INSIDE.contains(&word)) {
                break;
            }
            if !self.touches_next(at + n) {
                break;
            }
            n += 1;
        }
        end
    }

    fn agency(&self, at: usize) -> Option<usize> {
        let word = self.word(at);
        if AGENCY_SHORT.contains(&word) {
            return Some(1);
        }
        if let Some(service) = SERVICES.iter().find(|service| {
            service.iter().enumerate().all(|(idx, part)| {
                self.word(at + idx) == *part
                    && (idx + 1 == service.len() || self.touches_next(at + idx))
            })
        }) {
            return Some(service.len());
        }
        if AGENCY_BEFORE_OF.contains(&word) && self.word(at + 1) == "of" && self.touches_next(at) {
            let skip = if self.word(at + 2) == "the" { 3 } else { 2 };
            let n = self.run(at + skip);
            return (n > 0).then_some(skip + n.min(4));
        }
        if !is_capitalized(word) || begins_sentence(self.text, self.words[at].start) {
            return None;
        }
        // "Social Security Administration": the first such word that ends the name, with at least one before it.
        let n = self.run(at);
        let last = (1..n).find(|idx| AGENCY_LAST.contains(&self.word(at + idx)))?;
        let plain = (0..last).all(|idx| !INSIDE.contains(&self.word(at + idx)));
        let other = NO_AGENCY.contains(&self.word(at + last - 1));
        (plain && !other).then_some(last + 1)
    }

    fn school(&self, at: usize) -> Option<usize> {
        let word = self.word(at);
        if matches!(word, "University" | "College")
            && self.word(at + 1) == "of"
            && self.touches_next(at)
        {
            let skip = if self.word(at + 2) == "the" { 3 } else { 2 };
            let n = self.run(at + skip);
            return (n > 0).then_some(skip + n.min(3));
        }
        if !is_capitalized(word)
            || begins_sentence(self.text, self.words[at].start) && is_small(word)
        {
            return None;
        }
        let n = self.run(at);
        let last = (1..n).find(|idx| matches!(self.word(at + idx), "University" | "College"))?;
        let plain = (0..last).all(|idx| !INSIDE.contains(&self.word(at + idx)));
        plain.then_some(last + 1)
    }

    /// A person's name, or a capitalized word that is nothing else: nearly always a name too.
    fn person(&self, at: usize, seen: &Known) -> Option<usize> {
        let word = self.word(at);
        if !is_capitalized(word) || is_title(word) {
            return None;
        }
        let titled = at > 0 && is_title(self.word(at - 1)) && {
            let between = &self.text[self.words[at - 1].end..self.words[at].start];
            between == " " || between == ". "
        };
        let begins = begins_sentence(self.text, self.words[at].start);
        let next_is_name = self.touches_next(at) && {
            let next = self.word(at + 1);
            is_capitalized(next) && self.is_unknown(next)
        };
        let given = is_given(word)
            && (!begins || next_is_name || !self.lexicon.has(&word.to_ascii_lowercase()));
        let unknown = self.is_unknown(word) && (!begins || next_is_name || !looks_derived(word));
        if !(titled || given || unknown || seen.has(word)) {
            return None;
        }
        let mut n = 1;
        // Initials and further names belong to it: "Robert J. Miller", "Nguyen Thi Mai".
        while n < 4 && self.touches_next(at + n - 1) {
            let next = self.word(at + n);
            let initial = next.len() == 1
                && next.chars().all(char::is_uppercase)
                && self.touches_next(at + n);
            let goes_on = is_capitalized(next)
                && (self.is_unknown(next)
                    || is_given(next)
                    || (n == 1 && (given || !titled) && !is_role(next)));
            if !(initial || goes_on) {
                break;
            }
            n += 1;
        }
        if n > 1 && self.word(at + n - 1).len() == 1 {
            n -= 1;
        }
        Some(n)
    }

    /// Whether a capitalized word is neither an ordinary word nor one that is kept.
    fn is_unknown(&self, word: &str) -> bool {
        !self.lexicon.has(word)
            && !word.split(['-', '\'']).all(|part| {
                part.len() == 1
                    || self.lexicon.has(part)
                    || self.lexicon.has(&part.to_ascii_lowercase())
            })
    }
}

/// Whether a capitalized word is one of the little words that begin sentences.
fn is_small(word: &str) -> bool {
    matches!(
        word,
        "The"
            | "A"
            | "An"
            | "At"
            | "In"
            | "As"
            | "For"
            | "From"
            | "On"
            | "With"
            | "When"
            | "While"
            | "My"
    )
}

/// Whether a word at the beginning of a sentence is likelier a rare verb or noun than a name.
fn looks_derived(word: &str) -> bool {
    [
        "ing", "ed", "ly", "tion", "ions", "ment", "ments", "ity", "ers", "ness", "ies", "ized",
        "als",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}

/// Whether a capitalized word after a name is an office rather than a part of the name.
fn is_role(word: &str) -> bool {
    matches!(
        word,
        "Director"
            | "Chief"
            | "Administrator"
            | "Manager"
            | "Officer"
            | "Secretary"
            | "President"
            | "Division"
            | "Office"
            | "Branch"
            | "County"
            | "City"
            | "Region"
            | "District"
            | "Center"
            | "Program"
            | "Act"
            | "River"
            | "Hospital"
    )
}
