//! The picture: ECQs down, their competencies across, each cell with sign, word and color.

use crate::report::page::Context;
use crate::report::page::html::Html;
use crate::report::page::shell::{doubt, known, sign};
use crate::report::words::{UNSURE, UNSURE_HERE, level_word, notice};

/// Writes the part.
pub(super) fn write(html: &mut Html, context: &Context<'_>) {
    html.raw("<section id=\"coverage\" aria-labelledby=\"h-coverage\">\n<h2 id=\"h-coverage\">Coverage</h2>\n");
    if let Some(notice) = notice(context.report) {
        html.raw("<p class=\"notice\">").text(&notice).raw("</p>\n");
    }
    html.raw("<ul class=\"legend\">\n");
    for level in ["demonstrated", "asserted", "absent"] {
        html.raw("<li class=\"").raw(known(level)).raw("\">");
        sign(html, level);
        html.raw("<b>")
            .number(context.report.count(level))
            .raw("</b> ")
            .raw(match level {
                "absent" => "missing from the text",
                level => level_word(level),
            })
            .raw("</li>\n");
    }
    let n_unsure = context.report.n_unsure();
    if n_unsure > 0 {
        html.raw("<li><b>").number(n_unsure).raw("</b> of them ");
        doubt(html, UNSURE);
        html.raw("</li>\n");
    }
    html.raw("</ul>\n<table class=\"matrix\" role=\"table\">\n<caption>Competencies by ECQ; each leads to its evidence, or to what would count.</caption>\n");
    let n_columns = rows(context)
        .iter()
        .map(|(_, cells)| cells.len())
        .max()
        .unwrap_or(1);
    html.raw("<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">ECQ</th><th scope=\"colgroup\" role=\"columnheader\" colspan=\"")
        .number(n_columns)
        .raw("\">Competencies</th></tr></thead>\n<tbody role=\"rowgroup\">\n");
    for (scope, cells) in rows(context) {
        row(html, context, scope, &cells, n_columns);
    }
    html.raw("</tbody>\n</table>\n");
    characteristics(html, context);
    html.raw("</section>\n");
}

/// Indexes of the cells of each ECQ, with its scope.
fn rows<'a>(context: &'a Context<'_>) -> Vec<(&'a str, Vec<usize>)> {
    let mut rows: Vec<(&str, Vec<usize>)> = Vec::new();
    for (idx, cell) in context.cells.iter().enumerate() {
        match rows.last_mut() {
            Some((_, cells)) if context.cells[cells[0]].ecq == cell.ecq => cells.push(idx),
            _ => {
                let scope = context
                    .report
                    .coverage
                    .iter()
                    .find(|ecq| ecq.id == cell.ecq)
                    .map_or("fundamental", |ecq| ecq.scope.as_str());
                rows.push((scope, vec![idx]));
            }
        }
    }
    rows
}

fn row(html: &mut Html, context: &Context<'_>, scope: &str, cells: &[usize], n_columns: usize) {
    let n_demonstrated = cells
        .iter()
        .filter(|&&idx| context.cells[idx].view.level == "demonstrated")
        .count();
    html.raw("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\"><span class=\"ecq\">")
        .text(context.cells[cells[0]].ecq_name)
        .raw("</span> <span class=\"count\">")
        .number(n_demonstrated)
        .raw(" of ")
        .number(cells.len())
        .raw(" demonstrated</span>")
        .raw(match scope {
            "no-section" => " <span class=\"count\">no section under this heading</span>",
            "fundamental" => " <span class=\"count\">judged over the whole packet</span>",
            _ => "",
        })
        .raw("</th>\n");
    for &idx in cells {
        let view = context.cells[idx].view;
        html.raw("<td role=\"cell\" class=\"")
            .raw(known(&view.level))
            .raw(if view.unsure {
                "\"><a class=\"doubtful\" href=\"#c"
            } else {
                "\"><a href=\"#c"
            })
            .number(idx)
            .raw("\">");
        html.raw("<span class=\"word\">");
        sign(html, &view.level);
        html.raw(level_word(&view.level))
            .raw("</span> <span class=\"name\">")
            .breakable(&view.name)
            .raw("</span>");
        if view.unsure {
            html.raw(" ");
            doubt(html, UNSURE);
        } else if view.level == "demonstrated" && view.evidence.len() > 1 {
            html.raw(" <span class=\"more-of-it\">")
                .number(view.evidence.len())
                .raw(" passages</span>");
        }
        html.raw("</a></td>\n");
    }
    if cells.len() < n_columns {
        html.raw("<td role=\"cell\" class=\"blank\" colspan=\"")
            .number(n_columns - cells.len())
            .raw("\"></td>\n");
    }
    html.raw("</tr>\n");
}

/// Key characteristics in one line an ECQ: they matter to readers of older narratives.
fn characteristics(html: &mut Html, context: &Context<'_>) {
    let views = &context.report.key_characteristics;
    let Some(first) = views.first() else {
        return;
    };
    html.raw("<details class=\"more\"><summary>Key characteristics of ")
        .text(&first.codebook)
        .raw("</summary>\n<table class=\"list\">\n<caption>Shown or missing, with the passages that show them</caption>\n")
        .raw("<thead><tr><th scope=\"col\">ECQ</th><th scope=\"col\">Id</th><th scope=\"col\">Key characteristic</th><th scope=\"col\">In the text</th><th scope=\"col\">Passages</th></tr></thead>\n<tbody>\n");
    for view in views {
        let level = known(&view.level);
        html.raw("<tr><td>")
            .text(&view.ecq.to_uppercase())
            .raw("</td><th scope=\"row\">")
            .text(&view.id)
            .raw("</th><td>")
            .text(&view.text)
            .raw("</td><td class=\"")
            .raw(level)
            .raw("\"><span class=\"level\">");
        sign(html, level);
        html.raw(if level == "demonstrated" {
            "shown"
        } else {
            "missing"
        })
        .raw("</span>");
        if view.unsure {
            html.raw(" ");
            doubt(html, UNSURE_HERE);
        }
        html.raw("</td><td>");
        for id in view.evidence.iter().take(3) {
            if let (Some(number), Some(passage)) = (context.passage(id), context.report.passage(id))
            {
                html.raw("<a href=\"#p")
                    .number(number)
                    .raw("\">\u{B6}\u{A0}")
                    .text(&passage.paragraph.to_string())
                    .raw("</a> ");
            }
        }
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</details>\n");
}
