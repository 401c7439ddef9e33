//! Type below the limit of the profile.

use crate::findings::{Finding, Place, Rule, Subject};
use crate::profile::{LimitName, Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "font-size",
    severity: Severity::Error,
    on: true,
    title: "Type below the limit",
    why: "Narrow margins and small type are read as an attempt to pass the page limit.",
    source: "the active profile and the announcement's own limits (ecq config --show-origin)",
    fix: "a page set as the format asks",
    needs_model: false,
    check,
};

/// What rounding in word processors may take away.
const SLACK: f64 = 0.05;

fn check(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let (Some(limit), Some(value)) = (
        profile.limits.get(LimitName::FontPoints),
        subject.document.setup.font_points,
    ) else {
        return;
    };
    if value + SLACK >= limit.value {
        return;
    }
    let source = if limit.source.is_empty() {
        &profile.id
    } else {
        &limit.source
    };
    found.push(Finding {
        rule: &RULE,
        severity: RULE.severity,
        place: Place::default(),
        also: Vec::new(),
        message: format!(
            "running text is set in {value} point; the least is {} ({source})",
            limit.value
        ),
        quote: String::new(),
    });
}
