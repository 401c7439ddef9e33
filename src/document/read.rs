//! Bytes, files and streams to documents; the only module here that touches the file system.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::document::sniff::{sniff, zip_kind};
use crate::document::{Document, Format, decode, docx, html, markdown, odt, pdf, text};
use crate::error::{DocumentError, Error, Result};

/// Largest file that is read, in bytes: a scanned packet of a hundred pages fits.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Reads a document from bytes, told apart by content.
///
/// `extension` (without a dot) only decides between plain text and Markdown, which look alike. A fault that
/// makes a parser panic is an error like any other.
///
/// # Errors
/// What is wrong with the content.
pub fn parse(bytes: &[u8], extension: Option<&str>) -> Result<Document, DocumentError> {
    let format = sniff(bytes, extension)?;
    std::panic::catch_unwind(|| parse_as(bytes, format)).unwrap_or_else(|_| {
        Err(DocumentError::Malformed {
            format: format.name(),
            detail: "its reader stopped at a fault that it could not name".to_owned(),
        })
    })
}

fn parse_as(bytes: &[u8], format: Format) -> Result<Document, DocumentError> {
    match format {
        Format::Docx | Format::Odt => {
            if zip_kind(bytes)? == Format::Odt {
                odt::parse(bytes)
            } else {
                docx::parse(bytes).map(without_stale_pages)
            }
        }
        Format::Pdf => pdf::parse(bytes),
        Format::Html => decoded(bytes, html::parse),
        Format::Markdown => decoded(bytes, markdown::parse),
        Format::Text => decoded(bytes, text::parse),
    }
}

/// Drops a number of pages that cannot be true: programs that write docx without laying it out leave the
/// number of their template in its properties.
fn without_stale_pages(mut document: Document) -> Document {
    // The densest single-spaced page of small print holds fewer words than this.
    const MAX_WORDS_A_PAGE: usize = 1_200;
    let n_words = document.text.split_whitespace().count();
    document.n_pages = document
        .n_pages
        .filter(|&n| usize::try_from(n).is_ok_and(|n| n * MAX_WORDS_A_PAGE >= n_words));
    document
}

fn decoded(
    bytes: &[u8],
    parse: fn(&str) -> Result<Document, DocumentError>,
) -> Result<Document, DocumentError> {
    let (text, warning) = decode::decode(bytes)?;
    let mut document = parse(&text)?;
    document.warnings.extend(warning);
    Ok(document)
}

/// The bytes of a regular file.
///
/// # Errors
/// [`Error::Read`] if there is no such file; [`Error::Document`] if it is a folder, a device or too large.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let fault = |source| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let document_fault = |fault| Error::Document {
        path: path.to_path_buf(),
        fault,
    };
    let metadata = std::fs::metadata(path).map_err(fault)?;
    if !metadata.is_file() {
        // A pipe or a device could keep a reader waiting for ever.
        let seen = if metadata.is_dir() {
            "a folder"
        } else {
            "no regular file"
        };
        return Err(document_fault(DocumentError::UnknownFormat {
            seen: seen.to_owned(),
        }));
    }
    let file = File::open(path).map_err(fault)?;
    capped(file).map_err(fault)?.map_err(document_fault)
}

/// All bytes of a stream, such as standard input.
///
/// # Errors
/// [`Error::Read`] under the name given if the stream breaks; [`Error::Document`] if it is too long.
pub fn read_stream(stream: impl Read, name: &Path) -> Result<Vec<u8>> {
    capped(stream)
        .map_err(|source| Error::Read {
            path: name.to_path_buf(),
            source,
        })?
        .map_err(|fault| Error::Document {
            path: name.to_path_buf(),
            fault,
        })
}

fn capped(stream: impl Read) -> std::io::Result<Result<Vec<u8>, DocumentError>> {
    let mut bytes = Vec::new();
    stream.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Ok(Err(DocumentError::TooLarge {
            what: "the file".to_owned(),
            limit: format!("{} MiB", MAX_FILE_BYTES >> 20),
        }));
    }
    Ok(Ok(bytes))
}
