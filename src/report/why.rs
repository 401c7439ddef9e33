//! What carried a cell, as a part of the report and on the terminal.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Toolkit};
use crate::explain::{Explanation, Influence, Match};
use crate::report::terminal::{place, safe, wrapped};
use crate::report::{Report, SpanView, TerminalOptions, rounded};

/// What carried one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhyView {
    /// Id of the ECQ, or of the group judged over the whole packet.
    pub ecq: String,
    /// Id of the competency.
    pub competency: String,
    /// `demonstrated`, `asserted` or `absent`.
    pub level: String,
    /// Id of the passage that decided; of an absent one the passage that comes nearest.
    pub passage: String,
    /// Probability of the level in that passage; of an absent one that it is demonstrated. 0 to 1.
    pub p: f64,
    /// Its sentences in order, with what each carried.
    pub sentences: Vec<InfluenceView>,
    /// Words of the sentence that carried most, strongest first.
    pub words: Vec<InfluenceView>,
    /// The annotated example most like the passage.
    pub example: Option<MatchView>,
    /// The indicator of the codebook most like the passage: likeness, not proof.
    pub indicator: Option<MatchView>,
    /// The competency that comes next in this passage.
    pub runner_up: Option<RunnerUpView>,
}

/// A part of a passage and what it carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfluenceView {
    /// Its words.
    pub text: String,
    /// Bytes of the passage's text.
    pub span: SpanView,
    /// Fall of the probability when it is left out; negative where it spoke against the level.
    pub fall: f64,
}

/// A text that is like the passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchView {
    /// Id of an example; of an indicator its number, from 1.
    pub id: String,
    /// The text.
    pub text: String,
    /// Cosine, −1 to 1.
    pub likeness: f64,
}

/// The competency that comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunnerUpView {
    /// Id of the competency.
    pub competency: String,
    /// Probability that the passage demonstrates it, 0 to 1.
    pub p: f64,
    /// The near-miss note that sets the two apart.
    pub note: Option<String>,
}

/// An explanation with its indexes turned into ids and words.
#[must_use]
pub fn why_view(explanation: &Explanation, analysis: &Analysis, toolkit: &Toolkit) -> WhyView {
    let codebook = &toolkit.codebook;
    let coverage = &analysis.coverage[explanation.coverage];
    let id = |idx: usize| codebook.competencies()[idx].id().as_str().to_owned();
    let passage = &analysis.passages[explanation.passage];
    let influence = |one: &Influence| InfluenceView {
        text: one.span.slice(&passage.text).to_owned(),
        span: SpanView {
            start: one.span.start,
            end: one.span.end,
        },
        fall: rounded(one.fall),
    };
    let found = |one: &Match| MatchView {
        id: one.id.clone(),
        text: one.text.clone(),
        likeness: rounded(one.likeness),
    };
    let level = coverage
        .competencies
        .iter()
        .find(|(idx, _)| *idx == explanation.competency)
        .map(|(_, cell)| cell.level)
        .unwrap_or_default();
    WhyView {
        ecq: codebook.ecqs()[coverage.ecq].id().to_owned(),
        competency: id(explanation.competency),
        level: level.name().to_owned(),
        passage: passage.id.clone(),
        p: rounded(explanation.p),
        sentences: explanation.sentences.iter().map(influence).collect(),
        words: explanation.words.iter().map(influence).collect(),
        example: explanation.example.as_ref().map(found),
        indicator: explanation.indicator.as_ref().map(found),
        runner_up: explanation.runner_up.as_ref().map(|next| RunnerUpView {
            competency: id(next.competency),
            p: rounded(next.p),
            note: next.note.clone(),
        }),
    }
}

/// All explanations of a report under a title; empty without any.
#[must_use]
pub(super) fn render_whys(report: &Report, options: &TerminalOptions) -> String {
    if report.why.is_empty() {
        return String::new();
    }
    let title =
        "\nWHY  what each sentence and word carried: the fall of the probability without it\n";
    std::iter::once(title.to_owned())
        .chain(
            report
                .why
                .iter()
                .map(|why| render_why(why, report, options)),
        )
        .collect()
}

/// One explanation as text.
#[must_use]
pub fn render_why(why: &WhyView, report: &Report, options: &TerminalOptions) -> String {
    let mut out = String::new();
    let palette = options.palette;
    let word = match why.level.as_str() {
        "demonstrated" => "demonstrated",
        "asserted" => "asserted only",
        _ => "missing; the passage that comes nearest",
    };
    let at = report
        .passage(&why.passage)
        .map_or_else(String::new, |passage| format!(" ({})", place(passage)));
    let _ = writeln!(
        out,
        "{}{} {}{}  {word}, probability {:.2}{at}",
        palette.strong,
        safe(&why.ecq).to_uppercase(),
        safe(&why.competency),
        palette.reset,
        why.p
    );
    let mut line = |lead: &str, text: &str| {
        for (idx, part) in wrapped(text, options.width.saturating_sub(22))
            .iter()
            .enumerate()
        {
            let lead = if idx == 0 { lead } else { "" };
            let _ = writeln!(out, "  {lead:<20}{part}");
        }
    };
    for sentence in &why.sentences {
        line(
            &format!("without it {:+.2}", -sentence.fall),
            &format!("\u{201C}{}\u{201D}", safe(&sentence.text)),
        );
    }
    let words: Vec<String> = why
        .words
        .iter()
        .map(|word| format!("{} ({:+.2})", safe(&word.text), -word.fall))
        .collect();
    let words = if words.is_empty() {
        "no single word carries it".to_owned()
    } else {
        words.join(", ")
    };
    line("without the word", &words);
    if let Some(indicator) = &why.indicator {
        line(
            "nearest indicator",
            &format!(
                "{} (likeness {:.2}, no proof)",
                safe(&indicator.text),
                indicator.likeness
            ),
        );
    }
    if let Some(example) = &why.example {
        line(
            "nearest example",
            &format!(
                "\u{201C}{}\u{201D} (annotated so in the corpus, {}; likeness {:.2})",
                safe(&example.text),
                safe(&example.id),
                example.likeness
            ),
        );
    }
    if let Some(next) = &why.runner_up {
        let note = next
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!(": {}", safe(note)));
        line(
            "next competency",
            &format!("{} ({:.2}){note}", safe(&next.competency), next.p),
        );
    }
    out
}
