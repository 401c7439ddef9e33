//! The limits that an announcement states, from sentences such as `ECQ narratives may not exceed two pages each`.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::announcement::Taken;
use crate::announcement::measures::{Measure, is_limiting, measures};
use crate::announcement::outline::{Outline, Topic};
use crate::announcement::words::{pattern, sentences};
use crate::document::Document;
use crate::span::Span;

/// Pages from which a limit on "the ECQs" is one on all of them together.
const MIN_PAGES_OF_ALL: f64 = 5.0;

/// What a limit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitOf {
    /// Each executive core qualification.
    EachEcq,
    /// All of them together.
    AllEcqs,
    /// Each technical qualification.
    EachTq,
    /// All of them together.
    AllTqs,
    /// The résumé.
    Resume,
    /// The cover letter.
    CoverLetter,
    /// All that is submitted.
    Whole,
    /// The text: its type and margins.
    Text,
    /// The examples of a narrative.
    Examples,
}

impl LimitOf {
    /// What it is of, in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EachEcq => "each ecq",
            Self::AllEcqs => "all ecqs",
            Self::EachTq => "each tq",
            Self::AllTqs => "all tqs",
            Self::Resume => "resume",
            Self::CoverLetter => "cover letter",
            Self::Whole => "all that is submitted",
            Self::Text => "text",
            Self::Examples => "examples",
        }
    }
}

/// How a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitUnit {
    /// At most so many pages.
    Pages,
    /// At most so many words.
    Words,
    /// At most so many characters.
    Characters,
    /// Type of at least so many points.
    Points,
    /// Margins of at least so many inches.
    Inches,
    /// Not older than so many years.
    Years,
}

impl LimitUnit {
    /// The unit in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Words => "words",
            Self::Characters => "characters",
            Self::Points => "points",
            Self::Inches => "inches",
            Self::Years => "years",
        }
    }
}

/// A limit with its words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatedLimit {
    /// What it is of.
    pub of: LimitOf,
    /// How it counts.
    pub unit: LimitUnit,
    /// The number.
    pub value: f64,
    /// The sentence or clause that states it.
    pub taken: Taken,
}

impl StatedLimit {
    /// The limit in words: `each ecq: 2 pages`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}: {} {}", self.of.name(), self.value, self.unit.name())
    }
}

/// Reads the limits of all parts.
pub(super) fn limits(document: &Document, outline: &Outline) -> Vec<StatedLimit> {
    let mut found: Vec<StatedLimit> = Vec::new();
    for (idx, block) in document.blocks.iter().enumerate() {
        let text = block.span.slice(&document.text);
        let topic = outline.topic(idx);
        // `Submit one résumé. Only its first two pages are read.`
        let mut before: Option<LimitOf> = None;
        for (start, end) in sentences(text) {
            let sentence = Span::new(block.span.start + start, block.span.start + end);
            for limit in of_sentence(document, sentence, topic, &mut before) {
                let is_known = found.iter().any(|other| {
                    (other.of, other.unit) == (limit.of, limit.unit)
                        && (other.value - limit.value).abs() < 1e-9
                });
                if !is_known {
                    found.push(limit);
                }
            }
        }
    }
    // Two numbers for one thing: a person must decide.
    for at in 0..found.len() {
        let (of, unit, value) = (found[at].of, found[at].unit, found[at].value);
        let other = found.iter().find(|other| {
            (other.of, other.unit) == (of, unit) && (other.value - value).abs() > 1e-9
        });
        if let Some(other) = other.map(|other| other.value) {
            found[at].taken.check = Some(format!(
                "the announcement states {other} {} as well",
                unit.name()
            ));
        }
    }
    found
}

fn of_sentence(
    document: &Document,
    sentence: Span,
    topic: Topic,
    before: &mut Option<LimitOf>,
) -> Vec<StatedLimit> {
    let text = sentence.slice(&document.text);
    let mut limits = Vec::new();
    let measures = measures(text);
    for (n, measure) in measures.iter().enumerate() {
        let from = n.checked_sub(1).map_or(0, |last| measures[last].end);
        let to = measures.get(n + 1).map_or(text.len(), |next| next.start);
        let mut check = None;
        let of = match measure.unit {
            LimitUnit::Points | LimitUnit::Inches => LimitOf::Text,
            LimitUnit::Years => LimitOf::Examples,
            LimitUnit::Pages | LimitUnit::Words | LimitUnit::Characters => {
                if !is_limiting(text, measure, from, to) {
                    continue;
                }
                match scope(text, measure, (from, to), topic, *before) {
                    Some((of, doubt)) => {
                        check = doubt;
                        of
                    }
                    None => {
                        check = Some("what this limit is of could not be read".to_owned());
                        LimitOf::Whole
                    }
                }
            }
        };
        *before = Some(of).filter(|&of| thing_of(of).is_some()).or(*before);
        let mut taken = Taken::new(document, sentence);
        taken.check = check;
        limits.push(StatedLimit {
            of,
            unit: measure.unit,
            value: measure.value,
            taken,
        });
    }
    limits
}

/// What a number of pages, words or characters is of, and a doubt.
fn scope(
    text: &str,
    measure: &Measure,
    (from, to): (usize, usize),
    topic: Topic,
    before: Option<LimitOf>,
) -> Option<(LimitOf, Option<String>)> {
    let own = clause(text, measure, from, to);
    let words = &text[own.0..own.1];
    let at = measure.start - own.0;
    let thing = nearest_thing(words, at)
        .or_else(|| nearest_thing(&text[..measure.start], measure.start))
        .or_else(|| before.and_then(thing_of));
    let thing = thing.or(match topic {
        Topic::Ecqs => Some(Thing::Ecq),
        Topic::Technical | Topic::Desired => Some(Thing::Tq),
        _ => None,
    })?;
    Some(match thing {
        Thing::Resume => (LimitOf::Resume, None),
        Thing::CoverLetter => (LimitOf::CoverLetter, None),
        Thing::Whole => (LimitOf::Whole, None),
        Thing::Ecq | Thing::Tq => {
            let (all, each) = if thing == Thing::Ecq {
                (LimitOf::AllEcqs, LimitOf::EachEcq)
            } else {
                (LimitOf::AllTqs, LimitOf::EachTq)
            };
            match (is_total(words), is_each(words)) {
                (true, false) => (all, None),
                (false, true) => (each, None),
                (true, true) => {
                    // The nearer word decides.
                    if total_is_nearer(words, at) {
                        (all, None)
                    } else {
                        (each, None)
                    }
                }
                (false, false) => {
                    let is_many =
                        measure.unit == LimitUnit::Pages && measure.value >= MIN_PAGES_OF_ALL;
                    let of = if is_many { all } else { each };
                    // A limit above which nobody asks of each says itself that it is of all.
                    let check = (!is_many || measure.value < 10.0).then(|| {
                        format!(
                            "it does not say whether of each or of all; read as {}",
                            of.name()
                        )
                    });
                    (of, check)
                }
            }
        }
    })
}

fn thing_of(of: LimitOf) -> Option<Thing> {
    match of {
        LimitOf::EachEcq | LimitOf::AllEcqs => Some(Thing::Ecq),
        LimitOf::EachTq | LimitOf::AllTqs => Some(Thing::Tq),
        LimitOf::Resume => Some(Thing::Resume),
        LimitOf::CoverLetter => Some(Thing::CoverLetter),
        LimitOf::Whole | LimitOf::Text | LimitOf::Examples => None,
    }
}

/// The stretch of a sentence that a number belongs to: between the numbers beside it, cut at joining words.
fn clause(text: &str, measure: &Measure, from: usize, to: usize) -> (usize, usize) {
    static CUT: LazyLock<Regex> =
        LazyLock::new(|| pattern(r";|,\s+(?:and|but|while)\s|\sbut\s|\)\s*,"));
    let start = CUT
        .find_iter(&text[from..measure.start])
        .last()
        .map_or(from, |cut| from + cut.end());
    let end = CUT
        .find(&text[measure.end.min(to)..to])
        .map_or(to, |cut| measure.end + cut.start());
    // What stands before the first number of a sentence belongs to it alone; behind it, to the nearer one.
    (start, end)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    Ecq,
    Tq,
    Resume,
    CoverLetter,
    Whole,
}

/// The thing named nearest to a number; one before it counts as nearer, unless `per` or `each` stands between.
fn nearest_thing(words: &str, at: usize) -> Option<Thing> {
    static THINGS: LazyLock<[(Regex, Thing); 5]> = LazyLock::new(|| {
        [
            (
                pattern(
                    r"\b(?:executive )?core qualifications?\b|\bECQs?(?:['’]s)?\b|\bexecutive qualifications?\b|\bcompetenc(?:y|ies)\b|\bleadership narratives?\b",
                ),
                Thing::Ecq,
            ),
            (
                pattern(
                    r"\btechnical (?:qualifications?|competenc(?:y|ies)|requirements?|statements?)\b|\b[MPDR]?T[QC](?:['’]?s)?\b|\bsupplemental statements?\b",
                ),
                Thing::Tq,
            ),
            (
                pattern(r"\br[eé]sum[eé]s?\b|\bcurriculum vitae\b|\bCV\b"),
                Thing::Resume,
            ),
            (pattern(r"\bcover letters?\b"), Thing::CoverLetter),
            (
                pattern(
                    r"\b(?:entire|complete|total) (?:application|package|packet)|\bapplication (?:package|packet)|\ball (?:documents|narratives|materials)\b",
                ),
                Thing::Whole,
            ),
        ]
    });
    let mut best: Option<(usize, Thing)> = None;
    for (regex, thing) in THINGS.iter() {
        for found in regex.find_iter(words) {
            let distance = if found.end() <= at {
                at - found.end()
            } else {
                let between = &words[at.min(found.start())..found.start()];
                let is_tied = is_each(between) || between.to_lowercase().contains(" for ");
                let far = found.start() - at.min(found.start());
                if is_tied { far / 4 } else { far + 20 }
            };
            if best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, *thing));
            }
        }
    }
    best.map(|(_, thing)| thing)
}

static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:in )?total\b|\bin all\b|\ball (?:five|of the|the)\b|\bfor all\b|\bcombined\b|\btogether\b|\baltogether\b|\boverall\b|\bentire\b",
    )
});

static EACH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\beach\b|\bper\b|\bevery\b|\bapiece\b|\bindividual\b|\bany one\b|\b(?:an|a single) (?:ECQ|[MPDR]?T[QC])\b",
    )
});

fn is_total(words: &str) -> bool {
    TOTAL.is_match(words)
}

fn is_each(words: &str) -> bool {
    EACH.is_match(words)
}

fn total_is_nearer(words: &str, at: usize) -> bool {
    let distance = |regex: &Regex| {
        regex
            .find_iter(words)
            .map(|found| found.start().abs_diff(at))
            .min()
            .unwrap_or(usize::MAX)
    };
    distance(&TOTAL) < distance(&EACH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::outline::outline;
    use crate::document::text;

    fn read(source: &str) -> Vec<String> {
        let document = text::parse(source).unwrap();
        limits(&document, &outline(&document))
            .iter()
            .map(StatedLimit::describe)
            .collect()
    }

    #[test]
    fn limits_are_read_in_many_wordings() {
        for (source, wanted) in [
            (
                "Your resume should not exceed five pages.",
                vec!["resume: 5 pages"],
            ),
            (
                "The ECQ narratives may not exceed 10 pages in total.",
                vec!["all ecqs: 10 pages"],
            ),
            (
                "A narrative response to each MTQ, limited to two (2) pages per MTQ.",
                vec!["each tq: 2 pages"],
            ),
            (
                "Each ECQ is limited to 8,000 characters including spaces.",
                vec!["each ecq: 8000 characters"],
            ),
            (
                "The ECQ statements may not exceed two pages each, and the supplemental statement may not be longer than three pages in all.",
                vec!["each ecq: 2 pages", "all tqs: 3 pages"],
            ),
            (
                "Use a font no smaller than 12 point with one-inch margins.",
                vec!["text: 12 points", "text: 1 inches"],
            ),
            (
                "Please give examples from the last ten years.",
                vec!["examples: 10 years"],
            ),
        ] {
            assert_eq!(read(source), wanted, "{source}");
        }
    }

    #[test]
    fn numbers_that_are_no_limits_stay_out() {
        for source in [
            "The agency reviews 400 pages of filings a day.",
            "Manages 12 points of entry and 30 inches of rain.",
            "One year of experience in the last ten years is needed.",
        ] {
            assert!(read(source).is_empty(), "{source}: {:?}", read(source));
        }
    }
}
