//! The one place that knows the whole flow: document, sections, passages, embeddings, levels, coverage.

mod domain;
mod parts;
mod reader;

pub use self::domain::outside_tested;
pub use self::reader::{CodebookReader, Method, entries, untrained};

use self::parts::{is_of_all_technical, packet_sections, same_named, section_ecq};
use crate::classify::{
    Classifier, Level, MatcherFile, ModelFiles, ModelName, OutputGroup, OwnHead, Scores,
};
use crate::codebook::edition::detect_edition;
use crate::codebook::{Codebook, Ecq, EcqKind, builtin, builtins};
use crate::coverage::{Cell, Reading, cell};
use crate::document::{BlockKind, Document};
use crate::embed::{Compute, Embedder, Embeddings, open_encoder};
use crate::error::{Error, Result};
use crate::findings::date::{self, Date};
use crate::findings::{self, Finding, Readings, Subject};
use crate::passage::section::{Section, SectionKind};
use crate::passage::{Passage, PassageConfig, passages};
use crate::profile::{Profile, Skip};
use crate::span::Span;
use crate::warning::{Warning, WarningCode};

/// Pages beyond which a packet is longer than any board reads.
const LONG_PAGES: u32 = 60;

/// Everything that stays the same from document to document.
pub struct Toolkit {
    /// The codebook that is reported on.
    pub codebook: Codebook,
    /// The key characteristics that are shown beside it, by edition; those of 1997 for `opm-2006`.
    pub characteristics: Option<Codebook>,
    /// What reports print of the model.
    pub model: ModelName,
    /// How text is cut.
    pub passage_config: PassageConfig,
    /// The kind of document, with its limits and rules.
    pub profile: Profile,
    /// Sections that are left out: not scored, not pointed at.
    pub skip: Skip,
    /// The day that ages are counted to; without it each document's own latest date.
    pub as_of: Option<Date>,
    embedder: Box<dyn Embedder>,
    classifier: Classifier,
    reader: CodebookReader,
    matcher: MatcherFile<'static>,
}

impl std::fmt::Debug for Toolkit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Toolkit")
            .field("codebook", &self.codebook.id())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl Toolkit {
    /// Joins a codebook and a model in the fastest arithmetic; `n_threads` 0 means one worker a core.
    ///
    /// # Errors
    /// If the model's parts do not fit each other.
    pub fn new(codebook: Codebook, model: &ModelFiles<'static>, n_threads: usize) -> Result<Self> {
        Self::with_compute(codebook, model, Compute::default(), n_threads)
    }

    /// Joins a codebook and a model in a given arithmetic; `n_threads` 0 means one worker a core.
    ///
    /// # Errors
    /// If the model's parts do not fit each other.
    pub fn with_compute(
        codebook: Codebook,
        model: &ModelFiles<'static>,
        compute: Compute,
        n_threads: usize,
    ) -> Result<Self> {
        let embedder = open_encoder(&model.encoder, compute, n_threads)?;
        Self::with_embedder(codebook, model, embedder)
    }

    /// Joins a codebook and a model with an encoder of the caller's, such as one that keeps vectors.
    ///
    /// # Errors
    /// If the model's parts do not fit each other.
    pub fn with_embedder(
        codebook: Codebook,
        model: &ModelFiles<'static>,
        embedder: Box<dyn Embedder>,
    ) -> Result<Self> {
        let classifier =
            Classifier::new(model.head.clone(), &model.manifest).map_err(|detail| {
                Error::Model {
                    dir: model.encoder.name.clone(),
                    detail,
                }
            })?;
        let reader = CodebookReader::new(
            &codebook,
            classifier.space(),
            &model.matcher,
            embedder.as_ref(),
        )?;
        let characteristics = if codebook.key_characteristics().is_empty() {
            // The 2006 model dropped them; readers of its narratives still use them.
            (codebook.edition() == "opm-2006")
                .then(|| builtin("opm-1997"))
                .flatten()
                .cloned()
        } else {
            Some(codebook.clone())
        };
        Ok(Self {
            codebook,
            characteristics,
            model: model.name.clone(),
            passage_config: PassageConfig::default(),
            profile: Profile::default(),
            skip: Skip::default(),
            as_of: None,
            embedder,
            classifier,
            reader,
            matcher: model.matcher.clone(),
        })
    }

    /// The classifier, for callers that score passages one by one.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The encoder, for callers that compare texts.
    #[must_use]
    pub fn embedder(&self) -> &dyn Embedder {
        self.embedder.as_ref()
    }

    /// How strongly vectors speak for a level of a competency of the codebook, in [0, 1]: the probability that it is
    /// demonstrated or, for the level asserted, at least asserted.
    #[must_use]
    pub fn strengths(&self, vectors: &Embeddings, competency: usize, level: Level) -> Vec<f32> {
        let scores = self.classifier.classify(vectors);
        scores
            .iter()
            .enumerate()
            .map(|(row, scores)| {
                let vector = vectors.row(row);
                self.reader
                    .strength(competency, level, &self.classifier, scores, vector)
            })
            .collect()
    }

    /// Ids of the competencies that the model was not trained on, in the order of the codebook.
    #[must_use]
    pub fn untrained(&self) -> &[String] {
        self.reader.untrained()
    }

    /// Lays a head over what the matcher says of competencies that the model was not trained on.
    ///
    /// # Errors
    /// If it was fitted for another codebook, another wording of this one, or another model.
    pub fn set_own_head(&mut self, head: OwnHead) -> Result<(), String> {
        let about = &head.about;
        if about.codebook_sha256 != self.codebook.sha256() {
            return Err(format!(
                "it was fitted for {} in another wording; run ecq codebook fit again",
                about.codebook
            ));
        }
        if about.model_sha256 != self.model.sha256 {
            return Err("it was fitted for another model; run ecq codebook fit again".to_owned());
        }
        self.reader.set_head(head);
        Ok(())
    }

    /// Readings of another codebook's competencies, by competency and passage, from an analysis that is there.
    ///
    /// # Errors
    /// If a text that the model was not trained on cannot be embedded, or the model has no matcher for it.
    pub fn readings_of(
        &self,
        codebook: &Codebook,
        analysis: &Analysis,
    ) -> Result<Vec<Vec<Reading>>> {
        let reader = CodebookReader::new(
            codebook,
            self.classifier.space(),
            &self.matcher,
            self.embedder.as_ref(),
        )?;
        Ok(reader.read(&self.classifier, &analysis.scores, &analysis.embeddings))
    }

    /// Calibrated probabilities of texts, in their order.
    ///
    /// # Errors
    /// If a text cannot be tokenized or a tensor operation fails.
    pub fn score(&self, texts: &[&str]) -> Result<Vec<Scores>> {
        let mut scores = self.classifier.classify(&self.embedder.embed(texts)?);
        self.classifier.count_tags(texts, &mut scores);
        Ok(scores)
    }

    /// Calibrated probabilities of texts read among their neighbors, in their order.
    ///
    /// `stories` as in [`Classifier::classify_stories`].
    ///
    /// # Errors
    /// If a text cannot be tokenized or a tensor operation fails.
    pub fn score_stories<S: PartialEq>(
        &self,
        texts: &[&str],
        stories: &[S],
    ) -> Result<Vec<Scores>> {
        let embeddings = self.embedder.embed(texts)?;
        Ok(self.classifier.classify_texts(texts, &embeddings, stories))
    }
}

/// What was found in one document.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The document.
    pub document: Document,
    /// Its parts.
    pub sections: Vec<Section>,
    /// Its passages, in document order.
    pub passages: Vec<Passage>,
    /// Probabilities of every passage.
    pub scores: Vec<Scores>,
    /// Vectors of every passage.
    pub embeddings: Embeddings,
    /// Readings by competency (in codebook order) and passage.
    pub readings: Vec<Vec<Reading>>,
    /// Coverage by ECQ, in codebook order.
    pub coverage: Vec<EcqCoverage>,
    /// The edition the headings and vocabulary point to, where they do so clearly.
    pub detected_edition: Option<String>,
    /// What the rules of the profile point at.
    pub findings: Vec<Finding>,
    /// The day that ages were counted to, if there is one.
    pub as_of: Option<Date>,
    /// The document's warnings and those of the run.
    pub warnings: Vec<Warning>,
}

/// Coverage of one ECQ or of the competencies that are judged over the whole packet.
#[derive(Clone, Debug)]
pub struct EcqCoverage {
    /// Index in [`Codebook::ecqs`].
    pub ecq: usize,
    /// Whether it is judged in its own sections or over the whole packet.
    pub scope: Scope,
    /// Indexes of its sections.
    pub sections: Vec<usize>,
    /// Index of the competency in [`Codebook::competencies`], and its cell.
    pub competencies: Vec<(usize, Cell)>,
    /// Index of the key characteristic in the companion codebook, and its cell.
    pub characteristics: Vec<(usize, Cell)>,
}

/// Which passages count for an ECQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those under its own headings.
    Section,
    /// All of them: a fundamental competency, or a document without any heading.
    Packet,
    /// None: the packet has headings, and none of this ECQ.
    NoSection,
}

/// Reads a document: everything a report is made from.
///
/// # Errors
/// If a text cannot be tokenized or a tensor operation fails.
pub fn analyze(document: Document, toolkit: &Toolkit) -> Result<Analysis> {
    let (sections, section_warnings) = packet_sections(&document, &toolkit.codebook);
    let (skipped, sections): (Vec<Section>, Vec<Section>) =
        sections.into_iter().partition(|section| {
            toolkit
                .skip
                .has_section(&section.id, section.kind.name(), &section.title)
        });
    let passages = passages(&document, &sections, &toolkit.passage_config);
    let mut warnings = document.warnings.clone();
    warnings.extend(section_warnings);
    warnings.extend(skipped.iter().map(|section| left_out(section, &document)));
    if document.n_pages.is_some_and(|n| n > LONG_PAGES) {
        warnings.push(Warning::new(
            WarningCode::LongDocument,
            format!(
                "{} pages: packets have ten or so",
                document.n_pages.unwrap_or_default()
            ),
        ));
    }
    let reasons = outside_tested(&document);
    if !reasons.is_empty() {
        warnings.push(Warning::new(
            WarningCode::OutsideTested,
            format!(
                "outside what was tested (narratives in English): {}; take every finding with caution",
                reasons.join("; ")
            ),
        ));
    }
    let detected_edition = detected(&document, &sections, toolkit, &mut warnings);
    let texts: Vec<&str> = passages
        .iter()
        .map(|passage| passage.text.as_str())
        .collect();
    let embeddings = toolkit.embedder.embed(&texts)?;
    for &(idx, n_tokens) in &embeddings.truncated {
        let mut warning = Warning::new(
            WarningCode::TruncatedPassage,
            format!(
                "passage {} has {n_tokens} tokens; only the first {} were read",
                passages[idx].id,
                toolkit.embedder.max_tokens()
            ),
        );
        warning.span = Some(passages[idx].span);
        warning.page = passages[idx].page;
        warnings.push(warning);
    }
    let stories: Vec<_> = passages.iter().map(|passage| passage.section).collect();
    let mut scores = toolkit
        .classifier
        .classify_texts(&texts, &embeddings, &stories);
    for (passage, scores) in passages.iter().zip(&mut scores) {
        if is_fragment(&passage.text) {
            scores.probabilities.fill(0.0);
        }
    }
    let readings = toolkit
        .reader
        .read(&toolkit.classifier, &scores, &embeddings);
    if let Some(caution) = toolkit.reader.caution(toolkit.codebook.id()) {
        warnings.push(Warning::new(WarningCode::OutsideTested, caution));
    }
    let coverage = coverage(toolkit, &sections, &passages, &scores, &readings);
    let as_of = toolkit.as_of.or_else(|| date::latest(&document.text));
    let findings = {
        let mut subject = subject(&document, &sections, &passages, &toolkit.codebook);
        subject.as_of = as_of;
        subject.readings = Some(Readings {
            space: toolkit.classifier.space(),
            thresholds: toolkit.classifier.thresholds(),
            scores: &scores,
            competencies: &readings,
            embeddings: &embeddings,
        });
        let mut findings = findings::check(&subject, &toolkit.profile);
        findings.retain(|finding| !stands_in(finding, &skipped));
        findings
    };
    Ok(Analysis {
        document,
        sections,
        passages,
        scores,
        embeddings,
        readings,
        coverage,
        detected_edition,
        findings,
        as_of,
        warnings,
    })
}

/// Whether all that a finding points at stands in one of the sections.
fn stands_in(finding: &Finding, sections: &[Section]) -> bool {
    let within = |span: Span| {
        sections
            .iter()
            .any(|section| section.span.start <= span.start && span.end <= section.span.end)
    };
    let places = std::iter::once(&finding.place).chain(&finding.also);
    let mut spans = places.map(|place| place.span);
    spans.all(|span| span.is_some_and(within))
}

fn left_out(section: &Section, document: &Document) -> Warning {
    let n_words = section
        .span
        .slice(&document.text)
        .split_whitespace()
        .count();
    let mut warning = Warning::new(
        WarningCode::LeftOut,
        format!(
            "section {} ({n_words} words) is left out, as [skip] in the settings says",
            section.id
        ),
    );
    warning.span = Some(section.span);
    warning
}

/// What the rules that look at words alone point at: no model is needed, so it takes milliseconds.
#[must_use]
pub fn word_findings(
    document: &Document,
    codebook: &Codebook,
    profile: &Profile,
    as_of: Option<Date>,
) -> Vec<Finding> {
    let (sections, _) = packet_sections(document, codebook);
    let passages = passages(document, &sections, &PassageConfig::default());
    let mut subject = subject(document, &sections, &passages, codebook);
    subject.as_of = as_of.or_else(|| date::latest(&document.text));
    findings::check(&subject, profile)
}

/// What rules look at, without a model's reading.
fn subject<'a>(
    document: &'a Document,
    sections: &'a [Section],
    passages: &'a [Passage],
    codebook: &'a Codebook,
) -> Subject<'a> {
    let section_ecqs: Vec<Option<&str>> = sections
        .iter()
        .map(|section| section_ecq(section, codebook))
        .collect();
    Subject::new(document, sections, passages, codebook, &section_ecqs)
}

/// Whether a passage is too short to tell anything: a row of a table, a stray label, a number.
fn is_fragment(text: &str) -> bool {
    const MIN_WORDS: usize = 3;
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| word.len() > 1).count() < MIN_WORDS
}

/// The edition the packet was written to, with a warning where it is not the one in use.
fn detected(
    document: &Document,
    sections: &[Section],
    toolkit: &Toolkit,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let mut headings: Vec<&str> = sections
        .iter()
        .map(|section| section.title.as_str())
        .collect();
    headings.extend(
        document
            .blocks
            .iter()
            .filter(|block| matches!(block.kind, BlockKind::Heading { .. }))
            .map(|block| block.span.slice(&document.text)),
    );
    let books: Vec<&Codebook> = builtins().iter().collect();
    let detection = detect_edition(&headings, &document.text, &books);
    let best = detection.best?;
    // One warning says so; the sections' own remarks on the same matter would only repeat it.
    let about_edition =
        |warning: &Warning| warning.code == WarningCode::EditionMismatch && warning.span.is_none();
    let edition = toolkit.codebook.edition();
    if best != edition && builtin(edition).is_some() {
        warnings.retain(|warning| !about_edition(warning));
        warnings.push(Warning::new(
            WarningCode::EditionMismatch,
            format!(
                "the packet reads like {best} ({}), the report is on {}; pass --codebook {best} if that is meant",
                detection.why.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
                edition
            ),
        ));
    }
    Some(best)
}

/// Which passages count for an ECQ, and the sections that are its own.
fn scope(ecq: &Ecq, sections: &[Section], codebook: &Codebook) -> (Scope, Vec<usize>) {
    let is_technical = ecq.kind() == EcqKind::Technical;
    let own: Vec<usize> = (0..sections.len())
        .filter(|&idx| {
            let section = &sections[idx];
            section_ecq(section, codebook) == Some(ecq.id())
                || is_technical && is_of_all_technical(section, codebook)
        })
        .collect();
    let is_headed = sections.iter().any(|section| match section.kind {
        SectionKind::Ecq { .. } => true,
        SectionKind::TechnicalQualification { .. } => is_technical,
        _ => false,
    });
    let scope = if ecq.kind() == EcqKind::Fundamental || !is_headed {
        Scope::Packet
    } else if own.is_empty() {
        Scope::NoSection
    } else {
        Scope::Section
    };
    (scope, own)
}

fn coverage(
    toolkit: &Toolkit,
    sections: &[Section],
    passages: &[Passage],
    scores: &[Scores],
    readings: &[Vec<Reading>],
) -> Vec<EcqCoverage> {
    let codebook = &toolkit.codebook;
    let everywhere = vec![true; passages.len()];
    codebook
        .ecqs()
        .iter()
        .enumerate()
        .map(|(ecq_idx, ecq)| {
            let (scope, own) = scope(ecq, sections, codebook);
            let inside: Vec<bool> = if scope == Scope::Packet {
                everywhere.clone()
            } else {
                passages
                    .iter()
                    .map(|passage| own.contains(&passage.section))
                    .collect()
            };
            let competencies = codebook
                .competencies()
                .iter()
                .enumerate()
                .filter(|(_, competency)| competency.ecq() == ecq.id())
                .map(|(idx, _)| (idx, cell(&readings[idx], &inside)))
                .collect();
            let characteristics = characteristics(toolkit, ecq.id(), scores, &inside);
            EcqCoverage {
                ecq: ecq_idx,
                scope,
                sections: own,
                competencies,
                characteristics,
            }
        })
        .collect()
}

/// The cells of the key characteristics that belong to an ECQ by its name.
fn characteristics(
    toolkit: &Toolkit,
    ecq_id: &str,
    scores: &[Scores],
    inside: &[bool],
) -> Vec<(usize, Cell)> {
    let (Some(companion), Some(ecq)) = (&toolkit.characteristics, toolkit.codebook.ecq(ecq_id))
    else {
        return Vec::new();
    };
    if ecq.kind() != EcqKind::Ecq {
        return Vec::new();
    }
    let Some(own) = same_named(companion, ecq.names()) else {
        return Vec::new();
    };
    let space = toolkit.classifier.space();
    let start = space.range(OutputGroup::KeyCharacteristics).start;
    companion
        .key_characteristics()
        .iter()
        .enumerate()
        .filter(|(_, characteristic)| characteristic.ecq() == own)
        .filter_map(|(idx, characteristic)| {
            let label = space
                .key_characteristics
                .iter()
                .position(|id| id == characteristic.id())?;
            let readings: Vec<Reading> = scores
                .iter()
                .map(|scores| {
                    let p = scores.probabilities[start + label];
                    let shown = toolkit.classifier.reaches(scores, start + label);
                    let level = if shown {
                        Level::Demonstrated
                    } else {
                        Level::Absent
                    };
                    Reading {
                        level,
                        p,
                        p_demonstrated: p,
                        unsure: toolkit.classifier.is_unsure(scores, start + label),
                    }
                })
                .collect();
            Some((idx, cell(&readings, inside)))
        })
        .collect()
}
