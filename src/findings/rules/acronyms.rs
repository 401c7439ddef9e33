//! Acronyms that an ECQ uses and never spells out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, Rule, Subject};
use crate::profile::{Profile, Severity};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "acronyms",
    severity: Severity::Warning,
    on: true,
    title: "Acronym not spelled out in its ECQ",
    why: "Readers come from other agencies and may read one ECQ alone.",
    source: "USDA guidance on writing ECQs; practitioners' checklists (spell out acronyms, in each ECQ)",
    fix: "the full name where the acronym first stands in this ECQ",
    needs_model: false,
    check,
};

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b[A-Z](?:[A-Z&]|[a-z](?:[A-Z]))[A-Z&]{0,5}s?\b(?:/[A-Z]{2,6}\b)?|\b[A-Z]{2,6}s?\b")
});

/// Acronyms that need no words: everyday ones, the federal grades, and agencies that every reader knows.
const KNOWN: &[&str] = &[
    "AC", "AD", "AI", "AIDS", "AM", "BA", "BC", "BS", "CAO", "CD", "CEO", "CFO", "CIO", "CIA",
    "COO", "COVID", "CPA", "CTO", "CY", "DC", "DNA", "DVD", "ECQ", "ECQs", "EU", "FAQ", "FAQs",
    "FBI", "FY", "GED", "GPS", "GS", "HIV", "HQ", "HR", "HTML", "HVAC", "ID", "IDs", "II", "III",
    "IQ", "IT", "IV", "IX", "JD", "KC", "LLC", "MA", "MBA", "MD", "MPA", "MPH", "MS", "MTQ",
    "NASA", "NATO", "NE", "NW", "OK", "PA", "PC", "PCs", "PDF", "PhD", "PM", "PMP", "PO", "PTQ",
    "QRB", "RFP", "RV", "SE", "SES", "SL", "ST", "SUV", "SW", "TBD", "TQ", "TQs", "TV", "UK", "UN",
    "URL", "US", "USA", "USB", "USS", "VA", "VI", "VII", "VIII", "VP", "WWII", "XI", "XII", "XIV",
    "IR", "SSN", "BLT", "CPR", "ATM", "VHF", "VCR", "CEOs", "CCAR", "AND", "OR",
];

/// Characters on each side of a word that tell whether the line is in capitals.
const NEAR: usize = 30;

/// Everyday words that people set in capitals for weight.
const STRESSED: &[&str] = &[
    "ALL", "ALWAYS", "AND", "ANY", "ARE", "BE", "BEST", "BOTH", "BUT", "DID", "DO", "EACH",
    "EVERY", "FIRST", "FOR", "HE", "HOW", "IN", "IS", "IT", "ITS", "LAST", "MORE", "MUST", "MY",
    "NEVER", "NEW", "NEXT", "NO", "NOT", "NOW", "OF", "OFF", "ON", "ONE", "ONLY", "OR", "OUR",
    "OUT", "SHE", "STOP", "THE", "THEY", "TO", "TWO", "UP", "WAS", "WE", "WHAT", "WHO", "WHY",
    "WILL", "YES", "YOU",
];

/// Two letters behind a comma: a state.
const STATES: &[&str] = &[
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS",
    "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM",
    "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI",
    "WV", "WY",
];

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    let document = subject.document.text.as_str();
    for part in &subject.parts {
        let mut uses: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for span in each_match(subject, &part.sections, &TOKEN) {
            if is_acronym(document, span) {
                let word = singular(subject.words(span));
                uses.entry(word.to_owned()).or_default().push(span);
            }
        }
        let texts: Vec<&str> = part
            .sections
            .iter()
            .map(|&section| subject.words(subject.sections[section].span))
            .collect();
        for (word, spans) in uses {
            if texts.iter().any(|text| is_spelled_out(text, &word)) {
                continue;
            }
            let elsewhere = is_spelled_out(document, &word);
            let message = if elsewhere {
                format!("{word} is spelled out elsewhere, not in {}", part.name)
            } else {
                format!("{word} is never spelled out")
            };
            if let Some(mut finding) = subject.finding_at(&RULE, &spans, message) {
                if elsewhere {
                    finding.severity = Severity::Note;
                }
                found.push(finding);
            }
        }
    }
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s')
        .filter(|stem| stem.len() > 1)
        .unwrap_or(word)
}

fn is_acronym(text: &str, span: Span) -> bool {
    let word = span.slice(text);
    if KNOWN.contains(&word) || KNOWN.contains(&singular(word)) || STRESSED.contains(&word) {
        return false;
    }
    let (before, behind) = (&text[..span.start], &text[span.end..]);
    // Initials of names, codes such as "GS-15" or "W912", and parts of "U.S.C.".
    let joined_before = before.ends_with(['-', '.', '_', '@', '#', '$']) && !before.ends_with(". ")
        || before.ends_with(|c: char| c.is_ascii_digit());
    let joined_behind = behind.starts_with(['_', '@'])
        || behind.strip_prefix(['-', '.']).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
        });
    if joined_before || joined_behind {
        return false;
    }
    // A citation or the number of a document: "33 CFR 165", "5 USC 3393", "SP 800-53".
    let number_before = before.trim_end().ends_with(|c: char| c.is_ascii_digit());
    let number_behind = behind
        .strip_prefix(' ')
        .is_some_and(|rest| rest.bytes().take(2).filter(u8::is_ascii_digit).count() == 2);
    if matches!(word, "CFR" | "USC" | "FR") && number_before || number_behind {
        return false;
    }
    if STATES.contains(&word) && before.ends_with(", ") {
        return false;
    }
    !is_shouted(before, behind)
}

/// Whether a word in capitals stands for itself, in a line of capitals.
fn is_shouted(before: &str, behind: &str) -> bool {
    let near = before
        .chars()
        .rev()
        .take(NEAR)
        .chain(behind.chars().take(NEAR));
    let (mut n_small, mut n_capital) = (0, 0);
    for c in near {
        n_small += usize::from(c.is_lowercase());
        n_capital += usize::from(c.is_uppercase());
    }
    n_capital > n_small
}

/// Whether the text gives the words.
fn is_spelled_out(text: &str, word: &str) -> bool {
    stands_in_capitals(text, word) || is_tied(text, word)
}

/// Whether words with capitals, and no others between them, begin with the letters: "Emergency Department".
fn stands_in_capitals(text: &str, word: &str) -> bool {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let mut at = 0;
    for token in text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}') {
        if token.is_empty() || matches!(token, "of" | "the" | "and" | "for" | "in" | "on") {
            continue;
        }
        let first = token.chars().next();
        let is_name = token.len() > 1 && token.chars().skip(1).all(|c| !c.is_uppercase());
        at = match first {
            Some(c) if is_name && c == letters[at] => at + 1,
            Some(c) if is_name && c == letters[0] => 1,
            _ => 0,
        };
        if at == letters.len() {
            return true;
        }
    }
    false
}

/// Whether the acronym stands beside its words: "Full Name (ABC)", "ABC (Full Name)", "full name, or ABC".
fn is_tied(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(word) {
        let (start, end) = (from + at, from + at + word.len());
        from = end;
        let (before, behind) = (&text[..start], &text[end..]);
        let is_whole = !before.ends_with(char::is_alphanumeric)
            && !behind
                .trim_start_matches('s')
                .starts_with(char::is_alphanumeric);
        if !is_whole {
            continue;
        }
        let before = before.trim_end_matches(['\u{201C}', '"', '\u{2018}', '\'']);
        let opened = before.ends_with('(') || before.ends_with('[');
        let named = ["or ", "called ", "the ", "as ", ", "]
            .iter()
            .any(|lead| before.ends_with(lead));
        if (opened || named) && has_initials(before.trim_end_matches(['(', '[', ' ']), word) {
            return true;
        }
        if let Some(inside) = behind
            .trim_start_matches('s')
            .trim_start()
            .strip_prefix(['(', ','])
        {
            let inside: String = inside
                .chars()
                .take_while(|c| !matches!(c, ')' | '.' | ';'))
                .collect();
            if follows(&inside, word) {
                return true;
            }
        }
    }
    false
}

/// Whether the last words before the bracket begin with the letters of the acronym, small words left out.
fn has_initials(before: &str, word: &str) -> bool {
    let tail: String = before
        .chars()
        .rev()
        .take(140)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let tail = tail
        .rsplit(['.', ';', '('])
        .next()
        .unwrap_or_default()
        .to_owned();
    follows(&tail, word)
}

/// Whether the letters of the acronym are the first letters of words of the phrase, in order; at most one may be
/// missing in acronyms of four letters or more.
fn follows(phrase: &str, word: &str) -> bool {
    let initials: Vec<char> = phrase
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter_map(|word| word.chars().next())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let letters: Vec<char> = word
        .chars()
        .filter(|c| c.is_alphabetic())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let mut at = 0;
    let mut n_found = 0;
    for letter in &letters {
        if let Some(step) = initials[at..].iter().position(|initial| initial == letter) {
            at += step + 1;
            n_found += 1;
        }
    }
    let n_missing = letters.len() - n_found;
    n_missing == 0 || (letters.len() >= 4 && n_missing <= 1)
}
