//! Whether two passages are the same words, in whatever file they stand.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// The words alone: compatibility forms, lower case, single spaces, no punctuation.
///
/// A word keeps its inner marks only where they tell numbers apart (`3.5`, `1,200`); curly quotes, dashes and
/// ligatures, which differ from format to format, make no difference.
#[must_use]
pub fn normalized(text: &str) -> String {
    let letters: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut out = String::with_capacity(text.len());
    let mut is_between = false;
    for (idx, &c) in letters.iter().enumerate() {
        let is_digit = |at: Option<usize>| {
            at.and_then(|at| letters.get(at))
                .is_some_and(char::is_ascii_digit)
        };
        let in_number =
            matches!(c, '.' | ',') && is_digit(idx.checked_sub(1)) && is_digit(Some(idx + 1));
        if c.is_alphanumeric() || in_number || matches!(c, '%' | '$') {
            if is_between && !out.is_empty() {
                out.push(' ');
            }
            is_between = false;
            out.push(c);
        } else if !matches!(c, '\'' | '\u{2019}') {
            is_between = true;
        }
    }
    out
}

/// SHA-256 of the [`normalized`] words, in lower-case hexadecimal.
#[must_use]
pub fn digest(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(normalized(text))
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The share of words that two texts have in common: twice the shared words over all words, in [0, 1].
///
/// Words count as often as they stand in both; their order does not count. Two texts without words share nothing.
///
/// # Source
/// Dice 1945, Measures of the amount of ecologic association between species, on multisets of words.
#[must_use]
pub fn overlap(a: &str, b: &str) -> f64 {
    let (a, b) = (normalized(a), normalized(b));
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for word in a.split_whitespace() {
        counts.entry(word).or_default().0 += 1;
    }
    for word in b.split_whitespace() {
        counts.entry(word).or_default().1 += 1;
    }
    let shared: usize = counts.values().map(|&(x, y)| x.min(y)).sum();
    let all: usize = counts.values().map(|&(x, y)| x + y).sum();
    if all == 0 {
        return 0.0;
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "passages have a few hundred words"
    )]
    let share = (2 * shared) as f64 / all as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_make_no_difference_and_numbers_do() {
        assert_eq!(
            normalized("The \u{FB01}rst \u{201C}year\u{201D} \u{2013} we didn\u{2019}t."),
            normalized("the first \"year\" - we didn't")
        );
        assert_eq!(normalized("cut 3.5 to 1,200."), "cut 3.5 to 1,200");
        assert_ne!(digest("rose by 3.5%"), digest("rose by 35%"));
        assert_eq!(digest("A b").len(), 64);
    }

    #[test]
    fn overlap_counts_shared_words() {
        assert!((overlap("a b c d", "D, c, b, a") - 1.0).abs() < 1e-9);
        assert!((overlap("a a b", "a c d") - 2.0 / 6.0).abs() < 1e-9);
        assert!(overlap("", "...") < 1e-9);
    }
}
