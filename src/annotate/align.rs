//! The letters of extracted text, found again in the file they came from.
//!
//! White space, hyphens at line ends and invisible characters come and go on the way; letters stay and keep their order.

use std::ops::Range;

use crate::span::Span;

/// How far ahead a lost thread is looked for, in letters.
const AHEAD: usize = 64;

/// Letters that must agree before a thread counts as found again.
const AGREE: usize = 6;

/// Share of a block's letters, in percent, that must be found for the block to count as found.
const MIN_FOUND: usize = 85;

/// The letters of a text with their bytes: no white space, ligatures as letters.
pub(super) fn letters(text: &str) -> Vec<(usize, char)> {
    let mut found = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if is_letter(c) {
            expand(c, |c| found.push((at, c)));
        }
    }
    found
}

/// Whether a character is compared at all.
pub(super) fn is_letter(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}')
}

/// Hands on a character, a ligature as its letters.
pub(super) fn expand(c: char, mut push: impl FnMut(char)) {
    let letters = match c {
        '\u{FB00}' => "ff",
        '\u{FB01}' => "fi",
        '\u{FB02}' => "fl",
        '\u{FB03}' => "ffi",
        '\u{FB04}' => "ffl",
        '\u{FB05}' | '\u{FB06}' => "st",
        c => return push(c),
    };
    letters.chars().for_each(push);
}

/// For each letter of `wanted` its index in `given`, as far as the two run along each other from their starts.
fn follow(wanted: &[(usize, char)], given: &[char]) -> Vec<Option<usize>> {
    let mut places = vec![None; wanted.len()];
    let (mut w, mut g) = (0, 0);
    let agrees = |w: usize, g: usize| {
        let n = AGREE.min(wanted.len() - w);
        given.len() - g >= n && (0..n).all(|n| wanted[w + n].1 == given[g + n])
    };
    while w < wanted.len() && g < given.len() {
        if wanted[w].1 == given[g] {
            places[w] = Some(g);
            (w, g) = (w + 1, g + 1);
            continue;
        }
        // The nearest place where both run along again, skipping as little as possible on either side.
        let again = (1..AHEAD).find_map(|n| {
            (0..=n)
                .map(|skipped| (w + skipped, g + n - skipped))
                .find(|&(w, g)| w < wanted.len() && g < given.len() && agrees(w, g))
        });
        let Some(next) = again else {
            break;
        };
        (w, g) = next;
    }
    places
}

/// A stretch of the file with its letters, such as a paragraph or a page.
pub(super) struct Stretch {
    /// Indexes of its letters.
    pub(super) letters: Range<usize>,
}

/// For each byte of the text that begins a letter, the index of that letter in the file.
pub(super) struct Places {
    /// By rising byte of the text.
    found: Vec<(usize, usize)>,
}

impl Places {
    /// The letters of the file that the words of a span begin and end with.
    pub(super) fn ends(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let from = self.found.partition_point(|(at, _)| *at < start);
        let to = self.found.partition_point(|(at, _)| *at < end);
        let inside = self.found.get(from..to)?;
        Some((inside.first()?.1, inside.last()?.1))
    }
}

/// Most stretches ahead that a block is looked for where no stretch equals it.
const WINDOW: usize = 40;

/// Most stretches that are joined for one block.
const JOINED: usize = 6;

/// Finds the letters of blocks in stretches; both come in the order of reading, but some of either may have no match.
pub(super) fn by_stretch(
    text: &str,
    blocks: &[Span],
    stretches: &[Stretch],
    letters_of_file: &[char],
) -> Places {
    let mut found = Vec::new();
    let mut next = 0;
    for block in blocks {
        let wanted: Vec<(usize, char)> = letters(block.slice(text))
            .into_iter()
            .map(|(at, c)| (at + block.start, c))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let equals = |stretch: &Stretch| {
            stretch.letters.len() == wanted.len()
                && letters_of_file[stretch.letters.clone()]
                    .iter()
                    .zip(&wanted)
                    .all(|(given, (_, c))| given == c)
        };
        let same = stretches[next..].iter().position(equals);
        let (first, n) = match same {
            Some(ahead) => (next + ahead, 1),
            None => match similar(&wanted, &stretches[next..], letters_of_file) {
                Some((ahead, n)) => (next + ahead, n),
                None => continue,
            },
        };
        let range = stretches[first].letters.start..stretches[first + n - 1].letters.end;
        let places = follow_anywhere(&wanted, &letters_of_file[range.clone()]);
        found.extend(
            wanted
                .iter()
                .zip(places)
                .filter_map(|((at, _), place)| place.map(|place| (*at, range.start + place))),
        );
        next = first + n;
    }
    found.sort_unstable();
    found.dedup_by_key(|(at, _)| *at);
    Places { found }
}

/// The stretches, up to a few joined, that hold nearly all letters of a block.
fn similar(
    wanted: &[(usize, char)],
    stretches: &[Stretch],
    letters: &[char],
) -> Option<(usize, usize)> {
    (0..stretches.len().min(WINDOW)).find_map(|first| {
        (1..=JOINED.min(stretches.len() - first)).find_map(|n| {
            let range = stretches[first].letters.start..stretches[first + n - 1].letters.end;
            // Far fewer letters than wanted cannot hold them, and no walk is needed to see it.
            if range.len() * 100 < wanted.len() * MIN_FOUND {
                return None;
            }
            let places = follow_anywhere(wanted, &letters[range]);
            is_found(&places).then_some((first, n))
        })
    })
}

fn is_found(places: &[Option<usize>]) -> bool {
    places.iter().flatten().count() * 100 >= places.len() * MIN_FOUND
}

/// As [`follow`], from the first place in `given` where the first letters of `wanted` stand.
fn follow_anywhere(wanted: &[(usize, char)], given: &[char]) -> Vec<Option<usize>> {
    let n = AGREE.min(wanted.len());
    let start = given
        .windows(n)
        .position(|window| window.iter().zip(wanted).all(|(given, (_, c))| given == c))
        .unwrap_or(0);
    follow(wanted, &given[start..])
        .into_iter()
        .map(|place| place.map(|place| place + start))
        .collect()
}

/// Finds the words of a span in letters in the order of painting; `None` if too few of them are there.
pub(super) fn in_stream(words: &str, given: &[char]) -> Option<Vec<usize>> {
    let wanted = letters(words);
    if wanted.is_empty() {
        return None;
    }
    let n = AGREE.min(wanted.len());
    let begins = |window: &[char]| window.iter().zip(&wanted).all(|(given, (_, c))| given == c);
    given
        .windows(n)
        .enumerate()
        .filter(|(_, window)| begins(window))
        .find_map(|(start, _)| {
            let places = follow(&wanted, &given[start..]);
            is_found(&places).then(|| {
                places
                    .into_iter()
                    .flatten()
                    .map(|place| place + start)
                    .collect()
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::text::parse;

    fn file(paragraphs: &[&str]) -> (Vec<Stretch>, Vec<char>) {
        let mut all = Vec::new();
        let stretches = paragraphs
            .iter()
            .map(|text| {
                let start = all.len();
                all.extend(letters(text).into_iter().map(|(_, c)| c));
                Stretch {
                    letters: start..all.len(),
                }
            })
            .collect();
        (stretches, all)
    }

    #[test]
    fn blocks_are_found_around_what_is_not_text() {
        let document =
            parse("Heading one\n\nI led the o\u{FB03}ce.\n\nA note of a page.\n\nThe last one.\n")
                .unwrap();
        let (stretches, all) = file(&[
            "Heading one",
            "hidden words",
            "I led HIDDEN the office.",
            "The last one.",
        ]);
        let places = by_stretch(
            &document.text,
            &document
                .blocks
                .iter()
                .map(|block| block.span)
                .collect::<Vec<_>>(),
            &stretches,
            &all,
        );
        let said = |words: &str| {
            let start = document.text.find(words).unwrap();
            let (from, to) = places.ends(start, start + words.len()).unwrap();
            all[from..=to].iter().collect::<String>()
        };
        assert_eq!(said("I led the"), "IledHIDDENthe");
        assert_eq!(said("office."), "office.");
        assert_eq!(said("last one"), "lastone");
        let note = document.text.find("A note").unwrap();
        assert_eq!(places.ends(note, note + 6), None);
    }

    #[test]
    fn hyphens_at_line_ends_do_not_stop_it() {
        let given: Vec<char> = "Someotherwordsthein-spectionofscales".chars().collect();
        let places = in_stream("the inspection of", &given).unwrap();
        assert_eq!((places[0], *places.last().unwrap()), (14, 29));
        assert_eq!(in_stream("something else entirely", &given), None);
    }
}
