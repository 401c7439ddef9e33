//! Evidence and gaps: what the cells of the picture lead to.

use crate::report::GapView;
use crate::report::page::Context;
use crate::report::page::html::Html;
use crate::report::page::shell::{doubt, known, sign};
use crate::report::words::{UNSURE, excerpt, level_word, passage_place};

/// Most passages quoted for one competency; the rest are links.
const QUOTED: usize = 3;

/// Most characters of a quotation: three sentences fit.
const QUOTE_CHARS: usize = 420;

/// Writes the part.
pub(super) fn write(html: &mut Html, context: &Context<'_>) {
    html.raw("<section id=\"evidence\" aria-labelledby=\"h-evidence\">\n<h2 id=\"h-evidence\">Evidence and gaps</h2>\n");
    let mut open: Option<&str> = None;
    for (idx, cell) in context.cells.iter().enumerate() {
        if open != Some(cell.ecq) {
            if open.is_some() {
                html.raw("</div>\n");
            }
            html.raw("<h3>")
                .text(cell.ecq_name)
                .raw("</h3>\n<div class=\"cards\">\n");
            open = Some(cell.ecq);
        }
        card(html, context, idx);
    }
    if open.is_some() {
        html.raw("</div>\n");
    }
    html.raw("</section>\n");
}

fn card(html: &mut Html, context: &Context<'_>, idx: usize) {
    let view = context.cells[idx].view;
    let level = known(&view.level);
    html.raw("<article class=\"card ")
        .raw(level)
        .raw("\" id=\"c")
        .number(idx)
        .raw("\" tabindex=\"-1\" aria-labelledby=\"h-c")
        .number(idx)
        .raw("\">\n<h4 id=\"h-c")
        .number(idx)
        .raw("\">")
        .text(&view.name)
        .raw("</h4>\n<p class=\"level ")
        .raw(level)
        .raw("\">");
    sign(html, level);
    html.raw(level_word(level)).raw("</p>\n");
    let to_read = context.report.to_read(view).map(|passage| &passage.id);
    if let Some(id) = to_read {
        html.raw("<p class=\"label\">");
        doubt(html, UNSURE);
        html.raw("</p>\n");
        quotation(html, context, id);
    }
    for id in view.evidence.iter().take(QUOTED) {
        if to_read != Some(id) {
            quotation(html, context, id);
        }
    }
    others(
        html,
        context,
        view.evidence.get(QUOTED..).unwrap_or_default(),
        "also in",
    );
    if view.level != "demonstrated" {
        if let Some(gap) = context.report.gap(&view.id) {
            let show_nearest =
                view.evidence.is_empty() && to_read.is_none() && !context.report.has_nothing();
            would_count(html, context, gap, show_nearest);
        }
        others(html, context, &view.elsewhere, "shown outside its ECQ, in");
    }
    html.raw("</article>\n");
}

fn quotation(html: &mut Html, context: &Context<'_>, id: &str) {
    let (Some(number), Some(passage)) = (context.passage(id), context.report.passage(id)) else {
        return;
    };
    html.raw("<blockquote><p>\u{201C}")
        .text(&excerpt(&passage.text, QUOTE_CHARS))
        .raw("\u{201D}\u{A0}<a class=\"place\" href=\"#p")
        .number(number)
        .raw("\">")
        .text(&passage_place(passage))
        .raw("</a></p></blockquote>\n");
}

fn others(html: &mut Html, context: &Context<'_>, ids: &[String], lead: &'static str) {
    if ids.is_empty() {
        return;
    }
    html.raw("<p class=\"others\">").raw(lead);
    for id in ids {
        if let (Some(number), Some(passage)) = (context.passage(id), context.report.passage(id)) {
            html.raw(" <a class=\"place\" href=\"#p")
                .number(number)
                .raw("\">")
                .text(&passage_place(passage))
                .raw("</a>");
        }
    }
    html.raw("</p>\n");
}

fn would_count(html: &mut Html, context: &Context<'_>, gap: &GapView, show_nearest: bool) {
    if !gap.would_count.is_empty() {
        html.raw("<p class=\"label\">What would count</p>\n<ul>\n");
        for words in &gap.would_count {
            html.raw("<li>").text(words).raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    if !gap.near_misses.is_empty() {
        html.raw("<details><summary>Easily taken for it</summary>\n<ul>\n");
        for words in &gap.near_misses {
            html.raw("<li>").text(words).raw("</li>\n");
        }
        html.raw("</ul></details>\n");
    }
    if let Some(id) = gap.nearest.as_deref().filter(|_| show_nearest) {
        html.raw("<p class=\"label\">Nearest passage</p>\n");
        quotation(html, context, id);
    }
}
