//! Parts the lines of a column into paragraphs, list items and notes.

use crate::document::pdf::lines::Line;
use crate::document::pdf::lines::opens_with_label;
use crate::document::pdf::style::Style;
use crate::document::pdf::style::is_same_size;
use crate::document::pdf::words::Mark;
use crate::document::pdf::words::mark_of;

/// Kinds of paragraph that the lines by themselves show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Running text, or a heading.
    Text,
    /// A list item; its mark is no longer among its words.
    Item,
    /// A footnote with its mark, which is no longer among its words.
    Note(String),
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paragraph {
    /// What it is.
    pub(super) kind: Kind,
    /// Its lines.
    pub(super) lines: Vec<Line>,
    /// Whether its first line starts right of its column: the mark of a new paragraph.
    pub(super) indented: bool,
    /// Whether the next word would not have found room on its last line.
    pub(super) full: bool,
}

/// The paragraphs of a column, and its footnotes at the end.
pub(super) fn paragraphs_of(mut lines: Vec<Line>, style: &Style) -> Vec<Paragraph> {
    let (left, right) = style.edges(&lines);
    let notes = lines.split_off(first_note(&lines, style));
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    // The x at which the lines of the paragraph may go on, after a list mark.
    let mut text_x: Option<f32> = None;
    for (i, line) in lines.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| &lines[i]);
        let context = Context {
            before,
            after: lines.get(i + 1),
            left,
            right,
            style,
        };
        let open = paragraphs
            .last_mut()
            .filter(|p| !context.starts_paragraph(line, p, text_x));
        match open {
            Some(paragraph) => paragraph.lines.push(line.clone()),
            None => {
                let (line, is_item) = if style.is_heading_size(line) {
                    (line.clone(), false)
                } else {
                    without_mark(line)
                };
                text_x = is_item.then_some(line.x0);
                paragraphs.push(Paragraph {
                    kind: if is_item { Kind::Item } else { Kind::Text },
                    indented: line.x0 - left > 0.8 * line.size,
                    lines: vec![line],
                    full: false,
                });
            }
        }
    }
    for paragraph in &mut paragraphs {
        // A word of eight letters is about four type sizes long.
        paragraph.full = paragraph
            .lines
            .last()
            .is_some_and(|l| right - l.x1 < 4.0 * l.size);
    }
    paragraphs.extend(notes_of(notes));
    paragraphs
}

/// A line as seen among its neighbors.
struct Context<'l> {
    before: Option<&'l Line>,
    after: Option<&'l Line>,
    left: f32,
    right: f32,
    style: &'l Style,
}

impl Context<'_> {
    /// Whether a line opens a new paragraph instead of going on with `open`.
    fn starts_paragraph(&self, line: &Line, open: &Paragraph, text_x: Option<f32>) -> bool {
        let Some(before) = self.before else {
            return true;
        };
        let step = line.y - before.y;
        if !is_same_size(before, line) || step > 1.2 * self.style.leading(line.size) || step < 0.0 {
            return true;
        }
        let short = self.has_room(before, line);
        let stem = self.style.body_stem;
        if short
            && before.is_emphasized(stem) != line.is_emphasized(stem)
            && open.lines.iter().all(|l| l.is_emphasized(stem))
        {
            return true;
        }
        if short
            && open.kind == Kind::Text
            && line.is_emphasized(stem)
            && !before.is_emphasized(stem)
        {
            return true;
        }
        if self.starts_item(line, before, text_x, short)
            || (ends_sentence(before) && opens_with_label(before, line, stem))
        {
            return true;
        }
        if is_centered(before, line) {
            return false;
        }
        if self.starts_by_indent(line, before, open, text_x) {
            return true;
        }
        if !short {
            return false;
        }
        let width = |l: &Line| (l.x1 - l.x0) / (self.right - self.left).max(1.0);
        let heads = width(before) < 0.6 && starts_upper(line) && width(line) > 0.8;
        ends_sentence(before) || heads
    }

    /// Whether the first word of `line` would have found room at the end of `before`.
    fn has_room(&self, before: &Line, line: &Line) -> bool {
        let word = line.words.first().map_or(0.0, |w| w.x1 - w.x0);
        before.x1 + word + 0.8 * line.size < self.right
    }

    fn starts_item(&self, line: &Line, before: &Line, text_x: Option<f32>, short: bool) -> bool {
        match line_mark(line) {
            None => false,
            Some(Mark::Bullet) => true,
            // A number or dash may also stand at the start of a line by chance.
            Some(Mark::Dash | Mark::Number) => {
                short
                    || gap_after_mark(line) > 0.55 * line.size
                    || text_x.is_some_and(|x| x - line.x0 > 0.5 * line.size)
                    || (line.x0 - before.x0).abs() > 0.5 * line.size && ends_sentence(before)
            }
        }
    }

    fn starts_by_indent(
        &self,
        line: &Line,
        before: &Line,
        open: &Paragraph,
        text_x: Option<f32>,
    ) -> bool {
        let em = line.size;
        // First lines stand right of the lines that follow.
        let first_of_several = self.after.is_some_and(|after| {
            let d = line.x0 - after.x0;
            is_same_size(line, after)
                && (0.8 * em..6.0 * em).contains(&d)
                && after.y - line.y < 1.2 * self.style.leading(em)
                && (after.x0 - self.left).abs() < 0.5 * em
        });
        let goes_on = text_x.is_some_and(|x| (line.x0 - x).abs() < 0.6 * em);
        if first_of_several && !goes_on {
            return true;
        }
        let d = line.x0 - before.x0;
        if open.lines.len() == 1 {
            return match text_x {
                // An item goes on below its mark or below its text.
                Some(x) => {
                    line.x0 < x - 0.6 * em
                        && (line.x0 - self.left).abs() < 0.5 * em
                        && ends_sentence(before)
                        && x - line.x0 > 0.8 * em
                }
                None => {
                    d > 0.8 * em
                        && ends_sentence(before)
                        && !self
                            .after
                            .is_some_and(|after| (after.x0 - line.x0).abs() < 0.4 * em)
                }
            };
        }
        d.abs() > 0.8 * em
    }
}

/// Whether two lines are centered over each other.
fn is_centered(a: &Line, b: &Line) -> bool {
    let off = ((a.x0 + a.x1) - (b.x0 + b.x1)).abs() / 2.0;
    off < 1.5 && (a.x0 - b.x0).abs() > a.size
}

fn starts_upper(line: &Line) -> bool {
    line.words
        .first()
        .and_then(|w| w.text.chars().find(|c| c.is_alphanumeric()))
        .is_some_and(|c| !c.is_lowercase())
}

/// Whether a line ends as sentences and heads do.
pub(super) fn ends_sentence(line: &Line) -> bool {
    let Some(word) = line.words.iter().rev().find(|w| !w.raised) else {
        return false;
    };
    word.text
        .trim_end_matches(['"', '”', '’', '\'', ')', ']', '»'])
        .ends_with(['.', '!', '?', ':', ';'])
}

/// The list mark that a line starts with, if it does.
fn line_mark(line: &Line) -> Option<Mark> {
    let first = line.words.first()?;
    if line.words.len() < 2 {
        // A bullet set without a space before its word.
        let bullet = first
            .text
            .chars()
            .next()
            .filter(|_| first.text.chars().count() > 1)?;
        return mark_of(bullet.encode_utf8(&mut [0; 4])).filter(|m| *m == Mark::Bullet);
    }
    let wide = gap_after_mark(line) > 0.45 * line.size;
    match mark_of(&first.text) {
        // Initials, and "I." in a sentence, look like lettered items.
        Some(Mark::Number) if first.text.starts_with(|c: char| c.is_ascii_uppercase()) => {
            wide.then_some(Mark::Number)
        }
        Some(Mark::Dash) if !first.text.starts_with(['-', '–', '—', '*', '·']) => {
            wide.then_some(Mark::Dash)
        }
        None => {
            let bullet = first.text.chars().next()?;
            mark_of(bullet.encode_utf8(&mut [0; 4])).filter(|m| *m == Mark::Bullet)
        }
        mark => mark,
    }
}

fn gap_after_mark(line: &Line) -> f32 {
    match line.words.as_slice() {
        [mark, text, ..] => text.x0 - mark.x1,
        _ => 0.0,
    }
}

/// The line without its list mark, and whether it had one.
fn without_mark(line: &Line) -> (Line, bool) {
    let mut line = line.clone();
    if line_mark(&line).is_none() {
        return (line, false);
    }
    if let Some(first) = line.words.first_mut() {
        if mark_of(&first.text).is_some() {
            line.words.remove(0);
            line.x0 = line.words.first().map_or(line.x0, |w| w.x0);
        } else {
            first.text.remove(0);
        }
    }
    (line, true)
}

/// Index of the first footnote at the end of a column, or the number of lines.
fn first_note(lines: &[Line], style: &Style) -> usize {
    let starts = |line: &Line| {
        line.note_start().is_some()
            || (line.size < 0.93 * style.body_size && figure_mark(line).is_some())
    };
    let mut first = lines.len();
    for (i, line) in lines.iter().enumerate().rev() {
        if line.size > 1.03 * style.body_size {
            break;
        }
        // Notes are smaller than the text or set apart from it; without either a mark proves nothing.
        let apart = i == 0
            || line.size < 0.95 * style.body_size
            || line.y - lines[i - 1].y > 1.2 * style.leading(line.size);
        if starts(line) && apart && lines[i..].iter().all(|l| l.size < 1.05 * line.size) {
            first = i;
        }
    }
    first
}

/// A figure or star at the start of a line that is not raised.
fn figure_mark(line: &Line) -> Option<&str> {
    let first = line
        .words
        .first()
        .filter(|_| line.words.len() > 1)?
        .text
        .as_str();
    let is_mark = (1..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_digit())
        || matches!(first, "*" | "**" | "†" | "‡");
    is_mark.then_some(first)
}

fn notes_of(lines: Vec<Line>) -> Vec<Paragraph> {
    let mut notes: Vec<Paragraph> = Vec::new();
    for mut line in lines {
        let mark = line
            .note_start()
            .or_else(|| figure_mark(&line))
            .map(str::to_owned);
        match (mark, notes.last_mut()) {
            (None, Some(note)) => note.lines.push(line),
            (mark, _) => {
                if mark.is_some() {
                    line.words.remove(0);
                }
                notes.push(Paragraph {
                    kind: Kind::Note(mark.unwrap_or_default()),
                    lines: vec![line],
                    indented: false,
                    full: false,
                });
            }
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::lines::lines_of;
    use crate::document::pdf::words::row_text;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    /// Paragraphs of lines given by text, left end and baseline, in 10-point type of 5-point-wide letters.
    fn read(lines: &[(&str, f32, f32)]) -> Vec<(Kind, String)> {
        read_sized(
            &lines
                .iter()
                .map(|(text, x, y)| (*text, *x, *y, 10.0))
                .collect::<Vec<_>>(),
        )
    }

    fn read_sized(lines: &[(&str, f32, f32, f32)]) -> Vec<(Kind, String)> {
        let page = lines
            .iter()
            .flat_map(|(text, x, y, size)| glyphs(text, *x, *y, *size))
            .collect();
        let lines = lines_of(rows_of(page, &[]));
        let style = Style::of(&[&lines]);
        let text = |p: &Paragraph| {
            p.lines
                .iter()
                .map(|l| row_text(&l.words))
                .collect::<Vec<_>>()
                .join(" / ")
        };
        paragraphs_of(lines, &style)
            .iter()
            .map(|p| (p.kind.clone(), text(p)))
            .collect()
    }

    fn text(text: &str) -> (Kind, String) {
        (Kind::Text, text.to_owned())
    }

    fn item(text: &str) -> (Kind, String) {
        (Kind::Item, text.to_owned())
    }

    #[test]
    fn space_parts_paragraphs() {
        let read = read(&[
            ("one line that fills the column", 0.0, 12.0),
            ("and another that fills it now", 0.0, 24.0),
            ("a third one that fills it too", 0.0, 42.0),
            ("and the fourth of these lines", 0.0, 54.0),
        ]);
        let expected = [
            "one line that fills the column / and another that fills it now",
            "a third one that fills it too / and the fourth of these lines",
        ];
        assert_eq!(read, expected.map(text));
    }

    #[test]
    fn indents_part_paragraphs() {
        let read = read(&[
            ("a first line, set to the", 15.0, 12.0),
            ("right of those that follow it", 0.0, 24.0),
            ("and that end without a stop", 0.0, 36.0),
            ("the second paragraph is", 15.0, 48.0),
            ("just like the first one was.", 0.0, 60.0),
        ]);
        let expected = [
            "a first line, set to the / right of those that follow it / and that end without a stop",
            "the second paragraph is / just like the first one was.",
        ];
        assert_eq!(read, expected.map(text));
    }

    #[test]
    fn short_last_lines_part_paragraphs() {
        let read = read(&[
            ("one line that fills the column", 0.0, 12.0),
            ("and its end.", 0.0, 24.0),
            ("The next one has no indent and", 0.0, 36.0),
            ("no space above it.", 0.0, 48.0),
        ]);
        let expected = [
            "one line that fills the column / and its end.",
            "The next one has no indent and / no space above it.",
        ];
        assert_eq!(read, expected.map(text));
    }

    #[test]
    fn items_lose_their_marks() {
        let read = read(&[
            ("Before the list there is text.", 0.0, 12.0),
            ("•  cut the age of all of the", 10.0, 24.0),
            ("files by a lot", 25.0, 36.0),
            ("•  saved money", 10.0, 48.0),
            ("1. listened to all", 10.0, 60.0),
            ("2. let them write", 10.0, 72.0),
        ]);
        let expected = [
            text("Before the list there is text."),
            item("cut the age of all of the / files by a lot"),
            item("saved money"),
            item("listened to all"),
            item("let them write"),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn numbers_and_dashes_in_sentences_are_no_marks() {
        let read = read(&[
            ("The average age of files fell to", 0.0, 12.0),
            ("41. The rest of it fell by about", 0.0, 24.0),
            ("- or so we thought - a whole lot", 0.0, 36.0),
        ]);
        assert_eq!(read.len(), 1);
    }

    #[test]
    fn larger_type_is_a_paragraph_by_itself() {
        let read = read_sized(&[
            ("ECQ 1", 0.0, 12.0, 14.0),
            ("Text below the head that is", 0.0, 26.0, 10.0),
            ("much longer than the head.", 0.0, 38.0, 10.0),
        ]);
        assert_eq!(
            read,
            [
                text("ECQ 1"),
                text("Text below the head that is / much longer than the head.")
            ]
        );
    }

    #[test]
    fn notes_at_the_end_are_set_apart() {
        let read = read_sized(&[
            ("the new rota.", 0.0, 12.0, 10.0),
            ("1", 65.0, 8.5, 7.0),
            ("1", 0.0, 57.5, 5.0),
            ("It was kept, and it", 3.0, 60.0, 8.0),
            ("still is in use.", 0.0, 69.0, 8.0),
        ]);
        let note = (
            Kind::Note("1".to_owned()),
            "It was kept, and it / still is in use.".to_owned(),
        );
        assert_eq!(read, [text("the new rota. 1"), note]);
    }
}
