//! Words that stand over or before a text and are no part of it: sub-headings, `Challenge:`, lines of a
//! table of contents.

use crate::document::Block;
use crate::document::BlockKind;

/// Most words of a bold or capital line that is a sub-heading and not a sentence.
const MAX_SUBHEADING_WORDS: usize = 12;

/// Most words of a block in a heading style that is a heading; some set their whole text in one.
pub(super) const MAX_HEADING_WORDS: usize = 60;

/// How far a run-in head is looked for, in bytes.
const MAX_RUN_IN: usize = 80;

/// Bytes at the beginning of a block's text that are a head: all of it, some, or none.
///
/// `text` holds the words of the block. Scored text begins behind them, with no white space first.
pub(crate) fn head_len(block: &Block, text: &str) -> usize {
    let is_subheading = block.emphasized
        && block.kind == BlockKind::Paragraph
        && text
            .split_whitespace()
            .take(MAX_SUBHEADING_WORDS + 1)
            .count()
            <= MAX_SUBHEADING_WORDS
        && !ends_sentence(text);
    let is_heading = matches!(block.kind, BlockKind::Heading { .. })
        && text.split_whitespace().take(MAX_HEADING_WORDS + 1).count() <= MAX_HEADING_WORDS;
    if is_subheading || is_heading || is_contents_line(text) {
        return text.len();
    }
    match block.kind {
        BlockKind::TableCell | BlockKind::Footnote => 0,
        _ => run_in_len(text),
    }
}

/// Whether the word names a part of a story in a guide's scheme: challenge, context, action, result and kin.
pub(crate) fn is_ccar_word(word: &str) -> bool {
    const WORDS: [&str; 9] = [
        "challenge",
        "context",
        "action",
        "result",
        "situation",
        "task",
        "background",
        "outcome",
        "impact",
    ];
    // Short words first: every word of a long text comes through here.
    word.len() <= 10 && WORDS.contains(&word.to_ascii_lowercase().trim_end_matches('s'))
}

/// Whether the words name a part or example of a section, in which a number may follow.
fn is_part_word(word: &str) -> bool {
    ["example", "story", "part", "vignette", "accomplishment"]
        .contains(&word.to_ascii_lowercase().as_str())
}

/// Whether the line is of a table of contents: words, leaders, a page number.
pub(crate) fn is_contents_line(text: &str) -> bool {
    let words = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let n_digits = text.len() - words.len();
    let words = words.trim_end();
    (1..=3).contains(&n_digits)
        && ["..", "…", ". .", "__", "··"]
            .iter()
            .any(|leader| words.ends_with(leader))
}

/// Whether the text ends with a stop; closing quotes and brackets may follow it.
pub(crate) fn ends_sentence(text: &str) -> bool {
    let core = text.trim_end_matches(['"', '\'', '”', '’', ')', ']', '*', '_', ' ']);
    core.ends_with(['.', '!', '?', '…'])
}

/// Bytes of a head such as `Challenge:`, `Context/Challenge –` or `Example 1:` and the white space behind it.
fn run_in_len(text: &str) -> usize {
    let mut end = text.len().min(MAX_RUN_IN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].trim_start_matches(['*', '_']);
    let offset = text[..end].len() - head.len();
    if !head.starts_with(|c: char| c.is_ascii_uppercase()) {
        return 0;
    }
    let mut at = 0;
    let mut has_part = false;
    loop {
        let rest = head[at..].trim_start_matches([' ', '/', '&', ',', '#', '*', '_']);
        let word = &rest[..rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len())];
        let known = is_ccar_word(word)
            || is_part_word(word)
            || (at > 0 && (word == "and" || (word.len() <= 5 && is_count(word))));
        if !known {
            break;
        }
        has_part |= is_part_word(word);
        at = head.len() - rest.len() + word.len();
    }
    if at == 0 {
        return 0;
    }
    let behind = head[at..].trim_start_matches(['*', '_']);
    let at = head.len() - behind.len();
    if text.len() == offset + at {
        return text.len();
    }
    let sign = behind.trim_start();
    let is_spaced = sign.len() < behind.len();
    let body = match sign.chars().next() {
        Some(':' | '–' | '—') => sign.trim_start_matches([':', '–', '—', '-']),
        Some('-') if is_spaced || sign.starts_with("--") => sign.trim_start_matches('-'),
        // "Results. I built": a head; "Results.gov": not.
        Some('.') if sign.len() == 1 || sign[1..].starts_with([' ', '*']) => &sign[1..],
        _ => return 0,
    };
    let body = body.trim_start_matches(['*', '_']).trim_start();
    let body_at = offset + head.len() - body.len();
    // "Example 1: Modernizing the Claims System" is all heading.
    let rest = &text[body_at..];
    let is_title = has_part
        && rest
            .split_whitespace()
            .take(MAX_SUBHEADING_WORDS + 1)
            .count()
            <= MAX_SUBHEADING_WORDS
        && !ends_sentence(rest);
    if is_title { text.len() } else { body_at }
}

/// Whether the word counts: digits, a Roman numeral, one to five, a capital letter.
fn is_count(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    !word.is_empty()
        && (word.bytes().all(|byte| byte.is_ascii_digit())
            || word.bytes().all(|byte| matches!(byte, b'I' | b'V'))
            || matches!(lower.as_str(), "one" | "two" | "three" | "four" | "five")
            || matches!(word, "A" | "B" | "C"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    fn body(kind: BlockKind, emphasized: bool, text: &str) -> &str {
        let span = Span::new(0, text.len());
        let block = Block {
            kind,
            span,
            page: None,
            paragraph: 1,
            line: None,
            emphasized,
        };
        &text[head_len(&block, text)..]
    }

    #[track_caller]
    fn check(text: &str, rest: &str) {
        assert_eq!(body(BlockKind::Paragraph, false, text), rest);
    }

    #[test]
    fn run_in_heads() {
        check("Challenge: In 2021 I led.", "In 2021 I led.");
        check("Challenge. In 2021 I led.", "In 2021 I led.");
        check("Challenge/Context: In 2021 I led.", "In 2021 I led.");
        check("Context and Challenge – In 2021", "In 2021");
        check("**Result:** In 2021", "In 2021");
        check("Results -- In 2021", "In 2021");
        check(
            "Example 2: In 2021 I led nine offices.",
            "In 2021 I led nine offices.",
        );
        check("Action 1: I led.", "I led.");
    }

    #[test]
    fn whole_heads() {
        for text in [
            "Actions:",
            "ACTION",
            "Example 1",
            "Example 1 – Modernizing Claims",
            "Context/Challenge",
            "Result:",
        ] {
            check(text, "");
        }
        check("Leading Change ........ 3", "");
        assert_eq!(body(BlockKind::Paragraph, true, "Modernizing Claims"), "");
        assert_eq!(body(BlockKind::Heading { level: 2 }, false, "I led."), "");
    }

    #[test]
    fn sentences_are_no_heads() {
        for text in [
            "Results were mixed.",
            "Challenges abound: nine of them.",
            "Action-packed months.",
            "result: in lower case",
            "Results.gov was mine.",
            "Examples 1 and 2 differ.",
            "Part of it: nine.",
        ] {
            check(text, text);
        }
        assert_eq!(
            body(BlockKind::Paragraph, true, "I led nine offices."),
            "I led nine offices."
        );
        assert_eq!(body(BlockKind::TableCell, true, "Retention"), "Retention");
    }
}
