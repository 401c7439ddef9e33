//! What a batch shows while it runs: a bar on a terminal, a line for each document elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ecq::batch::{Item, Observer, Status};
use indicatif::{ProgressBar, ProgressStyle};

use crate::errors::harmless;
use crate::progress;

/// Progress of a batch, told from several threads.
pub(crate) struct Progress {
    quiet: bool,
    /// None where no terminal shows it.
    bar: Option<ProgressBar>,
    begun: Instant,
    n_documents: usize,
    n_done: AtomicUsize,
    /// Documents that an earlier run had done: they tell nothing about speed.
    n_kept: AtomicUsize,
    n_passages: AtomicUsize,
}

impl Progress {
    /// Progress over so many documents.
    pub(crate) fn new(n_documents: usize, quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = progress::bar(false, "reading");
            bar.set_length(n_documents as u64);
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} files {msg}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self {
            quiet,
            bar,
            begun: Instant::now(),
            n_documents,
            n_done: AtomicUsize::new(0),
            n_kept: AtomicUsize::new(0),
            n_passages: AtomicUsize::new(0),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| progress::note(false, line)),
            None => progress::note(false, line),
        }
    }

    /// Passages so far, speed and time left, as far as they can be told.
    fn pace(&self, n_done: usize) -> String {
        let n_passages = self.n_passages.load(Ordering::Relaxed);
        let n_new = n_done.saturating_sub(self.n_kept.load(Ordering::Relaxed));
        let seconds = self.begun.elapsed().as_secs_f64();
        if n_new == 0 || seconds <= 0.0 {
            return format!("{n_passages} passages");
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
        let (rate, n_left) = (
            n_new as f64 / seconds,
            (self.n_documents - n_done.min(self.n_documents)) as f64,
        );
        let left = Duration::try_from_secs_f64(n_left / rate).unwrap_or_default();
        format!(
            "{n_passages} passages, {rate:.1} files/s, {} left",
            duration(left)
        )
    }
}

impl Observer for Progress {
    fn done(&self, item: &Item, status: &Status) {
        let n_done = self.n_done.fetch_add(1, Ordering::Relaxed) + 1;
        match status {
            Status::Read { n_passages } => {
                self.n_passages.fetch_add(*n_passages, Ordering::Relaxed);
            }
            Status::Kept { .. } => {
                self.n_kept.fetch_add(1, Ordering::Relaxed);
            }
            Status::Failed(_) => {}
        }
        let pace = self.pace(n_done);
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(pace.clone());
        }
        let id = harmless(&item.id).replace('\n', "\\n");
        match status {
            // A failure is told in any case.
            Status::Failed(failure) => {
                self.line(&format!("ecq: error: {id}: {}", harmless(&failure.reason)));
            }
            Status::Read { .. } if !self.quiet && self.bar.is_none() => {
                self.line(&format!(
                    "ecq: {n_done}/{} files, {pace}: {id} read",
                    self.n_documents
                ));
            }
            Status::Read { .. } | Status::Kept { .. } => {}
        }
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            self.line(&format!("ecq: {}", harmless(line)));
        }
    }
}

/// `45 s`, `3 min`, `2 h 5 min`.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds @ 100..=5_999 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let said = [0, 99, 100, 5_999, 7_500].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(said, ["0 s", "99 s", "2 min", "100 min", "2 h 5 min"]);
    }
}
