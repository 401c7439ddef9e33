//! Standard output: results only, written through one locked writer, so that a closed pipe is an error value.

use std::io::{IsTerminal, Write};

use crate::args::ColorChoice;

/// Applies `--color`, `NO_COLOR` and the kind of terminal.
pub(crate) fn choose_color(choice: ColorChoice) {
    let choice = match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::AlwaysAnsi,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether results go to something that shows color.
pub(crate) fn is_colored() -> bool {
    !matches!(
        anstream::AutoStream::choice(&std::io::stdout()),
        anstream::ColorChoice::Never
    )
}

/// Columns of the terminal, or 100 where there is none.
pub(crate) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return 100;
    }
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).clamp(40, 160))
}

/// Writes a result.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn write(text: &str) -> std::io::Result<()> {
    write_bytes(text.as_bytes())
}

/// Writes a result that may be no text.
///
/// # Errors
/// As [`write`].
pub(crate) fn write_bytes(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
