//! Office Open XML text (Word): the words of a `.docx` as a reader of the page sees them.
//!
//! Parts and names are found the way the standard says, so files of any producer are read: other
//! prefixes, other part names, strict and transitional namespaces. Reading is one pass over each
//! part, with a stack of open elements instead of recursion.
//!
//! | In | Out |
//! |---|---|
//! | paragraphs, lists, table cells, text boxes, form controls | field codes, prompts of empty controls |
//! | footnotes and endnotes, after the paragraph that refers to them | comments, headers, footers (counted) |
//! | tracked insertions, moved-to text | tracked deletions, moved-from text (counted) |
//! | results of fields, link texts | hidden, white and tiny text (listed) |

mod aside;
mod fields;
mod format;
mod frame;
mod properties;
mod role;
mod setup;
mod shape;
mod story;
mod styles;
mod symbols;
#[cfg(test)]
mod tests;

use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::document::PageSetup;
use crate::document::docx::frame::Pages;
use crate::document::docx::story::Context;
use crate::document::docx::story::Notes;
use crate::document::docx::story::Story;
use crate::document::docx::styles::Lists;
use crate::document::docx::styles::Styles;
use crate::document::package::Package;
use crate::document::package::Relationship;
use crate::document::tally::Tally;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Name of the format in messages.
const FORMAT: &str = "docx";

/// Reads a `.docx` file.
///
/// Headings are paragraphs with an outline level, by themselves or through their styles; a heading in
/// a table cell stays a heading. Pages are counted only if Word left marks of its last layout.
///
/// # Errors
/// [`DocumentError`] for bytes that are no package, cut off, encrypted, damaged, hostile, or without text.
pub fn parse(bytes: &[u8]) -> Result<Document, DocumentError> {
    let mut package = Package::open(bytes, FORMAT)?;
    let (main, kind) = package.main_part()?;
    check_kind(kind.as_deref())?;
    let relationships = package.relationships(&main)?;
    let parts = |kind: &'static str| {
        relationships
            .iter()
            .filter(move |r| r.kind == kind && !r.external)
            .map(|r| r.target.clone())
    };

    let mut context = Context::default();
    for name in parts("styles").take(1) {
        if let Some(text) = package.read_xml(&name)? {
            context.styles = Styles::read(&text, &name)?;
        }
    }
    for name in parts("numbering").take(1) {
        if let Some(text) = package.read_xml(&name)? {
            context.lists = Lists::read(&text, &name)?;
        }
    }
    context.targets = relationships
        .iter()
        .map(|r| (r.id.clone(), r.target.clone()))
        .collect();

    let mut notes_tally = Tally::default();
    let mut notes = |package: &mut Package<'_>, kind| -> Result<Notes, DocumentError> {
        match parts(kind).next() {
            Some(name) => read_notes(package, &name, &context, &mut notes_tally),
            None => Ok(Notes::new()),
        }
    };
    let footnotes = notes(&mut package, "footnotes")?;
    let endnotes = notes(&mut package, "endnotes")?;

    let mut builder = DocumentBuilder::new(Format::Docx);
    let (mut tally, last_page, setup) = read_body(
        &mut package,
        &main,
        &context,
        footnotes,
        endnotes,
        &mut builder,
    )?;
    tally.add(notes_tally);
    tally.n_comment_words = words_of(&mut package, &relationships, "comments")?;
    tally.n_header_words = words_of(&mut package, &relationships, "header")?;
    tally.n_footer_words = words_of(&mut package, &relationships, "footer")?;
    tally.n_drawn_words = words_of(&mut package, &relationships, "diagramData")?
        + words_of(&mut package, &relationships, "chart")?;
    for warning in tally.warnings() {
        builder.warn(warning);
    }
    builder.set_setup(setup);
    if let Some(n_pages) = last_page.max(stored_pages(&mut package)?) {
        builder.set_pages(n_pages);
    }
    if builder.n_blocks() == 0 && tally.n_pictures > 0 {
        return Err(DocumentError::NoText {
            pages: "any page, only pictures".to_owned(),
        });
    }
    builder.finish()
}

/// Refuses packages of other programs by what they say they are.
fn check_kind(kind: Option<&str>) -> Result<(), DocumentError> {
    let seen = match kind {
        Some(kind) if kind.contains("spreadsheetml") || kind.contains("ms-excel") => {
            "an Excel workbook"
        }
        Some(kind) if kind.contains("presentationml") || kind.contains("ms-powerpoint") => {
            "a PowerPoint presentation"
        }
        Some(kind) if kind.contains("visio") => "a Visio drawing",
        _ => return Ok(()),
    };
    Err(DocumentError::UnknownFormat {
        seen: seen.to_owned(),
    })
}

/// Reads the part of footnotes or endnotes.
fn read_notes(
    package: &mut Package<'_>,
    part: &str,
    context: &Context,
    tally: &mut Tally,
) -> Result<Notes, DocumentError> {
    let Some(text) = package.read_xml(part)? else {
        return Ok(Notes::new());
    };
    let mut reader = XmlReader::new(&text, FORMAT, part);
    let mut story = Story::new(context, Pages::new(false));
    story.tally = std::mem::take(tally);
    while let Some(token) = reader.token()? {
        story.step(&reader, token)?;
    }
    *tally = story.tally;
    Ok(story.notes)
}

/// Reads the main part; returns what has to be told and the last page, if pages can be counted.
fn read_body(
    package: &mut Package<'_>,
    part: &str,
    context: &Context,
    footnotes: Notes,
    endnotes: Notes,
    builder: &mut DocumentBuilder,
) -> Result<(Tally, Option<u32>, PageSetup), DocumentError> {
    let text = package.read_xml(part)?.unwrap_or_default();
    let mut reader = XmlReader::new(&text, FORMAT, part);
    let mut story = Story::new(context, Pages::new(text.contains("lastRenderedPageBreak")));
    story.footnotes = footnotes;
    story.endnotes = endnotes;
    let mut is_document = false;
    while let Some(token) = reader.token()? {
        if let (false, Token::Start(element)) = (is_document, &token) {
            if !element.is(Space::Word, "document") {
                return Err(reader.malformed("is no Word document"));
            }
            is_document = true;
        }
        story.step(&reader, token)?;
        for item in story.take_items() {
            item.emit(builder)?;
        }
    }
    for item in story.finish() {
        item.emit(builder)?;
    }
    let setup = PageSetup {
        margin_inches: setup::narrowest_margin(&text, part)?,
        font_points: setup::usual_size(&story.sizes),
    };
    Ok((story.tally, story.pages.page(), setup))
}

/// Words in all parts of a kind, each part once.
fn words_of(
    package: &mut Package<'_>,
    relationships: &[Relationship],
    kind: &str,
) -> Result<usize, DocumentError> {
    let mut names: Vec<&str> = relationships
        .iter()
        .filter(|r| r.kind == kind && !r.external)
        .map(|r| r.target.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut n_words = 0;
    for name in names {
        if let Some(text) = package.read_xml(name)? {
            n_words += aside::count_words(&text, name)?;
        }
    }
    Ok(n_words)
}

/// The number of pages that the last program stored.
fn stored_pages(package: &mut Package<'_>) -> Result<Option<u32>, DocumentError> {
    let properties = package.relationships("")?.into_iter().find(|r| {
        matches!(
            r.kind.as_str(),
            "extended-properties" | "extendedProperties"
        ) && !r.external
    });
    let Some(name) = properties.map(|r| r.target) else {
        return Ok(None);
    };
    let Some(text) = package.read_xml(&name)? else {
        return Ok(None);
    };
    let mut reader = XmlReader::new(&text, FORMAT, &name);
    let mut in_pages = false;
    while let Some(token) = reader.token()? {
        match token {
            Token::Start(element) => in_pages = element.is(Space::ExtendedProperties, "Pages"),
            Token::Text(text) if in_pages => {
                return Ok(text.trim().parse().ok().filter(|&n| n > 0));
            }
            Token::Text(_) => {}
            Token::End => in_pages = false,
        }
    }
    Ok(None)
}
