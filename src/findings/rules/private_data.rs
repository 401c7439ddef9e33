//! Personal data: social security number, birth date, home address, telephone.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::BlockKind;
use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "private-data",
    severity: Severity::Warning,
    on: true,
    title: "Holds personal data",
    why: "Narratives are passed from hand to hand; announcements ask for no social security number or birth date.",
    source: "Department of Energy tips for executive applications (no SSN, no birth date); Privacy Act, 5 U.S.C. 552a",
    fix: "nothing; the application form takes what is needed",
    needs_model: false,
    check,
};

static PATTERNS: LazyLock<[(&str, Regex); 3]> = LazyLock::new(|| {
    [
        (
            "a social security number",
            regex(
                r"\b(?:00[1-9]|0[1-9]\d|[1-8]\d\d)-\d\d-\d{4}\b|(?i:\b(?:ssn|social security (?:number|no\.?))\b:?\s*#?\s*)(?P<at>\d{3}[- ]?\d\d[- ]?\d{4}\b)",
            ),
        ),
        (
            "a birth date",
            regex(
                r"(?i)\b(?:date of birth|birth ?date|d\.?o\.?b\.?)\b\s*[:\-]?\s*(?:\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|[a-z]{3,9}\.? \d{1,2},? \d{4}|\d{4}-\d\d-\d\d|\d{1,2} [a-z]{3,9} \d{4})|\bI was born (?:on|in) (?:[a-z]{3,9} )?(?:\d{1,2},? )?\d{4}",
            ),
        ),
        (
            "a telephone number",
            regex(r"(?:\+?1[ .-])?(?:\([2-9]\d\d\) ?|\b[2-9]\d\d[ .-])\d{3}[ .-]\d{4}\b"),
        ),
    ]
});

/// A street address, looked for where people put their own: in lines that are no sentence.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b\d{1,5} (?:[NSEW]\.? |North |South |East |West )?(?:[A-Z0-9][A-Za-z0-9']+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way|Place|Pl|Terrace|Circle|Cir|Parkway|Pkwy|Trail)\b\.?(?: (?:Apt|Apartment|Unit|#)\.? ?\w+)?",
    )
});

static TOLL_FREE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:\+?1[ .-])?\(?8(?:00|33|44|55|66|77|88)\b"));

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for block in &subject.document.blocks {
        let text = subject.words(block.span);
        for (what, pattern) in PATTERNS.iter() {
            for data in pattern.captures_iter(text) {
                let Some(whole) = data.name("at").or_else(|| data.get(0)) else {
                    continue;
                };
                if *what == "a telephone number"
                    && (TOLL_FREE.is_match(whole.as_str())
                        || is_in_number(text, whole.start(), whole.end()))
                {
                    continue;
                }
                push(
                    subject,
                    block.span.start + whole.start(),
                    whole.len(),
                    what,
                    found,
                );
            }
        }
        let is_line = !matches!(block.kind, BlockKind::Heading { .. })
            && text.split_whitespace().count() <= 16
            && !text.trim_end().ends_with('.');
        if let Some(address) = ADDRESS.find(text).filter(|_| is_line) {
            push(
                subject,
                block.span.start + address.start(),
                address.len(),
                "a home address",
                found,
            );
        }
    }
}

/// Whether digits are part of a longer number, such as a fund code.
fn is_in_number(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: char| c.is_ascii_digit() || c == '-';
    text[..start].ends_with(joins) || text[end..].starts_with(joins)
}

fn push(subject: &Subject<'_>, start: usize, len: usize, what: &str, found: &mut Vec<Finding>) {
    let span = Span::new(start, start + len);
    found.push(subject.finding(&RULE, span, format!("reads like {what}")));
}
