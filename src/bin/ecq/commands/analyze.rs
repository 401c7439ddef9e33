//! `ecq analyze`: the main job.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::config::{Key, Settings};
use ecq::decisions::{attach, read_decisions};
use ecq::document::{Document, parse, read_file, read_stream};
use ecq::error::Error;
use ecq::report::{DocumentName, Palette, Report, TerminalOptions, render_terminal, report};

use crate::args::{AnalyzeArgs, FailOn, Format, ModelArgs};
use crate::commands::config::SkippedFiles;
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
    let width = width_of(&settings);
    let left_out = SkippedFiles::new(&settings)?;
    let mut toolkit = None;
    let (mut n_failed, mut gate) = (0, false);
    for (idx, file) in args.files.iter().enumerate() {
        if left_out.has(file) {
            let line = format!(
                "ecq: {}: left out, as [skip] in the settings says",
                shown(file)
            );
            progress::note(quiet, &line);
            continue;
        }
        // The model is loaded behind the first file that can be read: a mistyped path costs nothing.
        let outcome = read(file).and_then(|read| {
            let toolkit = match &mut toolkit {
                Some(toolkit) => toolkit,
                none => none.insert(open_toolkit(codebook.clone(), &settings, &args.model)?),
            };
            // A fault in the decisions is told before the packet is read.
            let decisions = read_decisions(file)?;
            let mut report = one(read, toolkit)?;
            attach(&mut report, &decisions);
            Ok(report)
        });
        match outcome {
            Ok(report) => {
                gate |= fails(&report, args.fail_on);
                note_warnings(&report, file, quiet);
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

/// A toolkit as the settings say.
pub(crate) fn open_toolkit(
    codebook: Codebook,
    settings: &Settings,
    args: &ModelArgs,
) -> Result<Toolkit> {
    let mut toolkit = Toolkit::with_compute(
        codebook,
        &model(settings.get(Key::Model).map(Path::new))?,
        args.compute.into(),
        args.threads,
    )?;
    apply(settings, &mut toolkit)?;
    Ok(toolkit)
}

/// Columns of the text, where the settings say.
pub(crate) fn width_of(settings: &Settings) -> Option<usize> {
    settings
        .get(Key::Width)
        .and_then(|width| width.parse().ok())
}

/// Lays the settings over a toolkit.
pub(crate) fn apply(settings: &Settings, toolkit: &mut Toolkit) -> Result<()> {
    toolkit.profile = settings.profile.clone();
    toolkit.skip = settings.skip.clone();
    toolkit.as_of = settings
        .get(Key::AsOf)
        .map(str::parse)
        .transpose()
        .map_err(anyhow::Error::msg)?;
    Ok(())
}

/// A document, and how reports name it.
pub(crate) struct Read {
    pub(crate) document: Document,
    pub(crate) name: DocumentName,
}

/// Reads a document from a file or standard input.
pub(crate) fn read(file: &Path) -> Result<Read> {
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

/// The report on a document.
pub(crate) fn one(read: Read, toolkit: &Toolkit) -> Result<Report> {
    Ok(report(
        &analyze(read.document, toolkit)?,
        toolkit,
        &read.name,
    ))
}

/// Prints a report's warnings as notes.
pub(crate) fn note_warnings(report: &Report, file: &Path, quiet: bool) {
    for warning in &report.warnings {
        let message = harmless(&warning.message);
        progress::note(quiet, &format!("ecq: {}: warning: {message}", shown(file)));
    }
}

/// How results are laid out on this terminal.
pub(crate) fn terminal_options(width: Option<usize>) -> TerminalOptions {
    let palette = if output::is_colored() {
        Palette::colored()
    } else {
        Palette::default()
    };
    TerminalOptions {
        width: width.unwrap_or_else(output::width).max(40),
        palette,
        quote_chars: QUOTE_CHARS,
    }
}

fn print(report: &Report, args: &AnalyzeArgs, width: Option<usize>, idx: usize) -> Result<()> {
    match args.format {
        // Several reports are JSON lines, so that a program can read them one by one.
        Format::Json if args.files.len() > 1 => {
            output::write(&format!("{}\n", serde_json::to_string(report)?))?;
        }
        Format::Json => output::write(&report.to_json())?,
        Format::Text => {
            let options = terminal_options(width);
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
pub(crate) fn shown(file: &Path) -> String {
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
