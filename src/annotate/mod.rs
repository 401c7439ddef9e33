//! Copies of packets with what was found as comments: nothing else in the file changes.
//!
//! A docx gets comments by the author "ecq", inserted into its own package; a pdf gets highlights with notes as an
//! incremental update, so that the bytes of the original stand first in the copy. A second run replaces what the first
//! one put in.

mod align;
mod docx;
mod notes;
mod pdf;

use crate::error::DocumentError;
use crate::report::Packet;

pub use self::docx::{extension as docx_extension, strip as strip_docx};

/// Who signs the comments.
const AUTHOR: &str = "ecq";

/// Why a copy cannot be annotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnnotateError {
    /// Only docx and pdf hold comments that are written here.
    #[error("not possible, because {format} files are not annotated; docx and pdf are")]
    Format {
        /// How the document was read.
        format: String,
    },
    /// Something in the file forbids any change.
    #[error("not possible, because {reason}")]
    Forbidden {
        /// For example `it carries a digital signature, which any change would break`.
        reason: &'static str,
    },
    /// The file is not what the packet was read from, or is damaged.
    #[error("not possible, because {0}")]
    Document(#[from] DocumentError),
    /// The package could not be written.
    #[error("the copy of the package could not be made")]
    Package(#[from] zip::result::ZipError),
    /// The PDF could not be written.
    #[error("the update of the PDF could not be made")]
    Pdf(#[from] lopdf::Error),
}

/// The bytes of an annotated copy of `bytes`, which `packet` was read from.
///
/// # Errors
/// [`AnnotateError`] for other formats, for files that are signed or encrypted, and for damaged ones.
pub fn annotate(bytes: &[u8], packet: &Packet) -> Result<Vec<u8>, AnnotateError> {
    match packet.report.document.format.as_str() {
        "docx" => docx::annotate(bytes, packet),
        "pdf" => pdf::annotate(bytes, packet),
        format => Err(AnnotateError::Format {
            format: format.to_owned(),
        }),
    }
}
