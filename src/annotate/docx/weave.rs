//! Inserting comment marks into `document.xml`, and taking them out again.
//!
//! Only insertions are made. A range that begins or ends inside a run closes the run there and opens another with the
//! same properties; the mark on that second run ([`SPLIT`]) tells later which insertion it was.

use std::collections::BTreeMap;

use regex::Regex;

use crate::annotate::docx::body::Body;

/// Revision save id of runs that were opened by a split; nothing else uses it.
const SPLIT: &str = "00EC0A11";

/// A range of letters with the id of its comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// First and last letter.
    pub(super) letters: (usize, usize),
    /// Id of the comment.
    pub(super) id: u64,
}

/// What is inserted at one place.
#[derive(Debug, Default)]
struct Edit {
    /// Run that is split there.
    run: Option<usize>,
    ends: Vec<u64>,
    starts: Vec<u64>,
}

/// The text of the part with the ranges marked.
pub(super) fn insert(xml: &str, body: &Body, ranges: &[Range]) -> String {
    let mut edits: BTreeMap<usize, Edit> = BTreeMap::new();
    for range in ranges {
        let (first, last) = range.letters;
        let (at, run) = start_of(xml, body, first);
        let edit = edits.entry(at).or_default();
        edit.run = edit.run.or(run);
        edit.starts.push(range.id);
        let (at, run) = end_of(body, last);
        let edit = edits.entry(at).or_default();
        edit.run = edit.run.or(run);
        edit.ends.push(range.id);
    }
    let mut out = String::with_capacity(xml.len() + ranges.len() * 400);
    let mut done = 0;
    for (at, edit) in &edits {
        out.push_str(&xml[done..*at]);
        done = *at;
        write(&mut out, xml, body, edit);
    }
    out.push_str(&xml[done..]);
    out
}

/// Where a range that begins with a letter begins: before its run, or before the white space before the letter.
fn start_of(xml: &str, body: &Body, letter: usize) -> (usize, Option<usize>) {
    let run = body.letters[letter].run;
    if body.begins_run(letter) {
        return (body.runs[run].bytes.start, None);
    }
    // The space before stays with the new run, which keeps white space; the old one might not.
    let at = body.letters[letter].start;
    let before = xml[..at]
        .trim_end_matches([' ', '\t', '\n', '\r', '\u{A0}'])
        .len();
    let is_same_text =
        letter > 0 && body.letters[letter - 1].run == run && body.letters[letter - 1].end == before;
    (if is_same_text { before } else { at }, Some(run))
}

/// Where a range that ends with a letter ends: after its run, or after the letter.
fn end_of(body: &Body, letter: usize) -> (usize, Option<usize>) {
    let run = body.letters[letter].run;
    if body.ends_run(letter) {
        return (body.runs[run].bytes.end, None);
    }
    (body.letters[letter].end, Some(run))
}

fn write(out: &mut String, xml: &str, body: &Body, edit: &Edit) {
    let w = &body.prefix;
    if edit.run.is_some() {
        out.push_str(&format!("</{w}t></{w}r>"));
    }
    for id in &edit.ends {
        out.push_str(&range_end(w, *id));
    }
    for id in &edit.starts {
        out.push_str(&format!("<{w}commentRangeStart {w}id=\"{id}\"/>"));
    }
    if let Some(run) = edit.run {
        out.push_str(&format!("<{w}r {w}rsidR=\"{SPLIT}\">"));
        if let Some(properties) = &body.runs[run].properties {
            out.push_str(&xml[properties.clone()]);
        }
        out.push_str(&format!("<{w}t xml:space=\"preserve\">"));
    }
}

fn range_end(w: &str, id: u64) -> String {
    format!(
        "<{w}commentRangeEnd {w}id=\"{id}\"/><{w}r><{w}commentReference {w}id=\"{id}\"/></{w}r>"
    )
}

/// The text of the part without the marks of some comments and without the splits that were made for them.
pub(super) fn remove(xml: &str, prefix: &str, ids: &[u64]) -> String {
    if ids.is_empty() {
        return xml.to_owned();
    }
    let w = regex::escape(prefix);
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    let ids = ids.join("|");
    // Programs that saved the file since may have added a style to the run that refers to a comment.
    let marks = format!(
        "<{w}r(?:\\s[^<>]*)?>(?:<{w}rPr>(?:<{w}[A-Za-z]+[^<>]*/>)*</{w}rPr>)?<{w}commentReference\\s[^<>]*{w}id=\"(?:{ids})\"[^<>]*/></{w}r>\
         |<{w}commentRange(?:Start|End)\\s[^<>]*{w}id=\"(?:{ids})\"[^<>]*/>"
    );
    let without = match Regex::new(&marks) {
        Ok(marks) => marks.replace_all(xml, "").into_owned(),
        Err(_) => return xml.to_owned(),
    };
    join(&without, prefix)
}

/// Joins runs that were split.
fn join(xml: &str, w: &str) -> String {
    let seam = format!("</{w}t></{w}r><{w}r {w}rsidR=\"{SPLIT}\">");
    let text = format!("<{w}t xml:space=\"preserve\">");
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(at) = rest.find(&seam) {
        out.push_str(&rest[..at]);
        let after = &rest[at + seam.len()..];
        let properties = properties_len(after, w);
        match after[properties..].strip_prefix(&text) {
            Some(after) => rest = after,
            // Another program changed the run since: it stays as it is.
            None => {
                out.push_str(&seam);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Length of the run properties that a text begins with; those of a tracked change hold properties inside.
fn properties_len(xml: &str, w: &str) -> usize {
    let (open, close, empty) = (
        format!("<{w}rPr>"),
        format!("</{w}rPr>"),
        format!("<{w}rPr/>"),
    );
    if xml.starts_with(&empty) {
        return empty.len();
    }
    if !xml.starts_with(&open) {
        return 0;
    }
    let (mut depth, mut at) = (0usize, 0);
    loop {
        let rest = &xml[at..];
        let Some(end) = rest.find(&close) else {
            return 0;
        };
        match rest.find(&open) {
            Some(start) if start < end => {
                depth += 1;
                at += start + open.len();
            }
            _ => {
                depth = depth.saturating_sub(1);
                at += end + close.len();
                if depth == 0 {
                    return at;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::docx::body::read;

    const XML: &str = "<w:document xmlns:w=\"urn:w\"><w:body><w:p><w:pPr><w:b/></w:pPr><w:r><w:rPr><w:i/></w:rPr>\
        <w:t>One two. Three &amp; four.</w:t></w:r><w:r><w:tab/><w:t xml:space=\"preserve\"> five</w:t></w:r></w:p></w:body></w:document>";

    fn letters_of(body: &Body, words: &str) -> (usize, usize) {
        let all: String = body.chars.iter().collect();
        let start = all.find(words).unwrap();
        (start, start + words.chars().count() - 1)
    }

    #[test]
    fn ranges_split_runs_and_come_out_again() {
        let body = read(XML).unwrap();
        let ranges = [("Onetwo.", 7), ("Three&four.", 8), ("five", 9)].map(|(words, id)| Range {
            letters: letters_of(&body, words),
            id,
        });
        let woven = insert(XML, &body, &ranges);
        let split = "One two.</w:t></w:r><w:commentRangeEnd w:id=\"7\"/><w:r><w:commentReference w:id=\"7\"/></w:r>\
            <w:commentRangeStart w:id=\"8\"/><w:r w:rsidR=\"00EC0A11\"><w:rPr><w:i/></w:rPr><w:t xml:space=\"preserve\"> Three &amp; four.</w:t></w:r>\
            <w:commentRangeEnd w:id=\"8\"/>";
        assert!(woven.contains(split), "{woven}");
        assert_eq!(remove(&woven, "w:", &[7, 8, 9]), XML);
        assert!(remove(&woven, "w:", &[7]).contains("commentRangeStart w:id=\"8\""));
    }
}
