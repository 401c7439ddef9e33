//! Steps through candle's automatic gradients: for devices that are no CPU, and as the reference of the flat form.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};
use crate::train::bert::{Dropout, Weights, forward};
use crate::train::loss::binary_cross_entropy;
use crate::train::optim::AdamW;
use crate::train::random::Random;
use crate::train::step::{Engine, Run};

/// A step as tensor operations.
#[derive(Debug)]
pub(super) struct TensorEngine<'a> {
    run: &'a Run<'a>,
    device: &'a Device,
    weights: Weights,
    optimizer: AdamW,
    /// Of the last step, by tensor name.
    pub(super) gradients: BTreeMap<String, Vec<f32>>,
}

impl<'a> TensorEngine<'a> {
    /// An engine that goes on from a state.
    pub(super) fn new(
        run: &'a Run<'a>,
        device: &'a Device,
        weights: Weights,
        optimizer: AdamW,
    ) -> Self {
        Self {
            run,
            device,
            weights,
            optimizer,
            gradients: BTreeMap::new(),
        }
    }

    fn backward(&mut self, step: usize, batch: &[usize]) -> candle_core::Result<f64> {
        let Self {
            run,
            device,
            weights,
            ..
        } = self;
        let mut dropout = Dropout {
            share: run.config.dropout,
            random: Random::new(run.config.seed, step as u64),
        };
        let (input_ids, attention_mask) = padded(run, batch, device)?;
        let logits = forward(
            weights,
            run.encoder,
            &input_ids,
            &attention_mask,
            &mut dropout,
        )?;
        let rows = |all: &[f32]| {
            let k = run.n_outputs;
            let values: Vec<f32> = batch
                .iter()
                .flat_map(|&idx| &all[idx * k..(idx + 1) * k])
                .copied()
                .collect();
            Tensor::from_vec(values, (batch.len(), k), device)
        };
        let loss = binary_cross_entropy(&logits, &rows(&run.targets)?)?
            .mul(&rows(&run.entry_weights)?)?
            .sum_all()?;
        let store = loss.backward()?;
        self.gradients.clear();
        for (name, var) in &weights.vars {
            if let Some(gradient) = store.get(var) {
                self.gradients
                    .insert(name.clone(), gradient.flatten_all()?.to_vec1::<f32>()?);
            }
        }
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }
}

impl Engine for TensorEngine<'_> {
    fn gradients(&mut self, step: usize, batch: &[usize]) -> Result<(f64, f64)> {
        let loss = self
            .backward(step, batch)
            .map_err(|source| Error::Compute {
                what: "the gradients of a step",
                source,
            })?;
        let norm = self
            .gradients
            .values()
            .flatten()
            .map(|g| f64::from(*g) * f64::from(*g))
            .sum::<f64>()
            .sqrt();
        Ok((loss, norm))
    }

    fn update(&mut self, factor: f32, rise_and_fall: f64) -> Result<()> {
        let run = self.run;
        self.optimizer
            .update(&self.weights.vars, &self.gradients, factor, |name| {
                let (rate, decay) = run.rates(name);
                (rate * rise_and_fall, decay)
            })
            .map_err(|source| Error::Compute {
                what: "a step of the optimizer",
                source,
            })
    }

    fn state(&self) -> Result<(Weights, AdamW)> {
        Ok((self.weights.clone(), self.optimizer.clone()))
    }
}

/// Token ids and mask of some passages, padded to the longest: both (b, t).
fn padded(
    run: &Run<'_>,
    batch: &[usize],
    device: &Device,
) -> candle_core::Result<(Tensor, Tensor)> {
    let texts: Vec<&[u32]> = batch.iter().map(|&idx| &run.data.ids[idx][..]).collect();
    let t = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
    let mut ids = vec![0_u32; texts.len() * t];
    let mut mask = vec![0_f32; texts.len() * t];
    for (row, text) in texts.iter().enumerate() {
        ids[row * t..row * t + text.len()].copy_from_slice(text);
        mask[row * t..row * t + text.len()].fill(1.0);
    }
    Ok((
        Tensor::from_vec(ids, (texts.len(), t), device)?,
        Tensor::from_vec(mask, (texts.len(), t), device)?,
    ))
}
