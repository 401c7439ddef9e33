//! What was met while reading and has to be told.

use crate::document::flow::counted;
use crate::document::flow::excerpt;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// Counts behind the warnings of a document.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Tracked insertions, read as text.
    pub(super) n_insertions: usize,
    /// Tracked deletions, left out.
    pub(super) n_deletions: usize,
    /// Form controls that still show their prompt.
    pub(super) n_placeholders: usize,
    /// The first such prompt.
    pub(super) placeholder: String,
    /// Embedded or linked parts that are not read, by what they are.
    pub(super) unread: Vec<String>,
    /// Signs of symbol fonts without a letter.
    pub(super) n_unmapped: usize,
    /// Text inside fields that never end.
    pub(super) lost: String,
    /// Pictures.
    pub(super) n_pictures: usize,
    /// Words of reviewers' comments.
    pub(super) n_comment_words: usize,
    /// Words of headers.
    pub(super) n_header_words: usize,
    /// Words of footers.
    pub(super) n_footer_words: usize,
    /// Words inside diagrams and charts.
    pub(super) n_drawn_words: usize,
}

/// Most different things that are named as unread; the rest of a hostile list is not worth memory.
const MAX_UNREAD: usize = 100;

impl Tally {
    /// Notes something that is not read.
    pub(super) fn unread(&mut self, what: String) {
        if self.unread.len() < MAX_UNREAD {
            self.unread.push(what);
        }
    }

    /// Adds what was met in another part.
    pub(super) fn add(&mut self, other: Self) {
        self.n_insertions += other.n_insertions;
        self.n_deletions += other.n_deletions;
        self.n_placeholders += other.n_placeholders;
        self.placeholder.push_str(&other.placeholder);
        other.unread.into_iter().for_each(|what| self.unread(what));
        self.n_unmapped += other.n_unmapped;
        self.lost.push_str(&other.lost);
        self.n_pictures += other.n_pictures;
    }

    /// The warnings, in a fixed order.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code, message: String| warnings.push(Warning::new(code, message));
        if self.n_insertions + self.n_deletions > 0 {
            warn(
                WarningCode::TrackedChanges,
                format!(
                    "the file has tracked changes: {} read as text, {} left out",
                    counted(self.n_insertions, "insertion"),
                    counted(self.n_deletions, "deletion")
                ),
            );
        }
        if self.n_placeholders > 0 {
            warn(
                WarningCode::LeftOut,
                format!(
                    "{} marked as not filled in left out (the first reads: {})",
                    counted(self.n_placeholders, "form control"),
                    excerpt(&self.placeholder)
                ),
            );
        }
        for (what, n) in grouped(&self.unread) {
            let times = if n == 1 {
                String::new()
            } else {
                format!(" ({n} times)")
            };
            warn(
                WarningCode::Unreadable,
                format!("{what} was not read{times}; paste its text into the document"),
            );
        }
        if !self.lost.trim().is_empty() {
            let n_words = self.lost.split_whitespace().count();
            warn(
                WarningCode::Unreadable,
                format!(
                    "{} inside a field that never ends left out ({})",
                    counted(n_words, "word"),
                    excerpt(&self.lost)
                ),
            );
        }
        if self.n_drawn_words > 0 {
            let words = counted(self.n_drawn_words, "word");
            let message = format!(
                "{words} inside diagrams or charts not read; paste that text into the document"
            );
            warn(WarningCode::Unreadable, message);
        }
        let asides = [
            (self.n_comment_words, "comments"),
            (self.n_header_words, "headers"),
            (self.n_footer_words, "footers"),
        ];
        let asides: Vec<String> = asides
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, place)| format!("{} of {place}", counted(*n, "word")))
            .collect();
        if !asides.is_empty() {
            warn(
                WarningCode::LeftOut,
                format!("left out: {}", asides.join(", ")),
            );
        }
        if self.n_unmapped > 0 {
            warn(
                WarningCode::UnmappedCharacters,
                format!(
                    "{} of a symbol font left out",
                    counted(self.n_unmapped, "sign")
                ),
            );
        }
        warnings
    }
}

/// Equal lines with their number, in order of first appearance.
fn grouped(lines: &[String]) -> Vec<(&str, usize)> {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|(known, _)| known == line) {
            Some((_, n)) => *n += 1,
            None => groups.push((line, 1)),
        }
    }
    groups
}
