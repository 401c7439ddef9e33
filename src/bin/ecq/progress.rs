//! Progress and notes, on stderr only.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that shows on a terminal and is hidden elsewhere.
pub(crate) fn bar(quiet: bool, what: &str) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    bar.set_prefix(what.to_owned());
    bar
}

/// One line on stderr.
pub(crate) fn note(quiet: bool, line: &str) {
    if !quiet {
        anstream::eprintln!("{line}");
    }
}
