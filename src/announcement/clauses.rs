//! The clauses of a sentence: where a second verb begins that has the form of the first.

use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::lists::{Range, STRONG, bare, first_word, n_words};
use crate::announcement::verbs::{is_bare_verb, is_gerund, is_verb_in_s};
use crate::announcement::words::pattern;

/// The form of the verbs that a clause is built on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    InS,
    Infinitive,
    Gerund,
}

/// The clauses of a piece, cut before verbs of the form that the first has, and the words that all begin with.
pub(super) fn clauses(text: &str, piece: Range) -> Option<(Range, Vec<Range>)> {
    static INFINITIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:ability|capacity|skills?|authority|aptitude)\b[^,;]{0,40}?\bto\s+\w")
    });
    static GERUND: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:experience|success|skills?|expertise|record|accomplishments?|background|responsibility|leadership|proficiency|competence)\b(?:\s+(?:in|of|with|at|for))?\s+(?:\w+ly\s+)?(?P<verb>\w+ing)\b",
        )
    });
    static JOIN: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?P<comma>,)?\s+and(?:/or)?\s+(?:\w+ly\s+)?(?P<word>\w+)"));
    let (start, end) = piece;
    let words = &text[start..end];
    let (form, head) = if is_verb_in_s(first_word(words)) {
        (Form::InS, 0)
    } else if let Some(found) = INFINITIVE.find(words) {
        let to = found.as_str().rfind("to").unwrap_or_default();
        (Form::Infinitive, found.start() + to)
    } else if let Some(verb) = GERUND.captures(words).and_then(|found| found.name("verb"))
        && is_gerund(verb.as_str())
    {
        (Form::Gerund, verb.start())
    } else {
        return Some(((start, start), vec![bare(text, start, end)?]));
    };
    let mut cuts = Vec::new();
    let mut from = 0;
    for join in JOIN.captures_iter(words) {
        let (Some(all), Some(word)) = (join.get(0), join.name("word")) else {
            continue;
        };
        if all.start() <= head || n_words(&words[from..all.start()]) < 3 {
            continue;
        }
        let rest = &words[word.end()..];
        let fits = match form {
            Form::InS => is_verb_in_s(word.as_str()),
            Form::Infinitive => word.as_str() == "to",
            Form::Gerund => {
                is_gerund(word.as_str())
                    && n_words(rest) >= 2
                    && !rest.trim_start().starts_with("of ")
            }
        };
        if fits
            && !is_end_of_list(&words[from.max(head)..all.start()], form)
            && !is_inner(
                &words[from.max(head)..all.start()],
                join.name("comma").is_some(),
            )
        {
            cuts.push((all.start(), word.start()));
            from = word.start();
        }
    }
    let mut clauses = Vec::new();
    let mut from = start;
    for (cut, next) in cuts {
        clauses.extend(bare(text, from, start + cut));
        from = start + next;
    }
    clauses.extend(bare(text, from, end));
    Some(((start, start + head), clauses))
}

/// Whether the words before a joining `and` are items of a list whose verbs have the same form.
fn is_end_of_list(before: &str, form: Form) -> bool {
    before.split(',').skip(1).any(|segment| {
        let word = first_word(segment);
        match form {
            Form::InS => is_verb_in_s(word),
            Form::Infinitive => is_bare_verb(word) || word == "to",
            Form::Gerund => is_gerund(word),
        }
    })
}

/// Whether a gerund belongs to a list that `including` begins, and not to the clause.
fn is_inner(before: &str, has_comma: bool) -> bool {
    let Some(found) = STRONG.find_iter(before).last() else {
        return false;
    };
    !has_comma || is_gerund(first_word(&before[found.end()..]))
}
