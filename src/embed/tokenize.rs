//! Text to token ids, cut at what the encoder reads.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use tokenizers::Tokenizer;
use unicode_normalization::UnicodeNormalization;

use crate::embed::neutral::{Knows, Lexicon, neutral};
use crate::embed::wordpiece::WordPieces;
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
    /// The short way, where the tokenizer is of the kind that has one.
    pieces: Option<WordPieces>,
    /// `tokenizer.json`, read in full when a text first needs it.
    bytes: Arc<[u8]>,
    general: OnceLock<Tokenizer>,
    max_tokens: usize,
    /// With it, names are taken out of a text first.
    lexicon: Option<Lexicon>,
}

impl PassageTokenizer {
    /// Reads a `tokenizer.json`; its own truncation and padding are switched off, since both hide a loss.
    ///
    /// # Errors
    /// If the bytes are no tokenizer.
    pub fn from_bytes(bytes: &[u8], max_tokens: usize) -> Result<Self> {
        let tokenizer = Self {
            pieces: WordPieces::from_bytes(bytes),
            bytes: bytes.into(),
            general: OnceLock::new(),
            max_tokens,
            lexicon: None,
        };
        if tokenizer.pieces.is_none() {
            tokenizer.general()?;
        }
        Ok(tokenizer)
    }

    /// The same tokenizer for an encoder that was trained on texts without names, with the words of that training.
    #[must_use]
    pub fn with_lexicon(mut self, lexicon: Option<Lexicon>) -> Self {
        self.lexicon = lexicon;
        self
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
        let text = self.as_read(text);
        let mut ids = match self.pieces.as_ref().and_then(|pieces| pieces.ids(&text)) {
            Some(ids) => ids,
            None => self.general_ids(&text)?,
        };
        let n_before_cut = ids.len();
        if n_before_cut > self.max_tokens {
            // A frame closes a text; without one its last id is as good as any.
            let last = ids[n_before_cut - 1];
            ids.truncate(self.max_tokens);
            if let Some(end) = ids.last_mut() {
                *end = last;
            }
        }
        Ok(TokenIds { ids, n_before_cut })
    }

    /// The text as the encoder sees it, before it is cut into word pieces.
    #[must_use]
    pub fn as_read<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = plain(text);
        let Some(lexicon) = &self.lexicon else {
            return text;
        };
        let knows = self
            .pieces
            .as_ref()
            .map(|pieces| |word: &str| pieces.rank(word));
        let knows = knows.as_ref().map(|knows| knows as &Knows<'_>);
        match neutral(&text, lexicon, knows) {
            Cow::Borrowed(_) => text,
            Cow::Owned(neutral) => Cow::Owned(neutral),
        }
    }

    fn general_ids(&self, text: &str) -> Result<Vec<u32>> {
        let encoding =
            self.general()?
                .encode_fast(text, true)
                .map_err(|cause| Error::Tokenize {
                    detail: cause.to_string(),
                })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The tokenizer for every text.
    fn general(&self) -> Result<&Tokenizer> {
        if let Some(tokenizer) = self.general.get() {
            return Ok(tokenizer);
        }
        let mut tokenizer =
            Tokenizer::from_bytes(&self.bytes).map_err(|cause| Error::Tokenize {
                detail: format!("tokenizer.json is not usable: {cause}"),
            })?;
        tokenizer
            .with_truncation(None)
            .map_err(|cause| Error::Tokenize {
                detail: cause.to_string(),
            })?
            .with_padding(None);
        Ok(self.general.get_or_init(|| tokenizer))
    }
}

/// The text as the encoder was trained to see it: compatibility forms folded, typographic quotes and
/// dashes plain, bullets at the start of a line left out, so that a passage typed in Word, the same passage in a text
/// file and the same as a list get one vector. (Case and white space are the tokenizer's own matter.)
fn plain(text: &str) -> Cow<'_, str> {
    let has_bullet = |line: &str| without_bullet(line) != line.trim_start();
    if text.is_ascii() && !text.split('\n').any(has_bullet) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        push_plain(&mut out, without_bullet(line));
    }
    Cow::Owned(out)
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

#[cfg(all(test, feature = "bundled-model"))]
#[allow(
    clippy::unwrap_used,
    reason = "tests; clippy sees only a plain cfg(test)"
)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static TOKENIZER: LazyLock<PassageTokenizer> = LazyLock::new(|| {
        let bytes = include_bytes!("../../models/default/tokenizer.json");
        PassageTokenizer::from_bytes(bytes, 256).unwrap()
    });

    /// The ids of a text by the short way, where it goes, and by the general one.
    fn both(text: &str) -> (Option<Vec<u32>>, Vec<u32>) {
        let short = TOKENIZER.pieces.as_ref().unwrap().ids(text);
        (short, TOKENIZER.general_ids(text).unwrap())
    }

    #[test]
    fn the_short_way_gives_the_ids_of_the_general_one() {
        let long_word = "a".repeat(101);
        for text in [
            "",
            "   ",
            "I led 42 people in the U.S. Army's $3.5M re-org; it's done!",
            "a\u{0}b\u{1}c\u{b}d\u{c}e\tf\r\ng\u{7f}h",
            "unaffable antidisestablishmentarianism xqzjk",
            "#hash ##ing [brackets] [cls] {x}|y~z `q` ^_^",
            &long_word,
        ] {
            let (short, general) = both(text);
            assert_eq!(short, Some(general), "{text:?}");
        }
    }

    #[test]
    fn texts_beyond_ascii_or_with_special_tokens_go_the_general_way() {
        for text in ["na\u{ef}ve", "\u{2022} led", "the [SEP] token", "[MASK]"] {
            assert_eq!(both(text).0, None, "{text}");
            assert!(TOKENIZER.ids(text).unwrap().ids.len() > 2);
        }
    }

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

    proptest! {
        #[test]
        fn any_ascii_text_is_cut_alike(text in "[\\x00-\\x7f]{0,80}|([a-zA-Z]{1,14}[ ,.'-]){0,20}") {
            let (short, general) = both(&text);
            if let Some(short) = short {
                prop_assert_eq!(short, general);
            }
        }
    }
}
