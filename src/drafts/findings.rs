//! Findings that one draft has and the other has not.

use crate::drafts::{FindingChanges, home};
use crate::report::{FindingView, Report};

/// Matches findings by rule and content, first within an ECQ, then anywhere; bytes and pages do not count.
pub(super) fn compare(old: &Report, new: &Report) -> FindingChanges {
    let keys = |report: &Report| -> Vec<Key> {
        report
            .findings
            .iter()
            .map(|finding| Key::of(finding, report))
            .collect()
    };
    let (old_keys, new_keys) = (keys(old), keys(new));
    let mut old_taken = vec![false; old_keys.len()];
    let mut new_taken = vec![false; new_keys.len()];
    for is_same in [Key::is_same_place as fn(&Key, &Key) -> bool, Key::is_same] {
        for (new_idx, key) in new_keys.iter().enumerate() {
            if new_taken[new_idx] {
                continue;
            }
            let partner =
                (0..old_keys.len()).find(|&idx| !old_taken[idx] && is_same(&old_keys[idx], key));
            if let Some(partner) = partner {
                old_taken[partner] = true;
                new_taken[new_idx] = true;
            }
        }
    }
    let left = |report: &Report, taken: &[bool]| -> Vec<FindingView> {
        let findings = report.findings.iter().zip(taken);
        findings
            .filter(|(_, taken)| !**taken)
            .map(|(finding, _)| finding.clone())
            .collect()
    };
    FindingChanges {
        new: left(new, &new_taken),
        gone: left(old, &old_taken),
    }
}

struct Key {
    rule: String,
    content: String,
    home: String,
}

impl Key {
    fn of(finding: &FindingView, report: &Report) -> Self {
        let section = finding.place.section.as_deref().unwrap_or_default();
        Self {
            rule: finding.rule.clone(),
            content: finding.content(),
            home: home(report, section).to_owned(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rule == other.rule && self.content == other.content
    }

    fn is_same_place(&self, other: &Self) -> bool {
        self.is_same(other) && self.home == other.home
    }
}
