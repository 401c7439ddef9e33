//! Reports in every form: the same numbers, hostile text inert, files whole or untouched, copies that lose nothing.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::Value;

const PACKET: &str = "corpus/samples/packet.docx";

const HOSTILE: &str = "ECQ 1: Leading Change\n\n\
    <script>alert(1)</script><img src=x onerror=alert(2)> In 2019 I designed a new schedule for all districts.\n\n\
    =HYPERLINK(\"http://example.com\") In March 2020 I led a team of twelve inspectors in a review of the budget.\n\n\
    \u{202E}reversed\u{202C} and \u{1b}[31mred: I persuaded three states to adopt the plan. </style></mark></title>\n\n\
    @SUM(1+1)*cmd|' /C calc'!A0 I cut the waiting time from 96 to 24 days.\n";

fn ecq(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

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
    let own = report["coverage"].as_array().unwrap().iter();
    own.flat_map(|ecq| ecq["competencies"].as_array().unwrap())
        .chain(report["fundamentals"].as_array().unwrap())
        .filter(|cell| cell["level"] == level)
        .count()
}

/// Numbers of levels as a form tells them.
type Counts = [usize; 3];

#[test]
fn all_forms_tell_the_same_numbers() {
    let dir = folder("forms");
    let text = |name: &str| String::from_utf8(written(PACKET, &dir.join(name), &[])).unwrap();
    let report: Value = serde_json::from_str(&text("r.json")).unwrap();
    let expected: Counts =
        ["demonstrated", "asserted", "absent"].map(|level| count(&report, level));
    assert_eq!(expected.iter().sum::<usize>(), 28);

    let line = format!(
        "{} demonstrated, {} asserted only, {} missing from the text",
        expected[0], expected[1], expected[2]
    );
    assert!(text("r.txt").contains(&line));
    assert!(text("r.md").contains(&line));

    let page = text("r.html");
    let cells = |level: &str| {
        page.matches(&format!("<td role=\"cell\" class=\"{level}\">"))
            .count()
    };
    assert_eq!(["demonstrated", "asserted", "absent"].map(cells), expected);

    let table = text("r.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut by_level: BTreeMap<String, usize> = BTreeMap::new();
    let (mut n_gaps, mut n_findings) = (0, 0);
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        match row["record"].as_str() {
            "coverage" => *by_level.entry(row["level"].clone()).or_default() += 1,
            "gaps" => n_gaps += 1,
            "findings" => n_findings += 1,
            _ => {}
        }
    }
    let levels = ["demonstrated", "asserted only", "missing"];
    assert_eq!(levels.map(|level| by_level[level]), expected);
    assert_eq!(n_gaps, report["gaps"].as_array().unwrap().len());
    assert_eq!(n_findings, report["findings"].as_array().unwrap().len());

    let log: Value = serde_json::from_str(&text("r.sarif")).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(
        run["results"].as_array().unwrap().len(),
        n_gaps + n_findings
    );
    let told = &run["artifacts"][0]["properties"];
    assert_eq!(
        ["demonstrated", "assertedOnly", "missing"].map(|key| told[key].as_u64().unwrap() as usize),
        expected
    );
    for result in run["results"].as_array().unwrap() {
        let rule = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    }

    let book = written(PACKET, &dir.join("r.xlsx"), &[]);
    let mut sheets = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut rows_of = |sheet: usize| {
        let mut xml = String::new();
        sheets
            .by_name(&format!("xl/worksheets/sheet{sheet}.xml"))
            .unwrap()
            .read_to_string(&mut xml)
            .unwrap();
        assert!(
            xml.contains("<autoFilter") && xml.contains("state=\"frozen\"") && !xml.contains("<f>")
        );
        xml.matches("<row ").count() - 1
    };
    assert_eq!(
        [rows_of(1), rows_of(3), rows_of(4)],
        [28, n_gaps, n_findings]
    );

    let lines = ecq(&["analyze", "-q", PACKET, "--format", "lines"]);
    let lines = String::from_utf8(lines.stdout).unwrap();
    let n_warnings = lines
        .lines()
        .filter(|line| line.contains(" is missing from the text ("))
        .count();
    assert_eq!(n_warnings, expected[2]);
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

fn tags(page: &str) -> BTreeMap<String, usize> {
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
                    let own = if tag == "b" { 6 } else { 0 };
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

fn part(package: &[u8], name: &str) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap();
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

#[test]
fn a_word_copy_loses_nothing_and_a_second_run_replaces_its_own() {
    let dir = folder("word");
    let original = std::fs::read(PACKET).unwrap();
    let (first, second) = (dir.join("1.docx"), dir.join("2.docx"));
    for (from, to) in [(Path::new(PACKET), &first), (&first, &second)] {
        let done = ecq(&[
            "annotate",
            "-q",
            from.to_str().unwrap(),
            "-o",
            to.to_str().unwrap(),
        ]);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    let copy = std::fs::read(&first).unwrap();
    let document = part(&copy, "word/document.xml").unwrap();
    let comments = part(&copy, "word/comments.xml").unwrap();
    let n = comments.matches("w:author=\"ecq\"").count();
    assert!(n > 30, "{n}");
    for mark in [
        "<w:commentRangeStart ",
        "<w:commentRangeEnd ",
        "<w:commentReference ",
    ] {
        assert_eq!(document.matches(mark).count(), n, "{mark}");
    }
    let stripped = ecq::annotate::strip_docx(&copy).unwrap();
    assert_eq!(
        part(&stripped, "word/document.xml"),
        part(&original, "word/document.xml")
    );
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(&original)).unwrap();
    let mut new = zip::ZipArchive::new(std::io::Cursor::new(&copy)).unwrap();
    for idx in 0..old.len() {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut entry = old.by_index_raw(idx).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name == "word/document.xml"
            || name == "[Content_Types].xml"
            || name == "word/_rels/document.xml.rels"
        {
            continue;
        }
        entry.read_to_end(&mut before).unwrap();
        let at = new.index_for_name(&name).unwrap();
        new.by_index_raw(at)
            .unwrap()
            .read_to_end(&mut after)
            .unwrap();
        assert_eq!(before, after, "{name}");
    }
    let again = std::fs::read(&second).unwrap();
    assert_eq!(part(&again, "word/document.xml"), Some(document));
    assert_eq!(part(&again, "word/comments.xml"), Some(comments));
}

#[test]
fn a_pdf_copy_begins_with_its_original() {
    let dir = folder("pdf");
    let copy = dir.join("copy.pdf");
    let done = ecq(&[
        "annotate",
        "-q",
        "corpus/samples/packet.pdf",
        "-o",
        copy.to_str().unwrap(),
    ]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let (original, copy) = (
        std::fs::read("corpus/samples/packet.pdf").unwrap(),
        std::fs::read(copy).unwrap(),
    );
    assert!(copy.starts_with(&original));
    let document = lopdf::Document::load_mem(&copy).unwrap();
    let n_marked = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|annotation| {
            annotation
                .get(b"Subtype")
                .is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Highlight"))
        })
        .count();
    assert!(n_marked > 30, "{n_marked}");
    let text = ecq(&[
        "annotate",
        "-q",
        "corpus/samples/packet.txt",
        "-o",
        dir.join("x.docx").to_str().unwrap(),
    ]);
    assert_eq!(text.status.code(), Some(2));
}
