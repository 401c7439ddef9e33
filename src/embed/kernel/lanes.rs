//! What a vector unit offers to the kernels, under one name a operation.

/// One instruction set. The kernels are written once over this trait and compiled once for each
/// implementation, inside functions that enable the features it needs.
///
/// # Safety
/// Every function needs a CPU with the features of the implementation; those that take a pointer read or
/// write as many elements as their comment says, without a demand on alignment.
pub(super) trait Lanes: Copy {
    /// Numbers in a vector; divides 32.
    const N: usize;
    /// Neighbors along k that one word of an integer operand holds: 4 bytes or 2 halves.
    const PER_WORD: usize;
    /// A vector of 32-bit floats.
    type F: Copy;
    /// A vector of 32-bit integers.
    type I: Copy;

    /// Asks for a cache line; any address will do.
    unsafe fn prefetch(at: *const u32);
    /// Reads N floats.
    unsafe fn load(at: *const f32) -> Self::F;
    /// Writes N floats.
    unsafe fn store(at: *mut f32, v: Self::F);
    /// One number in every lane.
    unsafe fn splat(v: f32) -> Self::F;
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    /// a · b + c with one rounding.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The smaller; b where a is not a number.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    /// The larger; b where a is not a number.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// The nearest whole number, ties to even.
    unsafe fn round(v: Self::F) -> Self::F;
    /// a · 2^n for whole n in [-126, 127].
    unsafe fn scale_by_power(a: Self::F, n: Self::F) -> Self::F;
    unsafe fn sum(v: Self::F) -> f32;
    unsafe fn smallest(v: Self::F) -> f32;
    unsafe fn largest(v: Self::F) -> f32;

    unsafe fn zero_i() -> Self::I;
    /// Reads N words.
    unsafe fn load_i(at: *const u32) -> Self::I;
    /// One word in every lane.
    unsafe fn splat_i(word: u32) -> Self::I;
    /// Adds to every lane the inner product of its word of unsigned activations and its word of signed
    /// weights, without saturation.
    unsafe fn dot(acc: Self::I, activations: Self::I, weights: Self::I) -> Self::I;
    /// Integers to floats, rounded to nearest.
    unsafe fn to_f(v: Self::I) -> Self::F;
    /// Writes N whole numbers in [0, 255] as the elements of N / `PER_WORD` words.
    unsafe fn store_activations(at: *mut u32, v: Self::F);
}
