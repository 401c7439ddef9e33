//! Finds the order of reading: columns, and what runs across them.
//!
//! A gutter is a place that a run of rows leaves free, with text in lines on both sides. Rows that
//! cross it (titles, full-width heads, footnotes) end the run, so one page may hold columns between
//! full-width parts, and columns within columns.

use crate::document::pdf::tables::TableRow;
use crate::document::pdf::tables::split_tables;
use crate::document::pdf::words::Row;
use crate::document::pdf::words::Word;
use crate::document::pdf::words::mark_of;

/// A part of a page that is read from top to bottom before anything beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Region {
    /// Lines of running text.
    Column(Vec<Row>),
    /// A table, by rows.
    Table(Vec<TableRow>),
}

/// A gutter is at least this wide, in type sizes; LaTeX leaves 1.0, justified text rarely 0.6.
const MIN_GUTTER: f32 = 0.6;
/// Fewest lines on each side of a gutter that was not seen on an earlier page.
const MIN_LINES: usize = 3;
/// Fewest words in a line of running text; cells of tables and labels have fewer.
const MIN_WORDS: f32 = 2.6;
/// Columns are at most this deep within each other.
const MAX_DEPTH: usize = 6;
/// Candidates closer than this are tried once.
const GRID: f32 = 2.0;

/// The regions of a page in the order of reading.
///
/// `gutters` holds the gutters of earlier pages and takes up new ones: the last page of a document
/// often has too few lines to show its columns by itself.
pub(super) fn regions_of(rows: Vec<Row>, gutters: &mut Vec<f32>) -> Vec<Region> {
    let mut regions = Vec::new();
    split(rows, gutters, MAX_DEPTH, &mut regions);
    regions
}

fn split(rows: Vec<Row>, gutters: &mut Vec<f32>, depth: usize, out: &mut Vec<Region>) {
    if rows.is_empty() {
        return;
    }
    let found = if depth > 0 {
        find_gutter(&rows, gutters)
    } else {
        None
    };
    let Some(zone) = found else {
        out.extend(split_tables(&rows));
        return;
    };
    if !gutters.iter().any(|g| (g - zone.x).abs() < GRID) {
        gutters.push(zone.x);
    }
    let mut above = rows;
    let mut within = above.split_off(zone.start);
    let below = within.split_off(zone.end - zone.start);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in within {
        let (l, r): (Row, Row) = row.into_iter().partition(|w| w.x0 < zone.x);
        left.extend((!l.is_empty()).then_some(l));
        right.extend((!r.is_empty()).then_some(r));
    }
    for part in [above, left, right, below] {
        split(part, gutters, depth - 1, out);
    }
}

/// A gutter and the rows it runs through.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Zone {
    x: f32,
    start: usize,
    end: usize,
    n_chars: usize,
}

/// The gutter with the most text on its poorer side.
fn find_gutter(rows: &[Row], gutters: &[f32]) -> Option<Zone> {
    let mut candidates: Vec<f32> = rows.iter().flat_map(starts_of).map(|x| x - 1.0).collect();
    candidates.sort_unstable_by(f32::total_cmp);
    candidates.dedup_by(|later, first| *later - *first < GRID);
    let mut best: Option<Zone> = None;
    for x in candidates {
        let known = gutters.iter().any(|g| (g - x).abs() < 2.0 * GRID);
        let mut start = 0;
        while start < rows.len() {
            let n = rows[start..]
                .iter()
                .take_while(|row| side_of(row, x) != Side::Across)
                .count();
            if let Some(n_chars) = column_text(&rows[start..start + n], x, known)
                && best.is_none_or(|b| n_chars > b.n_chars)
            {
                best = Some(Zone {
                    x,
                    start,
                    end: start + n,
                    n_chars,
                });
            }
            start += n + 1;
        }
    }
    best
}

/// Where a row starts, and where it starts again after a wide gap.
fn starts_of(row: &Row) -> impl Iterator<Item = f32> + '_ {
    let after_gap = |i: usize| i == 0 || is_wide_gap(row, i);
    (0..row.len())
        .filter(move |i| after_gap(*i))
        .map(|i| row[i].x0)
}

/// Whether the gap before word `i` may be a gutter: wide, and not the one after a list mark.
fn is_wide_gap(row: &Row, i: usize) -> bool {
    let wide =
        |i: usize| row[i].x0 - row[i - 1].x1 >= MIN_GUTTER * row[i].size.min(row[i - 1].size);
    wide(i) && !(mark_of(&row[i - 1].text).is_some() && (i == 1 || wide(i - 1)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
    Across,
}

/// On which side of `x` the words of a row stand.
fn side_of(row: &Row, x: f32) -> Side {
    let n_left = row.partition_point(|w| w.x0 < x);
    if n_left == 0 {
        return Side::Right;
    }
    if row[n_left - 1].x1 > x {
        Side::Across
    } else if n_left == row.len() {
        Side::Left
    } else if is_wide_gap(row, n_left) {
        Side::Both
    } else {
        Side::Across
    }
}

/// Characters on the poorer side of `x`, if both sides look like columns of running text.
fn column_text(rows: &[Row], x: f32, known: bool) -> Option<usize> {
    let halves = |row| -> (&[Word], &[Word]) {
        <[Word]>::split_at(row, row.partition_point(|w: &Word| w.x0 < x))
    };
    let left: Vec<&[Word]> = rows
        .iter()
        .map(|r| halves(r).0)
        .filter(|h| !h.is_empty())
        .collect();
    let right: Vec<&[Word]> = rows
        .iter()
        .map(|r| halves(r).1)
        .filter(|h| !h.is_empty())
        .collect();
    let min_lines = if known { 1 } else { MIN_LINES };
    if left.len() < min_lines || right.len() < min_lines {
        return None;
    }
    let size = rows
        .iter()
        .flatten()
        .map(|w| w.size)
        .fold(0.0, f32::max)
        .min(left[0][0].size.max(right[0][0].size));
    let (left_top, left_end) = (left[0][0].y, left[left.len() - 1][0].y);
    let (right_top, right_end) = (right[0][0].y, right[right.len() - 1][0].y);
    // Side by side, not one after the other.
    if !known && left_end.min(right_end) - left_top.max(right_top) < 1.5 * size {
        return None;
    }
    let left_edge = left.iter().map(|l| l[0].x0).fold(f32::INFINITY, f32::min);
    let right_edge = right.iter().map(|r| r[0].x0).fold(f32::INFINITY, f32::min);
    let left_limit = left
        .iter()
        .map(|l| l[l.len() - 1].x1)
        .fold(f32::NEG_INFINITY, f32::max);
    if right_edge - left_limit < MIN_GUTTER * size {
        return None;
    }
    let n_words =
        |half: &[&[Word]]| half.iter().map(|l| l.len()).sum::<usize>() as f32 / half.len() as f32;
    if n_words(&left) < MIN_WORDS || n_words(&right) < MIN_WORDS {
        return None;
    }
    if !known {
        // Lines of a column fill it; cells of a table leave room.
        let filled: f32 = left
            .iter()
            .map(|l| l[l.len() - 1].x1 - l[0].x0)
            .sum::<f32>()
            / left.len() as f32;
        if filled < 0.5 * (right_edge - left_edge) || aligned_share(&right, size) < 0.4 {
            return None;
        }
    }
    let n_chars = |half: &[&[Word]]| {
        half.iter()
            .flat_map(|l| l.iter())
            .map(|w| w.text.len())
            .sum::<usize>()
    };
    Some(n_chars(&left).min(n_chars(&right)))
}

/// Share of lines that start at the commonest place.
fn aligned_share(lines: &[&[Word]], size: f32) -> f32 {
    let mut starts: Vec<f32> = lines.iter().map(|l| l[0].x0).collect();
    starts.sort_unstable_by(f32::total_cmp);
    let most = (0..starts.len())
        .map(|i| starts[i..].partition_point(|x| *x <= starts[i] + 0.4 * size))
        .max()
        .unwrap_or(0);
    most as f32 / starts.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::glyphs::Glyph;
    use crate::document::pdf::words::row_text;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    /// Lines of 5-point-wide letters, at 12 points from each other.
    fn lines(texts: &[&str], x: f32, top: f32) -> Vec<Glyph> {
        texts
            .iter()
            .enumerate()
            .flat_map(|(i, text)| glyphs(text, x, top + 12.0 * i as f32, 10.0))
            .collect()
    }

    fn read(page: Vec<Glyph>) -> Vec<String> {
        let mut out = Vec::new();
        for region in regions_of(rows_of(page, &[]), &mut Vec::new()) {
            match region {
                Region::Column(rows) => out.push(
                    rows.iter()
                        .map(|r| row_text(r))
                        .collect::<Vec<_>>()
                        .join(" / "),
                ),
                Region::Table(rows) => out.push(format!("table of {}", rows.len())),
            }
        }
        out
    }

    const LEFT: [&str; 4] = [
        "the left column has",
        "lines that run on to",
        "the gutter and then",
        "it ends down here",
    ];
    const RIGHT: [&str; 4] = [
        "and the right column",
        "goes on from there",
        "for as many lines as",
        "the left one had it",
    ];

    #[test]
    fn columns_are_read_one_after_the_other() {
        let mut page = lines(&LEFT, 50.0, 100.0);
        page.extend(lines(&RIGHT, 162.0, 100.0));
        assert_eq!(read(page), [LEFT.join(" / "), RIGHT.join(" / ")]);
    }

    #[test]
    fn columns_may_be_out_of_step() {
        let mut page = lines(&LEFT, 50.0, 100.0);
        page.extend(lines(&RIGHT, 162.0, 105.0));
        assert_eq!(read(page), [LEFT.join(" / "), RIGHT.join(" / ")]);
    }

    #[test]
    fn full_width_rows_stand_before_and_after() {
        let title = "a title that runs across both of the columns";
        let foot = "a note at the foot that runs across them too";
        let mut page = lines(&[title], 50.0, 76.0);
        page.extend(lines(&LEFT, 50.0, 100.0));
        page.extend(lines(&RIGHT, 162.0, 100.0));
        page.extend(lines(&[foot], 50.0, 160.0));
        assert_eq!(
            read(page),
            [
                title.to_owned(),
                LEFT.join(" / "),
                RIGHT.join(" / "),
                foot.to_owned()
            ]
        );
    }

    #[test]
    fn a_list_is_one_column() {
        let items = [
            "•   cut the age of files",
            "•   saved a lot of time",
            "•   raised the index too",
            "•   and one more of these",
        ];
        assert_eq!(read(lines(&items, 50.0, 100.0)).len(), 1);
    }

    #[test]
    fn a_table_is_no_pair_of_columns() {
        let rows = [
            "Measure      2021    2023",
            "Retention    71%     88%",
            "Grievances   63      11",
        ];
        assert_eq!(read(lines(&rows, 50.0, 100.0)), ["table of 3"]);
    }

    #[test]
    fn a_short_last_page_uses_the_gutter_of_the_page_before() {
        let mut gutters = Vec::new();
        let mut page = lines(&LEFT, 50.0, 100.0);
        page.extend(lines(&RIGHT, 162.0, 100.0));
        regions_of(rows_of(page, &[]), &mut gutters);
        let mut last = lines(&LEFT[..1], 50.0, 100.0);
        last.extend(lines(&RIGHT[..1], 162.0, 100.0));
        assert_eq!(regions_of(rows_of(last, &[]), &mut gutters).len(), 2);
    }
}
