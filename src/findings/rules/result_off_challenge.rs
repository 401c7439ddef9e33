//! Results that do not come back to the challenge.

use crate::embed::similarity;
use crate::findings::story::{content_stems, has_label};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "result-off-challenge",
    severity: Severity::Note,
    on: false,
    title: "The result does not come back to the challenge",
    why: "A result counts where it answers the problem that the example began with.",
    source: "practitioners' advice on the result part (the result answers the stated challenge)",
    fix: "what became of the problem that was named",
    needs_model: true,
    check,
};

/// Likeness of the result to the beginning above which it speaks of the same matter.
const SAME_MATTER: f32 = 0.30;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    for example in subject.examples.iter().filter(|example| example.acts) {
        let with = |label: &str| -> Vec<usize> {
            example
                .passages
                .iter()
                .copied()
                .filter(|&idx| has_label(&readings, idx, label))
                .collect()
        };
        let results = with("result");
        let Some(&last) = results.last() else {
            continue;
        };
        let mut begins = with("challenge");
        begins.extend(with("context"));
        begins.retain(|&idx| idx != last);
        begins.extend(example.passages.first().filter(|&&idx| idx != last));
        begins.sort_unstable();
        begins.dedup();
        if begins.is_empty() {
            continue;
        }
        let stems: Vec<String> = begins
            .iter()
            .flat_map(|&idx| content_stems(&subject.passages[idx].text))
            .collect();
        let names_it = results.iter().any(|&idx| {
            content_stems(&subject.passages[idx].text)
                .iter()
                .any(|stem| stems.contains(stem))
        });
        let nearest = begins
            .iter()
            .flat_map(|&begin| results.iter().map(move |&result| (begin, result)))
            .map(|(begin, result)| {
                similarity(
                    readings.embeddings.row(begin),
                    readings.embeddings.row(result),
                )
            })
            .fold(0.0, f32::max);
        if !names_it && nearest < SAME_MATTER {
            let name = &subject.parts[example.part].name;
            let message = format!("{name}: the result speaks of other things than the challenge");
            found.push(subject.finding(&RULE, subject.passages[last].span, message));
        }
    }
}
