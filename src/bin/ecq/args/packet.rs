//! Commands that read packets one by one.

use std::path::PathBuf;

use clap::Args;

use crate::args::{FailOn, Format, ModelArgs, OutputArgs, ReadingArgs, SettingArgs};

/// `ecq analyze`.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// Files, or - for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Id of a shipped codebook, or a path to a codebook file; without it opm-2006.
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) codebook: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Exit with 1 if a competency is missing, or missing or asserted only.
    #[arg(long, value_enum, default_value_t = FailOn::Never)]
    pub(crate) fail_on: FailOn,
    /// Also say what carried every cell that is shown or asserted; takes about half a second a cell.
    #[arg(long)]
    pub(crate) why: bool,
    /// Columns of the text report; without it those of the terminal, or 100.
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq annotate`.
#[derive(Debug, Args)]
pub(crate) struct AnnotateArgs {
    /// A docx or pdf file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The annotated copy.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Id of a shipped codebook, or a path to a codebook file; without it opm-2006.
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) codebook: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Marking that every comment carries, for example "CUI//PRVCY".
    #[arg(long, value_name = "TEXT")]
    pub(crate) marking: Option<String>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The file, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Id of the competency.
    #[arg(long, value_name = "ID")]
    pub(crate) competency: String,
    /// Id of the ECQ, where the codebook has the competency under several.
    #[arg(long, value_name = "ID")]
    pub(crate) ecq: Option<String>,
    /// Id of a shipped codebook, or a path to a codebook file; without it opm-2006.
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) codebook: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Columns of the text; without it those of the terminal, or 100.
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The older draft.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The newer draft, in the same format or another.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Form of the comparison.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// `ecq watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The packet.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Form of the changes; JSON is one comparison a line.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// `ecq crosswalk`.
#[derive(Debug, Args)]
pub(crate) struct CrosswalkArgs {
    /// The packet, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Edition that the packet was written to.
    #[arg(long, default_value = "opm-2006", value_name = "ID")]
    pub(crate) from: String,
    /// Edition to read it for.
    #[arg(long, default_value = "opm-2025", value_name = "ID")]
    pub(crate) to: String,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Columns of the text; without it those of the terminal, or 100.
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq decide`.
#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    /// The packet; decisions stand beside it in FILE.ecq.toml.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Id of a passage, as `ecq decide FILE` and the JSON report list them.
    #[arg(
        long,
        value_name = "ID",
        requires = "competency",
        requires = "who",
        conflicts_with = "finding"
    )]
    pub(crate) passage: Option<String>,
    /// Id of the competency that the decision is about.
    #[arg(long, value_name = "ID", requires = "passage")]
    pub(crate) competency: Option<String>,
    /// Id of a finding.
    #[arg(long, value_name = "ID", requires = "who")]
    pub(crate) finding: Option<String>,
    /// The passage demonstrates the competency; the finding stands.
    #[arg(long, conflicts_with = "reject")]
    pub(crate) accept: bool,
    /// It does not.
    #[arg(long)]
    pub(crate) reject: bool,
    /// A remark, with or without a verdict.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
    /// The day, as 2024-03-15; nothing is taken from the clock.
    #[arg(long, value_name = "DATE")]
    pub(crate) when: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// `ecq score`.
#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Print every probability, not only those at or above their threshold.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
