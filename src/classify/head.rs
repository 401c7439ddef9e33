//! Embeddings to logits: one linear map for all labels.

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::embed::Embeddings;

/// A linear map from the passage embedding to the outputs of a [`LabelSpace`](crate::classify::LabelSpace).
///
/// # Shape
/// `weight` is (k, d), row-major; `bias` is (k).
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Length d of an embedding.
    pub dim: usize,
    /// k × d numbers.
    pub weight: Vec<f32>,
    /// k numbers.
    pub bias: Vec<f32>,
}

impl Head {
    /// Number k of outputs.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.bias.len()
    }

    /// The logits of every passage, (n, k) row-major.
    ///
    /// Embeddings have unit length; they are scaled by the root of d first, so that a weight of the
    /// usual size moves a logit by about one whatever the encoder's width.
    ///
    /// # Panics
    /// If the embeddings have another length than the head was made for.
    #[must_use]
    pub fn logits(&self, embeddings: &Embeddings) -> Vec<f32> {
        assert_eq!(
            embeddings.dim, self.dim,
            "the head was made for another encoder"
        );
        let scale = feature_scale(self.dim);
        let mut logits = Vec::with_capacity(embeddings.len() * self.n_outputs());
        for idx in 0..embeddings.len() {
            let row = embeddings.row(idx);
            for (weight, bias) in self.weight.chunks_exact(self.dim).zip(&self.bias) {
                let dot: f32 = weight.iter().zip(row).map(|(w, x)| w * x).sum();
                logits.push(dot * scale + bias);
            }
        }
        logits
    }

    /// The bytes of a `head.safetensors`.
    ///
    /// # Errors
    /// If the shapes of the head are inconsistent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let le = |values: &[f32]| {
            values
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let (weight, bias) = (le(&self.weight), le(&self.bias));
        let k = self.n_outputs();
        let view = |shape: Vec<usize>, bytes| TensorView::new(Dtype::F32, shape, bytes);
        let weight = view(vec![k, self.dim], &weight).map_err(|cause| cause.to_string())?;
        let bias = view(vec![k], &bias).map_err(|cause| cause.to_string())?;
        safetensors::serialize([("weight", weight), ("bias", bias)], None)
            .map_err(|cause| cause.to_string())
    }

    /// Reads a `head.safetensors`.
    ///
    /// # Errors
    /// What is wrong: no safetensors, a missing tensor, another type or shape, a number that is not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|cause| cause.to_string())?;
        let read = |name: &str, rank: usize| -> Result<(Vec<usize>, Vec<f32>), String> {
            let tensor = tensors.tensor(name).map_err(|cause| cause.to_string())?;
            if tensor.dtype() != Dtype::F32 || tensor.shape().len() != rank {
                return Err(format!("tensor {name} should be f32 of rank {rank}"));
            }
            let values: Vec<f32> = tensor
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            if values.iter().any(|v| !v.is_finite()) {
                return Err(format!("tensor {name} holds a number that is not finite"));
            }
            Ok((tensor.shape().to_vec(), values))
        };
        let (shape, weight) = read("weight", 2)?;
        let (bias_shape, bias) = read("bias", 1)?;
        if shape[0] != bias_shape[0] {
            return Err(format!(
                "weight has {} rows, bias {}",
                shape[0], bias_shape[0]
            ));
        }
        Ok(Self {
            dim: shape[1],
            weight,
            bias,
        })
    }
}

/// The factor on a unit embedding before the head: the root of its length.
#[must_use]
pub fn feature_scale(dim: usize) -> f32 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "encoder widths are far below 2^24"
    )]
    let dim = dim as f32;
    dim.sqrt()
}

/// The logistic function, without overflow at either end.
#[must_use]
pub fn sigmoid(logit: f32) -> f32 {
    if logit >= 0.0 {
        1.0 / (1.0 + (-logit).exp())
    } else {
        let e = logit.exp();
        e / (1.0 + e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_by_hand() {
        // d = 4, so the scale is 2: 2 · (0.6 · 1 + 0.8 · −1) + 0.5 = 0.1
        let head = Head {
            dim: 4,
            weight: vec![1.0, -1.0, 0.0, 0.0],
            bias: vec![0.5],
        };
        let embeddings = Embeddings {
            dim: 4,
            rows: vec![0.6, 0.8, 0.0, 0.0],
            truncated: vec![],
        };
        assert!((head.logits(&embeddings)[0] - 0.1).abs() < 1e-6);
    }

    #[test]
    fn bytes_round_trip_and_refuse_nan() {
        let head = Head {
            dim: 2,
            weight: vec![1.0, 2.0, 3.0, 4.0],
            bias: vec![0.5, -0.5],
        };
        assert_eq!(Head::from_bytes(&head.to_bytes().unwrap()).unwrap(), head);
        let bad = Head {
            weight: vec![f32::NAN, 0.0, 0.0, 0.0],
            ..head
        };
        assert!(
            Head::from_bytes(&bad.to_bytes().unwrap())
                .unwrap_err()
                .contains("not finite")
        );
    }

    #[test]
    fn sigmoid_keeps_to_its_range() {
        assert_eq!(sigmoid(-200.0), 0.0);
        assert_eq!(sigmoid(200.0), 1.0);
        assert!((sigmoid(0.0) - 0.5).abs() < 1e-7);
    }
}
