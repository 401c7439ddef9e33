//! What reviewers decided, beside the tool's own view.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::terminal::{quotation, safe, title, wrapped};
use crate::report::{Palette, Report, TerminalOptions};

/// What a reviewer decided about a passage and a competency, or about a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionView {
    /// `accept` (the passage demonstrates the competency, the finding stands), `reject`, or `note`.
    pub verdict: Verdict,
    /// Who decided.
    pub who: String,
    /// The day, as the reviewer gave it.
    pub when: Option<String>,
    /// What the reviewer remarked.
    pub note: Option<String>,
    /// Id of the codebook of the competency, for a decision about a passage.
    pub codebook: Option<String>,
    /// Id of the competency, for a decision about a passage.
    pub competency: Option<String>,
    /// Id of the rule, for a decision about a finding.
    pub rule: Option<String>,
    /// Id of the passage it is attached to.
    pub passage: Option<String>,
    /// Id of the finding it is attached to.
    pub finding: Option<String>,
    /// `exact` (the words are those decided on), `near` (most of them are) or `unattached`.
    pub attached: String,
    /// Share of words in common with what was decided on, 0 to 1; 0 for one that is unattached.
    pub overlap: f64,
    /// What the tool says there: a level, or the finding's severity; none for one that is unattached or about
    /// another codebook.
    pub tool: Option<String>,
    /// The words decided on.
    pub text: String,
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The passage demonstrates the competency; the finding stands.
    Accept,
    /// It does not.
    Reject,
    /// A remark alone.
    Note,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Reject, Self::Note];

    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Note => "note",
        }
    }

    fn past(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
            Self::Note => "noted",
        }
    }
}

/// Writes one line for each decision below what it is about.
pub(super) fn marks<'a>(
    out: &mut String,
    decisions: impl Iterator<Item = &'a DecisionView>,
    options: &TerminalOptions,
) {
    let Palette { strong, reset, .. } = options.palette;
    for decision in decisions {
        let lines = wrapped(&safe(&said(decision)), options.width.saturating_sub(8));
        for (idx, line) in lines.iter().enumerate() {
            let sign = if idx == 0 { "\u{25B8}" } else { " " };
            let _ = writeln!(out, "      {strong}{sign}{reset} {line}");
        }
    }
}

/// Writes all decisions, with what the tool says in the same place.
pub(super) fn decisions(out: &mut String, report: &Report, options: &TerminalOptions) {
    if report.decisions.is_empty() {
        return;
    }
    out.push('\n');
    let n_loose = report
        .decisions
        .iter()
        .filter(|decision| decision.attached == "unattached")
        .count();
    let loose = match n_loose {
        0 => String::new(),
        n => format!(", {n} unattached: their words are gone; they are kept"),
    };
    let remark = format!(
        "{} of reviewers, beside the tool's own view{loose}",
        report.decisions.len()
    );
    title(out, "Decisions", &remark, options);
    for decision in &report.decisions {
        let text = format!(
            "{} on {}",
            safe(&sentence(decision)),
            quotation(&decision.text, options.quote_chars / 2)
        );
        let lines = wrapped(&text, options.width.saturating_sub(4));
        for (idx, line) in lines.iter().enumerate() {
            let _ = writeln!(out, "  {} {line}", if idx == 0 { "-" } else { " " });
        }
    }
}

/// What was decided about what, beside what the tool says: one line for every form of report.
pub(super) fn sentence(decision: &DecisionView) -> String {
    let about = decision.competency.as_ref().or(decision.rule.as_ref());
    let about = about.map_or("", String::as_str);
    let near = match decision.attached.as_str() {
        "near" => format!(", {:.0} % of the words", 100.0 * decision.overlap),
        _ => String::new(),
    };
    let place = decision.passage.as_ref().or(decision.finding.as_ref());
    let place = match (place, &decision.tool, &decision.codebook) {
        (Some(place), Some(tool), _) => format!("{place}, tool: {tool}{near}"),
        (Some(place), None, Some(codebook)) => format!("{place}, read with {codebook}{near}"),
        (Some(place), None, None) => format!("{place}{near}"),
        (None, _, _) => "unattached".to_owned(),
    };
    format!("{about} ({place}): {}", said(decision))
}

fn said(decision: &DecisionView) -> String {
    let mut text = format!("{} by {}", decision.verdict.past(), decision.who);
    if let Some(when) = &decision.when {
        let _ = write!(text, " on {when}");
    }
    if let Some(note) = &decision.note {
        let _ = write!(text, ": {note}");
    }
    text
}
