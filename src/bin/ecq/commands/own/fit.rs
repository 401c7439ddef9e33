//! `ecq codebook fit`: a head for a codebook of one's own from a handful of examples.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ecq::analysis::{Toolkit, entries, untrained};
use ecq::classify::{Classifier, Matcher, OwnHead, sha256_hex};
use ecq::codebook::{Codebook, Competency, builtin, nearest};
use ecq::dataset::{Annotation, parse_annotations, read_lines};
use ecq::embed::{Embedder, open_encoder};
use ecq::error::Error;
use ecq::train::fit_own_head;

use super::books::texts;
use crate::args::FitArgs;
use crate::commands::{codebook, model};
use crate::errors::{Code, harmless};
use crate::{output, progress};

/// Fewest passages that demonstrate a competency, and fewest that do not: below, chance would decide.
const FEWEST: usize = 5;
/// What the name of a head ends in.
const HEAD_EXTENSION: &str = "head.safetensors";

/// Fits a head and writes it.
pub(crate) fn fit(args: &FitArgs, quiet: bool) -> Result<Code> {
    if builtin(&args.codebook).is_some() {
        bail!(
            "{} ships with the program and is trained; fit is for a codebook file of your own",
            args.codebook
        );
    }
    let book = codebook::load(&args.codebook)?;
    let lines = read_lines(&args.examples)?;
    let numbers: Vec<usize> = lines.iter().map(|(line, _)| *line).collect();
    let examples = parse_annotations(&args.examples, lines)?;
    check(&args.examples, &book, &examples, &numbers)?;
    let model = model(args.model.model.as_deref())?;
    let unknown = untrained(&book, &model.manifest.labels);
    if unknown.is_empty() {
        bail!(
            "the model is trained on every competency of {}: there is nothing to fit",
            book.id()
        );
    }
    let counts = counts(&args.examples, &unknown, &examples)?;
    let matcher = model.matcher.read()?;
    let classifier =
        Classifier::new(model.head.clone(), &model.manifest).map_err(anyhow::Error::msg)?;
    let embedder = open_encoder(
        &model.encoder,
        args.model.compute.into(),
        args.model.threads,
    )?;
    let mut head = fitted(
        &matcher,
        &classifier,
        embedder.as_ref(),
        &unknown,
        &examples,
        &counts,
    )?;
    head.about = OwnHead::describe(
        (book.id(), book.sha256()),
        &model.name.sha256,
        sha256_hex(&std::fs::read(&args.examples)?),
        head.about.competencies,
    );
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| beside(Path::new(&args.codebook)));
    let bytes = head.to_bytes().map_err(anyhow::Error::msg)?;
    crate::destination::save(&path, &bytes)?;
    let mut out = String::new();
    for (competency, n) in unknown.iter().zip(&counts) {
        let id = competency.id();
        match n {
            0 => writeln!(out, "{id}: no example, read from its texts alone")?,
            n => writeln!(
                out,
                "{id}: {n} of {} passages demonstrate it",
                examples.len()
            )?,
        }
    }
    output::write(&out)?;
    let beside = beside(Path::new(&args.codebook));
    let hint = if path == beside {
        format!("ecq analyze --codebook {} reads with it", args.codebook)
    } else {
        format!("it is read with once it stands as {}", beside.display())
    };
    progress::note(
        quiet,
        &harmless(&format!("written to {}; {hint}", path.display())),
    );
    Ok(Code::Done)
}

/// Where the head of a codebook file is looked for: `unit.toml` has `unit.head.safetensors` beside it.
fn beside(codebook: &Path) -> PathBuf {
    codebook.with_extension(HEAD_EXTENSION)
}

/// Lays the head that stands beside a codebook file over a toolkit; without one nothing changes.
///
/// # Errors
/// If the head is not usable, or was fitted for another wording or another model.
pub(crate) fn lay_head(codebook: &str, toolkit: &mut Toolkit) -> Result<()> {
    if builtin(codebook).is_some() || toolkit.untrained().is_empty() {
        return Ok(());
    }
    let path = beside(Path::new(codebook));
    if !path.is_file() {
        return Ok(());
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let dim = toolkit.embedder().dim();
    let fault = |detail: String| {
        anyhow::Error::new(Error::Config {
            path: path.clone(),
            detail,
        })
    };
    let head = OwnHead::from_bytes(&bytes, dim).map_err(&fault)?;
    toolkit.set_own_head(head).map_err(&fault)
}

/// Labels and texts of the examples.
///
/// # Errors
/// With the line of the first fault.
fn check(path: &Path, book: &Codebook, examples: &[Annotation], lines: &[usize]) -> Result<()> {
    let ids: Vec<&str> = book
        .competencies()
        .iter()
        .map(|one| one.id().as_str())
        .collect();
    for (example, &line) in examples.iter().zip(lines) {
        let fault = |detail: String| Error::Dataset {
            path: path.to_path_buf(),
            line,
            detail,
        };
        if example
            .text
            .as_ref()
            .is_none_or(|text| text.trim().is_empty())
        {
            return Err(fault(format!("{} has no text", example.id)).into());
        }
        let Some(two) = &example.two else {
            return Err(fault(format!(
                "{} has no list \"two\" of what it demonstrates; an empty one says nothing of them",
                example.id
            ))
            .into());
        };
        let none = BTreeSet::new();
        let one = example.one.as_ref().unwrap_or(&none);
        for label in two.iter().chain(one) {
            if !ids.contains(&label.as_str()) {
                let hint = nearest(label, ids.iter().copied()).map_or_else(
                    || format!("it has {}", ids.join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                return Err(
                    fault(format!("{} has no competency {label}; {hint}", book.id())).into(),
                );
            }
        }
        if let Some(both) = two.intersection(one).next() {
            return Err(fault(format!(
                "{} has {both} as demonstrated and as asserted",
                example.id
            ))
            .into());
        }
    }
    Ok(())
}

/// Passages that demonstrate each competency; none where there is not a single one.
///
/// # Errors
/// If a competency has some examples but too few, or every passage demonstrates it.
fn counts(path: &Path, unknown: &[&Competency], examples: &[Annotation]) -> Result<Vec<usize>> {
    let few = |detail: String| {
        anyhow::Error::new(Error::Config {
            path: path.to_path_buf(),
            detail,
        })
    };
    let mut counts = Vec::new();
    for competency in unknown {
        let id = competency.id().as_str();
        let shows = |one: &&Annotation| one.two.as_ref().is_some_and(|two| two.contains(id));
        let n = examples.iter().filter(shows).count();
        if (1..FEWEST).contains(&n) {
            return Err(few(format!(
                "{id} has {n} example{}, at least {FEWEST} are needed; add some, or take {id} out of all of them to \
                 have it read from its texts alone",
                if n == 1 { "" } else { "s" }
            )));
        }
        if n > 0 && examples.len() - n < FEWEST {
            return Err(few(format!(
                "{} passages do not demonstrate {id}, at least {FEWEST} are needed: a head learns from both",
                examples.len() - n
            )));
        }
        counts.push(n);
    }
    if counts.iter().all(|n| *n == 0) {
        return Err(few(format!(
            "no passage demonstrates a competency that the model does not know: {}",
            unknown
                .iter()
                .map(|one| one.id().as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    Ok(counts)
}

/// A head for the competencies that have examples.
fn fitted(
    matcher: &Matcher,
    classifier: &Classifier,
    embedder: &dyn Embedder,
    unknown: &[&Competency],
    examples: &[Annotation],
    counts: &[usize],
) -> Result<OwnHead> {
    let entries = entries(matcher, unknown, embedder)?;
    let vectors = embedder.embed(&texts(examples))?;
    let mut units = Vec::with_capacity(vectors.rows.len());
    let mut logits = Vec::with_capacity(examples.len());
    for row in 0..vectors.len() {
        let vector = vectors.row(row);
        units.extend(matcher.unit_vector(vector));
        logits.push(matcher.logits(&entries, vector, classifier.deed(vector)));
    }
    let mut head = OwnHead {
        about: ecq::classify::FittedAbout::default(),
        weight: Vec::new(),
        bias: Vec::new(),
    };
    for (idx, (competency, n)) in unknown.iter().zip(counts).enumerate() {
        if *n == 0 {
            continue;
        }
        let id = competency.id().as_str();
        let has = |set: &Option<BTreeSet<String>>| set.as_ref().is_some_and(|set| set.contains(id));
        for level in 0..2 {
            let gold: Vec<bool> = examples
                .iter()
                .map(|one| has(&one.two) || level == 1 && has(&one.one))
                .collect();
            let own: Vec<f32> = logits.iter().map(|row| row[idx][level]).collect();
            let (weight, bias) = fit_own_head(&units, vectors.dim, &own, &gold)
                .with_context(|| format!("{id} cannot be fitted: its examples are not finite"))?;
            head.weight.extend(weight);
            head.bias.push(bias);
        }
        head.about.competencies.push((id.to_owned(), *n));
    }
    Ok(head)
}
