//! `ecq batch`: many packets, each outcome kept at once, tables at the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use ecq::analysis::Toolkit;
use ecq::batch::{
    Basis, Claim, Disk, Failure, FailureKind, Folder, Input, Item, Made, Named, Plan, Reading,
    Summary,
};
use ecq::config::{Key, Settings};
use ecq::error::Error;
use ecq::report::{Form, RenderOptions, render};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::args::{BatchArgs, BatchForm};
use crate::commands::batch_progress::Progress;
use crate::commands::config::{self, SkippedFiles};
use crate::commands::{codebook, reader};
use crate::errors::{Code, report_error};
use crate::packet::Making;
use crate::{inputs, progress};

/// Reads every document of the inputs; one that fails does not stop the others.
pub(crate) fn run(args: &BatchArgs, quiet: bool) -> Result<Code> {
    let settings = config::resolve(
        &args.settings,
        args.codebook.as_deref(),
        args.model.model.as_deref(),
        None,
    )?;
    let skipped = SkippedFiles::new(&settings)?;
    let found = inputs::find(&args.inputs, args.list.as_deref(), &args.output, &skipped)?;
    for note in &found.notes {
        progress::note(quiet, &format!("ecq: {note}"));
    }
    if found.items.is_empty() {
        report_error(&anyhow::anyhow!(
            "no document among the inputs; expected docx, odt, pdf, html, md or txt files, folders or zip packets of them"
        ));
        return Ok(Code::NoneUsable);
    }
    let _claim = Claim::take(&args.output, &holder(), args.resume)?;
    let n_threads = match args.model.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    let n_own = found
        .items
        .iter()
        .filter(|item| args.shard.is_none_or(|shard| shard.has(&item.id)))
        .count();
    let toolkit = toolkit(args, &settings, (n_threads / n_own.max(1)).max(1))?;
    let forms = forms(&args.form);
    let basis = basis(args, &settings, &toolkit, &forms);
    let stop = stop_signal()?;
    let out = Folder::new(&args.output, &Disk);
    let plan = Plan {
        items: &found.items,
        basis: &basis,
        shard: args.shard,
        n_threads: n_threads.min(n_own.max(1)),
        stop: &stop,
    };
    let reading = Packets {
        making: Making {
            toolkit: &toolkit,
            with_why: args.why,
        },
        forms: &forms,
        marking: args.marking.as_deref(),
    };
    let shown = Progress::new(n_own, quiet);
    let outcome = ecq::batch::run(&out, &plan, &reading, &shown);
    shown.finish();
    let summary = outcome.map_err(|error| {
        let is_of_the_disk = matches!(error, Error::Write { .. });
        let error = anyhow::Error::from(error);
        if is_of_the_disk {
            error.context("the batch stopped; what is done is kept, and --resume goes on with it")
        } else {
            error
        }
    })?;
    conclude(&summary, &args.output, quiet);
    Ok(code(&summary))
}

/// The exit code of a run.
pub(crate) fn code(summary: &Summary) -> Code {
    match summary {
        Summary {
            is_stopped: true, ..
        } => Code::SomeFailed,
        Summary { n_failed: 0, .. } => Code::Done,
        Summary { n_read: 0, .. } => Code::NoneUsable,
        _ => Code::SomeFailed,
    }
}

fn conclude(summary: &Summary, out: &Path, quiet: bool) {
    let kept = match summary.n_kept {
        0 => String::new(),
        n => format!(", {n} of them by an earlier run"),
    };
    let Summary {
        n_read, n_failed, ..
    } = summary;
    let end = if summary.is_stopped {
        "stopped; --resume goes on".to_owned()
    } else {
        format!("see {}", out.join("index.html").display())
    };
    progress::note(
        quiet,
        &format!("ecq: {n_read} read, {n_failed} failed{kept}; {end}"),
    );
}

/// Who writes to a folder, for whoever finds it taken.
pub(crate) fn holder() -> String {
    let process = format!("process {}", std::process::id());
    // The name of the machine, where the system tells it in a file: folders may be shared.
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match machine.trim() {
        "" => process,
        machine => format!("{process} on {machine}"),
    }
}

/// Set by Ctrl-C; a second one ends the program at once.
fn stop_signal() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let registered =
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)));
        registered.context("cannot catch Ctrl-C")?;
    }
    debug_assert!(!stop.load(Ordering::Relaxed), "nothing has asked to stop");
    Ok(stop)
}

/// The toolkit; documents are what runs side by side, so each is read by one worker where there are enough.
fn toolkit(args: &BatchArgs, settings: &Settings, n_threads: usize) -> Result<Toolkit> {
    let codebook = codebook::load(settings.get(Key::Codebook).unwrap_or_default())?;
    let mut model = args.model.clone();
    model.threads = n_threads;
    reader::open_toolkit(codebook, settings, &model)
}

/// The forms beside JSON, each once.
fn forms(args: &[BatchForm]) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for form in args {
        let form = match form {
            BatchForm::Json => continue,
            BatchForm::Html => Form::Html,
            BatchForm::Md => Form::Markdown,
            BatchForm::Csv => Form::Csv,
            BatchForm::Xlsx => Form::Xlsx,
            BatchForm::Sarif => Form::Sarif,
            BatchForm::Text => Form::Text,
        };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms.sort_by_key(|form| form.extension());
    forms
}

/// Everything that the reports depend on.
fn basis(args: &BatchArgs, settings: &Settings, toolkit: &Toolkit, forms: &[Form]) -> Basis {
    let profile = &settings.profile;
    let limits = profile.limits.iter();
    let limits = limits.map(|(name, limit)| format!("{}={}", name.key(), limit.value));
    let rules = profile.rules.iter();
    let rules = rules.map(|(rule, setting)| format!("{rule}={}", setting.name()));
    let joined = |words: Vec<String>| words.join(" ");
    let options = [
        ("limits", joined(limits.collect())),
        ("rules", joined(rules.collect())),
        ("skip.sections", settings.skip.sections.join(", ")),
        (
            "as_of",
            settings.get(Key::AsOf).unwrap_or_default().to_owned(),
        ),
        ("--why", if args.why { "yes" } else { "no" }.to_owned()),
        (
            "--compute",
            ecq::embed::Compute::from(args.model.compute)
                .name()
                .to_owned(),
        ),
    ];
    Basis {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        codebook: Named {
            id: toolkit.codebook.id().to_owned(),
            version: toolkit.codebook.version().to_owned(),
            sha256: toolkit.codebook.sha256().to_owned(),
        },
        model: Named {
            id: toolkit.model.id.clone(),
            version: toolkit.model.version.clone(),
            sha256: toolkit.model.sha256.clone(),
        },
        profile: profile.id.clone(),
        marking: args.marking.clone(),
        options: BTreeMap::from(options.map(|(name, value)| (name.to_owned(), value))),
        forms: forms
            .iter()
            .map(|form| form.extension().to_owned())
            .collect(),
    }
}

/// Makes documents into the files of a batch.
struct Packets<'a> {
    making: Making<'a>,
    forms: &'a [Form],
    marking: Option<&'a str>,
}

impl Reading for Packets<'_> {
    fn read(&self, item: &Item, input: &Input) -> Result<Made, Failure> {
        let mut packet =
            self.making
                .packet_of_bytes(&input.bytes, &item.id, input.beside.as_deref())?;
        packet.report.marking = self.marking.map(str::to_owned);
        let mut files = Vec::with_capacity(self.forms.len());
        for &form in self.forms {
            let bytes = render(
                form,
                std::slice::from_ref(&packet),
                &RenderOptions::default(),
            )
            .map_err(|error| {
                Failure::new(
                    FailureKind::Program,
                    format!("{:#}", anyhow::Error::from(error)),
                )
            })?;
            files.push((form.extension().to_owned(), bytes));
        }
        let report = packet.report;
        Ok(Made { report, files })
    }
}
