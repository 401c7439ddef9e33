//! `ecq annotate`: a copy of a file with its evidence and gaps as comments.

use std::path::Path;

use anyhow::{Context, Result, bail};
use ecq::analysis::Toolkit;
use ecq::annotate::annotate;
use ecq::document::read_file;
use ecq::report::Packet;

use crate::args::AnnotateArgs;
use crate::commands::analyze::{note_warnings, packet};
use crate::commands::{codebook, model};
use crate::destination;
use crate::errors::Code;

/// Annotates one file.
pub(crate) fn run(args: &AnnotateArgs, quiet: bool) -> Result<Code> {
    let codebook = codebook::load(&args.codebook)?;
    let bytes = read_file(&args.file)?;
    let toolkit = Toolkit::new(
        codebook,
        &model(args.model.model.as_deref())?,
        args.model.threads,
    )?;
    let mut packet = packet(&args.file, &bytes, &toolkit)?;
    packet.report.marking.clone_from(&args.marking);
    note_warnings(&args.file, &packet.report, quiet);
    save(&args.file, &bytes, &packet, &args.output)?;
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
    let fits = match format {
        "docx" => matches!(extension.as_str(), "docx" | "docm"),
        "pdf" => extension == "pdf",
        _ => bail!(
            "{} is {format}; only docx and pdf can be annotated, so write a report instead, such as -o report.html",
            file.display()
        ),
    };
    if !fits {
        bail!(
            "{} is {format}, and the copy is named {}; name it .{format}",
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
