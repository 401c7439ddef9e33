//! Searching for words.

use regex::Regex;

use crate::findings::Subject;
use crate::span::Span;

/// Compiles a pattern of this crate.
///
/// # Panics
/// If the pattern is faulty, which the tests of its module show at once.
#[allow(
    clippy::expect_used,
    reason = "patterns are constants; every one is compiled by a test"
)]
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this crate is valid")
}

/// Every match of a pattern in the sentences of some sections, in order.
pub(super) fn each_match(subject: &Subject<'_>, sections: &[usize], pattern: &Regex) -> Vec<Span> {
    let mut spans = Vec::new();
    for sentence in subject.sentences_of(sections) {
        let words = subject.words(sentence.span);
        spans.extend(pattern.find_iter(words).map(|found| {
            let start = sentence.span.start + found.start();
            Span::new(start, start + found.len())
        }));
    }
    spans
}
