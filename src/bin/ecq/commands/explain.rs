//! `ecq explain` and `ecq analyze --why`: what carried a cell.

use anyhow::{Result, bail};
use ecq::analysis::{Analysis, Toolkit};
use ecq::classify::Level;
use ecq::codebook::{Codebook, nearest};
use ecq::dataset::{Annotation, examples};
use ecq::explain::{ExplainOptions, explain};
use ecq::report::{WhyView, render_why, why_view};

use crate::args::{ExplainArgs, Format};
use crate::commands::config;
use crate::commands::reader::{Reader, terminal_options};
use crate::errors::Code;
use crate::output;

/// Examples of the competency that are compared: all that ship.
const MAX_EXAMPLES: usize = 64;
/// The same for every cell of a report, which has twenty or more.
const MAX_EXAMPLES_REPORT: usize = 8;
/// Words that are shown.
const MAX_WORDS: usize = 6;

/// Explains one competency of a file.
pub(crate) fn run(args: &ExplainArgs) -> Result<Code> {
    let settings = config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        args.width,
    )?;
    let mut reader = Reader::new(&settings, &args.model)?;
    let competency = index(reader.codebook(), &args.competency)?;
    let (analysis, report) = reader.analysis(&args.file)?;
    let toolkit = reader.toolkit()?;
    let examples = examples()?;
    let options = ExplainOptions {
        examples: &examples,
        max_examples: MAX_EXAMPLES,
        max_words: MAX_WORDS,
    };
    let mut found = Vec::new();
    for (idx, coverage) in analysis.coverage.iter().enumerate() {
        let ecq = toolkit.codebook.ecqs()[coverage.ecq].id();
        if args
            .ecq
            .as_deref()
            .is_some_and(|wanted| !wanted.eq_ignore_ascii_case(ecq))
        {
            continue;
        }
        if let Some(explanation) = explain(&analysis, toolkit, idx, competency, options)? {
            found.push(why_view(&explanation, &analysis, toolkit));
        }
    }
    if found.is_empty() {
        bail!(
            "there is no passage to judge {} by{}",
            args.competency,
            args.ecq
                .as_ref()
                .map_or_else(String::new, |ecq| format!(" under {ecq}"))
        );
    }
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&found)?),
        Format::Text => {
            let options = terminal_options(&settings);
            found
                .iter()
                .map(|why| render_why(why, &report, &options))
                .collect()
        }
    })?;
    Ok(Code::Done)
}

/// What carried every cell of a report that is not absent.
pub(crate) fn all(analysis: &Analysis, toolkit: &Toolkit) -> Result<Vec<WhyView>> {
    let examples: Vec<Annotation> = examples()?;
    let options = ExplainOptions {
        examples: &examples,
        max_examples: MAX_EXAMPLES_REPORT,
        max_words: MAX_WORDS,
    };
    let mut views = Vec::new();
    for (idx, coverage) in analysis.coverage.iter().enumerate() {
        for (competency, cell) in &coverage.competencies {
            if cell.level == Level::Absent {
                continue;
            }
            if let Some(found) = explain(analysis, toolkit, idx, *competency, options)? {
                views.push(why_view(&found, analysis, toolkit));
            }
        }
    }
    Ok(views)
}

fn index(codebook: &Codebook, id: &str) -> Result<usize> {
    let ids: Vec<&str> = codebook
        .competencies()
        .iter()
        .map(|one| one.id().as_str())
        .collect();
    match ids.iter().position(|known| *known == id) {
        Some(idx) => Ok(idx),
        None => bail!(
            "{} has no competency {id}{}",
            codebook.id(),
            nearest(id, ids).map_or_else(String::new, |near| format!(", did you mean {near}?"))
        ),
    }
}
