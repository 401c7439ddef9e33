//! Highlights with notes, added to a PDF as an incremental update: the bytes of the original stand first in the copy.

use std::collections::BTreeMap;

use lopdf::{
    Dictionary, Document, IncrementalDocument, Object, ObjectId, Permissions, Stream, StringFormat,
    dictionary,
};

use crate::annotate::notes::{Kind, Note, notes};
use crate::annotate::{AUTHOR, AnnotateError, align};
use crate::document::pdf::{PlacedChar, places};
use crate::report::{Narrative, Packet};
use crate::span::Span;

/// Boxes of lines on a page, each left, lower, right, upper.
type Lines = Vec<[f32; 4]>;

/// The annotated copy.
pub(super) fn annotate(bytes: &[u8], packet: &Packet) -> Result<Vec<u8>, AnnotateError> {
    let original = Document::load_mem(bytes)?;
    // What opens without a password can still forbid changes; the update is encrypted as the file is.
    let is_locked = original
        .encryption_state
        .as_ref()
        .is_some_and(|state| !state.permissions().contains(Permissions::ANNOTABLE));
    if is_locked {
        return Err(AnnotateError::Forbidden {
            reason: "its owner protected it and allows no comments; ask for a copy without that protection",
        });
    }
    if original.is_encrypted() {
        return Err(AnnotateError::Forbidden {
            reason: "it is protected by a password; save a copy without it",
        });
    }
    if is_signed(&original) {
        return Err(AnnotateError::Forbidden {
            reason: "it carries a digital signature, which any change would break; print it to a new PDF",
        });
    }
    let pages = places(bytes)?;
    let page_ids = original.get_pages();
    let mut update = IncrementalDocument::create_from(bytes.to_vec(), original);
    let mut by_page: BTreeMap<u32, Vec<ObjectId>> = BTreeMap::new();
    for (marked, note) in placed(packet, &pages) {
        for (page, lines) in marked {
            let id = add(&mut update, &note, &lines);
            by_page.entry(page).or_default().push(id);
        }
    }
    for (number, page_id) in page_ids {
        let old = old_annotations(update.get_prev_documents(), page_id);
        let kept: Vec<Object> = old
            .iter()
            .filter(|annotation| !is_own(update.get_prev_documents(), annotation))
            .cloned()
            .collect();
        let new = by_page.remove(&number).unwrap_or_default();
        if new.is_empty() && kept.len() == old.len() {
            continue;
        }
        update.opt_clone_object_to_new_document(page_id)?;
        let all: Vec<Object> = kept
            .into_iter()
            .chain(new.into_iter().map(Object::Reference))
            .collect();
        update
            .new_document
            .get_dictionary_mut(page_id)?
            .set("Annots", all);
    }
    let mut out = Vec::new();
    update.save_to(&mut out).map_err(lopdf::Error::IO)?;
    Ok(out)
}

/// Each note with the lines it marks on each page; what is found on no page is told in the summary.
fn placed(packet: &Packet, pages: &[Vec<PlacedChar>]) -> Vec<(Vec<(u32, Lines)>, Note)> {
    let narrative = &packet.narrative;
    let first = narrative
        .blocks
        .first()
        .map_or(Span::new(0, 0), |block| block.span);
    let mut found = Vec::new();
    let mut lost = Vec::new();
    for note in notes(&packet.report, first) {
        let lines = lines_of(narrative, note.span, pages);
        if lines.is_empty() && note.kind != Kind::Summary {
            lost.push(format!("Not found on the page: {}.", note.lines.join("; ")));
        } else {
            found.push((lines, note));
        }
    }
    if let Some((lines, note)) = found.first_mut() {
        note.lines.append(&mut lost);
        if lines.is_empty() {
            lines.push((1, vec![[36.0, 36.0, 56.0, 56.0]]));
        }
    }
    found
}

/// The lines that words fill, by page; words may run on to the next page.
fn lines_of(narrative: &Narrative, span: Span, pages: &[Vec<PlacedChar>]) -> Vec<(u32, Lines)> {
    let page = narrative
        .blocks
        .iter()
        .rfind(|block| block.span.start <= span.start)
        .and_then(|block| block.page)
        .unwrap_or(1);
    // A passage can begin on the page after the one on which its block begins.
    let numbers = page..=page.saturating_add(2);
    let chars: Vec<(u32, &PlacedChar)> = numbers
        .filter_map(|number| {
            let idx = usize::try_from(number).ok()?.checked_sub(1)?;
            Some(pages.get(idx)?.iter().map(move |char| (number, char)))
        })
        .flatten()
        .collect();
    let mut stream = Vec::with_capacity(chars.len());
    let mut origin = Vec::with_capacity(chars.len());
    for (idx, (_, placed)) in chars.iter().enumerate() {
        if align::is_letter(placed.c) {
            align::expand(placed.c, |c| {
                stream.push(c);
                origin.push(idx);
            });
        }
    }
    let mut lines: Vec<(u32, Lines)> = Vec::new();
    for letter in align::in_stream(span.slice(&narrative.text), &stream).unwrap_or_default() {
        let (number, placed) = chars[origin[letter]];
        if lines.last().is_none_or(|(last, _)| *last != number) {
            lines.push((number, Vec::new()));
        }
        let Some((_, boxes)) = lines.last_mut() else {
            continue;
        };
        match boxes.last_mut() {
            Some(line) if is_same_line(line, &placed.area) => {
                *line = [
                    line[0].min(placed.area[0]),
                    line[1].min(placed.area[1]),
                    line[2].max(placed.area[2]),
                    line[3].max(placed.area[3]),
                ];
            }
            _ => boxes.push(placed.area),
        }
    }
    lines
}

/// Whether a character goes on in the line of a box.
fn is_same_line(line: &[f32; 4], char: &[f32; 4]) -> bool {
    let middle = (char[1] + char[3]) / 2.0;
    let height = line[3] - line[1];
    line[1] < middle
        && middle < line[3]
        && char[0] > line[0] - 1.0
        && char[0] < line[2] + 4.0 * height
}

/// Adds the annotation of a note: a highlight, or a sign in the margin for what is about a whole section.
fn add(update: &mut IncrementalDocument, note: &Note, lines: &Lines) -> ObjectId {
    let contents = note.lines.join("\n");
    let mut annotation = dictionary! {
        "Type" => "Annot",
        "T" => text_string(AUTHOR),
        "Contents" => text_string(&contents),
        "F" => 4,
    };
    let color = color(note.kind);
    annotation.set("C", numbers(&color));
    if matches!(note.kind, Kind::Summary | Kind::Gap) {
        let line = lines.first().copied().unwrap_or_default();
        let x = (line[0] - 24.0).max(4.0);
        annotation.set("Subtype", "Text");
        annotation.set("Name", "Comment");
        annotation.set("Rect", numbers(&[x, line[3] - 20.0, x + 20.0, line[3]]));
        return update.new_document.add_object(annotation);
    }
    let area = lines.iter().fold(lines[0], |area, line| {
        [
            area[0].min(line[0]),
            area[1].min(line[1]),
            area[2].max(line[2]),
            area[3].max(line[3]),
        ]
    });
    // Upper left, upper right, lower left, lower right: the order that programs read, whatever the standard says.
    let quads: Vec<f32> = lines
        .iter()
        .flat_map(|[x0, y0, x1, y1]| [*x0, *y1, *x1, *y1, *x0, *y0, *x1, *y0])
        .collect();
    annotation.set("Subtype", "Highlight");
    annotation.set("Rect", numbers(&area));
    annotation.set("QuadPoints", numbers(&quads));
    let look = update
        .new_document
        .add_object(appearance(&area, lines, &color));
    annotation.set("AP", dictionary! { "N" => look });
    update.new_document.add_object(annotation)
}

/// What a highlight looks like, for programs that do not draw one by themselves.
fn appearance(area: &[f32; 4], lines: &Lines, color: &[f32; 3]) -> Stream {
    let mut content = format!("/G gs {} {} {} rg\n", color[0], color[1], color[2]);
    for [x0, y0, x1, y1] in lines {
        content.push_str(&format!("{x0} {y0} {} {} re f\n", x1 - x0, y1 - y0));
    }
    let state = dictionary! { "Type" => "ExtGState", "BM" => "Multiply" };
    let resources = dictionary! { "ExtGState" => dictionary! { "G" => state } };
    Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => numbers(area),
            "Resources" => resources,
            "Group" => dictionary! { "S" => "Transparency" },
        },
        content.into_bytes(),
    )
}

fn color(kind: Kind) -> [f32; 3] {
    match kind {
        Kind::Summary | Kind::Gap => [0.80, 0.85, 0.90],
        Kind::Demonstrated => [0.78, 0.90, 0.85],
        Kind::Asserted => [0.98, 0.89, 0.66],
        Kind::Finding => [0.97, 0.78, 0.72],
    }
}

fn numbers(values: &[f32]) -> Vec<Object> {
    values.iter().map(|value| Object::Real(*value)).collect()
}

/// A text string as PDF has it: UTF-16 with a byte order mark.
fn text_string(text: &str) -> Object {
    Object::String(utf16(text), StringFormat::Hexadecimal)
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFE, 0xFF]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect()
}

/// Whether the file has a signature that a change would break.
fn is_signed(document: &Document) -> bool {
    let is_signature = |object: &Object| {
        object.as_dict().is_ok_and(|dictionary: &Dictionary| {
            dictionary.has(b"ByteRange") && dictionary.has(b"Contents")
        })
    };
    document.objects.values().any(is_signature)
}

/// The annotations that a page has.
fn old_annotations(document: &Document, page: ObjectId) -> Vec<Object> {
    let annotations = document
        .get_dictionary(page)
        .and_then(|page| page.get(b"Annots"))
        .and_then(|annotations| document.dereference(annotations));
    match annotations {
        Ok((_, Object::Array(annotations))) => annotations.clone(),
        _ => Vec::new(),
    }
}

/// Whether an annotation was put in by an earlier run.
fn is_own(document: &Document, annotation: &Object) -> bool {
    document
        .dereference(annotation)
        .and_then(|(_, annotation)| annotation.as_dict())
        .and_then(|annotation| annotation.get(b"T"))
        .and_then(Object::as_str)
        .is_ok_and(|author| author == utf16(AUTHOR))
}
