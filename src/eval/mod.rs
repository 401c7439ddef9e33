//! How far a reader agrees with careful readers: figures per label and over all, with intervals.

mod agreement;
pub mod announcements;
mod bootstrap;
mod calibration;
mod confusion;
mod coverage;
mod decision;
mod fit;
mod line;
mod metrics;
mod noise;
mod own;
mod read;
mod robustness;
pub mod rules;
mod set;
mod slices;
mod threshold;
mod transfer;
mod unsure;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::agreement::{
    Disagreement, GroupAgreement, LabelAgreement, PairAgreement, Reader, Unit, disagreements,
    group_agreement, units,
};
pub use self::bootstrap::{Tally, bootstrap_interval};
pub use self::calibration::{
    CalibrationBin, N_BINS, POSSIBLE, calibration_table, decisions_error, possible_error,
};
pub use self::confusion::{Confusion, LevelTable, confusions, level_table};
pub use self::coverage::{CellCounts, CoverageReport, Plan, SectionPlan, coverage_reports};
pub use self::decision::{Decision, decisions};
pub use self::fit::{CalibrationSet, fit_calibration};
pub use self::line::{Line, fit_line};
pub use self::metrics::{AlphaCounts, Counts, average_precision, calibration_error, ratio};
pub use self::noise::{Noise, WORDS_A_TYPO};
pub use self::own::{OwnFigures, OwnPairs};
pub use self::robustness::{
    Believed, ChangeReport, GamingReport, Probe, RobustnessSet, change_reports, gaming_reports,
    noise_probes,
};
pub use self::set::{EvalSet, GoldTargets, Writer, read_eval_set, read_robustness_set};
pub use self::slices::{Slice, slices};
pub use self::threshold::choose_threshold;
pub use self::transfer::{Judged, Policy, Transfer, fit_policy, leave_one_document_out, transfers};
pub use self::unsure::unsure_band;

use self::agreement::{Column, column, compare};
use crate::classify::{Classifier, LabelSpace, OutputGroup, Scores};

/// Figures for one group of outputs on one data set.
#[derive(Clone, Debug, Serialize)]
pub struct GroupReport {
    /// Name of the group.
    pub group: &'static str,
    /// Number of passages with a gold decision.
    pub n_passages: usize,
    /// Number of gold labels.
    pub n_gold: usize,
    /// Micro-averaged over all passage-label pairs.
    pub precision: f64,
    /// As above.
    pub recall: f64,
    /// As above.
    pub f1: f64,
    /// 95 % bootstrap interval of `f1`, resampled by document.
    pub f1_interval: (f64, f64),
    /// Mean F1 over labels with at least one gold passage.
    pub macro_f1: f64,
    /// Mean average precision over the same labels.
    pub mean_average_precision: f64,
    /// Cohen's kappa over all passage-label pairs.
    pub kappa: f64,
    /// Expected calibration error in 15 bins.
    pub calibration_error: f64,
    /// The same over probabilities of at least [`POSSIBLE`]: absences that are certain, nine tenths of all, hide
    /// every error in the figure above.
    pub calibration_error_possible: f64,
    /// Sum of probabilities over the number of gold labels: 1 where a reader is as sure as it should be.
    pub probability_sum: f64,
    /// Per label, in the order of the outputs.
    pub labels: Vec<LabelReport>,
}

/// Figures for one label.
#[derive(Clone, Debug, Serialize)]
pub struct LabelReport {
    /// Id of the label.
    pub id: String,
    /// Number of gold passages.
    pub n_gold: usize,
    /// Number of passages to which the reader gave it.
    pub n_given: usize,
    /// Number of passages that have it from both.
    pub n_both: usize,
    /// Share of the reader's labels that gold has.
    pub precision: f64,
    /// Share of gold's labels that the reader gave.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Average precision, where there is gold.
    pub average_precision: Option<f64>,
}

/// Figures of a model on a data set.
#[derive(Clone, Debug, Serialize)]
pub struct EvalReport {
    /// Name of the data set.
    pub data: String,
    /// Passages in it.
    pub n_passages: usize,
    /// One entry a group of outputs.
    pub groups: Vec<GroupReport>,
    /// Agreement of every pair of annotators, and of each with the model, on the demonstrated level.
    pub agreement: Vec<PairAgreement>,
    /// Krippendorff's alpha among the annotators, demonstrated level.
    pub alpha: Option<f64>,
}

/// Measures a classifier's scores on a data set.
///
/// # Errors
/// Naming a label of the annotations that the model does not know.
pub fn evaluate(
    set: &EvalSet,
    classifier: &Classifier,
    scores: &[Scores],
) -> Result<EvalReport, String> {
    let space = classifier.space();
    let gold = set.gold(space)?;
    let groups = OutputGroup::ALL
        .into_iter()
        .map(|group| group_report(set, &gold, space, group, scores, classifier.thresholds()))
        .collect();
    let (agreement, alpha) = agreement(set, classifier, scores);
    Ok(EvalReport {
        data: set.name.clone(),
        n_passages: set.passages.len(),
        groups,
        agreement,
        alpha,
    })
}

fn group_report(
    set: &EvalSet,
    gold: &GoldTargets,
    space: &LabelSpace,
    group: OutputGroup,
    scores: &[Scores],
    thresholds: &[f32],
) -> GroupReport {
    let all_decisions = decisions(gold, space, group, scores, thresholds);
    let documents = set.groups();
    let mut all = Counts::default();
    let mut by_document: BTreeMap<&str, Counts> = BTreeMap::new();
    for one in &all_decisions {
        all.add(one.given, one.gold);
        by_document
            .entry(documents[one.row])
            .or_default()
            .add(one.given, one.gold);
    }
    let labels: Vec<LabelReport> = space
        .ids(group)
        .iter()
        .enumerate()
        .map(|(label, id)| label_report(id, all_decisions.iter().filter(|one| one.label == label)))
        .collect();
    let with_gold: Vec<&LabelReport> = labels.iter().filter(|label| label.n_gold > 0).collect();
    let mean = |values: Vec<f64>| -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a few dozen labels")]
        let n = values.len().max(1) as f64;
        values.iter().sum::<f64>() / n
    };
    let rows: BTreeSet<usize> = all_decisions.iter().map(|one| one.row).collect();
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let n_gold_f64 = all.n_gold().max(1) as f64;
    GroupReport {
        group: group.name(),
        n_passages: rows.len(),
        n_gold: all.n_gold(),
        precision: all.precision(),
        recall: all.recall(),
        f1: all.f1(),
        f1_interval: bootstrap_interval(&by_document.into_values().collect::<Vec<_>>(), |counts| {
            counts.f1()
        }),
        macro_f1: mean(with_gold.iter().map(|label| label.f1).collect()),
        mean_average_precision: mean(
            with_gold
                .iter()
                .filter_map(|label| label.average_precision)
                .collect(),
        ),
        kappa: all.kappa(),
        calibration_error: decisions_error(&all_decisions),
        calibration_error_possible: possible_error(&all_decisions),
        probability_sum: all_decisions
            .iter()
            .map(|one| f64::from(one.p))
            .sum::<f64>()
            / n_gold_f64,
        labels,
    }
}

fn label_report<'a>(
    id: &str,
    decisions: impl Iterator<Item = &'a Decision> + Clone,
) -> LabelReport {
    let mut counts = Counts::default();
    decisions
        .clone()
        .for_each(|one| counts.add(one.given, one.gold));
    let (p, gold): (Vec<f32>, Vec<bool>) = decisions.map(|one| (one.p, one.gold)).unzip();
    LabelReport {
        id: id.to_owned(),
        n_gold: counts.n_gold(),
        n_given: counts.true_positive + counts.false_positive,
        n_both: counts.true_positive,
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f1(),
        average_precision: average_precision(&p, &gold),
    }
}

/// Agreement on the demonstrated level: every pair of annotators, each with the model, and alpha of the annotators.
fn agreement(
    set: &EvalSet,
    classifier: &Classifier,
    scores: &[Scores],
) -> (Vec<PairAgreement>, Option<f64>) {
    let (group, space, units) = (OutputGroup::Demonstrated, classifier.space(), set.units());
    let mut columns: Vec<(&str, Column)> = set
        .readers
        .iter()
        .map(|reader| (reader.name.as_str(), column(reader, &units, space, group)))
        .filter(|(_, column)| column.iter().any(Option::is_some))
        .collect();
    let alpha = compare(&columns, &units, space, group).and_then(|found| found.alpha);
    let model = scores
        .iter()
        .map(|scores| {
            let given = space
                .range(group)
                .map(|output| classifier.reaches(scores, output));
            Some(given.collect())
        })
        .collect();
    columns.push(("ecq", model));
    let pairs = compare(&columns, &units, space, group).map_or_else(Vec::new, |found| found.pairs);
    (pairs, alpha)
}
