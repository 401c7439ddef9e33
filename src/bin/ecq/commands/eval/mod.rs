//! `ecq eval`: how far the reader agrees with careful readers.

mod baseline;
mod more;
pub(crate) mod text;

use anyhow::Result;
use ecq::classify::{Classifier, Level, OutputGroup};
use ecq::codebook::builtin;
use ecq::embed::open_encoder;
use ecq::eval::{
    CalibrationBin, Confusion, CoverageReport, Disagreement, EvalReport, EvalSet, GoldTargets,
    LevelTable, Slice, calibration_table, confusions, coverage_reports, decisions, evaluate,
    level_table, read_eval_set, slices,
};
use ecq::train::TrainConfig;
use serde::Serialize;

use self::baseline::{Baseline, baseline};
use self::more::{GroupTransfer, GroupUnsure, Robustness, Scored};
use crate::args::{EvalArgs, Format};
use crate::commands::model;
use crate::errors::Code;
use crate::output;

/// Everything that is measured.
#[derive(Serialize)]
struct Evaluation {
    model: Model,
    sets: Vec<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<Vec<GroupTransfer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsure: Option<Vec<GroupUnsure>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robustness: Option<Robustness>,
}

/// The model that was measured.
#[derive(Serialize)]
struct Model {
    id: String,
    version: String,
    sha256: String,
    /// The sets that thresholds, and calibration where nothing was held out for it, were chosen on.
    chosen_on: Vec<String>,
    /// What was chosen on them.
    what_was_chosen: &'static str,
}

/// Figures of one data set.
#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    report: EvalReport,
    /// Whether thresholds, or calibration too, were chosen on this set: then its figures flatter.
    used_for_choosing: bool,
    levels: LevelTable,
    confusions: Vec<Confusion>,
    calibration: Vec<GroupCalibration>,
    coverage: Vec<CoverageReport>,
    slices: Vec<Slice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disagreements: Option<Vec<Disagreement>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine_baseline: Option<Baseline>,
}

/// Probabilities of a group beside what gold has.
#[derive(Serialize)]
struct GroupCalibration {
    group: &'static str,
    bins: Vec<CalibrationBin>,
}

/// Measures a model on data sets.
pub(crate) fn run(args: &EvalArgs) -> Result<Code> {
    let model = model(args.model.model.as_deref())?;
    let embedder = open_encoder(
        &model.encoder,
        args.model.compute.into(),
        args.model.threads,
    )?;
    let classifier =
        Classifier::new(model.head.clone(), &model.manifest).map_err(anyhow::Error::msg)?;
    // A model that was made in another way may say nothing of the data behind its decisions.
    let (chosen_on, what_was_chosen) = TrainConfig::parse(&model.manifest.training.config)
        .map(|config| {
            let what = if config.calibration.is_empty() {
                "calibration and thresholds"
            } else {
                "thresholds"
            };
            (config.dev, what)
        })
        .unwrap_or_default();
    let mut evaluation = Evaluation {
        model: Model {
            id: model.name.id,
            version: model.name.version,
            sha256: model.name.sha256,
            chosen_on,
            what_was_chosen,
        },
        sets: Vec::new(),
        transfer: None,
        unsure: None,
        robustness: None,
    };
    let mut scored = Vec::new();
    for data in &args.data {
        let set = read_eval_set(data)?;
        let texts = set.texts();
        let embeddings = embedder.embed(&texts)?;
        let scores = classifier.classify_texts(&texts, &embeddings, &set.stories());
        let mut measured = measure(&set, &classifier, &scores)?;
        measured.used_for_choosing = evaluation
            .model
            .chosen_on
            .iter()
            .any(|used| data.ends_with(used));
        if !args.disagreements {
            measured.disagreements = None;
        }
        if args.baseline {
            measured.cosine_baseline =
                Some(baseline(&set, &classifier, embedder.as_ref(), &embeddings)?);
        }
        evaluation.sets.push(measured);
        scored.push(Scored { set, scores });
    }
    if args.transfer {
        evaluation.transfer = Some(more::transfer(&scored, &classifier)?);
    }
    if let Some(least_right) = args.unsure {
        evaluation.unsure = Some(more::unsure(&scored, &classifier, least_right)?);
    }
    if let Some(dir) = &args.robustness {
        evaluation.robustness = Some(more::robustness(
            dir,
            &scored,
            &classifier,
            embedder.as_ref(),
        )?);
    }
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&evaluation)?),
        Format::Text => text::render(&evaluation, args)?,
    })?;
    Ok(Code::Done)
}

/// All figures of one set.
fn measure(
    set: &EvalSet,
    classifier: &Classifier,
    scores: &[ecq::classify::Scores],
) -> Result<Measured> {
    let space = classifier.space();
    let gold = set.gold(space).map_err(anyhow::Error::msg)?;
    let of = |group| decisions(&gold, space, group, scores, classifier.thresholds());
    let levels: Vec<Level> = scores
        .iter()
        .flat_map(|scores| {
            (0..space.competencies.len()).map(|label| classifier.level(scores, label).0)
        })
        .collect();
    let codebook = builtin("opm-2006");
    Ok(Measured {
        report: evaluate(set, classifier, scores).map_err(anyhow::Error::msg)?,
        used_for_choosing: false,
        levels: level_table(&gold, space, &levels),
        confusions: confusions(&of(OutputGroup::Demonstrated), space, codebook),
        calibration: OutputGroup::ALL
            .into_iter()
            .map(|group| GroupCalibration {
                group: group.name(),
                bins: calibration_table(&of(group)),
            })
            .collect(),
        coverage: codebook.map_or_else(Vec::new, |codebook| {
            coverage_reports(set, &gold, space, scores, classifier.thresholds(), codebook)
        }),
        slices: slices(set, &of(OutputGroup::Demonstrated)),
        disagreements: Some(disagreements(set, &gold, classifier, &levels, scores)),
        cosine_baseline: None,
    })
}

/// Every label on which the reader and gold differ, competencies by level; open labels are left out.
fn disagreements(
    set: &EvalSet,
    gold: &GoldTargets,
    classifier: &Classifier,
    levels: &[Level],
    scores: &[ecq::classify::Scores],
) -> Vec<Disagreement> {
    let space = classifier.space();
    let n_competencies = space.competencies.len();
    let mut found = Vec::new();
    for (row, passage) in set.passages.iter().enumerate() {
        let at = |group: OutputGroup, label: usize| {
            row * space.n_outputs() + space.range(group).start + label
        };
        for group in OutputGroup::ALL {
            if group == OutputGroup::Asserted {
                continue;
            }
            for (label, id) in space.ids(group).iter().enumerate() {
                let here = at(group, label);
                if !gold.decided[here] {
                    continue;
                }
                let (truth, given) = if group == OutputGroup::Demonstrated {
                    let any = at(OutputGroup::Asserted, label);
                    let truth = if gold.targets[here] {
                        Level::Demonstrated
                    } else if gold.targets[any] {
                        Level::Asserted
                    } else {
                        Level::Absent
                    };
                    (truth.name(), levels[row * n_competencies + label].name())
                } else {
                    let word = |shown| if shown { "shown" } else { Level::Absent.name() };
                    let output = space.range(group).start + label;
                    (
                        word(gold.targets[here]),
                        word(classifier.reaches(&scores[row], output)),
                    )
                };
                if truth != given {
                    found.push(Disagreement {
                        id: passage.id.clone(),
                        text: passage.text.clone(),
                        group: group.name(),
                        label: id.clone(),
                        said: vec![("gold".to_owned(), truth), ("ecq".to_owned(), given)],
                    });
                }
            }
        }
    }
    found
}
