//! Files as programs write them, and files made to break a reader: exact texts and exact errors.

use std::fs;
use std::io::Cursor;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use ecq::document::BlockKind;
use ecq::document::Document;
use ecq::document::HiddenReason;
use ecq::document::docx;
use ecq::document::html;
use ecq::document::odt;
use ecq::error::DocumentError;
use ecq::warning::WarningCode;

const CHALLENGE: &str = "Challenge. In March 2021 I inherited an office whose claims backlog had reached 412,000 files, \
    the oldest of them 611 days old. Congress had written to the Administrator twice, and the workforce believed that \
    no redesign could succeed because three earlier ones had been abandoned.";
const CONTEXT: &str = "Context. I led 340 employees in nine field offices, with a budget of $48.6 million. Two unions \
    represented the staff; the Inspector General had an open finding; and the “modernized” intake system—bought in \
    2016—could not exchange records with the Department’s efficient first-level offices.";
const ACTION: &str = "Action. I built a five-year vision with all nine directors, tested a triage model in two offices, \
    and stopped the pilot of the vendor’s workflow when our data showed it slowed difficult files. I negotiated shift \
    changes with both unions, and I asked each director to name one reflexive rule we could abolish.";
const RESULT: &str = "Result. Within eighteen months the backlog fell 93 percent, to 28,840 files; average age dropped \
    to 41 days; and the IG closed its finding. The model is now used by four other agencies.";
const PEOPLE: &str = "I opened a mentoring circle for first-line supervisors, met every probationary employee in person, \
    and resolved a two-year dispute between the night shift and the day shift by hearing each side and letting them \
    draft the new rota. Retention rose from 71 to 88 percent.";
const NOTE: &str = "The rota was later adopted by the Denver office.";
const RESULTS: &str = "I set quarterly goals with each director, published them, and accepted responsibility before the \
    Subcommittee when the second quarter’s goal was missed. See our public report for the affected files.";
const SIGNS: &str =
    "Softhyphen, no-break space, and a line break inside one paragraph are here on purpose.";

const H1: BlockKind = BlockKind::Heading { level: 1 };
const H2: BlockKind = BlockKind::Heading { level: 2 };
const P: BlockKind = BlockKind::Paragraph;
const ITEM: BlockKind = BlockKind::ListItem;
const CELL: BlockKind = BlockKind::TableCell;

fn bytes(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    fs::read(folder.join(name)).unwrap()
}

fn blocks(document: &Document) -> Vec<(BlockKind, &str)> {
    document
        .blocks
        .iter()
        .map(|block| (block.kind, block.span.slice(&document.text)))
        .collect()
}

/// The narrative that LibreOffice and pandoc wrote in several formats.
fn narrative(head: BlockKind) -> Vec<(BlockKind, &'static str)> {
    vec![
        (head, "ECQ 1: Leading Change"),
        (P, CHALLENGE),
        (P, CONTEXT),
        (P, ACTION),
        (P, RESULT),
        (ITEM, "Cut average age from 611 to 41 days."),
        (ITEM, "Saved $6.2 million a year in overtime."),
        (ITEM, "Raised the engagement index by 14 points."),
        (head, "ECQ 2: Leading People"),
        (P, PEOPLE),
        (BlockKind::Footnote, NOTE),
        (ITEM, "Listened to each shift alone."),
        (ITEM, "Let both write the rota."),
        (CELL, "Measure"),
        (CELL, "2021"),
        (CELL, "2023"),
        (CELL, "Retention"),
        (CELL, "71%"),
        (CELL, "88%"),
        (CELL, "Grievances"),
        (CELL, "63"),
        (CELL, "11"),
        (head, "ECQ 3: Results Driven"),
        (P, RESULTS),
    ]
}

/// What LibreOffice wrote: with a title, a subtitle and special characters.
fn libre_office() -> Vec<(BlockKind, &'static str)> {
    let mut blocks = vec![
        (H1, "Executive Core Qualifications"),
        (
            P,
            "Jane Q. Applicant — Candidate for Deputy Assistant Administrator",
        ),
    ];
    blocks.extend(narrative(H2));
    blocks.push((P, SIGNS));
    blocks
}

#[test]
fn libre_office_writes_the_same_in_three_formats() {
    let docx = docx::parse(&bytes("lo_base.docx")).unwrap();
    let odt = odt::parse(&bytes("lo_base.odt")).unwrap();
    let html = html::parse(&String::from_utf8(bytes("lo_base.html")).unwrap()).unwrap();
    for document in [&docx, &odt, &html] {
        assert_eq!(blocks(document), libre_office(), "{:?}", document.format);
        assert_eq!(document.warnings, []);
    }
    assert_eq!(
        (docx.n_pages, odt.n_pages, html.n_pages),
        (Some(1), Some(1), None)
    );
}

#[test]
fn pandoc() {
    let mut expected = vec![
        (H1, "Executive Core Qualifications"),
        (P, "Jane Q. Applicant"),
    ];
    expected.extend(narrative(H1));
    let document = docx::parse(&bytes("pandoc.docx")).unwrap();
    assert_eq!(blocks(&document), expected);
    assert_eq!(document.warnings, []);
    let annotated = docx::parse(&bytes("pandoc_annotated.docx")).unwrap();
    assert_eq!(annotated.text, document.text);
    assert_eq!(annotated.warnings.len(), 1);
    assert_eq!(
        annotated.warnings[0].message,
        "left out: 42 words of comments"
    );
}

#[test]
fn two_columns() {
    let people = PEOPLE.replace("rota. Re", "rota.[^1] Re");
    let results = RESULTS.replace(
        "our public report",
        "[our public report](https://example.gov/report)",
    );
    let round = [
        (P, "# ECQ 1: Leading Change"),
        (P, CHALLENGE),
        (P, CONTEXT),
        (P, ACTION),
        (P, RESULT),
        (H1, "ECQ 2: Leading People"),
        (P, people.as_str()),
        (H1, "ECQ 3: Results Driven"),
        (P, results.as_str()),
    ];
    let document = docx::parse(&bytes("two_col.docx")).unwrap();
    assert_eq!(blocks(&document), round.repeat(3));
}

#[test]
fn word_features() {
    let document = docx::parse(&bytes("word_like.docx")).unwrap();
    assert_eq!(
        blocks(&document),
        [
            (H1, "Executive Core Qualifications"),
            (H1, "ECQ 1: Leading Change"),
            (
                P,
                "Challenge. In March 2021 I inherited an office whose claims backlog had reached 412,000 files."
            ),
            (ITEM, "I cut average age from 611 to 41 days."),
            (ITEM, "I saved $6.2 million a year in overtime."),
            (P, "LEADING PEOPLE"),
            (P, "TRACKED I led INSERTEDWORD twelve teams."),
            (P, "LINK See LINKTEXT our report for it."),
            (P, "BLOCKSDT I wrote this inside a form content control."),
            (P, "INLINE INLINESDT value end."),
            (P, "TEXTBOX I resolved the dispute."),
            (P, "TABS one two AFTERBR three-fourfive"),
            (P, "FIELDRESULT budget"),
            (P, "VISIBLE after hidden."),
            (P, "capsrun shown as capitals"),
            (CELL, "CELLA1 Measure"),
            (CELL, "CELLB1 2023"),
            (CELL, "CELLA2 I raised retention."),
            (CELL, "88%"),
            (CELL, "NESTED I trained managers."),
            (P, "COMMENTED I set goals."),
            (
                P,
                "LAST paragraph – “smart quotes”, fi ligature fi, flow, emoji 🙂, 한국어, עברית."
            ),
        ]
    );
    let emphasized: Vec<&str> = document
        .blocks
        .iter()
        .filter(|b| b.emphasized)
        .map(|b| b.span.slice(&document.text))
        .collect();
    assert_eq!(
        emphasized,
        [
            "ECQ 1: Leading Change",
            "LEADING PEOPLE",
            "capsrun shown as capitals"
        ]
    );
    assert_eq!(document.hidden.len(), 1);
    assert_eq!(document.hidden[0].why, HiddenReason::Vanished);
    assert_eq!(
        document.hidden[0].text,
        "HIDDENTEXT vision strategic thinking resilience"
    );
    let codes: Vec<WarningCode> = document
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect();
    assert_eq!(
        codes,
        [
            WarningCode::TrackedChanges,
            WarningCode::LeftOut,
            WarningCode::HiddenText
        ]
    );
    assert_eq!(
        document.warnings[0].message,
        "the file has tracked changes: 1 insertion read as text, 1 deletion left out"
    );
    assert_eq!(
        document.warnings[1].message,
        "left out: 5 words of comments, 6 words of headers, 5 words of footers"
    );
}

#[test]
fn bad_files_are_refused_by_name() {
    let refused = |detail: &str| DocumentError::Refused {
        detail: detail.to_owned(),
    };
    let malformed = |detail: &str| DocumentError::Malformed {
        format: "docx",
        detail: detail.to_owned(),
    };
    let part = "word/document.xml";
    let expected = [
        ("empty.docx", DocumentError::Empty),
        ("not_zip.docx", malformed("it is no zip package")),
        (
            "truncated.docx",
            DocumentError::Truncated {
                format: "docx",
                detail: "the directory at its end is missing".to_owned(),
            },
        ),
        (
            "badutf8.docx",
            malformed(&format!("{part}: is not valid UTF-8 (byte 165)")),
        ),
        (
            "xxe.docx",
            refused(&format!("DOCTYPE w:document in {part}")),
        ),
        ("laughs.docx", refused(&format!("DOCTYPE d in {part}"))),
        (
            "deep.docx",
            DocumentError::TooLarge {
                what: format!("the nesting of elements in {part}"),
                limit: "512 levels".to_owned(),
            },
        ),
    ];
    for (name, error) in expected {
        let start = Instant::now();
        assert_eq!(docx::parse(&bytes(name)), Err(error), "{name}");
        assert!(start.elapsed().as_secs() < 5, "{name}");
    }
}

#[test]
fn every_cut_of_a_file_is_an_error() {
    let whole = bytes("pandoc.docx");
    for end in (0..whole.len()).step_by(97) {
        assert!(docx::parse(&whole[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for (name, read) in [
        (
            "pandoc.docx",
            docx::parse as fn(&[u8]) -> Result<Document, DocumentError>,
        ),
        ("lo_base.odt", odt::parse),
    ] {
        let whole = bytes(name);
        for at in (0..whole.len()).step_by(211) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            let _ = read(&damaged);
        }
    }
}

/// The package of a bad sample with another main part.
fn with_main_part(write: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let source = bytes("badutf8.docx");
    let mut archive = zip::ZipArchive::new(Cursor::new(source)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).unwrap();
        if part.name().unwrap() != "word/document.xml" {
            writer.raw_copy_file(part).unwrap();
        }
    }
    writer
        .start_file(
            "word/document.xml",
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
    write(&mut writer);
    writer.finish().unwrap().into_inner()
}

const OPEN: &[u8] =
    b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>";

#[test]
fn bombs_are_refused_by_what_comes_out() {
    let bomb = with_main_part(|part| {
        part.write_all(OPEN).unwrap();
        part.write_all(b"<w:p><w:r><w:t>").unwrap();
        let block = vec![b'A'; 1 << 20];
        for _ in 0..65 {
            part.write_all(&block).unwrap();
        }
        part.write_all(b"</w:t></w:r></w:p></w:body></w:document>")
            .unwrap();
    });
    assert!(bomb.len() < 200_000);
    let start = Instant::now();
    let error = DocumentError::TooLarge {
        what: "word/document.xml".to_owned(),
        limit: "64 MiB".to_owned(),
    };
    assert_eq!(docx::parse(&bomb), Err(error));
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn floods_of_paragraphs_are_refused() {
    let flood = with_main_part(|part| {
        part.write_all(OPEN).unwrap();
        let block = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>".repeat(1000);
        for _ in 0..450 {
            part.write_all(&block).unwrap();
        }
        part.write_all(b"</w:body></w:document>").unwrap();
    });
    let error = DocumentError::TooLarge {
        what: "the number of paragraphs".to_owned(),
        limit: "400000".to_owned(),
    };
    assert_eq!(docx::parse(&flood), Err(error));
}
