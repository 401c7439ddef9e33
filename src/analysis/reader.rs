//! A codebook's competencies, read from the model's outputs or, where it was not trained on them, by the matcher.

use std::collections::BTreeMap;

use crate::classify::{
    Classifier, Entry, Judgment, LabelSpace, Level, Matcher, MatcherFile, Measured, OutputGroup,
    OwnHead, Scores,
};
use crate::codebook::{Codebook, Competency, builtin};
use crate::coverage::Reading;
use crate::embed::{Embedder, Embeddings};
use crate::error::Result;

/// How a competency is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Trained in three levels; index in [`LabelSpace::competencies`].
    Levels(usize),
    /// Trained as shown or not; an output.
    Shown(usize),
    /// Not trained: matched to what the codebook says of it; number among those that are.
    Matched(usize),
}

/// Reads the competencies of one codebook.
#[derive(Clone, Debug)]
pub struct CodebookReader {
    methods: Vec<Method>,
    /// Where at least one competency is not trained.
    matched: Option<Matched>,
}

/// What the competencies that are not trained are read with.
#[derive(Clone, Debug)]
struct Matched {
    matcher: Matcher,
    entries: Vec<Entry>,
    /// Ids, in the order of the entries.
    ids: Vec<String>,
    head: Option<OwnHead>,
}

impl CodebookReader {
    /// Finds the outputs for a codebook's competencies; the texts of unknown ones are embedded once.
    ///
    /// # Errors
    /// If a text cannot be embedded, or there are unknown ones and the model has no matcher.
    pub fn new(
        codebook: &Codebook,
        space: &LabelSpace,
        matcher: &MatcherFile<'_>,
        embedder: &dyn Embedder,
    ) -> Result<Self> {
        let (methods, unknown) = methods(codebook, space);
        let matched = if unknown.is_empty() {
            None
        } else {
            let matcher = matcher.read()?;
            Some(Matched {
                entries: entries(&matcher, &unknown, embedder)?,
                ids: unknown.iter().map(|one| one.id().to_string()).collect(),
                matcher,
                head: None,
            })
        };
        Ok(Self { methods, matched })
    }

    /// Number of competencies the model was not trained on.
    #[must_use]
    pub fn n_untrained(&self) -> usize {
        self.matched
            .as_ref()
            .map_or(0, |matched| matched.entries.len())
    }

    /// Ids of the competencies the model was not trained on, in the order of the codebook.
    #[must_use]
    pub fn untrained(&self) -> &[String] {
        self.matched
            .as_ref()
            .map_or(&[], |matched| matched.ids.as_slice())
    }

    /// Lays a head of one's own over the matcher's answers.
    pub(super) fn set_head(&mut self, head: OwnHead) {
        if let Some(matched) = &mut self.matched {
            matched.head = Some(head);
        }
    }

    /// What a reader of a report has to know of the competencies that are not trained; none if all are.
    pub(super) fn caution(&self, codebook: &str) -> Option<String> {
        let matched = self.matched.as_ref()?;
        let about = matched.matcher.about();
        let n = matched.entries.len();
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let trust = |measured: Measured| {
            format!(
                "{} of what it called demonstrated was and it found {} of what is",
                percent(measured.precision),
                percent(measured.recall)
            )
        };
        let unknown = if n == 1 {
            format!("1 competency of {codebook} is unknown to the model and matched to its texts")
        } else {
            format!(
                "{n} competencies of {codebook} are unknown to the model and matched to their texts"
            )
        };
        let Some(head) = &matched.head else {
            return Some(format!(
                "{unknown}: on codebooks never seen {}; with 5 to 20 examples each, ecq codebook fit does better",
                trust(about.measured)
            ));
        };
        let fitted = &head.about;
        let fewest = fitted.competencies.iter().map(|(_, n)| *n).min();
        let known = about
            .with_examples
            .iter()
            .rev()
            .find(|(n, _)| fewest.is_some_and(|fewest| *n <= fewest));
        let trust = known.map_or_else(
            || {
                format!(
                    "on codebooks never seen, without examples, {}",
                    trust(about.measured)
                )
            },
            |(n, measured)| {
                format!(
                    "on codebooks never seen, with {n} each, {}",
                    trust(*measured)
                )
            },
        );
        Some(format!(
            "{unknown}, {} of them with a head fitted on examples (sha256 {}): {trust}",
            fitted.competencies.len(),
            fitted.examples_sha256.get(..12).unwrap_or_default(),
        ))
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
        match (self.methods[competency], &self.matched) {
            (Method::Levels(idx), _) => {
                let group = if level == Level::Asserted {
                    OutputGroup::Asserted
                } else {
                    OutputGroup::Demonstrated
                };
                scores.probabilities[classifier.space().range(group).start + idx]
            }
            (Method::Matched(idx), Some(matched)) => {
                let judgment = matched.judge(classifier, scores, vector)[idx];
                if level == Level::Asserted {
                    judgment.asserted
                } else {
                    judgment.demonstrated
                }
            }
            (method, _) => read_one(method, classifier, scores).p,
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
        // A passage is held against all entries at once, since they are each other's rivals.
        let judgments: Vec<Vec<Judgment>> =
            self.matched.as_ref().map_or_else(Vec::new, |matched| {
                scores
                    .iter()
                    .enumerate()
                    .map(|(row, scores)| matched.judge(classifier, scores, embeddings.row(row)))
                    .collect()
            });
        self.methods
            .iter()
            .map(|&method| {
                scores
                    .iter()
                    .enumerate()
                    .map(|(row, scores)| match (method, &self.matched) {
                        (Method::Matched(idx), Some(matched)) => {
                            matched.reading(judgments[row][idx])
                        }
                        _ => read_one(method, classifier, scores),
                    })
                    .collect()
            })
            .collect()
    }
}

impl Matched {
    /// What a passage shows of every entry; nothing of a passage that was judged too short to tell anything.
    fn judge(&self, classifier: &Classifier, scores: &Scores, vector: &[f32]) -> Vec<Judgment> {
        if scores.probabilities.iter().all(|p| *p == 0.0) {
            let nothing = Judgment {
                demonstrated: 0.0,
                asserted: 0.0,
            };
            return vec![nothing; self.entries.len()];
        }
        let mut logits = self
            .matcher
            .logits(&self.entries, vector, classifier.deed(vector));
        if let Some(head) = &self.head {
            let unit = self.matcher.unit_vector(vector);
            for (id, logits) in self.ids.iter().zip(&mut logits) {
                if let Some(row) = head.position(id) {
                    let added = head.added(row, &unit);
                    logits.iter_mut().zip(added).for_each(|(x, a)| *x += a);
                }
            }
        }
        logits.into_iter().map(Judgment::of).collect()
    }

    fn reading(&self, judgment: Judgment) -> Reading {
        let about = self.matcher.about();
        let (level, p) = if judgment.demonstrated >= about.demonstrated {
            (Level::Demonstrated, judgment.demonstrated)
        } else if judgment.asserted >= about.asserted {
            (Level::Asserted, judgment.asserted)
        } else {
            (Level::Absent, judgment.asserted)
        };
        Reading {
            level,
            p,
            p_demonstrated: judgment.demonstrated,
            unsure: about.unsure.holds(judgment.demonstrated),
        }
    }
}

fn read_one(method: Method, classifier: &Classifier, scores: &Scores) -> Reading {
    match method {
        Method::Levels(idx) => {
            let (level, p) = classifier.level(scores, idx);
            let two = classifier.space().range(OutputGroup::Demonstrated).start + idx;
            Reading {
                level,
                p,
                p_demonstrated: scores.probabilities[two],
                unsure: classifier.is_unsure(scores, two),
            }
        }
        Method::Shown(output) => {
            let p = scores.probabilities[output];
            let threshold = classifier.thresholds()[output];
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
                unsure: classifier.is_unsure(scores, output),
            }
        }
        // Read by its matcher, which stands beside every such method.
        Method::Matched(_) => Reading {
            level: Level::Absent,
            p: 0.0,
            p_demonstrated: 0.0,
            unsure: false,
        },
    }
}

/// How every competency is read, and those that are not trained.
fn methods<'a>(codebook: &'a Codebook, space: &LabelSpace) -> (Vec<Method>, Vec<&'a Competency>) {
    let renamed = renamed_outputs(codebook.edition());
    let mut unknown = Vec::new();
    let methods = codebook
        .competencies()
        .iter()
        .map(|competency| {
            trained(competency, space, &renamed).unwrap_or_else(|| {
                unknown.push(competency);
                Method::Matched(unknown.len() - 1)
            })
        })
        .collect();
    (methods, unknown)
}

/// The competencies of a codebook that a model was not trained on, in the order of the file.
#[must_use]
pub fn untrained<'a>(codebook: &'a Codebook, space: &LabelSpace) -> Vec<&'a Competency> {
    methods(codebook, space).1
}

/// Competencies as a matcher sees them, from their definitions and indicators.
///
/// # Errors
/// If a text cannot be embedded.
pub fn entries(
    matcher: &Matcher,
    competencies: &[&Competency],
    embedder: &dyn Embedder,
) -> Result<Vec<Entry>> {
    let texts: Vec<&str> = competencies
        .iter()
        .flat_map(|one| {
            std::iter::once(one.definition()).chain(one.indicators().iter().map(String::as_str))
        })
        .collect();
    let vectors = embedder.embed(&texts)?;
    let mut at = 0;
    Ok(competencies
        .iter()
        .map(|one| {
            let definition = vectors.row(at);
            let acts: Vec<&[f32]> = (1..=one.indicators().len())
                .map(|idx| vectors.row(at + idx))
                .collect();
            at += 1 + acts.len();
            matcher.entry(definition, &acts)
        })
        .collect())
}

/// The output that a competency is read from, where there is one.
fn trained(
    competency: &Competency,
    space: &LabelSpace,
    renamed: &BTreeMap<String, String>,
) -> Option<Method> {
    let id = competency.id().as_str();
    let output = renamed.get(id).map_or(id, String::as_str);
    if !trained_on(competency) {
        return None;
    }
    if competency.edition() == "opm-2025" {
        let idx = space.opm_2025.iter().position(|label| label == output)?;
        Some(Method::Shown(space.range(OutputGroup::Opm2025).start + idx))
    } else {
        let mut labels = space.competencies.iter();
        Some(Method::Levels(labels.position(|label| label == output)?))
    }
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
