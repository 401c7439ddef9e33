//! What was typed, nothing resolved.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reads ECQ narratives as a careful board reader would: what is shown, what is only claimed, what is missing.
///
/// Nothing leaves this machine: no command opens a socket, except `ecq model pull`.
#[derive(Debug, Parser)]
#[command(name = "ecq", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// No notes and no progress on stderr; errors are still printed.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use color; `NO_COLOR` is honored.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 a gate failed (--fail-on); 2 usage or configuration; 3 some inputs failed;
4 no input usable; 70 internal.

Examples:
  ecq analyze packet.docx
  ecq analyze packet.docx -o report.html --open
  ecq analyze *.docx -o reports/
  ecq batch packets/ -o reports/
  ecq annotate packet.docx -o reviewed.docx
  ecq analyze packet.pdf --codebook opm-2025 --format json > report.json
  cat statement.txt | ecq analyze -";

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal that can show it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report coverage and gaps of packets: docx, odt, pdf, html, md, txt, or - for standard input.
    Analyze(AnalyzeArgs),
    /// Report on many packets side by side: a report each, an index and tables; goes on where it was stopped.
    Batch(BatchArgs),
    /// Take files apart for another process of this program; not to be called by people.
    #[command(hide = true)]
    IsolatedReader(LimitArgs),
    /// Join the folders of a batch that was read in shards.
    Merge(MergeArgs),
    /// Copy a docx or pdf with its evidence and gaps as comments; nothing else in it changes.
    Annotate(AnnotateArgs),
    /// Show what carried one competency: sentences and words left out, the nearest example, the next competency.
    Explain(ExplainArgs),
    /// Compare two drafts: competencies, key characteristics and findings gained and lost, with the passages behind.
    Diff(DiffArgs),
    /// Read a packet again at every save and print what changed; Ctrl-C ends it.
    Watch(WatchArgs),
    /// Read a packet of one edition for another: what still serves and where, what has no place, what is asked for.
    Crosswalk(CrosswalkArgs),
    /// Write down a reviewer's decision on a passage or a finding, beside the packet; without one, list their ids.
    Decide(DecideArgs),
    /// Score JSON lines {"id","text"} from standard input, one line out for each line in.
    Score(ScoreArgs),
    /// Take a vacancy announcement apart: qualifications and their elements, limits, documents; as a codebook with -o.
    Announcement(AnnouncementArgs),
    /// List, show or check codebooks.
    Codebook {
        /// What to do.
        #[command(subcommand)]
        command: CodebookCommand,
    },
    /// List, fetch or verify models.
    Model {
        /// What to do.
        #[command(subcommand)]
        command: ModelCommand,
    },
    /// Check the annotated passages that a model is trained from and measured on.
    Corpus {
        /// What to do.
        #[command(subcommand)]
        command: CorpusCommand,
    },
    /// Measure a model against annotated passages.
    Eval(EvalArgs),
    /// Agreement of two or more readers of the same passages: people, or this program.
    Agree(AgreeArgs),
    /// Train a model from the corpus.
    Train(TrainArgs),
    /// Say what runs here and why: CPU, arithmetic, model, codebooks, cache.
    Doctor(DoctorArgs),
    /// List the rules behind the findings, or explain one.
    Rules(RulesArgs),
    /// Show the settings in force: flags over environment (ECQ_*) over ecq.toml over defaults.
    Config(ConfigArgs),
    /// Print the JSON Schema of the report.
    Schema,
}

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

/// `ecq doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

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

/// `ecq rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Id of one rule, to have it explained.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
    /// Form of the list.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `ecq config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Say of each setting where it came from.
    #[arg(long)]
    pub(crate) show_origin: bool,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
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

/// `ecq announcement`.
#[derive(Debug, Args)]
pub(crate) struct AnnouncementArgs {
    /// The announcement: docx, odt, pdf, html, md, txt, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Codebook to write, for `ecq analyze --codebook`.
    #[arg(short, long, value_name = "FILE.toml")]
    pub(crate) output: Option<PathBuf>,
    /// Settings to write, with the limits and the profile: an ecq.toml.
    #[arg(long, value_name = "ecq.toml")]
    pub(crate) settings: Option<PathBuf>,
    /// Write over files that were there, with the corrections in them.
    #[arg(long)]
    pub(crate) force: bool,
    /// Form of what is printed.
    #[arg(long, value_enum, default_value_t = AnnouncementForm::Text)]
    pub(crate) format: AnnouncementForm,
    /// Columns of the text; without it those of the terminal, or 100.
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
}

/// Forms of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnnouncementForm {
    /// For reading and correcting.
    Text,
    /// `ecq.announcement/1`, with the place of every word.
    Json,
    /// The codebook.
    Toml,
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

/// `ecq codebook`.
#[derive(Debug, Subcommand)]
pub(crate) enum CodebookCommand {
    /// The shipped codebooks, a line each.
    List,
    /// One codebook with its definitions.
    Show {
        /// Id or path.
        codebook: String,
    },
    /// Faults of codebook files, with their lines.
    Lint {
        /// Paths or ids.
        #[arg(required = true)]
        codebooks: Vec<String>,
    },
    /// Fit a codebook of one's own on 5 to 20 examples a competency; `analyze` then reads with what is written.
    Fit(FitArgs),
    /// Make a model's matcher, which reads competencies from their texts, and write it into the model.
    TrainMatcher(TrainMatcherArgs),
}

/// `ecq codebook fit`.
#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    /// The codebook file.
    #[arg(value_name = "CODEBOOK")]
    pub(crate) codebook: String,
    /// JSON lines {"id","text","two":[...],"one":[...]}: what each passage demonstrates, and what it only asserts.
    #[arg(value_name = "EXAMPLES")]
    pub(crate) examples: PathBuf,
    /// Where the head is written; without it beside the codebook as NAME.head.safetensors, where it is looked for.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// `ecq codebook train-matcher`.
#[derive(Debug, Args)]
pub(crate) struct TrainMatcherArgs {
    /// Directory of the model; the matcher is written there and into its list of files.
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Directory of the base encoder that the model was trained from (see `ecq model pull`).
    #[arg(long, value_name = "DIR")]
    pub(crate) base: PathBuf,
    /// The corpus, with the codebooks under `own`.
    #[arg(long, default_value = "corpus", value_name = "DIR")]
    pub(crate) corpus: PathBuf,
    /// Worker threads; 0 for one a core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
}

/// `ecq model`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// The model inside the program and those in the cache.
    List,
    /// Fetch an encoder from a hub, to train from; the only command that opens a socket.
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
    /// Directory of the base encoder (see `ecq model pull`).
    #[arg(long, value_name = "DIR")]
    pub(crate) base: PathBuf,
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
