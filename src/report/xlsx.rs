//! A workbook with a sheet for each table; words are written as strings, so nothing in them is a formula.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};

use crate::report::Packet;
use crate::report::tables::{Table, Value, marking, tables};
use crate::report::words::{excerpt, inert};

/// Most characters that a cell of a workbook holds.
const MAX_CELL_CHARS: usize = 32_767;

/// The bytes of the workbook.
pub(super) fn render(packets: &[Packet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed day: equal input gives equal bytes.
    let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title("ECQ coverage")
            .set_author("ecq")
            .set_creation_datetime(&day),
    );
    let marking = marking(packets).map(inert);
    for table in &tables(packets) {
        sheet(&mut workbook, table, marking.as_deref())?;
    }
    workbook.save_to_buffer()
}

fn sheet(workbook: &mut Workbook, table: &Table, marking: Option<&str>) -> Result<(), XlsxError> {
    let words = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let header = words.clone().set_bold().set_background_color(0x00E4_ECE9);
    let number = Format::new()
        .set_align(FormatAlign::Top)
        .set_align(FormatAlign::Center);
    let probability = number.clone().set_num_format("0.00");
    let sheet = workbook.add_worksheet();
    sheet.set_name(table.name)?;
    sheet.set_landscape();
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_fit_to_pages(1, 0);
    let names = table
        .columns
        .iter()
        .copied()
        .chain(marking.map(|_| ("marking", 18)));
    let mut last_column = 0;
    for (column, (name, width)) in (0u16..).zip(names) {
        sheet.write_string_with_format(0, column, title(name), &header)?;
        sheet.set_column_width(column, width)?;
        last_column = column;
    }
    sheet.set_row_height(0, 2 * LINE_POINTS)?;
    let mut last_row = 0;
    for (row, values) in (1u32..).zip(&table.rows) {
        last_row = row;
        // Not every program fits rows to wrapped words by itself.
        sheet.set_row_height(row, row_lines(table, values) * LINE_POINTS)?;
        for (column, value) in (0u16..).zip(values) {
            match value {
                Value::Empty => {}
                Value::Text(text) => {
                    let text = excerpt(text, MAX_CELL_CHARS - 2);
                    let (name, _) = table.columns[usize::from(column)];
                    let format = colored(&words, name, &text);
                    sheet.write_string_with_format(row, column, text, &format)?;
                }
                Value::Count(n) => {
                    let n = u32::try_from(*n).unwrap_or(u32::MAX);
                    sheet.write_number_with_format(row, column, n, &number)?;
                }
                Value::Probability(p) => {
                    sheet.write_number_with_format(row, column, *p, &probability)?;
                }
            }
        }
        if let Some(marking) = marking {
            sheet.write_string_with_format(row, last_column, marking, &words)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, last_row, last_column)?;
    if let Some(marking) = marking {
        // In headers and footers an ampersand begins a command.
        let words = format!("&C{}", marking.replace('&', "&&"));
        sheet.set_header(&words);
        sheet.set_footer(&words);
    }
    Ok(())
}

/// Points of a line of words.
const LINE_POINTS: u32 = 15;

/// Most lines that a row shows: programs have an end at 409 points.
const MAX_LINES: u32 = 27;

/// Lines that the longest cell of a row needs.
fn row_lines(table: &Table, values: &[Value]) -> u32 {
    let lines = table.columns.iter().zip(values).map(|((_, width), value)| {
        let n_chars = match value {
            Value::Text(text) => text.chars().count(),
            _ => 0,
        };
        // Words do not fill their lines, and letters differ in width.
        let n_fitting = usize::from(*width) * 9 / 10;
        u32::try_from(n_chars.div_ceil(n_fitting.max(1))).unwrap_or(MAX_LINES)
    });
    lines.max().unwrap_or(1).clamp(1, MAX_LINES)
}

/// The format of words, with the colors of the levels where a column holds levels.
fn colored(words: &Format, column: &str, text: &str) -> Format {
    let words = words.clone();
    match (column, text) {
        ("level", "demonstrated") => words
            .set_background_color(0x00DC_ECE6)
            .set_font_color(0x000D_5247),
        ("level", "asserted only") => words
            .set_background_color(0x00FB_EED3)
            .set_font_color(0x0072_4500),
        ("level", _) => words.set_font_color(0x006A_3340),
        ("unsure", _) => words.set_font_color(0x004A_3A8C),
        _ => words,
    }
}

/// `best_page` as a reader sees it: `Best page`.
fn title(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if words == "Ecq" {
        "ECQ".to_owned()
    } else {
        words.replace("Ecq ", "ECQ ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_words() {
        assert_eq!(title("best_page"), "Best page");
        assert_eq!(title("ecq_name"), "ECQ name");
        assert_eq!(title("ecq"), "ECQ");
    }
}
