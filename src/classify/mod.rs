//! Embeddings to levels: a trained head, calibrated, with a threshold for every label.

mod calibration;
mod head;
mod labels;
mod manifest;
mod matcher;
mod read;

pub use self::calibration::{
    Alone, Calibration, GroupCalibration, NEIGHBORS, Story, neighbors, rivals,
};
pub use self::head::{Head, feature_scale, sigmoid};
pub use self::labels::{LabelSpace, Level, OutputGroup};
pub use self::manifest::{Band, FORMAT, FileDigest, Manifest, ModelScores, TrainingRecord};
pub use self::matcher::{
    BACKGROUND, Entry, Features, FittedAbout, Judgment, MATCHER_FILE, Matcher, MatcherAbout,
    MatcherParts, Measured, N_FEATURES, OwnHead, Weights,
};
pub use self::read::{
    MatcherFile, ModelFiles, ModelName, bundled_model, read_model_dir, sha256_hex,
};

use crate::codebook::tags;
use crate::embed::Embeddings;

/// Probability that a competency named in a tag is at least asserted: to name it is to claim it, whatever stands beside.
const NAMED: f32 = 0.9;

/// Moves the middle of [`Classifier::deed`] to where deeds and claims part.
const DEED_OFFSET: f32 = 1.0;

/// Calibrated probabilities of one passage, in the order of the model's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// k probabilities in [0, 1].
    pub probabilities: Vec<f32>,
}

/// Turns embeddings into calibrated probabilities and levels.
#[derive(Clone, Debug)]
pub struct Classifier {
    head: Head,
    space: LabelSpace,
    calibration: Calibration,
    /// k thresholds in [0, 1], in the order of the outputs.
    thresholds: Vec<f32>,
    /// The band of every output, in their order.
    unsure: Vec<Option<Band>>,
}

impl Classifier {
    /// Joins a head with the label order, calibration and thresholds of its manifest.
    ///
    /// # Errors
    /// What does not fit: the number of outputs, or a threshold outside [0, 1].
    pub fn new(head: Head, manifest: &Manifest) -> Result<Self, String> {
        let space = manifest.labels.clone();
        if head.n_outputs() != space.n_outputs() {
            return Err(format!(
                "the head has {} outputs, the label order names {}",
                head.n_outputs(),
                space.n_outputs()
            ));
        }
        let thresholds = manifest.threshold_row()?;
        let unsure = OutputGroup::ALL
            .into_iter()
            .flat_map(|group| {
                let band = manifest.unsure.get(group.name()).copied();
                std::iter::repeat_n(band, space.ids(group).len())
            })
            .collect();
        Ok(Self {
            head,
            space,
            calibration: manifest.calibration.clone(),
            thresholds,
            unsure,
        })
    }

    /// The labels this classifier knows.
    #[must_use]
    pub fn space(&self) -> &LabelSpace {
        &self.space
    }

    /// The threshold of every output, in [0, 1].
    #[must_use]
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The probabilities of every passage, each read by itself.
    #[must_use]
    pub fn classify(&self, embeddings: &Embeddings) -> Vec<Scores> {
        let logits = self.head.logits(embeddings);
        self.scores(&self.calibration.alone(&logits, &self.space))
    }

    /// The probabilities of every passage, read among its neighbors in the same story.
    ///
    /// `stories` names the story of each passage: its section, or its document and ECQ. Passages of a story
    /// stand together, in the order of the text.
    ///
    /// # Panics
    /// If there are not as many stories as embeddings.
    #[must_use]
    pub fn classify_stories<S: PartialEq>(
        &self,
        embeddings: &Embeddings,
        stories: &[S],
    ) -> Vec<Scores> {
        assert_eq!(embeddings.len(), stories.len(), "one story a passage");
        let logits = self.head.logits(embeddings);
        let alone = self.calibration.alone(&logits, &self.space);
        self.scores(&self.calibration.in_stories(&alone, &self.space, stories))
    }

    /// [`classify_stories`](Self::classify_stories) of passages whose words are at hand: what their tags name is claimed.
    ///
    /// # Panics
    /// If there are not as many stories as embeddings.
    #[must_use]
    pub fn classify_texts<S: PartialEq>(
        &self,
        texts: &[&str],
        embeddings: &Embeddings,
        stories: &[S],
    ) -> Vec<Scores> {
        let mut scores = self.classify_stories(embeddings, stories);
        self.count_tags(texts, &mut scores);
        scores
    }

    /// Probabilities from calibrated logits (n, k).
    fn scores(&self, calibrated: &[f32]) -> Vec<Scores> {
        let k = self.space.n_outputs();
        if k == 0 {
            return Vec::new();
        }
        calibrated
            .chunks_exact(k)
            .map(|logits| {
                let mut probabilities: Vec<f32> = logits.iter().map(|&x| sigmoid(x)).collect();
                // Demonstrated is a part of asserted-or-more; the two outputs are trained apart.
                let (two, any) = (
                    self.space.range(OutputGroup::Demonstrated),
                    self.space.range(OutputGroup::Asserted),
                );
                for (two, any) in two.zip(any) {
                    probabilities[any] = probabilities[any].max(probabilities[two]);
                }
                Scores { probabilities }
            })
            .collect()
    }

    /// Lifts what the tags of the passages name ("(Vision)" after a sentence) to asserted. The encoder does not see tags,
    /// so they never lift anything to demonstrated.
    pub fn count_tags(&self, texts: &[&str], scores: &mut [Scores]) {
        let asserted = self.space.range(OutputGroup::Asserted);
        for (text, scores) in texts.iter().zip(scores) {
            for id in tags(text).into_iter().flat_map(|tag| tag.competencies) {
                let known = self.space.competencies.iter().position(|known| known == id);
                if let Some(idx) = known {
                    let p = &mut scores.probabilities[asserted.start + idx];
                    *p = p.max(NAMED);
                }
            }
        }
    }

    /// The level of a competency by its index in [`LabelSpace::competencies`], with the probability that decided.
    #[must_use]
    pub fn level(&self, scores: &Scores, competency_idx: usize) -> (Level, f32) {
        let two = self.space.range(OutputGroup::Demonstrated).start + competency_idx;
        let any = self.space.range(OutputGroup::Asserted).start + competency_idx;
        if scores.probabilities[two] >= self.thresholds[two] {
            (Level::Demonstrated, scores.probabilities[two])
        } else if scores.probabilities[any] >= self.thresholds[any] {
            (Level::Asserted, scores.probabilities[any])
        } else {
            (Level::Absent, scores.probabilities[any])
        }
    }

    /// Whether the decision on an output (an index into the row of probabilities) cannot be relied on; never for a
    /// model without bands.
    #[must_use]
    pub fn is_unsure(&self, scores: &Scores, output: usize) -> bool {
        self.unsure[output].is_some_and(|band| band.holds(scores.probabilities[output]))
    }

    /// How far a passage tells a deed of the writer, whatever of: the logarithm of a share in (0, 1).
    ///
    /// It joins what the outputs for "demonstrated" say together with that for the part of the story named action, both
    /// before calibration, which would hold each against its rivals.
    #[must_use]
    pub fn deed(&self, vector: &[f32]) -> f32 {
        let logits = self.head.logits(&Embeddings {
            dim: vector.len(),
            rows: vector.to_vec(),
            truncated: Vec::new(),
        });
        let shown = &logits[self.space.range(OutputGroup::Demonstrated)];
        let highest = shown.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = shown.iter().map(|x| (x - highest).exp()).sum();
        let joined = highest + sum.ln();
        let action = self.space.ccar.iter().position(|part| part == "action");
        let action = action.map_or(joined, |idx| {
            logits[self.space.range(OutputGroup::Ccar).start + idx]
        });
        let logit = 0.5 * (joined + action) + DEED_OFFSET;
        // ln σ(x), held finite.
        -((-logit).max(0.0) + (-logit.abs()).exp().ln_1p())
    }

    /// Whether an output (an index into the row of probabilities) reaches its threshold.
    #[must_use]
    pub fn reaches(&self, scores: &Scores, output: usize) -> bool {
        scores.probabilities[output] >= self.thresholds[output]
    }
}
