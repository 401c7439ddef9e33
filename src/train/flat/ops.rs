//! The element-wise parts of an encoder, forward and backward, row by row while a row is in the first cache.
//!
//! Sums run over [`LANES`] partial sums: floating-point addition may not be reordered by the compiler, so a
//! plain sum is never vectorized.

use crate::train::math::{exp, gelu_and_slope};
use crate::train::random::Random;

/// Partial sums of a reduction.
const LANES: usize = 16;
/// Gradients of a softmax below this are zero: products with subnormal numbers take many times as long.
const TINY: f32 = 1e-30;

/// `Σ xs`.
pub(super) fn sum(xs: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (blocks, rest) = xs.as_chunks::<LANES>();
    for block in blocks {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane += x;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// `Σ xs · ys`.
pub(super) fn dot(xs: &[f32], ys: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (x_blocks, x_rest) = xs.as_chunks::<LANES>();
    let (y_blocks, y_rest) = ys.as_chunks::<LANES>();
    for (x_block, y_block) in x_blocks.iter().zip(y_blocks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x_block).zip(y_block) {
            *lane += x * y;
        }
    }
    let rest: f32 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}

fn max(xs: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = xs.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &x) in lanes.iter_mut().zip(block) {
            // Unlike `f32::max`, a single instruction.
            *lane = if *lane > x { *lane } else { x };
        }
    }
    let mut max = f32::NEG_INFINITY;
    for &x in lanes.iter().chain(rest) {
        max = if max > x { max } else { x };
    }
    max
}

/// `xs += ys`.
pub(super) fn add(xs: &mut [f32], ys: &[f32]) {
    for (x, y) in xs.iter_mut().zip(ys) {
        *x += y;
    }
}

/// Adds `bias` to every row.
pub(super) fn add_bias(xs: &mut [f32], bias: &[f32]) {
    for row in xs.chunks_exact_mut(bias.len()) {
        add(row, bias);
    }
}

/// Adds every row to `sums`: the gradient of a bias.
pub(super) fn add_rows(sums: &mut [f32], xs: &[f32]) {
    for row in xs.chunks_exact(sums.len()) {
        add(sums, row);
    }
}

/// What is dropped in one pass: recomputed where the backward needs it, never stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropout {
    key: u64,
    /// Share of numbers set to zero, of 65,536.
    cut: u16,
    keep: f32,
}

impl Dropout {
    /// Drops `share` of the numbers, chosen by `key`; 0 switches it off.
    pub(super) fn new(share: f64, key: u64) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share scaled to 16 bits, and a factor near one"
        )]
        let (cut, keep) = ((share * 65_536.0) as u16, (1.0 / (1.0 - share)) as f32);
        Self { key, cut, keep }
    }

    /// An independent choice for one place.
    pub(super) fn at(self, place: usize) -> Self {
        Self {
            key: Random::new(self.key, place as u64).next_u64(),
            ..self
        }
    }

    /// The choice from its beginning.
    pub(super) fn start(self) -> Mask {
        Mask {
            dropout: self,
            random: Random::new(self.key, 0),
        }
    }
}

/// A choice of numbers to drop, drawn row after row.
#[derive(Debug)]
pub(super) struct Mask {
    dropout: Dropout,
    random: Random,
}

impl Mask {
    /// Sets the dropped numbers of the next row to zero and scales the others.
    pub(super) fn apply(&mut self, row: &mut [f32]) {
        const BLOCK: usize = 64;
        let Dropout { cut, keep, .. } = self.dropout;
        if cut == 0 {
            return;
        }
        for xs in row.chunks_mut(BLOCK) {
            let mut bits = [0_u16; BLOCK];
            for quad in bits.as_chunks_mut::<4>().0 {
                let word = self.random.next_u64();
                #[allow(clippy::cast_possible_truncation, reason = "16 bits at a time")]
                {
                    *quad = [
                        word as u16,
                        (word >> 16) as u16,
                        (word >> 32) as u16,
                        (word >> 48) as u16,
                    ];
                }
            }
            for (x, &bits) in xs.iter_mut().zip(&bits) {
                *x *= if bits < cut { 0.0 } else { keep };
            }
        }
    }
}

/// Makes a row's mean 0 and its variance 1; returns the factor it was multiplied by.
pub(super) fn normalize(row: &mut [f32], eps: f32) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "encoder widths are small")]
    let share = 1.0 / row.len() as f32;
    let mean = sum(row) * share;
    for x in row.iter_mut() {
        *x -= mean;
    }
    let factor = 1.0 / (dot(row, row) * share + eps).sqrt();
    for x in row.iter_mut() {
        *x *= factor;
    }
    factor
}

/// `normal · gamma + beta`, where `scale` holds gamma, then beta.
pub(super) fn rescale(ys: &mut [f32], normal: &[f32], scale: &[f32]) {
    let (gamma, beta) = scale.split_at(normal.len());
    for (((y, x), gamma), beta) in ys.iter_mut().zip(normal).zip(gamma).zip(beta) {
        *y = x * gamma + beta;
    }
}

/// Turns the gradient of a row after [`normalize`] and [`rescale`] into that before, and adds those of gamma
/// and beta to `scale_gradient`.
pub(super) fn normalize_backward(
    gradient: &mut [f32],
    normal: &[f32],
    factor: f32,
    gamma: &[f32],
    scale_gradient: &mut [f32],
) {
    let d = normal.len();
    let (of_gamma, of_beta) = scale_gradient.split_at_mut(d);
    for ((((g, x), gamma), of_gamma), of_beta) in gradient
        .iter_mut()
        .zip(normal)
        .zip(gamma)
        .zip(of_gamma)
        .zip(of_beta)
    {
        *of_gamma += *g * x;
        *of_beta += *g;
        *g *= gamma;
    }
    #[allow(clippy::cast_precision_loss, reason = "encoder widths are small")]
    let share = 1.0 / d as f32;
    let mean = sum(gradient) * share;
    let slope = dot(gradient, normal) * share;
    for (g, x) in gradient.iter_mut().zip(normal) {
        *g = factor * (*g - mean - x * slope);
    }
}

/// The end of a residual block, in place: `xs` becomes the normalized `dropout(xs + bias) + residual`, and
/// `ys` the same after gamma and beta.
///
/// # Shape
/// `xs`, `residual` and `ys` are (n, d), `bias` is (d), `scale` is (2 d), `factors` is (n).
#[allow(clippy::too_many_arguments, reason = "the parts of a residual block")]
pub(super) fn close_block(
    xs: &mut [f32],
    bias: &[f32],
    dropout: Dropout,
    residual: &[f32],
    scale: &[f32],
    eps: f32,
    factors: &mut [f32],
    ys: &mut [f32],
) {
    let d = bias.len();
    let mut mask = dropout.start();
    for (((x, residual), y), factor) in xs
        .chunks_exact_mut(d)
        .zip(residual.chunks_exact(d))
        .zip(ys.chunks_exact_mut(d))
        .zip(factors)
    {
        add(x, bias);
        mask.apply(x);
        add(x, residual);
        *factor = normalize(x, eps);
        rescale(y, x, scale);
    }
}

/// The backward of [`close_block`]: `gradient` becomes that of the residual, `branch` that of the product
/// before the bias; adds the gradients of the bias and of gamma and beta.
///
/// # Shape
/// As [`close_block`], with `normal` for what it left in `xs`.
#[allow(clippy::too_many_arguments, reason = "the parts of a residual block")]
pub(super) fn open_block(
    gradient: &mut [f32],
    branch: &mut [f32],
    normal: &[f32],
    factors: &[f32],
    dropout: Dropout,
    gamma: &[f32],
    scale_gradient: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let d = bias_gradient.len();
    let mut mask = dropout.start();
    for (((g, branch), normal), &factor) in gradient
        .chunks_exact_mut(d)
        .zip(branch.chunks_exact_mut(d))
        .zip(normal.chunks_exact(d))
        .zip(factors)
    {
        normalize_backward(g, normal, factor, gamma, scale_gradient);
        branch.copy_from_slice(g);
        mask.apply(branch);
        add(bias_gradient, branch);
    }
}

/// `ys = gelu(xs + bias)`, leaving the slope of the GELU in `xs` for the backward.
pub(super) fn bias_gelu(xs: &mut [f32], bias: &[f32], ys: &mut [f32]) {
    let d = bias.len();
    for (x, y) in xs.chunks_exact_mut(d).zip(ys.chunks_exact_mut(d)) {
        for ((x, y), bias) in x.iter_mut().zip(y).zip(bias) {
            (*y, *x) = gelu_and_slope(*x + bias);
        }
    }
}

/// Multiplies the gradient by the slopes and adds its rows to the gradient of the bias.
pub(super) fn bias_gelu_backward(gradient: &mut [f32], slopes: &[f32], bias_gradient: &mut [f32]) {
    let d = bias_gradient.len();
    for (g, slope) in gradient.chunks_exact_mut(d).zip(slopes.chunks_exact(d)) {
        for ((g, slope), of_bias) in g.iter_mut().zip(slope).zip(bias_gradient.iter_mut()) {
            *g *= slope;
            *of_bias += *g;
        }
    }
}

/// Softmax of every row of length `t`, in place.
pub(super) fn softmax(xs: &mut [f32], t: usize) {
    for row in xs.chunks_exact_mut(t) {
        let max = max(row);
        for x in row.iter_mut() {
            *x = exp(*x - max);
        }
        let factor = 1.0 / sum(row);
        for x in row.iter_mut() {
            *x *= factor;
        }
    }
}

/// Turns the gradient after [`softmax`] into that before it.
pub(super) fn softmax_backward(gradient: &mut [f32], probabilities: &[f32], t: usize) {
    for (g, p) in gradient
        .chunks_exact_mut(t)
        .zip(probabilities.chunks_exact(t))
    {
        let mean = dot(g, p);
        for (g, p) in g.iter_mut().zip(p) {
            let value = p * (*g - mean);
            *g = if value.abs() < TINY { 0.0 } else { value };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropout_drops_its_share_and_repeats_itself() {
        let dropout = Dropout::new(0.1, 7);
        let mut first = vec![1.0; 10_000];
        dropout.at(3).start().apply(&mut first);
        let mut second = vec![1.0; 10_000];
        dropout.at(3).start().apply(&mut second);
        assert_eq!(first, second);
        let n_dropped = first.iter().filter(|&&x| x == 0.0).count();
        assert!((900..1100).contains(&n_dropped), "{n_dropped}");
        assert!(
            first
                .iter()
                .all(|&x| x == 0.0 || (x - 1.0 / 0.9).abs() < 1e-6)
        );
        let mut elsewhere = vec![1.0; 10_000];
        dropout.at(4).start().apply(&mut elsewhere);
        let n_both = first
            .iter()
            .zip(&elsewhere)
            .filter(|&(&a, &b)| a == 0.0 && b == 0.0)
            .count();
        assert!((60..140).contains(&n_both), "{n_both}");
    }

    #[test]
    fn sums_and_softmax_by_hand() {
        let xs: Vec<f32> = (0..35_u8).map(f32::from).collect();
        assert!((sum(&xs) - 595.0).abs() < 1e-3);
        assert!((dot(&xs, &xs) - 13_685.0).abs() < 1e-1);
        assert!((max(&xs) - 34.0).abs() < 1e-6);
        let mut row = [0.0, std::f32::consts::LN_2, -200.0];
        softmax(&mut row, 3);
        assert!((row[0] - 1.0 / 3.0).abs() < 1e-6 && (row[1] - 2.0 / 3.0).abs() < 1e-6);
        assert!(row[2] == 0.0, "a vanishing share is zero, not subnormal");
    }
}
