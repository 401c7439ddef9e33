//! Fitting a matcher and heads over it: closed forms and small logistic regressions, in seconds on a CPU.

use crate::classify::{Features, N_FEATURES, Weights};
use crate::embed::Embeddings;
use crate::linear::{Cholesky, Rows, dot};

/// Passages and texts for each unit of the ridge of the map. Less ridge follows the base more closely, and with it
/// its likeness of topics; more keeps to what both encoders agree on.
const ROWS_A_RIDGE: f64 = 1500.0;
/// What a set of pairs counts in all, however many it has: beside it the ridge below is a single pair in a thousand.
const SET_WEIGHT: f64 = 1000.0;
/// Pull of every factor towards zero.
const RIDGE: f64 = 1.0;
/// Length of the unit vectors that a head of one's own is fitted on, and its pull towards the matcher: five examples
/// move it a little, twenty a good deal.
const HEAD_SCALE: f64 = 4.0;
/// See [`HEAD_SCALE`].
const HEAD_PULL: f64 = 3.0;
/// The same for its constant. Examples are chosen because they show a competency, so it is more usual in them than in a
/// packet: with a weaker pull the constant took that over and gave too much (precision 0.56 for 0.62 on a codebook of
/// six competencies with five examples each).
const BIAS_PULL: f64 = 1.0;

/// The linear map from an encoder's vectors, less their mean, to those of the encoder it was trained from.
///
/// The fine-tuned encoder has turned towards its labels; the map brings back what the base knew of other matters.
///
/// # Shape
/// Both embeddings hold the same texts, (n, d) and (n, m); the map is (d, m), row-major.
///
/// # Panics
/// If they do not hold equally many.
#[must_use]
pub fn base_map(tuned: &Embeddings, base: &Embeddings) -> Option<Vec<f32>> {
    assert_eq!(tuned.len(), base.len(), "the same texts");
    let (d, m) = (tuned.dim, base.dim);
    let (tuned, base) = (centered(tuned), centered(base));
    let n_rows = tuned.len() / d.max(1);
    let mut gram = vec![0.0; d * d];
    let mut cross = vec![0.0; m * d];
    for (x, y) in tuned.chunks_exact(d).zip(base.chunks_exact(m)) {
        for (i, value) in x.iter().enumerate() {
            add(&mut gram[i * d..i * d + i + 1], x, *value);
        }
        for (j, value) in y.iter().enumerate() {
            add(&mut cross[j * d..(j + 1) * d], x, *value);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "some ten thousand texts")]
    let ridge = n_rows as f64 / ROWS_A_RIDGE;
    for i in 0..d {
        gram[i * d + i] += ridge;
    }
    let system = Cholesky::new(gram, d)?;
    let mut map = vec![0.0; d * m];
    for (j, column) in cross.chunks_exact_mut(d).enumerate() {
        system.solve(column);
        for (i, value) in column.iter().enumerate() {
            #[allow(clippy::cast_possible_truncation, reason = "stored as 16-bit floats")]
            let value = *value as f32;
            map[i * m + j] = value;
        }
    }
    Some(map)
}

fn add(to: &mut [f64], row: &[f64], factor: f64) {
    to.iter_mut().zip(row).for_each(|(t, x)| *t += factor * x);
}

/// The rows less their mean, in doubles.
fn centered(embeddings: &Embeddings) -> Vec<f64> {
    let d = embeddings.dim;
    let mut rows: Vec<f64> = embeddings.rows.iter().map(|&v| f64::from(v)).collect();
    let mut mean = vec![0.0; d];
    rows.chunks_exact(d)
        .for_each(|row| add(&mut mean, row, 1.0));
    #[allow(clippy::cast_precision_loss, reason = "some ten thousand texts")]
    let n = embeddings.len().max(1) as f64;
    mean.iter_mut().for_each(|v| *v /= n);
    for row in rows.chunks_exact_mut(d) {
        add(row, &mean, -1.0);
    }
    rows
}

/// Pairs of a passage and a competency of one codebook, with what gold says; none where it is open.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Features of every pair.
    pub features: Vec<Features>,
    /// Whether gold has the label, in the same order.
    pub gold: Vec<Option<bool>>,
}

/// The weights under which gold is most likely, every set of pairs counting alike; none without both answers.
#[must_use]
pub fn fit_weights(sets: &[&Pairs]) -> Option<Weights> {
    let mut rows = Rows::default();
    for set in sets {
        let start = rows.yes.len();
        for (features, gold) in set.features.iter().zip(&set.gold) {
            if let Some(gold) = gold {
                rows.terms.extend(features.iter().map(|&x| f64::from(x)));
                rows.terms.push(1.0);
                rows.yes.push(*gold);
            }
        }
        let n = rows.yes.len() - start;
        #[allow(clippy::cast_precision_loss, reason = "some ten thousand pairs")]
        let weight = SET_WEIGHT / n.max(1) as f64;
        rows.weights.extend(std::iter::repeat_n(weight, n));
    }
    if !rows.yes.contains(&true) || !rows.yes.contains(&false) {
        return None;
    }
    rows.offsets = vec![0.0; rows.yes.len()];
    let mut pull = [RIDGE; N_FEATURES + 1];
    pull[N_FEATURES] = 0.0;
    let found = rows.fit(&[0.0; N_FEATURES + 1], &pull)?;
    let mut weights = Weights::default();
    for (to, from) in weights.factors.iter_mut().zip(&found) {
        *to = single(*from);
    }
    weights.offset = single(found[N_FEATURES]);
    Some(weights)
}

#[allow(clippy::cast_possible_truncation, reason = "stored as 32-bit floats")]
fn single(value: f64) -> f32 {
    value as f32
}

/// What one level of one competency adds to the matcher's logits: a row of d numbers and a constant.
///
/// Regression towards the matcher: without examples nothing is added.
///
/// # Shape
/// `units` is (n, d), row-major, [unit vectors](crate::classify::Matcher::unit_vector) of the examples; `logits` and
/// `gold` are (n).
#[must_use]
pub fn fit_own_head(
    units: &[f32],
    dim: usize,
    logits: &[f32],
    gold: &[bool],
) -> Option<(Vec<f32>, f32)> {
    let terms: Vec<f64> = units.iter().map(|&x| HEAD_SCALE * f64::from(x)).collect();
    let n = gold.len();
    let mut rows = Rows {
        terms: Vec::new(),
        offsets: logits.iter().map(|&x| f64::from(x)).collect(),
        yes: gold.to_vec(),
        weights: vec![1.0; n],
    };
    // With fewer examples than numbers the factors lie in the span of the examples: the rows of a triangle whose
    // square is their products stand for them, and the fit is as small as they are few.
    let span = (n < dim).then(|| span(&terms, dim)).flatten();
    let width = if span.is_some() { n } else { dim };
    for row in 0..n {
        match &span {
            Some(span) => rows.terms.extend_from_slice(span.row(row)),
            None => rows
                .terms
                .extend_from_slice(&terms[row * dim..(row + 1) * dim]),
        }
        rows.terms.push(1.0);
    }
    let mut pull = vec![HEAD_PULL; width + 1];
    pull[width] = BIAS_PULL;
    let mut found = rows.fit(&vec![0.0; width + 1], &pull)?;
    let bias = found.pop()?;
    let factors = match span {
        Some(span) => {
            span.solve_upper(&mut found);
            let mut sum = vec![0.0; dim];
            for (row, share) in terms.chunks_exact(dim).zip(&found) {
                add(&mut sum, row, *share);
            }
            sum
        }
        None => found,
    };
    let weight = factors.iter().map(|&w| single(HEAD_SCALE * w)).collect();
    Some((weight, single(bias)))
}

/// The triangle whose square holds the products of the rows (n, d).
fn span(terms: &[f64], dim: usize) -> Option<Cholesky> {
    let n = terms.len() / dim;
    let row = |idx: usize| &terms[idx * dim..(idx + 1) * dim];
    let mut products = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..=a {
            products[a * n + b] = dot(row(a), row(b));
        }
        // Equal examples would leave the triangle without a height.
        products[a * n + a] += 1e-6;
    }
    Cholesky::new(products, n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Random;

    fn embeddings(dim: usize, rows: Vec<f32>) -> Embeddings {
        Embeddings {
            dim,
            rows,
            truncated: Vec::new(),
        }
    }

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "small made-up numbers")]
    fn the_map_that_made_the_base_is_found() {
        let mut random = Random::new(1, 1);
        let tuned: Vec<f32> = (0..400).map(|_| random.normal() as f32).collect();
        // (x, y) becomes (y + 1, 2 x).
        let base = tuned
            .chunks_exact(2)
            .flat_map(|row| [row[1] + 1.0, 2.0 * row[0]])
            .collect();
        let map = base_map(&embeddings(2, tuned), &embeddings(2, base)).unwrap();
        for (found, wanted) in map.iter().zip([0.0, 2.0, 1.0, 0.0]) {
            assert!((found - wanted).abs() < 0.01, "{map:?}");
        }
    }

    #[test]
    fn weights_follow_the_feature_that_tells() {
        let mut pairs = Pairs::default();
        for step in -20..=20_i16 {
            let x = f32::from(step) / 10.0;
            let mut features = [0.0; N_FEATURES];
            features[1] = x;
            pairs.features.push(features);
            pairs.gold.push((step != 0).then_some(step > 0));
        }
        let weights = fit_weights(&[&pairs]).unwrap();
        assert!(weights.factors[1] > 1.0 && weights.factors[0].abs() < 1e-6);
        pairs.gold.fill(Some(true));
        assert_eq!(fit_weights(&[&pairs]), None);
    }

    #[test]
    fn a_head_adds_nothing_without_examples_and_mends_wrong_ones() {
        let (weight, bias) = fit_own_head(&[], 2, &[], &[]).unwrap();
        assert_eq!((weight, bias), (vec![0.0, 0.0], 0.0));
        // The matcher has it the wrong way round.
        let units = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let (weight, _) = fit_own_head(
            &units,
            2,
            &[-2.0, -2.0, 2.0, 2.0],
            &[true, true, false, false],
        )
        .unwrap();
        assert!(weight[0] > 0.5 && weight[1] < -0.5, "{weight:?}");
    }

    #[test]
    fn few_examples_give_the_same_head_by_their_span() {
        // Two examples in three numbers by their span; the same twice over, and with half the pull, would not be.
        let units = [0.6, 0.8, 0.0, 0.0, 0.6, 0.8];
        let (logits, gold) = ([0.5, -0.5], [false, true]);
        let (by_span, bias) = fit_own_head(&units, 3, &logits, &gold).unwrap();
        let mut rows = Rows {
            terms: Vec::new(),
            offsets: vec![0.5, -0.5],
            yes: gold.to_vec(),
            weights: vec![1.0; 2],
        };
        for unit in units.chunks_exact(3) {
            rows.terms
                .extend(unit.iter().map(|&x| HEAD_SCALE * f64::from(x)));
            rows.terms.push(1.0);
        }
        let pull = [HEAD_PULL, HEAD_PULL, HEAD_PULL, BIAS_PULL];
        let whole = rows.fit(&[0.0; 4], &pull).unwrap();
        for (found, wanted) in by_span.iter().zip(&whole) {
            assert!((f64::from(*found) - HEAD_SCALE * wanted).abs() < 1e-3);
        }
        assert!((f64::from(bias) - whole[3]).abs() < 1e-3);
    }
}
