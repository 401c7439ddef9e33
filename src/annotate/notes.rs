//! What the comments say, in the order of the text.

use crate::report::words::{
    UNSURE, counted, doubt, doubts, inert, level_and_doubt, level_word, notice, passage_place,
};
use crate::report::{FUNDAMENTAL, PassageView, Report, SpanView};
use crate::span::Span;

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The whole.
    Summary,
    /// What an ECQ's section does not show.
    Gap,
    /// A passage that demonstrates something.
    Demonstrated,
    /// A passage that only asserts something, or should be read.
    Asserted,
    /// A finding.
    Finding,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// The words it is about.
    pub(super) span: Span,
    /// What it is about.
    pub(super) kind: Kind,
    /// Its paragraphs.
    pub(super) lines: Vec<String>,
}

/// Most indicators of a gap that are quoted.
const INDICATORS: usize = 3;

/// All comments: the summary over the first words of the text, then in the order of their places.
pub(super) fn notes(report: &Report, first: Span) -> Vec<Note> {
    let mut notes = vec![Note {
        span: first,
        kind: Kind::Summary,
        lines: summary(report),
    }];
    for ecq in &report.coverage {
        let heading = report
            .sections
            .iter()
            .find(|section| ecq.sections.contains(&section.id));
        let lines = gaps(report, &ecq.id);
        if let (Some(section), false) = (heading, lines.is_empty()) {
            notes.push(Note {
                span: heading_span(section.span, &section.title),
                kind: Kind::Gap,
                lines,
            });
        }
    }
    notes.extend(
        report
            .passages
            .iter()
            .filter_map(|passage| of_passage(report, passage)),
    );
    for finding in &report.findings {
        let Some(span) = finding.place.span.filter(|span| span.start < span.end) else {
            continue;
        };
        let mut lines = vec![format!("{}: {}", finding.severity, finding.message)];
        if !finding.fix.is_empty() {
            lines.push(format!("Gone when: {}", finding.fix));
        }
        notes.push(Note {
            span: Span::new(span.start, span.end),
            kind: Kind::Finding,
            lines,
        });
    }
    notes.sort_by_key(|note| (note.kind != Kind::Summary, note.span.start, note.span.end));
    for note in &mut notes {
        if let Some(marking) = &report.marking {
            note.lines.insert(0, marking.clone());
        }
        for line in &mut note.lines {
            *line = inert(line);
        }
    }
    notes
}

fn heading_span(section: SpanView, title: &str) -> Span {
    let end = (section.start + title.len()).clamp(section.start, section.end);
    Span::new(section.start, end)
}

fn summary(report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "ECQ coverage: {} demonstrated, {} asserted only, {} missing from the text{}.",
        report.count("demonstrated"),
        report.count("asserted"),
        report.count("absent"),
        doubts(report)
    )];
    lines.extend(notice(report));
    for ecq in &report.coverage {
        let n = |level| {
            ecq.competencies
                .iter()
                .filter(|cell| cell.level == level)
                .count()
        };
        let mut line = format!(
            "{}: {} of {} demonstrated",
            ecq.name,
            n("demonstrated"),
            ecq.competencies.len()
        );
        if ecq.scope == "no-section" {
            line.push_str("; no section under this heading");
        }
        lines.push(line + ".");
        // Without a heading the gaps have no other place.
        if ecq.sections.is_empty() {
            lines.extend(gaps(report, &ecq.id));
        }
    }
    let fundamental: Vec<String> = report
        .cells()
        .filter(|(ecq, _, cell)| *ecq == FUNDAMENTAL && cell.level != "demonstrated")
        .map(|(_, _, cell)| format!("{} ({})", cell.name, level_and_doubt(cell)))
        .collect();
    if !fundamental.is_empty() {
        lines.push(format!(
            "Over the whole packet not demonstrated: {}.",
            fundamental.join(", ")
        ));
    }
    let whole: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.place.span.is_none())
        .map(|finding| finding.message.as_str())
        .collect();
    lines.extend(
        whole
            .iter()
            .map(|message| format!("Of the whole file: {message}.")),
    );
    lines.push(format!(
        "{}, codebook {} {}, model {} {}. Missing from the text says nothing about the person; a careful reader decides.",
        counted(report.passages.len(), "passage"),
        report.codebook.id,
        report.codebook.version,
        report.model.id,
        report.model.version
    ));
    lines
}

fn gaps(report: &Report, ecq: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for gap in report.gaps.iter().filter(|gap| gap.ecq == ecq) {
        let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
        let place = nearest
            .map(|passage| {
                let lead = match doubt(report, passage, &gap.competency) {
                    UNSURE => format!("{UNSURE},"),
                    _ => "nearest:".to_owned(),
                };
                format!(" ({lead} {})", passage_place(passage))
            })
            .unwrap_or_default();
        lines.push(format!("{}: {}{place}.", gap.name, level_word(&gap.level)));
        lines.extend(
            gap.would_count
                .iter()
                .take(INDICATORS)
                .map(|words| format!("\u{2013} would count: {words}")),
        );
    }
    lines
}

/// What a passage carries, and what it should be read for.
fn of_passage(report: &Report, passage: &PassageView) -> Option<Note> {
    let to_read: Vec<&str> = report
        .asking(passage)
        .filter(|cell| passage.labels.iter().all(|label| label.id != cell.id))
        .map(|cell| cell.name.as_str())
        .collect();
    if passage.labels.is_empty() && to_read.is_empty() {
        return None;
    }
    let name = |id: &str| {
        report
            .cells()
            .find(|(_, _, cell)| cell.id == id)
            .map_or_else(|| id.to_owned(), |(_, _, cell)| cell.name.clone())
    };
    let mut lines = Vec::new();
    for (level, lead) in [
        ("demonstrated", "Demonstrates"),
        ("asserted", "Asserts only"),
    ] {
        let names: Vec<String> = passage
            .labels
            .iter()
            .filter(|label| label.level == level)
            .map(|label| match doubt(report, passage, &label.id) {
                "" => name(&label.id),
                doubt => format!("{} ({doubt})", name(&label.id)),
            })
            .collect();
        if !names.is_empty() {
            lines.push(format!("{lead}: {}", names.join(", ")));
        }
    }
    if !to_read.is_empty() {
        lines.push(format!("Might show {}: {UNSURE}", to_read.join(", ")));
    }
    Some(Note {
        span: Span::new(passage.span.start, passage.span.end),
        kind: match passage.labels.first().map(|label| label.level.as_str()) {
            Some("demonstrated") => Kind::Demonstrated,
            _ => Kind::Asserted,
        },
        lines,
    })
}
