//! Vacancy announcements: what a posting asks for, with the words it was read from.
//!
//! [`read_announcement`] takes a [`Document`] apart: executive core qualifications, technical qualifications
//! with the elements of their lists, minimum qualifications, limits, documents. Everything taken carries its words
//! and place; what is guessed carries a reason to [check](Taken::check) it; what stood in a part that was read and
//! could not be used is in [`Announcement::left_over`]. [`codebook_source`] and [`settings_source`] turn the result
//! into files that people correct.
//!
//! The rules know the wording of postings, not the fields of work: no agency and no subject is named here.

mod clauses;
mod codebook;
mod documents;
mod ecqs;
mod elements;
mod fields;
mod kind;
mod limits;
mod lists;
mod measures;
mod outline;
mod settings;
mod technical;
mod verbs;
mod words;

use serde::Serialize;

pub use self::codebook::codebook_source;
pub use self::documents::{AskedDocument, DocumentKind, Wanted};
pub use self::ecqs::{Edition, NamedEcq};
pub use self::elements::{Element, Joiner, Part};
pub use self::kind::NoAnnouncement;
pub use self::limits::{LimitOf, LimitUnit, StatedLimit};
pub use self::settings::{packet_profile, settings_source};
pub use self::technical::Technical;

use crate::document::Document;
use crate::span::Span;

/// The value of [`Announcement::schema`].
pub const SCHEMA: &str = "ecq.announcement/1";

/// What an announcement asks for. Offsets are bytes into the document's extracted text, half-open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Announcement {
    /// `ecq.announcement/1`.
    pub schema: &'static str,
    /// The position.
    pub title: Option<Taken>,
    /// Who hires.
    pub agency: Option<Taken>,
    /// The announcement's number.
    pub number: Option<Taken>,
    /// The edition of the executive core qualifications.
    pub edition: Edition,
    /// The executive core qualifications that are named, in the order of the edition.
    pub ecqs: Vec<NamedEcq>,
    /// The technical qualifications: the mandatory ones, then the desired ones.
    pub technical: Vec<Technical>,
    /// Paragraphs on minimum qualifications.
    pub minimum: Vec<Taken>,
    /// Limits of what is submitted.
    pub limits: Vec<StatedLimit>,
    /// Documents asked for, and those refused.
    pub documents: Vec<AskedDocument>,
    /// Words of the parts above that nothing was taken from.
    pub left_over: Vec<Taken>,
    /// Headings of parts that were not searched for qualifications, such as duties.
    pub other_parts: Vec<Taken>,
}

/// Words of the announcement, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The words, with single spaces.
    pub text: String,
    /// Where they stand; words of several blocks span from the first to the last.
    pub span: Span,
    /// Line of the file, counted from 1, for formats made of lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Page, counted from 1, where the format has pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Paragraph, counted from 1.
    pub paragraph: u32,
    /// Why a person should compare this with the announcement, where the reading is a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

impl Taken {
    /// The words of a span.
    fn new(document: &Document, span: Span) -> Self {
        let text = span.slice(&document.text);
        let block = document
            .blocks
            .partition_point(|block| block.span.start <= span.start)
            .checked_sub(1)
            .map(|idx| &document.blocks[idx]);
        Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            span,
            line: block.and_then(|block| block.line),
            page: block.and_then(|block| block.page),
            paragraph: block.map_or(1, |block| block.paragraph),
            check: None,
        }
    }

    /// The same words, to be checked for a reason.
    fn doubted(mut self, why: impl Into<String>) -> Self {
        self.check = Some(why.into());
        self
    }

    /// The place in words: `line 12`, or `p. 2, ¶ 8`.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.line, self.page) {
            (Some(line), _) => format!("line {line}"),
            (None, Some(page)) => format!("p. {page}, \u{B6} {}", self.paragraph),
            (None, None) => format!("\u{B6} {}", self.paragraph),
        }
    }
}

/// Reads an announcement.
///
/// # Errors
/// [`NoAnnouncement`] if the document is something else: an applicant's narrative, or a text that asks for nothing.
pub fn read_announcement(document: &Document) -> Result<Announcement, NoAnnouncement> {
    let outline = outline::outline(document);
    let technical = technical::technical(document, &outline);
    let (edition, ecqs) = ecqs::ecqs(document, &outline);
    let limits = limits::limits(document, &outline);
    let documents = documents::documents(document, &outline, &technical, &limits);
    let minimum = minimum(document, &outline);
    let fields = fields::fields(document, &outline);
    let mut announcement = Announcement {
        schema: SCHEMA,
        title: fields.title,
        agency: fields.agency,
        number: fields.number,
        edition,
        ecqs,
        technical,
        minimum,
        limits,
        documents,
        left_over: Vec::new(),
        other_parts: outline::other_parts(document, &outline),
    };
    announcement.left_over = outline::left_over(document, &outline, &announcement);
    kind::check(document, &announcement)?;
    Ok(announcement)
}

/// The paragraphs on minimum qualifications; where no heading names them, those that ask for so much experience.
fn minimum(document: &Document, outline: &outline::Outline) -> Vec<Taken> {
    static EXPERIENCE: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        words::pattern(
            r"\b(?:\w+ years?|\d+ weeks)\b[^.]{0,80}\bexperience\b|\bexperience\b[^.]{0,80}\bGS-\d+",
        )
    });
    let headed: Vec<Taken> = outline
        .blocks_of(outline::Topic::Minimum)
        .filter_map(|(idx, from)| outline::body(document, idx, from))
        .map(|span| Taken::new(document, span))
        .collect();
    if !headed.is_empty() {
        return headed;
    }
    (0..document.blocks.len())
        .filter(|&idx| {
            !matches!(
                outline.topic(idx),
                outline::Topic::Technical | outline::Topic::Desired
            )
        })
        .filter_map(|idx| outline::body(document, idx, outline.from(idx)))
        .filter(|span| EXPERIENCE.is_match(span.slice(&document.text)))
        .map(|span| {
            let why = "no heading names minimum qualifications; taken by its words";
            Taken::new(document, span).doubted(why)
        })
        .collect()
}

impl Announcement {
    /// Whether narratives on the executive core qualifications are refused, so that the résumé must show them.
    #[must_use]
    pub fn is_resume_only(&self) -> bool {
        let wants = |kind: DocumentKind| {
            self.documents
                .iter()
                .any(|document| document.kind == kind && document.wanted != Wanted::Refused)
        };
        let refuses = self.documents.iter().any(|document| {
            document.kind == DocumentKind::EcqNarratives && document.wanted == Wanted::Refused
        });
        refuses && !wants(DocumentKind::TqNarratives)
    }

    /// A limit by what it is of and how it counts; of several the first.
    #[must_use]
    pub fn limit(&self, of: LimitOf, unit: LimitUnit) -> Option<&StatedLimit> {
        self.limits
            .iter()
            .find(|limit| limit.of == of && limit.unit == unit)
    }

    /// Everything that should be compared with the announcement: what it is, and why.
    #[must_use]
    pub fn checks(&self) -> Vec<(String, &str)> {
        let heads = [
            ("title", &self.title),
            ("agency", &self.agency),
            ("number", &self.number),
        ];
        let heads = heads
            .into_iter()
            .filter_map(|(what, taken)| Some((what.to_owned(), taken.as_ref()?.check.as_deref()?)));
        let edition = self
            .edition
            .check
            .as_deref()
            .map(|why| ("edition".to_owned(), why));
        let technical = self.technical.iter().flat_map(|technical| {
            let own = technical.taken.check.as_deref();
            let elements = technical.parts.iter().flat_map(|part| &part.elements);
            let elements = elements.filter_map(|element| element.taken.check.as_deref());
            own.into_iter()
                .chain(elements)
                .map(|why| (technical.label(), why))
        });
        let minimum = self.minimum.iter().filter_map(|taken| {
            Some(("minimum qualification".to_owned(), taken.check.as_deref()?))
        });
        let limits = self.limits.iter().filter_map(|limit| {
            Some((
                format!("limit: {}", limit.describe()),
                limit.taken.check.as_deref()?,
            ))
        });
        let documents = self.documents.iter().filter_map(|document| {
            let what = format!("document: {}", document.kind.describe());
            Some((what, document.taken.check.as_deref()?))
        });
        heads
            .chain(edition)
            .chain(technical)
            .chain(minimum)
            .chain(limits)
            .chain(documents)
            .collect()
    }
}
