//! Reading labeled sets of rules.

use std::path::Path;

use crate::error::Result;
use crate::eval::read::json_lines;
use crate::eval::rules::RuleCase;

/// The cases of one rule's file, in order.
///
/// # Errors
/// [`Error::Read`](crate::error::Error::Read) for a missing file, [`Error::Dataset`](crate::error::Error::Dataset) for a
/// line that is no case.
pub fn read_rule_cases(path: &Path) -> Result<Vec<RuleCase>> {
    json_lines(path)
}
