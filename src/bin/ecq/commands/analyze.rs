//! `ecq analyze`: the main job.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::config::Key;
use ecq::document::{Document, parse, read_file, read_stream};
use ecq::error::Error;
use ecq::report::{DocumentName, Palette, Report, TerminalOptions, render_terminal, report};

use crate::args::{AnalyzeArgs, FailOn, Format};
use crate::commands::{codebook, config, model};
use crate::errors::{Code, harmless, report_error};
use crate::{output, progress};

/// Most characters of a quotation on the terminal.
const QUOTE_CHARS: usize = 160;

/// Reports on every file; one that fails does not stop the others.
pub(crate) fn run(args: &AnalyzeArgs, quiet: bool) -> Result<Code> {
    let settings = config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        args.width,
    )?;
    let codebook: Codebook = codebook::load(settings.get(Key::Codebook).unwrap_or_default())?;
    let as_of = settings
        .get(Key::AsOf)
        .map(str::parse)
        .transpose()
        .map_err(anyhow::Error::msg)?;
    let width = settings
        .get(Key::Width)
        .and_then(|width| width.parse().ok());
    let mut toolkit = None;
    let (mut n_failed, mut gate) = (0, false);
    for (idx, file) in args.files.iter().enumerate() {
        // The model is loaded behind the first file that can be read: a mistyped path costs nothing.
        let outcome = read(file).and_then(|read| {
            let toolkit = match &mut toolkit {
                Some(toolkit) => toolkit,
                none => {
                    let mut toolkit = Toolkit::with_compute(
                        codebook.clone(),
                        &model(settings.get(Key::Model).map(Path::new))?,
                        args.model.compute.into(),
                        args.model.threads,
                    )?;
                    toolkit.profile = settings.profile.clone();
                    toolkit.as_of = as_of;
                    none.insert(toolkit)
                }
            };
            one(read, toolkit)
        });
        match outcome {
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
                print(&report, args, width, idx)?;
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

/// A document, and how reports name it.
struct Read {
    document: Document,
    name: DocumentName,
}

fn read(file: &Path) -> Result<Read> {
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
    Ok(Read {
        document,
        name: DocumentName::new(name, &bytes),
    })
}

fn one(read: Read, toolkit: &Toolkit) -> Result<Report> {
    Ok(report(
        &analyze(read.document, toolkit)?,
        toolkit,
        &read.name,
    ))
}

fn print(report: &Report, args: &AnalyzeArgs, width: Option<usize>, idx: usize) -> Result<()> {
    match args.format {
        // Several reports are JSON lines, so that a program can read them one by one.
        Format::Json if args.files.len() > 1 => {
            output::write(&format!("{}\n", serde_json::to_string(report)?))?;
        }
        Format::Json => output::write(&report.to_json())?,
        Format::Text => {
            let palette = if output::is_colored() {
                Palette::colored()
            } else {
                Palette::default()
            };
            let options = TerminalOptions {
                width: width.unwrap_or_else(output::width).max(40),
                palette,
                quote_chars: QUOTE_CHARS,
            };
            let rule = if idx > 0 { "\n" } else { "" };
            output::write(&format!("{rule}{}", render_terminal(report, &options)))?;
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
