//! Reading announcements with their gold, and labeled pairs.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::path::{Path, PathBuf};

use crate::document::{Document, parse};
use crate::error::{Error, Result};
use crate::eval::announcements::gold::Gold;
use crate::eval::announcements::pairs::Pair;
use crate::eval::read::json_lines;

/// An announcement and what is to be taken from it.
#[derive(Clone, Debug)]
pub struct AnnouncementCase {
    /// File name without its ending.
    pub name: String,
    /// The announcement.
    pub document: Document,
    /// What a person took from it.
    pub gold: Gold,
}

/// The announcements of a directory, by name: every `NAME.gold.toml` and the file `NAME.*` beside it.
///
/// # Errors
/// [`Error::Read`] for a missing file, [`Error::Config`] for gold with a fault, [`Error::Document`] for an
/// announcement that cannot be read.
pub fn read_announcement_cases(dir: &Path) -> Result<Vec<AnnouncementCase>> {
    let fault = |path: &Path, source| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let entries = std::fs::read_dir(dir).map_err(|error| fault(dir, error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in &paths {
        let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".gold.toml"))
        else {
            continue;
        };
        let text = std::fs::read_to_string(path).map_err(|error| fault(path, error))?;
        let gold: Gold = toml::from_str(&text).map_err(|error| Error::Config {
            path: path.clone(),
            detail: error.to_string(),
        })?;
        let file = paths
            .iter()
            .find(|other| other.file_stem().is_some_and(|stem| stem == name) && *other != path);
        let Some(file) = file else {
            return Err(Error::Config {
                path: path.clone(),
                detail: "there is no announcement of that name beside it".to_owned(),
            });
        };
        let bytes = std::fs::read(file).map_err(|error| fault(file, error))?;
        let extension = file.extension().and_then(|extension| extension.to_str());
        let document = parse(&bytes, extension).map_err(|fault| Error::Document {
            path: file.clone(),
            fault,
        })?;
        cases.push(AnnouncementCase {
            name: name.to_owned(),
            document,
            gold,
        });
    }
    Ok(cases)
}

/// Labeled pairs of an element and a passage, in the order of the file.
///
/// # Errors
/// [`Error::Read`] for a missing file, [`Error::Dataset`] for a line that is no pair.
pub fn read_pairs(path: &Path) -> Result<Vec<Pair>> {
    json_lines(path)
}
