//! One slip of the keyboard undone.

use crate::embed::neutral::Knows;
use crate::embed::neutral::lexicon::Lexicon;

/// Shorter words have too many neighbors.
const LEAST_LETTERS: usize = 4;
/// From this length on a letter may be another one.
const LEAST_FOR_EXCHANGE: usize = 7;

/// The known word that is one slip away from an unknown one; nothing for a known word or one without such a neighbor.
///
/// The first letter is always kept: people seldom miss it, and "preapproved" must not become "reapproved". Words of
/// the lexicon go before others, then the commoner kinds of slip, then the encoder's more frequent words.
pub(super) fn mended(word: &str, lexicon: &Lexicon, knows: &Knows<'_>) -> Option<String> {
    if word.len() < LEAST_LETTERS || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    // Capitals inside make a name or an abbreviation.
    if word.bytes().skip(1).any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let small = word.to_ascii_lowercase();
    let known = |word: &str| lexicon.has(word) || knows(word).is_some();
    if known(&small) || lexicon.has(word) || is_derived(&small, lexicon) {
        return None;
    }
    slips(small.as_bytes())
        .filter_map(|(rarity, candidate)| {
            let candidate = String::from_utf8(candidate).ok()?;
            let rank = knows(&candidate);
            let taught = lexicon.has(&candidate);
            (taught || rank.is_some())
                .then(|| (!taught, rarity, rank.unwrap_or(u32::MAX), candidate))
        })
        .min()
        .map(|(.., candidate)| candidate)
}

/// Whether a word is one of the lexicon with a common ending or beginning: rare words are no slips.
fn is_derived(word: &str, lexicon: &Lexicon) -> bool {
    const ENDINGS: [&str; 16] = [
        "s", "es", "d", "ed", "ing", "er", "ers", "or", "ors", "ly", "ness", "able", "ment",
        "ments", "al", "ity",
    ];
    const BEGINNINGS: [&str; 9] = [
        "un", "re", "pre", "non", "over", "under", "inter", "sub", "co",
    ];
    // No word has a letter three times in a row.
    if word
        .as_bytes()
        .windows(3)
        .any(|w| w[0] == w[1] && w[1] == w[2])
    {
        return false;
    }
    let stem = |stem: &str| {
        stem.len() >= 3
            && (lexicon.has(stem)
                || lexicon.has(&format!("{stem}e"))
                || stem
                    .strip_suffix('i')
                    .is_some_and(|rest| lexicon.has(&format!("{rest}y"))))
    };
    ENDINGS.iter().any(|end| {
        word.strip_suffix(end).is_some_and(|rest| {
            // "consolidatd" has lost a letter; "cured" has not.
            if *end == "d" {
                rest.ends_with('e') && lexicon.has(rest)
            } else {
                stem(rest)
            }
        })
    }) || BEGINNINGS.iter().any(|begin| {
        word.strip_prefix(begin)
            .is_some_and(|rest| rest.len() >= 3 && lexicon.has(rest))
    })
}

/// Every word that one slip made `word` of, with how rare that kind of slip is: letters exchanged or doubled, one left out,
/// one mistaken or one too many.
fn slips(word: &[u8]) -> impl Iterator<Item = (u8, Vec<u8>)> + '_ {
    let n = word.len();
    let swapped = (1..n - 1)
        .filter(|&at| word[at] != word[at + 1])
        .map(move |at| {
            let mut out = word.to_vec();
            out.swap(at, at + 1);
            (0, out)
        });
    let shorter = (1..n).map(move |at| {
        let mut out = word.to_vec();
        let doubled = out.remove(at) == word[at - 1];
        (if doubled { 0 } else { 2 }, out)
    });
    let letters = || b'a'..=b'z';
    let longer = (1..=n).flat_map(move |at| {
        letters().map(move |letter| {
            let mut out = word.to_vec();
            out.insert(at, letter);
            (1, out)
        })
    });
    let mistaken = (1..n)
        .filter(move |_| n >= LEAST_FOR_EXCHANGE)
        .flat_map(move |at| {
            letters()
                .filter(move |&letter| letter != word[at])
                .map(move |letter| {
                    let mut out = word.to_vec();
                    out[at] = letter;
                    (2, out)
                })
        });
    swapped.chain(shorter).chain(longer).chain(mistaken)
}
