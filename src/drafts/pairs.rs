//! Which passage of one draft is which of the other.

use std::collections::{BTreeMap, VecDeque};

use crate::drafts::home;
use crate::passage::same::normalized;
use crate::report::Report;

/// Partners by index of the passage; none for one whose words stand in its own draft only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pairs {
    /// By passage of the newer draft.
    pub(super) old_of_new: Vec<Option<usize>>,
    /// By passage of the older draft.
    pub(super) new_of_old: Vec<Option<usize>>,
}

/// Pairs passages of the same words, first within an ECQ, then anywhere; of equal ones in the order of the text.
pub(super) fn pair(old: &Report, new: &Report) -> Pairs {
    let keys = |report: &Report| -> Vec<(String, String)> {
        report
            .passages
            .iter()
            .map(|passage| {
                let home = home(report, &passage.section).to_owned();
                (normalized(&passage.text), home)
            })
            .collect()
    };
    let (old_keys, new_keys) = (keys(old), keys(new));
    let mut pairs = Pairs {
        old_of_new: vec![None; new_keys.len()],
        new_of_old: vec![None; old_keys.len()],
    };
    join(&mut pairs, &old_keys, &new_keys, |(words, home)| {
        (words.clone(), home.clone())
    });
    join(&mut pairs, &old_keys, &new_keys, |(words, _)| {
        (words.clone(), String::new())
    });
    pairs
}

fn join(
    pairs: &mut Pairs,
    old: &[(String, String)],
    new: &[(String, String)],
    key: impl Fn(&(String, String)) -> (String, String),
) {
    let mut waiting: BTreeMap<(String, String), VecDeque<usize>> = BTreeMap::new();
    for (idx, passage) in old.iter().enumerate() {
        if pairs.new_of_old[idx].is_none() {
            waiting.entry(key(passage)).or_default().push_back(idx);
        }
    }
    for (idx, passage) in new.iter().enumerate() {
        if pairs.old_of_new[idx].is_some() {
            continue;
        }
        if let Some(partner) = waiting.get_mut(&key(passage)).and_then(VecDeque::pop_front) {
            pairs.old_of_new[idx] = Some(partner);
            pairs.new_of_old[partner] = Some(idx);
        }
    }
}
