//! Public figures by name.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "named-figure",
    severity: Severity::Warning,
    on: true,
    title: "Names a public figure",
    why: "A famous name draws the eye from the work and may carry politics with it; the office says as much.",
    source: "USDA guidance on writing ECQs (no named public figures or persons)",
    fix: "the office in place of the name",
    needs_model: false,
    check,
};

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b(?:(?:Vice\ )?President|Senator|Sen\.|Congress(?:man|woman)|Representative|Rep\.|Governor|Gov\.|Mayor|Secretary|Justice|Speaker|Ambassador|General|Gen\.|Admiral|Adm\.|Prime\ Minister|Chancellor|Commissioner|Attorney\ General)\ (?:(?:Donald|Joe|Joseph|Barack|George|Bill|William|Hillary|John|James|Jim|Robert|Bob|Elizabeth|Nancy|Mary|Michael|Mike|Thomas|Tom|David|Charles|Chuck|Mitch|Kamala|Susan|Mark|Tim|Lisa|Ted|Paul|Janet|Jerome|Colin|Lloyd|Antony|Ann|Anne|[A-Z]\.)\ )?(?:[A-Z]\.\ )?(?P<name>[A-Z][a-z]+(?:[A-Z][a-z]+)?)
        | \b(?:Barack\ Obama|Donald\ (?:J\.\ )?Trump|Joe\ Biden|Joseph\ Biden|George\ W\.\ Bush|Bill\ Clinton|Hillary\ (?:Rodham\ )?Clinton|Kamala\ Harris|Mike\ Pence|Dick\ Cheney|Al\ Gore|Nancy\ Pelosi|Mitch\ McConnell|Bernie\ Sanders|Colin\ Powell|Elon\ Musk|Bill\ Gates|Jeff\ Bezos|Oprah\ Winfrey|Anthony\ Fauci)\b
        ",
    )
});

/// What stands behind an office's title and is no name of a person.
const NO_NAMES: &[&str] = &[
    "Accounting",
    "Administration",
    "Advocate",
    "Affairs",
    "Assembly",
    "Assistance",
    "Award",
    "Awards",
    "Building",
    "Cabinet",
    "Board",
    "Chair",
    "Commission",
    "Committee",
    "Conference",
    "Contractor",
    "Contractors",
    "Council",
    "Counsel",
    "County",
    "Court",
    "Department",
    "Deputy",
    "District",
    "Electric",
    "Fellow",
    "Field",
    "Foundation",
    "Fund",
    "Hall",
    "Hospital",
    "House",
    "Island",
    "Ledger",
    "Management",
    "Manager",
    "Medal",
    "Motors",
    "Of",
    "Office",
    "Officer",
    "Officers",
    "Order",
    "Orders",
    "Park",
    "Plan",
    "Point",
    "Pro",
    "Program",
    "Provisions",
    "Quality",
    "Reagan",
    "Reform",
    "School",
    "Schedule",
    "Service",
    "Services",
    "Staff",
    "State",
    "States",
    "Street",
    "Superintendent",
    "Task",
    "Town",
    "Treasurer",
    "Unit",
    "University",
    "When",
    "Who",
    "And",
    "The",
    "For",
    "In",
    "On",
    "At",
    "To",
    "From",
    "With",
    "After",
    "Before",
    "Elect",
    "Emeritus",
    "Pershing",
    "Partners",
    "Dynamics",
    "Mills",
    "Surgery",
    "Medicine",
    "Practice",
    "Aviation",
    "Purchasing",
    "Membership",
    "Funds",
    "Education",
    "Research",
    "Inspector",
    "Employees",
    "Public",
    "Maintenance",
    "Support",
    "Supply",
    "Construction",
    "Duty",
    "Engineering",
];

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for sentence in subject.sentences_of(&part.sections) {
            let words = subject.words(sentence.span);
            for figure in PATTERN.captures_iter(words) {
                let is_office = figure
                    .name("name")
                    .is_some_and(|name| NO_NAMES.contains(&name.as_str()));
                let (Some(whole), false) = (figure.get(0), is_office) else {
                    continue;
                };
                // "USS Ronald Reagan", "the President George Bush Turnpike": things named after people.
                let before = words[..whole.start()].trim_end();
                if before.ends_with("USS")
                    || before.ends_with("the") && figure.name("name").is_some()
                {
                    continue;
                }
                let start = sentence.span.start + whole.start();
                let span = Span::new(start, start + whole.len());
                found.push(subject.finding(&RULE, span, "a public figure by name".to_owned()));
            }
        }
    }
}
