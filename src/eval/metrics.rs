//! Measures of agreement between a reader's decisions and gold, as plain functions of numbers.

use crate::eval::bootstrap::Tally;

/// Decisions against gold, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given by both.
    pub true_positive: usize,
    /// Given by the reader only.
    pub false_positive: usize,
    /// Given by gold only.
    pub false_negative: usize,
    /// Given by neither.
    pub true_negative: usize,
}

impl Counts {
    /// Adds one decision.
    pub fn add(&mut self, decision: bool, gold: bool) {
        match (decision, gold) {
            (true, true) => self.true_positive += 1,
            (true, false) => self.false_positive += 1,
            (false, true) => self.false_negative += 1,
            (false, false) => self.true_negative += 1,
        }
    }

    /// Adds all of another count.
    pub fn merge(&mut self, other: Self) {
        self.true_positive += other.true_positive;
        self.false_positive += other.false_positive;
        self.false_negative += other.false_negative;
        self.true_negative += other.true_negative;
    }

    /// Share of the reader's labels that gold has, in [0, 1]; 0 if the reader gave none.
    #[must_use]
    pub fn precision(self) -> f64 {
        ratio(self.true_positive, self.true_positive + self.false_positive)
    }

    /// Share of gold's labels that the reader gave, in [0, 1]; 0 if gold has none.
    #[must_use]
    pub fn recall(self) -> f64 {
        ratio(self.true_positive, self.true_positive + self.false_negative)
    }

    /// Harmonic mean of precision and recall, in [0, 1]; 0 if neither gave a label.
    #[must_use]
    pub fn f1(self) -> f64 {
        ratio(
            2 * self.true_positive,
            2 * self.true_positive + self.false_positive + self.false_negative,
        )
    }

    /// Number of gold labels.
    #[must_use]
    pub fn n_gold(self) -> usize {
        self.true_positive + self.false_negative
    }

    /// Cohen's kappa of the two, in [−1, 1]; 0 if chance alone would agree fully.
    ///
    /// # Source
    /// J. Cohen, "A coefficient of agreement for nominal scales", 1960.
    #[must_use]
    pub fn kappa(self) -> f64 {
        let n = self.true_positive + self.false_positive + self.false_negative + self.true_negative;
        let observed = ratio(self.true_positive + self.true_negative, n);
        let (a, b) = (
            ratio(self.true_positive + self.false_positive, n),
            ratio(self.true_positive + self.false_negative, n),
        );
        let chance = a * b + (1.0 - a) * (1.0 - b);
        if chance >= 1.0 {
            0.0
        } else {
            (observed - chance) / (1.0 - chance)
        }
    }
}

/// `part / whole`, and 0 where there is no whole.
#[must_use]
pub fn ratio(part: usize, whole: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let value = if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    };
    value
}

/// Mean precision at every gold label when the passages are ranked by score, in [0, 1]; `None` without gold.
///
/// Ties keep their order, so that equal scores cannot flatter.
#[must_use]
pub fn average_precision(scores: &[f32], gold: &[bool]) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut found, mut sum) = (0_usize, 0.0);
    for (rank, &idx) in order.iter().enumerate() {
        if gold[idx] {
            found += 1;
            sum += ratio(found, rank + 1);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let mean = sum / found.max(1) as f64;
    (found > 0).then_some(mean)
}

/// Expected calibration error of probabilities, in [0, 1]: the gap between mean probability and share of
/// gold in each of `n_bins` bins of equal width, weighted by the number of probabilities in the bin.
///
/// # Source
/// M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015.
#[must_use]
pub fn calibration_error(probabilities: &[f32], gold: &[bool], n_bins: usize) -> f64 {
    let mut bins = vec![(0_usize, 0.0_f64, 0_usize); n_bins.max(1)];
    for (&p, &gold) in probabilities.iter().zip(gold) {
        let bin = bin_of(p, bins.len());
        bins[bin].0 += 1;
        bins[bin].1 += f64::from(p);
        bins[bin].2 += usize::from(gold);
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let gap: f64 = bins
        .iter()
        .map(|&(_, sum, gold)| (sum - gold as f64).abs())
        .sum();
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let n = probabilities.len().max(1) as f64;
    gap / n
}

/// The bin of a probability among bins of equal width.
pub(crate) fn bin_of(p: f32, n_bins: usize) -> usize {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "p is in [0, 1] and bins are few"
    )]
    let bin = (p * n_bins as f32) as usize;
    bin.min(n_bins - 1)
}

/// What Krippendorff's alpha of yes/no decisions is computed from; sums of documents are sums of these.
///
/// # Source
/// K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, nominal data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlphaCounts {
    /// Pairs of differing values inside units, each weighted by 1 over the unit's readers less one.
    differing: f64,
    n: usize,
    n_yes: usize,
}

impl AlphaCounts {
    /// Adds a unit: the decisions of the readers who judged it. One decision alone says nothing.
    pub fn add(&mut self, values: &[bool]) {
        if values.len() < 2 {
            return;
        }
        let n_yes = values.iter().filter(|&&value| value).count();
        self.differing += 2.0 * ratio(n_yes * (values.len() - n_yes), values.len() - 1);
        self.n += values.len();
        self.n_yes += n_yes;
    }

    /// Adds the sums of other units.
    pub fn join(&mut self, other: Self) {
        self.differing += other.differing;
        self.n += other.n;
        self.n_yes += other.n_yes;
    }

    /// Alpha, at most 1; `None` if nothing could be paired.
    #[must_use]
    pub fn alpha(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let expected = 2.0 * ratio(self.n_yes * (self.n - self.n_yes), self.n - 1);
        Some(if expected == 0.0 {
            1.0
        } else {
            1.0 - self.differing / expected
        })
    }
}

impl Tally for AlphaCounts {
    fn merge(&mut self, other: Self) {
        self.join(other);
    }
}

impl Tally for Counts {
    fn merge(&mut self, other: Self) {
        Self::merge(self, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn counts_by_hand() {
        let counts = Counts {
            true_positive: 6,
            false_positive: 2,
            false_negative: 4,
            true_negative: 88,
        };
        near(counts.precision(), 0.75);
        near(counts.recall(), 0.6);
        near(counts.f1(), 12.0 / 18.0);
        // observed 0.94; chance 0.08 · 0.10 + 0.92 · 0.90 = 0.836
        near(counts.kappa(), (0.94 - 0.836) / (1.0 - 0.836));
    }

    #[test]
    fn average_precision_by_hand() {
        // Ranks 1, 3 and 4 are gold: (1/1 + 2/3 + 3/4) / 3
        let found = average_precision(&[0.9, 0.8, 0.7, 0.6], &[true, false, true, true]).unwrap();
        near(found, (1.0 + 2.0 / 3.0 + 0.75) / 3.0);
        assert_eq!(average_precision(&[0.9], &[false]), None);
    }

    #[test]
    fn calibration_error_by_hand() {
        // Bin 0-0.5: mean 0.2, none gold; bin 0.5-1: mean 0.8, one of two gold.
        let found = calibration_error(&[0.2, 0.2, 0.8, 0.8], &[false, false, true, false], 2);
        assert!((found - (0.5 * 0.2 + 0.5 * 0.3)).abs() < 1e-6);
    }

    fn alpha(units: &[&[bool]]) -> Option<f64> {
        let mut counts = AlphaCounts::default();
        units.iter().for_each(|unit| counts.add(unit));
        counts.alpha()
    }

    #[test]
    fn alpha_at_its_ends() {
        near(alpha(&[&[true, true], &[false, false]]).unwrap(), 1.0);
        // Two readers who always differ: observed 4, expected 2 · 2 · 2 / 3.
        near(
            alpha(&[&[true, false], &[false, true]]).unwrap(),
            1.0 - 4.0 * 3.0 / 8.0,
        );
        assert_eq!(alpha(&[&[true]]), None);
    }
}
