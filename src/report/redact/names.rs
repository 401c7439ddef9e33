//! Names of persons, by what stands around them.

use std::collections::BTreeSet;

use crate::embed::{GIVEN, TITLES};
use crate::report::Narrative;

/// Words that follow a given name in the names of places and offices, or stand in headings as names do.
const NO_SURNAME: &[&str] = &[
    "street",
    "avenue",
    "county",
    "city",
    "university",
    "college",
    "hospital",
    "center",
    "centre",
    "act",
    "award",
    "air",
    "force",
    "fort",
    "base",
    "district",
    "region",
    "field",
    "river",
    "lake",
    "beach",
    "springs",
    "school",
    "office",
    "department",
    "bureau",
    "division",
    "agency",
    "program",
    "project",
    "building",
    "institute",
    "summary",
    "executive",
    "qualification",
    "qualifications",
    "core",
    "leading",
    "change",
    "people",
    "results",
    "driven",
    "business",
    "acumen",
    "coalitions",
    "building",
    "narrative",
    "statement",
    "resume",
    "profile",
    "challenge",
    "context",
    "action",
    "result",
    "announcement",
    "director",
    "deputy",
    "senior",
    "service",
    "technical",
    "the",
    "and",
    "of",
    "for",
    "to",
    "in",
    "applicant",
    "candidate",
    "federal",
    "government",
    "national",
    "commission",
    "ecq",
    "ecqs",
    "tq",
    "mtq",
    "page",
    "north",
    "south",
    "east",
    "west",
    "commonwealth",
    "state",
];

/// Lines of a document that may be nothing but the writer's name.
const N_FIRST_BLOCKS: usize = 4;

/// Most words of a name.
const MAX_NAME_WORDS: usize = 4;

/// All names found, and the surnames alone.
pub(super) fn names(narrative: &Narrative) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (idx, block) in narrative.blocks.iter().enumerate() {
        let text = block.span.slice(&narrative.text);
        let words: Vec<&str> = text.split_whitespace().collect();
        if idx < N_FIRST_BLOCKS {
            writer(&words, &mut found);
        }
        for at in 0..words.len() {
            let word = bare(words[at]).to_lowercase();
            let ends_sentence = words[at].ends_with([',', ';', ':', '!', '?', ')']);
            let next = words.get(at + 1..).unwrap_or_default();
            if TITLES.contains(&word.as_str()) && starts_upper(words[at]) && !ends_sentence {
                add(&name_at(next), &mut found);
            } else if GIVEN.contains(&word.as_str())
                && starts_upper(words[at])
                && !words[at].ends_with(['.', ',', ';', ':', '!', '?', ')'])
                && !name_at(next).is_empty()
            {
                let given = bare(words[at]);
                let mut name = vec![given];
                name.extend(name_at(next));
                add(&name, &mut found);
            } else if word == "name" && words[at].ends_with(':') {
                add(&name_at(next), &mut found);
            }
        }
    }
    found.into_iter().collect()
}

/// The writer's name where a line at the top begins with one: initials or a given name, then a surname.
fn writer(words: &[&str], found: &mut BTreeSet<String>) {
    let name = name_at(words);
    let Some(first) = name.first() else {
        return;
    };
    let is_given = GIVEN.contains(&first.to_lowercase().as_str());
    if name.len() >= 2 && (is_initial(first) || is_given || name.len() == words.len()) {
        add(&name, found);
    }
    // "Narrative of J. Q. Applicant", "Prepared by Jane Doe".
    for (at, word) in words.iter().enumerate() {
        if matches!(*word, "of" | "by" | "for" | "from") {
            let name = name_at(&words[at + 1..]);
            if name.len() >= 2 && is_initial(name[0]) {
                add(&name, found);
            }
        }
    }
}

/// The name that words begin with; empty if they begin with none.
fn name_at<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut name: Vec<&str> = Vec::new();
    for raw in words.iter().take(MAX_NAME_WORDS) {
        let word = bare(raw);
        if is_initial(word) {
            name.push(word);
            continue;
        }
        let is_name = starts_upper(word)
            && word.chars().count() > 1
            && word
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-'))
            && !NO_SURNAME.contains(&word.to_lowercase().as_str());
        if !is_name {
            break;
        }
        name.push(word);
        if raw.ends_with(['.', ',', ';', ':', '!', '?', ')']) || raw.len() > bare(raw).len() {
            break;
        }
    }
    while name.last().is_some_and(|last| is_initial(last)) {
        name.pop();
    }
    name
}

/// Adds a name as a whole, and its last word alone as it is written in running text.
fn add(name: &[&str], found: &mut BTreeSet<String>) {
    let Some(last) = name.last() else {
        return;
    };
    found.insert((*last).to_owned());
    found.insert(capitalized(last));
    found.insert(last.to_uppercase());
    found.insert(name.join(" "));
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first: String = chars
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    first + &chars.as_str().to_lowercase()
}

/// A word without the punctuation around it, keeping the full stop of an initial.
fn bare(word: &str) -> &str {
    let word = word.trim_start_matches(['(', '\u{201C}', '"', '[']);
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\u{201D}', '"', ']']);
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("\u{2019}s"))
        .unwrap_or(word)
}

fn is_initial(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
}

fn starts_upper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}
