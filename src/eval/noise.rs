//! Changes of a text that a careful reader would not notice: applied by code, the same at every run.

use std::fmt;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// One word in [`WORDS_A_TYPO`] with two letters swapped, one dropped or one doubled.
    Typos,
    /// Hard line breaks every ten words, as pasted from a mail.
    LineBreaks,
    /// Every sentence a bullet on a line of its own.
    Bullets,
    /// Typographic quotes, apostrophes, dashes and ellipses in place of plain ones.
    SmartQuotes,
    /// All capitals.
    Capitals,
    /// Two spaces after a full stop and between some words.
    Spaces,
}

/// Words for each typo: a passage of the usual length gets two.
pub const WORDS_A_TYPO: usize = 30;

impl Noise {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Typos,
        Self::LineBreaks,
        Self::Bullets,
        Self::SmartQuotes,
        Self::Capitals,
        Self::Spaces,
    ];

    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Typos => "typos",
            Self::LineBreaks => "line-breaks",
            Self::Bullets => "bullets",
            Self::SmartQuotes => "smart-quotes",
            Self::Capitals => "capitals",
            Self::Spaces => "spaces",
        }
    }

    /// The changed text; `seed` chooses the places, and equal seeds choose equally.
    #[must_use]
    pub fn apply(self, text: &str, seed: &str) -> String {
        match self {
            Self::Typos => typos(text, &mut Dice::new(seed)),
            Self::LineBreaks => text
                .split(' ')
                .collect::<Vec<_>>()
                .chunks(10)
                .map(|line| line.join(" "))
                .collect::<Vec<_>>()
                .join("\n"),
            Self::Bullets => format!("\u{2022} {}", text.replace(". ", ".\n\u{2022} ")),
            Self::SmartQuotes => smart_quotes(text),
            Self::Capitals => text.to_uppercase(),
            Self::Spaces => text.replace(". ", ".  ").replace(" the ", "  the "),
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A small generator (splitmix64) seeded by a text.
struct Dice(u64);

impl Dice {
    fn new(seed: &str) -> Self {
        Self(seed.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        }))
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap_or(0)
    }
}

/// Typos in words of five letters or more, inside the word: what slips through a hasty reading.
fn typos(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len())
        .filter(|&idx| words[idx].len() >= 5 && words[idx].chars().all(|c| c.is_ascii_alphabetic()))
        .collect();
    if long.is_empty() {
        return text.to_owned();
    }
    for _ in 0..words.len().div_ceil(WORDS_A_TYPO) {
        let word = &mut words[long[dice.below(long.len())]];
        let mut letters: Vec<char> = word.chars().collect();
        let at = 1 + dice.below(letters.len() - 3);
        match dice.below(3) {
            0 => letters.swap(at, at + 1),
            1 => {
                letters.remove(at);
            }
            _ => letters.insert(at, letters[at]),
        }
        *word = letters.into_iter().collect();
    }
    words.join(" ")
}

fn smart_quotes(text: &str) -> String {
    let text = text.replace("--", "\u{2014}").replace("...", "\u{2026}");
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let opens = before.is_whitespace() || matches!(before, '(' | '[' | '\u{2014}');
        out.push(match (c, opens) {
            ('"', true) => '\u{201C}',
            ('"', false) => '\u{201D}',
            ('\'', true) => '\u{2018}',
            ('\'', false) => '\u{2019}',
            (' ', _) if before.is_ascii_digit() => '\u{A0}',
            _ => c,
        });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "I said \"no\" to the vendor's 3 offers -- twice. The contract was re-competed by the department.";

    #[test]
    fn every_kind_changes_the_text_and_does_so_alike_each_time() {
        for noise in Noise::ALL {
            let changed = noise.apply(TEXT, "a-1");
            assert_ne!(changed, TEXT, "{noise}");
            assert_eq!(changed, noise.apply(TEXT, "a-1"), "{noise}");
        }
        assert_ne!(
            Noise::Typos.apply(TEXT, "a-1"),
            Noise::Typos.apply(TEXT, "a-2")
        );
    }

    #[test]
    fn quotes_and_bullets_by_hand() {
        assert!(Noise::SmartQuotes.apply(TEXT, "").starts_with(
            "I said \u{201C}no\u{201D} to the vendor\u{2019}s 3\u{A0}offers \u{2014} twice."
        ));
        assert!(
            Noise::Bullets
                .apply(TEXT, "")
                .starts_with("\u{2022} I said")
        );
        assert!(
            Noise::Bullets
                .apply(TEXT, "")
                .contains("twice.\n\u{2022} The contract")
        );
    }

    #[test]
    fn typos_keep_the_number_of_words() {
        let changed = Noise::Typos.apply(TEXT, "seed");
        assert_eq!(changed.split(' ').count(), TEXT.split(' ').count());
        assert_eq!(Noise::Typos.apply("a b c", "seed"), "a b c");
    }
}
