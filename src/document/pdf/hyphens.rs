//! Joins lines to running text: words that were broken at a line end become whole again.

use std::collections::HashSet;

/// First parts of compounds that keep their hyphen when a line ends after it.
///
/// A small packet rarely uses a compound twice, so its own words do not always tell.
const COMPOUND_STARTS: &str = "all best client cost cross customer data day decision double early eight employee end evidence \
    face fast first five forward four front full half hands hard high home joint large late lead least less long low mid \
    mission month most multi near new nine non off one open part people performance policy problem real results risk second \
    self senior seven shared short single six small so state team ten third three time top two user value well wide work \
    world year zero";

/// Endings that are no words by themselves: a hyphen before one only breaks the line.
const ENDINGS: &str = "able ably al ance ated ating ation ations cal cant cally cation ce ced cial cies cise cive cy dent ed \
    ence ency ent er ers es est ety ful fy ible ical ies ing ings ion ions ious ise ish ism ist ists ity ive ively ize \
    ized izing less ly ment mental ments ness ous sion sions sive tal ted tee tees tely ten ter ters tial tic \
    tical ties ting tion tional tions tive tively tor tors tory ture tures ty ure ures";

/// The words of a document, to tell compounds from broken words.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: HashSet<String>,
}

impl Vocabulary {
    /// Adds the words of a line, leaving out the ones that may be broken at its ends.
    pub(super) fn add_line<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let words: Vec<&str> = words.collect();
        let last = words.len().saturating_sub(1);
        for (i, word) in words.into_iter().enumerate() {
            let word = trimmed(word);
            let broken = i == last && word.ends_with(['-', '\u{2010}', '\u{AD}']);
            // The first word of a line may be the rest of a broken one; if it is whole it comes again.
            if i > 0 && !broken && !word.is_empty() {
                self.words.insert(word.to_lowercase());
            }
        }
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word.to_lowercase())
    }

    /// Whether the hyphen between two parts, the second in lower case, belongs to the word.
    fn keeps_hyphen(&self, left: &str, right: &str) -> bool {
        if self.has(&format!("{left}-{right}")) {
            return true;
        }
        if self.has(&format!("{left}{right}")) || listed(ENDINGS, right) {
            return false;
        }
        // `state-of-the-⏎art`: a word that has a hyphen already is a compound.
        left.contains('-')
            || (right.len() > 2 && listed(COMPOUND_STARTS, left))
            || (left.len() > 2 && right.len() > 2 && self.has(left) && self.has(right))
    }
}

fn listed(list: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    list.split_whitespace().any(|w| w == word)
}

/// A word without the punctuation around it.
fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\u{2010}' | '\u{AD}'))
}

/// Appends the next line of a paragraph.
pub(super) fn append_line(text: &mut String, line: &str, vocabulary: &Vocabulary) {
    let before = text.chars().rev().nth(1);
    let first = line.chars().next();
    let after_word = before.is_some_and(char::is_alphanumeric);
    match (text.chars().next_back(), first) {
        (None, _) | (_, None) => {}
        (Some('\u{AD}'), _) => {
            text.pop();
        }
        (Some('-' | '\u{2010}'), Some(first)) if after_word => {
            let left = trimmed(text.rsplit(char::is_whitespace).next().unwrap_or(""))
                .trim_end_matches(['-', '\u{2010}']);
            let right = trimmed(line.split(char::is_whitespace).next().unwrap_or(""));
            let broken = first.is_lowercase()
                && before.is_some_and(char::is_alphabetic)
                && !vocabulary.keeps_hyphen(left, right);
            if broken {
                text.pop();
            }
        }
        // Dashes and slashes without spaces around them, as in `system—bought` and addresses.
        (Some('—' | '–' | '/'), Some(_)) if after_word => {}
        (Some(last), Some('—'))
            if last.is_alphanumeric() && line.chars().nth(1).is_some_and(char::is_alphanumeric) => {
        }
        _ => text.push(' '),
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(known: &str, lines: &[&str]) -> String {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add_line(format!("x {known}").split_whitespace());
        let mut text = String::new();
        for line in lines {
            append_line(&mut text, line, &vocabulary);
        }
        text
    }

    #[test]
    fn broken_words_become_whole() {
        assert_eq!(
            joined(
                "",
                &[
                    "met every em-",
                    "ployee in per-",
                    "son, and re-",
                    "solved it"
                ]
            ),
            "met every employee in person, and resolved it"
        );
        assert_eq!(joined("", &["of the of\u{AD}", "fice"]), "of the office");
    }

    #[test]
    fn compounds_keep_their_hyphen() {
        assert_eq!(
            joined("first-level", &["efficient first-", "level offices"]),
            "efficient first-level offices"
        );
        assert_eq!(
            joined("", &["a two-", "year dispute"]),
            "a two-year dispute"
        );
        assert_eq!(
            joined("night shift", &["the night-", "shift rota"]),
            "the night-shift rota"
        );
        assert_eq!(
            joined("leadership", &["our leader-", "ship"]),
            "our leadership"
        );
        assert_eq!(joined("", &["in mid-", "March"]), "in mid-March");
    }

    #[test]
    fn dashes_without_spaces_stay_so() {
        assert_eq!(
            joined("", &["intake system—", "bought in 2016", "—could"]),
            "intake system—bought in 2016—could"
        );
        assert_eq!(
            joined("", &["intake system —", "bought"]),
            "intake system — bought"
        );
        assert_eq!(joined("", &["and/", "or"]), "and/or");
    }
}
