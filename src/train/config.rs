//! Every number of a training run, read from a TOML file that gives each its reason.

use serde::{Deserialize, Serialize};

/// The configuration of a training run; see `models/train.toml` for what each number does and why it is so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Name of the model.
    pub id: String,
    /// Version of the model.
    pub version: String,
    /// Repository of the base encoder, for the record.
    pub base: String,
    /// SHA-256 of the base encoder's `model.safetensors`; training refuses another.
    pub base_sha256: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Seeds of further runs over the same data; the weights of all runs are averaged into one model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub average_with: Vec<u64>,
    /// Passes over the data.
    pub epochs: usize,
    /// Passages a step.
    pub batch_size: usize,
    /// Most tokens of a passage in training; longer ones are cut.
    pub max_tokens: usize,
    /// Highest learning rate of the encoder's top layer.
    pub encoder_learning_rate: f64,
    /// Factor on the learning rate from one layer to the one below it.
    pub layer_decay: f64,
    /// Highest learning rate of the head.
    pub head_learning_rate: f64,
    /// Share of the steps in which the learning rate rises.
    pub warmup: f64,
    /// Lowest learning rate, as a share of the highest.
    pub final_rate: f64,
    /// Pull of weights towards zero, a step and unit of learning rate.
    pub weight_decay: f64,
    /// Share of numbers dropped inside the encoder and before the head.
    pub dropout: f64,
    /// Longest gradient, in the L2 norm over all weights.
    pub max_gradient_norm: f64,
    /// How far targets are drawn from 0 and 1 towards a label's usual share.
    pub label_smoothing: f64,
    /// Whether word vectors are trained.
    pub train_word_embeddings: bool,
    /// Lowest layers that stay as in the base encoder, and the embeddings with them; 0 trains everything.
    ///
    /// Steps get faster by the backward of those layers.
    #[serde(default)]
    pub freeze_layers: usize,
    /// Whether names of persons, agencies and schools and pronouns are taken out of the texts first, in training and
    /// in reading.
    #[serde(default)]
    pub neutral: bool,
    /// Share of the documents that are trained on, drawn by their names: for learning curves.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub share: f64,
    /// Weights of the groups of outputs in the loss.
    pub loss: GroupWeights,
    /// Training files under the corpus directory.
    pub files: Vec<TrainFile>,
    /// Data sets under the corpus directory for thresholds, and for calibration where `calibration` is empty.
    pub dev: Vec<String>,
    /// Annotated files under the corpus directory for calibration; no document of theirs is in `files`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<String>,
    /// Annotated files under the corpus directory that the matcher is fitted on, none of them in `files`; without them
    /// those of `calibration`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matcher: Vec<String>,
}

fn all() -> f64 {
    1.0
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_all(share: &f64) -> bool {
    *share >= 1.0
}

/// How much each group of outputs counts in the loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupWeights {
    /// Demonstrated.
    pub demonstrated: f32,
    /// At least asserted.
    pub asserted: f32,
    /// Key characteristics.
    pub key_characteristics: f32,
    /// Competencies of 2025.
    pub opm_2025: f32,
    /// Parts of the story.
    pub ccar: f32,
}

/// A training file and how often its passages are seen in an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainFile {
    /// Path under the corpus directory.
    pub path: String,
    /// Times a passage is seen in an epoch.
    pub repeat: usize,
}

impl TrainConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Where the text is not TOML of this form, or a number is outside its range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|cause| cause.to_string())?;
        let shares = [
            ("warmup", config.warmup),
            ("final_rate", config.final_rate),
            ("dropout", config.dropout),
            ("label_smoothing", config.label_smoothing),
            ("layer_decay", config.layer_decay),
            ("share", config.share),
        ];
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(format!("{name} is {value}, expected 0 to 1"));
            }
        }
        if config.epochs == 0 || config.batch_size == 0 || config.max_tokens < 8 {
            return Err("epochs and batch_size start at 1, max_tokens at 8".to_owned());
        }
        let mut seeds = config.average_with.clone();
        seeds.push(config.seed);
        seeds.sort_unstable();
        if seeds.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("average_with: every run needs a seed of its own".to_owned());
        }
        Ok(config)
    }
}
