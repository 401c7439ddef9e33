//! What kind of file the bytes are, whatever the name says.
//!
//! The order of the tests matters: marks at the very beginning first, then the PDF mark, which may
//! stand behind junk, then what can be told only by reading the bytes as text.

use std::io::Cursor;

use zip::ZipArchive;

use crate::document::Format;
use crate::document::decode::SAMPLE_BYTES;
use crate::document::decode::decode;
use crate::document::decode::is_binary;
use crate::error::DocumentError;

/// Readers accept a PDF whose mark stands this far into the file (ISO 32000-1, annex H.3.4.1).
const PDF_MARK_WITHIN: usize = 1024;

/// How much of a text is searched for the tags of an HTML page, in bytes.
const HTML_MARK_WITHIN: usize = 4096;

/// The format of a file by its content.
///
/// `name_extension` (without the dot, any case) decides only between plain text and Markdown, and tells
/// plain text in a file named `.docx` from a text file: such a file is damaged, not a narrative.
///
/// # Errors
/// [`DocumentError::Empty`] for no content; [`DocumentError::UnknownFormat`], naming what was seen, for
/// kinds that are not read; [`DocumentError::NeedsPassword`] for an encrypted Word file;
/// [`DocumentError::Truncated`] for a zip file without its end.
pub fn sniff(bytes: &[u8], name_extension: Option<&str>) -> Result<Format, DocumentError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DocumentError::Empty);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Err(compound_file(bytes));
    }
    if bytes.starts_with(b"{\\rtf") {
        return Err(unknown("an RTF document (save it as docx)"));
    }
    if let Some(seen) = known_mark(bytes) {
        return Err(unknown(seen));
    }
    let head = &bytes[..bytes.len().min(PDF_MARK_WITHIN)];
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    text_kind(bytes, name_extension)
}

fn unknown(seen: impl Into<String>) -> DocumentError {
    DocumentError::UnknownFormat { seen: seen.into() }
}

/// Which office format a zip file holds, by the names in its central directory; nothing is unpacked.
///
/// # Errors
/// [`DocumentError::UnknownFormat`] if it is another kind of zip file; [`DocumentError::Truncated`] if the
/// directory, which stands at the end, is missing.
pub fn zip_kind(bytes: &[u8]) -> Result<Format, DocumentError> {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Err(DocumentError::Truncated {
            format: first_entry_format(bytes),
            detail: "the directory at the end of the zip file cannot be read".to_owned(),
        });
    };
    let has = |name: &[u8]| archive.file_names_raw().any(|entry| entry == name);
    let has_folder = |name: &[u8]| {
        archive
            .file_names_raw()
            .any(|entry| entry.starts_with(name))
    };
    if has(b"[Content_Types].xml") {
        return if has(b"word/document.xml") {
            Ok(Format::Docx)
        } else if has_folder(b"xl/") {
            Err(unknown("an Excel workbook (xlsx)"))
        } else if has_folder(b"ppt/") {
            Err(unknown("a PowerPoint presentation (pptx)"))
        } else if has_folder(b"visio/") {
            Err(unknown("a Visio drawing (vsdx)"))
        } else {
            // The main part of a Word file may have any name.
            Ok(Format::Docx)
        };
    }
    if has(b"mimetype") {
        return open_document(bytes);
    }
    if has(b"content.xml") && has(b"META-INF/manifest.xml") {
        return Ok(Format::Odt);
    }
    if archive
        .file_names_raw()
        .any(|entry| entry.ends_with(b".iwa"))
    {
        return Err(unknown("an Apple iWork document (export it as docx)"));
    }
    Err(unknown("a zip archive (unpack it first)"))
}

/// Open Document and EPUB say what they are in a first, uncompressed entry `mimetype`.
fn open_document(bytes: &[u8]) -> Result<Format, DocumentError> {
    // 30 bytes of header, then the name, then the content (Open Document 1.2, part 3, section 3.3). Some
    // programs put the entry elsewhere; then the name of the entry is all there is to go by.
    let content = bytes.get(38..).unwrap_or_default();
    let Some(kind) = content.strip_prefix(b"application/") else {
        return Ok(Format::Odt);
    };
    if kind.starts_with(b"vnd.oasis.opendocument.spreadsheet") {
        Err(unknown("an Open Document spreadsheet (ods)"))
    } else if kind.starts_with(b"vnd.oasis.opendocument.presentation") {
        Err(unknown("an Open Document presentation (odp)"))
    } else if kind.starts_with(b"vnd.oasis.opendocument.graphics") {
        Err(unknown("an Open Document drawing (odg)"))
    } else if kind.starts_with(b"epub") {
        Err(unknown("an EPUB book"))
    } else {
        Ok(Format::Odt)
    }
}

/// The name of a broken zip file's format, by its first entry.
fn first_entry_format(bytes: &[u8]) -> &'static str {
    let name = bytes.get(30..).unwrap_or_default();
    if name.starts_with(b"[Content_Types].xml")
        || name.starts_with(b"word/")
        || name.starts_with(b"_rels/")
    {
        "docx"
    } else if name.starts_with(b"mimetype") {
        "odt"
    } else {
        "zip file"
    }
}

/// Old Office files and encrypted new ones are compound files, whose streams have UTF-16 names.
fn compound_file(bytes: &[u8]) -> DocumentError {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    if has("EncryptedPackage") {
        DocumentError::NeedsPassword { format: "docx" }
    } else if has("WordDocument") {
        unknown("an old Word document (.doc; save it as docx)")
    } else if has("Workbook") {
        unknown("an old Excel workbook (.xls)")
    } else if has("PowerPoint Document") {
        unknown("an old PowerPoint presentation (.ppt)")
    } else {
        unknown("an old Office or Outlook file (save it as docx)")
    }
}

/// What files of other kinds begin with.
fn known_mark(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 17] = [
        (b"\xFF\xD8\xFF", "a JPEG image"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"GIF87a", "a GIF image"),
        (b"GIF89a", "a GIF image"),
        (b"II*\0", "a TIFF image"),
        (b"MM\0*", "a TIFF image"),
        (b"\x1F\x8B", "a gzip archive (unpack it first)"),
        (b"BZh", "a bzip2 archive (unpack it first)"),
        (b"\xFD7zXZ\0", "an xz archive (unpack it first)"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive (unpack it first)"),
        (b"Rar!\x1A\x07", "a RAR archive (unpack it first)"),
        (b"\x28\xB5\x2F\xFD", "a Zstandard archive (unpack it first)"),
        (b"\xFFWPC", "a WordPerfect document (save it as docx)"),
        (b"%!PS", "a PostScript file (save it as PDF)"),
        (b"\x7FELF", "a program"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"MZ\x90\0", "a program"),
    ];
    if let Some((_, seen)) = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Some(seen);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some("a WebP image");
    }
    if bytes.starts_with(&[0]) && bytes.get(4..8) == Some(b"ftyp") {
        return Some("a HEIC image or a video");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("a tar archive (unpack it first)");
    }
    (bytes.starts_with(b"BM") && is_binary(bytes)).then_some("a BMP image")
}

/// Kinds that are told apart by their words.
fn text_kind(bytes: &[u8], name_extension: Option<&str>) -> Result<Format, DocumentError> {
    let (text, _) = decode(&bytes[..bytes.len().min(SAMPLE_BYTES)])?;
    let text = text.trim_start();
    if text.is_empty() && bytes.len() <= SAMPLE_BYTES {
        return Err(DocumentError::Empty);
    }
    let extension = name_extension.unwrap_or_default().to_ascii_lowercase();
    let is_markdown_name = matches!(
        extension.as_str(),
        "md" | "markdown" | "mdown" | "mkd" | "qmd"
    );
    if is_html(text, is_markdown_name) {
        return Ok(Format::Html);
    }
    if text.starts_with("<?xml") {
        return Err(unknown("an XML file"));
    }
    match extension.as_str() {
        _ if is_markdown_name => Ok(Format::Markdown),
        "docx" | "docm" | "dotx" | "doc" | "odt" | "pdf" | "rtf" | "pages" | "wpd" | "xlsx"
        | "pptx" | "zip" | "png" | "jpg" | "jpeg" | "tif" | "tiff" => Err(unknown(format!(
            "plain text in a file named .{extension} (rename it to .txt if that is what it is)"
        ))),
        // People paste chat answers into .txt files; only marks of two kinds outweigh the name.
        "txt" | "text" => Ok(if n_markdown_marks(text).1 >= 2 {
            Format::Markdown
        } else {
            Format::Text
        }),
        _ => {
            let (n_headings, n_kinds) = n_markdown_marks(text);
            Ok(if n_headings >= 2 || n_kinds >= 2 {
                Format::Markdown
            } else {
                Format::Text
            })
        }
    }
}

/// Whether the text begins like a page; Markdown may begin with a tag and hold some, but no whole page.
fn is_html(text: &str, is_markdown_name: bool) -> bool {
    const PAGE: [&str; 4] = ["<html", "<!doctype html", "<body", "<head>"];
    const FIRST: [&str; 14] = [
        "<p", "<div", "<h1", "<h2", "<h3", "<span", "<table", "<ul", "<ol", "<meta", "<title",
        "<style", "<article", "<section",
    ];
    let mut end = text.len().min(HTML_MARK_WITHIN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].to_ascii_lowercase();
    if PAGE.iter().any(|tag| head.contains(tag)) {
        return true;
    }
    let begins = |tag: &&str| {
        head.strip_prefix(*tag)
            .is_some_and(|rest| rest.starts_with(['>', ' ', '\n', '\r', '\t']))
    };
    !is_markdown_name && FIRST.iter().any(begins)
}

/// The number of ATX headings, and of kinds of Markdown marks.
fn n_markdown_marks(text: &str) -> (usize, usize) {
    let mut n_headings = 0;
    let mut has_strong = false;
    let mut has_table = false;
    let mut has_link = false;
    let mut has_fence = false;
    for line in text.lines() {
        let line = line.trim();
        let n_hashes = line.bytes().take_while(|&byte| byte == b'#').count();
        n_headings += usize::from((1..=6).contains(&n_hashes) && line[n_hashes..].starts_with(' '));
        has_strong |= is_paired(line, "**") || is_paired(line, "__");
        has_table |= line.starts_with('|') && line.contains("---");
        has_link |= line.contains("](http");
        has_fence |= line.starts_with("```");
    }
    let kinds = [
        n_headings > 0,
        has_strong,
        has_table,
        has_link,
        has_fence,
        has_front_matter(text),
    ];
    (n_headings, kinds.into_iter().filter(|&seen| seen).count())
}

/// Whether the line has words between two marks, as in `**Challenge.**`.
fn is_paired(line: &str, mark: &str) -> bool {
    let mut parts = line.split(mark).skip(1);
    let inner = parts.next().unwrap_or_default();
    parts.next().is_some() && inner.starts_with(char::is_alphanumeric)
}

/// Whether the text begins with `---`, a line `key: value`, and ends that part with `---`.
fn has_front_matter(text: &str) -> bool {
    let mut lines = text.lines();
    lines.next().map(str::trim_end) == Some("---")
        && lines.next().is_some_and(|line| line.contains(':'))
        && lines.take(50).any(|line| line.trim_end() == "---")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], extension: Option<&str>, format: Format) {
        assert_eq!(sniff(bytes, extension), Ok(format));
    }

    #[track_caller]
    fn check_error(bytes: &[u8], extension: Option<&str>, message: &str) {
        let error = sniff(bytes, extension).unwrap_err().to_string();
        assert!(error.contains(message), "{error:?} lacks {message:?}");
    }

    /// A zip file with empty, stored entries; `mimetype` holds `content`.
    fn zip_of(names: &[&str], content: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for name in names {
            writer.start_file(*name, options).unwrap();
            if *name == "mimetype" {
                writer.write_all(content).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn pdf_behind_junk() {
        check(b"%PDF-1.7\n", None, Format::Pdf);
        check(b"HTTP/1.1 200 OK\n\n%PDF-1.4\n", Some("docx"), Format::Pdf);
    }

    #[test]
    fn zip_kinds() {
        let docx = zip_of(&["[Content_Types].xml", "word/document.xml"], b"");
        check(&docx, Some("txt"), Format::Docx);
        check_error(&docx[..docx.len() - 30], None, "the docx is cut off");
        check_error(
            &zip_of(&["[Content_Types].xml", "xl/workbook.xml"], b""),
            None,
            "an Excel workbook",
        );
        check_error(
            &zip_of(&["[Content_Types].xml", "ppt/p.xml"], b""),
            None,
            "a PowerPoint",
        );
        let odt = zip_of(
            &["mimetype", "content.xml"],
            b"application/vnd.oasis.opendocument.text",
        );
        check(&odt, Some("docx"), Format::Odt);
        check_error(
            &zip_of(&["mimetype"], b"application/epub+zip"),
            None,
            "an EPUB book",
        );
        check_error(&zip_of(&["a.txt"], b""), None, "a zip archive");
    }

    #[test]
    fn compound_files() {
        let file = |name: &str| {
            let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        check_error(&file("EncryptedPackage"), None, "protected by a password");
        check_error(&file("WordDocument"), None, "save it as docx");
    }

    #[test]
    fn other_kinds_are_named() {
        check_error(
            b"{\\rtf1\\ansi text}",
            Some("docx"),
            "an RTF document (save it as docx)",
        );
        check_error(b"\xFF\xD8\xFF\xE0\0\x10JFIF", None, "a JPEG image");
        check_error(b"\x1F\x8B\x08\0", None, "a gzip archive");
        check_error(b"<?xml version=\"1.0\"?><a/>", None, "an XML file");
        check_error(&[7; 64], None, "binary data");
    }

    #[test]
    fn a_name_that_promises_more_than_text_is_an_error() {
        check_error(
            b"hello this is text, not a docx\n",
            Some("docx"),
            "plain text in a file named .docx",
        );
        check_error(b"not a pdf", Some("PDF"), "plain text in a file named .pdf");
    }

    #[test]
    fn html_by_tags() {
        check(b"<!DOCTYPE html><p>I led", Some("txt"), Format::Html);
        check(b"\n<p class=x>I led</p>", None, Format::Html);
        check(b"<?xml version=\"1.0\"?>\n<html>", None, Format::Html);
        check(b"<div align=center>\n# One", Some("md"), Format::Markdown);
        check(b"<please note> I led", None, Format::Text);
    }

    #[test]
    fn markdown_or_text() {
        check(b"I led.", Some("md"), Format::Markdown);
        check(b"I led.", Some("txt"), Format::Text);
        check(b"I led.", None, Format::Text);
        check(b"# One\n\n**Challenge.** In 2021", None, Format::Markdown);
        check(
            b"# One\n\n**Challenge.** In 2021",
            Some("txt"),
            Format::Markdown,
        );
        check(
            b"# 1 priority\nx\n# of staff: 12",
            Some("txt"),
            Format::Text,
        );
        check(b"---\ntitle: x\n---\n# One", None, Format::Markdown);
    }

    #[test]
    fn empty() {
        assert_eq!(sniff(b"", None), Err(DocumentError::Empty));
        assert_eq!(sniff(b" \r\n", Some("docx")), Err(DocumentError::Empty));
        assert_eq!(sniff(b"\xEF\xBB\xBF \n", None), Err(DocumentError::Empty));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = sniff(&bytes, None);
        }
    }
}
