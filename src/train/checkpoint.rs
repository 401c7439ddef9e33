//! A run's state on disk, so that a stopped run goes on where it was.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that touch files"
)]

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor, Var};

use crate::classify::sha256_hex;
use crate::error::{Error, Result};
use crate::train::bert::Weights;
use crate::train::config::TrainConfig;
use crate::train::data::TrainSet;
use crate::train::optim::AdamW;

/// The state after a step.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    /// Steps done.
    pub step: usize,
    /// All weights.
    pub weights: Weights,
    /// Moments of the optimizer.
    pub optimizer: AdamW,
}

/// What a state belongs to: another configuration or other data start afresh.
#[must_use]
pub(super) fn fingerprint(config: &TrainConfig, data: &TrainSet) -> String {
    // What is done after the last step belongs to no state.
    let training_only = TrainConfig {
        dev: Vec::new(),
        calibration: Vec::new(),
        matcher: Vec::new(),
        average_with: Vec::new(),
        ..config.clone()
    };
    let mut text = toml::to_string(&training_only).unwrap_or_default();
    for (path, digest) in &data.digests {
        text.push_str(path);
        text.push_str(digest);
    }
    sha256_hex(text.as_bytes())
}

/// Writes the state beside the old one, then takes its place.
///
/// # Errors
/// If the directory cannot be written; the old state stays whole.
pub(super) fn write(dir: &Path, fingerprint: &str, checkpoint: &Checkpoint) -> Result<()> {
    let path = dir.join("checkpoint.safetensors");
    let fault = |source: std::io::Error| Error::Write {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(dir).map_err(fault)?;
    let mut tensors: HashMap<String, Tensor> = HashMap::new();
    for (name, var) in &checkpoint.weights.vars {
        tensors.insert(format!("weight/{name}"), var.as_tensor().clone());
    }
    let row = |values: &[f32]| Tensor::from_slice(values, values.len(), &Device::Cpu);
    let compute = |source| Error::Compute {
        what: "a checkpoint",
        source,
    };
    for (name, moments) in &checkpoint.optimizer.moments {
        tensors.insert(
            format!("first/{name}"),
            row(&moments.first).map_err(compute)?,
        );
        tensors.insert(
            format!("second/{name}"),
            row(&moments.second).map_err(compute)?,
        );
    }
    let temporary = dir.join("checkpoint.safetensors.part");
    candle_core::safetensors::save(&tensors, &temporary).map_err(compute)?;
    let note = format!("{fingerprint} {}", checkpoint.step);
    std::fs::write(dir.join("checkpoint.txt.part"), note).map_err(fault)?;
    std::fs::rename(&temporary, &path).map_err(fault)?;
    std::fs::rename(dir.join("checkpoint.txt.part"), dir.join("checkpoint.txt")).map_err(fault)
}

/// The state of the same run, if there is one.
///
/// # Errors
/// If the state is there and cannot be read.
pub(super) fn read(dir: &Path, fingerprint: &str, device: &Device) -> Result<Option<Checkpoint>> {
    let Ok(note) = std::fs::read_to_string(dir.join("checkpoint.txt")) else {
        return Ok(None);
    };
    let Some((owner, step)) = note.split_once(' ') else {
        return Ok(None);
    };
    let Ok(step) = step.trim().parse::<usize>() else {
        return Ok(None);
    };
    if owner != fingerprint {
        return Ok(None);
    }
    let compute = |source| Error::Compute {
        what: "a checkpoint",
        source,
    };
    let tensors = candle_core::safetensors::load(dir.join("checkpoint.safetensors"), device)
        .map_err(compute)?;
    let mut weights = Weights {
        vars: std::collections::BTreeMap::new(),
        train_words: true,
        freeze_layers: 0,
    };
    let mut optimizer = AdamW {
        step: i32::try_from(step).unwrap_or(i32::MAX),
        ..AdamW::default()
    };
    let mut names: Vec<&String> = tensors.keys().collect();
    names.sort_unstable();
    for key in names {
        let tensor = &tensors[key];
        let Some((kind, name)) = key.split_once('/') else {
            continue;
        };
        if kind == "weight" {
            weights
                .vars
                .insert(name.to_owned(), Var::from_tensor(tensor).map_err(compute)?);
            continue;
        }
        let values = tensor
            .flatten_all()
            .and_then(|t| t.to_vec1::<f32>())
            .map_err(compute)?;
        let moments = optimizer.moments.entry(name.to_owned()).or_default();
        if kind == "first" {
            moments.first = values;
        } else {
            moments.second = values;
        }
    }
    Ok(Some(Checkpoint {
        step,
        weights,
        optimizer,
    }))
}
