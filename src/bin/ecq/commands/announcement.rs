//! `ecq announcement`: a posting as codebook and settings; `ecq eval --announcements`: how well that goes.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, bail};
use ecq::analysis::Toolkit;
use ecq::announcement::{codebook_source, read_announcement, settings_source};
use ecq::eval::announcements::{
    ExtractionKind, ExtractionReport, MatchReport, Miss, Split, compare, match_pairs,
    read_announcement_cases, read_pairs,
};
use ecq::report::{announcement_json, render_announcement};
use serde_json::json;

use crate::args::{AnnouncementArgs, AnnouncementForm, EvalArgs, Format};
use crate::commands::model;
use crate::commands::reader::{open, shown_path};
use crate::errors::{Code, harmless, report_error};
use crate::{destination, output, progress};

/// Takes an announcement apart.
pub(crate) fn run(args: &AnnouncementArgs, quiet: bool) -> Result<Code> {
    let (_, document, name) = open(&args.file)?;
    let announcement = match read_announcement(&document) {
        Ok(announcement) => announcement,
        Err(why) => {
            report_error(&anyhow::anyhow!("{}: {why}", shown_path(&args.file)));
            return Ok(Code::NoneUsable);
        }
    };
    for warning in &document.warnings {
        let line = format!(
            "ecq: {}: warning: {}",
            shown_path(&args.file),
            harmless(&warning.message)
        );
        progress::note(quiet, &line);
    }
    let codebook = codebook_source(&announcement, &name.name);
    let no_codebook = || {
        anyhow::anyhow!(
            "{} asks for no ECQ and no technical qualification, so there is no codebook to write",
            shown_path(&args.file)
        )
    };
    if let Some(path) = &args.output {
        let source = codebook.as_deref().ok_or_else(no_codebook)?;
        write(path, source, args.force, quiet)?;
    }
    if let Some(path) = &args.settings {
        // The settings name the codebook as they find it: from their own folder.
        let written = args.output.as_deref().map(|codebook| {
            let beside = codebook.parent() == path.parent();
            let name = codebook.file_name().filter(|_| beside);
            name.map_or_else(|| codebook.to_string_lossy(), |name| name.to_string_lossy())
                .into_owned()
        });
        let source = settings_source(&announcement, &name.name, written.as_deref());
        write(path, &source, args.force, quiet)?;
    }
    let width = args.width.unwrap_or_else(output::width).max(40);
    output::write(&match args.format {
        AnnouncementForm::Text => render_announcement(&announcement, &name.name, width),
        AnnouncementForm::Json => announcement_json(&announcement),
        AnnouncementForm::Toml => codebook.ok_or_else(no_codebook)?,
    })?;
    Ok(Code::Done)
}

/// Writes a file that people correct: never over corrections, unless that is asked for.
fn write(path: &Path, source: &str, force: bool, quiet: bool) -> Result<()> {
    if !force && path.exists() {
        let is_same = std::fs::read_to_string(path).is_ok_and(|old| old == source);
        if is_same {
            return Ok(());
        }
        bail!(
            "{} is there and says something else, perhaps corrections; name another file or pass --force",
            path.display()
        );
    }
    destination::save(path, source.as_bytes())?;
    progress::note(
        quiet,
        &format!("ecq: wrote {}", harmless(&path.display().to_string())),
    );
    Ok(())
}

/// Figures of a part of the announcements.
struct Measured {
    split: Split,
    n: usize,
    report: ExtractionReport,
}

/// `ecq eval --announcements DIR`.
pub(crate) fn eval(args: &EvalArgs, dir: &Path) -> Result<Code> {
    let cases = read_announcement_cases(dir)?;
    let mut sets = Split::ALL.map(|split| Measured {
        split,
        n: 0,
        report: ExtractionReport::default(),
    });
    let mut misses: Vec<(String, Vec<Miss>)> = Vec::new();
    for case in &cases {
        let found = read_announcement(&case.document)
            .map_err(|why| anyhow::anyhow!("{}: {why}", case.name))?;
        let report = compare(&case.gold, &found);
        for set in sets.iter_mut().filter(|set| set.split == case.gold.split) {
            set.n += 1;
            set.report.add(&report);
        }
        misses.push((case.name.clone(), report.misses));
    }
    let pairs = read_pairs(&dir.join("pairs.jsonl"))?;
    let model = model(args.model.model.as_deref())?;
    let matches = match_pairs(&pairs, |codebook| {
        let compute = args.model.compute.into();
        Toolkit::with_compute(codebook, &model, compute, args.model.threads)
    })?;
    output::write(&match args.format {
        Format::Json => {
            let value = json!({
                "extraction": sets.iter().map(view).collect::<Vec<_>>(),
                "misses": misses.iter().map(|(name, misses)| json!({"announcement": name, "misses": misses})).collect::<Vec<_>>(),
                "matching": matches,
            });
            format!("{}\n", serde_json::to_string_pretty(&value)?)
        }
        Format::Text => text(&sets, &misses, &matches, args.labels)?,
    })?;
    Ok(Code::Done)
}

fn view(set: &Measured) -> serde_json::Value {
    let kinds: Vec<serde_json::Value> = ExtractionKind::ALL
        .into_iter()
        .map(|kind| {
            let counts = set.report.of(kind);
            json!({
                "kind": kind,
                "n_gold": counts.n_gold(),
                "precision": counts.precision(),
                "recall": counts.recall(),
            })
        })
        .collect();
    json!({"set": set.split.name(), "n_announcements": set.n, "kinds": kinds})
}

fn text(
    sets: &[Measured],
    misses: &[(String, Vec<Miss>)],
    matches: &[MatchReport],
    labels: bool,
) -> Result<String> {
    let mut out = String::new();
    write!(out, "{:<26}", "taken from announcements")?;
    for set in sets {
        write!(out, "{:>22}", format!("{} ({})", set.split.name(), set.n))?;
    }
    write!(out, "\n{:<26}", "")?;
    for _ in sets {
        write!(out, "{:>8}{:>7}{:>7}", "n", "P", "R")?;
    }
    writeln!(out)?;
    for kind in ExtractionKind::ALL {
        write!(out, "{:<26}", kind.name())?;
        for set in sets {
            let counts = set.report.of(kind);
            write!(
                out,
                "{:>8}{:>7.3}{:>7.3}",
                counts.n_gold(),
                counts.precision(),
                counts.recall()
            )?;
        }
        writeln!(out)?;
    }
    if labels {
        for (name, misses) in misses {
            for miss in misses {
                let how = if miss.extra {
                    "wrongly taken"
                } else {
                    "missed"
                };
                let what = harmless(&miss.what);
                writeln!(out, "{name}: {}: {how}: {what}", miss.kind.name())?;
            }
        }
    }
    for report in matches {
        writeln!(
            out,
            "\npassages to elements, {}: {} pairs, {} gold; AP {:.3} (mean by qualification {:.3}); \
             F1 {:.3} (P {:.3}, R {:.3}) at thresholds from the other qualifications; F1 of calling all {:.3}",
            report.level,
            report.n_pairs,
            report.n_gold,
            report.average_precision,
            report.mean_average_precision,
            report.f1,
            report.precision,
            report.recall,
            report.f1_of_all
        )?;
        if labels {
            for tq in &report.tqs {
                writeln!(
                    out,
                    "  {:<30}{:>4} pairs {:>4} gold  AP {:>6}  threshold {:.3}  F1 {:.3}",
                    tq.tq,
                    tq.n_pairs,
                    tq.n_gold,
                    tq.average_precision
                        .map_or_else(|| "-".to_owned(), |ap| format!("{ap:.3}")),
                    tq.threshold,
                    tq.f1
                )?;
            }
        }
    }
    Ok(out)
}
