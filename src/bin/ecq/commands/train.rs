//! `ecq train`: the encoder and its heads from the corpus, in one command.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use ecq::classify::{
    Calibration, Classifier, FORMAT, Head, LabelSpace, Manifest, ModelScores, OutputGroup,
    TrainingRecord, sha256_hex, sigmoid,
};
use ecq::dataset::{Annotation, read_annotations};
use ecq::embed::{
    BertConfig, BertEmbedder, Embedder, EncoderFiles, PassageTokenizer, read_encoder_dir,
};
use ecq::eval::{
    CalibrationSet, EvalSet, GoldTargets, choose_threshold, evaluate, fit_calibration,
    read_eval_set, unsure_band,
};
use ecq::train::{ModelParts, TrainConfig, fit, fit_head, read_train_set, write_model_dir};

use crate::args::TrainArgs;
use crate::commands::{base_dir, shipped_label_space};
use crate::errors::Code;
use crate::progress;

/// Decisions that are right less often than this are called unsure: one in four wrong is about what readers of a
/// report accept before they would rather look themselves.
const LEAST_RIGHT: f32 = 0.75;

/// Trains as the configuration says and writes a model directory.
pub(crate) fn run(args: &TrainArgs, quiet: bool) -> Result<Code> {
    let text = std::fs::read_to_string(&args.config)
        .with_context(|| format!("cannot read {}", args.config.display()))?;
    let config = TrainConfig::parse(&text)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("{} is no training configuration", args.config.display()))?;
    let space = shipped_label_space();
    let base_dir = base_dir(&args.base, quiet)?;
    let base = read_encoder_dir(&base_dir)?;
    let base_sha256 = sha256_hex(&base.weights);
    if base_sha256 != config.base_sha256 {
        bail!(
            "{} has sha256 {base_sha256}, the configuration was written for {}; change base_sha256 to train from it",
            base_dir.join("model.safetensors").display(),
            config.base_sha256
        );
    }
    let encoder: BertConfig =
        serde_json::from_slice(&base.config).context("config.json is not usable")?;
    encoder.check().map_err(anyhow::Error::msg)?;
    let tokenizer = PassageTokenizer::from_bytes(&base.tokenizer, base.max_tokens)?;
    let data = read_train_set(&args.corpus, &config, &space, &tokenizer)?;
    progress::note(
        quiet,
        &format!(
            "{} passages, {} tokens, {} outputs",
            data.len(),
            data.ids.iter().map(Vec::len).sum::<usize>(),
            space.n_outputs()
        ),
    );
    let dev = config
        .dev
        .iter()
        .map(|path| read_eval_set(&args.corpus.join(path)))
        .collect::<ecq::error::Result<Vec<_>>>()?;
    let held_out = config
        .calibration
        .iter()
        .map(|path| read_annotations(&args.corpus.join(path)))
        .collect::<ecq::error::Result<Vec<_>>>()?
        .concat();

    let (weights_bytes, head) = if args.frozen {
        let files = EncoderFiles {
            lexicon: data.lexicon.clone(),
            ..base.clone()
        };
        let embedder = BertEmbedder::from_files(&files, 0)?;
        let texts: Vec<&str> = data.texts.iter().map(String::as_str).collect();
        let embeddings = embedder.embed(&texts)?;
        let head = fit_head(&embeddings, &data.targets, &data.mask, space.n_outputs());
        (stored_weights(&base, &encoder, &space)?, head)
    } else {
        let device = Device::cuda_if_available(0)?;
        let bar = progress::bar(quiet, "training");
        let weights = fit(
            &config,
            &encoder,
            &space,
            &base.weights,
            &data,
            &device,
            args.checkpoint.as_deref(),
            |at| {
                bar.set_length(at.n_steps as u64);
                bar.set_position(at.step as u64);
                bar.set_message(format!("loss {:.3}", at.loss));
                if bar.is_hidden() && at.step % 50 == 0 {
                    progress::note(
                        quiet,
                        &format!("step {}/{} loss {:.3}", at.step, at.n_steps, at.loss),
                    );
                }
            },
        )?;
        bar.finish_and_clear();
        (
            weights.compact_encoder_bytes()?,
            weights.head(encoder.hidden_size)?,
        )
    };

    // What is measured is what is written: the stored weights, through the reader's own encoder.
    let files = EncoderFiles {
        name: args.out.display().to_string(),
        config: base.config.clone(),
        tokenizer: base.tokenizer.clone(),
        weights: weights_bytes.clone().into(),
        max_tokens: base.max_tokens,
        lexicon: data.lexicon.clone(),
    };
    let embedder = BertEmbedder::from_files(&files, 0)?;
    let mut manifest = Manifest {
        format: FORMAT,
        id: config.id.clone(),
        version: config.version.clone(),
        max_tokens: base.max_tokens,
        pooling: "mean".to_owned(),
        files: Vec::new(),
        training: TrainingRecord {
            base: config.base,
            base_sha256,
            data: data.digests,
            config: text,
        },
        scores: BTreeMap::new(),
        calibration: Calibration::default(),
        thresholds: uniform_thresholds(&space),
        unsure: BTreeMap::new(),
        labels: space.clone(),
    };
    calibrate(&mut manifest, &head, &embedder, &dev, &held_out)?;
    write_model_dir(
        &args.out,
        ModelParts {
            manifest,
            config: &base.config,
            tokenizer: &base.tokenizer,
            encoder: weights_bytes,
            head,
            lexicon: data.lexicon.as_ref(),
        },
    )?;
    progress::note(quiet, &format!("written to {}", args.out.display()));
    Ok(Code::Done)
}

fn uniform_thresholds(space: &LabelSpace) -> BTreeMap<String, BTreeMap<String, f32>> {
    OutputGroup::ALL
        .into_iter()
        .map(|group| {
            (
                group.name().to_owned(),
                space
                    .ids(group)
                    .iter()
                    .map(|id| (id.clone(), 0.5))
                    .collect(),
            )
        })
        .collect()
}

/// The base encoder's own weights in the form a model directory holds: 16-bit floats, word vectors as bytes.
fn stored_weights(
    base: &EncoderFiles<'_>,
    encoder: &BertConfig,
    space: &LabelSpace,
) -> Result<Vec<u8>> {
    let weights =
        ecq::train::Weights::from_base(&base.weights, encoder, space.n_outputs(), 0, &Device::Cpu)?;
    Ok(weights.compact_encoder_bytes()?)
}

/// Fits the calibration on passages held out of training, chooses thresholds on the development sets and
/// records what they reach there.
fn calibrate(
    manifest: &mut Manifest,
    head: &Head,
    embedder: &BertEmbedder,
    dev: &[EvalSet],
    held_out: &[Annotation],
) -> Result<()> {
    let space = manifest.labels.clone();
    let dev_sets = dev
        .iter()
        .map(|set| {
            Ok(CalibrationSet {
                logits: head.logits(&embedder.embed(&set.texts())?),
                gold: set.gold(&space).map_err(anyhow::Error::msg)?,
                stories: numbered(&set.stories()),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    manifest.calibration = if held_out.is_empty() {
        fit_calibration(&dev_sets, &space)
    } else {
        let texts: Vec<&str> = held_out
            .iter()
            .map(|passage| passage.text.as_deref().unwrap_or_default())
            .collect();
        let stories: Vec<_> = held_out.iter().map(Annotation::story).collect();
        let set = CalibrationSet {
            logits: head.logits(&embedder.embed(&texts)?),
            gold: one_reader(held_out, &space)?,
            stories: numbered(&stories),
        };
        fit_calibration(&[set], &space)
    };
    for group in OutputGroup::ALL {
        let columns: Vec<(Vec<f32>, Vec<bool>)> = dev_sets
            .iter()
            .map(|set| decided_column(set, &manifest.calibration, &space, group))
            .collect();
        let sets: Vec<(&[f32], &[bool])> = columns
            .iter()
            .map(|(p, g)| (p.as_slice(), g.as_slice()))
            .collect();
        let threshold = choose_threshold(&sets);
        manifest.unsure.insert(
            group.name().to_owned(),
            unsure_band(&sets, threshold, LEAST_RIGHT),
        );
        if let Some(thresholds) = manifest.thresholds.get_mut(group.name()) {
            thresholds.values_mut().for_each(|value| *value = threshold);
        }
    }
    let classifier = Classifier::new(head.clone(), manifest).map_err(anyhow::Error::msg)?;
    for set in dev {
        let texts = set.texts();
        let scores = classifier.classify_texts(&texts, &embedder.embed(&texts)?, &set.stories());
        let report = evaluate(set, &classifier, &scores).map_err(anyhow::Error::msg)?;
        for group in report.groups {
            let values = BTreeMap::from([
                ("precision".to_owned(), round(group.precision)),
                ("recall".to_owned(), round(group.recall)),
                ("f1".to_owned(), round(group.f1)),
                ("macro_f1".to_owned(), round(group.macro_f1)),
                (
                    "mean_average_precision".to_owned(),
                    round(group.mean_average_precision),
                ),
                (
                    "calibration_error".to_owned(),
                    round(group.calibration_error),
                ),
                ("probability_sum".to_owned(), round(group.probability_sum)),
            ]);
            manifest.scores.insert(
                format!("{}/{}", set.name, group.group),
                ModelScores {
                    n: group.n_passages,
                    values,
                },
            );
        }
    }
    Ok(())
}

/// The decisions of annotated passages as gold.
fn one_reader(passages: &[Annotation], space: &LabelSpace) -> Result<GoldTargets> {
    let mut gold = GoldTargets {
        targets: Vec::new(),
        decided: Vec::new(),
    };
    for passage in passages {
        let (targets, mask) = passage.targets(space).map_err(anyhow::Error::msg)?;
        gold.targets
            .extend(targets.iter().map(|target| *target > 0.5));
        gold.decided.extend(mask.iter().map(|mask| *mask > 0.5));
    }
    Ok(gold)
}

/// A number for every stretch of equal stories.
fn numbered<S: PartialEq>(stories: &[S]) -> Vec<usize> {
    let mut number = 0;
    (0..stories.len())
        .map(|idx| {
            if idx > 0 && stories[idx] != stories[idx - 1] {
                number += 1;
            }
            number
        })
        .collect()
}

/// Calibrated probabilities and decisions of a group, where gold decides.
fn decided_column(
    set: &CalibrationSet,
    calibration: &Calibration,
    space: &LabelSpace,
    group: OutputGroup,
) -> (Vec<f32>, Vec<bool>) {
    let range = space.range(group);
    let alone = calibration.alone(&set.logits, space);
    let calibrated = calibration.in_stories(&alone, space, &set.stories);
    (0..calibrated.len())
        .filter(|at| range.contains(&(at % space.n_outputs())) && set.gold.decided[*at])
        .map(|at| (sigmoid(calibrated[at]), set.gold.targets[at]))
        .unzip()
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
