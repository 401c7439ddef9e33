//! `ecq analyze`: the main job.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ecq::error::Error;
use ecq::report::{
    Entry, Form, Outcome, Packet, Palette, RenderOptions, Report, redact, render, render_index,
};

use crate::args::{self, AnalyzeArgs, FailOn, OutputArgs};
use crate::commands::config::SkippedFiles;
use crate::commands::reader::{Read, Reader, note_warnings, shown_path, width_of};
use crate::commands::{annotate, config};
use crate::errors::{Code, report_error};
use crate::{destination, output, progress};

/// Where the reports go.
enum Target {
    /// Standard output, each as soon as it is ready if the form allows that.
    Stream(Form),
    /// One file.
    File(Form, PathBuf),
    /// An annotated copy of the one input.
    Copy(PathBuf),
    /// A file each and an index.
    Folder(Form, PathBuf),
}

/// Reports on every file; one that fails does not stop the others.
pub(crate) fn run(args: &AnalyzeArgs, quiet: bool) -> Result<Code> {
    let target = target(&args.output, args.files.len())?;
    let settings = config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        args.width,
    )?;
    let left_out = SkippedFiles::new(&settings)?;
    let width = width_of(&settings);
    let options = RenderOptions {
        width: width.unwrap_or_else(output::width).max(40),
        palette: if output::is_colored() && matches!(target, Target::Stream(_)) {
            Palette::colored()
        } else {
            Palette::default()
        },
        ..RenderOptions::default()
    };
    let mut reader = Reader::new(&settings, &args.model)?;
    reader.with_why = args.why;
    let mut outcomes: Vec<(PathBuf, Result<Read>)> = Vec::new();
    let mut gate = false;
    for file in &args.files {
        if left_out.has(file) {
            let name = shown_path(file);
            progress::note(
                quiet,
                &format!("ecq: {name}: left out, as [skip] in the settings says"),
            );
            continue;
        }
        let outcome = reader.read(file).map(|mut read| {
            gate |= fails(&read.packet.report, args.fail_on);
            finish(&mut read.packet, &args.output);
            read
        });
        if outcome.as_ref().is_err_and(is_of_the_model) {
            return outcome.map(|_| Code::Done);
        }
        match &outcome {
            Ok(read) => note_warnings(file, &read.packet.report, quiet),
            Err(error) => report_error(error),
        }
        if let (Target::Stream(form), Ok(read)) = (&target, &outcome)
            && is_streamed(*form)
        {
            let is_first = outcomes.iter().all(|(_, outcome)| outcome.is_err());
            stream(*form, &read.packet, args.files.len(), is_first, &options)?;
        }
        outcomes.push((file.clone(), outcome));
    }
    deliver(&target, &outcomes, args, &options)?;
    if args.output.open
        && let Target::File(_, path) = &target
    {
        destination::open(path)?;
    } else if args.output.open
        && let Target::Folder(_, folder) = &target
    {
        destination::open(&folder.join("index.html"))?;
    }
    let n_failed = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.is_err())
        .count();
    Ok(if n_failed > 0 && n_failed == outcomes.len() {
        Code::NoneUsable
    } else if n_failed > 0 {
        Code::SomeFailed
    } else if gate {
        Code::Gate
    } else {
        Code::Done
    })
}

/// Where the reports go, from what was typed.
fn target(args: &OutputArgs, n_files: usize) -> Result<Target> {
    let chosen = args.format.map(form);
    let target = match &args.output {
        None => Target::Stream(chosen.unwrap_or(Form::Text)),
        Some(path) if path == Path::new("-") => Target::Stream(chosen.unwrap_or(Form::Text)),
        Some(path) if is_folder(path) => Target::Folder(chosen.unwrap_or(Form::Html), path.clone()),
        Some(path) => {
            let extension = path
                .extension()
                .and_then(|extension| extension.to_str())
                .unwrap_or_default();
            match (chosen, Form::from_extension(extension)) {
                (None, None) if matches!(extension, "docx" | "docm" | "dotx" | "dotm" | "pdf") => {
                    Target::Copy(path.clone())
                }
                (None, None) => bail!(
                    "cannot tell the form of {}; name it .html, .md, .csv, .xlsx, .sarif, .json or .txt, or pass --format",
                    path.display()
                ),
                (Some(form), _) | (None, Some(form)) => Target::File(form, path.clone()),
            }
        }
    };
    match &target {
        Target::Stream(form) if form.is_binary() && std::io::stdout().is_terminal() => {
            bail!("a workbook cannot be shown on a terminal; name a file with -o report.xlsx")
        }
        Target::Stream(Form::Html) if n_files > 1 => {
            bail!(
                "a page holds one packet; name a folder with -o DIR/ for a page each and an index"
            )
        }
        Target::File(Form::Html, path) if n_files > 1 => bail!(
            "a page holds one packet; name a folder instead of {} for a page each and an index",
            path.display()
        ),
        Target::Copy(path) if n_files > 1 => {
            bail!("{} can be a copy of one file only", path.display())
        }
        Target::Copy(_) if args.redact => bail!(
            "an annotated copy holds the whole text, so --redact cannot be kept; write a report instead, such as -o report.html"
        ),
        Target::File(Form::Html, _) | Target::Folder(Form::Html, _) => {}
        _ if args.open => bail!("--open shows a page; name one with -o report.html"),
        _ => {}
    }
    Ok(target)
}

fn form(form: args::Form) -> Form {
    match form {
        args::Form::Text => Form::Text,
        args::Form::Json => Form::Json,
        args::Form::Html => Form::Html,
        args::Form::Md => Form::Markdown,
        args::Form::Csv => Form::Csv,
        args::Form::Xlsx => Form::Xlsx,
        args::Form::Sarif => Form::Sarif,
        args::Form::Lines => Form::Lines,
    }
}

/// Whether a path names a folder: there is one, or it ends as folders do.
fn is_folder(path: &Path) -> bool {
    path.is_dir()
        || path
            .as_os_str()
            .to_string_lossy()
            .ends_with(std::path::is_separator)
}

/// Forms that several packets follow each other in.
fn is_streamed(form: Form) -> bool {
    matches!(form, Form::Text | Form::Json | Form::Lines | Form::Html)
}

fn stream(
    form: Form,
    packet: &Packet,
    n_files: usize,
    is_first: bool,
    options: &RenderOptions,
) -> Result<()> {
    // Several reports are JSON lines, so that a program can read them one by one.
    if form == Form::Json && n_files > 1 {
        output::write(&packet.report.to_json_line())?;
        return Ok(());
    }
    if form == Form::Text && !is_first {
        output::write("\n")?;
    }
    output::write_bytes(&render(form, std::slice::from_ref(packet), options)?)?;
    Ok(())
}

/// Writes what was not streamed.
fn deliver(
    target: &Target,
    outcomes: &[(PathBuf, Result<Read>)],
    args: &AnalyzeArgs,
    options: &RenderOptions,
) -> Result<()> {
    let packets = || -> Vec<Packet> {
        outcomes
            .iter()
            .filter_map(|(_, outcome)| outcome.as_ref().ok())
            .map(|read| read.packet.clone())
            .collect()
    };
    match target {
        Target::Stream(form) if is_streamed(*form) => Ok(()),
        Target::Folder(form, folder) => folder_of_reports(*form, folder, outcomes, args, options),
        // Without a single packet there is nothing to say in place of what stands there.
        _ if outcomes.iter().all(|(_, outcome)| outcome.is_err()) => Ok(()),
        Target::Stream(form) => Ok(output::write_bytes(&render(*form, &packets(), options)?)?),
        Target::File(form, path) => destination::save(path, &render(*form, &packets(), options)?),
        Target::Copy(path) => {
            for (file, outcome) in outcomes {
                if let Ok(read) = outcome {
                    annotate::save(file, &read.bytes, &read.packet, path)?;
                }
            }
            Ok(())
        }
    }
}

/// A report each, and the index over them.
fn folder_of_reports(
    form: Form,
    folder: &Path,
    outcomes: &[(PathBuf, Result<Read>)],
    args: &AnalyzeArgs,
    options: &RenderOptions,
) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut taken: Vec<String> = vec!["index".to_owned()];
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (idx, (file, outcome)) in outcomes.iter().enumerate() {
        let shown = |read: &Read| read.packet.report.document.name.clone();
        let stem = match outcome {
            // A file's name mostly is that of a person.
            _ if args.output.redact => format!("packet-{}", idx + 1),
            Ok(read) => Path::new(&shown(read)).file_stem().map_or_else(
                || "packet".to_owned(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
            Err(_) => String::new(),
        };
        let (name, outcome) = match outcome {
            Ok(read) => {
                let stem = free_name(&stem, &taken);
                let link = format!("{stem}.{}", form.extension());
                taken.push(stem.to_lowercase());
                let bytes = render(form, std::slice::from_ref(&read.packet), options)?;
                destination::save(&folder.join(&link), &bytes)?;
                let name = if args.output.redact {
                    stem
                } else {
                    shown(read)
                };
                let report = &read.packet.report;
                (name, Outcome::Read { report, link })
            }
            Err(error) => {
                // The name of the file stands beside, or is not to be told.
                let fault = match error.downcast_ref::<Error>() {
                    Some(Error::Document { fault, .. }) => Some(fault.to_string()),
                    _ => None,
                };
                if args.output.redact {
                    let reason = fault.unwrap_or_else(|| "it could not be read".to_owned());
                    (stem, Outcome::Failed { reason })
                } else {
                    let name = file.file_name().map_or_else(
                        || shown_path(file),
                        |name| name.to_string_lossy().into_owned(),
                    );
                    let reason = fault.unwrap_or_else(|| format!("{error:#}"));
                    (name, Outcome::Failed { reason })
                }
            }
        };
        entries.push(Entry { name, outcome });
    }
    let page = render_index(&entries, args.output.marking.as_deref());
    destination::save(&folder.join("index.html"), page.as_bytes())
}

/// A name that is not taken, on file systems that do not tell capitals either.
fn free_name(stem: &str, taken: &[String]) -> String {
    let is_free = |name: &str| !taken.contains(&name.to_lowercase());
    std::iter::once(stem.to_owned())
        .chain((2..).map(|n| format!("{stem}-{n}")))
        .find(|name| is_free(name))
        .unwrap_or_else(|| stem.to_owned())
}

/// What the options ask of every packet, whatever its form.
fn finish(packet: &mut Packet, args: &OutputArgs) {
    if args.redact {
        redact(packet);
    }
    packet.report.marking.clone_from(&args.marking);
}

fn fails(report: &Report, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::Never => false,
        FailOn::Missing => report.count("absent") > 0,
        FailOn::Asserted => report.count("absent") + report.count("asserted") > 0,
    }
}

/// Whether a fault is the model's or the settings': then no other file fares better.
fn is_of_the_model(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<Error>(),
        Some(Error::Model { .. } | Error::Checksum { .. } | Error::Config { .. })
    )
}
