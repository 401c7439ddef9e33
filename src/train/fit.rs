//! The training loop.

use std::path::Path;

use candle_core::Device;

use crate::classify::{Head, LabelSpace, feature_scale, sigmoid};
use crate::embed::{BertConfig, Embeddings};
use crate::error::{Error, Result};
use crate::train::bert::Weights;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::config::TrainConfig;
use crate::train::data::TrainSet;
use crate::train::flat::FlatEngine;
use crate::train::optim::AdamW;
use crate::train::random::Random;
use crate::train::step::{Engine, Run};
use crate::train::tensors::TensorEngine;

/// Steps between checkpoints: a stopped run loses at most some minutes.
const CHECKPOINT_STEPS: usize = 100;
/// Batches that are sorted by length together, so that little padding is computed and order stays random.
const SORTED_BATCHES: usize = 16;

/// Where a run stands, told to the caller after every step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub n_steps: usize,
    /// Mean loss of a passage in this step.
    pub loss: f64,
}

/// Trains encoder and head together, once for every seed, and returns the mean of the weights.
///
/// With several seeds the state of each run lies in a directory of its own under `checkpoint_dir`. Every step's passages are shared by the workers; gradients are added in a fixed order, so that a run
/// depends on configuration, data and number of workers alone. With `checkpoint_dir`, the state is saved
/// now and then, and a run that finds a state of the same configuration and data goes on from it.
///
/// # Errors
/// If a tensor operation fails, the loss is not finite, or a checkpoint cannot be written.
#[allow(
    clippy::too_many_arguments,
    reason = "the parts of a run, each of another kind"
)]
pub fn fit(
    config: &TrainConfig,
    encoder: &BertConfig,
    space: &LabelSpace,
    base: &[u8],
    data: &TrainSet,
    device: &Device,
    checkpoint_dir: Option<&Path>,
    mut on_step: impl FnMut(Progress),
) -> Result<Weights> {
    if config.average_with.is_empty() {
        return fit_seed(
            config,
            encoder,
            space,
            base,
            data,
            device,
            checkpoint_dir,
            on_step,
        );
    }
    let seeds: Vec<u64> = std::iter::once(config.seed)
        .chain(config.average_with.iter().copied())
        .collect();
    let mut runs = Vec::with_capacity(seeds.len());
    for (done, &seed) in seeds.iter().enumerate() {
        let one = TrainConfig {
            seed,
            average_with: Vec::new(),
            ..config.clone()
        };
        let dir = checkpoint_dir.map(|dir| dir.join(format!("seed-{seed}")));
        let dir = dir.as_deref();
        runs.push(fit_seed(
            &one,
            encoder,
            space,
            base,
            data,
            device,
            dir,
            |at: Progress| {
                on_step(Progress {
                    step: done * at.n_steps + at.step,
                    n_steps: seeds.len() * at.n_steps,
                    loss: at.loss,
                });
            },
        )?);
    }
    let compute = |source| Error::Compute {
        what: "the mean of several runs",
        source,
    };
    let mean = Weights::mean(&runs).map_err(compute)?;
    mean.ok_or_else(|| Error::Model {
        dir: "training".to_owned(),
        detail: "the configuration has no seed".to_owned(),
    })
}

/// One run.
#[allow(
    clippy::too_many_arguments,
    reason = "the parts of a run, each of another kind"
)]
fn fit_seed(
    config: &TrainConfig,
    encoder: &BertConfig,
    space: &LabelSpace,
    base: &[u8],
    data: &TrainSet,
    device: &Device,
    checkpoint_dir: Option<&Path>,
    mut on_step: impl FnMut(Progress),
) -> Result<Weights> {
    let mut weights = Weights::from_base(base, encoder, space.n_outputs(), config.seed, device)
        .map_err(|source| Error::Compute {
            what: "the weights of the base encoder",
            source,
        })?;
    let run = Run::new(config, encoder, space, data)?;
    let mut optimizer = AdamW::default();
    let schedule = schedule(config, data);
    let fingerprint = checkpoint::fingerprint(config, data);
    let mut first_step = 0;
    if let Some(dir) = checkpoint_dir
        && let Some(saved) = checkpoint::read(dir, &fingerprint, device)?
    {
        first_step = saved.step;
        weights = saved.weights;
        optimizer = saved.optimizer;
    }
    weights.train_words = config.train_word_embeddings;
    weights.freeze_layers = config.freeze_layers;
    let mut engine: Box<dyn Engine + '_> = if device.is_cpu() {
        let n_workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Box::new(FlatEngine::new(&run, n_workers, weights, &optimizer)?)
    } else {
        Box::new(TensorEngine::new(&run, device, weights, optimizer))
    };
    for (step, batch) in schedule.iter().enumerate().skip(first_step) {
        let (loss, norm) = engine.gradients(step, batch)?;
        #[allow(clippy::cast_precision_loss, reason = "batches are small")]
        let share = 1.0 / batch.len() as f64;
        let (loss, norm) = (loss * share, norm * share);
        if !loss.is_finite() || !norm.is_finite() {
            return Err(Error::Model {
                dir: "training".to_owned(),
                detail: format!("the loss of step {step} is not finite; lower the learning rates"),
            });
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "gradients are 32-bit floats"
        )]
        let factor = (share * (config.max_gradient_norm / norm.max(1e-12)).min(1.0)) as f32;
        engine.update(factor, rate_factor(config, step, schedule.len()))?;
        on_step(Progress {
            step: step + 1,
            n_steps: schedule.len(),
            loss,
        });
        if let Some(dir) = checkpoint_dir
            && ((step + 1) % CHECKPOINT_STEPS == 0 || step + 1 == schedule.len())
        {
            let (weights, optimizer) = engine.state()?;
            checkpoint::write(
                dir,
                &fingerprint,
                &Checkpoint {
                    step: step + 1,
                    weights,
                    optimizer,
                },
            )?;
        }
    }
    Ok(engine.state()?.0)
}

/// The passages of every step of every epoch.
fn schedule(config: &TrainConfig, data: &TrainSet) -> Vec<Vec<usize>> {
    let mut random = Random::new(config.seed, 0x0005_EED0_F0DA);
    let mut steps = Vec::new();
    for _ in 0..config.epochs {
        let mut order: Vec<usize> = data
            .repeat
            .iter()
            .enumerate()
            .flat_map(|(idx, &n)| std::iter::repeat_n(idx, n))
            .collect();
        random.shuffle(&mut order);
        let mut batches: Vec<Vec<usize>> = Vec::new();
        for chunk in order.chunks_mut(config.batch_size * SORTED_BATCHES) {
            chunk.sort_by_key(|&idx| data.ids[idx].len());
            batches.extend(chunk.chunks(config.batch_size).map(<[usize]>::to_vec));
        }
        random.shuffle(&mut batches);
        steps.extend(batches);
    }
    steps
}

/// Rises to 1 over the warm-up, then falls in a straight line.
fn rate_factor(config: &TrainConfig, step: usize, n_steps: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "runs have a few thousand steps")]
    let at = (step + 1) as f64 / n_steps as f64;
    if at < config.warmup {
        at / config.warmup
    } else {
        let left = (1.0 - at) / (1.0 - config.warmup).max(1e-9);
        config.final_rate + (1.0 - config.final_rate) * left
    }
}

/// Fits a head alone on fixed embeddings: logistic regressions, one a label.
///
/// The baseline that shows what the encoder's own training is worth, and enough for a reader's own labels.
/// Plain gradient descent with momentum on the mean loss; the problem is convex.
///
/// # Panics
/// If targets, mask and embeddings disagree in their number of rows.
#[must_use]
pub fn fit_head(embeddings: &Embeddings, targets: &[f32], mask: &[f32], n_outputs: usize) -> Head {
    const STEPS: usize = 400;
    const RATE: f32 = 0.5;
    const MOMENTUM: f32 = 0.9;
    const RIDGE: f32 = 1e-4;
    let (n, d, k) = (embeddings.len(), embeddings.dim, n_outputs);
    assert_eq!(targets.len(), n * k, "targets are (n, k)");
    assert_eq!(mask.len(), n * k, "the mask is (n, k)");
    let mut head = Head {
        dim: d,
        weight: vec![0.0; k * d],
        bias: vec![-3.0; k],
    };
    if n == 0 {
        return head;
    }
    let scale = feature_scale(d);
    #[allow(
        clippy::cast_precision_loss,
        reason = "corpora are far below 2^24 passages"
    )]
    let share = 1.0 / n as f32;
    let (mut weight_speed, mut bias_speed) = (vec![0.0_f32; k * d], vec![0.0_f32; k]);
    for _ in 0..STEPS {
        let logits = head.logits(embeddings);
        let (mut weight_gradient, mut bias_gradient) = (vec![0.0_f32; k * d], vec![0.0_f32; k]);
        for idx in 0..n {
            let row = embeddings.row(idx);
            for output in 0..k {
                let at = idx * k + output;
                let error = (sigmoid(logits[at]) - targets[at]) * mask[at] * share;
                // Most entries are far from any decision; skipping them saves most of the work.
                if error.abs() < 1e-7 {
                    continue;
                }
                bias_gradient[output] += error;
                let gradient = &mut weight_gradient[output * d..(output + 1) * d];
                gradient
                    .iter_mut()
                    .zip(row)
                    .for_each(|(g, x)| *g += error * scale * x);
            }
        }
        for (((weight, gradient), speed), decay) in head
            .weight
            .iter_mut()
            .zip(&weight_gradient)
            .zip(&mut weight_speed)
            .zip(std::iter::repeat(RIDGE))
        {
            *speed = MOMENTUM * *speed - RATE * (gradient + decay * *weight);
            *weight += *speed;
        }
        for ((bias, gradient), speed) in head
            .bias
            .iter_mut()
            .zip(&bias_gradient)
            .zip(&mut bias_speed)
        {
            *speed = MOMENTUM * *speed - RATE * gradient;
            *bias += *speed;
        }
    }
    head
}
