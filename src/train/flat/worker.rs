//! A worker: its share of a step's passages, from token ids to loss and gradient, in buffers of its own.

use crate::embed::BertConfig;
use crate::train::flat::layer::{self, Pass, Scratch, Tape, linear, linear_weight, resize};
use crate::train::flat::layout::Layout;
use crate::train::flat::ops::{
    Dropout, add, add_bias, add_rows, dot, normalize, normalize_backward, rescale,
};
use crate::train::flat::product::{Matrix, MatrixMut};
use crate::train::math::exp;

/// The place of dropout before the head; layers count up from 1.
const FEATURES: usize = usize::MAX;

/// A passage and what is to be learned from it.
#[derive(Clone, Debug)]
pub(super) struct Example<'a> {
    /// Token ids.
    pub ids: &'a [u32],
    /// Targets in [0, 1], one an output.
    pub targets: &'a [f32],
    /// What an output's loss counts; 0 where it is not known.
    pub weights: &'a [f32],
}

/// Buffers of one worker, reused at every step.
#[derive(Debug, Default)]
pub(super) struct Worker {
    /// Gradient of the summed loss, in the order of the layout; beyond what is trained it means nothing.
    pub gradient: Vec<f32>,
    starts: Vec<usize>,
    embedding_normal: Vec<f32>,
    embedding_factors: Vec<f32>,
    embedding: Vec<f32>,
    tapes: Vec<Tape>,
    scratch: Scratch,
    hidden_gradient: Vec<f32>,
    /// Vectors of unit length, (b, d), and the length of each before.
    vectors: Vec<f32>,
    lengths: Vec<f32>,
    features: Vec<f32>,
    feature_gradient: Vec<f32>,
    logits: Vec<f32>,
}

impl Worker {
    /// The loss of the examples, summed; leaves its gradient in [`Worker::gradient`].
    ///
    /// # Panics
    /// If an example is empty, longer than the encoder reads, or has an id beyond the vocabulary.
    pub(super) fn run(
        &mut self,
        config: &BertConfig,
        layout: &Layout,
        weights: &[f32],
        examples: &[Example<'_>],
        dropout: Dropout,
    ) -> f64 {
        resize(&mut self.gradient, layout.trained.end);
        if examples.is_empty() {
            self.gradient.fill(0.0);
            return 0.0;
        }
        self.clear_sums(layout);
        self.starts.clear();
        self.starts.push(0);
        let mut n = 0;
        for example in examples {
            assert!(!example.ids.is_empty(), "a passage has tokens");
            n += example.ids.len();
            self.starts.push(n);
        }
        self.tapes
            .resize_with(config.num_hidden_layers, Tape::default);
        // The buffers are borrowed one by one below, the places of passages throughout.
        let starts = std::mem::take(&mut self.starts);
        #[allow(clippy::cast_possible_truncation, reason = "a tiny constant")]
        let pass = Pass {
            weights,
            starts: &starts,
            d: config.hidden_size,
            f: config.intermediate_size,
            n_heads: config.num_attention_heads,
            eps: config.layer_norm_eps as f32,
            dropout,
        };
        self.embed(&pass, layout, examples);
        for idx in 0..self.tapes.len() {
            let (below, from) = self.tapes.split_at_mut(idx);
            let xs = below.last().map_or(&self.embedding, |tape| &tape.output);
            let places = &layout.layers[idx];
            layer::forward(&pass, places, idx, xs, &mut from[0], &mut self.scratch);
        }
        let loss = self.head(&pass, layout, examples);
        let n_frozen = layout
            .layers
            .iter()
            .filter(|places| places.qkv_weight.start < layout.trained.start)
            .count();
        for idx in (n_frozen..self.tapes.len()).rev() {
            let (below, from) = self.tapes.split_at_mut(idx);
            let xs = below.last().map_or(&self.embedding, |tape| &tape.output);
            layer::backward(
                &pass,
                &layout.layers[idx],
                idx,
                xs,
                &from[0],
                &mut self.hidden_gradient,
                idx > n_frozen || layout.trained.start == 0,
                &mut self.gradient,
                &mut self.scratch,
            );
        }
        if layout.trained.start == 0 {
            self.embed_backward(&pass, layout, examples);
        }
        self.starts = starts;
        loss
    }

    /// Zeroes what is added up over rows; gradients of products are overwritten.
    fn clear_sums(&mut self, layout: &Layout) {
        for place in &layout.places {
            let is_sum = place.shape.len() == 1 || place.name.contains("embeddings");
            if is_sum
                && place.range.start >= layout.trained.start
                && place.range.end <= layout.trained.end
            {
                self.gradient[place.range.clone()].fill(0.0);
            }
        }
    }

    fn embed(&mut self, pass: &Pass<'_>, layout: &Layout, examples: &[Example<'_>]) {
        let (d, n) = (pass.d, pass.n_tokens());
        resize(&mut self.embedding_normal, n * d);
        resize(&mut self.embedding_factors, n);
        resize(&mut self.embedding, n * d);
        let words = &pass.weights[layout.words.clone()];
        let positions = &pass.weights[layout.positions.clone()];
        let segment = &pass.weights[layout.segments.clone()][..d];
        let scale = &pass.weights[layout.embedding_norm.clone()];
        let mut mask = pass.dropout.at(0).start();
        let tokens = examples
            .iter()
            .flat_map(|example| example.ids.iter().zip(positions.chunks_exact(d)));
        for (((normal, y), factor), (&id, position)) in self
            .embedding_normal
            .chunks_exact_mut(d)
            .zip(self.embedding.chunks_exact_mut(d))
            .zip(&mut self.embedding_factors)
            .zip(tokens)
        {
            normal.copy_from_slice(&words[id as usize * d..][..d]);
            add(normal, position);
            add(normal, segment);
            *factor = normalize(normal, pass.eps);
            rescale(y, normal, scale);
            mask.apply(y);
        }
    }

    fn embed_backward(&mut self, pass: &Pass<'_>, layout: &Layout, examples: &[Example<'_>]) {
        let d = pass.d;
        let gamma = &pass.weights[layout.embedding_norm.clone()][..d];
        let mut mask = pass.dropout.at(0).start();
        let tokens = examples
            .iter()
            .flat_map(|example| example.ids.iter().enumerate());
        for (((gradient, normal), &factor), (position, &id)) in self
            .hidden_gradient
            .chunks_exact_mut(d)
            .zip(self.embedding_normal.chunks_exact(d))
            .zip(&self.embedding_factors)
            .zip(tokens)
        {
            mask.apply(gradient);
            normalize_backward(
                gradient,
                normal,
                factor,
                gamma,
                &mut self.gradient[layout.embedding_norm.clone()],
            );
            let mut add_at = |start: usize| add(&mut self.gradient[start..start + d], gradient);
            add_at(layout.positions.start + position * d);
            add_at(layout.segments.start);
            if layout.trains_words() {
                add_at(layout.words.start + id as usize * d);
            }
        }
    }

    /// Pooling, head and loss; leaves the gradient of the top layer's hidden states.
    fn head(&mut self, pass: &Pass<'_>, layout: &Layout, examples: &[Example<'_>]) -> f64 {
        let (d, b) = (pass.d, examples.len());
        let k = layout.head_bias.len();
        resize(&mut self.vectors, b * d);
        resize(&mut self.lengths, b);
        resize(&mut self.features, b * d);
        resize(&mut self.feature_gradient, b * d);
        resize(&mut self.logits, b * k);
        resize(&mut self.hidden_gradient, pass.n_tokens() * d);
        #[allow(clippy::cast_precision_loss, reason = "encoder widths are small")]
        let scale = (d as f32).sqrt();
        let hidden = self
            .tapes
            .last()
            .map_or(&self.embedding, |tape| &tape.output);
        let mut mask = pass.dropout.at(FEATURES).start();
        for (((vector, feature), length), ends) in self
            .vectors
            .chunks_exact_mut(d)
            .zip(self.features.chunks_exact_mut(d))
            .zip(&mut self.lengths)
            .zip(pass.starts.windows(2))
        {
            vector.fill(0.0);
            add_rows(vector, &hidden[ends[0] * d..ends[1] * d]);
            // The length of the sum: the mean has the same direction.
            *length = dot(vector, vector).sqrt();
            vector.iter_mut().for_each(|x| *x /= *length);
            feature.copy_from_slice(vector);
            feature.iter_mut().for_each(|x| *x *= scale);
            mask.apply(feature);
        }
        let head_weight = &pass.weights[layout.head_weight.clone()];
        linear(&mut self.logits, &self.features, head_weight, d);
        add_bias(&mut self.logits, &pass.weights[layout.head_bias.clone()]);
        let mut loss = 0.0;
        for (example, logits) in examples.iter().zip(self.logits.chunks_exact_mut(k)) {
            for ((x, target), weight) in logits.iter_mut().zip(example.targets).zip(example.weights)
            {
                let (value, slope) = binary_cross_entropy(*x, *target);
                loss += f64::from(value * weight);
                *x = slope * weight;
            }
        }
        add_rows(&mut self.gradient[layout.head_bias.clone()], &self.logits);
        linear_weight(
            &mut self.gradient[layout.head_weight.clone()],
            &self.logits,
            &self.features,
            d,
        );
        MatrixMut::rows(&mut self.feature_gradient, d).set(
            Matrix::rows(&self.logits, k),
            Matrix::rows(head_weight, d),
            scale,
        );
        let mut mask = pass.dropout.at(FEATURES).start();
        for (((g, vector), length), ends) in self
            .feature_gradient
            .chunks_exact_mut(d)
            .zip(self.vectors.chunks_exact(d))
            .zip(&self.lengths)
            .zip(pass.starts.windows(2))
        {
            mask.apply(g);
            let along = dot(g, vector);
            for (g, x) in g.iter_mut().zip(vector) {
                *g = (*g - along * x) / length;
            }
            for row in self.hidden_gradient[ends[0] * d..ends[1] * d].chunks_exact_mut(d) {
                row.copy_from_slice(g);
            }
        }
        loss
    }
}

/// The loss of a logit and its slope: the form of [`binary_cross_entropy`](crate::train::binary_cross_entropy).
fn binary_cross_entropy(x: f32, target: f32) -> (f32, f32) {
    let tail = exp(-x.abs());
    let sigmoid = if x >= 0.0 { 1.0 } else { tail } / (1.0 + tail);
    (x.max(0.0) - x * target + tail.ln_1p(), sigmoid - target)
}
