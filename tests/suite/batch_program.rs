//! `ecq batch` and `ecq merge` as a user runs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support;

fn folder(name: &str) -> PathBuf {
    support::folder(&format!("batch-program-{name}"))
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecq"));
    command.args(args).current_dir(dir).env_remove("ECQ_CONFIG");
    command
}

fn ecq(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stderr,
        stdout,
    } = command(dir, args).output().unwrap();
    assert!(stdout.is_empty(), "a batch writes to its folder only");
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A packet that is read quickly, told apart by a number.
fn narrative(n: usize) -> String {
    format!(
        "ECQ 1: Leading Change\n\nIn 2019 I designed a new inspection schedule for {n} districts, and the share of \
         devices tested rose from 61 to 94 percent within two years.\n\nI am a visionary leader.\n"
    )
}

/// What a run leaves, without what belongs to it alone.
fn results(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [out.to_path_buf(), out.join("reports")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(
                    path.strip_prefix(out).unwrap().to_path_buf(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    files
}

fn failures(out: &Path) -> BTreeMap<String, (String, String)> {
    let lines = std::fs::read_to_string(out.join("failures.jsonl")).unwrap();
    let parsed = lines.lines().map(|line| {
        let failure: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| failure[key].as_str().unwrap().to_owned();
        assert_eq!(failure["schema"], "ecq.failure/1");
        (word("id"), (word("kind"), word("reason")))
    });
    parsed.collect()
}

#[test]
fn threads_and_order_leave_no_trace_and_every_table_is_there() {
    let dir = folder("order");
    std::fs::create_dir_all(dir.join("in/deep")).unwrap();
    for n in 0..4 {
        std::fs::write(dir.join(format!("in/p{n}.txt")), narrative(n)).unwrap();
    }
    std::fs::write(dir.join("in/deep/p0.md"), narrative(9)).unwrap();
    std::fs::write(dir.join("in/empty.docx"), "").unwrap();
    let (code, told) = ecq(&dir, &["batch", "in", "-o", "one", "--threads", "1"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("ecq: error: empty.docx: the file is empty"),
        "{told}"
    );
    assert!(
        told.contains("6/6 files") && told.contains("files/s"),
        "{told}"
    );
    assert!(told.contains("5 read, 1 failed"), "{told}");
    std::fs::write(dir.join("list.txt"), "in/p3.txt\nin/p1.txt\nin/deep\r\n\n").unwrap();
    let (code, told) = ecq(
        &dir,
        &[
            "batch",
            "in/p[02].txt",
            "in/empty.docx",
            "--list",
            "list.txt",
            "-o",
            "two",
            "--threads",
            "2",
            "-q",
        ],
    );
    assert_eq!((code, told.lines().count()), (Some(3), 1), "{told}");
    // From a folder of its own a file has a shorter id.
    let (one, two) = (results(&dir.join("one")), results(&dir.join("two")));
    let page = |files: &BTreeMap<PathBuf, Vec<u8>>, name: &str| {
        let found = files.iter().find(|(path, _)| {
            let path = path.to_str().unwrap();
            path.contains(name) && path.ends_with(".html")
        });
        found.unwrap().1.clone()
    };
    assert_eq!(page(&one, "deep_p0.md"), page(&two, "p0.md"));
    let (code, _) = ecq(
        &dir,
        &["batch", "./in/", "-o", "three", "--threads", "2", "-q"],
    );
    assert_eq!(code, Some(3));
    assert!(one == results(&dir.join("three")));

    let table = std::fs::read(dir.join("one/coverage.csv")).unwrap();
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for row in csv::Reader::from_reader(&table[..]).deserialize::<BTreeMap<String, String>>() {
        *rows.entry(row.unwrap()["id"].clone()).or_default() += 1;
    }
    let ids = ["deep/p0.md", "p0.txt", "p1.txt", "p2.txt", "p3.txt"];
    assert_eq!(rows, ids.map(|id| (id.to_owned(), 28)).into());
    let index = String::from_utf8(one[Path::new("index.html")].clone()).unwrap();
    assert!(index.find("empty.docx").unwrap() < index.find("deep/p0.md").unwrap());
    assert!(index.find("p0.txt").unwrap() < index.find("p3.txt").unwrap());
    let is_json = |path: &Path| {
        let name = path.to_str().unwrap();
        name.contains("p1.txt-") && name.ends_with(".json")
    };
    let report = one.iter().find(|(path, _)| is_json(path)).unwrap().1;
    let report: Value = serde_json::from_slice(report).unwrap();
    assert_eq!(report["schema"], "ecq.report/1");
}

#[test]
fn killed_three_times_and_resumed_it_ends_as_if_nothing_had_been() {
    let dir = folder("killed");
    std::fs::create_dir(dir.join("in")).unwrap();
    for n in 0..8 {
        std::fs::write(dir.join(format!("in/{n}.txt")), narrative(n)).unwrap();
    }
    assert_eq!(ecq(&dir, &["batch", "in", "-o", "whole", "-q"]).0, Some(0));
    let journal = dir.join("out/.ecq/journal.jsonl");
    let args = [
        "batch",
        "in",
        "-o",
        "out",
        "--resume",
        "--threads",
        "1",
        "-q",
    ];
    for n_wanted in [1, 3, 5] {
        let mut child = command(&dir, &args).stderr(Stdio::null()).spawn().unwrap();
        let n_done = || {
            std::fs::read_to_string(&journal)
                .unwrap_or_default()
                .lines()
                .count()
        };
        while n_done() < n_wanted && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // SIGKILL: nothing in the process can tidy up.
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(
        !dir.join("out/index.html").exists(),
        "no run was killed before its end"
    );
    let (code, told) = ecq(&dir, &args[..5]);
    assert_eq!(code, Some(0), "{told}");
    let n_kept = told
        .split(" of them by an earlier run")
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap();
    assert!(n_kept.parse::<usize>().unwrap() >= 5, "{told}");
    assert!(results(&dir.join("out")) == results(&dir.join("whole")));
    // A finished batch is not begun again by mistake.
    let (code, told) = ecq(&dir, &["batch", "in", "-o", "out"]);
    assert_eq!((code, told.contains("--resume")), (Some(2), true), "{told}");
}

#[cfg(unix)]
#[test]
fn every_kind_of_bad_input_has_its_line_and_stops_nothing() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = folder("bad");
    let input = dir.join("in");
    std::fs::create_dir_all(input.join("sub")).unwrap();
    std::fs::write(input.join("good.txt"), narrative(1)).unwrap();
    symlink("..", input.join("sub/loop")).unwrap();
    symlink("nowhere.txt", input.join("broken.txt")).unwrap();
    for pipe in ["pipe.txt", "pipe.zip"] {
        assert!(
            Command::new("mkfifo")
                .arg(input.join(pipe))
                .status()
                .unwrap()
                .success()
        );
    }
    std::fs::write(input.join("photo.jpg"), b"\xff\xd8\xff\xe0 a picture").unwrap();
    std::fs::write(input.join("cut.zip"), b"PK\x03\x04 cut").unwrap();
    std::fs::write(input.join(".hidden"), "x").unwrap();
    std::fs::write(input.join("~$good.docx"), "x").unwrap();
    std::fs::write(input.join("secret.txt"), narrative(2)).unwrap();
    std::fs::set_permissions(input.join("secret.txt"), PermissionsExt::from_mode(0o000)).unwrap();
    std::fs::write(input.join("judged.txt"), narrative(3)).unwrap();
    std::fs::write(input.join("judged.txt.ecq.toml"), "nonsense = 1\n").unwrap();
    let (code, told) = ecq(
        &dir,
        &["batch", "in", "missing.txt", "no*.docx", "-o", "out"],
    );
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("sub/loop: a link back to in; not followed"),
        "{told}"
    );
    assert!(told.contains("no*.docx: no file matches"), "{told}");
    assert!(
        told.contains("3 hidden files and files of decisions"),
        "{told}"
    );
    let failures = failures(&dir.join("out"));
    let expected = [
        ("broken.txt", "unreadable", "No such file"),
        ("pipe.txt", "document", "no regular file"),
        ("pipe.zip", "document", "no regular file"),
        ("photo.jpg", "document", "JPEG"),
        ("cut.zip", "document", "the zip packet is"),
        ("judged.txt", "decisions", "the decisions beside it"),
        ("missing.txt", "unreadable", "No such file"),
    ];
    for (id, kind, reason) in expected {
        let found = &failures[id];
        assert!(
            found.0 == kind && found.1.contains(reason),
            "{id}: {found:?}"
        );
        assert!(told.contains(&format!("ecq: error: {id}: ")), "{told}");
    }
    // Whoever runs the tests with all rights can read a file that forbids it.
    assert_eq!(
        failures.len() - usize::from(failures.contains_key("secret.txt")),
        expected.len(),
        "{failures:?}"
    );
    assert!(
        std::fs::read_to_string(dir.join("out/index.html"))
            .unwrap()
            .contains("good.txt")
    );
    // Nothing usable, and nothing at all.
    assert_eq!(
        ecq(&dir, &["batch", "missing.txt", "-o", "none"]).0,
        Some(4)
    );
    std::fs::create_dir(dir.join("empty")).unwrap();
    let (code, told) = ecq(&dir, &["batch", "empty", "-o", "none2"]);
    assert_eq!(
        (code, told.contains("no document among the inputs")),
        (Some(4), true),
        "{told}"
    );
}

#[test]
fn inputs_of_one_name_are_both_kept_and_one_input_named_twice_is_read_once() {
    let dir = folder("names");
    for (n, name) in ["a", "b"].into_iter().enumerate() {
        std::fs::create_dir(dir.join(name)).unwrap();
        std::fs::write(dir.join(name).join("packet.txt"), narrative(n)).unwrap();
    }
    let (code, told) = ecq(
        &dir,
        &[
            "batch",
            "a/packet.txt",
            "b",
            "./a/packet.txt",
            "a",
            "-o",
            "out",
        ],
    );
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("2 read, 0 failed"), "{told}");
    let index = std::fs::read_to_string(dir.join("out/index.html")).unwrap();
    assert!(index.contains(">a/packet.txt</a>") && index.contains(">b/packet.txt</a>"));
    let _claim = ecq::batch::Claim::existing(&dir.join("out"), "process 7 on desk").unwrap();
    for args in [
        ["batch", "a", "-o", "out", "--resume"],
        ["merge", "out", "-o", "other", "-q"],
    ] {
        let (code, told) = ecq(&dir, &args);
        assert_eq!(code, Some(2), "{told}");
        assert!(
            told.contains("out: process 7 on desk is writing to it"),
            "{told}"
        );
    }
}

#[test]
fn zip_packets_are_opened_and_shards_merge() {
    use std::io::Write;
    let dir = folder("zip");
    std::fs::create_dir(dir.join("in")).unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(dir.join("in/packet.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("essay.txt", narrative(1)),
        ("more/essay.txt", narrative(2)),
        ("../../out.txt", narrative(3)),
        ("empty.txt", String::new()),
        ("__MACOSX/._essay.txt", "x".to_owned()),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let (code, told) = ecq(&dir, &["batch", "in", "-o", "whole"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("3 read, 1 failed"), "{told}");
    assert_eq!(
        failures(&dir.join("whole"))["packet.zip!empty.txt"].0,
        "document"
    );
    let inside: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(inside.len(), 2, "nothing is written outside: {inside:?}");
    for shard in ["1/2", "2/2"] {
        let out = format!("part-{}", &shard[..1]);
        let (code, told) = ecq(&dir, &["batch", "in", "-o", &out, "--shard", shard, "-q"]);
        assert!(matches!(code, Some(0 | 3 | 4)), "{told}");
    }
    let (code, told) = ecq(&dir, &["merge", "part-2", "part-1", "-o", "merged"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(results(&dir.join("merged")) == results(&dir.join("whole")));
    // A shard that was read by another codebook.
    let (_, told) = ecq(
        &dir,
        &[
            "batch",
            "in",
            "-o",
            "part-1",
            "--shard",
            "1/2",
            "--resume",
            "--codebook",
            "opm-2025",
        ],
    );
    assert!(
        told.contains("the codebook is opm-2006") && told.contains("all documents are read again"),
        "{told}"
    );
    let (code, told) = ecq(&dir, &["merge", "part-1", "part-2", "-o", "mixed"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("the codebook is opm-2006") && told.contains("shards must be made alike"),
        "{told}"
    );
}

#[test]
fn a_folder_of_a_hundred_thousand_files_is_listed() {
    // Memory, where there is such a folder: making the files is what takes long.
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() {
        shared.join(format!("ecq-many-{}", std::process::id()))
    } else {
        folder("many")
    };
    let input = dir.join("in");
    std::fs::create_dir_all(&input).unwrap();
    for n in 0..100_000 {
        std::fs::File::create(input.join(format!("{n}.txt"))).unwrap();
    }
    let shard: ecq::batch::Shard = "3/20000".parse().unwrap();
    let n_own = (0..100_000)
        .filter(|n| shard.has(&format!("{n}.txt")))
        .count();
    let (code, told) = ecq(&dir, &["batch", "in", "-o", "out", "--shard", "3/20000"]);
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains(&format!("0 read, {n_own} failed")), "{told}");
    assert_eq!(failures(&dir.join("out")).len(), n_own);
    let ids = std::fs::read_to_string(dir.join("out/.ecq/inputs.jsonl")).unwrap();
    assert_eq!(ids.lines().count(), 100_000);
    std::fs::remove_dir_all(&dir).unwrap();
}
