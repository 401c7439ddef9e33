//! Every kernel of every instruction set that this CPU has, against plain loops in 64 bits over odd sizes.

use super::*;

/// A number in [-1, 1) that looks random.
fn noise(seed: usize) -> f32 {
    let mut x = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    ((x >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
}

fn values(n: usize, seed: usize, factor: f32) -> Vec<f32> {
    (0..n)
        .map(|idx| noise(idx + 7919 * seed) * factor)
        .collect()
}

fn activations(rows: &[Vec<f32>]) -> Activations {
    let mut x = Activations::new(rows.len(), rows[0].len());
    for (idx, row) in rows.iter().enumerate() {
        x.set_row(idx, row);
    }
    x
}

fn row(x: &Activations, row: usize) -> Vec<f32> {
    let mut sum = vec![0.0; x.n_blocks * BLOCK];
    x.add_rows(row..row + 1, &mut sum);
    sum
}

fn gelu(x: f64) -> f64 {
    // The distribution function by its series; the arguments are small.
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while f64::abs(term) > 1e-18 {
        term *= x * x / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    x * (0.5 + density * sum)
}

fn assert_near(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (idx, (found, expected)) in found.iter().zip(expected).enumerate() {
        let gap = (f64::from(*found) - expected).abs();
        assert!(
            gap <= tolerance * (1.0 + expected.abs()),
            "{what}, {idx}: {found} for {expected}"
        );
    }
}

/// Sizes that leave tiles of every height, and blocks of words that are not full.
const SHAPES: &[(usize, usize, usize)] = if cfg!(miri) {
    &[(7, 32, 32), (2, 64, 64)]
} else {
    &[
        (1, 32, 32),
        (2, 64, 96),
        (5, 96, 32),
        (6, 160, 64),
        (7, 32, 128),
        (11, 384, 64),
        (12, 128, 32),
        (13, 64, 32),
        (23, 256, 96),
        (24, 32, 32),
        (62, 384, 96),
        (193, 96, 64),
    ]
};

#[test]
fn float_layers_equal_plain_products() {
    for kernels in Kernels::all() {
        for &(n_rows, k, n) in SHAPES {
            let rows: Vec<_> = (0..n_rows).map(|r| values(k, r, 1.0)).collect();
            let (matrix, bias) = (values(k * n, 501, 0.3), values(n, 502, 1.0));
            let (x, weights) = (activations(&rows), FloatWeights::new(&matrix, &bias));
            let before = values(n, 503, 1.0);
            for then in [Then::Store, Then::Gelu, Then::Add] {
                let mut out = activations(&vec![before.clone(); n_rows]);
                kernels.linear_f32(&x, n_rows, &weights, then, &mut out);
                for (r, x) in rows.iter().enumerate() {
                    let expected: Vec<f64> = (0..n)
                        .map(|col| {
                            let w = &matrix[col * k..(col + 1) * k];
                            let products =
                                x.iter().zip(w).map(|(x, w)| f64::from(*x) * f64::from(*w));
                            let y = products.sum::<f64>() + f64::from(bias[col]);
                            match then {
                                Then::Store => y,
                                Then::Gelu => gelu(y),
                                Then::Add => y + f64::from(before[col]),
                            }
                        })
                        .collect();
                    let what = format!("{} {n_rows}x{k}x{n} {then:?} row {r}", kernels.name());
                    assert_near(&row(&out, r), &expected, 4e-6, &what);
                }
            }
        }
    }
}

/// What the kernels read of a quantized row.
fn dequantized(q: &Quantized, row: usize) -> (Vec<i64>, f64, f64) {
    let per_block = BLOCK * q.per_word;
    let bits = 32 / q.per_word;
    let numbers = (0..q.n_cols)
        .map(|col| {
            let word =
                q.words[col / per_block * q.stride() + row * BLOCK + col % per_block / q.per_word];
            i64::from((word >> (bits * (col % q.per_word))) & (u32::MAX >> (32 - bits)))
        })
        .collect();
    (
        numbers,
        f64::from(q.scales[row][0]),
        f64::from(q.scales[row][1]),
    )
}

#[test]
fn quantized_rows_are_within_half_a_step() {
    for kernels in Kernels::all() {
        for n_cols in [32, 96, 384] {
            let mut rows = vec![
                vec![0.0; n_cols],
                vec![3.0; n_cols],
                vec![-2.0; n_cols],
                vec![1e-40; n_cols],
                vec![1e30; n_cols],
                values(n_cols, 1, 5.0),
                values(n_cols, 2, 1e-12),
            ];
            rows.push(
                values(n_cols, 3, 1.0)
                    .iter()
                    .map(|v| v.max(-0.1) * 9.0)
                    .collect(),
            );
            let x = activations(&rows);
            let mut q = kernels.quantized(rows.len(), n_cols);
            kernels.quantize(&x, rows.len(), &mut q);
            for (r, row) in rows.iter().enumerate() {
                let (numbers, scale, zero) = dequantized(&q, r);
                assert!(
                    numbers.iter().all(|u| (0..=255).contains(u)),
                    "{}",
                    kernels.name()
                );
                for (u, v) in numbers.iter().zip(row) {
                    let gap = (scale * (*u as f64 - zero) - f64::from(*v)).abs();
                    // Half a step from rounding the number, half from rounding the zero.
                    assert!(
                        gap <= scale * 1.001 + 1e-30,
                        "{} row {r}: {v} off by {gap}",
                        kernels.name()
                    );
                }
            }
        }
    }
}

#[test]
fn byte_layers_have_exact_sums() {
    for kernels in Kernels::all() {
        for &(n_rows, k, n) in SHAPES {
            let mut rows: Vec<_> = (0..n_rows).map(|r| values(k, r, 1.0)).collect();
            // The largest sums there can be: every activation and weight at its end.
            rows[0] = vec![1.0; k];
            let mut matrix = values(k * n, 601, 0.3);
            matrix[..k].fill(0.3);
            let bias = values(n, 602, 1.0);
            let x = activations(&rows);
            let mut q = kernels.quantized(n_rows, k);
            kernels.quantize(&x, n_rows, &mut q);
            let weights = IntegerWeights::new(kernels, &matrix, &bias);
            let mut out = Activations::new(n_rows, n);
            kernels.linear_i8(&q, n_rows, &weights, Then::Store, &mut out);
            for r in 0..n_rows {
                let (u, scale, zero) = dequantized(&q, r);
                let expected: Vec<f64> = (0..n)
                    .map(|col| {
                        let w = &matrix[col * k..(col + 1) * k];
                        let inverse = 127.0 / w.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                        let q = w.iter().map(|v| (v * inverse).round_ties_even() as i64);
                        let (mut dot, mut sum) = (0, 0);
                        for (u, q) in u.iter().zip(q) {
                            dot += u * q;
                            sum += q;
                        }
                        let whole = dot as f64 - zero * sum as f64;
                        whole * scale * f64::from(weights.scales[col]) + f64::from(bias[col])
                    })
                    .collect();
                let what = format!("{} {n_rows}x{k}x{n} row {r}", kernels.name());
                assert_near(&row(&out, r), &expected, 2e-6, &what);
            }
        }
    }
}

#[test]
fn layer_norm_by_its_formula() {
    for kernels in Kernels::all() {
        for n_cols in [32, 96, 384] {
            let (gamma, beta) = (values(n_cols, 701, 2.0), values(n_cols, 702, 1.0));
            let rows = [
                values(n_cols, 1, 3.0),
                vec![2.5; n_cols],
                values(n_cols, 2, 1e-3),
            ];
            let mut x = activations(&rows);
            kernels.layer_norm(&mut x, rows.len(), &gamma, &beta, 1e-12);
            for (r, before) in rows.iter().enumerate() {
                let wide = before.iter().map(|v| f64::from(*v));
                let mean = wide.clone().sum::<f64>() / n_cols as f64;
                let variance =
                    wide.clone().map(|v| (v - mean).powi(2)).sum::<f64>() / n_cols as f64;
                let factor = 1.0 / (variance + 1e-12).sqrt();
                let expected: Vec<f64> = wide
                    .zip(gamma.iter().zip(&beta))
                    .map(|(v, (g, b))| (v - mean) * factor * f64::from(*g) + f64::from(*b))
                    .collect();
                assert_near(&row(&x, r), &expected, 1e-5, kernels.name());
            }
        }
    }
}

#[test]
fn attention_stays_inside_its_text() {
    let lengths: &[usize] = if cfg!(miri) {
        &[3, 14]
    } else {
        &[1, 2, 13, 31, 32, 33, 62, 140]
    };
    for kernels in Kernels::all() {
        for head in [32, 64] {
            let d = 128;
            let n_rows: usize = lengths.iter().sum();
            // Scores up to some dozens: weights from 0 to 1.
            let rows: Vec<_> = (0..n_rows).map(|r| values(3 * d, r, 2.0)).collect();
            let qkv = activations(&rows);
            let mut out = Activations::new(n_rows, d);
            let mut room = AttentionRoom::new(140, head);
            let mut first = 0;
            for &t in lengths {
                kernels.attention(&qkv, first..first + t, &mut room, &mut out);
                for query in first..first + t {
                    let mut expected = Vec::new();
                    for h in (0..d).step_by(head) {
                        let score = |key: usize| -> f64 {
                            (0..head)
                                .map(|i| {
                                    f64::from(rows[query][h + i]) * f64::from(rows[key][d + h + i])
                                })
                                .sum()
                        };
                        let scores: Vec<f64> = (first..first + t).map(score).collect();
                        let highest = scores.iter().copied().fold(f64::MIN, f64::max);
                        let sum: f64 = scores.iter().map(|s| (s - highest).exp()).sum();
                        expected.extend((0..head).map(|i| {
                            let weighted = scores.iter().enumerate().map(|(key, s)| {
                                (s - highest).exp() * f64::from(rows[first + key][2 * d + h + i])
                            });
                            weighted.sum::<f64>() / sum
                        }));
                    }
                    let what = format!("{} head {head} text of {t}", kernels.name());
                    assert_near(&row(&out, query), &expected, 2e-5, &what);
                }
                first += t;
            }
        }
    }
}

/// Far scores: no overflow, no number that is none, and no subnormal weights.
#[test]
fn attention_with_extreme_scores() {
    for kernels in Kernels::all() {
        let mut rows = vec![vec![0.0; 96]; 5];
        for (r, row) in rows.iter_mut().enumerate() {
            row[..64].fill([1e4, -1e4, 3.0, 1e-40, -1e-40][r]);
            row[64..].fill(r as f32);
        }
        let qkv = activations(&rows);
        let mut out = Activations::new(5, 32);
        kernels.attention(&qkv, 0..5, &mut AttentionRoom::new(5, 32), &mut out);
        // The first query sees only the first key, the second only the second.
        for (query, expected) in [0.0, 1.0].into_iter().enumerate() {
            let found = row(&out, query);
            assert!(
                found.iter().all(|v| (v - expected).abs() < 1e-30),
                "{}",
                kernels.name()
            );
        }
        assert!((3..5).all(|r| row(&out, r).iter().all(|v| (v - 2.0).abs() < 1e-6)));
    }
}

#[test]
fn gelu_at_and_beyond_the_edges() {
    let points = [
        0.0, 1e-40, 1e-3, 0.5, 1.0, 2.0, 4.0, 5.0, 5.2, 5.3, 8.0, 100.0, 1e30,
    ];
    let points: Vec<f32> = points
        .iter()
        .flat_map(|v| [*v, -*v])
        .chain([0.0; 6])
        .collect();
    for kernels in Kernels::all() {
        // The identity, so that every number meets gelu as it is.
        let mut identity = vec![0.0; 32 * 32];
        (0..32).for_each(|idx| identity[idx * 33] = 1.0);
        let weights = FloatWeights::new(&identity, &[0.0; 32]);
        let mut out = Activations::new(1, 32);
        kernels.linear_f32(
            &activations(std::slice::from_ref(&points)),
            1,
            &weights,
            Then::Gelu,
            &mut out,
        );
        for (x, y) in points.iter().zip(row(&out, 0)) {
            let expected = match *x {
                x if x > 8.0 => f64::from(x),
                x if x < -8.0 => 0.0,
                x => gelu(f64::from(x)),
            };
            let gap = (f64::from(y) - expected).abs();
            assert!(
                gap <= 1.2e-7 * f64::from(x.abs()).max(1e-30),
                "{}: gelu({x}) = {y}",
                kernels.name()
            );
        }
    }
}
