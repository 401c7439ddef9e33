//! Pointing to other parts: "as stated above".

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "cross-reference",
    severity: Severity::Warning,
    on: true,
    title: "Points to another part of the packet",
    why: "Each ECQ has to stand alone: board members may read them apart, and a pointer costs the words that the \
          story needs.",
    source: "USDA guidance on writing ECQs; practitioners' checklists (each ECQ readable alone, no pointing to other parts)",
    fix: "the facts that this ECQ needs, told here",
    needs_model: false,
    check,
};

static POINTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        \b(?:as|which\ I)\ (?:I\ )?(?:have\ |was\ |already\ |previously\ )*(?:stated|described|noted|mentioned|discussed|explained|detailed|outlined|indicated|cited|referenced|related|told|shown|demonstrated)\ (?:previously|above|earlier|before|elsewhere|below|in\ (?:my|the|ECQ|TQ))\b
        | \b(?:previously|already)\ (?:stated|described|noted|mentioned|discussed|referenced|cited)\ (?:above|example|in\ (?:my|the|ECQ|TQ)|(?:under|in)\ Leading)\b
        | \bas\ (?:previously|already)\ (?:stated|described|noted|mentioned|discussed|explained|detailed|outlined|indicated)\b
        | \b(?:described|mentioned|discussed|noted|detailed|outlined|cited|referenced|referred\ to|stated|summarized)\ (?:above|below|elsewhere|earlier\ in\ (?:this|my)|previously\ in\ (?:this|my)|in\ (?:my\ )?(?:ECQ|TQ|MTQ|Executive\ Core|the\ (?:previous|preceding|next|following|first|second|third|fourth|fifth)\ (?:ECQ|section|narrative|example|qualification)|my\ (?:resume|résumé|other\ (?:ECQ|narrative|statement)s?)))
        | \b(?:see|refer\ to|please\ see|cf\.)\ (?:also\ )?(?:above|below|attached|my\ (?:resume|résumé|other)|the\ (?:attached|enclosed|previous|preceding|next|first|second)|(?:ECQ|TQ|MTQ|Example)\ ?\#?\d|Leading\ (?:Change|People)|Results\ Driven|Business\ Acumen|Building\ Coalitions)
        | \bin\ (?:my\ )?(?:ECQ|TQ|MTQ)[\ -]?\#?\d\b(?:\ (?:above|below))?
        | \b(?:the\ )?above[-\ ](?:mentioned|referenced|cited|described|noted|named|stated)\b
        | \baforementioned\b
        | \bthe\ (?:example|story|project|initiative|accomplishment|case)s?\ (?:(?:above|below)(?:[,.;:)]|\ (?:I|we|shows?|was|were|is|are|also|made|and|gave|asked|illustrat\w+)\b)|(?:that\ )?I\ (?:gave|described|related|cited|used)\ (?:above|earlier|in|under))\b
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for span in each_match(subject, &part.sections, &POINTER) {
            found.push(subject.finding(
                &RULE,
                span,
                format!("{} points to another part", part.name),
            ));
        }
    }
}
