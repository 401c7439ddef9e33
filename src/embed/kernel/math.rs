//! Element-wise functions and row operations.

use super::lanes::Lanes;
use super::product::BLOCK;

/// Where the exponential stops falling: smaller powers are soon subnormal, and slow. As a weight beside one
/// of 1 it is nothing.
const EXP_LOWEST: f32 = -87.0;

/// e^x for x <= 0, within 2 units in the last place; e^-87 for what lies below.
#[inline(always)]
pub(super) unsafe fn exp<L: Lanes>(x: L::F) -> L::F {
    // ln 2 in two parts, so that n times the first is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Taylor's series on |r| <= ln 2 / 2; the next term is below 2^-26.
    const TERMS: [f32; 7] = [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    unsafe {
        let clamped = L::max(x, L::splat(EXP_LOWEST));
        let n = L::round(L::mul(clamped, L::splat(std::f32::consts::LOG2_E)));
        let r = L::fma(n, L::splat(-LN2_HIGH), clamped);
        let r = L::fma(n, L::splat(-LN2_LOW), r);
        let mut sum = L::splat(TERMS[0]);
        for term in &TERMS[1..] {
            sum = L::fma(sum, r, L::splat(*term));
        }
        L::scale_by_power(sum, n)
    }
}

/// x · Φ(x), where Φ is the normal distribution function.
#[inline(always)]
pub(super) unsafe fn gelu<L: Lanes>(x: L::F) -> L::F {
    // Φ(x) - 1/2 as x · P(x²) / Q(x²) for |x| <= 5.2, fitted by reweighted least squares; the largest error
    // is 3.0e-9, so that rounding dominates. Beyond 5.2 the distance from 0 or 1 is below 1.0e-7.
    const EDGE: f32 = 5.2;
    const P: [f32; 6] = [
        2.473_097_8e-8,
        6.407_878_5e-6,
        1.568_619_6e-4,
        4.608_647_4e-3,
        3.254_461e-2,
        3.989_422_6e-1,
    ];
    const Q: [f32; 6] = [
        1.258_863_1e-6,
        7.049_613_5e-5,
        1.817_204_8e-3,
        2.792_671_7e-2,
        2.482_435_8e-1,
        1.0,
    ];
    unsafe {
        let inside = L::max(L::min(x, L::splat(EDGE)), L::splat(-EDGE));
        let square = L::mul(inside, inside);
        let (mut p, mut q) = (L::splat(P[0]), L::splat(Q[0]));
        for idx in 1..P.len() {
            p = L::fma(p, square, L::splat(P[idx]));
            q = L::fma(q, square, L::splat(Q[idx]));
        }
        let phi = L::add(L::div(L::mul(inside, p), q), L::splat(0.5));
        L::mul(x, phi)
    }
}

/// A row in blocks: vector `part` of block `block` lies at `at + block · stride + part · N`.
#[derive(Clone, Copy)]
struct Row {
    at: *mut f32,
    stride: usize,
    n_blocks: usize,
}

/// Two running results over all vectors of a row, since one would wait for itself. A macro, because a closure
/// would not be compiled with the features of its caller.
macro_rules! fold {
    ($lanes:ty, $row:expr, $start:expr, |$result:ident, $v:ident| $join:expr) => {{
        let row: Row = $row;
        let mut results = [$start; 2];
        for block in 0..row.n_blocks {
            for part in 0..BLOCK / <$lanes>::N {
                let $v = <$lanes>::load(row.at.add(block * row.stride + part * <$lanes>::N));
                let $result = results[part % 2];
                results[part % 2] = $join;
            }
        }
        results
    }};
}

/// Brings every row to mean 0 and variance 1, then scales and shifts it.
///
/// # Safety
/// `x` has `n_rows` rows in `n_blocks` blocks that are `stride` apart; `gamma` and `beta` have
/// `n_blocks · 32` elements.
#[inline(always)]
pub(super) unsafe fn layer_norm<L: Lanes>(
    x: *mut f32,
    stride: usize,
    n_rows: usize,
    n_blocks: usize,
    gamma: *const f32,
    beta: *const f32,
    eps: f32,
) {
    #[allow(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let count = (n_blocks * BLOCK) as f32;
    for row in 0..n_rows {
        unsafe {
            let row = Row {
                at: x.add(row * BLOCK),
                stride,
                n_blocks,
            };
            let zero = L::splat(0.0);
            let [a, b] = fold!(L, row, zero, |sum, v| L::add(sum, v));
            let mean = L::splat(L::sum(L::add(a, b)) / count);
            let [a, b] = fold!(L, row, zero, |sum, v| {
                let gap = L::sub(v, mean);
                L::fma(gap, gap, sum)
            });
            let variance = L::sum(L::add(a, b)) / count;
            let factor = L::splat(1.0 / (variance + eps).sqrt());
            for block in 0..n_blocks {
                for part in (0..BLOCK).step_by(L::N) {
                    let col = block * BLOCK + part;
                    let at = row.at.add(block * stride + part);
                    let normal = L::mul(L::sub(L::load(at), mean), factor);
                    let y = L::fma(normal, L::load(gamma.add(col)), L::load(beta.add(col)));
                    L::store(at, y);
                }
            }
        }
    }
}

/// Writes every row as whole numbers u in [0, 255] with x ≈ scale · (u - zero); 0 stays 0.
///
/// # Safety
/// `x` is as in [`layer_norm`] and is only read; `words` has as many rows in blocks of 32 words,
/// `words_stride` apart; `scales` has an element a row.
#[inline(always)]
pub(super) unsafe fn quantize<L: Lanes>(
    x: *const f32,
    stride: usize,
    n_rows: usize,
    n_blocks: usize,
    words: *mut u32,
    words_stride: usize,
    scales: *mut [f32; 2],
) {
    for row_idx in 0..n_rows {
        unsafe {
            let row = Row {
                at: x.cast_mut().add(row_idx * BLOCK),
                stride,
                n_blocks,
            };
            let zero = L::splat(0.0);
            let [a, b] = fold!(L, row, zero, |low, v| L::min(v, low));
            let lowest = L::smallest(L::min(a, b));
            let [a, b] = fold!(L, row, zero, |high, v| L::max(v, high));
            let highest = L::largest(L::max(a, b));
            // A row of zeros, or one so small that its quotient would overflow, becomes zero.
            let range = highest - lowest;
            let inverse = if range > 1e-30 { 255.0 / range } else { 0.0 };
            let shift = (-lowest * inverse).round_ties_even();
            scales.add(row_idx).write([range / 255.0, shift]);
            let (factor, shift) = (L::splat(inverse), L::splat(shift));
            for block in 0..n_blocks {
                for part in (0..BLOCK).step_by(L::N) {
                    let v = L::load(row.at.add(block * stride + part));
                    let u = L::add(L::round(L::mul(v, factor)), shift);
                    let u = L::max(L::min(u, L::splat(255.0)), zero);
                    let word = (block % L::PER_WORD * BLOCK + part) / L::PER_WORD;
                    let at = words.add(block / L::PER_WORD * words_stride + row_idx * BLOCK + word);
                    L::store_activations(at, u);
                }
            }
        }
    }
}

/// Turns scores into weights that are not yet divided by their sum, and writes the inverse of that sum.
///
/// # Safety
/// `p` has `n_rows` rows in `n_blocks` blocks that are `stride` apart; `inverses` has an element a row.
#[inline(always)]
pub(super) unsafe fn softmax<L: Lanes>(
    p: *mut f32,
    stride: usize,
    n_rows: usize,
    n_blocks: usize,
    inverses: *mut f32,
) {
    for row_idx in 0..n_rows {
        unsafe {
            let row = Row {
                at: p.add(row_idx * BLOCK),
                stride,
                n_blocks,
            };
            let [a, b] = fold!(L, row, L::splat(f32::MIN), |high, v| L::max(v, high));
            let highest = L::splat(L::largest(L::max(a, b)));
            let mut sums = [L::splat(0.0); 2];
            for block in 0..n_blocks {
                for part in 0..BLOCK / L::N {
                    let at = row.at.add(block * stride + part * L::N);
                    let e = exp::<L>(L::sub(L::load(at), highest));
                    L::store(at, e);
                    sums[part % 2] = L::add(sums[part % 2], e);
                }
            }
            inverses
                .add(row_idx)
                .write(1.0 / L::sum(L::add(sums[0], sums[1])));
        }
    }
}
