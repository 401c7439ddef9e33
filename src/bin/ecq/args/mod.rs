//! What was typed, nothing resolved.

mod batch;
mod criteria;
mod packet;
mod quality;
mod shared;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use self::batch::{BatchArgs, BatchFields, BatchForm, LimitArgs, MergeArgs};
pub(crate) use self::criteria::{
    AnnouncementArgs, AnnouncementForm, CodebookCommand, ConfigArgs, FitArgs, RulesArgs,
    TrainMatcherArgs,
};
pub(crate) use self::packet::{
    AnalyzeArgs, AnnotateArgs, CrosswalkArgs, DecideArgs, DiffArgs, ExplainArgs, ScoreArgs,
    WatchArgs,
};
pub(crate) use self::quality::{
    AgreeArgs, CorpusCheckArgs, CorpusCommand, DoctorArgs, EvalArgs, ModelCommand, TrainArgs,
};
pub(crate) use self::shared::{
    BaseArgs, FailOn, Form, Format, ModelArgs, OutputArgs, ReadingArgs, SettingArgs,
};

/// Reads ECQ narratives as a careful board reader would: what is shown, what is only claimed, what is missing.
///
/// Nothing leaves this machine: no command opens a socket, except `ecq model pull`
/// and a training whose `--base` is a name on a hub.
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
