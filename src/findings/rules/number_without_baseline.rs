//! A change in numbers without what it was before or how long it took.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "number-without-baseline",
    severity: Severity::Note,
    on: true,
    title: "A change without baseline or period",
    why: "Thirty percent of what, and in what time? A number without them cannot be weighed.",
    source: "practitioners on why cases fail (weak or unmeasured results, no scope)",
    fix: "what it was before, or the time in which it changed",
    needs_model: false,
    check,
};

static CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    const NUMBER: &str = r"(?:\$\ ?\d[\d,.]*(?:\ ?(?:million|billion|thousand|[MBK]\b))?|\d[\d,.]*\ ?(?:%|percent(?:age\ points)?|points|days|hours|weeks|months|minutes)|(?:one\ |two\ )?(?:half|a\ third|a\ quarter|two\ thirds|thirds)|\d[\d,]*)";
    regex(&format!(
        r"(?x)\b(?:(?i)
        (?:\w+\ )?(?:fell|dropped|rose|improved|increased|decreased|declined|grew|shrank|climbed)\ (?:by\ )?{NUMBER}
        | (?:were|was|been)\ (?:reduced|increased|cut|improved|lowered|raised|shortened)\ by\ {NUMBER}
        | (?:reduced|reducing|increased|increasing|cut|cutting|improved|improving|lowered|lowering|raised|raising|shortened|shortening|boosted|boosting|decreased|grew|grown)\ (?:[\w'’-]+\ ){{1,6}}?by\ {NUMBER}
        | (?:saved|saving|yielded|generated|recovered|avoided|achieved|realized)\ (?:[\w'’-]+\ ){{0,4}}?(?:of\ )?\$\ ?\d[\d,.]*(?:\ ?(?:million|billion|thousand|[MBK]\b))?
        )"
    ))
});

/// A baseline, a comparison, a period or a date in the same sentence.
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        \bfrom\ (?:\w+\ ){0,3}(?:[$\d]|\w+\ percent|nearly|about|almost|over|more\ than|one|two|three|four|five|six|seven|eight|nine|ten|zero|none)
        | \b(?:compared|versus|vs\.?|relative\ to|than\ (?:the|in|a|any)|over\ the\ (?:year|previous|prior|same|baseline|old)|baseline|before|previously|against\ (?:the|a|an))\b
        | \b(?:a|per|each|every)\ (?:year|month|week|day|quarter|season)\b | \b(?:annual|annually|yearly|monthly|weekly|quarterly)\b
        | \b(?:within|in|over|after|during|for)\ (?:\w+\ ){0,3}(?:year|years|months|month|weeks|week|days|quarters?|season)\b
        | \bby\ the\ end\b | \b(?:first|second|third|last|next|following|same)\ (?:year|quarter|month|season|survey|half)\b | \bbetween\b | \bthat\ (?:year|season|month|fall|spring|summer|winter)\b
        | \b(?:19|20)\d\d\b | \bFY\ ?'?\d | \bfiscal\ year\b | \b\d+[-\ ](?:year|month|week|day)\b | \bto\ (?:\w+\ )?\d | (?-i:\b[Aa]fter\ [A-HJ-Z])
        | \b(?:January|February|March|April|June|July|August|September|October|November|December)\b
        | \bof\ (?:the|our|its|all|a)\ (?:\w+\ ){0,2}\$?\d | \b(?:two|three|four|five|six|nine|ten|twelve|eighteen)[-\ ](?:year|month|week|day)s?\b | \btwice\b
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        // What the sentence before in the same paragraph said holds for this one too.
        let mut anchored: Option<u32> = None;
        for sentence in subject.sentences_of(&part.sections) {
            let words = subject.words(sentence.span);
            let paragraph = subject.place(sentence.span).paragraph;
            let is_anchored = ANCHOR.is_match(words);
            if !is_anchored && anchored.is_none_or(|anchored| Some(anchored) != paragraph) {
                found.extend(CHANGE.find_iter(words).map(|change| {
                    let start = sentence.span.start + change.start();
                    let span = Span::new(start, start + change.len());
                    subject.finding(
                        &RULE,
                        span,
                        "a change without what it was before or the time it took".to_owned(),
                    )
                }));
            }
            anchored = paragraph.filter(|_| is_anchored);
        }
    }
}
