//! ECQs that tell of no budget, staff, sites or population.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "scope-missing",
    severity: Severity::Warning,
    on: true,
    title: "No scope: budget, staff, sites or people served",
    why: "Without its size a reader cannot tell an executive's task from a team leader's.",
    source: "practitioners on board remarks (no scope); scope markers in announcements and writing guides (budget, staff, sites, population served)",
    fix: "the size of what was led: money, people, places, those served",
    needs_model: false,
    check,
};

const COUNT: &str = r"(?:\d[\d,.]*(?:[-\ ]?(?:million|thousand|billion))?|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?(?:\ hundred|\ thousand)?|(?:several|many|dozens\ of)?\ ?hundreds?\ of|thousands\ of|two\ hundred|a\ hundred)";

/// Counts of places; two offices are no scope yet.
const MANY: &str = r"(?:[3-9]|\d\d[\d,.]*|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozens\ of|hundreds\ of)(?:-\w+)?";

static SCOPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)
        \$\ ?\d[\d,.]*\ ?(?:million|billion|thousand|[mbk])?\b
        | \b{COUNT}[-\ ](?:[\w'’/-]+\ ){{0,4}}?(?:employees?|staff(?:ers)?|people|persons?|personnel|members|workers|workforce|contractors?|civilians?|soldiers?|sailors?|airmen|marines|troops|officers?|inspectors?|nurses|physicians|engineers|analysts|agents|attorneys|technicians|metrologists|scientists|volunteers|FTEs?|positions|direct\ reports|supervisors|chiefs|managers|beds)\b
        | \b{MANY}\ (?:[\w'’-]+\ ){{0,3}}?(?:offices?|sites?|locations?|regions?|districts?|states?|counties|countries|facilities|clinics?|hospitals?|branches|divisions?|centers?|stations?|plants?|ports?|agencies|organizations?|bureaus?|elevators?|schools?|laboratories|installations?|bases|parks?|territories|cities|towns|jurisdictions|tribes|units?|systems|modules|miles|acres|square\ (?:feet|miles))\b
        | \b{COUNT}\ (?:[\w'’-]+\ ){{0,3}}?(?:residents|citizens|patients|veterans|students|customers|households|taxpayers|users|beneficiaries|claimants|inhabitants|families|passengers|visitors|devices|customers|returns|refunds|claims|cases|inspections|applications|appointments|companies|barges|trucks|vehicles|ships|vessels|voters|farms|farmers)\b
        | \b(?:nation|agency|department|enterprise|state|company|region|system|bureau|force|army|navy|world)-?wide\b
        | \b(?:single|double)-digit\ billions?\b",
    ))
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        let has_story = subject
            .examples
            .iter()
            .any(|example| example.acts && subject.parts[example.part] == *part);
        if !has_story || !each_match(subject, &part.sections, &SCOPE).is_empty() {
            continue;
        }
        if let Some(first) = subject.sentences_of(&part.sections).next() {
            let message = format!(
                "{} names no budget, staff, sites or people served",
                part.name
            );
            found.push(subject.finding(&RULE, first.span, message));
        }
    }
}
