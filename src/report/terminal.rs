//! A report for the terminal: the matrix, the best words for each cell, then the gaps.

use std::fmt::Write;

use crate::report::decisions::{decisions, marks};
use crate::report::findings::findings;
use crate::report::words::{UNSURE, counted, doubts, inert, level_sign, level_word, notice};
use crate::report::{CompetencyView, EcqView, GapView, PassageView, Report};

/// How the terminal text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// Columns; text is wrapped to them.
    pub width: usize,
    /// Marks around words; all empty for plain text.
    pub palette: Palette,
    /// Most characters of a quotation.
    pub quote_chars: usize,
}

/// Escape sequences for each role; empty strings for plain text. Meaning never rests on them alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    /// Titles.
    pub strong: &'static str,
    /// Demonstrated.
    pub demonstrated: &'static str,
    /// Asserted only.
    pub asserted: &'static str,
    /// Missing.
    pub absent: &'static str,
    /// Places and remarks.
    pub faint: &'static str,
    /// Ends any of them.
    pub reset: &'static str,
}

impl Palette {
    /// The sixteen colors every terminal has, readable on light and on dark ground.
    #[must_use]
    pub fn colored() -> Self {
        Self {
            strong: "\u{1b}[1m",
            demonstrated: "\u{1b}[32m",
            asserted: "\u{1b}[33m",
            absent: "\u{1b}[31m",
            faint: "\u{1b}[2m",
            reset: "\u{1b}[0m",
        }
    }
}

/// Columns of the sign, the level and the name before a quotation.
const LEVEL_WIDTH: usize = 14;
const NAME_WIDTH: usize = 28;

/// The text of a report.
#[must_use]
pub fn render_terminal(report: &Report, options: &TerminalOptions) -> String {
    let mut out = String::new();
    marking(&mut out, report, options);
    head(&mut out, report, options);
    if let Some(notice) = notice(report) {
        for line in wrapped(&safe(&notice), options.width) {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
    overview(&mut out, report, options);
    // Where nothing was found the overview has said all there is to say of each.
    let has_words = !report.has_nothing();
    for ecq in report.coverage.iter().filter(|_| has_words) {
        ecq_block(&mut out, report, ecq, options);
    }
    if has_words && !report.fundamentals.is_empty() {
        title(
            &mut out,
            "Fundamental competencies",
            "judged over the whole packet",
            options,
        );
        for competency in &report.fundamentals {
            competency_line(&mut out, report, competency, options);
        }
        out.push('\n');
    }
    gaps(&mut out, report, options);
    findings(&mut out, report, options);
    decisions(&mut out, report, options);
    marking(&mut out, report, options);
    out
}

/// The marking, above and below everything else.
fn marking(out: &mut String, report: &Report, options: &TerminalOptions) {
    if let Some(marking) = &report.marking {
        let Palette { strong, reset, .. } = options.palette;
        let _ = writeln!(out, "{strong}{}{reset}", safe(marking));
    }
}

/// The picture: a line an ECQ with the signs of its competencies, and the names of those that are not demonstrated.
fn overview(out: &mut String, report: &Report, options: &TerminalOptions) {
    const SIGNS_WIDTH: usize = 8;
    let cells: Vec<_> = report.cells().collect();
    for ecq in cells.chunk_by(|a, b| a.0 == b.0) {
        // The name of a technical qualification may be longer than its column; it stands whole over its block.
        let name = safe(ecq[0].1);
        let name = if name.chars().count() < NAME_WIDTH {
            name
        } else {
            let start: String = name.chars().take(NAME_WIDTH - 3).collect();
            format!("{}\u{2026}", start.trim_end())
        };
        let _ = write!(out, "  {name:<NAME_WIDTH$}");
        for (_, _, cell) in ecq {
            let (sign, _, color) = level(&cell.level, options);
            let _ = write!(out, "{color}{sign}{}", options.palette.reset);
        }
        let named = |wanted: &str, lead: &str| -> Option<String> {
            let names: Vec<String> = ecq
                .iter()
                .filter(|(_, _, cell)| cell.level == wanted && !cell.answered)
                .map(|(_, _, cell)| safe(&cell.name))
                .collect();
            (!names.is_empty()).then(|| format!("{lead} {}", names.join(", ")))
        };
        let remark: Vec<String> = [
            named("asserted", "asserted only:"),
            named("absent", "missing:"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let indent = 2 + NAME_WIDTH + SIGNS_WIDTH;
        let width = options.width.saturating_sub(indent).max(20);
        let padding = SIGNS_WIDTH.saturating_sub(ecq.len());
        if remark.is_empty() {
            out.push('\n');
            continue;
        }
        for (idx, line) in wrapped(&remark.join("; "), width).iter().enumerate() {
            let space = if idx == 0 { padding } else { indent };
            let _ = writeln!(out, "{:space$}{line}", "");
        }
    }
    out.push('\n');
}

/// Sign, word and color of a level.
fn level(level: &str, options: &TerminalOptions) -> (&'static str, &'static str, &'static str) {
    let color = match level {
        "demonstrated" => options.palette.demonstrated,
        "asserted" => options.palette.asserted,
        _ => options.palette.absent,
    };
    (level_sign(level), level_word(level), color)
}

fn head(out: &mut String, report: &Report, options: &TerminalOptions) {
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let pages = match report.document.n_pages {
        None => String::new(),
        Some(1) => "1 page, ".to_owned(),
        Some(n) => format!("{n} pages, "),
    };
    let _ = writeln!(
        out,
        "{strong}{}{reset}  {faint}{}, {pages}{}, {}{reset}",
        safe(&report.document.name),
        report.document.format,
        counted(report.document.n_words, "word"),
        counted(report.passages.len(), "passage")
    );
    let force = if report.codebook.is_in_force {
        "in force"
    } else {
        "no longer in force"
    };
    let read_with = format!(
        "codebook {} {} ({force}: {}), sha256 {:.12}; model {} {}, sha256 {:.12}",
        safe(&report.codebook.id),
        safe(&report.codebook.version),
        safe(&report.codebook.in_force),
        report.codebook.sha256,
        safe(&report.model.id),
        safe(&report.model.version),
        report.model.sha256
    );
    for line in wrapped(&read_with, options.width) {
        let _ = writeln!(out, "{faint}{line}{reset}");
    }
    let counts = format!(
        "{} demonstrated, {} asserted only, {} missing from the text{}",
        report.count("demonstrated"),
        report.count("asserted"),
        report.count("absent"),
        doubts(report)
    );
    for line in wrapped(&counts, options.width) {
        let _ = writeln!(out, "{line}");
    }
    out.push('\n');
}

fn ecq_block(out: &mut String, report: &Report, ecq: &EcqView, options: &TerminalOptions) {
    let remark = match ecq.scope.as_str() {
        "no-section" => "no section with this heading".to_owned(),
        _ => {
            let n = |level: &str| ecq.competencies.iter().filter(|c| c.level == level).count();
            format!(
                "{} of {} demonstrated",
                n("demonstrated"),
                ecq.competencies.len()
            )
        }
    };
    title(out, &safe(&ecq.name), &remark, options);
    for competency in &ecq.competencies {
        competency_line(out, report, competency, options);
    }
    let characteristics: Vec<_> = report
        .key_characteristics
        .iter()
        .filter(|c| c.ecq == ecq.id)
        .collect();
    if !characteristics.is_empty() {
        let ids = |level: &str| -> String {
            let ids: Vec<&str> = characteristics
                .iter()
                .filter(|c| c.level == level)
                .map(|c| c.id.as_str())
                .collect();
            if ids.is_empty() {
                "none".to_owned()
            } else {
                ids.join(" ")
            }
        };
        let Palette { faint, reset, .. } = options.palette;
        let _ = writeln!(
            out,
            "  {faint}key characteristics of {}: shown {}; missing {}{reset}",
            safe(&characteristics[0].codebook),
            ids("demonstrated"),
            ids("absent")
        );
    }
    out.push('\n');
}

pub(crate) fn title(out: &mut String, name: &str, remark: &str, options: &TerminalOptions) {
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let _ = writeln!(
        out,
        "{strong}{}{reset}  {faint}{remark}{reset}",
        name.to_uppercase()
    );
}

fn competency_line(
    out: &mut String,
    report: &Report,
    competency: &CompetencyView,
    options: &TerminalOptions,
) {
    let (sign, word, color) = level(&competency.level, options);
    let reset = options.palette.reset;
    let name = safe(&competency.name);
    let lead = format!("  {color}{sign} {word:<LEVEL_WIDTH$}{reset}{name:<NAME_WIDTH$}");
    let evidence = competency
        .evidence
        .first()
        .and_then(|id| report.passage(id));
    let more = match competency.evidence.len() {
        0 | 1 => String::new(),
        n => format!(", {} more", n - 1),
    };
    // What is to be read comes first, also where another passage carries the level.
    let quote = match (report.to_read(competency), evidence) {
        (Some(passage), _) => Some(format!(
            "{UNSURE}: {} ({}{more})",
            quotation(&passage.text, options.quote_chars),
            place(passage)
        )),
        (None, Some(passage)) => Some(format!(
            "{} ({}{more})",
            quotation(&passage.text, options.quote_chars),
            place(passage)
        )),
        (None, None) if competency.answered => {
            Some("not needed: enough others of its list are demonstrated".to_owned())
        }
        (None, None) => competency
            .elsewhere
            .first()
            .and_then(|id| report.passage(id))
            .map(|passage| {
                format!(
                    "shown in section {} ({})",
                    safe(&passage.section),
                    place(passage)
                )
            }),
    };
    let indent = 4 + LEVEL_WIDTH + NAME_WIDTH;
    match quote {
        None => {
            let _ = writeln!(out, "{}", lead.trim_end());
        }
        // Beside the name where there is room for words, below it where there is not.
        Some(quote) if options.width >= indent + 40 && name.chars().count() <= NAME_WIDTH => {
            let lines = wrapped(&quote, options.width - indent);
            for (idx, line) in lines.iter().enumerate() {
                if idx == 0 {
                    let _ = writeln!(out, "{lead}{line}");
                } else {
                    let _ = writeln!(out, "{:indent$}{line}", "");
                }
            }
        }
        Some(quote) => {
            let _ = writeln!(out, "{}", lead.trim_end());
            for line in wrapped(&quote, options.width.saturating_sub(6)) {
                let _ = writeln!(out, "      {line}");
            }
        }
    }
    let decided = report.decisions.iter().filter(|decision| {
        let passage = decision.passage.as_deref();
        decision.competency.as_deref() == Some(competency.id.as_str())
            && passage.is_some_and(|id| competency.evidence.iter().any(|own| own == id))
    });
    marks(out, decided, options);
}

fn gaps(out: &mut String, report: &Report, options: &TerminalOptions) {
    if report.gaps.is_empty() {
        return;
    }
    title(
        out,
        "Gaps",
        "what would count, and the passage that comes nearest",
        options,
    );
    for gap in &report.gaps {
        gap_block(out, report, gap, options);
    }
}

fn gap_block(out: &mut String, report: &Report, gap: &GapView, options: &TerminalOptions) {
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let word = level_word(&gap.level);
    let _ = writeln!(
        out,
        "  {strong}{}{reset} {faint}({}, {word}){reset}",
        safe(&gap.name),
        safe(&gap.ecq).to_uppercase()
    );
    for indicator in gap.would_count.iter().take(2) {
        bullet(out, "would count: ", &safe(indicator), options);
    }
    let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
    if let Some(passage) = nearest.filter(|_| !report.has_nothing()) {
        let quote = format!(
            "{} ({})",
            quotation(&passage.text, options.quote_chars),
            place(passage)
        );
        bullet(out, "nearest: ", &quote, options);
    }
}

fn bullet(out: &mut String, lead: &str, text: &str, options: &TerminalOptions) {
    let lines = wrapped(&format!("{lead}{text}"), options.width.saturating_sub(6));
    for (idx, line) in lines.iter().enumerate() {
        let _ = writeln!(out, "    {} {line}", if idx == 0 { "-" } else { " " });
    }
}

/// Words in quotation marks, cut at a word's end.
pub(crate) fn quotation(text: &str, max_chars: usize) -> String {
    let text = safe(text);
    if text.chars().count() <= max_chars {
        return format!("\u{201C}{text}\u{201D}");
    }
    let cut: String = text.chars().take(max_chars).collect();
    let whole = cut.rfind(' ').map_or(cut.as_str(), |end| &cut[..end]);
    format!("\u{201C}{whole} \u{2026}\u{201D}")
}

pub(crate) fn place(passage: &PassageView) -> String {
    match passage.page {
        Some(page) => format!("p. {page}, \u{B6} {}", passage.paragraph),
        None => format!("\u{B6} {}", passage.paragraph),
    }
}

/// Words in lines of at most `width` characters; a longer word stands alone, and the sign of a paragraph stays with its
/// number.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let joined = match words.peek() {
            Some(number) if word.ends_with('\u{B6}') => format!("{word} {number}"),
            _ => String::new(),
        };
        let word = if joined.is_empty() {
            word
        } else {
            words.next();
            joined.as_str()
        };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Text from a file, harmless on a terminal.
pub(crate) fn safe(text: &str) -> String {
    inert(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_the_width() {
        let lines = wrapped("one two three four", 9);
        assert_eq!(lines, ["one two", "three", "four"]);
        assert_eq!(wrapped("it (\u{B6} 15)", 6), ["it", "(\u{B6} 15)"]);
    }
}
