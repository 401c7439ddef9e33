//! The figures as tables.

use std::fmt::Write;

use anyhow::Result;
use ecq::eval::{CoverageReport, Disagreement};

use crate::args::EvalArgs;
use crate::commands::eval::{Evaluation, Measured};
use crate::errors::harmless;

/// Most pairs of confused competencies that are printed; JSON has all.
const MAX_CONFUSIONS: usize = 25;

/// All sets, one after the other.
pub(super) fn render(evaluation: &Evaluation, args: &EvalArgs) -> Result<String> {
    let mut out = String::new();
    let model = &evaluation.model;
    writeln!(
        out,
        "model {} {}, sha256 {}",
        model.id, model.version, model.sha256
    )?;
    if !model.calibrated_on.is_empty() {
        writeln!(
            out,
            "calibration and thresholds were chosen on {}",
            model.calibrated_on.join(" and ")
        )?;
    }
    for measured in &evaluation.sets {
        groups(&mut out, measured)?;
        coverage(&mut out, &measured.coverage)?;
        if args.labels {
            labels(&mut out, measured)?;
        }
        if args.confusion {
            confusion(&mut out, measured)?;
        }
        if args.calibration {
            calibration(&mut out, measured)?;
        }
        if let Some(found) = &measured.disagreements {
            disagreements(&mut out, found)?;
        }
    }
    Ok(out)
}

fn groups(out: &mut String, measured: &Measured) -> Result<()> {
    let report = &measured.report;
    let remark = if measured.used_for_calibration {
        " (calibration and thresholds were chosen on them)"
    } else {
        ""
    };
    writeln!(
        out,
        "\n{}: {} passages{remark}",
        report.data, report.n_passages
    )?;
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
            interval(group.f1_interval),
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
            "  {:<12} {:<12} {:>6.3} {:<16}{:>7.3}  on {} passages",
            pair.a,
            pair.b,
            pair.f1,
            interval(pair.f1_interval),
            pair.kappa,
            pair.n_passages
        )?;
    }
    if let Some(alpha) = report.alpha {
        writeln!(out, "  annotators' alpha {alpha:.3}")?;
    }
    Ok(())
}

fn coverage(out: &mut String, reports: &[CoverageReport]) -> Result<()> {
    writeln!(
        out,
        "coverage of whole documents, a cell a competency (P, R, F1):"
    )?;
    for report in reports {
        let pooled = &report.pooled;
        writeln!(
            out,
            "  {:<12} against {:<5} {:>6.3}{:>7.3}{:>7.3} {:<16} {} cells in both, {} the reader's only, {} missed; {} documents",
            report.scope,
            report.against,
            pooled.precision,
            pooled.recall,
            pooled.f1,
            interval(report.f1_interval),
            pooled.both,
            pooled.reader_only,
            pooled.truth_only,
            report.n_documents
        )?;
        // Statements by the dozen are for JSON.
        if report.n_documents <= 10 {
            let parts: Vec<String> = report
                .documents
                .iter()
                .chain(&report.ecqs)
                .map(|(name, counts)| format!("{name} {:.2}", counts.f1))
                .collect();
            writeln!(out, "    F1 by document and ECQ: {}", parts.join(", "))?;
        }
    }
    Ok(())
}

fn labels(out: &mut String, measured: &Measured) -> Result<()> {
    for group in &measured.report.groups {
        writeln!(
            out,
            "{:<36}{:>6}{:>6}{:>6}{:>8}{:>8}{:>8}{:>8}",
            format!("{}:", group.group),
            "gold",
            "given",
            "both",
            "P",
            "R",
            "F1",
            "AP"
        )?;
        for label in &group.labels {
            let ap = label
                .average_precision
                .map_or_else(|| "-".to_owned(), |ap| format!("{ap:.3}"));
            writeln!(
                out,
                "  {:<34}{:>6}{:>6}{:>6}{:>8.3}{:>8.3}{:>8.3}{ap:>8}",
                label.id,
                label.n_gold,
                label.n_given,
                label.n_both,
                label.precision,
                label.recall,
                label.f1
            )?;
        }
    }
    Ok(())
}

fn confusion(out: &mut String, measured: &Measured) -> Result<()> {
    writeln!(
        out,
        "levels, gold down and the reader across:\n  {:<14}{:>10}{:>10}{:>14}",
        "", "absent", "asserted", "demonstrated"
    )?;
    for (name, row) in ["absent", "asserted", "demonstrated"]
        .iter()
        .zip(&measured.levels.n)
    {
        writeln!(
            out,
            "  {name:<14}{:>10}{:>10}{:>14}",
            row[0], row[1], row[2]
        )?;
    }
    writeln!(
        out,
        "demonstrated in gold, and what the reader demonstrates in its place (* a near-miss note sets the two apart):"
    )?;
    for one in measured.confusions.iter().take(MAX_CONFUSIONS) {
        writeln!(
            out,
            "  {:<28} {:<28}{} {} of {}",
            one.gold,
            one.given,
            if one.are_neighbors { "*" } else { " " },
            one.n,
            one.n_gold
        )?;
    }
    if measured.confusions.len() > MAX_CONFUSIONS {
        writeln!(
            out,
            "  and {} pairs more",
            measured.confusions.len() - MAX_CONFUSIONS
        )?;
    }
    Ok(())
}

fn calibration(out: &mut String, measured: &Measured) -> Result<()> {
    for group in &measured.calibration {
        writeln!(
            out,
            "{}: probability, its mean, share that gold has, number",
            group.group
        )?;
        for bin in &group.bins {
            writeln!(
                out,
                "  {:.2}-{:.2}{:>8.3}{:>8.3}{:>8}",
                bin.from, bin.to, bin.mean_probability, bin.share_gold, bin.n
            )?;
        }
    }
    Ok(())
}

/// Disagreements with their text, passage by passage.
pub(crate) fn disagreements(out: &mut String, found: &[Disagreement]) -> Result<()> {
    let mut id = "";
    for one in found {
        if one.id != id {
            id = &one.id;
            writeln!(
                out,
                "{}: {}",
                harmless(id),
                harmless(one.text.as_deref().unwrap_or("(no text given)"))
            )?;
        }
        let said: Vec<String> = one
            .said
            .iter()
            .map(|(reader, word)| format!("{} {word}", harmless(reader)))
            .collect();
        writeln!(out, "  {} {}: {}", one.group, one.label, said.join(", "))?;
    }
    Ok(())
}

/// An interval as the tables show it.
pub(crate) fn interval((low, high): (f64, f64)) -> String {
    format!("[{low:.3}, {high:.3}]")
}
