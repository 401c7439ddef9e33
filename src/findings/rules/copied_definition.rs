//! Definitions of competencies pasted into the narrative.

use std::sync::LazyLock;

use regex::Regex;

use crate::codebook::{EcqKind, builtins};
use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "copied-definition",
    severity: Severity::Warning,
    on: true,
    title: "Repeats the definition of a competency",
    why: "Readers know the definitions; the lines they take are lost for evidence.",
    source: "practitioners' checklists (competency definitions are not pasted in)",
    fix: "the act that shows the competency",
    needs_model: false,
    check,
};

/// Words in a row that are the codebook's and not chance.
const SHINGLE: usize = 8;

/// How definitions begin.
static FRAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b[Tt]his\ (?:executive\ )?(?:core\ qualification|ECQ|competency)\ (?:involves|requires|is\ (?:about|defined)|means|encompasses|refers\ to)\b[^.;:,]*
        | \bInherent\ (?:to|in)\ this\ (?:ECQ|core\ qualification|executive\ core\ qualification|qualification|competency)\ is\b
        | \b(?:ECQ\ ?\d?|Leading\ (?:Change|People)|Results\ Driven|Business\ Acumen|Building\ Coalitions)\ (?:is\ defined\ as|involves\ the\ ability|means\ the\ ability)\b[^.;:,]*
        | \b[Tt]he\ definition\ of\ (?:[A-Z][\w/]*\ ?(?:and\ )?){1,4}is\b
        ",
    )
});

/// The name of a competency, a divider, and a verb in the third person: the form of a definition.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let mut names: Vec<String> = builtins()
        .iter()
        .flat_map(|codebook| codebook.competencies())
        .map(|competency| regex::escape(competency.name()).replace(' ', r"\s"))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    regex(&format!(
        r"\b(?:{})\s?(?:[:.\u{{2013}}\u{{2014}}-]|is when one|is the ability)\s?(?:[A-Z][a-z]+(?:s|es)\b[^.;,]*|(?:the )?ability to\b[^.;,]*)",
        names.join("|")
    ))
});

/// First words of acts that end in s: plurals and names, not verbs.
const NO_VERBS: &[&str] = &[
    "As",
    "This",
    "His",
    "Its",
    "Was",
    "Has",
    "Results",
    "Actions",
    "Customers",
    "Employees",
];

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let message = || "the definition, not an act".to_owned();
    for part in &subject.parts {
        let mut spans = each_match(subject, &part.sections, &FRAME);
        spans.extend(named(subject, &part.sections));
        spans.extend(shingles(subject, &part.sections));
        spans.sort();
        let mut end = 0;
        for span in spans {
            if span.start >= end {
                found.push(subject.finding(&RULE, span, message()));
                end = span.end;
            }
        }
    }
}

/// Definitions with their name before them; names stand in run-in heads too, which are in no passage.
fn named(subject: &Subject<'_>, sections: &[usize]) -> Vec<Span> {
    let mut spans = Vec::new();
    for &section in sections {
        let section = &subject.sections[section];
        let body = Span::new(
            section
                .heading
                .map_or(section.span.start, |heading| heading.end),
            section.span.end,
        );
        for found in NAMED.find_iter(subject.words(body)) {
            let verb = found
                .as_str()
                .split([':', '.', '\u{2013}', '\u{2014}', '-'])
                .nth(1)
                .unwrap_or_default();
            let first = verb.split_whitespace().next().unwrap_or_default();
            if !NO_VERBS.contains(&first) {
                spans.push(Span::new(
                    body.start + found.start(),
                    body.start + found.end(),
                ));
            }
        }
    }
    spans
}

/// Stretches that stand word for word in a definition of a shipped codebook or of the one in use.
fn shingles(subject: &Subject<'_>, sections: &[usize]) -> Vec<Span> {
    let texts: Vec<Vec<String>> = builtins()
        .iter()
        .chain([subject.codebook])
        .flat_map(|codebook| {
            // A technical qualification is restated above its answer; that is no copying.
            let is_model = |id: &str| {
                let ecq = codebook.ecq(id);
                ecq.is_none_or(|ecq| ecq.kind() != EcqKind::Technical)
            };
            let ecqs = codebook.ecqs().iter();
            let ecqs = ecqs
                .filter(|ecq| is_model(ecq.id()))
                .map(|ecq| ecq.definition());
            let competencies = codebook
                .competencies()
                .iter()
                .filter(|competency| is_model(competency.ecq()))
                .map(|competency| competency.definition());
            ecqs.chain(competencies).collect::<Vec<_>>()
        })
        .map(|text| words(text).into_iter().map(|(word, _)| word).collect())
        .collect();
    let known: std::collections::BTreeSet<&[String]> = texts
        .iter()
        .flat_map(|text| text.windows(SHINGLE))
        .collect();
    let mut spans = Vec::new();
    for sentence in subject.sentences_of(sections) {
        let found = words(subject.words(sentence.span));
        let plain: Vec<String> = found.iter().map(|(word, _)| word.clone()).collect();
        let hits: Vec<usize> = plain
            .windows(SHINGLE)
            .enumerate()
            .filter(|(_, window)| known.contains(window))
            .map(|(idx, _)| idx)
            .collect();
        if let (Some(&first), Some(&last)) = (hits.first(), hits.last()) {
            let start = sentence.span.start + found[first].1.start;
            let end = sentence.span.start + found[last + SHINGLE - 1].1.end;
            spans.push(Span::new(start, end));
        }
    }
    spans
}

/// The words of a text in small letters, with their places.
fn words(text: &str) -> Vec<(String, Span)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_alphanumeric() {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            words.push((text[from..at].to_lowercase(), Span::new(from, at)));
        }
    }
    words
}
