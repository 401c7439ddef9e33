//! `ecq analyze`: the main job.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Analysis, Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::document::{parse, read_file, read_stream};
use ecq::error::Error;
use ecq::report::{DocumentName, Palette, Report, TerminalOptions, render_terminal, report};

use crate::args::{AnalyzeArgs, FailOn, Format};
use crate::commands::{codebook, explain, model};
use crate::errors::{Code, harmless, report_error};
use crate::{output, progress};

/// Most characters of a quotation on the terminal.
const QUOTE_CHARS: usize = 160;

/// Reports on every file; one that fails does not stop the others.
pub(crate) fn run(args: &AnalyzeArgs, quiet: bool) -> Result<Code> {
    let codebook: Codebook = codebook::load(&args.codebook)?;
    let toolkit = Toolkit::new(
        codebook,
        &model(args.model.model.as_deref())?,
        args.model.threads,
    )?;
    let (mut n_failed, mut gate) = (0, false);
    for (idx, file) in args.files.iter().enumerate() {
        match one(file, &toolkit, args.why) {
            Ok(report) => {
                gate |= fails(&report, args.fail_on);
                for warning in &report.warnings {
                    progress::note(
                        quiet,
                        &format!(
                            "ecq: {}: warning: {}",
                            shown(file),
                            harmless(&warning.message)
                        ),
                    );
                }
                print(&report, args, idx)?;
            }
            Err(error) => {
                n_failed += 1;
                report_error(&error);
            }
        }
    }
    Ok(if n_failed == args.files.len() {
        Code::NoneUsable
    } else if n_failed > 0 {
        Code::SomeFailed
    } else if gate {
        Code::Gate
    } else {
        Code::Done
    })
}

fn one(file: &Path, toolkit: &Toolkit, why: bool) -> Result<Report> {
    let (analysis, mut report) = read(file, toolkit)?;
    if why {
        report.why = explain::all(&analysis, toolkit)?;
    }
    Ok(report)
}

/// Reads a file, or standard input, and reports on it.
pub(crate) fn read(file: &Path, toolkit: &Toolkit) -> Result<(Analysis, Report)> {
    let is_stdin = file == Path::new("-");
    let bytes = if is_stdin {
        read_stream(std::io::stdin().lock(), file)?
    } else {
        read_file(file)?
    };
    let extension = file.extension().and_then(|extension| extension.to_str());
    let document = parse(&bytes, extension).map_err(|fault| Error::Document {
        path: file.to_path_buf(),
        fault,
    })?;
    let name = file.file_name().map_or_else(
        || "-".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let analysis = analyze(document, toolkit)?;
    let report = report(&analysis, toolkit, &DocumentName::new(name, &bytes));
    Ok((analysis, report))
}

/// How text is laid out here: by the terminal, unless a width was given.
pub(crate) fn terminal_options(width: Option<usize>) -> TerminalOptions {
    TerminalOptions {
        width: width.unwrap_or_else(output::width).max(40),
        palette: if output::is_colored() {
            Palette::colored()
        } else {
            Palette::default()
        },
        quote_chars: QUOTE_CHARS,
    }
}

fn print(report: &Report, args: &AnalyzeArgs, idx: usize) -> Result<()> {
    match args.format {
        // Several reports are JSON lines, so that a program can read them one by one.
        Format::Json if args.files.len() > 1 => {
            output::write(&format!("{}\n", serde_json::to_string(report)?))?;
        }
        Format::Json => output::write(&report.to_json())?,
        Format::Text => {
            let options = terminal_options(args.width);
            let rule = if idx > 0 { "\n" } else { "" };
            output::write(&format!("{rule}{}", render_terminal(report, &options)))?;
            if !report.why.is_empty() {
                output::write(&explain::section(&report.why, report, &options))?;
            }
        }
    }
    Ok(())
}

fn fails(report: &Report, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::Never => false,
        FailOn::Missing => report.count("absent") > 0,
        FailOn::Asserted => report.count("absent") + report.count("asserted") > 0,
    }
}

/// A path as typed; standard input by its name.
fn shown(file: &Path) -> String {
    if file == Path::new("-") {
        let from = if std::io::stdin().is_terminal() {
            "terminal"
        } else {
            "standard input"
        };
        return from.to_owned();
    }
    harmless(&file.display().to_string())
}
