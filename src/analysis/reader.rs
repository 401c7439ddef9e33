//! A codebook's competencies, read from the model's outputs or, where it was not trained on them, by likeness.

use std::collections::BTreeMap;

use crate::classify::{Classifier, LabelSpace, Level, OutputGroup, Scores};
use crate::codebook::{Codebook, Competency, builtin};
use crate::coverage::Reading;
use crate::embed::{Embedder, Embeddings, similarity};
use crate::error::Result;

/// Similarity from which a passage touches a definition that the model was not trained on.
///
/// Set by hand and not measured: it decides no more than whether a passage is called asserted, with a warning.
const TOUCHES: f32 = 0.45;

/// How a competency is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Trained in three levels; index in [`LabelSpace::competencies`].
    Levels(usize),
    /// Trained as shown or not; an output.
    Shown(usize),
    /// Not trained: likeness to its definition and indicators, at most asserted.
    Likeness(Embeddings),
}

/// Reads the competencies of one codebook.
#[derive(Clone, Debug)]
pub struct CodebookReader {
    methods: Vec<Method>,
}

impl CodebookReader {
    /// Finds the outputs for a codebook's competencies; unknown definitions are embedded once.
    ///
    /// # Errors
    /// If a definition cannot be embedded.
    pub fn new(codebook: &Codebook, space: &LabelSpace, embedder: &dyn Embedder) -> Result<Self> {
        let renamed = renamed_outputs(codebook.edition());
        let methods = codebook
            .competencies()
            .iter()
            .map(|competency| method(competency, space, &renamed, embedder))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { methods })
    }

    /// Number of competencies the model was not trained on.
    #[must_use]
    pub fn n_untrained(&self) -> usize {
        self.methods
            .iter()
            .filter(|method| matches!(method, Method::Likeness(_)))
            .count()
    }

    /// How strongly a passage speaks for a level of a competency, in [0, 1].
    #[must_use]
    pub fn strength(
        &self,
        competency: usize,
        level: Level,
        classifier: &Classifier,
        scores: &Scores,
        vector: &[f32],
    ) -> f32 {
        match &self.methods[competency] {
            Method::Levels(idx) => {
                let group = if level == Level::Asserted {
                    OutputGroup::Asserted
                } else {
                    OutputGroup::Demonstrated
                };
                scores.probabilities[classifier.space().range(group).start + idx]
            }
            method => read_one(method, classifier, scores, vector).p,
        }
    }

    /// Readings by competency, in codebook order, and passage.
    #[must_use]
    pub fn read(
        &self,
        classifier: &Classifier,
        scores: &[Scores],
        embeddings: &Embeddings,
    ) -> Vec<Vec<Reading>> {
        self.methods
            .iter()
            .map(|method| {
                scores
                    .iter()
                    .enumerate()
                    .map(|(idx, scores)| read_one(method, classifier, scores, embeddings.row(idx)))
                    .collect()
            })
            .collect()
    }
}

fn read_one(method: &Method, classifier: &Classifier, scores: &Scores, vector: &[f32]) -> Reading {
    match method {
        Method::Levels(idx) => {
            let (level, p) = classifier.level(scores, *idx);
            let two = classifier.space().range(OutputGroup::Demonstrated).start + idx;
            Reading {
                level,
                p,
                p_demonstrated: scores.probabilities[two],
                unsure: classifier.is_unsure(scores, two),
            }
        }
        Method::Shown(output) => {
            let p = scores.probabilities[*output];
            let threshold = classifier.thresholds()[*output];
            // The annotations of these labels have no level between; a passage that comes halfway touches it.
            let level = if p >= threshold {
                Level::Demonstrated
            } else if p >= 0.5 * threshold {
                Level::Asserted
            } else {
                Level::Absent
            };
            Reading {
                level,
                p,
                p_demonstrated: p,
                unsure: classifier.is_unsure(scores, *output),
            }
        }
        Method::Likeness(texts) => {
            let p = (0..texts.len())
                .map(|row| similarity(texts.row(row), vector))
                .fold(0.0, f32::max);
            let level = if p >= TOUCHES {
                Level::Asserted
            } else {
                Level::Absent
            };
            Reading {
                level,
                p: p.clamp(0.0, 1.0),
                p_demonstrated: 0.0,
                unsure: false,
            }
        }
    }
}

fn method(
    competency: &Competency,
    space: &LabelSpace,
    renamed: &BTreeMap<String, String>,
    embedder: &dyn Embedder,
) -> Result<Method> {
    let id = competency.id().as_str();
    let output = renamed.get(id).map_or(id, String::as_str);
    if trained_on(competency) {
        if competency.edition() == "opm-2025" {
            if let Some(idx) = space.opm_2025.iter().position(|label| label == output) {
                return Ok(Method::Shown(space.range(OutputGroup::Opm2025).start + idx));
            }
        } else if let Some(idx) = space.competencies.iter().position(|label| label == output) {
            return Ok(Method::Levels(idx));
        }
    }
    let texts: Vec<&str> = std::iter::once(competency.definition())
        .chain(competency.indicators().iter().map(AsRef::as_ref))
        .collect();
    Ok(Method::Likeness(embedder.embed(&texts)?))
}

/// Whether a competency is the one of a shipped edition that annotators worked with: an id alone proves
/// nothing, since anyone's codebook may use the word for something else.
fn trained_on(competency: &Competency) -> bool {
    builtin(competency.edition())
        .and_then(|shipped| shipped.competency(competency.id().as_str()))
        .is_some_and(|shipped| shipped.definition() == competency.definition())
}

/// Ids of an edition whose output goes by another name.
fn renamed_outputs(edition: &str) -> BTreeMap<String, String> {
    let outputs: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(include_str!("../../corpus/codebooks/outputs.toml")).unwrap_or_default();
    outputs.get(edition).cloned().unwrap_or_default()
}
