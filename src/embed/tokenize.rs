//! Text to token ids, cut at what the encoder reads.

use tokenizers::Tokenizer;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// The token ids of a text, special tokens included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIds {
    /// At most `max_tokens` ids.
    pub ids: Vec<u32>,
    /// How many there were before the cut.
    pub n_before_cut: usize,
}

/// A word-piece tokenizer with the encoder's limit.
#[derive(Clone, Debug)]
pub struct PassageTokenizer {
    tokenizer: Tokenizer,
    max_tokens: usize,
    sep_id: Option<u32>,
}

impl PassageTokenizer {
    /// Reads a `tokenizer.json`; its own truncation and padding are switched off, since both hide a loss.
    ///
    /// # Errors
    /// If the bytes are no tokenizer.
    pub fn from_bytes(bytes: &[u8], max_tokens: usize) -> Result<Self> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|cause| Error::Tokenize {
            detail: format!("tokenizer.json is not usable: {cause}"),
        })?;
        tokenizer
            .with_truncation(None)
            .map_err(|cause| Error::Tokenize {
                detail: cause.to_string(),
            })?
            .with_padding(None);
        let sep_id = tokenizer.token_to_id("[SEP]");
        Ok(Self {
            tokenizer,
            max_tokens,
            sep_id,
        })
    }

    /// Most ids of a text, special tokens included.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The ids of a text; a text that is too long keeps its beginning and the closing special token.
    ///
    /// # Errors
    /// If the tokenizer refuses the text.
    pub fn ids(&self, text: &str) -> Result<TokenIds> {
        let encoding = self
            .tokenizer
            .encode_fast(plain(text), true)
            .map_err(|cause| Error::Tokenize {
                detail: cause.to_string(),
            })?;
        let mut ids = encoding.get_ids().to_vec();
        let n_before_cut = ids.len();
        if n_before_cut > self.max_tokens {
            ids.truncate(self.max_tokens);
            if let (Some(sep), Some(last)) = (self.sep_id, ids.last_mut()) {
                *last = sep;
            }
        }
        Ok(TokenIds { ids, n_before_cut })
    }
}

/// The text as the encoder was trained to see it: compatibility forms folded, typographic quotes and
/// dashes plain, bullets at the start of a line left out, so that a passage typed in Word, the same passage in a text
/// file and the same as a list get one vector. (Case and white space are the tokenizer's own matter.)
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        push_plain(&mut out, without_bullet(line));
    }
    out
}

/// A line without its leading bullet; a dash or a star is one only before a space.
fn without_bullet(line: &str) -> &str {
    let line = line.trim_start();
    let mut rest = line.chars();
    match rest.next() {
        Some(
            '\u{2022}' | '\u{25CF}' | '\u{25E6}' | '\u{25AA}' | '\u{25A0}' | '\u{2023}'
            | '\u{00B7}' | '\u{F0B7}',
        ) => rest.as_str().trim_start(),
        Some('-' | '*' | '\u{2013}') if rest.as_str().starts_with([' ', '\t']) => {
            rest.as_str().trim_start()
        }
        _ => line,
    }
}

fn push_plain(out: &mut String, text: &str) {
    for c in text.nfkc() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' => out.push('\''),
            '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' => out.push('"'),
            '\u{2010}'..='\u{2012}' => out.push('-'),
            '\u{2013}'..='\u{2015}' => out.push_str("--"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_passage_in_three_dresses_is_one_text() {
        let typed = "The vendor's plan -- twice.\nIt failed.";
        assert_eq!(
            plain("\u{2022} The vendor\u{2019}s plan \u{2014} twice.\n- It failed."),
            typed
        );
        assert_eq!(plain(typed), typed);
        // A dash inside a line or before a letter is the writer's.
        assert_eq!(plain("-5 degrees - and less"), "-5 degrees - and less");
    }
}
