//! Examples in which a part of the story is missing.

use crate::findings::story::{LABELS, MIN_PASSAGES, shares};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "ccar-missing",
    severity: Severity::Warning,
    on: true,
    title: "A part of the story is missing",
    why: "Boards look for challenge, context, action and result in each example; without one of them the others prove little.",
    source: "OPM and practitioners on the challenge-context-action-result form; practitioners on why cases fail (not in that form)",
    fix: "the missing part, told in this example",
    needs_model: true,
    check,
};

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    for example in &subject.examples {
        let Some(shares) = shares(subject, &readings, example) else {
            continue;
        };
        if shares.n_sentences < MIN_PASSAGES {
            continue;
        }
        let mut missing: Vec<&str> = Vec::new();
        // Challenge and context shade into each other; readers ask that one of them is there.
        if !shares.has[0] && !shares.has[1] {
            missing.push("challenge and context");
        }
        missing.extend(
            (2..LABELS.len())
                .filter(|&label| !shares.has[label])
                .map(|label| LABELS[label]),
        );
        if missing.is_empty() {
            continue;
        }
        let name = &subject.parts[example.part].name;
        let message = format!(
            "{name}: no {} found in this example ({})",
            missing.join(" and no "),
            shares.in_words()
        );
        let opening = subject.passages[example.passages[0]].sentences[0];
        found.push(subject.finding(&RULE, opening, message));
    }
}
