//! Drafts compared and watched, editions crossed, decisions kept: as a user meets them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support;

const PACKET: &str = "corpus/samples/packet";

/// The paragraph on setbacks; nothing else in the packet's first ECQ shows what it shows.
const SETBACKS: &str = "The first year went badly.";

/// How long anything may take before a test gives up; never a measure of speed.
const PATIENCE: Duration = Duration::from_secs(120);

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecq"));
    for key in ["ECQ_CONFIG", "ECQ_PROFILE", "ECQ_CODEBOOK", "ECQ_AS_OF"] {
        command.env_remove(key);
    }
    command
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    command
}

fn ecq(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = ecq(&[&["-q"], args, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    support::folder(&format!("drafts-{name}"))
}

fn packet() -> String {
    std::fs::read_to_string(format!("{PACKET}.txt")).unwrap()
}

/// The packet without the paragraph that begins with `words`.
fn without(words: &str) -> String {
    let text = packet();
    let kept: Vec<&str> = text
        .split("\n\n")
        .filter(|paragraph| !paragraph.starts_with(words))
        .collect();
    assert!(kept.len() < text.split("\n\n").count(), "{words}");
    kept.join("\n\n")
}

fn save(path: &Path, content: &str) -> String {
    std::fs::write(path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

#[test]
fn a_draft_against_itself_has_no_difference_in_any_format() {
    for newer in ["txt", "docx", "pdf"] {
        let diff = json(&[
            "diff",
            &format!("{PACKET}.txt"),
            &format!("{PACKET}.{newer}"),
        ]);
        for key in ["gained", "lost", "shifted"] {
            assert_eq!(list(&diff, key).len(), 0, "{newer}: {diff}");
        }
        if newer == "txt" {
            assert_eq!(list(&diff["findings"], "new").len(), 0);
            assert_eq!(list(&diff["findings"], "gone").len(), 0);
        }
    }
    let same = ecq(&["diff", &format!("{PACKET}.txt"), &format!("{PACKET}.txt")]);
    assert!(text(&same.stdout).ends_with("nothing gained, nothing lost, no finding new or gone\n"));
}

/// Every paragraph of the first ECQ, taken out in turn: what is lost is what no other passage of the ECQ carries at
/// that level, by the report on the whole packet.
#[test]
fn a_missing_paragraph_takes_exactly_what_it_alone_carried() {
    let dir = folder("diff");
    let whole = json(&["analyze", &format!("{PACKET}.txt")]);
    let new = save(&dir.join("new.txt"), &without(SETBACKS));
    let diff = json(&["diff", &format!("{PACKET}.txt"), &new]);
    let passages = list(&whole, "passages");
    let removed: Vec<&Value> = {
        let start = packet().find(SETBACKS).unwrap();
        let paragraph = &packet()[start..];
        let paragraph = paragraph.split("\n\n").next().unwrap();
        passages
            .iter()
            .filter(|passage| paragraph.contains(passage["text"].as_str().unwrap()))
            .collect()
    };
    assert!(!removed.is_empty());
    let ids: Vec<&str> = removed
        .iter()
        .map(|passage| passage["id"].as_str().unwrap())
        .collect();
    let mut expected: Vec<(String, String)> = Vec::new();
    let cells = list(&whole, "coverage")
        .iter()
        .flat_map(|ecq| {
            let id = ecq["id"].as_str().unwrap();
            list(ecq, "competencies").iter().map(move |cell| (id, cell))
        })
        .chain(list(&whole, "fundamentals").iter().map(|cell| ("fc", cell)))
        .chain(
            list(&whole, "key_characteristics")
                .iter()
                .map(|cell| (cell["ecq"].as_str().unwrap(), cell)),
        );
    for (ecq, cell) in cells {
        let evidence = list(cell, "evidence");
        if !evidence.is_empty()
            && evidence
                .iter()
                .all(|id| ids.contains(&id.as_str().unwrap()))
        {
            expected.push((ecq.to_owned(), cell["id"].as_str().unwrap().to_owned()));
        }
    }
    assert!(!expected.is_empty());
    let lost: Vec<(String, String)> = list(&diff, "lost")
        .iter()
        .map(|change| {
            for passage in list(change, "passages") {
                assert!(ids.contains(&passage["id"].as_str().unwrap()), "{change}");
                assert_eq!(passage["why"], "changed");
            }
            let word = |key: &str| change[key].as_str().unwrap().to_owned();
            (word("ecq"), word("id"))
        })
        .collect();
    assert_eq!(lost, expected);
    assert_eq!(list(&diff, "gained").len(), 0);
    // And what one draft lost the other gains.
    let back = json(&["diff", &new, &format!("{PACKET}.txt")]);
    assert_eq!(list(&back, "gained").len(), lost.len());
    assert_eq!(back["findings"]["new"], diff["findings"]["gone"]);
}

/// A running `ecq watch` and its lines, of stdout and stderr together.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(path: &str) -> Self {
        let mut child = command(&["watch", path, "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let out: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in out {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(unix)]
fn a_watched_packet_prints_what_each_save_changes_and_ends_at_ctrl_c() {
    let dir = folder("watch");
    let path = dir.join("packet.txt");
    let name = save(&path, &packet());
    let mut watch = Watch::start(&name);
    assert!(watch.line().contains("watching"));
    // An editor that writes beside and renames.
    save(&dir.join("packet.txt~"), &without(SETBACKS));
    std::fs::rename(dir.join("packet.txt~"), &path).unwrap();
    let changes: Value = serde_json::from_str(&watch.line()).unwrap();
    assert!(!list(&changes, "lost").is_empty(), "{changes}");
    assert!(list(&changes, "gained").is_empty());
    // The same bytes again are no change; a file that is gone is waited for, with one line.
    save(&path, &without(SETBACKS));
    std::fs::remove_file(&path).unwrap();
    assert!(watch.line().ends_with("waiting: the file is not there"));
    save(&path, &packet());
    let changes: Value = serde_json::from_str(&watch.line()).unwrap();
    assert!(!list(&changes, "gained").is_empty(), "{changes}");
    let pid = rustix::process::Pid::from_child(&watch.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(watch.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_that_is_not_there_is_not_watched() {
    let output = ecq(&["watch", "no-such-packet.docx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot read no-such-packet.docx"));
}

#[test]
fn an_older_packet_is_read_for_the_edition_in_force() {
    let crossed = json(&[
        "crosswalk",
        &format!("{PACKET}.txt"),
        "--from",
        "opm-2006",
        "--to",
        "opm-2025",
    ]);
    let report = json(&["analyze", &format!("{PACKET}.txt")]);
    let has_label = |id: &str, level: &str| {
        list(&report, "passages").iter().any(|passage| {
            list(passage, "labels")
                .iter()
                .any(|l| l["id"] == id && l["level"] == level)
        })
    };
    assert!(has_label("financial-management", "demonstrated"));
    let serves = list(&crossed, "serves");
    let homes: Vec<&Value> = serves
        .iter()
        .flat_map(|serving| list(serving, "homes"))
        .collect();
    let fiscal = homes
        .iter()
        .find(|home| home["competency"] == "fiscal-responsibility" && home["basis"] != "reader")
        .unwrap();
    assert_eq!(fiscal["via"][0], "financial-management");
    assert_eq!(
        (&fiscal["ecq"], &fiscal["extent"]),
        (&"de".into(), &"whole".into())
    );
    // Every passage is in one list at most, and nothing that has a place is called homeless.
    for homeless in list(&crossed, "no_home") {
        assert!(
            serves
                .iter()
                .all(|serving| serving["passage"]["id"] != homeless["passage"]["id"])
        );
        assert!(
            list(homeless, "shows")
                .iter()
                .all(|shown| shown["has_counterpart"] == false)
        );
    }
    let asks = list(&crossed, "asks");
    assert_eq!(asks.len(), 15);
    for ask in asks {
        let is_shown = ask["level"] == "demonstrated";
        assert_eq!(list(ask, "shown_by").is_empty(), !is_shown, "{ask}");
        assert_eq!(ask["nearest"].is_null(), is_shown, "{ask}");
    }
    let words: Vec<&str> = list(&crossed, "wording")
        .iter()
        .map(|view| view["words"].as_str().unwrap())
        .collect();
    assert!(words.contains(&"Leading Change"), "{words:?}");
    assert!(!words.contains(&"Leading People"), "{words:?}");
}

#[test]
fn a_crosswalk_goes_the_other_way_and_fits_the_width() {
    let back = json(&[
        "crosswalk",
        &format!("{PACKET}.txt"),
        "--from",
        "opm-2025",
        "--to",
        "opm-1997",
    ]);
    assert_eq!(list(&back, "asks").len(), 27);
    let output = ecq(&["crosswalk", "-q", "--width", "80", &format!("{PACKET}.txt")]);
    let shown = text(&output.stdout);
    assert!(shown.contains("DRIVING EFFICIENCY"), "{shown}");
    assert!(
        shown.contains("NO PLACE THERE  outside the list of opm-2025, not wrong"),
        "{shown}"
    );
    let long: Vec<&str> = shown
        .lines()
        .filter(|line| line.chars().count() > 84)
        .collect();
    assert!(
        long.iter()
            .all(|line| line.contains('\u{2192}') || line.contains("passages serve")),
        "{long:?}"
    );
}

#[test]
fn slips_in_editions_are_named() {
    let error = |args: &[&str]| {
        let output = ecq(args);
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr)
    };
    let packet = format!("{PACKET}.txt");
    assert!(error(&["crosswalk", &packet, "--to", "opm-2052"]).contains("did you mean opm-2025?"));
    assert!(error(&["crosswalk", &packet, "--to", "opm-2006"]).contains("needs two editions"));
}

#[test]
fn a_decision_is_shown_beside_the_tools_view_and_survives_edits() {
    let dir = folder("decide");
    let path = dir.join("packet.txt");
    let name = save(&path, &packet());
    let before = json(&["analyze", &name]);
    let cell = |report: &Value, id: &str| -> Value {
        let ecqs = list(report, "coverage").clone();
        let mut cells = ecqs.iter().flat_map(|ecq| list(ecq, "competencies"));
        cells.find(|cell| cell["id"] == id).unwrap().clone()
    };
    let vision = cell(&before, "vision");
    let passage = vision["evidence"][0].as_str().unwrap();
    let finding = list(&before, "findings")[0].clone();
    let decide = |args: &[&str]| ecq(&[&["decide", name.as_str()], args].concat());
    let output = decide(&[
        "--passage",
        passage,
        "--competency",
        "vision",
        "--reject",
        "--note",
        "a boast",
        "--who",
        "R. Reader",
        "--when",
        "2024-05-01",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let id = finding["id"].as_str().unwrap();
    let output = decide(&["--finding", id, "--accept", "--who", "S. Second"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let after = json(&["analyze", &name]);
    assert_eq!(cell(&after, "vision"), vision, "the tool's own view stays");
    let decisions = list(&after, "decisions");
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[0]["verdict"], "reject");
    assert_eq!(decisions[0]["tool"], vision["level"]);
    assert_eq!(decisions[0]["when"], "2024-05-01");
    assert_eq!(decisions[1]["finding"], finding["id"]);
    let shown = text(&ecq(&["analyze", "-q", &name]).stdout);
    assert_eq!(
        shown
            .matches("rejected by R. Reader on 2024-05-01: a boast")
            .count(),
        2,
        "{shown}"
    );

    // An edit before it and one inside it: the decision finds its passage again.
    let edited = packet()
        .replace(
            "Executive Summary\n\n",
            "Executive Summary\n\nA new first line that says little.\n\n",
        )
        .replace(
            "I am a visionary leader who keeps",
            "I am a visionary leader who always keeps",
        );
    save(&path, &edited);
    let decision = json(&["analyze", &name])["decisions"][0].clone();
    assert_eq!(decision["attached"], "near");
    assert!(decision["overlap"].as_f64().unwrap() > 0.9, "{decision}");

    // Gone words leave it unattached, and no run ever writes the file.
    save(&path, &without("I am a visionary leader"));
    let sidecar = dir.join("packet.txt.ecq.toml");
    let bytes = std::fs::read(&sidecar).unwrap();
    let decision = json(&["analyze", &name])["decisions"][0].clone();
    assert_eq!(decision["attached"], "unattached");
    assert!(decision["passage"].is_null());
    assert!(
        text(&ecq(&["analyze", "-q", &name]).stdout).contains("unattached: their words are gone")
    );
    assert_eq!(std::fs::read(&sidecar).unwrap(), bytes);
}

#[test]
fn decisions_are_only_ever_added() {
    let dir = folder("added");
    let name = save(&dir.join("packet.txt"), &packet());
    let sidecar = dir.join("packet.txt.ecq.toml");
    let by_hand = "# by hand\nformat = 1\n\n[[decision]]\nverdict = \"note\"\nwho = \"R. Reader\"\nrule = \"jargon\"\ntext = \"x\"";
    std::fs::write(&sidecar, by_hand).unwrap();
    let args = [
        "decide",
        &name,
        "--passage",
        "p0001",
        "--competency",
        "vision",
        "--who",
        "\"S\" Second",
    ];
    let output = ecq(&[args.as_slice(), &["--note", "line one\nline two"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let now = std::fs::read_to_string(&sidecar).unwrap();
    assert!(now.starts_with(by_hand), "{now}");
    let decisions = json(&["analyze", &name])["decisions"].clone();
    assert_eq!(decisions[1]["who"], "\"S\" Second");
    assert_eq!(decisions[1]["note"], "line one\nline two");

    // Another writer at the same moment.
    let held = std::fs::File::open(&sidecar).unwrap();
    held.lock().unwrap();
    let output = ecq(&[args.as_slice(), &["--accept"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("another ecq decide is writing it; try again"));
    drop(held);
    assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), now);

    // A slip in the file stops both commands, with its line, and nothing is written.
    let faulty = now.replace("verdict = \"note\"\nwho", "verdit = \"note\"\nwho");
    std::fs::write(&sidecar, &faulty).unwrap();
    for args in [
        vec!["analyze", &name],
        [args.as_slice(), &["--accept"]].concat(),
    ] {
        let output = ecq(&args);
        assert_ne!(output.status.code(), Some(0));
        let error = text(&output.stderr);
        assert!(
            error.contains("line 5: unknown key \"verdit\"")
                && error.contains("did you mean \"verdict\"?"),
            "{error}"
        );
    }
    assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), faulty);
}

#[test]
fn slips_in_a_decision_are_named() {
    let dir = folder("slips");
    let name = save(&dir.join("packet.txt"), &packet());
    let error = |args: &[&str]| {
        let output = ecq(&[&["decide", name.as_str()], args].concat());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stderr)
    };
    let on = |passage: &str, competency: &str| {
        error(&[
            "--passage",
            passage,
            "--competency",
            competency,
            "--accept",
            "--who",
            "R",
        ])
    };
    assert!(on("p0001", "visoin").contains("did you mean vision?"));
    assert!(on("q9999", "vision").contains("no passage q9999"));
    assert!(
        error(&["--passage", "p0001", "--competency", "vision", "--who", "R"])
            .contains("--accept, --reject or --note")
    );
    assert!(error(&["--accept"]).contains("--passage ID with --competency ID, or --finding ID"));
    assert!(error(&["--passage", "p0001", "--competency", "vision", "--accept"]).contains("--who"));
    assert!(
        error(&[
            "--finding",
            "none",
            "--accept",
            "--who",
            "R",
            "--when",
            "May"
        ])
        .contains("--when")
    );
    assert!(!dir.join("packet.txt.ecq.toml").exists());
    let listed = text(&ecq(&["decide", &name]).stdout);
    assert!(listed.starts_with("p0001  "), "{listed}");
}

#[test]
fn what_the_settings_leave_out_is_neither_read_nor_pointed_at() {
    let dir = folder("skip");
    let name = save(&dir.join("packet.txt"), &packet());
    let config = save(
        &dir.join("ecq.toml"),
        "[skip]\nsections = [\"summary\", \"LP\"]\nfiles = [\"*.bak.txt\"]\nrules = [\"philosophy\"]\n",
    );
    let whole = json(&["analyze", &name]);
    let left = json(&["analyze", "--config", &config, &name]);
    let sections = |report: &Value| -> Vec<String> {
        list(report, "sections")
            .iter()
            .map(|s| s["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let expected: Vec<String> = sections(&whole)
        .into_iter()
        .filter(|id| id != "summary" && id != "lp")
        .collect();
    assert_eq!(sections(&left), expected);
    assert_eq!(left["coverage"][1]["scope"], "no-section");
    assert!(
        list(&left, "passages")
            .iter()
            .all(|passage| passage["section"] != "lp")
    );
    assert!(
        list(&left, "findings")
            .iter()
            .all(|f| f["rule"] != "philosophy" && f["place"]["section"] != "lp")
    );
    let warnings = list(&left, "warnings");
    assert!(
        warnings
            .iter()
            .any(|w| w["message"].as_str().unwrap().starts_with("section lp ("))
    );

    let backup = save(&dir.join("packet.bak.txt"), "nothing");
    let output = ecq(&["analyze", "--config", &config, &backup]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert!(text(&output.stderr).contains("left out, as [skip] in the settings says"));

    save(&dir.join("ecq.toml"), "[skip]\nfiles = [\"a[\"]\n");
    let output = ecq(&["analyze", "--config", &config, &name]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("\"a[\" is no pattern"),
        "{}",
        text(&output.stderr)
    );
}
