//! How often a rule is right: precision and recall on labeled texts, one file a rule.

mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::read::read_rule_cases;

use crate::analysis::{Toolkit, analyze, word_findings};
use crate::document::{Document, html, markdown, text};
use crate::error::{DocumentError, Result};
use crate::findings::{Finding, RULES, Rule};
use crate::profile::{DEFAULT_PROFILE, Limit, LimitName, Profile, Setting, shipped_profile};

/// A text and what a rule should find in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCase {
    /// Unique in its file.
    pub id: String,
    /// `dev`, looked at while the rule was written, or `test`, held back until the end.
    pub split: Split,
    /// A short narrative in Markdown, or in `format`.
    pub text: String,
    /// Whether anything is to be found, or the bytes of the extracted text where it is.
    pub expect: Expect,
    /// `md`, `html` or `txt`.
    #[serde(default = "default_format")]
    pub format: String,
    /// Id of a shipped profile.
    #[serde(default)]
    pub profile: Option<String>,
    /// The day that ages are counted to.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Number of pages, as a format with pages would tell.
    #[serde(default)]
    pub pages: Option<u32>,
    /// How the page is set, as a format with pages would tell.
    #[serde(default)]
    pub layout: CaseLayout,
    /// Limits laid over those of the profile.
    #[serde(default)]
    pub limits: BTreeMap<String, f64>,
}

/// How the page is set.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaseLayout {
    /// The narrowest margin.
    pub margin_inches: Option<f64>,
    /// The usual size of type.
    pub font_points: Option<f64>,
}

fn default_format() -> String {
    "md".to_owned()
}

/// The halves of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Looked at while the rule was written.
    Dev,
    /// Held back until the end.
    Test,
}

/// What should be found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Expect {
    /// Whether anything is found.
    Any(bool),
    /// Bytes of the text, half-open; each has to be touched by a finding, and no finding may lie elsewhere.
    Spans(Vec<(usize, usize)>),
}

/// What was found right and wrong: spans where the set marks spans, texts otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    /// Found and expected.
    pub right: usize,
    /// Found and not expected.
    pub wrong: usize,
    /// Expected and not found.
    pub missed: usize,
}

impl RuleCounts {
    /// Share of what was found that was expected; 1 if nothing was found.
    #[must_use]
    pub fn precision(self) -> f64 {
        ratio(self.right, self.right + self.wrong)
    }

    /// Share of what was expected that was found; 1 if nothing was expected.
    #[must_use]
    pub fn recall(self) -> f64 {
        ratio(self.right, self.right + self.missed)
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of a small set")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// Figures of one rule.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// The rule.
    pub rule: &'static Rule,
    /// Texts in the set.
    pub n_cases: usize,
    /// On the texts that were looked at.
    pub dev: RuleCounts,
    /// On the texts that were held back.
    pub test: RuleCounts,
    /// Ids of the texts with a wrong or missed finding.
    pub faults: Vec<String>,
}

impl RuleReport {
    /// Both halves together.
    #[must_use]
    pub fn all(&self) -> RuleCounts {
        let mut all = self.dev;
        all.add(self.test);
        all
    }
}

/// Measures a rule on its set. The toolkit's profile and day are set for each text and left as the last one needs.
///
/// # Errors
/// If a text cannot be read in its format, names an unknown profile, limit or day, or cannot be analyzed.
pub fn evaluate_rule(
    rule: &'static Rule,
    cases: &[RuleCase],
    toolkit: &mut Toolkit,
) -> Result<RuleReport, String> {
    let mut report = RuleReport {
        rule,
        n_cases: cases.len(),
        dev: RuleCounts::default(),
        test: RuleCounts::default(),
        faults: Vec::new(),
    };
    for case in cases {
        let fault = |detail: String| format!("{} {}: {detail}", rule.id, case.id);
        toolkit.profile = only(rule, case).map_err(fault)?;
        toolkit.as_of = match &case.as_of {
            Some(day) => Some(day.parse().map_err(fault)?),
            None => None,
        };
        let document = document(case).map_err(|error| fault(error.to_string()))?;
        let findings = if rule.needs_model {
            let analysis = analyze(document, toolkit).map_err(|error| fault(error.to_string()))?;
            analysis.findings
        } else {
            word_findings(
                &document,
                &toolkit.codebook,
                &toolkit.profile,
                toolkit.as_of,
            )
        };
        let counts = count(&case.expect, &findings);
        if counts.wrong + counts.missed > 0 {
            report.faults.push(case.id.clone());
        }
        match case.split {
            Split::Dev => report.dev.add(counts),
            Split::Test => report.test.add(counts),
        }
    }
    Ok(report)
}

/// The case's profile with this rule on and every other off.
fn only(rule: &Rule, case: &RuleCase) -> Result<Profile, String> {
    let id = case.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
    let mut profile = shipped_profile(id)
        .cloned()
        .ok_or_else(|| format!("unknown profile {id}"))?;
    for other in RULES {
        profile.rules.insert(other.id.to_owned(), Setting::Off);
    }
    profile.rules.insert(rule.id.to_owned(), Setting::On);
    for (key, &value) in &case.limits {
        let name = LimitName::ALL
            .into_iter()
            .find(|name| name.key() == key)
            .ok_or_else(|| format!("unknown limit {key}"))?;
        let source = String::new();
        profile.limits.set(name, Limit { value, source });
    }
    Ok(profile)
}

fn document(case: &RuleCase) -> Result<Document, DocumentError> {
    let mut document = match case.format.as_str() {
        "html" => html::parse(&case.text),
        "txt" => text::parse(&case.text),
        _ => markdown::parse(&case.text),
    }?;
    document.n_pages = case.pages.or(document.n_pages);
    document.setup.margin_inches = case.layout.margin_inches;
    document.setup.font_points = case.layout.font_points;
    Ok(document)
}

fn count(expect: &Expect, findings: &[Finding]) -> RuleCounts {
    match expect {
        Expect::Any(expected) => {
            let found = !findings.is_empty();
            RuleCounts {
                right: usize::from(*expected && found),
                wrong: usize::from(!expected && found),
                missed: usize::from(*expected && !found),
            }
        }
        Expect::Spans(expected) => {
            let found: Vec<(usize, usize)> = findings
                .iter()
                .flat_map(|finding| std::iter::once(&finding.place).chain(&finding.also))
                .map(|place| place.span.map_or((0, 0), |span| (span.start, span.end)))
                .collect();
            let touches = |a: &(usize, usize), b: &(usize, usize)| a.0 < b.1 && b.0 < a.1;
            let right = expected
                .iter()
                .filter(|span| found.iter().any(|other| touches(span, other)))
                .count();
            let wrong = found
                .iter()
                .filter(|span| !expected.iter().any(|other| touches(span, other)))
                .count();
            RuleCounts {
                right,
                wrong,
                missed: expected.len() - right,
            }
        }
    }
}
