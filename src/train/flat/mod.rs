//! The encoder, its head and their gradients written out on slices: how training runs on a CPU.
//!
//! The same mathematics as [`bert`](crate::train::bert) with candle's automatic gradients, and several times
//! as fast: passages lie one after the other without padding, element-wise work is fused row by row, every
//! buffer is reused, products read transposes and heads through strides, and each worker runs its share of a
//! step from end to end on one core. Masks of dropout are drawn anew in the backward instead of stored.
//!
//! The tests at the end hold the two forms against each other, tensor by tensor.

mod attention;
mod layer;
mod layout;
mod ops;
mod product;
mod update;
mod worker;

use candle_core::{Tensor, Var};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::layout::Layout;
use self::ops::Dropout;
use self::worker::{Example, Worker};
use crate::error::{Error, Result};
use crate::train::bert::Weights;
use crate::train::optim::{AdamW, Moments, Step};
use crate::train::random::Random;
use crate::train::step::{Engine, Run};

/// Steps on the cores of this machine.
#[derive(Debug)]
pub(super) struct FlatEngine<'a> {
    run: &'a Run<'a>,
    layout: Layout,
    weights: Vec<f32>,
    moments: Moments,
    /// Steps of the optimizer done.
    step: i32,
    workers: Vec<Worker>,
    pool: ThreadPool,
    /// The tensors as they came, with those that the layout does not know.
    origin: Weights,
}

impl<'a> FlatEngine<'a> {
    /// An engine with `n_workers` threads that goes on from a state.
    ///
    /// # Errors
    /// If a tensor is missing or has another shape than the encoder's configuration says, or threads cannot
    /// be started.
    pub(super) fn new(
        run: &'a Run<'a>,
        n_workers: usize,
        origin: Weights,
        optimizer: &AdamW,
    ) -> Result<Self> {
        let layout = Layout::new(
            run.encoder,
            run.n_outputs,
            run.config.freeze_layers,
            run.config.train_word_embeddings,
        );
        let fault = |detail: String| Error::Model {
            dir: "training".to_owned(),
            detail,
        };
        let mut weights = vec![0.0; layout.len()];
        let mut moments = Moments {
            first: vec![0.0; layout.trained.end],
            second: vec![0.0; layout.trained.end],
        };
        for place in &layout.places {
            let var = origin
                .vars
                .get(&place.name)
                .filter(|var| var.dims() == place.shape)
                .ok_or_else(|| {
                    fault(format!(
                        "the encoder has no tensor {} of shape {:?}",
                        place.name, place.shape
                    ))
                })?;
            let values = var
                .flatten_all()
                .and_then(|tensor| tensor.to_vec1::<f32>())
                .map_err(compute)?;
            weights[place.range.clone()].copy_from_slice(&values);
            if let Some(saved) = optimizer.moments.get(&place.name)
                && place.range.end <= layout.trained.end
            {
                moments.first[place.range.clone()].copy_from_slice(&saved.first);
                moments.second[place.range.clone()].copy_from_slice(&saved.second);
            }
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(n_workers)
            .build()
            .map_err(|cause| fault(cause.to_string()))?;
        Ok(Self {
            run,
            layout,
            weights,
            moments,
            step: optimizer.step,
            workers: (0..n_workers).map(|_| Worker::default()).collect(),
            pool,
            origin,
        })
    }
}

impl Engine for FlatEngine<'_> {
    fn gradients(&mut self, step: usize, batch: &[usize]) -> Result<(f64, f64)> {
        let Self {
            run,
            layout,
            weights,
            workers,
            ..
        } = self;
        let config = run.config;
        let examples: Vec<Example<'_>> = batch.iter().map(|&idx| example(run, idx)).collect();
        let parts = split(&examples, workers.len());
        self.pool.install(|| {
            let losses: Vec<f64> = workers
                .par_iter_mut()
                .zip(&parts)
                .enumerate()
                .with_max_len(1)
                .map(|(idx, (worker, part))| {
                    let step_key = Random::new(config.seed, step as u64).next_u64();
                    let dropout = Dropout::new(config.dropout, step_key).at(idx);
                    worker.run(run.encoder, layout, weights, part, dropout)
                })
                .collect();
            let mut gradients: Vec<&mut [f32]> = workers
                .iter_mut()
                .map(|worker| worker.gradient.as_mut_slice())
                .collect();
            let norm = update::add_gradients(layout, &mut gradients);
            Ok((losses.iter().sum(), norm))
        })
    }

    fn update(&mut self, factor: f32, rise_and_fall: f64) -> Result<()> {
        self.step += 1;
        let steps: Vec<Step> = self
            .layout
            .places
            .iter()
            .map(|place| {
                let (rate, decay) = self.run.rates(&place.name);
                #[allow(clippy::cast_possible_truncation, reason = "weights are 32-bit floats")]
                Step {
                    rate: (rate * rise_and_fall) as f32,
                    decay: decay as f32,
                    factor,
                    number: self.step,
                }
            })
            .collect();
        let Self {
            layout,
            weights,
            moments,
            workers,
            ..
        } = self;
        self.pool
            .install(|| update::update(layout, weights, moments, &workers[0].gradient, &steps));
        Ok(())
    }

    fn state(&self) -> Result<(Weights, AdamW)> {
        let mut weights = self.origin.clone();
        let mut optimizer = AdamW {
            step: self.step,
            ..AdamW::default()
        };
        for place in &self.layout.places {
            let range = place.range.clone();
            let device = &candle_core::Device::Cpu;
            let var = Tensor::from_slice(&self.weights[range.clone()], &place.shape[..], device)
                .and_then(|tensor| Var::from_tensor(&tensor))
                .map_err(compute)?;
            weights.vars.insert(place.name.clone(), var);
            if range.start >= self.layout.trained.start && range.end <= self.layout.trained.end {
                optimizer.moments.insert(
                    place.name.clone(),
                    Moments {
                        first: self.moments.first[range.clone()].to_vec(),
                        second: self.moments.second[range].to_vec(),
                    },
                );
            }
        }
        Ok((weights, optimizer))
    }
}

fn compute(source: candle_core::Error) -> Error {
    Error::Compute {
        what: "the weights of a training run",
        source,
    }
}

fn example<'a>(run: &'a Run<'_>, idx: usize) -> Example<'a> {
    let row = idx * run.n_outputs..(idx + 1) * run.n_outputs;
    Example {
        ids: &run.data.ids[idx],
        targets: &run.targets[row.clone()],
        weights: &run.entry_weights[row],
    }
}

/// A step's passages dealt out to the workers like cards, so that all get the same lengths.
fn split<'a>(examples: &[Example<'a>], n_workers: usize) -> Vec<Vec<Example<'a>>> {
    (0..n_workers)
        .map(|worker| {
            examples
                .iter()
                .skip(worker)
                .step_by(n_workers)
                .cloned()
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests;
