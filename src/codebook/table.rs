//! Reading a TOML table field by field, so that every fault is found and has its line.
//!
//! Deserializing would stop at the first fault. Here each read notes what is wrong and goes on with
//! what is there; nothing read from a faulty file leaves [`lint`](super::lint).

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::codebook::Fault;
use crate::codebook::force::Date;
use crate::codebook::nearest::nearest;

/// Most faults reported of one kind. A file that is wrong throughout needs no longer list.
const MAX_FAULTS: usize = 200;

/// Longest piece of a file that a message repeats, in characters.
const MAX_QUOTED_CHARS: usize = 60;

/// A value and the line where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    /// What the file says.
    pub(crate) value: T,
    /// Line, counted from 1.
    pub(crate) line: usize,
}

/// Collects faults, up to [`MAX_FAULTS`].
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, line: usize, message: impl Into<String>) {
        if !self.is_full() {
            self.0.push(Fault {
                line,
                message: message.into(),
            });
        }
    }

    /// Whether more faults would be dropped, so that looking for them is a waste.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_FAULTS
    }

    /// The faults in the order of their lines.
    pub(crate) fn into_sorted(mut self) -> Vec<Fault> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// Where the lines of a text begin.
pub(crate) struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        let after_feeds = source.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            source,
            starts: std::iter::once(0).chain(after_feeds).collect(),
        }
    }

    /// Line of a byte of the text, counted from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// Character within its line, counted from 1.
    pub(crate) fn column(&self, offset: usize) -> usize {
        let start = self
            .starts
            .get(self.line(offset).saturating_sub(1))
            .copied()
            .unwrap_or(0);
        self.source
            .get(start..offset)
            .map_or(1, |before| before.chars().count() + 1)
    }
}

/// One table of the file, and the line where it begins.
pub(crate) struct Fields<'t, 's> {
    /// What messages call the table, for example `[[ecq]]`.
    what: &'static str,
    line: usize,
    table: &'t DeTable<'t>,
    lines: &'t Lines<'s>,
}

impl<'t, 's> Fields<'t, 's> {
    pub(crate) fn new(
        what: &'static str,
        span: Range<usize>,
        table: &'t DeTable<'t>,
        lines: &'t Lines<'s>,
    ) -> Self {
        Self {
            what,
            line: lines.line(span.start),
            table,
            lines,
        }
    }

    /// Line where the table begins.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Adds a fault for every key that is not in `known`.
    pub(crate) fn refuse_others(&self, known: &[&str], faults: &mut Faults) {
        for key in self.table.keys() {
            let name: &DeString<'_> = key.get_ref();
            if faults.is_full() || known.contains(&&**name) {
                continue;
            }
            let hint = match nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("known are {}", known.join(", ")),
            };
            let message = format!("unknown key {} in {}; {hint}", quoted(name), self.what);
            faults.add(self.lines.line(key.span().start), message);
        }
    }

    /// Adds a fault if there is no table of a kind that must be there.
    pub(crate) fn require(&self, key: &str, header: &str, faults: &mut Faults) {
        if self.table.get(key).is_none() {
            faults.add(self.line, format!("{} has no {header}", self.what));
        }
    }

    /// A text that must be there and hold more than white space.
    pub(crate) fn text(&self, key: &str, faults: &mut Faults) -> Option<At<String>> {
        self.require(key, key, faults);
        self.optional_text(key, faults)
    }

    /// A text that may be absent, but not empty.
    pub(crate) fn optional_text(&self, key: &str, faults: &mut Faults) -> Option<At<String>> {
        let value = self.table.get(key)?;
        self.text_of(key, value, faults)
    }

    /// A list of texts; empty if absent.
    pub(crate) fn texts(&self, key: &str, faults: &mut Faults) -> Vec<At<String>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            faults.add(
                self.line_of(value),
                format!("{key} is not a list; write it in [ ]"),
            );
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.text_of(key, item, faults))
            .collect()
    }

    /// A whole number that must be there.
    pub(crate) fn integer(&self, key: &str, faults: &mut Faults) -> Option<At<u32>> {
        self.require(key, key, faults);
        let value = self.table.get(key)?;
        let line = self.line_of(value);
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| integer.as_str().parse().ok());
        if number.is_none() {
            faults.add(line, format!("{key} is not a whole number"));
        }
        number.map(|value| At { value, line })
    }

    /// A whole number that may be absent.
    pub(crate) fn optional_integer(&self, key: &str, faults: &mut Faults) -> Option<At<u32>> {
        self.table.get(key)?;
        self.integer(key, faults)
    }

    /// `true` or `false`; `false` if absent.
    pub(crate) fn flag(&self, key: &str, faults: &mut Faults) -> bool {
        let Some(value) = self.table.get(key) else {
            return false;
        };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            faults.add(self.line_of(value), format!("{key} is not true or false"));
        }
        flag.unwrap_or_default()
    }

    /// A number, or `None` within for the word `off`; absent if the key is.
    pub(crate) fn number_or_off(&self, key: &str, faults: &mut Faults) -> Option<Option<f64>> {
        let value = self.table.get(key)?;
        if value.get_ref().as_str() == Some("off") {
            return Some(None);
        }
        self.number(key, faults).map(|number| Some(number.value))
    }

    /// A number that may be absent; never negative.
    pub(crate) fn number(&self, key: &str, faults: &mut Faults) -> Option<At<f64>> {
        let value = self.table.get(key)?;
        let line = self.line_of(value);
        let text = match value.get_ref() {
            DeValue::Integer(integer) => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => "",
        };
        let number = text.parse::<f64>().ok();
        if let Some(value) = number.filter(|number| number.is_finite() && *number >= 0.0) {
            return Some(At { value, line });
        }
        faults.add(line, format!("{key} is not a number of at least 0"));
        None
    }

    /// A table that may be absent, such as `[limits]`.
    pub(crate) fn table(
        &self,
        key: &str,
        what: &'static str,
        faults: &mut Faults,
    ) -> Option<Fields<'t, 's>> {
        let value = self.table.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            faults.add(
                self.line_of(value),
                format!("{key} is not a table; begin it with {what}"),
            );
            return None;
        };
        Some(Fields::new(what, value.span(), table, self.lines))
    }

    /// The keys of the table, with their lines, in the order of the file.
    pub(crate) fn keys(&self) -> Vec<At<String>> {
        let mut keys: Vec<At<String>> = self
            .table
            .keys()
            .map(|key| At {
                value: key.get_ref().to_string(),
                line: self.lines.line(key.span().start),
            })
            .collect();
        keys.sort_by_key(|key| key.line);
        keys
    }

    /// A day that may be absent.
    pub(crate) fn date(&self, key: &str, faults: &mut Faults) -> Option<At<Date>> {
        let value = self.table.get(key)?;
        let line = self.line_of(value);
        if let DeValue::Datetime(moment) = value.get_ref()
            && let (Some(date), None) = (moment.date, moment.time)
        {
            return Some(At {
                value: (date.year, date.month, date.day),
                line,
            });
        }
        faults.add(
            line,
            format!("{key} is not a date; write it like 1997-09-01, without quotes"),
        );
        None
    }

    /// The tables of a list of tables, such as all `[[ecq]]`; empty if absent.
    pub(crate) fn tables(
        &self,
        key: &str,
        what: &'static str,
        faults: &mut Faults,
    ) -> Vec<Fields<'t, 's>> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let items: Vec<_> = value.get_ref().as_array().into_iter().flatten().collect();
        if items.is_empty() || items.iter().any(|item| item.get_ref().as_table().is_none()) {
            faults.add(
                self.line_of(value),
                format!("{key} is not a table; begin it with {what}"),
            );
        }
        let tables = items
            .into_iter()
            .filter_map(|item| Some((item.span(), item.get_ref().as_table()?)));
        tables
            .map(|(span, table)| Fields::new(what, span, table, self.lines))
            .collect()
    }

    fn text_of(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        faults: &mut Faults,
    ) -> Option<At<String>> {
        let line = self.line_of(value);
        let Some(text) = value.get_ref().as_str() else {
            faults.add(line, format!("{key} is not a text; write it in quotes"));
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            faults.add(line, format!("{key} is empty"));
            return None;
        }
        Some(At {
            value: text.to_owned(),
            line,
        })
    }

    fn line_of<T>(&self, spanned: &Spanned<T>) -> usize {
        self.lines.line(spanned.span().start)
    }
}

/// Reads the text of a TOML file through its top table; a text that is not TOML has one fault.
///
/// # Errors
/// All faults that `read` noted, in the order of their lines.
pub(crate) fn with_table<T>(
    what: &'static str,
    source: &str,
    read: impl FnOnce(&Fields<'_, '_>, &mut Faults) -> Option<T>,
) -> Result<T, Vec<Fault>> {
    let lines = Lines::new(source);
    let mut faults = Faults::default();
    let value = match DeTable::parse(source) {
        Ok(table) => read(
            &Fields::new(what, 0..0, table.get_ref(), &lines),
            &mut faults,
        ),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start.min(source.len()));
            let message = format!("column {}: {}", lines.column(offset), error.message());
            faults.add(lines.line(offset), message);
            None
        }
    };
    let faults = faults.into_sorted();
    value.filter(|_| faults.is_empty()).ok_or(faults)
}

/// A piece of the file as a message repeats it: in quotes, cut short, control characters made visible.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    let dots = if shown.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        let lines = Lines::new("ab\né = 1\n");
        assert_eq!((lines.line(0), lines.column(0)), (1, 1));
        assert_eq!((lines.line(2), lines.column(2)), (1, 3));
        assert_eq!((lines.line(3), lines.column(3)), (2, 1));
        // After the two bytes of one letter.
        assert_eq!((lines.line(5), lines.column(5)), (2, 2));
        assert_eq!((lines.line(99), lines.column(99)), (3, 1));
    }

    #[test]
    fn quoted_pieces_are_short_and_harmless() {
        assert_eq!(quoted("a\u{1b}[2J"), "\"a\\u{1b}[2J\"");
        assert_eq!(
            quoted(&"x".repeat(70)),
            format!("\"{}...\"", "x".repeat(60))
        );
    }
}
