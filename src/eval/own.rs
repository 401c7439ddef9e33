//! Figures for competencies that were left out of training: pairs of a passage and a competency.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::bootstrap::bootstrap_interval;
use crate::eval::metrics::{Counts, average_precision};

/// Probabilities of passages and competencies, with what gold says.
#[derive(Clone, Debug, Default)]
pub struct OwnPairs {
    /// (n, k), row-major.
    pub p: Vec<f32>,
    /// The same; none where gold is open.
    pub gold: Vec<Option<bool>>,
    /// Number k of competencies.
    pub n_competencies: usize,
    /// Document of every passage; (n).
    pub documents: Vec<String>,
}

/// What was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct OwnFigures {
    /// Pairs that gold has.
    pub n_gold: usize,
    /// Lowest probability that counts.
    pub threshold: f32,
    /// Pooled over all pairs.
    pub precision: f64,
    /// As above.
    pub recall: f64,
    /// As above.
    pub f1: f64,
    /// 95 % bootstrap interval of `f1`, by document.
    pub f1_interval: (f64, f64),
    /// Mean over competencies with gold.
    pub mean_average_precision: f64,
}

impl OwnPairs {
    /// The figures at a threshold.
    #[must_use]
    pub fn figures(&self, threshold: f32) -> OwnFigures {
        let k = self.n_competencies.max(1);
        let mut all = Counts::default();
        let mut by_document: BTreeMap<&str, Counts> = BTreeMap::new();
        for ((row, gold), p) in self.gold.iter().enumerate().zip(&self.p) {
            if let Some(gold) = gold {
                all.add(*p >= threshold, *gold);
                let document = self.documents.get(row / k).map_or("", String::as_str);
                by_document
                    .entry(document)
                    .or_default()
                    .add(*p >= threshold, *gold);
            }
        }
        let average: Vec<f64> = (0..k)
            .filter_map(|label| {
                let (p, gold): (Vec<f32>, Vec<bool>) = self
                    .decided()
                    .filter(|(at, _, _)| at % k == label)
                    .map(|(_, p, gold)| (p, gold))
                    .unzip();
                average_precision(&p, &gold)
            })
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "a few dozen labels")]
        let n = average.len().max(1) as f64;
        OwnFigures {
            n_gold: all.n_gold(),
            threshold,
            precision: all.precision(),
            recall: all.recall(),
            f1: all.f1(),
            f1_interval: bootstrap_interval(
                &by_document.into_values().collect::<Vec<_>>(),
                |counts| counts.f1(),
            ),
            mean_average_precision: average.iter().sum::<f64>() / n,
        }
    }

    /// The threshold of the best F1, in steps of 0.01: what a reader gets that is tuned to the very data.
    #[must_use]
    pub fn best_threshold(&self) -> f32 {
        let f1 = |threshold: f32| {
            let mut counts = Counts::default();
            self.decided()
                .for_each(|(_, p, gold)| counts.add(p >= threshold, gold));
            counts.f1()
        };
        let mut best = (f64::MIN, 0.0);
        for step in 0..100_u8 {
            let threshold = f32::from(step) / 100.0;
            let found = f1(threshold);
            if found > best.0 {
                best = (found, threshold);
            }
        }
        best.1
    }

    /// Probabilities and gold where gold decides.
    #[must_use]
    pub fn columns(&self) -> (Vec<f32>, Vec<bool>) {
        self.decided().map(|(_, p, gold)| (p, gold)).unzip()
    }

    fn decided(&self) -> impl Iterator<Item = (usize, f32, bool)> {
        let pairs = self.gold.iter().zip(&self.p).enumerate();
        pairs.filter_map(|(at, (gold, p))| gold.map(|gold| (at, *p, gold)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_pairs_count_for_nothing() {
        let pairs = OwnPairs {
            p: vec![0.9, 0.1, 0.6, 0.7, 0.2, 0.99],
            gold: vec![
                Some(true),
                Some(false),
                Some(false),
                Some(true),
                Some(true),
                None,
            ],
            n_competencies: 2,
            documents: vec!["a".to_owned(), "b".to_owned(), "b".to_owned()],
        };
        let found = pairs.figures(0.5);
        assert_eq!(found.n_gold, 3);
        assert!((found.precision - 2.0 / 3.0).abs() < 1e-9);
        assert!((found.recall - 2.0 / 3.0).abs() < 1e-9);
        // First label: 0.9 yes, 0.6 no, 0.2 yes; second: 0.1 no, 0.7 yes.
        let wanted = f64::midpoint(f64::midpoint(1.0, 2.0 / 3.0), 1.0);
        assert!((found.mean_average_precision - wanted).abs() < 1e-9);
        assert!(pairs.best_threshold() <= 0.2);
    }
}
