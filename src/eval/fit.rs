//! Fitting a calibration on passages that the encoder was not trained on.

use std::collections::BTreeMap;

use crate::classify::{
    Alone, Calibration, GroupCalibration, LabelSpace, OutputGroup, Story, least_loss, neighbors,
    rivals,
};
use crate::eval::set::GoldTargets;

/// Logits of passages with what a reader decided about them.
#[derive(Clone, Debug)]
pub struct CalibrationSet {
    /// (n, k) logits of the head.
    pub logits: Vec<f32>,
    /// Decisions, (n, k).
    pub gold: GoldTargets,
    /// Number of the story of each passage; passages of a story stand together.
    pub stories: Vec<usize>,
}

/// Pull of the factors towards zero; it keeps a fit finite where a few passages could be told apart perfectly.
const RIDGE: f64 = 1.0;
/// The story parts go together freely, so none is another's rival.
const WITHOUT_RIVALS: [OutputGroup; 1] = [OutputGroup::Ccar];

/// Fits both steps of every group, each on all its labels at once; every set counts alike whatever its size.
#[must_use]
pub fn fit_calibration(sets: &[CalibrationSet], space: &LabelSpace) -> Calibration {
    let k = space.n_outputs();
    let mut calibration = Calibration::default();
    for group in OutputGroup::ALL {
        let range = space.range(group);
        let mut rows = Rows::default();
        for set in sets {
            let start = rows.gold.len();
            for (passage, logits) in set.logits.chunks_exact(k).enumerate() {
                let rivals = rivals(&logits[range.clone()]);
                for (output, rival) in range.clone().zip(rivals) {
                    let mut terms = Alone::terms(logits[output], rival);
                    if WITHOUT_RIVALS.contains(&group) {
                        terms[1..].fill(0.0);
                    }
                    rows.push(&terms, set, passage * k + output);
                }
            }
            rows.weigh_from(start);
        }
        let Some(factors) = rows.fit(5) else {
            continue;
        };
        let alone = Alone {
            own: factors[0],
            rival: factors[1],
            own_times_rival: factors[2],
            own_squared: factors[3],
            rival_squared: factors[4],
            offset: factors[5],
        };
        calibration.groups.insert(
            group.name().to_owned(),
            GroupCalibration { alone, story: None },
        );
    }
    let stories: BTreeMap<String, Story> = OutputGroup::ALL
        .into_iter()
        .filter_map(|group| {
            let mut rows = Rows::default();
            for set in sets {
                let start = rows.gold.len();
                let alone = calibration.alone(&set.logits, space);
                let (before, after) = neighbors(&alone, k, &set.stories);
                for passage in 0..set.stories.len() {
                    for at in space.range(group).map(|output| passage * k + output) {
                        rows.push(&[alone[at], before[at], after[at]], set, at);
                    }
                }
                rows.weigh_from(start);
            }
            let factors = rows.fit(3)?;
            let story = Story {
                own: factors[0],
                before: factors[1],
                after: factors[2],
                offset: factors[3],
            };
            Some((group.name().to_owned(), story))
        })
        .collect();
    for (name, story) in stories {
        if let Some(group) = calibration.groups.get_mut(&name) {
            group.story = Some(story);
        }
    }
    calibration
}

/// Most steps of a fit.
const MAX_STEPS: usize = 100;

/// Rows of a logistic regression.
#[derive(Default)]
struct Rows {
    terms: Vec<f64>,
    gold: Vec<bool>,
    weights: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: &[f32], set: &CalibrationSet, at: usize) {
        if set.gold.decided[at] {
            self.terms.extend(terms.iter().map(|term| f64::from(*term)));
            self.gold.push(set.gold.targets[at]);
        }
    }

    /// Gives the rows from `start` on the weight of 50,000 together: a set of some 1,800 passages and 28 labels.
    fn weigh_from(&mut self, start: usize) {
        let n = self.gold.len() - start;
        #[allow(clippy::cast_precision_loss, reason = "data sets are small")]
        let weight = 50_000.0 / n.max(1) as f64;
        self.weights.extend(std::iter::repeat_n(weight, n));
    }

    /// Factors of `n_terms` terms and the constant, the most likely ones under a ridge; none without both decisions.
    fn fit(&self, n_terms: usize) -> Option<Vec<f32>> {
        if !self.gold.contains(&true) || !self.gold.contains(&false) {
            return None;
        }
        let d = n_terms + 1;
        let step = |factors: &[f64]| {
            let (gradient, curvature) = self.derivatives(factors, n_terms);
            solve(curvature, gradient)
        };
        let loss = |factors: &[f64]| self.loss(factors, n_terms);
        let factors = least_loss(vec![0.0; d], MAX_STEPS, loss, step)?;
        #[allow(clippy::cast_possible_truncation, reason = "stored as 32-bit floats")]
        let factors = factors.into_iter().map(|factor| factor as f32).collect();
        Some(factors)
    }

    fn logit(&self, factors: &[f64], row: usize, n_terms: usize) -> f64 {
        let terms = &self.terms[row * n_terms..(row + 1) * n_terms];
        factors[n_terms] + terms.iter().zip(factors).map(|(t, f)| t * f).sum::<f64>()
    }

    fn loss(&self, factors: &[f64], n_terms: usize) -> f64 {
        let ridge: f64 = factors[..n_terms].iter().map(|f| f * f).sum();
        let likelihood: f64 = (0..self.gold.len())
            .map(|row| {
                let x = self.logit(factors, row, n_terms);
                let against = if self.gold[row] { -x } else { x };
                self.weights[row] * (against.max(0.0) + (-against.abs()).exp().ln_1p())
            })
            .sum();
        likelihood + 0.5 * RIDGE * ridge
    }

    fn derivatives(&self, factors: &[f64], n_terms: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
        let d = n_terms + 1;
        let mut gradient = vec![0.0; d];
        let mut curvature = vec![vec![0.0; d]; d];
        for term in 0..n_terms {
            gradient[term] = RIDGE * factors[term];
            curvature[term][term] = RIDGE;
        }
        curvature[n_terms][n_terms] = 1e-9;
        let mut row_terms = vec![1.0; d];
        for row in 0..self.gold.len() {
            row_terms[..n_terms].copy_from_slice(&self.terms[row * n_terms..(row + 1) * n_terms]);
            let p = 1.0 / (1.0 + (-self.logit(factors, row, n_terms)).exp());
            let error = self.weights[row] * (p - f64::from(u8::from(self.gold[row])));
            let curve = self.weights[row] * p * (1.0 - p);
            for a in 0..d {
                gradient[a] += error * row_terms[a];
                for b in 0..d {
                    curvature[a][b] += curve * row_terms[a] * row_terms[b];
                }
            }
        }
        // A term that is zero everywhere has no curvature of its own.
        for (idx, row) in curvature.iter_mut().enumerate() {
            row[idx] += 1e-9;
        }
        (gradient, curvature)
    }
}

/// Solves a small symmetric system by elimination with pivots; none if it is singular.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let d = right.len();
    for column in 0..d {
        let pivot = (column..d)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        if matrix[column][column].abs() < 1e-300 {
            return None;
        }
        for row in column + 1..d {
            let factor = matrix[row][column] / matrix[column][column];
            let (above, below) = matrix.split_at_mut(row);
            for (entry, other) in below[0][column..].iter_mut().zip(&above[column][column..]) {
                *entry -= factor * other;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..d).rev() {
        for at in row + 1..d {
            right[row] -= matrix[row][at] * right[at];
        }
        right[row] /= matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::sigmoid;

    fn space() -> LabelSpace {
        LabelSpace {
            competencies: vec!["one".to_owned(), "two".to_owned()],
            ..LabelSpace::default()
        }
    }

    /// Passages on a grid of logits, each many times, gold drawn from the true probability.
    fn drawn(truth: impl Fn(f32, f32) -> f32) -> CalibrationSet {
        let k = space().n_outputs();
        let (mut logits, mut targets) = (Vec::new(), Vec::new());
        for a in -8..=4_i16 {
            for b in -8..=4_i16 {
                let (a, b) = (f32::from(a), f32::from(b));
                for draw in 0..40_u16 {
                    let share = (f32::from(draw) + 0.5) / 40.0;
                    let mut row = vec![0.0; k];
                    row[..2].copy_from_slice(&[a, b]);
                    let mut gold = vec![false; k];
                    gold[0] = share < sigmoid(truth(a, b));
                    gold[1] = share < sigmoid(truth(b, a));
                    logits.extend(row);
                    targets.extend(gold);
                }
            }
        }
        let n = targets.len() / k;
        let mut decided = vec![false; n * k];
        for row in decided.chunks_exact_mut(k) {
            row[..2].fill(true);
        }
        CalibrationSet {
            logits,
            gold: GoldTargets { targets, decided },
            stories: (0..n).collect(),
        }
    }

    #[test]
    fn a_fit_finds_the_form_that_made_the_data() {
        let set = drawn(|own, rival| 1.5 * own - 0.5 * rival + 0.25);
        let calibration = fit_calibration(&[set], &space());
        let alone = calibration.group(OutputGroup::Demonstrated).alone;
        assert!((alone.own - 1.5).abs() < 0.15, "{alone:?}");
        assert!((alone.rival + 0.5).abs() < 0.15, "{alone:?}");
        assert!((alone.offset - 0.25).abs() < 0.2, "{alone:?}");
    }

    #[test]
    fn without_both_decisions_nothing_is_fitted() {
        let mut set = drawn(|own, _| own);
        set.gold.targets.fill(false);
        assert!(fit_calibration(&[set], &space()).groups.is_empty());
    }

    #[test]
    fn a_singular_system_has_no_answer() {
        assert!(solve(vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![1.0, 2.0]).is_none());
        let found = solve(vec![vec![2.0, 1.0], vec![1.0, 3.0]], vec![3.0, 5.0]).unwrap();
        assert!((found[0] - 0.8).abs() < 1e-12 && (found[1] - 1.4).abs() < 1e-12);
    }
}
