//! Disparaging words about predecessors, superiors, staff.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "disparagement",
    severity: Severity::Warning,
    on: true,
    title: "Disparages others",
    why: "A reader hears how the writer speaks of colleagues; the state of things can be told without blame.",
    source: "USDA guidance on writing ECQs (no disparaging remarks on superiors)",
    fix: "the condition that was found, as a fact",
    needs_model: false,
    check,
};

const ROLE: &str = r"(?:predecessors?|boss(?:es)?|supervisors?|directors?|managers?|chiefs?|leaders?|leadership|management|commissioners?|executives?|colleagues?|co-?workers|employees?|staff|subordinates|deput(?:y|ies)|bureaucrats?|teams?)";

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)
        \b(?:my|the|a|an|two|several|some|many|these|those|other)?\ ?(?:incompetent|inept|lazy|clueless|toxic|dishonest|incapable|ignorant|arrogant|spineless|stupid|foolish|worthless|useless|unqualified|cowardly|vindictive|abusive|weak|ineffective|ineffectual|dysfunctional|poor)\ (?:senior\ |former\ |previous\ |prior\ |middle\ )?(?:{ROLE})\b
        | \bmy\ (?:former\ |previous\ |prior\ |then[-\ ])?(?:predecessor|boss|supervisor|director|manager|chief|superior)s?\ (?:had\ |was\ |were\ |has\ |who\ )*(?:failed|neglected|refused|bungled|mismanaged|ignored|botched|abandoned|incapable|incompetent|unable|unwilling|weak|lazy|squandered|wasted|never\ bothered|did\ not\ (?:care|understand|know\ how))\b
        | \bthe\ (?:previous|former|prior|last|old)\ (?:director|chief|manager|commissioner|leadership|management|administrator|executive|supervisor)s?\ (?:had\ )?(?:bungled|mismanaged|botched|neglected|squandered|wasted|ignored|never\ bothered)\b
        | \bdead\ ?wood\b
        | \bincompetence\ of\ (?:my|the)\ (?:{ROLE})\b
        ",
    ))
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for span in each_match(subject, &part.sections, &PATTERN) {
            found.push(subject.finding(&RULE, span, "blames a person".to_owned()));
        }
    }
}
