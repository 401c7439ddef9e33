//! Names of competencies strung together.

use std::sync::LazyLock;

use crate::codebook::builtins;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "keyword-stuffing",
    severity: Severity::Warning,
    on: true,
    title: "Strings names of competencies together",
    why: "A competency counts by an act that shows it; its name alone shows nothing, and a list of names reads as padding.",
    source: "practitioners on board remarks (competency words used without a demonstrating act)",
    fix: "one act for each name, or no names",
    needs_model: false,
    check,
};

/// Names in one passage from which it is a list.
const MANY: usize = 5;

/// Times that one name is repeated from which it is stuffing.
const REPEATED: usize = 4;

/// Words that are names of competencies and everyday words as well; they do not count alone.
const EVERYDAY: &[&str] = &[
    "vision",
    "resilience",
    "flexibility",
    "accountability",
    "partnering",
];

/// Names of competencies of all editions, in small letters.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<String> = builtins()
        .iter()
        .flat_map(|codebook| codebook.competencies())
        .flat_map(|competency| {
            let name = competency.name().to_lowercase();
            let halves: Vec<String> = name.split('/').map(str::to_owned).collect();
            halves.into_iter().chain([name])
        })
        .filter(|name| name.len() > 5)
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    names
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for passage in subject.passages {
        let words = subject.words(passage.span).to_lowercase();
        let (names, n_repeats) = names_in(&words);
        let listed = names.len() >= MANY
            && names.iter().any(|name| !EVERYDAY.contains(&name.as_str()))
            && is_dense(&words, &names);
        if listed || n_repeats >= REPEATED {
            let message = format!(
                "{} names of competencies in a row, without an act for each",
                names.len().max(n_repeats)
            );
            found.push(subject.finding(
                &RULE,
                Span::new(passage.span.start, passage.span.end),
                message,
            ));
        }
    }
}

/// The different names in a text, and how often a name follows itself.
fn names_in(words: &str) -> (Vec<String>, usize) {
    let mut rest = words.to_owned();
    let mut names = Vec::new();
    let mut n_repeats = 0;
    for name in NAMES.iter() {
        n_repeats += rest.matches(&format!("{name} {name}")).count() * 2;
        if rest.contains(name.as_str()) {
            // Taken out, so that "developing others" is not found again in a longer name.
            rest = rest.replace(name.as_str(), &"#".repeat(name.len()));
            names.push(name.clone());
        }
    }
    (names, n_repeats)
}

/// Whether names are at least a third of the letters: a story that uses five of the words is no list.
fn is_dense(words: &str, names: &[String]) -> bool {
    let n_letters: usize = names.iter().map(String::len).sum();
    n_letters * 3 >= words.len()
}
