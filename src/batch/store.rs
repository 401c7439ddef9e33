//! The way to the disk: small steps behind a trait, so that tests can break each of them, and whole files on top.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that write files"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Steps that change or read files.
pub trait Store: Sync {
    /// Begins an empty file in place of what stands there.
    ///
    /// # Errors
    /// Those of the file system.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>>;

    /// Opens a file, new or not, to write at its end.
    ///
    /// # Errors
    /// Those of the file system.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>>;

    /// Gives a file another name, in place of what has it.
    ///
    /// # Errors
    /// Those of the file system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the file system.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder and those above it, where they are missing.
    ///
    /// # Errors
    /// Those of the file system.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Brings the names in a folder to disk.
    ///
    /// # Errors
    /// Those of the file system.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Opens a file to read.
    ///
    /// # Errors
    /// Those of the file system.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>>;

    /// The names in a folder, in no order.
    ///
    /// # Errors
    /// Those of the file system.
    fn names(&self, path: &Path) -> io::Result<Vec<String>>;
}

/// A file being written.
pub trait Output: Write + Send {
    /// Brings what was written to disk.
    ///
    /// # Errors
    /// Those of the file system.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Output for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Store for Disk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(File::create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Other systems bring names to disk by themselves and cannot open a folder as a file.
        if cfg!(unix) {
            File::open(path)?.sync_all()?;
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(File::open(path)?))
    }

    fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        std::fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}

/// A folder that files are written to: whole, or not at all.
#[derive(Clone, Copy)]
pub struct Folder<'a> {
    root: &'a Path,
    store: &'a dyn Store,
}

impl std::fmt::Debug for Folder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Folder").field(&self.root).finish()
    }
}

impl<'a> Folder<'a> {
    /// A folder by its path; names below are relative to it.
    #[must_use]
    pub fn new(root: &'a Path, store: &'a dyn Store) -> Self {
        Self { root, store }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root
    }

    /// Writes a file in place of what stands there, once all of it is on disk. The new name is on disk after
    /// [`Folder::sync`].
    ///
    /// # Errors
    /// [`Error::Write`]; what stood there is then untouched.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut staged = self.stage(name)?;
        staged.write_all(bytes).map_err(self.fault(name))?;
        staged.commit()
    }

    /// Begins a file that takes its name when it is complete.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn stage(&self, name: &str) -> Result<Staged<'a>> {
        let target = self.root.join(name);
        let temporary = temporary(&target);
        let output = self.store.create(&temporary).map_err(self.fault(name))?;
        Ok(Staged {
            store: self.store,
            target,
            temporary,
            output: Some(io::BufWriter::with_capacity(1 << 16, output)),
        })
    }

    /// Opens a file to write at its end.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn append(&self, name: &str) -> Result<Box<dyn Output>> {
        self.store
            .append(&self.root.join(name))
            .map_err(self.fault(name))
    }

    /// The bytes of a file; none if it is not there.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.root.join(name);
        let fault = |source| Error::Read {
            path: path.clone(),
            source,
        };
        let mut file = match self.store.open(&path) {
            Ok(file) => file,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fault)?;
        Ok(Some(bytes))
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn remove(&self, name: &str) -> Result<()> {
        match self.store.remove(&self.root.join(name)) {
            Err(error) if !is_absence(&error) => Err(self.fault(name)(error)),
            _ => Ok(()),
        }
    }

    /// Makes a folder in it; `""` is the folder itself.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create_folder(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        self.store.create_folder(&path).map_err(self.fault(name))
    }

    /// Brings the names in one of its folders to disk.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn sync(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        self.store.sync_folder(&path).map_err(self.fault(name))
    }

    /// Removes what writes that were cut off left in one of its folders.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn sweep(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        let names = match self.store.names(&path) {
            Err(error) if is_absence(&error) => return Ok(()),
            names => names.map_err(self.fault(name))?,
        };
        for left in names.iter().filter(|name| is_temporary(name)) {
            let left = path.join(left);
            self.store.remove(&left).map_err(self.fault(name))?;
        }
        Ok(())
    }

    fn fault(&self, name: &str) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.root.join(name);
        move |source| Error::Write {
            path: path.clone(),
            source,
        }
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

const PREFIX: &str = ".ecq-";
const SUFFIX: &str = ".tmp";

fn temporary(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!("{PREFIX}{name}{SUFFIX}"))
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// A file that takes its name when it is complete; dropped before, it leaves nothing.
pub struct Staged<'a> {
    store: &'a dyn Store,
    target: PathBuf,
    temporary: PathBuf,
    output: Option<io::BufWriter<Box<dyn Output>>>,
}

impl Staged<'_> {
    /// Brings the file to disk and gives it its name.
    ///
    /// # Errors
    /// [`Error::Write`]; what stood there is then untouched.
    pub fn commit(mut self) -> Result<()> {
        let done = self.output.take().map_or(Ok(()), |output| {
            let mut output = output
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            output.sync()?;
            // Some systems rename no open file.
            drop(output);
            self.store.rename(&self.temporary, &self.target)
        });
        done.map_err(|source| {
            let _ = self.store.remove(&self.temporary);
            Error::Write {
                path: self.target.clone(),
                source,
            }
        })
    }
}

impl Write for Staged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.output {
            Some(output) => output.write(bytes),
            None => Err(io::Error::other("the file is closed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if let Some(output) = self.output.take() {
            // What is still to be written goes with the file.
            drop(output.into_parts());
            let _ = self.store.remove(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_committed_leaves_the_old_one() {
        let dir = std::env::temp_dir().join(format!("ecq-store-{}", std::process::id()));
        let folder = Folder::new(&dir, &Disk);
        folder.create_folder("").unwrap();
        folder.put("a", b"old").unwrap();
        let mut staged = folder.stage("a").unwrap();
        staged.write_all(b"new").unwrap();
        drop(staged);
        assert_eq!(folder.get("a").unwrap().unwrap(), b"old");
        assert_eq!(Disk.names(&dir).unwrap(), ["a"]);
        // What a killed process leaves is swept, and nothing else.
        std::fs::write(dir.join(".ecq-a.tmp"), b"ne").unwrap();
        folder.sweep("").unwrap();
        assert_eq!(Disk.names(&dir).unwrap(), ["a"]);
        assert!(folder.get("none").unwrap().is_none());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
