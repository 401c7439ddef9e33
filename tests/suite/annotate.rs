//! Annotated copies: what others wrote stays, what was put in comes out again, what must not change is refused.

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Output;

use ecq::analysis::{Toolkit, analyze};
use ecq::annotate::{AnnotateError, annotate, docx_extension, strip_docx};
use ecq::classify::bundled_model;
use ecq::codebook::builtin;
use ecq::document::parse;
use ecq::report::{DocumentName, LabelView, Narrative, Packet, PassageView, SpanView, report};
use lopdf::{EncryptionState, EncryptionVersion, Permissions};

use crate::support::{ecq, folder};

const PACKET: &str = "corpus/samples/packet.docx";
const PDF: &str = "corpus/samples/packet.pdf";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const DOCM: &str = "application/vnd.ms-word.document.macroEnabled.main+xml";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A package as Word lays it out: the body of the text, the type of its main part, relationships and parts more.
fn package(body: &str, kind: &str, relations: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let types = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"{TYPES}\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{kind}\"/></Types>"
    );
    let root = format!(
        "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" \
         Target=\"word/document.xml\"/></Relationships>"
    );
    let relations = format!("<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>");
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document xmlns:w=\"{W}\"><w:body>{body}\
         <w:sectPr/></w:body></w:document>"
    );
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let own: [(&str, &[u8]); 4] = [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
    ];
    let replaced = |name: &str| parts.iter().any(|(given, _)| *given == name);
    for (name, bytes) in own.iter().filter(|(name, _)| !replaced(name)).chain(parts) {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn part(package: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip::ZipArchive::new(Cursor::new(package))
        .unwrap()
        .by_name(name)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn text(package: &[u8], name: &str) -> String {
    String::from_utf8(part(package, name)).unwrap()
}

fn parts(package: &[u8]) -> Vec<String> {
    let archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
    archive
        .file_names()
        .map(|name| name.unwrap().to_string())
        .collect()
}

/// A packet read from a file in which passages of the given words demonstrate something, whatever the model says.
fn packet(bytes: &[u8], words: &[&str]) -> Packet {
    let codebook = builtin("opm-2006").unwrap().clone();
    let toolkit = Toolkit::new(codebook, &bundled_model().unwrap(), 1).unwrap();
    let analysis = analyze(parse(bytes, None).unwrap(), &toolkit).unwrap();
    let mut report = report(&analysis, &toolkit, &DocumentName::new("a.docx", bytes));
    let narrative = Narrative::new(&analysis.document, None);
    report.passages = words
        .iter()
        .zip(1..)
        .map(|(words, n)| {
            let start = narrative
                .text
                .find(words)
                .unwrap_or_else(|| panic!("{words} in {}", narrative.text));
            PassageView {
                id: format!("w{n}"),
                section: report.sections[0].id.clone(),
                span: SpanView {
                    start,
                    end: start + words.len(),
                },
                page: None,
                paragraph: 1,
                text: (*words).to_owned(),
                labels: vec![LabelView {
                    id: "vision".to_owned(),
                    level: "demonstrated".to_owned(),
                    p: 0.9,
                }],
                unsure: Vec::new(),
                key_characteristics: Vec::new(),
                opm_2025: Vec::new(),
                ccar: Vec::new(),
            }
        })
        .collect();
    Packet {
        path: "a.docx".to_owned(),
        report,
        narrative,
    }
}

/// Opens every element and closes it again, and looks where the marks of comments stand.
fn check_marks(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(start) => {
                open.push(start.name().into_inner().to_owned());
            }
            quick_xml::events::Event::End(_) => {
                open.pop().unwrap();
            }
            quick_xml::events::Event::Empty(empty) => {
                let name = empty.name().into_inner().to_owned();
                let is_in = |element: &str| open.iter().any(|open| open == element);
                match name.as_str() {
                    "w:commentRangeStart" | "w:commentRangeEnd" => {
                        assert!(is_in("w:p") && !is_in("w:r"), "{name} in {open:?}");
                    }
                    "w:commentReference" => assert_eq!(open.last().unwrap(), "w:r"),
                    _ => continue,
                }
                assert!(
                    !is_in("w:del") && !is_in("w:moveFrom"),
                    "{name} in {open:?}"
                );
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
}

/// What lies between the marks of a comment, without its marks.
fn range(xml: &str, id: u64) -> &str {
    let start = format!("<w:commentRangeStart w:id=\"{id}\"/>");
    let end = format!("<w:commentRangeEnd w:id=\"{id}\"/>");
    let from = xml.find(&start).unwrap() + start.len();
    &xml[from..xml.find(&end).unwrap()]
}

/// The id of the comment by ecq that says some words.
fn id_of(comments: &str, words: &str) -> Vec<u64> {
    comments
        .split("<w:comment ")
        .skip(1)
        .filter(|comment| comment.contains("w:author=\"ecq\"") && comment.contains(words))
        .map(|comment| {
            let id = comment.split_once("w:id=\"").unwrap().1;
            id.split_once('"').unwrap().0.parse().unwrap()
        })
        .collect()
}

/// A run of words.
fn run(words: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{words}</w:t></w:r>")
}

fn paragraph(content: &str) -> String {
    format!("<w:p>{content}</w:p>")
}

const CHANGE: &str = "w:id=\"1\" w:author=\"A. Reviewer\" w:date=\"2024-01-02T03:04:05Z\"";

#[test]
fn tracked_changes_stay_also_inside_a_passage() {
    let body = [
        paragraph(&run("ECQ 1: Leading Change")),
        // The mark of a paragraph was inserted, a run was formatted, words came, went and moved.
        format!(
            "<w:p><w:pPr><w:rPr><w:ins {CHANGE}/></w:rPr></w:pPr>{}\
             <w:ins {CHANGE}>{}<w:r><w:rPr><w:b/><w:rPrChange {CHANGE}><w:rPr><w:i/></w:rPr></w:rPrChange></w:rPr>\
             <w:t>twelve inspectors in a review. I cut</w:t></w:r></w:ins>\
             <w:del {CHANGE}><w:r><w:delText xml:space=\"preserve\"> nothing at all</w:delText></w:r></w:del>{}\
             <w:moveFrom {CHANGE}>{}</w:moveFrom><w:moveTo {CHANGE}>{}</w:moveTo></w:p>",
            run("In March 2020 I led "),
            run("a team of "),
            run(" the waiting time from 96 to 24 days. "),
            run("Gone words."),
            run("Then I told the board."),
        ),
    ]
    .concat();
    let original = package(&body, DOCX, "", &[]);
    let passages = [
        "In March 2020 I led a team of twelve inspectors in a review.",
        "I cut the waiting time from 96 to 24 days.",
        "Then I told the board.",
    ];
    let packet = packet(&original, &passages);
    let copy = annotate(&original, &packet).unwrap();
    let (before, after) = (
        text(&original, "word/document.xml"),
        text(&copy, "word/document.xml"),
    );
    check_marks(&after);
    for element in [
        "<w:ins ",
        "<w:del ",
        "<w:moveFrom ",
        "<w:moveTo ",
        "<w:delText",
    ] {
        assert_eq!(
            before.matches(element).count(),
            after.matches(element).count(),
            "{element}"
        );
    }
    // A range that ends inside an insertion splits its run there; both halves stay inserted by the same person.
    let ids = id_of(&text(&copy, "word/comments.xml"), "Demonstrates: Vision");
    assert_eq!(ids.len(), 3);
    let first = range(&after, ids[0]);
    assert!(
        first.contains("<w:ins ") && first.ends_with("in a review.</w:t></w:r>"),
        "{first}"
    );
    let second = range(&after, ids[1]);
    assert!(
        second.contains("I cut</w:t></w:r></w:ins><w:del ")
            && second.contains("nothing at all")
            && second.contains("24 days."),
        "{second}"
    );
    assert!(range(&after, ids[2]).contains("Then I told the board."));
    // The reader sees the same words, and all that was put in comes out again.
    let read = |bytes: &[u8]| parse(bytes, None).unwrap().text;
    assert_eq!(read(&copy), read(&original));
    assert_eq!(
        text(&strip_docx(&copy).unwrap(), "word/document.xml"),
        before
    );
}

#[test]
fn comments_of_others_stay_and_a_second_run_replaces_only_its_own() {
    let body = [
        paragraph(&run("ECQ 1: Leading Change")),
        format!(
            "<w:p>{}<w:commentRangeStart w:id=\"7\"/>{}<w:commentRangeEnd w:id=\"7\"/><w:r><w:rPr>\
             <w:rStyle w:val=\"CommentReference\"/></w:rPr><w:commentReference w:id=\"7\"/></w:r>{}</w:p>",
            run("In March 2020 I led a team of "),
            run("twelve inspectors"),
            run(" in a review of the budget.")
        ),
    ]
    .concat();
    let comments = format!(
        "<?xml version=\"1.0\"?><w:comments xmlns:w=\"{W}\"><w:comment w:id=\"7\" w:author=\"H. Reader\" \
         w:date=\"2024-01-02T03:04:05Z\" w:initials=\"HR\"><w:p><w:r><w:t>Twelve? ecq</w:t></w:r></w:p></w:comment></w:comments>"
    );
    let relations =
        format!("<Relationship Id=\"rId9\" Type=\"{OFFICE}/comments\" Target=\"comments.xml\"/>");
    let people: &[u8] = b"<people>unknown to this program</people>";
    let original = package(
        &body,
        DOCX,
        &relations,
        &[
            ("word/comments.xml", comments.as_bytes()),
            ("word/people.xml", people),
        ],
    );
    let packet = packet(&original, &["I led a team of twelve inspectors"]);
    let copy = annotate(&original, &packet).unwrap();
    let again = annotate(&copy, &packet).unwrap();
    let (first, second) = (
        text(&copy, "word/comments.xml"),
        text(&again, "word/comments.xml"),
    );
    assert!(first.starts_with(comments.strip_suffix("</w:comments>").unwrap()));
    assert!(id_of(&first, "").iter().all(|id| *id > 7));
    assert_eq!((first, copy.len()), (second, again.len()));
    assert_eq!(parts(&copy), parts(&original));
    assert_eq!(part(&copy, "word/people.xml"), people);
    let document = text(&copy, "word/document.xml");
    check_marks(&document);
    assert!(range(&document, 7).contains("twelve inspectors"));
    let stripped = strip_docx(&again).unwrap();
    for name in ["word/document.xml", "word/comments.xml"] {
        assert_eq!(part(&stripped, name), part(&original, name), "{name}");
    }
    // Of a file without comments by ecq nothing is taken.
    assert_eq!(strip_docx(&original).unwrap(), original);
}

#[test]
fn macros_stay_and_so_does_the_name_that_they_need() {
    let dir = folder("macros");
    let macros: Vec<u8> = (0..5000u32).map(|n| (n * 31 % 251) as u8).collect();
    let relations = "<Relationship Id=\"rId2\" \
         Type=\"http://schemas.microsoft.com/office/2006/relationships/vbaProject\" Target=\"vbaProject.bin\"/>";
    let body = [
        paragraph(&run("ECQ 1: Leading Change")),
        paragraph(&run(
            "In March 2020 I led a team of twelve inspectors in a review.",
        )),
    ]
    .concat();
    let original = package(
        &body,
        DOCM,
        relations,
        &[("word/vbaProject.bin", macros.as_slice())],
    );
    let input = dir.join("a.docm");
    std::fs::write(&input, &original).unwrap();
    let (right, wrong) = (dir.join("b.docm"), dir.join("b.docx"));
    let refused = ecq(&[
        "annotate",
        "-q",
        input.to_str().unwrap(),
        "-o",
        wrong.to_str().unwrap(),
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("name it .docm") && !wrong.exists());
    // By its main command too.
    let done = ecq(&[
        "analyze",
        "-q",
        input.to_str().unwrap(),
        "-o",
        right.to_str().unwrap(),
    ]);
    assert!(done.status.success(), "{}", said(&done));
    let copy = std::fs::read(&right).unwrap();
    assert_eq!(part(&copy, "word/vbaProject.bin"), macros);
    let types = text(&copy, "[Content_Types].xml");
    assert!(types.contains(DOCM) && types.contains("application/vnd.ms-office.vbaProject"));
    assert_eq!(
        [&original, &copy].map(|bytes| docx_extension(bytes).unwrap()),
        ["docm", "docm"]
    );
    assert!(!id_of(&text(&copy, "word/comments.xml"), "ECQ coverage").is_empty());
}

#[test]
fn a_signed_package_is_refused() {
    let dir = folder("signed");
    let body = paragraph(&run("ECQ 1: Leading Change"));
    let root = format!(
        "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" \
         Target=\"word/document.xml\"/><Relationship Id=\"rId2\" \
         Type=\"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin\" \
         Target=\"_xmlsignatures/origin.sigs\"/></Relationships>"
    );
    let original = package(
        &body,
        DOCX,
        "",
        &[
            ("_rels/.rels", root.as_bytes()),
            ("_xmlsignatures/origin.sigs", b""),
        ],
    );
    let packet = packet(&original, &[]);
    assert!(matches!(
        annotate(&original, &packet),
        Err(AnnotateError::Forbidden { .. })
    ));
    let (input, output) = (dir.join("a.docx"), dir.join("b.docx"));
    std::fs::write(&input, &original).unwrap();
    let refused = ecq(&[
        "annotate",
        input.to_str().unwrap(),
        "-o",
        output.to_str().unwrap(),
    ]);
    assert!(!refused.status.success() && !output.exists());
    assert!(said(&refused).contains("not possible, because it carries a digital signature"));
}

#[test]
fn an_encrypted_word_file_is_refused() {
    let dir = folder("encrypted");
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.extend([0; 1024]);
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let (input, output) = (dir.join("a.docx"), dir.join("b.docx"));
    std::fs::write(&input, &bytes).unwrap();
    let refused = ecq(&[
        "annotate",
        input.to_str().unwrap(),
        "-o",
        output.to_str().unwrap(),
    ]);
    assert!(!refused.status.success() && !output.exists());
    assert!(said(&refused).contains("password"), "{}", said(&refused));
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
        assert!(done.status.success(), "{}", said(&done));
    }
    let copy = std::fs::read(&first).unwrap();
    let document = text(&copy, "word/document.xml");
    let comments = text(&copy, "word/comments.xml");
    let n = comments.matches("w:author=\"ecq\"").count();
    assert!(n > 30, "{n}");
    check_marks(&document);
    for mark in [
        "<w:commentRangeStart ",
        "<w:commentRangeEnd ",
        "<w:commentReference ",
    ] {
        assert_eq!(document.matches(mark).count(), n, "{mark}");
    }
    let stripped = strip_docx(&copy).unwrap();
    assert_eq!(
        text(&stripped, "word/document.xml"),
        text(&original, "word/document.xml")
    );
    let mut old = zip::ZipArchive::new(Cursor::new(&original)).unwrap();
    let mut new = zip::ZipArchive::new(Cursor::new(&copy)).unwrap();
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
    assert_eq!(text(&again, "word/document.xml"), document);
    assert_eq!(text(&again, "word/comments.xml"), comments);
}

/// pandoc writes a part of comments without any.
#[test]
fn an_empty_part_of_comments_is_filled_and_emptied() {
    let original = std::fs::read("tests/fixtures/documents/pandoc.docx").unwrap();
    let packet = packet(&original, &["I led 340 employees in nine field offices"]);
    let copy = annotate(&original, &packet).unwrap();
    assert_eq!(parts(&copy), parts(&original));
    assert!(!id_of(&text(&copy, "word/comments.xml"), "Demonstrates: Vision").is_empty());
    let stripped = strip_docx(&copy).unwrap();
    for name in ["word/document.xml", "word/comments.xml"] {
        assert_eq!(part(&stripped, name), part(&original, name), "{name}");
    }
}

/// Highlights by ecq in a file that opens without a password.
fn n_highlights(bytes: &[u8]) -> usize {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|annotation| {
            annotation
                .get(b"Subtype")
                .is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Highlight"))
        })
        .count()
}

#[test]
fn a_pdf_copy_begins_with_its_original() {
    let dir = folder("pdf");
    let copy = dir.join("copy.pdf");
    let done = ecq(&["annotate", "-q", PDF, "-o", copy.to_str().unwrap()]);
    assert!(done.status.success(), "{}", said(&done));
    let (original, copy) = (std::fs::read(PDF).unwrap(), std::fs::read(copy).unwrap());
    assert!(copy.starts_with(&original));
    assert!(n_highlights(&copy) > 30);
    let text = ecq(&[
        "annotate",
        "-q",
        "corpus/samples/packet.txt",
        "-o",
        dir.join("x.docx").to_str().unwrap(),
    ]);
    assert_eq!(text.status.code(), Some(2));
}

/// The sample packet, encrypted so that it opens without a password and allows what is named.
fn protected(permissions: Permissions) -> Vec<u8> {
    let mut document = lopdf::Document::load(PDF).unwrap();
    let id = lopdf::Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id.clone(), id]);
    let state = EncryptionState::try_from(EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: "",
        key_length: 128,
        permissions,
    })
    .unwrap();
    document.encrypt(&state).unwrap();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_pdf_is_annotated_if_its_owner_allows_it() {
    let dir = folder("protected");
    let (input, output) = (dir.join("a.pdf"), dir.join("b.pdf"));
    let annotated = |permissions: Permissions| {
        std::fs::write(&input, protected(permissions)).unwrap();
        ecq(&[
            "annotate",
            "-q",
            input.to_str().unwrap(),
            "-o",
            output.to_str().unwrap(),
        ])
    };
    let refused = annotated(Permissions::all() - Permissions::ANNOTABLE);
    assert!(!refused.status.success() && !output.exists());
    assert!(
        said(&refused)
            .contains("not possible, because its owner protected it and allows no comments"),
        "{}",
        said(&refused)
    );
    let done = annotated(Permissions::ANNOTABLE | Permissions::COPYABLE);
    assert!(done.status.success(), "{}", said(&done));
    let copy = std::fs::read(&output).unwrap();
    assert!(copy.starts_with(&std::fs::read(&input).unwrap()));
    assert!(n_highlights(&copy) > 30);
}
