//! The functions of an encoder that libraries compute one number at a time, in forms the compiler vectorizes.

/// `e^x` for x ≤ 0 or small, to about 2 units in the last place; 0 below −60.
///
/// # Source
/// Range reduction by `ln 2` in two parts and a polynomial of degree 5, as in the Cephes library's `expf`.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Zero rather than a number near the smallest one: products with such subnormal numbers take a hundred
    // times as long, and softmax tails make thousands of them.
    let vanishes = x < -60.0;
    let x = x.clamp(-60.0, 88.0);
    // Adding and taking away 1.5 · 2²³ rounds to a whole number; `round` would be a call on older CPUs.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p * r + c;
    }
    let y = p * r * r + r + 1.0;
    // The low bits of `shifted` are n itself; moved to the exponent's place they give 2^n.
    let scale = f32::from_bits(
        shifted
            .to_bits()
            .wrapping_sub(ROUND.to_bits())
            .wrapping_add(127)
            << 23,
    );
    if vanishes { 0.0 } else { y * scale }
}

/// The exact GELU `x · Φ(x)` and its slope `Φ(x) + x · φ(x)`, to about 1e-7.
///
/// # Source
/// Abramowitz and Stegun, "Handbook of Mathematical Functions", formula 7.1.26 for the error function.
#[inline(always)]
pub(super) fn gelu_and_slope(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + c;
    }
    let bell = exp(-z * z);
    let half_tail = 0.5 * p * t * bell;
    let cdf = if x >= 0.0 { 1.0 - half_tail } else { half_tail };
    // φ(x) = e^(−x²/2) / √(2π)
    (x * cdf, cdf + x * 0.398_942_3 * bell)
}
