//! Examples that ended longer ago than readers prefer, and not longer than the profile allows.

use crate::findings::{Finding, Rule, Subject};
use crate::profile::{LimitName, Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "aging-example",
    severity: Severity::Note,
    on: true,
    title: "Example older than readers prefer",
    why: "Readers give more weight to what happened lately.",
    source: "practitioners' checklists (five years or fewer preferred)",
    fix: "a later example, or what of it lasts until now",
    needs_model: false,
    check,
};

fn check(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let (Some(as_of), Some(years)) = (
        subject.as_of,
        profile.limits.value(LimitName::PreferredYears),
    ) else {
        return;
    };
    let most = profile.limits.value(LimitName::Years);
    for example in &subject.examples {
        let Some(last) = example.last_date().filter(|_| example.acts) else {
            continue;
        };
        let is_too_old = most.is_some_and(|most| last.is_older_than(most, as_of));
        if !last.is_older_than(years, as_of) || is_too_old {
            continue;
        }
        let name = &subject.parts[example.part].name;
        let opening = subject.passages[example.passages[0]].sentences[0];
        let message = format!(
            "{name}: the last date of this example is {last}, more than {years} years before {as_of}"
        );
        found.push(subject.finding(&RULE, opening, message));
    }
}
