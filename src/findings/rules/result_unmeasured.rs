//! Results without a measure.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::story::has_label;
use crate::findings::words::regex;
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "result-unmeasured",
    severity: Severity::Warning,
    on: true,
    title: "Results without a measure",
    why: "Weak or unmeasured results are among the first reasons for returned packets.",
    source: "practitioners on why cases fail (weak, unmeasured or small results); writing guides (concrete, measured outcomes)",
    fix: "how much, how many, how long, compared with what",
    needs_model: true,
    check,
};

/// A number with what it counts, an amount, a share, a time, or a decision that can be checked.
static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
        [$€£]\ ?\d | \d\ ?(?:%|percent\b) | \b\d[\d,.]*\b
        | \b(?:half|third|quarter|twice|double[ds]?|tripled?|halved|tenfold|twofold|dozens?)\b
        | \b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?)(?:-\w+)?\b
        | \b(?:no|without|zero)\ (?:audit\ )?(?:findings?|errors?|injur\w+|grievances?|losses|complaints?|exceptions?|conditions|defects|accidents?|fatalit\w+|dissent\w*)\b
        | \b(?:all|both|neither|none|every|unanimous\w*|last|first|ahead\ of\ schedule|under\ budget|on\ time)\b
        ",
    )
});

/// A date is a number and measures nothing.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)\b(?:FY ?'?\d+|(?:19|20)\d\d)\b|\b(?:first|last) (?:time|year|month|week|day)s?\b")
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let Some(readings) = subject.readings else {
        return;
    };
    for example in subject.examples.iter().filter(|example| example.acts) {
        let results: Vec<usize> = example
            .passages
            .iter()
            .copied()
            .filter(|&idx| has_label(&readings, idx, "result"))
            .collect();
        let Some(&last) = results.last() else {
            continue;
        };
        let is_measured = example
            .passages
            .iter()
            .filter(|&&idx| idx >= results[0])
            .any(|&idx| {
                let is_beginning = idx == example.passages[0] && example.passages.len() == 1;
                let sentences = &subject.passages[idx].sentences;
                // In a story of one passage the first half is its beginning, whose numbers measure the challenge.
                let from = if is_beginning { sentences.len() / 2 } else { 0 };
                sentences[from..].iter().any(|&sentence| {
                    let words = DATE.replace_all(subject.words(sentence), "");
                    MEASURE.is_match(&words)
                })
            });
        if !is_measured {
            let name = &subject.parts[example.part].name;
            let message = format!("{name}: the result of this example has no measure");
            let sentence = subject.passages[last].sentences.last().copied();
            let span = sentence.unwrap_or(subject.passages[last].span);
            found.push(subject.finding(&RULE, span, message));
        }
    }
}
