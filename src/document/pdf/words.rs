//! Puts glyphs together to words and words to rows.

use crate::document::pdf::glyphs::Glyph;
use crate::document::pdf::glyphs::GlyphText;
use crate::document::pdf::glyphs::UNKNOWN;
use crate::document::pdf::shapes::Rule;

/// A word as it stands on a page; lengths in points, from the top left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    /// Its characters.
    pub(super) text: String,
    /// Left end.
    pub(super) x0: f32,
    /// Right end.
    pub(super) x1: f32,
    /// Baseline.
    pub(super) y: f32,
    /// Type size.
    pub(super) size: f32,
    /// Width of the stems in thousandths of the type size, 0 if unknown.
    pub(super) stem: u16,
    /// Drawn twice to look bold.
    pub(super) doubled: bool,
    /// Whether a line is drawn under it.
    pub(super) underlined: bool,
    /// Whether it is a small raised mark that points to a note.
    pub(super) raised: bool,
}

/// Words on one baseline, from left to right.
pub(super) type Row = Vec<Word>;

/// Baselines closer than this part of the type size are the same.
///
/// Wide enough for lowered figures (CO₂), which belong to their word; raised note marks stay apart.
const SAME_BASELINE: f32 = 0.2;

/// Rows of words, from top to bottom.
///
/// The order of painting plays no part: some writers place every character by itself, or paint a page
/// in the order it was edited.
pub(super) fn rows_of(mut glyphs: Vec<Glyph>, rules: &[Rule]) -> Vec<Row> {
    // Files that store spaces leave no doubt about words; the others show them by gaps alone.
    let n_spaces = glyphs.iter().filter(|g| g.text.is_space()).count();
    let min_gap = if n_spaces * 12 > glyphs.len() {
        0.3
    } else {
        0.17
    };
    glyphs.sort_unstable_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut rows = Vec::new();
    let mut rest = glyphs.as_mut_slice();
    while let Some(first) = rest.first() {
        let (top, mut size) = (first.y, first.size);
        let mut n = 0;
        // The tolerance is that of the smallest glyph, so that a note mark keeps its own row.
        while let Some(glyph) = rest.get(n)
            && glyph.y - top <= SAME_BASELINE * size.min(glyph.size).max(1.0)
        {
            size = size.max(glyph.size);
            n += 1;
        }
        let (row, below) = std::mem::take(&mut rest).split_at_mut(n.max(1));
        row.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let words = words_of(row, min_gap, rules);
        if !words.is_empty() {
            rows.push(words);
        }
        rest = below;
    }
    rows
}

/// The words of one row of glyphs, which is sorted from left to right.
fn words_of(glyphs: &[Glyph], min_gap: f32, rules: &[Rule]) -> Row {
    let mut words: Row = Vec::new();
    let mut open = false;
    let mut last: Option<&Glyph> = None;
    for glyph in glyphs {
        if glyph.text.is_space() {
            open = false;
            continue;
        }
        if let (Some(before), Some(word)) = (last, words.last_mut())
            && before.text == glyph.text
            && (glyph.x0 - before.x0).abs() < 0.12 * glyph.size
        {
            // The same letter twice in one place is one bold letter.
            word.doubled = true;
            continue;
        }
        let raised = last.is_some_and(|before| is_mark_after(before, glyph));
        let glued = open
            && !raised
            && last.is_some_and(|before| {
                glyph.x0 - before.x1 <= min_gap * before.size.max(glyph.size)
            });
        match words.last_mut() {
            Some(word) if glued => {
                glyph.text.push_to(&mut word.text);
                word.x1 = word.x1.max(glyph.x1);
                word.size = word.size.max(glyph.size);
                word.doubled |= glyph.doubled;
                if word.stem == 0 {
                    word.stem = glyph.stem;
                }
            }
            _ => {
                let mut text = String::new();
                glyph.text.push_to(&mut text);
                words.push(Word {
                    text,
                    x0: glyph.x0,
                    x1: glyph.x1,
                    y: glyph.y,
                    size: glyph.size,
                    stem: glyph.stem,
                    doubled: glyph.doubled,
                    underlined: false,
                    raised,
                });
            }
        }
        open = true;
        last = Some(glyph);
    }
    for word in &mut words {
        word.underlined = is_underlined(word, rules);
        word.text = in_reading_order(&word.text);
    }
    turn_right_to_left(&mut words);
    words
}

/// Whether `glyph` is a small, slightly raised figure after full-sized text: a note mark in the row.
fn is_mark_after(before: &Glyph, glyph: &Glyph) -> bool {
    glyph.size < 0.75 * before.size
        && before.y - glyph.y > 0.05 * before.size
        && matches!(&glyph.text, GlyphText::One(c) if c.is_ascii_digit() || matches!(c, '*' | '†' | '‡'))
}

fn is_underlined(word: &Word, rules: &[Rule]) -> bool {
    let (x0, x1) = (f64::from(word.x0), f64::from(word.x1));
    let below = f64::from(word.y)..f64::from(word.y + 0.35 * word.size);
    rules
        .iter()
        .any(|rule| below.contains(&rule.y) && rule.x1.min(x1) - rule.x0.max(x0) > 0.8 * (x1 - x0))
}

fn runs_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// Whether a word is in a script that runs from right to left.
fn is_right_to_left(word: &str) -> bool {
    word.chars().any(runs_left)
}

/// A word as it is read, given as it stands: letters that run from right to left are turned around.
fn in_reading_order(word: &str) -> String {
    let (Some(first), Some(last)) = (word.find(runs_left), word.rfind(runs_left)) else {
        return word.to_owned();
    };
    let end = last + word[last..].chars().next().map_or(0, char::len_utf8);
    let turned: String = word[first..end].chars().rev().collect();
    [&word[..first], &turned, &word[end..]].concat()
}

/// Puts neighboring words of right-to-left script in the order of reading.
fn turn_right_to_left(words: &mut [Word]) {
    for run in words.chunk_by_mut(|a, b| is_right_to_left(&a.text) == is_right_to_left(&b.text)) {
        if run.len() > 1 && is_right_to_left(&run[0].text) {
            let mut texts: Vec<String> = run
                .iter_mut()
                .map(|w| std::mem::take(&mut w.text))
                .collect();
            for word in run {
                word.text = texts.pop().unwrap_or_default();
            }
        }
    }
}

/// A list mark at the start of a line, if the word is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bullet, which is nothing else.
    Bullet,
    /// A dash or the like, which may also stand in a sentence.
    Dash,
    /// A number or letter, which may also end a sentence.
    Number,
}

/// The list mark that a word is, if any.
pub(super) fn mark_of(word: &str) -> Option<Mark> {
    let mut chars = word.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return match c {
            '•'
            | '◦'
            | '▪'
            | '▫'
            | '■'
            | '□'
            | '●'
            | '○'
            | '‣'
            | '⁃'
            | '∙'
            | '➢'
            | '➤'
            | '►'
            | '▶'
            | '✓'
            | '✔'
            | '❖'
            | '◆'
            | '◇'
            | '\u{E000}'..='\u{F8FF}' => Some(Mark::Bullet),
            '-' | '–' | '—' | '·' | '*' | 'o' | '§' | UNKNOWN => Some(Mark::Dash),
            _ => None,
        };
    }
    let body = word.strip_suffix(['.', ')'])?;
    let body = body.strip_prefix('(').unwrap_or(body);
    let is_number = (1..=2).contains(&body.len()) && body.bytes().all(|b| b.is_ascii_digit());
    let is_letter = body.len() == 1 && body.bytes().all(|b| b.is_ascii_alphabetic());
    let is_roman =
        (1..=4).contains(&body.len()) && body.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
    (is_number || is_letter || is_roman).then_some(Mark::Number)
}

/// The words of a row as text.
pub(super) fn row_text(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    words.join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::pdf::glyphs::Turn;

    /// Glyphs half as wide as high; a blank in `text` advances without a glyph, `_` is a stored space.
    pub(in crate::document::pdf) fn glyphs(text: &str, x: f32, y: f32, size: f32) -> Vec<Glyph> {
        let place = |(i, c): (usize, char)| {
            let x0 = x + i as f32 * size / 2.0;
            (c != ' ').then_some(Glyph {
                text: GlyphText::One(if c == '_' { ' ' } else { c }),
                x0,
                x1: x0 + size / 2.0,
                y,
                size,
                stem: 80,
                doubled: false,
                turn: Turn::Upright,
                hidden: None,
                order: 0,
            })
        };
        text.chars().enumerate().filter_map(place).collect()
    }

    fn texts(rows: &[Row]) -> Vec<String> {
        rows.iter().map(|r| row_text(r)).collect()
    }

    #[test]
    fn gaps_and_spaces_part_words() {
        let mut page = glyphs("two words", 0.0, 20.0, 10.0);
        page.extend(glyphs("Above", 0.0, 8.0, 10.0));
        assert_eq!(texts(&rows_of(page, &[])), ["Above", "two words"]);
        assert_eq!(
            texts(&rows_of(glyphs("stored_space", 0.0, 8.0, 10.0), &[])),
            ["stored space"]
        );
    }

    #[test]
    fn the_order_of_painting_does_not_matter() {
        let mut page = glyphs("some words", 0.0, 20.0, 10.0);
        page.reverse();
        assert_eq!(texts(&rows_of(page, &[])), ["some words"]);
    }

    #[test]
    fn note_marks_keep_their_row_and_lowered_figures_do_not() {
        let mut page = glyphs("rota.", 0.0, 20.0, 10.0);
        page.extend(glyphs("1", 25.0, 16.4, 7.0));
        page.extend(glyphs("CO", 40.0, 20.0, 10.0));
        page.extend(glyphs("2", 50.0, 21.3, 7.0));
        assert_eq!(texts(&rows_of(page, &[])), ["1", "rota. CO2"]);
    }

    #[test]
    fn letters_drawn_twice_are_bold() {
        let mut page = glyphs("all", 0.0, 20.0, 10.0);
        page.extend(glyphs("all", 0.4, 20.0, 10.0));
        let rows = rows_of(page, &[]);
        assert_eq!(texts(&rows), ["all"]);
        assert!(rows[0][0].doubled);
    }

    #[test]
    fn rules_below_underline() {
        let rules = [Rule {
            x0: 0.0,
            x1: 16.0,
            y: 21.5,
        }];
        let rows = rows_of(glyphs("all too", 0.0, 20.0, 10.0), &rules);
        assert_eq!(
            rows[0].iter().map(|w| w.underlined).collect::<Vec<_>>(),
            [true, false]
        );
    }

    #[test]
    fn marks() {
        assert_eq!(mark_of("•"), Some(Mark::Bullet));
        assert_eq!(mark_of("-"), Some(Mark::Dash));
        for number in ["1.", "(12)", "b)", "iv."] {
            assert_eq!(mark_of(number), Some(Mark::Number), "{number}");
        }
        for word in ["2016.", "I", "and.", "1", "."] {
            assert_eq!(mark_of(word), None, "{word}");
        }
    }

    #[test]
    fn right_to_left_words_are_put_in_the_order_of_reading() {
        assert_eq!(
            texts(&rows_of(glyphs("x םלוע םולש. y", 0.0, 9.0, 10.0), &[])),
            ["x שלום. עולם y"]
        );
    }
}
