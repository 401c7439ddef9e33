//! The layers of a BERT encoder over the kernels: weights packed once, then chunk by chunk.

use std::ops::Range;

use candle_core::Device;
use candle_core::safetensors::SliceSafetensors;

use crate::embed::bytes::{scales_name, widened};
use crate::embed::compute::Compute;
use crate::embed::config::BertConfig;
use crate::embed::kernel::{
    Activations, AttentionRoom, BLOCK, FloatWeights, IntegerWeights, Kernels, Quantized, Then,
};
use crate::embed::read::EncoderFiles;
use crate::embed::tokenize::TokenIds;
use crate::embed::words::WordVectors;
use crate::error::{Error, Result};

/// Says why the kernels cannot run an encoder of this shape.
///
/// # Errors
/// The widths that 32 does not divide.
pub(crate) fn check_shape(config: &BertConfig) -> Result<(), String> {
    let head = config.hidden_size / config.num_attention_heads.max(1);
    for (what, width) in [
        ("hidden_size", config.hidden_size),
        ("intermediate_size", config.intermediate_size),
        ("the width of a head", head),
    ] {
        if width == 0 || !width.is_multiple_of(BLOCK) || width > 1 << 16 {
            return Err(format!("{what} is {width}, no multiple of {BLOCK}"));
        }
    }
    Ok(())
}

/// An encoder with its weights packed.
pub(crate) struct Encoder {
    kernels: Kernels,
    words: WordVectors,
    /// Position vector and vector of segment 0, added; (positions, d).
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    dim: usize,
    intermediate: usize,
    head: usize,
    eps: f32,
}

/// One layer; the names are those of its parts in order.
struct Layer {
    qkv: Linear,
    out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// A linear layer in one of the two arithmetics.
enum Linear {
    F32(FloatWeights),
    Int8(IntegerWeights),
}

/// Scale and shift of a layer normalization.
struct Norm {
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

/// What a worker computes in.
pub(crate) struct Room {
    row: Vec<f32>,
    x: Activations,
    qkv: Activations,
    context: Activations,
    hidden: Activations,
    small: Quantized,
    wide: Quantized,
    attention: AttentionRoom,
}

impl Encoder {
    /// Reads and packs the weights, tensor by tensor.
    ///
    /// # Errors
    /// If a file is not usable, a tensor is missing, misshapen or not finite, or the kernels do not suit.
    pub(crate) fn from_files(files: &EncoderFiles<'static>, compute: Compute) -> Result<Self> {
        let fault = |detail: String| Error::Model {
            dir: files.name.clone(),
            detail,
        };
        let config = files.config()?;
        check_shape(&config).map_err(fault)?;
        let kernels = Kernels::best().ok_or_else(|| {
            fault("this CPU has none of the instruction sets of the kernels".to_owned())
        })?;
        let (d, wide) = (config.hidden_size, config.intermediate_size);
        let head = d / config.num_attention_heads;
        let tensors = Tensors::new(&files.weights).map_err(fault)?;
        let linear = |matrix: &[f32], bias: &[f32]| {
            if compute == Compute::Int8 {
                Linear::Int8(IntegerWeights::new(kernels, matrix, bias))
            } else {
                Linear::F32(FloatWeights::new(matrix, bias))
            }
        };
        let layer = |idx: usize| -> Result<Layer, String> {
            let name = |part: &str| format!("encoder.layer.{idx}.{part}");
            let read = |part: &str, inputs: usize, outputs: usize| {
                Ok::<_, String>(linear(
                    &tensors.read(&name(&format!("{part}.weight")), &[outputs, inputs])?,
                    &tensors.read(&name(&format!("{part}.bias")), &[outputs])?,
                ))
            };
            let (mut matrix, mut bias) = (Vec::new(), Vec::new());
            for part in ["query", "key", "value"] {
                let part = name(&format!("attention.self.{part}"));
                matrix.extend(tensors.read(&format!("{part}.weight"), &[d, d])?);
                bias.extend(tensors.read(&format!("{part}.bias"), &[d])?);
            }
            // The scale of the scores, moved into the queries.
            #[allow(clippy::cast_precision_loss, reason = "heads are some dozens wide")]
            let scale = (head as f32).sqrt().recip();
            matrix[..d * d].iter_mut().for_each(|w| *w *= scale);
            bias[..d].iter_mut().for_each(|b| *b *= scale);
            Ok(Layer {
                qkv: linear(&matrix, &bias),
                out: read("attention.output.dense", d, d)?,
                attention_norm: tensors.norm(&name("attention.output.LayerNorm"), d)?,
                up: read("intermediate.dense", d, wide)?,
                down: read("output.dense", wide, d)?,
                output_norm: tensors.norm(&name("output.LayerNorm"), d)?,
            })
        };
        let layers = (0..config.num_hidden_layers)
            .map(layer)
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        let mut places = tensors
            .read(
                "embeddings.position_embeddings.weight",
                &[config.max_position_embeddings, d],
            )
            .map_err(fault)?;
        let segments = tensors
            .read(
                "embeddings.token_type_embeddings.weight",
                &[config.type_vocab_size, d],
            )
            .map_err(fault)?;
        for place in places.chunks_exact_mut(d) {
            place.iter_mut().zip(&segments).for_each(|(p, s)| *p += s);
        }
        if files.max_tokens < 3 || files.max_tokens > config.max_position_embeddings {
            return Err(fault(format!(
                "max_tokens {} does not fit {} positions",
                files.max_tokens, config.max_position_embeddings
            )));
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the kernels compute in 32 bits"
        )]
        let eps = config.layer_norm_eps as f32;
        Ok(Self {
            kernels,
            words: WordVectors::new(files, config.vocab_size, d).map_err(fault)?,
            places,
            norm: tensors.norm("embeddings.LayerNorm", d).map_err(fault)?,
            layers,
            dim: d,
            intermediate: wide,
            head,
            eps,
        })
    }

    /// Length of a vector.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// Number of word vectors.
    pub(crate) fn n_words(&self) -> usize {
        self.words.len()
    }

    /// Memory for chunks of up to `capacity` tokens.
    pub(crate) fn room(&self, capacity: usize) -> Room {
        let d = self.dim;
        Room {
            row: vec![0.0; d],
            x: Activations::new(capacity, d),
            qkv: Activations::new(capacity, 3 * d),
            context: Activations::new(capacity, d),
            hidden: Activations::new(capacity, self.intermediate),
            small: self.kernels.quantized(capacity, d),
            wide: self.kernels.quantized(capacity, self.intermediate),
            attention: AttentionRoom::new(capacity, self.head),
        }
    }

    /// The vectors of texts whose tokens fit the room together, one after another in `out`.
    pub(crate) fn forward(&self, texts: &[TokenIds], room: &mut Room, out: &mut [f32]) {
        let kernels = self.kernels;
        let n_rows = self.embed_words(texts, room);
        let normalize = |x: &mut Activations, norm: &Norm| {
            kernels.layer_norm(x, n_rows, &norm.gamma, &norm.beta, self.eps);
        };
        normalize(&mut room.x, &self.norm);
        for layer in &self.layers {
            let (x, small) = (&mut room.x, &mut room.small);
            layer
                .qkv
                .run(kernels, x, n_rows, small, Then::Store, &mut room.qkv);
            for rows in row_ranges(texts) {
                kernels.attention(&room.qkv, rows, &mut room.attention, &mut room.context);
            }
            layer
                .out
                .run(kernels, &room.context, n_rows, small, Then::Add, x);
            normalize(x, &layer.attention_norm);
            layer
                .up
                .run(kernels, x, n_rows, small, Then::Gelu, &mut room.hidden);
            layer
                .down
                .run(kernels, &room.hidden, n_rows, &mut room.wide, Then::Add, x);
            normalize(x, &layer.output_norm);
        }
        for (rows, vector) in row_ranges(texts).zip(out.chunks_exact_mut(self.dim)) {
            vector.fill(0.0);
            room.x.add_rows(rows, vector);
            // The mean's divisor falls out with the length; the floor only matters for a text without tokens.
            let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
            vector.iter_mut().for_each(|v| *v /= length);
        }
    }

    /// Word and place vectors of all tokens, as the first rows of the room; their number.
    fn embed_words(&self, texts: &[TokenIds], room: &mut Room) -> usize {
        let mut n_rows = 0;
        for text in texts {
            for (id, place) in text.ids.iter().zip(self.places.chunks_exact(self.dim)) {
                self.words.read(*id as usize, &mut room.row);
                room.row.iter_mut().zip(place).for_each(|(v, p)| *v += p);
                room.x.set_row(n_rows, &room.row);
                n_rows += 1;
            }
        }
        n_rows
    }
}

/// The rows of every text of a chunk.
fn row_ranges(texts: &[TokenIds]) -> impl Iterator<Item = Range<usize>> {
    texts.iter().scan(0, |start, text| {
        let rows = *start..*start + text.ids.len();
        *start = rows.end;
        Some(rows)
    })
}

impl Linear {
    /// `x·W + bias` for the first rows, by way of `small` where the layer has small integers.
    fn run(
        &self,
        kernels: Kernels,
        x: &Activations,
        n_rows: usize,
        small: &mut Quantized,
        then: Then,
        out: &mut Activations,
    ) {
        match self {
            Self::F32(weights) => kernels.linear_f32(x, n_rows, weights, then, out),
            Self::Int8(weights) => {
                kernels.quantize(x, n_rows, small);
                kernels.linear_i8(small, n_rows, weights, then, out);
            }
        }
    }
}

/// The tensors of a safetensors file, by way of candle.
struct Tensors<'a>(SliceSafetensors<'a>);

impl<'a> Tensors<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, String> {
        SliceSafetensors::new(bytes)
            .map(Self)
            .map_err(|cause| format!("the weights are not usable: {cause}"))
    }

    /// A tensor of any float type as 32-bit floats.
    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let tensor = self
            .0
            .load(name, &Device::Cpu)
            .and_then(|tensor| {
                let scales = self.0.load(&scales_name(name), &Device::Cpu).ok();
                widened(&tensor, scales.as_ref())
            })
            .map_err(|cause| format!("tensor {name} is not usable: {cause}"))?;
        if tensor.dims() != shape {
            return Err(format!(
                "tensor {name} is {:?}, config.json asks for {shape:?}",
                tensor.dims()
            ));
        }
        let values = tensor
            .flatten_all()
            .and_then(|tensor| tensor.to_vec1::<f32>())
            .map_err(|cause| format!("tensor {name} is not usable: {cause}"))?;
        if values.iter().any(|v| !v.is_finite()) {
            return Err(format!("tensor {name} holds a number that is not finite"));
        }
        Ok(values)
    }

    fn norm(&self, name: &str, dim: usize) -> Result<Norm, String> {
        Ok(Norm {
            gamma: self.read(&format!("{name}.weight"), &[dim])?,
            beta: self.read(&format!("{name}.bias"), &[dim])?,
        })
    }
}
