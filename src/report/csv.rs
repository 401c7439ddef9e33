//! All records in one table, a row each; its first column says which table a row belongs to.

use crate::report::tables::{COVERAGE, Table, Value, coverage, marking, tables};
use crate::report::words::inert;
use crate::report::{Packet, Report};

/// The rows of all tables, under the union of their columns, as RFC 4180 has it.
///
/// A value that a spreadsheet would take for a formula gets an apostrophe in front.
pub(super) fn render(packets: &[Packet]) -> String {
    let tables = tables(packets);
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in tables.iter().flat_map(|table| table.columns) {
        if !columns.contains(name) {
            columns.push(name);
        }
    }
    let marking = marking(packets).map(inert);
    let mut header = vec!["record".to_owned()];
    header.extend(columns.iter().map(|&name| name.to_owned()));
    header.extend(marking.as_ref().map(|_| "marking".to_owned()));
    let mut records = vec![header];
    for table in &tables {
        for row in &table.rows {
            let mut fields = vec![table.name.to_owned()];
            fields.extend(columns.iter().map(|name| field(table, row, name)));
            fields.extend(marking.as_deref().map(guarded));
            records.push(fields);
        }
    }
    lines(&records)
}

/// The header of a table of coverage over many packets: an id for each, then the columns of coverage.
#[must_use]
pub fn coverage_header(marking: Option<&str>) -> String {
    let names = COVERAGE.iter().map(|(name, _)| (*name).to_owned());
    let mut record: Vec<String> = std::iter::once("id".to_owned()).chain(names).collect();
    record.extend(marking.map(|_| "marking".to_owned()));
    lines(&[record])
}

/// The rows of one packet under [`coverage_header`], one for each competency, as RFC 4180 has it; `id` tells packets
/// apart whose files have one name.
#[must_use]
pub fn coverage_rows(id: &str, report: &Report) -> String {
    let id = guarded(&inert(id));
    let marking = report.marking.as_deref().map(inert);
    let records: Vec<Vec<String>> = coverage(report)
        .iter()
        .map(|row| {
            std::iter::once(id.clone())
                .chain(row.iter().map(words))
                .chain(marking.as_deref().map(guarded))
                .collect()
        })
        .collect();
    lines(&records)
}

fn lines(records: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        // Memory takes every record; all have the same number of fields.
        let _ = writer.write_record(record);
    }
    let bytes = writer.into_inner().unwrap_or_else(|_| Vec::new());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn field(table: &Table, row: &[Value], name: &str) -> String {
    let value = table
        .columns
        .iter()
        .position(|(column, _)| *column == name)
        .and_then(|idx| row.get(idx));
    value.map_or_else(String::new, words)
}

fn words(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => guarded(text),
        Value::Count(n) => n.to_string(),
        Value::Probability(p) => p.to_string(),
    }
}

/// Text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    let first = text.trim_start().chars().next();
    if matches!(
        first,
        Some('=' | '+' | '-' | '@' | '\u{FF1D}' | '\u{FF0B}' | '\u{FF0D}' | '\u{FF20}')
    ) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded() {
        assert_eq!(
            ["=1+1", " @x", "\u{FF1D}1", "a = b"].map(guarded),
            ["'=1+1", "' @x", "'\u{FF1D}1", "a = b"]
        );
    }
}
