//! A comparison for the terminal.

use std::fmt::Write;

use crate::drafts::{Change, DraftDiff, DraftPassage};
use crate::report::{FindingView, Palette, TerminalOptions, quotation, safe, wrapped};

/// The text of a comparison; one line where nothing changed.
#[must_use]
pub fn render_diff(diff: &DraftDiff, options: &TerminalOptions) -> String {
    let mut out = String::new();
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let _ = writeln!(
        out,
        "{strong}{} \u{2192} {}{reset}  {faint}{}{reset}",
        safe(&diff.old),
        safe(&diff.new),
        safe(&diff.codebook)
    );
    if diff.is_empty() {
        out.push_str("nothing gained, nothing lost, no finding new or gone\n");
    }
    render_changes(&mut out, diff, options);
    out
}

/// The changes alone, without a head.
pub(super) fn render_changes(out: &mut String, diff: &DraftDiff, options: &TerminalOptions) {
    let palette = options.palette;
    changes(
        out,
        "Gained",
        "+",
        palette.demonstrated,
        &diff.gained,
        options,
    );
    changes(out, "Lost", "-", palette.absent, &diff.lost, options);
    findings(
        out,
        "New findings",
        "!",
        palette.asserted,
        &diff.findings.new,
        options,
    );
    findings(
        out,
        "Findings gone",
        "\u{2713}",
        palette.faint,
        &diff.findings.gone,
        options,
    );
    if diff.shifted.is_empty() {
        return;
    }
    let shifts: Vec<String> = diff
        .shifted
        .iter()
        .map(|shift| {
            format!(
                "{} ({}): {}, was {}",
                subject(&shift.kind, &shift.id, &shift.name),
                shift.ecq,
                shift.reported,
                shift.held
            )
        })
        .collect();
    let text = format!(
        "read otherwise in the newer report with the same words, beside other neighbors: {}",
        shifts.join("; ")
    );
    for line in wrapped(&safe(&text), options.width) {
        let _ = writeln!(out, "{}{line}{}", palette.faint, palette.reset);
    }
}

fn changes(
    out: &mut String,
    title: &str,
    sign: &str,
    color: &str,
    changes: &[Change],
    options: &TerminalOptions,
) {
    if changes.is_empty() {
        return;
    }
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let _ = writeln!(out, "{strong}{}{reset}", title.to_uppercase());
    for change in changes {
        let _ = writeln!(
            out,
            "  {color}{sign}{reset} {} {faint}({}){reset} {} \u{2192} {}",
            safe(&subject(&change.kind, &change.id, &change.name)),
            safe(&change.ecq),
            word(&change.from),
            word(&change.to)
        );
        for passage in &change.passages {
            let text = format!(
                "{} ({}{})",
                quotation(&passage.text, options.quote_chars),
                place(passage),
                if passage.why == "moved" {
                    ", moved"
                } else {
                    ""
                }
            );
            indented(out, &text, options);
        }
    }
}

fn findings(
    out: &mut String,
    title: &str,
    sign: &str,
    color: &str,
    findings: &[FindingView],
    options: &TerminalOptions,
) {
    if findings.is_empty() {
        return;
    }
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let _ = writeln!(out, "{strong}{}{reset}", title.to_uppercase());
    for finding in findings {
        let _ = writeln!(
            out,
            "  {color}{sign}{reset} {} {faint}({}, {}){reset}",
            safe(&finding.title),
            safe(&finding.rule),
            safe(&finding.severity)
        );
        let mut text = safe(&finding.message);
        if let Some(paragraph) = finding.place.paragraph {
            let _ = write!(text, " (\u{B6} {paragraph})");
        }
        if !finding.quote.is_empty() {
            let _ = write!(text, ": {}", quotation(&finding.quote, options.quote_chars));
        }
        indented(out, &text, options);
    }
}

fn indented(out: &mut String, text: &str, options: &TerminalOptions) {
    for line in wrapped(text, options.width.saturating_sub(4)) {
        let _ = writeln!(out, "    {line}");
    }
}

/// A competency by its name, a characteristic by its id and text.
fn subject(kind: &str, id: &str, name: &str) -> String {
    match kind {
        "competency" => name.to_owned(),
        _ => format!("{id} {name}"),
    }
}

fn word(level: &str) -> &str {
    match level {
        "asserted" => "asserted only",
        "absent" => "missing",
        other => other,
    }
}

fn place(passage: &DraftPassage) -> String {
    match passage.page {
        Some(page) => format!("p. {page}, \u{B6} {}", passage.paragraph),
        None => format!("\u{B6} {}", passage.paragraph),
    }
}
