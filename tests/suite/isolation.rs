//! Files that bring their reader down: each costs one file, and is told for what it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support;

const SMALL: &str =
    "ECQ 1: Leading Change\n\nIn 2019 I designed a new inspection schedule for 40 districts.\n";

fn folder(name: &str) -> PathBuf {
    let path = support::folder(&format!("isolation-{name}"));
    std::fs::create_dir(path.join("in")).unwrap();
    path
}

/// Runs a batch over the folder `in`: exit code, what was told, and kind and reason of each failure by id.
fn batch(dir: &Path, args: &[&str]) -> (Option<i32>, String, BTreeMap<String, (String, String)>) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["batch", "in", "-o", "out", "--form", "json"])
        .args(args)
        .current_dir(dir)
        .env_remove("ECQ_CONFIG")
        .output()
        .unwrap();
    let told = String::from_utf8(stderr).unwrap();
    let lines = std::fs::read_to_string(dir.join("out/failures.jsonl")).expect(&told);
    let failures = lines.lines().map(|line| {
        let failure: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| failure[key].as_str().unwrap().to_owned();
        (word("id"), (word("kind"), word("reason")))
    });
    (status.code(), told, failures.collect())
}

fn fixture(dir: &Path, name: &str) {
    std::fs::copy(
        Path::new("tests/fixtures/documents").join(name),
        dir.join("in").join(name),
    )
    .unwrap();
}

#[test]
fn a_file_that_says_too_much_fails_alone_and_is_tried_again() {
    let dir = folder("output");
    std::fs::write(dir.join("in/a.txt"), SMALL).unwrap();
    std::fs::write(dir.join("in/b.txt"), SMALL.repeat(40)).unwrap();
    std::fs::write(dir.join("in/c.txt"), SMALL).unwrap();
    let (code, told, failures) = batch(&dir, &["--limit-output", "2KiB", "--threads", "1"]);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(failures.len(), 1);
    let (kind, reason) = &failures["b.txt"];
    assert_eq!(kind, "too-much-output");
    assert_eq!(
        reason,
        "what was read of it is larger than 2 KiB; --limit-output allows more"
    );
    // The limit is no part of what reports are made with: what was read stands, what failed is tried again.
    let (code, told, failures) = batch(&dir, &["--resume"]);
    assert_eq!((code, failures.len()), (Some(0), 0), "{told}");
    assert!(
        told.contains("3 read, 0 failed, 2 of them by an earlier run"),
        "{told}"
    );
}

#[test]
fn time_is_limited() {
    let dir = folder("time");
    std::fs::write(dir.join("in/a.txt"), SMALL).unwrap();
    let (code, told, failures) = batch(&dir, &["--limit-seconds", "0"]);
    assert_eq!(code, Some(4), "{told}");
    let (kind, reason) = &failures["a.txt"];
    assert_eq!(kind, "too-slow");
    assert_eq!(
        reason,
        "reading it takes longer than 0 seconds; --limit-seconds allows more"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_limited() {
    let dir = folder("memory");
    std::fs::write(dir.join("in/a.txt"), SMALL).unwrap();
    // The bytes alone are more than the process may have.
    let large = std::fs::File::create(dir.join("in/large.txt")).unwrap();
    large.set_len(200 << 20).unwrap();
    let (code, told, failures) = batch(&dir, &["--limit-memory", "256MiB"]);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(failures.len(), 1);
    let (kind, reason) = &failures["large.txt"];
    assert_eq!(kind, "out-of-memory", "{reason}");
    assert_eq!(
        reason,
        "reading it takes more memory than 256 MiB; --limit-memory allows more"
    );
    std::fs::remove_file(dir.join("in/large.txt")).unwrap();
    std::fs::remove_dir_all(dir.join("out")).unwrap();
    // Less than the program itself has: nothing can be read, and nothing hangs.
    let (code, told, failures) = batch(&dir, &["--limit-memory", "1MiB"]);
    assert_eq!(code, Some(4), "{told}");
    assert_eq!(failures["a.txt"].0, "out-of-memory");
}

#[test]
fn what_is_read_elsewhere_is_what_is_read_here() {
    let dir = folder("same");
    for name in [
        "word_like.docx",
        "hidden.pdf",
        "lo_base.odt",
        "deep.docx",
        "laughs.docx",
        "flatebomb.pdf",
        "truncated.pdf",
        "not_zip.docx",
    ] {
        fixture(&dir, name);
    }
    let results = || -> BTreeMap<PathBuf, Vec<u8>> {
        let reports = std::fs::read_dir(dir.join("out/reports")).unwrap();
        let paths = reports.map(|entry| entry.unwrap().path());
        paths
            .chain([dir.join("out/failures.jsonl"), dir.join("out/coverage.csv")])
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect()
    };
    let (code, told, failures) = batch(&dir, &[]);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        failures
            .values()
            .all(|(kind, _)| kind == "document" || kind == "limit")
    );
    let isolated = results();
    std::fs::remove_dir_all(dir.join("out")).unwrap();
    batch(&dir, &["--no-isolation"]);
    assert!(isolated == results());
}

#[cfg(target_os = "linux")]
#[test]
fn readers_have_given_up_their_rights_and_end_with_their_parent() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    let mut parent = Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["batch", "--stdio-jsonl", "-q"])
        .env_remove("ECQ_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = parent.stdin.take().unwrap();
    let mut line = String::new();
    writeln!(stdin, "{}", serde_json::json!({"id": "a", "text": SMALL})).unwrap();
    BufReader::new(parent.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("\"report\""), "{line}");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", parent.id())).unwrap();
    let readers: Vec<String> = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|ids| {
            ids.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(!readers.is_empty());
    for reader in &readers {
        let of = |name: &str| std::fs::read_to_string(format!("/proc/{reader}/{name}")).unwrap();
        assert!(of("status").contains("NoNewPrivs:\t1"));
        let limits = of("limits");
        let limit = |name: &str| {
            let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
            line[name.len()..]
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(limit("Max open files"), "3");
        assert_eq!(limit("Max file size"), "0");
        assert_eq!(limit("Max core file size"), "0");
        assert_eq!(limit("Max address space"), (2u64 << 30).to_string());
    }
    // A parent that is killed puts nothing in order.
    parent.kill().unwrap();
    parent.wait().unwrap();
    for reader in &readers {
        let is_there = || {
            std::fs::read_to_string(format!("/proc/{reader}/stat"))
                .is_ok_and(|stat| !stat.contains(") Z ") && stat.contains("ecq"))
        };
        for _ in 0..3_000 {
            if !is_there() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(!is_there(), "a reader outlived its parent");
    }
}
