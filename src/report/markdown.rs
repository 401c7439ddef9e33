//! Markdown: coverage as a table, gaps, findings and the evidence, for tickets and wikis.

use std::fmt::Write;

use crate::report::decisions::sentence;
use crate::report::words::{
    UNSURE, counted, doubt, doubts, excerpt, inert, level_and_doubt, level_sign, level_word,
    notice, passage_place, place_words,
};
use crate::report::{PassageView, Report};

/// Most characters of a quotation.
const QUOTE_CHARS: usize = 300;

/// The report; every word of the document is escaped.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    let marking = report.marking.as_deref().map(escaped);
    if let Some(marking) = &marking {
        let _ = writeln!(out, "**{marking}**\n");
    }
    head(&mut out, report);
    coverage(&mut out, report);
    gaps(&mut out, report);
    findings(&mut out, report);
    decisions(&mut out, report);
    evidence(&mut out, report);
    if let Some(marking) = &marking {
        let _ = writeln!(out, "\n**{marking}**");
    }
    out
}

fn head(out: &mut String, report: &Report) {
    let _ = writeln!(out, "# {}\n", escaped(&report.document.name));
    let _ = writeln!(
        out,
        "{} demonstrated, {} asserted only, {} missing from the text{}. {}, {}, {}.\n",
        report.count("demonstrated"),
        report.count("asserted"),
        report.count("absent"),
        doubts(report),
        escaped(&report.document.format),
        counted(report.document.n_words, "word"),
        counted(report.passages.len(), "passage"),
    );
    let _ = writeln!(
        out,
        "Codebook {} {} (in force: {}), model {} {}. What is missing from a text says nothing about the person.\n",
        escaped(&report.codebook.id),
        escaped(&report.codebook.version),
        escaped(&report.codebook.in_force),
        escaped(&report.model.id),
        escaped(&report.model.version),
    );
    if let Some(notice) = notice(report) {
        let _ = writeln!(out, "> {}\n", escaped(&notice));
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "> {}\n", escaped(&warning.message));
    }
}

fn coverage(out: &mut String, report: &Report) {
    out.push_str("## Coverage\n\n| ECQ | competency | level | passages | best place |\n|---|---|---|---|---|\n");
    for (_, ecq, cell) in report.cells() {
        let best = cell.evidence.first().and_then(|id| report.passage(id));
        let place = report
            .to_read(cell)
            .or(best)
            .map(passage_place)
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {} {} | {} | {place} |",
            escaped(ecq),
            escaped(&cell.name),
            level_sign(&cell.level),
            level_and_doubt(cell),
            cell.evidence.len(),
        );
    }
    out.push('\n');
}

fn gaps(out: &mut String, report: &Report) {
    if report.gaps.is_empty() {
        return;
    }
    out.push_str("## Gaps\n\n");
    for gap in &report.gaps {
        let _ = writeln!(
            out,
            "### {} ({}, {})\n",
            escaped(&gap.name),
            escaped(&gap.ecq.to_uppercase()),
            report
                .cell(&gap.competency)
                .map_or_else(|| level_word(&gap.level).to_owned(), level_and_doubt)
        );
        for would in &gap.would_count {
            let _ = writeln!(out, "- would count: {}", escaped(would));
        }
        let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
        if let Some(passage) = nearest.filter(|_| !report.has_nothing()) {
            let lead = match doubt(report, passage, &gap.competency) {
                UNSURE => UNSURE,
                _ => "nearest",
            };
            let _ = writeln!(out, "- {lead}: {}", quotation(passage));
        }
        out.push('\n');
    }
}

fn decisions(out: &mut String, report: &Report) {
    if report.decisions.is_empty() {
        return;
    }
    out.push_str("## Decisions of reviewers\n\n");
    for decision in &report.decisions {
        let text = excerpt(&decision.text, QUOTE_CHARS);
        let _ = writeln!(
            out,
            "- {} on \u{201C}{}\u{201D}",
            escaped(&sentence(decision)),
            escaped(&text)
        );
    }
    out.push('\n');
}

fn findings(out: &mut String, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    out.push_str("## Findings\n\n");
    for finding in &report.findings {
        let place = place_words(finding.place.page, finding.place.paragraph);
        let _ = write!(
            out,
            "- **{}** {} ({}{}{place})",
            escaped(&finding.severity),
            escaped(&finding.message),
            escaped(&finding.rule),
            if place.is_empty() { "" } else { ", " },
        );
        if !finding.quote.is_empty() {
            let _ = write!(
                out,
                ": \u{201C}{}\u{201D}",
                escaped(&excerpt(&finding.quote, QUOTE_CHARS))
            );
        }
        out.push('\n');
    }
    out.push('\n');
}

fn evidence(out: &mut String, report: &Report) {
    out.push_str("## Evidence\n");
    for (ecq, _, cell) in report.cells() {
        if cell.evidence.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n### {} ({}, {})\n",
            escaped(&cell.name),
            escaped(&ecq.to_uppercase()),
            level_and_doubt(cell)
        );
        for passage in cell.evidence.iter().filter_map(|id| report.passage(id)) {
            let lead = match doubt(report, passage, &cell.id) {
                "" => String::new(),
                doubt => format!("{doubt}: "),
            };
            let _ = writeln!(out, "- {lead}{}", quotation(passage));
        }
    }
}

fn quotation(passage: &PassageView) -> String {
    format!(
        "\u{201C}{}\u{201D} ({})",
        escaped(&excerpt(&passage.text, QUOTE_CHARS)),
        passage_place(passage)
    )
}

/// Text that Markdown shows as it is: no markup, no HTML, no link.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Until the first letter a sign could begin a list, a heading or a rule.
    let mut at_start = true;
    let text = inert(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '#' | '{' | '}' | '^' => {
                out.push('\\');
                out.push(c);
            }
            '-' | '+' | '=' | '.' | ')' | ':'
                if at_start && !chars.peek().is_some_and(|c| c.is_alphanumeric()) =>
            {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        at_start &= !c.is_alphabetic();
    }
    // What readers of bare addresses make links of.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_text_is_markup() {
        let hostile =
            "1. - <b>x</b> [a](javascript:alert(1)) | *b* `c` https://x.example a@b.example";
        let text = escaped(hostile);
        let mut shown = String::new();
        for event in pulldown_cmark::Parser::new_ext(&text, pulldown_cmark::Options::all()) {
            match event {
                pulldown_cmark::Event::Text(words) => shown.push_str(&words),
                pulldown_cmark::Event::Start(pulldown_cmark::Tag::Paragraph)
                | pulldown_cmark::Event::End(pulldown_cmark::TagEnd::Paragraph) => {}
                other => panic!("{other:?} in {text}"),
            }
        }
        assert_eq!(shown, hostile);
    }
}
