//! AVX2 with FMA: eight lanes.
//!
//! Bytes are multiplied as 16-bit halves (`vpmaddwd`): half the rate of the byte product, but that one
//! saturates, so that its answers would depend on the values.

#[allow(clippy::wildcard_imports, reason = "every name says where it is from")]
use std::arch::x86_64::*;

use super::lanes::Lanes;

#[derive(Clone, Copy)]
pub(super) struct Avx2;

const ROUND: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// The lower four lanes and the upper four, joined, then the four among themselves.
macro_rules! fold {
    ($v:expr, $join:ident) => {{
        let four = $join(_mm256_castps256_ps128($v), _mm256_extractf128_ps::<1>($v));
        let two = $join(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($join(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

impl Lanes for Avx2 {
    const N: usize = 8;
    const PER_WORD: usize = 2;
    type F = __m256;
    type I = __m256i;

    #[inline(always)]
    unsafe fn prefetch(at: *const u32) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(at) }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: __m256) {
        unsafe { _mm256_storeu_ps(at, v) }
    }
    #[inline(always)]
    unsafe fn splat(v: f32) -> __m256 {
        unsafe { _mm256_set1_ps(v) }
    }
    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn min(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn round(v: __m256) -> __m256 {
        unsafe { _mm256_round_ps::<ROUND>(v) }
    }
    #[inline(always)]
    unsafe fn scale_by_power(a: __m256, n: __m256) -> __m256 {
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
        }
    }
    #[inline(always)]
    unsafe fn sum(v: __m256) -> f32 {
        unsafe { fold!(v, _mm_add_ps) }
    }
    #[inline(always)]
    unsafe fn smallest(v: __m256) -> f32 {
        unsafe { fold!(v, _mm_min_ps) }
    }
    #[inline(always)]
    unsafe fn largest(v: __m256) -> f32 {
        unsafe { fold!(v, _mm_max_ps) }
    }

    #[inline(always)]
    unsafe fn zero_i() -> __m256i {
        unsafe { _mm256_setzero_si256() }
    }
    #[inline(always)]
    unsafe fn load_i(at: *const u32) -> __m256i {
        unsafe { _mm256_loadu_si256(at.cast()) }
    }
    #[inline(always)]
    unsafe fn splat_i(word: u32) -> __m256i {
        unsafe { _mm256_set1_epi32(word.cast_signed()) }
    }
    #[inline(always)]
    unsafe fn dot(acc: __m256i, activations: __m256i, weights: __m256i) -> __m256i {
        unsafe { _mm256_add_epi32(acc, _mm256_madd_epi16(activations, weights)) }
    }
    #[inline(always)]
    unsafe fn to_f(v: __m256i) -> __m256 {
        unsafe { _mm256_cvtepi32_ps(v) }
    }
    #[inline(always)]
    unsafe fn store_activations(at: *mut u32, v: __m256) {
        unsafe {
            let words = _mm256_cvtps_epi32(v);
            let halves = _mm256_packus_epi32(words, words);
            let joined = _mm256_permute4x64_epi64::<0b00_00_10_00>(halves);
            _mm_storeu_si128(at.cast(), _mm256_castsi256_si128(joined));
        }
    }
}
