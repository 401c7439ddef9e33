//! Technical qualifications: where each begins, and what it is made of.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::announcement::Taken;
use crate::announcement::elements::{Part, read_parts};
use crate::announcement::lists::bare_item;
use crate::announcement::outline::{Outline, Topic, body, is_marked, label};
use crate::announcement::words::{pattern, trimmed, trimmed_of};
use crate::document::{BlockKind, Document};
use crate::span::Span;

/// Most words of the short title before a qualification.
const MAX_TITLE_WORDS: usize = 6;

/// A technical qualification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Technical {
    /// Its number among the mandatory or the desired ones, as the announcement counts or, where it does not, in order.
    pub number: u32,
    /// Whether it is desired only.
    pub desired: bool,
    /// Its short title, where it has one: `Budget`.
    pub title: Option<String>,
    /// Its words, without label and title.
    pub taken: Taken,
    /// What it asks for, part by part; all parts are asked for.
    pub parts: Vec<Part>,
}

impl Technical {
    /// `TQ 1`, or `desired TQ 1`.
    #[must_use]
    pub fn label(&self) -> String {
        let desired = if self.desired { "desired " } else { "" };
        format!("{desired}TQ {}", self.number)
    }

    /// Its elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &crate::announcement::Element> {
        self.parts.iter().flat_map(|part| &part.elements)
    }
}

/// A qualification while its blocks are gathered.
struct Open {
    number: Option<u32>,
    desired: bool,
    title: Option<String>,
    paragraphs: Vec<Span>,
    bullets: Vec<Span>,
    check: Option<&'static str>,
}

/// How the qualifications of a part are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `TQ 1:` before each.
    Labels,
    /// Paragraphs that begin with a title or with the usual words.
    Paragraphs,
    /// Items of a list.
    Items,
    /// `(1) ...; (2) ...` in running text.
    Inline,
    /// None of these: each paragraph.
    Plain,
}

/// Reads the technical qualifications, the mandatory ones first.
pub(super) fn technical(document: &Document, outline: &Outline) -> Vec<Technical> {
    let mut found = Vec::new();
    for desired in [false, true] {
        let topic = if desired {
            Topic::Desired
        } else {
            Topic::Technical
        };
        let blocks: Vec<usize> = outline.blocks_of(topic).map(|(idx, _)| idx).collect();
        found.extend(gather(document, outline, &blocks, desired));
    }
    // A title such as `Oversight (desirable)` may stand among the mandatory ones.
    found.sort_by_key(|open| open.desired);
    let mut counts = [0u32; 2];
    found
        .into_iter()
        .filter_map(|open| {
            let count = &mut counts[usize::from(open.desired)];
            *count += 1;
            let number = open.number.unwrap_or(*count);
            finish(document, open, number)
        })
        .collect()
}

fn finish(document: &Document, open: Open, number: u32) -> Option<Technical> {
    let first = open.paragraphs.first().or(open.bullets.first())?;
    let last = open.bullets.last().or(open.paragraphs.last())?;
    let mut taken = Taken::new(document, Span::new(first.start, last.end.max(first.end)));
    if let Some(why) = open.check {
        taken = taken.doubted(why);
    }
    let parts = read_parts(document, &open.paragraphs, &open.bullets);
    (!parts.is_empty()).then_some(Technical {
        number,
        desired: open.desired,
        title: open.title,
        taken,
        parts,
    })
}

fn gather(document: &Document, outline: &Outline, blocks: &[usize], desired: bool) -> Vec<Open> {
    let text = |idx: usize| document.blocks[idx].span.slice(&document.text);
    let bodies: Vec<(usize, Span)> = blocks
        .iter()
        .filter_map(|&idx| Some((idx, body(document, idx, outline.from(idx))?)))
        .collect();
    let mode = mode(document, &bodies);
    if mode == Mode::Inline {
        return inline(document, &bodies, desired);
    }
    let mut found: Vec<Open> = Vec::new();
    let mut pending_title: Option<String> = None;
    for &(idx, span) in &bodies {
        let block = &document.blocks[idx];
        let words = without_enumerator(span.slice(&document.text));
        let is_item = block.kind == BlockKind::ListItem;
        // A wrapped line was taken for a paragraph: the sentence before goes on.
        if let Some(before) = found.last_mut().and_then(|open| open.paragraphs.last_mut())
            && !is_item
            && (words.starts_with(char::is_lowercase) || is_next_line(document, idx, *before))
            && !before.slice(&document.text).ends_with(['.', ':', ';'])
        {
            *before = Span::new(before.start, span.end);
            continue;
        }
        let begins = match mode {
            Mode::Labels => label(text(idx)).is_some(),
            Mode::Paragraphs => {
                !is_item && (title_of(words).is_some() || is_capability(words))
                    || pending_title.is_some()
            }
            Mode::Items => is_item && !continues_list(document, found.last()),
            Mode::Inline | Mode::Plain => !is_item,
        };
        if is_marked(block) && mode != Mode::Labels && is_bare_title(words) {
            pending_title = Some(tidy_title(words));
            continue;
        }
        if begins {
            found.push(open(
                document,
                idx,
                span,
                desired,
                pending_title.take(),
                mode,
            ));
            continue;
        }
        let Some(open) = found.last_mut() else {
            continue;
        };
        let ends_in_colon = open
            .paragraphs
            .last()
            .is_some_and(|span| span.slice(&document.text).trim_end().ends_with(':'));
        if is_item && (ends_in_colon || !open.bullets.is_empty()) {
            open.bullets.push(span);
        } else if open.paragraphs.is_empty() {
            // The label or title stood alone on its line.
            open.paragraphs.push(span);
        } else if open.bullets.is_empty() && !is_remark(words) {
            open.paragraphs.push(span);
            open.check = Some("a further paragraph was read as part of it");
        }
    }
    found
}

/// Whether a block is the line right below some words.
fn is_next_line(document: &Document, block: usize, words: Span) -> bool {
    let above = document
        .blocks
        .iter()
        .find(|other| other.span.end == words.end);
    let line = |block: &crate::document::Block| block.line;
    match (above.and_then(line), document.blocks[block].line) {
        (Some(above), Some(below)) => below == above + 1,
        _ => false,
    }
}

/// Whether an item still belongs to the list below the qualification before it.
fn continues_list(document: &Document, open: Option<&Open>) -> bool {
    let Some(open) = open else {
        return false;
    };
    let ends = |span: &Span, signs: &[char]| span.slice(&document.text).trim_end().ends_with(signs);
    match (open.bullets.last(), open.paragraphs.last()) {
        (None, Some(stem)) => ends(stem, &[':']),
        (Some(bullet), _) => {
            let text = bullet.slice(&document.text).trim_end();
            ends(bullet, &[';', ','])
                || [" and", " or", "and/or"]
                    .iter()
                    .any(|word| text.ends_with(word))
        }
        (None, None) => false,
    }
}

fn mode(document: &Document, bodies: &[(usize, Span)]) -> Mode {
    let words = |span: Span| without_enumerator(span.slice(&document.text));
    if bodies
        .iter()
        .any(|&(idx, _)| label(words(document.blocks[idx].span)).is_some())
    {
        return Mode::Labels;
    }
    let is_item = |idx: usize| document.blocks[idx].kind == BlockKind::ListItem;
    let n_items = bodies.iter().filter(|&&(idx, _)| is_item(idx)).count();
    let n_paragraphs = bodies
        .iter()
        .filter(|&&(idx, span)| {
            let words = words(span);
            let is_stem = words.ends_with(':') && !is_capability(words);
            !is_item(idx) && !is_stem && (title_of(words).is_some() || is_capability(words))
        })
        .count();
    if n_paragraphs > 0 && (n_items == 0 || n_paragraphs > 1) {
        Mode::Paragraphs
    } else if is_inline(document, bodies) {
        Mode::Inline
    } else if n_items > 0 {
        Mode::Items
    } else {
        Mode::Plain
    }
}

fn open(
    document: &Document,
    idx: usize,
    span: Span,
    desired: bool,
    title: Option<String>,
    mode: Mode,
) -> Open {
    let whole = without_enumerator(span.slice(&document.text));
    let label = label(document.blocks[idx].span.slice(&document.text));
    let label_len = label.map_or(0, |label| label.len);
    let from = (document.blocks[idx].span.start + label_len).max(span.end - whole.len());
    let rest = &document.text[from..span.end];
    let found = title_of(rest);
    let title_len = found.as_ref().map_or(0, |(_, len)| *len);
    let name = title.or(found.map(|(title, _)| title));
    let is_desired = |title: &str| {
        let title = title.to_lowercase();
        ["desir", "preferred", "optional", "not required"]
            .iter()
            .any(|word| title.contains(word))
    };
    let body = trimmed(&document.text, from + title_len, span.end)
        .map(|(start, end)| Span::new(start, end));
    Open {
        number: label.and_then(|label| label.number),
        desired: desired
            || label.is_some_and(|label| label.desired)
            || name.as_deref().is_some_and(is_desired),
        title: name.map(|name| without_brackets(&name)),
        paragraphs: body.into_iter().collect(),
        bullets: Vec::new(),
        check: (mode == Mode::Plain && !is_capability(whole)).then_some(
            "a paragraph of the part on technical qualifications, without label or number",
        ),
    }
}

/// A text without `A.` or `2)` before it.
fn without_enumerator(text: &str) -> &str {
    static ENUMERATOR: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\(?(?:(?-i:[A-Z])|\d{1,2}|[ivx]{1,4})[.)]\s+"));
    ENUMERATOR
        .find(text)
        .map_or(text, |found| &text[found.end()..])
}

/// The short title that a text begins with, and its bytes: `Budget. Demonstrated success in`.
fn title_of(text: &str) -> Option<(String, usize)> {
    static END: LazyLock<Regex> = LazyLock::new(|| pattern(r"[.:]\s+|\s[-–—]\s"));
    let end = END.find(text)?;
    let title = &text[..end.start()];
    let rest = &text[end.end()..];
    let n_words = without_brackets(title).split_whitespace().count();
    let is_title = (1..=MAX_TITLE_WORDS).contains(&n_words)
        && !is_capability(title)
        && title.starts_with(|c: char| c.is_uppercase())
        && rest.starts_with(|c: char| c.is_uppercase())
        && rest.split_whitespace().count() >= 4;
    is_title.then(|| (tidy_title(title), end.end()))
}

fn tidy_title(title: &str) -> String {
    let (start, end) = trimmed_of(title, 0, title.len(), |c| {
        c.is_whitespace() || ".:-–—*_".contains(c)
    })
    .unwrap_or((0, 0));
    title[start..end].to_owned()
}

fn without_brackets(title: &str) -> String {
    title
        .split('(')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn is_bare_title(text: &str) -> bool {
    text.split_whitespace().count() <= MAX_TITLE_WORDS && !is_capability(text)
}

/// Whether a text begins as qualifications do.
fn is_capability(text: &str) -> bool {
    static CAPABILITY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\W*(?:(?:demonstrated|proven|extensive|comprehensive|expert|in[- ]depth|broad|substantial|significant|successful|executive|senior|strong|direct|progressive(?:ly)?|thorough|advanced|working|recognized|professional|technical)\W+(?:\w+\W+){0,2})?(?:experience|ability|abilities|knowledge|skills?|expertise|mastery|understanding|competence|success|leadership|record|background|proficiency|demonstrates|a (?:current|national|record))\b|^\W*(?:demonstrated|demonstrates|proven|possesses|leads|directs|manages|develops|ensures|serves|oversees|applies|provides|advises)\b",
        )
    });
    CAPABILITY.is_match(text)
}

/// Whether a paragraph speaks to the applicant about the qualifications and is none itself.
fn is_remark(text: &str) -> bool {
    static REMARK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:you|your|applicants?|candidates?|must|note|failure|ineligible|panel|narrative|pages?|characters|submit)\b",
        )
    });
    REMARK.is_match(text)
}

/// Where the items of `(1) ...; (2) ...` begin, behind their signs: enumerator and text.
///
/// `n_before` items of the same count stand in the blocks before.
fn enumerators(text: &str, n_before: usize) -> Vec<(usize, usize)> {
    static SIGN: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:^|\s)\(?(?P<number>\d{1,2}|[a-h])\)\s+"));
    let mut found: Vec<(usize, usize)> = Vec::new();
    for sign in SIGN.captures_iter(text) {
        let (Some(all), Some(number)) = (sign.get(0), sign.name("number")) else {
            continue;
        };
        let place = match number.as_str().parse::<usize>() {
            Ok(number) => number,
            Err(_) => usize::from(number.as_str().to_ascii_lowercase().as_bytes()[0] - b'a') + 1,
        };
        // They count from one; another bracket is none of them.
        if place == n_before + found.len() + 1 {
            found.push((all.start(), all.end()));
        }
    }
    found
}

/// Whether the qualifications are counted in running text. Where such a text was wrapped, a number that came to stand
/// first in its line was taken for that of a list.
fn is_inline(document: &Document, bodies: &[(usize, Span)]) -> bool {
    bodies.iter().enumerate().any(|(n, &(idx, span))| {
        let next_is_item = bodies
            .get(n + 1)
            .is_some_and(|&(next, _)| document.blocks[next].kind == BlockKind::ListItem);
        let n_signs = enumerators(span.slice(&document.text), 0).len();
        document.blocks[idx].kind != BlockKind::ListItem
            && (n_signs >= 2 || n_signs == 1 && next_is_item)
    })
}

fn inline(document: &Document, bodies: &[(usize, Span)], desired: bool) -> Vec<Open> {
    let mut found: Vec<Open> = Vec::new();
    for &(idx, span) in bodies {
        let text = span.slice(&document.text);
        let goes_on = !found.is_empty() && document.blocks[idx].kind == BlockKind::ListItem;
        let mut starts: Vec<(usize, usize)> = Vec::new();
        if goes_on {
            starts.push((0, 0));
        }
        starts.extend(enumerators(text, found.len() + starts.len()));
        for (n, &(_, start)) in starts.iter().enumerate() {
            let end = starts.get(n + 1).map_or(text.len(), |&(next, _)| next);
            let Some((from, to)) = bare_item(&text[start..end]) else {
                continue;
            };
            found.push(Open {
                number: None,
                desired,
                title: None,
                paragraphs: vec![Span::new(
                    span.start + start + from,
                    span.start + start + to,
                )],
                bullets: Vec::new(),
                check: None,
            });
        }
    }
    found
}
