//! The letters of `document.xml` with their bytes, and the runs they stand in.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::annotate::align::{Stretch, expand, is_letter};
use crate::error::DocumentError;

/// A run of text.
#[derive(Debug)]
pub(super) struct Run {
    /// Its bytes, from the first of the start tag to the last of the end tag.
    pub(super) bytes: Range<usize>,
    /// Bytes of its properties, if it has some.
    pub(super) properties: Option<Range<usize>>,
    /// Its first and last letter.
    letters: Option<(usize, usize)>,
    /// Whether something else than letters stands before the first or after the last one.
    before: bool,
    after: bool,
}

/// A letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
    /// Index of its run.
    pub(super) run: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Prefix of the names, with its colon.
    pub(super) prefix: String,
    /// Namespace of the names.
    pub(super) namespace: String,
    /// All runs with letters, in order.
    pub(super) runs: Vec<Run>,
    /// All letters, in order.
    pub(super) letters: Vec<Letter>,
    /// The same as characters.
    pub(super) chars: Vec<char>,
    /// Paragraphs by their letters.
    pub(super) paragraphs: Vec<Range<usize>>,
    /// Highest id of a comment that the text refers to.
    pub(super) max_comment_id: u64,
}

impl Body {
    /// Whether no other content of its run stands before a letter.
    pub(super) fn begins_run(&self, letter: usize) -> bool {
        let run = &self.runs[self.letters[letter].run];
        !run.before && run.letters.is_some_and(|(first, _)| first == letter)
    }

    /// Whether no other content of its run stands after a letter.
    pub(super) fn ends_run(&self, letter: usize) -> bool {
        let run = &self.runs[self.letters[letter].run];
        !run.after && run.letters.is_some_and(|(_, last)| last == letter)
    }

    /// The paragraphs, for alignment.
    pub(super) fn stretches(&self) -> Vec<Stretch> {
        self.paragraphs
            .iter()
            .map(|letters| Stretch {
                letters: letters.clone(),
            })
            .collect()
    }
}

/// Elements whose text is not part of the flow, or where no comment may stand.
fn is_passed_over(local: &str) -> bool {
    matches!(
        local,
        "txbxContent"
            | "AlternateContent"
            | "del"
            | "moveFrom"
            | "pPr"
            | "sdtPr"
            | "object"
            | "pict"
            | "drawing"
            | "rt"
    )
}

/// Walks the part. It was read before, so faults of its form are faults of the caller.
pub(super) fn read(xml: &str) -> Result<Body, DocumentError> {
    let malformed = |detail: String| DocumentError::Malformed {
        format: "docx",
        detail,
    };
    let mut reader = Reader::from_str(xml);
    let mut body = Body::default();
    // Names of open elements below which nothing is read, innermost last.
    let mut passed_over = 0usize;
    let mut open: Vec<Open> = Vec::new();
    let mut paragraph_start = 0;
    loop {
        let before = position(&reader);
        let event = reader
            .read_event()
            .map_err(|error| malformed(error.to_string()))?;
        let after = position(&reader);
        match event {
            Event::Start(start) => {
                if body.namespace.is_empty() {
                    root(&start, &mut body);
                }
                let kind = kind(&start, &body.prefix);
                if passed_over > 0 || is_passed_over(local(&start)) {
                    passed_over += 1;
                } else {
                    enter(&mut body, kind, before, &mut paragraph_start, &open);
                }
                open.push(Open {
                    kind,
                    start: before,
                });
            }
            Event::Empty(start) if passed_over == 0 => empty(&mut body, &start, &open),
            Event::End(_) => {
                let Some(closed) = open.pop() else { continue };
                if passed_over > 0 {
                    passed_over -= 1;
                } else {
                    leave(&mut body, &closed, after, paragraph_start, &open);
                }
            }
            Event::Text(_) | Event::GeneralRef(_) | Event::CData(_) => {
                let in_text = open.last().is_some_and(|open| open.kind == Kind::Text);
                if passed_over == 0 && in_text {
                    text(
                        &mut body,
                        &xml[before..after],
                        before,
                        matches!(event, Event::Text(_)),
                    );
                }
            }
            Event::Eof => return Ok(body),
            _ => {}
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Paragraph,
    Run,
    RunProperties,
    Text,
    Other,
}

struct Open {
    kind: Kind,
    start: usize,
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn local<'a>(start: &'a BytesStart<'_>) -> &'a str {
    start.local_name().into_inner()
}

/// Takes the prefix and the namespace from the root.
fn root(start: &BytesStart<'_>, body: &mut Body) {
    let name = start.name().into_inner();
    body.prefix = name
        .split_once(':')
        .map_or_else(String::new, |(prefix, _)| format!("{prefix}:"));
    let declaration = match body.prefix.strip_suffix(':') {
        Some(prefix) => format!("xmlns:{prefix}"),
        None => "xmlns".to_owned(),
    };
    body.namespace = start
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.into_inner() == declaration)
        .map_or_else(String::new, |attribute| {
            attribute.value.clone().into_owned()
        });
}

fn kind(start: &BytesStart<'_>, prefix: &str) -> Kind {
    match start.name().into_inner().strip_prefix(prefix) {
        Some("p") => Kind::Paragraph,
        Some("r") => Kind::Run,
        Some("rPr") => Kind::RunProperties,
        Some("t") => Kind::Text,
        _ => Kind::Other,
    }
}

fn enter(body: &mut Body, kind: Kind, before: usize, paragraph_start: &mut usize, open: &[Open]) {
    match kind {
        Kind::Paragraph => *paragraph_start = body.letters.len(),
        Kind::Run => body.runs.push(Run {
            bytes: before..before,
            properties: None,
            letters: None,
            before: false,
            after: false,
        }),
        Kind::Other if in_run(open) => other_content(body),
        _ => {}
    }
}

fn in_run(open: &[Open]) -> bool {
    open.last().is_some_and(|open| open.kind == Kind::Run)
}

/// Something that is no letter stands in the open run.
fn other_content(body: &mut Body) {
    if let Some(run) = body.runs.last_mut() {
        if run.letters.is_some() {
            run.after = true;
        } else {
            run.before = true;
        }
    }
}

fn empty(body: &mut Body, start: &BytesStart<'_>, open: &[Open]) {
    match local(start) {
        "commentRangeStart" | "commentRangeEnd" | "commentReference" => {
            let id = start
                .attributes()
                .flatten()
                .find(|attribute| attribute.key.local_name().into_inner() == "id")
                .and_then(|attribute| attribute.value.parse().ok());
            body.max_comment_id = body.max_comment_id.max(id.unwrap_or(0));
            if in_run(open) {
                other_content(body);
            }
        }
        "rPr" | "t" | "lastRenderedPageBreak" => {}
        _ if in_run(open) => other_content(body),
        _ => {}
    }
}

fn leave(body: &mut Body, closed: &Open, after: usize, paragraph_start: usize, open: &[Open]) {
    match closed.kind {
        Kind::Paragraph if body.letters.len() > paragraph_start => {
            body.paragraphs.push(paragraph_start..body.letters.len());
        }
        // The words below a ruby text are runs within a run.
        Kind::Run => {
            let begun = |run: &&mut Run| run.bytes.start == closed.start;
            if let Some(run) = body.runs.iter_mut().rev().find(begun) {
                run.bytes.end = after;
            }
        }
        Kind::RunProperties if in_run(open) => {
            if let Some(run) = body.runs.last_mut() {
                run.properties = Some(closed.start..after);
            }
        }
        _ => {}
    }
}

/// Letters of a piece of text: of each its own bytes, or those of the whole piece if it cannot be cut.
fn text(body: &mut Body, raw: &str, at: usize, can_be_cut: bool) {
    let Some(run) = body.runs.len().checked_sub(1) else {
        return;
    };
    let resolved = if can_be_cut {
        raw.to_owned()
    } else {
        unescaped(raw)
    };
    for (offset, c) in resolved.char_indices() {
        if !is_letter(c) {
            continue;
        }
        let bytes = if can_be_cut {
            at + offset..at + offset + c.len_utf8()
        } else {
            at..at + raw.len()
        };
        expand(c, |c| {
            let letter = body.letters.len();
            body.letters.push(Letter {
                start: bytes.start,
                end: bytes.end,
                run,
            });
            body.chars.push(c);
            let letters = &mut body.runs[run].letters;
            *letters = Some((letters.map_or(letter, |(first, _)| first), letter));
            body.runs[run].after = false;
        });
    }
}

/// What a reference or a CDATA section stands for.
fn unescaped(raw: &str) -> String {
    if let Some(data) = raw.strip_prefix("<![CDATA[") {
        return data.strip_suffix("]]>").unwrap_or(data).to_owned();
    }
    let name = raw.trim_start_matches('&').trim_end_matches(';');
    let number = name
        .strip_prefix('#')
        .and_then(|number| match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
    match (name, number.and_then(char::from_u32)) {
        (_, Some(c)) => c.to_string(),
        ("lt", _) => "<".to_owned(),
        ("gt", _) => ">".to_owned(),
        ("amp", _) => "&".to_owned(),
        ("apos", _) => "'".to_owned(),
        ("quot", _) => "\"".to_owned(),
        _ => String::new(),
    }
}
