//! Lines of plain text: where they stand and what each looks like by itself.

/// Most characters of a line that somebody's editor wrapped; longer ones are whole paragraphs.
pub(super) const MAX_WRAP: usize = 140;

/// Columns that a tab counts for when indents are compared.
const TAB_COLUMNS: usize = 4;

/// Most characters of a line that can be a heading.
const MAX_HEADING: usize = 120;

/// Most words of a heading in capitals; more are a sentence that somebody shouted.
const MAX_CAPS_WORDS: usize = 12;

/// A line with something on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Without white space at both ends.
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) number: u32,
    /// Counted from 1; a form feed begins a page.
    pub(super) page: u32,
    /// Width of the white space before it, in columns.
    pub(super) indent: usize,
    /// Length of `text` in characters.
    pub(super) n_chars: usize,
    /// Whether an empty line stands before it.
    pub(super) after_gap: bool,
}

/// The lines of a text that are not empty, in order.
///
/// Line feeds, carriage returns, form feeds, vertical tabs (a soft break of word processors) and the
/// Unicode separators end a line.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    number: u32,
    page: u32,
    gap: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            number: 1,
            page: 1,
            gap: true,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        while !self.rest.is_empty() {
            let ends = |c: char| {
                matches!(
                    c,
                    '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
                )
            };
            let (raw, end) = match self.rest.find(ends) {
                Some(at) => (&self.rest[..at], self.rest[at..].chars().next()),
                None => (self.rest, None),
            };
            let mut n_end = end.map_or(0, char::len_utf8);
            if self.rest[raw.len()..].starts_with("\r\n") {
                n_end = 2;
            }
            self.rest = &self.rest[raw.len() + n_end..];
            let (number, page) = (self.number, self.page);
            match end {
                Some('\n' | '\r') => self.number = self.number.saturating_add(1),
                Some('\u{C}') => self.page = self.page.saturating_add(1),
                _ => {}
            }
            let text = raw.trim();
            let after_gap = self.gap;
            // An empty piece before a form feed is the rest of the page, not an empty line.
            self.gap = match end {
                Some('\u{2029}') => true,
                Some('\u{C}') if text.is_empty() => after_gap,
                _ => text.is_empty(),
            };
            if !text.is_empty() {
                let before = &raw[..raw.len() - raw.trim_start().len()];
                let indent = before
                    .chars()
                    .map(|c| if c == '\t' { TAB_COLUMNS } else { 1 })
                    .sum();
                return Some(Line {
                    text,
                    number,
                    page,
                    indent,
                    n_chars: text.chars().count(),
                    after_gap,
                });
            }
        }
        None
    }
}

/// What stands before the text of a list item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Bytes of the mark and the white space behind it.
    pub(super) len: usize,
    /// Whether it is a number or letter.
    pub(super) numbered: bool,
    /// Whether it may as well be a dash or number of running text that happens to begin a line.
    pub(super) weak: bool,
}

/// The list mark that a line begins with.
pub(super) fn list_mark(text: &str) -> Option<Mark> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    let body = rest.trim_start();
    let spaced = body.len() < rest.len();
    let bullet = |weak| {
        Some(Mark {
            len: text.len() - body.len(),
            numbered: false,
            weak,
        })
    };
    match first {
        // Word's own bullets come out of the private use area when the font is lost.
        '•' | '‣' | '▪' | '■' | '●' | '○' | '◦' | '◆' | '➢' | '➤' | '✓' | '✔' | '❖' | '⦁'
        | '\u{F0B7}' | '\u{F0A7}' | '\u{F0D8}' | '\u{F0FC}' => bullet(false),
        '*' | '·' | '+' if spaced => bullet(false),
        '-' | '–' | '—' if spaced => bullet(true),
        // A round bullet of Word typed as a letter, and bullets that an old encoding could not write.
        'o' | '§' | '?'
            if spaced && body.starts_with(|c: char| c.is_uppercase() || c.is_numeric()) =>
        {
            bullet(false)
        }
        _ => numbered_mark(text),
    }
}

/// `1.`, `12)`, `(3)`, `a)`, `(b)`, `iv)`; not `a.` or `I.`, which begin sentences and headings.
fn numbered_mark(text: &str) -> Option<Mark> {
    let (open, inner) = match text.strip_prefix('(') {
        Some(inner) => (1, inner),
        None => (0, text),
    };
    let n = inner
        .bytes()
        .take(5)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let label = &inner[..n];
    let is_number = (1..=2).contains(&n) && label.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = n == 1 && label.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_roman =
        (1..=4).contains(&n) && label.bytes().all(|byte| matches!(byte, b'i' | b'v' | b'x'));
    let rest = &inner[n..];
    let closed = rest
        .strip_prefix(')')
        .filter(|_| is_number || is_letter || is_roman);
    let stopped = rest.strip_prefix('.').filter(|_| is_number && open == 0);
    let rest = closed.or(stopped)?;
    let body = rest.trim_start();
    (body.len() < rest.len()).then(|| Mark {
        len: text.len() - body.len(),
        numbered: true,
        weak: true,
    })
}

/// Whether a line has nothing but dashes, stars and the like.
pub(super) fn is_rule(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || "-=_*~#.·•–—".contains(c))
}

/// The level of the heading above, if the line is a setext underline.
pub(super) fn underline_level(text: &str) -> Option<u8> {
    if text.len() < 3 {
        None
    } else if text.bytes().all(|byte| byte == b'=') {
        Some(1)
    } else if text.bytes().all(|byte| byte == b'-') {
        Some(2)
    } else {
        None
    }
}

/// Whether the line is a page number with nothing to read: `Page 3 of 10`, `- 3 -`, `3 | Page`.
///
/// With both numbers it may also stand at an end of a short line with the name of the applicant.
pub(super) fn is_page_line(line: &Line<'_>) -> bool {
    if line.n_chars > 100 {
        return false;
    }
    let lower = line.text.to_lowercase();
    let mut words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let is_number = |word: &str| word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let n_of_m =
        |words: &[&str]| matches!(words, ["page", n, "of", m] if is_number(n) && is_number(m));
    if words.len() > 4 && !line.text.ends_with(['.', '!', '?']) {
        // `n_of_m` wants four words, so the first or last four are all that is needed.
        if n_of_m(&words[words.len() - 4..]) {
            return true;
        }
        words.truncate(4);
    }
    n_of_m(&words)
        || match words.as_slice() {
            ["page", n] | [n, "page"] => is_number(n),
            ["page", n, m] => is_number(n) && is_number(m) && lower.contains('/'),
            [n] => {
                is_number(n)
                    && line.text.starts_with(['-', '–', '—', '['])
                    && line.text.ends_with(['-', '–', '—', ']'])
            }
            _ => false,
        }
}

/// Whether the words end a sentence; closing quotes, brackets and printed CCAR tags may follow the stop.
pub(super) fn ends_sentence(text: &str) -> bool {
    let core = text.trim_end_matches(['"', '\'', '”', '’', ')', ']', '*', '_']);
    core.ends_with(['.', '!', '?', '…']) || (text.ends_with(')') && core.len() + 1 == text.len())
}

/// Whether the first letter or digit of the words is a lower-case letter.
pub(super) fn starts_lower(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(char::is_lowercase)
}

/// Whether a line looks like a heading by itself: capitals, or the words that name a section of a packet.
pub(super) fn is_heading(line: &Line<'_>) -> bool {
    line.n_chars <= MAX_HEADING
        && !ends_sentence(line.text)
        && (is_caps(line.text) || names_section(line.text))
}

/// Whether all letters are capitals, and there are enough of them to be words.
fn is_caps(text: &str) -> bool {
    let n_letters = text.chars().filter(|c| c.is_alphabetic()).count();
    n_letters >= 4
        && !text.chars().any(char::is_lowercase)
        && text.split_whitespace().count() <= MAX_CAPS_WORDS
}

/// Whether the line begins as headings of packets do: `ECQ 2`, `Executive Core Qualification Two`, `MTQ 1:`.
fn names_section(text: &str) -> bool {
    let lower = text.to_lowercase();
    let rest = [
        "executive core qualification",
        "mandatory technical qualification",
        "technical qualification",
    ]
    .iter()
    .find_map(|name| {
        lower
            .strip_prefix(name)
            .map(|rest| rest.strip_prefix('s').unwrap_or(rest))
    })
    .or_else(|| {
        ["ecq", "mtq", "ptq", "tq"]
            .iter()
            .find_map(|name| lower.strip_prefix(name))
    });
    let Some(rest) = rest else {
        return matches!(
            lower.trim_end_matches(':'),
            "executive summary" | "executive profile" | "summary"
        );
    };
    let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = rest
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let is_number = word
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    word.is_empty()
        || is_number
        || matches!(
            word,
            "one"
                | "two"
                | "three"
                | "four"
                | "five"
                | "i"
                | "ii"
                | "iii"
                | "iv"
                | "v"
                | "ecq"
                | "narrative"
        )
}

/// Whether the words are capitalized like those of a heading; short ones such as `of` need not be.
pub(super) fn is_title_case(text: &str) -> bool {
    let mut words = text
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_alphanumeric))
        .peekable();
    words.peek().is_some()
        && words.all(|word| {
            word.chars().count() <= 3
                || word.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<'_> {
        Lines::new(text).next().unwrap()
    }

    #[test]
    fn lines_pages_and_gaps() {
        let lines: Vec<_> = Lines::new("a\r\n\r\n  b\n\u{C}c\u{B}d\r\te")
            .map(|l| (l.text, l.number, l.page, l.indent, l.after_gap))
            .collect();
        assert_eq!(
            lines,
            [
                ("a", 1, 1, 0, true),
                ("b", 3, 1, 2, true),
                ("c", 4, 2, 0, false),
                ("d", 4, 2, 0, false),
                ("e", 5, 2, 4, false)
            ]
        );
    }

    #[test]
    fn list_marks() {
        let body = |text: &'static str| list_mark(text).map(|mark| &text[mark.len..]);
        for text in [
            "- Cut",
            "* Cut",
            "• Cut",
            "•Cut",
            "o Cut",
            "? Cut",
            "\u{F0B7}\tCut",
            "1. Cut",
            "12) Cut",
            "(3) Cut",
            "a) Cut",
            "(b) Cut",
            "iv) Cut",
            "– Cut",
        ] {
            assert_eq!(body(text), Some("Cut"), "{text}");
        }
        for text in [
            "-Cut",
            "*Cut*",
            "of Cut",
            "o cut",
            "2010. Cut",
            "1.5 Cut",
            "I. Cut",
            "a. Cut",
            "(OPM) Cut",
            "-- Cut",
        ] {
            assert_eq!(body(text), None, "{text}");
        }
    }

    #[test]
    fn page_lines() {
        for text in [
            "Page 3 of 10",
            "page 3",
            "- 3 -",
            "3 | Page",
            "Page 3/10",
            "[3]",
            "Jane Q. Applicant   Page 3 of 10",
            "Page 3 of 10 | DHS-24-0117 | Applicant",
        ] {
            assert!(is_page_line(&line(text)), "{text}");
        }
        for text in [
            "3",
            "1969",
            "I wrote page 3 of 10.",
            "Page 3 of 10 was missing when I came.",
            "Nine of 31",
        ] {
            assert!(!is_page_line(&line(text)), "{text}");
        }
    }

    #[test]
    fn headings() {
        for text in [
            "LEADING CHANGE",
            "ECQ 1: Leading Change",
            "ECQ #2 – LEADING PEOPLE",
            "Executive Core Qualification Three",
            "TQ-1",
            "Mandatory Technical Qualifications",
            "Executive Summary",
            "BUILDING COALITIONS/COMMUNICATION",
        ] {
            assert!(is_heading(&line(text)), "{text}");
        }
        for text in [
            "I led change.",
            "ECQ narratives are long",
            "GS-15",
            "ECQ 1 asks for change.",
            "Leading change",
        ] {
            assert!(!is_heading(&line(text)), "{text}");
        }
    }
}
