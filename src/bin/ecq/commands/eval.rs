//! `ecq eval`: how far the reader agrees with careful readers.

use std::fmt::Write;

use anyhow::Result;
use ecq::classify::{Classifier, OutputGroup};
use ecq::codebook::builtin;
use ecq::embed::{Embedder, open_encoder, similarity};
use ecq::eval::{Counts, EvalReport, EvalSet, average_precision, evaluate, read_eval_set};
use serde::Serialize;

use crate::args::{EvalArgs, Format};
use crate::commands::model;
use crate::errors::Code;
use crate::output;

/// Figures of one data set.
#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    report: EvalReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine_baseline: Option<Baseline>,
}

/// What likeness to the definitions reaches when its threshold is chosen on the very data it is measured on.
#[derive(Serialize)]
struct Baseline {
    threshold: f32,
    f1: f64,
    mean_average_precision: f64,
}

/// Measures a model on data sets.
pub(crate) fn run(args: &EvalArgs) -> Result<Code> {
    let model = model(args.model.model.as_deref())?;
    let embedder = open_encoder(
        &model.encoder,
        args.model.compute.into(),
        args.model.threads,
    )?;
    let classifier =
        Classifier::new(model.head.clone(), &model.manifest).map_err(anyhow::Error::msg)?;
    let mut measured = Vec::new();
    for data in &args.data {
        let set = read_eval_set(data)?;
        let embeddings = embedder.embed(&set.texts())?;
        let scores = classifier.classify(&embeddings);
        let report = evaluate(&set, &classifier, &scores).map_err(anyhow::Error::msg)?;
        let cosine_baseline = if args.baseline {
            Some(baseline(&set, &classifier, embedder.as_ref(), &embeddings)?)
        } else {
            None
        };
        measured.push(Measured {
            report,
            cosine_baseline,
        });
    }
    if args.format == Format::Json {
        output::write(&format!("{}\n", serde_json::to_string_pretty(&measured)?))?;
        return Ok(Code::Done);
    }
    let mut out = String::new();
    writeln!(
        out,
        "model {} {}, sha256 {}",
        model.name.id, model.name.version, model.name.sha256
    )?;
    for one in &measured {
        table(&mut out, one, args.labels)?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}

fn table(out: &mut String, measured: &Measured, labels: bool) -> Result<()> {
    let report = &measured.report;
    writeln!(out, "\n{}: {} passages", report.data, report.n_passages)?;
    writeln!(
        out,
        "{:<22}{:>6}{:>8}{:>8}{:>8}  {:<16}{:>7}{:>7}{:>8}{:>7}{:>7}",
        "group", "gold", "P", "R", "F1", "95% interval", "macro", "mAP", "kappa", "ECE", "sum"
    )?;
    for group in &report.groups {
        writeln!(
            out,
            "{:<22}{:>6}{:>8.3}{:>8.3}{:>8.3}  {:<16}{:>7.3}{:>7.3}{:>8.3}{:>7.3}{:>7.2}",
            group.group,
            group.n_gold,
            group.precision,
            group.recall,
            group.f1,
            format!("[{:.3}, {:.3}]", group.f1_interval.0, group.f1_interval.1),
            group.macro_f1,
            group.mean_average_precision,
            group.kappa,
            group.calibration_error,
            group.probability_sum
        )?;
    }
    if let Some(baseline) = &measured.cosine_baseline {
        writeln!(
            out,
            "cosine to the definitions, demonstrated: F1 {:.3} at {:.2}, its best here; mAP {:.3}",
            baseline.f1, baseline.threshold, baseline.mean_average_precision
        )?;
    }
    writeln!(out, "agreement on demonstrated (micro-F1, kappa):")?;
    for pair in &report.agreement {
        writeln!(
            out,
            "  {:<12} {:<12} {:>6.3}{:>7.3}  on {} passages",
            pair.a, pair.b, pair.f1, pair.kappa, pair.n_passages
        )?;
    }
    if let Some(alpha) = report.alpha {
        writeln!(out, "  annotators' alpha {alpha:.3}")?;
    }
    if labels {
        for group in &report.groups {
            writeln!(out, "{}:", group.group)?;
            for label in &group.labels {
                let ap = label
                    .average_precision
                    .map_or_else(|| "-".to_owned(), |ap| format!("{ap:.3}"));
                writeln!(
                    out,
                    "  {:<36}{:>5}  P {:.3}  R {:.3}  F1 {:.3}  AP {ap}",
                    label.id, label.n_gold, label.precision, label.recall, label.f1
                )?;
            }
        }
    }
    Ok(())
}

/// The toy: a passage evidences a competency if it is like the definition.
fn baseline(
    set: &EvalSet,
    classifier: &Classifier,
    embedder: &dyn Embedder,
    passages: &ecq::embed::Embeddings,
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
