//! Plain text: lines back to paragraphs.
//!
//! Files come hard-wrapped, with an empty line, an indent or nothing between paragraphs, or with one
//! paragraph per line. Which of these a file is shows in the lines that have another right below: where more of
//! them end a sentence than go on in the next line, each line is a paragraph; else they were wrapped at a width
//! that most of them nearly reach, and a line that stops well before it ends its paragraph.

use std::iter::Peekable;

use crate::document::BlockKind;
use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::document::line::Line;
use crate::document::line::Lines;
use crate::document::line::MAX_WRAP;
use crate::document::line::Mark;
use crate::document::line::ends_sentence;
use crate::document::line::is_heading;
use crate::document::line::is_page_line;
use crate::document::line::is_rule;
use crate::document::line::is_title_case;
use crate::document::line::list_mark;
use crate::document::line::starts_lower;
use crate::document::line::underline_level;
use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// Narrowest width that somebody wraps text at, in characters; below it, lines are short for another reason.
const MIN_WRAP: usize = 40;

/// Share of inner lines, in percent, that are no longer than the wrap width.
const WRAP_PERCENTILE: usize = 95;

/// Most words of a numbered line that is a heading and not an item.
const MAX_HEADING_WORDS: usize = 12;

/// The document that a plain text holds.
///
/// List marks, rules and page lines are not part of it. Lines in capitals and lines such as `ECQ 2: ...` that
/// stand alone are emphasized paragraphs; underlined lines (setext) are headings. Pages are counted where the
/// text has form feeds.
///
/// # Errors
/// [`DocumentError::Empty`] if there is nothing to read, [`DocumentError::TooLarge`] past the cap of
/// [`DocumentBuilder`].
pub fn parse(text: &str) -> Result<Document, DocumentError> {
    let mut reader = Reader {
        builder: DocumentBuilder::new(Format::Text),
        wrap: wrap_width(text),
        has_pages: text.contains('\u{C}'),
        open: None,
        last_was_numbered: false,
    };
    let mut page_lines: Option<(String, usize)> = None;
    let mut n_pages = 1;
    let mut gap = false;
    let mut lines = Lines::new(text).peekable();
    while let Some(mut line) = lines.next() {
        n_pages = n_pages.max(line.page);
        gap |= line.after_gap;
        if is_page_line(&line) {
            let (_, n) = page_lines.get_or_insert_with(|| (line.text.to_owned(), 0));
            *n += 1;
        } else if is_rule(line.text) {
            gap = true;
        } else {
            line.after_gap = gap;
            gap = false;
            reader.read(line, &mut lines)?;
        }
    }
    reader.close(None)?;
    if let Some((first, n)) = page_lines {
        reader.builder.warn(Warning::new(
            WarningCode::LeftOut,
            format!("lines with page numbers were left out ({n}), such as “{first}”"),
        ));
    }
    if reader.has_pages {
        reader.builder.set_pages(n_pages);
    }
    reader.builder.finish()
}

/// The width that the text was wrapped at, in characters, or `None` if every line is a paragraph.
fn wrap_width(text: &str) -> Option<usize> {
    let mut n_of_length = [0usize; MAX_WRAP + 1];
    let mut n_inner = 0usize;
    let mut n_ended = 0usize;
    let mut n_continued = 0usize;
    let mut before: Option<Line<'_>> = None;
    for line in Lines::new(text) {
        if let Some(before) = before
            && !line.after_gap
            && list_mark(line.text).is_none()
            && !is_heading(&before)
            && !is_rule(line.text)
        {
            n_inner += 1;
            let ends = ends_sentence(before.text) || before.n_chars > MAX_WRAP;
            n_ended += usize::from(ends);
            // A capital below an open line says nothing: a heading over its text, or a name in a sentence.
            n_continued += usize::from(!ends && starts_lower(line.text));
            n_of_length[before.n_chars.min(MAX_WRAP)] += 1;
        }
        before = Some(line);
    }
    if n_continued <= n_ended {
        return None;
    }
    let mut n_seen = 0;
    let width = n_of_length.iter().position(|n| {
        n_seen += n;
        n_seen * 100 >= n_inner * WRAP_PERCENTILE
    });
    width.filter(|width| (MIN_WRAP..MAX_WRAP).contains(width))
}

/// The block that lines are being added to.
struct Open<'a> {
    kind: BlockKind,
    mark: Option<Mark>,
    raw: String,
    first: Line<'a>,
    last: Line<'a>,
    n_lines: usize,
}

struct Reader<'a> {
    builder: DocumentBuilder,
    wrap: Option<usize>,
    has_pages: bool,
    open: Option<Open<'a>>,
    last_was_numbered: bool,
}

impl<'a> Reader<'a> {
    /// Adds a line to the open block or begins one; a setext underline below is read with it.
    fn read(
        &mut self,
        line: Line<'a>,
        rest: &mut Peekable<Lines<'a>>,
    ) -> Result<(), DocumentError> {
        let mark = self.mark_of(&line);
        if mark.is_none()
            && !self.breaks_before(&line)
            && let Some(open) = &mut self.open
        {
            join(&mut open.raw, line.text);
            open.last = line;
            open.n_lines += 1;
            return Ok(());
        }
        self.close(Some(&line))?;
        let level = match rest.peek() {
            Some(next) if !next.after_gap && mark.is_none() && line.n_chars <= MAX_WRAP => {
                underline_level(next.text)
            }
            _ => None,
        };
        if let Some(level) = level {
            rest.next();
            self.last_was_numbered = false;
            let page = self.has_pages.then_some(line.page);
            return self.builder.push(
                BlockKind::Heading { level },
                line.text,
                page,
                Some(line.number),
                false,
            );
        }
        let kind = if mark.is_some() {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        };
        let raw = line.text[mark.map_or(0, |mark| mark.len)..].to_owned();
        self.open = Some(Open {
            kind,
            mark,
            raw,
            first: line,
            last: line,
            n_lines: 1,
        });
        Ok(())
    }

    /// The list mark of a line, unless a dash or number of running text merely came to stand first.
    fn mark_of(&self, line: &Line<'_>) -> Option<Mark> {
        let mark = list_mark(line.text)?;
        let Some(open) = self.open.as_ref().filter(|_| mark.weak && !line.after_gap) else {
            return Some(mark);
        };
        let in_list = open
            .mark
            .is_some_and(|other| other.numbered == mark.numbered);
        let complete = ends_sentence(&open.raw)
            || open.raw.ends_with([':', ';', ','])
            || is_heading(&open.last);
        let body = &line.text[mark.len..];
        (in_list || complete || (self.is_short(&open.last, line) && !starts_lower(body)))
            .then_some(mark)
    }

    /// Whether a line without a list mark begins a block.
    fn breaks_before(&self, line: &Line<'_>) -> bool {
        let Some(open) = &self.open else {
            return true;
        };
        if line.after_gap {
            return true;
        }
        let last = &open.last;
        let last_ends = ends_sentence(last.text);
        if open.n_lines == 1 && open.mark.is_none() && is_heading(last) {
            // The title of the first ECQ of 2025 is longer than a line.
            let goes_on = is_heading(line) || line.text.split_whitespace().take(4).count() <= 3;
            return self.is_short(last, line) || !goes_on || last_ends || ends_sentence(line.text);
        }
        let is_item = open.kind == BlockKind::ListItem;
        if is_item && line.indent > open.first.indent {
            return false;
        }
        if !last_ends && starts_lower(line.text) {
            return false;
        }
        if is_heading(line) && (last_ends || self.wrap.is_none() || self.is_short(last, line)) {
            return true;
        }
        if self.wrap.is_none() || last.n_chars > MAX_WRAP {
            return true;
        }
        if !is_item && last_ends && line.indent >= last.indent + 2 {
            return true;
        }
        // From here on only a line that was broken on purpose ends its block.
        self.is_short(last, line)
            && (last_ends
                || last.text.ends_with(':')
                || self.wrap.is_some_and(|wrap| last.n_chars * 5 < wrap * 3))
    }

    /// Whether the first word of `next` would have fitted behind `line`.
    fn is_short(&self, line: &Line<'_>, next: &Line<'_>) -> bool {
        let word = next.text.split_whitespace().next().unwrap_or_default();
        // Longer words do not matter, and counting them again and again would.
        let n_word = word.chars().take(MAX_WRAP).count();
        self.wrap
            .is_none_or(|wrap| line.indent + line.n_chars + 1 + n_word <= wrap)
    }

    /// Pushes the open block; `next` is the line after it.
    fn close(&mut self, next: Option<&Line<'_>>) -> Result<(), DocumentError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let is_line = open.n_lines == 1;
        let page = self.has_pages.then_some(open.first.page);
        let number = Some(open.first.number);
        let is_numbered = open.mark.is_some_and(|mark| mark.numbered);
        let next_is_numbered = next
            .and_then(|line| list_mark(line.text))
            .is_some_and(|mark| mark.numbered);
        // "1. Leading Change" over its text is a heading, and its number tells which; three such lines in a row
        // are a list.
        if is_numbered
            && is_line
            && !self.last_was_numbered
            && !next_is_numbered
            && is_title_line(&open.raw)
        {
            return self
                .builder
                .push(BlockKind::Paragraph, open.first.text, page, number, true);
        }
        self.last_was_numbered = is_numbered;
        let emphasized = is_line && open.mark.is_none() && is_heading(&open.first);
        self.builder
            .push(open.kind, &open.raw, page, number, emphasized)
    }
}

/// Whether the words could be a heading: few, capitalized, and no sentence.
fn is_title_line(text: &str) -> bool {
    text.split_whitespace().take(MAX_HEADING_WORDS + 1).count() <= MAX_HEADING_WORDS
        && !ends_sentence(text)
        && is_title_case(text)
}

/// Appends the next line of a block.
fn join(raw: &mut String, line: &str) {
    // A soft hyphen at the end of a line is the typesetter's, so the word goes on; so does a compound that was
    // broken at its own hyphen. Whether a hyphen was the typesetter's cannot be seen, and in typed text it
    // seldom is.
    let broken_compound = raw.ends_with('-')
        && raw[..raw.len() - 1].ends_with(char::is_alphabetic)
        && line.starts_with(char::is_lowercase);
    if !broken_compound && !raw.ends_with('\u{AD}') {
        raw.push(' ');
    }
    raw.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each block as `kind line text`; `*` marks an emphasized one.
    fn blocks(text: &str) -> Vec<String> {
        let document = parse(text).unwrap();
        let show = |block: &crate::document::Block| {
            let kind = match block.kind {
                BlockKind::Heading { level } => format!("h{level}"),
                BlockKind::ListItem => "li".to_owned(),
                _ => "p".to_owned(),
            };
            let star = if block.emphasized { "*" } else { "" };
            let line = block.line.unwrap();
            format!("{kind}{star} {line} {}", block.span.slice(&document.text))
        };
        document.blocks.iter().map(show).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(blocks(text), expected);
    }

    const WRAPPED: &str = "OPM will act as a catalyst to encourage mobility of executives both\n\
        within and between agencies. The purpose would be two-fold:  first, to\n\
        assist agencies in identifying executives who have demonstrated the\n\
        ability to bring about changes.\n";

    const JOINED: &str = "OPM will act as a catalyst to encourage mobility of executives both within and \
        between agencies. The purpose would be two-fold: first, to assist agencies in identifying executives who \
        have demonstrated the ability to bring about changes.";

    #[test]
    fn wrapped_lines_are_joined() {
        check(
            &format!("{WRAPPED}\n{WRAPPED}"),
            &[&format!("p 1 {JOINED}"), &format!("p 6 {JOINED}")],
        );
        // Without an empty line, the short last line tells.
        check(
            &format!("{WRAPPED}{WRAPPED}"),
            &[&format!("p 1 {JOINED}"), &format!("p 5 {JOINED}")],
        );
        // With an indent, too, even behind a full line.
        let full = WRAPPED.replace("changes.", "changes in the places that want them.");
        let joined = JOINED.replace("changes.", "changes in the places that want them.");
        check(
            &format!("  {full}  {full}"),
            &[&format!("p 1 {joined}"), &format!("p 5 {joined}")],
        );
    }

    #[test]
    fn windows_and_old_mac_line_ends() {
        check(&WRAPPED.replace('\n', "\r\n"), &[&format!("p 1 {JOINED}")]);
        check(&WRAPPED.replace('\n', "\r"), &[&format!("p 1 {JOINED}")]);
    }

    #[test]
    fn one_paragraph_per_line() {
        check(
            "Leading Change\nI led 340 employees. Nine offices changed.\nI cut the backlog.\nIt fell by\nhalf.",
            &[
                "p 1 Leading Change",
                "p 2 I led 340 employees. Nine offices changed.",
                "p 3 I cut the backlog.",
                "p 4 It fell by half.",
            ],
        );
    }

    #[test]
    fn heads_stand_alone() {
        let text = format!(
            "LEADING CHANGE\n{WRAPPED}ECQ 2: Leading People\n{WRAPPED}Results Driven\n{WRAPPED}"
        );
        let paragraph = |line| format!("p {line} {JOINED}");
        check(
            &text,
            &[
                "p* 1 LEADING CHANGE",
                &paragraph(2),
                "p* 6 ECQ 2: Leading People",
                &paragraph(7),
                "p 11 Results Driven",
                &paragraph(12),
            ],
        );
    }

    #[test]
    fn a_label_in_running_text_is_no_head() {
        let text = format!(
            "How I hired those that we needed for the work is described at length in\n\
             ECQ 4 and elsewhere in this packet, which I hope is read with care by all.\n\n{WRAPPED}"
        );
        assert_eq!(blocks(&text).len(), 2);
    }

    #[test]
    fn a_long_title_over_two_lines() {
        let text = format!(
            "ECQ 1: COMMITMENT TO THE RULE OF LAW AND THE PRINCIPLES OF THE AMERICAN\nFOUNDING\n\n{WRAPPED}"
        );
        assert_eq!(
            blocks(&text)[0],
            "p 1 ECQ 1: COMMITMENT TO THE RULE OF LAW AND THE PRINCIPLES OF THE AMERICAN FOUNDING"
        );
    }

    #[test]
    fn setext_heads_and_rules() {
        check(
            "Leading Change\n==============\nI led.\n\nPart\n----\n\nI cut.\n\n-----\n\nI saved.",
            &[
                "h1 1 Leading Change",
                "p 3 I led.",
                "h2 5 Part",
                "p 8 I cut.",
                "p 12 I saved.",
            ],
        );
    }

    #[test]
    fn lists() {
        check(
            "Actions:\n• I led nine offices and\n  three regions.\n• I cut.\no Part of that\n? Lost bullet\n1. One.\n2. Two.",
            &[
                "p 1 Actions:",
                "li 2 I led nine offices and three regions.",
                "li 4 I cut.",
                "li 5 Part of that",
                "li 6 Lost bullet",
                "li 7 One.",
                "li 8 Two.",
            ],
        );
    }

    #[test]
    fn a_numbered_head_keeps_its_number() {
        check(
            "1. Leading Change – Example 1\n\nI led.\n\n2. Leading People\n\nI coached.",
            &[
                "p* 1 1. Leading Change – Example 1",
                "p 3 I led.",
                "p* 5 2. Leading People",
                "p 7 I coached.",
            ],
        );
        check(
            "1. Leading Change\n2. Leading People\n",
            &["li 1 Leading Change", "li 2 Leading People"],
        );
    }

    #[test]
    fn dashes_in_running_text_are_no_items() {
        let text = "I led the offices that had been at odds with each other for many years\n\
                    - nine of them - and cut the backlog by half before the year was over\n\
                    and done.\n";
        assert_eq!(blocks(text).len(), 1);
    }

    #[test]
    fn page_lines_and_form_feeds() {
        let document = parse("One.\nPage 1 of 2\n\u{C}Two.\nPage 2 of 2\u{C}").unwrap();
        assert_eq!(document.n_pages, Some(2));
        let pages: Vec<_> = document.blocks.iter().map(|block| block.page).collect();
        assert_eq!(pages, [Some(1), Some(2)]);
        assert_eq!(document.warnings[0].code, WarningCode::LeftOut);
        assert_eq!(parse("One.").unwrap().n_pages, None);
    }

    #[test]
    fn broken_compounds() {
        check(
            "Some of us had worked on it for many years, and it was a really long-\nterm plan that we made.",
            &[
                "p 1 Some of us had worked on it for many years, and it was a really long-term plan that we made.",
            ],
        );
    }

    #[test]
    fn nothing_to_read() {
        assert_eq!(parse(" \n\u{C}\n---\n"), Err(DocumentError::Empty));
    }

    #[test]
    fn ten_megabytes() {
        for unit in ["word ", "x", "a\n", ".\n", "- b\n", "A. ", "\u{C}", "•\n"] {
            let _ = parse(&unit.repeat((1 << 17) / unit.len()));
        }
        assert_eq!(parse(&"x".repeat(10 << 20)).unwrap().blocks.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn every_word_is_kept_in_order(text in "([a-zA-Z]{1,8}|[ .:;\n\t]){0,200}") {
            let words = |text: &str| -> Vec<char> { text.chars().filter(|c| c.is_alphabetic()).collect() };
            if let Ok(document) = parse(&text) {
                // An `o` before a capital is a bullet.
                if !text.contains('o') {
                    proptest::prop_assert_eq!(words(&document.text), words(&text));
                }
            }
        }

        #[test]
        fn any_text_is_read(text in "([ \n\r\t.:=*o?•-]|[0-9]|[a-zA-Z]{1,4}|ECQ|Page|\u{C}|\u{AD}|é){0,120}") {
            let _ = parse(&text);
        }
    }
}
