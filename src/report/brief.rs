//! The little of a report that tables over thousands of packets are made of.

use serde::Serialize;

use crate::report::{CompetencyView, FUNDAMENTAL, Report};

/// The value of [`Brief::schema`].
pub const BRIEF_SCHEMA: &str = "ecq.coverage/1";

/// Counts and levels of one report, without a word of the document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brief {
    /// `ecq.coverage/1`; within `/1` fields are only ever added.
    pub schema: &'static str,
    /// The marking that the report carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marking: Option<String>,
    /// Id of the codebook reported on.
    pub codebook: String,
    /// Digest of the codebook.
    pub codebook_sha256: String,
    /// Id and version of the model.
    pub model: String,
    /// Digest of the model.
    pub model_sha256: String,
    /// How the bytes were read: docx, odt, pdf, html, md or txt.
    pub format: String,
    /// Digest of the document's bytes.
    pub sha256: String,
    /// Words of the document.
    pub n_words: usize,
    /// Passages that were read.
    pub n_passages: usize,
    /// Cells of `competencies` at this level.
    pub n_demonstrated: usize,
    /// Cells of `competencies` at this level.
    pub n_asserted: usize,
    /// Cells of `competencies` at this level.
    pub n_absent: usize,
    /// Cells that a person should read.
    pub n_unsure: usize,
    /// Findings, of every severity.
    pub n_findings: usize,
    /// Warnings about the file or the reading.
    pub n_warnings: usize,
    /// Pieces of text that cannot be seen on the page and were not scored.
    pub n_hidden: usize,
    /// A cell for each competency of each ECQ, in codebook order; those judged over the whole packet come last.
    pub competencies: Vec<BriefCell>,
}

/// How one competency fares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BriefCell {
    /// Id of the ECQ; `fc` for competencies that are judged over the whole packet.
    pub ecq: String,
    /// Id of the competency.
    pub id: String,
    /// `demonstrated`, `asserted` or `absent` from the text.
    pub level: String,
    /// Probability behind the level, 0 to 1.
    pub p: f64,
    /// Whether the reader is unsure.
    pub unsure: bool,
    /// Passages at that level.
    pub n_passages: usize,
}

impl Report {
    /// Its counts and levels.
    #[must_use]
    pub fn brief(&self) -> Brief {
        let cells = self.coverage.iter().flat_map(|ecq| {
            let cells = ecq.competencies.iter();
            cells.map(|view| cell(&ecq.id, view))
        });
        let fundamentals = self.fundamentals.iter().map(|view| cell(FUNDAMENTAL, view));
        let competencies: Vec<BriefCell> = cells.chain(fundamentals).collect();
        Brief {
            schema: BRIEF_SCHEMA,
            marking: self.marking.clone(),
            codebook: self.codebook.id.clone(),
            codebook_sha256: self.codebook.sha256.clone(),
            model: format!("{} {}", self.model.id, self.model.version),
            model_sha256: self.model.sha256.clone(),
            format: self.document.format.clone(),
            sha256: self.document.sha256.clone(),
            n_words: self.document.n_words,
            n_passages: self.passages.len(),
            n_demonstrated: self.count("demonstrated"),
            n_asserted: self.count("asserted"),
            n_absent: self.count("absent"),
            n_unsure: competencies.iter().filter(|cell| cell.unsure).count(),
            n_findings: self.findings.len(),
            n_warnings: self.warnings.len(),
            n_hidden: self.hidden.len(),
            competencies,
        }
    }
}

fn cell(ecq: &str, view: &CompetencyView) -> BriefCell {
    BriefCell {
        ecq: ecq.to_owned(),
        id: view.id.clone(),
        level: view.level.clone(),
        p: view.p,
        unsure: view.unsure,
        n_passages: view.evidence.len(),
    }
}
