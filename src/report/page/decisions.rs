//! What reviewers decided, beside the tool's own view.

use crate::report::decisions::sentence;
use crate::report::page::Context;
use crate::report::page::html::Html;
use crate::report::words::excerpt;

/// Most characters of the words decided on.
const QUOTE_CHARS: usize = 160;

/// Writes the part; nothing if nobody decided anything.
pub(super) fn write(html: &mut Html, context: &Context<'_>) {
    let decisions = &context.report.decisions;
    if decisions.is_empty() {
        return;
    }
    html.raw("<section id=\"decisions\" aria-labelledby=\"h-decisions\">\n<h2 id=\"h-decisions\">Decisions of reviewers</h2>\n<p class=\"remark\">Beside the tool's own view, which they do not change.</p>\n<ul class=\"plain\">\n");
    for decision in decisions {
        html.raw("<li>")
            .text(&sentence(decision))
            .raw(" on <q>")
            .text(&excerpt(&decision.text, QUOTE_CHARS))
            .raw("</q></li>\n");
    }
    html.raw("</ul>\n</section>\n");
}
