//! What has a form.

use regex::{Regex, RegexBuilder};

/// Most names that are looked for; a document has a few dozen.
const MAX_NAMES: usize = 2_000;

/// A form, and what stands in its place; of a form with a group `goes` only that group is replaced.
struct Pattern {
    regex: Regex,
    label: &'static str,
}

/// Finds what names or reaches a person.
pub(super) struct Finder {
    patterns: Vec<Pattern>,
}

const MONTH: &str = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const STREET: &str = "(?:street|st\\.?|avenue|ave\\.?|road|rd\\.?|boulevard|blvd\\.?|lane|ln\\.?|drive|dr\\.?|court|ct\\.?|place|pl\\.?|terrace|circle|cir\\.?|way|parkway|pkwy\\.?|highway|hwy\\.?|square)";

impl Finder {
    /// A finder of all forms and of the given names.
    pub(super) fn new(names: &[String]) -> Self {
        let date = format!(
            "(?:\\d{{1,2}}[/.-]\\d{{1,2}}[/.-](?:\\d{{4}}|\\d{{2}})|\\d{{4}}-\\d{{2}}-\\d{{2}}|{MONTH}\\s+\\d{{1,2}},?\\s+\\d{{4}}|\\d{{1,2}}\\s+{MONTH}\\s+\\d{{4}})"
        );
        let forms = [
            (
                "[\\p{L}\\p{N}._%+'-]+@[\\p{L}\\p{N}.-]+\\.\\p{L}{2,}".to_owned(),
                "[e-mail]",
            ),
            (
                format!("\\b(?:d\\.?o\\.?b\\.?|date\\s+of\\s+birth|born(?:\\s+on)?|birth\\s*date|birthday(?:\\s+is)?)\\s*[:,]?\\s*(?P<goes>{date})"),
                "[date of birth]",
            ),
            ("\\b\\d{3}-\\d{2}-\\d{4}\\b".to_owned(), "[number]"),
            (
                "\\b(?:ssn|social\\s+security(?:\\s+(?:no\\.?|number|#))?)\\s*[:#]?\\s*(?:is\\s+)?(?P<goes>\\d{3}[ -]?\\d{2}[ -]?\\d{4}|(?:[x*]{3}-?[x*]{2}-?|last\\s+four\\s*:?\\s*)\\d{4})\\b".to_owned(),
                "[number]",
            ),
            (
                "(?:\\+?1[ .-]?)?(?:\\(\\d{3}\\)[ .-]?|\\b\\d{3}[ .-])\\d{3}[.-]\\d{4}\\b(?:,?\\s*(?:x|ext\\.?|extension)\\s*\\d{1,6})?".to_owned(),
                "[telephone]",
            ),
            ("\\+\\d{1,3}(?:[ .-]?\\(?\\d{1,4}\\)?){2,5}\\b".to_owned(), "[telephone]"),
            (
                format!(
                    "\\b\\d{{1,6}}(?:-\\d{{1,4}})?\\s+(?:[nsew]\\.?\\s+|north\\s+|south\\s+|east\\s+|west\\s+)?(?:(?-i:\\p{{Lu}}[\\p{{L}}'’.-]*|\\d+(?:st|nd|rd|th))\\s+){{1,4}}{STREET}(?:\\s+(?:[ns]\\.?[ew]?\\.?|[ew]\\.?)\\b\\.?)?(?:,?\\s+(?:apt|apartment|suite|ste|unit|no|#)\\.?\\s*#?[\\p{{L}}\\p{{N}}-]+)?(?:,?\\s+(?-i:\\p{{Lu}}[\\p{{L}}'’.-]+(?:\\s\\p{{Lu}}[\\p{{L}}'’.-]+){{0,2}}),\\s+(?-i:[A-Z]{{2}}|\\p{{Lu}}\\p{{Ll}}+(?:\\s\\p{{Lu}}\\p{{Ll}}+)?)(?:\\s+\\d{{5}}(?:-\\d{{4}})?)?)?"
                ),
                "[address]",
            ),
            ("\\bp\\.?\\s*o\\.?\\s+box\\s+\\d+\\b".to_owned(), "[address]"),
            (
                "(?-i:\\p{Lu}[\\p{L}'’-]+(?:\\s\\p{Lu}[\\p{L}'’-]+){0,2}),\\s+(?-i:[A-Z]{2})\\s+\\d{5}(?:-\\d{4})?\\b".to_owned(),
                "[address]",
            ),
        ];
        let mut patterns: Vec<Pattern> = forms
            .iter()
            .filter_map(|(form, label)| pattern(form, label, true))
            .collect();
        let mut longest_first: Vec<&String> = names.iter().take(MAX_NAMES).collect();
        longest_first.sort_by_key(|name| std::cmp::Reverse(name.len()));
        if !longest_first.is_empty() {
            let alternatives: Vec<String> = longest_first
                .iter()
                .map(|name| regex::escape(name).replace(' ', "\\.?\\s+"))
                .collect();
            let form = format!("\\b(?:{})\\b", alternatives.join("|"));
            patterns.extend(pattern(&form, "[name]", false));
        }
        Self { patterns }
    }

    /// What goes, as byte ranges in rising order without overlap, with what stands in its place.
    pub(super) fn find(&self, text: &str) -> Vec<(usize, usize, &'static str)> {
        let mut found: Vec<(usize, usize, &'static str)> = Vec::new();
        for pattern in &self.patterns {
            for captures in pattern.regex.captures_iter(text) {
                if let Some(part) = captures.name("goes").or_else(|| captures.get(0)) {
                    found.push((part.start(), part.end(), pattern.label));
                }
            }
        }
        found.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
        let mut last = 0;
        found.retain(|&(start, end, _)| {
            let keeps = start >= last;
            if keeps {
                last = end;
            }
            keeps
        });
        found
    }

    /// A text without what goes.
    pub(super) fn replace(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end, label) in self.find(text) {
            out.push_str(&text[at..start]);
            out.push_str(label);
            at = end;
        }
        out.push_str(&text[at..]);
        out
    }
}

fn pattern(form: &str, label: &'static str, ignores_case: bool) -> Option<Pattern> {
    let regex = RegexBuilder::new(form)
        .case_insensitive(ignores_case)
        .size_limit(64 << 20)
        .build();
    debug_assert!(regex.is_ok(), "{form}");
    regex.ok().map(|regex| Pattern { regex, label })
}
