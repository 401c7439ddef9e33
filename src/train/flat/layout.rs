//! Where each tensor lies in the one buffer that holds all weights, and likewise their gradients and moments.

use std::ops::Range;

use crate::embed::BertConfig;

/// A tensor's place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Name in `model.safetensors`, or of the head.
    pub name: String,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Numbers of the buffer.
    pub range: Range<usize>,
}

/// The places of an encoder layer; gamma and beta of a normalization are one range.
#[derive(Clone, Debug)]
pub(super) struct LayerPlaces {
    /// Query, key and value below each other: (3 d, d).
    pub qkv_weight: Range<usize>,
    pub qkv_bias: Range<usize>,
    pub context_weight: Range<usize>,
    pub context_bias: Range<usize>,
    pub attention_norm: Range<usize>,
    pub inner_weight: Range<usize>,
    pub inner_bias: Range<usize>,
    pub output_weight: Range<usize>,
    pub output_bias: Range<usize>,
    pub output_norm: Range<usize>,
}

/// The order of all tensors: embeddings without words, layers from the lowest, head, words.
///
/// What is frozen is so at an end of the buffer, and what is trained is one range.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Every tensor in the order of the buffer.
    pub places: Vec<Place>,
    /// What gets a gradient.
    pub trained: Range<usize>,
    pub(super) positions: Range<usize>,
    pub(super) segments: Range<usize>,
    pub(super) embedding_norm: Range<usize>,
    pub(super) layers: Vec<LayerPlaces>,
    pub(super) head_weight: Range<usize>,
    pub(super) head_bias: Range<usize>,
    pub(super) words: Range<usize>,
}

/// Places tensors one after the other.
#[derive(Default)]
struct Builder {
    places: Vec<Place>,
    len: usize,
}

impl Builder {
    fn place(&mut self, name: String, shape: &[usize]) -> Range<usize> {
        let range = self.len..self.len + shape.iter().product::<usize>();
        self.len = range.end;
        self.places.push(Place {
            name,
            shape: shape.to_vec(),
            range: range.clone(),
        });
        range
    }

    /// Tensors of one shape that are read as one.
    fn place_all(&mut self, names: &[String], shape: &[usize]) -> Range<usize> {
        let start = self.len;
        for name in names {
            self.place(name.clone(), shape);
        }
        start..self.len
    }

    fn norm(&mut self, name: &str, d: usize) -> Range<usize> {
        self.place_all(&[format!("{name}.weight"), format!("{name}.bias")], &[d])
    }

    fn layer(&mut self, layer: usize, d: usize, f: usize) -> LayerPlaces {
        let at = |name: &str| format!("encoder.layer.{layer}.{name}");
        let qkv = |kind: &str| {
            ["query", "key", "value"].map(|part| at(&format!("attention.self.{part}.{kind}")))
        };
        LayerPlaces {
            qkv_weight: self.place_all(&qkv("weight"), &[d, d]),
            qkv_bias: self.place_all(&qkv("bias"), &[d]),
            context_weight: self.place(at("attention.output.dense.weight"), &[d, d]),
            context_bias: self.place(at("attention.output.dense.bias"), &[d]),
            attention_norm: self.norm(&at("attention.output.LayerNorm"), d),
            inner_weight: self.place(at("intermediate.dense.weight"), &[f, d]),
            inner_bias: self.place(at("intermediate.dense.bias"), &[f]),
            output_weight: self.place(at("output.dense.weight"), &[d, f]),
            output_bias: self.place(at("output.dense.bias"), &[d]),
            output_norm: self.norm(&at("output.LayerNorm"), d),
        }
    }
}

impl Layout {
    /// The layout of an encoder with a head for k outputs, of which the embeddings and the lowest
    /// `freeze_layers` layers are frozen if that is not 0, and the words unless `train_words`.
    pub(super) fn new(
        config: &BertConfig,
        n_outputs: usize,
        freeze_layers: usize,
        train_words: bool,
    ) -> Self {
        let (d, f) = (config.hidden_size, config.intermediate_size);
        let mut builder = Builder::default();
        let positions = builder.place(
            "embeddings.position_embeddings.weight".to_owned(),
            &[config.max_position_embeddings, d],
        );
        let segments = builder.place(
            "embeddings.token_type_embeddings.weight".to_owned(),
            &[config.type_vocab_size, d],
        );
        let embedding_norm = builder.norm("embeddings.LayerNorm", d);
        let layers: Vec<LayerPlaces> = (0..config.num_hidden_layers)
            .map(|layer| builder.layer(layer, d, f))
            .collect();
        let head_weight = builder.place("head.weight".to_owned(), &[n_outputs, d]);
        let head_bias = builder.place("head.bias".to_owned(), &[n_outputs]);
        let words = builder.place(
            "embeddings.word_embeddings.weight".to_owned(),
            &[config.vocab_size, d],
        );
        let start = match freeze_layers {
            0 => 0,
            n => layers
                .get(n)
                .map_or(head_weight.start, |layer| layer.qkv_weight.start),
        };
        let end = if train_words && freeze_layers == 0 {
            words.end
        } else {
            words.start
        };
        Self {
            places: builder.places,
            trained: start..end,
            positions,
            segments,
            embedding_norm,
            layers,
            head_weight,
            head_bias,
            words,
        }
    }

    /// Numbers in the buffer.
    pub(super) fn len(&self) -> usize {
        self.words.end
    }

    /// Whether words get a gradient.
    pub(super) fn trains_words(&self) -> bool {
        self.trained.end == self.words.end
    }
}
