//! What a reviewer decided, kept in a file of its own beside the packet: `packet.docx.ecq.toml`.
//!
//! A report shows decisions beside the tool's own view and never changes either. The file is only ever added to:
//! no run rewrites it, and what was edited by hand stays as it is. After the packet is edited a decision finds its
//! place again by its words: the same words, else the passage that shares most of them, else it is listed as
//! unattached and kept.

mod attach;
mod parse;
mod read;
mod write;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::attach::{NEAR, attach};
pub use self::parse::parse_decisions;
pub use self::read::read_decisions;
pub use self::write::append_decision;

use crate::report::Verdict;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// By whom.
    pub who: String,
    /// The day, where the reviewer gave it; nothing is taken from a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Id of the section where it stood; tells places of the same words apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The words decided on: those of the passage, or those that tell the finding apart.
    pub text: String,
}

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum About {
    /// A competency in a passage.
    Competency {
        /// Id of the codebook.
        codebook: String,
        /// Id of the competency in it.
        competency: String,
    },
    /// A finding.
    Finding {
        /// Id of the rule.
        rule: String,
    },
}

/// The file of decisions that belongs to a packet: its name with `.ecq.toml` behind it.
#[must_use]
pub fn sidecar(packet: &Path) -> PathBuf {
    let mut name = OsString::from(packet);
    name.push(".ecq.toml");
    PathBuf::from(name)
}
