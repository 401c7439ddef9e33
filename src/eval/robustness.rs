//! Texts that a reader must not fall for, and changes that must not move it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::classify::{Classifier, OutputGroup, Scores};
use crate::dataset::Annotation;
use crate::eval::metrics::ratio;
use crate::eval::noise::Noise;

/// What is measured for robustness, kept for that alone and never trained from.
#[derive(Clone, Debug, Default)]
pub struct RobustnessSet {
    /// Passages that name, define or claim competencies and show none; `kind` says how.
    pub gaming: Vec<Annotation>,
    /// Pairs of texts that differ in a name, a pronoun, an agency, a school or a branch of service.
    pub swaps: Vec<Probe>,
}

/// A text and the same text changed in a way that must not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Id of the passage.
    pub id: String,
    /// Kind of change.
    pub kind: String,
    /// Before.
    pub base: String,
    /// After.
    pub changed: String,
}

/// How far gaming texts of one kind are believed.
#[derive(Clone, Debug, Serialize)]
pub struct GamingReport {
    /// Kind of text.
    pub kind: String,
    /// Texts.
    pub n: usize,
    /// Texts with at least one competency demonstrated: every one is an error.
    pub n_believed: usize,
    /// Share of such texts.
    pub share: f64,
    /// Those texts with what was believed of them.
    pub believed: Vec<Believed>,
}

/// A gaming text that was believed.
#[derive(Clone, Debug, Serialize)]
pub struct Believed {
    /// Id of the passage.
    pub id: String,
    /// Competencies demonstrated, as the reader has it, with their probabilities.
    pub competencies: BTreeMap<String, f32>,
}

/// How far changes of one kind move the reader, on the demonstrated level.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeReport {
    /// Kind of change.
    pub kind: String,
    /// Pairs of texts that differ.
    pub n: usize,
    /// Pairs in which at least one decision moved.
    pub n_moved: usize,
    /// Share of such pairs.
    pub share_moved: f64,
    /// Decisions that moved, of pairs times competencies.
    pub n_decisions_moved: usize,
    /// Largest change of a probability.
    pub largest_change: f32,
    /// The pair with the largest change, and the competency.
    pub largest_at: Option<(String, String)>,
}

/// Rows of values by slot, by kind of swap; the first row is the base.
pub(crate) type Table = BTreeMap<String, Vec<BTreeMap<String, String>>>;

/// The pairs of a passage: its base text against every other row of every kind whose slots it has.
pub(crate) fn fill(id: &str, text: &str, table: &Table) -> Result<Vec<Probe>, String> {
    let filled = |kind: &str, row: usize| -> String {
        let mut out = text.to_owned();
        for (name, rows) in table {
            let row = if name == kind { row } else { 0 };
            for (slot, value) in rows.get(row).into_iter().flatten() {
                out = out.replace(&format!("{{{slot}}}"), value);
            }
        }
        out
    };
    let base = filled("", 0);
    if base.contains('{') {
        return Err(format!("{id}: a slot of the passage is in no table"));
    }
    let mut probes = Vec::new();
    for (kind, rows) in table {
        for row in 1..rows.len() {
            let changed = filled(kind, row);
            if changed != base {
                probes.push(Probe {
                    id: id.to_owned(),
                    kind: kind.clone(),
                    base: base.clone(),
                    changed,
                });
            }
        }
    }
    Ok(probes)
}

/// The given passages with every kind of noise; a text that a kind leaves as it is makes no pair.
#[must_use]
pub fn noise_probes(passages: &[Annotation]) -> Vec<Probe> {
    let mut probes = Vec::new();
    for noise in Noise::ALL {
        for one in passages {
            let base = one.text.clone().unwrap_or_default();
            let changed = noise.apply(&base, &one.id);
            if changed != base {
                probes.push(Probe {
                    id: one.id.clone(),
                    kind: noise.name().to_owned(),
                    base,
                    changed,
                });
            }
        }
    }
    probes
}

/// How many gaming texts are believed, by kind; `scores` are those of the texts, in their order.
#[must_use]
pub fn gaming_reports(
    texts: &[Annotation],
    classifier: &Classifier,
    scores: &[Scores],
) -> Vec<GamingReport> {
    let kinds: BTreeSet<&str> = texts.iter().filter_map(|one| one.kind.as_deref()).collect();
    kinds
        .into_iter()
        .map(|kind| {
            let own = texts
                .iter()
                .zip(scores)
                .filter(|(one, _)| one.kind.as_deref() == Some(kind));
            let n = own.clone().count();
            let believed: Vec<Believed> = own
                .filter_map(|(one, scores)| {
                    let competencies = shown(classifier, scores);
                    (!competencies.is_empty()).then(|| Believed {
                        id: one.id.clone(),
                        competencies,
                    })
                })
                .collect();
            GamingReport {
                kind: kind.to_owned(),
                n,
                n_believed: believed.len(),
                share: ratio(believed.len(), n),
                believed,
            }
        })
        .collect()
}

/// Competencies demonstrated and their probabilities.
fn shown(classifier: &Classifier, scores: &Scores) -> BTreeMap<String, f32> {
    let space = classifier.space();
    space
        .range(OutputGroup::Demonstrated)
        .zip(&space.competencies)
        .filter(|(output, _)| classifier.reaches(scores, *output))
        .map(|(output, id)| (id.clone(), scores.probabilities[output]))
        .collect()
}

/// How far the changes move the reader, by kind; the scores are those of the texts before and after, in order.
#[must_use]
pub fn change_reports(
    probes: &[Probe],
    classifier: &Classifier,
    before: &[Scores],
    after: &[Scores],
) -> Vec<ChangeReport> {
    let space = classifier.space();
    let mut reports: Vec<ChangeReport> = Vec::new();
    for (idx, probe) in probes.iter().enumerate() {
        let at = reports
            .iter()
            .position(|report| report.kind == probe.kind)
            .unwrap_or_else(|| {
                reports.push(ChangeReport {
                    kind: probe.kind.clone(),
                    n: 0,
                    n_moved: 0,
                    share_moved: 0.0,
                    n_decisions_moved: 0,
                    largest_change: 0.0,
                    largest_at: None,
                });
                reports.len() - 1
            });
        let report = &mut reports[at];
        let mut n_moved = 0;
        for (output, id) in space
            .range(OutputGroup::Demonstrated)
            .zip(&space.competencies)
        {
            let (was, is) = (
                before[idx].probabilities[output],
                after[idx].probabilities[output],
            );
            n_moved += usize::from(
                classifier.reaches(&before[idx], output) != classifier.reaches(&after[idx], output),
            );
            if (was - is).abs() > report.largest_change {
                report.largest_change = (was - is).abs();
                report.largest_at = Some((probe.id.clone(), id.clone()));
            }
        }
        report.n += 1;
        report.n_moved += usize::from(n_moved > 0);
        report.n_decisions_moved += n_moved;
        report.share_moved = ratio(report.n_moved, report.n);
    }
    reports
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::eval::read_robustness_set;

    fn table() -> Table {
        toml::from_str(
            "[[pronoun]]\nhe = \"he\"\nhim = \"him\"\n[[pronoun]]\nhe = \"she\"\nhim = \"her\"\n[[agency]]\nagency = \"FAA\"\n[[agency]]\nagency = \"EPA\"\n",
        )
        .unwrap()
    }

    #[test]
    fn one_kind_is_swapped_at_a_time() {
        let probes = fill("i", "I told {him} what the {agency} had told me.", &table()).unwrap();
        let short: Vec<(&str, &str, &str)> = probes
            .iter()
            .map(|one| (one.kind.as_str(), one.base.as_str(), one.changed.as_str()))
            .collect();
        let base = "I told him what the FAA had told me.";
        assert_eq!(
            short,
            [
                ("agency", base, "I told him what the EPA had told me."),
                ("pronoun", base, "I told her what the FAA had told me."),
            ]
        );
        assert!(fill("i", "no slots", &table()).unwrap().is_empty());
        assert!(fill("i", "{schol}", &table()).unwrap_err().contains("slot"));
    }

    #[test]
    fn the_shipped_sets_are_as_large_as_they_should_be() {
        let set = read_robustness_set(Path::new("corpus/robustness")).unwrap();
        assert!(set.gaming.len() >= 150, "{}", set.gaming.len());
        assert!(set.swaps.len() >= 100, "{}", set.swaps.len());
        let kinds: BTreeSet<&str> = set.swaps.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            ["agency", "name", "pronoun", "school", "service"]
        );
    }
}
