//! Words that every form of a report shares, and text made harmless.

use std::fmt::Write;

use crate::report::{CompetencyView, PassageView, Report};

/// Text from a file, harmless wherever it is shown: control characters and direction marks are shown, not sent.
pub(crate) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_active(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON with active characters as escapes; in valid JSON they stand only inside strings.
pub(crate) fn inert_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_active(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a terminal, an editor or a browser may obey a character instead of showing it.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A level of coverage in words.
pub(crate) fn level_word(level: &str) -> &'static str {
    match level {
        "demonstrated" => "demonstrated",
        "asserted" => "asserted only",
        _ => "missing",
    }
}

/// What stands beside a level that the reader is unsure of: the decision lies near the threshold.
pub(crate) const UNSURE: &str = "unsure: read this";

/// What stands beside a reading of one passage that is unsure, where another passage decides.
pub(crate) const UNSURE_HERE: &str = "unsure";

/// A level in words, with the remark that it is unsure.
pub(crate) fn level_and_doubt(cell: &CompetencyView) -> String {
    let word = level_word(&cell.level);
    if cell.unsure {
        format!("{word}; {UNSURE}")
    } else {
        word.to_owned()
    }
}

/// What is to be said of an unsure reading of a competency in a passage: nothing if it is sure.
pub(crate) fn doubt(report: &Report, passage: &PassageView, competency: &str) -> &'static str {
    if report.asking(passage).any(|cell| cell.id == competency) {
        UNSURE
    } else if passage.unsure.iter().any(|id| id == competency) {
        UNSURE_HERE
    } else {
        ""
    }
}

/// `; 3 of them unsure: read this`, after the numbers of levels.
pub(crate) fn doubts(report: &Report) -> String {
    match report.n_unsure() {
        0 => String::new(),
        n => format!("; {n} of them {UNSURE}"),
    }
}

/// What a reader should know first of a text without the heading of an ECQ.
pub(crate) fn notice(report: &Report) -> Option<String> {
    let first = &report.coverage.first()?.name;
    if report.has_headings() {
        return None;
    }
    Some(if report.has_nothing() {
        format!(
            "No ECQ was found: no heading names one, and no passage shows or claims a competency. Is this the right \
             file? A narrative has headings such as \u{201C}ECQ 1: {first}\u{201D}."
        )
    } else {
        format!(
            "No heading names an ECQ, so each was judged over the whole text. With headings such as \
             \u{201C}ECQ 1: {first}\u{201D} each is judged by its own part."
        )
    })
}

/// The sign of a level.
pub(crate) fn level_sign(level: &str) -> &'static str {
    match level {
        "demonstrated" => "\u{25CF}",
        "asserted" => "\u{25D0}",
        _ => "\u{25CB}",
    }
}

/// `p. 3, ¶ 12`: where something stands, as far as it is known.
pub(crate) fn place_words(page: Option<u32>, paragraph: Option<u32>) -> String {
    match (page, paragraph) {
        (Some(page), Some(paragraph)) => format!("p. {page}, \u{B6} {paragraph}"),
        (Some(page), None) => format!("p. {page}"),
        (None, Some(paragraph)) => format!("\u{B6} {paragraph}"),
        (None, None) => String::new(),
    }
}

/// Where a passage stands.
pub(crate) fn passage_place(passage: &PassageView) -> String {
    place_words(passage.page, Some(passage.paragraph))
}

/// The first words of a text, at most `max_chars` characters, cut at a word's end.
pub(crate) fn excerpt(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max_chars).collect();
    let whole = cut.rfind(' ').map_or(cut.as_str(), |end| &cut[..end]);
    format!("{whole} \u{2026}")
}

/// `1 word`, `2 words`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_characters_are_shown() {
        assert_eq!(
            inert("a\u{1b}[31mb\u{202E}c\u{9b}"),
            "a\\u{1b}[31mb\\u{202e}c\\u{9b}"
        );
    }

    #[test]
    fn json_keeps_its_meaning() {
        let json = serde_json::to_string("a\u{9b}\u{202E}b").unwrap();
        let safe = inert_json(&json);
        assert!(!safe.contains('\u{9b}') && !safe.contains('\u{202E}'));
        assert_eq!(
            serde_json::from_str::<String>(&safe).unwrap(),
            "a\u{9b}\u{202E}b"
        );
    }

    #[test]
    fn excerpts_end_at_a_word() {
        assert_eq!(excerpt("one two three", 9), "one two \u{2026}");
        assert_eq!(excerpt("one two", 9), "one two");
    }
}
