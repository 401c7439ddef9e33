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

/// Index and full token count of each text that was cut.
pub(crate) fn truncated(tokens: &[TokenIds]) -> Vec<(usize, usize)> {
    tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| t.n_before_cut > t.ids.len())
        .map(|(idx, t)| (idx, t.n_before_cut))
        .collect()
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
/// dashes plain, so that a passage typed in Word and the same passage typed in a text file get one vector.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' => out.push('\''),
            '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' => out.push('"'),
            '\u{2010}'..='\u{2012}' => out.push('-'),
            '\u{2013}'..='\u{2015}' => out.push_str("--"),
            _ => out.push(c),
        }
    }
    out
}
