//! `ecq codebook train-matcher`: a matcher for a model, in a minute or two.

use std::path::Path;

use anyhow::{Context, Result};
use ecq::classify::{
    BACKGROUND, Classifier, Matcher, MatcherAbout, MatcherParts, Measured, ModelFiles, OutputGroup,
    read_model_dir, sha256_hex,
};
use ecq::codebook::builtins;
use ecq::dataset::{Annotation, read_annotations};
use ecq::embed::{Compute, Embedder, Embeddings, open_encoder, read_encoder_dir};
use ecq::eval::{GoldTargets, OwnPairs, choose_threshold, unsure_band};
use ecq::train::{TrainConfig, base_map, write_matcher};

use super::books::{Book, Labels, Maker, TRAINED, documents, labels_of, own_dirs, texts};
use super::draws::{is_enough, with_examples};
use super::leave_out::{foreign_left_out, judged, logits, weights};
use crate::args::TrainMatcherArgs;
use crate::commands::base_dir;
use crate::errors::Code;
use crate::progress;

/// Decisions that are right less often than this are called unsure, as with the trained competencies.
const LEAST_RIGHT: f32 = 0.75;
/// Of the training passages every one of so many goes through both encoders: the map needs no more.
const EVERY: usize = 2;
/// Examples a competency that are tried.
const EXAMPLES: [usize; 2] = [5, 10];

/// Makes a matcher and writes it into the model's directory.
pub(crate) fn train(args: &TrainMatcherArgs, quiet: bool) -> Result<Code> {
    let model = read_model_dir(&args.model)?;
    let config = TrainConfig::parse(&model.manifest.training.config)
        .map_err(anyhow::Error::msg)
        .context("the model does not say what it was trained on")?;
    let base_dir = base_dir(&args.base, quiet)?;
    let mut base = read_encoder_dir(&base_dir)?;
    // Both encoders get the same words: without names, where the model was trained without them.
    base.lexicon.clone_from(&model.encoder.lexicon);
    let base_sha256 = sha256_hex(&base.weights);
    anyhow::ensure!(
        base_sha256 == model.manifest.training.base_sha256,
        "{} has sha256 {base_sha256}, the model was trained from {}",
        base_dir.join("model.safetensors").display(),
        model.manifest.training.base_sha256
    );
    let train = config
        .files
        .iter()
        .map(|file| read_annotations(&args.corpus.join(&file.path)))
        .collect::<ecq::error::Result<Vec<_>>>()?
        .concat();
    let train: Vec<Annotation> = train.into_iter().step_by(EVERY).collect();
    let held_out = held_out(&args.corpus, &config)?;
    let tuned = open_encoder(&model.encoder, Compute::default(), args.threads)?;
    let untuned = open_encoder(&base, Compute::default(), args.threads)?;

    // The words of both encoders on the same texts: all passages, and what the shipped codebooks say.
    let (definitions, indicators) = shipped_texts();
    let mut all = texts(&train);
    all.extend(texts(&held_out));
    all.extend(definitions.iter().chain(&indicators));
    progress::note(quiet, &format!("{} texts through both encoders", all.len()));
    let after = tuned.embed(&all)?;
    let before = untuned.embed(&all)?;
    let map = base_map(&after, &before).context("the vectors span too little to fit a map")?;
    let part = |from: usize, n: usize| Embeddings {
        dim: after.dim,
        rows: after.rows[from * after.dim..(from + n) * after.dim].to_vec(),
        truncated: Vec::new(),
    };
    let calibration = part(train.len(), held_out.len());
    let first_text = train.len() + held_out.len();
    let bare = Matcher::new(
        MatcherAbout::default(),
        MatcherParts {
            passage_mean: mean(&calibration),
            definition_mean: mean(&part(first_text, definitions.len())),
            indicator_mean: mean(&part(first_text + definitions.len(), indicators.len())),
            map,
            background: spread(&calibration, BACKGROUND),
            ..MatcherParts::default()
        },
    )
    .map_err(anyhow::Error::msg)?;
    // What is measured is what is written: numbers as the file holds them.
    let bare = stored(&bare)?;

    let classifier =
        Classifier::new(model.head.clone(), &model.manifest).map_err(anyhow::Error::msg)?;
    let matcher = with_shipped_rivals(bare, &classifier, tuned.as_ref())?;
    let books = books(
        &args.corpus,
        &held_out,
        &classifier,
        &matcher,
        tuned.as_ref(),
    )?;
    let matcher = finish(matcher, &books, &model, base_sha256)?;
    let bytes = matcher.to_bytes().map_err(anyhow::Error::msg)?;
    let about = matcher.about().clone();
    write_matcher(&args.model, model.manifest, &bytes)?;
    progress::note(
        quiet,
        &format!(
            "matcher of {} KB written to {}; on codebooks left out of its making precision {:.2}, recall {:.2}, F1 {:.2}",
            bytes.len() / 1000,
            args.model.display(),
            about.measured.precision,
            about.measured.recall,
            about.measured.f1
        ),
    );
    Ok(Code::Done)
}

/// Passages that the encoder was not trained on.
pub(super) fn held_out(corpus: &Path, config: &TrainConfig) -> Result<Vec<Annotation>> {
    let files = if config.matcher.is_empty() {
        &config.calibration
    } else {
        &config.matcher
    };
    anyhow::ensure!(
        !files.is_empty(),
        "the model's training configuration names no file for matcher or calibration: nothing was held out to fit on"
    );
    Ok(files
        .iter()
        .map(|path| read_annotations(&corpus.join(path)))
        .collect::<ecq::error::Result<Vec<_>>>()?
        .concat())
}

/// The matcher with the competencies of 2006 to hold others against.
fn with_shipped_rivals(
    matcher: Matcher,
    classifier: &Classifier,
    embedder: &dyn Embedder,
) -> Result<Matcher> {
    let labels = labels_of(classifier.space(), OutputGroup::Demonstrated)?;
    let Labels::Competencies(competencies) = labels else {
        return Ok(matcher);
    };
    let rivals = ecq::analysis::entries(&matcher, &competencies, embedder)?;
    stored(&matcher.with_rivals(&rivals))
}

/// The codebooks that weights are fitted on: the shipped ones on passages held out, and those under `own`.
pub(super) fn books(
    corpus: &Path,
    held_out: &[Annotation],
    classifier: &Classifier,
    matcher: &Matcher,
    embedder: &dyn Embedder,
) -> Result<Vec<Book>> {
    let maker = Maker {
        classifier,
        embedder,
        matcher,
    };
    let mut books = own_dirs(&corpus.join("own"))?
        .iter()
        .map(|dir| maker.foreign(dir))
        .collect::<Result<Vec<_>>>()?;
    let mut gold = GoldTargets {
        targets: Vec::new(),
        decided: Vec::new(),
    };
    for passage in held_out {
        let (targets, mask) = passage
            .targets(classifier.space())
            .map_err(anyhow::Error::msg)?;
        gold.targets.extend(targets.iter().map(|x| *x > 0.5));
        gold.decided.extend(mask.iter().map(|x| *x > 0.5));
    }
    let vectors = embedder.embed(&texts(held_out))?;
    for group in TRAINED {
        books.push(maker.trained(group, vectors.clone(), documents(held_out), &gold)?);
    }
    Ok(books)
}

/// Weights, thresholds and what was measured.
fn finish(
    matcher: Matcher,
    books: &[Book],
    model: &ModelFiles<'_>,
    base_sha256: String,
) -> Result<Matcher> {
    let weights = weights(&books.iter().collect::<Vec<_>>())?;
    let left_out = foreign_left_out(books)?;
    // Thresholds are chosen on codebooks left out, and on those of 2006, each counting alike.
    let chosen = |level: usize| -> Vec<OwnPairs> {
        let foreign = left_out
            .iter()
            .map(|(book, weights)| judged(book, &logits(book, weights)[level], level));
        let own = books
            .iter()
            .filter(|book| !book.is_foreign && !book.asserted.is_empty())
            .map(|book| judged(book, &logits(book, &weights)[level], level));
        foreign.chain(own).collect()
    };
    let threshold = |pairs: &[OwnPairs]| {
        let columns: Vec<(Vec<f32>, Vec<bool>)> = pairs.iter().map(OwnPairs::columns).collect();
        let sets: Vec<(&[f32], &[bool])> = columns
            .iter()
            .map(|(p, gold)| (p.as_slice(), gold.as_slice()))
            .collect();
        let threshold = choose_threshold(&sets);
        (threshold, unsure_band(&sets, threshold, LEAST_RIGHT))
    };
    let shown = chosen(0);
    let (demonstrated, unsure) = threshold(&shown);
    let (asserted, _) = threshold(&chosen(1));
    let measured = pooled(&shown[..left_out.len()], demonstrated);
    let mut with_some = Vec::new();
    for n in EXAMPLES {
        let found: Vec<OwnPairs> = left_out
            .iter()
            .filter(|(book, _)| is_enough(book, n))
            .map(|(book, weights)| {
                let [_, with] = with_examples(book, &logits(book, weights)[0], &matcher, n);
                with
            })
            .collect();
        if !found.is_empty() {
            with_some.push((n, pooled(&found, demonstrated)));
        }
    }
    let encoder = model.manifest.files.iter();
    let encoder_sha256 = encoder
        .filter(|file| file.name == "encoder.safetensors")
        .map(|file| file.sha256.clone())
        .collect();
    Ok(matcher.with_weights(weights).with_about(MatcherAbout {
        encoder_sha256,
        base_sha256,
        demonstrated,
        asserted,
        unsure,
        measured,
        with_examples: with_some,
        ..MatcherAbout::default()
    }))
}

/// The mean of the figures of several books.
fn pooled(pairs: &[OwnPairs], threshold: f32) -> Measured {
    let figures: Vec<_> = pairs.iter().map(|one| one.figures(threshold)).collect();
    #[allow(clippy::cast_precision_loss, reason = "a handful of books")]
    let n = figures.len().max(1) as f64;
    let mean = |value: fn(&ecq::eval::OwnFigures) -> f64| {
        (figures.iter().map(value).sum::<f64>() / n * 1000.0).round() / 1000.0
    };
    Measured {
        precision: mean(|one| one.precision),
        recall: mean(|one| one.recall),
        f1: mean(|one| one.f1),
        mean_average_precision: mean(|one| one.mean_average_precision),
    }
}

/// A matcher as its file gives it back.
fn stored(matcher: &Matcher) -> Result<Matcher> {
    let bytes = matcher.to_bytes().map_err(anyhow::Error::msg)?;
    Matcher::from_bytes(&bytes).map_err(anyhow::Error::msg)
}

/// Definitions and indicators of the shipped codebooks.
fn shipped_texts() -> (Vec<&'static str>, Vec<&'static str>) {
    let all = || builtins().iter().flat_map(|book| book.competencies());
    (
        all().map(|one| one.definition()).collect(),
        all()
            .flat_map(|one| one.indicators().iter().map(String::as_str))
            .collect(),
    )
}

fn mean(vectors: &Embeddings) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.dim];
    for row in vectors.rows.chunks_exact(vectors.dim) {
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
    }
    #[allow(clippy::cast_precision_loss, reason = "a few hundred texts")]
    let n = vectors.len().max(1) as f32;
    sum.iter_mut().for_each(|s| *s /= n);
    sum
}

/// At most `n` rows, spread evenly.
fn spread(vectors: &Embeddings, n: usize) -> Vec<f32> {
    let n = n.min(vectors.len());
    (0..n)
        .flat_map(|idx| vectors.row(idx * vectors.len() / n))
        .copied()
        .collect()
}
