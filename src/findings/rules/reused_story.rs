//! The same story under two ECQs, or under an ECQ and a technical qualification.

use crate::embed::similarity;
use crate::findings::story::{content_stems, numbers};
use crate::findings::{Example, Finding, Readings, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "reused-story",
    severity: Severity::Warning,
    on: true,
    title: "The same story stands in two places",
    why: "Each ECQ wants evidence of its own; a story told twice reads as if there were no other.",
    source: "USDA guidance on writing ECQs; practitioners' checklists (no example twice, also across ECQ and TQ)",
    fix: "another story in one of the two places",
    needs_model: true,
    check,
};

/// Likeness of two stories by meaning from which they are the same matter. It parts little by itself: on the rule's texts for
/// development the same story has 0.77 or more, others up to 0.90.
const LIKE: f32 = 0.7;

/// Share of the rarer story's names, numbers and things that both must have: the middle between the same story (0.44 or more
/// on those texts) and others (up to 0.17).
const SHARED: f64 = 0.3;

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    let stories: Vec<&Example> = subject
        .examples
        .iter()
        .filter(|example| example.acts)
        .collect();
    for (idx, later) in stories.iter().enumerate() {
        for earlier in &stories[..idx] {
            if earlier.part == later.part {
                continue;
            }
            let (like, first, second) = likeness(&readings, earlier, later);
            if like < LIKE || shared(subject, earlier, later) < SHARED {
                continue;
            }
            let names = [earlier, later].map(|story| subject.parts[story.part].name.as_str());
            let message = format!(
                "the story under {} is told under {} as well (likeness {like:.2})",
                names[1], names[0]
            );
            let spans = [second, first].map(|passage| subject.passages[passage].span);
            found.extend(subject.finding_at(&RULE, &spans, message));
        }
    }
}

/// How alike two stories are: the mean, over the passages of the shorter one, of the best match in the other; and
/// the pair of passages that is most alike.
fn likeness(readings: &Readings<'_>, earlier: &Example, later: &Example) -> (f32, usize, usize) {
    let (mut best, mut pair) = (f32::MIN, (earlier.passages[0], later.passages[0]));
    let mut sum = |from: &[usize], to: &[usize], turned: bool| -> f32 {
        let total: f32 = from
            .iter()
            .map(|&a| {
                let mut most = f32::MIN;
                for &b in to {
                    let like = similarity(readings.embeddings.row(a), readings.embeddings.row(b));
                    if like > best {
                        best = like;
                        pair = if turned { (b, a) } else { (a, b) };
                    }
                    most = most.max(like);
                }
                most
            })
            .sum();
        #[allow(clippy::cast_precision_loss, reason = "passages of one story")]
        let n = from.len() as f32;
        total / n
    };
    let mean = if later.passages.len() <= earlier.passages.len() {
        sum(&later.passages, &earlier.passages, true)
    } else {
        sum(&earlier.passages, &later.passages, false)
    };
    (mean, pair.0, pair.1)
}

/// Share of the shorter story's words of substance and numbers that the other has too, 0 to 1.
fn shared(subject: &Subject<'_>, earlier: &Example, later: &Example) -> f64 {
    let bags = [earlier, later].map(|story| {
        let text = subject.words(story.span);
        let mut bag = content_stems(text);
        bag.extend(numbers(text));
        bag.sort_unstable();
        bag.dedup();
        bag
    });
    let n_common = bags[0].iter().filter(|word| bags[1].contains(word)).count();
    let n_fewer = bags[0].len().min(bags[1].len()).max(1);
    #[allow(clippy::cast_precision_loss, reason = "words of one story")]
    let share = n_common as f64 / n_fewer as f64;
    share
}
