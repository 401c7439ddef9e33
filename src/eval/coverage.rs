//! Coverage of whole packets: which competencies are shown somewhere, against gold and against the writers' plans.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::classify::{LabelSpace, OutputGroup, Scores};
use crate::codebook::{Codebook, EcqKind};
use crate::eval::bootstrap::bootstrap_interval;
use crate::eval::metrics::Counts;
use crate::eval::{EvalSet, GoldTargets};

/// What the writer of a packet meant to show, before writing it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// Name of the packet.
    pub packet: String,
    /// Who the writer was to be, and how the packet was to sound.
    #[serde(default)]
    pub persona: String,
    /// Plans by section: an ECQ's id in any case, or `SUMMARY`.
    pub ecq: BTreeMap<String, SectionPlan>,
    /// Competencies that were to show nowhere.
    #[serde(default)]
    pub absent: BTreeSet<String>,
    /// Competencies that may show in passing, by section: left open.
    #[serde(default)]
    pub light: BTreeMap<String, BTreeSet<String>>,
}

/// What a section was to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SectionPlan {
    /// Competencies with an act or a result.
    #[serde(default)]
    pub demonstrated: BTreeSet<String>,
    /// Competencies that are only claimed.
    #[serde(default)]
    pub asserted: BTreeSet<String>,
}

/// Coverage by the reader against coverage by one truth.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageReport {
    /// `gold` (any passage that the annotators agreed on) or `plan` (what the writer meant to show).
    pub against: &'static str,
    /// `anywhere` (any passage of the packet) or `as-reported` (a competency in its own ECQ's section, the
    /// fundamental ones in any passage).
    pub scope: &'static str,
    /// Packets, or statements where the set has no packets.
    pub n_documents: usize,
    /// Pooled over the cells of all of them.
    #[serde(flatten)]
    pub pooled: CellCounts,
    /// 95 % bootstrap interval of the pooled F1, by packet.
    pub f1_interval: (f64, f64),
    /// By packet.
    pub documents: BTreeMap<String, CellCounts>,
    /// By ECQ of the codebook, pooled over packets.
    pub ecqs: BTreeMap<String, CellCounts>,
}

/// Cells counted.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CellCounts {
    /// Cells that both cover.
    pub both: usize,
    /// Cells that only the reader covers.
    pub reader_only: usize,
    /// Cells that only the truth covers.
    pub truth_only: usize,
    /// Share of the reader's cells that the truth has.
    pub precision: f64,
    /// Share of the truth's cells that the reader has.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

impl From<Counts> for CellCounts {
    fn from(counts: Counts) -> Self {
        Self {
            both: counts.true_positive,
            reader_only: counts.false_positive,
            truth_only: counts.false_negative,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
        }
    }
}

/// Coverage of every document of a set: against gold, and against the plans of those that have one.
#[must_use]
pub fn coverage_reports(
    set: &EvalSet,
    gold: &GoldTargets,
    space: &LabelSpace,
    scores: &[Scores],
    thresholds: &[f32],
    codebook: &Codebook,
) -> Vec<CoverageReport> {
    let mut reports = Vec::new();
    for own_section in [false, true] {
        let scope = if own_section {
            "as-reported"
        } else {
            "anywhere"
        };
        let mut against_gold = Cells::default();
        let mut against_plan = Cells::default();
        for (document, rows) in documents(set) {
            let plan = set.plans.iter().find(|plan| plan.packet == document);
            for (label, id) in space.competencies.iter().enumerate() {
                let Some(home) = codebook.competency(id).map(|one| one.ecq()) else {
                    continue;
                };
                let section = (own_section && !is_fundamental(codebook, home)).then_some(home);
                let output = space.range(OutputGroup::Demonstrated).start + label;
                let inside: Vec<usize> = rows
                    .iter()
                    .copied()
                    .filter(|&row| {
                        section.is_none_or(|home| section_of(set, row, codebook) == Some(home))
                    })
                    .collect();
                // A statement to one ECQ has no cells of the others.
                if inside.is_empty() {
                    continue;
                }
                let given = inside
                    .iter()
                    .any(|&row| scores[row].probabilities[output] >= thresholds[output]);
                let at = |row: usize| row * space.n_outputs() + output;
                let shown = inside.iter().any(|&row| gold.targets[at(row)]);
                against_gold.add(document, home, given, shown);
                if let Some(planned) = plan.and_then(|plan| planned(plan, id, section)) {
                    against_plan.add(document, home, given, planned);
                }
            }
        }
        reports.extend(against_gold.report("gold", scope));
        reports.extend(against_plan.report("plan", scope));
    }
    reports
}

/// Rows by packet, or by statement where there is none.
fn documents(set: &EvalSet) -> BTreeMap<&str, Vec<usize>> {
    let mut documents: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, document) in set.groups().into_iter().enumerate() {
        documents.entry(document).or_default().push(row);
    }
    documents
}

fn is_fundamental(codebook: &Codebook, ecq: &str) -> bool {
    codebook
        .ecq(ecq)
        .is_some_and(|ecq| ecq.kind() == EcqKind::Fundamental)
}

/// The ECQ under whose heading a passage stands; the sets name it by its title with hyphens.
fn section_of<'a>(set: &EvalSet, row: usize, codebook: &'a Codebook) -> Option<&'a str> {
    let title = set.passages[row].ecq.as_deref()?.replace('-', " ");
    codebook.ecq_of_heading(&title).map(|ecq| ecq.id())
}

/// Whether a plan covers a competency, in one section or in any; `None` where it leaves that open.
fn planned(plan: &Plan, id: &str, section: Option<&str>) -> Option<bool> {
    let here = |name: &str| section.is_none_or(|section| name.eq_ignore_ascii_case(section));
    let shown = plan
        .ecq
        .iter()
        .any(|(name, section)| here(name) && section.demonstrated.contains(id));
    let light = plan
        .light
        .iter()
        .any(|(name, ids)| here(name) && ids.contains(id));
    if shown {
        Some(true)
    } else if light {
        None
    } else {
        Some(false)
    }
}

/// Counts by document and by ECQ.
#[derive(Default)]
struct Cells<'a> {
    documents: BTreeMap<&'a str, Counts>,
    ecqs: BTreeMap<&'a str, Counts>,
}

impl<'a> Cells<'a> {
    fn add(&mut self, document: &'a str, ecq: &'a str, given: bool, truth: bool) {
        self.documents
            .entry(document)
            .or_default()
            .add(given, truth);
        self.ecqs.entry(ecq).or_default().add(given, truth);
    }

    fn report(self, against: &'static str, scope: &'static str) -> Option<CoverageReport> {
        let counts: Vec<Counts> = self.documents.values().copied().collect();
        let mut pooled = Counts::default();
        counts.iter().for_each(|&one| pooled.merge(one));
        let named = |by: BTreeMap<&str, Counts>| -> BTreeMap<String, CellCounts> {
            by.into_iter()
                .map(|(name, counts)| (name.to_owned(), counts.into()))
                .collect()
        };
        (!counts.is_empty()).then(|| CoverageReport {
            against,
            scope,
            n_documents: counts.len(),
            pooled: pooled.into(),
            f1_interval: bootstrap_interval(&counts, |counts| counts.f1()),
            documents: named(self.documents),
            ecqs: named(self.ecqs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codebook::builtin;
    use crate::dataset::Annotation;

    fn set(plan: &str) -> EvalSet {
        let passages: Vec<Annotation> = [
            r#"{"id":"1","packet":"p","ecq":"leading-change","text":"x"}"#,
            r#"{"id":"2","packet":"p","ecq":"leading-people","text":"y"}"#,
        ]
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
        EvalSet {
            name: "made".to_owned(),
            passages,
            plans: vec![serde_json::from_str(plan).unwrap()],
            ..EvalSet::default()
        }
    }

    #[test]
    fn a_competency_out_of_place_counts_anywhere_and_not_in_its_own_cell() {
        let set = set(
            r#"{"packet":"p","ecq":{"LC":{"demonstrated":["vision"]},"LP":{"demonstrated":[]}},"light":{"LP":["team-building"]}}"#,
        );
        let space = LabelSpace {
            competencies: vec!["vision".into(), "team-building".into()],
            ..LabelSpace::default()
        };
        // Gold and reader both see vision, but under Leading People; nobody sees team building.
        let gold = GoldTargets {
            targets: vec![false, false, false, false, true, false, true, false],
            decided: vec![true; 8],
        };
        let scores =
            [vec![0.1; 4], vec![0.9, 0.1, 0.9, 0.1]].map(|probabilities| Scores { probabilities });
        let reports = coverage_reports(
            &set,
            &gold,
            &space,
            &scores,
            &[0.5; 4],
            builtin("opm-2006").unwrap(),
        );
        let short: Vec<(&str, &str, usize, usize, usize)> = reports
            .iter()
            .map(|one| {
                (
                    one.against,
                    one.scope,
                    one.pooled.both,
                    one.pooled.reader_only,
                    one.pooled.truth_only,
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                ("gold", "anywhere", 1, 0, 0),
                ("plan", "anywhere", 1, 0, 0),
                ("gold", "as-reported", 0, 0, 0),
                ("plan", "as-reported", 0, 0, 1),
            ]
        );
        let plan = &set.plans[0];
        assert_eq!(
            planned(plan, "team-building", Some("lp")),
            None,
            "left open"
        );
        assert_eq!(planned(plan, "team-building", Some("lc")), Some(false));
    }
}
