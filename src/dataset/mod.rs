//! Annotated passages: one JSON object a line, one schema for training text and for annotations.
//!
//! # Schema
//! Every line of every `.jsonl` file of a corpus is an [`Annotation`]; unknown keys are refused.
//!
//! | key | type | in | what |
//! |---|---|---|---|
//! | `id` | string | all | unique among the texts of a corpus; annotators' files use the id of the text |
//! | `text` | string | texts | the passage: 1-3 sentences of one paragraph |
//! | `doc` | string | texts | the statement it belongs to: the unit that never crosses splits |
//! | `packet` | string | texts | the packet it belongs to, in place of `doc` |
//! | `ecq` | string | texts | the ECQ under whose heading it stands; never a label |
//! | `pair` | string | texts | minimal pairs share this name, and are near-duplicates on purpose |
//! | `kind` | string | robustness | what a passage that is only measured on tries |
//! | `two` | list of ids | train, annotators | competencies of `opm-2006` demonstrated |
//! | `one` | list of ids | train, annotators | competencies of `opm-2006` asserted, disjoint from `two` |
//! | `ccar` | list of ids | train, annotators | `challenge`, `context`, `action`, `result` |
//! | `kc` | list of ids | train, annotators | key characteristics of `opm-1997` shown |
//! | `c2025` | list of ids | train, annotators | competencies of `opm-2025` shown |
//!
//! A label list that is not there was not annotated: that is not the same as empty, and such passages teach and
//! count nothing for it. [`check_corpus`] holds a corpus to all this.

mod check;
mod duplicate;
mod examples;
mod gold;
mod read;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::check::{
    CheckOptions, CorpusCheck, FileCounts, Finding, FindingKind, LabelCounts, NEAR_DUPLICATE,
    check_corpus,
};
pub use self::duplicate::{NearDuplicate, near_duplicates};
pub use self::examples::choose_examples;
pub use self::gold::{Gold, majority};
pub use self::read::{
    examples, parse_annotations, read_annotations, read_corpus, read_lines, read_reader,
};

use crate::classify::{LabelSpace, OutputGroup};

/// Name of the split that is trained from.
pub const TRAIN: &str = "train";

/// One file of a corpus, with the lines that could not be read.
#[derive(Clone, Debug)]
pub struct CorpusFile {
    /// Path under the corpus.
    pub path: String,
    /// What its lines are.
    pub role: Role,
    /// The split whose texts it holds or annotates: `train`, `dev/NAME`, `test/NAME` or `robustness`.
    pub split: String,
    /// The set it is counted in: the split, or `second` for the second annotation of training texts.
    pub set: String,
    /// The annotations with their lines, counted from 1.
    pub annotations: Vec<(usize, Annotation)>,
    /// Lines that are no [`Annotation`], and why.
    pub bad_lines: Vec<(usize, String)>,
}

/// What the lines of a corpus file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Texts to train from, with their labels.
    Train,
    /// Texts to measure on.
    Text,
    /// One annotator's labels of texts in another file.
    Annotator,
}

/// One line of an annotation or training file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotation {
    /// Unique in its file.
    pub id: String,
    /// The statement or packet it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The packet it belongs to, in packet files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<String>,
    /// The ECQ under whose heading it stands; never a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecq: Option<String>,
    /// Minimal pairs share this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// What a passage of the robustness sets tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The passage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Competencies demonstrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two: Option<BTreeSet<String>>,
    /// Competencies asserted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<BTreeSet<String>>,
    /// Parts of the story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ccar: Option<BTreeSet<String>>,
    /// Key characteristics shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kc: Option<BTreeSet<String>>,
    /// Competencies of 2025 shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c2025: Option<BTreeSet<String>>,
}

impl Annotation {
    /// The document it belongs to: what resampling and splitting keep together.
    #[must_use]
    pub fn group(&self) -> &str {
        self.doc
            .as_deref()
            .or(self.packet.as_deref())
            .or(self.pair.as_deref())
            .unwrap_or(&self.id)
    }

    /// The story it belongs to: its document and the ECQ under whose heading it stands.
    #[must_use]
    pub fn story(&self) -> (&str, Option<&str>) {
        (self.group(), self.ecq.as_deref())
    }

    /// The labels of a group of outputs, if annotated. `Asserted` means at least asserted.
    #[must_use]
    pub fn labels(&self, group: OutputGroup) -> Option<BTreeSet<&str>> {
        let sets: Vec<&BTreeSet<String>> = match group {
            OutputGroup::Demonstrated => vec![self.two.as_ref()?],
            OutputGroup::Asserted => vec![self.two.as_ref()?, self.one.as_ref()?],
            OutputGroup::KeyCharacteristics => vec![self.kc.as_ref()?],
            OutputGroup::Opm2025 => vec![self.c2025.as_ref()?],
            OutputGroup::Ccar => vec![self.ccar.as_ref()?],
        };
        Some(sets.into_iter().flatten().map(String::as_str).collect())
    }

    /// The targets of a passage as numbers and which of them were annotated.
    ///
    /// # Shape
    /// Both vectors have k entries, in the order of the model's outputs; entries are 0 or 1.
    ///
    /// # Errors
    /// Naming a label that the label order does not know.
    pub fn targets(&self, space: &LabelSpace) -> Result<(Vec<f32>, Vec<f32>), String> {
        let mut targets = vec![0.0; space.n_outputs()];
        let mut mask = vec![0.0; space.n_outputs()];
        for group in OutputGroup::ALL {
            let Some(labels) = self.labels(group) else {
                continue;
            };
            let range = space.range(group);
            mask[range.clone()].fill(1.0);
            let ids = space.ids(group);
            for label in labels {
                let idx = ids.iter().position(|id| id == label).ok_or_else(|| {
                    format!("{}: unknown label {label} in {}", self.id, group.name())
                })?;
                targets[range.start + idx] = 1.0;
            }
        }
        Ok((targets, mask))
    }
}
