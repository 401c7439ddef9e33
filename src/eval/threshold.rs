//! Thresholds, chosen on development data.

use crate::eval::metrics::Counts;

/// The threshold, in steps of 0.01, with the best mean of micro-F1 over several data sets.
///
/// Each set counts alike whatever its size, so that one style of writing cannot decide alone. Of equally
/// good thresholds the middle one is taken.
#[must_use]
pub fn choose_threshold(sets: &[(&[f32], &[bool])]) -> f32 {
    let mut best: (f64, Vec<u16>) = (-1.0, Vec::new());
    for step in 5..=90_u16 {
        let threshold = f32::from(step) / 100.0;
        let mut sum = 0.0;
        for (probabilities, gold) in sets {
            let mut counts = Counts::default();
            for (&p, &g) in probabilities.iter().zip(*gold) {
                counts.add(p >= threshold, g);
            }
            sum += counts.f1();
        }
        if sum > best.0 + 1e-12 {
            best = (sum, vec![step]);
        } else if (sum - best.0).abs() <= 1e-12 {
            best.1.push(step);
        }
    }
    best.1
        .get(best.1.len() / 2)
        .map_or(0.5, |&step| f32::from(step) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_separates() {
        let threshold = choose_threshold(&[(&[0.1, 0.2, 0.6, 0.7], &[false, false, true, true])]);
        assert!(threshold > 0.2 && threshold <= 0.6, "{threshold}");
    }
}
