//! Errors as the user sees them, and exit codes.

use std::process::ExitCode;

/// The exit codes of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Done.
    Done,
    /// A gate failed.
    Gate,
    /// Usage or configuration.
    Usage,
    /// Some inputs failed.
    SomeFailed,
    /// No input was usable.
    NoneUsable,
    /// A fault of the program.
    Internal,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(match code {
            Code::Done => 0,
            Code::Gate => 1,
            Code::Usage => 2,
            Code::SomeFailed => 3,
            Code::NoneUsable => 4,
            Code::Internal => 70,
        })
    }
}

/// Prints an error: what failed, then each cause on a line of its own.
pub(crate) fn report_error(error: &anyhow::Error) {
    let mut chain = error.chain();
    if let Some(first) = chain.next() {
        anstream::eprintln!("ecq: error: {}", harmless(&first.to_string()));
    }
    for cause in chain {
        anstream::eprintln!("  caused by: {}", harmless(&cause.to_string()));
    }
}

/// The code of an error that stopped a command.
pub(crate) fn code_of(error: &anyhow::Error) -> Code {
    use ecq::error::Error;
    match error.downcast_ref::<Error>() {
        Some(Error::Document { .. }) => Code::NoneUsable,
        Some(Error::Compute { .. } | Error::Tokenize { .. }) => Code::Internal,
        _ => Code::Usage,
    }
}

/// Whether the reader of our output went away, which is no error.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Text that may come from a file's name or content, without anything a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}
