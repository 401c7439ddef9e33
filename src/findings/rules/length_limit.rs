//! Pages, words and characters against the limits of the profile.

use crate::findings::{Finding, Part, PartKind, Place, Rule, Subject};
use crate::profile::{Limit, LimitName, Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "length-limit",
    severity: Severity::Error,
    on: true,
    title: "Over a limit of the format",
    why: "What stands beyond the limit is cut off, not read, or makes the application ineligible.",
    source: "the active profile and the announcement's own limits (ecq config --show-origin)",
    fix: "a text within the limit",
    needs_model: false,
    check,
};

fn check(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let text = subject.document.text.as_str();
    let n_pages = subject.document.n_pages.map(|n| n as usize);
    for (name, n, unit) in [
        (LimitName::Pages, n_pages, "pages"),
        (LimitName::Words, Some(n_words(text)), "words"),
        (
            LimitName::Characters,
            Some(n_characters(text)),
            "characters",
        ),
    ] {
        if let (Some(limit), Some(n)) = (profile.limits.get(name), n)
            && over(n, limit)
        {
            let message = format!("{} {unit} in all; {}", grouped(n), stated(profile, limit));
            found.push(whole(message));
        }
    }
    together(subject, profile, found);
    for part in &subject.parts {
        let names = match part.kind {
            PartKind::Ecq { .. } => [
                LimitName::EcqPages,
                LimitName::EcqWords,
                LimitName::EcqCharacters,
            ],
            PartKind::Technical => [
                LimitName::TqPages,
                LimitName::TqWords,
                LimitName::TqCharacters,
            ],
            PartKind::Whole => continue,
        };
        let bodies: Vec<Span> = part
            .sections
            .iter()
            .filter_map(|&idx| body(subject, idx))
            .collect();
        let sum = |count: fn(&str) -> usize| {
            bodies
                .iter()
                .map(|&span| count(subject.words(span)))
                .sum::<usize>()
        };
        let counts = [
            (names[0], full_pages(subject, &part.sections), "pages"),
            (names[1], Some(sum(n_words)), "words"),
            (names[2], Some(sum(n_characters)), "characters"),
        ];
        for (name, n, unit) in counts {
            if let (Some(limit), Some(n), Some(&span)) =
                (profile.limits.get(name), n, bodies.first())
                && over(n, limit)
            {
                let at_least = if unit == "pages" { "at least " } else { "" };
                let message = format!(
                    "{} has {at_least}{} {unit}; {}",
                    part.name,
                    grouped(n),
                    stated(profile, limit)
                );
                found.push(Finding {
                    rule: &RULE,
                    severity: RULE.severity,
                    place: subject.place(span),
                    also: Vec::new(),
                    message,
                    quote: String::new(),
                });
            }
        }
    }
}

/// The ECQs, and the technical qualifications, against limits on all of them.
fn together(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let is_ecq = |part: &&Part| matches!(part.kind, PartKind::Ecq { .. });
    let is_technical = |part: &&Part| part.kind == PartKind::Technical;
    let sections = |wanted: &dyn Fn(&&Part) -> bool| -> Vec<usize> {
        let parts = subject.parts.iter().filter(wanted);
        parts.flat_map(|part| part.sections.clone()).collect()
    };
    for (what, sections, names) in [
        (
            "the ECQs have",
            sections(&is_ecq),
            [
                LimitName::EcqsPages,
                LimitName::EcqsWords,
                LimitName::EcqsCharacters,
            ],
        ),
        (
            "the technical qualifications have",
            sections(&is_technical),
            [
                LimitName::TqsPages,
                LimitName::TqsWords,
                LimitName::TqsCharacters,
            ],
        ),
    ] {
        let bodies: Vec<Span> = sections
            .iter()
            .filter_map(|&idx| body(subject, idx))
            .collect();
        let sum = |count: fn(&str) -> usize| {
            let counts = bodies.iter().map(|&span| count(subject.words(span)));
            counts.sum::<usize>()
        };
        let counts = [
            (full_pages(subject, &sections), "pages"),
            (Some(sum(n_words)), "words"),
            (Some(sum(n_characters)), "characters"),
        ];
        for (name, (n, unit)) in names.into_iter().zip(counts) {
            if let (Some(limit), Some(n)) = (profile.limits.get(name), n)
                && over(n, limit)
            {
                let at_least = if unit == "pages" { "at least " } else { "" };
                let message = format!(
                    "{what} {at_least}{} {unit} in all; {}",
                    grouped(n),
                    stated(profile, limit)
                );
                found.push(whole(message));
            }
        }
    }
}

fn whole(message: String) -> Finding {
    Finding {
        rule: &RULE,
        severity: RULE.severity,
        place: Place::default(),
        also: Vec::new(),
        message,
        quote: String::new(),
    }
}

/// "the limit is 10 (source)".
fn stated(profile: &Profile, limit: &Limit) -> String {
    let source = if limit.source.is_empty() {
        &profile.id
    } else {
        &limit.source
    };
    format!("the limit is {} ({source})", limit.value)
}

fn over(n: usize, limit: &Limit) -> bool {
    #[allow(
        clippy::cast_precision_loss,
        reason = "texts are far shorter than 2^52 bytes"
    )]
    let n = n as f64;
    n > limit.value
}

/// The text of a section without its heading.
fn body(subject: &Subject<'_>, section: usize) -> Option<Span> {
    let section = &subject.sections[section];
    let start = section
        .heading
        .map_or(section.span.start, |heading| heading.end);
    let span = Span::new(start.min(section.span.end), section.span.end);
    let lead = subject.words(span).len() - subject.words(span).trim_start().len();
    let span = Span::new(span.start + lead, span.end);
    (!span.is_empty()).then_some(span)
}

/// Pages that a part fills for certain: one less than it touches, since it may begin and end in mid-page.
fn full_pages(subject: &Subject<'_>, sections: &[usize]) -> Option<usize> {
    let mut pages: Vec<u32> = Vec::new();
    for &section in sections {
        let section = &subject.sections[section];
        for block in
            &subject.document.blocks[section.first_block..section.first_block + section.n_blocks]
        {
            pages.push(block.page?);
        }
    }
    pages.sort_unstable();
    pages.dedup();
    pages.len().checked_sub(1)
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Characters as portals count them, runs of white space as one.
fn n_characters(text: &str) -> usize {
    let words = n_words(text);
    let letters: usize = text
        .split_whitespace()
        .map(|word| word.chars().count())
        .sum();
    letters + words.saturating_sub(1)
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
