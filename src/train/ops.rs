//! Operations of the encoder that candle-nn fuses without a backward, here with one.
//!
//! Each is a candle custom operation: a fused forward on the CPU, and a backward that is a second fused
//! operation. On another device the same values come from candle's own differentiable operations.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, D, Layout, Result, Shape, Tensor};

use crate::train::math::{exp, gelu_and_slope};

/// Softmax over the last dimension.
///
/// # Errors
/// If candle refuses the tensor.
pub(super) fn softmax(xs: &Tensor) -> Result<Tensor> {
    if xs.device().is_cpu() {
        xs.contiguous()?.apply_op1(Softmax)
    } else {
        candle_nn::ops::softmax(xs, D::Minus1)
    }
}

/// The exact GELU, `x · Φ(x)`.
///
/// # Errors
/// If candle refuses the tensor.
pub(super) fn gelu(xs: &Tensor) -> Result<Tensor> {
    if xs.device().is_cpu() {
        xs.contiguous()?.apply_op1(Gelu)
    } else {
        xs.gelu_erf()
    }
}

/// `(x − mean) / √(variance + eps) · gamma + beta` over the last dimension.
///
/// # Shape
/// `xs` is (n, d), `gamma` and `beta` are (d).
///
/// # Errors
/// If the shapes disagree.
pub(super) fn layer_norm(xs: &Tensor, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    if xs.device().is_cpu() {
        return xs.contiguous()?.apply_op3(gamma, beta, LayerNorm { eps });
    }
    let centered = xs.broadcast_sub(&xs.mean_keepdim(D::Minus1)?)?;
    let variance = centered.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = centered.broadcast_div(&variance.affine(1.0, eps)?.sqrt()?)?;
    normal.broadcast_mul(gamma)?.broadcast_add(beta)
}

/// `xs + bias` for every row.
///
/// # Shape
/// `xs` is (n, d), `bias` is (d).
///
/// # Errors
/// If the shapes disagree.
pub(super) fn add_bias(xs: &Tensor, bias: &Tensor) -> Result<Tensor> {
    if xs.device().is_cpu() {
        xs.contiguous()?.apply_op2(bias, AddBias)
    } else {
        xs.broadcast_add(bias)
    }
}

fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (start, end) = layout
        .contiguous_offsets()
        .ok_or_else(|| candle_core::Error::RequiresContiguous { op: "ecq-train" })?;
    Ok(&storage.as_slice::<f32>()?[start..end])
}

struct Softmax;

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "ecq-softmax"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let xs = values(storage, layout)?;
        let d = layout.dims().last().copied().unwrap_or(1);
        let mut ys = vec![0_f32; xs.len()];
        for (x, y) in xs.chunks_exact(d).zip(ys.chunks_exact_mut(d)) {
            let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for (x, y) in x.iter().zip(y.iter_mut()) {
                *y = exp(x - max);
                sum += *y;
            }
            let factor = 1.0 / sum;
            y.iter_mut().for_each(|y| *y *= factor);
        }
        Ok((CpuStorage::F32(ys), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(result.contiguous()?.apply_op2_no_bwd(
            &gradient.contiguous()?,
            &SoftmaxBackward,
        )?))
    }
}

struct SoftmaxBackward;

impl CustomOp2 for SoftmaxBackward {
    fn name(&self) -> &'static str {
        "ecq-softmax-backward"
    }

    fn cpu_fwd(
        &self,
        result: &CpuStorage,
        result_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ys = values(result, result_layout)?;
        let gs = values(gradient, gradient_layout)?;
        let d = result_layout.dims().last().copied().unwrap_or(1);
        let mut out = vec![0_f32; ys.len()];
        for ((y, g), out) in ys
            .chunks_exact(d)
            .zip(gs.chunks_exact(d))
            .zip(out.chunks_exact_mut(d))
        {
            let dot: f32 = y.iter().zip(g).map(|(y, g)| y * g).sum();
            for ((y, g), out) in y.iter().zip(g).zip(out) {
                *out = y * (g - dot);
            }
        }
        Ok((CpuStorage::F32(out), result_layout.shape().clone()))
    }
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "ecq-gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let xs = values(storage, layout)?;
        let ys = xs.iter().map(|&x| gelu_and_slope(x).0).collect();
        Ok((CpuStorage::F32(ys), layout.shape().clone()))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(arg.contiguous()?.apply_op2_no_bwd(
            &gradient.contiguous()?,
            &GeluBackward,
        )?))
    }
}

struct GeluBackward;

impl CustomOp2 for GeluBackward {
    fn name(&self) -> &'static str {
        "ecq-gelu-backward"
    }

    fn cpu_fwd(
        &self,
        arg: &CpuStorage,
        arg_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let xs = values(arg, arg_layout)?;
        let gs = values(gradient, gradient_layout)?;
        let out = xs
            .iter()
            .zip(gs)
            .map(|(&x, g)| g * gelu_and_slope(x).1)
            .collect();
        Ok((CpuStorage::F32(out), arg_layout.shape().clone()))
    }
}

struct LayerNorm {
    eps: f64,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "ecq-layer-norm"
    }

    fn cpu_fwd(
        &self,
        arg: &CpuStorage,
        arg_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let xs = values(arg, arg_layout)?;
        let (gamma, beta) = (values(gamma, gamma_layout)?, values(beta, beta_layout)?);
        let d = gamma.len();
        let mut ys = vec![0_f32; xs.len()];
        for (x, y) in xs.chunks_exact(d).zip(ys.chunks_exact_mut(d)) {
            let (mean, factor) = moments(x, self.eps);
            for (((x, y), gamma), beta) in x.iter().zip(y).zip(gamma).zip(beta) {
                *y = (x - mean) * factor * gamma + beta;
            }
        }
        Ok((CpuStorage::F32(ys), arg_layout.shape().clone()))
    }

    fn bwd(
        &self,
        arg: &Tensor,
        gamma: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let arg = arg.contiguous()?;
        let of_arg =
            arg.apply_op3_no_bwd(gamma, &gradient, &LayerNormBackward { eps: self.eps })?;
        let of_gamma = arg.apply_op2_no_bwd(&gradient, &GammaBackward { eps: self.eps })?;
        let of_beta = gradient.apply_op1_no_bwd(&ColumnSum)?;
        Ok((Some(of_arg), Some(of_gamma), Some(of_beta)))
    }
}

struct LayerNormBackward {
    eps: f64,
}

impl CustomOp3 for LayerNormBackward {
    fn name(&self) -> &'static str {
        "ecq-layer-norm-backward"
    }

    fn cpu_fwd(
        &self,
        arg: &CpuStorage,
        arg_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let xs = values(arg, arg_layout)?;
        let gamma = values(gamma, gamma_layout)?;
        let gs = values(gradient, gradient_layout)?;
        let d = gamma.len();
        #[allow(clippy::cast_precision_loss, reason = "encoder widths are small")]
        let share = 1.0 / d as f32;
        let mut out = vec![0_f32; xs.len()];
        for ((x, g), out) in xs
            .chunks_exact(d)
            .zip(gs.chunks_exact(d))
            .zip(out.chunks_exact_mut(d))
        {
            let (mean, factor) = moments(x, self.eps);
            let (mut sum, mut sum_normal) = (0.0, 0.0);
            for ((x, g), gamma) in x.iter().zip(g).zip(gamma) {
                sum += g * gamma;
                sum_normal += g * gamma * (x - mean) * factor;
            }
            let (mean_g, mean_gy) = (sum * share, sum_normal * share);
            for (((x, g), gamma), out) in x.iter().zip(g).zip(gamma).zip(out) {
                *out = factor * (g * gamma - mean_g - (x - mean) * factor * mean_gy);
            }
        }
        Ok((CpuStorage::F32(out), arg_layout.shape().clone()))
    }
}

struct GammaBackward {
    eps: f64,
}

impl CustomOp2 for GammaBackward {
    fn name(&self) -> &'static str {
        "ecq-gamma-backward"
    }

    fn cpu_fwd(
        &self,
        arg: &CpuStorage,
        arg_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let xs = values(arg, arg_layout)?;
        let gs = values(gradient, gradient_layout)?;
        let d = arg_layout.dims().last().copied().unwrap_or(1);
        let mut out = vec![0_f32; d];
        for (x, g) in xs.chunks_exact(d).zip(gs.chunks_exact(d)) {
            let (mean, factor) = moments(x, self.eps);
            for ((x, g), out) in x.iter().zip(g).zip(&mut out) {
                *out += g * (x - mean) * factor;
            }
        }
        Ok((CpuStorage::F32(out), Shape::from(d)))
    }
}

struct AddBias;

impl CustomOp2 for AddBias {
    fn name(&self) -> &'static str {
        "ecq-add-bias"
    }

    fn cpu_fwd(
        &self,
        arg: &CpuStorage,
        arg_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let xs = values(arg, arg_layout)?;
        let bias = values(bias, bias_layout)?;
        let mut ys = Vec::with_capacity(xs.len());
        for x in xs.chunks_exact(bias.len()) {
            ys.extend(x.iter().zip(bias).map(|(x, bias)| x + bias));
        }
        Ok((CpuStorage::F32(ys), arg_layout.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let of_bias = gradient.contiguous()?.apply_op1_no_bwd(&ColumnSum)?;
        Ok((Some(gradient.clone()), Some(of_bias)))
    }
}

/// The sum of all rows; candle's own reduction over a leading dimension computes an index for every number.
struct ColumnSum;

impl CustomOp1 for ColumnSum {
    fn name(&self) -> &'static str {
        "ecq-column-sum"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let xs = values(storage, layout)?;
        let d = layout.dims().last().copied().unwrap_or(1);
        let mut out = vec![0_f32; d];
        for x in xs.chunks_exact(d) {
            out.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
        }
        Ok((CpuStorage::F32(out), Shape::from(d)))
    }
}

/// Mean and `1 / √(variance + eps)` of a row.
fn moments(row: &[f32], eps: f64) -> (f32, f32) {
    #[allow(clippy::cast_precision_loss, reason = "encoder widths are small")]
    let share = 1.0 / row.len() as f32;
    let mean = row.iter().sum::<f32>() * share;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() * share;
    #[allow(clippy::cast_possible_truncation, reason = "a tiny constant")]
    let eps = eps as f32;
    (mean, 1.0 / (variance + eps).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};

    /// Compares the gradient of `Σ w·f(x)` with finite differences.
    fn check(f: impl Fn(&Tensor) -> Result<Tensor>) {
        let data: Vec<f32> = (0..24_u16)
            .map(|i| (f32::from(i) * 0.7).sin() * 2.0)
            .collect();
        let x = Var::from_tensor(&Tensor::from_vec(data.clone(), (4, 6), &Device::Cpu).unwrap())
            .unwrap();
        let w: Vec<f32> = (0..24_u16).map(|i| (f32::from(i) * 1.3).cos()).collect();
        let w = Tensor::from_vec(w, (4, 6), &Device::Cpu).unwrap();
        let loss = |x: &Tensor| f(x).unwrap().mul(&w).unwrap().sum_all().unwrap();
        let gradients = loss(&x).backward().unwrap();
        let gradient = gradients
            .get(&x)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1::<f32>()
            .unwrap();
        for (idx, found) in gradient.iter().enumerate() {
            let at = |step: f32| {
                let mut moved = data.clone();
                moved[idx] += step;
                loss(&Tensor::from_vec(moved, (4, 6), &Device::Cpu).unwrap())
                    .to_scalar::<f32>()
                    .unwrap()
            };
            let expected = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((found - expected).abs() < 5e-3, "{idx}: {found} {expected}");
        }
    }

    #[test]
    fn gradients_equal_finite_differences() {
        check(softmax);
        check(gelu);
        let gamma = Tensor::new(&[1.0_f32, 0.5, -1.0, 2.0, 1.5, 0.1], &Device::Cpu).unwrap();
        let beta = Tensor::zeros(6, DType::F32, &Device::Cpu).unwrap();
        check(|x| layer_norm(x, &gamma, &beta, 1e-12));
        check(|x| add_bias(x, &gamma));
    }

    #[test]
    fn gradients_of_scale_and_bias_equal_candles_own() {
        let xs: Vec<f32> = (0..24_u16)
            .map(|i| (f32::from(i) * 0.7).sin() * 2.0)
            .collect();
        let xs = Tensor::from_vec(xs, (4, 6), &Device::Cpu).unwrap();
        let gamma = Var::new(&[1.0_f32, 0.5, -1.0, 2.0, 1.5, 0.1], &Device::Cpu).unwrap();
        let beta = Var::new(&[0.1_f32, 0.2, 0.3, 0.4, 0.5, 0.6], &Device::Cpu).unwrap();
        let fused = layer_norm(&xs, &gamma, &beta, 1e-12).unwrap();
        let slow = candle_nn::ops::layer_norm_slow(&xs, &gamma, &beta, 1e-12).unwrap();
        let weights = xs.cos().unwrap();
        let gradients = |ys: &Tensor| {
            let store = ys
                .mul(&weights)
                .unwrap()
                .sum_all()
                .unwrap()
                .backward()
                .unwrap();
            [&gamma, &beta].map(|var| store.get(var).unwrap().to_vec1::<f32>().unwrap())
        };
        for (found, expected) in gradients(&fused)
            .iter()
            .flatten()
            .zip(gradients(&slow).iter().flatten())
        {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn values_equal_candles() {
        let x = Tensor::arange(-8.0_f32, 8.0, &Device::Cpu)
            .unwrap()
            .reshape((2, 8))
            .unwrap();
        let near = |a: Tensor, b: Tensor| {
            let gap = a
                .sub(&b)
                .unwrap()
                .abs()
                .unwrap()
                .max_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap();
            assert!(gap < 1e-6, "{gap}");
        };
        near(gelu(&x).unwrap(), x.gelu_erf().unwrap());
        near(
            softmax(&x).unwrap(),
            candle_nn::ops::softmax(&x, D::Minus1).unwrap(),
        );
    }
}
