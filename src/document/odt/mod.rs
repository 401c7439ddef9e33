//! Open Document text (LibreOffice): the words of an `.odt` as a reader of the page sees them.
//!
//! Footnotes stand after the paragraph that refers to them, text boxes after the one that anchors them.
//! Tracked deletions, comments, headers and footers are left out and counted; hidden text is listed.

mod objects;
mod story;
mod styles;
#[cfg(test)]
mod tests;

use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::document::odt::story::Story;
use crate::document::odt::styles::Styles;
use crate::document::package::Package;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Name of the format in messages.
const FORMAT: &str = "odt";
/// The part with the text; Open Document fixes its name.
const CONTENT: &str = "content.xml";

/// Reads an `.odt` file.
///
/// Pages are counted only if the file has marks of the last layout.
///
/// # Errors
/// [`DocumentError`] for bytes that are no package, cut off, encrypted, damaged, hostile, or without text.
pub fn parse(bytes: &[u8]) -> Result<Document, DocumentError> {
    let mut package = Package::open(bytes, FORMAT)?;
    check_kind(&mut package)?;
    check_encryption(&mut package)?;
    let mut styles = Styles::default();
    if let Some(text) = package.read_xml("styles.xml")? {
        styles.read(&text, "styles.xml", "styles")?;
    }
    let Some(content) = package.read_xml(CONTENT)? else {
        return Err(DocumentError::Malformed {
            format: FORMAT,
            detail: format!("the part {CONTENT} is missing"),
        });
    };
    styles.read(&content, CONTENT, "automatic-styles")?;
    styles.inherit();

    let mut builder = DocumentBuilder::new(Format::Odt);
    let mut story = Story::new(&styles, content.contains("soft-page-break"));
    let mut reader = XmlReader::new(&content, FORMAT, CONTENT);
    // Depth of `office:text`; what stands outside it are styles and scripts.
    let mut depth = 0_usize;
    let mut body = None;
    let mut has_body = false;
    while let Some(token) = reader.token()? {
        match &token {
            Token::Start(element) => {
                depth += 1;
                if body.is_none() && element.is(Space::OdfOffice, "text") {
                    (body, has_body) = (Some(depth), true);
                }
            }
            Token::End => {
                if body == Some(depth) {
                    story.step(&reader, token)?;
                    body = None;
                    depth -= 1;
                    continue;
                }
                depth = depth.saturating_sub(1);
            }
            Token::Text(_) => {}
        }
        if body.is_some() {
            story.step(&reader, token)?;
            for item in story.take_items() {
                item.emit(&mut builder)?;
            }
        }
    }
    if !has_body {
        return Err(reader.malformed("holds no text document"));
    }
    story.tally.n_header_words = styles.n_header_words;
    story.tally.n_footer_words = styles.n_footer_words;
    for warning in story.tally.warnings() {
        builder.warn(warning);
    }
    if let Some(n_pages) = story.page().max(stored_pages(&mut package)?) {
        builder.set_pages(n_pages);
    }
    if builder.n_blocks() == 0 && story.tally.n_pictures > 0 {
        return Err(DocumentError::NoText {
            pages: "any page, only pictures".to_owned(),
        });
    }
    builder.finish()
}

/// Refuses packages of other programs by what they say they are.
fn check_kind(package: &mut Package<'_>) -> Result<(), DocumentError> {
    let kind = package.read("mimetype")?.unwrap_or_default();
    let kind = String::from_utf8_lossy(&kind[..kind.len().min(200)])
        .trim()
        .to_owned();
    let Some(kind) = kind.strip_prefix("application/vnd.oasis.opendocument.") else {
        return Ok(());
    };
    let seen = match kind.split('-').next().unwrap_or_default() {
        "spreadsheet" => "an Open Document spreadsheet",
        "presentation" => "an Open Document presentation",
        "graphics" => "an Open Document drawing",
        "formula" => "an Open Document formula",
        _ => return Ok(()),
    };
    Err(DocumentError::UnknownFormat {
        seen: seen.to_owned(),
    })
}

/// Encrypted parts are plain zip entries; only the manifest tells.
fn check_encryption(package: &mut Package<'_>) -> Result<(), DocumentError> {
    const MANIFEST: &str = "META-INF/manifest.xml";
    let needs_password = Err(DocumentError::NeedsPassword { format: FORMAT });
    if package.contains("encrypted-package") {
        return needs_password;
    }
    let Some(text) = package.read_xml(MANIFEST)? else {
        return Ok(());
    };
    let mut reader = XmlReader::new(&text, FORMAT, MANIFEST);
    while let Some(token) = reader.token()? {
        if let Token::Start(element) = token
            && element.is(Space::OdfManifest, "encryption-data")
        {
            return needs_password;
        }
    }
    Ok(())
}

/// The number of pages that the last program stored.
fn stored_pages(package: &mut Package<'_>) -> Result<Option<u32>, DocumentError> {
    const META: &str = "meta.xml";
    let Some(text) = package.read_xml(META)? else {
        return Ok(None);
    };
    let mut reader = XmlReader::new(&text, FORMAT, META);
    while let Some(token) = reader.token()? {
        if let Token::Start(element) = token
            && element.is(Space::OdfMeta, "document-statistic")
        {
            let n_pages = reader.attribute(&element, Space::OdfMeta, "page-count")?;
            return Ok(n_pages.and_then(|n| n.parse().ok()).filter(|&n| n > 0));
        }
    }
    Ok(None)
}
