//! Files to packets, for the commands that report on them.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Analysis, Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::config::{Key, Settings};
use ecq::document::{Document, decode, parse, read_file, read_stream};
use ecq::error::Error;
use ecq::findings::date::Date;
use ecq::report::{DocumentName, Narrative, Packet, Report, report};

use crate::args::ModelArgs;
use crate::commands::{codebook, explain, model};
use crate::errors::harmless;
use crate::progress;

/// What files are read with.
pub(crate) struct Reader<'a> {
    settings: &'a Settings,
    args: &'a ModelArgs,
    codebook: Codebook,
    as_of: Option<Date>,
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
    /// If the codebook or the day is not usable.
    pub(crate) fn new(settings: &'a Settings, args: &'a ModelArgs) -> Result<Self> {
        Ok(Self {
            codebook: codebook::load(settings.get(Key::Codebook).unwrap_or_default())?,
            as_of: settings
                .get(Key::AsOf)
                .map(str::parse)
                .transpose()
                .map_err(anyhow::Error::msg)?,
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
        let Parsed {
            bytes,
            document,
            name,
        } = parsed(file)?;
        let source = decode::decode(&bytes).ok().map(|(text, _)| text);
        let narrative = Narrative::new(&document, source);
        let with_why = self.with_why;
        let toolkit = self.toolkit()?;
        let analysis = analyze(document, toolkit)?;
        let mut report = report(&analysis, toolkit, &name);
        if with_why {
            report.why = explain::all(&analysis, toolkit)?;
        }
        let packet = Packet {
            path: file.to_string_lossy().into_owned(),
            report,
            narrative,
        };
        Ok(Read { packet, bytes })
    }

    /// The analysis of a file with its report.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub(crate) fn analysis(&mut self, file: &Path) -> Result<(Analysis, Report)> {
        let Parsed { document, name, .. } = parsed(file)?;
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
            None => {
                let mut toolkit = Toolkit::with_compute(
                    self.codebook.clone(),
                    &model(self.settings.get(Key::Model).map(Path::new))?,
                    self.args.compute.into(),
                    self.args.threads,
                )?;
                toolkit.profile = self.settings.profile.clone();
                toolkit.as_of = self.as_of;
                toolkit
            }
        };
        Ok(self.toolkit.insert(toolkit))
    }
}

struct Parsed {
    bytes: Vec<u8>,
    document: Document,
    name: DocumentName,
}

fn parsed(file: &Path) -> Result<Parsed> {
    let bytes = if file == Path::new("-") {
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
    let name = DocumentName::new(name, &bytes);
    Ok(Parsed {
        bytes,
        document,
        name,
    })
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
