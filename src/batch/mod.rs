//! Many documents: read side by side, every outcome kept as soon as it is there, tables over all of them at the end.
//!
//! ```text
//! OUT/index.html        packets down, competencies across, the least complete file first
//! OUT/coverage.csv      a row for each document and competency
//! OUT/coverage.parquet  the same, where the program was built with the feature `parquet`
//! OUT/failures.jsonl    a line for each document that could not be read
//! OUT/reports/          ecq.report/1 of each document, or its failure, and the other forms asked for
//! OUT/.ecq/             what a later run needs: journal, inputs, lock
//! ```
//!
//! Every file is written beside its place, brought to disk and then renamed, and a document counts as done only with
//! its line in the journal, so a run that is stopped anywhere goes on where it was. Apart from `.ecq`, the bytes are a
//! function of the inputs and the [`Basis`]: neither threads nor order nor interruptions leave a trace.
//!
//! What a document is made into is the caller's business ([`Reading`]), and so are progress ([`Observer`]) and the way
//! to the disk ([`Store`]).

mod basis;
mod id;
mod journal;
mod lock;
mod merge;
mod read;
mod run;
mod store;
mod tables;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::DocumentError;

pub use self::basis::{Basis, Named};
pub use self::id::{Shard, stem};
pub use self::journal::{Fault, Record, parse_journal};
pub use self::lock::Claim;
pub use self::merge::{Merged, merge};
pub use self::read::{Input, members, read_input};
pub use self::run::{Made, Observer, Plan, Reading, Status, Summary, run};
pub use self::store::{Disk, Folder, Output, Store};

/// The value of `schema` in a file that stands for a document that could not be read.
pub const FAILURE_SCHEMA: &str = "ecq.failure/1";

/// A document of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique in the batch, and the same in every run over the same inputs: the path from the folder given, with
    /// slashes; `packet.zip!essay.docx` for a file in a zip packet.
    pub id: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where the bytes of a document are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A file in a zip packet.
    Member {
        /// The packet.
        archive: PathBuf,
        /// Index of its entry.
        index: usize,
    },
    /// Nowhere: it was found, and already then it could not be read.
    Fault(Failure),
}

impl Item {
    /// The name of the file, without its folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.rsplit(['/', '!']).next().unwrap_or(&self.id)
    }

    /// The extension of the file's name, without its dot.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.name().rsplit_once('.').map(|(_, extension)| extension)
    }
}

/// Why there is no report of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of fault it is, for programs.
    pub kind: FailureKind,
    /// One line.
    pub reason: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The file could not be read from the disk.
    Unreadable,
    /// The file changed whenever it was read.
    Changed,
    /// The content is no document that can be read.
    Document,
    /// The decisions beside the document have a fault.
    Decisions,
    /// It asks for more room than a document may.
    Limit,
    /// The program stopped at a fault of its own.
    Program,
    /// No shard holds it.
    Missing,
}

impl Failure {
    /// A failure of a kind; `reason` is one line.
    #[must_use]
    pub fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

impl From<&DocumentError> for Failure {
    fn from(fault: &DocumentError) -> Self {
        let kind = match fault {
            DocumentError::TooLarge { .. } => FailureKind::Limit,
            _ => FailureKind::Document,
        };
        Self::new(kind, fault.to_string())
    }
}

/// The failure of a document as it is written to disk and to `failures.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FailureView {
    schema: String,
    id: String,
    kind: FailureKind,
    reason: String,
    /// Digest of the bytes, where there were any.
    sha256: Option<String>,
}

impl FailureView {
    fn new(id: &str, failure: &Failure, sha256: Option<&str>) -> Self {
        Self {
            schema: FAILURE_SCHEMA.to_owned(),
            id: id.to_owned(),
            kind: failure.kind,
            reason: failure.reason.clone(),
            sha256: sha256.map(str::to_owned),
        }
    }

    /// One line of JSON.
    fn line(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        crate::report::words::inert_json(&json) + "\n"
    }
}
