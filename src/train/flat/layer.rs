//! One encoder layer, forward and backward.

use crate::train::flat::attention;
use crate::train::flat::layout::LayerPlaces;
use crate::train::flat::ops::{
    Dropout, add_bias, add_rows, bias_gelu, bias_gelu_backward, close_block, open_block,
};
use crate::train::flat::product::{Matrix, MatrixMut};

/// The numbers of a pass that every layer shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass<'a> {
    /// All weights.
    pub weights: &'a [f32],
    /// First token of every passage, and one past the last.
    pub starts: &'a [usize],
    /// Width of a hidden state.
    pub d: usize,
    /// Width of the feed-forward part.
    pub f: usize,
    /// Attention heads.
    pub n_heads: usize,
    /// Added to a variance before the root.
    pub eps: f32,
    /// What is dropped.
    pub dropout: Dropout,
}

impl Pass<'_> {
    /// Tokens of all passages.
    pub(super) fn n_tokens(&self) -> usize {
        self.starts.last().copied().unwrap_or_default()
    }
}

/// Sets a reusable buffer's length; it is allocated anew only if it never was as long.
pub(super) fn resize(buffer: &mut Vec<f32>, len: usize) {
    buffer.resize(len, 0.0);
}

/// What the forward of a layer leaves for its backward.
///
/// # Shape
/// n tokens, width d, feed-forward width f; attention shares are (heads, t, t) for each passage in turn.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Queries, keys and values side by side: (n, 3 d).
    qkv: Vec<f32>,
    /// Attention shares before dropout.
    shares: Vec<f32>,
    /// What the heads read: (n, d).
    context: Vec<f32>,
    attended_normal: Vec<f32>,
    attended_factors: Vec<f32>,
    attended: Vec<f32>,
    slopes: Vec<f32>,
    inner: Vec<f32>,
    output_normal: Vec<f32>,
    output_factors: Vec<f32>,
    /// The hidden states that the next layer reads: (n, d).
    pub output: Vec<f32>,
}

/// Buffers that are free again after each layer.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    branch: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    qkv: Vec<f32>,
    pub(super) attention: attention::Scratch,
}

/// Places of dropout in a layer, numbered through all layers from 1; 0 is the embedding.
fn place(layer: usize, site: usize) -> usize {
    1 + 3 * layer + site
}

/// Reads hidden states `xs` (n, d) and leaves the layer's own in `tape.output`.
pub(super) fn forward(
    pass: &Pass<'_>,
    places: &LayerPlaces,
    layer: usize,
    xs: &[f32],
    tape: &mut Tape,
    scratch: &mut Scratch,
) {
    let &Pass { weights, d, f, .. } = pass;
    let n = pass.n_tokens();
    let n_shares = attention::n_shares(pass);
    for (buffer, len) in [
        (&mut tape.qkv, n * 3 * d),
        (&mut tape.shares, n_shares),
        (&mut tape.context, n * d),
        (&mut tape.attended_normal, n * d),
        (&mut tape.attended_factors, n),
        (&mut tape.attended, n * d),
        (&mut tape.slopes, n * f),
        (&mut tape.inner, n * f),
        (&mut tape.output_normal, n * d),
        (&mut tape.output_factors, n),
        (&mut tape.output, n * d),
    ] {
        resize(buffer, len);
    }
    let weight = |range: &std::ops::Range<usize>| &weights[range.clone()];

    linear(&mut tape.qkv, xs, weight(&places.qkv_weight), d);
    add_bias(&mut tape.qkv, weight(&places.qkv_bias));
    attention::forward(
        pass,
        &tape.qkv,
        &mut tape.shares,
        &mut tape.context,
        pass.dropout.at(place(layer, 0)),
        &mut scratch.attention,
    );
    linear(
        &mut tape.attended_normal,
        &tape.context,
        weight(&places.context_weight),
        d,
    );
    close_block(
        &mut tape.attended_normal,
        weight(&places.context_bias),
        pass.dropout.at(place(layer, 1)),
        xs,
        weight(&places.attention_norm),
        pass.eps,
        &mut tape.attended_factors,
        &mut tape.attended,
    );
    linear(
        &mut tape.slopes,
        &tape.attended,
        weight(&places.inner_weight),
        d,
    );
    bias_gelu(
        &mut tape.slopes,
        weight(&places.inner_bias),
        &mut tape.inner,
    );
    linear(
        &mut tape.output_normal,
        &tape.inner,
        weight(&places.output_weight),
        f,
    );
    close_block(
        &mut tape.output_normal,
        weight(&places.output_bias),
        pass.dropout.at(place(layer, 2)),
        &tape.attended,
        weight(&places.output_norm),
        pass.eps,
        &mut tape.output_factors,
        &mut tape.output,
    );
}

/// Turns the gradient of the layer's output, (n, d), into that of its input `xs`, and sets or adds the
/// gradients of its weights: products are set, sums over rows are added.
///
/// The gradient of the input is left out, and `gradient` holds nothing of use, if not `with_input`.
#[allow(clippy::too_many_arguments, reason = "the parts of a layer's backward")]
pub(super) fn backward(
    pass: &Pass<'_>,
    places: &LayerPlaces,
    layer: usize,
    xs: &[f32],
    tape: &Tape,
    gradient: &mut [f32],
    with_input: bool,
    weight_gradients: &mut [f32],
    scratch: &mut Scratch,
) {
    let &Pass { weights, d, f, .. } = pass;
    let n = pass.n_tokens();
    for (buffer, len) in [
        (&mut scratch.branch, n * d),
        (&mut scratch.context, n * d),
        (&mut scratch.wide, n * f),
        (&mut scratch.qkv, n * 3 * d),
    ] {
        resize(buffer, len);
    }
    let weight = |range: &std::ops::Range<usize>| &weights[range.clone()];
    let grads = weight_gradients;

    let (of_bias, of_norm) = pair(grads, &places.output_bias, &places.output_norm);
    open_block(
        gradient,
        &mut scratch.branch,
        &tape.output_normal,
        &tape.output_factors,
        pass.dropout.at(place(layer, 2)),
        &weight(&places.output_norm)[..d],
        of_norm,
        of_bias,
    );
    linear_weight(
        &mut grads[places.output_weight.clone()],
        &scratch.branch,
        &tape.inner,
        f,
    );
    MatrixMut::rows(&mut scratch.wide, f).set(
        Matrix::rows(&scratch.branch, d),
        Matrix::rows(weight(&places.output_weight), f),
        1.0,
    );
    bias_gelu_backward(
        &mut scratch.wide,
        &tape.slopes,
        &mut grads[places.inner_bias.clone()],
    );
    linear_weight(
        &mut grads[places.inner_weight.clone()],
        &scratch.wide,
        &tape.attended,
        d,
    );
    MatrixMut::rows(gradient, d).add(
        Matrix::rows(&scratch.wide, f),
        Matrix::rows(weight(&places.inner_weight), d),
    );
    let (of_bias, of_norm) = pair(grads, &places.context_bias, &places.attention_norm);
    open_block(
        gradient,
        &mut scratch.branch,
        &tape.attended_normal,
        &tape.attended_factors,
        pass.dropout.at(place(layer, 1)),
        &weight(&places.attention_norm)[..d],
        of_norm,
        of_bias,
    );
    linear_weight(
        &mut grads[places.context_weight.clone()],
        &scratch.branch,
        &tape.context,
        d,
    );
    MatrixMut::rows(&mut scratch.context, d).set(
        Matrix::rows(&scratch.branch, d),
        Matrix::rows(weight(&places.context_weight), d),
        1.0,
    );
    attention::backward(
        pass,
        &tape.qkv,
        &tape.shares,
        &scratch.context,
        &mut scratch.qkv,
        pass.dropout.at(place(layer, 0)),
        &mut scratch.attention,
    );
    add_rows(&mut grads[places.qkv_bias.clone()], &scratch.qkv);
    linear_weight(&mut grads[places.qkv_weight.clone()], &scratch.qkv, xs, d);
    if with_input {
        MatrixMut::rows(gradient, d).add(
            Matrix::rows(&scratch.qkv, 3 * d),
            Matrix::rows(weight(&places.qkv_weight), d),
        );
    }
}

/// `ys = xs · weightᵀ` with `n_in` columns in `xs` and `weight`.
pub(super) fn linear(ys: &mut [f32], xs: &[f32], weight: &[f32], n_in: usize) {
    MatrixMut::rows(ys, weight.len() / n_in).set(
        Matrix::rows(xs, n_in),
        Matrix::rows(weight, n_in).t(),
        1.0,
    );
}

/// The gradient of a weight: `gradientᵀ · xs`, with `n_in` columns in `xs`.
pub(super) fn linear_weight(of_weight: &mut [f32], gradient: &[f32], xs: &[f32], n_in: usize) {
    let n_out = of_weight.len() / n_in;
    MatrixMut::rows(of_weight, n_in).set(
        Matrix::rows(gradient, n_out).t(),
        Matrix::rows(xs, n_in),
        1.0,
    );
}

/// Two parts of a buffer, the first of which ends where the second begins.
fn pair<'a>(
    buffer: &'a mut [f32],
    first: &std::ops::Range<usize>,
    second: &std::ops::Range<usize>,
) -> (&'a mut [f32], &'a mut [f32]) {
    debug_assert_eq!(first.end, second.start);
    buffer[first.start..second.end].split_at_mut(first.len())
}
