//! How far readers agree with each other, whoever they are: people, or a program.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::classify::{LabelSpace, Level, OutputGroup};
use crate::dataset::Annotation;
use crate::eval::bootstrap::bootstrap_interval;
use crate::eval::metrics::{AlphaCounts, Counts};

/// A reader and what it said.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Shown in tables.
    pub name: String,
    /// Annotations by passage id.
    pub annotations: BTreeMap<String, Annotation>,
}

/// A passage that readers are compared on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Id of the passage.
    pub id: String,
    /// Document it belongs to: what resampling keeps together.
    pub document: String,
}

/// Agreement on one group of labels.
#[derive(Clone, Debug, Serialize)]
pub struct GroupAgreement {
    /// Name of the group.
    pub group: &'static str,
    /// Krippendorff's alpha among all readers over passage-label units that two or more judged.
    pub alpha: Option<f64>,
    /// 95 % bootstrap interval of alpha, by document.
    pub alpha_interval: Option<(f64, f64)>,
    /// Every pair of readers that judged a passage in common.
    pub pairs: Vec<PairAgreement>,
    /// Per label, in the order of the outputs.
    pub labels: Vec<LabelAgreement>,
}

/// Agreement of two readers.
#[derive(Clone, Debug, Serialize)]
pub struct PairAgreement {
    /// One reader.
    pub a: String,
    /// The other.
    pub b: String,
    /// Passages both judged.
    pub n_passages: usize,
    /// Labels that the first gave on them.
    pub n_a: usize,
    /// Labels that the second gave on them.
    pub n_b: usize,
    /// Labels that both gave.
    pub n_both: usize,
    /// Micro-F1, the same whichever of the two is taken as gold.
    pub f1: f64,
    /// 95 % bootstrap interval of `f1`, by document.
    pub f1_interval: (f64, f64),
    /// Cohen's kappa over passage-label pairs.
    pub kappa: f64,
    /// 95 % bootstrap interval of `kappa`, by document.
    pub kappa_interval: (f64, f64),
}

/// Agreement on one label.
#[derive(Clone, Debug, Serialize)]
pub struct LabelAgreement {
    /// Id of the label.
    pub id: String,
    /// Passages to which each reader gave it, in the order of the readers.
    pub n: Vec<usize>,
    /// Krippendorff's alpha on this label alone.
    pub alpha: Option<f64>,
}

/// A label on which readers differ in one passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// Id of the passage.
    pub id: String,
    /// Its words, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Name of the group.
    pub group: &'static str,
    /// Id of the label.
    pub label: String,
    /// What each reader said: `demonstrated`, `asserted` or `absent` of a competency, else `shown` or `absent`.
    pub said: Vec<(String, &'static str)>,
}

/// What one reader said of one group, a row a unit; `None` where it did not judge the passage.
pub(crate) type Column = Vec<Option<Vec<bool>>>;

/// Agreement on a group, or `None` if no two readers judged it.
#[must_use]
pub fn group_agreement(
    readers: &[Reader],
    units: &[Unit],
    space: &LabelSpace,
    group: OutputGroup,
) -> Option<GroupAgreement> {
    let columns: Vec<(&str, Column)> = readers
        .iter()
        .map(|reader| (reader.name.as_str(), column(reader, units, space, group)))
        .collect();
    compare(&columns, units, space, group)
}

/// The decisions of a reader on a group.
pub(crate) fn column(
    reader: &Reader,
    units: &[Unit],
    space: &LabelSpace,
    group: OutputGroup,
) -> Column {
    let ids = space.ids(group);
    units
        .iter()
        .map(|unit| {
            let labels = reader.annotations.get(&unit.id)?.labels(group)?;
            Some(ids.iter().map(|id| labels.contains(id.as_str())).collect())
        })
        .collect()
}

/// Agreement of columns of decisions.
pub(crate) fn compare(
    columns: &[(&str, Column)],
    units: &[Unit],
    space: &LabelSpace,
    group: OutputGroup,
) -> Option<GroupAgreement> {
    let mut pairs = Vec::new();
    for (idx, (a, left)) in columns.iter().enumerate() {
        for (b, right) in &columns[idx + 1..] {
            pairs.extend(pair((a, left), (b, right), units));
        }
    }
    if pairs.is_empty() {
        return None;
    }
    let ids = space.ids(group);
    let mut documents: BTreeMap<&str, AlphaCounts> = BTreeMap::new();
    let mut by_label = vec![AlphaCounts::default(); ids.len()];
    for (row, unit) in units.iter().enumerate() {
        for (label, alpha) in by_label.iter_mut().enumerate() {
            let values: Vec<bool> = columns
                .iter()
                .filter_map(|(_, column)| column[row].as_ref().map(|row| row[label]))
                .collect();
            alpha.add(&values);
            documents.entry(&unit.document).or_default().add(&values);
        }
    }
    let documents: Vec<AlphaCounts> = documents.into_values().collect();
    let mut all = AlphaCounts::default();
    documents.iter().for_each(|&one| all.join(one));
    let alpha = all.alpha();
    let labels = ids
        .iter()
        .enumerate()
        .map(|(label, id)| LabelAgreement {
            id: id.clone(),
            n: columns
                .iter()
                .map(|(_, column)| column.iter().flatten().filter(|row| row[label]).count())
                .collect(),
            alpha: by_label[label].alpha(),
        })
        .collect();
    Some(GroupAgreement {
        group: group.name(),
        alpha,
        alpha_interval: alpha
            .map(|_| bootstrap_interval(&documents, |sums| sums.alpha().unwrap_or(1.0))),
        pairs,
        labels,
    })
}

fn pair(
    (a, left): (&str, &Column),
    (b, right): (&str, &Column),
    units: &[Unit],
) -> Option<PairAgreement> {
    let mut n_passages = 0;
    let mut documents: BTreeMap<&str, Counts> = BTreeMap::new();
    for ((left, right), unit) in left.iter().zip(right).zip(units) {
        let (Some(left), Some(right)) = (left, right) else {
            continue;
        };
        n_passages += 1;
        let counts = documents.entry(&unit.document).or_default();
        left.iter().zip(right).for_each(|(l, r)| counts.add(*l, *r));
    }
    if n_passages == 0 {
        return None;
    }
    let documents: Vec<Counts> = documents.into_values().collect();
    let mut counts = Counts::default();
    documents.iter().for_each(|&one| counts.merge(one));
    Some(PairAgreement {
        a: a.to_owned(),
        b: b.to_owned(),
        n_passages,
        n_a: counts.true_positive + counts.false_positive,
        n_b: counts.n_gold(),
        n_both: counts.true_positive,
        f1: counts.f1(),
        f1_interval: bootstrap_interval(&documents, |counts| counts.f1()),
        kappa: counts.kappa(),
        kappa_interval: bootstrap_interval(&documents, |counts| counts.kappa()),
    })
}

/// Every label on which two readers differ, in the order of the passages.
///
/// Competencies are compared by level; a reader that did not judge the group is left out.
#[must_use]
pub fn disagreements(
    readers: &[Reader],
    units: &[Unit],
    texts: &BTreeMap<String, String>,
    space: &LabelSpace,
) -> Vec<Disagreement> {
    let groups = OutputGroup::ALL
        .into_iter()
        // The levels of a competency are compared once, under the name of the highest.
        .filter(|&group| group != OutputGroup::Asserted);
    let mut found = Vec::new();
    for unit in units {
        for group in groups.clone() {
            for label in space.ids(group) {
                let said: Vec<(String, &'static str)> = readers
                    .iter()
                    .filter_map(|reader| {
                        let word = said(reader.annotations.get(&unit.id)?, group, label)?;
                        Some((reader.name.clone(), word))
                    })
                    .collect();
                let words: BTreeSet<&str> = said.iter().map(|(_, word)| *word).collect();
                if words.len() > 1 {
                    found.push(Disagreement {
                        id: unit.id.clone(),
                        text: texts.get(&unit.id).cloned(),
                        group: group.name(),
                        label: label.clone(),
                        said,
                    });
                }
            }
        }
    }
    found
}

fn said(one: &Annotation, group: OutputGroup, label: &str) -> Option<&'static str> {
    let has = one.labels(group)?.contains(label);
    if group != OutputGroup::Demonstrated {
        return Some(if has { "shown" } else { Level::Absent.name() });
    }
    let asserted = one.one.as_ref().is_some_and(|set| set.contains(label));
    Some(if has {
        Level::Demonstrated.name()
    } else if asserted {
        Level::Asserted.name()
    } else {
        Level::Absent.name()
    })
}

/// The passages that any reader judged, in the order of `passages` and then of ids.
///
/// The document of a passage is taken from `passages`, else from the readers, else it is the passage itself.
#[must_use]
pub fn units(readers: &[Reader], passages: &[Annotation]) -> Vec<Unit> {
    let mut documents: BTreeMap<&str, &str> = BTreeMap::new();
    for one in readers
        .iter()
        .flat_map(|reader| reader.annotations.values())
    {
        let known = documents.entry(&one.id).or_insert(&one.id);
        if *known == one.id {
            *known = one.group();
        }
    }
    let mut units = Vec::with_capacity(documents.len());
    for passage in passages {
        if documents.remove(passage.id.as_str()).is_some() {
            units.push(Unit {
                id: passage.id.clone(),
                document: passage.group().to_owned(),
            });
        }
    }
    units.extend(documents.into_iter().map(|(id, document)| Unit {
        id: id.to_owned(),
        document: document.to_owned(),
    }));
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> LabelSpace {
        LabelSpace {
            competencies: vec!["vision".into(), "partnering".into()],
            ..LabelSpace::default()
        }
    }

    fn reader(name: &str, lines: &[&str]) -> Reader {
        let annotations = lines.iter().map(|line| {
            let one: Annotation = serde_json::from_str(line).unwrap();
            (one.id.clone(), one)
        });
        Reader {
            name: name.to_owned(),
            annotations: annotations.collect(),
        }
    }

    fn two() -> [Reader; 2] {
        [
            reader(
                "ann",
                &[
                    r#"{"id":"1","two":["vision"],"one":[]}"#,
                    r#"{"id":"2","two":["partnering"],"one":[]}"#,
                    r#"{"id":"3","two":[],"one":[]}"#,
                ],
            ),
            reader(
                "bob",
                &[
                    r#"{"id":"1","two":["vision"],"one":["partnering"]}"#,
                    r#"{"id":"2","two":["vision"],"one":[]}"#,
                ],
            ),
        ]
    }

    #[test]
    fn only_passages_that_both_judged_count() {
        let readers = two();
        let units = units(&readers, &[]);
        let found = group_agreement(&readers, &units, &space(), OutputGroup::Demonstrated).unwrap();
        let pair = &found.pairs[0];
        assert_eq!(
            (pair.n_passages, pair.n_a, pair.n_b, pair.n_both),
            (2, 2, 2, 1)
        );
        assert!((pair.f1 - 0.5).abs() < 1e-9);
        // Four units, two differ: observed 2/4 · …; by hand 1 − (8 − 1) · 4 / (2 · 4 · 4) = 0.125
        assert!((found.alpha.unwrap() - 0.125).abs() < 1e-9);
        assert_eq!(found.labels[0].n, [1, 2]);
        assert!(group_agreement(&readers, &units, &space(), OutputGroup::Ccar).is_none());
    }

    #[test]
    fn disagreements_name_levels_and_carry_the_text() {
        let readers = two();
        let units = units(&readers, &[]);
        let texts = BTreeMap::from([("1".to_owned(), "We drew it.".to_owned())]);
        let found = disagreements(&readers, &units, &texts, &space());
        let short: Vec<(&str, &str, &str, &str)> = found
            .iter()
            .map(|one| {
                (
                    one.id.as_str(),
                    one.label.as_str(),
                    one.said[0].1,
                    one.said[1].1,
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                ("1", "partnering", "absent", "asserted"),
                ("2", "vision", "absent", "demonstrated"),
                ("2", "partnering", "demonstrated", "absent"),
            ]
        );
        assert_eq!(found[0].text.as_deref(), Some("We drew it."));
    }

    #[test]
    fn passages_bring_order_and_documents() {
        let passages: Vec<Annotation> = [
            r#"{"id":"2","doc":"d","text":"x"}"#,
            r#"{"id":"1","doc":"d","text":"y"}"#,
            r#"{"id":"9","doc":"d","text":"z"}"#,
        ]
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
        let found = units(&two(), &passages);
        let short: Vec<(&str, &str)> = found
            .iter()
            .map(|unit| (unit.id.as_str(), unit.document.as_str()))
            .collect();
        assert_eq!(short, [("2", "d"), ("1", "d"), ("3", "3")]);
    }
}
