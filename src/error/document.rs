//! Why the bytes of a file are no readable document.

/// Why the bytes of a file are no readable document, in the words a user can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Zero bytes, or nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// The content is of no known kind, whatever its name says.
    #[error("the content is {seen}; expected docx, odt, pdf, html, md or txt")]
    UnknownFormat {
        /// What the first bytes look like, for example `a JPEG image`.
        seen: String,
    },
    /// The file asks for a password.
    #[error("the {format} is protected by a password; save a copy without one")]
    NeedsPassword {
        /// Kind of file.
        format: &'static str,
    },
    /// Pages without a text layer.
    #[error("no text on {pages}: this looks like a scan; run OCR first")]
    NoText {
        /// For example `pages 1-9`.
        pages: String,
    },
    /// The file stops before its end.
    #[error("the {format} is cut off: {detail}; get a complete copy")]
    Truncated {
        /// Kind of file.
        format: &'static str,
        /// What is missing.
        detail: String,
    },
    /// The structure is broken.
    #[error("the {format} is damaged: {detail}")]
    Malformed {
        /// Kind of file.
        format: &'static str,
        /// What was found and where.
        detail: String,
    },
    /// Unpacked content passes a cap: a bomb, or far more than any packet.
    #[error("refused: {what} is larger than {limit}")]
    TooLarge {
        /// The part concerned.
        what: String,
        /// The cap, with its unit.
        limit: String,
    },
    /// Something that office files never need and attackers do (DOCTYPE, duplicate parts).
    #[error("refused: {detail}")]
    Refused {
        /// What was found and where.
        detail: String,
    },
}
