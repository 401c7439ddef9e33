//! Newton's method for the convex losses of calibration and of heads fitted on few examples.

/// The factors with the least loss, from `start` on; none where `step` has none.
///
/// `step` gives what Newton's method takes off some factors. It is halved until it helps: far from the optimum a
/// whole one can overshoot. The search ends when a step gains less than a billionth of the loss.
pub(crate) fn least_loss(
    start: Vec<f64>,
    max_steps: usize,
    loss: impl Fn(&[f64]) -> f64,
    step: impl Fn(&[f64]) -> Option<Vec<f64>>,
) -> Option<Vec<f64>> {
    let mut factors = start;
    let mut least = loss(&factors);
    for _ in 0..max_steps {
        let step = step(&factors)?;
        let mut share = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = factors
                .iter()
                .zip(&step)
                .map(|(f, s)| f - share * s)
                .collect();
            let next_loss = loss(&next);
            if next_loss <= least || share < 1e-6 {
                break (next, next_loss);
            }
            share *= 0.5;
        };
        let gain = least - next_loss;
        factors = next;
        least = next_loss;
        if gain < 1e-9 * least.abs().max(1e-9) {
            break;
        }
    }
    Some(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_too_long_is_halved_and_a_missing_one_ends_the_search() {
        // The least of (x - 3)^2, by steps six times too long.
        let loss = |x: &[f64]| (x[0] - 3.0).powi(2);
        let long = |x: &[f64]| Some(vec![6.0 * (x[0] - 3.0)]);
        let found = least_loss(vec![0.0], 60, loss, long).unwrap();
        assert!((found[0] - 3.0).abs() < 1e-3, "{found:?}");
        assert!(least_loss(vec![0.0], 60, loss, |_| None).is_none());
    }
}
