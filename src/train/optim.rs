//! AdamW with a learning rate for every tensor and a state that can be saved.
//!
//! candle-nn's own keeps its moments to itself, so that a stopped run could not go on where it was.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, Var};

/// Decay of the running mean of gradients.
const BETA_1: f32 = 0.9;
/// Decay of the running mean of squared gradients; 0.98 rather than 0.999 since runs have a few thousand steps.
const BETA_2: f32 = 0.98;
/// Keeps the division finite.
const EPS: f32 = 1e-8;
/// Moments below this are zero: those of a row that gets no more gradients shrink until they are subnormal
/// numbers, and every step with those takes many times as long.
const TINY: f32 = 1e-30;

/// The numbers of one step of one tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Learning rate; 0 leaves weights and moments as they are.
    pub rate: f32,
    /// Weight decay.
    pub decay: f32,
    /// Factor on the gradient.
    pub factor: f32,
    /// Steps done, this one included: moments start at zero and are corrected for it.
    pub number: i32,
}

/// One step of the weights of a tensor, or of a part of them.
pub(super) fn step_part(
    weights: &mut [f32],
    first: &mut [f32],
    second: &mut [f32],
    gradient: &[f32],
    step: Step,
) {
    if step.rate == 0.0 {
        return;
    }
    let correct_1 = 1.0 / (1.0 - BETA_1.powi(step.number));
    let correct_2 = 1.0 / (1.0 - BETA_2.powi(step.number));
    let flush = |x: f32| if x.abs() < TINY { 0.0 } else { x };
    for (((weight, gradient), first), second) in
        weights.iter_mut().zip(gradient).zip(first).zip(second)
    {
        let g = gradient * step.factor;
        *first = flush(BETA_1 * *first + (1.0 - BETA_1) * g);
        *second = flush(BETA_2 * *second + (1.0 - BETA_2) * g * g);
        let towards = (*first * correct_1) / ((*second * correct_2).sqrt() + EPS);
        *weight -= step.rate * (towards + step.decay * *weight);
    }
}

/// The moments of one tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    /// Running mean of gradients.
    pub first: Vec<f32>,
    /// Running mean of squared gradients.
    pub second: Vec<f32>,
}

/// # Source
/// I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
#[derive(Clone, Debug, Default)]
pub(super) struct AdamW {
    /// Moments by tensor name.
    pub moments: BTreeMap<String, Moments>,
    /// Steps done.
    pub step: i32,
}

impl AdamW {
    /// One step of all tensors that have a gradient.
    ///
    /// `rate` gives the learning rate and weight decay of a tensor by its name; a rate of 0 leaves it as it is.
    ///
    /// # Errors
    /// If a tensor cannot be read or set.
    pub(super) fn update(
        &mut self,
        vars: &BTreeMap<String, Var>,
        gradients: &BTreeMap<String, Vec<f32>>,
        gradient_factor: f32,
        rate: impl Fn(&str) -> (f64, f64),
    ) -> Result<()> {
        self.step += 1;
        for (name, gradient) in gradients {
            let Some(var) = vars.get(name) else { continue };
            let (rate, decay) = rate(name);
            if rate == 0.0 {
                continue;
            }
            #[allow(clippy::cast_possible_truncation, reason = "weights are 32-bit floats")]
            let step = Step {
                rate: rate as f32,
                decay: decay as f32,
                factor: gradient_factor,
                number: self.step,
            };
            let moments = self.moments.entry(name.clone()).or_insert_with(|| Moments {
                first: vec![0.0; gradient.len()],
                second: vec![0.0; gradient.len()],
            });
            let mut weights = var.flatten_all()?.to_vec1::<f32>()?;
            step_part(
                &mut weights,
                &mut moments.first,
                &mut moments.second,
                gradient,
                step,
            );
            var.set(&Tensor::from_vec(weights, var.dims(), var.device())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_first_step_by_hand() {
        // After one step the corrected moments are g and g², so the step is rate · (sign(g) + decay · w).
        let var = Var::new(&[1.0_f32, -2.0], &Device::Cpu).unwrap();
        let vars = BTreeMap::from([("w".to_owned(), var.clone())]);
        let gradients = BTreeMap::from([("w".to_owned(), vec![0.5, -4.0])]);
        AdamW::default()
            .update(&vars, &gradients, 1.0, |_| (0.1, 0.01))
            .unwrap();
        let weights = var.to_vec1::<f32>().unwrap();
        assert!((weights[0] - (1.0 - 0.1 * (1.0 + 0.01))).abs() < 1e-5);
        assert!((weights[1] - (-2.0 - 0.1 * (-1.0 - 0.02))).abs() < 1e-5);
    }
}
