//! Turns the rows of a column into lines and puts raised and lowered signs where they belong.

use crate::document::pdf::words::Row;
use crate::document::pdf::words::Word;

/// A line of running text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// Its words, from left to right; never empty.
    pub(super) words: Vec<Word>,
    /// Left end.
    pub(super) x0: f32,
    /// Right end.
    pub(super) x1: f32,
    /// Baseline.
    pub(super) y: f32,
    /// Type size of most of its characters.
    pub(super) size: f32,
}

impl Line {
    fn new(words: Vec<Word>) -> Self {
        let x0 = words.first().map_or(0.0, |w| w.x0);
        let x1 = words.iter().map(|w| w.x1).fold(x0, f32::max);
        let main = words
            .iter()
            .filter(|w| !w.raised)
            .max_by_key(|w| w.text.len());
        let size = dominant_size(&words);
        let y = main.or(words.first()).map_or(0.0, |w| w.y);
        Self {
            words,
            x0,
            x1,
            y,
            size,
        }
    }

    /// The mark of the note that starts here, if one does.
    pub(super) fn note_start(&self) -> Option<&str> {
        self.words
            .first()
            .filter(|w| w.raised && self.words.len() > 1)
            .map(|w| w.text.as_str())
    }

    /// Whether all words with letters in them are bold, underlined or drawn twice.
    pub(super) fn is_emphasized(&self, body_stem: u16) -> bool {
        let mut lettered = self
            .words
            .iter()
            .filter(|w| !w.raised && w.text.chars().any(char::is_alphabetic))
            .peekable();
        lettered.peek().is_some()
            && (lettered.clone().all(|w| w.underlined) || lettered.all(|w| is_bold(w, body_stem)))
    }
}

/// Whether `line` opens with a bold or underlined word after a line that ends without: a label such as
/// **Challenge.** before its paragraph.
pub(super) fn opens_with_label(before: &Line, line: &Line, body_stem: u16) -> bool {
    let marked = |w: Option<&Word>| w.is_some_and(|w| w.underlined || is_bold(w, body_stem));
    marked(line.words.first()) && !marked(before.words.iter().rfind(|w| !w.raised))
}

/// Whether the stems of a word are well above those of the body text.
fn is_bold(word: &Word, body_stem: u16) -> bool {
    const MIN_BOLD_STEM: u16 = 98;
    word.doubled
        || (word.stem >= MIN_BOLD_STEM && f32::from(word.stem) >= 1.28 * f32::from(body_stem))
}

/// The size that most characters have.
fn dominant_size(words: &[Word]) -> f32 {
    let weight = |size: f32| -> usize {
        words
            .iter()
            .filter(|w| (w.size - size).abs() < 0.3)
            .map(|w| w.text.len())
            .sum()
    };
    words
        .iter()
        .filter(|w| !w.raised)
        .map(|w| w.size)
        .max_by_key(|size| weight(*size))
        .or(words.first().map(|w| w.size))
        .unwrap_or(0.0)
}

/// The lines of a column, from top to bottom.
pub(super) fn lines_of(rows: Vec<Row>) -> Vec<Line> {
    let mut lines: Vec<Row> = Vec::new();
    // Raised signs stand in a row of their own, above the row that they belong to.
    let mut raised: Row = Vec::new();
    for row in rows {
        let (base, size) = (row[0].y, dominant_size(&row));
        let belongs = |w: &Word| base - w.y < 0.7 * size && w.size < 0.85 * size;
        if !raised.is_empty() && !raised.iter().all(belongs) {
            lines.push(std::mem::take(&mut raised));
        }
        if let Some(host) = lines.last_mut()
            && raised.is_empty()
            && is_lowered(&row, host)
        {
            for word in row {
                attach(host, word, false);
            }
            continue;
        }
        if raised.is_empty() && row.iter().all(|w| w.text.chars().count() <= 4) && row.len() <= 8 {
            raised = row;
            continue;
        }
        let mut line = row;
        for word in raised.drain(..) {
            attach(&mut line, word, true);
        }
        lines.push(line);
    }
    if !raised.is_empty() {
        lines.push(raised);
    }
    lines.into_iter().map(Line::new).collect()
}

/// Whether all of a row hangs a little below its host, in smaller type.
fn is_lowered(row: &Row, host: &Row) -> bool {
    let size = dominant_size(host);
    let base = host[0].y;
    row.iter()
        .all(|w| w.size < 0.85 * size && w.y - base < 0.45 * size && w.x0 > host[0].x0)
}

/// Puts a raised or lowered sign into its line.
///
/// Letters (`21st`, `™`) and lowered signs are part of the word before; raised figures and stars point to notes.
fn attach(line: &mut Row, sign: Word, raised: bool) {
    let at = line.partition_point(|w| w.x0 <= sign.x0);
    let is_part = !raised
        || sign
            .text
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '™' | '®' | '℠' | '©'));
    match at.checked_sub(1).and_then(|i| line.get_mut(i)) {
        Some(before) if is_part && sign.x0 - before.x1 < 0.2 * before.size => {
            before.text.push_str(&sign.text);
            before.x1 = before.x1.max(sign.x1);
        }
        _ => line.insert(at, Word { raised, ..sign }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::words::row_text;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    fn read(parts: &[(&str, f32, f32, f32)]) -> Vec<Line> {
        lines_of(rows_of(
            parts
                .iter()
                .flat_map(|(text, x, y, size)| glyphs(text, *x, *y, *size))
                .collect(),
            &[],
        ))
    }

    #[test]
    fn note_marks_are_words_of_their_own() {
        let lines = read(&[
            ("the rota.", 0.0, 20.0, 10.0),
            ("1", 45.0, 16.4, 7.0),
            ("Next", 55.0, 20.0, 10.0),
        ]);
        assert_eq!(row_text(&lines[0].words), "the rota. 1 Next");
        assert_eq!(
            lines[0].words.iter().map(|w| w.raised).collect::<Vec<_>>(),
            [false, false, true, false]
        );
        assert_eq!(lines[0].size, 10.0);
    }

    #[test]
    fn raised_letters_belong_to_their_word() {
        let lines = read(&[
            ("the 21", 0.0, 20.0, 10.0),
            ("st", 30.0, 16.4, 7.0),
            ("century", 42.0, 20.0, 10.0),
        ]);
        assert_eq!(row_text(&lines[0].words), "the 21st century");
    }

    #[test]
    fn a_note_starts_with_its_mark() {
        let lines = read(&[
            ("1", 0.0, 17.0, 6.0),
            ("The rota was kept.", 5.0, 20.0, 8.0),
        ]);
        assert_eq!(lines[0].note_start(), Some("1"));
    }

    #[test]
    fn short_rows_are_lines() {
        let lines = read(&[("Yes", 0.0, 20.0, 10.0), ("No", 0.0, 32.0, 10.0)]);
        assert_eq!(lines.len(), 2);
    }
}
