//! The word vectors: half the weights of a small encoder, of which a text touches some hundred rows.
//!
//! On disk they are 16- or 32-bit floats, or bytes with a scale a row
//! ([`with_byte_rows`](crate::embed::with_byte_rows)).

use std::borrow::Cow;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors};

use crate::embed::bytes::{ZERO, scales_of, single};
use crate::embed::read::EncoderFiles;

/// Name of the word vectors, (n, d).
const WORDS: &str = "embeddings.word_embeddings.weight";
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
        Dtype::U8 => Form::Bytes(scales_of(&tensors, WORDS, n_words)?),
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

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;
    use crate::embed::bytes::with_byte_rows;

    fn files(weights: Vec<u8>) -> EncoderFiles<'static> {
        EncoderFiles {
            name: "test".to_owned(),
            config: Cow::Borrowed(b"{}"),
            tokenizer: Cow::Borrowed(b"{}"),
            weights: weights.into(),
            max_tokens: 8,
            lexicon: None,
        }
    }

    fn weights(values: &[f32], dim: usize) -> Vec<u8> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, vec![values.len() / dim, dim], &bytes).unwrap();
        safetensors::serialize([(WORDS, view)], None).unwrap()
    }

    #[test]
    fn every_form_gives_the_numbers() {
        let values = [0.5, -1.25, 0.0, 1.0, 2.0, -2.0];
        let wide = weights(&values, 3);
        let narrow = with_byte_rows(&wide).unwrap();
        for (weights, tolerance) in [(wide, 0.0), (narrow, 0.005)] {
            let words = WordVectors::new(&files(weights), 2, 3).unwrap();
            assert_eq!(words.len(), 2);
            for (id, expected) in values.chunks_exact(3).enumerate() {
                let mut row = [0.0; 3];
                words.read(id, &mut row);
                let gaps = row.iter().zip(expected).map(|(a, b)| (a - b).abs());
                assert!(gaps.fold(0.0, f32::max) <= 2.0 * tolerance, "{row:?}");
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
    }
}
