//! A packet written to one edition, read for another: what still serves and where, what has no place there, what
//! the other edition asks for that the packet does not show.
//!
//! Two things are laid side by side and never mixed: the crosswalk, which says what competencies have in common
//! as lists of words, and the reader's own probabilities for the other edition, passage by passage.

mod build;
mod table;
mod text;
mod wording;

use serde::{Deserialize, Serialize};

pub use self::build::crosswalk;
pub use self::table::{
    Counterpart, CrosswalkTable, Entry, Extent, Pair, Wording, parse_crosswalk, shipped_crosswalk,
};
pub use self::text::render_crosswalk;

/// The value of [`Crosswalk::schema`].
pub const SCHEMA: &str = "ecq.crosswalk/1";

/// A packet of one edition, read for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// `ecq.crosswalk/1`.
    pub schema: String,
    /// File name of the packet.
    pub document: String,
    /// Version of the crosswalk's content.
    pub crosswalk_version: String,
    /// The edition that the packet was written to.
    pub from: EditionView,
    /// The edition it is read for.
    pub to: EditionView,
    /// Number of passages of the packet.
    pub n_passages: usize,
    /// Passages that serve the other edition, in the order of the text.
    pub serves: Vec<Serving>,
    /// Passages that show something the other edition has no place for: outside its list, not wrong.
    pub no_home: Vec<Homeless>,
    /// The competencies of the other edition, in codebook order, and whether the packet shows them.
    pub asks: Vec<Ask>,
    /// Words of the packet that belong to the one edition and are not used in the other.
    pub wording: Vec<WordingView>,
}

/// An edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionView {
    /// Id, for example `opm-2025`.
    pub id: String,
    /// Digest of the codebook file.
    pub sha256: String,
    /// When it was in force, in words.
    pub in_force: String,
}

/// A passage by its place and words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassageRef {
    /// Id, as in the report.
    pub id: String,
    /// Id of its section.
    pub section: String,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: u32,
    /// Its words.
    pub text: String,
}

/// A competency that a passage demonstrates in the edition it was written to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownHere {
    /// Id of the ECQ.
    pub ecq: String,
    /// Id of the competency.
    pub id: String,
    /// Name of the competency.
    pub name: String,
    /// Probability, 0 to 1.
    pub p: f64,
    /// Whether the other edition has a counterpart.
    pub has_counterpart: bool,
}

/// A passage that serves the other edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serving {
    /// The passage.
    pub passage: PassageRef,
    /// What it demonstrates in its own edition.
    pub shows: Vec<ShownHere>,
    /// Where it may serve: what the crosswalk and the reader agree on first, then the reader's, then the crosswalk's.
    pub homes: Vec<Home>,
}

/// A place that a passage may have in the other edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// Id of the ECQ.
    pub ecq: String,
    /// Id of the competency.
    pub competency: String,
    /// Name of the competency.
    pub name: String,
    /// `both`, `reader` (no counterpart leads there) or `crosswalk` (the reader does not find it shown).
    pub basis: String,
    /// The reader's probability that the passage shows it, 0 to 1.
    pub p: f64,
    /// Ids of the competencies of the packet's edition that lead there.
    pub via: Vec<String>,
    /// `whole` or `part`, of the pair that leads there; none for the reader alone.
    pub extent: Option<String>,
}

/// A passage without a place in the other edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Homeless {
    /// The passage.
    pub passage: PassageRef,
    /// What it demonstrates in its own edition.
    pub shows: Vec<ShownHere>,
}

/// A competency of the other edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Id of the ECQ.
    pub ecq: String,
    /// Name of the ECQ.
    pub ecq_name: String,
    /// Id of the competency.
    pub competency: String,
    /// Name of the competency.
    pub name: String,
    /// What it asks for.
    pub definition: String,
    /// `demonstrated`, `asserted` or `absent` from the packet as the reader finds it, wherever it stands.
    pub level: String,
    /// Probability of the best passage, 0 to 1.
    pub p: f64,
    /// Passages that demonstrate it, best first.
    pub shown_by: Vec<String>,
    /// Passages that a counterpart leads there and that the reader does not find to show it, best first.
    pub candidates: Vec<String>,
    /// The passage that comes nearest, where none demonstrates it.
    pub nearest: Option<PassageRef>,
    /// What would count, from the codebook, where no passage demonstrates it.
    pub would_count: Vec<String>,
}

/// Words that the other edition does not use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordingView {
    /// The words.
    pub words: String,
    /// Where they belong, in neutral words.
    pub note: String,
    /// Where that was read.
    pub source: String,
    /// Where they stand in the packet.
    pub places: Vec<WordingPlace>,
}

/// Where words stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordingPlace {
    /// First byte of the document's text.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: u32,
}
