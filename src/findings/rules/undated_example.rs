//! Examples without a date.

use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "undated-example",
    severity: Severity::Warning,
    on: true,
    title: "Example without a date",
    why: "Boards ask for recent experience and cannot tell the age of a story that names no year.",
    source: "practitioners on why cases fail (examples older than ten years); practitioners' checklists",
    fix: "the year or years in which it happened",
    needs_model: false,
    check,
};

/// Fewest words of a story that has to say when it happened.
const MIN_WORDS: usize = 12;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for example in &subject.examples {
        let n_words = subject.words(example.span).split_whitespace().count();
        if !example.acts || example.is_dated || n_words < MIN_WORDS {
            continue;
        }
        let name = &subject.parts[example.part].name;
        let opening = subject.passages[example.passages[0]].sentences[0];
        found.push(subject.finding(
            &RULE,
            opening,
            format!("{name}: this example does not say in which year it happened"),
        ));
    }
}
