//! What a board sends back, pointed at in the words of the document.
//!
//! A [`Rule`] looks at a [`Subject`] and adds [`Finding`]s; [`RULES`] is the one table of them, one file a rule
//! under `rules/`. A finding names words and why they matter; it never rewrites them and never speaks of the
//! person. Which rules run, how severe they are and which limits hold is the [`Profile`]'s business.

pub mod date;
pub mod example;
mod finding;
mod rules;
mod story;
mod subject;
mod words;

pub use self::example::Example;
pub use self::finding::{Finding, Place};
pub use self::rules::{RULES, Rule, rule, rule_ids};
pub use self::subject::{Part, PartKind, Readings, Sentence, Subject};

use crate::profile::{Profile, Setting};

/// Everything that the rules of a profile find, in the order of the document; what concerns all of it comes first.
///
/// A rule that the profile does not mention runs if it is on by default. Rules that need a model's reading find
/// nothing where [`Subject::readings`] is absent.
#[must_use]
pub fn check(subject: &Subject<'_>, profile: &Profile) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for &rule in RULES {
        let setting =
            profile
                .setting(rule.id)
                .unwrap_or(if rule.on { Setting::On } else { Setting::Off });
        if setting == Setting::Off {
            continue;
        }
        let first = findings.len();
        (rule.check)(subject, profile, &mut findings);
        if let Setting::Severity(severity) = setting {
            for finding in &mut findings[first..] {
                finding.severity = severity;
            }
        }
    }
    findings.sort_by_key(|finding| {
        let rule = RULES.iter().position(|rule| rule.id == finding.rule.id);
        (finding.place.span.map(|span| span.start), rule)
    });
    findings
}
