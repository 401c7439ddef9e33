//! What a rule can see: the document in its parts, and a model's reading of it where there is one.

use crate::classify::{LabelSpace, Level, OutputGroup, Scores};
use crate::codebook::Codebook;
use crate::coverage::Reading;
use crate::document::Document;
use crate::embed::Embeddings;
use crate::findings::date::Date;
use crate::findings::example::{Example, examples};
use crate::findings::{Finding, Place, Rule};
use crate::passage::Passage;
use crate::passage::section::{Section, SectionKind};
use crate::span::Span;

/// What rules look at.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its sections, in order.
    pub sections: &'a [Section],
    /// Its passages, in order.
    pub passages: &'a [Passage],
    /// The codebook in use.
    pub codebook: &'a Codebook,
    /// The sections that make up each ECQ and technical qualification, in order of their first section.
    pub parts: Vec<Part>,
    /// The stories of the parts, in document order.
    pub examples: Vec<Example>,
    /// The day that ages are counted to.
    pub as_of: Option<Date>,
    /// What a model read, if one did.
    pub readings: Option<Readings<'a>>,
}

/// A model's reading of the passages.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// The model's labels.
    pub space: &'a LabelSpace,
    /// Lowest probability that counts, for every output.
    pub thresholds: &'a [f32],
    /// Probabilities of every passage.
    pub scores: &'a [Scores],
    /// Readings by competency, in the codebook's order, and passage.
    pub competencies: &'a [Vec<Reading>],
    /// Vectors of the passages.
    pub embeddings: &'a Embeddings,
}

/// One ECQ or technical qualification with all its sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// What messages call it: the name of the ECQ, or the heading.
    pub name: String,
    /// Indexes of its sections, in order.
    pub sections: Vec<usize>,
}

/// Kinds of [`Part`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// An ECQ.
    Ecq {
        /// Its id in the codebook in use, if that has it.
        id: Option<String>,
    },
    /// A technical qualification.
    Technical,
    /// A document without headings.
    Whole,
}

/// A sentence of a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its words.
    pub span: Span,
    /// Index of its passage.
    pub passage: usize,
    /// Index of its section.
    pub section: usize,
}

impl<'a> Subject<'a> {
    /// Joins the sections to parts and finds the examples.
    ///
    /// `section_ecqs` gives the ECQ of the codebook in use for every section that belongs to one.
    ///
    /// # Panics
    /// If `section_ecqs` has not one entry a section.
    #[must_use]
    pub fn new(
        document: &'a Document,
        sections: &'a [Section],
        passages: &'a [Passage],
        codebook: &'a Codebook,
        section_ecqs: &[Option<&str>],
    ) -> Self {
        assert_eq!(sections.len(), section_ecqs.len(), "one entry a section");
        let parts = parts(sections, section_ecqs, codebook);
        let examples = examples(document, sections, passages, &parts);
        Self {
            document,
            sections,
            passages,
            codebook,
            parts,
            examples,
            as_of: None,
            readings: None,
        }
    }

    /// The words of a span.
    #[must_use]
    pub fn words(&self, span: Span) -> &'a str {
        span.slice(&self.document.text)
    }

    /// The sentences of some sections, in order.
    pub fn sentences_of<'s>(
        &'s self,
        sections: &'s [usize],
    ) -> impl Iterator<Item = Sentence> + 's {
        self.passages
            .iter()
            .enumerate()
            .filter(|(_, passage)| sections.contains(&passage.section))
            .flat_map(|(idx, passage)| {
                passage.sentences.iter().map(move |&span| Sentence {
                    span,
                    passage: idx,
                    section: passage.section,
                })
            })
    }

    /// The part that a section belongs to.
    #[must_use]
    pub fn part_of(&self, section: usize) -> Option<&Part> {
        self.parts
            .iter()
            .find(|part| part.sections.contains(&section))
    }

    /// The place of some words.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let blocks = &self.document.blocks;
        let block = blocks
            .partition_point(|block| block.span.start <= span.start)
            .checked_sub(1)
            .map(|idx| &blocks[idx]);
        let section = self
            .sections
            .partition_point(|section| section.span.start <= span.start)
            .checked_sub(1);
        Place {
            span: Some(span),
            page: block.and_then(|block| block.page),
            paragraph: block.map(|block| block.paragraph),
            section,
        }
    }

    /// A finding at one place, with the words of the span as its quotation.
    #[must_use]
    pub fn finding(&self, rule: &'static Rule, span: Span, message: String) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            place: self.place(span),
            also: Vec::new(),
            message,
            quote: self
                .words(span)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    /// A finding at several places, the first of which is quoted; none if there is no place.
    #[must_use]
    pub fn finding_at(
        &self,
        rule: &'static Rule,
        spans: &[Span],
        message: String,
    ) -> Option<Finding> {
        let (&first, others) = spans.split_first()?;
        let mut finding = self.finding(rule, first, message);
        finding.also = others.iter().map(|&span| self.place(span)).collect();
        Some(finding)
    }
}

impl Readings<'_> {
    /// Probability of a part of the story (`challenge`, `context`, `action`, `result`) in a passage; 0 for a model
    /// without it.
    #[must_use]
    pub fn ccar(&self, passage: usize, part: &str) -> f32 {
        self.ccar_output(part)
            .map_or(0.0, |output| self.scores[passage].probabilities[output])
    }

    /// Whether a part of the story reaches its threshold in a passage.
    #[must_use]
    pub fn has_ccar(&self, passage: usize, part: &str) -> bool {
        self.ccar_output(part).is_some_and(|output| {
            self.scores[passage].probabilities[output] >= self.thresholds[output]
        })
    }

    /// Highest level of a competency, by its index in the codebook, over some passages.
    #[must_use]
    pub fn level(&self, competency: usize, passages: &[usize]) -> Level {
        passages
            .iter()
            .map(|&passage| self.competencies[competency][passage].level)
            .max()
            .unwrap_or_default()
    }

    fn ccar_output(&self, part: &str) -> Option<usize> {
        let label = self.space.ccar.iter().position(|id| id == part)?;
        Some(self.space.range(OutputGroup::Ccar).start + label)
    }
}

fn parts(sections: &[Section], section_ecqs: &[Option<&str>], codebook: &Codebook) -> Vec<Part> {
    let mut parts: Vec<(Option<(String, String)>, Part)> = Vec::new();
    for (idx, (section, own)) in sections.iter().zip(section_ecqs).enumerate() {
        // An ECQ that the codebook in use does not have is known by its own edition.
        let (key, kind, name) = match &section.kind {
            SectionKind::Ecq { edition, ecq, .. } => {
                let name = own
                    .and_then(|id| codebook.ecq(id))
                    .map_or(section.title.as_str(), |ecq| ecq.name());
                let key = own.map_or_else(
                    || (edition.clone(), ecq.clone()),
                    |id| (codebook.id().to_owned(), id.to_owned()),
                );
                let id = own.map(str::to_owned);
                (Some(key), PartKind::Ecq { id }, name)
            }
            SectionKind::TechnicalQualification { .. } => {
                (None, PartKind::Technical, section.title.as_str())
            }
            SectionKind::Whole => (None, PartKind::Whole, "the text"),
            SectionKind::Summary | SectionKind::Resume | SectionKind::Other => continue,
        };
        let known = parts
            .iter_mut()
            .find(|(other, _)| key.is_some() && *other == key);
        if let Some((_, part)) = known {
            part.sections.push(idx);
        } else {
            let part = Part {
                kind,
                name: name.to_owned(),
                sections: vec![idx],
            };
            parts.push((key, part));
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}
