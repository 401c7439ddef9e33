//! `matcher.safetensors`: the bytes of a matcher.

use std::collections::HashMap;

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::{Matcher, MatcherParts, N_FEATURES, Weights};
use crate::classify::manifest::Band;

/// Name of the file in a model directory.
pub const MATCHER_FILE: &str = "matcher.safetensors";

/// The version of the file that is written and read.
const FORMAT: u32 = 1;

/// Key of the words about a file, in its header.
pub(super) const ABOUT: &str = "about";

/// What a matcher records of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatcherAbout {
    /// Version of the file; 1.
    pub format: u32,
    /// Digest of the encoder whose vectors it was made for.
    pub encoder_sha256: String,
    /// Digest of the base encoder that its map brings back.
    pub base_sha256: String,
    /// Lowest probability that counts as demonstrated.
    pub demonstrated: f32,
    /// Lowest probability that counts as asserted.
    pub asserted: f32,
    /// Probabilities of "demonstrated" in which neither decision can be relied on.
    pub unsure: Band,
    /// What it reached on codebooks left out of its making.
    pub measured: Measured,
    /// The same with examples: how many a competency, and what was reached.
    pub with_examples: Vec<(usize, Measured)>,
}

impl Default for MatcherAbout {
    fn default() -> Self {
        Self {
            format: FORMAT,
            encoder_sha256: String::new(),
            base_sha256: String::new(),
            demonstrated: 0.5,
            asserted: 0.5,
            unsure: Band {
                from: 0.5,
                to: 0.5,
                least_right: 0.0,
            },
            measured: Measured::default(),
            with_examples: Vec::new(),
        }
    }
}

/// Agreement on the level demonstrated, pooled over passages and competencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Share of what was called demonstrated that is.
    pub precision: f64,
    /// Share of what is demonstrated that was called so.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Mean average precision over competencies.
    pub mean_average_precision: f64,
}

impl Matcher {
    /// The bytes of a `matcher.safetensors`; the large tensors as 16-bit floats.
    ///
    /// # Errors
    /// If the file cannot be laid out.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let (d, parts) = (self.dim(), &self.parts);
        let m = parts.map.len() / d;
        let weights: Vec<f32> = parts
            .weights
            .iter()
            .flat_map(|weights| weights.factors.iter().copied().chain([weights.offset]))
            .collect();
        let tensors: [(&str, Dtype, Vec<usize>, Vec<u8>); 7] = [
            (
                "passage_mean",
                Dtype::F32,
                vec![d],
                singles(&parts.passage_mean),
            ),
            (
                "definition_mean",
                Dtype::F32,
                vec![d],
                singles(&parts.definition_mean),
            ),
            (
                "indicator_mean",
                Dtype::F32,
                vec![d],
                singles(&parts.indicator_mean),
            ),
            ("map", Dtype::F16, vec![d, m], halves(&parts.map)),
            (
                "background",
                Dtype::F16,
                vec![parts.background.len() / d, d],
                halves(&parts.background),
            ),
            (
                "rivals",
                Dtype::F16,
                vec![parts.rivals.len() / (d + m), d + m],
                halves(&parts.rivals),
            ),
            (
                "weights",
                Dtype::F32,
                vec![2, N_FEATURES + 1],
                singles(&weights),
            ),
        ];
        let about = serde_json::to_string(&self.about).map_err(|cause| cause.to_string())?;
        write(&tensors, about)
    }

    /// Reads a `matcher.safetensors`.
    ///
    /// # Errors
    /// What is wrong: no safetensors, a tensor that is missing or misshapen, a number that is not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (tensors, about) = read(bytes)?;
        let about: MatcherAbout =
            serde_json::from_str(&about).map_err(|cause| format!("its header: {cause}"))?;
        if about.format != FORMAT {
            return Err(format!(
                "it has format {}, this version reads {FORMAT}",
                about.format
            ));
        }
        let weights = values(&tensors, "weights")?;
        if weights.len() != 2 * (N_FEATURES + 1) {
            return Err("tensor weights has another shape than this version reads".to_owned());
        }
        let line = |row: &[f32]| {
            let mut factors = [0.0; N_FEATURES];
            factors.copy_from_slice(&row[..N_FEATURES]);
            Weights {
                factors,
                offset: row[N_FEATURES],
            }
        };
        let parts = MatcherParts {
            passage_mean: values(&tensors, "passage_mean")?,
            definition_mean: values(&tensors, "definition_mean")?,
            indicator_mean: values(&tensors, "indicator_mean")?,
            map: values(&tensors, "map")?,
            background: values(&tensors, "background")?,
            rivals: values(&tensors, "rivals")?,
            weights: [
                line(&weights[..=N_FEATURES]),
                line(&weights[N_FEATURES + 1..]),
            ],
        };
        Self::new(about, parts)
    }
}

/// A safetensors file with one line of words about it.
pub(super) fn write(
    tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)],
    about: String,
) -> Result<Vec<u8>, String> {
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.clone(), bytes).map(|view| (*name, view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| cause.to_string())?;
    // One key alone: the order of several would differ from run to run.
    let about = HashMap::from([(ABOUT.to_owned(), about)]);
    safetensors::serialize(views, Some(about)).map_err(|cause| cause.to_string())
}

/// The tensors of a file and the words about it.
pub(super) fn read(bytes: &[u8]) -> Result<(SafeTensors<'_>, String), String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|cause| cause.to_string())?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|cause| cause.to_string())?;
    let about = header
        .metadata()
        .as_ref()
        .and_then(|words| words.get(ABOUT))
        .ok_or("its header says nothing of what it is")?;
    Ok((tensors, about.clone()))
}

/// A tensor's numbers.
pub(super) fn values(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, String> {
    let tensor = tensors.tensor(name).map_err(|cause| cause.to_string())?;
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => tensor
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        Dtype::F16 => tensor
            .data()
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
            .collect(),
        other => return Err(format!("tensor {name} has type {other:?}")),
    };
    if values.iter().any(|v| !v.is_finite()) {
        return Err(format!("tensor {name} holds a number that is not finite"));
    }
    Ok(values)
}

pub(super) fn singles(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn halves(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|&v| f16::from_f32(v).to_le_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::matcher::tests::tiny;

    #[test]
    fn what_is_written_is_read() {
        let matcher = tiny();
        let matcher = matcher
            .clone()
            .with_rivals(&[matcher.entry(&[1.0, 0.0], &[])]);
        let bytes = matcher.to_bytes().unwrap();
        assert_eq!(bytes, matcher.to_bytes().unwrap());
        let read = Matcher::from_bytes(&bytes).unwrap();
        assert_eq!(read.parts, matcher.parts);
        assert_eq!(read.about, matcher.about);
        assert!(Matcher::from_bytes(&bytes[..bytes.len() - 3]).is_err());
    }
}
