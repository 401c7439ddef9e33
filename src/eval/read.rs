//! Reading labeled data of a shape of its own.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The JSON lines of a file, in order; empty ones are passed over.
///
/// # Errors
/// [`Error::Read`] for a missing file, [`Error::Dataset`] for a line of another shape.
pub(super) fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(idx, line)| {
            serde_json::from_str(line).map_err(|error| Error::Dataset {
                path: path.to_path_buf(),
                line: idx + 1,
                detail: error.to_string(),
            })
        })
        .collect()
}
