//! Whether a document is an announcement at all.

use crate::announcement::Announcement;
use crate::document::Document;

/// Share of words in the first person from which a text is somebody's own story.
const MAX_FIRST_PERSON: f64 = 0.01;

/// Fewest kinds of things that an announcement asks for.
const MIN_SIGNS: usize = 2;

/// Why a document is no announcement, in one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnnouncement {
    /// Somebody's own narrative.
    #[error(
        "this is no vacancy announcement: it speaks in the first person ({n} times I, me or my), as an applicant does; \
         pass it to `ecq analyze`"
    )]
    Narrative {
        /// Words in the first person.
        n: usize,
    },
    /// Nothing or too little is asked for.
    #[error(
        "this is no vacancy announcement: of qualifications, executive core qualifications, limits and documents to \
         submit it has {}; pass the posting itself, with its headings",
        if found.is_empty() { "none".to_owned() } else { format!("only {}", found.join(", ")) }
    )]
    TooLittle {
        /// What there is.
        found: Vec<&'static str>,
    },
}

/// Refuses what is no announcement.
pub(super) fn check(document: &Document, found: &Announcement) -> Result<(), NoAnnouncement> {
    let words = document
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    let (mut n_words, mut n_first) = (0usize, 0usize);
    for word in words.filter(|word| !word.is_empty()) {
        n_words += 1;
        let is_first = matches!(word, "I" | "me" | "my" | "My" | "myself")
            || word.starts_with("I'")
            || word.starts_with("I’");
        n_first += usize::from(is_first);
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "texts have far fewer words than 2^52"
    )]
    let share = n_first as f64 / n_words.max(1) as f64;
    if share > MAX_FIRST_PERSON {
        return Err(NoAnnouncement::Narrative { n: n_first });
    }
    let signs = [
        (!found.technical.is_empty(), "technical qualifications"),
        (found.ecqs.len() >= 3, "executive core qualifications"),
        (!found.minimum.is_empty(), "minimum qualifications"),
        (!found.documents.is_empty(), "documents"),
        (!found.limits.is_empty(), "limits"),
        (found.number.is_some(), "an announcement number"),
    ];
    let there: Vec<&'static str> = signs
        .iter()
        .filter(|(is_there, _)| *is_there)
        .map(|&(_, name)| name)
        .collect();
    if there.len() < MIN_SIGNS {
        return Err(NoAnnouncement::TooLittle { found: there });
    }
    Ok(())
}
