//! Examples that ended longer ago than the profile allows.

use crate::findings::{Finding, Rule, Subject};
use crate::profile::{LimitName, Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "old-example",
    severity: Severity::Warning,
    on: true,
    title: "Example older than the limit",
    why: "Old stories are the reason for returned packets that is named most often.",
    source: "practitioners' accounts of board remarks (examples older than ten years)",
    fix: "a later example, or what of it lasts until now",
    needs_model: false,
    check,
};

fn check(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let (Some(as_of), Some(years)) = (subject.as_of, profile.limits.value(LimitName::Years)) else {
        return;
    };
    for example in &subject.examples {
        let Some(last) = example.last_date().filter(|_| example.acts) else {
            continue;
        };
        if !last.is_older_than(years, as_of) {
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
