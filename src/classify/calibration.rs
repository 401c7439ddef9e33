//! Logits to probabilities: a label against its rivals, then a passage among its neighbors.
//!
//! Both steps are small fits over all labels of a group at once, on passages that the encoder never saw. The
//! first corrects what a linear head cannot know: a passage mostly turns on one or two competencies, so
//! a middling logit means more where nothing else in the passage stands out. The second lets a story speak:
//! a bare result or half an act is read more readily as what the passages around it show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::labels::{LabelSpace, OutputGroup};

/// The passages before, and as many after, that a passage is read among.
pub const NEIGHBORS: usize = 2;

/// What a neighbor that is not there counts as, and the range outside which one says no more, in logits.
const NEIGHBOR_RANGE: (f32, f32) = (-6.0, 4.0);

/// The calibration of a model, by name of the group of outputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// A group without an entry is left as it is.
    #[serde(flatten)]
    pub groups: BTreeMap<String, GroupCalibration>,
}

/// The calibration of one group of outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCalibration {
    /// A passage by itself.
    pub alone: Alone,
    /// A passage in its story; without it neighbors count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
}

/// A second-degree form of a label's logit and that of its rival, the highest other label of the group.
///
/// # Source
/// J. Platt, "Probabilistic outputs for support vector machines", 1999, is the case in which only `own` and
/// `offset` are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the factor of the term it names")]
pub struct Alone {
    pub own: f32,
    #[serde(default)]
    pub rival: f32,
    #[serde(default)]
    pub own_times_rival: f32,
    #[serde(default)]
    pub own_squared: f32,
    #[serde(default)]
    pub rival_squared: f32,
    pub offset: f32,
}

/// A line in a label's calibrated logit and the highest ones of the passages before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the factor of the term it names")]
pub struct Story {
    pub own: f32,
    pub before: f32,
    pub after: f32,
    pub offset: f32,
}

impl Default for Alone {
    fn default() -> Self {
        Self {
            own: 1.0,
            rival: 0.0,
            own_times_rival: 0.0,
            own_squared: 0.0,
            rival_squared: 0.0,
            offset: 0.0,
        }
    }
}

impl Alone {
    /// The terms of the form, without the constant.
    #[must_use]
    pub fn terms(own: f32, rival: f32) -> [f32; 5] {
        [own, rival, own * rival, own * own, rival * rival]
    }

    fn apply(&self, own: f32, rival: f32) -> f32 {
        let factors = [
            self.own,
            self.rival,
            self.own_times_rival,
            self.own_squared,
            self.rival_squared,
        ];
        let terms = Self::terms(own, rival);
        self.offset + terms.iter().zip(factors).map(|(t, f)| t * f).sum::<f32>()
    }
}

/// The highest other entry for every entry of a row; the entry itself where it is the only one.
#[must_use]
pub fn rivals(row: &[f32]) -> Vec<f32> {
    let highest_but = |skip: usize| {
        row.iter()
            .enumerate()
            .filter(|(idx, _)| *idx != skip)
            .map(|(_, value)| *value)
            .fold(f32::NEG_INFINITY, f32::max)
    };
    (0..row.len())
        .map(|idx| {
            let rival = highest_but(idx);
            if rival.is_finite() { rival } else { row[idx] }
        })
        .collect()
}

/// For every passage and output the highest value before and after it, within its story.
///
/// # Shape
/// `values` is (n, k), row-major; so are both results. `stories` has n entries; passages of one story stand
/// together.
#[must_use]
pub fn neighbors<S: PartialEq>(values: &[f32], k: usize, stories: &[S]) -> (Vec<f32>, Vec<f32>) {
    let n = stories.len();
    let (low, high) = NEIGHBOR_RANGE;
    let mut before = vec![low; n * k];
    let mut after = vec![low; n * k];
    for row in 0..n {
        for distance in 1..=NEIGHBORS {
            let raise = |to: &mut [f32], other: usize| {
                for output in 0..k {
                    let value = values[other * k + output].clamp(low, high);
                    to[row * k + output] = to[row * k + output].max(value);
                }
            };
            if row >= distance && stories[row - distance] == stories[row] {
                raise(&mut before, row - distance);
            }
            if row + distance < n && stories[row + distance] == stories[row] {
                raise(&mut after, row + distance);
            }
        }
    }
    (before, after)
}

impl Calibration {
    /// The entry of a group.
    #[must_use]
    pub fn group(&self, group: OutputGroup) -> GroupCalibration {
        self.groups.get(group.name()).copied().unwrap_or_default()
    }

    /// Calibrated logits of passages, each by itself.
    ///
    /// # Shape
    /// `logits` and the result are (n, k), row-major.
    #[must_use]
    pub fn alone(&self, logits: &[f32], space: &LabelSpace) -> Vec<f32> {
        let k = space.n_outputs();
        let mut calibrated = vec![0.0; logits.len()];
        for (row, out) in logits.chunks_exact(k).zip(calibrated.chunks_exact_mut(k)) {
            for group in OutputGroup::ALL {
                let range = space.range(group);
                let alone = self.group(group).alone;
                let rivals = rivals(&row[range.clone()]);
                for (output, rival) in range.zip(rivals) {
                    out[output] = alone.apply(row[output], rival);
                }
            }
        }
        calibrated
    }

    /// Calibrated logits of passages among their neighbors, from those of each by itself.
    ///
    /// # Shape
    /// As [`neighbors`]. A passage that is alone in its story keeps its values.
    #[must_use]
    pub fn in_stories<S: PartialEq>(
        &self,
        alone: &[f32],
        space: &LabelSpace,
        stories: &[S],
    ) -> Vec<f32> {
        let k = space.n_outputs();
        let (before, after) = neighbors(alone, k, stories);
        let mut calibrated = alone.to_vec();
        for row in 0..stories.len() {
            let has_neighbor = (row > 0 && stories[row - 1] == stories[row])
                || (row + 1 < stories.len() && stories[row + 1] == stories[row]);
            if !has_neighbor {
                continue;
            }
            for group in OutputGroup::ALL {
                let Some(story) = self.group(group).story else {
                    continue;
                };
                for at in space.range(group).map(|output| row * k + output) {
                    calibrated[at] = story.own * alone[at]
                        + story.before * before[at]
                        + story.after * after[at]
                        + story.offset;
                }
            }
        }
        calibrated
    }

    /// What makes a calibration unusable.
    ///
    /// # Errors
    /// Naming the group whose numbers are not finite, or where a higher logit would mean less.
    pub fn check(&self) -> Result<(), String> {
        for (name, group) in &self.groups {
            let alone = group.alone;
            let numbers = [
                alone.own,
                alone.rival,
                alone.own_times_rival,
                alone.own_squared,
                alone.rival_squared,
                alone.offset,
            ];
            let story = group.story.map_or([1.0, 0.0, 0.0, 0.0], |s| {
                [s.own, s.before, s.after, s.offset]
            });
            if !numbers
                .iter()
                .chain(&story)
                .all(|number| number.is_finite())
            {
                return Err(format!(
                    "calibration of {name} has a number that is not finite"
                ));
            }
            if alone.own <= 0.0 || story[0] <= 0.0 {
                return Err(format!(
                    "calibration of {name} does not rise with its logit"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rival_is_the_highest_other() {
        assert_eq!(rivals(&[1.0, 3.0, 2.0]), [3.0, 2.0, 3.0]);
        assert_eq!(rivals(&[1.0]), [1.0]);
    }

    #[test]
    fn neighbors_end_with_the_story() {
        let values = [0.0, 1.0, -9.0, 5.0, 2.0];
        let (before, after) = neighbors(&values, 1, &["a", "a", "a", "b", "b"]);
        assert_eq!(before, [-6.0, 0.0, 1.0, -6.0, 4.0]);
        assert_eq!(after, [1.0, -6.0, -6.0, 2.0, -6.0]);
    }

    #[test]
    fn a_story_lifts_what_its_neighbors_show_and_leaves_the_lonely() {
        let space = LabelSpace {
            competencies: vec!["one".to_owned()],
            ..LabelSpace::default()
        };
        let k = space.n_outputs();
        let mut calibration = Calibration::default();
        calibration.groups.insert(
            OutputGroup::Demonstrated.name().to_owned(),
            GroupCalibration {
                alone: Alone::default(),
                story: Some(Story {
                    own: 1.0,
                    before: 0.5,
                    after: 0.25,
                    offset: 1.0,
                }),
            },
        );
        let alone = vec![2.0, -1.0, -1.0]
            .into_iter()
            .flat_map(|value| std::iter::repeat_n(value, k))
            .collect::<Vec<_>>();
        let read = calibration.in_stories(&alone, &space, &[1, 1, 2]);
        assert!((read[k] - (-1.0 + 0.5 * 2.0 + 0.25 * -6.0 + 1.0)).abs() < 1e-6);
        assert!((read[2 * k] + 1.0).abs() < 1e-6, "alone in its story");
    }
}
