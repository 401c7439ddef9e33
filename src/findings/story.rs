//! What a model reads in a story: the parts of challenge, context, action and result, and their shares.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use crate::findings::example::is_act;
use crate::findings::words::regex;
use crate::findings::{Example, Readings, Subject};

/// The parts, in the order of a story.
pub(super) const LABELS: [&str; 4] = ["challenge", "context", "action", "result"];

/// Fewest sentences of a story that can be asked for all its parts.
pub(super) const MIN_PASSAGES: usize = 3;

/// How much of a story each part takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    /// Share of each part, in the order of [`LABELS`]; they sum to 1.
    pub(super) of: [f64; 4],
    /// Whether a passage has the part.
    pub(super) has: [bool; 4],
    /// Sentences of the story.
    pub(super) n_sentences: usize,
}

impl Shares {
    /// "challenge 20 percent, context 30, action 40, result 10".
    pub(super) fn in_words(&self) -> String {
        let mut text = String::new();
        for (idx, label) in LABELS.iter().enumerate() {
            let unit = if idx == 0 { " percent" } else { ", " };
            let _ = if idx == 0 {
                write!(text, "{label} {:.0}{unit}", self.of[idx] * 100.0)
            } else {
                write!(text, "{unit}{label} {:.0}", self.of[idx] * 100.0)
            };
        }
        text
    }
}

/// Heads and tags by which writers name the parts: "Challenge/Context:", "(Action)".
static NAMED: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    ["challenge|problem", "context|situation|background", "actions?|task", "results?|outcomes?|impact"].map(|words| {
        regex(&format!(
            r"(?i)^[^a-z]*(?:[a-z]+ ?(?:/|and|&) ?)?(?:{words})s?\b[^.]{{0,20}}:|[(\[](?:[a-z]+ ?(?:/|and|&) ?)?(?:{words})\b[^)\]]{{0,20}}[)\]]"
        ))
    })
});

/// Words in which a result comes: a change, an end, a decision, a time by which it stood.
static OUTCOME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        \b(?:fell|fallen|dropped|rose|risen|declined|increased|decreased|grew|grown|reached|improved|reduced|doubled|tripled|halved|climbed)\b
        | \b(?:went|came|moved|down|up)\ (?:back\ |down\ |up\ |in\ )?(?:from|to|at|under|within)\b | \bas\ a\ result\b | \bresult(?:s|ed|ing)?\b | \boutcome\b
        | \b(?:closed|cleared|withdrawn|signed|adopted|renewed|passed|recovered|saved|won|restored|approved|certified|delivered|completed|finished|promoted|selected|funded|paid|activated|posted|met\ (?:the|its|our|their|every|all)|voted|agreed|returned)\b
        | \bunder\ (?:budget|plan|cost)\b | \b(?:ahead\ of|on)\ (?:schedule|time)\b | \b(?:is|are|was|were)\ (?:now|back|up|down)\b | \bnow\b | \bsince\ then\b | \bto\ date\b | \bno\ longer\b
        | \b(?:by|at)\ the\ end\ of\b | \bby\ (?:the\ )?(?:\w+\ )?(?:19|20)\d\d\b | \bwithin\ (?:\w+\ )?(?:days|weeks|months|years?)\b | \bin\ the\ first\ (?:year|month|quarter)\b | \b(?:award|praised|recogni[sz]ed|cited|model\ for)\b
        ",
    )
});

/// The parts that the writer names in or over a passage.
fn named(subject: &Subject<'_>, passage: usize) -> [bool; 4] {
    let passage = &subject.passages[passage];
    let block = subject
        .document
        .blocks
        .iter()
        .rev()
        .find(|block| block.span.start <= passage.span.start);
    let start = block.map_or(passage.span.start, |block| block.span.start);
    let text = &subject.document.text[start..passage.span.end];
    std::array::from_fn(|label| NAMED[label].is_match(text))
}

/// Whether a passage has a part of the story, by the model's threshold.
pub(super) fn has_label(readings: &Readings<'_>, passage: usize, label: &str) -> bool {
    readings.has_ccar(passage, label)
}

/// What a story has and the share of each part by words; a passage with several parts is divided among them by their probabilities.
///
/// `None` for a story without words or a model without the parts.
pub(super) fn shares(
    subject: &Subject<'_>,
    readings: &Readings<'_>,
    example: &Example,
) -> Option<Shares> {
    let mut shares = Shares {
        of: [0.0; 4],
        has: [false; 4],
        n_sentences: 0,
    };
    let mut has_outcome = false;
    for &idx in &example.passages {
        let passage = &subject.passages[idx];
        shares.n_sentences += passage.sentences.len();
        #[allow(clippy::cast_precision_loss, reason = "words of a passage")]
        let n_words = passage.text.split_whitespace().count() as f64;
        let named = named(subject, idx);
        let there: [bool; 4] =
            std::array::from_fn(|label| named[label] || has_label(readings, idx, LABELS[label]));
        has_outcome |= named[3] || OUTCOME.is_match(&passage.text);
        // Where no part reaches its threshold the passage is divided all the same: its words are in the story.
        let weights: [f64; 4] = std::array::from_fn(|label| {
            let p = f64::from(readings.ccar(idx, LABELS[label]));
            match (named[label], there[label] || !there.contains(&true)) {
                (true, _) => p.max(0.5),
                (false, true) => p,
                (false, false) => 0.0,
            }
        });
        let sum: f64 = weights.iter().sum();
        for label in 0..LABELS.len() {
            shares.has[label] |= there[label];
            if sum > 0.0 {
                shares.of[label] += n_words * weights[label] / sum;
            }
        }
    }
    // A short story puts several parts into one passage, of which the model may name only one.
    let sentences = || {
        example
            .passages
            .iter()
            .flat_map(|&idx| &subject.passages[idx].sentences)
    };
    shares.has[1] |= sentences().next().is_some_and(|&first| {
        !is_act(subject.words(first)) && !OUTCOME.is_match(subject.words(first))
    });
    shares.has[2] |= sentences().any(|&sentence| is_act(subject.words(sentence)));
    shares.has[3] &= has_outcome;
    let total: f64 = shares.of.iter().sum();
    if total <= 0.0 {
        return None;
    }
    for share in &mut shares.of {
        *share /= total;
    }
    Some(shares)
}

/// Stems of the words of substance in a text.
pub(super) fn content_stems(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() >= 4)
        .map(str::to_lowercase)
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .map(|word| stem(&word).to_owned())
        .collect()
}

/// The numbers of a text, years left out: two stories of one year are not alike for that.
pub(super) fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace())
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()))
        .filter(|word| word.len() >= 2 && !is_year(word))
        .map(str::to_owned)
        .collect()
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20"))
}

/// The word without the endings of plural, past and gerund.
fn stem(word: &str) -> &str {
    for ending in ["ings", "ing", "ers", "ies", "ed", "es", "er", "s", "y"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 4
        {
            return stem;
        }
    }
    word
}

/// Words that any two narratives share.
const EMPTY: &[&str] = &[
    "about",
    "above",
    "across",
    "after",
    "again",
    "against",
    "agency",
    "also",
    "always",
    "among",
    "another",
    "around",
    "asked",
    "away",
    "back",
    "because",
    "been",
    "before",
    "began",
    "behind",
    "being",
    "below",
    "best",
    "better",
    "between",
    "both",
    "brought",
    "called",
    "came",
    "case",
    "change",
    "changed",
    "could",
    "days",
    "department",
    "director",
    "does",
    "done",
    "down",
    "during",
    "each",
    "eight",
    "eleven",
    "else",
    "employees",
    "even",
    "every",
    "fell",
    "first",
    "five",
    "found",
    "four",
    "from",
    "gave",
    "give",
    "given",
    "goes",
    "group",
    "have",
    "having",
    "held",
    "helped",
    "here",
    "hours",
    "into",
    "just",
    "kept",
    "last",
    "later",
    "leading",
    "least",
    "less",
    "made",
    "make",
    "many",
    "million",
    "months",
    "more",
    "most",
    "much",
    "must",
    "needed",
    "never",
    "next",
    "nine",
    "nobody",
    "none",
    "office",
    "once",
    "only",
    "other",
    "others",
    "over",
    "part",
    "people",
    "percent",
    "place",
    "plan",
    "point",
    "program",
    "project",
    "read",
    "result",
    "results",
    "said",
    "same",
    "second",
    "seven",
    "several",
    "should",
    "since",
    "some",
    "soon",
    "staff",
    "still",
    "such",
    "taken",
    "team",
    "than",
    "that",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "third",
    "this",
    "those",
    "three",
    "through",
    "time",
    "together",
    "told",
    "took",
    "toward",
    "twelve",
    "twice",
    "under",
    "until",
    "upon",
    "used",
    "very",
    "wanted",
    "week",
    "weeks",
    "well",
    "went",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "whole",
    "whom",
    "whose",
    "will",
    "with",
    "within",
    "without",
    "work",
    "worked",
    "working",
    "would",
    "year",
    "years",
    "your",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "award",
    "received",
    "visit",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_substance_are_compared_by_stem() {
        assert_eq!(
            content_stems("The pumps and a pump were inspected by inspectors"),
            ["pump", "pump", "inspect", "inspector"]
        );
    }

    #[test]
    fn years_are_no_numbers_of_a_story() {
        assert_eq!(
            numbers("In 2019 we had 1,140 items and 87% of $4.1 million."),
            ["1,140", "87", "4.1"]
        );
    }
}
