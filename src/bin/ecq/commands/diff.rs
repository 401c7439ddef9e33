//! `ecq diff`: two drafts of one packet.

use anyhow::Result;
use ecq::analysis::{Toolkit, analyze};
use ecq::config::{Key, Settings};
use ecq::drafts::{diff, render_diff};
use ecq::findings::date;
use ecq::report::report;

use crate::args::{DiffArgs, Format, ReadingArgs};
use crate::commands::reader::{note_warnings, open, open_toolkit, terminal_options};
use crate::commands::{codebook, config};
use crate::errors::Code;
use crate::output;

/// Compares two drafts.
pub(crate) fn run(args: &DiffArgs, quiet: bool) -> Result<Code> {
    let settings = settings_of(&args.reading)?;
    let (_, old, old_name) = open(&args.old)?;
    let (_, new, new_name) = open(&args.new)?;
    let mut toolkit = toolkit_of(&args.reading, &settings)?;
    // Both drafts are dated to one day: a date that only one of them names must not age the examples of both.
    toolkit.as_of = toolkit.as_of.or_else(|| {
        let days = [&old, &new].map(|document| date::latest(&document.text));
        days.into_iter().flatten().max_by_key(|day| day.latest())
    });
    let old = report(&analyze(old, &toolkit)?, &toolkit, &old_name);
    let new = report(&analyze(new, &toolkit)?, &toolkit, &new_name);
    note_warnings(&args.old, &old, quiet);
    note_warnings(&args.new, &new, quiet);
    let diff = diff(&old, &new);
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&diff)?),
        Format::Text => render_diff(&diff, &terminal_options(&settings)),
    })?;
    Ok(Code::Done)
}

/// The settings of a command that reads packets.
pub(crate) fn settings_of(args: &ReadingArgs) -> Result<Settings> {
    config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        args.width,
    )
}

/// The toolkit of a command that reads packets.
pub(crate) fn toolkit_of(args: &ReadingArgs, settings: &Settings) -> Result<Toolkit> {
    let codebook = codebook::load(settings.get(Key::Codebook).unwrap_or_default())?;
    open_toolkit(codebook, settings, &args.model)
}
