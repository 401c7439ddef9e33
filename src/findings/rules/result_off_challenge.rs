//! Results that do not come back to the challenge.

use crate::embed::similarity;
use crate::findings::example::is_act;
use crate::findings::story::content_stems;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

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

/// Likeness of the result to the beginning above which it speaks of the same matter in other words.
const SAME_MATTER: f32 = 0.45;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    for example in subject.examples.iter().filter(|example| example.acts) {
        let sentences: Vec<(usize, Span)> = example
            .passages
            .iter()
            .flat_map(|&idx| {
                subject.passages[idx]
                    .sentences
                    .iter()
                    .map(move |&span| (idx, span))
            })
            .collect();
        let acts: Vec<usize> = (0..sentences.len())
            .filter(|&idx| is_act(subject.words(sentences[idx].1)))
            .collect();
        let (Some(&first), Some(&last)) = (acts.first(), acts.last()) else {
            continue;
        };
        // The beginning is what stands before the first act, the result what stands behind the last one.
        let (begin, end) = (&sentences[..first], &sentences[last + 1..]);
        let end = match (end, sentences.last()) {
            ([], Some(closing)) if subject.words(closing.1).starts_with("As a result") => {
                std::slice::from_ref(closing)
            }
            _ => end,
        };
        let (Some(&opening), Some(&closing)) = (begin.first(), end.first()) else {
            continue;
        };
        let stems = |part: &[(usize, Span)]| -> Vec<String> {
            part.iter()
                .flat_map(|&(_, span)| content_stems(subject.words(span)))
                .collect()
        };
        let (begun, ended) = (stems(begin), stems(end));
        let names_it = ended.iter().any(|stem| begun.contains(stem));
        let is_apart = opening.0 != closing.0
            && similarity(
                readings.embeddings.row(opening.0),
                readings.embeddings.row(closing.0),
            ) >= SAME_MATTER;
        if !names_it && !is_apart {
            let name = &subject.parts[example.part].name;
            let message = format!("{name}: the result speaks of other things than the challenge");
            found.push(subject.finding(&RULE, closing.1, message));
        }
    }
}
