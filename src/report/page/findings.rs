//! The findings by rule, each with its places and with why a reader stops there.

use crate::report::FindingView;
use crate::report::page::Context;
use crate::report::page::html::Html;
use crate::report::words::{excerpt, place_words};

/// Most characters of the words pointed at.
const QUOTE_CHARS: usize = 160;

/// Writes the part; nothing if there is no finding.
pub(super) fn write(html: &mut Html, context: &Context<'_>) {
    let findings = &context.report.findings;
    if findings.is_empty() {
        return;
    }
    html.raw("<section id=\"findings\" aria-labelledby=\"h-findings\">\n<h2 id=\"h-findings\">Findings</h2>\n<p class=\"remark\">Checked as: ")
        .text(&context.report.profile.title);
    if let Some(as_of) = &context.report.profile.as_of {
        html.raw("; ages as of ").text(as_of);
    }
    html.raw("</p>\n");
    let mut rules: Vec<&str> = Vec::new();
    for severity in ["error", "warning", "note"] {
        for finding in findings
            .iter()
            .filter(|finding| finding.severity == severity)
        {
            if !rules.contains(&finding.rule.as_str()) {
                rules.push(&finding.rule);
            }
        }
    }
    for rule in rules {
        let of_rule: Vec<(usize, &FindingView)> = findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| finding.rule == rule)
            .collect();
        write_rule(html, &of_rule);
    }
    html.raw("</section>\n");
}

fn write_rule(html: &mut Html, findings: &[(usize, &FindingView)]) {
    let Some((_, first)) = findings.first() else {
        return;
    };
    html.raw("<article class=\"rule\" id=\"r-")
        .text(&first.rule)
        .raw("\" tabindex=\"-1\">\n<div class=\"places\"><h3>")
        .text(&first.title)
        .raw("</h3>\n<ul class=\"plain\">\n");
    for (idx, finding) in findings {
        html.raw("<li><strong>")
            .text(&finding.severity)
            .raw(":</strong> ")
            .text(&finding.message);
        if !finding.quote.is_empty() {
            html.raw(": <q>")
                .text(&excerpt(&finding.quote, QUOTE_CHARS))
                .raw("</q>");
        }
        let place = place_words(finding.place.page, finding.place.paragraph);
        if !place.is_empty() && finding.place.span.is_some() {
            html.raw(" <a class=\"place\" href=\"#f")
                .number(*idx)
                .raw("\">")
                .text(&place)
                .raw("</a>");
        }
        let also: Vec<String> = finding
            .also
            .iter()
            .map(|place| place_words(place.page, place.paragraph))
            .filter(|words| !words.is_empty())
            .collect();
        if !also.is_empty() {
            html.raw(", also ").text(&also.join("; "));
        }
        html.raw("</li>\n");
    }
    html.raw("</ul></div>\n<div class=\"reasons\"><p class=\"remark\">")
        .text(&first.why)
        .raw("</p>\n");
    if !first.fix.is_empty() {
        html.raw("<p class=\"remark\"><strong>Gone when:</strong> ")
            .text(&first.fix)
            .raw("</p>\n");
    }
    html.raw("<p class=\"source\">Source: ")
        .text(&first.source)
        .raw("</p></div>\n</article>\n");
}
