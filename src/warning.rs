//! What a reader should know about a run that did not fail: values, never prints.

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// A fact about the input or the run that may change how a report is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What kind of fact it is, for programs.
    pub code: WarningCode,
    /// One sentence in plain words: what, where, and what to do. Lower case, no full stop.
    pub message: String,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// The words concerned, where they are part of the document's text.
    pub span: Option<Span>,
}

impl Warning {
    /// A warning without a place.
    #[must_use]
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            page: None,
            span: None,
        }
    }

    /// The same warning, placed on a page (counted from 1).
    #[must_use]
    pub fn on_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WarningCode {
    /// Text that a human reader of the page does not see was left out.
    HiddenText,
    /// Zero-width, bidirectional or other invisible characters were removed.
    InvisibleCharacters,
    /// Tracked deletions were left out or insertions accepted.
    TrackedChanges,
    /// Reviewer comments, headers or footers were left out of the narrative.
    LeftOut,
    /// The character encoding was guessed.
    EncodingGuessed,
    /// Part of the file could not be read.
    Unreadable,
    /// Characters of the file have no known letter.
    UnmappedCharacters,
    /// No ECQ heading was found.
    NoSections,
    /// A section heading has no text under it.
    EmptySection,
    /// A passage was longer than the model reads.
    TruncatedPassage,
    /// The headings or vocabulary point to another edition than the one used.
    EditionMismatch,
    /// The text differs from what the model was tested on (language, kind of text).
    OutsideTested,
    /// The file is longer than packets usually are.
    LongDocument,
}
