//! Names of competencies and ECQs that stand beside a text and not in it: "(Vision; Leading Change)" after a
//! sentence, "Resilience:" before a paragraph, a line with nothing but names.
//!
//! Such a tag says what its writer wants to be read there. It proves nothing, so a reader takes it away first.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use crate::codebook::builtin::builtins;
use crate::codebook::names::{self, Gap, Word};

/// Names set beside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Where it stands, with its brackets or dash and the blanks before them.
    pub(crate) range: Range<usize>,
    /// Ids of the competencies of `opm-2006` that it names; not of ECQs, nor of what other editions alone have.
    pub(crate) competencies: Vec<&'static str>,
}

/// Most bytes of a tag: all competencies of an edition take about 600.
const MOST_BYTES: usize = 900;
/// Most words of a name.
const MOST_WORDS: usize = 12;

/// What stands in tags beside names.
const FILLERS: &[&str] = &[
    "characteristic",
    "characteristics",
    "competencies",
    "competency",
    "demonstrated",
    "demonstrates",
    "demonstrating",
    "ecq",
    "ecqs",
    "eg",
    "ie",
    "key",
    "see",
    "showing",
    "shown",
    "shows",
];

struct Names {
    /// Folded name to the id in `opm-2006`, where that has it.
    ids: BTreeMap<String, Option<&'static str>>,
    /// The words of all names, since lists shorten: "human capital, financial and technology management".
    words: BTreeSet<String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut ids: BTreeMap<String, Option<&'static str>> = BTreeMap::new();
    for codebook in builtins() {
        for name in codebook.ecqs().iter().flat_map(|ecq| ecq.names()) {
            ids.entry(names::fold(name)).or_default();
        }
        for competency in codebook.competencies() {
            let id = ids.entry(names::fold(competency.name())).or_default();
            if codebook.id() == "opm-2006" {
                *id = Some(competency.id().as_str());
            }
        }
    }
    let words = ids
        .keys()
        .flat_map(|name| name.split(' ').map(str::to_owned))
        .collect();
    Names { ids, words }
});

/// The tags of a text, in its order; none if the text is made of nothing else.
pub(crate) fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(piece) = Piece::after(text, at) {
        at = piece.end;
        if let Some(competencies) = named(&text[piece.words.clone()]) {
            let mut range = piece.range(text);
            let taken = tags.last().map_or(0, |tag: &Tag| tag.range.end);
            range.start = range.start.max(taken);
            tags.push(Tag {
                range,
                competencies,
            });
        }
    }
    let mut at = 0;
    let has_words = |part: &str| part.contains(char::is_alphanumeric);
    let mut is_left = false;
    for tag in &tags {
        is_left |= has_words(&text[at..tag.range.start]);
        at = tag.range.end;
    }
    if is_left || has_words(&text[at..]) {
        tags
    } else {
        Vec::new()
    }
}

/// A stretch of text between signs that part sentences, clauses and brackets.
struct Piece {
    words: Range<usize>,
    /// Whether it fills a pair of brackets.
    is_bracketed: bool,
    /// Where the next one begins.
    end: usize,
}

impl Piece {
    fn after(text: &str, start: usize) -> Option<Self> {
        let rest = &text[start..];
        if rest.is_empty() {
            return None;
        }
        if let Some(length) = bracketed(rest) {
            return Some(Self {
                words: start + 1..start + length - 1,
                is_bracketed: true,
                end: start + length,
            });
        }
        // A bracket that holds no more brackets is a piece of its own; any other sign is skipped.
        let mut length = rest.len();
        let mut skip = 0;
        for (at, sign) in rest.char_indices() {
            let next = &rest[at + sign.len_utf8()..];
            let opens = bracketed(&rest[at..]).is_some();
            if opens || parts(sign, &rest[..at], next) {
                length = at;
                skip = if opens { 0 } else { sign.len_utf8() };
                break;
            }
        }
        Some(Self {
            words: start..start + length,
            is_bracketed: false,
            end: start + length + skip,
        })
    }

    /// The piece with what sets it apart and would be left over.
    fn range(&self, text: &str) -> Range<usize> {
        if self.is_bracketed {
            let start = text[..self.words.start - 1].trim_end_matches([' ', '\t']);
            return start.len()..self.words.end + 1;
        }
        let before = text[..self.words.start].trim_end_matches([' ', '\t']);
        let dash = before.trim_end_matches(['-', '\u{2013}', '\u{2014}']);
        if dash.len() < before.len() && !dash.trim_end().is_empty() {
            return dash.trim_end_matches([' ', '\t']).len()..self.words.end;
        }
        self.words.start..self.end
    }
}

/// Bytes of the pair of brackets at the start of a text that holds no other bracket.
fn bracketed(text: &str) -> Option<usize> {
    let close = match text.as_bytes().first()? {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => return None,
    };
    let inner = text.as_bytes().iter().skip(1).take(MOST_BYTES);
    let end = inner
        .clone()
        .position(|byte| b"()[]{}".contains(byte))
        .filter(|&end| text.as_bytes()[end + 1] == close)?;
    Some(end + 2)
}

/// Whether a sign parts two pieces.
fn parts(sign: char, before: &str, after: &str) -> bool {
    match sign {
        '\n' | '\r' | ':' | ';' | '!' | '?' | '|' | '\u{2022}' | '\u{2013}' | '\u{2014}' => true,
        '.' => after.is_empty() || after.starts_with(char::is_whitespace),
        '-' => (before.is_empty() || before.ends_with([' ', '-'])) && after.starts_with([' ', '-']),
        _ => false,
    }
}

/// The competencies that a piece of nothing but names names; `None` for any other piece.
fn named(piece: &str) -> Option<Vec<&'static str>> {
    if piece.len() > MOST_BYTES || !piece.contains(char::is_alphabetic) {
        return None;
    }
    let words = names::words(piece);
    let mut competencies = Vec::new();
    let mut n_names = 0;
    let mut at = 0;
    while at < words.len() {
        if let Some((n, id)) = name_at(&words[at..]) {
            n_names += 1;
            competencies.extend(id.filter(|id| !competencies.contains(id)));
            at += n;
        } else if is_filler(&words[at].folded) {
            at += 1;
        } else {
            return None;
        }
    }
    (n_names > 0).then_some(competencies)
}

/// Number of words of the longest name at the start, and its id.
fn name_at(words: &[Word<'_>]) -> Option<(usize, Option<&'static str>)> {
    if !NAMES.words.contains(&*words[0].folded) {
        return None;
    }
    let tied = words[1..]
        .iter()
        .position(|word| word.gap == Gap::Break)
        .map_or(words.len(), |at| at + 1);
    (1..=tied.min(MOST_WORDS)).rev().find_map(|n| {
        let id = NAMES.ids.get(&names::join(&words[..n]))?;
        Some((n, *id))
    })
}

fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word) || names::is_number(word) || NAMES.words.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str) -> String {
        let mut out = text.to_owned();
        for tag in tags(text).into_iter().rev() {
            out.replace_range(tag.range, "");
        }
        out
    }

    #[test]
    fn names_beside_a_sentence_are_tags() {
        for text in [
            "I hung up my coat (Resilience; Leading Change).",
            "I hung up my coat (creativity/innovation, influencing and negotiating).",
            "I hung up my coat (ECQ 1: Vision) [Integrity & Honesty].",
            "I hung up my coat (human capital, financial and technology management).",
            "I hung up my coat \u{2014} Vision, Strategic Thinking.",
            "I hung up my coat - Political Savvy.",
            "I hung up my coat {demonstrates Team-Building}.",
        ] {
            assert_eq!(without(text), "I hung up my coat.", "{text}");
        }
        for text in [
            "Resilience: I hung up my coat.",
            "Competencies shown: Vision; I hung up my coat.",
            "Resilience \u{2013} I hung up my coat.",
            "(Vision) I hung up my coat.",
            "VISION, RESULTS DRIVEN\nI hung up my coat.",
            "Vision. I hung up my coat.",
        ] {
            assert_eq!(
                without(text)
                    .trim()
                    .trim_start_matches("Competencies shown:")
                    .trim(),
                "I hung up my coat.",
                "{text}"
            );
        }
    }

    #[test]
    fn a_tag_says_what_it_names() {
        let text = "I hung up my coat (Integrity/Honesty; Results Driven, Vision and Vision; Driving Results).";
        let found: Vec<_> = tags(text).into_iter().map(|tag| tag.competencies).collect();
        assert_eq!(found, [["integrity-honesty", "vision"]]);
    }

    #[test]
    fn what_says_more_than_a_name_stays() {
        for text in [
            "My vision was one office (the people in it).",
            "I have a vision: one office for all.",
            "The results (16 percent) were measured.",
            "The board (Results Committee) agreed.",
            "Team building was what I did - on Fridays.",
            "I led results-driven change.",
            "Vision; Resilience (Team Building)",
            "The rate fell (from 5 to 2).",
            "(Action) I moved the desk.",
        ] {
            assert_eq!(tags(text), [], "{text}");
        }
        assert_eq!(tags(""), []);
        assert_eq!(tags("((((Vision"), []);
    }
}
