//! The base encoder of a training: a directory, or a name on a hub.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::args::BaseArgs;

/// The directory of the base encoder, fetched first where a name on a hub is given.
///
/// A directory of that name goes before a hub: what lies here is never fetched.
pub(crate) fn base_dir(args: &BaseArgs, quiet: bool) -> Result<PathBuf> {
    let dir = PathBuf::from(&args.base);
    if dir.is_dir() {
        return Ok(dir);
    }
    let is_name = args.base.split('/').count() == 2
        && !args.base.starts_with(['.', '/', '~'])
        && !args.base.ends_with('/');
    if !is_name {
        bail!(
            "{} is no directory, and no org/name of an encoder on a hub",
            args.base
        );
    }
    fetched(args, quiet)
}

#[cfg(feature = "hub")]
fn fetched(args: &BaseArgs, quiet: bool) -> Result<PathBuf> {
    let bar = crate::progress::bar(quiet, "fetching");
    let pulled = ecq::hub::pull(&args.base, None, args.endpoint.as_deref(), |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(pulled.dir)
}

#[cfg(not(feature = "hub"))]
fn fetched(args: &BaseArgs, _quiet: bool) -> Result<PathBuf> {
    bail!(
        "{} is no directory, and this build cannot fetch it (feature hub)",
        args.base
    );
}
