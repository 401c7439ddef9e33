//! One run at a time in a folder, and no run in a folder that holds something else.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that touch files"
)]

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::batch::store::{Disk, Folder};
use crate::error::{Error, Result};

/// Names that a batch leaves beside its reports.
pub(super) const STATE: &str = ".ecq";
pub(super) const JOURNAL: &str = ".ecq/journal.jsonl";
const LOCK: &str = ".ecq/lock";
const HOLDER: &str = ".ecq/holder";

/// The right to write to a folder, held until it is dropped. The system takes it back from a process that is killed.
#[derive(Debug)]
pub struct Claim {
    /// Closing the file gives the lock back.
    _lock: File,
}

impl Claim {
    /// Takes a folder, which is made if it is missing. `holder` says who takes it, for whoever comes second.
    ///
    /// # Errors
    /// [`Error::Batch`] if another run holds the folder, if it holds something other than a batch or, without
    /// `resume`, if it holds a batch; [`Error::Write`] if it cannot be written to.
    pub fn take(out: &Path, holder: &str, resume: bool) -> Result<Self> {
        let refused = |detail: String| Error::Batch {
            dir: out.to_path_buf(),
            detail,
        };
        let write = |source| Error::Write {
            path: out.to_path_buf(),
            source,
        };
        let folder = Folder::new(out, &Disk);
        if out.exists() && !out.join(STATE).is_dir() {
            let mut names = std::fs::read_dir(out).map_err(write)?;
            if names.next().is_some() {
                return Err(refused(
                    "it holds files that are no batch; name a new or empty folder".to_owned(),
                ));
            }
        }
        folder.create_folder(STATE)?;
        let claim = Self::lock(out, holder)?;
        if !resume && out.join(JOURNAL).exists() {
            return Err(refused(
                "it holds a batch already; add --resume to go on with it, or name another folder"
                    .to_owned(),
            ));
        }
        Ok(claim)
    }

    /// Takes a folder that holds a batch.
    ///
    /// # Errors
    /// [`Error::Batch`] if another run holds it, or it holds no batch; [`Error::Write`] if it cannot be written to.
    pub fn existing(out: &Path, holder: &str) -> Result<Self> {
        if !out.join(STATE).is_dir() {
            return Err(Error::Batch {
                dir: out.to_path_buf(),
                detail: "it holds no batch; name a folder that `ecq batch` wrote".to_owned(),
            });
        }
        Self::lock(out, holder)
    }

    fn lock(out: &Path, holder: &str) -> Result<Self> {
        let folder = Folder::new(out, &Disk);
        let write = |source| Error::Write {
            path: out.to_path_buf(),
            source,
        };
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(out.join(LOCK))
            .map_err(write)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let bytes = folder.get(HOLDER).ok().flatten().unwrap_or_default();
                let name = String::from_utf8_lossy(&bytes).trim().to_owned();
                let name = if name.is_empty() {
                    "another run".to_owned()
                } else {
                    name
                };
                return Err(Error::Batch {
                    dir: out.to_path_buf(),
                    detail: format!(
                        "{name} is writing to it; wait for its end, or name another folder"
                    ),
                });
            }
            Err(TryLockError::Error(source)) => return Err(write(source)),
        }
        // In a file of its own: some systems let nobody read a file that is locked.
        folder.put(HOLDER, format!("{holder}\n").as_bytes())?;
        Ok(Self { _lock: lock })
    }
}
