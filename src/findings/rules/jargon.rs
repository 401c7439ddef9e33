//! Insider and bureaucratic phrases.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "jargon",
    severity: Severity::Note,
    on: true,
    title: "Uses a phrase that an outsider may not follow",
    why: "Board members come from other agencies; a phrase of the trade or the office costs them the point.",
    source: "USDA guidance on writing ECQs (plain words, no bureaucratic phrases); practitioners on board remarks (inside baseball)",
    fix: "what happened, in words that a reader from another agency uses",
    needs_model: false,
    check,
};

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        \bbattle\ rhythms?\b | \blow[-\ ]hanging\ fruit\b | \bdeconflict(?:s|ed|ing|ion)?\b | \bforce\ multipliers?\b
        | \bmov(?:e|es|ed|ing)\ the\ needle\b | \bcolou?rs?\ of\ money\b | \bswim\ ?lanes?\b
        | \bPOA&Ms?\b | \bboots\ on\ the\ ground(?:\ (?:in|at|within|by|for|and|to|there)\b|[.,;]) | \bsocializ(?:e|ed|ing)\ the\ (?:plan|idea|concept|proposal|draft|strategy|document|policy)\b
        | \boperationaliz(?:e|ed|es|ing)\b | \bparadigm\ shifts?\b | \b(?:stood|stand|standing)\ up\ an?\ (?:\w+\ )?(?:team|cell|task\ force|working\ group|office|pmo)\b
        | \btiger\ teams?\b | \bsynerg(?:y|ies|ize|ized|istically)\b | \bOPTEMPO\b | \bleft\ of\ boom\b | \bboil\ the\ ocean\b
        | \bopen\ the\ kimono\b | \bcircle\ back\b | \bsingle\ belly[-\ ]button\b | \bstovepip(?:e|es|ed)\b
        | \bmission[-\ ]set\b | \bway\ ahead\b | \bhot\ ?wash\b | \bright[-\ ]siz(?:e|ed|ing)\b | \bdrill(?:ed|ing)?\ down\ (?:into|on)\b
        | \bthought\ leadership\b | \bvalue[-\ ]add(?:ed)?\ proposition\b | \bpush(?:ed|ing)?\ the\ envelope\b | \b(?:think|thinking|thought)\ outside\ the\ box\b
        | \bbest[-\ ]of[-\ ]breed\b | \bholistic(?:ally)?\ (?:approach|solution|view)\b | \bleverag(?:e|ed|ing)\ (?:core\ competenc\w+|synerg\w+|best\ practices)\b
        | \bbuilding\ block\ approach\b | \bDOTMLPF\b | \bPPBE\b | \bPOM\ (?:cycle|build|submission)\b | \bgreen[-\ ]lit\b | \bknife\ fights?\b | \bfull[-\ ]court\ press\b
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        for span in each_match(subject, &part.sections, &PATTERN) {
            found.push(subject.finding(&RULE, span, "a phrase of the trade".to_owned()));
        }
    }
}
