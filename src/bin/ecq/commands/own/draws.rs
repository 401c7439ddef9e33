//! Examples drawn from a book, heads fitted on them, and what they reach on the rest.

use ecq::classify::Matcher;
use ecq::embed::{Embeddings, similarity};
use ecq::eval::OwnPairs;
use ecq::train::{Random, fit_own_head};

use super::books::{Book, Gold};
use super::leave_out::judged;

/// Draws that a figure is the mean over.
pub(super) const N_DRAWS: u64 = 3;

/// Passages that heads are fitted on.
pub(super) struct Examples<'a> {
    pub(super) vectors: &'a Embeddings,
    /// (n, k).
    pub(super) demonstrated: &'a Gold,
    /// The matcher's logits of "demonstrated", (n, k).
    pub(super) logits: &'a [f32],
    pub(super) n_competencies: usize,
}

impl Examples<'_> {
    /// Rows with at least `n` passages that demonstrate each competency, where there are so many, and a third as many
    /// that demonstrate none.
    pub(super) fn draw(&self, n: usize, seed: u64) -> Vec<usize> {
        let k = self.n_competencies;
        let mut order: Vec<usize> = (0..self.vectors.len()).collect();
        Random::new(seed, 11).shuffle(&mut order);
        let has = |row: usize, label: usize| self.demonstrated[row * k + label] == Some(true);
        let mut rows: Vec<usize> = Vec::new();
        for label in 0..k {
            let mut have = rows.iter().filter(|&&row| has(row, label)).count();
            for &row in &order {
                if have >= n {
                    break;
                }
                if has(row, label) && !rows.contains(&row) {
                    rows.push(row);
                    have += 1;
                }
            }
        }
        let none = order
            .iter()
            .copied()
            .filter(|&row| !(0..k).any(|label| has(row, label)));
        rows.extend(none.take(n * k / 3));
        rows
    }

    /// What the examples add to the logits of "demonstrated" of other passages, (n, k).
    pub(super) fn added(&self, rows: &[usize], matcher: &Matcher, to: &Embeddings) -> Vec<f32> {
        let (k, d) = (self.n_competencies, to.dim);
        let units: Vec<f32> = rows
            .iter()
            .flat_map(|&row| matcher.unit_vector(self.vectors.row(row)))
            .collect();
        let others: Vec<Vec<f32>> = (0..to.len())
            .map(|row| matcher.unit_vector(to.row(row)))
            .collect();
        let mut added = vec![0.0; to.len() * k];
        for label in 0..k {
            let at = |row: &usize| row * k + label;
            let own: Vec<f32> = rows.iter().map(|row| self.logits[at(row)]).collect();
            let yes: Vec<bool> = rows
                .iter()
                .map(|row| self.demonstrated[at(row)] == Some(true))
                .collect();
            let Some((weight, bias)) = fit_own_head(&units, d, &own, &yes) else {
                continue;
            };
            for (row, unit) in others.iter().enumerate() {
                added[row * k + label] = similarity(&weight, unit) + bias;
            }
        }
        added
    }
}

/// Whether a book has enough passages to draw `n` a competency and measure on the rest.
pub(super) fn is_enough(book: &Book, n: usize) -> bool {
    let k = book.n_competencies();
    (0..k).all(|label| {
        let yes = book.demonstrated.iter().skip(label).step_by(k);
        yes.filter(|gold| **gold == Some(true)).count() >= n + 2
    })
}

/// The level demonstrated on the passages of a book that were not drawn, all draws one after another: by the matcher
/// alone, and with what the drawn ones add. Only the two beside each other tell what examples bring, since the
/// passages that are left are others than the whole book.
pub(super) fn with_examples(
    book: &Book,
    logits: &[f32],
    matcher: &Matcher,
    n: usize,
) -> [OwnPairs; 2] {
    let k = book.n_competencies();
    let examples = Examples {
        vectors: &book.passages,
        demonstrated: &book.demonstrated,
        logits,
        n_competencies: k,
    };
    let before = judged(book, logits, 0);
    let mut all = [(); 2].map(|()| OwnPairs {
        n_competencies: k,
        ..OwnPairs::default()
    });
    for seed in 0..N_DRAWS {
        let rows = examples.draw(n, seed);
        let added = examples.added(&rows, matcher, &book.passages);
        let moved: Vec<f32> = logits.iter().zip(&added).map(|(x, a)| x + a).collect();
        let after = judged(book, &moved, 0);
        for row in (0..book.passages.len()).filter(|row| !rows.contains(row)) {
            let pairs = row * k..(row + 1) * k;
            for (all, found) in all.iter_mut().zip([&before, &after]) {
                all.p.extend(&found.p[pairs.clone()]);
                all.gold.extend(&found.gold[pairs.clone()]);
                all.documents.push(book.documents[row].clone());
            }
        }
    }
    all
}
