//! Fitting a calibration on passages that the encoder was not trained on.

use std::collections::BTreeMap;

use crate::classify::{
    Alone, Calibration, GroupCalibration, LabelSpace, OutputGroup, Story, neighbors, rivals,
};
use crate::eval::set::GoldTargets;
use crate::linear::Rows;

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
            for (passage, logits) in set.logits.chunks_exact(k).enumerate() {
                let rivals = rivals(&logits[range.clone()]);
                for (output, rival) in range.clone().zip(rivals) {
                    let mut terms = Alone::terms(logits[output], rival);
                    if WITHOUT_RIVALS.contains(&group) {
                        terms[1..].fill(0.0);
                    }
                    push(&mut rows, &terms, set, passage * k + output);
                }
            }
            weigh_new(&mut rows);
        }
        let Some(factors) = fit(&rows, 5) else {
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
                let alone = calibration.alone(&set.logits, space);
                let (before, after) = neighbors(&alone, k, &set.stories);
                for passage in 0..set.stories.len() {
                    for at in space.range(group).map(|output| passage * k + output) {
                        push(&mut rows, &[alone[at], before[at], after[at]], set, at);
                    }
                }
                weigh_new(&mut rows);
            }
            let factors = fit(&rows, 3)?;
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

/// Adds a decided entry: its terms, then the constant.
fn push(rows: &mut Rows, terms: &[f32], set: &CalibrationSet, at: usize) {
    if set.gold.decided[at] {
        rows.terms.extend(terms.iter().map(|term| f64::from(*term)));
        rows.terms.push(1.0);
        rows.offsets.push(0.0);
        rows.yes.push(set.gold.targets[at]);
    }
}

/// Gives the rows that have no weight yet that of 50,000 together: a set of some 1,800 passages and 28 labels.
fn weigh_new(rows: &mut Rows) {
    let n = rows.yes.len() - rows.weights.len();
    #[allow(clippy::cast_precision_loss, reason = "data sets are small")]
    let weight = 50_000.0 / n.max(1) as f64;
    rows.weights.extend(std::iter::repeat_n(weight, n));
}

/// Factors of `n_terms` terms and the constant, the most likely ones under a ridge; none without both decisions.
fn fit(rows: &Rows, n_terms: usize) -> Option<Vec<f32>> {
    if !rows.yes.contains(&true) || !rows.yes.contains(&false) {
        return None;
    }
    let mut pull = vec![RIDGE; n_terms];
    pull.push(0.0);
    let factors = rows.fit(&vec![0.0; n_terms + 1], &pull)?;
    #[allow(clippy::cast_possible_truncation, reason = "stored as 32-bit floats")]
    let factors = factors.into_iter().map(|factor| factor as f32).collect();
    Some(factors)
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
}
