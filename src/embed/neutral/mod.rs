//! Names and tags taken out of a text before the encoder sees it, and slips of the keyboard mended.
//!
//! Who a person is, which agency, school or service, and whether somebody is "he" or "she" say nothing about what
//! was done. Each becomes one of a few stand-ins, so that a reading can't turn on it: "Ms. Nguyen" and "Ms. Miller"
//! are the same text to the encoder. Names of competencies beside a text ("(Vision; Partnering)" after a sentence) prove
//! nothing and are left out. A word that neither the base encoder nor the training texts know, and that is
//! one keystroke from a word they know, is read as that word.
//!
//! Texts are changed for the encoder alone; spans and quotes are always those of the document. A model is read this
//! way if its directory has the [`Lexicon`] that it was trained with.

mod lexicon;
mod lists;
mod names;
mod scan;
mod spelling;

use std::borrow::Cow;

pub use self::lexicon::Lexicon;
pub(crate) use self::lists::{GIVEN, TITLES};
use self::names::stand_ins;
use self::scan::words;
use self::spelling::mended;
use crate::codebook::tags;

/// The rank of a lower-case word among the encoder's, if it has the word whole.
pub(crate) type Knows<'k> = dyn Fn(&str) -> Option<u32> + 'k;

/// The text without tags, with stand-ins for names and, where the encoder's words are known, with slips mended;
/// `knows` gives the rank of a lower-case word that the encoder has whole, the most frequent first.
pub(crate) fn neutral<'a>(
    text: &'a str,
    lexicon: &Lexicon,
    knows: Option<&Knows<'_>>,
) -> Cow<'a, str> {
    match untagged(text) {
        Cow::Borrowed(text) => renamed(text, lexicon, knows),
        Cow::Owned(text) => Cow::Owned(renamed(&text, lexicon, knows).into_owned()),
    }
}

fn untagged(text: &str) -> Cow<'_, str> {
    let left_out = tags(text).into_iter().map(|tag| Change {
        range: tag.range,
        by: Cow::Borrowed(""),
    });
    changed(text, left_out.collect())
}

fn renamed<'a>(text: &'a str, lexicon: &Lexicon, knows: Option<&Knows<'_>>) -> Cow<'a, str> {
    let words = words(text);
    let mut changes = stand_ins(text, &words, lexicon);
    for word in &words {
        let Some(knows) = knows else { break };
        let taken = changes.partition_point(|change| change.range.start <= word.start);
        let inside = taken > 0 && changes[taken - 1].range.end > word.start;
        if !inside && let Some(better) = mended(&text[word.clone()], lexicon, knows) {
            changes.insert(
                taken,
                Change {
                    range: word.clone(),
                    by: Cow::Owned(better),
                },
            );
        }
    }
    changed(text, changes)
}

/// The text with its changes, which are in order and do not overlap.
fn changed(text: &str, changes: Vec<Change>) -> Cow<'_, str> {
    if changes.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        out.push_str(&text[at..change.range.start]);
        out.push_str(&change.by);
        at = change.range.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// A stretch of text and what stands in for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    range: std::ops::Range<usize>,
    by: Cow<'static, str>,
}

#[cfg(test)]
mod tests;
