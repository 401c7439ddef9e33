//! Word comments, inserted into the package that the file already is.
//!
//! Every part but three keeps its compressed bytes: `document.xml` gets marks, the part of comments is extended or made,
//! and the lists of parts and relationships name it.

mod body;
mod comments;
mod weave;

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::annotate::AnnotateError;
use crate::annotate::align;
use crate::annotate::docx::body::Body;
use crate::annotate::notes::{Kind, Note, notes};
use crate::document::package::{MAX_PART_BYTES, Package};
use crate::error::DocumentError;
use crate::report::Packet;
use crate::span::Span;

/// The names of the parts concerned.
struct Parts {
    main: String,
    comments: Option<String>,
    relations: String,
}

impl Parts {
    fn of(bytes: &[u8]) -> Result<Self, AnnotateError> {
        let mut package = Package::open(bytes, "docx")?;
        let (main, _) = package.main_part()?;
        let relationships = package.relationships(&main)?;
        let is_signed = package.relationships("")?.iter().any(|relationship| {
            relationship.kind == "origin" || relationship.target.contains("_xmlsignatures")
        });
        if is_signed {
            return Err(AnnotateError::Forbidden {
                reason: "it carries a digital signature, which any change would break; annotate a copy without it",
            });
        }
        let comments = relationships
            .iter()
            .find(|relationship| relationship.kind == "comments" && !relationship.external)
            .map(|relationship| relationship.target.clone());
        let (folder, file) = main.rsplit_once('/').unwrap_or(("", main.as_str()));
        let folder = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        Ok(Self {
            relations: format!("{folder}_rels/{file}.rels"),
            comments,
            main,
        })
    }
}

/// The extension that a package is to be named with, by the type of its main part: `docx`, `docm`, `dotx` or `dotm`.
/// Word opens no file whose name says another type than its content.
///
/// # Errors
/// [`AnnotateError::Document`] for packages that are damaged.
pub fn extension(bytes: &[u8]) -> Result<&'static str, AnnotateError> {
    let (_, kind) = Package::open(bytes, "docx")?.main_part()?;
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    Ok(
        match (kind.contains("macroenabled"), kind.contains("template")) {
            (false, false) => "docx",
            (true, false) => "docm",
            (false, true) => "dotx",
            (true, true) => "dotm",
        },
    )
}

/// The annotated copy.
pub(super) fn annotate(bytes: &[u8], packet: &Packet) -> Result<Vec<u8>, AnnotateError> {
    let clean = strip(bytes)?;
    let parts = Parts::of(&clean)?;
    let mut archive = ZipArchive::new(Cursor::new(clean.as_slice()))?;
    let xml = text_of(&mut archive, &parts.main)?;
    let body = body::read(&xml)?;
    if body.prefix.is_empty() || body.namespace.is_empty() {
        return Err(AnnotateError::Forbidden {
            reason: "its XML names elements without a prefix; save it once with Word or LibreOffice",
        });
    }
    let narrative = &packet.narrative;
    let places = align::by_stretch(
        &narrative.text,
        &narrative
            .blocks
            .iter()
            .map(|block| block.span)
            .collect::<Vec<_>>(),
        &body.stretches(),
        &body.chars,
    );
    let first = narrative
        .blocks
        .first()
        .map_or(Span::new(0, 0), |block| block.span);
    let mut all = notes(&packet.report, first);
    let unplaced = unplaced(&mut all, |span| places.ends(span.start, span.end).is_some());
    let comments_xml = match &parts.comments {
        Some(name) => Some(text_of(&mut archive, name)?),
        None => None,
    };
    let mut next = comments::max_id(comments_xml.as_deref()).max(body.max_comment_id) + 1;
    let mut ranges = Vec::new();
    let mut written = Vec::new();
    for note in all {
        // A summary whose first words stand in no paragraph is put where the text begins.
        let letters = places
            .ends(note.span.start, note.span.end)
            .or_else(|| (note.kind == Kind::Summary && !body.letters.is_empty()).then_some((0, 0)));
        let Some(letters) = letters else { continue };
        ranges.push(weave::Range { letters, id: next });
        let mut lines = note.lines;
        if note.kind == Kind::Summary {
            lines.extend(unplaced.iter().cloned());
        }
        written.push((next, lines));
        next += 1;
    }
    let mut changes = vec![(parts.main.clone(), weave::insert(&xml, &body, &ranges))];
    match (parts.comments, comments_xml) {
        (Some(name), Some(old)) => changes.push((name, comments::extended(&old, &written)?)),
        _ => make_part(
            &mut archive,
            &parts.main,
            &parts.relations,
            &body,
            &written,
            &mut changes,
        )?,
    }
    rewritten(&clean, &changes)
}

/// Takes out the notes whose words stand in no paragraph (in a text box or a note at the foot): their lines go to the
/// summary.
fn unplaced(notes: &mut Vec<Note>, is_placed: impl Fn(Span) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    notes.retain(|note| {
        let stays = note.kind == Kind::Summary || is_placed(note.span);
        if !stays {
            lines.push(format!(
                "In a text box or a note: {}.",
                note.lines.join("; ").trim_end_matches('.')
            ));
        }
        stays
    });
    lines
}

/// The package without the comments that an earlier run put in; the same bytes if there are none.
///
/// # Errors
/// [`AnnotateError`] for packages that are damaged, signed or written in another encoding than UTF-8.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, AnnotateError> {
    let parts = Parts::of(bytes)?;
    let Some(comments) = parts.comments else {
        return Ok(bytes.to_vec());
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let old = text_of(&mut archive, &comments)?;
    let ids = comments::own_ids(&old)?;
    if ids.is_empty() {
        return Ok(bytes.to_vec());
    }
    let xml = text_of(&mut archive, &parts.main)?;
    let prefix = body::read(&xml)?.prefix;
    let changes = [
        (parts.main, weave::remove(&xml, &prefix, &ids)),
        (comments, comments::without_own(&old)?),
    ];
    rewritten(bytes, &changes)
}

/// A part of comments for a package without one, and the lines that name it.
fn make_part(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    main: &str,
    relations: &str,
    body: &Body,
    written: &[(u64, Vec<String>)],
    changes: &mut Vec<(String, String)>,
) -> Result<(), AnnotateError> {
    let folder = main
        .rsplit_once('/')
        .map_or_else(String::new, |(folder, _)| format!("{folder}/"));
    let is_taken = |archive: &ZipArchive<Cursor<&[u8]>>, name: &str| {
        archive
            .file_names()
            .any(|taken| taken.is_ok_and(|taken| taken.eq_ignore_ascii_case(name)))
    };
    let name = std::iter::once("comments.xml".to_owned())
        .chain((2..).map(|n| format!("comments{n}.xml")))
        .find(|name| !is_taken(archive, &format!("{folder}{name}")))
        .unwrap_or_default();
    let types = text_of(archive, "[Content_Types].xml")?;
    changes.push((
        "[Content_Types].xml".to_owned(),
        comments::with_content_type(&types, &format!("/{folder}{name}"))?,
    ));
    let old = if is_taken(archive, relations) {
        text_of(archive, relations)?
    } else {
        comments::NO_RELATIONS.to_owned()
    };
    changes.push((
        relations.to_owned(),
        comments::with_relation(&old, &name, body.namespace.contains("purl.oclc.org"))?,
    ));
    changes.push((
        format!("{folder}{name}"),
        comments::made(&body.namespace, written),
    ));
    Ok(())
}

/// A part as text; its bytes are the same as those of the text.
fn text_of(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<String, AnnotateError> {
    let index = (0..archive.len()).find(|&idx| {
        archive
            .name_for_index(idx)
            .and_then(Result::ok)
            .is_some_and(|entry| entry.eq_ignore_ascii_case(name))
    });
    let Some(index) = index else {
        return Err(DocumentError::Malformed {
            format: "docx",
            detail: format!("the part {name} is missing"),
        }
        .into());
    };
    let mut bytes = Vec::new();
    archive
        .by_index(index)?
        .take(MAX_PART_BYTES)
        .read_to_end(&mut bytes)
        .map_err(zip::result::ZipError::Io)?;
    String::from_utf8(bytes).map_err(|_| AnnotateError::Forbidden {
        reason: "its XML is not written in UTF-8; save it once with Word or LibreOffice",
    })
}

/// The package with some parts replaced or added; all other entries are copied as they are, still compressed.
fn rewritten(bytes: &[u8], changes: &[(String, String)]) -> Result<Vec<u8>, AnnotateError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() + (1 << 16))));
    let comment: Box<[u8]> = archive.comment().into();
    let mut is_done = vec![false; changes.len()];
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        let change = entry.name().ok().and_then(|name| {
            changes
                .iter()
                .position(|(changed, _)| changed.eq_ignore_ascii_case(&name))
        });
        let Some(change) = change else {
            writer.raw_copy_file(entry)?;
            continue;
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(entry.last_modified().unwrap_or_default());
        let name = entry.name()?.into_owned();
        drop(entry);
        writer.start_file(name, options)?;
        put(&mut writer, &changes[change].1)?;
        is_done[change] = true;
    }
    for ((name, text), _) in changes.iter().zip(is_done).filter(|(_, is_done)| !is_done) {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        writer.start_file(name.as_str(), options)?;
        put(&mut writer, text)?;
    }
    if !comment.is_empty() {
        writer.set_raw_comment(comment)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn put(writer: &mut ZipWriter<Cursor<Vec<u8>>>, text: &str) -> Result<(), AnnotateError> {
    writer
        .write_all(text.as_bytes())
        .map_err(|error| zip::result::ZipError::Io(error).into())
}
