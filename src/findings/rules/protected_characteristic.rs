//! Age, sex, religion, race and the like, of the writer or of staff.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "protected-characteristic",
    severity: Severity::Warning,
    on: true,
    title: "Names a protected characteristic",
    why: "Selection takes no account of race, color, religion, national origin, sex, marital status, age or disability; naming them helps no reader.",
    source: "merit system principles, 5 U.S.C. 2301(b)(2); practitioners on what to leave out (religion, age, sex, ethnicity)",
    fix: "what was done, without the characteristic",
    needs_model: false,
    check,
};

/// Groups that a person is said to belong to.
const GROUP: &str = r"(?:woman|female|black|white|african[-\ ]american|hispanic|latin[oax]|asian(?:[-\ ]american)?|native\ american|american\ indian|christian|catholic|protestant|baptist|evangelical|mormon|muslim|jew(?:ish)?|hindu|buddhist|atheist|gay|lesbian|bisexual|transgender|queer|lgbtq?\w*|disabled|blind|deaf|single\ (?:mother|father|parent)|immigrant|wheelchair\ user|person\ of\ color|minority)";

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)
        \bas\ an?\ (?:proud\ |young\ |older\ |openly\ |devout\ |practicing\ |married\ )*(?:{GROUP})\b(?:\ (?:man|woman|person|leader|executive|female|male|veteran|parent|mother|father))?
        | \bI\ am\ (?:an?\ )?(?:proud\ |openly\ |devout\ |practicing\ )*(?:{GROUP})\b(?:\ (?:man|woman|person))?
        | \b(?:I\ am|as)\ an?\ \d\d-year-old\b
        | \bI\ am\ \d\d\ years\ (?:old|of\ age|young)\b
        | \bas\ (?:an?|the)\ (?:working\ |single\ |proud\ )?(?:mother|father|grandmother|grandfather|wife|husband|parent)\ of\ (?:\w+)\b
        | \bas\ an?\ (?:deacon|elder|pastor|rabbi|imam|minister|member)\ of\ my\ (?:church|parish|synagogue|mosque|temple|congregation)\b
        | \bmy\ (?:own\ |deep\ |strong\ )?(?:christian|catholic|muslim|jewish|religious|mormon)?\ ?(?:faith|religion|ethnicity|race|sexual\ orientation|gender\ identity|disability|pregnancy)\b
        | \bI\ was\ (?:then\ )?pregnant\b
        | \bat\ my\ age\b
        | \b(?:hired|promoted|selected|chose|picked|appointed|recruited)\ (?:an?\ )?(?:(?:older|younger|young|elderly)\ )?(?:black|white|hispanic|asian|latin[oa]|african[-\ ]american|female|gay|lesbian|muslim|jewish|disabled)\ (?:man|woman|male|female|employee|manager|candidate|applicant)\b
        | \ban?\ (?:black|white|hispanic|asian|african[-\ ]american)\ (?:man|woman|male|female)\b
        ",
    ))
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for span in each_match(subject, &part.sections, &PATTERN) {
            found.push(subject.finding(
                &RULE,
                span,
                "a characteristic that selection may not weigh".to_owned(),
            ));
        }
    }
}
