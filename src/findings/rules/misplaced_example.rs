//! Examples that evidence another ECQ than the one they stand under.

use crate::codebook::EcqKind;
use crate::findings::{Example, Finding, PartKind, Readings, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "misplaced-example",
    severity: Severity::Note,
    on: true,
    title: "Reads like an example of another ECQ",
    why: "A story counts for the ECQ it stands under; told under another it may be lost for both.",
    source: "practitioners on matching stories to ECQs; the scores are this tool's own",
    fix: "acts that show this ECQ's competencies, or the story under the other ECQ",
    needs_model: true,
    check,
};

/// How far the other ECQ has to be ahead, as a difference of scores.
const AHEAD: f64 = 0.25;

/// Score that the other ECQ has to reach.
const STRONG: f64 = 0.45;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    let ecqs: Vec<_> = subject
        .codebook
        .ecqs()
        .iter()
        .filter(|ecq| ecq.kind() == EcqKind::Ecq)
        .collect();
    for example in subject.examples.iter().filter(|example| example.acts) {
        let part = &subject.parts[example.part];
        let PartKind::Ecq { id: Some(own) } = &part.kind else {
            continue;
        };
        let scores: Vec<(f64, &str, &str)> = ecqs
            .iter()
            .map(|ecq| {
                (
                    score(subject, &readings, example, ecq.id()),
                    ecq.id(),
                    ecq.name(),
                )
            })
            .collect();
        let here = scores
            .iter()
            .find(|(_, id, _)| id == own)
            .map_or(0.0, |(score, ..)| *score);
        let best = scores.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let Some(&(there, _, other)) = best.filter(|(_, id, _)| id != own) else {
            continue;
        };
        if there >= STRONG && there - here >= AHEAD {
            let message = format!(
                "under {}, reads more like {other} ({other} {there:.2}, {} {here:.2})",
                part.name, part.name
            );
            let opening = subject.passages[example.passages[0]].sentences[0];
            found.push(subject.finding(&RULE, opening, message));
        }
    }
}

/// Mean over the two competencies of an ECQ that an example shows best, each by its best passage, 0 to 1.
fn score(subject: &Subject<'_>, readings: &Readings<'_>, example: &Example, ecq: &str) -> f64 {
    let mut best: Vec<f64> = subject
        .codebook
        .competencies()
        .iter()
        .enumerate()
        .filter(|(_, competency)| competency.ecq() == ecq)
        .map(|(idx, _)| {
            example
                .passages
                .iter()
                .map(|&passage| f64::from(readings.competencies[idx][passage].p_demonstrated))
                .fold(0.0, f64::max)
        })
        .collect();
    best.sort_by(|a, b| b.total_cmp(a));
    let top: Vec<f64> = best.into_iter().take(2).collect();
    #[allow(clippy::cast_precision_loss, reason = "at most two")]
    let n = top.len().max(1) as f64;
    top.iter().sum::<f64>() / n
}
