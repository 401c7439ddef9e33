//! Reports in every form: the same numbers, hostile text inert, files whole or untouched, copies that lose nothing.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::Value;

use crate::support::{ecq, folder};

const PACKET: &str = "corpus/samples/packet.docx";
const PDF: &str = "corpus/samples/packet.pdf";

/// What stands in every form beside a decision near the threshold.
const UNSURE: &str = "unsure: read this";

const HOSTILE: &str = "ECQ 1: Leading Change\n\n\
    <script>alert(1)</script><img src=x onerror=alert(2)> In 2019 I designed a new schedule for all districts.\n\n\
    =HYPERLINK(\"http://example.com\") In March 2020 I led a team of twelve inspectors in a review of the budget.\n\n\
    \u{202E}reversed\u{202C} and \u{1b}[31mred: I persuaded three states to adopt the plan. </style></mark></title>\n\n\
    @SUM(1+1)*cmd|' /C calc'!A0 I cut the waiting time from 96 to 24 days.\n";

fn written(input: &str, output: &Path, more: &[&str]) -> Vec<u8> {
    let path = output.to_str().unwrap();
    let done = ecq(&[&["analyze", "-q", input, "-o", path], more].concat());
    assert!(
        done.status.success() && done.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    std::fs::read(output).unwrap()
}

fn count(report: &Value, level: &str) -> usize {
    cells_of(report)
        .into_iter()
        .filter(|cell| cell["level"] == level)
        .count()
}

/// Numbers of levels as a form tells them.
type Counts = [usize; 3];

#[test]
fn all_forms_tell_the_same_numbers() {
    let dir = folder("forms");
    let model = doubtful_model(&dir.join("model"));
    let model = ["--model", model.as_str()];
    let text = |name: &str| String::from_utf8(written(PACKET, &dir.join(name), &model)).unwrap();
    let report: Value = serde_json::from_str(&text("r.json")).unwrap();
    let expected: Counts =
        ["demonstrated", "asserted", "absent"].map(|level| count(&report, level));
    assert_eq!(expected.iter().sum::<usize>(), 28);

    let unsure = unsure(&report);
    assert!(!unsure.is_empty() && unsure.len() < 28, "{unsure:?}");

    let line = format!(
        "{} demonstrated, {} asserted only, {} missing from the text; {} of them unsure: read this",
        expected[0],
        expected[1],
        expected[2],
        unsure.len()
    );
    let told = text("r.txt");
    assert!(told.contains(&line));
    let matrix = told.split("\nGAPS").next().unwrap();
    // Once in the head, then once a cell.
    let unwrapped = matrix.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(unwrapped.matches(UNSURE).count(), 1 + unsure.len());
    let told = text("r.md");
    assert!(told.contains(&line));
    let rows = told.lines().filter(|line| line.starts_with("| "));
    assert_eq!(
        rows.filter(|row| row.contains(UNSURE)).count(),
        unsure.len()
    );

    let page = text("r.html");
    let cells = |level: &str| {
        page.matches(&format!("<td role=\"cell\" class=\"{level}\">"))
            .count()
    };
    assert_eq!(["demonstrated", "asserted", "absent"].map(cells), expected);
    // In the picture by a sign and its words, in the card below with the passage to read.
    assert_eq!(page.matches("<a class=\"doubtful\" ").count(), unsure.len());
    assert!(page.matches(UNSURE).count() >= 2 * unsure.len());

    let table = text("r.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut by_level: BTreeMap<String, usize> = BTreeMap::new();
    let (mut n_gaps, mut n_findings) = (0, 0);
    let mut by_form = [Vec::new(), Vec::new()];
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        match row["record"].as_str() {
            "coverage" => {
                *by_level.entry(row["level"].clone()).or_default() += 1;
                if row["unsure"] == UNSURE {
                    by_form[0].push(row["competency"].clone());
                }
            }
            "gaps" => {
                n_gaps += 1;
                if row["unsure"] == UNSURE {
                    by_form[1].push(row["competency"].clone());
                }
            }
            "findings" => n_findings += 1,
            _ => {}
        }
    }
    let levels = ["demonstrated", "asserted only", "missing"];
    assert_eq!(levels.map(|level| by_level[level]), expected);
    assert_eq!(n_gaps, report["gaps"].as_array().unwrap().len());
    let is_gap = |id: &String| {
        let gaps = report["gaps"].as_array().unwrap();
        gaps.iter().any(|gap| gap["competency"] == **id)
    };
    let unsure_gaps: Vec<String> = unsure.iter().filter(|id| is_gap(id)).cloned().collect();
    assert_eq!(by_form, [unsure.clone(), unsure_gaps.clone()]);
    assert_eq!(n_findings, report["findings"].as_array().unwrap().len());

    let log: Value = serde_json::from_str(&text("r.sarif")).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(
        run["results"].as_array().unwrap().len(),
        n_gaps + n_findings + unsure.len() - unsure_gaps.len()
    );
    let told = &run["artifacts"][0]["properties"];
    assert_eq!(told["unsure"], unsure.len());
    let mut told_unsure: Vec<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["properties"]["unsure"] == true)
        .map(|result| result["ruleId"].as_str().unwrap())
        .map(|rule| rule.split_once('/').unwrap().1)
        .collect();
    told_unsure.sort_by_key(|id| unsure.iter().position(|own| own == id));
    assert_eq!(told_unsure, unsure);
    assert_eq!(
        ["demonstrated", "assertedOnly", "missing"].map(|key| told[key].as_u64().unwrap() as usize),
        expected
    );
    for result in run["results"].as_array().unwrap() {
        let rule = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    }

    let book = written(PACKET, &dir.join("r.xlsx"), &model);
    let mut sheets = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut part = |name: &str| {
        let mut xml = String::new();
        sheets
            .by_name(name)
            .unwrap()
            .read_to_string(&mut xml)
            .unwrap();
        xml
    };
    let strings = part("xl/sharedStrings.xml");
    let unsure_string = strings
        .split("<si>")
        .skip(1)
        .position(|string| string.contains(UNSURE))
        .unwrap();
    let coverage = part("xl/worksheets/sheet1.xml");
    assert_eq!(
        coverage
            .matches(&format!("t=\"s\"><v>{unsure_string}</v>"))
            .count(),
        unsure.len()
    );
    let mut rows_of = |sheet: usize| {
        let xml = part(&format!("xl/worksheets/sheet{sheet}.xml"));
        assert!(
            xml.contains("<autoFilter") && xml.contains("state=\"frozen\"") && !xml.contains("<f>")
        );
        xml.matches("<row ").count() - 1
    };
    assert_eq!(
        [rows_of(1), rows_of(3), rows_of(4)],
        [28, n_gaps, n_findings]
    );

    let lines = ecq(&[&["analyze", "-q", PACKET, "--format", "lines"], &model[..]].concat());
    let lines = String::from_utf8(lines.stdout).unwrap();
    let n_warnings = lines
        .lines()
        .filter(|line| line.contains(" is missing from the text ("))
        .count();
    assert_eq!(n_warnings, expected[2]);
    let is_told = |name: &Value| {
        let name = name.as_str().unwrap();
        let mut own = lines.lines().filter(|line| line.contains(UNSURE));
        own.any(|line| line.contains(&format!(": {name} ")))
    };
    for cell in cells_of(&report) {
        assert_eq!(is_told(&cell["name"]), cell["unsure"] == true, "{cell}");
    }

    // Comments in a copy say the same of their own reading of the file.
    written(PACKET, &dir.join("copy.docx"), &model);
    let copy = std::fs::read(dir.join("copy.docx")).unwrap();
    let mut comments = String::new();
    zip::ZipArchive::new(std::io::Cursor::new(copy))
        .unwrap()
        .by_name("word/comments.xml")
        .unwrap()
        .read_to_string(&mut comments)
        .unwrap();
    assert!(comments.contains(&line));
    let pdf: Value = serde_json::from_slice(&written(PDF, &dir.join("pdf.json"), &model)).unwrap();
    let n_unsure = self::unsure(&pdf).len();
    let copy = lopdf::Document::load_mem(&written(PDF, &dir.join("copy.pdf"), &model)).unwrap();
    let notes: Vec<String> = copy
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok()?.get(b"Contents").ok())
        .filter_map(|words| lopdf::decode_text_string(words).ok())
        .collect();
    let summary = format!("; {n_unsure} of them {UNSURE}");
    assert!(n_unsure > 0 && notes.iter().any(|note| note.contains(&summary)));
    for (cell, place) in cells_of(&pdf)
        .into_iter()
        .filter(|cell| cell["unsure"] == true)
        .map(|cell| (cell, cell["name"].as_str().unwrap()))
    {
        let is_told = |note: &String| note.contains(place) && note.contains(UNSURE);
        assert!(notes.iter().any(is_told), "{cell}");
    }
}

fn cells_of(report: &Value) -> Vec<&Value> {
    let own = report["coverage"].as_array().unwrap().iter();
    own.flat_map(|ecq| ecq["competencies"].as_array().unwrap())
        .chain(report["fundamentals"].as_array().unwrap())
        .collect()
}

/// A copy of the bundled model that doubts more: which decisions of the sample are near the threshold is a matter of the
/// training, and every form has to tell some.
fn doubtful_model(dir: &Path) -> String {
    std::fs::create_dir_all(dir).unwrap();
    for file in std::fs::read_dir("models/default").unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
    }
    let manifest = dir.join("model.toml");
    let mut told: toml::Table = std::fs::read_to_string(&manifest).unwrap().parse().unwrap();
    let band = &mut told["unsure"]["demonstrated"];
    band["from"] = 0.2.into();
    band["to"] = 0.97.into();
    std::fs::write(&manifest, toml::to_string(&told).unwrap()).unwrap();
    dir.to_str().unwrap().to_owned()
}

/// Ids of the competencies of which the reader is unsure.
fn unsure(report: &Value) -> Vec<String> {
    cells_of(report)
        .into_iter()
        .filter(|cell| cell["unsure"] == true)
        .map(|cell| cell["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Start tags by name, and the attributes that could run something.
#[derive(Default)]
struct Tags {
    names: std::cell::RefCell<BTreeMap<String, usize>>,
}

impl TokenSink for Tags {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            *self
                .names
                .borrow_mut()
                .entry(tag.name.to_string())
                .or_default() += 1;
            for attribute in &tag.attrs {
                let name = attribute.name.local.to_string();
                assert!(!name.starts_with("on") && name != "style", "{name}");
                if name == "href" || name == "src" {
                    let value = attribute.value.to_string();
                    assert!(value.starts_with('#') || value.starts_with("./"), "{value}");
                }
            }
        }
        TokenSinkResult::Continue
    }
}

/// The start tags of a page, none of which runs anything or leads elsewhere.
pub(crate) fn tags(page: &str) -> BTreeMap<String, usize> {
    let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(page.into());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.names.into_inner()
}

#[test]
fn hostile_text_is_inert_in_every_form() {
    let dir = folder("hostile");
    let input = dir.join("=cmd'<img src=x>.txt");
    std::fs::write(&input, HOSTILE).unwrap();
    let input = input.to_str().unwrap();
    for name in ["h.html", "h.md", "h.csv", "h.txt", "h.json", "h.sarif"] {
        let bytes = written(input, &dir.join(name), &["--marking", "</style><b>\"CUI"]);
        let text = String::from_utf8(bytes).unwrap();
        for active in ['\u{1b}', '\u{202E}', '\u{9b}'] {
            assert!(!text.contains(active), "{name}");
        }
        match name {
            "h.html" => {
                let tags = tags(&text);
                for tag in ["script", "img", "iframe", "b"] {
                    // The legend and the marks of the page itself are bold.
                    let own = if tag == "b" { 8 } else { 0 };
                    assert!(tags.get(tag).copied().unwrap_or(0) <= own, "{tag}");
                }
                assert!(text.contains("default-src 'none'; style-src 'sha256-"));
                assert!(text.contains("&lt;script&gt;"));
            }
            "h.csv" => {
                let mut rows = csv::Reader::from_reader(text.as_bytes());
                for value in rows
                    .records()
                    .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                {
                    assert!(
                        !value.trim_start().starts_with(['=', '+', '-', '@']),
                        "{value}"
                    );
                }
            }
            _ => {}
        }
    }
}

#[test]
fn redaction_reaches_every_form() {
    let dir = folder("redacted");
    let input = dir.join("amelia_okafor.txt");
    let text = "Amelia J. Okafor\n\nECQ 1: Leading Change\n\n\
        In 2019 I designed a new schedule; Dr. James Whitfield adopted it. Call (202) 555-0143 or write to \
        a.okafor@agency.example.gov. My SSN is 123-45-6789. Born on March 3, 1970. I live at 1600 Elm Street, \
        Springfield, VA 22150. Okafor is my name.\n";
    std::fs::write(&input, text).unwrap();
    for name in ["r.html", "r.md", "r.csv", "r.txt", "r.json", "r.sarif"] {
        let bytes = written(input.to_str().unwrap(), &dir.join(name), &["--redact"]);
        let text = String::from_utf8(bytes).unwrap();
        for secret in [
            "kafor",
            "Whitfield",
            "555-0143",
            "123-45",
            "March 3",
            "Elm Street",
        ] {
            assert!(!text.contains(secret), "{secret} in {name}");
        }
    }
    let refused = ecq(&[
        "analyze",
        PACKET,
        "--redact",
        "-o",
        dir.join("x.docx").to_str().unwrap(),
    ]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn an_old_report_stays_whole_where_a_new_one_cannot_be_written() {
    let dir = folder("kept");
    let file = dir.join("r.md");
    std::fs::write(&file, "old").unwrap();
    let mut permissions = std::fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).unwrap();
    let done = ecq(&["analyze", "-q", PACKET, "-o", file.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("read-only"));
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    let unknown = ecq(&["analyze", PACKET, "-o", "report.xyz"]);
    assert_eq!(unknown.status.code(), Some(2));
}

/// A command that runs after a shell has set the limits of its process.
#[cfg(unix)]
fn limited(limits: &str, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_ecq"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// A limit on the size of files stops a write in its middle as a full disk does, also for a privileged user.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_the_old_file_whole() {
    let dir = folder("full");
    for (input, name, old) in [
        (PACKET, "r.html", "an old report"),
        (PACKET, "r.docx", "an old copy"),
        (PDF, "r.pdf", "an old copy"),
    ] {
        let file = dir.join(name);
        std::fs::write(&file, old).unwrap();
        let path = file.to_str().unwrap();
        let done = limited(
            "trap '' XFSZ; ulimit -f 8",
            &["analyze", "-q", input, "-o", path],
        );
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success(), "{said}");
        assert!(
            said.contains("bytes free; nothing was changed") && said.contains(name),
            "{said}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), old);
    }
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 3);
}

/// A privileged user may write everywhere, so the program runs as another one there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let is_privileged = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy("corpus/samples/packet.txt", dir.path().join("a.txt")).unwrap();
    let file = dir.path().join("r.md");
    std::fs::write(&file, "old").unwrap();
    for (path, mode) in [
        (file.as_path(), 0o666),
        (&dir.path().join("a.txt"), 0o644),
        (dir.path(), 0o555),
    ] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecq"));
    command
        .args(["analyze", "-q", "a.txt", "-o", "r.md"])
        .current_dir(dir.path());
    if is_privileged {
        command.uid(NOBODY).gid(NOBODY);
    }
    match command.output() {
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(!done.status.success(), "{said}");
            assert!(
                said.contains("cannot write r.md: it needs a folder that can be written to"),
                "{said}"
            );
        }
        // The other user cannot reach the program: then a path below a file must do.
        Err(_) => {
            let below = file.join("r.md");
            let done = ecq(&["analyze", "-q", PACKET, "-o", below.to_str().unwrap()]);
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(
                said.contains("it needs a folder that can be written to"),
                "{said}"
            );
        }
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn many_packets_get_an_index_without_rank() {
    let dir = folder("many");
    let broken = dir.join("broken.pdf");
    std::fs::write(&broken, b"%PDF-1.7\nnothing").unwrap();
    let out = dir.join("out");
    let done = ecq(&[
        "analyze",
        "-q",
        PACKET,
        "corpus/samples/packet.txt",
        broken.to_str().unwrap(),
        "-o",
        &format!("{}/", out.display()),
    ]);
    assert_eq!(done.status.code(), Some(3));
    let index = std::fs::read_to_string(out.join("index.html")).unwrap();
    for link in ["./packet.html", "./packet-2.html"] {
        assert!(
            index.contains(link) && out.join(&link[2..]).exists(),
            "{link}"
        );
    }
    assert!(index.contains("broken.pdf") && index.contains("not read"));
    assert!(!index.contains("score:") && !index.contains("18 of"));
}
