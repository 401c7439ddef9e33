//! Markings of controlled or classified matter.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "marking",
    severity: Severity::Warning,
    on: true,
    title: "Carries a marking of controlled matter",
    why: "A marked text does not belong in an application file: stop, do not send it on, and have it handled as its marking asks.",
    source: "32 CFR part 2002 (controlled unclassified information); agency rules for classified matter",
    fix: "a text that was cleared for release, without the marking",
    needs_model: false,
    check,
};

/// A marking with its slashes, or one in brackets before a paragraph.
static MARKING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:TOP SECRET|SECRET|CONFIDENTIAL|UNCLASSIFIED|CUI)//[A-Z][A-Z/ -]*[A-Z]|\((?:TS|S|C|U)//[A-Z][A-Z/ -]*\)|\((?:CUI|FOUO|U//FOUO|LES)\)",
    )
});

/// A line that is nothing but a marking.
static BANNER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\W*(?:(?:TOP )?SECRET|CONFIDENTIAL|NOFORN|CUI|FOUO|FOR OFFICIAL USE ONLY|CONTROLLED UNCLASSIFIED INFORMATION|LAW ENFORCEMENT SENSITIVE|SENSITIVE BUT UNCLASSIFIED)(?:[ /-]+(?:NOFORN|FOUO|SCI|SBU|FOR OFFICIAL USE ONLY|CONTROLLED))*\W*$",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for block in &subject.document.blocks {
        let text = subject.words(block.span);
        let mut spans: Vec<Span> = MARKING
            .find_iter(text)
            // "Controlled Unclassified Information (CUI)" explains the word and marks nothing.
            .filter(|marking| {
                !marking.as_str().starts_with('(')
                    || marking.as_str().contains('/')
                    || !text[..marking.start()]
                        .trim_end()
                        .ends_with(char::is_alphanumeric)
            })
            .map(|marking| {
                Span::new(
                    block.span.start + marking.start(),
                    block.span.start + marking.end(),
                )
            })
            .collect();
        if spans.is_empty() && BANNER.is_match(text) {
            spans.push(block.span);
        }
        for span in spans {
            found.push(subject.finding(
                &RULE,
                span,
                "marked as controlled or classified: stop and handle the file as the marking asks".to_owned(),
            ));
        }
    }
}
