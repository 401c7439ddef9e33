//! Matrix products in register tiles; what follows a product is done before its tile leaves the registers.
//!
//! Operands lie in blocks of 32 words: block b of row r starts at `b · stride + r · 32`. A tile reads its
//! rows through one pointer, since they are a fixed distance apart.

use super::lanes::Lanes;
use super::math::gelu;

/// Words of a row that lie together, and columns of a panel of weights.
pub(crate) const BLOCK: usize = 32;

/// Words by which weights are asked for ahead of their use.
const AHEAD: usize = 8 * BLOCK;

/// Most rows of a tile: with two vectors a row, the accumulators of sixteen lanes fill 24 of 32 registers.
pub(super) const MAX_ROWS: usize = 12;

/// How words are multiplied, and how a sum of products becomes a float.
pub(super) trait Operand<L: Lanes>: Copy {
    /// A vector of words, or of their sums.
    type V: Copy;
    unsafe fn zero() -> Self::V;
    /// N words.
    unsafe fn load(at: *const u32) -> Self::V;
    /// One word in every lane.
    unsafe fn splat(at: *const u32) -> Self::V;
    unsafe fn step(acc: Self::V, a: Self::V, w: Self::V) -> Self::V;
    /// The sums of a row for N columns, as floats.
    unsafe fn value(self, acc: Self::V, row: usize, col: usize) -> L::F;
}

/// Words are floats.
#[derive(Clone, Copy)]
pub(super) struct Floats;

impl<L: Lanes> Operand<L> for Floats {
    type V = L::F;
    #[inline(always)]
    unsafe fn zero() -> L::F {
        unsafe { L::splat(0.0) }
    }
    #[inline(always)]
    unsafe fn load(at: *const u32) -> L::F {
        unsafe { L::load(at.cast()) }
    }
    #[inline(always)]
    unsafe fn splat(at: *const u32) -> L::F {
        unsafe { L::splat(at.cast::<f32>().read()) }
    }
    #[inline(always)]
    unsafe fn step(acc: L::F, a: L::F, w: L::F) -> L::F {
        unsafe { L::fma(a, w, acc) }
    }
    #[inline(always)]
    unsafe fn value(self, acc: L::F, _row: usize, _col: usize) -> L::F {
        acc
    }
}

/// Words are small integers: activations are `scale · (u - zero)`, weights `scale · q`.
#[derive(Clone, Copy)]
pub(super) struct Integers {
    /// Scale and zero of every row.
    pub(super) rows: *const [f32; 2],
    /// Scale of every column.
    pub(super) scales: *const f32,
    /// Sum of the weights of every column.
    pub(super) sums: *const f32,
}

impl<L: Lanes> Operand<L> for Integers {
    type V = L::I;
    #[inline(always)]
    unsafe fn zero() -> L::I {
        unsafe { L::zero_i() }
    }
    #[inline(always)]
    unsafe fn load(at: *const u32) -> L::I {
        unsafe { L::load_i(at) }
    }
    #[inline(always)]
    unsafe fn splat(at: *const u32) -> L::I {
        unsafe { L::splat_i(at.read()) }
    }
    #[inline(always)]
    unsafe fn step(acc: L::I, a: L::I, w: L::I) -> L::I {
        unsafe { L::dot(acc, a, w) }
    }
    #[inline(always)]
    unsafe fn value(self, acc: L::I, row: usize, col: usize) -> L::F {
        unsafe {
            let [scale, zero] = self.rows.add(row).read();
            let sums = L::load(self.sums.add(col));
            let whole = L::fma(sums, L::splat(-zero), L::to_f(acc));
            L::mul(
                L::mul(whole, L::splat(scale)),
                L::load(self.scales.add(col)),
            )
        }
    }
}

/// What is done with the value of a row and a column.
#[derive(Clone, Copy)]
pub(super) enum Finish {
    /// value + bias.
    Store,
    /// gelu(value + bias).
    Gelu,
    /// What stands there + value + bias.
    Add,
    /// value · factor of the row; the bias is not read.
    Scale(*const f32),
}

/// Where a product writes, in blocks.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) at: *mut f32,
    /// Floats from block to block.
    pub(super) stride: usize,
    pub(super) bias: *const f32,
    pub(super) finish: Finish,
}

/// The left side of a product: rows of k words.
#[derive(Clone, Copy)]
pub(super) struct Left {
    pub(super) at: *const u32,
    /// Words from block to block.
    pub(super) stride: usize,
    pub(super) k: usize,
}

/// The product of `n_rows` rows with `n_panels` panels of weights, each `[k][32]` words.
///
/// # Safety
/// `left` has `n_rows` rows of k words, rounded down to the last word read; `weights` has
/// `n_panels · k · 32` words; the target has `n_rows` rows and `n_panels` blocks, with as many biases;
/// the operand's rows and columns likewise. The target overlaps none of the others.
#[inline(always)]
pub(super) unsafe fn product<L: Lanes, O: Operand<L>>(
    operand: O,
    left: Left,
    n_rows: usize,
    weights: *const u32,
    n_panels: usize,
    target: Target,
) {
    // Tiles of like height: a low last tile would wait for its own sums.
    let n_tiles = n_rows.div_ceil(tile_rows::<L>());
    for panel in 0..n_panels {
        for part in (0..BLOCK).step_by(2 * L::N) {
            let col = panel * BLOCK + part;
            let mut row = 0;
            for tile_idx in 0..n_tiles {
                let height = (n_rows - row).div_ceil(n_tiles - tile_idx);
                unsafe {
                    let w = weights.add(panel * left.k * BLOCK + part);
                    match height {
                        1 => tile::<L, O, 1>(operand, left, w, target, row, col),
                        2 => tile::<L, O, 2>(operand, left, w, target, row, col),
                        3 => tile::<L, O, 3>(operand, left, w, target, row, col),
                        4 => tile::<L, O, 4>(operand, left, w, target, row, col),
                        5 => tile::<L, O, 5>(operand, left, w, target, row, col),
                        6 => tile::<L, O, 6>(operand, left, w, target, row, col),
                        _ if L::N < 16 => {}
                        7 => tile::<L, O, 7>(operand, left, w, target, row, col),
                        8 => tile::<L, O, 8>(operand, left, w, target, row, col),
                        9 => tile::<L, O, 9>(operand, left, w, target, row, col),
                        10 => tile::<L, O, 10>(operand, left, w, target, row, col),
                        11 => tile::<L, O, 11>(operand, left, w, target, row, col),
                        _ => tile::<L, O, MAX_ROWS>(operand, left, w, target, row, col),
                    }
                }
                row += height;
            }
        }
    }
}

/// Rows of a full tile: 12 with the 32 registers of sixteen lanes, 6 with the 16 of eight.
const fn tile_rows<L: Lanes>() -> usize {
    if L::N >= 16 { MAX_ROWS } else { 6 }
}

#[inline(always)]
unsafe fn tile<L: Lanes, O: Operand<L>, const R: usize>(
    operand: O,
    left: Left,
    weights: *const u32,
    target: Target,
    row: usize,
    col: usize,
) {
    unsafe {
        let mut acc = [[O::zero(); 2]; R];
        let mut w = weights;
        let mut block = left.at.add(row * BLOCK);
        let mut k_left = left.k;
        while k_left > 0 {
            let n = k_left.min(BLOCK);
            for word in 0..n {
                L::prefetch(w.wrapping_add(AHEAD));
                L::prefetch(w.wrapping_add(AHEAD + L::N));
                let (w0, w1) = (O::load(w), O::load(w.add(L::N)));
                for (r, acc) in acc.iter_mut().enumerate() {
                    let a = O::splat(block.add(r * BLOCK + word));
                    acc[0] = O::step(acc[0], a, w0);
                    acc[1] = O::step(acc[1], a, w1);
                }
                // Past the end after the last step, where only a wrapping pointer may be.
                w = w.wrapping_add(BLOCK);
            }
            block = block.wrapping_add(left.stride);
            k_left -= n;
        }
        let out = target
            .at
            .add(col / BLOCK * target.stride + row * BLOCK + col % BLOCK);
        // Plain loops: a closure would not be compiled with the features of its caller.
        for (r, sums) in acc.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                let col = col + half * L::N;
                let at = out.add(r * BLOCK + half * L::N);
                let value = operand.value(sum, row + r, col);
                let value = match target.finish {
                    Finish::Scale(factors) => L::mul(value, L::splat(factors.add(row + r).read())),
                    Finish::Store => L::add(value, L::load(target.bias.add(col))),
                    Finish::Gelu => gelu::<L>(L::add(value, L::load(target.bias.add(col)))),
                    Finish::Add => {
                        let moved = L::add(value, L::load(target.bias.add(col)));
                        L::add(moved, L::load(at))
                    }
                };
                L::store(at, value);
            }
        }
    }
}
