//! Where sentences end.
//!
//! The Unicode rules (UAX #29) propose the ends; a list of abbreviations takes back those after "U.S." or
//! "Dr.", and a second look at each stop adds what the rules cannot know: ends without a space behind them,
//! ends before a number, and printed tags such as "(Action)", which belong to the sentence before.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;

use crate::passage::head::is_ccar_word;
use crate::span::Span;

/// Longest run of signs without a letter or digit that is handed to `unicode-segmentation`, in bytes.
///
/// Its look-ahead goes over such a run once for each sign of it: 80,000 closing brackets take more than a
/// minute. Nothing that people write comes near the bound.
const MAX_SIGNS: usize = 64;

/// Longest word before a stop that is looked up, in bytes.
const MAX_ABBREVIATION: usize = 16;

/// Longest tag with its brackets, in bytes.
const MAX_TAG: usize = 60;

/// Most words of a tag.
const MAX_TAG_WORDS: usize = 6;

/// Most bytes of an enumerator such as `viii.` at the start of a sentence.
const MAX_ENUMERATOR: usize = 6;

/// What may stand between a stop and the next sentence.
const CLOSERS: [char; 8] = ['"', '\'', '”', '’', ')', ']', '»', '*'];

/// What may stand before the first word of a sentence.
const OPENERS: [char; 7] = ['"', '\'', '“', '‘', '(', '[', '«'];

/// When the stop of an abbreviation ends no sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joins {
    /// Whatever follows.
    Always,
    /// Before a number.
    Number,
    /// Before a word that does not begin sentences.
    Open,
}

/// Abbreviations, with their stops, and words that begin sentences.
struct Lexicon {
    abbreviations: HashMap<&'static str, Joins>,
    starters: HashMap<&'static str, ()>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon {
        abbreviations: HashMap::new(),
        starters: HashMap::new(),
    };
    let mut section = "";
    for line in include_str!("abbreviations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        for word in line.split_whitespace() {
            let joins = match section {
                "[never]" => Joins::Always,
                "[number]" => Joins::Number,
                "[open]" => Joins::Open,
                _ => {
                    lexicon.starters.insert(word, ());
                    continue;
                }
            };
            lexicon.abbreviations.insert(word, joins);
        }
    }
    lexicon
});

/// The sentences of a paragraph in order, as byte ranges into it without the white space between them.
///
/// Every other character is in exactly one of them. A sentence ends behind its closing quotes and tags; a
/// number or letter that counts ("1.", "(b)") is never a sentence of its own. The time is linear in the length.
#[must_use]
pub fn sentences(paragraph: &str) -> Vec<Span> {
    let mut cuts = unicode_cuts(paragraph);
    cuts.extend(own_cuts(paragraph));
    cuts.sort_unstable();
    let mut spans = Vec::new();
    let mut start = paragraph.len() - paragraph.trim_start().len();
    // A tag that strayed from the paragraph before is no sentence.
    let mut body = behind_tags(paragraph, start);
    for cut in cuts {
        if cut <= body || goes_on(paragraph, start, cut) {
            continue;
        }
        let cut = behind_tags(paragraph, cut);
        if cut >= paragraph.len() {
            break;
        }
        spans.push(trimmed(paragraph, start, cut));
        start = cut;
        body = cut;
    }
    spans.push(trimmed(paragraph, start, paragraph.len()));
    spans.retain(|span| !span.is_empty());
    spans
}

fn trimmed(text: &str, start: usize, end: usize) -> Span {
    let end = start + text[start..end].trim_end().len();
    Span::new(start, end)
}

/// The offset of the first character that is no white space, from `at` on.
fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// Starts of sentences by UAX #29.
fn unicode_cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut start = 0;
    let mut push_piece = |piece: std::ops::Range<usize>| {
        let begins = text[piece.clone()].split_sentence_bound_indices().skip(1);
        cuts.extend(begins.map(|(at, _)| skip_space(text, piece.start + at)));
    };
    let mut signs_from = 0;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() {
            if at - signs_from > MAX_SIGNS {
                push_piece(start..signs_from);
                start = at;
            }
            signs_from = at + c.len_utf8();
        }
    }
    let end = if text.len() - signs_from > MAX_SIGNS {
        signs_from
    } else {
        text.len()
    };
    push_piece(start..end);
    cuts
}

/// Starts of sentences that UAX #29 does not see.
fn own_cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '.' | '?' | '!' | '…' => {
                // "?!", "...", and quotes behind them, are one stop.
                let mut end = at + c.len_utf8();
                while let Some(&(next, sign)) = chars.peek() {
                    if !matches!(sign, '.' | '?' | '!' | '…') && !CLOSERS.contains(&sign) {
                        break;
                    }
                    end = next + sign.len_utf8();
                    chars.next();
                }
                cuts.extend(cut_behind(text, at, end));
            }
            // A tag may stand where the stop should be.
            '(' | '[' => cuts.extend(
                ccar_tag_end(text, at)
                    .map(|end| skip_space(text, end))
                    .filter(|&next| {
                        next > at && LEXICON.starters.contains_key(first_word(&text[next..]))
                    }),
            ),
            // Items whose line ends were lost.
            '•' | '▪' | '●' if text[..at].ends_with(' ') => cuts.push(at),
            _ => {}
        }
    }
    cuts
}

/// The start of the next sentence, if one seems to begin behind the stop at `stop..end`.
fn cut_behind(text: &str, stop: usize, end: usize) -> Option<usize> {
    let next = skip_space(text, end);
    let rest = &text[next..];
    let first = rest.chars().next()?;
    if next > end {
        let begins = rest
            .trim_start_matches(OPENERS)
            .starts_with(|c: char| c.is_uppercase() || c.is_numeric());
        let begins = begins || matches!(first, '$' | '€' | '£' | '#') || begins_item(rest);
        return (begins || tag_end(text, next).is_some()).then_some(next);
    }
    // No space: a word, then the stop, then a capital word. "3.5", "U.S.A.", "gov.uk" and "Ph.D." are not so.
    let before = text[..stop].chars().next_back()?;
    let is_word =
        before.is_lowercase() && text[..stop - before.len_utf8()].ends_with(char::is_alphabetic);
    if !(is_word || before.is_ascii_digit() || CLOSERS.contains(&before) || matches!(before, '%')) {
        return None;
    }
    if matches!(first, '(' | '[') {
        let opens_sentence = rest[1..].starts_with(char::is_uppercase);
        return (opens_sentence || tag_end(text, next).is_some()).then_some(next);
    }
    let mut word = rest.chars().skip(1);
    let begins = match word.next() {
        Some(second) if first.is_uppercase() => {
            second.is_lowercase() || (matches!(first, 'I' | 'A') && second == ' ')
        }
        _ => false,
    };
    begins.then_some(next)
}

/// Whether the sentence that began at `start` goes on behind `cut`.
fn goes_on(text: &str, start: usize, cut: usize) -> bool {
    let before = text[start..cut].trim_end();
    let rest = &text[cut..];
    if before.len() <= MAX_ENUMERATOR && is_enumerator(before) {
        return true;
    }
    // To UAX #29 an opening bracket is as good as a closing one.
    if before.ends_with(['(', '[', '“', '‘', '«']) {
        return true;
    }
    let core = before.trim_end_matches(CLOSERS);
    let next = rest.trim_start_matches(OPENERS);
    let is_quoted = core.len() < before.len();
    if next.starts_with(char::is_lowercase) && !begins_item(rest) && tag_end(text, cut).is_none() {
        // "What now?" he asked.
        return core.ends_with('.') || (is_quoted && core.ends_with(['?', '!']));
    }
    if is_quoted || !core.ends_with('.') {
        return false;
    }
    let word = last_word(core);
    let begins_sentence = LEXICON.starters.contains_key(first_word(next));
    let is_number = next
        .trim_start_matches(['#', '§', ' '])
        .starts_with(|c: char| c.is_numeric());
    match LEXICON.abbreviations.get(word) {
        Some(Joins::Always) => true,
        Some(Joins::Number) => is_number || is_numeral_letter(first_word(next), word),
        Some(Joins::Open) => !is_number && !begins_sentence,
        // The pronoun ends sentences ("So did I."), an initial I. hardly ever comes up.
        None => word != "I." && is_initials(word) && (is_number || !begins_sentence),
    }
}

/// The word at the end of `text`, with its stop; empty if it is too long to be an abbreviation.
fn last_word(text: &str) -> &str {
    let mut from = text.len().saturating_sub(MAX_ABBREVIATION);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let is_edge = |c: char| {
        c.is_whitespace() || OPENERS.contains(&c) || matches!(c, '/' | '–' | '—' | '-' | ',')
    };
    match text[from..].char_indices().rev().find(|&(_, c)| is_edge(c)) {
        Some((at, c)) => &text[from + at + c.len_utf8()..],
        None if from == 0 => text,
        None => "",
    }
}

/// The letters at the beginning of `text`; empty if there are too many for a starter.
fn first_word(text: &str) -> &str {
    let end = text
        .char_indices()
        .take(MAX_ABBREVIATION)
        .find(|(_, c)| !c.is_alphabetic());
    match end {
        Some((end, _)) => &text[..end],
        None if text.chars().take(MAX_ABBREVIATION).count() < MAX_ABBREVIATION => text,
        None => "",
    }
}

/// Single letters, each with a stop: `R.`, `U.S.`, `C.F.R.`
fn is_initials(word: &str) -> bool {
    let mut letters = word.split_terminator('.');
    word.ends_with('.')
        && letters.all(|letter| {
            let mut chars = letter.chars();
            chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
        })
        && word.chars().any(char::is_uppercase)
}

/// Roman numerals and letters that number things ("App. B"), as far as they cannot be words.
fn is_numeral_letter(word: &str, abbreviation: &str) -> bool {
    let is_roman = word.len() > 1 && word.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
    let is_letter =
        word.len() == 1 && word != "I" && word.bytes().all(|byte| byte.is_ascii_uppercase());
    is_roman || (is_letter && (word != "A" || !abbreviation.eq_ignore_ascii_case("no.")))
}

/// A number, letter or Roman numeral that counts a sentence: `1.`, `(b)`, `iv.`
fn is_enumerator(text: &str) -> bool {
    let inner = text.trim_matches(['(', ')', '.', '[', ']']);
    inner.len() < text.len()
        && (inner.bytes().all(|byte| byte.is_ascii_digit())
            || (inner.len() == 1 && inner.bytes().all(|byte| byte.is_ascii_alphabetic()))
            || inner
                .bytes()
                .all(|byte| matches!(byte.to_ascii_lowercase(), b'i' | b'v' | b'x')))
}

/// Whether the text begins with a small letter that counts, and then a sentence: `b. I cut`, `(c) We`.
fn begins_item(text: &str) -> bool {
    let text = text.strip_prefix('(').unwrap_or(text);
    let Some((first, rest)) = text.split_at_checked(1) else {
        return false;
    };
    first.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest
            .strip_prefix(['.', ')'])
            .and_then(|rest| rest.strip_prefix(' '))
            .is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// The start of the sentence behind the tags at `cut`, which belong to the sentence before.
fn behind_tags(text: &str, cut: usize) -> usize {
    let mut at = cut;
    while let Some(end) = tag_end(text, at) {
        let stop = text[end..].len() - text[end..].trim_start_matches(['.', ';', ',']).len();
        at = skip_space(text, end + stop);
    }
    at
}

/// The end of the tag that begins at `at`: a CCAR part, a few words such as the name of a competency, or the
/// number of a note.
fn tag_end(text: &str, at: usize) -> Option<usize> {
    if let Some(end) = ccar_tag_end(text, at) {
        return Some(end);
    }
    let inner = bracketed(text, at)?;
    let n_words = inner.split_whitespace().count();
    let end = at + inner.len() + 2;
    // Only what closes a sentence is followed by another or by nothing.
    let next = text[skip_space(text, end)..]
        .trim_start_matches(OPENERS)
        .chars()
        .next();
    let closes = next.is_none_or(|c| c.is_uppercase() || c.is_numeric());
    let is_name = inner.starts_with(char::is_alphabetic) && n_words <= MAX_TAG_WORDS;
    let is_glued = at > 0 && !text[..at].ends_with(char::is_whitespace);
    let is_note = is_glued && inner.len() <= 3 && inner.bytes().all(|byte| byte.is_ascii_digit());
    (closes && (is_name || is_note)).then_some(end)
}

/// The end of the tag that begins at `at` and names parts of a story: `(Context and Challenge)`.
fn ccar_tag_end(text: &str, at: usize) -> Option<usize> {
    let inner = bracketed(text, at)?;
    let mut words = inner
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .peekable();
    let is_ccar = words.peek().is_some()
        && words.all(|word| is_ccar_word(word) || word.eq_ignore_ascii_case("and"));
    is_ccar.then_some(at + inner.len() + 2)
}

/// What stands between the brackets that open at `at`, if it is short and holds no other sign of a sentence.
fn bracketed(text: &str, at: usize) -> Option<&str> {
    let rest = &text[at..];
    let close = match rest.as_bytes().first() {
        Some(b'(') => ')',
        Some(b'[') => ']',
        _ => return None,
    };
    let inner = &rest[1..];
    let end = inner
        .char_indices()
        .take_while(|&(at, _)| at < MAX_TAG)
        .find(|&(_, c)| c == close || matches!(c, '(' | '[' | '.' | '?' | '!' | ';'));
    end.filter(|&(_, c)| c == close)
        .map(|(end, _)| &inner[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paragraph with its sentences divided by bars.
    fn divided(paragraph: &str) -> String {
        let parts: Vec<&str> = sentences(paragraph)
            .into_iter()
            .map(|span| span.slice(paragraph))
            .collect();
        parts.join(" | ")
    }

    #[test]
    fn golden_lines() {
        let golden = include_str!("../../tests/fixtures/sentences.txt");
        let mut wrong = Vec::new();
        for line in golden
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            // A cut without spaces around it is one without a space in the text.
            let paragraph = line.replace(" | ", " ").replace('|', "");
            let expected = line.replace(" | ", "|").replace('|', " | ");
            if divided(&paragraph) != expected {
                wrong.push(format!(
                    "expected {expected}\n     got {}",
                    divided(&paragraph)
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn white_space_belongs_to_no_sentence() {
        assert_eq!(
            sentences("  One.  Two. "),
            [Span::new(2, 6), Span::new(8, 12)]
        );
        assert_eq!(sentences(" \n"), []);
        assert_eq!(sentences(""), []);
    }

    #[test]
    fn every_abbreviation_ends_with_a_stop() {
        assert!(LEXICON.abbreviations.keys().all(|word| word.ends_with('.')));
        assert!(
            LEXICON
                .abbreviations
                .keys()
                .all(|word| word.len() <= MAX_ABBREVIATION)
        );
        assert!(
            LEXICON
                .starters
                .keys()
                .all(|word| word.len() < MAX_ABBREVIATION)
        );
    }

    #[test]
    fn linear_in_the_length() {
        // With a cost that grew with the square of the length, one of these would take hours.
        for unit in [
            ")", "(", ".", "?", "a.)", "(Action)", ". ", "• ", "A.", "1.", "a", "I. ", "\u{301}",
            "(a) ", "No. ",
        ] {
            let text = format!("a.{}", unit.repeat((1 << 18) / unit.len()));
            let spans = sentences(&text);
            assert!(!spans.is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn sentences_cover_the_text_once(
            text in "([.?!:)(\\[\\]\"' •…]|[a-zé]{1,4}|[A-Z][a-z]{0,3}|[0-9]|\\(Action\\)|U\\.S\\.|\u{301}){0,60}"
        ) {
            let spans = sentences(&text);
            let mut at = 0;
            for span in &spans {
                proptest::prop_assert!(text[at..span.start].trim().is_empty());
                proptest::prop_assert!(!span.is_empty());
                proptest::prop_assert_eq!(span.slice(&text).trim(), span.slice(&text));
                at = span.end;
            }
            proptest::prop_assert!(text[at..].trim().is_empty());
        }

        #[test]
        fn any_text_is_cut(text in ".{0,100}") {
            let _ = sentences(&text);
        }
    }
}
