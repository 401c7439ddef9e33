//! The program as a user runs it: output, errors and exit codes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PACKET: &str = "corpus/samples/packet";

fn ecq(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn ecq_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn report(args: &[&str]) -> Value {
    let output = ecq(&[&["analyze", "-q", "--format", "json"], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn temporary(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Levels by ECQ and competency.
fn levels(report: &Value) -> Vec<(String, String, String)> {
    let mut levels = Vec::new();
    for ecq in report["coverage"].as_array().unwrap() {
        for competency in ecq["competencies"].as_array().unwrap() {
            levels.push((
                ecq["id"].to_string(),
                competency["id"].to_string(),
                competency["level"].to_string(),
            ));
        }
    }
    for competency in report["fundamentals"].as_array().unwrap() {
        levels.push((
            "fc".to_owned(),
            competency["id"].to_string(),
            competency["level"].to_string(),
        ));
    }
    levels
}

#[test]
fn the_text_report_has_matrix_evidence_and_gaps() {
    let output = ecq(&["analyze", &format!("{PACKET}.docx"), "--width", "100"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    for expected in [
        "LEADING CHANGE",
        "BUILDING COALITIONS",
        "FUNDAMENTAL COMPETENCIES",
        "GAPS",
        "would count:",
    ] {
        assert!(report.contains(expected), "no {expected} in\n{report}");
    }
    assert!(report.contains("\u{25CF} demonstrated") && report.contains("\u{25CB} missing"));
    assert!(!report.contains('\u{1b}'), "escape codes in a pipe");
    assert!(
        report
            .lines()
            .all(|line| line.chars().count() <= 100 || line.starts_with("codebook")),
        "{report}"
    );
}

#[test]
fn two_runs_and_any_number_of_threads_give_equal_bytes() {
    let packet = format!("{PACKET}.docx");
    let first = ecq(&["analyze", "--format", "json", &packet]);
    let second = ecq(&["analyze", "--format", "json", "--threads", "1", &packet]);
    assert!(first.status.success());
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn the_same_packet_as_docx_pdf_and_text_has_the_same_coverage() {
    let docx = report(&[&format!("{PACKET}.docx")]);
    let pdf = report(&[&format!("{PACKET}.pdf")]);
    let txt = report(&[&format!("{PACKET}.txt")]);
    assert_eq!(levels(&docx), levels(&pdf));
    assert_eq!(levels(&docx), levels(&txt));
    assert_eq!(levels(&docx).len(), 28);
}

#[test]
fn every_offset_slices_to_the_quoted_words() {
    let path = format!("{PACKET}.txt");
    let report = report(&[&path]);
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
    let document = ecq::document::parse(&bytes, Some("txt")).unwrap();
    let passages = report["passages"].as_array().unwrap();
    assert!(passages.len() > 40);
    for passage in passages {
        let at = |end: &str| usize::try_from(passage["span"][end].as_u64().unwrap()).unwrap();
        let words: Vec<&str> = document.text[at("start")..at("end")]
            .split_whitespace()
            .collect();
        assert_eq!(words.join(" "), passage["text"].as_str().unwrap());
    }
}

#[test]
fn the_report_fits_its_schema_and_names_what_made_it() {
    let schema: Value = serde_json::from_slice(&ecq(&["schema"]).stdout).unwrap();
    let report = report(&[&format!("{PACKET}.txt")]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&report)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(report["schema"], "ecq.report/1");
    assert_eq!(report["codebook"]["id"], "opm-2006");
    assert_eq!(report["codebook"]["is_in_force"], false);
    assert_eq!(report["codebook"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["model"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["key_characteristics"].as_array().unwrap().len(), 30);
    // A report with one field too many is refused, so the comparison can fail.
    let mut other = report;
    other["surprise"] = Value::Bool(true);
    assert!(validator.iter_errors(&other).next().is_some());
}

#[test]
fn the_other_editions_are_reported_on_with_one_warning() {
    let output = ecq(&[
        "analyze",
        "--codebook",
        "opm-2025",
        "--format",
        "json",
        &format!("{PACKET}.docx"),
    ]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(levels(&report).len(), 15);
    assert_eq!(report["codebook"]["detected"], "opm-2006");
    let warnings = text(&output.stderr);
    assert_eq!(
        warnings.matches("reads like opm-2006").count(),
        1,
        "{warnings}"
    );
}

#[test]
fn bad_files_give_one_line_each_and_their_codes() {
    let folder = "tests/fixtures/documents";
    for (file, expected) in [
        ("empty.docx", "the file is empty"),
        ("truncated.docx", "cut off"),
        ("truncated.pdf", "cut off"),
        ("enc_user_aes256.pdf", "protected by a password"),
        ("flatebomb.pdf", "refused"),
        ("laughs.docx", "DOCTYPE"),
        ("xxe.docx", "DOCTYPE"),
        ("deep.docx", "512 levels"),
        ("badutf8.docx", "not valid UTF-8"),
        ("not_zip.docx", "plain text"),
        ("not_pdf.pdf", "plain text"),
    ] {
        let output = ecq(&["analyze", &format!("{folder}/{file}")]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{file}: {message}");
        assert!(message.contains(expected), "{file}: {message}");
        assert_eq!(message.lines().count(), 1, "{file}: {message}");
        assert!(output.stdout.is_empty(), "{file}: an empty success");
    }
    let one_good = ecq(&[
        "analyze",
        "-q",
        &format!("{folder}/empty.docx"),
        &format!("{PACKET}.txt"),
    ]);
    assert_eq!(one_good.status.code(), Some(3));
    assert!(text(&one_good.stdout).contains("LEADING CHANGE"));
    assert_eq!(
        ecq(&["analyze", "no-such-file.docx"]).status.code(),
        Some(4)
    );
    assert_eq!(ecq(&["analyze", "src"]).status.code(), Some(4));
}

#[test]
fn usage_and_gates_have_their_codes() {
    assert_eq!(ecq(&["analyse"]).status.code(), Some(2));
    assert_eq!(ecq(&["--version"]).status.code(), Some(0));
    let unknown = ecq(&[
        "analyze",
        "--codebook",
        "opm-2066",
        &format!("{PACKET}.txt"),
    ]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        text(&unknown.stderr).contains("did you mean opm-2006?"),
        "{}",
        text(&unknown.stderr)
    );
    let gate = ecq(&[
        "analyze",
        "-q",
        "--fail-on",
        "missing",
        &format!("{PACKET}.txt"),
    ]);
    assert_eq!(gate.status.code(), Some(1));
}

#[test]
fn standard_input_is_read_and_a_closed_pipe_is_quiet() {
    let narrative =
        b"ECQ 2: Leading People\n\nI met with both crews, heard each out alone and had them write \
        the new roster together; no grievance has been filed since.\n";
    let output = ecq_stdin(&["analyze", "-"], narrative);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("LEADING PEOPLE"));
    let shell = format!(
        "'{}' analyze -q {PACKET}.txt | head -c 10",
        env!("CARGO_BIN_EXE_ecq")
    );
    let output = Command::new("sh")
        .args(["-c", &shell])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn text_without_headings_says_so() {
    let cases: [(&[u8], &str); 2] = [
        (
            b"I hired three auditors and trained each of them for a month.\n",
            "No heading names an ECQ, so each was judged over the whole text",
        ),
        (
            b"The picnic is on Friday. Bring a salad.\n",
            "No ECQ was found: no heading names one",
        ),
    ];
    for (narrative, expected) in cases {
        let output = ecq_stdin(&["analyze", "-"], narrative);
        let found = text(&output.stdout)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(found.contains(expected), "{found}");
        assert!(
            text(&output.stderr).contains("warning"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_file_cannot_speak_to_the_terminal() {
    let path = temporary(
        "escape.txt",
        "ECQ 1: Leading Change\n\nI led \u{1b}[31mred\u{202E} change.\n".as_bytes(),
    );
    let output = ecq(&["analyze", "--color", "never", path.to_str().unwrap()]);
    assert!(!text(&output.stdout).contains('\u{1b}') && !text(&output.stdout).contains('\u{202E}'));
}

#[test]
fn score_answers_every_line_in_order() {
    let input = concat!(
        "{\"id\":\"a\",\"text\":\"I moved $2 million between accounts, cut two contracts and ended the year within budget.\"}\n",
        "not json\n",
        "{\"id\":7,\"text\":\"\"}\n",
        "{\"id\":\"c\",\"txt\":\"no text\"}\n",
        "{\"id\":\"d\",\"text\":\"I am a visionary leader.\"}\n",
    );
    let output = ecq_stdin(&["score"], input.as_bytes());
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5);
    let ids: Vec<&Value> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(
        ids,
        [
            &Value::from("a"),
            &Value::Null,
            &Value::from(7),
            &Value::from("c"),
            &Value::from("d")
        ]
    );
    for bad in [1, 2, 3] {
        assert!(lines[bad]["error"]["message"].is_string(), "{}", lines[bad]);
    }
    let financial = &lines[0]["competencies"].as_array().unwrap();
    assert!(
        financial
            .iter()
            .any(|c| c["id"] == "financial-management" && c["level"] == "demonstrated"),
        "{}",
        lines[0]
    );
    let boast = lines[4]["competencies"].as_array().unwrap();
    assert!(
        boast.iter().all(|c| c["level"] != "demonstrated"),
        "{}",
        lines[4]
    );
    let all = ecq_stdin(&["score", "--all"], input.as_bytes());
    let first: Value = serde_json::from_str(text(&all.stdout).lines().next().unwrap()).unwrap();
    assert_eq!(first["competencies"].as_array().unwrap().len(), 28);
    assert_eq!(first["key_characteristics"].as_array().unwrap().len(), 30);
    assert_eq!(first["opm_2025"].as_array().unwrap().len(), 15);
}

#[test]
fn codebooks_are_listed_shown_and_checked() {
    let list = text(&ecq(&["codebook", "list"]).stdout);
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.contains("opm-2025") && list.contains("in force"));
    assert!(
        text(&ecq(&["codebook", "show", "opm-2006"]).stdout).contains("Creativity and Innovation")
    );
    assert_eq!(
        ecq(&["codebook", "lint", "opm-1997", "opm-2006", "opm-2025"])
            .status
            .code(),
        Some(0)
    );
    let broken = std::fs::read_to_string("corpus/codebooks/opm-2025.toml")
        .unwrap()
        .replace("\nversion = ", "\nverzion = ");
    let path = temporary("broken.toml", broken.as_bytes());
    let lint = ecq(&["codebook", "lint", path.to_str().unwrap()]);
    assert_eq!(lint.status.code(), Some(1));
    assert!(
        text(&lint.stdout).contains("did you mean"),
        "{}",
        text(&lint.stdout)
    );
    let used = ecq(&[
        "analyze",
        "--codebook",
        path.to_str().unwrap(),
        &format!("{PACKET}.txt"),
    ]);
    assert_eq!(used.status.code(), Some(2));
}

#[test]
fn a_codebook_of_ones_own_is_matched_to_its_texts_and_says_so() {
    let own = r#"
format = 1
id = "my-unit"
version = "1.0.0"
title = "What my unit asks for"
source = "the announcement"

[[ecq]]
id = "ops"
name = "Operations"
kind = "ecq"
definition = "Keeps things running."

[[competency]]
id = "fleet"
ecq = "ops"
name = "Fleet"
definition = "Keeps vehicles and boats ready, repaired and where they are needed."
indicators = ["Cut the days that vehicles stood in repair"]
near_misses = []
source = "the announcement"
"#;
    let path = temporary("own.toml", own.as_bytes());
    let output = ecq_stdin(
        &[
            "analyze",
            "--codebook",
            path.to_str().unwrap(),
            "--format",
            "json",
            "-",
        ],
        b"I cut the days that our trucks stood in repair from nine to four.",
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["coverage"][0]["competencies"][0]["level"],
        "demonstrated"
    );
    assert!(text(&output.stderr).contains("unknown to the model"));
}

#[test]
fn the_model_inside_is_whole_and_a_damaged_one_is_refused() {
    let verify = ecq(&["model", "verify"]);
    assert_eq!(verify.status.code(), Some(0), "{}", text(&verify.stderr));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged-model");
    std::fs::create_dir_all(&dir).unwrap();
    for file in [
        "model.toml",
        "config.json",
        "tokenizer.json",
        "head.safetensors",
        "encoder.safetensors",
    ] {
        std::fs::copy(Path::new("models/default").join(file), dir.join(file)).unwrap();
    }
    let mut bytes = std::fs::read(dir.join("head.safetensors")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(dir.join("head.safetensors"), bytes).unwrap();
    let damaged = ecq(&[
        "analyze",
        "--model",
        dir.to_str().unwrap(),
        &format!("{PACKET}.txt"),
    ]);
    assert_eq!(damaged.status.code(), Some(2));
    assert!(
        text(&damaged.stderr).contains("head.safetensors has sha256"),
        "{}",
        text(&damaged.stderr)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn analysis_works_without_any_network() {
    let output = Command::new("unshare")
        .args([
            "-rn",
            env!("CARGO_BIN_EXE_ecq"),
            "analyze",
            "-q",
            &format!("{PACKET}.txt"),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    // Some machines forbid new network namespaces; there `tests/architecture.rs` alone speaks for it.
    let Ok(output) = output else { return };
    if text(&output.stderr).contains("unshare") {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("LEADING CHANGE"));
}

#[test]
fn doctor_says_what_runs_and_why() {
    let output = ecq(&["doctor"]);
    assert!(output.status.success());
    let shown = text(&output.stdout);
    for word in ["cpu", "compute", "model", "sha256", "opm-2006", "workers"] {
        assert!(shown.contains(word), "no {word} in\n{shown}");
    }
    let doctor = |args: &[&str]| -> Value {
        let output = ecq(&[&["doctor", "--format", "json"], args].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(doctor(&[])["compute"]["requested"], "int8");
    let slow = doctor(&["--compute", "reference", "--threads", "3"]);
    assert_eq!(slow["compute"]["kernels"], "candle");
    assert_eq!(slow["workers"], 3);
}

#[test]
fn every_arithmetic_finds_the_same_levels() {
    let packet = format!("{PACKET}.txt");
    let expected = levels(&report(&["--compute", "reference", &packet]));
    assert_eq!(levels(&report(&["--compute", "f32", &packet])), expected);
    assert_eq!(levels(&report(&["--compute", "int8", &packet])), expected);
    assert_eq!(levels(&report(&[&packet])), expected);
}

#[test]
fn agreement_of_people_and_of_the_program() {
    let flat = "corpus/dev/flat";
    let passages = std::fs::read_to_string(format!("{flat}/passages.jsonl")).unwrap();
    let few: String = passages
        .lines()
        .take(12)
        .map(|line| format!("{line}\n"))
        .collect();
    let scored = ecq_stdin(&["score"], few.as_bytes());
    assert!(scored.status.success());
    let scored = temporary("scored.jsonl", &scored.stdout);
    let annotator = format!("{flat}/annotators/annotator1.jsonl");
    let passages = format!("{flat}/passages.jsonl");
    let output = ecq(&[
        "agree",
        &annotator,
        &format!("{flat}/annotators/writer.jsonl"),
        scored.to_str().unwrap(),
        "--passages",
        &passages,
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["n_documents"], 24);
    let pairs = found["groups"][0]["pairs"].as_array().unwrap();
    let on: Vec<u64> = pairs
        .iter()
        .map(|pair| pair["n_passages"].as_u64().unwrap())
        .collect();
    assert_eq!(on, [191, 12, 12]);
    assert!(pairs[0]["f1"].as_f64().unwrap() > 0.95);
    let disputed = found["disagreements"].as_array().unwrap();
    assert!(
        disputed
            .iter()
            .all(|one| one["text"].is_string() && one["said"].as_array().unwrap().len() >= 2)
    );

    let other = ecq(&["agree", &annotator, "corpus/second/writer.jsonl"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("no two of these files judge a passage in common"));
}

#[test]
fn text_outside_what_was_tested_is_said_to_be_so() {
    let outside = |name: &str, content: &str| -> Vec<String> {
        let path = temporary(name, content.as_bytes());
        let report = report(&[path.to_str().unwrap()]);
        report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["code"] == "outside-tested")
            .map(|one| one["message"].as_str().unwrap().to_owned())
            .collect()
    };
    let spanish = "Cuando llegué al distrito los puentes no habían sido inspeccionados durante tres años. Los \
        clasifiqué según el riesgo, formé dos equipos y salí con cada uno de ellos una semana entera. Al final del \
        segundo verano todos los puentes habían sido revisados, cuatro estaban cerrados por obras y el Estado adoptó \
        nuestra lista, que los equipos han seguido utilizando desde entonces sin ningún cambio de importancia.";
    let found = outside("spanish.txt", spanish);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("does not read like English"));
    let packet = report(&[&format!("{PACKET}.docx")]);
    assert!(
        packet["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["code"] != "outside-tested")
    );
}

#[test]
fn an_explanation_names_words_examples_and_the_next_competency() {
    let packet = format!("{PACKET}.docx");
    let output = ecq(&[
        "explain",
        &packet,
        "--competency",
        "accountability",
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let why = &found[0];
    assert_eq!(
        (why["ecq"].as_str(), why["level"].as_str()),
        (Some("rd"), Some("demonstrated"))
    );
    let report = report(&[&packet]);
    let passage = report["passages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|passage| passage["id"] == why["passage"])
        .unwrap();
    let passage = passage["text"].as_str().unwrap();
    for part in why["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .chain(why["words"].as_array().unwrap())
    {
        let at = |end: &str| usize::try_from(part["span"][end].as_u64().unwrap()).unwrap();
        assert_eq!(
            &passage[at("start")..at("end")],
            part["text"].as_str().unwrap()
        );
    }
    assert!(why["example"]["likeness"].as_f64().unwrap() > 0.0);
    assert!(why["indicator"]["text"].is_string());
    assert!(why["runner_up"]["note"].is_string());
    // What carried it carried it: without the strongest sentence the probability falls.
    let falls: Vec<f64> = why["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["fall"].as_f64().unwrap())
        .collect();
    assert!(falls.iter().any(|&fall| fall > 0.0), "{falls:?}");

    let wrong = ecq(&["explain", &packet, "--competency", "acountability"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean accountability?"));
}
