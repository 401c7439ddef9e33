//! What is measured only when asked for: transfer, the unsure band, robustness.

use std::collections::BTreeSet;

use anyhow::Result;
use ecq::classify::{Band, Classifier, OutputGroup, Scores};
use ecq::dataset::Annotation;
use ecq::embed::Embedder;
use ecq::eval::{
    ChangeReport, Counts, EvalSet, GamingReport, Judged, Probe, Transfer, change_reports,
    choose_threshold, decisions, gaming_reports, leave_one_document_out, noise_probes, ratio,
    read_robustness_set, transfers, unsure_band,
};
use serde::Serialize;

/// A set with its scores, kept until all sets are read.
pub(super) struct Scored {
    pub(super) set: EvalSet,
    pub(super) scores: Vec<Scores>,
}

/// What policies of other texts reach, for one group of outputs.
#[derive(Serialize)]
pub(super) struct GroupTransfer {
    pub(super) group: &'static str,
    /// Line and threshold of every set on every set.
    pub(super) between_sets: Vec<Transfer>,
    /// Line and threshold of all other documents on each document.
    pub(super) document_left_out: Vec<Transfer>,
}

/// The band of a group, and what lies in it.
#[derive(Serialize)]
pub(super) struct GroupUnsure {
    pub(super) group: &'static str,
    pub(super) threshold: f32,
    /// Learned on all sets given; or each set's, learned on the others.
    pub(super) band: Band,
    pub(super) learned_on: String,
    pub(super) applied_to: String,
    /// Decisions in it, of all.
    pub(super) n_unsure: usize,
    pub(super) n: usize,
    /// Passages with an unsure decision, of all.
    pub(super) n_unsure_passages: usize,
    pub(super) n_passages: usize,
    /// Share of the decisions in the band that are wrong.
    pub(super) share_wrong_inside: f64,
    /// Share of all wrong decisions that lie in the band.
    pub(super) share_of_errors_caught: f64,
    /// Micro-F1 of all decisions, and of those outside the band.
    pub(super) f1: f64,
    pub(super) f1_outside: f64,
}

/// Texts that must not be believed and changes that must not matter.
#[derive(Serialize)]
pub(super) struct Robustness {
    pub(super) gaming: Vec<GamingReport>,
    pub(super) swaps: Vec<ChangeReport>,
    pub(super) noise: Vec<ChangeReport>,
}

/// The decisions of every set on one group.
fn judged<'a>(
    sets: &'a [Scored],
    classifier: &Classifier,
    group: OutputGroup,
) -> Result<Vec<Judged<'a>>> {
    let space = classifier.space();
    sets.iter()
        .map(|one| {
            let gold = one.set.gold(space).map_err(anyhow::Error::msg)?;
            Ok(Judged {
                name: &one.set.name,
                decisions: decisions(&gold, space, group, &one.scores, classifier.thresholds()),
                documents: one.set.groups(),
            })
        })
        .collect()
}

pub(super) fn transfer(sets: &[Scored], classifier: &Classifier) -> Result<Vec<GroupTransfer>> {
    OutputGroup::ALL
        .into_iter()
        .map(|group| {
            let sets = judged(sets, classifier, group)?;
            Ok(GroupTransfer {
                group: group.name(),
                between_sets: transfers(&sets),
                document_left_out: leave_one_document_out(&sets),
            })
        })
        .collect()
}

/// The band of all sets on all of them, and of every set on the others.
pub(super) fn unsure(
    sets: &[Scored],
    classifier: &Classifier,
    least_right: f32,
) -> Result<Vec<GroupUnsure>> {
    let mut found = Vec::new();
    for group in OutputGroup::ALL {
        let sets = judged(sets, classifier, group)?;
        let all: Vec<&Judged<'_>> = sets.iter().collect();
        found.push(group_unsure(group, &all, &all, least_right));
        if sets.len() > 1 {
            for (idx, applied) in sets.iter().enumerate() {
                let others: Vec<&Judged<'_>> = sets
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != idx)
                    .map(|(_, set)| set)
                    .collect();
                found.push(group_unsure(group, &others, &[applied], least_right));
            }
        }
    }
    Ok(found)
}

fn group_unsure(
    group: OutputGroup,
    learned: &[&Judged<'_>],
    applied: &[&Judged<'_>],
    least_right: f32,
) -> GroupUnsure {
    let columns: Vec<(Vec<f32>, Vec<bool>)> = learned
        .iter()
        .map(|set| set.decisions.iter().map(|one| (one.p, one.gold)).unzip())
        .collect();
    let columns: Vec<(&[f32], &[bool])> = columns
        .iter()
        .map(|(p, gold)| (p.as_slice(), gold.as_slice()))
        .collect();
    let threshold = choose_threshold(&columns);
    let band = unsure_band(&columns, threshold, least_right);
    let (mut all, mut outside, mut inside) =
        (Counts::default(), Counts::default(), Counts::default());
    let (mut n_passages, mut n_unsure_passages) = (0, 0);
    for set in applied {
        let mut rows = vec![false; set.documents.len()];
        for one in &set.decisions {
            let given = one.p >= threshold;
            all.add(given, one.gold);
            if band.holds(one.p) {
                inside.add(given, one.gold);
                rows[one.row] = true;
            } else {
                outside.add(given, one.gold);
            }
        }
        n_passages += rows.len();
        n_unsure_passages += rows.iter().filter(|row| **row).count();
    }
    let wrong = |counts: Counts| counts.false_positive + counts.false_negative;
    let n = |counts: Counts| wrong(counts) + counts.true_positive + counts.true_negative;
    let names = |sets: &[&Judged<'_>]| {
        let names: Vec<&str> = sets.iter().map(|set| set.name).collect();
        names.join(" and ")
    };
    GroupUnsure {
        group: group.name(),
        threshold,
        band,
        learned_on: names(learned),
        applied_to: names(applied),
        n_unsure: n(inside),
        n: n(all),
        n_unsure_passages,
        n_passages,
        share_wrong_inside: ratio(wrong(inside), n(inside)),
        share_of_errors_caught: ratio(wrong(inside), wrong(all)),
        f1: all.f1(),
        f1_outside: outside.f1(),
    }
}

pub(super) fn robustness(
    dir: &std::path::Path,
    sets: &[Scored],
    classifier: &Classifier,
    embedder: &dyn Embedder,
) -> Result<Robustness> {
    let robustness = read_robustness_set(dir)?;
    // One text stands before several changes and is read once.
    let score = |texts: &[&str]| -> Result<Vec<Scores>> {
        let distinct: Vec<&str> = BTreeSet::from_iter(texts.iter().copied())
            .into_iter()
            .collect();
        let scores = classifier.classify(&embedder.embed(&distinct)?);
        Ok(texts
            .iter()
            .filter_map(|text| distinct.binary_search(text).ok())
            .map(|idx| scores[idx].clone())
            .collect())
    };
    let changes = |probes: &[Probe]| -> Result<Vec<ChangeReport>> {
        let before: Vec<&str> = probes.iter().map(|one| one.base.as_str()).collect();
        let after: Vec<&str> = probes.iter().map(|one| one.changed.as_str()).collect();
        Ok(change_reports(
            probes,
            classifier,
            &score(&before)?,
            &score(&after)?,
        ))
    };
    let texts: Vec<&str> = robustness
        .gaming
        .iter()
        .map(|one| one.text.as_deref().unwrap_or_default())
        .collect();
    let passages: Vec<Annotation> = sets
        .iter()
        .flat_map(|one| one.set.passages.clone())
        .collect();
    Ok(Robustness {
        gaming: gaming_reports(&robustness.gaming, classifier, &score(&texts)?),
        swaps: changes(&robustness.swaps)?,
        noise: changes(&noise_probes(&passages))?,
    })
}
