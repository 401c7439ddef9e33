//! `ecq merge`: the shards of a batch in one folder.

use anyhow::{Result, bail};
use ecq::batch::{Claim, Disk, Folder, Merged, merge};

use crate::args::MergeArgs;
use crate::commands::batch::holder;
use crate::commands::batch_progress::Progress;
use crate::errors::Code;
use crate::progress;

/// Joins shards, as far as they were made alike.
pub(crate) fn run(args: &MergeArgs, quiet: bool) -> Result<Code> {
    let mut named = args.shards.clone();
    named.sort();
    if let Some(twice) = named.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("{} is named twice", twice[0].display());
    }
    // A shard that is still being read would change under the merge.
    let _shards = args
        .shards
        .iter()
        .map(|shard| Claim::existing(shard, &holder()))
        .collect::<Result<Vec<_>, _>>()?;
    let _claim = Claim::take(&args.output, &holder(), args.resume)?;
    let shards: Vec<Folder<'_>> = args
        .shards
        .iter()
        .map(|shard| Folder::new(shard, &Disk))
        .collect();
    let shown = Progress::new(0, quiet);
    let merged = merge(&Folder::new(&args.output, &Disk), &shards, &shown)?;
    let Merged {
        n_read,
        n_failed,
        gaps,
        duplicates,
    } = &merged;
    progress::note(
        quiet,
        &format!(
            "ecq: {n_read} read, {n_failed} failed, {} missing, {} in several shards; see {}",
            gaps.len(),
            duplicates.len(),
            args.output.join("index.html").display()
        ),
    );
    Ok(match (n_read, n_failed + gaps.len()) {
        (_, 0) => Code::Done,
        (0, _) => Code::NoneUsable,
        _ => Code::SomeFailed,
    })
}
