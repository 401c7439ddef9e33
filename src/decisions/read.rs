//! Reading a file of decisions.
#![allow(
    clippy::disallowed_methods,
    reason = "this module reads the file of decisions"
)]

use std::io::ErrorKind;
use std::path::Path;

use crate::decisions::{Decision, parse_decisions, sidecar};
use crate::error::{Error, Result};

/// Most bytes of a file of decisions.
const MAX_BYTES: usize = 16 << 20;

/// The decisions on a packet; none where there is no file of them.
///
/// # Errors
/// If the file cannot be read or has a fault; each fault is one line with its place.
pub fn read_decisions(packet: &Path) -> Result<Vec<Decision>> {
    let path = sidecar(packet);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(source) => return Err(Error::Read { path, source }),
    };
    parse_bytes(&path, &bytes)
}

/// The decisions of a file's bytes.
pub(super) fn parse_bytes(path: &Path, bytes: &[u8]) -> Result<Vec<Decision>> {
    let fault = |detail: String| Error::Config {
        path: path.to_path_buf(),
        detail,
    };
    if bytes.len() > MAX_BYTES {
        return Err(fault(format!(
            "is no file of decisions: over {} MiB",
            MAX_BYTES >> 20
        )));
    }
    let source = std::str::from_utf8(bytes).map_err(|_| fault("is not UTF-8 text".to_owned()))?;
    parse_decisions(source).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        fault(lines.join("\n  "))
    })
}
