//! The findings of a report on the terminal: by rule, the heaviest first, with the first places of each.

use std::fmt::Write;

use crate::report::decisions::marks;
use crate::report::terminal::{quotation, safe, title, wrapped};
use crate::report::{DecisionView, FindingView, Palette, PlaceView, Report, TerminalOptions};

/// Most findings of a rule that are printed in full; the JSON report has all of them.
const SHOWN: usize = 3;

/// Most characters of the words pointed at.
const QUOTE_CHARS: usize = 90;

/// Writes the section; nothing if there is no finding.
pub(super) fn findings(out: &mut String, report: &Report, options: &TerminalOptions) {
    if report.findings.is_empty() {
        return;
    }
    let Palette { faint, reset, .. } = options.palette;
    out.push('\n');
    let rules = by_rule(&report.findings);
    let as_of = match &report.profile.as_of {
        Some(date) => format!(", ages as of {date}"),
        None => String::new(),
    };
    let remark = format!(
        "{} from {} rules, for {}{as_of}",
        report.findings.len(),
        rules.len(),
        safe(&report.profile.id)
    );
    title(out, "Findings", &remark, options);
    for findings in rules {
        rule_block(out, &findings, &report.decisions, options);
    }
    let _ = writeln!(
        out,
        "  {faint}why each matters: ecq rules NAME; switched in ecq.toml, [rules]{reset}"
    );
}

/// The findings of each rule, errors before warnings before notes, otherwise in the order of the text.
fn by_rule(findings: &[FindingView]) -> Vec<Vec<&FindingView>> {
    let mut rules: Vec<Vec<&FindingView>> = Vec::new();
    for finding in findings {
        match rules.iter_mut().find(|group| group[0].rule == finding.rule) {
            Some(group) => group.push(finding),
            None => rules.push(vec![finding]),
        }
    }
    let weight = |finding: &&FindingView| match finding.severity.as_str() {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    };
    for group in &mut rules {
        group.sort_by_key(weight);
    }
    rules.sort_by_key(|group| weight(&group[0]));
    rules
}

fn rule_block(
    out: &mut String,
    findings: &[&FindingView],
    decisions: &[DecisionView],
    options: &TerminalOptions,
) {
    let Palette {
        strong,
        faint,
        reset,
        absent,
        asserted,
        ..
    } = options.palette;
    let Some(first) = findings.first() else {
        return;
    };
    let color = match first.severity.as_str() {
        "error" => absent,
        "warning" => asserted,
        _ => faint,
    };
    let count = match findings.len() {
        1 => String::new(),
        n => format!(", {n} times"),
    };
    let _ = writeln!(
        out,
        "  {color}{}{reset} {strong}{}{reset} {faint}({}{count}){reset}",
        first.severity,
        safe(&first.title),
        safe(&first.rule)
    );
    for finding in findings.iter().take(SHOWN) {
        let mut text = safe(&finding.message);
        let places = places(finding);
        if !places.is_empty() {
            let _ = write!(text, " ({places})");
        }
        if !finding.quote.is_empty() {
            let _ = write!(text, ": {}", quotation(&finding.quote, QUOTE_CHARS));
        }
        for (idx, line) in wrapped(&text, options.width.saturating_sub(6))
            .iter()
            .enumerate()
        {
            let _ = writeln!(out, "    {} {line}", if idx == 0 { "-" } else { " " });
        }
        let own = |decision: &&DecisionView| decision.finding.as_ref() == Some(&finding.id);
        marks(out, decisions.iter().filter(own), options);
    }
    if findings.len() > SHOWN {
        let _ = writeln!(
            out,
            "    {faint}and {} more: --format json has them all{reset}",
            findings.len() - SHOWN
        );
    }
}

/// The first places in short.
fn places(finding: &FindingView) -> String {
    let mut places: Vec<String> = Vec::new();
    for place in std::iter::once(&finding.place).chain(&finding.also) {
        let place = in_short(place);
        if !place.is_empty() && !places.contains(&place) {
            places.push(place);
        }
    }
    let n_more = places.len().saturating_sub(SHOWN);
    places.truncate(SHOWN);
    let mut text = places.join("; ");
    if n_more > 0 {
        let _ = write!(text, "; {n_more} more");
    }
    text
}

fn in_short(place: &PlaceView) -> String {
    let page = place.page.map(|page| format!("p. {page}"));
    let paragraph = place
        .paragraph
        .map(|paragraph| format!("\u{B6} {paragraph}"));
    page.into_iter()
        .chain(paragraph)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, severity: &str, paragraph: u32) -> FindingView {
        FindingView {
            id: format!("{rule}-{paragraph}"),
            rule: rule.to_owned(),
            title: format!("Title of {rule}"),
            severity: severity.to_owned(),
            place: PlaceView {
                span: None,
                page: None,
                paragraph: Some(paragraph),
                section: None,
            },
            also: Vec::new(),
            message: "something stands there".to_owned(),
            why: String::new(),
            source: String::new(),
            fix: String::new(),
            quote: String::new(),
        }
    }

    #[test]
    fn rules_come_by_weight_then_by_text() {
        let all = [
            finding("b", "note", 1),
            finding("a", "warning", 2),
            finding("b", "note", 3),
            finding("c", "error", 4),
        ];
        let order: Vec<(&str, usize)> = by_rule(&all)
            .iter()
            .map(|group| (group[0].rule.as_str(), group.len()))
            .collect();
        assert_eq!(order, [("c", 1), ("a", 1), ("b", 2)]);
    }

    #[test]
    fn places_are_counted_once() {
        let mut one = finding("a", "note", 2);
        for paragraph in [2, 3, 4, 5, 6] {
            one.also.push(finding("a", "note", paragraph).place);
        }
        assert_eq!(places(&one), "\u{B6} 2; \u{B6} 3; \u{B6} 4; 2 more");
    }

    #[test]
    fn a_line_says_what_where_and_which_words() {
        let mut one = finding("a", "warning", 2);
        one.quote = "in their words".to_owned();
        let mut out = String::new();
        let options = TerminalOptions {
            width: 50,
            palette: Palette::default(),
            quote_chars: 80,
        };
        rule_block(&mut out, &[&one], &[], &options);
        assert_eq!(
            out,
            "  warning Title of a (a)\n    - something stands there (\u{B6} 2): \u{201C}in their\n      words\u{201D}\n"
        );
    }
}
