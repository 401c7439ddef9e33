//! Reads annotation files.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::collections::BTreeSet;
use std::path::Path;

use crate::dataset::Annotation;
use crate::error::{Error, Result};

/// The lines of a file that are not blank, with their numbers counted from 1.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read as UTF-8.
pub fn read_lines(path: &Path) -> Result<Vec<(usize, String)>> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(idx, line)| (idx + 1, line.to_owned()))
        .collect())
}

/// Reads an annotation or training file.
///
/// # Errors
/// [`Error::Dataset`] with the line that is no such object, has an unknown field or repeats an id.
pub fn read_annotations(path: &Path) -> Result<Vec<Annotation>> {
    let mut seen = BTreeSet::new();
    let mut annotations = Vec::new();
    for (line, json) in read_lines(path)? {
        let fault = |detail: String| Error::Dataset {
            path: path.to_path_buf(),
            line,
            detail,
        };
        let annotation: Annotation =
            serde_json::from_str(&json).map_err(|cause| fault(cause.to_string()))?;
        if !seen.insert(annotation.id.clone()) {
            return Err(fault(format!("id {} stands there twice", annotation.id)));
        }
        annotations.push(annotation);
    }
    Ok(annotations)
}
