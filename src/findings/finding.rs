//! One finding and where it stands.

use crate::findings::Rule;
use crate::profile::Severity;
use crate::span::Span;

/// Words that a board would stop at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule; its `why`, `source` and `fix` hold for every finding of it.
    pub rule: &'static Rule,
    /// How much it weighs in the profile in use.
    pub severity: Severity,
    /// Where it stands: the first place, if there are several.
    pub place: Place,
    /// The other places of the same finding, in the order of the text.
    pub also: Vec<Place>,
    /// What is there, in one plain sentence.
    pub message: String,
    /// The words pointed at, with single spaces; empty if the finding is about the whole or about what is not there.
    pub quote: String,
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the document's text; none for what concerns the whole file or text that cannot be seen.
    pub span: Option<Span>,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Number of the block, counted from 1.
    pub paragraph: Option<u32>,
    /// Index of the section.
    pub section: Option<usize>,
}
