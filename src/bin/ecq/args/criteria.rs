//! Commands about what packets are read for: codebooks, announcements, rules and settings.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{BaseArgs, Format, ModelArgs, SettingArgs};

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
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    /// The corpus, with the codebooks under `own`.
    #[arg(long, default_value = "corpus", value_name = "DIR")]
    pub(crate) corpus: PathBuf,
    /// Worker threads; 0 for one a core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
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
