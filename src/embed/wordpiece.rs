//! Word pieces of ASCII text, the way BERT's uncased tokenizers cut it.
//!
//! The general tokenizer takes a tenth of a second to start and longer on a text than the head and the report
//! together. Most passages are ASCII once typographic characters are plain, and for those the rules are few.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// The pieces of a `tokenizer.json`, where it is of the kind that is cut here.
#[derive(Clone, Debug)]
pub(crate) struct WordPieces {
    /// Pieces that begin a word.
    first: HashMap<String, u32>,
    /// Pieces that go on in one, without their prefix.
    next: HashMap<String, u32>,
    /// Bytes of the longest piece.
    longest: usize,
    max_word: usize,
    unknown: u32,
    begin: u32,
    end: u32,
    /// Texts with one of these are not cut here.
    reserved: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    added_tokens: Vec<Added>,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    content: String,
}

#[derive(Deserialize)]
struct Model {
    r#type: String,
    unk_token: String,
    continuing_subword_prefix: String,
    max_input_chars_per_word: usize,
    vocab: HashMap<String, u32>,
}

impl WordPieces {
    /// Reads a `tokenizer.json`; nothing if it is not BERT's uncased cut with `[CLS]` before and `[SEP]` after.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let file: File = serde_json::from_slice(bytes).ok()?;
        let normalizer = &file.normalizer;
        let suits = file.model.r#type == "WordPiece"
            && normalizer["type"] == "BertNormalizer"
            && normalizer["clean_text"] == true
            && normalizer["lowercase"] == true
            && file.pre_tokenizer["type"] == "BertPreTokenizer"
            && file.post_processor["type"] == "TemplateProcessing"
            && frame(&file.post_processor["single"])? == ["[CLS]", "A", "[SEP]"];
        if !suits {
            return None;
        }
        let special = |token: &str| {
            let ids = file.post_processor["special_tokens"][token]["ids"].as_array()?;
            match ids.as_slice() {
                [id] => u32::try_from(id.as_u64()?).ok(),
                _ => None,
            }
        };
        let (begin, end) = (special("[CLS]")?, special("[SEP]")?);
        let Model {
            unk_token,
            continuing_subword_prefix: prefix,
            max_input_chars_per_word: max_word,
            vocab,
            ..
        } = file.model;
        let unknown = *vocab.get(&unk_token)?;
        let mut pieces = Self {
            first: HashMap::with_capacity(vocab.len()),
            next: HashMap::with_capacity(vocab.len() / 4),
            longest: 0,
            max_word,
            unknown,
            begin,
            end,
            reserved: file.added_tokens.into_iter().map(|a| a.content).collect(),
        };
        #[allow(
            clippy::iter_over_hash_type,
            reason = "goes from one table to two others"
        )]
        for (piece, id) in vocab {
            pieces.longest = pieces.longest.max(piece.len());
            if let Some(rest) = piece.strip_prefix(&prefix) {
                pieces.next.insert(rest.to_owned(), id);
            }
            pieces.first.insert(piece, id);
        }
        Some(pieces)
    }

    /// The id of a word that is one piece: lower ids are more frequent words.
    pub(crate) fn rank(&self, word: &str) -> Option<u32> {
        self.first.get(word).copied()
    }

    /// The ids of a text with those of its frame; nothing for a text that needs the general tokenizer.
    pub(crate) fn ids(&self, text: &str) -> Option<Vec<u32>> {
        if !text.is_ascii() || self.reserved.iter().any(|token| text.contains(token)) {
            return None;
        }
        let mut ids = Vec::with_capacity(text.len() / 4 + 2);
        ids.push(self.begin);
        let mut word = String::new();
        for c in text.chars() {
            match c {
                '\t' | '\n' | '\r' | ' ' => self.push_word(&mut word, &mut ids),
                _ if c.is_ascii_control() => {}
                _ if c.is_ascii_punctuation() => {
                    self.push_word(&mut word, &mut ids);
                    word.push(c);
                    self.push_word(&mut word, &mut ids);
                }
                _ => word.push(c.to_ascii_lowercase()),
            }
        }
        self.push_word(&mut word, &mut ids);
        ids.push(self.end);
        Some(ids)
    }

    /// The longest pieces from left to right, or the unknown one if they do not reach the end.
    fn push_word(&self, word: &mut String, ids: &mut Vec<u32>) {
        let n_before = ids.len();
        let mut start = 0;
        while start < word.len() && word.len() <= self.max_word {
            let table = if start == 0 { &self.first } else { &self.next };
            let most = word.len().min(start + self.longest);
            let found = (start + 1..=most)
                .rev()
                .find_map(|end| table.get(&word[start..end]).map(|id| (end, *id)));
            let Some((end, id)) = found else { break };
            ids.push(id);
            start = end;
        }
        if start < word.len() {
            ids.truncate(n_before);
            ids.push(self.unknown);
        }
        word.clear();
    }
}

/// The names in a template, in order.
fn frame(template: &Value) -> Option<Vec<&str>> {
    template
        .as_array()?
        .iter()
        .map(|part| {
            part["SpecialToken"]["id"]
                .as_str()
                .or_else(|| part["Sequence"]["id"].as_str())
        })
        .collect()
}
