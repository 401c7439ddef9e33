//! The loss of the heads.

use candle_core::{Result, Tensor};

/// Binary cross-entropy of logits against targets in [0, 1], entry by entry.
///
/// Written as `max(x, 0) − x·y + ln(1 + e^−|x|)`, which is finite for every finite logit;
/// candle-nn's own form takes the logarithm of a rounded sigmoid and gives NaN from a logit of 17 on.
///
/// # Shape
/// `logits`, `targets` and the result are (n, k).
///
/// # Errors
/// If the shapes disagree.
pub fn binary_cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let positive = logits.relu()?;
    let product = logits.mul(targets)?;
    let tail = logits.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?;
    positive.sub(&product)?.add(&tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn values_and_gradients_at_both_ends() {
        // torch.nn.functional.binary_cross_entropy_with_logits(
        //   torch.tensor([-110., -1., 0., 1., 17., 110.]), torch.tensor([1., 0., 1., 1., 1., 0.]), reduction="none")
        let logits = Var::new(&[[-110.0_f32, -1.0, 0.0, 1.0, 17.0, 110.0]], &Device::Cpu).unwrap();
        let targets = Tensor::new(&[[1.0_f32, 0.0, 1.0, 1.0, 1.0, 0.0]], &Device::Cpu).unwrap();
        let loss = binary_cross_entropy(&logits, &targets).unwrap();
        let expected = [
            110.0,
            0.313_261_7,
            std::f32::consts::LN_2,
            0.313_261_7,
            4.139_937_5e-8,
            110.0,
        ];
        for (found, expected) in loss.to_vec2::<f32>().unwrap()[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        let gradients = loss.sum_all().unwrap().backward().unwrap();
        let gradient = gradients.get(&logits).unwrap().to_vec2::<f32>().unwrap();
        // sigmoid(x) − y
        let expected = [-1.0, 0.268_941_4, -0.5, -0.268_941_4, -4.1e-8, 1.0];
        for (found, expected) in gradient[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}
