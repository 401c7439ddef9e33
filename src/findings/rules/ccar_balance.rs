//! Examples in which action and result are the smaller half.

use crate::findings::story::{MIN_PASSAGES, shares};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "ccar-balance",
    severity: Severity::Warning,
    on: true,
    title: "Action and result are the smaller half",
    why: "Long beginnings leave no room for what the writer did and what came of it, which is what is certified.",
    source: "practitioners quoting board interviewers (long challenge and context, short actions and results); the half is this tool's rule of thumb",
    fix: "a short beginning; the larger part on acts and results",
    needs_model: true,
    check,
};

/// Share of action and result below which the balance is off.
const HALF: f64 = 0.5;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    for example in &subject.examples {
        let Some(shares) = shares(subject, &readings, example) else {
            continue;
        };
        // Of a story in which nothing is done, the rule on missing parts speaks.
        if shares.n_sentences <= MIN_PASSAGES
            || !shares.has[2]
            || shares.of[2] + shares.of[3] >= HALF
        {
            continue;
        }
        let name = &subject.parts[example.part].name;
        let message = format!("{name}: {}", shares.in_words());
        let opening = subject.passages[example.passages[0]].sentences[0];
        found.push(subject.finding(&RULE, opening, message));
    }
}
