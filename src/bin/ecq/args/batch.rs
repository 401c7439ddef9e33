//! Commands that read packets by the folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::{ModelArgs, SettingArgs};

/// `ecq batch`.
#[derive(Debug, Args)]
pub(crate) struct BatchArgs {
    /// Files, folders, zip packets, or patterns such as 'packets/**/*.docx'.
    #[arg(required_unless_present_any = ["list", "stdio_jsonl"], value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Also read the inputs that this file names, one a line; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Folder for the reports, the index and the tables.
    #[arg(
        short,
        long,
        required_unless_present = "stdio_jsonl",
        value_name = "DIR"
    )]
    pub(crate) output: Option<PathBuf>,
    /// Answer JSON lines on standard input, one line out for each line in, in order; leaves no file.
    ///
    /// In: {"id": "7", "text": "..."}, or "path": "7.docx", or "b64": the bytes of a file in base64 (`docx_b64` and
    /// `pdf_b64` do the same); "name" may give a file name. Out: {"id": "7", "report": {...}} or {"id": "7", "error":
    /// {"code", "message", "line"}}; id is null where the line has none. Lines that fail end the program with 0 all the
    /// same: only a stream that breaks is a fault of the whole.
    #[arg(long, conflicts_with_all = ["inputs", "list", "output", "resume", "shard", "form"])]
    pub(crate) stdio_jsonl: bool,
    /// What a line out holds of a report.
    #[arg(long, value_enum, default_value_t = BatchFields::Report, requires = "stdio_jsonl")]
    pub(crate) fields: BatchFields,
    /// Go on with the batch in the folder: read only what is missing or has changed.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Read one part of the documents only, as 2/5; `ecq merge` joins the parts.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<ecq::batch::Shard>,
    /// Forms written for each document; JSON always is.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "html",
        value_name = "FORM,..."
    )]
    pub(crate) form: Vec<BatchForm>,
    /// Marking that every output carries, for example "CUI//PRVCY".
    #[arg(long, value_name = "TEXT")]
    pub(crate) marking: Option<String>,
    /// Also say what carried every cell that is shown or asserted; takes about half a second a cell.
    #[arg(long)]
    pub(crate) why: bool,
    /// Take files apart in this process: a little faster, but a file that crashes its reader ends the run.
    #[arg(long)]
    pub(crate) no_isolation: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Id of a shipped codebook, or a path to a codebook file; without it opm-2006.
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) codebook: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// Forms of the reports of a batch, each with an extension of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BatchForm {
    /// `ecq.report/1`.
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
    /// As on a terminal of 100 columns.
    Text,
}

/// What a line of a stream holds of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BatchFields {
    /// All of it: `ecq.report/1`.
    Report,
    /// Levels and counts only: `ecq.coverage/1`.
    Coverage,
}

/// What taking one file apart may cost; a file that asks for more fails alone.
#[derive(Clone, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Address space of the process that takes files apart, as 512MiB or 2GiB; on Linux and most Unix systems.
    #[arg(long, default_value = "2GiB", value_name = "SIZE", value_parser = size)]
    pub(crate) limit_memory: u64,
    /// Seconds of processor time for one file, on Unix systems; everywhere no more than four times as long by the clock.
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub(crate) limit_seconds: u32,
    /// Stack of the thread that takes a file apart.
    #[arg(long, default_value = "8MiB", value_name = "SIZE", value_parser = size)]
    pub(crate) limit_stack: u64,
    /// Size of what was read of a file: text, places, warnings.
    #[arg(long, default_value = "128MiB", value_name = "SIZE", value_parser = size)]
    pub(crate) limit_output: u64,
}

/// Bytes as people write them: 65536, 64KiB, 2GiB.
fn size(text: &str) -> Result<u64, String> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let (digits, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))
        .unwrap_or((text, 0));
    let bytes = digits.trim_end().parse().ok();
    bytes
        .and_then(|n: u64| n.checked_mul(1 << shift))
        .ok_or_else(|| "expected a number of bytes, as 65536, 64KiB, 512MiB or 2GiB".to_owned())
}

/// `ecq merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Folders that `ecq batch --shard` wrote.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,
    /// Folder for all of it.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Write over an earlier merge in the folder.
    #[arg(long)]
    pub(crate) resume: bool,
}
