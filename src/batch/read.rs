//! The bytes of documents: files, and files in zip packets.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::batch::{Failure, FailureKind, Item, Source};
use crate::decisions::sidecar;
use crate::document::package::MAX_ENTRIES;
use crate::document::read_file;
use crate::error::Error;

/// How often a file is read that changes meanwhile.
const MAX_READS: u32 = 4;
/// How long a file that changed is left alone.
const SETTLE: Duration = Duration::from_millis(50);
/// Most bytes of a file in a packet, as far as it may be packed: an essay, not a disk image.
const MAX_MEMBER_BYTES: u64 = 64 << 20;
/// Most bytes of a file of decisions.
const MAX_BESIDE_BYTES: u64 = 16 << 20;

/// What a document is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// Those of the file of decisions beside it, where there is one.
    pub beside: Option<Vec<u8>>,
}

/// The bytes of a document, read while nobody wrote to it.
///
/// # Errors
/// Why there are none; a pipe or a device is never opened.
pub fn read_input(item: &Item) -> Result<Input, Failure> {
    match &item.source {
        Source::Fault(failure) => Err(failure.clone()),
        Source::File(path) => settled(path, || {
            let bytes = read_file(path).map_err(|error| file_failure(&error))?;
            let beside = read_beside(path)?;
            Ok(Input { bytes, beside })
        }),
        Source::Member { archive, index } => settled(archive, || {
            let bytes = read_member(archive, *index)?;
            let beside = None;
            Ok(Input { bytes, beside })
        }),
    }
}

/// Index and name of every file in a zip packet, in the order of its directory; none if the file is a document of a
/// format that is a zip file itself.
///
/// # Errors
/// If it is no zip file that can be read, or two files in it have one name.
pub fn members(path: &Path) -> Result<Option<Vec<(usize, String)>>, Failure> {
    let archive = open_archive(path)?;
    if archive.len() > MAX_ENTRIES {
        return Err(too_large(format!(
            "refused: the packet holds more than {MAX_ENTRIES} files"
        )));
    }
    if archive.has_duplicate_names() {
        return Err(document(
            "refused: two files of the packet have one name; pack them again under two names"
                .to_owned(),
        ));
    }
    let mut names = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive
            .by_index_data(index)
            .map_err(|error| zip_failure(&error))?;
        let name = entry
            .name()
            .map_err(|error| zip_failure(&error))?
            .into_owned();
        if name == "[Content_Types].xml" || name == "mimetype" {
            return Ok(None);
        }
        if !entry.is_dir() {
            names.push((index, name.replace('\\', "/")));
        }
    }
    Ok(Some(names))
}

fn open_archive(path: &Path) -> Result<ZipArchive<BufReader<File>>, Failure> {
    let metadata = path.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(document(
            "the content is no regular file; expected a zip packet".to_owned(),
        ));
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        ZipError::InvalidArchive(_) => document(
            "the zip packet is damaged or cut off: its list of files cannot be read; get a complete copy"
                .to_owned(),
        ),
        error => zip_failure(&error),
    })
}

fn read_member(path: &Path, index: usize) -> Result<Vec<u8>, Failure> {
    let mut archive = open_archive(path)?;
    let encrypted = archive
        .by_index_data(index)
        .is_ok_and(|entry| entry.encrypted());
    if encrypted {
        return Err(document(
            "the packet is protected by a password; pack it again without one".to_owned(),
        ));
    }
    let member = archive
        .by_index(index)
        .map_err(|error| zip_failure(&error))?;
    let mut bytes = Vec::new();
    // The size that the packet states is a claim; what counts is what comes out.
    member
        .take(MAX_MEMBER_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| zip_failure(&ZipError::Io(error)))?;
    if bytes.len() as u64 > MAX_MEMBER_BYTES {
        return Err(too_large(format!(
            "refused: the file in the packet is larger than {} MiB",
            MAX_MEMBER_BYTES >> 20
        )));
    }
    Ok(bytes)
}

fn read_beside(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let path = sidecar(path);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(&error)),
    };
    let fault = |reason: &str| {
        Failure::new(
            FailureKind::Decisions,
            format!("the decisions beside it: {reason}"),
        )
    };
    if !metadata.is_file() {
        return Err(fault("no regular file"));
    }
    if metadata.len() > MAX_BESIDE_BYTES {
        return Err(fault("the file is too large to be one of decisions"));
    }
    std::fs::read(&path)
        .map(Some)
        .map_err(|error| unreadable(&error))
}

/// Size and time of change.
type Stamp = (u64, Option<SystemTime>);

/// Reads a file again for as long as it changes meanwhile.
fn settled<T>(path: &Path, read: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let look = || {
        let metadata = path.metadata().ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    };
    settled_by(look, read, || std::thread::sleep(SETTLE))
}

fn settled_by<T>(
    mut look: impl FnMut() -> Option<Stamp>,
    mut read: impl FnMut() -> Result<T, Failure>,
    mut wait: impl FnMut(),
) -> Result<T, Failure> {
    for n in 0..MAX_READS {
        if n > 0 {
            wait();
        }
        let before = look();
        let outcome = read();
        if look() == before {
            return outcome;
        }
    }
    Err(Failure::new(
        FailureKind::Changed,
        "the file changes while it is read; run again with --resume when it is complete",
    ))
}

fn file_failure(error: &Error) -> Failure {
    match error {
        Error::Document { fault, .. } => Failure::from(fault),
        Error::Read { source, .. } => unreadable(source),
        other => Failure::new(FailureKind::Unreadable, other.to_string()),
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(
        FailureKind::Unreadable,
        format!("it cannot be read: {error}"),
    )
}

fn document(reason: String) -> Failure {
    Failure::new(FailureKind::Document, reason)
}

fn too_large(reason: String) -> Failure {
    Failure::new(FailureKind::Limit, reason)
}

fn zip_failure(error: &ZipError) -> Failure {
    match error {
        ZipError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            document("the zip packet is cut off; get a complete copy".to_owned())
        }
        error => document(format!(
            "the zip packet is damaged: {error}; get a complete copy"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_is_read_again_and_given_up_at_last() {
        let mut n_looks = 0u64;
        // It changes during the first two reads and comes to rest in the third.
        let look = || {
            n_looks += 1;
            Some((n_looks.min(5), None))
        };
        let mut n_reads = 0;
        let read = || {
            n_reads += 1;
            Ok(n_reads)
        };
        assert_eq!(settled_by(look, read, || ()), Ok(3));

        let mut n_looks = 0u64;
        let look = || {
            n_looks += 1;
            Some((n_looks, None))
        };
        let failure = settled_by(look, || Ok(()), || ()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Changed);
        assert!(failure.reason.contains("changes while it is read"));
    }

    #[test]
    fn a_fault_of_a_file_at_rest_stands() {
        let read = || Err::<(), _>(document("damaged".to_owned()));
        assert_eq!(
            settled_by(|| None, read, || ()).unwrap_err().reason,
            "damaged"
        );
    }
}
