//! What likeness to the definitions reaches, for comparison.

use anyhow::Result;
use ecq::classify::{Classifier, OutputGroup};
use ecq::codebook::builtin;
use ecq::embed::{Embedder, Embeddings, similarity};
use ecq::eval::{Counts, EvalSet, average_precision};
use serde::Serialize;

/// What likeness to the definitions reaches when its threshold is chosen on the very data it is measured on.
#[derive(Serialize)]
pub(super) struct Baseline {
    pub(super) threshold: f32,
    pub(super) f1: f64,
    pub(super) mean_average_precision: f64,
}

/// The toy: a passage evidences a competency if it is like the definition.
pub(super) fn baseline(
    set: &EvalSet,
    classifier: &Classifier,
    embedder: &dyn Embedder,
    passages: &Embeddings,
) -> Result<Baseline> {
    let space = classifier.space();
    let definitions: Vec<&str> = space
        .competencies
        .iter()
        .map(|id| {
            builtin("opm-2006")
                .and_then(|codebook| codebook.competency(id))
                .map_or(id.as_str(), |competency| competency.definition())
        })
        .collect();
    let definitions = embedder.embed(&definitions)?;
    let gold = set.gold(space).map_err(anyhow::Error::msg)?;
    let k = space.n_outputs();
    let start = space.range(OutputGroup::Demonstrated).start;
    let mut pairs = Vec::new();
    let mut average = Vec::new();
    for label in 0..space.competencies.len() {
        let (mut scores, mut truth) = (Vec::new(), Vec::new());
        for row in 0..passages.len() {
            let at = row * k + start + label;
            if gold.decided[at] {
                scores.push(similarity(passages.row(row), definitions.row(label)));
                truth.push(gold.targets[at]);
            }
        }
        average.extend(average_precision(&scores, &truth));
        pairs.extend(scores.into_iter().zip(truth));
    }
    let mut best = Baseline {
        threshold: 0.0,
        f1: 0.0,
        mean_average_precision: 0.0,
    };
    for step in 0..100_u8 {
        let threshold = f32::from(step) / 100.0;
        let mut counts = Counts::default();
        pairs
            .iter()
            .for_each(|(score, gold)| counts.add(*score >= threshold, *gold));
        if counts.f1() > best.f1 {
            best.threshold = threshold;
            best.f1 = counts.f1();
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a few dozen labels")]
    let n = average.len().max(1) as f64;
    best.mean_average_precision = average.iter().sum::<f64>() / n;
    Ok(best)
}
