//! The `ecq` program: arguments in, exit code out.

mod args;
mod commands;
mod destination;
mod errors;
mod inputs;
mod isolation;
mod output;
mod packet;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, CodebookCommand, Command, CorpusCommand, ModelCommand};
use crate::errors::{Code, report_error};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, not errors; a closed pipe is no fault of ours.
            let code = if error.use_stderr() {
                Code::Usage
            } else {
                Code::Done
            };
            let _ = error.print();
            return code.into();
        }
    };
    output::choose_color(cli.color);
    // A panic is a fault of the program: one line and a code of its own, never a trace over someone's text. The
    // place helps whoever reads the report; the panic's message could quote a narrative and is left out.
    std::panic::set_hook(Box::new(|fault| {
        if let Some(place) = fault.location() {
            let _ = FAULT_PLACE.set(format!("{}:{}", place.file(), place.line()));
        }
    }));
    let outcome = std::panic::catch_unwind(|| run(&cli));
    match outcome {
        Ok(Ok(code)) => code.into(),
        Ok(Err(error)) if errors::is_closed_pipe(&error) => Code::Done.into(),
        Ok(Err(error)) => {
            report_error(&error);
            errors::code_of(&error).into()
        }
        Err(_) => {
            let place = FAULT_PLACE.get().map_or("an unknown place", String::as_str);
            report_error(&anyhow::anyhow!(
                "the program stopped at a fault of its own at {place}; please report it"
            ));
            Code::Internal.into()
        }
    }
}

/// Where the first panic happened, as file and line of the source.
static FAULT_PLACE: std::sync::OnceLock<String> = std::sync::OnceLock::new();

fn run(cli: &Cli) -> anyhow::Result<Code> {
    match &cli.command {
        Command::Analyze(args) => commands::analyze::run(args, cli.quiet),
        Command::Batch(args) => commands::batch::run(args, cli.quiet),
        Command::IsolatedReader(limits) => isolation::serve(&limits.clone().into()),
        Command::Merge(args) => commands::merge::run(args, cli.quiet),
        Command::Annotate(args) => commands::annotate::run(args, cli.quiet),
        Command::Explain(args) => commands::explain::run(args),
        Command::Diff(args) => commands::diff::run(args, cli.quiet),
        Command::Watch(args) => commands::watch::run(args, cli.quiet),
        Command::Crosswalk(args) => commands::crosswalk::run(args, cli.quiet),
        Command::Decide(args) => commands::decide::run(args),
        Command::Score(args) => commands::score::run(args),
        Command::Announcement(args) => commands::announcement::run(args, cli.quiet),
        Command::Codebook {
            command: CodebookCommand::List,
        } => commands::codebook::list(),
        Command::Codebook {
            command: CodebookCommand::Show { codebook },
        } => commands::codebook::show(codebook),
        Command::Codebook {
            command: CodebookCommand::Lint { codebooks },
        } => commands::codebook::lint(codebooks),
        Command::Codebook {
            command: CodebookCommand::Fit(args),
        } => commands::own::fit(args, cli.quiet),
        Command::Codebook {
            command: CodebookCommand::TrainMatcher(args),
        } => commands::own::train(args, cli.quiet),
        Command::Model {
            command: ModelCommand::List,
        } => commands::model::list(),
        #[cfg(feature = "hub")]
        Command::Model {
            command:
                ModelCommand::Pull {
                    repository,
                    into,
                    endpoint,
                },
        } => commands::model::pull(repository, into.as_deref(), endpoint.as_deref(), cli.quiet),
        Command::Model {
            command: ModelCommand::Verify { dir },
        } => commands::model::verify(dir.as_deref()),
        Command::Corpus {
            command: CorpusCommand::Check(args),
        } => commands::corpus::check(args),
        Command::Corpus {
            command: CorpusCommand::Examples { dir, per_label },
        } => commands::corpus::examples(dir, *per_label),
        Command::Eval(args) => match (&args.rules, &args.own, &args.announcements) {
            (Some(dir), _, _) => commands::rules::eval(args, dir),
            (None, Some(dir), _) => commands::own::eval(args, dir),
            (None, None, Some(dir)) => commands::announcement::eval(args, dir),
            (None, None, None) => commands::eval::run(args),
        },
        Command::Agree(args) => commands::agree::run(args),
        Command::Train(args) => commands::train::run(args, cli.quiet),
        Command::Doctor(args) => commands::doctor::run(args),
        Command::Rules(args) => commands::rules::run(args),
        Command::Config(args) => commands::config::run(args),
        Command::Schema => commands::schema(),
    }
}
