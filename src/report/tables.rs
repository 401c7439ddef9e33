//! The records of a report as rows: what spreadsheets are made of.

use crate::report::words::{UNSURE, doubt, inert, level_word, place_words};
use crate::report::{Packet, Report};

/// A table with a header.
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// Its columns, with their widths in characters.
    pub(super) columns: &'static [(&'static str, u16)],
    /// As many values a row as there are columns.
    pub(super) rows: Vec<Vec<Value>>,
}

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Empty,
    /// Words; harmless on a terminal, but not yet in a spreadsheet.
    Text(String),
    /// A count, page or paragraph.
    Count(usize),
    /// A probability, 0 to 1.
    Probability(f64),
}

impl Value {
    fn text(words: &str) -> Self {
        if words.is_empty() {
            Self::Empty
        } else {
            Self::Text(inert(words))
        }
    }

    fn number(n: Option<u32>) -> Self {
        n.and_then(|n| usize::try_from(n).ok())
            .map_or(Self::Empty, Self::Count)
    }
}

pub(super) const COVERAGE: &[(&str, u16)] = &[
    ("document", 20),
    ("ecq", 7),
    ("ecq_name", 18),
    ("competency", 22),
    ("name", 22),
    ("level", 15),
    ("unsure", 17),
    ("probability", 11),
    ("passages", 9),
    ("best_page", 6),
    ("best_paragraph", 10),
    ("best_passage", 64),
];
const EVIDENCE: &[(&str, u16)] = &[
    ("document", 20),
    ("section", 10),
    ("page", 7),
    ("paragraph", 10),
    ("passage", 9),
    ("competency", 22),
    ("level", 15),
    ("unsure", 17),
    ("probability", 11),
    ("text", 80),
];
const GAPS: &[(&str, u16)] = &[
    ("document", 20),
    ("ecq", 7),
    ("competency", 22),
    ("name", 22),
    ("level", 15),
    ("unsure", 17),
    ("would_count", 60),
    ("near_misses", 50),
    ("nearest_page", 8),
    ("nearest_paragraph", 10),
    ("nearest_passage", 60),
];
const FINDINGS: &[(&str, u16)] = &[
    ("document", 20),
    ("severity", 10),
    ("rule", 22),
    ("section", 10),
    ("page", 7),
    ("paragraph", 10),
    ("message", 60),
    ("quote", 50),
    ("why", 60),
    ("fix", 60),
];

/// Coverage, evidence, gaps and findings of all packets.
pub(super) fn tables(packets: &[Packet]) -> [Table; 4] {
    let rows = |of: fn(&Report) -> Vec<Vec<Value>>| {
        packets
            .iter()
            .flat_map(|packet| of(&packet.report))
            .collect()
    };
    [
        Table {
            name: "coverage",
            columns: COVERAGE,
            rows: rows(coverage),
        },
        Table {
            name: "evidence",
            columns: EVIDENCE,
            rows: rows(evidence),
        },
        Table {
            name: "gaps",
            columns: GAPS,
            rows: rows(gaps),
        },
        Table {
            name: "findings",
            columns: FINDINGS,
            rows: rows(findings),
        },
    ]
}

/// The marking that the packets carry.
pub(super) fn marking(packets: &[Packet]) -> Option<&str> {
    packets
        .iter()
        .find_map(|packet| packet.report.marking.as_deref())
}

pub(super) fn coverage(report: &Report) -> Vec<Vec<Value>> {
    report
        .cells()
        .map(|(ecq, ecq_name, cell)| {
            let best = cell.evidence.first().and_then(|id| report.passage(id));
            vec![
                Value::text(&report.document.name),
                Value::text(ecq),
                Value::text(ecq_name),
                Value::text(&cell.id),
                Value::text(&cell.name),
                Value::text(level_word(&cell.level)),
                Value::text(if cell.unsure { UNSURE } else { "" }),
                Value::Probability(cell.p),
                Value::Count(cell.evidence.len()),
                Value::number(best.and_then(|passage| passage.page)),
                Value::number(best.map(|passage| passage.paragraph)),
                best.map_or(Value::Empty, |passage| Value::text(&passage.text)),
            ]
        })
        .collect()
}

fn evidence(report: &Report) -> Vec<Vec<Value>> {
    report
        .passages
        .iter()
        .flat_map(|passage| {
            passage.labels.iter().map(move |label| {
                vec![
                    Value::text(&report.document.name),
                    Value::text(&passage.section),
                    Value::number(passage.page),
                    Value::number(Some(passage.paragraph)),
                    Value::text(&passage.id),
                    Value::text(&label.id),
                    Value::text(level_word(&label.level)),
                    Value::text(doubt(report, passage, &label.id)),
                    Value::Probability(label.p),
                    Value::text(&passage.text),
                ]
            })
        })
        .collect()
}

fn gaps(report: &Report) -> Vec<Vec<Value>> {
    report
        .gaps
        .iter()
        .map(|gap| {
            let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
            vec![
                Value::text(&report.document.name),
                Value::text(&gap.ecq),
                Value::text(&gap.competency),
                Value::text(&gap.name),
                Value::text(level_word(&gap.level)),
                Value::text(nearest.map_or("", |passage| {
                    // Of other passages than the one to read the sheet of evidence tells.
                    match doubt(report, passage, &gap.competency) {
                        UNSURE => UNSURE,
                        _ => "",
                    }
                })),
                Value::text(&gap.would_count.join("; ")),
                Value::text(&gap.near_misses.join("; ")),
                Value::number(nearest.and_then(|passage| passage.page)),
                Value::number(nearest.map(|passage| passage.paragraph)),
                nearest.map_or(Value::Empty, |passage| Value::text(&passage.text)),
            ]
        })
        .collect()
}

fn findings(report: &Report) -> Vec<Vec<Value>> {
    report
        .findings
        .iter()
        .map(|finding| {
            let also: Vec<String> = finding
                .also
                .iter()
                .map(|place| place_words(place.page, place.paragraph))
                .filter(|words| !words.is_empty())
                .collect();
            let message = if also.is_empty() {
                finding.message.clone()
            } else {
                format!("{} (also {})", finding.message, also.join("; "))
            };
            vec![
                Value::text(&report.document.name),
                Value::text(&finding.severity),
                Value::text(&finding.rule),
                Value::text(finding.place.section.as_deref().unwrap_or_default()),
                Value::number(finding.place.page),
                Value::number(finding.place.paragraph),
                Value::text(&message),
                Value::text(&finding.quote),
                Value::text(&finding.why),
                Value::text(&finding.fix),
            ]
        })
        .collect()
}
