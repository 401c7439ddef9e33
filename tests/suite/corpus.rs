//! The corpus is sound: labels are known, ids and texts are single, documents keep to one split.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ecq::classify::bundled_model;
use ecq::dataset::{
    Annotation, CheckOptions, FindingKind, Role, check_corpus, examples, read_corpus,
};
use ecq::train::TrainConfig;

#[test]
fn the_corpus_has_no_fault() {
    let files = read_corpus(Path::new("corpus")).unwrap();
    let space = bundled_model().unwrap().manifest.labels;
    let options = CheckOptions {
        min_positives: 0,
        strict: false,
    };
    let check = check_corpus(&files, &space, options);
    let faults: Vec<String> = check
        .findings
        .iter()
        .filter(|one| one.is_fault)
        .map(|one| format!("{}: {}", one.place, one.message))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let n_train: usize = files
        .iter()
        .filter(|file| file.role == Role::Train)
        .map(|file| file.annotations.len())
        .sum();
    assert!(n_train > 9000, "{n_train}");
    // What was trained on is annotated in full.
    let missing = check
        .findings
        .iter()
        .find(|one| one.kind == FindingKind::MissingLabels);
    assert_eq!(missing, None);
}

#[test]
fn a_faulty_corpus_fails_the_command_and_names_each_place() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faulty-corpus");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(dir.join("train")).unwrap();
    std::fs::create_dir_all(dir.join("dev/one/annotators")).unwrap();
    let labels = r#""one":[],"ccar":[],"kc":[],"c2025":[]"#;
    let train = [
        format!(
            r#"{{"id":"t1","text":"I moved the records office to Denver in four weeks.","two":["visoin"],{labels}}}"#
        ),
        format!(r#"{{"id":"t1","text":"","two":[],{labels}}}"#),
        r#"{"id":"t3","texts":"x"}"#.to_owned(),
    ];
    std::fs::write(dir.join("train/a.jsonl"), train.join("\n")).unwrap();
    std::fs::write(
        dir.join("dev/one/passages.jsonl"),
        r#"{"id":"d1","text":"I moved the records office to Denver in four weeks!"}"#,
    )
    .unwrap();
    std::fs::write(
        dir.join("dev/one/annotators/a.jsonl"),
        r#"{"id":"d2","two":["vision"],"one":["vision"]}"#,
    )
    .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["corpus", "check", "--format", "json"])
        .arg(&dir)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let check: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults: Vec<(&str, &str)> = check["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["is_fault"] == true)
        .map(|one| {
            (
                one["kind"].as_str().unwrap(),
                one["place"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        faults,
        [
            ("bad-line", "train/a.jsonl:3"),
            ("unknown-label", "train/a.jsonl:1"),
            ("empty-text", "train/a.jsonl:2"),
            ("both-levels", "dev/one/annotators/a.jsonl:1"),
            ("duplicate-id", "train/a.jsonl:2"),
            ("stray-annotation", "dev/one/annotators/a.jsonl:1"),
            ("near-duplicate", "dev/one/passages.jsonl:1"),
        ]
    );
}

#[test]
fn the_examples_that_ship_are_training_passages_with_their_labels() {
    let files = read_corpus(Path::new("corpus")).unwrap();
    let train: BTreeMap<&str, &Annotation> = files
        .iter()
        .filter(|file| file.role == Role::Train)
        .flat_map(|file| {
            file.annotations
                .iter()
                .map(|(_, one)| (one.id.as_str(), one))
        })
        .collect();
    let mut n: BTreeMap<String, usize> = BTreeMap::new();
    for one in examples().unwrap() {
        let known = train.get(one.id.as_str());
        assert!(
            known.is_some_and(|known| known.text == one.text && known.two == one.two),
            "{} is not as in the training files: ecq corpus examples > corpus/examples.jsonl",
            one.id
        );
        for label in one.two.into_iter().flatten() {
            *n.entry(label).or_default() += 1;
        }
    }
    let space = bundled_model().unwrap().manifest.labels;
    for id in &space.competencies {
        assert!(n.get(id).is_some_and(|&n| n >= 12), "few examples of {id}");
    }
}

#[test]
fn every_training_file_is_used() {
    let config =
        TrainConfig::parse(&std::fs::read_to_string("models/train.toml").unwrap()).unwrap();
    let used: BTreeSet<String> = config.files.iter().map(|file| file.path.clone()).collect();
    let there: BTreeSet<String> = read_corpus(Path::new("corpus"))
        .unwrap()
        .into_iter()
        .filter(|file| file.role == Role::Train)
        .map(|file| file.path)
        .collect();
    assert_eq!(used, there);
}
