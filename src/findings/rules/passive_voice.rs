//! Passive voice that hides who acted.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "passive-voice",
    severity: Severity::Note,
    on: true,
    title: "Hides who acted behind the passive",
    why: "Where things were done by nobody, a reader cannot credit the writer.",
    source: "USDA guidance on writing ECQs (not passive); practitioners on the action part",
    fix: "who did it",
    needs_model: false,
    check,
};

/// Fewest passive clauses that are a habit.
const FEWEST: usize = 3;

/// Share of the passive among passive clauses and clauses with "I" from which it is a habit.
const SHARE: f64 = 0.6;

const IRREGULAR: &str = "built|held|made|given|taken|brought|drawn|written|chosen|cut|set|sent|sold|met|put|led|done|won|begun|found|kept|paid|told|taught|bought|broken|rewritten|overseen|undertaken|rebuilt|redrawn|withdrawn|spent|hired|let";

static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)\b(?:was|were|been|being)(?: (?:then|also|soon|\w+ly))? (?:[a-z]{{3,}}ed|{IRREGULAR})\b|,(?: and)? [a-z]+ (?:and [a-z]+ )?(?:were|was) (?:[a-z]{{3,}}ed)\b"
    ))
});

/// A state, a role, what was said of the writer, or an actor who is named.
static NOT_HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:was|were|been|being)(?: \w+ly)? (?:located|based|needed|required|scheduled|concerned|tired|retired|divided|supposed|interested|involved|married|used|born|expected|worried|pleased|united|limited|experienced|opposed|aged|closed for|trusted)\b",
    )
});

static BY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[^.;,]{0,40}\bby (?:(?:me|my|the|an?|our|two|three|its|his|her|their|this|these|which|all)\b|[A-Z])",
    )
});

static I: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b[Ii] (?:\w+ly |then |also |had |have )?(?:[a-z]{2,}ed|led|built|made|took|gave|held|wrote|met|set|cut|sent|drew|chose|began|kept|got|went|told|put|ran|saw|had|rebuilt|found|brought|won|spoke|sold|sat|read|asked)\b",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        let text = subject.document.text.as_str();
        let hidden: Vec<_> = each_match(subject, &part.sections, &PASSIVE)
            .into_iter()
            .filter(|span| !NOT_HIDDEN.is_match(subject.words(*span)))
            .filter(|span| !BY.is_match(&text[span.end..]))
            .filter(|span| !text[..span.start].ends_with("I "))
            .collect();
        let n_i = each_match(subject, &part.sections, &I).len();
        #[allow(clippy::cast_precision_loss, reason = "counts of words")]
        let share = hidden.len() as f64 / (hidden.len() + n_i).max(1) as f64;
        if hidden.len() >= FEWEST && share >= SHARE {
            let message = format!(
                "{}: {} passive clauses do not say who acted, {} clauses have I",
                part.name,
                hidden.len(),
                n_i
            );
            found.extend(subject.finding_at(&RULE, &hidden, message));
        }
    }
}
