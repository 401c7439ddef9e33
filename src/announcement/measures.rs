//! Numbers with a unit, and whether the words around one make a limit of it.

use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::limits::LimitUnit;
use crate::announcement::words::{NUMBER, number, pattern};

/// A number with its unit in a sentence.
pub(super) struct Measure {
    pub(super) unit: LimitUnit,
    pub(super) value: f64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All numbers with a unit, in order.
pub(super) fn measures(text: &str) -> Vec<Measure> {
    static SIZES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"\b(?P<n>{NUMBER})(?:\s*\(\d+\))?[\s-]*(?:single[- ]sided |typed |typewritten |double[- ]spaced |single[- ]spaced |full |printed )?(?P<unit>pages?|words?|characters?)\b|\b(?P<half>a page and a half)\b|\b(?:pages? limit|limit)(?: of| is)?:?\s*(?P<n2>{NUMBER})\s*(?P<unit2>pages?|words?|characters?)"
        ))
    });
    static POINTS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?P<n>\d{1,2})[\s-]*(?:point|pt\.?)(?: (?:type|font|text|or|size|times|arial|calibri|\w+ roman)|[.,;)]|$)|\bfont(?: size)?(?: of)?(?: at least| no smaller than)?\s*(?P<n2>\d{1,2})\b",
        )
    });
    static INCHES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r#"\b(?P<n>{NUMBER})(?:\s*\(\d+\))?(?:[\s-]*inch(?:es)?\b|")[^.;]{{0,30}}?\bmargins?|\bmargins?\b[^.;]{{0,40}}?\b(?P<n2>{NUMBER})(?:[\s-]*inch|")"#
        ))
    });
    static YEARS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"\b(?:examples?|accomplishments?|stories|events?)\b[^.;]{{0,60}}?\b(?:last|past|previous|recent|within)\b\s*(?P<n>{NUMBER})(?:\s*\(\d+\))?\s+years\b"
        ))
    });
    let mut found: Vec<Measure> = Vec::new();
    let mut add = |regex: &Regex, unit: Option<LimitUnit>| {
        for captures in regex.captures_iter(text) {
            let Some(all) = captures.get(0) else {
                continue;
            };
            let named = |name: &str| captures.name(name).map(|found| found.as_str());
            let words = named("n")
                .or(named("n2"))
                .or(named("half"))
                .unwrap_or_default();
            let of_words = named("unit").or(named("unit2")).or(named("half"));
            let unit = unit.or_else(|| {
                let first = of_words?.to_lowercase();
                let first = first.trim_start_matches("a ");
                match first.as_bytes().first()? {
                    b'p' => Some(LimitUnit::Pages),
                    b'w' => Some(LimitUnit::Words),
                    _ => Some(LimitUnit::Characters),
                }
            });
            if let (Some(value), Some(unit)) = (number(words), unit) {
                found.push(Measure {
                    unit,
                    value,
                    start: all.start(),
                    end: all.end(),
                });
            }
        }
    };
    add(&SIZES, None);
    add(&POINTS, Some(LimitUnit::Points));
    add(&INCHES, Some(LimitUnit::Inches));
    add(&YEARS, Some(LimitUnit::Years));
    found.sort_by_key(|measure| measure.start);
    found
}

/// Whether the words around a number make a limit of it.
pub(super) fn is_limiting(text: &str, measure: &Measure, from: usize, to: usize) -> bool {
    static LIMITING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\bnot?\b[^.;]{0,12}\b(?:exceed|more than|longer than|greater than|over|to exceed)|\bcannot (?:exceed|be longer)|\bmaximum|\bmax\b|\blimit|\bup to\b|\bat most\b|\bor (?:less|fewer)\b|\bless than\b|\bwithin\b|\bonly the first\b|\b(?:should|must|shall|may|will) be (?:no )?|\btotal of\b|\ballowed\b|\bper\b|\bfor each\b|:\s*$",
        )
    });
    static JOINED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w-page\b"));
    // A number that stands in brackets, or alone behind a comma, is a limit as well: `Resume (five pages)`.
    static ALONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[(,:–—-]\s*$"));
    // In a list of several the word may stand before the first only: `two pages each and ten in all`.
    let around = &text[..to];
    LIMITING.is_match(&around[from.min(measure.start)..])
        || LIMITING.is_match(&text[..measure.start])
        || JOINED.is_match(&text[measure.start..measure.end])
        || ALONE.is_match(&text[..measure.start])
}
