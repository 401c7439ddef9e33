//! Files to packets, for the commands that report on them.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Toolkit, analyze};
use ecq::codebook::Codebook;
use ecq::config::{Key, Settings};
use ecq::document::{decode, parse, read_file, read_stream};
use ecq::error::Error;
use ecq::findings::date::Date;
use ecq::report::{DocumentName, Narrative, Packet, Report, report};

use crate::args::ModelArgs;
use crate::commands::{codebook, model};
use crate::errors::harmless;
use crate::progress;

/// What files are read with.
pub(crate) struct Reader<'a> {
    settings: &'a Settings,
    args: &'a ModelArgs,
    codebook: Codebook,
    as_of: Option<Date>,
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
            toolkit: None,
        })
    }

    /// What a file, or standard input for `-`, holds.
    ///
    /// # Errors
    /// If it cannot be read, or the model cannot.
    pub(crate) fn read(&mut self, file: &Path) -> Result<Read> {
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
        let source = decode::decode(&bytes).ok().map(|(text, _)| text);
        let narrative = Narrative::new(&document, source);
        let toolkit = self.toolkit()?;
        let packet = Packet {
            path: file.to_string_lossy().into_owned(),
            report: report(
                &analyze(document, toolkit)?,
                toolkit,
                &DocumentName::new(name, &bytes),
            ),
            narrative,
        };
        Ok(Read { packet, bytes })
    }

    fn toolkit(&mut self) -> Result<&Toolkit> {
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
