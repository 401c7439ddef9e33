//! Codebooks that no part of the model was trained on: matched to their texts, and fitted on a few examples.

use std::path::{Path, PathBuf};
use std::process::Output;

use ecq::analysis::{Toolkit, analyze};
use ecq::classify::{Level, Matcher, bundled_model, read_model_dir};
use ecq::codebook::Codebook;
use ecq::document::parse;
use serde_json::Value;

use crate::support::{ecq, folder};

const CODEBOOK: &str = "corpus/own/technical/codebook.toml";
const PASSAGES: &str = "corpus/own/technical/passages.jsonl";

/// A folder of a test's own.
fn technical() -> Codebook {
    Codebook::parse(&std::fs::read_to_string(CODEBOOK).unwrap()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A deed, a claim and what has nothing to do with either.
const TEXT: &str = "I cut off the segment that the intruders had reached, had 212 machines rebuilt in four days, and closed \
    the hole they had come in by.\n\nI have extensive knowledge of the cyber threat landscape and of zero trust \
    architecture.\n\nThe bureau has its seat in Denver and employs 2,300 people in 41 offices.";

#[test]
fn deeds_claims_and_other_matters_are_told_apart() {
    let model = bundled_model().unwrap();
    let toolkit = Toolkit::new(technical(), &model, 1).unwrap();
    assert_eq!(toolkit.untrained().len(), 6);
    let analysis = analyze(parse(TEXT.as_bytes(), Some("txt")).unwrap(), &toolkit).unwrap();
    let cyber = &analysis.readings[0];
    assert_eq!(cyber.len(), 3);
    assert_eq!(cyber[0].level, Level::Demonstrated, "{cyber:?}");
    assert!(cyber[1].level < Level::Demonstrated, "{cyber:?}");
    assert!(cyber[1].p_demonstrated < cyber[0].p_demonstrated / 2.0);
    assert_eq!(cyber[2].level, Level::Absent, "{cyber:?}");
    for other in &analysis.readings[1..] {
        assert!(other[0].p_demonstrated < cyber[0].p_demonstrated);
    }
    let warning = analysis.warnings.iter().map(|one| one.message.as_str());
    let warning: Vec<&str> = warning
        .filter(|text| text.contains("unknown to the model"))
        .collect();
    assert!(
        warning.len() == 1 && warning[0].contains('%'),
        "{warning:?}"
    );
    // Equal bytes in, equal numbers out, on any number of threads.
    let again = Toolkit::new(technical(), &model, 2).unwrap();
    let again = analyze(parse(TEXT.as_bytes(), Some("txt")).unwrap(), &again).unwrap();
    assert_eq!(again.readings, analysis.readings);
}

#[test]
fn a_matcher_with_other_bytes_is_refused_and_trained_editions_do_not_miss_it() {
    let dir = folder("damaged-matcher");
    for entry in std::fs::read_dir("models/default").unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, dir.join(path.file_name().unwrap())).unwrap();
    }
    let path = dir.join("matcher.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() < 1 << 20, "{} bytes", bytes.len());
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let document = folder("damaged-matcher-text").join("a.txt");
    std::fs::write(&document, TEXT).unwrap();
    let read = |codebook: &str| {
        ecq(&[
            "analyze",
            document.to_str().unwrap(),
            "--codebook",
            codebook,
            "--model",
            dir.to_str().unwrap(),
        ])
    };
    let refused = read(CODEBOOK);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("matcher.safetensors has sha256"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(read("opm-2006").status.code(), Some(0));
    let model = read_model_dir(Path::new("models/default")).unwrap();
    assert!(model.matcher.read().is_ok());
    assert!(Matcher::from_bytes(&bytes[..100]).is_err());
}

/// Codebook and examples in a folder of their own.
fn with_examples(name: &str) -> (PathBuf, PathBuf) {
    let dir = folder(name);
    let codebook = dir.join("unit.toml");
    std::fs::copy(CODEBOOK, &codebook).unwrap();
    let passages = std::fs::read_to_string(PASSAGES).unwrap();
    let examples: Vec<&str> = passages.lines().collect();
    let path = dir.join("examples.jsonl");
    std::fs::write(&path, examples.join("\n")).unwrap();
    (codebook, path)
}

fn fit(codebook: &Path, examples: &Path) -> Output {
    ecq(&[
        "codebook",
        "fit",
        codebook.to_str().unwrap(),
        examples.to_str().unwrap(),
    ])
}

#[test]
fn a_head_is_fitted_read_with_and_bound_to_its_codebook() {
    let (codebook, examples) = with_examples("fit");
    let document = codebook.with_file_name("a.txt");
    // About surveys, in words that no text of the codebook has.
    std::fs::write(
        &document,
        "I redrew the sample of the orchard inquiry around satellite pictures and wrote to those who had not answered.",
    )
    .unwrap();
    let p = || -> (f64, String) {
        let output = ecq(&[
            "analyze",
            document.to_str().unwrap(),
            "--codebook",
            codebook.to_str().unwrap(),
            "--format",
            "json",
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let cells = report["coverage"][0]["competencies"].as_array().unwrap();
        let cell = cells.iter().find(|one| one["id"] == "survey-statistics");
        (cell.unwrap()["p"].as_f64().unwrap(), stderr(&output))
    };
    let (before, _) = p();
    let done = fit(&codebook, &examples);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(String::from_utf8_lossy(&done.stdout).contains("survey-statistics: 9 of 87 passages"));
    let head = codebook.with_file_name("unit.head.safetensors");
    let bytes = std::fs::read(&head).unwrap();
    let (after, note) = p();
    assert!(after > before, "{before} {after}");
    assert!(note.contains("fitted on examples"), "{note}");
    assert_eq!(fit(&codebook, &examples).status.code(), Some(0));
    assert_eq!(std::fs::read(&head).unwrap(), bytes, "the same again");

    let text = std::fs::read_to_string(&codebook).unwrap();
    std::fs::write(&codebook, text.replace("1.0.0", "1.0.1")).unwrap();
    let refused = ecq(&[
        "analyze",
        document.to_str().unwrap(),
        "--codebook",
        codebook.to_str().unwrap(),
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("another wording"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn bad_examples_cost_one_line_with_the_nearest_id() {
    let (codebook, examples) = with_examples("bad-examples");
    let good = std::fs::read_to_string(&examples).unwrap();
    let try_with = |text: String| -> String {
        std::fs::write(&examples, text).unwrap();
        let output = fit(&codebook, &examples);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        let said = stderr(&output);
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    let slip = try_with(good.replacen("rulemaking", "rule-making", 1));
    assert!(
        slip.contains("did you mean rulemaking?") && slip.contains("examples.jsonl:"),
        "{slip}"
    );
    let line = |two: &str| {
        format!(
            r#"{{"id":"x{}","text":"I did it.","two":[{two}]}}"#,
            two.len()
        )
    };
    let few = try_with(line("\"rulemaking\""));
    assert!(few.contains("rulemaking has 1 example"), "{few}");
    let none = try_with(line(""));
    assert!(none.contains("no passage demonstrates"), "{none}");
    let unlabeled = try_with(r#"{"id":"x","text":"I did it."}"#.to_owned());
    assert!(unlabeled.contains("no list \"two\""), "{unlabeled}");
    let trained = ecq(&["codebook", "fit", "opm-2006", examples.to_str().unwrap()]);
    assert_eq!(trained.status.code(), Some(2));
    assert!(!codebook.with_file_name("unit.head.safetensors").exists());
}
