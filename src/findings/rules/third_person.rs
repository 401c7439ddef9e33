//! The writer as "she", "Mr. X" or "the candidate".

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "third-person",
    severity: Severity::Warning,
    on: true,
    title: "Speaks of the writer in the third person",
    why: "A narrative in the third person reads as if somebody else had written it, and hides who acted.",
    source: "USDA guidance on writing ECQs (not third person)",
    fix: "the same acts in the first person",
    needs_model: false,
    check,
};

/// Fewest sentences of that kind.
const FEWEST: usize = 2;

/// A sentence whose subject may be the writer.
static SHE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?:He|She|(?:Mr|Ms|Mrs|Dr|Col|Capt|Cmdr)\. [A-Z][\w'-]+|(?:Colonel|Captain|Commander|Director|Chief) [A-Z][a-z]+|(?:The|This) (?:candidate|applicant|nominee|executive|incumbent)) (?:has |also |then |\w+ly )*[a-z]+(?:ed|s|ook|eld|ade|ote|uilt|ut|et|ame|an|rew|ought|ave|on|ound|id|ent)?\b)",
    )
});

static I: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:I|my|me|My)\b(?:[^.-]|$)"));

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        if !each_match(subject, &part.sections, &I).is_empty() {
            continue;
        }
        let spans = each_match(subject, &part.sections, &SHE);
        if spans.len() >= FEWEST {
            let message = format!(
                "{}: {} sentences speak of the writer as someone else, none says I",
                part.name,
                spans.len()
            );
            found.extend(subject.finding_at(&RULE, &spans, message));
        }
    }
}
