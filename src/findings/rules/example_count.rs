//! More examples in an ECQ than the profile allows.

use crate::findings::{Finding, PartKind, Rule, Subject};
use crate::profile::{LimitName, Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "example-count",
    severity: Severity::Warning,
    on: true,
    title: "More examples than readers want",
    why: "Two full stories show more than many short ones; a list of activities leaves no room for results.",
    source: "USDA guidance on writing ECQs and practitioners' checklists (at most two); practitioners on Business Acumen (three short stories are usual)",
    fix: "the strongest examples, told in full",
    needs_model: false,
    check,
};

/// Editions' ids of the ECQ for which three short stories are usual: people, money and technology.
const THREE_STORIES: &[&str] = &["ba"];

fn check(subject: &Subject<'_>, profile: &Profile, found: &mut Vec<Finding>) {
    let Some(most) = profile.limits.value(LimitName::EcqExamples) else {
        return;
    };
    for (idx, part) in subject.parts.iter().enumerate() {
        let openings: Vec<_> = subject
            .examples
            .iter()
            .filter(|example| example.part == idx && example.acts)
            .map(|example| subject.passages[example.passages[0]].sentences[0])
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "a handful of examples")]
        let n = openings.len() as f64;
        if n <= most {
            continue;
        }
        let message = format!(
            "{}: reads as {n} examples; readers want {most} at most",
            part.name
        );
        if let Some(mut finding) = subject.finding_at(&RULE, &openings, message) {
            let three = matches!(&part.kind, PartKind::Ecq { id: Some(id) } if THREE_STORIES.contains(&id.as_str()));
            if three && openings.len() == 3 {
                finding.severity = Severity::Note;
            }
            found.push(finding);
        }
    }
}
