//! `ecq doctor`: what runs here and why.

use std::fmt::Write;

use anyhow::Result;
use ecq::codebook::builtins;
use ecq::embed::{ComputePath, cpu_features};
use serde::Serialize;

use crate::args::{DoctorArgs, Format};
use crate::commands::model;
use crate::errors::Code;
use crate::output;

#[derive(Serialize)]
struct Doctor {
    version: &'static str,
    target: String,
    cores: usize,
    workers: usize,
    cpu_features: Vec<&'static str>,
    compute: Compute,
    model: Model,
    codebooks: Vec<Codebook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<String>,
}

#[derive(Serialize)]
struct Compute {
    requested: &'static str,
    used: &'static str,
    kernels: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Model {
    id: String,
    version: String,
    sha256: String,
    place: String,
}

#[derive(Serialize)]
struct Codebook {
    id: String,
    name: String,
}

/// Looks, and prints what it finds.
pub(crate) fn run(args: &DoctorArgs) -> Result<Code> {
    let model = model(args.model.model.as_deref())?;
    let requested = args.model.compute.into();
    let path = ComputePath::choose(requested, &model.encoder.config()?);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let doctor = Doctor {
        version: env!("CARGO_PKG_VERSION"),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        cores,
        workers: if args.model.threads == 0 {
            cores
        } else {
            args.model.threads
        },
        cpu_features: cpu_features(),
        compute: Compute {
            requested: requested.name(),
            used: path.compute.name(),
            kernels: path.kernels,
            reason: path.reason,
        },
        model: Model {
            id: model.name.id,
            version: model.name.version,
            sha256: model.name.sha256,
            place: args.model.model.as_ref().map_or_else(
                || "inside the program".to_owned(),
                |dir| dir.display().to_string(),
            ),
        },
        codebooks: builtins()
            .iter()
            .map(|codebook| Codebook {
                id: codebook.id().to_owned(),
                name: codebook.title().to_owned(),
            })
            .collect(),
        cache: cache(),
    };
    let out = match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&doctor)?),
        Format::Text => text(&doctor)?,
    };
    output::write(&out)?;
    Ok(Code::Done)
}

/// The folder of fetched encoders, where the program can fetch at all.
fn cache() -> Option<String> {
    #[cfg(feature = "hub")]
    return Some(ecq::hub::cache_dir().display().to_string());
    #[cfg(not(feature = "hub"))]
    None
}

fn text(doctor: &Doctor) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "ecq        {}  {}", doctor.version, doctor.target)?;
    writeln!(
        out,
        "cores      {}, {} workers",
        doctor.cores, doctor.workers
    )?;
    writeln!(out, "cpu        {}", doctor.cpu_features.join(" "))?;
    let compute = &doctor.compute;
    writeln!(
        out,
        "compute    {} on {}: {}",
        compute.used, compute.kernels, compute.reason
    )?;
    let model = &doctor.model;
    writeln!(
        out,
        "model      {} {}  {}",
        model.id, model.version, model.place
    )?;
    writeln!(out, "           sha256 {}", model.sha256)?;
    for (idx, codebook) in doctor.codebooks.iter().enumerate() {
        let label = if idx == 0 { "codebooks" } else { "" };
        writeln!(out, "{label:<11}{}  {}", codebook.id, codebook.name)?;
    }
    if let Some(cache) = &doctor.cache {
        writeln!(out, "cache      {cache}")?;
    }
    Ok(out)
}
