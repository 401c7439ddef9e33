//! A file's text as a reader of the page sees it, in blocks with their places.
//!
//! Every format is read by one pure function from bytes; only `read` touches the file system.

pub mod decode;
pub mod docx;
pub mod html;
pub mod markdown;
pub mod odt;
pub mod package;
pub mod pdf;
pub mod sniff;
pub mod text;

mod builder;
mod check;
mod flow;
mod line;
mod read;
mod tally;
mod xml;

pub use self::builder::{DocumentBuilder, MAX_TEXT_BYTES};
pub use self::read::{MAX_FILE_BYTES, parse, read_file, read_stream};

use serde::{Deserialize, Serialize};

use crate::span::Span;
use crate::warning::Warning;

/// A document: its text, cut into blocks, and what was left out.
///
/// `text` holds the blocks' words in reading order, two line feeds between blocks. Inside a block white
/// space is single spaces (a hard line break is a space too), soft hyphens and invisible characters
/// are gone, ligatures are letters. Quotes, dashes and case stay as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// How the bytes were read.
    pub format: Format,
    /// All scored text.
    pub text: String,
    /// In reading order; spans rise and do not overlap.
    pub blocks: Vec<Block>,
    /// What a reader of the page does not see: left out of `text`, kept here so that it can be reported.
    pub hidden: Vec<HiddenText>,
    /// Number of pages, where the format has pages.
    pub n_pages: Option<u32>,
    /// How the page is set, where the format tells.
    pub setup: PageSetup,
    /// What the reader of a report should know.
    pub warnings: Vec<Warning>,
}

/// How a page is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "SetupBits", from = "SetupBits")]
pub struct PageSetup {
    /// The narrowest margin of any page, in inches.
    pub margin_inches: Option<f64>,
    /// Size in which most of the running text is set, in points.
    pub font_points: Option<f64>,
}

/// The bits of the two numbers of a [`PageSetup`]: as decimals they would not all come back as they were.
type SetupBits = [Option<u64>; 2];

impl From<PageSetup> for SetupBits {
    fn from(setup: PageSetup) -> Self {
        [setup.margin_inches, setup.font_points].map(|number| number.map(f64::to_bits))
    }
}

impl From<SetupBits> for PageSetup {
    fn from(bits: SetupBits) -> Self {
        let [margin_inches, font_points] = bits.map(|bits| bits.map(f64::from_bits));
        Self {
            margin_inches,
            font_points,
        }
    }
}

/// A paragraph-like unit of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its words in [`Document::text`].
    pub span: Span,
    /// Page where it starts, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Its number among the blocks, counted from 1.
    pub paragraph: u32,
    /// Line of the source where it starts, counted from 1, for formats made of lines.
    pub line: Option<u32>,
    /// Whether all of it is bold, underlined or in capitals by formatting: how people write heads without styles.
    pub emphasized: bool,
}

/// Kinds of [`Block`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    /// Marked as a heading by the format; level 1 is the highest.
    Heading {
        /// 1 to 9.
        level: u8,
    },
    /// Running text.
    Paragraph,
    /// An item of a list, without its bullet or number.
    ListItem,
    /// The text of one table cell.
    TableCell,
    /// A footnote or endnote; stands after the block that refers to it.
    Footnote,
}

/// Text present in the file and invisible on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenText {
    /// Why it cannot be seen.
    pub why: HiddenReason,
    /// The words.
    pub text: String,
    /// Page, counted from 1, where the format has pages.
    pub page: Option<u32>,
}

/// Why text cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HiddenReason {
    /// Marked hidden (Word's "vanish", `display:none`, PDF render mode 3).
    Vanished,
    /// White or nearly white on white.
    White,
    /// Smaller than 2 points.
    Tiny,
    /// Outside the page.
    OffPage,
}

impl HiddenReason {
    /// The reason in plain words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Vanished => "marked as hidden",
            Self::White => "white on white",
            Self::Tiny => "too small to read",
            Self::OffPage => "outside the page",
        }
    }
}

/// Kinds of file that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Office Open XML text (Word).
    Docx,
    /// Open Document text (`LibreOffice`).
    Odt,
    /// Portable Document Format.
    Pdf,
    /// Hypertext.
    Html,
    /// Markdown.
    Markdown,
    /// Plain text.
    #[default]
    Text,
}

impl Format {
    /// The short name used in reports and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Odt => "odt",
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Text => "txt",
        }
    }
}
