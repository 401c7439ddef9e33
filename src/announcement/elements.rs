//! The parts of a technical qualification: each a list of which all, any or some items are asked for.

use serde::Serialize;

use crate::announcement::Taken;
use crate::announcement::lists::{bare_item, joiner_of, parts};
use crate::document::Document;
use crate::span::Span;

/// How many elements of a part are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Joiner {
    /// Every one: `a, b, and c`.
    All,
    /// One is enough: `a, b, and/or c`, `one or more of`.
    Any,
    /// So many: `at least two of`.
    AtLeast(u32),
}

impl Joiner {
    /// The joiner in words.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::All => "all of".to_owned(),
            Self::Any => "any of".to_owned(),
            Self::AtLeast(n) => format!("at least {n} of"),
        }
    }
}

/// A part of a qualification: a list, or a clause as its only element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How many of the elements are asked for.
    pub joiner: Joiner,
    /// At least one.
    pub elements: Vec<Element>,
}

/// Something that is asked for by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Element {
    /// The words of the item.
    pub taken: Taken,
    /// The item in its sentence, so that it can be read alone: words of the announcement and no others.
    pub reading: String,
}

/// The parts of a qualification that stands in a paragraph and, where that ends in a colon, a list below it.
pub(super) fn read_parts(document: &Document, paragraphs: &[Span], bullets: &[Span]) -> Vec<Part> {
    let mut found = Vec::new();
    for (idx, &paragraph) in paragraphs.iter().enumerate() {
        let is_stem = idx + 1 == paragraphs.len() && !bullets.is_empty();
        if is_stem {
            let text = paragraph.slice(&document.text);
            // Sentences before the one that ends in a colon are parts of their own.
            let from = text.rfind(". ").map_or(0, |at| at + 2);
            found.extend(of_text(
                document,
                Span::new(paragraph.start, paragraph.start + from),
            ));
            let stem = Span::new(paragraph.start + from, paragraph.end);
            found.push(of_bullets(document, stem, bullets));
        } else {
            found.extend(of_text(document, paragraph));
        }
    }
    found
}

/// The parts of running text.
fn of_text(document: &Document, span: Span) -> Vec<Part> {
    let text = span.slice(&document.text);
    let at = |(start, end): (usize, usize)| Span::new(span.start + start, span.start + end);
    parts(text)
        .into_iter()
        .map(|part| {
            let words = |(start, end): (usize, usize)| &text[start..end];
            let elements = part
                .items
                .iter()
                .map(|&item| {
                    let mut taken = Taken::new(document, at(item));
                    if part.is_guess {
                        taken = taken.doubted("where the list begins is a guess");
                    }
                    let pieces = [
                        words(part.lead),
                        words(part.stem),
                        words(item),
                        words(part.tail),
                    ];
                    Element {
                        taken,
                        reading: joined(&pieces),
                    }
                })
                .collect();
            Part {
                joiner: part.joiner,
                elements,
            }
        })
        .collect()
}

/// The part whose items are lines below its stem.
fn of_bullets(document: &Document, stem: Span, bullets: &[Span]) -> Part {
    let stem = stem.slice(&document.text).trim();
    let mut ends = String::new();
    let elements = bullets
        .iter()
        .filter_map(|bullet| {
            let text = bullet.slice(&document.text);
            // The word that joins stands at the end of a line: `security; and`.
            ends.push_str(
                text.trim_end()
                    .rsplit([' ', ';', ','])
                    .next()
                    .unwrap_or_default(),
            );
            ends.push_str(" ; ");
            let (start, end) = bare_item(text)?;
            let taken = Taken::new(
                document,
                Span::new(bullet.start + start, bullet.start + end),
            );
            let reading = joined(&[stem, &taken.text]);
            Some(Element { taken, reading })
        })
        .collect();
    Part {
        joiner: joiner_of(stem, &joining_words(&ends)),
        elements,
    }
}

/// Only the joining words of the ends of lines; other last words say nothing.
fn joining_words(ends: &str) -> String {
    let kept = ends
        .split(" ; ")
        .map(str::to_lowercase)
        .filter(|word| matches!(word.as_str(), "and" | "or" | "and/or"));
    kept.map(|word| format!(" {word} ")).collect()
}

/// Pieces of a sentence with single spaces between, a capital at its beginning.
fn joined(pieces: &[&str]) -> String {
    let words: Vec<&str> = pieces
        .iter()
        .flat_map(|piece| piece.split_whitespace())
        .collect();
    let text = words.join(" ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
