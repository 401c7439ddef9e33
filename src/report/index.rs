//! A page over many packets: packets down, competencies across, each packet a link to its own report.
//!
//! Packets can be ordered by how complete they are as files: missing sections, parts that could not be read, limits of
//! the format. There is no total of a packet and no order by what a packet shows.

use std::io::{self, Write};

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
    /// It was read; `link` is the path of its report from the index.
    Read {
        /// What was found.
        report: &'a Report,
        /// Path of the file with the report.
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

/// An input as the index shows it: a few hundred bytes, whatever the length of its report.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    /// The path of its report, or why there is none.
    outcome: Result<String, String>,
    lacks: Lacks,
    /// The level of every column, and whether it is in doubt.
    levels: Vec<(&'static str, bool)>,
}

/// What is the same for all packets of an index.
#[derive(Clone, Debug)]
struct Head {
    /// Names of the ECQs, each with those of its competencies.
    groups: Vec<(String, Vec<String>)>,
    /// What made the reports.
    made_by: String,
}

/// An index that takes its packets one by one and keeps no report.
#[derive(Clone, Debug, Default)]
pub struct Index {
    rows: Vec<Row>,
    head: Option<Head>,
}

impl Index {
    /// Adds an input behind the others.
    pub fn add(&mut self, entry: &Entry<'_>) {
        let (outcome, levels) = match &entry.outcome {
            Outcome::Read { report, link } => {
                if self.head.is_none() {
                    self.head = Some(head(report));
                }
                let levels = report
                    .cells()
                    .map(|(_, _, cell)| (known(&cell.level), cell.unsure));
                (Ok(link.clone()), levels.collect())
            }
            Outcome::Failed { reason } => (Err(reason.clone()), Vec::new()),
        };
        self.rows.push(Row {
            name: entry.name.clone(),
            outcome,
            lacks: lacks(entry),
            levels,
        });
    }

    /// Writes the page in one order, the least complete file first and files alike by their names.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, marking: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(shell::begin(TITLE, marking, "").as_bytes())?;
        let mut html = Html::default();
        self.top(&mut html);
        legend(&mut html);
        self.table_start(
            &mut html,
            "one-order",
            "Packets with the least complete file first, then by name",
        );
        out.write_all(html.finish().as_bytes())?;
        let mut order = self.by_lacks();
        order.sort_by(|&a, &b| {
            let key = |idx: usize| weight(&self.rows[idx].lacks);
            key(b)
                .cmp(&key(a))
                .then_with(|| self.rows[a].name.cmp(&self.rows[b].name))
        });
        for idx in order {
            let mut html = Html::default();
            self.row(&mut html, &self.rows[idx]);
            out.write_all(html.finish().as_bytes())?;
        }
        let mut html = Html::default();
        table_end(&mut html);
        self.bottom(&mut html);
        out.write_all(html.finish().as_bytes())?;
        out.write_all(shell::end(marking).as_bytes())
    }

    fn by_lacks(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&idx| std::cmp::Reverse(weight(&self.rows[idx].lacks)));
        order
    }

    fn top(&self, html: &mut Html) {
        html.raw("<header class=\"top\">\n<p class=\"kind\">ECQ coverage report</p>\n<h1>")
            .text(&counted(self.rows.len(), "packet"))
            .raw("</h1>\n<p class=\"facts\">What each text demonstrates, asserts only, or leaves out. ")
            .raw("There is no score and no rank: what is missing from a text says nothing about the person.</p>\n</header>\n")
            .raw("<main id=\"main\" tabindex=\"-1\">\n");
    }

    fn bottom(&self, html: &mut Html) {
        html.raw("</main>\n<footer><p>");
        if let Some(head) = &self.head {
            html.text(&head.made_by);
        }
        html.raw("</p></footer>\n");
    }

    fn table(&self, html: &mut Html, id: &'static str, caption: &'static str, order: &[usize]) {
        self.table_start(html, id, caption);
        for &idx in order {
            self.row(html, &self.rows[idx]);
        }
        table_end(html);
    }

    fn table_start(&self, html: &mut Html, id: &'static str, caption: &'static str) {
        html.raw("<div class=\"wide ")
            .raw(id)
            .raw("\" tabindex=\"0\" role=\"region\" aria-label=\"")
            .raw(caption)
            .raw("\">\n<table class=\"packets\">\n<caption>")
            .raw(caption)
            .raw("</caption>\n<thead>");
        if let Some(head) = &self.head {
            header(html, head);
        }
        html.raw("</thead>\n<tbody>\n");
    }

    fn row(&self, html: &mut Html, row: &Row) {
        html.raw("<tr><th scope=\"row\" class=\"packet\">");
        let link = match &row.outcome {
            Ok(link) => link,
            Err(reason) => {
                html.text(&row.name)
                    .raw("</th><td class=\"file\" colspan=\"99\"><strong>not read</strong>: ")
                    .text(reason)
                    .raw("</td></tr>\n");
                return;
            }
        };
        html.raw("<a href=\"")
            .text(&reference(link))
            .raw("\">")
            .text(&row.name)
            .raw("</a> <span class=\"file\">");
        file(html, &row.lacks);
        html.raw("</span></th>");
        let groups = self.head.iter().flat_map(|head| &head.groups);
        let firsts = groups.flat_map(|(_, cells)| (0..cells.len()).map(|n| n == 0));
        for ((level, unsure), is_first) in row.levels.iter().copied().zip(firsts) {
            html.raw("<td class=\"")
                .raw(if is_first { "first " } else { "" })
                .raw(level)
                .raw("\">");
            sign(html, level);
            html.raw("<span class=\"hidden\">")
                .raw(level_word(level))
                .raw("</span>");
            if unsure {
                html.raw(" <span class=\"unsure\">");
                sign(html, "unsure");
                html.raw("<span class=\"hidden\">")
                    .raw(UNSURE)
                    .raw("</span></span>");
            }
            html.raw("</td>");
        }
        html.raw("</tr>\n");
    }
}

const TITLE: &str = "ECQ coverage of several packets";

/// The page. Entries come in the order of the input.
#[must_use]
pub fn render_index(entries: &[Entry<'_>], marking: Option<&str>) -> String {
    let mut index = Index::default();
    for entry in entries {
        index.add(entry);
    }
    let as_given: Vec<usize> = (0..entries.len()).collect();
    shell::page(TITLE, marking, "", |html| {
        index.top(html);
        order_choice(html);
        legend(html);
        index.table(
            html,
            "as-given",
            "Packets in the order they were given",
            &as_given,
        );
        index.table(
            html,
            "by-lacks",
            "Packets with the least complete file first",
            &index.by_lacks(),
        );
        index.bottom(html);
    })
}

fn head(report: &Report) -> Head {
    let cells: Vec<_> = report.cells().collect();
    Head {
        groups: cells
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| {
                let names = group.iter().map(|(_, _, cell)| cell.name.clone());
                (group[0].1.to_owned(), names.collect())
            })
            .collect(),
        made_by: format!(
            "Made by {} {} with codebook {} {} and model {} {}.",
            report.tool.name,
            report.tool.version,
            report.codebook.id,
            report.codebook.version,
            report.model.id,
            report.model.version
        ),
    }
}

/// What orders files by what they lack.
fn weight(lacks: &Lacks) -> (bool, usize, usize, usize) {
    (
        lacks.failed,
        lacks.sections.len(),
        lacks.n_unreadable,
        lacks.n_rules,
    )
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

fn table_end(html: &mut Html) {
    html.raw("</tbody>\n</table>\n</div>\n");
}

fn header(html: &mut Html, head: &Head) {
    html.raw("<tr><th scope=\"col\" class=\"packet\" rowspan=\"2\">Packet</th>");
    for (name, cells) in &head.groups {
        html.raw("<th scope=\"colgroup\" class=\"first\" colspan=\"")
            .number(cells.len())
            .raw("\">")
            .text(name)
            .raw("</th>");
    }
    html.raw("</tr>\n<tr>");
    for (_, cells) in &head.groups {
        for (n, name) in cells.iter().enumerate() {
            html.raw(if n == 0 {
                "<th scope=\"col\" class=\"first tall\"><span>"
            } else {
                "<th scope=\"col\" class=\"tall\"><span>"
            })
            .text(name)
            .raw("</span></th>");
        }
    }
    html.raw("</tr>");
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

/// A path as a relative reference that begins no scheme.
fn reference(path: &str) -> String {
    let mut out = String::from("./");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
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

    fn failed(name: &str) -> Entry<'static> {
        Entry {
            name: name.to_owned(),
            outcome: Outcome::Failed {
                reason: "no text on pages 1-2".to_owned(),
            },
        }
    }

    #[test]
    fn a_file_that_failed_says_why_and_stands_first_by_lacks() {
        let page = render_index(&[failed("<b>.pdf")], Some("CUI"));
        assert!(page.contains("&lt;b&gt;.pdf") && page.contains("no text on pages 1-2"));
        assert!(!page.contains("<b>.pdf"));
    }

    #[test]
    fn files_alike_stand_by_their_names() {
        let mut index = Index::default();
        for name in ["b.pdf", "a.pdf"] {
            index.add(&failed(name));
        }
        let mut page = Vec::new();
        index.write(None, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.find("a.pdf").unwrap() < page.find("b.pdf").unwrap());
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    }

    #[test]
    fn names_become_references() {
        assert_eq!(
            reference("javascript:x y.html"),
            "./javascript%3Ax%20y.html"
        );
    }
}
