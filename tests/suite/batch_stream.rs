//! `ecq batch --stdio-jsonl` as an engine that pipes rows runs it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use serde_json::{Value, json};

const NARRATIVE: &str = "ECQ 1: Leading Change\n\nIn 2019 I designed a new inspection schedule for 40 districts, and the \
                         share of devices tested rose from 61 to 94 percent within two years.\n";

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecq"));
    command
        .args(["batch", "--stdio-jsonl"])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("ECQ_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The exit code, the lines out, and what was told beside them.
fn piped(args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut child = program(args).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn every_line_is_answered_in_its_place_whatever_is_wrong_with_it() {
    let path = "tests/fixtures/documents/word_like.docx";
    let bytes = std::fs::read(path).unwrap();
    let docx = base64::prelude::BASE64_STANDARD.encode(&bytes);
    let lines = [
        json!({"id": "first", "text": NARRATIVE}).to_string(),
        "{\"id\": ".to_owned(),
        json!({"id": 2, "path": path}).to_string(),
        String::new(),
        json!({"id": "b\n\u{202E}", "docx_b64": docx, "name": "word_like.docx"}).to_string(),
        json!({"id": "gone", "path": "no/such.docx"}).to_string(),
        json!({"id": "none", "text": " "}).to_string(),
        json!({"id": "cut", "b64": &docx[..400]}).to_string(),
        json!({"id": "first", "text": NARRATIVE}).to_string(),
    ];
    // The last line has no line feed.
    let input = lines.join("\n");
    let (code, out, told) = piped(&["--threads", "1"], input.as_bytes());
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("9 lines answered, 5 of them with an error"),
        "{told}"
    );
    let answers: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<Value> = answers.iter().map(|answer| answer["id"].clone()).collect();
    let expected = json!([
        "first",
        null,
        2,
        null,
        "b\n\u{202E}",
        "gone",
        "none",
        "cut",
        "first"
    ]);
    assert_eq!(Value::Array(ids), expected);
    assert!(!out.contains('\u{202E}'), "no character that is obeyed");
    let codes: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer["error"]["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        ["bad-line", "bad-line", "unreadable", "document", "document"]
    );
    assert_eq!(answers[1]["error"]["line"], 2);
    assert_eq!(answers[0]["report"]["schema"], "ecq.report/1");
    assert_eq!(answers[0], answers[8]);
    assert_eq!(answers[0]["report"]["document"]["name"], "first");
    // Whether the bytes came by the disk or by the line, they are the same document.
    assert_eq!(answers[2]["report"], answers[4]["report"]);

    let (code, again, _) = piped(&["--threads", "3", "-q"], input.as_bytes());
    assert_eq!(code, Some(0));
    assert!(
        out == again,
        "the number of threads leaves a trace in the answers"
    );

    let (_, brief, told) = piped(&["--fields", "coverage", "-q"], lines[0].as_bytes());
    assert_eq!(told, "");
    let brief: Value = serde_json::from_str(&brief).unwrap();
    let (coverage, report) = (&brief["coverage"], &answers[0]["report"]);
    assert_eq!(coverage["schema"], "ecq.coverage/1");
    assert_eq!(coverage["sha256"], report["document"]["sha256"]);
    let cell = &coverage["competencies"][0];
    let full = &report["coverage"][0]["competencies"][0];
    assert_eq!(
        [&cell["id"], &cell["level"], &cell["p"]],
        [&full["id"], &full["level"], &full["p"]]
    );
    let n = |key: &str| coverage[key].as_u64().unwrap();
    assert_eq!(
        n("n_demonstrated") + n("n_asserted") + n("n_absent"),
        coverage["competencies"].as_array().unwrap().len() as u64
    );
    assert!(!brief.to_string().contains("inspection"), "no narrative");
}

#[test]
fn whoever_waits_for_an_answer_gets_it() {
    let mut child = program(&["-q"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in ["a", "b"] {
        // The next line is sent only behind the answer to this one.
        writeln!(stdin, "{}", json!({"id": id, "text": NARRATIVE})).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], id);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_stream_leaves_no_folder_and_a_folder_takes_no_stream() {
    let input = json!({"id": "a", "text": NARRATIVE}).to_string();
    let (code, out, told) = piped(&["-o", "out"], input.as_bytes());
    assert_eq!((code, out.as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("--stdio-jsonl"), "{told}");
    assert!(!Path::new("out").exists());
}
