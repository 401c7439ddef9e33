//! What the reader says where gold says something else.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::classify::{LabelSpace, Level, OutputGroup};
use crate::codebook::Codebook;
use crate::eval::GoldTargets;
use crate::eval::decision::Decision;

/// A competency that the reader demonstrates where gold demonstrates another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// What gold has and the reader lacks.
    pub gold: String,
    /// What the reader has, in the same passage, and gold lacks.
    pub given: String,
    /// Number of such passages.
    pub n: usize,
    /// Number of passages in which gold has the first.
    pub n_gold: usize,
    /// Whether a near-miss note of the codebook sets the two apart.
    pub are_neighbors: bool,
}

/// Pairs of competencies of which the reader gave the one for the other, most frequent first.
///
/// A passage counts for a pair if gold demonstrates the one and not the other, and the reader the reverse.
#[must_use]
pub fn confusions(
    decisions: &[Decision],
    space: &LabelSpace,
    codebook: Option<&Codebook>,
) -> Vec<Confusion> {
    let mut missed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut wrong: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut n_gold: BTreeMap<usize, usize> = BTreeMap::new();
    for one in decisions {
        if one.gold {
            *n_gold.entry(one.label).or_default() += 1;
        }
        match (one.gold, one.given) {
            (true, false) => missed.entry(one.row).or_default().push(one.label),
            (false, true) => wrong.entry(one.row).or_default().push(one.label),
            _ => {}
        }
    }
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (row, missed) in &missed {
        for &gold in missed {
            for &given in wrong.get(row).into_iter().flatten() {
                *pairs.entry((gold, given)).or_default() += 1;
            }
        }
    }
    let ids = space.ids(OutputGroup::Demonstrated);
    let mut confusions: Vec<Confusion> = pairs
        .into_iter()
        .map(|((gold, given), n)| Confusion {
            gold: ids[gold].clone(),
            given: ids[given].clone(),
            n,
            n_gold: n_gold.get(&gold).copied().unwrap_or_default(),
            are_neighbors: codebook.is_some_and(|book| book.are_neighbors(&ids[gold], &ids[given])),
        })
        .collect();
    confusions.sort_by_key(|one| std::cmp::Reverse(one.n));
    confusions
}

/// Levels of gold and of the reader over all passages and competencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LevelTable {
    /// `n[gold][reader]`, each in the order absent, asserted, demonstrated.
    pub n: [[usize; 3]; 3],
}

/// Counts how the reader's levels meet gold's; where gold leaves either level open, the pair is left out.
///
/// # Shape
/// `levels` is (n, c), row-major: the reader's level of every passage and competency.
#[must_use]
pub fn level_table(gold: &GoldTargets, space: &LabelSpace, levels: &[Level]) -> LevelTable {
    let k = space.n_outputs();
    let n_competencies = space.competencies.len();
    let (two, any) = (
        space.range(OutputGroup::Demonstrated).start,
        space.range(OutputGroup::Asserted).start,
    );
    let mut table = LevelTable::default();
    for (idx, &level) in levels.iter().enumerate() {
        let (row, label) = (idx / n_competencies, idx % n_competencies);
        let (two, any) = (row * k + two + label, row * k + any + label);
        if !gold.decided[two] || !gold.decided[any] {
            continue;
        }
        let truth = if gold.targets[two] {
            Level::Demonstrated
        } else if gold.targets[any] {
            Level::Asserted
        } else {
            Level::Absent
        };
        table.n[truth as usize][level as usize] += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codebook::builtin;

    #[test]
    fn a_neighbor_taken_for_another_is_counted_once_a_passage() {
        let space = LabelSpace {
            competencies: vec![
                "vision".into(),
                "strategic-thinking".into(),
                "partnering".into(),
            ],
            ..LabelSpace::default()
        };
        let decision = |row, label, gold, given| Decision {
            row,
            label,
            p: 0.5,
            given,
            gold,
        };
        let decisions = [
            decision(0, 0, true, false),
            decision(0, 1, false, true),
            decision(1, 0, true, false),
            decision(1, 1, false, true),
            decision(1, 2, false, true),
            // Nothing given for it: a miss, not a confusion.
            decision(2, 0, true, false),
            decision(3, 0, true, true),
        ];
        let found = confusions(&decisions, &space, builtin("opm-2006"));
        let short: Vec<(&str, &str, usize, usize, bool)> = found
            .iter()
            .map(|one| {
                (
                    one.gold.as_str(),
                    one.given.as_str(),
                    one.n,
                    one.n_gold,
                    one.are_neighbors,
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                ("vision", "strategic-thinking", 2, 4, true),
                ("vision", "partnering", 1, 4, false)
            ]
        );
    }

    #[test]
    fn levels_meet_in_a_table() {
        let space = LabelSpace {
            competencies: vec!["vision".into()],
            ..LabelSpace::default()
        };
        // Outputs a row: demonstrated, asserted-or-more. Gold: demonstrated, asserted, open.
        let gold = GoldTargets {
            targets: vec![true, true, false, true, false, false],
            decided: vec![true, true, true, true, false, true],
        };
        let levels = [Level::Asserted, Level::Demonstrated, Level::Absent];
        assert_eq!(
            level_table(&gold, &space, &levels).n,
            [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
        );
    }
}
