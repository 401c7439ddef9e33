//! Sentences into windows that a reader takes in at a time.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::passage::PassageConfig;
use crate::span::Span;

/// Characters of a word that count as one word; longer ones count for more, so that text without spaces is cut.
const CHARS_PER_WORD: usize = 25;

/// How far from the wished place a long word is cut, in bytes, to keep a letter and its accents together.
const MAX_GRAPHEME: usize = 64;

/// The length of a text in words, at least 1 unless it is blank.
pub(super) fn n_words(text: &str) -> usize {
    text.split_whitespace().map(weight).sum()
}

/// What a word counts for.
fn weight(word: &str) -> usize {
    // Most words are shorter even in bytes.
    if word.len() < CHARS_PER_WORD {
        1
    } else {
        1 + word.chars().count() / CHARS_PER_WORD
    }
}

/// Cuts `n_words` of sentences into consecutive windows, as ranges of their indices.
///
/// A window has at most `max_sentences` of them and, unless it is a single one, at most
/// [`PassageConfig::max_words`] words. Among all ways to cut, the one whose windows are nearest to
/// [`PassageConfig::target_words`] is taken, so that no paragraph ends in a scrap.
pub(super) fn windows(
    n_words: &[usize],
    max_sentences: usize,
    config: &PassageConfig,
) -> Vec<Range<usize>> {
    // Least cost of the first i sentences, and where the last of their windows begins.
    let mut best: Vec<(u64, usize)> = vec![(0, 0)];
    for end in 1..=n_words.len() {
        let mut least = (u64::MAX, end - 1);
        let mut sum = 0usize;
        for start in (0..end).rev() {
            sum = sum.saturating_add(n_words[start]);
            let is_single = start + 1 == end;
            if !is_single && (sum > config.max_words || end - start > max_sentences) {
                break;
            }
            let cost = best[start].0.saturating_add(cost(sum, config));
            if cost < least.0 {
                least = (cost, start);
            }
        }
        best.push(least);
    }
    let mut windows = Vec::new();
    let mut end = n_words.len();
    while end > 0 {
        let start = best[end].1;
        windows.push(start..end);
        end = start;
    }
    windows.reverse();
    windows
}

/// Square of the distance to the target, twice that for a window outside the bounds.
fn cost(n_words: usize, config: &PassageConfig) -> u64 {
    let distance = n_words.abs_diff(config.target_words) as u64;
    let is_outside = n_words < config.min_words || n_words > config.max_words;
    distance
        .saturating_mul(distance)
        .saturating_mul(if is_outside { 2 } else { 1 })
}

/// The parts of a sentence: itself, or pieces of at most [`PassageConfig::max_words`] if it is longer than
/// [`PassageConfig::max_sentence_words`].
///
/// It is cut behind the last clause mark in the second half of a piece, else between words, else, in a word
/// without end, between letters. `sentence` is a range into `text`; so are the parts, and no white space is
/// lost but that between them.
pub(super) fn cut_long(text: &str, sentence: Span, config: &PassageConfig) -> Vec<Span> {
    let words = sentence.slice(text);
    if words.len() <= config.max_sentence_words || n_words(words) <= config.max_sentence_words {
        return vec![sentence];
    }
    let max_words = config.max_words.max(1);
    let mut parts = Vec::new();
    let mut start = sentence.start;
    while start < sentence.end {
        let rest = &text[start..sentence.end];
        let len = piece_len(rest, max_words);
        let piece = rest[..len].trim_end();
        parts.push(Span::new(start, start + piece.len()));
        start = sentence.end - rest[len..].trim_start().len();
    }
    parts
}

/// Bytes of the first piece of `text`, which does not begin with white space.
fn piece_len(text: &str, max_words: usize) -> usize {
    let mut n = 0;
    let mut behind_clause = None;
    let mut at = 0;
    loop {
        let Some(from) = text[at..]
            .find(|c: char| !c.is_whitespace())
            .map(|n| at + n)
        else {
            return text.len();
        };
        let len = long_word_len(&text[from..], max_words);
        let end = from + len;
        let word = &text[from..end];
        n += weight(word);
        if n > max_words && at > 0 {
            return behind_clause.unwrap_or(at);
        }
        if n * 2 >= max_words
            && (word.ends_with([';', ':', ',', '—', '–']) || word == "-" || word == "--")
        {
            behind_clause = Some(end);
        }
        at = end;
        if n >= max_words {
            return if at < text.len() {
                behind_clause.unwrap_or(at)
            } else {
                at
            };
        }
    }
}

/// Bytes of the first word of `text`, or of as much of it as makes a piece.
fn long_word_len(text: &str, max_words: usize) -> usize {
    let max_chars = max_words.saturating_mul(CHARS_PER_WORD);
    let mut chars = text
        .char_indices()
        .take_while(|(_, c)| !c.is_whitespace())
        .skip(max_chars.saturating_sub(1));
    let Some((cut, _)) = chars.next() else {
        return text.find(char::is_whitespace).unwrap_or(text.len());
    };
    if chars.next().is_none() {
        return text.find(char::is_whitespace).unwrap_or(text.len());
    }
    let mut end = (cut + MAX_GRAPHEME).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // The first letter in this stretch may be half of one, so the cut is made behind it.
    let stretch = &text[cut..end];
    let behind = stretch
        .grapheme_indices(true)
        .nth(1)
        .map(|(at, _)| cut + at);
    behind.unwrap_or(if cut == 0 { end } else { cut })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n_words: &[usize], expected: &[&[usize]]) {
        let windows = windows(n_words, 3, &PassageConfig::default());
        let sizes: Vec<Vec<usize>> = windows
            .into_iter()
            .map(|window| n_words[window].to_vec())
            .collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn balanced_windows() {
        check(&[], &[]);
        check(&[4], &[&[4]]);
        check(&[20, 20, 20, 20], &[&[20, 20], &[20, 20]]);
        check(&[20, 20, 20, 20, 20], &[&[20, 20, 20], &[20, 20]]);
        check(&[30, 25, 5], &[&[30, 25, 5]]);
        check(&[85, 5], &[&[85, 5]]);
        check(&[88, 6], &[&[88], &[6]]);
        check(&[120, 10, 40], &[&[120], &[10, 40]]);
        check(&[5; 7], &[&[5, 5, 5], &[5, 5], &[5, 5]]);
    }

    fn cut(sentence: &str) -> Vec<usize> {
        let config = PassageConfig::default();
        let parts = cut_long(sentence, Span::new(0, sentence.len()), &config);
        parts
            .into_iter()
            .map(|part| n_words(part.slice(sentence)))
            .collect()
    }

    #[test]
    fn long_sentences() {
        assert_eq!(cut(&"word ".repeat(120)), [120]);
        assert_eq!(cut("word ".repeat(200).trim_end()), [90, 90, 20]);
        let clauses = format!("{}word; {}", "word ".repeat(69), "word ".repeat(100));
        assert_eq!(cut(clauses.trim_end()), [70, 90, 10]);
        assert_eq!(cut(&"x".repeat(25 * 90 * 2 + 5)).len(), 3);
    }

    #[test]
    fn accents_stay_with_their_letters() {
        let word = "e\u{301}".repeat(25 * 90);
        let config = PassageConfig::default();
        let parts = cut_long(&word, Span::new(0, word.len()), &config);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.slice(&word).starts_with('e')));
    }

    #[test]
    fn words_without_end() {
        for unit in ["x", "\u{301}", "\u{1F1FA}", "a, ", "a\u{301}\u{301}"] {
            let text = unit.repeat((1 << 19) / unit.len());
            let config = PassageConfig::default();
            let parts = cut_long(&text, Span::new(0, text.len()), &config);
            assert!(parts.iter().all(|part| !part.is_empty()));
        }
    }
}
