//! Beliefs and leadership philosophy in place of acts.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "philosophy",
    severity: Severity::Warning,
    on: true,
    title: "States a belief",
    why: "A belief shows nothing that was done; boards return narratives that philosophize.",
    source: "USDA guidance on writing ECQs (leave out philosophy); practitioners on why cases fail (general philosophy)",
    fix: "an act that the belief led to, or nothing in its place",
    needs_model: false,
    check,
};

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b(?i:I)\ (?i:(?:strongly|firmly|truly|deeply|sincerely|honestly|wholeheartedly)\ (?:do\ )?believe(?:\ (?:that|in)\b)?
            | (?:have\ )?(?:always|long)\ believed?\ (?:that|in)\b
            | believe\ (?:strongly|firmly|deeply|wholeheartedly)?\ ?(?:that\ )?(?:in\ (?:the|a|an|my|people|teamwork|leading|empower\w*|hard)\b|leaders?\b|leadership\b|people\b|every\ |everyone\b|an?\ (?:good|great|strong|effective|true|real)\b))
        | (?i:\bI\ am\ a\ (?:firm|strong|great|true|big)\ believer\ in\b)
        | (?i:\bit\ is\ my\ (?:firm\ |strong\ )?(?:belief|conviction|philosophy)\ that\b)
        | (?i:\bmy\ (?:personal\ |own\ |overall\ )?(?:leadership|management|guiding|supervisory|personal)\ (?:and\ \w+\ )?philosophy\b)
        | (?i:\bmy\ philosophy\ (?:of|on|as|is|has)\b)
        | (?i:\bin\ my\ (?:view|opinion|mind),\ (?:an?\ )?(?:(?:good|great|true|real)\ )?(?:leaders?|executives?|managers?)\b)
        | \bLeadership\ (?:is|means|starts|begins|requires)\b(?:\ about\b)?
        | (?i:\b(?:an?|the)\ (?:good|great|strong|effective|true|real|successful)\ (?:leader|executive|manager))\ (?i:must|should|knows|never|always|is\ (?:one\ who|someone\ who|not)|has\ to|needs\ to|listens|leads|takes|cannot)\b
        | \b(?:True|Good|Great|Effective|Real|Strong|Successful)\ (?:leaders|executives|managers)\b
        | (?i:\bthe\ best\ (?:leaders|executives|managers)\ (?:know|are|never|always|do|lead|listen|have|understand|take)\b)
        | ^(?:Leaders|Executives|Managers)\ (?:should|must|need|have\ to|ought)\b
        | (?i:\b(?:every|all|any)\ (?:leader|executive|manager)s?\ (?:ought\ to|should|must|needs?\ to)\b)
        | \b[Oo]ne\ (?:must|should|cannot|ought\ to|does\ not)\b
        | \b[Aa]\ leader\ (?:without|who|in|must|should|is|has|knows)\b
        | (?i:\bI\ believe\ (?:strongly|firmly|deeply|wholeheartedly)\ (?:that|in)\b)
        | ^No\ one\ (?:does|can|leads|succeeds|works)\b | ^People\ (?:do|want|need|are\ (?:not|our|the))\b | (?i:\b(?:people|employees)\ are\ (?:our|an\ organization's|any\ organization's)\ (?:most|greatest)\b)
        | ^(?:An?|Any|Every)\ (?:organization|agency|team|enterprise)\ (?:that|is|cannot|must)\b
        | ^(?:Vision|Change|Trust|Integrity|Accountability|Diversity|Creativity(?:\ and\ innovation)?|Innovation|Customer\ service|Decisiveness|Teamwork|Communication|Mentoring|Coalitions?|Strategic\ thinking|Resilience|Success|Respect|Honesty)\ (?:is|are|must\ be)\ (?:also\ |similarly\ |often\ |always\ |never\ |simply\ |all\ )?(?:essential|important|key|vital|critical|crucial|built|the|a|not|what|earned|another|like|about|communicated|lived|easy)\b
        | (?i:\bit\ (?:goes\ without\ saying|has\ been\ my\ experience)\ that\b)
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for sentence in subject.sentences_of(&part.sections) {
            if PATTERN.is_match(subject.words(sentence.span)) {
                let message = "a belief, not an act".to_owned();
                found.push(subject.finding(&RULE, sentence.span, message));
            }
        }
    }
}
