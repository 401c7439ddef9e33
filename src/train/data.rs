//! Annotated passages as token ids and targets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::classify::{LabelSpace, sha256_hex};
use crate::dataset::read_annotations;
use crate::embed::{Lexicon, PassageTokenizer};
use crate::error::{Error, Result};
use crate::train::config::TrainConfig;

/// Training passages, ready for batches.
///
/// # Shape
/// `targets` and `mask` are (n, k), row-major.
#[derive(Clone, Debug, Default)]
pub struct TrainSet {
    /// Texts, for encoders that tokenize by themselves.
    pub texts: Vec<String>,
    /// Token ids, special tokens included.
    pub ids: Vec<Vec<u32>>,
    /// 0 or 1 for every passage and output.
    pub targets: Vec<f32>,
    /// 1 where the target was annotated.
    pub mask: Vec<f32>,
    /// How often each passage is seen in an epoch.
    pub repeat: Vec<usize>,
    /// The words of these texts, where names are taken out of them.
    pub lexicon: Option<Lexicon>,
    /// Digest of every file, by its path under the corpus directory.
    pub digests: BTreeMap<String, String>,
}

impl TrainSet {
    /// Number n of passages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no passage.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// Reads the training files a configuration names.
///
/// # Errors
/// If a file is missing or has a bad line, or a label is unknown.
#[allow(
    clippy::disallowed_methods,
    reason = "reads the files it takes digests of"
)]
pub fn read_train_set(
    corpus: &Path,
    config: &TrainConfig,
    space: &LabelSpace,
    tokenizer: &PassageTokenizer,
) -> Result<TrainSet> {
    let mut set = TrainSet::default();
    let mut documents = Vec::new();
    for file in &config.files {
        let path = corpus.join(&file.path);
        let bytes = std::fs::read(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        set.digests.insert(file.path.clone(), sha256_hex(&bytes));
        for (idx, annotation) in read_annotations(&path)?.into_iter().enumerate() {
            if !drawn(annotation.group(), config.share) {
                continue;
            }
            let fault = |detail: String| Error::Dataset {
                path: path.clone(),
                line: idx + 1,
                detail,
            };
            let group = annotation.group().to_owned();
            let (targets, mask) = annotation.targets(space).map_err(fault)?;
            let text = annotation
                .text
                .ok_or_else(|| fault(format!("{} has no text", annotation.id)))?;
            set.texts.push(text);
            documents.push(group);
            set.targets.extend(targets);
            set.mask.extend(mask);
            set.repeat.push(file.repeat);
        }
    }
    set.lexicon = config.neutral.then(|| {
        let texts = set.texts.iter().map(String::as_str);
        Lexicon::learn(documents.iter().map(String::as_str).zip(texts))
    });
    let tokenizer = tokenizer.clone().with_lexicon(set.lexicon.clone());
    for text in &set.texts {
        let mut ids = tokenizer.ids(text)?.ids;
        ids.truncate(config.max_tokens);
        set.ids.push(ids);
    }
    Ok(set)
}

/// Whether a document is among the given share of them: the same for every larger share too.
fn drawn(document: &str, share: f64) -> bool {
    let digest = sha256_hex(document.as_bytes());
    let place = u32::from_str_radix(&digest[..8], 16).unwrap_or_default();
    f64::from(place) < share * 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_shares_hold_smaller_ones() {
        let names: Vec<String> = (0..1000).map(|n| format!("doc-{n}")).collect();
        let count = |share: f64| names.iter().filter(|name| drawn(name, share)).count();
        assert_eq!(count(1.0), 1000);
        assert!((200..300).contains(&count(0.25)), "{}", count(0.25));
        assert!(
            names
                .iter()
                .all(|name| !drawn(name, 0.25) || drawn(name, 0.5))
        );
    }
}
