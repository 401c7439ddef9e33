//! A straight line from logits to calibrated logits, fitted on decisions.

use crate::classify::sigmoid;

/// `calibrated = slope · logit + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Positive: the order of passages never changes.
    pub slope: f32,
    /// In logits.
    pub offset: f32,
}

/// The straight line that makes logits into the most likely probabilities of the gold decisions.
///
/// Newton's method on the two numbers; the slope is held above 0.05 so that order never turns.
///
/// # Source
/// J. Platt 1999, with the target smoothing of H. Lin, C. Lin, R. Weng, "A note on Platt's probabilistic
/// outputs", 2007.
#[must_use]
pub fn fit_line(logits: &[f32], gold: &[bool], weights: &[f32]) -> Line {
    let total = |value: bool| -> f64 {
        gold.iter()
            .zip(weights)
            .filter(|(g, _)| **g == value)
            .map(|(_, w)| f64::from(*w))
            .sum()
    };
    let (n_yes, n_no) = (total(true), total(false));
    let (yes, no) = ((n_yes + 1.0) / (n_yes + 2.0), 1.0 / (n_no + 2.0));
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-6, 0.0, 1e-6);
        for ((&x, &g), &w) in logits.iter().zip(gold).zip(weights) {
            let (x, w) = (f64::from(x), f64::from(w));
            #[allow(clippy::cast_possible_truncation, reason = "a logit")]
            let p = f64::from(sigmoid((slope * x + offset) as f32));
            let error = w * (p - if g { yes } else { no });
            let curve = w * p * (1.0 - p);
            ga += error * x;
            gb += error;
            haa += curve * x * x;
            hab += curve * x;
            hbb += curve;
        }
        let determinant = haa * hbb - hab * hab;
        if determinant.abs() < 1e-12 {
            break;
        }
        let (da, db) = (
            (hbb * ga - hab * gb) / determinant,
            (haa * gb - hab * ga) / determinant,
        );
        // Half steps: plain Newton can overshoot where nearly all probabilities are 0 or 1.
        slope = (slope - 0.5 * da).clamp(0.05, 20.0);
        offset = (offset - 0.5 * db).clamp(-20.0, 20.0);
        if da.abs() + db.abs() < 1e-7 {
            break;
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "stored as 32-bit floats")]
    let line = Line {
        slope: slope as f32,
        offset: offset as f32,
    };
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_undoes_a_shift() {
        // Gold is drawn so that the true logit is 2x − 1; the fit should come near it.
        let mut logits = Vec::new();
        let mut gold = Vec::new();
        for step in -40..=40_i16 {
            let x = f32::from(step) / 10.0;
            let p = sigmoid(2.0 * x - 1.0);
            for draw in 0..50_u16 {
                logits.push(x);
                gold.push(f32::from(draw) + 0.5 < p * 50.0);
            }
        }
        let line = fit_line(&logits, &gold, &vec![1.0; logits.len()]);
        assert!(
            (line.slope - 2.0).abs() < 0.1 && (line.offset + 1.0).abs() < 0.1,
            "{line:?}"
        );
    }
}
