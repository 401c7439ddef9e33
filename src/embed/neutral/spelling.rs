//! One slip of the keyboard undone.

use crate::embed::neutral::lexicon::Lexicon;

/// Shorter words have too many neighbors.
const LEAST_LETTERS: usize = 4;
/// From this length on a letter may be another one.
const LEAST_FOR_EXCHANGE: usize = 7;

/// The known word that is one slip away from an unknown one; nothing for a known word or one without such a neighbor.
///
/// The first letter is always kept: people seldom miss it, and "preapproved" must not become "reapproved". Words of
/// the lexicon go before others, then the encoder's more frequent ones.
pub(super) fn mended(
    word: &str,
    lexicon: &Lexicon,
    knows: &dyn Fn(&str) -> Option<u32>,
) -> Option<String> {
    if word.len() < LEAST_LETTERS || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    // Capitals inside make a name or an abbreviation.
    if word.bytes().skip(1).any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let small = word.to_ascii_lowercase();
    let known = |word: &str| lexicon.has(word) || knows(word).is_some();
    if known(&small) || lexicon.has(word) || is_derived(&small, &known) {
        return None;
    }
    slips(small.as_bytes())
        .filter_map(|candidate| {
            let candidate = String::from_utf8(candidate).ok()?;
            let rank = knows(&candidate);
            let taught = lexicon.has(&candidate);
            (taught || rank.is_some()).then(|| (!taught, rank.unwrap_or(u32::MAX), candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// Whether a word is a known one with a common ending or beginning: rare words are no slips.
fn is_derived(word: &str, known: &dyn Fn(&str) -> bool) -> bool {
    const ENDINGS: [&str; 16] = [
        "s", "es", "d", "ed", "ing", "er", "ers", "or", "ors", "ly", "ness", "able", "ment",
        "ments", "al", "ity",
    ];
    const BEGINNINGS: [&str; 9] = [
        "un", "re", "pre", "non", "over", "under", "inter", "sub", "co",
    ];
    let stem = |stem: &str| {
        let bytes = stem.as_bytes();
        let n = bytes.len();
        n >= 3
            && (known(stem)
                || known(&format!("{stem}e"))
                || (stem.ends_with('i') && known(&format!("{}y", &stem[..n - 1])))
                || (bytes[n - 1] == bytes[n - 2] && known(&stem[..n - 1])))
    };
    ENDINGS.iter().any(|end| {
        word.strip_suffix(end)
            // "consolidatd" has lost a letter; "cured" has not.
            .is_some_and(|rest| {
                if *end == "d" {
                    rest.ends_with('e') && known(rest)
                } else {
                    stem(rest)
                }
            })
    }) || BEGINNINGS.iter().any(|begin| {
        word.strip_prefix(begin)
            .is_some_and(|rest| rest.len() >= 3 && known(rest))
    })
}

/// Every word that one slip made `word` of: two letters exchanged, one left out, one too many, one mistaken.
fn slips(word: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let n = word.len();
    let swapped = (1..n - 1)
        .filter(|&at| word[at] != word[at + 1])
        .map(move |at| {
            let mut out = word.to_vec();
            out.swap(at, at + 1);
            out
        });
    let shorter = (1..n).map(move |at| {
        let mut out = word.to_vec();
        out.remove(at);
        out
    });
    let longer = (1..=n).flat_map(move |at| {
        (b'a'..=b'z').map(move |letter| {
            let mut out = word.to_vec();
            out.insert(at, letter);
            out
        })
    });
    let mistaken = (1..n)
        .filter(move |_| n >= LEAST_FOR_EXCHANGE)
        .flat_map(move |at| {
            (b'a'..=b'z')
                .filter(move |&letter| letter != word[at])
                .map(move |letter| {
                    let mut out = word.to_vec();
                    out[at] = letter;
                    out
                })
        });
    swapped.chain(shorter).chain(longer).chain(mistaken)
}
