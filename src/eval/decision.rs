//! The reader's decisions beside gold's, one a passage and label.

use crate::classify::{LabelSpace, OutputGroup, Scores};
use crate::eval::GoldTargets;

/// One label of one passage: what the reader said and what gold says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Index of the passage.
    pub row: usize,
    /// Index of the label in its group.
    pub label: usize,
    /// Calibrated probability, in [0, 1].
    pub p: f32,
    /// Whether the probability reaches the threshold.
    pub given: bool,
    /// Whether gold has the label.
    pub gold: bool,
}

/// The decisions of a group on which gold decides, label by label and in passage order.
///
/// `thresholds` holds one number an output.
#[must_use]
pub fn decisions(
    gold: &GoldTargets,
    space: &LabelSpace,
    group: OutputGroup,
    scores: &[Scores],
    thresholds: &[f32],
) -> Vec<Decision> {
    let k = space.n_outputs();
    let mut decisions = Vec::new();
    for (label, output) in space.range(group).enumerate() {
        for (row, scores) in scores.iter().enumerate() {
            let at = row * k + output;
            if gold.decided[at] {
                let p = scores.probabilities[output];
                decisions.push(Decision {
                    row,
                    label,
                    p,
                    given: p >= thresholds[output],
                    gold: gold.targets[at],
                });
            }
        }
    }
    decisions
}
