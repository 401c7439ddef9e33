//! What a step of training is, whatever computes it.

use crate::classify::{LabelSpace, OutputGroup};
use crate::embed::BertConfig;
use crate::error::{Error, Result};
use crate::train::bert::Weights;
use crate::train::config::TrainConfig;
use crate::train::data::TrainSet;
use crate::train::optim::AdamW;

/// Computes steps: the flat form on a CPU, candle's on other devices.
pub(super) trait Engine {
    /// Loss of some passages, summed, and the L2 norm of its gradient, which is kept for [`Engine::update`].
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn gradients(&mut self, step: usize, batch: &[usize]) -> Result<(f64, f64)>;

    /// One step of the optimizer with the last gradients times `factor`, and with `rise_and_fall` of the
    /// highest learning rates.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn update(&mut self, factor: f32, rise_and_fall: f64) -> Result<()>;

    /// Weights and moments after the last update.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn state(&self) -> Result<(Weights, AdamW)>;
}

/// What every step of a run reads.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// The configuration.
    pub config: &'a TrainConfig,
    /// The numbers of the encoder.
    pub encoder: &'a BertConfig,
    /// The passages.
    pub data: &'a TrainSet,
    /// Number k of outputs.
    pub n_outputs: usize,
    /// What the logits are drawn to, smoothed: (n, k).
    pub targets: Vec<f32>,
    /// What each entry counts in the loss, 0 where it was not annotated: (n, k).
    pub entry_weights: Vec<f32>,
}

impl<'a> Run<'a> {
    /// Checks the passages against the encoder and works out their targets.
    ///
    /// # Errors
    /// If a passage has no tokens, too many for the encoder, or one beyond its vocabulary, or more layers
    /// are to be frozen than there are.
    pub(super) fn new(
        config: &'a TrainConfig,
        encoder: &'a BertConfig,
        space: &LabelSpace,
        data: &'a TrainSet,
    ) -> Result<Self> {
        let fault = |detail: String| Error::Model {
            dir: "training".to_owned(),
            detail,
        };
        if config.freeze_layers > encoder.num_hidden_layers {
            return Err(fault(format!(
                "freeze_layers is {}, the encoder has {} layers",
                config.freeze_layers, encoder.num_hidden_layers
            )));
        }
        for (idx, ids) in data.ids.iter().enumerate() {
            let fits = (1..=encoder.max_position_embeddings).contains(&ids.len())
                && ids.iter().all(|&id| (id as usize) < encoder.vocab_size);
            if !fits {
                return Err(fault(format!(
                    "passage {} of the training set does not fit an encoder of {} positions and {} words",
                    idx + 1,
                    encoder.max_position_embeddings,
                    encoder.vocab_size
                )));
            }
        }
        #[allow(clippy::cast_possible_truncation, reason = "a share of one")]
        let smoothing = config.label_smoothing as f32;
        let group_weights = group_weights(config, space);
        Ok(Self {
            config,
            encoder,
            data,
            n_outputs: group_weights.len(),
            // Smoothed towards 0.05, about the share of passages that carry a label.
            targets: data
                .targets
                .iter()
                .map(|target| target * (1.0 - smoothing) + 0.05 * smoothing)
                .collect(),
            entry_weights: data
                .mask
                .iter()
                .zip(group_weights.iter().cycle())
                .map(|(mask, weight)| mask * weight)
                .collect(),
        })
    }

    /// Highest learning rate and weight decay of a tensor.
    pub(super) fn rates(&self, name: &str) -> (f64, f64) {
        let config = self.config;
        let decay = if name.ends_with("bias") || name.contains("LayerNorm") {
            0.0
        } else {
            config.weight_decay
        };
        if name.starts_with("head.") {
            return (config.head_learning_rate, decay);
        }
        let n_layers = self.encoder.num_hidden_layers;
        let below_top = name
            .strip_prefix("encoder.layer.")
            .and_then(|rest| rest.split('.').next())
            .and_then(|layer| layer.parse::<usize>().ok())
            .map_or(n_layers, |layer| n_layers - 1 - layer);
        let exponent = i32::try_from(below_top).unwrap_or(i32::MAX);
        (
            config.encoder_learning_rate * config.layer_decay.powi(exponent),
            decay,
        )
    }
}

/// The weight of every output in the loss.
fn group_weights(config: &TrainConfig, space: &LabelSpace) -> Vec<f32> {
    let mut row = vec![0.0; space.n_outputs()];
    for group in OutputGroup::ALL {
        row[space.range(group)].fill(match group {
            OutputGroup::Demonstrated => config.loss.demonstrated,
            OutputGroup::Asserted => config.loss.asserted,
            OutputGroup::KeyCharacteristics => config.loss.key_characteristics,
            OutputGroup::Opm2025 => config.loss.opm_2025,
            OutputGroup::Ccar => config.loss.ccar,
        });
    }
    row
}
