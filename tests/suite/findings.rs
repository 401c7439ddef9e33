//! Findings, rules and profiles as a user meets them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ecq::analysis::Toolkit;
use ecq::classify::bundled_model;
use ecq::codebook::builtin;
use ecq::eval::rules::{Expect, Split, evaluate_rule, read_rule_cases};
use ecq::findings::RULES;
use serde_json::Value;

const PACKET: &str = "corpus/samples/packet.txt";

fn ecq(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecq"));
    for key in ["ECQ_CONFIG", "ECQ_PROFILE", "ECQ_CODEBOOK", "ECQ_AS_OF"] {
        command.env_remove(key);
    }
    command
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn report(args: &[&str]) -> Value {
    let output = ecq(
        &[&["analyze", "-q", "--format", "json"], args].concat(),
        &[],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn temporary(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn rules_of(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}

/// Precision from which a rule may be on by default.
const PRECISION: f64 = 0.9;

#[test]
fn every_rule_that_is_on_is_right_nine_times_in_ten() {
    let codebook = builtin("opm-2006").unwrap().clone();
    let mut toolkit = Toolkit::new(codebook, &bundled_model().unwrap(), 0).unwrap();
    for rule in RULES {
        let path = format!("corpus/rules/{}.jsonl", rule.id);
        let cases = read_rule_cases(Path::new(&path)).unwrap();
        let is_positive = |expect: &Expect| match expect {
            Expect::Any(any) => *any,
            Expect::Spans(spans) => !spans.is_empty(),
        };
        let n_positive = cases
            .iter()
            .filter(|case| is_positive(&case.expect))
            .count();
        let n_held_back = cases
            .iter()
            .filter(|case| case.split == Split::Test)
            .count();
        assert!(n_positive >= 12, "{path}");
        assert!(cases.len() - n_positive >= 12, "{path}");
        assert!(n_held_back * 4 >= cases.len(), "{path}");
        let report = evaluate_rule(rule, &cases, &mut toolkit).unwrap();
        let precision = report.all().precision();
        assert!(
            !rule.on || precision >= PRECISION,
            "{}: precision {precision:.3}, wrong or missed: {}",
            rule.id,
            report.faults.join(" ")
        );
    }
}

#[test]
fn findings_point_at_words_and_give_their_reasons() {
    let report = report(&[PACKET]);
    let source = std::fs::read_to_string(PACKET).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        for key in ["message", "why", "source", "fix", "title"] {
            assert!(!finding[key].as_str().unwrap().is_empty(), "{finding}");
        }
        let quote = finding["quote"].as_str().unwrap();
        let first_word = quote.split(' ').next().unwrap();
        assert!(source.contains(first_word), "{finding}");
    }
    // Beliefs that the packet states on purpose.
    assert!(rules_of(&report).contains("philosophy"));
}

#[test]
fn the_terminal_groups_findings_by_rule() {
    let shown = text(&ecq(&["analyze", "-q", "--width", "80", PACKET], &[]).stdout);
    let findings = shown.split("FINDINGS").nth(1).unwrap();
    assert_eq!(findings.matches("(philosophy").count(), 1);
    assert!(
        findings
            .lines()
            .skip(1)
            .all(|line| line.chars().count() <= 80),
        "{findings}"
    );
}

#[test]
fn rules_are_listed_explained_and_switched() {
    let list: Value =
        serde_json::from_slice(&ecq(&["rules", "--format", "json"], &[]).stdout).unwrap();
    let ids: BTreeSet<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(list[0]["severity"].is_string() && list[0]["source"].is_string());
    assert!(text(&ecq(&["rules", "philosophy"], &[]).stdout).contains("why"));
    let unknown = ecq(&["rules", "philosphy"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean philosophy?"));

    let off = temporary("off.toml", "[rules]\nphilosophy = \"off\"\n");
    let report = report(&["--config", off.to_str().unwrap(), PACKET]);
    assert!(!rules_of(&report).contains("philosophy"));
}

#[test]
fn a_limit_of_the_announcement_is_an_error_and_its_own() {
    let config = temporary(
        "limit.toml",
        "[limits]\nwords = 100\necq_characters = 500\n",
    );
    let report = report(&["--config", config.to_str().unwrap(), PACKET]);
    let over: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "length-limit")
        .collect();
    assert_eq!(over.len(), 6);
    assert!(over.iter().all(|finding| finding["severity"] == "error"));
    assert_eq!(over[0]["place"]["span"], Value::Null);
}

#[test]
fn settings_come_from_the_nearest_word() {
    let config = temporary(
        "origin.toml",
        "profile = \"tq-statement\"\ncodebook = \"opm-1997\"\n[rules]\nacronyms = \"note\"\n",
    );
    let path = config.to_str().unwrap();
    let shown = text(
        &ecq(
            &[
                "config",
                "--show-origin",
                "--config",
                path,
                "--profile",
                "two-page-resume",
            ],
            &[("ECQ_CODEBOOK", "opm-2025")],
        )
        .stdout,
    );
    let line = |key: &str| {
        let line = shown.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        line("profile ="),
        "profile = \"two-page-resume\" # flag --profile"
    );
    assert_eq!(
        line("codebook ="),
        "codebook = \"opm-2025\" # environment ECQ_CODEBOOK"
    );
    assert_eq!(
        line("rules.acronyms"),
        format!("rules.acronyms = \"note\" # {path}:4")
    );
    assert_eq!(
        line("limits.pages"),
        "limits.pages = 2 # profile two-page-resume"
    );
    assert_eq!(
        line("as_of"),
        "as_of = the latest date of each document # default"
    );
}

#[test]
fn slips_in_settings_are_refused_with_their_place() {
    let config = temporary("slip.toml", "[rules]\n\nacronmys = \"off\"\n");
    let output = ecq(
        &["analyze", "--config", config.to_str().unwrap(), PACKET],
        &[],
    );
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(
        error.contains("slip.toml: line 3: unknown rule \"acronmys\"; did you mean \"acronyms\"?"),
        "{error}"
    );
    let output = ecq(&["analyze", "--profile", "two-page-resum", PACKET], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean \"two-page-resume\"?"));
    let output = ecq(&["analyze", "--as-of", "yesterday", PACKET], &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_empty_or_short_narrative_gives_findings_and_no_crash() {
    let short = temporary("short.txt", "Leading Change\n\nI led.\n");
    let report = report(&[short.to_str().unwrap()]);
    assert!(report["findings"].is_array());
    let bare = temporary("bare.txt", "Leading Change\n\nLeading People\n");
    assert!(
        ecq(&["analyze", "-q", bare.to_str().unwrap()], &[])
            .status
            .code()
            .is_some_and(|code| code < 70)
    );
}

#[test]
fn the_day_that_ages_are_counted_to_can_be_given() {
    let story = "Leading Change\n\nIn 2015 I merged two offices of 34 people in one building. I met both crews and had them draw up one plan, and it held.\n";
    let path = temporary("age.txt", story);
    let path = path.to_str().unwrap();
    assert!(!rules_of(&report(&[path])).contains("old-example"));
    let late = report(&["--as-of", "2027-01-01", path]);
    assert!(rules_of(&late).contains("old-example"));
    assert_eq!(late["profile"]["as_of"], "2027-01-01");
}
