//! Patterns and numbers of postings.

use regex::Regex;

/// Compiles a pattern of this module's parent, without regard to case.
///
/// # Panics
/// If the pattern is faulty, which any test that reads an announcement shows at once.
#[allow(
    clippy::expect_used,
    reason = "patterns are constants; reading any announcement compiles them all"
)]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(&format!("(?i){source}")).expect("a pattern of this crate is valid")
}

/// Numbers in words, up to twenty.
const NUMBERS: [&str; 20] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

/// A number that [`number`] reads, as part of a pattern.
pub(super) const NUMBER: &str = r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|one and (?:a|one)[ -]half|a (?:page|word|line) and a half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)";

/// The number that words or digits say: `8,000`, `two`, `one and a half`.
pub(super) fn number(words: &str) -> Option<f64> {
    let words = words.trim().to_lowercase();
    if words.contains("half") {
        return Some(1.5);
    }
    if let Some(place) = NUMBERS.iter().position(|name| *name == words) {
        return u32::try_from(place + 1).ok().map(f64::from);
    }
    words.replace(',', "").parse().ok()
}

/// The number of a label: digits, Roman, a letter from A to H, or a word.
pub(super) fn ordinal(words: &str) -> Option<u32> {
    const ROMAN: [&str; 10] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
    if let Ok(number) = words.parse::<u32>() {
        return (1..=30).contains(&number).then_some(number);
    }
    let lower = words.to_lowercase();
    let place = ROMAN
        .iter()
        .position(|roman| *roman == words)
        .or_else(|| NUMBERS.iter().position(|name| *name == lower))
        .or_else(|| {
            let letter = words.bytes().next().filter(|_| words.len() == 1)?;
            letter
                .is_ascii_uppercase()
                .then(|| usize::from(letter - b'A'))
        })?;
    u32::try_from(place + 1).ok()
}

/// Sentences of a text, as byte ranges without the white space between.
///
/// A period ends one where a capital, a quotation mark or a bracket follows, unless it belongs to an abbreviation
/// (`U.S.`, `No.`, `e.g.`). Postings have few others.
pub(super) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, sign) in text.char_indices() {
        if !matches!(sign, '.' | '!' | '?') {
            continue;
        }
        let mut end = at + sign.len_utf8();
        let closing = text[end..]
            .chars()
            .take_while(|c| matches!(c, ')' | '"' | '”' | '’'));
        end += closing.map(char::len_utf8).sum::<usize>();
        let rest = &text[end..];
        let next = rest.trim_start();
        let opens = next
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || "(“\"".contains(c));
        if rest.len() == next.len() || !opens || is_abbreviation(&text[start..at]) {
            continue;
        }
        push_trimmed(text, start, end, &mut sentences);
        start = end;
    }
    push_trimmed(text, start, text.len(), &mut sentences);
    sentences
}

fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let lower = word.to_lowercase();
    word.contains('.')
        || word.len() == 1 && word.chars().all(char::is_uppercase)
        || matches!(
            lower.as_str(),
            "no" | "nos" | "dr" | "mr" | "ms" | "mrs" | "vs" | "dept" | "sec" | "approx" | "inc"
        )
}

fn push_trimmed(text: &str, start: usize, end: usize, ranges: &mut Vec<(usize, usize)>) {
    if let Some(range) = trimmed(text, start, end) {
        ranges.push(range);
    }
}

/// A range without the white space at its ends; none if nothing is left.
pub(super) fn trimmed(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    trimmed_of(text, start, end, char::is_whitespace)
}

/// A range without some characters at its ends; none if nothing is left.
pub(super) fn trimmed_of(
    text: &str,
    start: usize,
    end: usize,
    is_trimmed: impl Fn(char) -> bool,
) -> Option<(usize, usize)> {
    let part = text.get(start..end)?;
    let lead = part.len() - part.trim_start_matches(&is_trimmed).len();
    let kept = part.trim_matches(&is_trimmed).len();
    (kept > 0).then_some((start + lead, start + lead + kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_digits_and_words() {
        for (words, value) in [
            ("8,000", 8000.0),
            ("two", 2.0),
            ("1.5", 1.5),
            ("one and a half", 1.5),
            ("a page and a half", 1.5),
        ] {
            assert_eq!(number(words), Some(value), "{words}");
        }
        assert_eq!(number("some"), None);
        assert_eq!(
            (ordinal("IV"), ordinal("B"), ordinal("three")),
            (Some(4), Some(2), Some(3))
        );
        assert_eq!((ordinal("31"), ordinal("xx")), (None, None));
    }

    #[test]
    fn sentences_keep_their_abbreviations() {
        let text = "Works with the U.S. Congress and others (No. 5). Leads the office.  Acts";
        let cut: Vec<&str> = sentences(text)
            .into_iter()
            .map(|(start, end)| &text[start..end])
            .collect();
        assert_eq!(
            cut,
            [
                "Works with the U.S. Congress and others (No. 5).",
                "Leads the office.",
                "Acts"
            ]
        );
    }
}
