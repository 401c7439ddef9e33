//! Kernels of a BERT encoder for one core, for the instruction set that this CPU has.
//!
//! This is the only module with `unsafe` code. What stands behind it:
//! * A [`Kernels`] value exists only for an instruction set that the CPU was asked for.
//! * Pointers are made here, from slices whose lengths the same function has checked; nothing keeps one.
//! * The loops read and write exactly the rows, blocks and panels that were checked; `cargo test` compares
//!   every kernel with a plain one over odd sizes, and Miri runs the portable form of them.
//!
//! Numbers of one row never meet those of another outside of attention, and attention stays inside one text:
//! a text's vector has the same bits whatever lies beside it.
//!
//! # Layout
//! A matrix of activations is cut into blocks of 32 columns; a block holds the rows one after another.
//! A matrix of weights is cut into panels of 32 outputs; a panel is `[k][32]`.
#![allow(
    unsafe_code,
    reason = "vector instructions; the invariants stand above and at every block"
)]

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod lanes;
mod math;
mod portable;
mod product;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::attention::Text;
use self::buffer::Aligned;
pub(crate) use self::product::BLOCK;
use self::product::{Finish, Integers, Left, MAX_ROWS, Target};

/// What is done with `x·W + bias`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is stored.
    Store,
    /// Its GELU, in the exact form, is stored.
    Gelu,
    /// It is added to what stands there.
    Add,
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

/// The kernels for an instruction set that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernels {
    isa: Isa,
}

/// The same functions for one instruction set, each compiled with its features.
macro_rules! compiled {
    ($name:ident, $lanes:ty $(, $features:literal)?) => {
        mod $name {
            use super::attention::{self, Text};
            use super::product::{self, Floats, Integers, Left, Target};
            use super::math;

            $(#[target_feature(enable = $features)])?
            pub(super) unsafe fn product_f32(
                left: Left, n_rows: usize, weights: *const u32, n_panels: usize, target: Target,
            ) {
                unsafe { product::product::<$lanes, _>(Floats, left, n_rows, weights, n_panels, target) }
            }

            $(#[target_feature(enable = $features)])?
            pub(super) unsafe fn product_i8(
                operand: Integers, left: Left, n_rows: usize, weights: *const u32, n_panels: usize,
                target: Target,
            ) {
                unsafe { product::product::<$lanes, _>(operand, left, n_rows, weights, n_panels, target) }
            }

            $(#[target_feature(enable = $features)])?
            pub(super) unsafe fn layer_norm(
                x: *mut f32, stride: usize, n_rows: usize, n_blocks: usize, gamma: *const f32,
                beta: *const f32, eps: f32,
            ) {
                unsafe { math::layer_norm::<$lanes>(x, stride, n_rows, n_blocks, gamma, beta, eps) }
            }

            $(#[target_feature(enable = $features)])?
            pub(super) unsafe fn quantize(
                x: *const f32, stride: usize, n_rows: usize, n_blocks: usize, words: *mut u32,
                words_stride: usize, scales: *mut [f32; 2],
            ) {
                unsafe {
                    math::quantize::<$lanes>(x, stride, n_rows, n_blocks, words, words_stride, scales)
                }
            }

            $(#[target_feature(enable = $features)])?
            pub(super) unsafe fn attention(text: Text) {
                unsafe { attention::attention::<$lanes>(text, product_f32) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compiled!(
    with_avx512,
    super::avx512::Avx512,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma"
);
#[cfg(target_arch = "x86_64")]
compiled!(with_avx2, super::avx2::Avx2, "avx2,fma");
compiled!(anywhere, super::portable::Portable);

/// Calls the function that was compiled for the instruction set.
macro_rules! dispatch {
    ($kernels:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $kernels.isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => with_avx512::$function($($argument),*),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => with_avx2::$function($($argument),*),
            Isa::Portable => anywhere::$function($($argument),*),
        }
    };
}

/// Activations: rows of 32-bit floats in blocks of 32 columns.
#[derive(Clone)]
pub(crate) struct Activations {
    data: Aligned<f32>,
    capacity: usize,
    n_blocks: usize,
}

impl Activations {
    /// Room for `capacity` rows of `n_cols` numbers, which 32 divides.
    pub(crate) fn new(capacity: usize, n_cols: usize) -> Self {
        assert!(n_cols.is_multiple_of(BLOCK));
        // An odd number of rows: blocks a power of two apart would share few cache sets.
        let capacity = capacity | 1;
        let n_blocks = n_cols / BLOCK;
        Self {
            data: Aligned::new(n_blocks * capacity * BLOCK),
            capacity,
            n_blocks,
        }
    }

    /// Numbers from block to block.
    fn stride(&self) -> usize {
        self.capacity * BLOCK
    }

    /// Writes a row.
    pub(crate) fn set_row(&mut self, row: usize, values: &[f32]) {
        assert!(row < self.capacity && values.len() == self.n_blocks * BLOCK);
        let stride = self.stride();
        for (block, values) in values.chunks_exact(BLOCK).enumerate() {
            let at = block * stride + row * BLOCK;
            self.data[at..at + BLOCK].copy_from_slice(values);
        }
    }

    /// The sum of some rows, added to `sum`.
    pub(crate) fn add_rows(&self, rows: Range<usize>, sum: &mut [f32]) {
        assert!(rows.end <= self.capacity && sum.len() == self.n_blocks * BLOCK);
        for (block, sum) in sum.chunks_exact_mut(BLOCK).enumerate() {
            let start = block * self.stride();
            let rows = &self.data[start + rows.start * BLOCK..start + rows.end * BLOCK];
            for row in rows.chunks_exact(BLOCK) {
                sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
            }
        }
    }
}

/// Activations as whole numbers in [0, 255] with a scale and a zero a row.
#[derive(Clone)]
pub(crate) struct Quantized {
    words: Aligned<u32>,
    scales: Vec<[f32; 2]>,
    capacity: usize,
    per_word: usize,
    n_cols: usize,
}

impl Quantized {
    fn stride(&self) -> usize {
        self.capacity * BLOCK
    }
}

/// Weights of a linear layer as floats.
pub(crate) struct FloatWeights {
    words: Aligned<f32>,
    bias: Aligned<f32>,
    n_inputs: usize,
    n_outputs: usize,
}

/// Weights of a linear layer as whole numbers in [-127, 127] with a scale an output.
pub(crate) struct IntegerWeights {
    words: Aligned<u32>,
    scales: Aligned<f32>,
    sums: Aligned<f32>,
    bias: Aligned<f32>,
    per_word: usize,
    n_inputs: usize,
    n_outputs: usize,
}

/// Memory for the attention of one text.
pub(crate) struct AttentionRoom {
    keys: Aligned<f32>,
    weights: Aligned<f32>,
    mask: Aligned<f32>,
    head_cols: usize,
}

impl AttentionRoom {
    /// Room for texts of up to `max_tokens` and heads of `head_cols` numbers, which 32 divides.
    pub(crate) fn new(max_tokens: usize, head_cols: usize) -> Self {
        assert!(head_cols.is_multiple_of(BLOCK) && head_cols > 0);
        let n_keys = max_tokens.next_multiple_of(BLOCK);
        Self {
            keys: Aligned::new(n_keys * head_cols),
            weights: Aligned::new(n_keys * MAX_ROWS),
            mask: Aligned::new(n_keys),
            head_cols,
        }
    }
}

/// Copies values into aligned memory.
fn aligned(values: &[f32]) -> Aligned<f32> {
    let mut copy = Aligned::new(values.len());
    copy.copy_from_slice(values);
    copy
}

impl FloatWeights {
    /// Packs a row-major (`n_outputs`, `n_inputs`) matrix; 32 divides both.
    pub(crate) fn new(matrix: &[f32], bias: &[f32]) -> Self {
        let n_outputs = bias.len();
        let n_inputs = matrix.len() / n_outputs;
        assert!(n_outputs.is_multiple_of(BLOCK) && n_inputs.is_multiple_of(BLOCK));
        assert!(matrix.len() == n_outputs * n_inputs);
        let mut words = Aligned::new(matrix.len());
        for (panel, rows) in words
            .chunks_exact_mut(n_inputs * BLOCK)
            .zip(matrix.chunks_exact(n_inputs * BLOCK))
        {
            for (col, row) in rows.chunks_exact(n_inputs).enumerate() {
                for (k, v) in row.iter().enumerate() {
                    panel[k * BLOCK + col] = *v;
                }
            }
        }
        Self {
            words,
            bias: aligned(bias),
            n_inputs,
            n_outputs,
        }
    }
}

impl IntegerWeights {
    /// Rounds and packs a row-major (`n_outputs`, `n_inputs`) matrix for the kernels that will read it.
    pub(crate) fn new(kernels: Kernels, matrix: &[f32], bias: &[f32]) -> Self {
        let n_outputs = bias.len();
        let n_inputs = matrix.len() / n_outputs;
        assert!(n_outputs.is_multiple_of(BLOCK) && n_inputs.is_multiple_of(BLOCK));
        assert!(matrix.len() == n_outputs * n_inputs);
        // 255 · 127 · n_inputs has to fit 31 bits.
        assert!(n_inputs <= 1 << 16);
        let per_word = kernels.per_word();
        let n_words = n_inputs / per_word;
        let mut weights = Self {
            words: Aligned::new(n_outputs * n_words),
            scales: Aligned::new(n_outputs),
            sums: Aligned::new(n_outputs),
            bias: aligned(bias),
            per_word,
            n_inputs,
            n_outputs,
        };
        // Added to a small number it leaves the nearest whole one in the lowest bits of the mantissa, ties to
        // even; the function for it is a slow one on the oldest CPUs, and the compiler has to assume those.
        const SHIFT: f32 = 12_582_912.0;
        let bits = 32 / per_word;
        let mask = u32::MAX >> (32 - bits);
        let mut numbers = vec![0; n_inputs];
        for (output, row) in matrix.chunks_exact(n_inputs).enumerate() {
            let largest = row.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            let inverse = if largest > 1e-30 {
                127.0 / largest
            } else {
                0.0
            };
            for (number, v) in numbers.iter_mut().zip(row) {
                *number = (v * inverse + SHIFT)
                    .to_bits()
                    .wrapping_sub(SHIFT.to_bits());
            }
            let sum: i32 = numbers.iter().map(|number| number.cast_signed()).sum();
            let panel = output / BLOCK * n_words * BLOCK + output % BLOCK;
            for (word_idx, neighbors) in numbers.chunks_exact(per_word).enumerate() {
                let places = neighbors.iter().rev();
                weights.words[panel + word_idx * BLOCK] =
                    places.fold(0, |word, number| (word << bits) | (number & mask));
            }
            #[allow(clippy::cast_precision_loss, reason = "below 2^23")]
            let sum = sum as f32;
            weights.sums[output] = sum;
            weights.scales[output] = largest / 127.0;
        }
        weights
    }
}

impl Kernels {
    /// The fastest this CPU has, if one is faster than plain code.
    pub(crate) fn best() -> Option<Self> {
        Self::all()
            .into_iter()
            .find(|kernels| !matches!(kernels.isa, Isa::Portable) || cfg!(target_arch = "aarch64"))
    }

    /// All that this CPU has, the fastest first.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
                && is_x86_feature_detected!("fma")
            {
                all.push(Self { isa: Isa::Avx512 });
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self { isa: Isa::Avx2 });
            }
        }
        all.push(Self { isa: Isa::Portable });
        all
    }

    /// The name of the instruction set.
    pub(crate) fn name(self) -> &'static str {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512-vnni",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2-fma",
            Isa::Portable => "portable",
        }
    }

    /// Small integers in a word.
    fn per_word(self) -> usize {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => 2,
            _ => 4,
        }
    }

    /// Room for activations as small integers.
    pub(crate) fn quantized(self, capacity: usize, n_cols: usize) -> Quantized {
        assert!(n_cols.is_multiple_of(BLOCK));
        let capacity = capacity | 1;
        let n_words = n_cols / self.per_word();
        Quantized {
            words: Aligned::new(n_words.next_multiple_of(BLOCK) * capacity),
            scales: vec![[0.0; 2]; capacity],
            capacity,
            per_word: self.per_word(),
            n_cols,
        }
    }

    /// `x·W + bias` for the first `n_rows` rows.
    pub(crate) fn linear_f32(
        self,
        x: &Activations,
        n_rows: usize,
        weights: &FloatWeights,
        then: Then,
        out: &mut Activations,
    ) {
        assert!(n_rows <= x.capacity && x.n_blocks * BLOCK == weights.n_inputs);
        let left = Left {
            at: x.data.as_ptr().cast(),
            stride: x.stride(),
            k: weights.n_inputs,
        };
        let target = target(out, n_rows, weights.n_outputs, &weights.bias, then);
        let n_panels = weights.n_outputs / BLOCK;
        // SAFETY: the CPU has the instructions (Kernels), `x` has n_rows rows of k floats (asserted), the weights
        // have n_panels · k · 32 (made so), and `target` has checked `out`, which is borrowed apart from both.
        unsafe {
            dispatch!(
                self,
                product_f32(
                    left,
                    n_rows,
                    weights.words.as_ptr().cast(),
                    n_panels,
                    target
                )
            );
        }
    }

    /// The same with small integers; sums of products are exact.
    pub(crate) fn linear_i8(
        self,
        x: &Quantized,
        n_rows: usize,
        weights: &IntegerWeights,
        then: Then,
        out: &mut Activations,
    ) {
        assert!(n_rows <= x.capacity && x.n_cols == weights.n_inputs);
        assert!(x.per_word == self.per_word() && weights.per_word == self.per_word());
        let left = Left {
            at: x.words.as_ptr(),
            stride: x.stride(),
            k: weights.n_inputs / self.per_word(),
        };
        let operand = Integers {
            rows: x.scales.as_ptr(),
            scales: weights.scales.as_ptr(),
            sums: weights.sums.as_ptr(),
        };
        let target = target(out, n_rows, weights.n_outputs, &weights.bias, then);
        let n_panels = weights.n_outputs / BLOCK;
        // SAFETY: as above, with words in place of floats; scales and sums have an element an output, and the
        // scales of the rows one for each row of the capacity.
        unsafe {
            dispatch!(
                self,
                product_i8(
                    operand,
                    left,
                    n_rows,
                    weights.words.as_ptr(),
                    n_panels,
                    target
                )
            );
        }
    }

    /// Layer normalization of the first `n_rows` rows, in place.
    pub(crate) fn layer_norm(
        self,
        x: &mut Activations,
        n_rows: usize,
        gamma: &[f32],
        beta: &[f32],
        eps: f32,
    ) {
        let n_cols = x.n_blocks * BLOCK;
        assert!(n_rows <= x.capacity && gamma.len() == n_cols && beta.len() == n_cols);
        let (stride, n_blocks) = (x.stride(), x.n_blocks);
        // SAFETY: the CPU has the instructions; rows, blocks and parameters were checked.
        unsafe {
            dispatch!(
                self,
                layer_norm(
                    x.data.as_mut_ptr(),
                    stride,
                    n_rows,
                    n_blocks,
                    gamma.as_ptr(),
                    beta.as_ptr(),
                    eps
                )
            );
        }
    }

    /// The first `n_rows` rows as small integers.
    pub(crate) fn quantize(self, x: &Activations, n_rows: usize, out: &mut Quantized) {
        assert!(n_rows <= x.capacity && n_rows <= out.capacity);
        assert!(x.n_blocks * BLOCK == out.n_cols && out.per_word == self.per_word());
        let words_stride = out.stride();
        // SAFETY: the CPU has the instructions; both sides have the rows and the columns.
        unsafe {
            dispatch!(
                self,
                quantize(
                    x.data.as_ptr(),
                    x.stride(),
                    n_rows,
                    x.n_blocks,
                    out.words.as_mut_ptr(),
                    words_stride,
                    out.scales.as_mut_ptr()
                )
            );
        }
    }

    /// Attention of the text in `rows`; `qkv` holds queries, keys and values side by side, the scale of the
    /// scores is taken to be in the queries.
    pub(crate) fn attention(
        self,
        qkv: &Activations,
        rows: Range<usize>,
        room: &mut AttentionRoom,
        out: &mut Activations,
    ) {
        let head_blocks = room.head_cols / BLOCK;
        assert!(rows.end <= qkv.capacity && qkv.capacity == out.capacity);
        assert!(qkv.n_blocks == 3 * out.n_blocks && out.n_blocks.is_multiple_of(head_blocks));
        assert!(rows.len() <= room.mask.len());
        let text = Text {
            qkv: qkv.data.as_ptr(),
            out: out.data.as_mut_ptr(),
            stride: qkv.stride(),
            n_blocks: out.n_blocks,
            head_blocks,
            first: rows.start,
            n_tokens: rows.len(),
            keys: room.keys.as_mut_ptr(),
            weights: room.weights.as_mut_ptr(),
            mask: room.mask.as_mut_ptr(),
        };
        // SAFETY: the CPU has the instructions; rows and blocks were checked, and the room was made for as many
        // tokens, rounded up to 32, as its mask has.
        unsafe { dispatch!(self, attention(text)) };
    }
}

/// The place of a product's answer, checked.
fn target(
    out: &mut Activations,
    n_rows: usize,
    n_outputs: usize,
    bias: &[f32],
    then: Then,
) -> Target {
    assert!(n_rows <= out.capacity && out.n_blocks * BLOCK == n_outputs && bias.len() == n_outputs);
    let stride = out.stride();
    Target {
        at: out.data.as_mut_ptr(),
        stride,
        bias: bias.as_ptr(),
        finish: match then {
            Then::Store => Finish::Store,
            Then::Gelu => Finish::Gelu,
            Then::Add => Finish::Add,
        },
    }
}
