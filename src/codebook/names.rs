//! Names as people write them: case, numbering and the words that come and go do not count.
//!
//! A name is compared by its folded form: small letters, single spaces, without `and`, `&`, `/`, `the` and
//! hyphens. So `Integrity/Honesty` and `Integrity and Honesty` are one name, as are `Results Driven` and
//! `RESULTS-DRIVEN`, and a codebook lists as aliases only what differs in other words.

use std::borrow::Cow;

/// A word of a text, and how it hangs together with the word before it.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    /// The word in small letters, without apostrophes.
    pub(super) folded: Cow<'t, str>,
    /// Whether it begins with a capital letter.
    pub(super) is_capital: bool,
    /// What stands between it and the word before.
    pub(super) gap: Gap,
}

/// What stands between two words, from the closest tie to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// A hyphen.
    Hyphen,
    /// White space on one line.
    Space,
    /// `and`, `&` or `/`.
    And,
    /// Anything else: the end of a line or sentence, a comma, a dash.
    Break,
}

/// The words of a text. `and` and `the` are no words of their own: they pass into the gap.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut gap = Gap::Break;
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        gap = gap.max(gap_of(&rest[..start]));
        rest = &rest[start..];
        let end = word_end(rest);
        let raw = &rest[..end];
        rest = &rest[end..];
        match raw {
            "and" | "And" | "AND" => gap = gap.max(Gap::And),
            "the" | "The" | "THE" => gap = gap.max(Gap::Space),
            _ => {
                words.push(Word {
                    folded: fold_word(raw),
                    is_capital: raw.starts_with(char::is_uppercase),
                    gap,
                });
                gap = Gap::Hyphen;
            }
        }
    }
    words
}

/// The folded form of a name.
pub(super) fn fold(name: &str) -> String {
    join(&words(name))
}

/// The folded parts of a heading that may be names: split at dashes, colons, commas and brackets, without
/// the numbering before and the words like `narrative` after a name.
pub(super) fn segments(heading: &str) -> Vec<String> {
    words(heading)
        .chunk_by(|_, next| next.gap != Gap::Break)
        .map(|part| join(without_trailer(without_numbering(part))))
        .filter(|segment| !segment.is_empty())
        .collect()
}

pub(super) fn join(words: &[Word<'_>]) -> String {
    words
        .iter()
        .map(|word| &*word.folded)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Bytes of the word at the start of `text`: letters and digits, with apostrophes between them.
fn word_end(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let is_inner_apostrophe = matches!(letter, '\'' | '’')
            && letters
                .peek()
                .is_some_and(|(_, next)| next.is_alphanumeric());
        if !letter.is_alphanumeric() && !is_inner_apostrophe {
            return at;
        }
    }
    text.len()
}

fn fold_word(raw: &str) -> Cow<'_, str> {
    if raw
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        Cow::Borrowed(raw)
    } else {
        let letters = raw.chars().filter(|letter| letter.is_alphanumeric());
        Cow::Owned(letters.flat_map(char::to_lowercase).collect())
    }
}

fn gap_of(between: &str) -> Gap {
    if between.is_empty() || matches!(between, "-" | "\u{2010}" | "\u{2011}") {
        return Gap::Hyphen;
    }
    let mut gap = Gap::Space;
    for sign in between.chars() {
        match sign {
            '\n' | '\r' => return Gap::Break,
            '/' | '&' => gap = Gap::And,
            _ if sign.is_whitespace() => {}
            _ => return Gap::Break,
        }
    }
    gap
}

/// Drops `ECQ 5`, `Executive Core Qualification`, `5` or `V` at the start.
fn without_numbering<'w, 't>(mut words: &'w [Word<'t>]) -> &'w [Word<'t>] {
    loop {
        words = match words {
            [first, second, third, rest @ ..]
                if first.folded == "executive"
                    && second.folded == "core"
                    && third.folded.starts_with("qualification") =>
            {
                rest
            }
            [first, rest @ ..] if is_number(&first.folded) => rest,
            _ => return words,
        };
    }
}

pub(super) fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix("ecq").unwrap_or(word);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        || matches!(
            digits,
            "i" | "ii" | "iii" | "iv" | "v" | "vi" | "no" | "number"
        )
}

/// Drops the words that say what kind of text follows a name.
fn without_trailer<'w, 't>(mut words: &'w [Word<'t>]) -> &'w [Word<'t>] {
    while let [rest @ .., last] = words
        && matches!(
            &*last.folded,
            "ecq" | "narrative" | "statement" | "continued"
        )
    {
        words = rest;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_alike() {
        for spelling in [
            "Integrity/Honesty",
            "integrity and honesty",
            "INTEGRITY & HONESTY",
        ] {
            assert_eq!(fold(spelling), "integrity honesty");
        }
        assert_eq!(fold("Results-Driven"), fold("results driven"));
        assert_eq!(fold("  The  People’s   Trust "), "peoples trust");
        assert_eq!(fold("—"), "");
    }

    #[test]
    fn headings_fall_apart_at_their_punctuation() {
        assert_eq!(
            segments("ECQ #5 – BUILDING COALITIONS"),
            ["building coalitions"]
        );
        assert_eq!(
            segments("5. Building Coalitions – Example 1"),
            ["building coalitions", "example 1"]
        );
        assert_eq!(
            segments("Executive Core Qualification 4 -- Business Acumen"),
            ["business acumen"]
        );
        assert_eq!(segments("Executive Judgment"), ["executive judgment"]);
        assert_eq!(segments("Leading Change ECQ Narrative"), ["leading change"]);
        assert_eq!(
            segments("ECQ5 Civic-Mindedness (2 pages)"),
            ["civic mindedness", "pages"]
        );
        assert_eq!(segments("ECQ 3:"), Vec::<String>::new());
    }

    #[test]
    fn gaps_tell_names_apart() {
        let gaps = |text| words(text).iter().map(|word| word.gap).collect::<Vec<_>>();
        use Gap::{And, Break, Hyphen, Space};
        assert_eq!(gaps("Civic-Mindedness and Vision"), [Break, Hyphen, And]);
        assert_eq!(gaps("of the Rule, of Law"), [Break, Space, Break, Space]);
        assert_eq!(gaps("Oral/Written\nVision"), [Break, And, Break]);
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,60}|[a-zA-Z'’/& -]{0,30}") {
            let folded = fold(&text);
            assert_eq!(fold(&folded), folded);
            let _ = segments(&text);
        }
    }
}
