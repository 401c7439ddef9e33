//! The PDF reader on whole files: samples of several writers, and small files made here.

use std::fmt::Write as _;
use std::path::Path;

use ecq::document::BlockKind;
use ecq::document::Document;
use ecq::document::HiddenReason;
use ecq::document::pdf::parse;
use ecq::error::DocumentError;
use ecq::warning::WarningCode;

const CHALLENGE: &str = "Challenge. In March 2021 I inherited an office whose claims backlog had reached 412,000 files, \
    the oldest of them 611 days old. Congress had written to the Administrator twice, and the workforce believed that no \
    redesign could succeed because three earlier ones had been abandoned.";
const CONTEXT: &str = "Context. I led 340 employees in nine field offices, with a budget of $48.6 million. Two unions \
    represented the staff; the Inspector General had an open finding; and the “modernized” intake system—bought in \
    2016—could not exchange records with the Department’s efficient first-level offices.";
const ACTION: &str = "Action. I built a five-year vision with all nine directors, tested a triage model in two offices, and \
    stopped the pilot of the vendor’s workflow when our data showed it slowed difficult files. I negotiated shift changes \
    with both unions, and I asked each director to name one reflexive rule we could abolish.";
const RESULT: &str = "Result. Within eighteen months the backlog fell 93 percent, to 28,840 files; average age dropped to \
    41 days; and the IG closed its finding. The model is now used by four other agencies.";
const CIRCLE: &str = "I opened a mentoring circle for first-line supervisors, met every probationary employee in person, and \
    resolved a two-year dispute between the night shift and the day shift by hearing each side and letting them draft the \
    new rota. Retention rose from 71 to 88 percent.";
const ROTA: &str = "The rota was later adopted by the Denver office.";
const GOALS: &str = "I set quarterly goals with each director, published them, and accepted responsibility before the \
    Subcommittee when the second quarter’s goal was missed. See our public report for the affected files.";
const ITEMS: [&str; 3] = [
    "Cut average age from 611 to 41 days.",
    "Saved $6.2 million a year in overtime.",
    "Raised the engagement index by 14 points.",
];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new("tests/fixtures/documents").join(name)).unwrap()
}

/// Kind, page and words of every block.
fn blocks(document: &Document) -> Vec<(BlockKind, u32, &str)> {
    document
        .blocks
        .iter()
        .map(|b| (b.kind, b.page.unwrap(), b.span.slice(&document.text)))
        .collect()
}

fn codes(document: &Document) -> Vec<WarningCode> {
    document.warnings.iter().map(|w| w.code).collect()
}

fn heading(level: u8) -> BlockKind {
    BlockKind::Heading { level }
}

use BlockKind::Footnote;
use BlockKind::ListItem;
use BlockKind::Paragraph;
use BlockKind::TableCell;

#[test]
fn libreoffice() {
    let document = parse(&sample("lo_base.pdf")).unwrap();
    assert_eq!(document.n_pages, Some(2));
    assert_eq!(
        blocks(&document),
        [
            (
                Paragraph,
                2,
                "Jane Q. Applicant — Candidate for Deputy Assistant Administrator"
            ),
            (heading(1), 2, "ECQ 1: Leading Change"),
            (Paragraph, 2, CHALLENGE),
            (Paragraph, 2, CONTEXT),
            (Paragraph, 2, ACTION),
            (Paragraph, 2, RESULT),
            (ListItem, 2, ITEMS[0]),
            (ListItem, 2, ITEMS[1]),
            (ListItem, 2, ITEMS[2]),
            (heading(1), 2, "ECQ 2: Leading People"),
            (Paragraph, 2, CIRCLE),
            (Footnote, 2, ROTA),
            (ListItem, 2, "Listened to each shift alone."),
            (ListItem, 2, "Let both write the rota."),
            (Paragraph, 2, "Measure 2021 2023"),
            (Paragraph, 2, "Retention 71% 88%"),
            (Paragraph, 2, "Grievances 63 11"),
            (heading(1), 2, "ECQ 3: Results Driven"),
            (Paragraph, 2, GOALS),
            (
                Paragraph,
                2,
                "Softhyphen, no-break space, and a line break inside one paragraph are here on purpose."
            ),
        ]
    );
    assert_eq!(document.warnings, []);
    let bold: Vec<&str> = document
        .blocks
        .iter()
        .filter(|b| b.emphasized)
        .map(|b| b.span.slice(&document.text))
        .collect();
    assert_eq!(
        bold,
        [
            "ECQ 1: Leading Change",
            "ECQ 2: Leading People",
            "Measure 2021 2023",
            "ECQ 3: Results Driven"
        ]
    );
}

#[test]
fn junk_before_the_head_changes_nothing() {
    assert_eq!(
        parse(&sample("leading_junk.pdf")).unwrap().text,
        parse(&sample("lo_base.pdf")).unwrap().text
    );
}

#[test]
fn latex_in_two_columns() {
    let document = parse(&sample("latex2col.pdf")).unwrap();
    let part = |first: u32, list: [u32; 3], second: u32, third: u32| {
        let mut part = vec![(Paragraph, first, "ECQ 1: Leading Change")];
        part.extend([CHALLENGE, CONTEXT, ACTION, RESULT].map(|text| (Paragraph, first, text)));
        part.extend(
            list.into_iter()
                .zip(ITEMS)
                .map(|(page, text)| (ListItem, page, text)),
        );
        part.extend([
            (heading(2), second, "ECQ 2: Leading People"),
            (Paragraph, second, CIRCLE),
            (Footnote, second, ROTA),
            (heading(2), third, "ECQ 3: Results Driven"),
            (Paragraph, third, GOALS),
        ]);
        part
    };
    let mut expected = vec![
        (heading(1), 1, "Executive Core Qualifications"),
        (heading(3), 1, "Jane Q. Applicant"),
        (heading(3), 1, "November 21, 2026"),
    ];
    expected.extend(part(1, [1, 1, 1], 1, 1));
    expected.extend(part(1, [1, 2, 2], 2, 2));
    expected.extend(part(2, [2, 2, 2], 2, 2));
    assert_eq!(blocks(&document), expected);
    // Page numbers are left out; dollar signs come from a font of pictures.
    assert_eq!(
        codes(&document),
        [WarningCode::LeftOut, WarningCode::UnmappedCharacters]
    );
}

#[test]
fn word_in_two_columns() {
    let document = parse(&sample("two_col.pdf")).unwrap();
    assert_eq!(document.n_pages, Some(3));
    let circle = CIRCLE.replace("rota.", "rota.[^1]");
    let goals = GOALS.replace(
        "our public report",
        "[our public report](https://example.gov/report)",
    );
    let mut expected = Vec::new();
    for (first, second) in [((1, 1), 1), ((1, 2), 2), ((2, 2), 3)] {
        expected.push((Paragraph, first.0, "# ECQ 1: Leading Change"));
        expected.extend([CHALLENGE, CONTEXT].map(|text| (Paragraph, first.0, text)));
        expected.extend([ACTION, RESULT].map(|text| (Paragraph, first.1, text)));
        expected.extend([
            (heading(1), second, "ECQ 2: Leading People"),
            (Paragraph, second, circle.as_str()),
            (heading(1), second, "ECQ 3: Results Driven"),
            (Paragraph, second, goals.as_str()),
        ]);
    }
    assert_eq!(blocks(&document), expected);
    assert_eq!(document.warnings, []);
}

#[test]
fn pandoc() {
    let document = parse(&sample("pandoc.pdf")).unwrap();
    let mut expected = vec![
        (heading(1), 1, "Executive Core Qualifications"),
        (Paragraph, 1, "Jane Q. Applicant"),
    ];
    expected.push((heading(2), 1, "ECQ 1: Leading Change"));
    expected.extend([CHALLENGE, CONTEXT, ACTION, RESULT].map(|text| (Paragraph, 1, text)));
    expected.extend(ITEMS.map(|text| (ListItem, 1, text)));
    expected.extend([
        (heading(2), 1, "ECQ 2: Leading People"),
        (Paragraph, 1, CIRCLE),
        (Footnote, 1, ROTA),
        (ListItem, 1, "Listened to each shift alone."),
        (ListItem, 2, "Let both write the rota."),
    ]);
    expected.extend(
        [
            "Measure",
            "2021",
            "2023",
            "Retention",
            "71%",
            "88%",
            "Grievances",
            "63",
            "11",
        ]
        .map(|text| (TableCell, 2, text)),
    );
    expected.extend([
        (heading(2), 2, "ECQ 3: Results Driven"),
        (Paragraph, 2, GOALS),
    ]);
    assert_eq!(blocks(&document), expected);
    assert_eq!(document.warnings, []);
}

#[test]
fn word_features() {
    let document = parse(&sample("word_like.pdf")).unwrap();
    let blocks = blocks(&document);
    assert_eq!(
        blocks[..8],
        [
            (Paragraph, 1, "HEADER Jane Q. Applicant – ECQs"),
            (heading(1), 1, "Executive Core Qualifications"),
            (heading(2), 1, "ECQ 1: Leading Change"),
            (
                Paragraph,
                1,
                "Challenge. In March 2021 I inherited an office whose claims backlog had reached 412,000 files."
            ),
            (ListItem, 1, "I cut average age from 611 to 41 days."),
            (ListItem, 1, "I saved $6.2 million a year in overtime."),
            (heading(2), 1, "LEADING PEOPLE"),
            (
                Paragraph,
                1,
                "TRACKED I led INSERTEDWORD twelve DELETEDWORD nine teams."
            ),
        ]
    );
    let cells = [
        "CELLA1 Measure",
        "CELLB1 2023",
        "CELLA2 I raised retention.",
        "88%",
        "NESTED I trained managers.",
    ];
    assert_eq!(blocks[15..20], cells.map(|text| (TableCell, 1, text)));
    assert_eq!(blocks[20], (Paragraph, 1, "COMMENTED I set goals."));
}

#[test]
fn hidden_text_is_listed_and_not_read() {
    let document = parse(&sample("hidden.pdf")).unwrap();
    assert_eq!(document.text, "VISIBLE I led the team.");
    let hidden: Vec<_> = document
        .hidden
        .iter()
        .map(|h| (h.why, h.text.as_str(), h.page))
        .collect();
    assert_eq!(
        hidden,
        [
            // The file sets the invisible mode and never takes it back.
            (
                HiddenReason::Vanished,
                "INVISIBLE resilience TINYTEXT decisiveness OFFPAGE political savvy",
                Some(1)
            ),
            (
                HiddenReason::White,
                "WHITETEXT vision strategic thinking",
                Some(1)
            ),
        ]
    );
    assert_eq!(codes(&document), [WarningCode::HiddenText]);
}

#[test]
fn files_that_cannot_be_read_say_why() {
    assert_eq!(parse(&[]), Err(DocumentError::Empty));
    let malformed = DocumentError::Malformed {
        format: "PDF",
        detail: "it does not start with %PDF-".to_owned(),
    };
    assert_eq!(parse(&sample("not_pdf.pdf")), Err(malformed));
    let truncated = DocumentError::Truncated {
        format: "PDF",
        detail: "its end, with the list of its parts, is missing".to_owned(),
    };
    assert_eq!(parse(&sample("truncated.pdf")), Err(truncated));
    assert_eq!(
        parse(&sample("enc_user_aes256.pdf")),
        Err(DocumentError::NeedsPassword { format: "PDF" })
    );
    let bomb = DocumentError::TooLarge {
        what: "a stream of the PDF".to_owned(),
        limit: "64 MiB".to_owned(),
    };
    assert_eq!(parse(&sample("flatebomb.pdf")), Err(bomb));
}

#[test]
fn no_prefix_of_a_file_breaks_the_reader() {
    let bytes = sample("pandoc.pdf");
    for n in (0..bytes.len()).step_by(997) {
        assert!(parse(&bytes[..n]).is_err(), "{n}");
    }
}

/// A file of these objects, numbered from 1; object 1 is the catalog and object 3 a font.
fn file(objects: &[String]) -> Vec<u8> {
    let mut out = String::from("%PDF-1.7\n");
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", i + 1).unwrap();
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in &offsets {
        writeln!(out, "{offset:010} 00000 n ").unwrap();
    }
    write!(
        out,
        "trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    out.into_bytes()
}

fn stream(dict: &str, content: &str) -> String {
    format!(
        "<<{dict}/Length {}>>stream\n{content}\nendstream",
        content.len()
    )
}

/// A file of letter pages with these contents. `/F` is Helvetica, `/I` a gray picture, `/X` a form that paints itself.
fn pages(contents: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..contents.len())
        .map(|i| format!("{} 0 R", 6 + 2 * i))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Count {}/Kids[{} 2 0 R]>>",
            contents.len(),
            kids.join(" ")
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        stream(
            "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8",
            "0",
        ),
        stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X 5 0 R>>>>",
            "/X Do /X Do",
        ),
    ];
    for (i, content) in contents.iter().enumerate() {
        let resources = "/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R/X 5 0 R>>>>";
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]{resources}/Contents {} 0 R>>",
            7 + 2 * i
        ));
        objects.push(stream("", content));
    }
    file(&objects)
}

fn line(text: &str, y: u32) -> String {
    format!("BT /F 11 Tf 72 {y} Td ({text}) Tj ET\n")
}

const SCAN: &str = "q 612 0 0 792 0 0 cm /I Do Q\n";

#[test]
fn scans_are_named() {
    assert_eq!(
        parse(&pages(&[SCAN, SCAN])),
        Err(DocumentError::NoText {
            pages: "pages 1-2".to_owned()
        })
    );
    let document = parse(&pages(&[&line("I led the team.", 700), SCAN])).unwrap();
    assert_eq!(document.text, "I led the team.");
    let warnings: Vec<_> = document
        .warnings
        .iter()
        .map(|w| (w.code, w.message.as_str(), w.page))
        .collect();
    assert_eq!(
        warnings,
        [(
            WarningCode::Unreadable,
            "no text on page 2: scanned or drawn, run OCR to have it read",
            Some(2)
        )]
    );
}

#[test]
fn empty_pages_are_no_scans() {
    assert_eq!(parse(&pages(&["", ""])), Err(DocumentError::Empty));
}

#[test]
fn the_text_layer_of_a_scan_is_read() {
    let document = parse(&pages(&[&format!(
        "{SCAN} 3 Tr {}",
        line("I led the team.", 700)
    )]))
    .unwrap();
    assert_eq!(document.text, "I led the team.");
    assert_eq!(document.hidden, []);
    assert_eq!(codes(&document), [WarningCode::OutsideTested]);
}

#[test]
fn what_lies_under_text_and_over_it_decides_what_is_seen() {
    let content = [
        "0 0.2 0.4 rg 60 690 400 30 re f 1 g ".to_owned(),
        line("White on blue", 700),
        "0 g ".to_owned(),
        line("Painted over", 600),
        "1 g 60 590 400 30 re f 0 g ".to_owned(),
        line("In the clear", 500),
        "BT /F 1.5 Tf 72 400 Td (Tiny) Tj ET ".to_owned(),
        line("Beyond the edge", 900),
    ]
    .concat();
    let document = parse(&pages(&[&content])).unwrap();
    assert_eq!(
        blocks(&document),
        [
            (Paragraph, 1, "White on blue"),
            (Paragraph, 1, "In the clear")
        ]
    );
    let hidden: Vec<_> = document
        .hidden
        .iter()
        .map(|h| (h.why, h.text.as_str()))
        .collect();
    assert_eq!(
        hidden,
        [
            (HiddenReason::White, "Painted over"),
            (HiddenReason::Tiny, "Tiny"),
            (HiddenReason::OffPage, "Beyond the edge"),
        ]
    );
}

#[test]
fn loops_end() {
    // The page tree names itself among its kids, and the form paints itself twice.
    let document = parse(&pages(&[&format!(
        "{} /X Do",
        line("I led the team.", 700)
    )]))
    .unwrap();
    assert_eq!(document.text, "I led the team.");
    assert_eq!(document.n_pages, Some(1));
}

#[test]
fn pages_that_repeat_are_text_and_their_numbers_are_not() {
    let page = |number: usize| {
        let body = [
            line("I led a team of ten people in two", 700),
            line("offices and closed the backlog.", 687),
        ]
        .concat();
        format!("{}{body}", line(&format!("Page {number}"), 750))
    };
    let contents: Vec<String> = (1..=40).map(page).collect();
    let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
    let document = parse(&pages(&contents)).unwrap();
    assert_eq!(document.n_pages, Some(40));
    let expected: Vec<_> = (1..=40)
        .map(|n| {
            (
                Paragraph,
                n,
                "I led a team of ten people in two offices and closed the backlog.",
            )
        })
        .collect();
    assert_eq!(blocks(&document), expected);
    assert_eq!(codes(&document), [WarningCode::LeftOut]);
    assert!(
        document.warnings[0].message.starts_with("80 words"),
        "{}",
        document.warnings[0].message
    );
}

#[test]
fn pages_of_one_repeated_line_are_text() {
    let document = parse(&pages(&[line("I led the team.", 700).as_str(); 5])).unwrap();
    assert_eq!(document.blocks.len(), 5);
    assert_eq!(document.warnings, []);
}

#[test]
fn a_paragraph_over_a_page_break_is_one_block() {
    let first = [
        line("I led a team of ten people in two offices and then", 100),
        line("asked them to write down what they needed, which", 87),
    ];
    let second = [line("took them a week.", 700), line("They did.", 670)];
    let document = parse(&pages(&[&first.concat(), &second.concat()])).unwrap();
    let joined = "I led a team of ten people in two offices and then asked them to write down what they needed, which took them a week.";
    assert_eq!(
        blocks(&document),
        [(Paragraph, 1, joined), (Paragraph, 2, "They did.")]
    );
}

#[test]
fn stamps_are_left_out_with_a_notice() {
    let content = format!(
        "BT /F 60 Tf 0.7 0.7 -0.7 0.7 150 200 Tm (DRAFT) Tj ET {}",
        line("I led the team.", 700)
    );
    let document = parse(&pages(&[&content])).unwrap();
    assert_eq!(document.text, "I led the team.");
    assert_eq!(codes(&document), [WarningCode::LeftOut]);
}

#[test]
fn text_that_nobody_can_see_is_refused() {
    let refused = DocumentError::Refused {
        detail: "all text of the PDF is hidden from its readers".to_owned(),
    };
    assert_eq!(
        parse(&pages(&[&format!("1 g {}", line("I led the team.", 700))])),
        Err(refused)
    );
}

#[test]
fn forms_that_paint_forms_are_cut_off() {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>/XObject<</X 6 0 R>>>>>>"
            .to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        stream("", &format!("{} /X Do", line("I led the team.", 700))),
    ];
    for next in 7..19 {
        let resources = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X {next} 0 R>>>>"
        );
        objects.push(stream(&resources, &"/X Do ".repeat(10)));
    }
    objects.push(stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 612 792]",
        "0 0 9 9 re f",
    ));
    let document = parse(&file(&objects)).unwrap();
    assert_eq!(document.text, "I led the team.");
    assert_eq!(codes(&document), [WarningCode::Unreadable]);
}
