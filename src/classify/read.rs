//! A model as checked bytes: a directory, or the one compiled into the program.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::borrow::Cow;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::classify::head::Head;
use crate::classify::manifest::Manifest;
use crate::classify::matcher::{MATCHER_FILE, Matcher};
use crate::embed::{EncoderFiles, Lexicon};
use crate::error::{Error, Result};

/// The files a manifest lists, in the order they are stored.
const FILES: [&str; 4] = [
    "config.json",
    "tokenizer.json",
    "encoder.safetensors",
    "head.safetensors",
];

/// The words of a training that took names out of the texts; a model without it was trained on texts as they are.
const LEXICON: &str = "lexicon.txt";

/// How a report names a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// Id of the manifest.
    pub id: String,
    /// Version of the manifest.
    pub version: String,
    /// Digest of the manifest, which holds the digests of all other files.
    pub sha256: String,
}

/// A model whose files fit its manifest.
#[derive(Debug)]
pub struct ModelFiles<'a> {
    /// What reports print.
    pub name: ModelName,
    /// The manifest.
    pub manifest: Manifest,
    /// The encoder's files.
    pub encoder: EncoderFiles<'a>,
    /// The head.
    pub head: Head,
    /// The matcher for codebooks that the model was not trained on.
    pub matcher: MatcherFile<'a>,
}

/// The bytes of a matcher and what they have to be; read only where a competency asks for it.
#[derive(Clone, Debug)]
pub struct MatcherFile<'a> {
    /// The model, for messages.
    model: String,
    /// The file, where there is one.
    bytes: Option<Cow<'a, [u8]>>,
    /// Digest in the manifest, where it lists the file.
    sha256: Option<String>,
    /// Digest of the encoder in the manifest.
    encoder_sha256: String,
    /// Length of a passage vector.
    dim: usize,
}

impl MatcherFile<'_> {
    /// Whether the manifest lists a matcher.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.sha256.is_some()
    }

    /// The matcher, read and checked.
    ///
    /// # Errors
    /// [`Error::Model`] if there is none or it is not usable, [`Error::Checksum`] if it has other bytes than the
    /// manifest says.
    pub fn read(&self) -> Result<Matcher> {
        let fault = |detail: String| Error::Model {
            dir: self.model.clone(),
            detail,
        };
        let (Some(bytes), Some(expected)) = (&self.bytes, &self.sha256) else {
            return Err(fault(
                "it has no matcher for codebooks it was not trained on; make one with ecq codebook train-matcher"
                    .to_owned(),
            ));
        };
        let found = sha256_hex(bytes);
        if found != *expected {
            return Err(Error::Checksum {
                dir: self.model.clone(),
                file: MATCHER_FILE.to_owned(),
                expected: expected.clone(),
                found,
            });
        }
        let matcher = Matcher::from_bytes(bytes)
            .map_err(|detail| fault(format!("{MATCHER_FILE}: {detail}")))?;
        if matcher.about().encoder_sha256 != self.encoder_sha256 || matcher.dim() != self.dim {
            return Err(fault(format!(
                "{MATCHER_FILE} was made for another encoder; make it again with ecq codebook train-matcher"
            )));
        }
        Ok(matcher)
    }
}

/// Reads a model directory and checks every file against the manifest's digest.
///
/// # Errors
/// [`Error::Read`] for a missing file, [`Error::Checksum`] for one with other bytes, [`Error::Model`] for the rest.
pub fn read_model_dir(dir: &Path) -> Result<ModelFiles<'static>> {
    let name = dir.display().to_string();
    let read = |file: &str| {
        let path = dir.join(file);
        std::fs::read(&path).map_err(|source| Error::Read { path, source })
    };
    let manifest_bytes = read("model.toml")?;
    let manifest = parse_manifest(&name, &manifest_bytes)?;
    let checked = |file: &str| {
        let bytes = read(file)?;
        let expected = manifest
            .digest(file)
            .ok_or_else(|| Error::Model {
                dir: name.clone(),
                detail: format!("model.toml has no digest for {file}"),
            })?
            .to_owned();
        let found = sha256_hex(&bytes);
        if found == expected {
            return Ok(bytes);
        }
        Err(Error::Checksum {
            dir: name.clone(),
            file: file.to_owned(),
            expected,
            found,
        })
    };
    let files = FILES.into_iter().map(checked).collect::<Result<Vec<_>>>()?;
    let lexicon = match manifest.digest(LEXICON) {
        Some(_) => Some(checked(LEXICON)?),
        None => None,
    };
    let [config, tokenizer, weights, head] = <[Vec<u8>; 4]>::try_from(files).unwrap_or_default();
    // Its digest is checked where it is read.
    let matcher = match manifest.digest(MATCHER_FILE) {
        Some(_) => Some(read(MATCHER_FILE)?),
        None => None,
    };
    let mut model = assemble(
        name,
        &manifest_bytes,
        manifest,
        Parts {
            config: config.into(),
            tokenizer: tokenizer.into(),
            weights: weights.into(),
            lexicon: lexicon.map(Cow::Owned),
        },
        &head,
    )?;
    model.matcher.bytes = matcher.map(Cow::Owned);
    Ok(model)
}

/// The model compiled into the program; its digests are checked by `ecq model verify` and in the tests,
/// not at every start, since the bytes are the program's own.
///
/// # Errors
/// [`Error::Model`] if the program was built from damaged files or without the feature `bundled-model`.
pub fn bundled_model() -> Result<ModelFiles<'static>> {
    #[cfg(feature = "bundled-model")]
    {
        use crate::classify::read::bundled::{
            CONFIG, ENCODER, HEAD, MANIFEST, MATCHER, TOKENIZER, WORDS,
        };
        let manifest = parse_manifest("bundled", MANIFEST)?;
        let lexicon = manifest.digest(LEXICON).map(|_| Cow::Borrowed(WORDS));
        let mut model = assemble(
            "bundled".to_owned(),
            MANIFEST,
            manifest,
            Parts {
                config: Cow::Borrowed(CONFIG),
                tokenizer: Cow::Borrowed(TOKENIZER),
                weights: Cow::Borrowed(ENCODER),
                lexicon,
            },
            HEAD,
        )?;
        model.matcher.bytes = Some(Cow::Borrowed(MATCHER));
        Ok(model)
    }
    #[cfg(not(feature = "bundled-model"))]
    {
        Err(Error::Model {
            dir: "bundled".to_owned(),
            detail: "this program was built without a model; pass --model DIR".to_owned(),
        })
    }
}

#[cfg(feature = "bundled-model")]
mod bundled {
    pub(super) const MANIFEST: &[u8] = include_bytes!("../../models/default/model.toml");
    pub(super) const CONFIG: &[u8] = include_bytes!("../../models/default/config.json");
    pub(super) const TOKENIZER: &[u8] = include_bytes!("../../models/default/tokenizer.json");
    pub(super) const ENCODER: &[u8] = include_bytes!("../../models/default/encoder.safetensors");
    pub(super) const WORDS: &[u8] = include_bytes!("../../models/default/lexicon.txt");
    pub(super) const HEAD: &[u8] = include_bytes!("../../models/default/head.safetensors");
    pub(super) const MATCHER: &[u8] = include_bytes!("../../models/default/matcher.safetensors");
}

/// The SHA-256 digest of bytes in lower-case hex, as `sha256sum` prints it.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn parse_manifest(name: &str, bytes: &[u8]) -> Result<Manifest> {
    let fault = |detail: String| Error::Model {
        dir: name.to_owned(),
        detail,
    };
    let text =
        std::str::from_utf8(bytes).map_err(|_| fault("model.toml is not UTF-8".to_owned()))?;
    Manifest::parse(text).map_err(fault)
}

/// The files of an encoder.
struct Parts {
    config: Cow<'static, [u8]>,
    tokenizer: Cow<'static, [u8]>,
    weights: Cow<'static, [u8]>,
    lexicon: Option<Cow<'static, [u8]>>,
}

fn assemble(
    dir: String,
    manifest_bytes: &[u8],
    manifest: Manifest,
    parts: Parts,
    head: &[u8],
) -> Result<ModelFiles<'static>> {
    let lexicon = parts
        .lexicon
        .map(words)
        .transpose()
        .map_err(|detail| Error::Model {
            dir: dir.clone(),
            detail: format!("{LEXICON}: {detail}"),
        })?;
    let head = Head::from_bytes(head).map_err(|detail| Error::Model {
        dir: dir.clone(),
        detail: format!("head.safetensors: {detail}"),
    })?;
    let name = ModelName {
        id: manifest.id.clone(),
        version: manifest.version.clone(),
        sha256: sha256_hex(manifest_bytes),
    };
    let digest_of = |file: &str| manifest.digest(file).map(str::to_owned);
    let matcher = MatcherFile {
        model: dir.clone(),
        bytes: None,
        sha256: digest_of(MATCHER_FILE),
        encoder_sha256: digest_of("encoder.safetensors").unwrap_or_default(),
        dim: head.dim,
    };
    let encoder = EncoderFiles {
        name: dir,
        config: parts.config,
        tokenizer: parts.tokenizer,
        weights: parts.weights,
        max_tokens: manifest.max_tokens,
        lexicon,
    };
    Ok(ModelFiles {
        name,
        manifest,
        encoder,
        head,
        matcher,
    })
}

fn words(bytes: Cow<'static, [u8]>) -> Result<Lexicon, String> {
    let text = match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    };
    Lexicon::parse(text.ok_or("not UTF-8")?)
}
