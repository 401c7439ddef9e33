//! `ecq annotate`: a copy of a file with its evidence and gaps as comments.

use std::path::Path;

use anyhow::{Context, Result, bail};
use ecq::annotate::{annotate, docx_extension};
use ecq::report::Packet;

use crate::args::AnnotateArgs;
use crate::commands::config;
use crate::commands::reader::{Reader, note_warnings};
use crate::destination;
use crate::errors::Code;

/// Annotates one file.
pub(crate) fn run(args: &AnnotateArgs, quiet: bool) -> Result<Code> {
    let settings = config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        None,
    )?;
    let mut read = Reader::new(&settings, &args.model)?.read(&args.file)?;
    read.packet.report.marking.clone_from(&args.marking);
    note_warnings(&args.file, &read.packet.report, quiet);
    save(&args.file, &read.bytes, &read.packet, &args.output)?;
    Ok(Code::Done)
}

/// Writes the annotated copy of a file to `path`, which must be another file of the same kind.
pub(crate) fn save(file: &Path, bytes: &[u8], packet: &Packet, path: &Path) -> Result<()> {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let format = packet.report.document.format.as_str();
    let wanted = match format {
        // Word opens a file with macros only under a name that says so.
        "docx" => {
            docx_extension(bytes).with_context(|| format!("cannot annotate {}", file.display()))?
        }
        "pdf" => "pdf",
        _ => bail!(
            "{} is {format}; only docx and pdf can be annotated, so write a report instead, such as -o report.html",
            file.display()
        ),
    };
    if extension != wanted {
        bail!(
            "{} is {wanted}, and the copy is named {}; name it .{wanted}",
            file.display(),
            path.display()
        );
    }
    let is_same = match (file.canonicalize(), path.canonicalize()) {
        (Ok(file), Ok(path)) => file == path,
        _ => false,
    };
    if is_same {
        bail!("{} is the original; name another file", path.display());
    }
    let copy =
        annotate(bytes, packet).with_context(|| format!("cannot annotate {}", file.display()))?;
    destination::save(path, &copy)
}
