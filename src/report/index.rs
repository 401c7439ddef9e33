//! A page over many packets: packets down, competencies across, each packet a link to its own report.
//!
//! Packets can be ordered by how complete they are as files: missing sections, parts that could not be read, limits of
//! the format. There is no total of a packet and no order by what a packet shows.

use crate::report::Report;
use crate::report::page::html::Html;
use crate::report::page::shell::{self, doubt, known, sign};
use crate::report::words::{UNSURE, counted, level_word};

/// One input of the index.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Name of the file.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome<'a>,
}

/// What came of an input.
#[derive(Clone, Debug)]
pub enum Outcome<'a> {
    /// It was read; `link` is the file name of its report beside the index.
    Read {
        /// What was found.
        report: &'a Report,
        /// Name of the file with the report.
        link: String,
    },
    /// It could not be read, and why.
    Failed {
        /// One line.
        reason: String,
    },
}

/// What keeps a packet from being complete as a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Lacks {
    /// Whether it could not be read at all.
    failed: bool,
    /// Names of ECQs without a section.
    sections: Vec<String>,
    /// Number of parts that could not be read.
    n_unreadable: usize,
    /// Number of stated rules of the format that it breaks.
    n_rules: usize,
}

/// The page. Entries come in the order of the input.
#[must_use]
pub fn render_index(entries: &[Entry<'_>], marking: Option<&str>) -> String {
    let lacks: Vec<Lacks> = entries.iter().map(lacks).collect();
    let as_given: Vec<usize> = (0..entries.len()).collect();
    let mut by_lacks = as_given.clone();
    by_lacks.sort_by_key(|&idx| {
        let lacks = &lacks[idx];
        std::cmp::Reverse((
            lacks.failed,
            lacks.sections.len(),
            lacks.n_unreadable,
            lacks.n_rules,
        ))
    });
    shell::page("ECQ coverage of several packets", marking, "", |html| {
        html.raw("<header class=\"top\">\n<p class=\"kind\">ECQ coverage report</p>\n<h1>")
            .text(&counted(entries.len(), "packet"))
            .raw("</h1>\n<p class=\"facts\">What each text demonstrates, asserts only, or leaves out. ")
            .raw("There is no score and no rank: what is missing from a text says nothing about the person.</p>\n</header>\n")
            .raw("<main id=\"main\" tabindex=\"-1\">\n");
        order_choice(html);
        legend(html);
        table(
            html,
            "as-given",
            "Packets in the order they were given",
            entries,
            &lacks,
            &as_given,
        );
        table(
            html,
            "by-lacks",
            "Packets with the least complete file first",
            entries,
            &lacks,
            &by_lacks,
        );
        html.raw("</main>\n<footer><p>");
        if let Some(report) = reports(entries).next() {
            html.raw("Made by ")
                .text(&report.tool.name)
                .raw(" ")
                .text(&report.tool.version)
                .raw(" with codebook ")
                .text(&report.codebook.id)
                .raw(" ")
                .text(&report.codebook.version)
                .raw(" and model ")
                .text(&report.model.id)
                .raw(" ")
                .text(&report.model.version)
                .raw(".");
        }
        html.raw("</p></footer>\n");
    })
}

fn reports<'a>(entries: &'a [Entry<'_>]) -> impl Iterator<Item = &'a Report> {
    entries.iter().filter_map(|entry| match &entry.outcome {
        Outcome::Read { report, .. } => Some(*report),
        Outcome::Failed { .. } => None,
    })
}

fn lacks(entry: &Entry<'_>) -> Lacks {
    let Outcome::Read { report, .. } = &entry.outcome else {
        return Lacks {
            failed: true,
            ..Lacks::default()
        };
    };
    let is_unreadable = |code: &str| {
        matches!(
            code,
            "unreadable" | "unmapped-characters" | "truncated-passage"
        )
    };
    Lacks {
        failed: false,
        sections: report
            .coverage
            .iter()
            .filter(|ecq| ecq.sections.is_empty())
            .map(|ecq| ecq.name.clone())
            .collect(),
        n_unreadable: report
            .warnings
            .iter()
            .filter(|warning| is_unreadable(&warning.code))
            .count(),
        n_rules: report
            .findings
            .iter()
            .filter(|finding| finding.severity == "error")
            .count(),
    }
}

/// A choice of two orders; it works by style alone.
fn order_choice(html: &mut Html) {
    html.raw(
        "<fieldset class=\"order\"><legend>Order</legend>\
         <label><input type=\"radio\" name=\"order\" id=\"order-given\" checked autocomplete=\"off\"> as given</label>\
         <label><input type=\"radio\" name=\"order\" id=\"order-lacks\" autocomplete=\"off\"> least complete file first</label>\
         </fieldset>\n",
    );
}

fn legend(html: &mut Html) {
    html.raw("<ul class=\"legend\">");
    for level in ["demonstrated", "asserted", "absent"] {
        html.raw("<li class=\"").raw(known(level)).raw("\">");
        sign(html, level);
        html.raw(level_word(level)).raw("</li>");
    }
    html.raw("<li>beside it ");
    doubt(html, UNSURE);
    html.raw("</li></ul>\n");
}

fn table(
    html: &mut Html,
    id: &'static str,
    caption: &'static str,
    entries: &[Entry<'_>],
    lacks: &[Lacks],
    order: &[usize],
) {
    html.raw("<div class=\"wide ")
        .raw(id)
        .raw("\" tabindex=\"0\" role=\"region\" aria-label=\"")
        .raw(caption)
        .raw("\">\n<table class=\"packets\">\n<caption>")
        .raw(caption)
        .raw("</caption>\n<thead>");
    if let Some(report) = reports(entries).next() {
        header(html, report);
    }
    html.raw("</thead>\n<tbody>\n");
    for &idx in order {
        row(html, &entries[idx], &lacks[idx]);
    }
    html.raw("</tbody>\n</table>\n</div>\n");
}

fn header(html: &mut Html, report: &Report) {
    html.raw("<tr><th scope=\"col\" class=\"packet\" rowspan=\"2\">Packet</th>");
    let cells: Vec<_> = report.cells().collect();
    for group in cells.chunk_by(|a, b| a.0 == b.0) {
        html.raw("<th scope=\"colgroup\" class=\"first\" colspan=\"")
            .number(group.len())
            .raw("\">")
            .text(group[0].1)
            .raw("</th>");
    }
    html.raw("</tr>\n<tr>");
    for group in cells.chunk_by(|a, b| a.0 == b.0) {
        for (n, (_, _, cell)) in group.iter().enumerate() {
            html.raw(if n == 0 {
                "<th scope=\"col\" class=\"first tall\"><span>"
            } else {
                "<th scope=\"col\" class=\"tall\"><span>"
            })
            .text(&cell.name)
            .raw("</span></th>");
        }
    }
    html.raw("</tr>");
}

fn row(html: &mut Html, entry: &Entry<'_>, lacks: &Lacks) {
    html.raw("<tr><th scope=\"row\" class=\"packet\">");
    match &entry.outcome {
        Outcome::Failed { reason } => {
            html.text(&entry.name)
                .raw("</th><td class=\"file\" colspan=\"99\"><strong>not read</strong>: ")
                .text(reason)
                .raw("</td></tr>\n");
        }
        Outcome::Read { report, link } => {
            html.raw("<a href=\"")
                .text(&reference(link))
                .raw("\">")
                .text(&entry.name)
                .raw("</a> <span class=\"file\">");
            file(html, lacks);
            html.raw("</span></th>");
            let cells: Vec<_> = report.cells().collect();
            for group in cells.chunk_by(|a, b| a.0 == b.0) {
                for (n, (_, _, cell)) in group.iter().enumerate() {
                    html.raw("<td class=\"")
                        .raw(if n == 0 { "first " } else { "" })
                        .raw(known(&cell.level))
                        .raw("\">");
                    sign(html, &cell.level);
                    html.raw("<span class=\"hidden\">")
                        .raw(level_word(&cell.level))
                        .raw("</span>");
                    if cell.unsure {
                        html.raw(" <span class=\"unsure\">");
                        sign(html, "unsure");
                        html.raw("<span class=\"hidden\">")
                            .raw(UNSURE)
                            .raw("</span></span>");
                    }
                    html.raw("</td>");
                }
            }
            html.raw("</tr>\n");
        }
    }
}

/// What the file lacks, in words.
fn file(html: &mut Html, lacks: &Lacks) {
    let mut parts: Vec<String> = Vec::new();
    if !lacks.sections.is_empty() {
        parts.push(format!("no section for {}", lacks.sections.join(", ")));
    }
    if lacks.n_unreadable > 0 {
        parts.push(counted(lacks.n_unreadable, "part") + " not readable");
    }
    if lacks.n_rules > 0 {
        parts.push(counted(lacks.n_rules, "limit") + " of the format not kept");
    }
    if parts.is_empty() {
        html.raw("complete");
    } else {
        html.text(&parts.join("; "));
    }
}

/// A file name as a relative reference that begins no scheme.
fn reference(name: &str) -> String {
    let mut out = String::from("./");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_failed_says_why_and_stands_first_by_lacks() {
        let entries = [Entry {
            name: "<b>.pdf".to_owned(),
            outcome: Outcome::Failed {
                reason: "no text on pages 1-2".to_owned(),
            },
        }];
        let page = render_index(&entries, Some("CUI"));
        assert!(page.contains("&lt;b&gt;.pdf") && page.contains("no text on pages 1-2"));
        assert!(!page.contains("<b>.pdf"));
    }

    #[test]
    fn names_become_references() {
        assert_eq!(
            reference("javascript:x y.html"),
            "./javascript%3Ax%20y.html"
        );
    }
}
