//! Weights of a matcher, and what they reach on books left out.

use anyhow::{Context, Result};
use ecq::classify::{Weights, sigmoid};
use ecq::eval::OwnPairs;
use ecq::train::{Pairs, fit_weights};

use super::books::Book;

/// Weights fitted on books, for demonstrated and at least asserted.
pub(super) fn weights(books: &[&Book]) -> Result<[Weights; 2]> {
    let shown: Vec<&Pairs> = books.iter().map(|book| &book.pairs).collect();
    let touched: Vec<Pairs> = books
        .iter()
        .filter_map(|book| book.asserted_pairs())
        .collect();
    let touched: Vec<&Pairs> = touched.iter().collect();
    let fit = |sets: &[&Pairs]| {
        fit_weights(sets).context("the annotated passages have not both answers to learn from")
    };
    Ok([fit(&shown)?, fit(&touched)?])
}

/// The logits of a book's pairs under weights, by level.
pub(super) fn logits(book: &Book, weights: &[Weights; 2]) -> [Vec<f32>; 2] {
    let features = &book.pairs.features;
    weights.map(|weights| features.iter().map(|one| weights.logit(one)).collect())
}

/// Pairs for measuring the level demonstrated, or at least asserted.
pub(super) fn judged(book: &Book, logits: &[f32], level: usize) -> OwnPairs {
    OwnPairs {
        p: logits.iter().map(|&x| sigmoid(x)).collect(),
        gold: if level == 0 {
            book.demonstrated.clone()
        } else {
            book.asserted.clone()
        },
        n_competencies: book.n_competencies(),
        documents: book.documents.clone(),
    }
}

/// Every foreign book under weights fitted on all others.
pub(super) fn foreign_left_out(books: &[Book]) -> Result<Vec<(&Book, [Weights; 2])>> {
    books
        .iter()
        .enumerate()
        .filter(|(_, book)| book.is_foreign)
        .map(|(left, book)| {
            let others: Vec<&Book> = books
                .iter()
                .enumerate()
                .filter(|(idx, _)| *idx != left)
                .map(|(_, other)| other)
                .collect();
            Ok((book, weights(&others)?))
        })
        .collect()
}

/// A book with the gold of some competencies alone, or of all others: for leaving them out.
pub(super) fn only(pairs: &Pairs, k: usize, keep: impl Fn(usize) -> bool) -> Pairs {
    Pairs {
        features: pairs.features.clone(),
        gold: pairs
            .gold
            .iter()
            .enumerate()
            .map(|(at, gold)| gold.filter(|_| keep(at % k)))
            .collect(),
    }
}
