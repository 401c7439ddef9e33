//! The run: workers that take documents one by one, and a journal that they share.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::batch::journal::{Record, parse_journal};
use crate::batch::lock::{JOURNAL, STATE};
use crate::batch::store::{Folder, Output};
use crate::batch::{
    Basis, Failure, FailureKind, FailureView, Input, Item, Shard, read_input, stem, tables,
};
use crate::classify::sha256_hex;
use crate::error::{Error, Result};
use crate::report::Report;

/// The folder of the documents' own files.
pub(super) const REPORTS: &str = "reports";
/// Ids of all documents of the batch, in order, a JSON string a line.
pub(super) const INPUTS: &str = ".ecq/inputs.jsonl";
/// What the run is made with.
pub(super) const ABOUT: &str = ".ecq/batch.json";
/// Stack of a worker: as large as that of a program's first thread, for documents that nest deeply.
const STACK_BYTES: usize = 8 << 20;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// All documents, in order of their ids, which are unique.
    pub items: &'a [Item],
    /// What reports are made with.
    pub basis: &'a Basis,
    /// The part of the documents that is read; without it all.
    pub shard: Option<Shard>,
    /// Documents that are read at a time; 0 for one a core.
    pub n_threads: usize,
    /// Set from elsewhere to stop behind the documents that are being read.
    pub stop: &'a AtomicBool,
}

/// What a document is made into.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its report.
    pub report: Report,
    /// Files beside the JSON, by extension.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Makes bytes into reports.
pub trait Reading: Sync {
    /// The report of a document.
    ///
    /// # Errors
    /// Why there is none.
    fn read(&self, item: &Item, input: &Input) -> Result<Made, Failure>;
}

/// Hears of what happens, from several threads.
pub trait Observer: Sync {
    /// A document is done.
    fn done(&self, item: &Item, status: &Status);

    /// Something that a person should know, in one line.
    fn note(&self, line: &str);
}

/// How a document came to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was read.
    Read {
        /// Its passages.
        n_passages: usize,
    },
    /// It could not be read.
    Failed(Failure),
    /// An earlier run has done it, and nothing has changed since.
    Kept {
        /// Whether that run could read it.
        is_read: bool,
    },
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents with a report, also from an earlier run.
    pub n_read: usize,
    /// Documents without one, also from an earlier run.
    pub n_failed: usize,
    /// Those of both that an earlier run had done.
    pub n_kept: usize,
    /// Whether it was stopped before its end; the tables are then those of before.
    pub is_stopped: bool,
}

/// What a folder's batch was made from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub(super) schema: String,
    pub(super) basis: Basis,
    pub(super) shard: Option<Shard>,
}

impl About {
    pub(super) const SCHEMA: &'static str = "ecq.batch/1";

    pub(super) fn new(basis: &Basis, shard: Option<Shard>) -> Self {
        Self {
            schema: Self::SCHEMA.to_owned(),
            basis: basis.clone(),
            shard,
        }
    }

    pub(super) fn json(&self) -> String {
        // Structures, lists and maps with string keys are always JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// Reads what is missing or has changed, and writes the tables.
///
/// The caller holds the folder's [`Claim`](crate::batch::Claim).
///
/// # Errors
/// If something cannot be written, or what an earlier run left cannot be read. What is done by then is kept.
pub fn run(
    out: &Folder<'_>,
    plan: &Plan<'_>,
    reading: &dyn Reading,
    observer: &dyn Observer,
) -> Result<Summary> {
    out.create_folder(STATE)?;
    out.create_folder(REPORTS)?;
    for folder in ["", STATE, REPORTS] {
        out.sweep(folder)?;
    }
    let earlier = earlier_records(out, plan, observer)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.n_threads)
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Error::Batch {
            dir: out.path().to_path_buf(),
            detail: format!("no worker threads: {error}"),
        })?;
    let ids = plan.items.iter().map(|item| item.id.as_str());
    out.put(INPUTS, id_lines(ids).as_bytes())?;
    out.put(ABOUT, About::new(plan.basis, plan.shard).json().as_bytes())?;
    out.sync(STATE)?;
    let own: Vec<&Item> = plan
        .items
        .iter()
        .filter(|item| plan.shard.is_none_or(|shard| shard.has(&item.id)))
        .collect();
    let worker = Worker {
        out,
        key: plan.basis.key(),
        earlier: &earlier,
        reading,
        observer,
        journal: Mutex::new(Journal::open(out)?),
    };
    let done = work(&pool, &worker, &own, plan.stop)?;
    drop(worker);
    let mut summary = Summary {
        is_stopped: done.len() < own.len(),
        ..Summary::default()
    };
    let mut records = BTreeMap::new();
    for (record, is_kept) in done {
        summary.n_read += usize::from(record.is_read);
        summary.n_failed += usize::from(!record.is_read);
        summary.n_kept += usize::from(is_kept);
        records.insert(record.id.clone(), record);
    }
    if !summary.is_stopped {
        pool.install(|| tables::write(out, &records, plan.basis.marking.as_deref()))?;
        retire(out, &earlier, &records, observer)?;
        compact(out, &records)?;
    }
    Ok(summary)
}

/// What earlier runs have done, by id.
fn earlier_records(
    out: &Folder<'_>,
    plan: &Plan<'_>,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Record>> {
    let Some(journal) = out.get(JOURNAL)? else {
        return Ok(BTreeMap::new());
    };
    let (records, faults) = parse_journal(&journal);
    for fault in faults {
        observer.note(&fault.to_string());
    }
    let about = out.get(ABOUT)?;
    let about = about.and_then(|bytes| serde_json::from_slice::<About>(&bytes).ok());
    if let Some(about) = &about
        && about.shard != plan.shard
    {
        let what = |shard: Option<Shard>| {
            shard.map_or_else(
                || "a whole batch".to_owned(),
                |shard| format!("shard {shard}"),
            )
        };
        return Err(Error::Batch {
            dir: out.path().to_path_buf(),
            detail: format!(
                "it holds {}; name another folder for {}",
                what(about.shard),
                what(plan.shard)
            ),
        });
    }
    let places = ["in this folder".to_owned(), "in this run".to_owned()];
    let difference = about.and_then(|about| about.basis.difference(plan.basis, &places));
    if let Some(difference) = difference {
        observer.note(&format!("{difference}: all documents are read again"));
    }
    Ok(records)
}

/// Ids as JSON strings, a line each.
pub(super) fn id_lines<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.map(|id| serde_json::to_string(id).unwrap_or_default() + "\n")
        .collect()
}

/// Has the documents read side by side; what comes back is in no order, and short if the run was stopped.
fn work(
    pool: &rayon::ThreadPool,
    worker: &Worker<'_>,
    items: &[&Item],
    stop: &AtomicBool,
) -> Result<Vec<(Record, bool)>> {
    let next = AtomicUsize::new(0);
    let is_broken = AtomicBool::new(false);
    // Each worker asks for its next document itself: were documents jobs of the pool, a worker that waits for a part
    // of its own document could begin another one on top of it.
    let shares: Vec<Result<Vec<(Record, bool)>>> = pool.broadcast(|_| {
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed) && !is_broken.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            match worker.document(item) {
                Ok(record) => done.push(record),
                Err(error) => {
                    is_broken.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(done)
    });
    let mut done = Vec::with_capacity(items.len());
    for share in shares {
        done.extend(share?);
    }
    Ok(done)
}

/// What every worker shares.
struct Worker<'a> {
    out: &'a Folder<'a>,
    key: String,
    earlier: &'a BTreeMap<String, Record>,
    reading: &'a dyn Reading,
    observer: &'a dyn Observer,
    journal: Mutex<Journal>,
}

impl Worker<'_> {
    /// The record of a document, and whether it is that of an earlier run.
    fn document(&self, item: &Item) -> Result<(Record, bool)> {
        let input = read_input(item);
        let digest = |bytes: &[u8]| sha256_hex(bytes);
        let mut record = Record {
            id: item.id.clone(),
            input: input.as_ref().ok().map(|input| digest(&input.bytes)),
            beside: input
                .as_ref()
                .ok()
                .and_then(|input| input.beside.as_deref().map(digest)),
            key: self.key.clone(),
            is_read: false,
            n_passages: 0,
            outputs: BTreeMap::new(),
        };
        if let Some(kept) = self.kept(&record)? {
            let status = Status::Kept {
                is_read: kept.is_read,
            };
            self.observer.done(item, &status);
            return Ok((kept.clone(), true));
        }
        let made = input.and_then(|input| self.made(item, &input));
        let stem = stem(&item.id);
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let status = match made {
            Ok(made) => {
                record.is_read = true;
                record.n_passages = made.report.passages.len();
                files.push((format!("{stem}.json"), made.report.to_json().into_bytes()));
                for (extension, bytes) in made.files {
                    files.push((format!("{stem}.{extension}"), bytes));
                }
                let n_passages = record.n_passages;
                Status::Read { n_passages }
            }
            Err(failure) => {
                let view = FailureView::new(&item.id, &failure, record.input.as_deref());
                files.push((format!("{stem}.json"), view.line().into_bytes()));
                Status::Failed(failure)
            }
        };
        for (name, bytes) in files {
            self.out.put(&format!("{REPORTS}/{name}"), &bytes)?;
            record.outputs.insert(name, sha256_hex(&bytes));
        }
        // The record promises files, so their names are on disk before it is.
        self.out.sync(REPORTS)?;
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.add(&record)?;
        drop(journal);
        self.observer.done(item, &status);
        Ok((record, false))
    }

    /// The record of an earlier run, if it is of the same bytes and its files are as it left them.
    fn kept(&self, now: &Record) -> Result<Option<&Record>> {
        let Some(then) = self.earlier.get(&now.id) else {
            return Ok(None);
        };
        // A file that could not be read then may be readable now.
        let is_same = now.input.is_some()
            && now.input == then.input
            && now.beside == then.beside
            && now.key == then.key;
        if !is_same || then.outputs.is_empty() {
            return Ok(None);
        }
        for (name, digest) in &then.outputs {
            let bytes = self.out.get(&format!("{REPORTS}/{name}"))?;
            if bytes.is_none_or(|bytes| sha256_hex(&bytes) != *digest) {
                return Ok(None);
            }
        }
        Ok(Some(then))
    }

    /// A document's report; a fault of the program in one document stops no other.
    fn made(&self, item: &Item, input: &Input) -> Result<Made, Failure> {
        catch_unwind(AssertUnwindSafe(|| self.reading.read(item, input))).unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Program,
                "the program stopped at a fault of its own in this document; please report it",
            ))
        })
    }
}

/// The journal, opened to be added to.
struct Journal {
    output: Box<dyn Output>,
    path: std::path::PathBuf,
    is_torn: bool,
}

impl Journal {
    fn open(out: &Folder<'_>) -> Result<Self> {
        let is_torn = out
            .get(JOURNAL)?
            .is_some_and(|bytes| bytes.last().is_some_and(|&byte| byte != b'\n'));
        let mut journal = Self {
            output: out.append(JOURNAL)?,
            path: out.path().join(JOURNAL),
            is_torn: false,
        };
        if is_torn {
            // What a crash cut off stays as it is, on a line of its own.
            journal.write(b"\n")?;
        }
        out.sync(STATE)?;
        Ok(journal)
    }

    fn add(&mut self, record: &Record) -> Result<()> {
        self.write(record.line().as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        // Behind a line that was cut off, the next one would be lost with it.
        let done = if self.is_torn {
            Err(std::io::Error::other(
                "an earlier line could not be written",
            ))
        } else {
            self.output
                .write_all(bytes)
                .and_then(|()| self.output.sync())
        };
        done.map_err(|source| {
            self.is_torn = true;
            Error::Write {
                path: self.path.clone(),
                source,
            }
        })
    }
}

/// Removes the files of documents that are no longer among the inputs, and of forms no longer asked for.
pub(super) fn retire(
    out: &Folder<'_>,
    earlier: &BTreeMap<String, Record>,
    records: &BTreeMap<String, Record>,
    observer: &dyn Observer,
) -> Result<()> {
    let current: BTreeSet<&String> = records
        .values()
        .flat_map(|record| record.outputs.keys())
        .collect();
    for name in earlier.values().flat_map(|record| record.outputs.keys()) {
        // A name comes from a file; it leads nowhere else.
        if !current.contains(name) && !name.contains(['/', '\\']) {
            out.remove(&format!("{REPORTS}/{name}"))?;
        }
    }
    let n_gone = earlier
        .keys()
        .filter(|id| !records.contains_key(*id))
        .count();
    if n_gone > 0 {
        observer.note(&format!(
            "{n_gone} earlier documents are no longer among the inputs; their reports were removed"
        ));
    }
    Ok(())
}

/// Puts the journal in order: a line for each document, by id.
pub(super) fn compact(out: &Folder<'_>, records: &BTreeMap<String, Record>) -> Result<()> {
    let lines: String = records.values().map(Record::line).collect();
    out.put(JOURNAL, lines.as_bytes())?;
    out.sync(STATE)
}
