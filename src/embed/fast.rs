//! The encoder on its own kernels: whole texts packed into chunks without padding, one worker a core.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::embed::compute::Compute;
use crate::embed::encoder::{Encoder, Room};
use crate::embed::read::EncoderFiles;
use crate::embed::tokenize::{PassageTokenizer, TokenIds, truncated};
use crate::embed::{Embedder, Embeddings};
use crate::error::{Error, Result};

/// Tokens of a chunk: enough rows to share each load of the weights, few enough for the second-level cache.
const CHUNK_TOKENS: usize = 192;
/// Below this a chunk does not pay for a second worker.
const LEAST_TOKENS: usize = 64;
/// Texts that a worker takes at a time to tokenize.
const TOKENIZE_TEXTS: usize = 8;

/// A BERT encoder with masked mean pooling and unit length, in 32-bit floats or with products of bytes.
///
/// A text's vector has the same bits whatever lies beside it, in whatever order and on however many threads.
///
/// # Source
/// The same function as [`BertEmbedder`](crate::embed::BertEmbedder); compared in `tests/suite/compute.rs`.
pub struct FastEmbedder {
    encoder: Encoder,
    tokenizer: PassageTokenizer,
    n_threads: usize,
    /// Memory of workers that are not running.
    rooms: Mutex<Vec<Room>>,
}

impl std::fmt::Debug for FastEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FastEmbedder")
            .field("dim", &self.encoder.dim())
            .field("n_threads", &self.n_threads)
            .finish_non_exhaustive()
    }
}

impl FastEmbedder {
    /// Packs the encoder's weights; `n_threads` 0 means one worker a core.
    ///
    /// # Errors
    /// If a file is not usable, the tensors do not fit the configuration, or neither this CPU nor the
    /// encoder's shape suits the kernels: see [`ComputePath`](crate::embed::ComputePath).
    pub fn from_files(
        files: &EncoderFiles<'static>,
        compute: Compute,
        n_threads: usize,
    ) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::from_files(files, compute)?,
            tokenizer: PassageTokenizer::from_bytes(&files.tokenizer, files.max_tokens)?
                .with_lexicon(files.lexicon.clone()),
            n_threads: if n_threads == 0 {
                std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
            } else {
                n_threads
            },
            rooms: Mutex::default(),
        })
    }

    fn tokenize(&self, texts: &[&str]) -> Result<Vec<TokenIds>> {
        let mut tokens: Vec<Option<Result<TokenIds>>> = Vec::new();
        tokens.resize_with(texts.len(), || None);
        let jobs = texts
            .chunks(TOKENIZE_TEXTS)
            .zip(tokens.chunks_mut(TOKENIZE_TEXTS));
        let tokenize = |(): &mut (), (texts, slots): (&[&str], &mut [Option<Result<TokenIds>>])| {
            for (text, slot) in texts.iter().zip(slots) {
                *slot = Some(self.tokenizer.ids(text));
            }
        };
        share(self.n_threads, jobs, &Mutex::default(), || (), tokenize);
        let tokens: Vec<TokenIds> = tokens.into_iter().flatten().collect::<Result<_>>()?;
        let n_words = self.encoder.n_words();
        let unknown = tokens
            .iter()
            .flat_map(|t| &t.ids)
            .find(|&&id| id as usize >= n_words);
        match unknown {
            None => Ok(tokens),
            Some(id) => Err(Error::Tokenize {
                detail: format!(
                    "the tokenizer gives id {id}, the encoder has {n_words} word vectors"
                ),
            }),
        }
    }
}

impl Embedder for FastEmbedder {
    fn dim(&self) -> usize {
        self.encoder.dim()
    }

    fn max_tokens(&self) -> usize {
        self.tokenizer.max_tokens()
    }

    fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
        let dim = self.dim();
        let tokens = self.tokenize(texts)?;
        let mut rows = vec![0.0; texts.len() * dim];
        let lengths: Vec<usize> = tokens.iter().map(|t| t.ids.len()).collect();
        let chunks = chunks(&lengths, self.n_threads);
        let mut rest = rows.as_mut_slice();
        let mut jobs = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let (out, after) = std::mem::take(&mut rest).split_at_mut(chunk.len() * dim);
            rest = after;
            jobs.push((&tokens[chunk], out));
        }
        let capacity = CHUNK_TOKENS.max(self.max_tokens());
        share(
            self.n_threads,
            jobs.into_iter(),
            &self.rooms,
            || self.encoder.room(capacity),
            |room, (tokens, out)| self.encoder.forward(tokens, room, out),
        );
        Ok(Embeddings {
            dim,
            rows,
            truncated: truncated(&tokens),
        })
    }
}

/// Consecutive texts that make up a chunk each; a longer text stands alone.
fn chunks(lengths: &[usize], n_threads: usize) -> Vec<Range<usize>> {
    let total: usize = lengths.iter().sum();
    let budget = total.div_ceil(n_threads).clamp(LEAST_TOKENS, CHUNK_TOKENS);
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut n_tokens = 0;
    for (idx, length) in lengths.iter().enumerate() {
        match chunks.last_mut() {
            Some(chunk) if n_tokens + length <= budget => {
                chunk.end = idx + 1;
                n_tokens += length;
            }
            _ => {
                chunks.push(idx..idx + 1);
                n_tokens = *length;
            }
        }
    }
    chunks
}

/// Hands jobs one by one to workers that have memory of their own, taken from `rooms` and put back there.
fn share<S: Send, J: Send>(
    n_threads: usize,
    jobs: impl ExactSizeIterator<Item = J> + Send,
    rooms: &Mutex<Vec<S>>,
    make: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, J) + Sync,
) {
    let n_workers = n_threads.min(jobs.len());
    let jobs = Mutex::new(jobs);
    let worker = || {
        let kept = lock(rooms).pop();
        let mut room = kept.unwrap_or_else(&make);
        loop {
            let job = lock(&jobs).next();
            let Some(job) = job else { break };
            work(&mut room, job);
        }
        lock(rooms).push(room);
    };
    std::thread::scope(|scope| {
        for _ in 1..n_workers {
            scope.spawn(worker);
        }
        worker();
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_whole_texts_in_their_order() {
        assert_eq!(
            chunks(&[100, 90, 10, 300, 5], 1),
            vec![0..2, 2..3, 3..4, 4..5]
        );
        // Two workers share what one chunk would hold.
        assert_eq!(chunks(&[60, 20, 40, 40], 2), vec![0..2, 2..4]);
        assert!(chunks(&[], 2).is_empty());
    }

    #[test]
    fn every_job_is_done_once_and_memory_is_kept() {
        let rooms = Mutex::new(Vec::new());
        for n_threads in [1, 3] {
            let mut done = [0; 50];
            let make = || 0;
            share(n_threads, done.iter_mut(), &rooms, make, |n_jobs, slot| {
                *n_jobs += 1;
                *slot += 1;
            });
            assert!(done.iter().all(|&times| times == 1));
        }
        assert_eq!(lock(&rooms).iter().sum::<usize>(), 100);
        assert!(lock(&rooms).len() <= 3);
    }
}
