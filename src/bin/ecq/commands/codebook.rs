//! `ecq codebook`: list, show, lint, and loading for the other commands.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use ecq::codebook::{
    Codebook, builtin, builtin_ids, builtin_source, builtins, lint as rules, nearest,
};
use ecq::error::Error;

use crate::errors::{Code, harmless};
use crate::output;

/// Most bytes of a codebook file.
const MAX_BYTES: u64 = 16 << 20;

/// The codebook of an id or a path.
pub(crate) fn load(name: &str) -> Result<Codebook> {
    if let Some(codebook) = builtin(name) {
        return Ok(codebook.clone());
    }
    let source = source(name)?;
    Codebook::parse(&source).map_err(|faults| {
        let faults = faults
            .iter()
            .map(|fault| format!("  {}", harmless(&fault.to_string())))
            .collect();
        Error::Codebook {
            name: name.to_owned(),
            faults,
        }
        .into()
    })
}

/// The text of a shipped codebook or of a file; a name that is neither is answered with the nearest id.
fn source(name: &str) -> Result<String> {
    if let Some(source) = builtin_source(name) {
        return Ok(source.to_owned());
    }
    let path = Path::new(name);
    if !path.exists() {
        let did_you_mean = nearest(name, builtin_ids()).map(str::to_owned);
        return Err(Error::UnknownCodebook {
            name: name.to_owned(),
            did_you_mean,
        }
        .into());
    }
    let metadata = path
        .metadata()
        .with_context(|| format!("cannot read {name}"))?;
    anyhow::ensure!(
        metadata.is_file() && metadata.len() <= MAX_BYTES,
        "{name} is no codebook: expected a TOML file of at most {} MiB",
        MAX_BYTES >> 20
    );
    std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))
}

/// `ecq codebook list`.
pub(crate) fn list() -> Result<Code> {
    let mut out = String::new();
    for codebook in builtins() {
        let force = codebook.in_force();
        let state = if force.to().is_none() {
            "in force"
        } else {
            "no longer in force"
        };
        writeln!(
            out,
            "{}  {}  {} competencies, {} key characteristics  {state} ({force})  {}",
            codebook.id(),
            codebook.version(),
            codebook.competencies().len(),
            codebook.key_characteristics().len(),
            codebook.title()
        )?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}

/// `ecq codebook show`.
pub(crate) fn show(name: &str) -> Result<Code> {
    let codebook = load(name)?;
    let mut out = String::new();
    writeln!(
        out,
        "{} {}: {}",
        codebook.id(),
        codebook.version(),
        codebook.title()
    )?;
    writeln!(
        out,
        "in force: {}; source: {}",
        codebook.in_force(),
        codebook.source()
    )?;
    writeln!(out, "sha256 {}", codebook.sha256())?;
    for note in codebook.notes() {
        writeln!(out, "note: {note}")?;
    }
    for ecq in codebook.ecqs() {
        writeln!(
            out,
            "\n{} [{}]\n  {}",
            ecq.name(),
            ecq.id(),
            ecq.definition()
        )?;
        for characteristic in codebook
            .key_characteristics()
            .iter()
            .filter(|c| c.ecq() == ecq.id())
        {
            writeln!(
                out,
                "\n  {}: {}",
                characteristic.id(),
                characteristic.text()
            )?;
        }
        for competency in codebook.competencies_of(ecq.id()) {
            writeln!(
                out,
                "\n  {} [{}]\n    {}",
                competency.name(),
                competency.id(),
                competency.definition()
            )?;
            for indicator in competency.indicators() {
                writeln!(out, "    + {indicator}")?;
            }
            for near_miss in competency.near_misses() {
                writeln!(out, "    - {near_miss}")?;
            }
        }
    }
    let out: String = out.split('\n').map(harmless).collect::<Vec<_>>().join("\n");
    output::write(&out)?;
    Ok(Code::Done)
}

/// `ecq codebook lint`: one line a fault; 1 if there is any.
pub(crate) fn lint(names: &[String]) -> Result<Code> {
    let mut out = String::new();
    let mut n_faults = 0;
    for name in names {
        let findings = rules::lint(&source(name)?);
        for fault in &findings.faults {
            writeln!(out, "{}: {}", harmless(name), harmless(&fault.to_string()))?;
        }
        for warning in &findings.warnings {
            writeln!(
                out,
                "{}: warning: {}",
                harmless(name),
                harmless(&warning.to_string())
            )?;
        }
        if findings.faults.is_empty() && findings.warnings.is_empty() {
            writeln!(out, "{}: no faults", harmless(name))?;
        }
        n_faults += findings.faults.len();
    }
    output::write(&out)?;
    Ok(if n_faults > 0 { Code::Gate } else { Code::Done })
}
