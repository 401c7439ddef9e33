//! A BERT-family sentence encoder on candle: masked mean pooling, unit length.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::embed::batch::{Batch, batches};
use crate::embed::bytes::wide_tensors;
use crate::embed::config::candle_config;
use crate::embed::read::EncoderFiles;
use crate::embed::tokenize::{PassageTokenizer, TokenIds, truncated};
use crate::embed::{Embedder, Embeddings};
use crate::error::{Error, Result};

/// Padded tokens of one batch.
///
/// Small enough that the activations of the widest layer (1,536 numbers a token) stay in the
/// second-level cache's neighborhood; batches beyond a few texts gain nothing on a CPU.
const BUDGET_TOKENS: usize = 512;

/// candle's `BertModel` with masked mean pooling and L2 normalization.
///
/// # Source
/// sentence-transformers `Pooling` (mean mode) and `Normalize`; checked in `tests/suite/parity.rs`.
pub struct BertEmbedder {
    model: BertModel,
    tokenizer: PassageTokenizer,
    dim: usize,
    /// One pool of one thread a core: each runs whole batches, instead of all sharing each product.
    workers: Vec<ThreadPool>,
}

impl std::fmt::Debug for BertEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BertEmbedder")
            .field("dim", &self.dim)
            .field("n_workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}

impl BertEmbedder {
    /// Builds the encoder from its files' bytes; `n_threads` 0 means one worker a core.
    ///
    /// # Errors
    /// If a file is not usable or the tensors do not fit the configuration.
    pub fn from_files(files: &EncoderFiles<'_>, n_threads: usize) -> Result<Self> {
        let model_error = |detail: String| Error::Model {
            dir: files.name.clone(),
            detail,
        };
        let config = files.config()?;
        if files.max_tokens < 3 || files.max_tokens > config.max_position_embeddings {
            return Err(model_error(format!(
                "max_tokens {} does not fit {} positions",
                files.max_tokens, config.max_position_embeddings
            )));
        }
        let tokenizer = PassageTokenizer::from_bytes(&files.tokenizer, files.max_tokens)?
            .with_lexicon(files.lexicon.clone());
        let vb = wide_tensors(&files.weights)
            .map(|tensors| VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))
            .map_err(|cause| model_error(format!("the weights are not usable: {cause}")))?;
        let model = BertModel::load(vb, &candle_config(&config))
            .map_err(|cause| model_error(format!("the weights do not fit config.json: {cause}")))?;
        let n_threads = if n_threads == 0 {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        } else {
            n_threads
        };
        let workers = (0..n_threads)
            .map(|_| ThreadPoolBuilder::new().num_threads(1).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| model_error(format!("cannot start threads: {cause}")))?;
        Ok(Self {
            model,
            tokenizer,
            dim: config.hidden_size,
            workers,
        })
    }

    /// The tokenizer, with the encoder's limit.
    #[must_use]
    pub fn tokenizer(&self) -> &PassageTokenizer {
        &self.tokenizer
    }

    /// The vectors of one batch, (b, d) row-major.
    fn forward(&self, tokens: &[TokenIds], batch: &Batch) -> candle_core::Result<Vec<f32>> {
        let (b, t) = (batch.idxs.len(), batch.max_tokens);
        let mut ids = vec![0_u32; b * t];
        let mut mask = vec![0_f32; b * t];
        for (row, &idx) in batch.idxs.iter().enumerate() {
            let text_ids = &tokens[idx].ids;
            ids[row * t..row * t + text_ids.len()].copy_from_slice(text_ids);
            mask[row * t..row * t + text_ids.len()].fill(1.0);
        }
        let input_ids = Tensor::from_vec(ids, (b, t), &Device::Cpu)?;
        let attention_mask = Tensor::from_vec(mask, (b, t), &Device::Cpu)?;
        let token_type_ids = input_ids.zeros_like()?;
        let hidden_states =
            self.model
                .forward(&input_ids, &token_type_ids, Some(&attention_mask))?;
        mean_pool(&hidden_states, &attention_mask)?
            .flatten_all()?
            .to_vec1()
    }
}

impl Embedder for BertEmbedder {
    fn dim(&self) -> usize {
        self.dim
    }

    fn max_tokens(&self) -> usize {
        self.tokenizer.max_tokens()
    }

    fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
        let tokens = texts
            .iter()
            .map(|text| self.tokenizer.ids(text))
            .collect::<Result<Vec<_>>>()?;
        let lengths: Vec<usize> = tokens.iter().map(|t| t.ids.len()).collect();
        let mut batches = batches(&lengths, BUDGET_TOKENS);
        // Longest first, so that no worker is left alone with a long batch at the end.
        batches.reverse();
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, candle_core::Result<Vec<f32>>)>> = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for worker in self.workers.iter().take(batches.len()) {
                scope.spawn(|| {
                    worker.install(|| {
                        loop {
                            let batch_idx = next.fetch_add(1, Ordering::Relaxed);
                            let Some(batch) = batches.get(batch_idx) else {
                                break;
                            };
                            let rows = self.forward(&tokens, batch);
                            let mut done = done
                                .lock()
                                .unwrap_or_else(std::sync::PoisonError::into_inner);
                            done.push((batch_idx, rows));
                        }
                    });
                });
            }
        });
        let mut rows = vec![0_f32; texts.len() * self.dim];
        for (batch_idx, batch_rows) in done
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            let batch_rows = batch_rows.map_err(|source| Error::Compute {
                what: "the vectors of a batch",
                source,
            })?;
            for (row, &idx) in batches[batch_idx].idxs.iter().enumerate() {
                rows[idx * self.dim..(idx + 1) * self.dim]
                    .copy_from_slice(&batch_rows[row * self.dim..(row + 1) * self.dim]);
            }
        }
        Ok(Embeddings {
            dim: self.dim,
            rows,
            truncated: truncated(&tokens),
        })
    }
}

/// Mean of the token vectors of each text, padding left out, scaled to unit length.
///
/// # Shape
/// `hidden_states` is (b, t, d) and `attention_mask` is (b, t); the result is (b, d).
///
/// # Errors
/// If the shapes disagree.
pub(crate) fn mean_pool(
    hidden_states: &Tensor,
    attention_mask: &Tensor,
) -> candle_core::Result<Tensor> {
    let mask = attention_mask.unsqueeze(2)?;
    let sum = hidden_states.broadcast_mul(&mask)?.sum(1)?;
    // The floors are those of sentence-transformers; they only matter for a text without tokens.
    let n_tokens = attention_mask.sum_keepdim(1)?.clamp(1e-9, f64::MAX)?;
    let mean = sum.broadcast_div(&n_tokens)?;
    let length = mean.sqr()?.sum_keepdim(1)?.sqrt()?.clamp(1e-12, f64::MAX)?;
    mean.broadcast_div(&length)
}
