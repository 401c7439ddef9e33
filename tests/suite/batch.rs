//! Batches without a model: what is on disk after every way that a run can end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use ecq::batch::{
    Basis, Claim, Disk, Failure, FailureKind, Folder, Input, Item, Made, Named, Observer, Output,
    Plan, Reading, Shard, Source, Status, Store, Summary, merge, run,
};
use ecq::error::Error;
use ecq::report::Report;

use crate::support;

fn folder(name: &str) -> PathBuf {
    support::folder(&format!("batch-{name}"))
}

/// A report of the program, made short.
fn sample() -> Report {
    static SAMPLE: OnceLock<Report> = OnceLock::new();
    let made = || {
        let path = folder("sample").join("a.txt");
        std::fs::write(
            &path,
            "ECQ 1: Leading Change\n\nIn 2019 I designed a new schedule for all districts.\n",
        )
        .unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecq"))
            .args(["analyze", "-q", "--format", "json"])
            .arg(&path)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let mut report: Report = serde_json::from_slice(&output.stdout).unwrap();
        report.coverage.truncate(1);
        report.coverage[0].competencies.truncate(2);
        report.fundamentals.clear();
        report.key_characteristics.clear();
        report.gaps.clear();
        report.findings.clear();
        report
    };
    SAMPLE.get_or_init(made).clone()
}

/// Makes any text a report in no time; `bad` in it makes it fail, `fault` panic.
#[derive(Default)]
struct Quick {
    n_read: AtomicUsize,
    marking: Option<String>,
}

impl Reading for Quick {
    fn read(&self, item: &Item, input: &Input) -> Result<Made, Failure> {
        self.n_read.fetch_add(1, Ordering::Relaxed);
        let text = String::from_utf8_lossy(&input.bytes).into_owned();
        if text.contains("bad") {
            return Err(Failure::new(FailureKind::Document, "the file is bad"));
        }
        assert!(!text.contains("fault"), "a fault of the program");
        let mut report = sample();
        report.document.name = item.name().to_owned();
        report.marking.clone_from(&self.marking);
        let page = format!("<!DOCTYPE html>{text}{:?}", self.marking).into_bytes();
        let files = vec![("html".to_owned(), page)];
        Ok(Made { report, files })
    }
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Observer for Notes {
    fn done(&self, _: &Item, _: &Status) {}

    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

fn basis(model: &str) -> Basis {
    let named = |id: &str| Named {
        id: id.to_owned(),
        version: "1".to_owned(),
        sha256: "00".repeat(32),
    };
    Basis {
        version: "0".to_owned(),
        codebook: named("book"),
        model: named(model),
        profile: "p".to_owned(),
        marking: None,
        options: BTreeMap::new(),
        forms: vec!["html".to_owned()],
    }
}

fn items(dir: &Path, texts: &[(&str, &str)]) -> Vec<Item> {
    let mut items: Vec<Item> = texts
        .iter()
        .map(|(name, text)| {
            let path = dir.join(name);
            std::fs::write(&path, text).unwrap();
            Item {
                id: (*name).to_owned(),
                source: Source::File(path),
            }
        })
        .collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    items
}

struct Setting<'a> {
    items: &'a [Item],
    basis: Basis,
    shard: Option<Shard>,
    n_threads: usize,
    reading: &'a Quick,
}

impl<'a> Setting<'a> {
    fn new(items: &'a [Item], reading: &'a Quick) -> Self {
        Self {
            items,
            basis: basis("m"),
            shard: None,
            n_threads: 1,
            reading,
        }
    }

    fn run(&self, out: &Path, store: &dyn Store) -> (ecq::error::Result<Summary>, String) {
        let notes = Notes::default();
        let plan = Plan {
            items: self.items,
            basis: &self.basis,
            shard: self.shard,
            n_threads: self.n_threads,
            stop: &AtomicBool::new(false),
        };
        let outcome = run(&Folder::new(out, store), &plan, self.reading, &notes);
        (outcome, notes.text())
    }

    fn done(&self, out: &Path) -> Summary {
        let (outcome, _) = self.run(out, &Unsynced);
        outcome.unwrap()
    }
}

/// Every file below a folder.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop().filter(|folder| folder.exists()) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                files.insert(path.strip_prefix(dir).unwrap().to_path_buf(), bytes);
            }
        }
    }
    files
}

/// The disk without waiting for it: what is tested is which steps are taken, in which order.
struct Unsynced;

struct Quickly(Box<dyn Output>);

impl Write for Quickly {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Output for Quickly {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Store for Unsynced {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(Quickly(Disk.create(path)?)))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(Quickly(Disk.append(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk.create_folder(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Disk.open(path)
    }

    fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        Disk.names(path)
    }
}

/// What is left of a disk that fails at a byte: each byte written and each other step counts one.
struct Meter {
    left: AtomicU64,
    /// Whether everything fails from then on, as for a process that was killed; otherwise that step alone, as on a
    /// disk that is full for a moment.
    is_final: bool,
    has_failed: AtomicBool,
}

impl Meter {
    /// Bytes of `wanted` that may still be written.
    fn take(&self, wanted: u64) -> io::Result<u64> {
        if self.has_failed.load(Ordering::SeqCst) {
            return if self.is_final {
                Err(Self::fault())
            } else {
                Ok(wanted)
            };
        }
        let left = self.left.load(Ordering::SeqCst);
        if wanted < left {
            self.left.store(left - wanted, Ordering::SeqCst);
            return Ok(wanted);
        }
        self.has_failed.store(true, Ordering::SeqCst);
        Ok(left.saturating_sub(1))
    }

    fn step(&self) -> io::Result<()> {
        match self.take(1)? {
            0 => Err(Self::fault()),
            _ => Ok(()),
        }
    }

    fn fault() -> io::Error {
        io::Error::from(io::ErrorKind::StorageFull)
    }
}

/// A disk that fails at the k-th byte.
struct Failing(Arc<Meter>);

struct FailingOutput(Box<dyn Output>, Arc<Meter>);

impl Write for FailingOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.1.take(bytes.len() as u64)? as usize;
        self.0.write_all(&bytes[..n])?;
        if n < bytes.len() {
            return Err(Meter::fault());
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Output for FailingOutput {
    fn sync(&mut self) -> io::Result<()> {
        self.1.step()
    }
}

impl Store for Failing {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        self.0.step()?;
        Ok(Box::new(FailingOutput(Disk.create(path)?, self.0.clone())))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        self.0.step()?;
        Ok(Box::new(FailingOutput(Disk.append(path)?, self.0.clone())))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.step()?;
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.step()?;
        Disk.remove(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.0.step()?;
        Disk.create_folder(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.0.step()
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Disk.open(path)
    }

    fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        Disk.names(path)
    }
}

const TEXTS: &[(&str, &str)] = &[("a.txt", "one"), ("b.txt", "bad"), ("c.txt", "three")];

#[test]
fn a_disk_that_fails_at_any_byte_loses_nothing() {
    let dir = folder("faults");
    let all = items(&dir, TEXTS);
    let reading = Quick::default();
    let newer = Quick {
        marking: Some("CUI".to_owned()),
        ..Quick::default()
    };
    let first = Setting::new(&all, &reading);
    let mut second = Setting::new(&all, &newer);
    second.basis.marking.clone_from(&newer.marking);
    // What stands there before, and what is to stand there.
    let (old, whole) = (dir.join("old"), dir.join("whole"));
    first.done(&old);
    second.done(&whole);
    let (before, expected) = (tree(&old), tree(&whole));

    let n_steps = {
        let meter = Arc::new(Meter {
            left: AtomicU64::new(u64::MAX),
            is_final: true,
            has_failed: AtomicBool::new(false),
        });
        second
            .run(&dir.join("counted"), &Failing(meter.clone()))
            .0
            .unwrap();
        u64::MAX - meter.left.load(Ordering::SeqCst)
    };
    assert!(n_steps > 10_000, "{n_steps}");
    let mut n_faults = 0;
    for k in (1..n_steps).step_by(61) {
        let out = dir.join("out");
        let _ = std::fs::remove_dir_all(&out);
        let has_old = k % 2 == 0;
        if has_old {
            first.done(&out);
        }
        let meter = Arc::new(Meter {
            left: AtomicU64::new(k),
            is_final: k % 3 != 0,
            has_failed: AtomicBool::new(false),
        });
        let (outcome, _) = second.run(&out, &Failing(meter.clone()));
        if meter.has_failed.load(Ordering::SeqCst) {
            n_faults += 1;
            let error = outcome.map(drop).expect_err("a fault of the disk is told");
            assert!(matches!(error, Error::Write { .. }), "byte {k}: {error}");
        }
        // Under its own name there is no file but a whole one.
        for (path, bytes) in tree(&out) {
            let name = path.to_str().unwrap();
            if !name.ends_with(".tmp") && !name.starts_with(".ecq") {
                let is_whole = expected.get(&path) == Some(&bytes)
                    || has_old && before.get(&path) == Some(&bytes);
                assert!(
                    is_whole,
                    "byte {k}: {name} is neither the old nor the new file"
                );
            }
        }
        second.done(&out);
        assert!(
            tree(&out) == expected,
            "byte {k}: the files differ after --resume"
        );
    }
    assert!(n_faults > 200, "{n_faults}");
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_two_records_is_made_up_for() {
    let dir = folder("torn");
    let all = items(&dir, TEXTS);
    let reading = Quick::default();
    let setting = Setting::new(&all, &reading);
    let out = dir.join("out");
    setting.done(&out);
    let expected = tree(&out);
    let journal = expected[Path::new(".ecq/journal.jsonl")].clone();
    let first = journal.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let mut n_told = 0;
    for end in first..journal.len() {
        std::fs::write(out.join(".ecq/journal.jsonl"), &journal[..end]).unwrap();
        let (outcome, notes) = setting.run(&out, &Unsynced);
        assert!(outcome.unwrap().n_kept >= 1);
        assert!(tree(&out) == expected, "cut at {end}");
        n_told += usize::from(notes.contains("is cut off, as a crash leaves it"));
    }
    // Every cut but those between two records is told.
    assert_eq!(n_told, journal.len() - first - 2);
}

#[test]
fn only_what_is_missing_or_changed_is_read_again() {
    let dir = folder("changed");
    let all = items(&dir, TEXTS);
    let out = dir.join("out");
    let n_read_for = |setting: &Setting<'_>| {
        let before = setting.reading.n_read.load(Ordering::Relaxed);
        setting.done(&out);
        setting.reading.n_read.load(Ordering::Relaxed) - before
    };
    let reading = Quick::default();
    let mut setting = Setting::new(&all, &reading);
    assert_eq!(n_read_for(&setting), 3);
    let expected = tree(&out);
    assert_eq!(n_read_for(&setting), 0);
    // The bytes of an input, one of its reports, the decisions beside it.
    std::fs::write(dir.join("a.txt"), "other").unwrap();
    assert_eq!(n_read_for(&setting), 1);
    std::fs::write(dir.join("a.txt"), "one").unwrap();
    assert_eq!(n_read_for(&setting), 1);
    assert!(tree(&out) == expected);
    let report = expected
        .keys()
        .find(|path| path.to_str().unwrap().contains("c.txt-"))
        .unwrap();
    std::fs::write(out.join(report), "tampered").unwrap();
    assert_eq!(n_read_for(&setting), 1);
    assert!(tree(&out) == expected);
    std::fs::write(dir.join("c.txt.ecq.toml"), "").unwrap();
    assert_eq!(n_read_for(&setting), 1);
    // What all are made with, each in turn.
    for change in [
        |basis: &mut Basis| basis.model.sha256 = "11".repeat(32),
        |basis: &mut Basis| basis.codebook.sha256 = "11".repeat(32),
        |basis: &mut Basis| basis.version = "1".to_owned(),
        |basis: &mut Basis| basis.profile = "other".to_owned(),
    ] {
        change(&mut setting.basis);
        let (outcome, notes) = setting.run(&out, &Unsynced);
        assert_eq!(outcome.unwrap().n_kept, 0);
        assert!(notes.contains("all documents are read again"), "{notes}");
    }
    // An input that is gone takes its report along.
    let setting = Setting::new(&all[..2], &reading);
    let (outcome, notes) = setting.run(&out, &Unsynced);
    outcome.unwrap();
    assert!(
        notes.contains("1 earlier documents are no longer among the inputs"),
        "{notes}"
    );
    let names: BTreeSet<PathBuf> = tree(&out).into_keys().collect();
    assert!(!names.contains(report));
    assert_eq!(
        names
            .iter()
            .filter(|name| name.starts_with("reports"))
            .count(),
        3
    );
}

#[test]
fn threads_leave_no_trace_and_a_fault_in_one_document_stops_no_other() {
    let dir = folder("threads");
    let texts: Vec<(String, String)> = (0..40)
        .map(|n| {
            (
                format!("{n}.txt"),
                if n % 9 == 0 { "fault" } else { "fine" }.to_owned(),
            )
        })
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let all = items(&dir, &texts);
    let reading = Quick::default();
    let mut trees = Vec::new();
    for n_threads in [1, 2, 7] {
        let mut setting = Setting::new(&all, &reading);
        setting.n_threads = n_threads;
        let out = dir.join(format!("out-{n_threads}"));
        let summary = setting.done(&out);
        assert_eq!((summary.n_read, summary.n_failed), (35, 5));
        trees.push(tree(&out));
    }
    assert!(trees[0] == trees[1] && trees[0] == trees[2]);
    let failures = String::from_utf8(trees[0][Path::new("failures.jsonl")].clone()).unwrap();
    assert_eq!(
        failures.matches("\"kind\":\"program\"").count(),
        5,
        "{failures}"
    );
}

#[test]
fn a_run_that_is_asked_to_stop_keeps_what_is_done() {
    struct Stopping<'a>(&'a Quick, &'a AtomicBool);
    impl Reading for Stopping<'_> {
        fn read(&self, item: &Item, input: &Input) -> Result<Made, Failure> {
            self.1.store(true, Ordering::Relaxed);
            self.0.read(item, input)
        }
    }
    let dir = folder("stopped");
    let all = items(&dir, TEXTS);
    let reading = Quick::default();
    let setting = Setting::new(&all, &reading);
    let stop = AtomicBool::new(false);
    let plan = Plan {
        items: &all,
        basis: &setting.basis,
        shard: None,
        n_threads: 1,
        stop: &stop,
    };
    let out = dir.join("out");
    let stopping = Stopping(&reading, &stop);
    let summary = run(
        &Folder::new(&out, &Unsynced),
        &plan,
        &stopping,
        &Notes::default(),
    )
    .unwrap();
    assert_eq!((summary.is_stopped, summary.n_read), (true, 1));
    assert!(!out.join("index.html").exists());
    let summary = setting.done(&out);
    assert_eq!((summary.is_stopped, summary.n_kept), (false, 1));
    setting.done(&dir.join("whole"));
    assert!(tree(&out) == tree(&dir.join("whole")));
}

#[test]
fn shards_come_together_as_one_batch() {
    let dir = folder("shards");
    let texts: Vec<String> = (0..20).map(|n| format!("{n}.txt")).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|name| (name.as_str(), "text")).collect();
    let all = items(&dir, &texts);
    let reading = Quick::default();
    Setting::new(&all, &reading).done(&dir.join("whole"));
    let n_before = reading.n_read.load(Ordering::Relaxed);
    let parts: Vec<PathBuf> = (1..=3)
        .map(|index| dir.join(format!("part-{index}")))
        .collect();
    for (index, part) in (1..=3).zip(&parts) {
        let mut setting = Setting::new(&all, &reading);
        setting.shard = Some(Shard { index, count: 3 });
        setting.done(part);
    }
    assert_eq!(reading.n_read.load(Ordering::Relaxed) - n_before, 20);
    let merged = |parts: &[&PathBuf], out: &str| {
        let notes = Notes::default();
        let parts: Vec<Folder<'_>> = parts
            .iter()
            .map(|part| Folder::new(part, &Unsynced))
            .collect();
        let out = dir.join(out);
        (
            merge(&Folder::new(&out, &Unsynced), &parts, &notes),
            notes.text(),
        )
    };
    let [one, two, three] = &parts[..] else {
        unreachable!()
    };
    let (outcome, notes) = merged(&[three, one, two], "merged");
    let outcome = outcome.unwrap();
    assert_eq!(
        (outcome.n_read, outcome.gaps.len(), notes.as_str()),
        (20, 0, "")
    );
    assert!(tree(&dir.join("merged")) == tree(&dir.join("whole")));

    // A part that is not there.
    let (outcome, notes) = merged(&[one, three], "gaps");
    let outcome = outcome.unwrap();
    assert_eq!(outcome.n_read + outcome.gaps.len(), 20);
    assert!(
        !outcome.gaps.is_empty() && notes.contains("shard 2/3 is not among them"),
        "{notes}"
    );
    assert!(notes.contains("missing: no shard holds"), "{notes}");
    let failures = std::fs::read_to_string(dir.join("gaps/failures.jsonl")).unwrap();
    assert_eq!(
        failures.matches("\"kind\":\"missing\"").count(),
        outcome.gaps.len()
    );

    // A part that is there twice.
    let again = dir.join("again");
    let mut setting = Setting::new(&all, &reading);
    setting.shard = Some(Shard { index: 2, count: 3 });
    setting.done(&again);
    let (outcome, notes) = merged(&[one, two, three, &again], "twice");
    assert!(
        !outcome.unwrap().duplicates.is_empty() && notes.contains("several shards hold"),
        "{notes}"
    );
    assert!(tree(&dir.join("twice")) == tree(&dir.join("whole")));

    // One part does not take the place of another.
    setting.shard = Some(Shard { index: 3, count: 3 });
    let refused = setting.run(&again, &Unsynced).0.unwrap_err().to_string();
    assert!(
        refused.contains("it holds shard 2/3; name another folder for shard 3/3"),
        "{refused}"
    );
    setting.shard = Some(Shard { index: 2, count: 3 });

    // Parts that do not belong together.
    setting.basis = basis("another");
    setting.done(&again);
    let (outcome, _) = merged(&[one, &again], "mixed");
    let message = outcome.unwrap_err().to_string();
    assert!(
        message.contains("the model is another 1") && message.contains("made alike"),
        "{message}"
    );
    setting.basis = basis("m");
    setting.basis.codebook.id = "other".to_owned();
    setting.done(&again);
    assert!(
        merged(&[one, &again], "mixed")
            .0
            .unwrap_err()
            .to_string()
            .contains("the codebook is other")
    );
    let again = dir.join("other count");
    let mut setting = Setting::new(&all, &reading);
    setting.shard = Some(Shard { index: 2, count: 4 });
    setting.done(&again);
    assert!(
        merged(&[one, &again], "mixed")
            .0
            .unwrap_err()
            .to_string()
            .contains("one of 4 shards")
    );
    assert!(!dir.join("mixed").exists());
    let (outcome, _) = merged(&[&dir], "mixed");
    assert!(
        outcome
            .unwrap_err()
            .to_string()
            .contains("it holds no batch")
    );
}

#[test]
fn a_folder_is_taken_by_one_run_and_only_if_it_is_free() {
    let dir = folder("claims");
    let out = dir.join("out");
    let first = Claim::take(&out, "process 7 on desk", false).unwrap();
    let error = Claim::take(&out, "process 8", false)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("process 7 on desk is writing to it"),
        "{error}"
    );
    drop(first);
    std::fs::write(out.join(".ecq/journal.jsonl"), "").unwrap();
    let error = Claim::take(&out, "process 8", false)
        .unwrap_err()
        .to_string();
    assert!(error.contains("--resume"), "{error}");
    assert!(Claim::take(&out, "process 8", true).is_ok());
    std::fs::write(dir.join("thesis.txt"), "mine").unwrap();
    let error = Claim::take(&dir, "process 8", true)
        .unwrap_err()
        .to_string();
    assert!(error.contains("files that are no batch"), "{error}");
}
