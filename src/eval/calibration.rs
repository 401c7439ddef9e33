//! Whether probabilities mean what they say.

use serde::Serialize;

use crate::eval::decision::Decision;
use crate::eval::metrics::{bin_of, calibration_error, ratio};

/// Bins of equal width behind every calibration error.
pub const N_BINS: usize = 15;

/// Probabilities in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Lower bound, included.
    pub from: f64,
    /// Upper bound, included in the last bin only.
    pub to: f64,
    /// Probabilities in it.
    pub n: usize,
    /// Their mean.
    pub mean_probability: f64,
    /// Share of them that gold has.
    pub share_gold: f64,
}

/// The bins that hold a probability, lowest first.
#[must_use]
pub fn calibration_table(decisions: &[Decision]) -> Vec<CalibrationBin> {
    let mut bins = vec![(0_usize, 0.0_f64, 0_usize); N_BINS];
    for one in decisions {
        let bin = &mut bins[bin_of(one.p, N_BINS)];
        bin.0 += 1;
        bin.1 += f64::from(one.p);
        bin.2 += usize::from(one.gold);
    }
    bins.into_iter()
        .enumerate()
        .filter(|(_, (n, ..))| *n > 0)
        .map(|(idx, (n, sum, gold))| {
            #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            let mean_probability = sum / n as f64;
            CalibrationBin {
                from: ratio(idx, N_BINS),
                to: ratio(idx + 1, N_BINS),
                n,
                mean_probability,
                share_gold: ratio(gold, n),
            }
        })
        .collect()
}

/// Expected calibration error of decisions, in [0, 1].
#[must_use]
pub fn decisions_error(decisions: &[Decision]) -> f64 {
    let (p, gold): (Vec<f32>, Vec<bool>) = decisions.iter().map(|one| (one.p, one.gold)).unzip();
    calibration_error(&p, &gold, N_BINS)
}

/// Probability from which a label is possible at all.
pub const POSSIBLE: f32 = 0.05;

/// Expected calibration error of the decisions whose probability is at least [`POSSIBLE`], in [0, 1].
#[must_use]
pub fn possible_error(decisions: &[Decision]) -> f64 {
    let possible: Vec<Decision> = decisions
        .iter()
        .copied()
        .filter(|one| one.p >= POSSIBLE)
        .collect();
    decisions_error(&possible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_by_hand() {
        let decision = |p, gold| Decision {
            row: 0,
            label: 0,
            p,
            given: false,
            gold,
        };
        let table = calibration_table(&[
            decision(0.01, false),
            decision(0.03, true),
            decision(1.0, true),
        ]);
        assert_eq!(table.len(), 2);
        assert!((table[0].mean_probability - 0.02).abs() < 1e-6);
        assert!((table[0].share_gold - 0.5).abs() < 1e-9);
        assert_eq!((table[1].n, table[1].to), (1, 1.0));
    }
}
