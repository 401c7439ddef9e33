//! What a reader can say of a passage: the sets of labels, in the order of the model's outputs.

use serde::{Deserialize, Serialize};

/// How far a passage carries a competency; the order is the order of strength.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing of it.
    #[default]
    Absent,
    /// Named, claimed or touched, with no act or result that shows it.
    Asserted,
    /// An act of the writer, or a result that the writer caused.
    Demonstrated,
}

impl Level {
    /// The word used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Asserted => "asserted",
            Self::Demonstrated => "demonstrated",
        }
    }
}

/// The labels that a model knows, each set in the order of its outputs.
///
/// Ids are unique inside a set only: `accountability` of 2006 and `accountability` of 2025 differ in meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpace {
    /// Competencies of `opm-2006`, judged in three levels.
    pub competencies: Vec<String>,
    /// Key characteristics of `opm-1997`, shown or not.
    pub key_characteristics: Vec<String>,
    /// Competencies of `opm-2025`, shown or not.
    pub opm_2025: Vec<String>,
    /// Parts of the story: challenge, context, action, result.
    pub ccar: Vec<String>,
}

/// One group of outputs; the groups follow each other in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputGroup {
    /// A competency is demonstrated.
    Demonstrated,
    /// A competency is at least asserted.
    Asserted,
    /// A key characteristic is shown.
    KeyCharacteristics,
    /// A competency of 2025 is shown.
    Opm2025,
    /// A part of the story is there.
    Ccar,
}

impl OutputGroup {
    /// All groups, in the order of the outputs.
    pub const ALL: [Self; 5] = [
        Self::Demonstrated,
        Self::Asserted,
        Self::KeyCharacteristics,
        Self::Opm2025,
        Self::Ccar,
    ];

    /// The name used in manifests and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Demonstrated => "demonstrated",
            Self::Asserted => "asserted",
            Self::KeyCharacteristics => "key-characteristics",
            Self::Opm2025 => "opm-2025",
            Self::Ccar => "ccar",
        }
    }
}

impl LabelSpace {
    /// The ids of a group.
    #[must_use]
    pub fn ids(&self, group: OutputGroup) -> &[String] {
        match group {
            OutputGroup::Demonstrated | OutputGroup::Asserted => &self.competencies,
            OutputGroup::KeyCharacteristics => &self.key_characteristics,
            OutputGroup::Opm2025 => &self.opm_2025,
            OutputGroup::Ccar => &self.ccar,
        }
    }

    /// Outputs of a group, as a range into a row of logits.
    #[must_use]
    pub fn range(&self, group: OutputGroup) -> std::ops::Range<usize> {
        let mut start = 0;
        for other in OutputGroup::ALL {
            let end = start + self.ids(other).len();
            if other == group {
                return start..end;
            }
            start = end;
        }
        start..start
    }

    /// Number k of outputs.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        OutputGroup::ALL
            .iter()
            .map(|&group| self.ids(group).len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_follow_each_other_without_gaps() {
        let space = LabelSpace {
            competencies: vec!["a".into(), "b".into()],
            key_characteristics: vec!["k".into()],
            opm_2025: vec!["x".into(), "y".into(), "z".into()],
            ccar: vec!["action".into()],
        };
        let ranges: Vec<_> = OutputGroup::ALL.iter().map(|&g| space.range(g)).collect();
        assert_eq!(ranges, vec![0..2, 2..4, 4..5, 5..8, 8..9]);
        assert_eq!(space.n_outputs(), 9);
    }

    #[test]
    fn levels_are_ordered_by_strength() {
        assert!(Level::Absent < Level::Asserted && Level::Asserted < Level::Demonstrated);
    }
}
