//! Two drafts of one packet: what the newer one gained and lost, with the passages that did it.
//!
//! Passages are paired by their words, so that a Word file can be compared with a PDF. A passage that stands in
//! both drafts is read as in the older one: what it carries can then change by where it stands, never because the
//! reader saw other neighbors beside it. Where the newer draft's own report reads such a passage otherwise, the
//! cell is listed as a [`Shift`], apart from what the changed words did.

mod cells;
mod findings;
mod pairs;
mod text;

use serde::{Deserialize, Serialize};

pub use self::text::render_diff;

use crate::report::{FindingView, PassageView, Report};

/// The value of [`DraftDiff::schema`].
pub const SCHEMA: &str = "ecq.diff/1";

/// What changed from one draft to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDiff {
    /// `ecq.diff/1`.
    pub schema: String,
    /// File name of the older draft.
    pub old: String,
    /// File name of the newer draft.
    pub new: String,
    /// Id of the codebook that both were read with.
    pub codebook: String,
    /// Competencies, then key characteristics, whose level rose, each in codebook order.
    pub gained: Vec<Change>,
    /// Competencies, then key characteristics, whose level fell, each in codebook order.
    pub lost: Vec<Change>,
    /// Findings of one draft that the other has not.
    pub findings: FindingChanges,
    /// Cells that the newer report reads otherwise although the words that decide them are the same.
    pub shifted: Vec<Shift>,
}

/// A competency or key characteristic whose level changed in an ECQ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Id of the ECQ, or `fc` for what is judged over the whole packet.
    pub ecq: String,
    /// `competency` or `key-characteristic`.
    pub kind: String,
    /// Id in the codebook.
    pub id: String,
    /// Name of the competency, text of the characteristic.
    pub name: String,
    /// Level in the older draft: `demonstrated`, `asserted` or `absent`.
    pub from: String,
    /// Level in the newer draft.
    pub to: String,
    /// What did it: passages of the newer draft for a gain, of the older for a loss, in the order of the text.
    pub passages: Vec<DraftPassage>,
}

/// A passage of one of the drafts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftPassage {
    /// Id in the report of its draft.
    pub id: String,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: u32,
    /// `changed` (its words stand in one draft only) or `moved` (they stand in both, under another ECQ).
    pub why: String,
    /// Its words.
    pub text: String,
}

/// Findings that come or go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingChanges {
    /// Those of the newer draft alone.
    pub new: Vec<FindingView>,
    /// Those of the older draft alone.
    pub gone: Vec<FindingView>,
}

/// A cell that reads otherwise with the same words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Id of the ECQ, or `fc` for what is judged over the whole packet.
    pub ecq: String,
    /// `competency` or `key-characteristic`.
    pub kind: String,
    /// Id in the codebook.
    pub id: String,
    /// Name of the competency, text of the characteristic.
    pub name: String,
    /// Level with the words that stand in both drafts read as in the older one.
    pub held: String,
    /// Level in the newer draft's own report.
    pub reported: String,
}

impl DraftDiff {
    /// Whether nothing was gained, lost, found anew or gone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty()
            && self.lost.is_empty()
            && self.findings.new.is_empty()
            && self.findings.gone.is_empty()
    }
}

/// Compares two reports that were made with the same codebook, model and profile.
#[must_use]
pub fn diff(old: &Report, new: &Report) -> DraftDiff {
    let pairs = pairs::pair(old, new);
    let cells = cells::compare(old, new, &pairs);
    DraftDiff {
        schema: SCHEMA.to_owned(),
        old: old.document.name.clone(),
        new: new.document.name.clone(),
        codebook: new.codebook.id.clone(),
        gained: cells.gained,
        lost: cells.lost,
        findings: findings::compare(old, new),
        shifted: cells.shifted,
    }
}

/// The ECQ that a passage's section belongs to, or the section's kind where it belongs to none.
fn home<'a>(report: &'a Report, section: &str) -> &'a str {
    report
        .sections
        .iter()
        .find(|view| view.id == section)
        .map_or("", |view| view.ecq.as_deref().unwrap_or(&view.kind))
}

fn draft_passage(passage: &PassageView, why: &str) -> DraftPassage {
    DraftPassage {
        id: passage.id.clone(),
        page: passage.page,
        paragraph: passage.paragraph,
        why: why.to_owned(),
        text: passage.text.clone(),
    }
}

#[cfg(test)]
mod tests;
