//! Matrices of weights as bytes with a scale a row: half the size of 16-bit floats.
//!
//! These are the numbers that [`Compute::Int8`](crate::embed::Compute::Int8) multiplies in any case, so that it
//! loses nothing by this form but the word vectors' last digits; the other arithmetics widen it.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// The byte of zero; a byte b stands for `(b - 128) · scale`.
pub(crate) const ZERO: u8 = 128;

/// Name of the scales of a matrix, (n), f32.
pub(crate) fn scales_name(matrix: &str) -> String {
    format!("{}.scale", matrix.strip_suffix(".weight").unwrap_or(matrix))
}

/// A 32-bit float of a file.
pub(crate) fn single(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The scales of a matrix of bytes.
///
/// # Errors
/// If they are missing or misshapen.
pub(crate) fn scales_of(
    tensors: &SafeTensors<'_>,
    matrix: &str,
    n_rows: usize,
) -> Result<Vec<f32>, String> {
    let name = scales_name(matrix);
    let scales = tensors
        .tensor(&name)
        .map_err(|cause| format!("tensor {name} is not usable: {cause}"))?;
    if scales.dtype() != Dtype::F32 || scales.shape() != [n_rows] {
        return Err(format!("tensor {name} should be f32 with {n_rows} numbers"));
    }
    Ok(scales.data().chunks_exact(4).map(single).collect())
}

/// A matrix of bytes and its scales as 32-bit floats; any other tensor in 32-bit floats.
///
/// # Errors
/// If the scales do not fit.
pub(crate) fn widened(tensor: &Tensor, scales: Option<&Tensor>) -> candle_core::Result<Tensor> {
    let wide = tensor.to_dtype(DType::F32)?;
    match scales {
        Some(scales) if tensor.dtype() == DType::U8 => wide
            .affine(1.0, -f64::from(ZERO))?
            .broadcast_mul(&scales.unsqueeze(1)?),
        _ => Ok(wide),
    }
}

/// The tensors of a safetensors file as 32-bit floats, for candle's layers, by the names of an encoder by itself.
///
/// # Errors
/// If the bytes are no safetensors, or the scales of a matrix do not fit.
pub(crate) fn wide_tensors(weights: &[u8]) -> candle_core::Result<HashMap<String, Tensor>> {
    let tensors = candle_core::safetensors::load_buffer(weights, &Device::Cpu)?;
    tensors
        .iter()
        .map(|(name, tensor)| {
            let scales = tensors.get(&scales_name(name));
            Ok((plain_name(name), widened(tensor, scales)?))
        })
        .collect()
}

/// The name of a tensor in an encoder by itself.
///
/// Published with a head for another task, an encoder has `bert.` before its names; the first ones that were
/// published call weight and bias of a norm gamma and beta.
fn plain_name(name: &str) -> String {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    match name.rsplit_once('.') {
        Some((norm, "gamma")) => format!("{norm}.weight"),
        Some((norm, "beta")) => format!("{norm}.bias"),
        _ => name.to_owned(),
    }
}

/// The bytes of a safetensors file with every matrix as bytes and a scale a row; what is so already, and
/// all else, stays as it is.
///
/// A number is off by at most 1/254 of its row's largest; what that costs is measured in
/// `tests/suite/compute.rs`.
///
/// # Errors
/// If the bytes are no safetensors, or hold a matrix of another type than F16, F32 and U8.
pub fn with_byte_rows(weights: &[u8]) -> Result<Vec<u8>, String> {
    let text = |cause: safetensors::SafeTensorError| cause.to_string();
    let tensors = SafeTensors::deserialize(weights).map_err(text)?;
    let mut narrow: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in tensors.tensors() {
        let shape = tensor.shape().to_vec();
        let &[n_rows, n_cols] = shape.as_slice() else {
            narrow.push((name, tensor.dtype(), shape, tensor.data().to_vec()));
            continue;
        };
        if tensor.dtype() == Dtype::U8 {
            narrow.push((name, Dtype::U8, shape, tensor.data().to_vec()));
            continue;
        }
        let values: Vec<f32> = match tensor.dtype() {
            Dtype::F16 => (tensor.data().chunks_exact(2))
                .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            Dtype::F32 => tensor.data().chunks_exact(4).map(single).collect(),
            other => return Err(format!("tensor {name} is {other:?}, expected F16 or F32")),
        };
        let (bytes, scales) = byte_rows(&values, n_cols);
        narrow.push((scales_name(&name), Dtype::F32, vec![n_rows], scales));
        narrow.push((name, Dtype::U8, shape, bytes));
    }
    let views = narrow
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(text)?;
    safetensors::serialize(views, None).map_err(text)
}

/// The bytes of a matrix, and those of its scales.
fn byte_rows(values: &[f32], n_cols: usize) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::new();
    for row in values.chunks_exact(n_cols) {
        let largest = row.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let scale = if largest > 1e-30 {
            largest / 127.0
        } else {
            1.0
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 255"
        )]
        bytes.extend(
            row.iter()
                .map(|v| ((v / scale).round_ties_even() + f32::from(ZERO)) as u8),
        );
        scales.extend(scale.to_le_bytes());
    }
    (bytes, scales)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_with_a_head_of_its_own_has_the_plain_names() {
        assert_eq!(
            plain_name("bert.embeddings.LayerNorm.gamma"),
            "embeddings.LayerNorm.weight"
        );
        assert_eq!(
            plain_name("encoder.layer.0.output.LayerNorm.beta"),
            "encoder.layer.0.output.LayerNorm.bias"
        );
        assert_eq!(
            plain_name("encoder.layer.0.output.dense.bias"),
            "encoder.layer.0.output.dense.bias"
        );
    }

    #[test]
    fn matrices_become_bytes_and_come_back_nearly() {
        let values = [0.5, -1.27, 0.01, 0.0, 0.0, 0.0, 3e-5, -2e-5, 1e-5];
        let bytes: Vec<u8> = values.iter().flat_map(|v: &f32| v.to_le_bytes()).collect();
        let matrix = TensorView::new(Dtype::F32, vec![3, 3], &bytes).unwrap();
        let vector = TensorView::new(Dtype::F32, vec![9], &bytes).unwrap();
        let tensors = [("a.weight", matrix), ("a.bias", vector)];
        let narrow = with_byte_rows(&safetensors::serialize(tensors, None).unwrap()).unwrap();
        let wide = wide_tensors(&narrow).unwrap();
        assert_eq!(wide["a.bias"].to_vec1::<f32>().unwrap(), values);
        let found = wide["a.weight"].to_vec2::<f32>().unwrap();
        for (found, expected) in found.iter().zip(values.chunks_exact(3)) {
            let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= largest / 253.0,
                    "{found} for {expected}"
                );
            }
        }
        // What is bytes already stays.
        assert_eq!(with_byte_rows(&narrow).unwrap(), narrow);
    }
}
