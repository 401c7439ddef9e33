//! `ecq model`: list, pull, verify.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use ecq::classify::{ModelFiles, bundled_model, read_model_dir, sha256_hex};
use ecq::error::Error;

use crate::errors::Code;
use crate::output;

/// `ecq model list`.
pub(crate) fn list() -> Result<Code> {
    let mut out = String::new();
    match bundled_model() {
        Ok(model) => writeln!(out, "{}  (inside the program)", line(&model))?,
        Err(error) => writeln!(out, "none inside the program: {error}")?,
    }
    #[cfg(feature = "hub")]
    for cached in ecq::hub::cached_encoders() {
        writeln!(out, "{cached}  (encoder in the cache, to train from)")?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}

fn line(model: &ModelFiles<'_>) -> String {
    format!(
        "{}  {}  sha256 {}  from {}",
        model.name.id, model.name.version, model.name.sha256, model.manifest.training.base
    )
}

/// `ecq model verify`: the digests of every file, and that the parts fit.
pub(crate) fn verify(dir: Option<&Path>) -> Result<Code> {
    let (model, place) = match dir {
        Some(dir) => (read_model_dir(dir)?, dir.display().to_string()),
        None => {
            let model = bundled_model()?;
            let head = model.head.to_bytes().map_err(|detail| Error::Model {
                dir: "bundled".to_owned(),
                detail,
            })?;
            let files: [(&str, &[u8]); 4] = [
                ("config.json", &model.encoder.config),
                ("tokenizer.json", &model.encoder.tokenizer),
                ("encoder.safetensors", &model.encoder.weights),
                ("head.safetensors", &head),
            ];
            for (file, bytes) in files {
                let expected = model
                    .manifest
                    .files
                    .iter()
                    .find(|digest| digest.name == file)
                    .map(|digest| digest.sha256.clone())
                    .unwrap_or_default();
                let found = sha256_hex(bytes);
                if found != expected {
                    return Err(Error::Checksum {
                        dir: "bundled".to_owned(),
                        file: file.to_owned(),
                        expected,
                        found,
                    }
                    .into());
                }
            }
            (model, "inside the program".to_owned())
        }
    };
    if model.matcher.is_listed() {
        model.matcher.read()?;
    }
    ecq::embed::BertEmbedder::from_files(&model.encoder, 1)?;
    output::write(&format!(
        "{}  {place}: all files as recorded\n",
        line(&model)
    ))?;
    Ok(Code::Done)
}

/// `ecq model pull`.
#[cfg(feature = "hub")]
pub(crate) fn pull(
    repository: &str,
    into: Option<&Path>,
    endpoint: Option<&str>,
    quiet: bool,
) -> Result<Code> {
    let bar = crate::progress::bar(quiet, "fetching");
    let pulled = ecq::hub::pull(repository, into, endpoint, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let mut out = String::new();
    for file in &pulled.files {
        writeln!(out, "{}  {}", file.sha256, file.path.display())?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}
