//! Competencies that no output was trained for: a passage against what a codebook says of them.
//!
//! Two things decide. Whether a passage tells a deed hardly depends on the competency, and the trained outputs tell it
//! well: [`Classifier::deed`](crate::classify::Classifier::deed). What it is about is likeness of vectors, but not the
//! plain one, which ranks claims above deeds: definitions, indicators and passages differ in manner, so each kind is
//! taken from its own mean; the encoder was turned towards the trained labels, so likeness is also taken after a
//! linear map that brings back what the base encoder knew; and every likeness is counted in deviations of what
//! ordinary passages reach, and against the competencies that stand nearest.

mod file;
mod own;

pub use self::file::{MATCHER_FILE, MatcherAbout, Measured};
pub use self::own::{FittedAbout, OwnHead};

use crate::classify::head::sigmoid;
use crate::embed::similarity;

/// Numbers that are weighed for a passage and a competency: definition, indicators and rival in both spaces, then
/// the deed, then whether the passage is about no other competency of the codebook more than about this.
pub const N_FEATURES: usize = 8;

/// Places of the last two.
const DEED: usize = 6;
/// See [`DEED`].
const FIRST: usize = 7;

/// Passages that likeness is counted against; a few hundred give a deviation to some percent.
pub const BACKGROUND: usize = 256;

/// The usual deviation of a likeness: it only keeps the features at the size of plain cosines.
const UNIT: f32 = 0.13;
/// Keeps a deviation from zero.
const LEAST_DEVIATION: f32 = 1e-3;
/// What indicators count beside the definition when competencies are held against each other: they are written as
/// deeds, as passages are.
const INDICATORS_COUNT: f32 = 2.0;

/// The features of a passage and a competency.
pub type Features = [f32; N_FEATURES];

/// A logistic line over [`Features`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weights {
    /// Factor of every feature.
    pub factors: Features,
    /// In logits.
    pub offset: f32,
}

impl Weights {
    /// The logit of a passage and a competency.
    #[must_use]
    pub fn logit(&self, features: &Features) -> f32 {
        self.offset + similarity(&self.factors, features)
    }
}

/// What a matcher is made of; see [`Matcher`] for shapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatcherParts {
    /// Mean vector of passages, (d).
    pub passage_mean: Vec<f32>,
    /// Mean vector of definitions, (d).
    pub definition_mean: Vec<f32>,
    /// Mean vector of indicators, (d).
    pub indicator_mean: Vec<f32>,
    /// From a vector less its mean to the second space, (d, m) row-major.
    pub map: Vec<f32>,
    /// Vectors of ordinary passages, (b, d) row-major.
    pub background: Vec<f32>,
    /// Vectors of the trained competencies to hold others against, definition and indicators joined, in both spaces:
    /// (r, d + m) row-major; filled by [`Matcher::with_rivals`].
    pub rivals: Vec<f32>,
    /// Demonstrated, then at least asserted.
    pub weights: [Weights; 2],
}

/// Reads competencies from their texts.
///
/// d is the length of a passage vector, m the width of the second space.
#[derive(Clone, Debug)]
pub struct Matcher {
    about: MatcherAbout,
    parts: MatcherParts,
    /// Background in both spaces, unit rows.
    background: [Vec<f32>; 2],
    rivals: Vec<[Line; 2]>,
}

/// A direction, with what ordinary passages reach along it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    vector: Vec<f32>,
    mean: f32,
    deviation: f32,
}

impl Line {
    fn at(&self, unit: &[f32]) -> f32 {
        (similarity(unit, &self.vector) - self.mean) / self.deviation * UNIT
    }
}

/// A competency as the matcher sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// By space: definition, indicators, both joined.
    spaces: [[Line; 3]; 2],
}

/// What a passage shows of a competency, as probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgment {
    /// It is demonstrated; in [0, 1].
    pub demonstrated: f32,
    /// It is at least asserted; not below `demonstrated`.
    pub asserted: f32,
}

impl Matcher {
    /// Joins parts.
    ///
    /// # Errors
    /// What does not fit: a shape, or a number that is not finite.
    pub fn new(about: MatcherAbout, parts: MatcherParts) -> Result<Self, String> {
        let d = parts.passage_mean.len();
        let m = parts.map.len().checked_div(d).unwrap_or_default();
        let fits = d > 0
            && m > 0
            && parts.map.len() == d * m
            && parts.definition_mean.len() == d
            && parts.indicator_mean.len() == d
            && parts.background.len().is_multiple_of(d)
            && parts.rivals.len().is_multiple_of(d + m);
        if !fits {
            return Err("the tensors do not fit each other".to_owned());
        }
        let mut matcher = Self {
            about,
            parts,
            background: [Vec::new(), Vec::new()],
            rivals: Vec::new(),
        };
        let rows: Vec<[Vec<f32>; 2]> = matcher
            .parts
            .background
            .chunks_exact(d)
            .map(|row| matcher.passage(row))
            .collect();
        for [own, mapped] in rows {
            matcher.background[0].extend(own);
            matcher.background[1].extend(mapped);
        }
        matcher.rivals = matcher
            .parts
            .rivals
            .chunks_exact(d + m)
            .map(|row| {
                [
                    matcher.line(0, row[..d].to_vec()),
                    matcher.line(1, row[d..].to_vec()),
                ]
            })
            .collect();
        Ok(matcher)
    }

    /// What is known of it.
    #[must_use]
    pub fn about(&self) -> &MatcherAbout {
        &self.about
    }

    /// The same with other words about it.
    #[must_use]
    pub fn with_about(mut self, about: MatcherAbout) -> Self {
        self.about = about;
        self
    }

    /// The same with other weights.
    #[must_use]
    pub fn with_weights(mut self, weights: [Weights; 2]) -> Self {
        self.parts.weights = weights;
        self
    }

    /// The same with competencies that others are held against.
    #[must_use]
    pub fn with_rivals(mut self, entries: &[Entry]) -> Self {
        self.parts.rivals = entries
            .iter()
            .flat_map(|entry| entry.spaces.iter().flat_map(|lines| &lines[2].vector))
            .copied()
            .collect();
        self.rivals = entries
            .iter()
            .map(|entry| entry.spaces.clone().map(|[_, _, both]| both))
            .collect();
        self
    }

    /// Length d of a passage vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.parts.passage_mean.len()
    }

    /// A competency from the vectors of its definition and its indicators; without indicators the definition stands
    /// for them.
    #[must_use]
    pub fn entry(&self, definition: &[f32], indicators: &[&[f32]]) -> Entry {
        let definition = self.both_spaces(definition, &self.parts.definition_mean);
        let joined = |space: usize, rows: &[[Vec<f32>; 2]]| -> Vec<f32> {
            let mut sum = vec![0.0; definition[space].len()];
            for row in rows {
                sum.iter_mut().zip(&row[space]).for_each(|(s, v)| *s += v);
            }
            unit(sum)
        };
        let indicators: Vec<[Vec<f32>; 2]> = indicators
            .iter()
            .map(|row| self.both_spaces(row, &self.parts.indicator_mean))
            .collect();
        let lines = |space: usize| -> [Line; 3] {
            let own = definition[space].clone();
            let acts = if indicators.is_empty() {
                own.clone()
            } else {
                joined(space, &indicators)
            };
            let both = own
                .iter()
                .zip(&acts)
                .map(|(d, i)| d + INDICATORS_COUNT * i)
                .collect();
            [own, acts, both].map(|vector| self.line(space, vector))
        };
        Entry {
            spaces: [lines(0), lines(1)],
        }
    }

    /// The unit vector of a passage, less the mean of passages: what heads of one's own are fitted on.
    #[must_use]
    pub fn unit_vector(&self, vector: &[f32]) -> Vec<f32> {
        unit(less(vector, &self.parts.passage_mean))
    }

    /// The features of a passage and every entry; `deed` as in
    /// [`Classifier::deed`](crate::classify::Classifier::deed).
    #[must_use]
    pub fn features(&self, entries: &[Entry], vector: &[f32], deed: f32) -> Vec<Features> {
        let units = self.passage(vector);
        let mut found = vec![[0.0; N_FEATURES]; entries.len()];
        // Strengths in both spaces together.
        let mut joint = vec![0.0; entries.len()];
        let mut joint_strangers = vec![0.0; self.rivals.len()];
        for (space, unit) in units.iter().enumerate() {
            let strengths: Vec<f32> = entries
                .iter()
                .map(|entry| entry.spaces[space][2].at(unit))
                .collect();
            let strangers: Vec<f32> = self
                .rivals
                .iter()
                .map(|lines| lines[space].at(unit))
                .collect();
            joint.iter_mut().zip(&strengths).for_each(|(j, s)| *j += s);
            joint_strangers
                .iter_mut()
                .zip(&strangers)
                .for_each(|(j, s)| *j += s);
            let stranger = highest(&strangers);
            for (idx, (entry, features)) in entries.iter().zip(&mut found).enumerate() {
                let [definition, indicators, _] = &entry.spaces[space];
                let rival = strengths
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != idx)
                    .map(|(_, strength)| *strength)
                    .fold(stranger, f32::max);
                features[3 * space] = definition.at(unit);
                features[3 * space + 1] = indicators.at(unit);
                if rival.is_finite() {
                    features[3 * space + 2] = strengths[idx] - rival;
                }
                features[DEED] = deed;
            }
        }
        // A codebook of one competency has only strangers to be held against.
        let first = if entries.len() > 1 {
            highest(&joint)
        } else {
            highest(&joint_strangers)
        };
        for (features, joint) in found.iter_mut().zip(&joint) {
            features[FIRST] = f32::from(u8::from(*joint >= first));
        }
        found
    }

    /// The logits of a passage for every entry: demonstrated, and at least asserted.
    #[must_use]
    pub fn logits(&self, entries: &[Entry], vector: &[f32], deed: f32) -> Vec<[f32; 2]> {
        self.features(entries, vector, deed)
            .iter()
            .map(|features| self.parts.weights.map(|weights| weights.logit(features)))
            .collect()
    }

    /// A passage vector in both spaces.
    fn passage(&self, vector: &[f32]) -> [Vec<f32>; 2] {
        self.both_spaces(vector, &self.parts.passage_mean)
    }

    fn both_spaces(&self, vector: &[f32], mean: &[f32]) -> [Vec<f32>; 2] {
        let own = less(vector, mean);
        let m = self.parts.map.len() / self.dim();
        let mut mapped = vec![0.0; m];
        for (value, row) in own.iter().zip(self.parts.map.chunks_exact(m)) {
            mapped
                .iter_mut()
                .zip(row)
                .for_each(|(s, w)| *s += value * w);
        }
        [unit(own), unit(mapped)]
    }

    fn line(&self, space: usize, vector: Vec<f32>) -> Line {
        let reached: Vec<f32> = self.background[space]
            .chunks_exact(vector.len())
            .map(|row| similarity(row, &vector))
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
        let n = reached.len().max(1) as f32;
        let mean = reached.iter().sum::<f32>() / n;
        let variance = reached.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n;
        Line {
            vector,
            mean,
            deviation: variance.sqrt() + LEAST_DEVIATION,
        }
    }
}

impl Judgment {
    /// Probabilities of the two logits.
    #[must_use]
    pub fn of([demonstrated, asserted]: [f32; 2]) -> Self {
        let demonstrated = sigmoid(demonstrated);
        Self {
            demonstrated,
            asserted: sigmoid(asserted).max(demonstrated),
        }
    }
}

fn highest(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

fn less(vector: &[f32], mean: &[f32]) -> Vec<f32> {
    vector.iter().zip(mean).map(|(v, m)| v - m).collect()
}

/// A vector at length one; zero stays zero.
fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = similarity(&vector, &vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
    vector
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A matcher of two dimensions whose map swaps them.
    pub(in crate::classify::matcher) fn tiny() -> Matcher {
        let parts = MatcherParts {
            passage_mean: vec![0.0, 0.0],
            definition_mean: vec![0.0, 0.0],
            indicator_mean: vec![1.0, 1.0],
            map: vec![0.0, 1.0, 1.0, 0.0],
            background: vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0],
            rivals: Vec::new(),
            weights: [Weights {
                factors: [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 1.0, 0.5],
                offset: -0.25,
            }; 2],
        };
        Matcher::new(MatcherAbout::default(), parts).unwrap()
    }

    #[test]
    fn the_nearer_entry_wins_and_the_rival_loses() {
        let matcher = tiny();
        let entries = [
            matcher.entry(&[1.0, 0.0], &[&[2.0, 1.0]]),
            matcher.entry(&[0.0, 1.0], &[]),
        ];
        let found = matcher.features(&entries, &[3.0, 0.1], 0.0);
        assert!(found[0][0] > found[1][0] && found[0][1] > found[1][1]);
        assert!(found[0][2] > 0.0 && found[1][2] < 0.0);
        assert_eq!([found[0][FIRST], found[1][FIRST]], [1.0, 0.0]);
        // A map that only turns the space changes no likeness.
        assert!((found[0][0] - found[0][3]).abs() < 1e-6);
        let logits = matcher.logits(&entries, &[3.0, 0.1], 0.0);
        assert!(logits[0][0] > logits[1][0]);
        // A boast is the same topic and no deed.
        assert!(matcher.logits(&entries, &[3.0, 0.1], -4.0)[0][0] < logits[0][0] - 3.0);
    }

    #[test]
    fn a_stranger_that_is_nearer_counts_as_a_rival() {
        let matcher = tiny();
        let stranger = matcher.entry(&[1.0, 0.0], &[]);
        let entry = [matcher.entry(&[1.0, 1.0], &[])];
        let alone = matcher.features(&entry, &[1.0, 0.0], 0.0);
        assert_eq!(alone[0][2], 0.0, "nothing to be held against");
        assert_eq!(alone[0][FIRST], 1.0);
        let held = matcher
            .with_rivals(&[stranger])
            .features(&entry, &[1.0, 0.0], 0.0);
        assert!(held[0][2] < 0.0 && held[0][5] < 0.0);
        assert_eq!(held[0][FIRST], 0.0);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let mut parts = tiny().parts;
        parts.map.pop();
        assert!(Matcher::new(MatcherAbout::default(), parts).is_err());
    }

    #[test]
    fn asserted_is_never_below_demonstrated() {
        let found = Judgment::of([1.0, -3.0]);
        assert!((found.asserted - found.demonstrated).abs() < 1e-9);
    }
}
