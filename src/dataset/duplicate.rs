//! Texts that share most of their wording, found through an index of word shingles.

use std::collections::BTreeMap;

/// Words of a shingle: long enough that phrases of the trade ("as a result of") bind no two passages together.
const SHINGLE_WORDS: usize = 4;

/// Two texts whose wording is nearly the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearDuplicate {
    /// Index of the earlier text.
    pub first: usize,
    /// Index of the later text.
    pub second: usize,
    /// Shared shingles over all shingles of the two (Jaccard), in [0, 1].
    pub likeness: f64,
}

/// All pairs of texts whose Jaccard likeness over word shingles is at least `least`, in order of their indexes.
///
/// Case and punctuation do not count. The likeness is exact: an inverted index counts the shared shingles of every
/// pair that has one, so that the work grows with the shared wording and not with the square of the texts.
///
/// # Source
/// A. Broder, "On the resemblance and containment of documents", 1997.
#[must_use]
pub fn near_duplicates(texts: &[&str], least: f64) -> Vec<NearDuplicate> {
    let mut index: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut sizes = Vec::with_capacity(texts.len());
    let mut shared = vec![0_usize; texts.len()];
    let mut found = Vec::new();
    for (second, text) in texts.iter().enumerate() {
        let shingles = shingles(text);
        let mut touched = Vec::new();
        for shingle in &shingles {
            let earlier = index.entry(*shingle).or_default();
            for &first in earlier.iter() {
                if shared[first] == 0 {
                    touched.push(first);
                }
                shared[first] += 1;
            }
            earlier.push(second);
        }
        touched.sort_unstable();
        for first in touched {
            let both = std::mem::take(&mut shared[first]);
            let all = sizes[first] + shingles.len() - both;
            #[allow(clippy::cast_precision_loss, reason = "a few dozen shingles")]
            let likeness = both as f64 / all as f64;
            if likeness >= least {
                found.push(NearDuplicate {
                    first,
                    second,
                    likeness,
                });
            }
        }
        sizes.push(shingles.len());
    }
    found.sort_by_key(|pair| (pair.first, pair.second));
    found
}

/// The distinct shingles of a text as hashes; a text shorter than one shingle is one shingle.
fn shingles(text: &str) -> Vec<u64> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let mut hashes: Vec<u64> = if words.is_empty() {
        Vec::new()
    } else {
        words
            .windows(SHINGLE_WORDS.min(words.len()))
            .map(hash)
            .collect()
    };
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// FNV-1a over the words with a byte between them that no word has.
fn hash(words: &[String]) -> u64 {
    words
        .iter()
        .flat_map(|word| word.bytes().chain([0xFF]))
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_by_hand() {
        // Seven words give 4 shingles each; the last word differs, so 3 are shared out of 5.
        let found = near_duplicates(
            &[
                "I moved the office to Denver today.",
                "something else",
                "i MOVED the office, to Denver yesterday",
            ],
            0.5,
        );
        assert_eq!(
            found,
            [NearDuplicate {
                first: 0,
                second: 2,
                likeness: 0.6
            }]
        );
    }

    #[test]
    fn short_and_empty_texts_have_their_say() {
        let found = near_duplicates(&["Vision.", "", "vision", ""], 0.9);
        let pairs: Vec<_> = found.iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(pairs, [(0, 2)]);
    }
}
