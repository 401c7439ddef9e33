//! Commands about the reader itself: models, corpus, measuring and training.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::{BaseArgs, Format, ModelArgs};

/// `ecq model`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// The model inside the program and those in the cache.
    List,
    /// Fetch an encoder from a hub, to train from; only this and `--base ORG/NAME` of training open a socket.
    #[cfg(feature = "hub")]
    Pull {
        /// `org/name` or `org/name@revision`.
        repository: String,
        /// Where to put it; without it the cache.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        /// Address of the hub; without it `HF_ENDPOINT` or huggingface.co.
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
    },
    /// Check the digests of a model.
    Verify {
        /// Directory; without it the model inside the program.
        dir: Option<PathBuf>,
    },
}

/// `ecq corpus`.
#[derive(Debug, Subcommand)]
pub(crate) enum CorpusCommand {
    /// Counts, duplicates, groups across splits, unknown labels, labels with too few positives; exit code 1 on a fault.
    Check(CorpusCheckArgs),
    /// Choose the examples that `ecq explain` compares with, from the training files; JSON lines.
    Examples {
        /// The corpus.
        #[arg(default_value = "corpus", value_name = "DIR")]
        dir: PathBuf,
        /// Examples a label.
        #[arg(long, default_value_t = 24, value_name = "N")]
        per_label: usize,
    },
}

/// `ecq corpus check`.
#[derive(Debug, Args)]
pub(crate) struct CorpusCheckArgs {
    /// The corpus.
    #[arg(default_value = "corpus", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Warn of competencies demonstrated in fewer training passages.
    #[arg(long, default_value_t = 150, value_name = "N")]
    pub(crate) min_positives: usize,
    /// Warnings (near-duplicates within a split, missing labels, few positives) are faults too.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `ecq eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Directories with passages.jsonl and annotators/*.jsonl.
    #[arg(required_unless_present_any = ["rules", "own", "announcements"], value_name = "DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Measure the rules behind the findings on their labeled texts instead.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "corpus/rules", conflicts_with = "data")]
    pub(crate) rules: Option<PathBuf>,
    /// Measure how competencies are read that were left out of making the matcher: those of the codebooks under a
    /// directory of the corpus, and those of the shipped editions on DATA.
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "corpus/own", conflicts_with = "rules")]
    pub(crate) own: Option<PathBuf>,
    /// Measure what is taken from announcements, and how passages are matched to it, instead.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "corpus/announcements", conflicts_with_all = ["data", "rules"])]
    pub(crate) announcements: Option<PathBuf>,
    /// Form of the figures.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Also measure likeness to the definitions, with the threshold that suits it best on this very data.
    #[arg(long)]
    pub(crate) baseline: bool,
    /// Figures of every label; with --rules, the texts that a rule gets wrong; with --announcements, what is missed.
    #[arg(long)]
    pub(crate) labels: bool,
    /// Which competency the reader gives where gold has another, and levels against levels.
    #[arg(long)]
    pub(crate) confusion: bool,
    /// Probabilities in bins beside the share that gold has.
    #[arg(long)]
    pub(crate) calibration: bool,
    /// Every label on which the reader and gold differ, with the text.
    #[arg(long)]
    pub(crate) disagreements: bool,
    /// Figures by style and sector of the writer, by ECQ and by packet.
    #[arg(long)]
    pub(crate) slices: bool,
    /// Calibration and thresholds fitted on one set and applied to the other, both ways, and with each document left out.
    #[arg(long)]
    pub(crate) transfer: bool,
    /// The band of probabilities in which a decision is right less often than this, and what lies in it.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, default_missing_value = "0.75")]
    pub(crate) unsure: Option<f32>,
    /// Gaming texts and swaps of a directory, and noise over the passages of the sets.
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "corpus/robustness")]
    pub(crate) robustness: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq agree`.
#[derive(Debug, Args)]
pub(crate) struct AgreeArgs {
    /// Annotation files: JSON lines with id and label lists, or what `ecq score` prints.
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Texts and documents of the passages; without it every passage counts as a document of its own.
    #[arg(long, value_name = "FILE")]
    pub(crate) passages: Option<PathBuf>,
    /// Figures of every label.
    #[arg(long)]
    pub(crate) labels: bool,
    /// Every label on which two readers differ, with the text.
    #[arg(long)]
    pub(crate) disagreements: bool,
    /// Form of the figures.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `ecq train`.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Every number of the run.
    #[arg(long, default_value = "models/train.toml", value_name = "FILE")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    /// The corpus.
    #[arg(long, default_value = "corpus", value_name = "DIR")]
    pub(crate) corpus: PathBuf,
    /// Where the model is written.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Save the state here now and then; a stopped run goes on from it.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Leave the encoder as it is and fit the head alone: the baseline.
    #[arg(long)]
    pub(crate) frozen: bool,
}

/// `ecq doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
