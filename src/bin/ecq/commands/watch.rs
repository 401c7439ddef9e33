//! `ecq watch`: reads a packet again at every save.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use ecq::analysis::{Toolkit, analyze};
use ecq::config::{Key, Settings};
use ecq::drafts::{diff, render_diff};
use ecq::embed::{CachedEmbedder, open_encoder};
use ecq::error::Error;
use ecq::report::{Report, report};
use notify::{Event, RecursiveMode, Watcher, recommended_watcher};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::args::{Format, WatchArgs};
use crate::commands::diff::settings_of;
use crate::commands::reader::{apply, open, shown_path, terminal_options};
use crate::commands::{codebook, model};
use crate::errors::{Code, harmless};
use crate::{output, progress};

/// How often the file is looked at without an event: some file systems send none, and Ctrl-C is noticed then.
const TICK: Duration = Duration::from_millis(100);

/// How long a file must stay as it is before it is read.
const SETTLE: Duration = Duration::from_millis(50);

/// How often settling is tried before the file is read as it is.
const MAX_SETTLES: u32 = 10;

/// Vectors that are kept: those of the two longest packets anyone writes.
const KEPT_VECTORS: usize = 4096;

/// Prints what every save changes, until Ctrl-C.
pub(crate) fn run(args: &WatchArgs, quiet: bool) -> Result<Code> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot catch Ctrl-C")?;
    }
    let settings = settings_of(&args.reading)?;
    let (_, document, first_name) = open(&args.file)?;
    let toolkit = toolkit(args, &settings)?;
    // From here on no save is missed: events wait in the channel while the first report is made.
    let (sender, events) = channel();
    let mut watcher = recommended_watcher(move |event| {
        let _ = sender.send(event);
    })
    .context("cannot watch for changes")?;
    // The folder, not the file: an editor that saves by rename puts another file in its place.
    let dir = folder(&args.file);
    watcher
        .watch(&dir, RecursiveMode::NonRecursive)
        .with_context(|| format!("cannot watch {}", dir.display()))?;
    let mut last = report(&analyze(document, &toolkit)?, &toolkit, &first_name);
    let name = shown_path(&args.file);
    progress::note(
        quiet,
        &format!(
            "ecq: watching {name}: {} demonstrated, {} asserted only, {} missing, {} findings; Ctrl-C ends",
            last.count("demonstrated"),
            last.count("asserted"),
            last.count("absent"),
            last.findings.len()
        ),
    );
    let mut file = Watched {
        path: args.file.clone(),
        events,
        stamp: None,
    };
    let mut is_waiting = false;
    while file.wait_for_change(&stop) {
        let (document, document_name) = match open(&args.file) {
            Ok((_, document, document_name)) => (document, document_name),
            Err(error) => {
                if !is_waiting {
                    progress::note(false, &format!("ecq: {name}: waiting: {}", reason(&error)));
                }
                is_waiting = true;
                continue;
            }
        };
        is_waiting = false;
        if document_name.sha256 == last.document.sha256 {
            continue;
        }
        let report = report(&analyze(document, &toolkit)?, &toolkit, &document_name);
        print(&last, &report, args, &settings, quiet)?;
        last = report;
    }
    Ok(Code::Done)
}

/// A toolkit whose encoder keeps vectors, so that only changed passages are embedded.
fn toolkit(args: &WatchArgs, settings: &Settings) -> Result<Toolkit> {
    let codebook = codebook::load(settings.get(Key::Codebook).unwrap_or_default())?;
    let model = model(settings.get(Key::Model).map(Path::new))?;
    let options = &args.reading.model;
    let encoder = open_encoder(&model.encoder, options.compute.into(), options.threads)?;
    let kept = CachedEmbedder::new(encoder, KEPT_VECTORS);
    let mut toolkit = Toolkit::with_embedder(codebook, &model, Box::new(kept))?;
    apply(settings, &mut toolkit)?;
    Ok(toolkit)
}

fn print(
    last: &Report,
    report: &Report,
    args: &WatchArgs,
    settings: &Settings,
    quiet: bool,
) -> Result<()> {
    let changes = diff(last, report);
    if changes.is_empty() && changes.shifted.is_empty() {
        progress::note(
            quiet,
            "ecq: saved; nothing gained, nothing lost, no finding new or gone",
        );
        return Ok(());
    }
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string(&changes)?),
        Format::Text => render_diff(&changes, &terminal_options(settings)),
    })?;
    Ok(())
}

/// Why the file cannot be read now.
fn reason(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Error>() {
        Some(Error::Document { fault, .. }) => {
            format!("not readable yet ({})", harmless(&fault.to_string()))
        }
        Some(Error::Read { source, .. }) if source.kind() != ErrorKind::NotFound => {
            format!("cannot be read ({source})")
        }
        _ => "the file is not there".to_owned(),
    }
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Length and time of change; none for a file that is not there.
type Stamp = Option<(u64, SystemTime)>;

/// A file and what is heard of it.
struct Watched {
    path: PathBuf,
    events: Receiver<notify::Result<Event>>,
    /// As last read; before the first look none.
    stamp: Option<Stamp>,
}

impl Watched {
    /// Waits until the file was changed and has come to rest; false if it is time to stop.
    fn wait_for_change(&mut self, stop: &AtomicBool) -> bool {
        loop {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            let is_heard = match self.events.recv_timeout(TICK) {
                Ok(event) => self.is_ours(&event),
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(TICK);
                    false
                }
            };
            if is_heard || self.stamp != Some(self.look()) {
                self.stamp = Some(self.settled());
                return true;
            }
        }
    }

    /// Whether an event may concern the file; one that cannot be read may.
    fn is_ours(&self, event: &notify::Result<Event>) -> bool {
        event.as_ref().map_or(true, |event| {
            !event.kind.is_access()
                && event
                    .paths
                    .iter()
                    .any(|path| path.file_name() == self.path.file_name())
        })
    }

    fn look(&self) -> Stamp {
        let metadata = self.path.metadata().ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    /// The stamp once it stays the same for a while; events up to then are of the same save.
    fn settled(&self) -> Stamp {
        let mut stamp = self.look();
        for _ in 0..MAX_SETTLES {
            std::thread::sleep(SETTLE);
            let next = self.look();
            let is_at_rest = next == stamp && next.is_some_and(|(len, _)| len > 0);
            stamp = next;
            if is_at_rest {
                break;
            }
        }
        while self.events.try_recv().is_ok() {}
        stamp
    }
}
