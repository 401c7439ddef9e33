//! The word vectors: half the weights of a small encoder, of which a text touches some hundred rows.
//!
//! On disk they are 16- or 32-bit floats, or bytes with a scale a row ([`with_byte_words`]).

use std::borrow::Cow;
use std::collections::HashMap;

use candle_core::{DType, Tensor};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::embed::read::EncoderFiles;

/// Name of the word vectors, (n, d).
const WORDS: &str = "embeddings.word_embeddings.weight";
/// Name of the scale of every row, (n), where the word vectors are bytes.
const SCALES: &str = "embeddings.word_embeddings.scale";
/// The byte of zero; a byte b stands for `(b - 128) · scale`.
const ZERO: u8 = 128;

/// The word vectors where they stand, widened row by row.
pub(crate) struct WordVectors {
    form: Form,
    /// Row-major, as in the file.
    rows: Cow<'static, [u8]>,
    dim: usize,
}

/// What a row is made of.
enum Form {
    /// 16-bit floats.
    Halves,
    /// 32-bit floats.
    Singles,
    /// Bytes, with a scale a row.
    Bytes(Vec<f32>),
}

impl Form {
    /// Bytes of a number.
    fn width(&self) -> usize {
        match self {
            Self::Halves => 2,
            Self::Singles => 4,
            Self::Bytes(_) => 1,
        }
    }
}

impl WordVectors {
    /// Finds the vectors of `n_words` words in the weights; they are copied only if the weights are not static.
    ///
    /// # Errors
    /// What does not fit: the type, the shape, or a number that is not finite.
    pub(crate) fn new(
        files: &EncoderFiles<'static>,
        n_words: usize,
        dim: usize,
    ) -> Result<Self, String> {
        let (form, range) = find(&files.weights, n_words, dim)?;
        let rows = match &files.weights {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range]),
            Cow::Owned(bytes) => Cow::Owned(bytes[range].to_vec()),
        };
        let finite = match &form {
            // An exponent of all ones is infinite or not a number.
            Form::Halves => rows.chunks_exact(2).all(|b| b[1] & 0x7C != 0x7C),
            Form::Singles => rows.chunks_exact(4).all(|b| single(b).is_finite()),
            Form::Bytes(scales) => scales.iter().all(|scale| scale.is_finite()),
        };
        if !finite {
            return Err(format!("tensor {WORDS} holds a number that is not finite"));
        }
        Ok(Self { form, rows, dim })
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() / (self.dim * self.form.width())
    }

    /// One vector as 32-bit floats.
    pub(crate) fn read(&self, id: usize, out: &mut [f32]) {
        let length = self.dim * self.form.width();
        let row = &self.rows[id * length..(id + 1) * length];
        match &self.form {
            Form::Halves => {
                for (v, bytes) in out.iter_mut().zip(row.chunks_exact(2)) {
                    *v = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
                }
            }
            Form::Singles => {
                for (v, bytes) in out.iter_mut().zip(row.chunks_exact(4)) {
                    *v = single(bytes);
                }
            }
            Form::Bytes(scales) => {
                for (v, byte) in out.iter_mut().zip(row) {
                    *v = (f32::from(*byte) - f32::from(ZERO)) * scales[id];
                }
            }
        }
    }
}

fn single(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The form of the word vectors, and where their rows lie in the weights.
fn find(
    weights: &[u8],
    n_words: usize,
    dim: usize,
) -> Result<(Form, std::ops::Range<usize>), String> {
    let tensors = SafeTensors::deserialize(weights)
        .map_err(|cause| format!("the weights are not usable: {cause}"))?;
    let words = tensors
        .tensor(WORDS)
        .map_err(|cause| format!("tensor {WORDS} is not usable: {cause}"))?;
    if words.shape() != [n_words, dim] {
        return Err(format!(
            "tensor {WORDS} is {:?}, config.json asks for [{n_words}, {dim}]",
            words.shape()
        ));
    }
    let form = match words.dtype() {
        Dtype::F16 => Form::Halves,
        Dtype::F32 => Form::Singles,
        Dtype::U8 => {
            let scales = tensors
                .tensor(SCALES)
                .map_err(|cause| format!("tensor {SCALES} is not usable: {cause}"))?;
            if scales.dtype() != Dtype::F32 || scales.shape() != [n_words] {
                return Err(format!(
                    "tensor {SCALES} should be f32 with {n_words} numbers"
                ));
            }
            Form::Bytes(scales.data().chunks_exact(4).map(single).collect())
        }
        other => {
            return Err(format!(
                "tensor {WORDS} is {other:?}, expected F16, F32 or U8"
            ));
        }
    };
    // A view tells no place; its slice lies inside the weights.
    let start = words.data().as_ptr().addr() - weights.as_ptr().addr();
    Ok((form, start..start + words.data().len()))
}

/// Turns word vectors of bytes into floats, for candle's layers; others stay as they are.
///
/// # Errors
/// If the scales are missing or do not fit.
pub(crate) fn widen(tensors: &mut HashMap<String, Tensor>) -> candle_core::Result<()> {
    let Some(words) = tensors
        .get(WORDS)
        .filter(|words| words.dtype() == DType::U8)
    else {
        return Ok(());
    };
    let scales = tensors.get(SCALES).ok_or_else(|| {
        candle_core::Error::CannotFindTensor {
            path: SCALES.to_owned(),
        }
        .bt()
    })?;
    let words = words
        .to_dtype(DType::F32)?
        .affine(1.0, -f64::from(ZERO))?
        .broadcast_mul(&scales.unsqueeze(1)?)?;
    tensors.insert(WORDS.to_owned(), words);
    Ok(())
}

/// The bytes of a safetensors file with its word vectors as bytes and a scale a row, the rest as it is.
///
/// Half the size of 16-bit floats. A number is off by at most 1/254 of its row's largest; what that costs is
/// measured in `tests/suite/compute.rs`.
///
/// # Errors
/// If the bytes are no safetensors, or hold no word vectors in floats.
pub fn with_byte_words(weights: &[u8]) -> Result<Vec<u8>, String> {
    let text = |cause: safetensors::SafeTensorError| cause.to_string();
    let tensors = SafeTensors::deserialize(weights).map_err(text)?;
    let words = tensors.tensor(WORDS).map_err(text)?;
    let &[n_words, dim] = words.shape() else {
        return Err(format!("tensor {WORDS} should have two dimensions"));
    };
    let values: Vec<f32> = match words.dtype() {
        Dtype::F16 => (words.data().chunks_exact(2))
            .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
            .collect(),
        Dtype::F32 => words.data().chunks_exact(4).map(single).collect(),
        other => return Err(format!("tensor {WORDS} is {other:?}, expected F16 or F32")),
    };
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(4 * n_words);
    for row in values.chunks_exact(dim) {
        let largest = row.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 255"
        )]
        bytes.extend(
            row.iter()
                .map(|v| ((v / scale).round() + f32::from(ZERO)) as u8),
        );
        scales.extend(scale.to_le_bytes());
    }
    let mut views: Vec<(String, TensorView<'_>)> = tensors
        .tensors()
        .into_iter()
        .filter(|(name, _)| name != WORDS)
        .collect();
    let view = |dtype, shape, data| TensorView::new(dtype, shape, data).map_err(text);
    views.push((
        WORDS.to_owned(),
        view(Dtype::U8, vec![n_words, dim], &bytes)?,
    ));
    views.push((SCALES.to_owned(), view(Dtype::F32, vec![n_words], &scales)?));
    safetensors::serialize(views, None).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(weights: Vec<u8>) -> EncoderFiles<'static> {
        EncoderFiles {
            name: "test".to_owned(),
            config: Cow::Borrowed(b"{}"),
            tokenizer: Cow::Borrowed(b"{}"),
            weights: weights.into(),
            max_tokens: 8,
        }
    }

    fn weights(values: &[f32], dim: usize) -> Vec<u8> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, vec![values.len() / dim, dim], &bytes).unwrap();
        safetensors::serialize([(WORDS, view)], None).unwrap()
    }

    #[test]
    fn bytes_stand_for_nearly_the_same_numbers_in_both_readers() {
        let values = [0.5, -1.27, 0.01, 0.0, 0.0, 0.0, 3e-5, -2e-5, 1e-5];
        let narrow = with_byte_words(&weights(&values, 3)).unwrap();
        let words = WordVectors::new(&files(narrow.clone()), 3, 3).unwrap();
        assert_eq!(words.len(), 3);
        let mut tensors =
            candle_core::safetensors::load_buffer(&narrow, &candle_core::Device::Cpu).unwrap();
        widen(&mut tensors).unwrap();
        let wide: Vec<Vec<f32>> = tensors[WORDS].to_vec2().unwrap();
        for id in 0..3 {
            let mut row = [0.0; 3];
            words.read(id, &mut row);
            assert_eq!(row.to_vec(), wide[id]);
            let expected = &values[3 * id..3 * id + 3];
            let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            for (found, expected) in row.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= largest / 253.0,
                    "{found} for {expected}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let fault = |weights, n, dim| WordVectors::new(&files(weights), n, dim).err().unwrap();
        let good = || weights(&[1.0, 2.0, 3.0, 4.0], 2);
        assert!(fault(good(), 3, 2).contains("config.json asks for [3, 2]"));
        assert!(fault(weights(&[1.0, f32::NAN], 2), 1, 2).contains("not finite"));
        assert!(fault(b"no tensors".to_vec(), 1, 2).contains("not usable"));
        let narrow = with_byte_words(&good()).unwrap();
        assert!(
            with_byte_words(&narrow)
                .unwrap_err()
                .contains("expected F16 or F32")
        );
    }
}
