//! Passages to vectors: the encoder, behind one trait.
//!
//! The trait knows no tensor library, so that another encoder (another base, a faster path) changes no caller.
//!
//! Two encoders compute the same function. [`BertEmbedder`] is candle's `BertModel`: the reference, on any CPU.
//! [`FastEmbedder`] runs the layers on kernels of its own. They are no custom operations of candle, because what
//! they save lies between its operations: a layer is five calls on packed weights and on buffers that are never
//! allocated, cleared or transposed anew. [`open_encoder`] chooses, and [`ComputePath`] says why.

mod batch;
mod bert;
mod bytes;
mod cache;
mod compute;
mod config;
mod encoder;
mod fast;
mod kernel;
mod neutral;
mod read;
mod tokenize;
mod wordpiece;
mod words;

pub use self::bert::BertEmbedder;
pub(crate) use self::bytes::wide_tensors;
pub use self::bytes::with_byte_rows;
pub use self::cache::CachedEmbedder;
pub use self::compute::{Compute, ComputePath, cpu_features, open_encoder};
pub use self::config::{BertConfig, candle_config};
pub use self::fast::FastEmbedder;
pub use self::neutral::Lexicon;
pub(crate) use self::neutral::{GIVEN, TITLES};
pub use self::read::{EncoderFiles, read_encoder_dir};
pub use self::tokenize::{PassageTokenizer, TokenIds};

pub use self::batch::{Batch, batches};

use crate::error::Result;

/// Turns texts into vectors of unit length.
pub trait Embedder: Send + Sync {
    /// Length d of a vector.
    fn dim(&self) -> usize;

    /// Most tokens of a text that are read, special tokens included.
    fn max_tokens(&self) -> usize;

    /// The vectors of `texts`, in their order.
    ///
    /// A vector depends on its own text alone: not on the other texts, their order or the number of
    /// threads (up to the last bits of floating point).
    ///
    /// # Errors
    /// If a text cannot be tokenized or a tensor operation fails.
    fn embed(&self, texts: &[&str]) -> Result<Embeddings>;
}

impl<E: Embedder + ?Sized> Embedder for Box<E> {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn max_tokens(&self) -> usize {
        (**self).max_tokens()
    }

    fn embed(&self, texts: &[&str]) -> Result<Embeddings> {
        (**self).embed(texts)
    }
}

/// The vectors of n passages.
///
/// # Shape
/// `rows` is (n, d), row-major; every row has unit length.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// Length d of a row.
    pub dim: usize,
    /// n × d numbers.
    pub rows: Vec<f32>,
    /// Index and full token count of each text that was longer than the encoder reads.
    pub truncated: Vec<(usize, usize)>,
}

impl Embeddings {
    /// Number n of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len().checked_div(self.dim).unwrap_or_default()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The vector of one passage.
    ///
    /// # Panics
    /// If `idx` is not below [`Embeddings::len`].
    #[must_use]
    pub fn row(&self, idx: usize) -> &[f32] {
        &self.rows[idx * self.dim..(idx + 1) * self.dim]
    }
}

/// The inner product of two vectors; for unit rows this is their cosine similarity.
#[must_use]
pub fn similarity(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
