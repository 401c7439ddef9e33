//! The report as one page that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! Coverage comes first, each cell a link to its evidence; then the narrative with its passages marked and what was
//! found beside them; then evidence and gaps by competency, the findings by rule, and what the reader should know.

mod coverage;
mod decisions;
mod evidence;
mod findings;
pub(super) mod html;
pub(super) mod shell;
mod story;

use std::fmt::Write;

use crate::report::page::html::Html;
use crate::report::words::counted;
use crate::report::{CompetencyView, Packet, Report};

/// A cell of the coverage, as all parts of the page see it; its index names it in links and styles.
struct Cell<'a> {
    ecq: &'a str,
    ecq_name: &'a str,
    view: &'a CompetencyView,
}

/// What all parts of the page share.
struct Context<'a> {
    packet: &'a Packet,
    report: &'a Report,
    cells: Vec<Cell<'a>>,
}

impl Context<'_> {
    /// The cell of a competency.
    fn cell(&self, competency: &str) -> Option<usize> {
        self.cells
            .iter()
            .position(|cell| cell.view.id == competency)
    }

    /// The number of a passage, which names it in links.
    fn passage(&self, id: &str) -> Option<usize> {
        self.report
            .passages
            .iter()
            .position(|passage| passage.id == id)
    }
}

/// The page of a packet.
pub(super) fn render(packet: &Packet) -> String {
    let report = &packet.report;
    let context = Context {
        packet,
        report,
        cells: report
            .cells()
            .map(|(ecq, ecq_name, view)| Cell {
                ecq,
                ecq_name,
                view,
            })
            .collect(),
    };
    let title = format!("ECQ coverage of {}", report.document.name);
    let style = filter_style(context.cells.len());
    shell::page(&title, report.marking.as_deref(), &style, |html| {
        head(html, report);
        html.raw("<main id=\"main\" tabindex=\"-1\">\n");
        coverage::write(html, &context);
        story::write(html, &context);
        evidence::write(html, &context);
        findings::write(html, &context);
        decisions::write(html, &context);
        remarks(html, report);
        html.raw("</main>\n");
        foot(html, report);
    })
}

/// For each competency: while it is chosen, only its passages are marked and only its notes are shown.
fn filter_style(n_cells: usize) -> String {
    let mut style = String::new();
    for idx in 0..n_cells {
        let _ = write!(
            style,
            ":root:has(#filter option[value=\"{idx}\"]:checked) :is(.story mark:not(.k{idx})){{all:unset}}\
             :root:has(#filter option[value=\"{idx}\"]:checked) :is(.story mark:not(.k{idx}) .sign,.story li:not(.k{idx}).note,\
             .card:not(#c{idx})){{display:none}}"
        );
    }
    style
}

fn head(html: &mut Html, report: &Report) {
    let document = &report.document;
    html.raw("<header class=\"top\">\n<p class=\"kind\">ECQ coverage report</p>\n<h1>")
        .text(&document.name)
        .raw("</h1>\n<p class=\"facts\">");
    html.text(&document.format).raw(", ");
    if let Some(n_pages) = document.n_pages.and_then(|n| usize::try_from(n).ok()) {
        html.text(&counted(n_pages, "page")).raw(", ");
    }
    html.text(&counted(document.n_words, "word"))
        .raw(", ")
        .text(&counted(report.passages.len(), "passage"))
        .raw(". Codebook ")
        .text(&report.codebook.title)
        .raw(" (in force: ")
        .text(&report.codebook.in_force)
        .raw(").");
    if report.redacted {
        html.raw(" Names, addresses and the like are redacted.");
    }
    html.raw("</p>\n<nav aria-label=\"Parts of the report\"><ul>")
        .raw("<li><a href=\"#coverage\">Coverage</a></li><li><a href=\"#narrative\">Narrative</a></li>")
        .raw("<li><a href=\"#evidence\">Evidence and gaps</a></li>");
    if !report.findings.is_empty() {
        html.raw("<li><a href=\"#findings\">Findings</a></li>");
    }
    html.raw("<li><a href=\"#remarks\">About</a></li></ul></nav>\n</header>\n");
}

/// Warnings, text that was left out, and how to read the report.
fn remarks(html: &mut Html, report: &Report) {
    html.raw("<section id=\"remarks\" aria-labelledby=\"h-remarks\">\n<h2 id=\"h-remarks\">About this report</h2>\n");
    if !report.warnings.is_empty() {
        html.raw("<h3>What to know of the file</h3>\n<ul class=\"plain\">\n");
        for warning in &report.warnings {
            html.raw("<li>")
                .text(&sentence(&warning.message))
                .raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    if !report.hidden.is_empty() {
        html.raw("<h3>Text that cannot be seen on the page</h3>\n<p>It was not read as part of the narrative.</p>\n<ul class=\"plain\">\n");
        for hidden in &report.hidden {
            html.raw("<li><strong>")
                .text(&hidden.why)
                .raw("</strong>: \u{201C}")
                .text(&hidden.text)
                .raw("\u{201D}</li>\n");
        }
        html.raw("</ul>\n");
    }
    html.raw(
        "<h3>How to read it</h3>\n<ul class=\"plain\">\n\
         <li><strong>Demonstrated</strong>: a passage shows an act of the writer, or a result the writer caused.</li>\n\
         <li><strong>Asserted only</strong>: it is named or claimed, and no passage shows it.</li>\n\
         <li><strong>Missing</strong>: no passage of the text comes near enough. That says nothing about the person.</li>\n\
         <li><strong>Unsure: read this</strong>: the decision lies near the threshold, where on the texts it was tested on it \
         was right less than three times in four. Read the passage and decide. <strong>Unsure</strong> alone: the same of one \
         passage, where another one decides.</li>\n\
         <li>The reading was made by a program and misses deeds. A careful reader decides; there is no score and no rank.</li>\n\
         </ul>\n",
    );
    html.raw("</section>\n");
}

/// A message as a sentence.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first: String = chars
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn foot(html: &mut Html, report: &Report) {
    html.raw("<footer>\n<p>Made by ")
        .text(&report.tool.name)
        .raw(" ")
        .text(&report.tool.version)
        .raw(" with codebook ")
        .text(&report.codebook.id)
        .raw(" ")
        .text(&report.codebook.version)
        .raw(" (sha256 ")
        .text(short(&report.codebook.sha256))
        .raw(") and model ")
        .text(&report.model.id)
        .raw(" ")
        .text(&report.model.version)
        .raw(" (sha256 ")
        .text(short(&report.model.sha256))
        .raw("). Document sha256 ")
        .text(short(&report.document.sha256))
        .raw(".</p>\n</footer>\n");
}

/// The first digits of a digest: enough to tell files apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
