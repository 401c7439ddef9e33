//! Files are taken apart in processes of their own: what a hostile one brings down is such a process, and one file fails.
//!
//! A process is this program once more (`ecq isolated-reader`), fed with the bytes of files one after another and
//! answering with documents; it is started anew behind a crash. Before the first file it gives up what it does not
//! need: see [`limits`]. What it answers is taken for hostile too: its size is limited and its shape checked.

mod child;
mod limits;
mod serve;
mod wire;

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use ecq::batch::{Failure, FailureKind};
use ecq::document::Document;

use self::child::Child;
pub(crate) use self::limits::Limits;
pub(crate) use self::serve::serve;

/// Processes that take files apart, as many as are asked at a time.
#[derive(Debug)]
pub(crate) struct Isolation {
    limits: Limits,
    idle: Mutex<Vec<Child>>,
}

impl Isolation {
    /// Starts the first process, so that a system that allows none is known before any file is read.
    ///
    /// # Errors
    /// If no process can be started.
    pub(crate) fn new(limits: Limits) -> Result<Self> {
        let first = Child::start(&limits).context(
            "no process can be started to read files in; --no-isolation reads them here",
        )?;
        Ok(Self {
            limits,
            idle: Mutex::new(vec![first]),
        })
    }

    /// The document in bytes.
    ///
    /// # Errors
    /// What is wrong with the content, or what became of the process that read it.
    pub(crate) fn open(
        &self,
        bytes: &[u8],
        extension: Option<&str>,
    ) -> std::result::Result<Document, Failure> {
        let idle = self.lock().pop();
        let mut child = match idle {
            Some(child) => child,
            None => Child::start(&self.limits).map_err(|error| {
                Failure::new(
                    FailureKind::Crashed,
                    format!("no process can be started to read it in: {error}"),
                )
            })?,
        };
        let answer = child.ask(bytes, extension, &self.limits)?;
        self.lock().push(child);
        answer
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Child>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
