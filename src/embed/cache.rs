//! Vectors that are kept, so that a text read again costs nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::embed::{Embedder, Embeddings};
use crate::error::Result;

/// What is kept of a text: its vector, and its token count where it was cut.
type Kept = (Vec<f32>, Option<usize>);

/// Vectors of one round of use, by digest of their text.
type Vectors = HashMap<[u8; 32], Kept>;

/// An encoder that keeps the vectors of the texts it was last asked for.
///
/// A packet with one paragraph changed is then embedded in that paragraph alone, since a vector depends on
/// its own text only. At most two times `capacity` vectors are kept: when the newer half is full, it becomes
/// the older one, whose vectors go unless they are asked for again.
pub struct CachedEmbedder<E> {
    inner: E,
    capacity: usize,
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    newer: Vectors,
    older: Vectors,
}

impl<E> std::fmt::Debug for CachedEmbedder<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedEmbedder")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<E: Embedder> CachedEmbedder<E> {
    /// Keeps at least the last `capacity` vectors of `inner`.
    #[must_use]
    pub fn new(inner: E, capacity: usize) -> Self {
        Self {
            inner,
            capacity: capacity.max(1),
            generations: Mutex::default(),
        }
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn get(&mut self, key: &[u8; 32], capacity: usize) -> Option<Kept> {
        if let Some(kept) = self.newer.get(key) {
            return Some(kept.clone());
        }
        let kept = self.older.remove(key)?;
        self.insert(*key, kept.clone(), capacity);
        Some(kept)
    }

    fn insert(&mut self, key: [u8; 32], kept: Kept, capacity: usize) {
        if self.newer.len() >= capacity {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, kept);
    }
}

impl<E: Embedder> Embedder for CachedEmbedder<E> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn max_tokens(&self) -> usize {
        self.inner.max_tokens()
    }

    fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
        let dim = self.dim();
        let keys: Vec<[u8; 32]> = texts.iter().map(|t| Sha256::digest(t).into()).collect();
        let mut rows = vec![0.0; texts.len() * dim];
        let mut truncated = Vec::new();
        let mut unknown = Vec::new();
        {
            let mut generations = self.generations();
            for (idx, key) in keys.iter().enumerate() {
                match generations.get(key, self.capacity) {
                    None => unknown.push(idx),
                    Some((vector, n_tokens)) => {
                        rows[idx * dim..(idx + 1) * dim].copy_from_slice(&vector);
                        truncated.extend(n_tokens.map(|n| (idx, n)));
                    }
                }
            }
        }
        // The lock is not held while the encoder works.
        let new_texts: Vec<&str> = unknown.iter().map(|&idx| texts[idx]).collect();
        let found = self.inner.embed(&new_texts)?;
        let cut: HashMap<usize, usize> = found.truncated.iter().copied().collect();
        let mut generations = self.generations();
        for (found_idx, &idx) in unknown.iter().enumerate() {
            let vector = found.row(found_idx);
            let n_tokens = cut.get(&found_idx).copied();
            rows[idx * dim..(idx + 1) * dim].copy_from_slice(vector);
            truncated.extend(n_tokens.map(|n| (idx, n)));
            generations.insert(keys[idx], (vector.to_vec(), n_tokens), self.capacity);
        }
        truncated.sort_unstable();
        Ok(Embeddings {
            dim,
            rows,
            truncated,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The length of a text as its vector; counts the texts it is given.
    #[derive(Default)]
    struct Lengths(AtomicUsize);

    impl Embedder for Lengths {
        fn dim(&self) -> usize {
            1
        }
        fn max_tokens(&self) -> usize {
            4
        }
        fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            #[allow(clippy::cast_precision_loss, reason = "short texts")]
            let rows = texts.iter().map(|t| t.len() as f32).collect();
            let long = |(idx, t): (usize, &&str)| (t.len() > 4).then_some((idx, t.len()));
            Ok(Embeddings {
                dim: 1,
                rows,
                truncated: texts.iter().enumerate().filter_map(long).collect(),
            })
        }
    }

    #[test]
    fn a_known_text_is_not_embedded_again() {
        let cached = CachedEmbedder::new(Lengths::default(), 8);
        let first = cached.embed(&["a", "bb", "too long"]).unwrap();
        let again = cached.embed(&["too long", "ccc", "bb"]).unwrap();
        assert_eq!(cached.inner.0.load(Ordering::Relaxed), 4);
        assert_eq!(first.rows, [1.0, 2.0, 8.0]);
        assert_eq!(again.rows, [8.0, 3.0, 2.0]);
        assert_eq!(
            (first.truncated, again.truncated),
            (vec![(2, 8)], vec![(0, 8)])
        );
    }

    #[test]
    fn old_vectors_go_and_used_ones_stay() {
        let cached = CachedEmbedder::new(Lengths::default(), 2);
        for text in ["a", "bb", "ccc", "a", "dddd", "eeeee", "a"] {
            cached.embed(&[text]).unwrap();
        }
        // "a" was asked for often enough to stay; five texts were embedded.
        assert_eq!(cached.inner.0.load(Ordering::Relaxed), 5);
        let generations = cached.generations();
        assert!(generations.newer.len() + generations.older.len() <= 4);
    }
}
