//! Paragraphs on their way from a reader to the [`DocumentBuilder`]: shared by docx, odt and html.

use std::mem;

use crate::document::BlockKind;
use crate::document::DocumentBuilder;
use crate::document::HiddenReason;
use crate::document::MAX_TEXT_BYTES;
use crate::error::DocumentError;

/// Most blocks of one document: a packet has a few hundred, and each costs memory beyond its text.
const MAX_BLOCKS: usize = 400_000;

/// How a stretch of text looks on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Why it cannot be seen, if so.
    pub(super) hidden: Option<HiddenReason>,
    /// Bold, underlined or in capitals by formatting.
    pub(super) emphasized: bool,
}

/// A finished piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A block with its raw text.
    Block {
        /// What it is.
        kind: BlockKind,
        /// Its words, not yet cleaned.
        text: String,
        /// Page where it starts, if known.
        page: Option<u32>,
        /// As in [`Block::emphasized`](crate::document::Block::emphasized).
        emphasized: bool,
    },
    /// Text that cannot be seen.
    Hidden {
        /// Why not.
        why: HiddenReason,
        /// The words.
        text: String,
        /// Page, if known.
        page: Option<u32>,
    },
}

impl Item {
    /// Hands the item to the builder.
    ///
    /// # Errors
    /// As [`DocumentBuilder::push`].
    pub(super) fn emit(&self, builder: &mut DocumentBuilder) -> Result<(), DocumentError> {
        match self {
            Self::Block {
                kind,
                text,
                page,
                emphasized,
            } => builder.push(*kind, text, *page, None, *emphasized)?,
            Self::Hidden { why, text, page } => builder.hide(*why, text, *page),
        }
        Ok(())
    }

    /// The same item as part of a footnote that is referred to on `page`; hidden if the reference is.
    pub(super) fn into_note(self, page: Option<u32>, hidden: Option<HiddenReason>) -> Self {
        match (self, hidden) {
            (Self::Block { text, .. }, Some(why)) => Self::Hidden { why, text, page },
            (
                Self::Block {
                    text, emphasized, ..
                },
                None,
            ) => Self::Block {
                kind: BlockKind::Footnote,
                text,
                page,
                emphasized,
            },
            (Self::Hidden { why, text, .. }, _) => Self::Hidden { why, text, page },
        }
    }
}

/// Text of the paragraph that is being read, and what stands after it.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    text: String,
    hidden: Vec<(HiddenReason, String)>,
    page: Option<u32>,
    has_plain: bool,
    has_emphasized: bool,
    /// Text boxes and notes anchored here: they become blocks after this one.
    pub(super) deferred: Vec<Item>,
}

impl Paragraph {
    /// Appends text; the first text fixes the page.
    pub(super) fn push(&mut self, text: &str, look: Look, page: Option<u32>) {
        if let Some(why) = look.hidden {
            match self.hidden.last_mut() {
                Some((last, words)) if *last == why => words.push_str(text),
                _ => self.hidden.push((why, text.to_owned())),
            }
            return;
        }
        // A colon or a space outside the bold run does not make a head less of a head.
        if text.chars().any(char::is_alphanumeric) {
            if look.emphasized {
                self.has_emphasized = true;
            } else {
                self.has_plain = true;
            }
        }
        if self.page.is_none() && !text.trim().is_empty() {
            self.page = page;
        }
        self.text.push_str(text);
    }

    /// Turns all text read so far into hidden text.
    pub(super) fn vanish(&mut self) {
        let text = mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.hidden.insert(0, (HiddenReason::Vanished, text));
        }
        (self.has_plain, self.has_emphasized) = (false, false);
    }

    /// Whether no visible text was read.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Takes the finished paragraph out as items: its block, what was hidden in it, what it anchors.
    pub(super) fn finish(&mut self, kind: BlockKind, page: Option<u32>, out: &mut Vec<Item>) {
        let done = mem::take(self);
        let page = done.page.or(page);
        if !done.text.trim().is_empty() {
            let emphasized = done.has_emphasized && !done.has_plain;
            out.push(Item::Block {
                kind,
                text: done.text,
                page,
                emphasized,
            });
        }
        for (why, text) in done.hidden {
            out.push(Item::Hidden { why, text, page });
        }
        out.extend(done.deferred);
    }
}

/// How much has been read, checked before it is kept.
#[derive(Debug, Default)]
pub(super) struct Volume {
    n_bytes: usize,
    n_blocks: usize,
}

impl Volume {
    /// Counts text.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past [`MAX_TEXT_BYTES`].
    pub(super) fn add_text(&mut self, n_bytes: usize) -> Result<(), DocumentError> {
        self.n_bytes += n_bytes;
        if self.n_bytes > MAX_TEXT_BYTES {
            return Err(DocumentError::TooLarge {
                what: "the text of the document".to_owned(),
                limit: format!("{} MiB", MAX_TEXT_BYTES >> 20),
            });
        }
        Ok(())
    }

    /// Counts a block.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past the cap on blocks.
    pub(super) fn add_block(&mut self) -> Result<(), DocumentError> {
        self.n_blocks += 1;
        if self.n_blocks > MAX_BLOCKS {
            return Err(DocumentError::TooLarge {
                what: "the number of paragraphs".to_owned(),
                limit: MAX_BLOCKS.to_string(),
            });
        }
        Ok(())
    }
}

/// `1 word`, `2 words`: a count with its noun.
pub(super) fn counted(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// The first words of a text, for messages.
pub(super) fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    let mut out = String::new();
    for word in text.split_whitespace() {
        if out.chars().count() + word.chars().count() > MAX_CHARS {
            out.push('…');
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a color of six hexadecimal digits is white or so nearly white that it cannot be read on paper.
pub(super) fn is_white(hex: &str) -> bool {
    let hex = hex.trim().trim_start_matches('#');
    hex.len() == 6
        && hex.is_ascii()
        && hex.as_bytes().chunks(2).all(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .is_some_and(|v| v >= 0xF0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_does_not_decide_emphasis() {
        let mut paragraph = Paragraph::default();
        paragraph.push(
            "Challenge",
            Look {
                emphasized: true,
                hidden: None,
            },
            None,
        );
        paragraph.push(": ", Look::default(), None);
        let mut out = Vec::new();
        paragraph.finish(BlockKind::Paragraph, None, &mut out);
        assert_eq!(
            out,
            [Item::Block {
                kind: BlockKind::Paragraph,
                text: "Challenge: ".into(),
                page: None,
                emphasized: true
            }]
        );
    }

    #[test]
    fn white_is_recognized() {
        assert!(is_white("FFFFFF") && is_white("#fafafa"));
        assert!(!is_white("EEEEEE") && !is_white("auto") && !is_white("FFFFé") && !is_white("0"));
    }

    #[test]
    fn messages_quote_the_start() {
        assert_eq!(excerpt("  one \n two "), "one two");
        assert!(excerpt(&"word ".repeat(50)).ends_with("word…"));
        assert_eq!(
            (counted(1, "word"), counted(2, "word")),
            ("1 word".to_owned(), "2 words".to_owned())
        );
    }

    #[test]
    fn volume_is_capped() {
        let mut volume = Volume::default();
        assert!(volume.add_text(MAX_TEXT_BYTES).is_ok());
        assert!(matches!(
            volume.add_text(1),
            Err(DocumentError::TooLarge { .. })
        ));
    }
}
