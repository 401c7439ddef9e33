//! The serializable view of an analysis: `"schema": "ecq.report/1"`.
//!
//! Inner types are not serialized themselves, so that they can change without breaking those who read reports.
//! Within `/1` fields are only ever added.

mod announcement;
mod brief;
mod build;
mod csv;
mod decisions;
mod findings;
mod form;
mod index;
mod lines;
mod markdown;
mod narrative;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
mod redact;
mod sarif;
mod tables;
mod terminal;
mod why;
pub(crate) mod words;
mod xlsx;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::announcement::{announcement_json, render_announcement};
pub use self::brief::{BRIEF_SCHEMA, Brief, BriefCell};
pub use self::build::{DocumentName, report};
pub use self::csv::{coverage_header, coverage_rows};
pub use self::decisions::{DecisionView, Verdict};
pub use self::form::{Form, RenderError, RenderOptions, render};
pub use self::index::{Entry, Index, Outcome, render_index};
pub use self::narrative::{Mask, Narrative, NarrativeBlock, Packet};
#[cfg(feature = "parquet")]
pub use self::parquet::CoverageParquet;
pub use self::redact::redact;
pub use self::terminal::{Palette, TerminalOptions, render_terminal};
pub(crate) use self::terminal::{quotation, safe, title, wrapped};
pub use self::why::{InfluenceView, MatchView, RunnerUpView, WhyView, render_why, why_view};

use crate::passage::same::normalized;

/// The value of [`Report::schema`].
pub const SCHEMA: &str = "ecq.report/1";

/// How the competencies that are judged over the whole packet are called in tables, where ECQs have their ids.
pub(crate) const FUNDAMENTAL: &str = "fc";

/// The same in words.
pub(crate) const FUNDAMENTAL_NAME: &str = "Fundamental competencies";

/// What was found in one document. Offsets are bytes into the document's extracted text, half-open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// `ecq.report/1`.
    pub schema: String,
    /// The marking that the report was asked to carry, for example `CUI//PRVCY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marking: Option<String>,
    /// Whether names, addresses and the like were taken out of every text of this report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// The program.
    pub tool: ToolView,
    /// The codebook reported on.
    pub codebook: CodebookView,
    /// The model that read.
    pub model: ModelView,
    /// The document.
    pub document: DocumentView,
    /// Its parts, in order.
    pub sections: Vec<SectionView>,
    /// Its passages, in order, with what each carries.
    pub passages: Vec<PassageView>,
    /// Coverage of each ECQ.
    pub coverage: Vec<EcqView>,
    /// Competencies judged over the whole packet, never per ECQ.
    pub fundamentals: Vec<CompetencyView>,
    /// Key characteristics, under the ECQ of the same name.
    pub key_characteristics: Vec<CharacteristicView>,
    /// What is asserted only or missing, and what would count.
    pub gaps: Vec<GapView>,
    /// The kind of document that the findings were made for.
    #[serde(default)]
    pub profile: ProfileView,
    /// What the rules of the profile point at, in the order of the text; what concerns the whole file comes first.
    #[serde(default)]
    pub findings: Vec<FindingView>,
    /// What reviewers decided, in the order of their file; the tool's own view above is never changed by it.
    #[serde(default)]
    pub decisions: Vec<DecisionView>,
    /// What the reader of this report should know.
    pub warnings: Vec<WarningView>,
    /// Text in the file that cannot be seen on the page; it was not scored.
    pub hidden: Vec<HiddenView>,
    /// What carried each cell, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<WhyView>,
}

/// Name and version of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolView {
    /// `ecq`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

/// The codebook reported on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CodebookView {
    /// Id, for example `opm-2006`.
    pub id: String,
    /// Version of the codebook's wording.
    pub version: String,
    /// Digest of the codebook file.
    pub sha256: String,
    /// Title.
    pub title: String,
    /// When the edition was in force, in words.
    pub in_force: String,
    /// Whether the edition has no end date: it is the one in force as far as this codebook knows.
    pub is_in_force: bool,
    /// The edition the packet was written to, where headings and vocabulary tell clearly.
    pub detected: Option<String>,
}

/// The model that read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelView {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Digest of the manifest, which holds the digests of all other files.
    pub sha256: String,
}

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentView {
    /// File name, without its folder; `-` for standard input.
    pub name: String,
    /// How its bytes were read: docx, odt, pdf, html, md or txt.
    pub format: String,
    /// Digest of its bytes.
    pub sha256: String,
    /// Pages, where the format has pages.
    pub n_pages: Option<u32>,
    /// Paragraphs, list items, table cells and headings.
    pub n_paragraphs: usize,
    /// Words of the extracted text.
    pub n_words: usize,
}

/// A part of the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SectionView {
    /// Unique in the report.
    pub id: String,
    /// `ecq`, `technical-qualification`, `summary`, `resume`, `other` or `whole`.
    pub kind: String,
    /// Id of the ECQ of the codebook reported on.
    pub ecq: Option<String>,
    /// The heading as written.
    pub title: String,
    /// Bytes of the document's text.
    pub span: SpanView,
    /// Words.
    pub n_words: usize,
}

/// A half-open range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpanView {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

/// A passage and what it carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PassageView {
    /// Unique in the report.
    pub id: String,
    /// Id of its section.
    pub section: String,
    /// Bytes of the document's text.
    pub span: SpanView,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: u32,
    /// Its words.
    pub text: String,
    /// Competencies of the codebook that it demonstrates or asserts, strongest first.
    pub labels: Vec<LabelView>,
    /// Competencies of the codebook of which the reader is unsure here, whatever their level.
    #[serde(default)]
    pub unsure: Vec<String>,
    /// Key characteristics of 1997 that it shows.
    pub key_characteristics: Vec<ShownView>,
    /// Competencies of 2025 that it shows.
    pub opm_2025: Vec<ShownView>,
    /// Parts of the story in it: challenge, context, action, result.
    pub ccar: Vec<String>,
}

/// A competency in a passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelView {
    /// Id of the competency in the codebook.
    pub id: String,
    /// `demonstrated` or `asserted`.
    pub level: String,
    /// Probability of the level, 0 to 1.
    pub p: f64,
}

/// Something that a passage shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownView {
    /// Id.
    pub id: String,
    /// Probability, 0 to 1.
    pub p: f64,
}

/// Coverage of one ECQ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EcqView {
    /// Id of the ECQ in the codebook.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `section` (judged in its own sections), `packet` (a document without headings) or `no-section`.
    pub scope: String,
    /// Ids of its sections.
    pub sections: Vec<String>,
    /// Its competencies, in codebook order.
    pub competencies: Vec<CompetencyView>,
}

/// How one competency fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompetencyView {
    /// Id in the codebook.
    pub id: String,
    /// Name.
    pub name: String,
    /// `demonstrated`, `asserted` or `absent` from the text: never a statement about the person.
    pub level: String,
    /// Probability behind the level, 0 to 1.
    pub p: f64,
    /// Whether the reader is unsure: a person should read the first passage of `evidence` if it is demonstrated, else
    /// that of the gap, and decide.
    #[serde(default)]
    pub unsure: bool,
    /// Passages at that level, best first.
    pub evidence: Vec<String>,
    /// Passages outside the ECQ's own sections that demonstrate it, best first.
    pub elsewhere: Vec<String>,
    /// Whether enough others of a list are demonstrated, of which this is one, so that it is no gap: the list asks
    /// for any of them, or for so many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
}

/// How one key characteristic fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CharacteristicView {
    /// Edition it belongs to.
    pub codebook: String,
    /// Id, for example `lc-1`.
    pub id: String,
    /// ECQ of the codebook reported on under which it is shown.
    pub ecq: String,
    /// What it says.
    pub text: String,
    /// `demonstrated` or `absent`.
    pub level: String,
    /// Probability, 0 to 1.
    pub p: f64,
    /// Whether the reader is unsure.
    #[serde(default)]
    pub unsure: bool,
    /// Passages that show it, best first.
    pub evidence: Vec<String>,
}

/// Something asserted only or missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapView {
    /// Id of the ECQ, or of the group judged over the whole packet.
    pub ecq: String,
    /// Id of the competency.
    pub competency: String,
    /// Name of the competency.
    pub name: String,
    /// `asserted` or `absent`.
    pub level: String,
    /// What would count, from the codebook.
    pub would_count: Vec<String>,
    /// What is easily taken for it, from the codebook.
    pub near_misses: Vec<String>,
    /// The passage that comes nearest; the one to read if the reader is unsure.
    pub nearest: Option<String>,
}

/// A kind of document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileView {
    /// Id, for example `traditional-narrative`.
    pub id: String,
    /// What it is.
    pub title: String,
    /// The day that ages were counted to, as `2024`, `2024-03` or `2024-03-15`: the one asked for, or the latest
    /// date of the document; none if the document names no date.
    pub as_of: Option<String>,
}

/// Words that a board would stop at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingView {
    /// Unique in the report, and the same after edits elsewhere: the rule and a digest of the words pointed at.
    #[serde(default)]
    pub id: String,
    /// Id of the rule, for example `acronyms`.
    pub rule: String,
    /// What the rule looks for.
    pub title: String,
    /// `error` (a stated rule of the format), `warning` or `note`.
    pub severity: String,
    /// Where it stands: the first place, if there are several.
    pub place: PlaceView,
    /// The other places of the same finding.
    pub also: Vec<PlaceView>,
    /// What is there, in plain words.
    pub message: String,
    /// Why a reader stops there.
    pub why: String,
    /// Where that was read.
    pub source: String,
    /// What the text would show if the finding were gone.
    pub fix: String,
    /// The words pointed at, with single spaces; empty if the finding is about the whole or about what is not there.
    pub quote: String,
}

/// Where a finding stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceView {
    /// Bytes of the document's text; none for what concerns the whole file.
    pub span: Option<SpanView>,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: Option<u32>,
    /// Id of the section.
    pub section: Option<String>,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarningView {
    /// Kind, for programs.
    pub code: String,
    /// In plain words.
    pub message: String,
    /// Page, counted from 1.
    pub page: Option<u32>,
    /// Bytes of the document's text.
    pub span: Option<SpanView>,
}

/// Text that cannot be seen on the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HiddenView {
    /// Why.
    pub why: String,
    /// The words.
    pub text: String,
    /// Page, counted from 1.
    pub page: Option<u32>,
}

impl FindingView {
    /// What tells it apart from other findings of its rule, whatever its place: the words pointed at or, without
    /// any, the message without its figures.
    #[must_use]
    pub fn content(&self) -> String {
        if self.quote.is_empty() {
            let words = self.message.replace(|c: char| c.is_ascii_digit(), " ");
            normalized(&words)
        } else {
            normalized(&self.quote)
        }
    }
}

impl Report {
    /// The report as JSON, indented, ending in a line feed.
    ///
    /// # Panics
    /// Never: the type holds only strings, finite numbers and lists.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[allow(
            clippy::expect_used,
            reason = "the type has no map and no number that is not finite"
        )]
        let json = serde_json::to_string_pretty(self).expect("a report is always serializable");
        words::inert_json(&json) + "\n"
    }

    /// The report as JSON on one line, for one report a line.
    ///
    /// # Panics
    /// Never, as [`Report::to_json`].
    #[must_use]
    pub fn to_json_line(&self) -> String {
        #[allow(
            clippy::expect_used,
            reason = "the type has no map and no number that is not finite"
        )]
        let json = serde_json::to_string(self).expect("a report is always serializable");
        words::inert_json(&json) + "\n"
    }

    /// Number of competencies at a level, over all ECQs and the packet-wide ones; those that are answered by others of
    /// their list are left out.
    #[must_use]
    pub fn count(&self, level: &str) -> usize {
        let all = self
            .coverage
            .iter()
            .flat_map(|ecq| &ecq.competencies)
            .chain(&self.fundamentals);
        all.filter(|competency| competency.level == level && !competency.answered)
            .count()
    }

    /// Number of competencies of which the reader is unsure, over all ECQs and the packet-wide ones.
    #[must_use]
    pub fn n_unsure(&self) -> usize {
        let all = self
            .coverage
            .iter()
            .flat_map(|ecq| &ecq.competencies)
            .chain(&self.fundamentals);
        all.filter(|competency| competency.unsure && !competency.answered)
            .count()
    }

    /// All cells with the id and name of their ECQ, the packet-wide ones last under `fc`.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&str, &str, &CompetencyView)> {
        let own = self.coverage.iter().flat_map(|ecq| {
            ecq.competencies
                .iter()
                .map(|cell| (ecq.id.as_str(), ecq.name.as_str(), cell))
        });
        let packet = self
            .fundamentals
            .iter()
            .map(|cell| (FUNDAMENTAL, FUNDAMENTAL_NAME, cell));
        own.chain(packet)
    }

    /// Whether some heading names an ECQ.
    pub(crate) fn has_headings(&self) -> bool {
        self.coverage.iter().any(|ecq| ecq.scope != "packet")
    }

    /// Whether the text has neither the heading of an ECQ nor a passage that shows or claims a competency.
    pub(crate) fn has_nothing(&self) -> bool {
        !self.has_headings() && self.cells().all(|(_, _, cell)| cell.level == "absent")
    }

    /// The cell of a competency.
    pub(crate) fn cell(&self, competency: &str) -> Option<&CompetencyView> {
        self.cells()
            .map(|(_, _, cell)| cell)
            .find(|cell| cell.id == competency)
    }

    /// The gap of a cell, if it is one.
    pub(crate) fn gap(&self, competency: &str) -> Option<&GapView> {
        self.gaps.iter().find(|gap| gap.competency == competency)
    }

    /// The passage that a person should read before believing a cell; none where the reader is sure.
    pub(crate) fn to_read(&self, cell: &CompetencyView) -> Option<&PassageView> {
        let id = if !cell.unsure {
            None
        } else if cell.level == "demonstrated" {
            cell.evidence.first()
        } else {
            self.gap(&cell.id)?.nearest.as_ref()
        };
        self.passage(id?)
    }

    /// The cells that ask for a passage to be read.
    pub(crate) fn asking<'a>(
        &'a self,
        passage: &'a PassageView,
    ) -> impl Iterator<Item = &'a CompetencyView> {
        self.cells()
            .map(|(_, _, cell)| cell)
            .filter(|cell| self.to_read(cell).is_some_and(|own| own.id == passage.id))
    }

    /// A passage by its id.
    #[must_use]
    pub fn passage(&self, id: &str) -> Option<&PassageView> {
        self.passages.iter().find(|passage| passage.id == id)
    }
}

/// The JSON Schema of a [`Report`], as JSON ending in a line feed.
///
/// # Panics
/// Never: a schema is plain JSON.
#[must_use]
pub fn json_schema() -> String {
    #[allow(clippy::expect_used, reason = "a schema is plain JSON")]
    let mut json = serde_json::to_string_pretty(&schemars::schema_for!(Report))
        .expect("a schema is always serializable");
    json.push('\n');
    json
}

/// Four decimals: more than any threshold has, fewer than the last bits of floating point.
#[must_use]
pub fn rounded(p: f32) -> f64 {
    (f64::from(p) * 10_000.0).round() / 10_000.0
}
