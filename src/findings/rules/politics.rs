//! Political affiliation and causes.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "politics",
    severity: Severity::Warning,
    on: true,
    title: "Speaks of politics",
    why: "Selection knows no politics (5 U.S.C. 2301), and a reader who learns of a party or cause has learned nothing of the work.",
    source: "USDA guidance on writing ECQs (leave out political affiliation and causes); merit system principles, 5 U.S.C. 2301(b)(1)-(2)",
    fix: "the work itself, without party or cause",
    needs_model: false,
    check,
};

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b[Aa]s\ an?\ (?:lifelong\ |proud\ |registered\ |committed\ |loyal\ |staunch\ )*(?:Democrat|Republican|Libertarian|progressive|conservative|liberal|socialist)\b
        | \bI\ (?:am|was|have\ been|have\ always\ been)\ an?\ (?:lifelong\ |proud\ |registered\ |committed\ |staunch\ )*(?:Democrat|Republican|Libertarian|progressive|conservative|liberal|socialist)\b
        | \b[Mm]y\ (?:conservative|liberal|progressive|libertarian|political|Republican|Democratic)\ (?:values|views|beliefs|principles|convictions|ideals|leanings)\b
        | \b(?:the\ )?(?:Democratic|Republican|Libertarian|Green)\ (?:Party|National\ Committee)\b
        | \b(?:the\ )?(?:Obama|Trump|Biden|Clinton|Bush|McCain|Romney|Sanders|Harris|Reagan|Gore|Kerry)(?:[-/][A-Z]\w+)?\ (?:presidential\ )?campaign\b
        | \bI\ (?:voted\ for\ (?:the\ (?:governor|president|mayor|senator)|[A-Z]\w+\b)|voted\ (?:Democrat|Republican)\w*)
        | \bI\ voted\ for\b
        | \b[Mm]y\ (?:political\ )?party(?:'s)?\b
        | (?i:\b(?:the\ )?(?:radical|far|extreme|hard)[-\ ](?:left|right)(?:-wing)?\b)
        | (?i:\bpro-(?:life|choice)\b)
        | (?i:\bgun\ (?:rights|control)\b)
        | (?i:\b(?:woke|anti-woke|MAGA|defund\ the\ police|left-wing|right-wing)\b)
        | \bmy\ support\ (?:for|of)\ (?:the\ )?(?:President|Governor|Senator)\b
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for span in each_match(subject, &part.sections, &PATTERN) {
            found.push(subject.finding(&RULE, span, "political affiliation or a cause".to_owned()));
        }
    }
}
