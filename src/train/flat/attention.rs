//! Attention of every passage and head, forward and backward, on strided views of one activation buffer.

use crate::train::flat::layer::{Pass, resize};
use crate::train::flat::ops::{Dropout, softmax, softmax_backward};
use crate::train::flat::product::{Matrix, MatrixMut};

/// Shares of one passage, (heads, t, t): those that were kept, and their gradients.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    kept: Vec<f32>,
    gradient: Vec<f32>,
}

/// Attention shares of all passages and heads.
pub(super) fn n_shares(pass: &Pass<'_>) -> usize {
    pass.starts
        .windows(2)
        .map(|ends| pass.n_heads * (ends[1] - ends[0]).pow(2))
        .sum()
}

fn scale(head_dim: usize) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "head widths are small")]
    let root = (head_dim as f32).sqrt();
    1.0 / root
}

/// # Shape
/// `qkv` is (n, 3 d), `context` is (n, d); `shares` are (heads, t, t) for each passage in turn.
pub(super) fn forward(
    pass: &Pass<'_>,
    qkv: &[f32],
    shares: &mut [f32],
    context: &mut [f32],
    dropout: Dropout,
    scratch: &mut Scratch,
) {
    let d = pass.d;
    let head_dim = d / pass.n_heads;
    let mut rest = shares;
    for (idx, ends) in pass.starts.windows(2).enumerate() {
        let (start, t) = (ends[0], ends[1] - ends[0]);
        let (shares, after) = rest.split_at_mut(pass.n_heads * t * t);
        rest = after;
        for (head, shares) in shares.chunks_exact_mut(t * t).enumerate() {
            let [query, key, _] = heads(qkv, start, t, d, head * head_dim, head_dim);
            MatrixMut::rows(shares, t).set(query, key.t(), scale(head_dim));
        }
        softmax(shares, t);
        resize(&mut scratch.kept, shares.len());
        scratch.kept.copy_from_slice(shares);
        dropout.at(idx).start().apply(&mut scratch.kept);
        for (head, kept) in scratch.kept.chunks_exact(t * t).enumerate() {
            let [_, _, value] = heads(qkv, start, t, d, head * head_dim, head_dim);
            MatrixMut::new(&mut context[start * d + head * head_dim..], t, head_dim, d).set(
                Matrix::rows(kept, t),
                value,
                1.0,
            );
        }
    }
}

/// From the gradient of the context, (n, d), that of queries, keys and values, (n, 3 d).
pub(super) fn backward(
    pass: &Pass<'_>,
    qkv: &[f32],
    shares: &[f32],
    of_context: &[f32],
    of_qkv: &mut [f32],
    dropout: Dropout,
    scratch: &mut Scratch,
) {
    let d = pass.d;
    let head_dim = d / pass.n_heads;
    let mut rest = shares;
    for (idx, ends) in pass.starts.windows(2).enumerate() {
        let (start, t) = (ends[0], ends[1] - ends[0]);
        let (shares, after) = rest.split_at(pass.n_heads * t * t);
        rest = after;
        resize(&mut scratch.kept, shares.len());
        resize(&mut scratch.gradient, shares.len());
        scratch.kept.copy_from_slice(shares);
        dropout.at(idx).start().apply(&mut scratch.kept);
        let of_head = |head: usize| {
            let at = &of_context[start * d + head * head_dim..];
            Matrix::new(at, t, head_dim, d)
        };
        for (head, gradient) in scratch.gradient.chunks_exact_mut(t * t).enumerate() {
            let [_, _, value] = heads(qkv, start, t, d, head * head_dim, head_dim);
            MatrixMut::rows(gradient, t).set(of_head(head), value.t(), 1.0);
        }
        dropout.at(idx).start().apply(&mut scratch.gradient);
        softmax_backward(&mut scratch.gradient, shares, t);
        for (head, (kept, gradient)) in scratch
            .kept
            .chunks_exact(t * t)
            .zip(scratch.gradient.chunks_exact(t * t))
            .enumerate()
        {
            let [query, key, _] = heads(qkv, start, t, d, head * head_dim, head_dim);
            let (kept, gradient) = (Matrix::rows(kept, t), Matrix::rows(gradient, t));
            let mut to = |part: usize, a, b, factor| {
                let at = &mut of_qkv[start * 3 * d + part * d + head * head_dim..];
                MatrixMut::new(at, t, head_dim, 3 * d).set(a, b, factor);
            };
            to(0, gradient, key, scale(head_dim));
            to(1, gradient.t(), query, scale(head_dim));
            to(2, kept.t(), of_head(head), 1.0);
        }
    }
}

/// A head's queries, keys and values of one passage: each (t, `head_dim`).
fn heads(
    qkv: &[f32],
    start: usize,
    t: usize,
    d: usize,
    column: usize,
    head_dim: usize,
) -> [Matrix<'_>; 3] {
    [0, 1, 2].map(|part| {
        let at = &qkv[start * 3 * d + part * d + column..];
        Matrix::new(at, t, head_dim, 3 * d)
    })
}
