//! What several tests begin with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the program from the root of the repository, with nothing on its standard input.
pub(crate) fn ecq(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// An empty folder of that name; every test takes another.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}
