//! The part of comments, and the lines of the package that name it.

use std::fmt::Write;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::annotate::AUTHOR;
use crate::error::DocumentError;

/// A file of relationships without any.
pub(super) const NO_RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>";

const CONTENT_TYPE: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";

/// A comment that stands in the part.
struct Comment {
    bytes: Range<usize>,
    id: u64,
    is_own: bool,
}

/// Ids of the comments that an earlier run wrote.
pub(super) fn own_ids(xml: &str) -> Result<Vec<u64>, DocumentError> {
    Ok(read(xml)?
        .iter()
        .filter(|comment| comment.is_own)
        .map(|comment| comment.id)
        .collect())
}

/// The highest id in use.
pub(super) fn max_id(xml: Option<&str>) -> u64 {
    xml.and_then(|xml| read(xml).ok())
        .and_then(|comments| comments.iter().map(|comment| comment.id).max())
        .unwrap_or(0)
}

/// How the end tag of a root is written that had none before.
const ADDED_END: &str = " >";

/// The part with an end tag: a root without content, as pandoc writes it, gets one that tells that it is new.
fn with_end(xml: &str) -> String {
    let root = xml.trim_end();
    match (root.strip_suffix("/>"), root.rfind('<')) {
        (Some(open), Some(at)) => {
            let name: String = root[at + 1..]
                .chars()
                .take_while(|c| !c.is_whitespace() && *c != '/')
                .collect();
            format!("{open}></{name}{ADDED_END}{}", &xml[root.len()..])
        }
        _ => xml.to_owned(),
    }
}

/// The part as it was before [`with_end`], if nothing else stands in it.
fn without_end(xml: String) -> String {
    let root = xml.trim_end();
    let open = root
        .strip_suffix(ADDED_END)
        .and_then(|root| root.rsplit_once("></"))
        // Nothing but the start tag of the root stands before: no end of a comment, and none without content.
        .filter(|(open, _)| !open.ends_with('/'))
        .filter(|(open, _)| {
            open.rfind('<')
                .is_some_and(|at| !open[at..].starts_with("</"))
        });
    match open {
        Some((open, _)) => format!("{open}/>{}", &xml[root.len()..]),
        None => xml,
    }
}

/// The part without the comments of an earlier run.
pub(super) fn without_own(xml: &str) -> Result<String, DocumentError> {
    let mut out = String::with_capacity(xml.len());
    let mut at = 0;
    for comment in read(xml)?.iter().filter(|comment| comment.is_own) {
        out.push_str(&xml[at..comment.bytes.start]);
        at = comment.bytes.end;
    }
    out.push_str(&xml[at..]);
    Ok(without_end(out))
}

/// The part with more comments at its end.
pub(super) fn extended(
    xml: &str,
    comments: &[(u64, Vec<String>)],
) -> Result<String, DocumentError> {
    let xml = &with_end(xml);
    let (prefix, before_end) = end_of_root(xml, "comments")?;
    let mut added = String::new();
    for (id, lines) in comments {
        comment(&mut added, &prefix, *id, lines);
    }
    Ok(inserted(xml, before_end, &added))
}

/// A part of comments.
pub(super) fn made(namespace: &str, comments: &[(u64, Vec<String>)]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:comments xmlns:w=\"{}\">",
        escaped(namespace)
    );
    for (id, lines) in comments {
        comment(&mut out, "w:", *id, lines);
    }
    out.push_str("</w:comments>");
    out
}

/// The list of content types with the part of comments.
pub(super) fn with_content_type(xml: &str, part: &str) -> Result<String, DocumentError> {
    let (prefix, before_end) = end_of_root(xml, "Types")?;
    let line = format!(
        "<{prefix}Override PartName=\"{}\" ContentType=\"{CONTENT_TYPE}\"/>",
        escaped(part)
    );
    Ok(inserted(xml, before_end, &line))
}

/// The relationships of the main part with that to the part of comments.
pub(super) fn with_relation(
    xml: &str,
    target: &str,
    is_strict: bool,
) -> Result<String, DocumentError> {
    let xml = &with_end(xml);
    let (prefix, before_end) = end_of_root(xml, "Relationships")?;
    let kind = if is_strict {
        "http://purl.oclc.org/ooxml/officeDocument/relationships/comments"
    } else {
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
    };
    let id = std::iter::once("rIdEcq".to_owned())
        .chain((2..).map(|n| format!("rIdEcq{n}")))
        .find(|id| !xml.contains(&format!("\"{id}\"")))
        .unwrap_or_default();
    let line = format!(
        "<{prefix}Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"{}\"/>",
        escaped(target)
    );
    Ok(inserted(xml, before_end, &line))
}

fn comment(out: &mut String, w: &str, id: u64, lines: &[String]) {
    let _ = write!(
        out,
        "<{w}comment {w}id=\"{id}\" {w}author=\"{AUTHOR}\" {w}initials=\"{AUTHOR}\">"
    );
    for line in lines {
        let _ = write!(
            out,
            "<{w}p><{w}r><{w}t xml:space=\"preserve\">{}</{w}t></{w}r></{w}p>",
            escaped(line)
        );
    }
    let _ = write!(out, "</{w}comment>");
}

/// Text as XML 1.0 holds it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn malformed(detail: impl Into<String>) -> DocumentError {
    DocumentError::Malformed {
        format: "docx",
        detail: detail.into(),
    }
}

/// The prefix of the root's name, and where its end tag begins; a root without content is an error.
fn end_of_root(xml: &str, name: &str) -> Result<(String, usize), DocumentError> {
    let missing = || malformed(format!("its list of {name} has no end tag"));
    let at = xml.rfind("</").ok_or_else(missing)?;
    let tag = xml[at + 2..].trim_end().trim_end_matches('>').trim_end();
    let prefix = tag.strip_suffix(name).ok_or_else(missing)?;
    Ok((prefix.to_owned(), at))
}

fn inserted(xml: &str, at: usize, added: &str) -> String {
    format!("{}{added}{}", &xml[..at], &xml[at..])
}

fn read(xml: &str) -> Result<Vec<Comment>, DocumentError> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut open: Option<Comment> = None;
    let position =
        |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
    loop {
        let before = position(&reader);
        let event = reader
            .read_event()
            .map_err(|error| malformed(error.to_string()))?;
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth == 2 && start.local_name().into_inner() == "comment" {
                    open = Some(begun(&start, before));
                }
            }
            Event::Empty(start) if depth == 1 && start.local_name().into_inner() == "comment" => {
                let mut comment = begun(&start, before);
                comment.bytes.end = position(&reader);
                found.push(comment);
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1
                    && let Some(mut comment) = open.take()
                {
                    comment.bytes.end = position(&reader);
                    found.push(comment);
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

fn begun(start: &BytesStart<'_>, at: usize) -> Comment {
    let value = |name: &str| {
        start
            .attributes()
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == name)
            .map(|attribute| attribute.value.into_owned())
    };
    Comment {
        bytes: at..at,
        id: value("id").and_then(|id| id.parse().ok()).unwrap_or(0),
        is_own: value("author").as_deref() == Some(AUTHOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_comments_come_and_go() {
        let theirs = made("urn:w", &[(3, vec!["a".to_owned()])]).replace("\"ecq\"", "\"HR\"");
        let both = extended(&theirs, &[(4, vec!["b < c & \u{1}".to_owned()])]).unwrap();
        assert_eq!(own_ids(&both).unwrap(), [4]);
        assert_eq!(max_id(Some(&both)), 4);
        assert!(both.contains("b &lt; c &amp;  <"), "{both}");
        assert_eq!(without_own(&both).unwrap(), theirs);
    }

    #[test]
    fn a_part_without_an_end_tag_gets_one_and_loses_it_again() {
        let empty = "<?xml version=\"1.0\"?>\n<w:comments xmlns:w=\"urn:w\" xmlns:r=\"urn:r\" />\n";
        let both = extended(empty, &[(4, vec!["b".to_owned()])]).unwrap();
        assert!(both.ends_with("</w:comment></w:comments >\n"), "{both}");
        assert_eq!(own_ids(&both).unwrap(), [4]);
        assert_eq!(without_own(&both).unwrap(), empty);
        let theirs = both.replace("\"ecq\"", "\"HR\"");
        assert_eq!(without_own(&theirs).unwrap(), theirs);
    }

    #[test]
    fn lists_are_extended_with_their_prefix() {
        assert_eq!(
            with_content_type("<ct:Types xmlns:ct=\"u\"></ct:Types>\n", "/word/c.xml").unwrap(),
            format!(
                "<ct:Types xmlns:ct=\"u\"><ct:Override PartName=\"/word/c.xml\" ContentType=\"{CONTENT_TYPE}\"/></ct:Types>\n"
            )
        );
    }
}
