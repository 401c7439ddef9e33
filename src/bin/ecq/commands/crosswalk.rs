//! `ecq crosswalk`: a packet of one edition, read for another.

use anyhow::{Result, bail};
use ecq::analysis::analyze;
use ecq::codebook::builtin_ids;
use ecq::crosswalk::{crosswalk, render_crosswalk, shipped_crosswalk};

use crate::args::{CrosswalkArgs, Format};
use crate::commands::reader::{open, open_toolkit, shown_path, terminal_options};
use crate::commands::{codebook, config};
use crate::errors::{Code, harmless};
use crate::{output, progress};

/// Reads a packet for another edition.
pub(crate) fn run(args: &CrosswalkArgs, quiet: bool) -> Result<Code> {
    let settings = config::resolve(
        &args.settings,
        Some(&args.from),
        args.model.model.as_deref(),
        args.width,
    )?;
    let (from, to) = (codebook::load(&args.from)?, codebook::load(&args.to)?);
    if from.id() == to.id() {
        bail!(
            "--from and --to are both {}; a crosswalk needs two editions",
            from.id()
        );
    }
    let table = shipped_crosswalk();
    if !table.joins(from.id(), to.id()) {
        let detail = format!(
            "no crosswalk joins {} and {}; there is one between {}",
            harmless(from.id()),
            harmless(to.id()),
            builtin_ids().collect::<Vec<_>>().join(", ")
        );
        bail!(detail);
    }
    let (_, document, name) = open(&args.file)?;
    let toolkit = open_toolkit(from, &settings, &args.model)?;
    let analysis = analyze(document, &toolkit)?;
    for warning in &analysis.warnings {
        let line = format!(
            "ecq: {}: warning: {}",
            shown_path(&args.file),
            harmless(&warning.message)
        );
        progress::note(quiet, &line);
    }
    let readings = toolkit.readings_of(&to, &analysis)?;
    let result = crosswalk(
        &name.name,
        &analysis,
        &toolkit.codebook,
        &to,
        &readings,
        table,
    );
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&result)?),
        Format::Text => render_crosswalk(&result, &terminal_options(&settings)),
    })?;
    Ok(Code::Done)
}
