//! The encoder in a form that gradients pass: the same numbers as the one that reads, with dropout.
//!
//! candle-nn's `LayerNorm` and `softmax_last_dim` take fused paths that stop gradients without a word, so
//! every operation here is one that candle differentiates, or one of [`ops`](crate::train::ops) with its own backward.

use std::collections::BTreeMap;

use candle_core::{D, Device, Result, Tensor, Var};

use crate::embed::BertConfig;
use crate::train::ops;
use crate::train::random::Random;

/// The weights of an encoder and a head, by name, as variables.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Encoder tensors by the names of `model.safetensors`, and `head.weight` (k, d), `head.bias` (k).
    pub vars: BTreeMap<String, Var>,
    /// Whether word vectors get a gradient.
    pub train_words: bool,
    /// Lowest layers that get no gradient, and the embeddings with them; 0 for none.
    pub freeze_layers: usize,
}

/// The largest tensor: the word vectors.
pub(crate) const WORDS: &str = "embeddings.word_embeddings.weight";

impl Weights {
    /// The base encoder's tensors as 32-bit floats and a fresh head for k outputs.
    ///
    /// The head starts near zero with a bias of −3: most labels are absent from most passages, and a
    /// start there spares the encoder a first epoch of learning only that.
    ///
    /// # Errors
    /// If the bytes are no safetensors.
    pub fn from_base(
        bytes: &[u8],
        config: &BertConfig,
        n_outputs: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let mut vars = BTreeMap::new();
        let tensors: BTreeMap<String, Tensor> =
            crate::embed::wide_tensors(bytes)?.into_iter().collect();
        for (name, tensor) in tensors {
            // Pooler and heads for other tasks are no part of a mean-pooled encoder, position ids are no weights.
            let is_encoder = name.starts_with("embeddings.") || name.starts_with("encoder.");
            if !is_encoder || name.ends_with("position_ids") || name.ends_with(".scale") {
                continue;
            }
            vars.insert(name, Var::from_tensor(&tensor.to_device(device)?)?);
        }
        let mut random = Random::new(seed, u64::MAX);
        #[allow(clippy::cast_possible_truncation, reason = "weights are 32-bit floats")]
        let head: Vec<f32> = (0..n_outputs * config.hidden_size)
            .map(|_| (0.02 * random.normal()) as f32)
            .collect();
        let head = Tensor::from_vec(head, (n_outputs, config.hidden_size), device)?;
        vars.insert("head.weight".to_owned(), Var::from_tensor(&head)?);
        let bias = Tensor::full(-3.0_f32, n_outputs, device)?;
        vars.insert("head.bias".to_owned(), Var::from_tensor(&bias)?);
        Ok(Self {
            vars,
            train_words: true,
            freeze_layers: 0,
        })
    }

    /// The mean of the weights of several runs from one base; none of no run.
    ///
    /// Runs that start from the same encoder end in one valley of the loss, and the middle of them reads text of a new
    /// writer better than either end.
    ///
    /// # Source
    /// M. Wortsman and others, "Model soups: averaging weights of multiple fine-tuned models improves accuracy
    /// without increasing inference time", 2022.
    ///
    /// # Errors
    /// If the runs have tensors of other names or shapes.
    pub fn mean(runs: &[Self]) -> Result<Option<Self>> {
        let Some((first, others)) = runs.split_first() else {
            return Ok(None);
        };
        #[allow(clippy::cast_precision_loss, reason = "a handful of runs")]
        let share = 1.0 / runs.len() as f64;
        let mut vars = BTreeMap::new();
        for (name, var) in &first.vars {
            let mut sum = var.as_tensor().detach();
            for other in others {
                sum = (sum + other.get(name)?)?;
            }
            vars.insert(name.clone(), Var::from_tensor(&sum.affine(share, 0.0)?)?);
        }
        Ok(Some(Self {
            vars,
            ..first.clone()
        }))
    }

    fn get(&self, name: &str) -> Result<&Tensor> {
        self.vars.get(name).map(Var::as_tensor).ok_or_else(|| {
            candle_core::Error::CannotFindTensor {
                path: name.to_owned(),
            }
        })
    }
}

/// What is dropped in one forward pass.
#[derive(Debug)]
pub struct Dropout {
    /// Share of numbers set to zero; 0 switches it off.
    pub share: f64,
    /// Where the choice comes from.
    pub random: Random,
}

impl Dropout {
    /// No dropout: what the reader computes.
    #[must_use]
    pub fn off() -> Self {
        Self {
            share: 0.0,
            random: Random::new(0, 0),
        }
    }

    fn apply(&mut self, xs: &Tensor) -> Result<Tensor> {
        if self.share <= 0.0 {
            return Ok(xs.clone());
        }
        #[allow(clippy::cast_possible_truncation, reason = "a share scaled to 16 bits")]
        let cut = (self.share * 65_536.0) as u64;
        #[allow(clippy::cast_possible_truncation, reason = "a factor near one")]
        let keep = (1.0 / (1.0 - self.share)) as f32;
        let n = xs.elem_count();
        let mut mask = Vec::with_capacity(n + 3);
        while mask.len() < n {
            let bits = self.random.next_u64();
            for quarter in 0..4 {
                mask.push(if (bits >> (16 * quarter)) & 0xFFFF < cut {
                    0.0
                } else {
                    keep
                });
            }
        }
        mask.truncate(n);
        xs.mul(&Tensor::from_vec(mask, xs.dims(), xs.device())?)
    }
}

/// The logits of a batch.
///
/// # Shape
/// `input_ids` (b, t) as `u32`, `attention_mask` (b, t) as `f32`; the result is (b, k).
///
/// # Errors
/// If a tensor is missing or the shapes disagree.
pub fn forward(
    weights: &Weights,
    config: &BertConfig,
    input_ids: &Tensor,
    attention_mask: &Tensor,
    dropout: &mut Dropout,
) -> Result<Tensor> {
    let embedding = embed(weights, config, input_ids, attention_mask, dropout)?;
    let features = dropout.apply(&embedding)?;
    let scale = f64::from(crate::classify::feature_scale(config.hidden_size));
    features
        .affine(scale, 0.0)?
        .matmul(&weights.get("head.weight")?.t()?)?
        .broadcast_add(weights.get("head.bias")?)
}

/// The passage vectors of a batch: mean over tokens, unit length.
///
/// # Shape
/// As [`forward`]; the result is (b, d).
///
/// # Errors
/// If a tensor is missing or the shapes disagree.
pub fn embed(
    weights: &Weights,
    config: &BertConfig,
    input_ids: &Tensor,
    attention_mask: &Tensor,
    dropout: &mut Dropout,
) -> Result<Tensor> {
    let (b, t) = input_ids.dims2()?;
    let d = config.hidden_size;
    let table = weights.get(WORDS)?;
    // A detached table gets no gradient: spares a zeroed copy of the largest tensor at every step.
    let table = if weights.train_words {
        table.clone()
    } else {
        table.detach()
    };
    let words = table
        .index_select(&input_ids.flatten_all()?, 0)?
        .reshape((b, t, d))?;
    let positions = weights
        .get("embeddings.position_embeddings.weight")?
        .narrow(0, 0, t)?;
    let segments = weights
        .get("embeddings.token_type_embeddings.weight")?
        .narrow(0, 0, 1)?;
    let sum = words.broadcast_add(&positions)?.broadcast_add(&segments)?;
    let sum = sum.reshape((b * t, d))?;
    let mut hidden_states = layer_norm(weights, "embeddings.LayerNorm", &sum, config)?;
    hidden_states = dropout.apply(&hidden_states)?.reshape((b, t, d))?;
    // 0 for a token, a large negative number for padding.
    let bias = attention_mask.affine(1e4, -1e4)?.reshape((b, 1, 1, t))?;
    for layer in 0..config.num_hidden_layers {
        hidden_states = encode_layer(weights, config, layer, &hidden_states, &bias, dropout)?;
        if layer + 1 == weights.freeze_layers {
            hidden_states = hidden_states.detach();
        }
    }
    let mask = attention_mask.unsqueeze(2)?;
    let mean = hidden_states
        .broadcast_mul(&mask)?
        .sum(1)?
        .broadcast_div(&attention_mask.sum_keepdim(1)?)?;
    mean.broadcast_div(&mean.sqr()?.sum_keepdim(1)?.sqrt()?)
}

fn encode_layer(
    weights: &Weights,
    config: &BertConfig,
    layer: usize,
    hidden_states: &Tensor,
    bias: &Tensor,
    dropout: &mut Dropout,
) -> Result<Tensor> {
    let at = |name: &str| format!("encoder.layer.{layer}.{name}");
    let (b, t, d) = hidden_states.dims3()?;
    let n_heads = config.num_attention_heads;
    let head_dim = d / n_heads;
    let flat = hidden_states.reshape((b * t, d))?;
    let heads = |name: &str| -> Result<Tensor> {
        linear(weights, &at(&format!("attention.self.{name}")), &flat)?
            .reshape((b, t, n_heads, head_dim))?
            .transpose(1, 2)?
            .contiguous()
    };
    let (query, key, value) = (heads("query")?, heads("key")?, heads("value")?);
    #[allow(clippy::cast_precision_loss, reason = "head widths are small")]
    let scale = 1.0 / (head_dim as f64).sqrt();
    let scores = query
        .affine(scale, 0.0)?
        .matmul(&key.transpose(2, 3)?.contiguous()?)?
        .broadcast_add(bias)?;
    let probabilities = dropout.apply(&ops::softmax(&scores)?)?;
    let context = probabilities
        .matmul(&value)?
        .transpose(1, 2)?
        .contiguous()?
        .reshape((b * t, d))?;
    let attended = dropout.apply(&linear(weights, &at("attention.output.dense"), &context)?)?;
    let attended = layer_norm(
        weights,
        &at("attention.output.LayerNorm"),
        &(attended + &flat)?,
        config,
    )?;
    let inner = ops::gelu(&linear(weights, &at("intermediate.dense"), &attended)?)?;
    let output = dropout.apply(&linear(weights, &at("output.dense"), &inner)?)?;
    layer_norm(
        weights,
        &at("output.LayerNorm"),
        &(output + &attended)?,
        config,
    )?
    .reshape((b, t, d))
}

fn linear(weights: &Weights, name: &str, xs: &Tensor) -> Result<Tensor> {
    let product = xs.matmul(&weights.get(&format!("{name}.weight"))?.t()?)?;
    ops::add_bias(&product, weights.get(&format!("{name}.bias"))?)
}

fn layer_norm(weights: &Weights, name: &str, xs: &Tensor, config: &BertConfig) -> Result<Tensor> {
    debug_assert_eq!(xs.dim(D::Minus1)?, config.hidden_size);
    ops::layer_norm(
        xs,
        weights.get(&format!("{name}.weight"))?,
        weights.get(&format!("{name}.bias"))?,
        config.layer_norm_eps,
    )
}
