//! Adding to a file of decisions.
#![allow(
    clippy::disallowed_methods,
    reason = "this module writes the file of decisions"
)]

use std::fs::{OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::decisions::read::parse_bytes;
use crate::decisions::{Decision, sidecar};
use crate::error::{Error, Result};

/// What begins a new file.
const HEAD: &str =
    "# Decisions of reviewers; `ecq decide` adds to them, every report shows them.\nformat = 1\n";

#[derive(Serialize)]
struct Block<'a> {
    decision: [&'a Decision; 1],
}

/// Adds a decision to the file of a packet, which is made if there is none; what stands there is left as it is.
///
/// # Errors
/// If the file has a fault, if somebody else is writing it, or if it was replaced meanwhile; nothing is added then.
pub fn append_decision(packet: &Path, decision: &Decision) -> Result<PathBuf> {
    let path = sidecar(packet);
    let write_error = |source| Error::Write {
        path: path.clone(),
        source,
    };
    let fault = |detail: String| Error::Config {
        path: path.clone(),
        detail,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(&path)
        .map_err(write_error)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(fault(
                "another ecq decide is writing it; try again".to_owned(),
            ));
        }
        Err(TryLockError::Error(source)) => return Err(write_error(source)),
    }
    let mut before = Vec::new();
    file.read_to_end(&mut before)
        .map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
    if !before.is_empty() {
        parse_bytes(&path, &before)?;
    }
    let block = toml::to_string(&Block {
        decision: [decision],
    })
    .map_err(|cause| fault(format!("the decision cannot be written as TOML: {cause}")))?;
    let lead = match before.last() {
        None => HEAD,
        Some(b'\n') => "",
        Some(_) => "\n",
    };
    let added = format!("{lead}\n{block}");
    file.write_all(added.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(write_error)?;
    // An editor that saves by rename puts another file in our place: the decision then went to the old one.
    let now = std::fs::read(&path).unwrap_or_default();
    before.extend_from_slice(added.as_bytes());
    if now != before {
        return Err(fault(
            "was changed by another program at the same moment, and the decision is not in it; run ecq decide again"
                .to_owned(),
        ));
    }
    Ok(path)
}
