//! A head for a codebook of one's own, fitted on a handful of examples over the matcher's answer.

use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::file::{read, singles, values, write};
use crate::embed::similarity;

/// The version of the file that is written and read.
const FORMAT: u32 = 1;

/// What a head records of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedAbout {
    /// Version of the file; 1.
    pub format: u32,
    /// Id of the codebook.
    pub codebook: String,
    /// Digest of the codebook's file: another wording needs another fit.
    pub codebook_sha256: String,
    /// Digest of the model's manifest.
    pub model_sha256: String,
    /// Digest of the examples.
    pub examples_sha256: String,
    /// Competencies in the order of the rows, each with the number of its examples.
    pub competencies: Vec<(String, usize)>,
}

/// What examples add to the matcher's logits of a passage.
///
/// # Shape
/// `weight` is (2 k, d), row-major, on the matcher's [`unit_vector`](super::Matcher::unit_vector): for each of k
/// competencies a row for demonstrated and one for at least asserted. `bias` is (2 k).
#[derive(Clone, Debug, PartialEq)]
pub struct OwnHead {
    /// What is known of it.
    pub about: FittedAbout,
    /// 2 k × d numbers.
    pub weight: Vec<f32>,
    /// 2 k numbers.
    pub bias: Vec<f32>,
}

impl OwnHead {
    /// Words about a head of this version.
    #[must_use]
    pub fn describe(
        codebook: (&str, &str),
        model_sha256: &str,
        examples_sha256: String,
        competencies: Vec<(String, usize)>,
    ) -> FittedAbout {
        FittedAbout {
            format: FORMAT,
            codebook: codebook.0.to_owned(),
            codebook_sha256: codebook.1.to_owned(),
            model_sha256: model_sha256.to_owned(),
            examples_sha256,
            competencies,
        }
    }

    /// Row of a competency.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        let mut ids = self.about.competencies.iter();
        ids.position(|(known, _)| known == id)
    }

    /// What is added to the two logits of a passage by its unit vector.
    #[must_use]
    pub fn added(&self, competency: usize, unit: &[f32]) -> [f32; 2] {
        [0, 1].map(|level| {
            let row = 2 * competency + level;
            let weight = &self.weight[row * unit.len()..(row + 1) * unit.len()];
            similarity(weight, unit) + self.bias[row]
        })
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// If the shapes are inconsistent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let rows = self.bias.len();
        let d = self.weight.len().checked_div(rows).unwrap_or_default();
        let tensors = [
            ("weight", Dtype::F32, vec![rows, d], singles(&self.weight)),
            ("bias", Dtype::F32, vec![rows], singles(&self.bias)),
        ];
        let about = serde_json::to_string(&self.about).map_err(|cause| cause.to_string())?;
        write(&tensors, about)
    }

    /// Reads its file; `dim` is the length of a passage vector.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_bytes(bytes: &[u8], dim: usize) -> Result<Self, String> {
        let (tensors, about) = read(bytes)?;
        let about: FittedAbout =
            serde_json::from_str(&about).map_err(|cause| format!("its header: {cause}"))?;
        if about.format != FORMAT {
            return Err(format!(
                "it has format {}, this version reads {FORMAT}",
                about.format
            ));
        }
        let head = Self {
            weight: values(&tensors, "weight")?,
            bias: values(&tensors, "bias")?,
            about,
        };
        let rows = 2 * head.about.competencies.len();
        if head.bias.len() != rows || head.weight.len() != rows * dim {
            return Err("its tensors do not fit its list of competencies".to_owned());
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_written_and_adds_its_rows() {
        let head = OwnHead {
            about: OwnHead::describe(
                ("own", "aa"),
                "bb",
                "cc".to_owned(),
                vec![("x".to_owned(), 5), ("y".to_owned(), 7)],
            ),
            weight: vec![1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0],
            bias: vec![0.0, 0.5, 0.0, 0.0],
        };
        let bytes = head.to_bytes().unwrap();
        assert_eq!(OwnHead::from_bytes(&bytes, 2).unwrap(), head);
        assert!(OwnHead::from_bytes(&bytes, 3).is_err());
        assert_eq!(head.position("y"), Some(1));
        assert_eq!(head.added(0, &[0.5, 0.25]), [0.5, 0.75]);
        assert_eq!(head.added(1, &[0.5, 0.25]), [1.0, 0.5]);
    }
}
