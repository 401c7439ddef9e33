//! Finds simple tables: rows of cells that stand under each other.

use crate::document::pdf::columns::Region;
use crate::document::pdf::words::Row;
use crate::document::pdf::words::mark_of;

/// A row of a table; a cell may have several lines, and be empty.
pub(super) type TableRow = Vec<Vec<Row>>;

/// Cells are at least this far apart, in type sizes.
const MIN_GAP: f32 = 0.85;
/// A line closer than this to the one above, in type sizes, goes on with its cell.
const SAME_CELL: f32 = 1.5;

/// Parts rows into running text and tables.
pub(super) fn split_tables(rows: &[Row]) -> Vec<Region> {
    let mut regions = Vec::new();
    let mut text = Vec::new();
    let mut rest = rows;
    while let Some(row) = rest.first() {
        let n = table_len(rest);
        if n == 0 {
            text.push(row.clone());
            rest = &rest[1..];
            continue;
        }
        if !text.is_empty() {
            regions.push(Region::Column(std::mem::take(&mut text)));
        }
        let (table, below) = rest.split_at(n);
        regions.push(Region::Table(table_of(table)));
        rest = below;
    }
    if !text.is_empty() {
        regions.push(Region::Column(text));
    }
    regions
}

/// The cells of a row: words with wide gaps between them, but not after a list mark.
fn cells_of(row: &Row) -> Vec<Row> {
    let mut cells: Vec<Row> = Vec::new();
    for word in row {
        match cells.last_mut() {
            Some(cell)
                if cell.last().is_some_and(|before| {
                    let after_mark = cell.len() == 1 && mark_of(&before.text).is_some();
                    after_mark || word.x0 - before.x1 < MIN_GAP * word.size.min(before.size)
                }) =>
            {
                cell.push(word.clone());
            }
            _ => cells.push(vec![word.clone()]),
        }
    }
    cells
}

/// Left and right end of a cell.
fn ends(cell: &Row) -> (f32, f32) {
    (
        cell.first().map_or(0.0, |w| w.x0),
        cell.last().map_or(0.0, |w| w.x1),
    )
}

/// Extents of the columns of a table, from left to right.
#[derive(Debug, Default)]
struct Grid {
    columns: Vec<(f32, f32)>,
}

impl Grid {
    /// Which column a cell stands in: the one that it overlaps and no other.
    fn column_of(&self, cell: &Row) -> Option<usize> {
        let (x0, x1) = ends(cell);
        let mut hits =
            (0..self.columns.len()).filter(|i| self.columns[*i].0 < x1 && x0 < self.columns[*i].1);
        let hit = hits.next()?;
        hits.next().is_none().then_some(hit)
    }

    /// Whether the cells of a row stand under each other with those of the table, in several columns.
    fn fits(&self, cells: &[Row]) -> bool {
        let columns: Vec<Option<usize>> = cells.iter().map(|c| self.column_of(c)).collect();
        cells.len() > 1 && columns.iter().all(Option::is_some) && columns.is_sorted_by(|a, b| a < b)
    }

    fn widen(&mut self, cells: &[Row]) {
        for cell in cells {
            if let Some(i) = self.column_of(cell) {
                let (x0, x1) = ends(cell);
                let column = &mut self.columns[i];
                *column = (column.0.min(x0), column.1.max(x1));
            }
        }
    }
}

/// Number of rows of the table that starts with the first row, or 0 if none does.
fn table_len(rows: &[Row]) -> usize {
    let Some(first) = rows.first().map(cells_of) else {
        return 0;
    };
    if first.len() < 2 {
        return 0;
    }
    let mut grid = Grid {
        columns: first.iter().map(ends).collect(),
    };
    let (mut n_rows, mut n_full) = (1, 1);
    for (i, row) in rows.iter().enumerate().skip(1) {
        let cells = cells_of(row);
        let step = (row[0].y - rows[i - 1][0].y) / row[0].size.max(1.0);
        if grid.fits(&cells) {
            grid.widen(&cells);
            n_rows = i + 1;
            n_full += 1;
        } else if cells.len() == 1 && step < 2.5 {
            match grid.column_of(&cells[0]) {
                // Text under a later column belongs to it. Text under the first one may as well be the
                // paragraph after the table: it counts only if full rows follow or it goes on closely.
                Some(0) if step < SAME_CELL && starts_lower(&cells[0]) => n_rows = i + 1,
                Some(0) => {}
                Some(_) => {
                    grid.widen(&cells);
                    n_rows = i + 1;
                }
                None => break,
            }
        } else {
            break;
        }
    }
    if n_full > 1 { n_rows } else { 0 }
}

fn starts_lower(cell: &Row) -> bool {
    cell.first()
        .and_then(|w| w.text.chars().next())
        .is_some_and(char::is_lowercase)
}

/// The rows of a table, with lines that go on with a cell put into it.
fn table_of(rows: &[Row]) -> Vec<TableRow> {
    let mut grid = Grid::default();
    for row in rows {
        let cells = cells_of(row);
        if grid.columns.is_empty() {
            grid.columns = cells.iter().map(ends).collect();
        } else {
            grid.widen(&cells);
        }
    }
    let mut table: Vec<TableRow> = Vec::new();
    let mut last_y = f32::NEG_INFINITY;
    for row in rows {
        let cells: Vec<(usize, Row)> = cells_of(row)
            .into_iter()
            .map(|c| (grid.column_of(&c).unwrap_or(0), c))
            .collect();
        let close = row[0].y - last_y < SAME_CELL * row[0].size;
        last_y = row[0].y;
        // A row whose first cell is empty, or goes on in lower case, continues the row above.
        let goes_on = close
            && cells
                .first()
                .is_some_and(|(i, c)| *i > 0 || (cells.len() == 1 && starts_lower(c)));
        if !goes_on || table.is_empty() {
            table.push(vec![Vec::new(); grid.columns.len()]);
        }
        if let Some(row) = table.last_mut() {
            for (i, cell) in cells {
                row[i].push(cell);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::words::row_text;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    fn read(lines: &[(&str, f32)]) -> Vec<Vec<String>> {
        let page = lines
            .iter()
            .flat_map(|(text, y)| glyphs(text, 50.0, *y, 10.0))
            .collect();
        let cell_text = |cell: &Vec<Row>| {
            cell.iter()
                .map(|r| row_text(r))
                .collect::<Vec<_>>()
                .join(" ")
        };
        split_tables(&rows_of(page, &[]))
            .into_iter()
            .flat_map(|region| match region {
                Region::Column(rows) => vec![vec![format!("text: {}", rows.len())]],
                Region::Table(rows) => rows
                    .iter()
                    .map(|r| r.iter().map(cell_text).collect())
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn cells_stand_under_each_other() {
        let table = read(&[
            ("Before the table there is text.", 10.0),
            ("Measure      2021    2023", 30.0),
            ("Retention    71%     88%", 45.0),
            ("And this is a paragraph after the table.", 70.0),
        ]);
        assert_eq!(
            table,
            vec![
                vec!["text: 1".to_owned()],
                vec!["Measure".to_owned(), "2021".to_owned(), "2023".to_owned()],
                vec!["Retention".to_owned(), "71%".to_owned(), "88%".to_owned()],
                vec!["text: 1".to_owned()],
            ]
        );
    }

    #[test]
    fn labels_beside_paragraphs_are_rows() {
        let table = read(&[
            ("Challenge    I inherited an office with", 10.0),
            ("             a backlog of claims.", 22.0),
            ("Result       The backlog fell to a", 40.0),
            ("             tenth of what it was.", 52.0),
        ]);
        assert_eq!(
            table,
            vec![
                vec![
                    "Challenge".to_owned(),
                    "I inherited an office with a backlog of claims.".to_owned()
                ],
                vec![
                    "Result".to_owned(),
                    "The backlog fell to a tenth of what it was.".to_owned()
                ],
            ]
        );
    }

    #[test]
    fn one_wide_gap_makes_no_table() {
        assert_eq!(
            read(&[
                ("Tabs one      two", 10.0),
                ("and then a line of text", 22.0)
            ]),
            vec![vec!["text: 2".to_owned()]]
        );
    }
}
