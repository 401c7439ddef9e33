//! The words that a report is about, with the places that outputs point to.

use crate::document::{BlockKind, Document};
use crate::report::Report;
use crate::span::Span;

/// A report with the text it is about: what every form of output is made from.
#[derive(Clone, Debug)]
pub struct Packet {
    /// The file as it was named, for outputs that name places in files; `-` for standard input.
    pub path: String,
    /// What was found.
    pub report: Report,
    /// The text it was found in.
    pub narrative: Narrative,
}

/// The text of a document in blocks.
#[derive(Clone, Debug, Default)]
pub struct Narrative {
    /// All scored text; the spans of the report are bytes of it.
    pub text: String,
    /// In reading order.
    pub blocks: Vec<NarrativeBlock>,
    /// What is not to be shown, in the order of the text and without overlap.
    pub masks: Vec<Mask>,
    /// The file's own text, for formats that are made of lines.
    source: Option<String>,
}

/// A paragraph-like unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NarrativeBlock {
    /// What it is.
    pub kind: BlockKind,
    /// Its words.
    pub span: Span,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Its number, counted from 1.
    pub paragraph: u32,
    /// Line of the source where it starts, counted from 1, for formats made of lines.
    pub line: Option<u32>,
    /// Whether all of it is emphasized.
    pub emphasized: bool,
}

/// Words that are replaced in every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The words.
    pub span: Span,
    /// What stands in their place, for example `[name]`.
    pub label: &'static str,
}

/// A line and a column, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineColumn {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Narrative {
    /// The text of a document; `source` is the file's own text if its format is made of lines.
    #[must_use]
    pub fn new(document: &Document, source: Option<String>) -> Self {
        Self {
            text: document.text.clone(),
            blocks: document
                .blocks
                .iter()
                .map(|block| NarrativeBlock {
                    kind: block.kind,
                    span: block.span,
                    page: block.page,
                    paragraph: block.paragraph,
                    line: block.line,
                    emphasized: block.emphasized,
                })
                .collect(),
            masks: Vec::new(),
            source: source.filter(|_| document.blocks.iter().all(|block| block.line.is_some())),
        }
    }

    /// The words of a span as they may be shown.
    #[must_use]
    pub fn shown(&self, span: Span) -> String {
        let mut out = String::with_capacity(span.len());
        let mut at = span.start;
        for mask in &self.masks {
            if mask.span.end <= at || mask.span.start >= span.end {
                continue;
            }
            // A mask that begins before the span was shown there.
            if mask.span.start >= span.start {
                out.push_str(&self.text[at..mask.span.start]);
                out.push_str(mask.label);
            }
            at = mask.span.end.min(span.end);
        }
        out.push_str(&self.text[at..span.end]);
        out
    }

    /// Whether places are lines and columns of the file.
    pub(super) fn has_lines(&self) -> bool {
        self.source.is_some()
    }

    /// Where a byte of the text stands: the line of the source and the column in it for formats made of lines,
    /// the number of the paragraph and the column in it for others.
    pub(super) fn line_column(&self, at: usize) -> LineColumn {
        let Some(block) = self
            .blocks
            .iter()
            .rfind(|block| block.span.start <= at)
            .or(self.blocks.first())
        else {
            return LineColumn { line: 1, column: 1 };
        };
        let words = block.span.slice(&self.text);
        let before = &words[..at.clamp(block.span.start, block.span.end) - block.span.start];
        match (&self.source, block.line) {
            (Some(source), Some(line)) => in_source(source, line, words, before.len()),
            _ => LineColumn {
                line: block.paragraph,
                column: column(before),
            },
        }
    }
}

fn column(before: &str) -> u32 {
    u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX)
}

/// Follows the letters of a block through the source from its first line on, up to byte `n_before` of the block.
///
/// White space and signs of markup differ between the two; what is no letter of the block is passed over.
fn in_source(source: &str, first: u32, words: &str, n_before: usize) -> LineColumn {
    let mut line = first;
    let mut in_line = 0;
    let n_skipped = usize::try_from(first).map_or(0, |first| first.saturating_sub(1));
    let start: usize = source
        .split_inclusive('\n')
        .take(n_skipped)
        .map(str::len)
        .sum();
    let mut letters = words
        .char_indices()
        .filter(|(_, c)| !c.is_whitespace())
        .peekable();
    for c in source[start..].chars() {
        if letters
            .next_if(|(_, letter)| *letter == c)
            .is_some_and(|(idx, _)| idx >= n_before)
            || letters.peek().is_none()
        {
            break;
        }
        if c == '\n' {
            line += 1;
            in_line = 0;
        } else {
            in_line += 1;
        }
    }
    LineColumn {
        line,
        column: in_line + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrative(text: &str) -> Narrative {
        Narrative::new(
            &crate::document::text::parse(text).unwrap(),
            Some(text.to_owned()),
        )
    }

    #[test]
    fn places_in_wrapped_text_are_those_of_the_source() {
        let source = "HEADING\n\nOne two three\nfour  five.\n\n- item one\n";
        let narrative = narrative(source);
        let place = |words: &str| {
            let at = narrative.text.find(words).unwrap();
            let place = narrative.line_column(at);
            (place.line, place.column)
        };
        assert_eq!(place("One"), (3, 1));
        assert_eq!(place("three"), (3, 9));
        assert_eq!(place("five"), (4, 7));
        assert_eq!(place("item"), (6, 3));
    }

    #[test]
    fn masks_stand_for_their_words() {
        let mut narrative = narrative("I met Jane Doe there.");
        narrative.masks.push(Mask {
            span: Span::new(6, 14),
            label: "[name]",
        });
        assert_eq!(narrative.shown(Span::new(0, 21)), "I met [name] there.");
        assert_eq!(narrative.shown(Span::new(0, 9)), "I met [name]");
        assert_eq!(narrative.shown(Span::new(9, 21)), " there.");
    }
}
