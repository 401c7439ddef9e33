//! Everything that can go wrong, one variant per thing a user can act on.
//!
//! Messages are lower case, name what was expected and carry no full stop; causes are chained by `source`.

mod document;

use std::path::PathBuf;

pub use self::document::DocumentError;

/// The result type of the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read at all.
    #[error("cannot read {}", path.display())]
    Read {
        /// As the caller gave it.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written; what stood there before is untouched.
    #[error("cannot write {}", path.display())]
    Write {
        /// As the caller gave it.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is no document that can be read.
    #[error("{}: {fault}", path.display())]
    Document {
        /// As the caller gave it.
        path: PathBuf,
        /// What is wrong with the content; part of the message, so that a bad file costs one line.
        fault: DocumentError,
    },
    /// A codebook has faults; each is one line with its place.
    #[error("codebook {name} is not usable:\n{}", faults.join("\n"))]
    Codebook {
        /// Id or path of the codebook.
        name: String,
        /// `line N: what is wrong` each.
        faults: Vec<String>,
    },
    /// No codebook of that id ships with the program.
    #[error("unknown codebook {name}{}", did_you_mean.as_ref().map(|m| format!(", did you mean {m}?")).unwrap_or_default())]
    UnknownCodebook {
        /// As typed.
        name: String,
        /// The nearest id there is.
        did_you_mean: Option<String>,
    },
    /// A model directory misses a file or holds one that is not what its manifest says.
    #[error("model {dir}: {detail}")]
    Model {
        /// The directory, or `bundled`.
        dir: String,
        /// What is wrong and what was expected.
        detail: String,
    },
    /// A file of a model has another digest than the one recorded.
    #[error("model {dir}: {file} has sha256 {found}, the manifest says {expected}")]
    Checksum {
        /// The directory, or `bundled`.
        dir: String,
        /// The file's name.
        file: String,
        /// Hex digest recorded.
        expected: String,
        /// Hex digest of the bytes found.
        found: String,
    },
    /// An annotation or training file has a bad line.
    #[error("{}:{line}: {detail}", path.display())]
    Dataset {
        /// As the caller gave it.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// A configuration file has a fault.
    #[error("{}: {detail}", path.display())]
    Config {
        /// As the caller gave it.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// A folder of a batch cannot be used.
    #[error("{}: {detail}", dir.display())]
    Batch {
        /// As the caller gave it.
        dir: PathBuf,
        /// What is wrong and what to do.
        detail: String,
    },
    /// A tensor operation failed.
    #[error("the model could not compute {what}")]
    Compute {
        /// The operation, with shapes where they matter.
        what: &'static str,
        /// What candle said.
        #[source]
        source: candle_core::Error,
    },
    /// A text could not be tokenized.
    #[error("cannot tokenize: {detail}")]
    Tokenize {
        /// What the tokenizer said.
        detail: String,
    },
    /// A model could not be fetched.
    #[error("cannot fetch {what}: {detail}")]
    Hub {
        /// Repository and file.
        what: String,
        /// What the hub or the network said.
        detail: String,
    },
}
