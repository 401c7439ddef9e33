//! Eight lanes in plain Rust: what the compiler makes vectors of on other CPUs, and what Miri can run.

use super::lanes::Lanes;

#[derive(Clone, Copy)]
pub(super) struct Portable;

const N: usize = 8;

#[inline(always)]
fn zip<T: Copy>(a: [T; N], b: [T; N], join: impl Fn(T, T) -> T) -> [T; N] {
    std::array::from_fn(|lane| join(a[lane], b[lane]))
}

impl Lanes for Portable {
    const N: usize = N;
    const PER_WORD: usize = 4;
    type F = [f32; N];
    type I = [i32; N];

    #[inline(always)]
    unsafe fn prefetch(_at: *const u32) {}
    #[inline(always)]
    unsafe fn load(at: *const f32) -> [f32; N] {
        unsafe { at.cast::<[f32; N]>().read() }
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, v: [f32; N]) {
        unsafe { at.cast::<[f32; N]>().write(v) }
    }
    #[inline(always)]
    unsafe fn splat(v: f32) -> [f32; N] {
        [v; N]
    }
    #[inline(always)]
    unsafe fn add(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn fma(a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
        std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
    }
    #[inline(always)]
    unsafe fn min(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn max(a: [f32; N], b: [f32; N]) -> [f32; N] {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn round(v: [f32; N]) -> [f32; N] {
        v.map(f32::round_ties_even)
    }
    #[inline(always)]
    unsafe fn scale_by_power(a: [f32; N], n: [f32; N]) -> [f32; N] {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "whole numbers in [-126, 127]"
        )]
        zip(a, n, |a, n| {
            a * f32::from_bits(((n as i32 + 127) << 23).cast_unsigned())
        })
    }
    #[inline(always)]
    unsafe fn sum(v: [f32; N]) -> f32 {
        let four: [f32; 4] = std::array::from_fn(|lane| v[lane] + v[lane + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }
    #[inline(always)]
    unsafe fn smallest(v: [f32; N]) -> f32 {
        v.into_iter().fold(v[0], f32::min)
    }
    #[inline(always)]
    unsafe fn largest(v: [f32; N]) -> f32 {
        v.into_iter().fold(v[0], f32::max)
    }

    #[inline(always)]
    unsafe fn zero_i() -> [i32; N] {
        [0; N]
    }
    #[inline(always)]
    unsafe fn load_i(at: *const u32) -> [i32; N] {
        unsafe { at.cast::<[i32; N]>().read() }
    }
    #[inline(always)]
    unsafe fn splat_i(word: u32) -> [i32; N] {
        [word.cast_signed(); N]
    }
    #[inline(always)]
    unsafe fn dot(acc: [i32; N], activations: [i32; N], weights: [i32; N]) -> [i32; N] {
        std::array::from_fn(|lane| {
            let (a, w) = (activations[lane].to_ne_bytes(), weights[lane].to_ne_bytes());
            let products = a
                .iter()
                .zip(w)
                .map(|(&a, w)| i32::from(a) * i32::from(w.cast_signed()));
            acc[lane] + products.sum::<i32>()
        })
    }
    #[inline(always)]
    unsafe fn to_f(v: [i32; N]) -> [f32; N] {
        #[allow(
            clippy::cast_precision_loss,
            reason = "rounding to nearest is the point"
        )]
        v.map(|v| v as f32)
    }
    #[inline(always)]
    unsafe fn store_activations(at: *mut u32, v: [f32; N]) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole numbers in [0, 255]"
        )]
        unsafe {
            at.cast::<[u8; N]>().write_unaligned(v.map(|v| v as u8));
        }
    }
}
