//! An encoder directory as bytes.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;

use crate::embed::config::BertConfig;
use crate::embed::neutral::Lexicon;
use crate::error::{Error, Result};

/// What an encoder is made from.
#[derive(Clone, Debug)]
pub struct EncoderFiles<'a> {
    /// For messages: the directory, or `bundled`.
    pub name: String,
    /// `config.json`.
    pub config: Cow<'a, [u8]>,
    /// `tokenizer.json`.
    pub tokenizer: Cow<'a, [u8]>,
    /// `model.safetensors`.
    pub weights: Cow<'a, [u8]>,
    /// Most tokens of a text, special tokens included.
    pub max_tokens: usize,
    /// The words of its training, if that took names out of the texts.
    pub lexicon: Option<Lexicon>,
}

impl EncoderFiles<'_> {
    /// The numbers of `config.json`, checked.
    ///
    /// # Errors
    /// [`Error::Model`] if the file is not usable or names what is not supported.
    pub fn config(&self) -> Result<BertConfig> {
        let fault = |detail: String| Error::Model {
            dir: self.name.clone(),
            detail,
        };
        let config: BertConfig = serde_json::from_slice(&self.config)
            .map_err(|cause| fault(format!("config.json is not usable: {cause}")))?;
        config.check().map_err(fault)?;
        Ok(config)
    }
}

/// Reads `config.json`, `tokenizer.json`, `model.safetensors` and, where it is, `sentence_bert_config.json`
/// (for the most tokens it was trained on; 256 without it).
///
/// # Errors
/// [`Error::Read`] naming the file that is missing or unreadable.
pub fn read_encoder_dir(dir: &Path) -> Result<EncoderFiles<'static>> {
    #[derive(Deserialize)]
    struct SentenceConfig {
        max_seq_length: usize,
    }
    let read = |file: &str| {
        let path = dir.join(file);
        std::fs::read(&path).map_err(|source| Error::Read { path, source })
    };
    let max_tokens = match read("sentence_bert_config.json") {
        Err(_) => 256,
        Ok(bytes) => {
            serde_json::from_slice::<SentenceConfig>(&bytes)
                .map_err(|cause| Error::Model {
                    dir: dir.display().to_string(),
                    detail: format!("sentence_bert_config.json is not usable: {cause}"),
                })?
                .max_seq_length
        }
    };
    Ok(EncoderFiles {
        name: dir.display().to_string(),
        config: read("config.json")?.into(),
        tokenizer: read("tokenizer.json")?.into(),
        weights: read("model.safetensors")?.into(),
        max_tokens,
        lexicon: None,
    })
}
