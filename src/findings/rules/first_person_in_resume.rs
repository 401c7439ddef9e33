//! "I" in a resume.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "first-person-in-resume",
    severity: Severity::Note,
    on: true,
    title: "Says I in a resume",
    why: "Lines of a resume begin with the verb; the I costs room that two pages do not have.",
    source: "practitioners' guidance on executive resumes (drop the I, begin with verbs)",
    fix: "lines that begin with what was done",
    needs_model: false,
    check,
};

static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\bI(?:'ve|'m|'d|\u{2019}ve|\u{2019}m|\u{2019}d)?\b|\b(?:[Mm]y|[Mm]e|[Mm]yself)\b")
});

/// Numerals and letters that look like the pronoun.
static NUMERAL_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?i)(?:\\b(?:phase|type|title|class|part|war|level|stage|tier|group|category|section|volume|grade|appendix|unit|act|model|schedule|region|table|block|increment|and|or) |[-/&.\u{201C}\"'])$",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let mut spans = Vec::new();
    for block in &subject.document.blocks {
        let text = subject.words(block.span);
        for pronoun in PRONOUN.find_iter(text) {
            let (before, behind) = (&text[..pronoun.start()], &text[pronoun.end()..]);
            let is_other = NUMERAL_BEFORE.is_match(before) && !is_clause(behind)
                || behind.starts_with(['-', '.', '/', '&'])
                || behind.starts_with(" &")
                || before.ends_with(['\u{201C}', '"']);
            if !is_other {
                let start = block.span.start + pronoun.start();
                spans.push(Span::new(start, start + pronoun.len()));
            }
        }
    }
    let message = match spans.len() {
        1 => "I, my or me stands once".to_owned(),
        n => format!("I, my or me stands {n} times"),
    };
    found.extend(subject.finding_at(&RULE, &spans, message));
}

/// Whether a verb in the past follows, so that "and I led" is a clause and "Part I and" is not.
fn is_clause(behind: &str) -> bool {
    let mut words = behind.split_whitespace();
    words.next().is_some_and(|word| {
        word.ends_with("ed")
            || word.ends_with("ly")
            || matches!(
                word,
                "led" | "built" | "wrote" | "am" | "was" | "have" | "oversee" | "manage" | "lead"
            )
    })
}
