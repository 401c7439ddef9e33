//! A trained model as a directory that the reader loads.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that write files"
)]

use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, TensorView};

use crate::classify::{FileDigest, Head, MATCHER_FILE, Manifest, sha256_hex};
use crate::embed::{Lexicon, with_byte_rows};
use crate::error::{Error, Result};
use crate::train::bert::Weights;

/// What a model directory is written from.
#[derive(Debug)]
pub struct ModelParts<'a> {
    /// The manifest; its list of files is filled in here.
    pub manifest: Manifest,
    /// `config.json` of the encoder.
    pub config: &'a [u8],
    /// `tokenizer.json` of the encoder.
    pub tokenizer: &'a [u8],
    /// `encoder.safetensors`.
    pub encoder: Vec<u8>,
    /// The head.
    pub head: Head,
    /// The words of a training that took names out of the texts.
    pub lexicon: Option<&'a Lexicon>,
}

impl Weights {
    /// The encoder's tensors as 16-bit floats, in the bytes of a safetensors file.
    ///
    /// Half the size of what was trained; what it costs is measured in `tests/suite/parity.rs`.
    ///
    /// # Errors
    /// If a tensor cannot be read.
    pub fn encoder_bytes(&self) -> Result<Vec<u8>> {
        let mut halves: BTreeMap<&str, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
        for (name, var) in &self.vars {
            if name.starts_with("head.") {
                continue;
            }
            let values = var
                .flatten_all()
                .and_then(|tensor| tensor.to_vec1::<f32>())
                .map_err(|source| Error::Compute {
                    what: "the encoder's weights",
                    source,
                })?;
            let bytes = values
                .iter()
                .flat_map(|&v| f16::from_f32(v).to_le_bytes())
                .collect();
            halves.insert(name, (var.dims().to_vec(), bytes));
        }
        let fault = |detail: String| Error::Model {
            dir: "training".to_owned(),
            detail,
        };
        let views = halves
            .iter()
            .map(|(name, (shape, bytes))| {
                TensorView::new(Dtype::F16, shape.clone(), bytes).map(|view| (*name, view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| fault(cause.to_string()))?;
        safetensors::serialize(views, None).map_err(|cause| fault(cause.to_string()))
    }

    /// The same with matrices as bytes and a scale a row: half of the size.
    ///
    /// # Errors
    /// If a tensor cannot be read.
    pub fn compact_encoder_bytes(&self) -> Result<Vec<u8>> {
        with_byte_rows(&self.encoder_bytes()?).map_err(|detail| Error::Model {
            dir: "training".to_owned(),
            detail,
        })
    }

    /// The head.
    ///
    /// # Errors
    /// If a tensor cannot be read.
    pub fn head(&self, dim: usize) -> Result<Head> {
        let values = |name: &str| -> Result<Vec<f32>> {
            self.vars[name]
                .flatten_all()
                .and_then(|tensor| tensor.to_vec1::<f32>())
                .map_err(|source| Error::Compute {
                    what: "the head's weights",
                    source,
                })
        };
        Ok(Head {
            dim,
            weight: values("head.weight")?,
            bias: values("head.bias")?,
        })
    }
}

/// Writes a model directory with `model.toml` and `SHA256SUMS`; a file is whole or not there.
///
/// # Errors
/// [`Error::Write`] naming the file.
pub fn write_model_dir(dir: &Path, mut parts: ModelParts<'_>) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Write {
        path: dir.to_path_buf(),
        source,
    })?;
    let head = parts.head.to_bytes().map_err(|detail| Error::Model {
        dir: dir.display().to_string(),
        detail,
    })?;
    let mut files: Vec<(&str, &[u8])> = vec![
        ("config.json", parts.config),
        ("tokenizer.json", parts.tokenizer),
        ("encoder.safetensors", &parts.encoder),
        ("head.safetensors", &head),
    ];
    files.extend(
        parts
            .lexicon
            .map(|lexicon| ("lexicon.txt", lexicon.as_bytes())),
    );
    parts.manifest.files = files
        .iter()
        .map(|(name, bytes)| FileDigest {
            name: (*name).to_owned(),
            sha256: sha256_hex(bytes),
        })
        .collect();
    let manifest = toml::to_string(&parts.manifest).map_err(|cause| Error::Model {
        dir: dir.display().to_string(),
        detail: cause.to_string(),
    })?;
    let mut sums = String::new();
    for (name, bytes) in files
        .into_iter()
        .chain([("model.toml", manifest.as_bytes())])
    {
        write_file(&dir.join(name), bytes)?;
        sums.push_str(&format!("{}  {name}\n", sha256_hex(bytes)));
    }
    write_file(&dir.join("SHA256SUMS"), sums.as_bytes())
}

/// Writes a matcher into a model directory and its digest into `model.toml` and `SHA256SUMS`.
///
/// # Errors
/// [`Error::Write`] naming the file.
pub fn write_matcher(dir: &Path, mut manifest: Manifest, matcher: &[u8]) -> Result<()> {
    manifest.files.retain(|file| file.name != MATCHER_FILE);
    manifest.files.push(FileDigest {
        name: MATCHER_FILE.to_owned(),
        sha256: sha256_hex(matcher),
    });
    let text = toml::to_string(&manifest).map_err(|cause| Error::Model {
        dir: dir.display().to_string(),
        detail: cause.to_string(),
    })?;
    let mut sums = String::new();
    for file in &manifest.files {
        sums.push_str(&format!("{}  {}\n", file.sha256, file.name));
    }
    sums.push_str(&format!("{}  model.toml\n", sha256_hex(text.as_bytes())));
    write_file(&dir.join(MATCHER_FILE), matcher)?;
    write_file(&dir.join("model.toml"), text.as_bytes())?;
    write_file(&dir.join("SHA256SUMS"), sums.as_bytes())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    let fault = |source| Error::Write {
        path: path.to_path_buf(),
        source,
    };
    std::fs::write(&part, bytes).map_err(fault)?;
    std::fs::rename(&part, path).map_err(fault)
}
