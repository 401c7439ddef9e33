//! Takes running heads, running feet and page numbers off the pages.
//!
//! A row is a running head if it stands in the same place with the same words on many pages while the
//! text below it differs. Pages that repeat as a whole are text, however often they repeat.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::document::pdf::words::Row;
use crate::document::pdf::words::row_text;

/// The rows of a page, from top to bottom.
#[derive(Clone, Debug, Default)]
pub(super) struct PageRows {
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// Height of the page in points.
    pub(super) height: f32,
}

/// What was taken off the pages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Removed {
    /// Number of words.
    pub(super) n_words: usize,
    /// The first few different rows, as examples.
    pub(super) examples: Vec<String>,
}

impl Removed {
    fn note(&mut self, row: &Row) {
        let text = row_text(row);
        self.n_words += row.len();
        if self.examples.len() < 3 && !self.examples.contains(&text) {
            self.examples.push(text);
        }
    }
}

/// Running heads have at most this many rows.
const MAX_ROWS: usize = 3;
/// Places closer than this are the same, in points.
const SAME_PLACE: f32 = 3.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Top,
    Bottom,
}

/// Removes running heads, running feet and page numbers.
pub(super) fn remove_furniture(pages: &mut [PageRows]) -> Removed {
    let mut removed = Removed::default();
    let leading = typical_step(pages);
    for edge in [Edge::Bottom, Edge::Top] {
        remove_numbers(pages, edge, leading, &mut removed);
        remove_repeated(pages, edge, leading, &mut removed);
        // A number may stand within a running head.
        remove_numbers(pages, edge, leading, &mut removed);
    }
    removed
}

/// The commonest distance between rows.
fn typical_step(pages: &[PageRows]) -> f32 {
    let mut steps: Vec<f32> = pages
        .iter()
        .flat_map(|p| p.rows.windows(2))
        .map(|pair| pair[1][0].y - pair[0][0].y)
        .filter(|step| *step > 4.0)
        .collect();
    steps.sort_unstable_by(f32::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(12.0)
}

/// The row at `depth` from an edge of a page.
fn row_at(page: &PageRows, edge: Edge, depth: usize) -> Option<&Row> {
    match edge {
        Edge::Top => page.rows.get(depth),
        Edge::Bottom => page
            .rows
            .len()
            .checked_sub(depth + 1)
            .and_then(|i| page.rows.get(i)),
    }
}

fn take_row(page: &mut PageRows, edge: Edge) -> Option<Row> {
    match edge {
        Edge::Top => (!page.rows.is_empty()).then(|| page.rows.remove(0)),
        Edge::Bottom => page.rows.pop(),
    }
}

/// Whether a row stands in the margin of a page, or apart from the text near its edge.
fn is_in_margin(page: &PageRows, edge: Edge, depth: usize, leading: f32) -> bool {
    let Some(row) = row_at(page, edge, depth) else {
        return false;
    };
    let from_edge = match edge {
        Edge::Top => row[0].y / page.height,
        Edge::Bottom => 1.0 - row[0].y / page.height,
    };
    // Text that starts an inch from the top has its first baseline below a tenth of the page.
    let margin = if edge == Edge::Top { 0.1 } else { 0.085 };
    let apart = row_at(page, edge, depth + 1)
        .is_none_or(|next| (next[0].y - row[0].y).abs() > 1.6 * leading);
    from_edge < margin || (from_edge < 0.2 && apart)
}

/// Removes rows that are page numbers and nothing else.
fn remove_numbers(pages: &mut [PageRows], edge: Edge, leading: f32, removed: &mut Removed) {
    let n_pages = pages.len();
    for (i, page) in pages.iter_mut().enumerate() {
        let number = row_at(page, edge, 0).and_then(page_number);
        // Packets may start at another number than 1, but not at a year.
        let plausible = number.is_some_and(|n| n <= i + n_pages + 100);
        if plausible
            && is_in_margin(page, edge, 0, leading)
            && let Some(row) = take_row(page, edge)
        {
            removed.note(&row);
        }
    }
}

/// The number of a row such as `3`, `- 3 -`, `Page 3` or `Page 3 of 9`.
fn page_number(row: &Row) -> Option<usize> {
    let text = row_text(row).to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '/' | '|' | '-' | '–' | '—' | '[' | ']'))
        .filter(|w| !w.is_empty())
        .collect();
    let words = match words.as_slice() {
        ["page" | "p." | "pg." | "pg", rest @ ..] => rest,
        all => all,
    };
    match words {
        [n] | [n, "of", _] => n.parse().ok(),
        [n, total] if total.parse::<usize>().is_ok() => n.parse().ok(),
        _ => None,
    }
}

/// The words of a row, with what looks like a page number masked.
fn masked(row: &Row) -> String {
    let mut words: Vec<String> = row.iter().map(|w| w.text.to_lowercase()).collect();
    let is_number = |w: &str| w.bytes().all(|b| b.is_ascii_digit());
    for i in 0..words.len() {
        let after_page = i > 0
            && matches!(
                words[i - 1].as_str(),
                "page" | "p." | "pg." | "pg" | "|" | "of"
            );
        let apart = |a: usize, b: usize| row[b].x0 - row[a].x1 > 1.5 * row[a].size;
        let at_end = i > 0 && i + 1 == words.len() && apart(i - 1, i);
        let at_start = i == 0 && words.len() > 1 && apart(0, 1);
        if is_number(&words[i]) && (after_page || at_end || at_start) {
            words[i] = "#".to_owned();
        }
    }
    words.join(" ")
}

/// Removes rows that repeat from page to page while the rows next to them do not.
fn remove_repeated(pages: &mut [PageRows], edge: Edge, leading: f32, removed: &mut Removed) {
    let n_needed = match pages.len() {
        0 | 1 => return,
        n @ 2..=3 => n,
        n => (n / 2).max(3),
    };
    let depths: Vec<HashSet<usize>> = (0..=MAX_ROWS)
        .map(|depth| repeated(pages, edge, depth, n_needed))
        .collect();
    let n_repeated = |i: usize| {
        depths
            .iter()
            .take_while(|groups| groups.contains(&i))
            .count()
    };
    // Heads of pages that hold nothing else are the text of those pages.
    let n_bare = pages
        .iter()
        .enumerate()
        .filter(|(i, page)| n_repeated(*i) >= page.rows.len().max(1))
        .count();
    if n_bare * 2 > pages.len() {
        return;
    }
    for (i, page) in pages.iter_mut().enumerate() {
        let n_rows = n_repeated(i);
        // As many repeated rows as were looked at: the pages themselves repeat.
        if n_rows > MAX_ROWS || !(0..n_rows).all(|depth| is_in_margin(page, edge, depth, leading)) {
            continue;
        }
        for _ in 0..n_rows {
            if let Some(row) = take_row(page, edge) {
                removed.note(&row);
            }
        }
    }
}

/// The pages whose row at `depth` stands in the same place with the same words on `n_needed` pages.
fn repeated(pages: &[PageRows], edge: Edge, depth: usize, n_needed: usize) -> HashSet<usize> {
    let mut groups: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
    for (i, page) in pages.iter().enumerate() {
        if let Some(row) = row_at(page, edge, depth) {
            groups.entry(masked(row)).or_default().push((i, row[0].y));
        }
    }
    let mut out = HashSet::new();
    for group in groups.into_values() {
        for (i, y) in &group {
            let n = group
                .iter()
                .filter(|(_, other)| (other - y).abs() < SAME_PLACE)
                .count();
            if n >= n_needed {
                out.insert(*i);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    fn page(rows: &[(&str, f32)]) -> PageRows {
        let glyphs = rows
            .iter()
            .flat_map(|(text, y)| glyphs(text, 72.0, *y, 10.0))
            .collect();
        PageRows {
            rows: rows_of(glyphs, &[]),
            height: 792.0,
        }
    }

    fn texts(page: &PageRows) -> Vec<String> {
        page.rows.iter().map(|r| row_text(r)).collect()
    }

    #[test]
    fn running_heads_and_numbers_go() {
        let mut pages = [
            page(&[
                ("Jane Applicant", 40.0),
                ("First text", 90.0),
                ("goes on", 102.0),
                ("1", 760.0),
            ]),
            page(&[
                ("Jane Applicant", 40.0),
                ("Second text", 90.0),
                ("and on", 102.0),
                ("2", 760.0),
            ]),
        ];
        let removed = remove_furniture(&mut pages);
        assert_eq!(texts(&pages[0]), ["First text", "goes on"]);
        assert_eq!(texts(&pages[1]), ["Second text", "and on"]);
        assert_eq!(
            removed,
            Removed {
                n_words: 6,
                examples: ["1", "2", "Jane Applicant"].map(str::to_owned).to_vec()
            }
        );
    }

    #[test]
    fn pages_that_repeat_as_a_whole_stay() {
        let rows = [
            ("ECQ 1", 60.0),
            ("I led", 72.0),
            ("a team", 84.0),
            ("of ten", 96.0),
            ("people", 108.0),
        ];
        let mut pages = [page(&rows), page(&rows), page(&rows), page(&rows)];
        assert_eq!(remove_furniture(&mut pages), Removed::default());
        assert_eq!(texts(&pages[3]).len(), 5);
    }

    #[test]
    fn heads_at_the_top_of_the_text_stay() {
        let mut pages = [
            page(&[("Challenge", 82.0), ("One text", 94.0)]),
            page(&[("Challenge", 82.0), ("Another text", 94.0)]),
        ];
        assert_eq!(remove_furniture(&mut pages), Removed::default());
    }

    #[test]
    fn numbers_of_pages() {
        let number = |text: &str| page_number(&rows_of(glyphs(text, 0.0, 10.0, 10.0), &[])[0]);
        assert_eq!(number("- 3 -"), Some(3));
        assert_eq!(number("Page 3 of 9"), Some(3));
        assert_eq!(number("3 / 9"), Some(3));
        assert_eq!(number("ECQ 1"), None);
    }
}
