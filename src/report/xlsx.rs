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
    let header = Format::new()
        .set_bold()
        .set_background_color(0x00E4_ECE9)
        .set_align(FormatAlign::Top);
    let words = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let number = Format::new().set_align(FormatAlign::Top);
    let probability = Format::new()
        .set_num_format("0.00")
        .set_align(FormatAlign::Top);
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
    let mut last_row = 0;
    for (row, values) in (1u32..).zip(&table.rows) {
        last_row = row;
        for (column, value) in (0u16..).zip(values) {
            match value {
                Value::Empty => {}
                Value::Text(text) => {
                    let text = excerpt(text, MAX_CELL_CHARS - 2);
                    sheet.write_string_with_format(row, column, text, &words)?;
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
