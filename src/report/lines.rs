//! `path:line:column: severity: message`, a line each, as editors read it.
//!
//! For formats made of lines these are places in the file; for others the line is the number of the paragraph and
//! the column counts its characters.

use std::fmt::Write;

use crate::report::words::{UNSURE, doubt, excerpt, inert, level_word};
use crate::report::{Packet, SpanView};

/// Most characters of a quotation.
const QUOTE_CHARS: usize = 90;

/// The gaps, each at its ECQ's first section, then the findings where they stand.
pub(super) fn render(packet: &Packet) -> String {
    let report = &packet.report;
    let mut out = String::new();
    let marking = report
        .marking
        .as_deref()
        .map(|marking| format!("[{}] ", inert(marking)))
        .unwrap_or_default();
    let mut line = |span: Option<SpanView>, severity: &str, message: &str| {
        let place = packet
            .narrative
            .line_column(span.map_or(0, |span| span.start));
        let _ = writeln!(
            out,
            "{}:{}:{}: {severity}: {marking}{}",
            inert(&packet.path),
            place.line,
            place.column,
            inert(message)
        );
    };
    for gap in &report.gaps {
        let section = report
            .sections
            .iter()
            .find(|section| section.ecq.as_deref() == Some(gap.ecq.as_str()));
        let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
        let mut message = format!(
            "{} is {} ({})",
            gap.name,
            match gap.level.as_str() {
                "asserted" => "asserted only",
                _ => "missing from the text",
            },
            gap.competency
        );
        if let Some(passage) = nearest {
            let place = packet.narrative.line_column(passage.span.start);
            let lead = match doubt(report, passage, &gap.competency) {
                UNSURE => format!("{UNSURE}, at"),
                _ => "nearest at".to_owned(),
            };
            let _ = write!(
                message,
                "; {lead} {}:{}: \u{201C}{}\u{201D}",
                place.line,
                place.column,
                excerpt(&passage.text, QUOTE_CHARS)
            );
        }
        line(section.map(|section| section.span), "warning", &message);
    }
    for finding in &report.findings {
        let mut message = finding.message.clone();
        if !finding.quote.is_empty() {
            let _ = write!(
                message,
                ": \u{201C}{}\u{201D}",
                excerpt(&finding.quote, QUOTE_CHARS)
            );
        }
        let _ = write!(message, " ({})", finding.rule);
        line(finding.place.span, &finding.severity, &message);
    }
    for (ecq, _, cell) in report.cells() {
        if cell.level == "absent" {
            continue;
        }
        for passage in cell.evidence.iter().filter_map(|id| report.passage(id)) {
            let mut message = format!("{} {} ({ecq})", cell.name, level_word(&cell.level));
            let doubt = doubt(report, passage, &cell.id);
            if !doubt.is_empty() {
                let _ = write!(message, "; {doubt}");
            }
            line(Some(passage.span), "note", &message);
        }
    }
    out
}
