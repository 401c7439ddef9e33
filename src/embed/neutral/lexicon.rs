//! The words that the training texts taught.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::embed::neutral::names::{is_given, is_title};
use crate::embed::neutral::scan::{begins_sentence, is_capitalized, words};

/// Documents in which a capitalized word must occur to be kept as more than a name: "Congress", "Medicare".
const PROPER_DOCUMENTS: usize = 6;

/// Words known from training: small ones, and those written with a capital that are no names of persons.
///
/// # Form
/// A word a line, in the order of their bytes; a capitalized line is a word kept with its capital.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    text: Cow<'static, str>,
    /// Start of every line.
    starts: Vec<u32>,
}

impl Lexicon {
    /// Reads the file of a model directory.
    ///
    /// # Errors
    /// Naming the first line that is out of order or no word.
    pub fn parse(text: Cow<'static, str>) -> Result<Self, String> {
        let mut starts = Vec::with_capacity(text.len() / 8);
        let mut at = 0;
        let mut last = "";
        for (idx, line) in text.lines().enumerate() {
            if line.is_empty() || line <= last {
                return Err(format!(
                    "line {} of the lexicon is out of order: {line:?}",
                    idx + 1
                ));
            }
            starts.push(u32::try_from(at).map_err(|_| "the lexicon is too long".to_owned())?);
            at += line.len() + 1;
            last = line;
        }
        if !text.is_empty() && at != text.len() {
            return Err(
                "the lexicon does not end with a line break, or has carriage returns".to_owned(),
            );
        }
        Ok(Self { text, starts })
    }

    /// The words of some texts, each with the document it belongs to.
    #[must_use]
    pub fn learn<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut documents: BTreeMap<&'t str, BTreeSet<&'t str>> = BTreeMap::new();
        for (document, text) in texts {
            let words = words(text);
            for (idx, word) in words.iter().enumerate() {
                let written = &text[word.clone()];
                if !written.bytes().all(|b| b.is_ascii_alphabetic()) || written.len() < 2 {
                    continue;
                }
                let small = written.bytes().all(|b| b.is_ascii_lowercase());
                let proper = is_capitalized(written)
                    && !begins_sentence(text, word.start)
                    && !is_given(written)
                    && idx.checked_sub(1).is_none_or(|before| {
                        let before = &text[words[before].clone()];
                        !is_title(before) && !is_given(before)
                    });
                if small || proper {
                    documents.entry(written).or_default().insert(document);
                }
            }
        }
        let mut text = String::new();
        for (word, documents) in documents {
            // An ordinary word is one wherever it occurs.
            if !is_capitalized(word) || documents.len() >= PROPER_DOCUMENTS {
                text.push_str(word);
                text.push('\n');
            }
        }
        Self::parse(Cow::Owned(text)).unwrap_or_default()
    }

    /// The file of a model directory.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether a word stands in the lexicon exactly as written.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.starts
            .binary_search_by(|&start| {
                let rest = &self.text[start as usize..];
                rest[..rest.find('\n').unwrap_or(rest.len())].cmp(word)
            })
            .is_ok()
    }
}
