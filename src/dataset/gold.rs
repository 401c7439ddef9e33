//! One gold annotation out of several readers'.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The agreed labels of a passage; a label on which readers split evenly is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gold {
    /// Labels that more than half of the readers gave.
    pub labels: BTreeSet<String>,
    /// Labels on which exactly half agreed: they count for nothing.
    pub open: BTreeSet<String>,
}

/// The majority of several readers' label sets for one passage.
#[must_use]
pub fn majority(readers: &[&BTreeSet<String>]) -> Gold {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for labels in readers {
        for label in *labels {
            *votes.entry(label.as_str()).or_default() += 1;
        }
    }
    let mut gold = Gold {
        labels: BTreeSet::new(),
        open: BTreeSet::new(),
    };
    for (label, n) in votes {
        match (2 * n).cmp(&readers.len()) {
            std::cmp::Ordering::Greater => {
                gold.labels.insert(label.to_owned());
            }
            std::cmp::Ordering::Equal => {
                gold.open.insert(label.to_owned());
            }
            std::cmp::Ordering::Less => {}
        }
    }
    gold
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[&str]) -> BTreeSet<String> {
        labels.iter().map(|&l| l.to_owned()).collect()
    }

    #[test]
    fn two_of_three_decide() {
        let (a, b, c) = (set(&["vision"]), set(&["vision", "partnering"]), set(&[]));
        let gold = majority(&[&a, &b, &c]);
        assert_eq!((gold.labels, gold.open), (set(&["vision"]), set(&[])));
    }

    #[test]
    fn one_of_two_stays_open() {
        let (a, b) = (set(&["lc-1", "lc-2"]), set(&["lc-1"]));
        let gold = majority(&[&a, &b]);
        assert_eq!((gold.labels, gold.open), (set(&["lc-1"]), set(&["lc-2"])));
    }
}
