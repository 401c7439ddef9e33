//! Reads PDF: glyphs with their places come from `hayro-interpret`, everything else is decided here.
//!
//! PDF knows glyphs, not words, lines or paragraphs. The way from one to the other, a module a step:
//!
//! 1. `open`, `bombs`, `filters` and `damaged` refuse what cannot be read or would not fit in memory.
//! 2. `canvas` and `glyphs`, with `shapes` and `stems`, read what is painted and whether it can be seen.
//! 3. `words` finds words and rows, and `furniture` takes running heads off.
//! 4. `columns` and `tables` find the order of reading.
//! 5. `lines`, `style` and `paragraphs` cut the text.
//! 6. `blocks` and `hyphens` join what page and line breaks part. `layout` runs steps 3 to 6.

mod blocks;
mod bombs;
mod canvas;
mod columns;
mod damaged;
mod filters;
mod furniture;
mod glyphs;
mod hyphens;
mod layout;
mod lines;
mod open;
mod paragraphs;
mod places;
mod setup;
mod shapes;
mod stems;
mod style;
mod tables;
mod words;

pub use self::places::{PlacedChar, places};

use std::thread;
use std::time::Duration;
use std::time::Instant;

use hayro_syntax::Pdf;

use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::document::pdf::canvas::PageGlyphs;
use crate::document::pdf::canvas::PageReader;
use crate::document::pdf::canvas::Stop;
use crate::document::pdf::glyphs::UNKNOWN;
use crate::document::pdf::layout::Layout;
use crate::document::pdf::setup::SetupReader;
use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// The name of the format in errors.
const PDF: &str = "PDF";
/// Stack of the thread that runs the parser, which calls itself for nested content.
const STACK_BYTES: usize = 64 << 20;
/// A packet takes a fraction of a second; only a file made to stall takes this long.
const MAX_TIME: Duration = Duration::from_secs(60);
/// A page without text but with pictures over more than this share of it is a scan.
const MIN_SCAN_SHARE: f64 = 0.05;
/// A page without text but with more paths than this has its letters drawn as outlines.
const MIN_OUTLINE_PATHS: usize = 200;

/// Reads a PDF.
///
/// Text that a reader of the page cannot see is listed as hidden. Pages that are scans with an invisible
/// text layer are read from that layer, with a warning.
///
/// # Errors
/// [`DocumentError`] if the file is empty, no PDF, cut off, damaged, protected by a password, larger than
/// the caps when unpacked, or without any text.
pub fn parse(bytes: &[u8]) -> Result<Document, DocumentError> {
    open::check_frame(bytes)?;
    bombs::check_raw(bytes)?;
    on_own_thread(|| read(bytes))
}

/// Runs a reader on a thread with a stack deep enough for nested content.
fn on_own_thread<T: Send>(
    read: impl FnOnce() -> Result<T, DocumentError> + Send,
) -> Result<T, DocumentError> {
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .name("pdf reader".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, read);
        match reader.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(malformed("its content breaks the parser")),
            Err(error) => Err(DocumentError::Refused {
                detail: format!("no thread to read the PDF on: {error}"),
            }),
        }
    })
}

fn malformed(detail: impl Into<String>) -> DocumentError {
    DocumentError::Malformed {
        format: PDF,
        detail: detail.into(),
    }
}

fn read(bytes: &[u8]) -> Result<Document, DocumentError> {
    let pdf = open::open(bytes)?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(malformed("it has no pages"));
    }
    let mut reader = PageReader::new(Instant::now() + MAX_TIME);
    let mut builder = DocumentBuilder::new(Format::Pdf);
    let mut notes = PageNotes::default();
    let mut layout = Layout::default();
    let mut setup = SetupReader::default();
    builder.set_pages(u32::try_from(pages.len()).unwrap_or(u32::MAX));
    for (i, page) in pages.iter().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let glyphs = reader
            .read(page)
            .map_err(|()| malformed(format!("the content of page {number} breaks the parser")))?;
        if glyphs.stopped == Some(Stop::Time) {
            return Err(DocumentError::TooLarge {
                what: "the time that the PDF takes to read".to_owned(),
                limit: format!("{} seconds", MAX_TIME.as_secs()),
            });
        }
        notes.look_at(&glyphs, number);
        setup.add(&glyphs);
        let has_text = layout.add_page(glyphs, number, &mut builder);
        notes.set_has_text(has_text, number);
    }
    if !notes.any_text {
        if !notes.scans.is_empty() {
            return Err(DocumentError::NoText {
                pages: page_list(&notes.scans),
            });
        }
        if notes.any_hidden {
            return Err(DocumentError::Refused {
                detail: "all text of the PDF is hidden from its readers".to_owned(),
            });
        }
    }
    builder.set_setup(setup.finish());
    let left_out = layout.finish(&mut builder)?;
    notes.warn(&pdf, left_out, &mut builder);
    let mut document = builder.finish()?;
    warn_of_unknown(&mut document, notes.n_guessed);
    Ok(document)
}

/// What has to be said about the pages.
#[derive(Debug, Default)]
struct PageNotes {
    /// Pages that show something but have no text.
    scans: Vec<u32>,
    /// Scans that were read from an invisible text layer.
    layers: Vec<u32>,
    /// Pages that were not read to their end.
    cut: Vec<u32>,
    n_guessed: usize,
    any_text: bool,
    any_hidden: bool,
    shows_pictures: bool,
}

impl PageNotes {
    fn look_at(&mut self, page: &PageGlyphs, number: u32) {
        self.n_guessed += page.n_guessed;
        self.any_hidden |= page
            .glyphs
            .iter()
            .any(|g| g.hidden.is_some() && !g.text.is_space());
        self.shows_pictures = page.image_share > MIN_SCAN_SHARE || page.n_paths > MIN_OUTLINE_PATHS;
        if layout::is_text_layer(page) {
            self.layers.push(number);
        }
        if page.stopped.is_some() {
            self.cut.push(number);
        }
    }

    fn set_has_text(&mut self, has_text: bool, number: u32) {
        self.any_text |= has_text;
        if !has_text && self.shows_pictures {
            self.scans.push(number);
        }
    }

    fn warn(&self, pdf: &Pdf, left_out: Vec<Warning>, builder: &mut DocumentBuilder) {
        if !self.scans.is_empty() {
            let pages = page_list(&self.scans);
            builder.warn(at_first(
                &self.scans,
                WarningCode::Unreadable,
                format!("no text on {pages}: scanned or drawn, run OCR to have it read"),
            ));
        }
        if !self.layers.is_empty() {
            let pages = page_list(&self.layers);
            builder.warn(at_first(
                &self.layers,
                WarningCode::OutsideTested,
                format!("{pages}: a scan, read from its OCR text, which may have errors"),
            ));
        }
        if !self.cut.is_empty() {
            let pages = page_list(&self.cut);
            builder.warn(at_first(
                &self.cut,
                WarningCode::Unreadable,
                format!("{pages}: far more content than a page can show; its end was left out"),
            ));
        }
        if open::ends_after_last_mark(pdf.data().as_ref()) {
            builder.warn(Warning::new(
                WarningCode::Unreadable,
                "the file goes on after its end mark; a later change to it may be cut off",
            ));
        }
        for warning in left_out {
            builder.warn(warning);
        }
    }
}

fn at_first(pages: &[u32], code: WarningCode, message: String) -> Warning {
    let warning = Warning::new(code, message);
    match pages {
        [page, ..] => warning.on_page(*page),
        [] => warning,
    }
}

/// Pages in words: `page 3` or `pages 1-3, 5`; the numbers rise.
fn page_list(pages: &[u32]) -> String {
    let runs: Vec<String> = pages
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match run {
            [first, .., last] => format!("{first}-{last}"),
            [one] => one.to_string(),
            [] => String::new(),
        })
        .collect();
    format!(
        "{} {}",
        if pages.len() == 1 { "page" } else { "pages" },
        runs.join(", ")
    )
}

/// Counts characters without a known letter and warns of them once.
fn warn_of_unknown(document: &mut Document, n_guessed: usize) {
    let is_unknown = |c: &char| *c == UNKNOWN || matches!(c, '\u{E000}'..='\u{F8FF}');
    let n_unknown = document.text.chars().filter(is_unknown).count();
    if n_unknown > 0 {
        document.warnings.push(Warning::new(
            WarningCode::UnmappedCharacters,
            format!("{n_unknown} characters have no known letter and stand as {UNKNOWN} or as signs of a private font"),
        ));
    }
    if n_guessed > 0 {
        document.warnings.push(Warning::new(
            WarningCode::UnmappedCharacters,
            format!("{n_guessed} characters have no known letter and were read by their code"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_pages() {
        assert_eq!(page_list(&[3]), "page 3");
        assert_eq!(page_list(&[1, 2, 3, 5]), "pages 1-3, 5");
    }
}
