//! The training loop.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::classify::{Head, LabelSpace, OutputGroup, feature_scale, sigmoid};
use crate::embed::{BertConfig, Embeddings};
use crate::error::{Error, Result};
use crate::train::bert::{Dropout, Weights, forward};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::config::TrainConfig;
use crate::train::data::TrainSet;
use crate::train::loss::binary_cross_entropy;
use crate::train::optim::AdamW;
use crate::train::random::Random;

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

/// Loss and gradients by tensor name of a worker's share of a step.
type StepPart = (f64, BTreeMap<String, Vec<f32>>);

/// Trains encoder and head together and returns the weights.
///
/// Every step's passages are shared by the workers; gradients are added in a fixed order, so that a run
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
    let compute = |what| move |source| Error::Compute { what, source };
    let mut weights = Weights::from_base(base, encoder, space.n_outputs(), config.seed, device)
        .map_err(compute("the weights of the base encoder"))?;
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
    let n_workers = if device.is_cpu() {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    } else {
        1
    };
    let pools = (0..n_workers)
        .map(|_| ThreadPoolBuilder::new().num_threads(1).build())
        .collect::<Result<Vec<ThreadPool>, _>>()
        .map_err(|cause| Error::Model {
            dir: "training".to_owned(),
            detail: cause.to_string(),
        })?;
    let group_weights = group_weights(config, space);
    for (step, batch) in schedule.iter().enumerate().skip(first_step) {
        let parts: Vec<Vec<usize>> = split(batch, n_workers);
        let results: Vec<candle_core::Result<StepPart>> = std::thread::scope(|scope| {
            let handles: Vec<_> = parts
                .iter()
                .enumerate()
                .map(|(worker, part)| {
                    let (pool, weights, group_weights) = (&pools[worker], &weights, &group_weights);
                    scope.spawn(move || {
                        pool.install(|| {
                            let stream = (step * 64 + worker) as u64;
                            let mut dropout = Dropout {
                                share: config.dropout,
                                random: Random::new(config.seed, stream),
                            };
                            gradients(
                                config,
                                encoder,
                                weights,
                                group_weights,
                                data,
                                part,
                                &mut dropout,
                                device,
                            )
                        })
                    })
                })
                .collect();
            handles
                .into_iter()
                .map(|handle| {
                    handle.join().unwrap_or_else(|_| {
                        Err(candle_core::Error::Msg(
                            "a training worker stopped".to_owned(),
                        ))
                    })
                })
                .collect()
        });
        let mut loss = 0.0;
        let mut total: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        for result in results {
            let (part_loss, part) = result.map_err(compute("the gradients of a step"))?;
            loss += part_loss;
            for (name, gradient) in part {
                match total.get_mut(&name) {
                    None => {
                        total.insert(name, gradient);
                    }
                    Some(sum) => sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g),
                }
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "batches are small")]
        let share = 1.0 / batch.len() as f64;
        loss *= share;
        if !loss.is_finite() {
            return Err(Error::Model {
                dir: "training".to_owned(),
                detail: format!("the loss of step {step} is not finite; lower the learning rates"),
            });
        }
        let norm = total
            .values()
            .flatten()
            .map(|g| f64::from(*g) * f64::from(*g))
            .sum::<f64>()
            .sqrt()
            * share;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "gradients are 32-bit floats"
        )]
        let factor = (share * (config.max_gradient_norm / norm.max(1e-12)).min(1.0)) as f32;
        let rise_and_fall = rate_factor(config, step, schedule.len());
        optimizer
            .update(&weights.vars, &total, factor, |name| {
                let (rate, decay) = rates(config, encoder, name);
                (rate * rise_and_fall, decay)
            })
            .map_err(compute("a step of the optimizer"))?;
        on_step(Progress {
            step: step + 1,
            n_steps: schedule.len(),
            loss,
        });
        if let Some(dir) = checkpoint_dir
            && ((step + 1) % CHECKPOINT_STEPS == 0 || step + 1 == schedule.len())
        {
            checkpoint::write(
                dir,
                &fingerprint,
                &Checkpoint {
                    step: step + 1,
                    weights: weights.clone(),
                    optimizer: optimizer.clone(),
                },
            )?;
        }
    }
    Ok(weights)
}

/// Loss and gradients of some passages, both summed over them.
#[allow(
    clippy::too_many_arguments,
    reason = "the parts of a step, each of another kind"
)]
fn gradients(
    config: &TrainConfig,
    encoder: &BertConfig,
    weights: &Weights,
    group_weights: &[f32],
    data: &TrainSet,
    part: &[usize],
    dropout: &mut Dropout,
    device: &Device,
) -> candle_core::Result<StepPart> {
    if part.is_empty() {
        return Ok((0.0, BTreeMap::new()));
    }
    let (input_ids, attention_mask) = padded(data, part, device)?;
    let logits = forward(weights, encoder, &input_ids, &attention_mask, dropout)?;
    let k = group_weights.len();
    #[allow(clippy::cast_possible_truncation, reason = "a share of one")]
    let smoothing = config.label_smoothing as f32;
    let (mut targets, mut entry_weights) = (Vec::new(), Vec::new());
    for &idx in part {
        for (output, group_weight) in group_weights.iter().enumerate() {
            // Smoothed towards 0.05, about the share of passages that carry a label.
            targets.push(data.targets[idx * k + output] * (1.0 - smoothing) + 0.05 * smoothing);
            entry_weights.push(data.mask[idx * k + output] * group_weight);
        }
    }
    let shape = (part.len(), k);
    let targets = Tensor::from_vec(targets, shape, device)?;
    let entry_weights = Tensor::from_vec(entry_weights, shape, device)?;
    let loss = binary_cross_entropy(&logits, &targets)?
        .mul(&entry_weights)?
        .sum_all()?;
    let store = loss.backward()?;
    let mut gradients = BTreeMap::new();
    for (name, var) in &weights.vars {
        if let Some(gradient) = store.get(var) {
            gradients.insert(name.clone(), gradient.flatten_all()?.to_vec1::<f32>()?);
        }
    }
    Ok((f64::from(loss.to_scalar::<f32>()?), gradients))
}

/// Token ids and mask of some passages, padded to the longest: both (b, t).
fn padded(
    data: &TrainSet,
    part: &[usize],
    device: &Device,
) -> candle_core::Result<(Tensor, Tensor)> {
    let t = part
        .iter()
        .map(|&idx| data.ids[idx].len())
        .max()
        .unwrap_or(0);
    let mut ids = vec![0_u32; part.len() * t];
    let mut mask = vec![0_f32; part.len() * t];
    for (row, &idx) in part.iter().enumerate() {
        let text = &data.ids[idx];
        ids[row * t..row * t + text.len()].copy_from_slice(text);
        mask[row * t..row * t + text.len()].fill(1.0);
    }
    Ok((
        Tensor::from_vec(ids, (part.len(), t), device)?,
        Tensor::from_vec(mask, (part.len(), t), device)?,
    ))
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

/// A step's passages dealt out to the workers like cards, so that all get the same lengths.
fn split(batch: &[usize], n_workers: usize) -> Vec<Vec<usize>> {
    let mut parts = vec![Vec::new(); n_workers];
    for (position, &idx) in batch.iter().enumerate() {
        parts[position % n_workers].push(idx);
    }
    parts
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

/// Highest learning rate and weight decay of a tensor.
fn rates(config: &TrainConfig, encoder: &BertConfig, name: &str) -> (f64, f64) {
    let decay = if name.ends_with("bias") || name.contains("LayerNorm") {
        0.0
    } else {
        config.weight_decay
    };
    if name.starts_with("head.") {
        return (config.head_learning_rate, decay);
    }
    let below_top = name
        .strip_prefix("encoder.layer.")
        .and_then(|rest| rest.split('.').next())
        .and_then(|layer| layer.parse::<usize>().ok())
        .map_or(encoder.num_hidden_layers, |layer| {
            encoder.num_hidden_layers - 1 - layer
        });
    let exponent = i32::try_from(below_top).unwrap_or(i32::MAX);
    (
        config.encoder_learning_rate * config.layer_decay.powi(exponent),
        decay,
    )
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
