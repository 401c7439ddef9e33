//! Reading labeled sets of rules.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::path::Path;

use crate::error::{Error, Result};
use crate::eval::rules::RuleCase;

/// The cases of one rule's file, in order.
///
/// # Errors
/// [`Error::Read`] for a missing file, [`Error::Dataset`] for a line that is no case.
pub fn read_rule_cases(path: &Path) -> Result<Vec<RuleCase>> {
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
