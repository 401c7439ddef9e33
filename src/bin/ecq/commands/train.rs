//! `ecq train`: the encoder and its heads from the corpus, in one command.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use candle_core::Device;
use ecq::classify::{
    Calibration, Classifier, Head, LabelSpace, Line, Manifest, ModelScores, OutputGroup,
    TrainingRecord, sha256_hex,
};
use ecq::embed::{
    BertConfig, BertEmbedder, Embedder, EncoderFiles, PassageTokenizer, read_encoder_dir,
};
use ecq::eval::{
    EvalSet, GoldTargets, choose_threshold, evaluate, fit_line, read_eval_set, unsure_band,
};
use ecq::train::{ModelParts, TrainConfig, fit, fit_head, read_train_set, write_model_dir};

use crate::args::TrainArgs;
use crate::commands::shipped_label_space;
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
    let base = read_encoder_dir(&args.base)?;
    let base_sha256 = sha256_hex(&base.weights);
    if base_sha256 != config.base_sha256 {
        bail!(
            "{} has sha256 {base_sha256}, the configuration was written for {}; change base_sha256 to train from it",
            args.base.join("model.safetensors").display(),
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

    let (weights_bytes, head) = if args.frozen {
        let embedder = BertEmbedder::from_files(&base, 0)?;
        let texts: Vec<&str> = data.texts.iter().map(String::as_str).collect();
        let embeddings = embedder.embed(&texts)?;
        let head = fit_head(&embeddings, &data.targets, &data.mask, space.n_outputs());
        (half_weights(&base, &encoder, &space)?, head)
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
        (weights.encoder_bytes()?, weights.head(encoder.hidden_size)?)
    };

    // What is measured is what is written: the halved weights, through the reader's own encoder.
    let files = EncoderFiles {
        name: args.out.display().to_string(),
        config: base.config.clone(),
        tokenizer: base.tokenizer.clone(),
        weights: weights_bytes.clone().into(),
        max_tokens: base.max_tokens,
    };
    let embedder = BertEmbedder::from_files(&files, 0)?;
    let mut manifest = Manifest {
        format: 1,
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
    calibrate(&mut manifest, &head, &embedder, &dev, &space)?;
    write_model_dir(
        &args.out,
        ModelParts {
            manifest,
            config: &base.config,
            tokenizer: &base.tokenizer,
            encoder: weights_bytes,
            head,
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

/// The base encoder's own weights in the form a model directory holds.
fn half_weights(
    base: &EncoderFiles<'_>,
    encoder: &BertConfig,
    space: &LabelSpace,
) -> Result<Vec<u8>> {
    let weights =
        ecq::train::Weights::from_base(&base.weights, encoder, space.n_outputs(), 0, &Device::Cpu)?;
    Ok(weights.encoder_bytes()?)
}

/// Fits calibration and thresholds on the development sets and records what they reach there.
fn calibrate(
    manifest: &mut Manifest,
    head: &Head,
    embedder: &BertEmbedder,
    dev: &[EvalSet],
    space: &LabelSpace,
) -> Result<()> {
    let k = space.n_outputs();
    let mut logits = Vec::new();
    let mut golds = Vec::new();
    for set in dev {
        logits.push(head.logits(&embedder.embed(&set.texts())?));
        golds.push(set.gold(space).map_err(anyhow::Error::msg)?);
    }
    for group in OutputGroup::ALL {
        let columns: Vec<(Vec<f32>, Vec<bool>)> = logits
            .iter()
            .zip(&golds)
            .map(|(l, g)| decided_column(l, g, space, group, k))
            .collect();
        let (mut x, mut y, mut w) = (Vec::new(), Vec::new(), Vec::new());
        for (logits, gold) in &columns {
            // Each set counts alike, whatever its size.
            #[allow(clippy::cast_precision_loss, reason = "data sets are small")]
            let weight = 1000.0 / logits.len().max(1) as f32;
            x.extend_from_slice(logits);
            y.extend_from_slice(gold);
            w.extend(std::iter::repeat_n(weight, logits.len()));
        }
        let line: Line = fit_line(&x, &y, &w);
        manifest
            .calibration
            .lines
            .insert(group.name().to_owned(), line);
        let probabilities: Vec<(Vec<f32>, Vec<bool>)> = columns
            .into_iter()
            .map(|(logits, gold)| {
                let p = logits
                    .iter()
                    .map(|x| ecq::classify::sigmoid(line.slope * x + line.offset))
                    .collect();
                (p, gold)
            })
            .collect();
        let sets: Vec<(&[f32], &[bool])> = probabilities
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
        let scores = classifier.classify(&embedder.embed(&set.texts())?);
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

fn decided_column(
    logits: &[f32],
    gold: &GoldTargets,
    space: &LabelSpace,
    group: OutputGroup,
    k: usize,
) -> (Vec<f32>, Vec<bool>) {
    let range = space.range(group);
    (0..logits.len())
        .filter(|at| range.contains(&(at % k)) && gold.decided[*at])
        .map(|at| (logits[at], gold.targets[at]))
        .unzip()
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
