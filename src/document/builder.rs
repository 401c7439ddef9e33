//! Collects blocks into a [`Document`], keeping its invariants in one place.

use crate::document::{Block, BlockKind, Document, Format, HiddenReason, HiddenText, PageSetup};
use crate::error::DocumentError;
use crate::span::Span;
use crate::warning::{Warning, WarningCode};

/// Most text that is read from one file, in bytes: over a thousand times the 13 KB of a ten-page packet.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// Collects blocks into a [`Document`].
#[derive(Debug)]
pub struct DocumentBuilder {
    document: Document,
    n_invisible: usize,
}

impl DocumentBuilder {
    /// An empty document of a format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            document: Document {
                format,
                ..Document::default()
            },
            n_invisible: 0,
        }
    }

    /// Appends a block after cleaning its text; a block without a visible character is dropped.
    ///
    /// `page` and `line` are counted from 1; `emphasized` as in [`Block::emphasized`].
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] if the document would pass [`MAX_TEXT_BYTES`].
    pub fn push(
        &mut self,
        kind: BlockKind,
        raw: &str,
        page: Option<u32>,
        line: Option<u32>,
        emphasized: bool,
    ) -> Result<(), DocumentError> {
        if self.document.text.len() + raw.len() > MAX_TEXT_BYTES {
            return Err(DocumentError::TooLarge {
                what: "the text of the document".to_owned(),
                limit: format!("{} MiB", MAX_TEXT_BYTES >> 20),
            });
        }
        let before = self.document.text.len();
        if before > 0 {
            self.document.text.push_str("\n\n");
        }
        let start = self.document.text.len();
        self.n_invisible += clean_into(raw, &mut self.document.text);
        let end = self.document.text.len();
        if start == end {
            self.document.text.truncate(before);
            return Ok(());
        }
        let paragraph = u32::try_from(self.document.blocks.len() + 1).unwrap_or(u32::MAX);
        self.document.blocks.push(Block {
            kind,
            span: Span::new(start, end),
            page,
            paragraph,
            line,
            emphasized,
        });
        Ok(())
    }

    /// Notes text that cannot be seen on the page; it is not scored.
    pub fn hide(&mut self, why: HiddenReason, raw: &str, page: Option<u32>) {
        let mut text = String::new();
        clean_into(raw, &mut text);
        if text.is_empty() {
            return;
        }
        match self.document.hidden.last_mut() {
            // Readers see one run or one line at a time; a hidden passage is reported as one.
            Some(last) if last.why == why && last.page == page && last.text.len() < 2000 => {
                last.text.push(' ');
                last.text.push_str(&text);
            }
            _ => self.document.hidden.push(HiddenText { why, text, page }),
        }
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: Warning) {
        self.document.warnings.push(warning);
    }

    /// Notes how the pages are set.
    pub fn set_setup(&mut self, setup: PageSetup) {
        self.document.setup = setup;
    }

    /// Sets the number of pages.
    pub fn set_pages(&mut self, n_pages: u32) {
        self.document.n_pages = Some(n_pages);
    }

    /// Number of blocks so far.
    #[must_use]
    pub fn n_blocks(&self) -> usize {
        self.document.blocks.len()
    }

    /// The document, with one warning for all hidden text and one for all invisible characters.
    ///
    /// # Errors
    /// [`DocumentError::Empty`] if no block has text.
    pub fn finish(mut self) -> Result<Document, DocumentError> {
        if self.document.blocks.is_empty() {
            return Err(DocumentError::Empty);
        }
        if !self.document.hidden.is_empty() {
            let mut reasons: Vec<HiddenReason> =
                self.document.hidden.iter().map(|h| h.why).collect();
            reasons.sort_unstable();
            reasons.dedup();
            let reasons: Vec<&str> = reasons.into_iter().map(HiddenReason::describe).collect();
            let n_words: usize = self
                .document
                .hidden
                .iter()
                .map(|h| h.text.split_whitespace().count())
                .sum();
            self.document.warnings.push(Warning::new(
                WarningCode::HiddenText,
                format!(
                    "{n_words} words that cannot be seen on the page ({}) were left out and are listed",
                    reasons.join(", ")
                ),
            ));
        }
        if self.n_invisible > 0 {
            self.document.warnings.push(Warning::new(
                WarningCode::InvisibleCharacters,
                format!(
                    "{} invisible characters were removed from the text",
                    self.n_invisible
                ),
            ));
        }
        Ok(self.document)
    }
}

/// Appends `raw` to `out` as [`Document`] wants it and returns how many invisible characters were dropped.
///
/// White space runs become one space and are trimmed at both ends; soft hyphens go without being
/// counted, since word processors put them; zero-width and bidirectional controls are counted;
/// typographic ligatures become letters.
fn clean_into(raw: &str, out: &mut String) -> usize {
    let start = out.len();
    let mut n_invisible = 0;
    let mut space_due = false;
    for c in raw.chars() {
        if c.is_whitespace() {
            space_due = out.len() > start;
            continue;
        }
        if c == '\u{AD}' {
            continue;
        }
        // A zero-width joiner inside an emoji is seen as part of one sign, and narratives do without it too.
        if is_invisible(c) {
            n_invisible += 1;
            continue;
        }
        if space_due {
            out.push(' ');
            space_due = false;
        }
        match c {
            '\u{FB00}' => out.push_str("ff"),
            '\u{FB01}' => out.push_str("fi"),
            '\u{FB02}' => out.push_str("fl"),
            '\u{FB03}' => out.push_str("ffi"),
            '\u{FB04}' => out.push_str("ffl"),
            '\u{FB05}' | '\u{FB06}' => out.push_str("st"),
            _ => out.push(c),
        }
    }
    n_invisible
}

/// Control, zero-width, bidirectional and tag characters: none is a sign that a reader sees.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(raw: &str) -> (String, usize) {
        let mut out = String::new();
        let n = clean_into(raw, &mut out);
        (out, n)
    }

    #[test]
    fn white_space_soft_hyphens_and_ligatures() {
        assert_eq!(
            cleaned("  effi\u{AD}cient\r\n\t of\u{FB01}ce\u{A0} "),
            ("efficient office".to_owned(), 0)
        );
    }

    #[test]
    fn invisible_characters_are_counted() {
        assert_eq!(
            cleaned("vi\u{200B}sion\u{202E} now\u{FEFF}"),
            ("vision now".to_owned(), 3)
        );
    }

    #[test]
    fn blocks_slice_to_their_words() {
        let mut builder = DocumentBuilder::new(Format::Text);
        builder
            .push(BlockKind::Paragraph, " One\ntwo. ", None, Some(1), false)
            .unwrap();
        builder
            .push(BlockKind::Paragraph, " \u{200B} ", None, Some(2), false)
            .unwrap();
        builder
            .push(BlockKind::ListItem, "three", None, Some(3), false)
            .unwrap();
        let document = builder.finish().unwrap();
        let words: Vec<&str> = document
            .blocks
            .iter()
            .map(|b| b.span.slice(&document.text))
            .collect();
        assert_eq!(words, ["One two.", "three"]);
        assert_eq!(document.text, "One two.\n\nthree");
    }

    #[test]
    fn an_empty_document_is_an_error() {
        assert_eq!(
            DocumentBuilder::new(Format::Text).finish(),
            Err(DocumentError::Empty)
        );
    }
}
