//! Files to packets, for the commands that report on them.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Analysis, Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::config::{Key, Settings};
use ecq::decisions::read_decisions;
use ecq::document::{Document, read_file, read_stream};
use ecq::error::Error;
use ecq::report::{DocumentName, Packet, Palette, RenderOptions, Report, TerminalOptions, report};

use crate::args::ModelArgs;
use crate::commands::own::lay_head;
use crate::commands::{codebook, model};
use crate::errors::harmless;
use crate::packet::{Making, open_document};
use crate::{output, progress};

/// What files are read with.
pub(crate) struct Reader<'a> {
    settings: &'a Settings,
    args: &'a ModelArgs,
    codebook: Codebook,
    /// Whether reports say what carried every cell.
    pub(crate) with_why: bool,
    /// Loaded behind the first file that can be read: a mistyped path costs nothing.
    toolkit: Option<Toolkit>,
}

/// A packet and the bytes it was read from.
pub(crate) struct Read {
    pub(crate) packet: Packet,
    pub(crate) bytes: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// A reader by settings.
    ///
    /// # Errors
    /// If the codebook is not usable.
    pub(crate) fn new(settings: &'a Settings, args: &'a ModelArgs) -> Result<Self> {
        Ok(Self {
            codebook: codebook::load(settings.get(Key::Codebook).unwrap_or_default())?,
            settings,
            args,
            with_why: false,
            toolkit: None,
        })
    }

    /// The codebook that files are read by.
    pub(crate) fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// What a file, or standard input for `-`, holds.
    ///
    /// # Errors
    /// If it cannot be read, or the model cannot.
    pub(crate) fn read(&mut self, file: &Path) -> Result<Read> {
        let (bytes, document, name) = open(file)?;
        // A fault in the decisions is told before the packet is read.
        let decisions = if file == Path::new("-") {
            Vec::new()
        } else {
            read_decisions(file)?
        };
        let with_why = self.with_why;
        let toolkit = self.toolkit()?;
        let making = Making {
            toolkit,
            with_why,
            isolation: None,
        };
        let path = file.to_string_lossy();
        let packet = making.packet(document, &bytes, &path, &name, &decisions)?;
        Ok(Read { packet, bytes })
    }

    /// The analysis of a file with its report.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub(crate) fn analysis(&mut self, file: &Path) -> Result<(Analysis, Report)> {
        let (_, document, name) = open(file)?;
        let toolkit = self.toolkit()?;
        let analysis = analyze(document, toolkit)?;
        let report = report(&analysis, toolkit, &name);
        Ok((analysis, report))
    }

    /// What documents are read with, loaded at the first call.
    ///
    /// # Errors
    /// If the model is not usable.
    pub(crate) fn toolkit(&mut self) -> Result<&Toolkit> {
        let toolkit = match self.toolkit.take() {
            Some(toolkit) => toolkit,
            None => open_toolkit(self.codebook.clone(), self.settings, self.args)?,
        };
        Ok(self.toolkit.insert(toolkit))
    }
}

/// The bytes of a file, or of standard input for `-`, the document in them, and how reports name it.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn open(file: &Path) -> Result<(Vec<u8>, Document, DocumentName)> {
    let bytes = if file == Path::new("-") {
        read_stream(std::io::stdin().lock(), file)?
    } else {
        read_file(file)?
    };
    let extension = file.extension().and_then(|extension| extension.to_str());
    let document = open_document(&bytes, extension).map_err(|fault| Error::Document {
        path: file.to_path_buf(),
        fault,
    })?;
    let name = file.file_name().map_or_else(
        || "-".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let name = DocumentName::new(name, &bytes);
    Ok((bytes, document, name))
}

/// A toolkit as the settings say.
///
/// # Errors
/// If the model is not usable.
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

/// Lays the settings over a toolkit, and the head that stands beside the codebook.
///
/// # Errors
/// If the day is none, or the head fits neither codebook nor model.
pub(crate) fn apply(settings: &Settings, toolkit: &mut Toolkit) -> Result<()> {
    toolkit.profile = settings.profile.clone();
    toolkit.skip = settings.skip.clone();
    toolkit.as_of = settings
        .get(Key::AsOf)
        .map(str::parse)
        .transpose()
        .map_err(anyhow::Error::msg)?;
    lay_head(settings.get(Key::Codebook).unwrap_or_default(), toolkit)
}

/// Columns of the text, where the settings say.
pub(crate) fn width_of(settings: &Settings) -> Option<usize> {
    settings
        .get(Key::Width)
        .and_then(|width| width.parse().ok())
}

/// How results are laid out on this terminal.
pub(crate) fn terminal_options(settings: &Settings) -> TerminalOptions {
    let palette = if output::is_colored() {
        Palette::colored()
    } else {
        Palette::default()
    };
    TerminalOptions {
        width: width_of(settings).unwrap_or_else(output::width).max(40),
        palette,
        quote_chars: RenderOptions::default().quote_chars,
    }
}

/// Prints the warnings of a report to stderr.
pub(crate) fn note_warnings(file: &Path, report: &Report, quiet: bool) {
    for warning in &report.warnings {
        progress::note(
            quiet,
            &format!(
                "ecq: {}: warning: {}",
                shown_path(file),
                harmless(&warning.message)
            ),
        );
    }
}

/// A path as typed; standard input by its name.
pub(crate) fn shown_path(file: &Path) -> String {
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
