//! The executive core qualifications that an announcement names, and of which edition they are.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::announcement::Taken;
use crate::announcement::outline::{Outline, Topic};
use crate::announcement::words::pattern;
use crate::codebook::{Codebook, Ecq, EcqKind, builtin, builtins};
use crate::document::Document;
use crate::span::Span;

/// The edition that an announcement uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Id of a shipped codebook; none if the announcement does not speak of executive core qualifications.
    pub id: Option<String>,
    /// Why a person should look, where the edition is a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// An executive core qualification that is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedEcq {
    /// Its id in the edition.
    pub id: String,
    /// Its name in the edition.
    pub name: String,
    /// The words that name it.
    pub taken: Taken,
}

/// Reads the edition and the ECQs.
pub(super) fn ecqs(document: &Document, outline: &Outline) -> (Edition, Vec<NamedEcq>) {
    // The edition in use longest comes first where an announcement fits several alike.
    let mut books: Vec<&Codebook> = builtins().iter().collect();
    books.sort_by_key(|book| book.id() != "opm-2006");
    let mut best: Vec<NamedEcq> = Vec::new();
    let mut edition: Option<&Codebook> = None;
    for book in books {
        let found: Vec<NamedEcq> = book
            .ecqs()
            .iter()
            .filter(|ecq| ecq.kind() == EcqKind::Ecq)
            .filter_map(|ecq| named(document, outline, ecq))
            .collect();
        // Of two editions that share their names, the one whose names are longer here: `Building
        // Coalitions/Communication` is no `Building Coalitions`.
        let weight = |found: &[NamedEcq]| {
            let n_bytes: usize = found.iter().map(|ecq| ecq.taken.span.len()).sum();
            (found.len(), n_bytes)
        };
        if weight(&found) > weight(&best) {
            best = found;
            edition = Some(book);
        }
    }
    let n_all = |book: &Codebook| {
        let ecqs = book.ecqs().iter();
        ecqs.filter(|ecq| ecq.kind() == EcqKind::Ecq).count()
    };
    match edition {
        Some(book) if best.len() >= 2 => {
            let check = (best.len() < n_all(book)).then(|| {
                format!(
                    "{} of the {} ECQs of {} are named",
                    best.len(),
                    n_all(book),
                    book.id()
                )
            });
            let id = Some(book.id().to_owned());
            (Edition { id, check }, best)
        }
        _ => (unnamed(document), Vec::new()),
    }
}

/// The edition of an announcement that speaks of ECQs without naming them.
fn unnamed(document: &Document) -> Edition {
    static SPEAKS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\bexecutive core qualifications?\b|\bECQs?\b"));
    static YEARS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:19|20)\d\d\b"));
    if !SPEAKS.is_match(&document.text) {
        return Edition {
            id: None,
            check: None,
        };
    }
    let latest = YEARS
        .find_iter(&document.text)
        .filter_map(|year| year.as_str().parse::<u16>().ok())
        .max();
    let id = match latest {
        Some(year) if year > 2025 => "opm-2025",
        Some(year) if year < 2006 => "opm-1997",
        _ => "opm-2006",
    };
    let why = match latest {
        Some(year) => format!("no ECQ is named; taken from the year {year}"),
        None => {
            "no ECQ is named and no year; taken is the edition that was in use longest".to_owned()
        }
    };
    Edition {
        id: builtin(id).map(|book| book.id().to_owned()),
        check: Some(why),
    }
}

/// The place that names an ECQ: in the part on ECQs if there, else anywhere.
fn named(document: &Document, outline: &Outline, ecq: &Ecq) -> Option<NamedEcq> {
    let names: Vec<Regex> = ecq.names().filter_map(name_pattern).collect();
    let spans: Vec<(usize, Span)> = (0..document.blocks.len())
        .flat_map(|idx| {
            let block = &document.blocks[idx];
            let text = block.span.slice(&document.text);
            let found = names.iter().find_map(|name| find_name(text, name));
            found.map(|(start, end)| {
                let at = block.span.start;
                (idx, Span::new(at + start, at + end))
            })
        })
        .collect();
    let own = spans
        .iter()
        .find(|(idx, _)| outline.topic(*idx) == Topic::Ecqs);
    let (_, span) = own.or(spans.first())?;
    Some(NamedEcq {
        id: ecq.id().to_owned(),
        name: ecq.name().to_owned(),
        taken: Taken::new(document, *span),
    })
}

/// A name with any kind of white space, hyphen or dash between its words.
fn name_pattern(name: &str) -> Option<Regex> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(regex::escape)
        .collect();
    let source = format!(r"\b{}\b", words.join(r"[\s/\-–—&]+"));
    Regex::new(&format!("(?i){source}")).ok()
}

/// A name in a text, as a name: its words capitalized.
fn find_name(text: &str, name: &Regex) -> Option<(usize, usize)> {
    name.find_iter(text)
        .find(|found| {
            let mut parts = found.as_str().split(|c: char| !c.is_alphanumeric());
            parts.all(|word| {
                word.len() <= 3 || word.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
            })
        })
        .map(|found| (found.start(), found.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_names() {
        let find_name = |text: &str, name: &str| find_name(text, &name_pattern(name).unwrap());
        assert!(find_name("LEADING CHANGE: the ability", "Leading Change").is_some());
        assert!(find_name("Results-Driven; Business", "Results Driven").is_some());
        assert!(find_name("experience leading change at scale", "Leading Change").is_none());
        assert!(find_name("Misleading Changes", "Leading Change").is_none());
    }
}
