//! Words of a text and what their letters say.

use std::ops::Range;

/// Places of the words: letters and digits, with hyphens and apostrophes inside them; a closing "'s" is left out.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = c.is_alphanumeric()
            || (start.is_some()
                && matches!(c, '-' | '\'')
                && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        words.push(from..text.len());
    }
    for word in &mut words {
        if text[word.clone()].ends_with("'s") {
            word.end -= 2;
        }
    }
    words
}

/// Whether a word is written as names are: "Miller", "Al-Sayed", "O'Brien", not "OMB", "PIs" or "I'd".
pub(super) fn is_capitalized(word: &str) -> bool {
    let mut chars = word.chars();
    let first = chars.next().is_some_and(char::is_uppercase);
    let second = match chars.next() {
        Some('\'') => chars.next().is_some_and(char::is_uppercase),
        Some(c) => c.is_lowercase(),
        None => false,
    };
    first && second
}

/// Whether a sentence or a line begins with the word at `start`, as far as its surroundings tell.
pub(super) fn begins_sentence(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t', '"', '\'', '(', '[']);
    let Some(last) = before.chars().next_back() else {
        return true;
    };
    match last {
        '.' => {
            // A period after a title or an initial ends no sentence.
            let word = before
                .trim_end_matches('.')
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            !(word.chars().count() == 1 && word.chars().all(char::is_uppercase)
                || super::names::is_title(word))
        }
        '!' | '?' | '\n' | '\r' | ':' | ';' | '\u{2022}' => true,
        _ => text[..start].ends_with('\n'),
    }
}
