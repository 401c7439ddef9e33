//! Arguments that several commands have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The model to read with.
#[derive(Clone, Debug, Args)]
pub(crate) struct ModelArgs {
    /// Directory of a model; without it the one inside the program.
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Worker threads; 0 for one a core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Arithmetic of the encoder; see `ecq doctor` for what runs here.
    #[arg(long, value_enum, default_value_t = ComputeChoice::Int8)]
    pub(crate) compute: ComputeChoice,
}

/// The base encoder of a training.
#[derive(Clone, Debug, Args)]
pub(crate) struct BaseArgs {
    /// The base encoder: its directory, or its name on a hub (`org/name` or `org/name@revision`), which is fetched once.
    #[arg(long, value_name = "DIR|ORG/NAME")]
    pub(crate) base: String,
    /// Address of the hub; without it `HF_ENDPOINT` or huggingface.co.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
}

/// Arithmetic of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComputeChoice {
    /// Products of bytes: the fastest.
    Int8,
    /// 32-bit floats.
    F32,
    /// 32-bit floats in candle's layers: on any CPU, and the slowest.
    Reference,
}

impl From<ComputeChoice> for ecq::embed::Compute {
    fn from(choice: ComputeChoice) -> Self {
        match choice {
            ComputeChoice::Int8 => Self::Int8,
            ComputeChoice::F32 => Self::F32,
            ComputeChoice::Reference => Self::Reference,
        }
    }
}

/// Where settings come from, and those that every command shares.
#[derive(Clone, Debug, Args)]
pub(crate) struct SettingArgs {
    /// Configuration file; without it the nearest ecq.toml from here upwards.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Kind of document: its limits and rules (see `ecq config`).
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Day that ages are counted to, as 2024-03-15, 2024-03 or 2024; without it the document's latest date.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
}

/// How a packet is read: for commands other than `analyze`.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Id of a shipped codebook, or a path to a codebook file; without it opm-2006.
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) codebook: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Columns of the text; without it those of the terminal, or 100.
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Where a report goes and in which form.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutputArgs {
    /// File to write, its extension choosing the form (html, md, csv, xlsx, sarif, json, txt; docx and pdf for an
    /// annotated copy), or a folder for a report each and an index; without it standard output.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Form of the report, whatever the extension says.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Form>,
    /// Marking that every output carries, for example "CUI//PRVCY".
    #[arg(long, value_name = "TEXT")]
    pub(crate) marking: Option<String>,
    /// Replace names, e-mail, telephone and Social Security numbers, dates of birth and addresses.
    #[arg(long)]
    pub(crate) redact: bool,
    /// Show the page that -o writes in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For reading on a terminal.
    Text,
    /// `ecq.report/1`; several files give one report a line.
    Json,
    /// One page that needs nothing else.
    Html,
    /// Markdown.
    Md,
    /// All records in one table.
    Csv,
    /// A workbook: coverage, evidence, gaps, findings.
    Xlsx,
    /// SARIF 2.1.0.
    Sarif,
    /// `path:line:column: severity: message`.
    Lines,
}

/// Forms of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading.
    Text,
    /// For programs.
    Json,
}

/// What makes `analyze` exit with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A competency is missing from the text.
    Missing,
    /// A competency is missing or asserted only.
    Asserted,
    /// Nothing.
    Never,
}
