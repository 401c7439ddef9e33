//! Small dense linear algebra in doubles: systems with a positive matrix, and logistic regression with a ridge, which
//! calibration, the matcher and heads of a few examples are fitted by.

/// A positive symmetric matrix taken apart once, to solve systems with it.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    n: usize,
    /// The lower triangle, row by row; (n, n) with zeros above.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Takes a matrix (n, n) apart; none if it is not positive.
    pub(crate) fn new(mut matrix: Vec<f64>, n: usize) -> Option<Self> {
        for row in 0..n {
            let (above, own) = matrix.split_at_mut(row * n);
            for column in 0..row {
                let other = &above[column * n..column * n + column];
                let sum = own[column] - dot(&own[..column], other);
                own[column] = sum / above[column * n + column];
            }
            let rest = own[row] - dot(&own[..row], &own[..row]);
            if rest.is_nan() || rest <= 0.0 {
                return None;
            }
            own[row] = rest.sqrt();
            own[row + 1..n].fill(0.0);
        }
        Some(Self { n, lower: matrix })
    }

    /// The x of `matrix · x = right`, in place.
    pub(crate) fn solve(&self, right: &mut [f64]) {
        let n = self.n;
        for row in 0..n {
            let sum = right[row] - dot(&self.lower[row * n..row * n + row], &right[..row]);
            right[row] = sum / self.lower[row * n + row];
        }
        self.solve_upper(right);
    }

    /// A row of the lower triangle, (n) with zeros from the diagonal on.
    pub(crate) fn row(&self, idx: usize) -> &[f64] {
        &self.lower[idx * self.n..(idx + 1) * self.n]
    }

    /// The x of `transposed lower triangle · x = right`, in place.
    pub(crate) fn solve_upper(&self, right: &mut [f64]) {
        let n = self.n;
        for row in (0..n).rev() {
            right[row] /= self.lower[row * n + row];
            let value = right[row];
            let own = &self.lower[row * n..row * n + row];
            right[..row]
                .iter_mut()
                .zip(own)
                .for_each(|(entry, factor)| *entry -= factor * value);
        }
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Rows of a logistic regression.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// (n, d) terms, row-major.
    pub terms: Vec<f64>,
    /// What is added to a row's logit and not fitted; (n).
    pub offsets: Vec<f64>,
    /// Whether the answer is yes; (n).
    pub yes: Vec<bool>,
    /// What a row counts; (n).
    pub weights: Vec<f64>,
}

/// Most steps of a fit; a dozen are usual.
const MAX_STEPS: usize = 60;

impl Rows {
    /// The most likely factors of d terms; factor i is pulled towards `prior[i]` with the force `pull[i]`.
    ///
    /// None if the system is not positive.
    pub(crate) fn fit(&self, prior: &[f64], pull: &[f64]) -> Option<Vec<f64>> {
        let d = prior.len();
        let step = |factors: &[f64]| {
            let (mut step, curvature) = self.derivatives(factors, prior, pull);
            Cholesky::new(curvature, d)?.solve(&mut step);
            Some(step)
        };
        let loss = |factors: &[f64]| self.loss(factors, prior, pull);
        least_loss(prior.to_vec(), MAX_STEPS, loss, step)
    }

    fn row(&self, idx: usize, d: usize) -> &[f64] {
        &self.terms[idx * d..(idx + 1) * d]
    }

    fn loss(&self, factors: &[f64], prior: &[f64], pull: &[f64]) -> f64 {
        let d = factors.len();
        let ridge: f64 = (0..d)
            .map(|i| pull[i] * (factors[i] - prior[i]).powi(2))
            .sum();
        let likelihood: f64 = (0..self.yes.len())
            .map(|idx| {
                let x = self.offsets[idx] + dot(self.row(idx, d), factors);
                let against = if self.yes[idx] { -x } else { x };
                self.weights[idx] * (against.max(0.0) + (-against.abs()).exp().ln_1p())
            })
            .sum();
        likelihood + 0.5 * ridge
    }

    /// Gradient (d) and curvature (d, d).
    fn derivatives(&self, factors: &[f64], prior: &[f64], pull: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let d = factors.len();
        let mut gradient: Vec<f64> = (0..d).map(|i| pull[i] * (factors[i] - prior[i])).collect();
        let mut curvature = vec![0.0; d * d];
        for i in 0..d {
            // The small number keeps a term that is zero everywhere from making the matrix singular.
            curvature[i * d + i] = pull[i] + 1e-9;
        }
        for idx in 0..self.yes.len() {
            let row = self.row(idx, d);
            let x = self.offsets[idx] + dot(row, factors);
            let p = 1.0 / (1.0 + (-x).exp());
            let error = self.weights[idx] * (p - f64::from(u8::from(self.yes[idx])));
            let curve = self.weights[idx] * p * (1.0 - p);
            for (i, term) in row.iter().enumerate() {
                gradient[i] += error * term;
                let scaled = curve * term;
                // Only the lower triangle is read.
                curvature[i * d..i * d + i + 1]
                    .iter_mut()
                    .zip(row)
                    .for_each(|(entry, other)| *entry += scaled * other);
            }
        }
        (gradient, curvature)
    }
}

/// The factors with the least loss, from `start` on; none where `step` has none.
///
/// `step` gives what Newton's method takes off some factors. It is halved until it helps: far from the optimum a
/// whole one can overshoot. The search ends when a step gains less than a billionth of the loss.
fn least_loss(
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
    fn a_system_is_solved_and_a_singular_one_refused() {
        let matrix = vec![4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        let mut x = vec![4.0 + 2.0 * 2.0 + 3.0, 2.0 + 10.0 + 9.0, 1.0 + 6.0 + 18.0];
        Cholesky::new(matrix, 3).unwrap().solve(&mut x);
        for (found, wanted) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - wanted).abs() < 1e-12, "{x:?}");
        }
        assert!(Cholesky::new(vec![1.0, 1.0, 1.0, 1.0], 2).is_none());
    }

    #[test]
    fn without_rows_the_prior_stays_and_rows_move_it() {
        let mut rows = Rows::default();
        assert_eq!(rows.fit(&[1.0, -2.0], &[1.0, 1.0]), Some(vec![1.0, -2.0]));
        for (x, yes) in [(-2.0, false), (-1.0, false), (1.0, true), (2.0, true)] {
            rows.terms.extend([x, 1.0]);
            rows.offsets.push(0.0);
            rows.yes.push(yes);
            rows.weights.push(1.0);
        }
        let found = rows.fit(&[0.0, 0.0], &[1.0, 1.0]).unwrap();
        assert!(found[0] > 0.5 && found[1].abs() < 1e-9, "{found:?}");
        // At the optimum the gradient vanishes.
        let (gradient, _) = rows.derivatives(&found, &[0.0, 0.0], &[1.0, 1.0]);
        assert!(gradient.iter().all(|g| g.abs() < 1e-5), "{gradient:?}");
    }

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
