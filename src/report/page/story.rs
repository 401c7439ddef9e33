//! The narrative in full, its passages marked in place; what they carry and what was found stands beside.

use crate::document::BlockKind;
use crate::report::page::Context;
use crate::report::page::html::Html;
use crate::report::page::shell::{doubt, known, sign};
use crate::report::words::{UNSURE, doubt as doubt_words};
use crate::report::{FindingView, NarrativeBlock, PassageView, SectionView, SpanView};

/// Writes the part.
pub(super) fn write(html: &mut Html, context: &Context<'_>) {
    html.raw("<section id=\"narrative\" aria-labelledby=\"h-narrative\">\n<div class=\"bar\"><h2 id=\"h-narrative\">Narrative</h2>\n");
    filter(html, context);
    html.raw("</div>\n<div class=\"story\">\n");
    let blocks = &context.packet.narrative.blocks;
    let mut idx = 0;
    // Headings go down one level at a time: those before the first section are not below one.
    let mut is_below_section = false;
    while idx < blocks.len() {
        let n_alike = blocks[idx..]
            .iter()
            .take_while(|block| is_listed(block) && block.kind == blocks[idx].kind)
            .count()
            .max(1);
        is_below_section |= row(html, context, &blocks[idx..idx + n_alike], is_below_section);
        idx += n_alike;
    }
    html.raw("</div>\n</section>\n");
}

fn is_listed(block: &NarrativeBlock) -> bool {
    matches!(block.kind, BlockKind::ListItem | BlockKind::TableCell)
}

/// A choice of one competency; it works by style alone.
fn filter(html: &mut Html, context: &Context<'_>) {
    html.raw("<p class=\"filter\"><label for=\"filter\">Show</label> <select id=\"filter\" autocomplete=\"off\"><option value=\"\" selected>all competencies</option>");
    let mut open: Option<&str> = None;
    for (idx, cell) in context.cells.iter().enumerate() {
        if open != Some(cell.ecq) {
            if open.is_some() {
                html.raw("</optgroup>");
            }
            html.raw("<optgroup label=\"")
                .text(cell.ecq_name)
                .raw("\">");
            open = Some(cell.ecq);
        }
        html.raw("<option value=\"")
            .number(idx)
            .raw("\">")
            .text(&cell.view.name)
            .raw("</option>");
    }
    if open.is_some() {
        html.raw("</optgroup>");
    }
    html.raw("</select></p>\n");
}

/// One block, or several list items or table cells, with the notes beside; whether it is the heading of a section.
fn row(
    html: &mut Html,
    context: &Context<'_>,
    blocks: &[NarrativeBlock],
    is_below_section: bool,
) -> bool {
    let Some(first) = blocks.first() else {
        return false;
    };
    let section = section_headed(context, first);
    html.raw(if section.is_some() {
        "<div class=\"row head\">"
    } else {
        "<div class=\"row\">"
    });
    html.raw("<div class=\"words\">");
    match (section, first.kind) {
        (Some(section), _) => {
            html.raw("<h3 id=\"s-").text(&section.id).raw("\">");
            words(html, context, first);
            html.raw("</h3>");
        }
        (None, BlockKind::Heading { .. }) => {
            html.raw(if is_below_section { "<h4>" } else { "<h3>" });
            words(html, context, first);
            html.raw(if is_below_section { "</h4>" } else { "</h3>" });
        }
        (None, BlockKind::ListItem | BlockKind::TableCell) => {
            html.raw(if first.kind == BlockKind::ListItem {
                "<ul>"
            } else {
                "<ul class=\"cells\">"
            });
            for block in blocks {
                html.raw("<li>");
                words(html, context, block);
                html.raw("</li>");
            }
            html.raw("</ul>");
        }
        (None, kind) => {
            html.raw(match kind {
                BlockKind::Footnote => "<p class=\"footnote\">",
                _ if first.emphasized => "<p class=\"lead\">",
                _ => "<p>",
            });
            words(html, context, first);
            html.raw("</p>");
        }
    }
    html.raw("</div>");
    let mut notes = Html::default();
    if let Some(section) = section {
        gaps(&mut notes, context, section);
    }
    for block in blocks {
        passages(&mut notes, context, block);
        findings(&mut notes, context, block);
    }
    let is_noted = !notes.is_empty();
    if is_noted {
        html.raw("<ul class=\"notes\" aria-label=\"Beside this part\">")
            .part(&notes)
            .raw("</ul>");
    }
    html.raw("</div>\n");
    section.is_some()
}

/// The section whose heading this block is.
fn section_headed<'a>(context: &'a Context<'_>, block: &NarrativeBlock) -> Option<&'a SectionView> {
    let words = block.span.slice(&context.packet.narrative.text);
    context.report.sections.iter().find(|section| {
        section.span.start == block.span.start
            && !section.title.is_empty()
            && words.chars().count() <= section.title.chars().count() + 2
    })
}

/// What is open over a stretch of text.
#[derive(Clone, Debug, Default, PartialEq)]
struct Over {
    passage: Option<usize>,
    findings: Vec<usize>,
}

/// The words of a block with passages and findings marked.
fn words(html: &mut Html, context: &Context<'_>, block: &NarrativeBlock) {
    let report = context.report;
    let narrative = &context.packet.narrative;
    let (start, end) = (block.span.start, block.span.end);
    let passages: Vec<(usize, &PassageView)> = report
        .passages
        .iter()
        .enumerate()
        .filter(|(_, passage)| passage.span.start < end && passage.span.end > start)
        .collect();
    let findings: Vec<(usize, SpanView)> = report
        .findings
        .iter()
        .enumerate()
        .flat_map(|(idx, finding)| spans(finding).map(move |span| (idx, span)))
        .filter(|(_, span)| span.start < end && span.end > start && span.end > span.start)
        .collect();
    let masks = narrative
        .masks
        .iter()
        .filter(|mask| mask.span.start < end && mask.span.end > start);
    let mut cuts: Vec<usize> = passages
        .iter()
        .map(|(_, passage)| passage.span)
        .chain(findings.iter().map(|(_, span)| *span))
        .flat_map(|span| [span.start, span.end])
        .chain(masks.flat_map(|mask| [mask.span.start, mask.span.end]))
        .chain([start, end])
        .map(|cut| cut.clamp(start, end))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut open = Over::default();
    for pair in cuts.windows(2) {
        let &[from, to] = pair else { continue };
        let covers = |span: SpanView| span.start <= from && to <= span.end;
        let over = Over {
            passage: passages
                .iter()
                .find(|(_, passage)| covers(passage.span))
                .map(|(idx, _)| *idx),
            findings: findings
                .iter()
                .filter(|(_, span)| covers(*span))
                .map(|(idx, _)| *idx)
                .collect(),
        };
        change(html, context, &open, &over, from);
        open = over;
        match narrative
            .masks
            .iter()
            .find(|mask| mask.span.start <= from && to <= mask.span.end)
        {
            Some(mask) if mask.span.start == from => {
                html.text(mask.label);
            }
            Some(_) => {}
            None => {
                html.text(&narrative.text[from..to]);
            }
        }
    }
    change(html, context, &open, &Over::default(), end);
}

/// Closes what ends and opens what begins at a place.
fn change(html: &mut Html, context: &Context<'_>, from: &Over, to: &Over, at: usize) {
    let is_same_passage = from.passage == to.passage;
    if (from.findings != to.findings || !is_same_passage) && !from.findings.is_empty() {
        html.raw("</span>");
    }
    if !is_same_passage {
        if let Some(idx) = from.passage {
            html.raw(match marked(context, idx) {
                None => "</span>",
                Some(_) => "</mark>",
            });
        }
        if let Some(idx) = to.passage {
            open_passage(html, context, idx, at);
        }
    }
    if (from.findings != to.findings || !is_same_passage) && !to.findings.is_empty() {
        html.raw("<span class=\"f\">");
    }
}

fn open_passage(html: &mut Html, context: &Context<'_>, idx: usize, at: usize) {
    let passage = &context.report.passages[idx];
    let class = marked(context, idx);
    match class {
        None => html.raw("<span"),
        Some(class) => {
            html.raw("<mark class=\"").raw(class);
            classes(html, context, passage);
            html.raw("\"")
        }
    };
    // A passage that runs over several blocks is named where it begins.
    if passage.span.start == at {
        html.raw(" id=\"p").number(idx).raw("\"");
        if class.is_some() {
            html.raw(" data-n=\"").number(idx + 1).raw("\"");
        }
    }
    html.raw(">");
    if let Some(class) = class.filter(|_| passage.span.start == at) {
        sign(html, class);
        // No line ends between the sign and its words.
        html.raw("&#8288;");
    }
}

/// How a passage is marked: by its strongest label, else as one to read, else not at all.
fn marked(context: &Context<'_>, idx: usize) -> Option<&'static str> {
    let passage = &context.report.passages[idx];
    match passage.labels.first() {
        Some(label) => Some(known(&label.level)),
        None => context.report.asking(passage).next().map(|_| "unsure"),
    }
}

/// The competencies that a passage should be read for, though it carries no label of them.
fn unlabeled<'a>(
    context: &'a Context<'_>,
    passage: &'a PassageView,
) -> impl Iterator<Item = &'a str> {
    context
        .report
        .asking(passage)
        .map(|cell| cell.id.as_str())
        .filter(|id| passage.labels.iter().all(|label| label.id != *id))
}

fn classes(html: &mut Html, context: &Context<'_>, passage: &PassageView) {
    let labels = passage.labels.iter().map(|label| label.id.as_str());
    for cell in labels
        .chain(unlabeled(context, passage))
        .filter_map(|id| context.cell(id))
    {
        html.raw(" k").number(cell);
    }
}

fn spans(finding: &FindingView) -> impl Iterator<Item = SpanView> {
    std::iter::once(&finding.place)
        .chain(&finding.also)
        .filter_map(|place| place.span)
}

/// What the passages that begin in a block carry.
fn passages(html: &mut Html, context: &Context<'_>, block: &NarrativeBlock) {
    for (idx, passage) in context.report.passages.iter().enumerate() {
        let begins = block.span.start <= passage.span.start && passage.span.start < block.span.end;
        if !begins || marked(context, idx).is_none() {
            continue;
        }
        html.raw("<li class=\"note");
        classes(html, context, passage);
        html.raw("\"><span class=\"n\">")
            .number(idx + 1)
            .raw("</span>");
        for (level, verb) in [
            ("demonstrated", "demonstrates"),
            ("asserted", "asserts only"),
        ] {
            let mut labels = passage
                .labels
                .iter()
                .filter(|label| label.level == level)
                .peekable();
            if labels.peek().is_none() {
                continue;
            }
            html.raw("<span class=\"says ").raw(known(level)).raw("\">");
            sign(html, level);
            html.raw("<span class=\"verb\">").raw(verb).raw("</span> ");
            let mut is_first = true;
            for label in labels {
                if !is_first {
                    html.raw(", ");
                }
                is_first = false;
                competency(html, context, &label.id);
                let words = doubt_words(context.report, passage, &label.id);
                if !words.is_empty() {
                    html.raw(" ");
                    doubt(html, words);
                }
            }
            html.raw("</span>");
        }
        let mut is_first = true;
        for id in unlabeled(context, passage) {
            if is_first {
                html.raw("<span class=\"says\">");
                doubt(html, UNSURE);
                html.raw(" for ");
            } else {
                html.raw(", ");
            }
            is_first = false;
            competency(html, context, id);
        }
        if !is_first {
            html.raw("</span>");
        }
        html.raw("</li>");
    }
}

/// The name of a competency, leading to its evidence.
fn competency(html: &mut Html, context: &Context<'_>, id: &str) {
    match context.cell(id) {
        Some(cell) => html
            .raw("<a href=\"#c")
            .number(cell)
            .raw("\">")
            .text(&context.cells[cell].view.name)
            .raw("</a>"),
        None => html.text(id),
    };
}

/// The findings whose first place is in a block.
fn findings(html: &mut Html, context: &Context<'_>, block: &NarrativeBlock) {
    for (idx, finding) in context.report.findings.iter().enumerate() {
        let Some(span) = finding.place.span else {
            continue;
        };
        if span.start < block.span.start || span.start >= block.span.end {
            continue;
        }
        html.raw("<li class=\"note finding\" id=\"f")
            .number(idx)
            .raw("\"><a href=\"#r-")
            .text(&finding.rule)
            .raw("\">")
            .text(&finding.severity)
            .raw("</a>: ")
            .text(&finding.message)
            .raw("</li>");
    }
}

/// What an ECQ's section does not show, beside its heading.
fn gaps(html: &mut Html, context: &Context<'_>, section: &SectionView) {
    for (level, words) in [("asserted", "asserted only:"), ("absent", "missing here:")] {
        let cells: Vec<usize> = (0..context.cells.len())
            .filter(|&idx| {
                let cell = &context.cells[idx];
                section.ecq.as_deref() == Some(cell.ecq) && known(&cell.view.level) == level
            })
            .collect();
        if cells.is_empty() {
            continue;
        }
        html.raw("<li class=\"note gap\"><span class=\"says ")
            .raw(known(level))
            .raw("\">");
        sign(html, level);
        html.raw("<span class=\"verb\">").raw(words).raw("</span> ");
        for (n, cell) in cells.into_iter().enumerate() {
            if n > 0 {
                html.raw(", ");
            }
            let view = context.cells[cell].view;
            competency(html, context, &view.id);
            if view.unsure {
                html.raw(" ");
                doubt(html, UNSURE);
            }
        }
        html.raw("</span></li>");
    }
}
