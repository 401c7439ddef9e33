//! `model.toml`: what a model is, how it was made and how far it was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::calibration::Calibration;
use crate::classify::labels::{LabelSpace, OutputGroup};

/// The version of the manifest that is written and read.
pub const FORMAT: u32 = 2;

/// The manifest of a model directory; the loader refuses what does not fit it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form; 2.
    pub format: u32,
    /// Name of the model, shown in reports.
    pub id: String,
    /// Version of the model, shown in reports.
    pub version: String,
    /// Most tokens of a passage, special tokens included.
    pub max_tokens: usize,
    /// How token vectors become a passage vector; `mean`.
    pub pooling: String,
    /// Digests of the files beside the manifest.
    pub files: Vec<FileDigest>,
    /// How it was made.
    pub training: TrainingRecord,
    /// What it reached, by name of the data set and measure.
    #[serde(default)]
    pub scores: BTreeMap<String, ModelScores>,
    /// Logits to probabilities.
    pub calibration: Calibration,
    /// Lowest probability that counts, by group and label.
    pub thresholds: BTreeMap<String, BTreeMap<String, f32>>,
    /// Probabilities in which neither decision can be relied on, by group; a group without a band has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unsure: BTreeMap<String, Band>,
    /// Labels in the order of the outputs.
    pub labels: LabelSpace,
}

/// A band of calibrated probabilities around the threshold, learned on development data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Lowest probability of the band; at most the threshold.
    pub from: f32,
    /// Highest probability of the band; at least the threshold.
    pub to: f32,
    /// Share of right decisions that the band falls short of.
    pub least_right: f32,
}

impl Band {
    /// Whether a probability lies in the band; a band of one point is empty.
    #[must_use]
    pub fn holds(&self, p: f32) -> bool {
        self.from < self.to && (self.from..=self.to).contains(&p)
    }
}

/// A file of the model and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Name inside the directory.
    pub name: String,
    /// Lower-case hex.
    pub sha256: String,
}

/// How a model was made: enough to make it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecord {
    /// Repository of the base encoder.
    pub base: String,
    /// Digest of the base encoder's weights.
    pub base_sha256: String,
    /// Digest of every data file, by its path under `corpus/`.
    pub data: BTreeMap<String, String>,
    /// The configuration as it was used, as TOML text.
    pub config: String,
}

/// Scores on one data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelScores {
    /// Number of passages.
    pub n: usize,
    /// Values by measure.
    #[serde(flatten)]
    pub values: BTreeMap<String, f64>,
}

impl Manifest {
    /// Reads a `model.toml`.
    ///
    /// # Errors
    /// Where the text is not TOML of this form, or a field has no meaning for this version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|cause| cause.to_string())?;
        if manifest.format != FORMAT {
            return Err(format!(
                "model.toml has format {}, this version reads {FORMAT}",
                manifest.format
            ));
        }
        if manifest.pooling != "mean" {
            return Err(format!(
                "pooling {:?} is not supported, expected \"mean\"",
                manifest.pooling
            ));
        }
        for (group, band) in &manifest.unsure {
            if !(0.0 <= band.from && band.from <= band.to && band.to <= 1.0) {
                return Err(format!("unsure band of {group} is not inside 0 to 1"));
            }
        }
        manifest.threshold_row()?;
        Ok(manifest)
    }

    /// The digest of a file of the model directory, if it is listed.
    #[must_use]
    pub fn digest(&self, file: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|digest| digest.name == file)
            .map(|digest| digest.sha256.as_str())
    }

    /// The thresholds in the order of the outputs.
    ///
    /// # Errors
    /// Naming the label whose threshold is missing or outside [0, 1].
    pub fn threshold_row(&self) -> Result<Vec<f32>, String> {
        let mut row = Vec::with_capacity(self.labels.n_outputs());
        for group in OutputGroup::ALL {
            let thresholds = self.thresholds.get(group.name());
            for id in self.labels.ids(group) {
                let threshold = thresholds
                    .and_then(|thresholds| thresholds.get(id))
                    .ok_or_else(|| format!("no threshold for {} {id}", group.name()))?;
                if !(0.0..=1.0).contains(threshold) {
                    return Err(format!(
                        "threshold {threshold} of {} {id} is outside 0 to 1",
                        group.name()
                    ));
                }
                row.push(*threshold);
            }
        }
        Ok(row)
    }
}
