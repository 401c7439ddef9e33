//! Whether calibration and thresholds chosen on one kind of text hold on another.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::classify::sigmoid;
use crate::eval::bootstrap::bootstrap_interval;
use crate::eval::calibration::{decisions_error, possible_error};
use crate::eval::decision::Decision;
use crate::eval::line::{Line, fit_line};
use crate::eval::metrics::Counts;
use crate::eval::threshold::choose_threshold;

/// The decisions on one data set and the document of each passage.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// Name of the data set.
    pub name: &'a str,
    /// Decisions of one group.
    pub decisions: Vec<Decision>,
    /// Document of every passage, by [`Decision::row`].
    pub documents: Vec<&'a str>,
}

/// A calibration line and a threshold, chosen together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// From the model's calibrated logits to those of this data.
    pub line: Line,
    /// Lowest probability that counts.
    pub threshold: f32,
}

/// What a policy chosen on some documents reaches on others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transfer {
    /// What line and threshold were chosen on.
    pub fitted_on: String,
    /// What they were applied to.
    pub applied_to: String,
    /// The threshold, where there is one for all.
    pub threshold: Option<f32>,
    /// Micro-averaged.
    pub precision: f64,
    /// As above.
    pub recall: f64,
    /// As above.
    pub f1: f64,
    /// 95 % bootstrap interval of `f1`, by document.
    pub f1_interval: (f64, f64),
    /// Expected calibration error.
    pub calibration_error: f64,
    /// The same over probabilities of at least [`POSSIBLE`](crate::eval::POSSIBLE).
    pub calibration_error_possible: f64,
}

/// The line and the threshold that suit some data best, each set counting alike: as a model's own are chosen.
#[must_use]
pub fn fit_policy(sets: &[&[Decision]]) -> Policy {
    let (mut x, mut y, mut w) = (Vec::new(), Vec::new(), Vec::new());
    for decisions in sets {
        #[allow(clippy::cast_precision_loss, reason = "data sets are small")]
        let weight = 1000.0 / decisions.len().max(1) as f32;
        for one in *decisions {
            x.push(logit(one.p));
            y.push(one.gold);
            w.push(weight);
        }
    }
    let line = fit_line(&x, &y, &w);
    let columns: Vec<(Vec<f32>, Vec<bool>)> = sets
        .iter()
        .map(|decisions| {
            let pairs = decisions.iter().map(|one| (moved(line, one.p), one.gold));
            pairs.unzip()
        })
        .collect();
    let sets: Vec<(&[f32], &[bool])> = columns
        .iter()
        .map(|(p, gold)| (p.as_slice(), gold.as_slice()))
        .collect();
    Policy {
        line,
        threshold: choose_threshold(&sets),
    }
}

/// Every set's policy applied to every set, itself included (which flatters, and shows what is lost on the way).
#[must_use]
pub fn transfers(sets: &[Judged<'_>]) -> Vec<Transfer> {
    let mut found = Vec::new();
    for from in sets {
        let policy = fit_policy(&[&from.decisions]);
        for to in sets {
            let decisions = apply(policy, &to.decisions);
            let mut transfer = measure(&[(decisions, &to.documents)]);
            transfer.fitted_on = from.name.to_owned();
            transfer.applied_to = to.name.to_owned();
            transfer.threshold = Some(policy.threshold);
            found.push(transfer);
        }
    }
    found
}

/// Each document read with a policy chosen on all the others, of all sets; one entry a set and one for all.
#[must_use]
pub fn leave_one_document_out(sets: &[Judged<'_>]) -> Vec<Transfer> {
    let mut applied: Vec<(Vec<Decision>, &Vec<&str>)> = Vec::new();
    for (left, set) in sets.iter().enumerate() {
        let documents: BTreeSet<&str> = set.documents.iter().copied().collect();
        let mut own = Vec::new();
        for document in documents {
            let is_out = |one: &Decision| set.documents[one.row] == document;
            let rest: Vec<Vec<Decision>> = sets
                .iter()
                .enumerate()
                .map(|(idx, other)| {
                    let decisions = other.decisions.iter().copied();
                    decisions
                        .filter(|one| idx != left || !is_out(one))
                        .collect()
                })
                .collect();
            let rest: Vec<&[Decision]> = rest
                .iter()
                .map(Vec::as_slice)
                .filter(|decisions| !decisions.is_empty())
                .collect();
            let out: Vec<Decision> = set.decisions.iter().copied().filter(is_out).collect();
            own.extend(apply(fit_policy(&rest), &out));
        }
        applied.push((own, &set.documents));
    }
    let named = |mut transfer: Transfer, name: &str| {
        transfer.fitted_on = "all other documents".to_owned();
        transfer.applied_to = name.to_owned();
        transfer
    };
    let mut found: Vec<Transfer> = sets
        .iter()
        .zip(&applied)
        .map(|(set, one)| named(measure(std::slice::from_ref(one)), set.name))
        .collect();
    if sets.len() > 1 {
        found.push(named(measure(&applied), "all"));
    }
    found
}

/// Decisions under another policy.
fn apply(policy: Policy, decisions: &[Decision]) -> Vec<Decision> {
    decisions
        .iter()
        .map(|one| {
            let p = moved(policy.line, one.p);
            Decision {
                p,
                given: p >= policy.threshold,
                ..*one
            }
        })
        .collect()
}

fn measure(sets: &[(Vec<Decision>, &Vec<&str>)]) -> Transfer {
    let mut documents: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    let mut decisions = Vec::new();
    for (own, names) in sets {
        for one in own {
            all.add(one.given, one.gold);
            documents
                .entry(names[one.row])
                .or_default()
                .add(one.given, one.gold);
        }
        decisions.extend_from_slice(own);
    }
    let documents: Vec<Counts> = documents.into_values().collect();
    Transfer {
        fitted_on: String::new(),
        applied_to: String::new(),
        threshold: None,
        precision: all.precision(),
        recall: all.recall(),
        f1: all.f1(),
        f1_interval: bootstrap_interval(&documents, |counts| counts.f1()),
        calibration_error: decisions_error(&decisions),
        calibration_error_possible: possible_error(&decisions),
    }
}

/// A line over a model's calibrated logits is again a line over its raw ones, so that probabilities are enough.
fn moved(line: Line, p: f32) -> f32 {
    sigmoid(line.slope * logit(p) + line.offset)
}

/// The logit of a probability, held away from its infinite ends.
fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities with gold drawn as a line over their logits says; two documents.
    fn judged(name: &str, offset: f32) -> Judged<'_> {
        let mut decisions = Vec::new();
        for step in 1..100_u16 {
            let p = f32::from(step) / 100.0;
            for draw in 0..20_u16 {
                let truth = sigmoid(logit(p) + offset);
                decisions.push(Decision {
                    row: usize::from(draw % 2),
                    label: 0,
                    p,
                    given: p >= 0.5,
                    gold: f32::from(draw) + 0.5 < truth * 20.0,
                });
            }
        }
        Judged {
            name,
            decisions,
            documents: vec!["a", "b"],
        }
    }

    #[test]
    fn what_fits_at_home_may_not_fit_abroad() {
        let sets = [judged("plain", 0.0), judged("shifted", -2.0)];
        let found = transfers(&sets);
        let error = |from: &str, to: &str| {
            found
                .iter()
                .find(|one| one.fitted_on == from && one.applied_to == to)
                .map(|one| one.calibration_error)
                .unwrap()
        };
        assert!(error("plain", "plain") < 0.03 && error("shifted", "shifted") < 0.03);
        assert!(error("plain", "shifted") > 0.15 && error("shifted", "plain") > 0.15);
    }

    #[test]
    fn every_document_is_left_out_once() {
        let sets = [judged("plain", 0.0)];
        let found = leave_one_document_out(&sets);
        assert_eq!(found.len(), 1);
        assert!(found[0].calibration_error < 0.05, "{found:?}");
        assert_eq!(found[0].applied_to, "plain");
    }
}
