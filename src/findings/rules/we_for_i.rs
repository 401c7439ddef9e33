//! "We" where the narrative needs "I".

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "we-for-i",
    severity: Severity::Warning,
    on: true,
    title: "Says we where I is asked for",
    why: "A board certifies one person; behind a we it cannot see who acted.",
    source: "USDA guidance on writing ECQs (I, not we); practitioners on the action part (what the writer did, in I)",
    fix: "who did what: the writer's own part as I, and others by their role",
    needs_model: false,
    check,
};

/// Fewest clauses with "we" that are a habit and not a slip.
const FEWEST: usize = 3;

/// Share of "we" among "we" and "I" from which it is a habit.
const SHARE: f64 = 0.33;

/// "We" or "our team" with what it did; not inside speech.
static WE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b[Ww]e(?: \w+ly| all| then| also| soon)? [a-z]+\b|\b[Oo]ur (?:team|office|group|staff|division|branch|unit|agency|department) [a-z]+(?:ed|ook|eld|ade|uilt|rote|et|ut|rought|ave)\b",
    )
});

/// "We" that joins readers or the whole nation to the writer, states a condition, or sums up.
static NOT_ACT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[Ww]e (?:\w+ly )?(?:are|were|had|have|need|all|as|would|could|can|will|should|must|in|of|at|and|closed|ended|finished)\b",
    )
});

static I: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\bI(?:'ve|'d|'m|\u{2019}ve|\u{2019}d|\u{2019}m)?\b[^.-]|\bI$"));

static SPEECH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "[\"\u{201C}][^\"\u{201C}\u{201D}]*[\"\u{201D}]|\\b(?:said|told|asked|agreed|argued|wrote|explained)\\b[^.;]*\\bwe\\b",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        let speech = each_match(subject, &part.sections, &SPEECH);
        let acts: Vec<_> = each_match(subject, &part.sections, &WE)
            .into_iter()
            .filter(|span| !speech.iter().any(|speech| speech.contains(*span)))
            .filter(|span| !NOT_ACT.is_match(subject.words(*span)))
            .collect();
        let n_i = each_match(subject, &part.sections, &I).len();
        #[allow(clippy::cast_precision_loss, reason = "counts of words")]
        let share = acts.len() as f64 / (acts.len() + n_i).max(1) as f64;
        let is_habit = acts.len() >= FEWEST && share >= SHARE;
        if is_habit || (acts.len() == 2 && n_i == 0) {
            let message = format!(
                "{}: we acts {} times, I {} times ({:.0} percent we)",
                part.name,
                acts.len(),
                n_i,
                share * 100.0
            );
            found.extend(subject.finding_at(&RULE, &acts, message));
        }
    }
}
