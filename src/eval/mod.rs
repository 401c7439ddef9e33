//! How far a reader agrees with careful readers: figures per label and over all, with intervals.

mod metrics;
pub mod rules;
mod set;
mod threshold;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::metrics::{Counts, average_precision, calibration_error, krippendorff_alpha, ratio};
pub use self::set::{EvalSet, GoldTargets, read_eval_set};
pub use self::threshold::{choose_threshold, fit_line};

use crate::classify::{Classifier, LabelSpace, OutputGroup, Scores};

/// Bootstrap resamples behind an interval: enough for two decimals of a 95 % interval.
const RESAMPLES: usize = 1000;

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

/// Agreement of two readers on the demonstrated level.
#[derive(Clone, Debug, Serialize)]
pub struct PairAgreement {
    /// One reader.
    pub a: String,
    /// The other.
    pub b: String,
    /// Passages both judged.
    pub n_passages: usize,
    /// Micro-F1, the same whichever of the two is taken as gold.
    pub f1: f64,
    /// Cohen's kappa over passage-label pairs.
    pub kappa: f64,
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
    let decisions = decisions(classifier, scores);
    let (agreement, alpha) = agreement(set, space, &decisions);
    Ok(EvalReport {
        data: set.name.clone(),
        n_passages: set.passages.len(),
        groups,
        agreement,
        alpha,
    })
}

/// The decisions of a classifier, (n, k) row-major.
fn decisions(classifier: &Classifier, scores: &[Scores]) -> Vec<bool> {
    scores
        .iter()
        .flat_map(|scores| {
            scores
                .probabilities
                .iter()
                .zip(classifier.thresholds())
                .map(|(p, t)| p >= t)
        })
        .collect()
}

fn group_report(
    set: &EvalSet,
    gold: &GoldTargets,
    space: &LabelSpace,
    group: OutputGroup,
    scores: &[Scores],
    thresholds: &[f32],
) -> GroupReport {
    let k = space.n_outputs();
    let range = space.range(group);
    let mut labels = Vec::new();
    let mut all = Counts::default();
    let (mut probabilities, mut truths) = (Vec::new(), Vec::new());
    let mut by_document: BTreeMap<&str, Counts> = BTreeMap::new();
    let documents = set.groups();
    for (label, output) in range.clone().enumerate() {
        let mut counts = Counts::default();
        let (mut label_scores, mut label_gold) = (Vec::new(), Vec::new());
        for (row, scores) in scores.iter().enumerate() {
            let at = row * k + output;
            if !gold.decided[at] {
                continue;
            }
            let p = scores.probabilities[output];
            let decision = p >= thresholds[output];
            counts.add(decision, gold.targets[at]);
            by_document
                .entry(documents[row])
                .or_default()
                .add(decision, gold.targets[at]);
            label_scores.push(p);
            label_gold.push(gold.targets[at]);
        }
        all.merge(counts);
        labels.push(LabelReport {
            id: space.ids(group)[label].clone(),
            n_gold: counts.n_gold(),
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            average_precision: average_precision(&label_scores, &label_gold),
        });
        probabilities.extend(label_scores);
        truths.extend(label_gold);
    }
    let with_gold: Vec<&LabelReport> = labels.iter().filter(|label| label.n_gold > 0).collect();
    let mean = |values: Vec<f64>| -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a few dozen labels")]
        let n = values.len().max(1) as f64;
        values.iter().sum::<f64>() / n
    };
    let n_passages = (0..scores.len())
        .filter(|row| range.clone().any(|output| gold.decided[row * k + output]))
        .count();
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let n_gold_f64 = all.n_gold().max(1) as f64;
    GroupReport {
        group: group.name(),
        n_passages,
        n_gold: all.n_gold(),
        precision: all.precision(),
        recall: all.recall(),
        f1: all.f1(),
        f1_interval: bootstrap_f1(&by_document.into_values().collect::<Vec<_>>()),
        macro_f1: mean(with_gold.iter().map(|label| label.f1).collect()),
        mean_average_precision: mean(
            with_gold
                .iter()
                .filter_map(|label| label.average_precision)
                .collect(),
        ),
        kappa: all.kappa(),
        calibration_error: calibration_error(&probabilities, &truths, 15),
        probability_sum: probabilities.iter().map(|&p| f64::from(p)).sum::<f64>() / n_gold_f64,
        labels,
    }
}

/// 95 % interval of micro-F1 when documents are drawn with replacement.
fn bootstrap_f1(documents: &[Counts]) -> (f64, f64) {
    if documents.is_empty() {
        return (0.0, 0.0);
    }
    // A fixed linear congruential generator (Knuth's MMIX constants): the same interval at every run.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % n as u64).unwrap_or(0)
    };
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut counts = Counts::default();
            for _ in 0..documents.len() {
                counts.merge(documents[draw(documents.len())]);
            }
            counts.f1()
        })
        .collect();
    values.sort_by(f64::total_cmp);
    (
        values[RESAMPLES * 25 / 1000],
        values[RESAMPLES * 975 / 1000 - 1],
    )
}

fn agreement(
    set: &EvalSet,
    space: &LabelSpace,
    decisions: &[bool],
) -> (Vec<PairAgreement>, Option<f64>) {
    let group = OutputGroup::Demonstrated;
    let (ids, k) = (space.ids(group), space.n_outputs());
    let start = space.range(group).start;
    // One column a reader: `None` where a passage was not judged.
    let mut readers: Vec<(&str, Vec<Option<Vec<bool>>>)> = Vec::new();
    for (name, annotations) in &set.readers {
        let column: Vec<Option<Vec<bool>>> = set
            .passages
            .iter()
            .map(|passage| {
                let labels = annotations.get(&passage.id)?.labels(group)?;
                Some(ids.iter().map(|id| labels.contains(id.as_str())).collect())
            })
            .collect();
        if column.iter().any(Option::is_some) {
            readers.push((name, column));
        }
    }
    let mut units = Vec::new();
    for row in 0..set.passages.len() {
        for label in 0..ids.len() {
            units.push(
                readers
                    .iter()
                    .filter_map(|(_, column)| column[row].as_ref().map(|v| v[label]))
                    .collect(),
            );
        }
    }
    let alpha = if readers.len() < 2 {
        None
    } else {
        krippendorff_alpha(&units)
    };
    let model: Vec<Option<Vec<bool>>> = (0..set.passages.len())
        .map(|row| {
            Some(
                (0..ids.len())
                    .map(|label| decisions[row * k + start + label])
                    .collect(),
            )
        })
        .collect();
    readers.push(("ecq", model));
    let mut pairs = Vec::new();
    for (idx, (a, left)) in readers.iter().enumerate() {
        for (b, right) in &readers[idx + 1..] {
            let mut counts = Counts::default();
            let mut n_passages = 0;
            for (left, right) in left.iter().zip(right) {
                let (Some(left), Some(right)) = (left, right) else {
                    continue;
                };
                n_passages += 1;
                left.iter().zip(right).for_each(|(l, r)| counts.add(*l, *r));
            }
            pairs.push(PairAgreement {
                a: (*a).to_owned(),
                b: (*b).to_owned(),
                n_passages,
                f1: counts.f1(),
                kappa: counts.kappa(),
            });
        }
    }
    (pairs, alpha)
}
