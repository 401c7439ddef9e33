//! The process that takes files apart.

use std::io::{self, BufReader, BufWriter, Read, Write};

use anyhow::{Context, Result};
use ecq::batch::{Failure, FailureKind};
use ecq::document::MAX_FILE_BYTES;

use crate::errors::Code;
use crate::isolation::limits::{Limits, shown};
use crate::isolation::wire::{Answer, Received, receive, send};
use crate::packet::open_document;

/// Longest extension of a file's name, in bytes.
pub(super) const MAX_EXTENSION_BYTES: u64 = 255;

/// Takes apart what arrives on standard input, until that ends.
///
/// # Errors
/// If the limits cannot be set, or the pipes break.
pub(crate) fn serve(limits: &Limits) -> Result<Code> {
    limits
        .confine()
        .context("the limits of an isolated reader cannot be set")?;
    let mut input = BufReader::new(io::stdin());
    let mut out = BufWriter::new(io::stdout());
    while !at_end(&mut input)? {
        let (Received::Bytes(extension), Received::Bytes(bytes)) = (
            receive(&mut input, MAX_EXTENSION_BYTES)?,
            receive(&mut input, MAX_FILE_BYTES)?,
        ) else {
            anyhow::bail!("a file is longer than it may be");
        };
        let answer = answer(&bytes, &String::from_utf8_lossy(&extension), *limits);
        drop(bytes);
        send(&mut out, &serde_json::to_vec(&answer)?)?;
        out.flush()?;
    }
    Ok(Code::Done)
}

fn at_end(input: &mut BufReader<impl Read>) -> io::Result<bool> {
    use std::io::BufRead;
    Ok(input.fill_buf()?.is_empty())
}

/// Reads one file, on a thread of its own for the size of its stack.
fn answer(bytes: &[u8], extension: &str, limits: Limits) -> Answer {
    let extension = Some(extension).filter(|extension| !extension.is_empty());
    limits.begin_file();
    let read = std::thread::scope(|scope| {
        let reader = std::thread::Builder::new()
            .name("reader".to_owned())
            .stack_size(usize::try_from(limits.stack).unwrap_or(usize::MAX))
            .spawn_scoped(scope, || open_document(bytes, extension));
        reader.map(std::thread::ScopedJoinHandle::join)
    });
    match read {
        Ok(Ok(Ok(document))) => Answer::Document(document),
        Ok(Ok(Err(fault))) => Answer::Failure(Failure::from(&fault)),
        Ok(Err(_)) => Answer::Failure(Failure::new(
            FailureKind::Program,
            "the program stopped at a fault of its own in this document; please report it",
        )),
        Err(_) => Answer::Failure(out_of_memory(limits)),
    }
}

/// The failure of a file that takes too much memory.
pub(super) fn out_of_memory(limits: Limits) -> Failure {
    Failure::new(
        FailureKind::OutOfMemory,
        format!(
            "reading it takes more memory than {}; --limit-memory allows more",
            shown(limits.memory)
        ),
    )
}
