//! The figures as tables.

use std::fmt::Write;

use anyhow::Result;
use ecq::eval::{ChangeReport, CoverageReport, Disagreement, Transfer};

use crate::args::EvalArgs;
use crate::commands::eval::more::{GroupTransfer, GroupUnsure, Robustness};
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
    if !model.chosen_on.is_empty() {
        writeln!(
            out,
            "{} were chosen on {}",
            model.what_was_chosen,
            model.chosen_on.join(" and ")
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
        if args.slices {
            slices(&mut out, measured)?;
        }
        if let Some(found) = &measured.disagreements {
            disagreements(&mut out, found)?;
        }
    }
    if let Some(groups) = &evaluation.transfer {
        transfer(&mut out, groups)?;
    }
    if let Some(groups) = &evaluation.unsure {
        unsure(&mut out, groups)?;
    }
    if let Some(found) = &evaluation.robustness {
        robustness(&mut out, found)?;
    }
    Ok(out)
}

fn groups(out: &mut String, measured: &Measured) -> Result<()> {
    let report = &measured.report;
    let remark = if measured.used_for_choosing {
        " (used for choosing)"
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
        "{:<22}{:>6}{:>8}{:>8}{:>8}  {:<16}{:>7}{:>7}{:>8}{:>7}{:>9}{:>7}",
        "group",
        "gold",
        "P",
        "R",
        "F1",
        "95% interval",
        "macro",
        "mAP",
        "kappa",
        "ECE",
        "ECE>.05",
        "sum"
    )?;
    for group in &report.groups {
        writeln!(
            out,
            "{:<22}{:>6}{:>8.3}{:>8.3}{:>8.3}  {:<16}{:>7.3}{:>7.3}{:>8.3}{:>7.3}{:>9.3}{:>7.2}",
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
            group.calibration_error_possible,
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

fn slices(out: &mut String, measured: &Measured) -> Result<()> {
    writeln!(
        out,
        "demonstrated by kind of text:{:>23}{:>6}{:>8}{:>8}{:>8}{:>7}{:>9}",
        "passages", "gold", "P", "R", "F1", "ECE", "ECE>.05"
    )?;
    for one in &measured.slices {
        writeln!(
            out,
            "  {:<8}{:<32}{:>10}{:>6}{:>8.3}{:>8.3}{:>8.3}{:>7.3}{:>9.3}",
            one.by,
            one.value,
            one.n_passages,
            one.n_gold,
            one.precision,
            one.recall,
            one.f1,
            one.calibration_error,
            one.calibration_error_possible
        )?;
    }
    Ok(())
}

fn transfer(out: &mut String, groups: &[GroupTransfer]) -> Result<()> {
    for group in groups {
        writeln!(
            out,
            "\n{}: line and threshold chosen on one part, applied to another\n  {:<22}{:<14}{:>10}{:>8}{:>8}{:>8}  {:<16}{:>7}{:>9}",
            group.group,
            "chosen on",
            "applied to",
            "threshold",
            "P",
            "R",
            "F1",
            "95% interval",
            "ECE",
            "ECE>.05"
        )?;
        for one in group.between_sets.iter().chain(&group.document_left_out) {
            transfer_line(out, one)?;
        }
    }
    Ok(())
}

fn transfer_line(out: &mut String, one: &Transfer) -> Result<()> {
    writeln!(
        out,
        "  {:<22}{:<14}{:>10}{:>8.3}{:>8.3}{:>8.3}  {:<16}{:>7.3}{:>9.3}",
        one.fitted_on,
        one.applied_to,
        one.threshold
            .map_or_else(|| "-".to_owned(), |threshold| format!("{threshold:.2}")),
        one.precision,
        one.recall,
        one.f1,
        interval(one.f1_interval),
        one.calibration_error,
        one.calibration_error_possible
    )?;
    Ok(())
}

fn unsure(out: &mut String, groups: &[GroupUnsure]) -> Result<()> {
    writeln!(out, "\nunsure: decisions that are right too seldom")?;
    for one in groups {
        writeln!(
            out,
            "  {:<20} learned on {}: {:.2} to {:.2} around {:.2} (right in less than {:.0} %)\n    on {}: {} of {} decisions in {} of {} passages; {:.0} % of them wrong, {:.0} % of all errors; F1 {:.3}, outside {:.3}",
            one.group,
            one.learned_on,
            one.band.from,
            one.band.to,
            one.threshold,
            100.0 * one.band.least_right,
            one.applied_to,
            one.n_unsure,
            one.n,
            one.n_unsure_passages,
            one.n_passages,
            100.0 * one.share_wrong_inside,
            100.0 * one.share_of_errors_caught,
            one.f1,
            one.f1_outside
        )?;
    }
    Ok(())
}

fn robustness(out: &mut String, found: &Robustness) -> Result<()> {
    writeln!(
        out,
        "\ngaming texts with a competency demonstrated (each is an error):"
    )?;
    let (mut n, mut n_believed) = (0, 0);
    for one in &found.gaming {
        writeln!(
            out,
            "  {:<20}{:>4} of {:>3}  {:>5.1} %",
            one.kind,
            one.n_believed,
            one.n,
            100.0 * one.share
        )?;
        for text in &one.believed {
            let labels: Vec<String> = text
                .competencies
                .iter()
                .map(|(id, p)| format!("{id} {p:.2}"))
                .collect();
            writeln!(out, "    {}: {}", text.id, labels.join(", "))?;
        }
        n += one.n;
        n_believed += one.n_believed;
    }
    writeln!(
        out,
        "  {:<20}{n_believed:>4} of {n:>3}  {:>5.1} %",
        "all",
        100.0 * ecq::eval::ratio(n_believed, n)
    )?;
    changes(out, "swaps", &found.swaps)?;
    changes(out, "noise", &found.noise)
}

fn changes(out: &mut String, what: &str, reports: &[ChangeReport]) -> Result<()> {
    writeln!(
        out,
        "{what}: {:>20}{:>16}{:>12}{:>20}",
        "pairs", "pairs moved", "decisions", "largest change"
    )?;
    for one in reports {
        let at = one
            .largest_at
            .as_ref()
            .map_or_else(String::new, |(id, label)| format!("{id} {label}"));
        writeln!(
            out,
            "  {:<16}{:>8}{:>8} {:>5.1} %{:>12}{:>20.3}  {at}",
            one.kind,
            one.n,
            one.n_moved,
            100.0 * one.share_moved,
            one.n_decisions_moved,
            one.largest_change
        )?;
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
