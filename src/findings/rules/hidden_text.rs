//! Text that a reader of the page does not see.

use crate::findings::{Finding, Place, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::warning::WarningCode;

pub(super) const RULE: Rule = Rule {
    id: "hidden-text",
    severity: Severity::Warning,
    on: true,
    title: "Holds text that cannot be seen on the page",
    why: "Text that only machines read looks like an attempt to steer them, whatever the reason; it was not scored.",
    source: "practice of this tool; see the list of hidden text in the report",
    fix: "a file saved anew without the hidden text",
    needs_model: false,
    check,
};

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for hidden in &subject.document.hidden {
        found.push(Finding {
            rule: &RULE,
            severity: RULE.severity,
            place: Place {
                page: hidden.page,
                ..Place::default()
            },
            also: Vec::new(),
            message: format!("text {}", hidden.why.describe()),
            quote: hidden.text.split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
    for warning in &subject.document.warnings {
        if warning.code == WarningCode::InvisibleCharacters {
            found.push(Finding {
                rule: &RULE,
                severity: Severity::Note,
                place: Place {
                    page: warning.page,
                    ..Place::default()
                },
                also: Vec::new(),
                message: warning.message.clone(),
                quote: String::new(),
            });
        }
    }
}
