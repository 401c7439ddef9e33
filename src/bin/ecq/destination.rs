//! Files that results are written to: whole, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Writes a file through a temporary one in the same folder, so that what stood there stays whole until the new
/// file is complete and on disk. Devices and pipes are written to as they are.
///
/// # Errors
/// If the folder cannot be written to or is full; the old file is then untouched.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let needs = || {
        format!(
            "cannot write {}: it needs a folder that can be written to, with {} bytes free; nothing was changed",
            path.display(),
            bytes.len()
        )
    };
    // A link stays a link: what it points to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let old = target.metadata().ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        if target.is_dir() {
            bail!("cannot write {}: it is a folder", path.display());
        }
        let mut device = std::fs::OpenOptions::new()
            .write(true)
            .open(&target)
            .with_context(needs)?;
        return device.write_all(bytes).with_context(needs);
    }
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        bail!(
            "cannot write {}: the file is read-only; nothing was changed",
            path.display()
        );
    }
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ecq-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(&folder).with_context(needs)?;
    if let Some(old) = &old {
        file.as_file()
            .set_permissions(old.permissions())
            .with_context(needs)?;
    }
    file.write_all(bytes).with_context(needs)?;
    file.as_file().sync_all().with_context(needs)?;
    file.persist(&target)
        .map_err(|error| error.error)
        .with_context(needs)?;
    // The new name is on disk only when its folder is; where that cannot be asked for, the file still is.
    #[cfg(unix)]
    if let Ok(folder) = std::fs::File::open(&folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Shows a file in the program that the desktop uses for it.
///
/// # Errors
/// If there is no such program.
pub(crate) fn open(path: &Path) -> Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        std::process::Command::new("open")
    } else if cfg!(windows) {
        std::process::Command::new("explorer")
    } else {
        std::process::Command::new("xdg-open")
    };
    // An absolute path cannot be taken for an option.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    command
        .arg(&path)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .map(drop)
        .with_context(|| {
            format!(
                "no program to show {} with; open it in a browser",
                path.display()
            )
        })
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the tests look at what was written"
)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_replaces_the_old_one_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.md");
        save(&path, b"one").unwrap();
        save(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let error = save(Path::new("/dev/full"), b"words").unwrap_err();
        assert!(format!("{error:#}").contains("5 bytes free"), "{error:#}");
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&folder.path().join("none/report.md"), b"x").is_err());
    }
}
