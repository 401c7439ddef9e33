//! Attention inside one text, head by head.

use super::lanes::Lanes;
use super::math::softmax;
use super::product::{BLOCK, Finish, Left, MAX_ROWS, Target};

/// One text in a chunk, and the memory to work in.
#[derive(Clone, Copy)]
pub(super) struct Text {
    /// Queries, keys and values of all heads: three times `n_blocks` blocks.
    pub(super) qkv: *const f32,
    /// Where the contexts go: `n_blocks` blocks.
    pub(super) out: *mut f32,
    /// Floats from block to block, in both.
    pub(super) stride: usize,
    /// Blocks of the hidden size.
    pub(super) n_blocks: usize,
    /// Blocks of a head.
    pub(super) head_blocks: usize,
    /// Rows of the text.
    pub(super) first: usize,
    pub(super) n_tokens: usize,
    /// Keys by dimension: `head_blocks · 32` floats a key, keys rounded up to 32.
    pub(super) keys: *mut f32,
    /// Weights of [`MAX_ROWS`] queries: a float a key each, keys rounded up to 32.
    pub(super) weights: *mut f32,
    /// 0 for a key, a very low number for what rounds them up to 32.
    pub(super) mask: *mut f32,
}

/// The product of floats as it was compiled for the lanes: a second and a third copy of its tiles, in here,
/// would gain nothing.
pub(super) type Product = unsafe fn(Left, usize, *const u32, usize, Target);

/// Below every score, and far from overflow.
const MASKED: f32 = -1e30;

/// softmax(Q·Kᵀ)·V for every head.
///
/// # Safety
/// The pointers of `text` hold what their comments say, and none overlaps another; the CPU has what `product`
/// was compiled for.
#[inline(always)]
pub(super) unsafe fn attention<L: Lanes>(text: Text, product: Product) {
    let t = text.n_tokens;
    let key_blocks = t.div_ceil(BLOCK);
    let dim = text.head_blocks * BLOCK;
    unsafe {
        for key in 0..key_blocks * BLOCK {
            text.mask.add(key).write(if key < t { 0.0 } else { MASKED });
        }
        for head in (0..text.n_blocks).step_by(text.head_blocks) {
            let rows = |part: usize| {
                let block = part * text.n_blocks + head;
                text.qkv.add(block * text.stride + text.first * BLOCK)
            };
            let (queries, keys, values) = (rows(0), rows(1), rows(2));
            for key in 0..key_blocks * BLOCK {
                let column = text.keys.add(key / BLOCK * dim * BLOCK + key % BLOCK);
                for d in 0..dim {
                    let v = if key < t {
                        keys.add(d / BLOCK * text.stride + key * BLOCK + d % BLOCK)
                            .read()
                    } else {
                        0.0
                    };
                    column.add(d * BLOCK).write(v);
                }
            }
            let out = text.out.add(head * text.stride + text.first * BLOCK);
            let n_groups = t.div_ceil(MAX_ROWS);
            let mut row = 0;
            for group in 0..n_groups {
                let n_rows = (t - row).div_ceil(n_groups - group);
                let mut inverses = [0.0_f32; MAX_ROWS];
                let weights_stride = MAX_ROWS * BLOCK;
                product(
                    Left {
                        at: queries.add(row * BLOCK).cast(),
                        stride: text.stride,
                        k: dim,
                    },
                    n_rows,
                    text.keys.cast(),
                    key_blocks,
                    Target {
                        at: text.weights,
                        stride: weights_stride,
                        bias: text.mask,
                        finish: Finish::Store,
                    },
                );
                softmax::<L>(
                    text.weights,
                    weights_stride,
                    n_rows,
                    key_blocks,
                    inverses.as_mut_ptr(),
                );
                for block in 0..text.head_blocks {
                    product(
                        Left {
                            at: text.weights.cast(),
                            stride: weights_stride,
                            k: t,
                        },
                        n_rows,
                        values.add(block * text.stride).cast(),
                        1,
                        Target {
                            at: out.add(block * text.stride + row * BLOCK),
                            stride: text.stride,
                            bias: std::ptr::null(),
                            finish: Finish::Scale(inverses.as_ptr()),
                        },
                    );
                }
                row += n_rows;
            }
        }
    }
}
