//! Headings in the many forms in which people write them.

use ecq::document::Block;
use ecq::document::BlockKind;
use ecq::document::Document;
use ecq::document::markdown;
use ecq::document::text;
use ecq::passage::PassageConfig;
use ecq::passage::passages;
use ecq::passage::section::Section;
use ecq::passage::section::SectionKind;
use ecq::passage::section::SectionTitle;
use ecq::passage::section::sections;
use ecq::span::Span;
use ecq::warning::Warning;
use ecq::warning::WarningCode;

const STORY: &str = "In 2017 a Veteran waited on average 7.4 hours for a bed, and yet the building was not full. I led \
                     nine people who had never sat on a committee, and we cut the wait by half.";

fn title(edition: &str, ecq: &str, names: &[&str]) -> SectionTitle {
    SectionTitle {
        edition: edition.to_owned(),
        ecq: ecq.to_owned(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
    }
}

/// Three editions, that of 2006 first.
fn titles() -> Vec<SectionTitle> {
    vec![
        title("opm-2006", "lc", &["Leading Change"]),
        title("opm-2006", "lp", &["Leading People"]),
        title("opm-2006", "rd", &["Results Driven"]),
        title("opm-2006", "ba", &["Business Acumen"]),
        title("opm-2006", "bc", &["Building Coalitions"]),
        title("opm-1997", "lc", &["Leading Change"]),
        title("opm-1997", "lp", &["Leading People"]),
        title("opm-1997", "rd", &["Results Driven"]),
        title("opm-1997", "ba", &["Business Acumen"]),
        title(
            "opm-1997",
            "bcc",
            &[
                "Building Coalitions/Communication",
                "Building Coalitions and Communication",
            ],
        ),
        title(
            "opm-2025",
            "rl",
            &["Commitment to the Rule of Law and the Principles of the American Founding"],
        ),
        title("opm-2025", "de", &["Driving Efficiency"]),
        title("opm-2025", "mc", &["Merit and Competence"]),
        title("opm-2025", "lp", &["Leading People"]),
        title("opm-2025", "ar", &["Achieving Results"]),
    ]
}

/// A document of blocks; `*` before one makes it emphasized, `#` a heading, `-` an item.
fn document(blocks: &[&str]) -> Document {
    let mut document = Document::default();
    for (n, block) in blocks.iter().enumerate() {
        let words = block.trim_start_matches(['*', '#', '-']);
        let (kind, emphasized) = match block.chars().next() {
            Some('*') => (BlockKind::Paragraph, true),
            Some('#') => (BlockKind::Heading { level: 1 }, false),
            Some('-') => (BlockKind::ListItem, false),
            _ => (BlockKind::Paragraph, false),
        };
        if n > 0 {
            document.text.push_str("\n\n");
        }
        let start = document.text.len();
        document.text.push_str(words);
        let span = Span::new(start, document.text.len());
        let paragraph = u32::try_from(n + 1).unwrap();
        document.blocks.push(Block {
            kind,
            span,
            page: None,
            paragraph,
            line: None,
            emphasized,
        });
    }
    document
}

fn found(blocks: &[&str]) -> (Vec<Section>, Vec<Warning>) {
    sections(&document(blocks), &titles())
}

fn ids(sections: &[Section]) -> Vec<&str> {
    sections.iter().map(|section| section.id.as_str()).collect()
}

/// Asserts that the heading over a story begins the section `id` and nothing of it is left to the story.
#[track_caller]
fn check_heading(heading: &str, id: &str) {
    let (sections, _) = found(&["A. Smith, applicant", heading, STORY]);
    assert_eq!(ids(&sections), ["front", id], "{heading}");
    let words = heading.trim_start_matches(['*', '#', '-']);
    let expected = words.trim_end_matches([':', '-', '–', '—', ' ', '.']);
    assert_eq!(sections[1].title, expected);
    assert_eq!((sections[1].first_block, sections[1].n_blocks), (1, 2));
}

/// Asserts that the block, which begins with a heading and goes on with the story, is divided between the two.
#[track_caller]
fn check_run_in(heading: &str, glue: &str, id: &str) {
    let block = format!("{heading}{glue}{STORY}");
    let document = document(&[&block]);
    let (sections, _) = sections(&document, &titles());
    assert_eq!(ids(&sections), [id], "{block}");
    let passages = passages(&document, &sections, &PassageConfig::default());
    let text: Vec<&str> = passages
        .iter()
        .map(|passage| passage.text.as_str())
        .collect();
    assert_eq!(text.join(" "), STORY, "{block}");
}

/// Asserts that the blocks hold no heading.
#[track_caller]
fn check_none(blocks: &[&str]) {
    let (sections, warnings) = found(blocks);
    assert_eq!(ids(&sections), ["whole"], "{blocks:?}");
    assert_eq!(warnings[0].code, WarningCode::NoSections);
}

#[test]
fn titles_with_and_without_labels() {
    for heading in [
        "ECQ 1: Leading Change",
        "ECQ 1 – LEADING CHANGE",
        "ECQ #1 – LEADING CHANGE",
        "ECQ1: Leading Change",
        "ECQ-1 Leading Change",
        "ECQ No. 1: Leading Change",
        "ECQ One: Leading Change",
        "ECQ I. Leading Change",
        "Executive Core Qualification 1 -- Leading Change",
        "Executive Core Qualification One - Leading Change:",
        "Executive Core Qualification (ECQ) 1: Leading Change",
        "EXECUTIVE CORE QUALIFICATION #1: LEADING CHANGE",
        "1. Leading Change",
        "1) LEADING CHANGE",
        "I. Leading Change",
        "A. Leading Change",
        "LEADING CHANGE",
        "LEADING CHANGE:",
        "Leading Change",
        "leading change",
        "*Leading Change",
        "#Leading Change",
        "-Leading Change",
        "Leading Change (ECQ 1)",
        "Leading Change – ECQ 1",
        "ECQ 1 (Leading Change)",
        "ECQ: Leading Change",
        "Leading Change/ECQ 1",
        "ECQ 1/Leading Change",
        "EXECUTIVE CORE QUALIFICATIONS (ECQ) 1: LEADING CHANGE",
        "Executive Core Qualification 1 (ECQ 1): Leading Change",
        "ECQ 1 - Leading Change: Example 1: Transforming the Claims System",
        "“Leading Change”",
        "Leading Change Narrative",
        "ECQ 1: Leading Change (continued)",
        "ECQ 1: Leading Change, cont'd",
        "ECQ 1: Leading Change – Modernizing the Claims System",
        "*Leading Change – Modernizing the Claims System",
        "LEADING CHANGE – Modernizing the Claims System",
        "Leading Change (Vision, Resilience)",
    ] {
        check_heading(heading, "lc");
    }
}

#[test]
fn numbers_alone() {
    check_heading("Executive Core Qualification Three", "rd");
    check_heading("ECQ 3", "rd");
    check_heading("ECQ III", "rd");
    check_heading("ECQ #3:", "rd");
    check_heading("Executive Core Qualification 5", "bc");
}

#[test]
fn spellings_of_one_title() {
    check_heading("ECQ 5: Building Coalition", "bc");
    check_heading("Building Coalitions/Communications", "bcc");
    check_heading("ECQ 5 Building Coalitions/Communications", "bcc");
    check_heading("BUILDING COALITIONS AND COMMUNICATION", "bcc");
    check_heading("Building Coalitions & Communications", "bcc");
    check_heading("Result Driven", "rd");
    check_heading(
        "ECQ 1: Commitment to the Rule of Law and the Principles of the American Founding",
        "rl",
    );
    check_heading("ECQ 3: Merit & Competence", "mc");
}

#[test]
fn examples_are_parts() {
    for (heading, part) in [
        ("1. Leading Change – Example 1", Some(1)),
        ("Leading Change, Example Two", Some(2)),
        ("ECQ 1: Leading Change (Part II)", Some(2)),
        ("ECQ 1, Story 2: Leading Change", Some(2)),
        ("Leading Change 2", Some(2)),
        ("Leading Change (1 of 2)", Some(1)),
        ("Leading Change - Example B", Some(2)),
        ("Leading Change", None),
    ] {
        let (sections, _) = found(&[heading, STORY]);
        let kind = SectionKind::Ecq {
            edition: "opm-2006".to_owned(),
            ecq: "lc".to_owned(),
            part,
        };
        assert_eq!(sections[0].kind, kind, "{heading}");
    }
}

#[test]
fn text_in_the_block_of_the_heading() {
    check_run_in("ECQ 1: Leading Change", ". ", "lc");
    check_run_in("ECQ 1: Leading Change", " ", "lc");
    check_run_in("ECQ 1 Leading Change", "", "lc");
    check_run_in("ECQ Example Leading Change", "", "lc");
    check_run_in("ECQ 1", ": ", "lc");
    check_run_in("Leading Change", ": ", "lc");
    check_run_in("Leading Change", " – ", "lc");
    check_run_in("Leading Change", "", "lc");
    check_run_in("LEADING CHANGE", " ", "lc");
    check_run_in("LEADING CHANGE", "", "lc");
    check_run_in("TQ-1", " ", "tq1");
    check_run_in("Mandatory Technical Qualification 1 (MTQ 1)", ": ", "tq1");
    check_run_in("ECQ 1: Leading Change. Challenge", ": ", "lc");
}

#[test]
fn other_parts_of_a_packet() {
    let (sections, warnings) = found(&[
        "A. Smith",
        "EXECUTIVE SUMMARY",
        STORY,
        "Mandatory Technical Qualifications",
        "MTQ 1",
        STORY,
        "*Technical Qualification 2: Demonstrated experience in leading a large system of records.",
        STORY,
        "TQ-3: Budget",
        STORY,
        "Executive Core Qualifications",
        "ECQ 1: Leading Change",
        STORY,
        "#Resume",
        STORY,
    ]);
    assert_eq!(
        ids(&sections),
        [
            "front", "summary", "tq", "tq1", "tq2", "tq3", "other", "lc", "resume"
        ]
    );
    assert_eq!(warnings, []);
    assert_eq!(
        sections[4].title,
        "Technical Qualification 2: Demonstrated experience in leading a large system of records"
    );
}

#[test]
fn a_label_over_its_title() {
    for blocks in [
        ["ECQ 1", "Leading Change", STORY],
        ["#ECQ 1", "*LEADING CHANGE", STORY],
        [
            "Executive Core Qualification 1:",
            "Leading Change – Example 1",
            STORY,
        ],
        ["Leading Change", "Leading Change – Example 1", STORY],
    ] {
        let (sections, warnings) = found(&blocks);
        assert_eq!(ids(&sections), ["lc"], "{blocks:?}");
        assert_eq!(warnings, []);
        assert_eq!((sections[0].first_block, sections[0].n_blocks), (0, 3));
    }
}

#[test]
fn run_in_heads_of_a_story_stay_inside() {
    let blocks = [
        "ECQ 1: Leading Change",
        "*Example 1",
        "Context/Challenge",
        STORY,
        "Actions:",
        STORY,
        "*Modernizing Claims",
        STORY,
        "Summary",
        STORY,
    ];
    let document = document(&blocks);
    let (sections, warnings) = sections(&document, &titles());
    assert_eq!(ids(&sections), ["lc"]);
    assert_eq!(warnings, []);
    let passages = passages(&document, &sections, &PassageConfig::default());
    assert!(
        !passages
            .iter()
            .any(|passage| passage.text.contains("Actions") || passage.text.contains("Claims"))
    );
}

#[test]
fn the_same_ecq_twice() {
    let (sections, _) = found(&[
        "Leading Change",
        STORY,
        "Leading People",
        STORY,
        "Leading Change",
        STORY,
    ]);
    assert_eq!(ids(&sections), ["lc", "lp", "lc-2"]);
}

#[test]
fn sentences_and_lists_are_no_headings() {
    check_none(&[STORY]);
    check_none(&["Leading change in a large organization takes more than a plan."]);
    check_none(&[
        "Leading Change requires that a leader have a vision, and I had one from the first day of my time there.",
    ]);
    check_none(&[
        "“Leading Change” is what the first of the ECQs is called, and it asks for more than a vision of things.",
    ]);
    check_none(&[
        "Leading Change, Leading People, Results Driven, Business Acumen, Building Coalitions",
    ]);
    check_none(&[
        "LEADING CHANGE, LEADING PEOPLE, RESULTS DRIVEN, BUSINESS ACUMEN, BUILDING COALITIONS AND MORE OF THAT KIND",
    ]);
    check_none(&["Leading Change: Vision, External Awareness, Resilience"]);
    check_none(&[
        "-Leading Change: This core qualification involves the ability to bring about strategic change, both within and outside.",
    ]);
    check_none(&["ECQ 1 asks for an account of change, and I can give one."]);
    check_none(&["ECQ 2 and ECQ 3 are described below in that order."]);
    check_none(&[
        "ECQ 1: Leading Change ........ 3",
        "ECQ 2: Leading People . . . . . 5",
        STORY,
    ]);
    check_none(&[
        "-Leading Change",
        "-Leading People",
        "-Results Driven",
        STORY,
    ]);
    check_none(&["Executive Summary", STORY]);
    check_none(&["#Leading People through the Merger", STORY]);
    check_none(&["Education", STORY]);
}

#[test]
fn a_table_of_contents_without_leaders() {
    let (sections, warnings) = found(&[
        "Contents",
        "ECQ 1: Leading Change",
        "ECQ 2: Leading People",
        "ECQ 3: Results Driven",
        "Prepared in 2021.",
        "ECQ 1: Leading Change",
        STORY,
        "ECQ 2: Leading People",
        STORY,
        "ECQ 3: Results Driven",
        STORY,
    ]);
    assert_eq!(ids(&sections), ["front", "lc", "lp", "rd"]);
    assert_eq!(sections[0].n_blocks, 5);
    assert_eq!(warnings, []);
}

#[test]
fn empty_sections_are_told() {
    let (sections, warnings) = found(&[
        "Leading Change",
        STORY,
        "Leading People",
        "Challenge:",
        "Results Driven",
        STORY,
    ]);
    assert_eq!(ids(&sections), ["lc", "lp", "rd"]);
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code, WarningCode::EmptySection);
    assert_eq!(
        warnings[0].message,
        "there is no text under the heading “Leading People”"
    );
    assert_eq!(warnings[0].span, sections[1].heading);
}

#[test]
fn the_title_wins_over_the_number() {
    let (sections, warnings) = found(&[
        "ECQ 1: Leading Change",
        STORY,
        "ECQ 3: Leading People",
        STORY,
    ]);
    assert_eq!(ids(&sections), ["lc", "lp"]);
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].message,
        "the heading “ECQ 3: Leading People” has number 3, but Leading People is number 2 in opm-2006; the title was \
         followed"
    );
}

#[test]
fn numbers_without_an_ecq_are_told() {
    let (sections, warnings) = found(&["ECQ 1", STORY, "ECQ 6", STORY]);
    assert_eq!(ids(&sections), ["lc", "other"]);
    assert_eq!(
        warnings[0].message,
        "the heading “ECQ 6” has number 6, which no ECQ of opm-2006 has"
    );
}

fn editions(sections: &[Section]) -> Vec<&str> {
    sections
        .iter()
        .filter_map(|section| match &section.kind {
            SectionKind::Ecq { edition, .. } => Some(edition.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn shared_titles_go_with_the_others() {
    let (sections, warnings) = found(&[
        "Leading Change",
        STORY,
        "Leading People",
        STORY,
        "Building Coalitions/Communication",
        STORY,
    ]);
    assert_eq!(editions(&sections), ["opm-1997"; 3]);
    assert_eq!(warnings, []);
    let (sections, _) = found(&["Driving Efficiency", STORY, "ECQ 4: Leading People", STORY]);
    assert_eq!(editions(&sections), ["opm-2025"; 2]);
    let (sections, _) = found(&["Leading People", STORY]);
    assert_eq!(editions(&sections), ["opm-2006"]);
}

#[test]
fn a_heading_of_another_edition_is_told() {
    let (sections, warnings) = found(&[
        "Leading Change",
        STORY,
        "Business Acumen",
        STORY,
        "Driving Efficiency",
        STORY,
    ]);
    assert_eq!(ids(&sections), ["lc", "ba", "de"]);
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].message,
        "the heading “Driving Efficiency” is of opm-2025, but most others are of opm-2006"
    );
}

#[test]
fn markdown_and_text() {
    let source = format!(
        "# ECQ 1: Leading Change\n\n**Challenge.** {STORY}\n\n# ECQ 2: Leading People\n\n{STORY}\n"
    );
    let document = markdown::parse(&source).unwrap();
    assert_eq!(ids(&sections(&document, &titles()).0), ["lc", "lp"]);
    let source = format!("1. Leading Change\n\n{STORY}\n\n2. Leading People\n\n{STORY}\n");
    for document in [
        markdown::parse(&source).unwrap(),
        text::parse(&source).unwrap(),
    ] {
        assert_eq!(ids(&sections(&document, &titles()).0), ["lc", "lp"]);
    }
}

/// The written packets, where `ECQ_DEV_PACKETS` names their folder.
#[test]
fn development_packets() {
    let Some(folder) = std::env::var_os("ECQ_DEV_PACKETS") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let five = ["lc", "lp", "rd", "ba", "bc"];
    let mut shown = String::new();
    for packet in ["a1", "a2", "a3", "a4", "a5"] {
        let source = std::io::read_to_string(
            std::fs::File::open(folder.join(format!("{packet}.txt"))).unwrap(),
        )
        .unwrap();
        let document = text::parse(&source).unwrap();
        let (sections, warnings) = sections(&document, &titles());
        assert_eq!(warnings, [], "{packet}");
        let found: Vec<&str> = ids(&sections);
        let mut expected = vec!["summary"];
        if packet == "a3" {
            expected.extend(["lc", "lc-2", "lp", "rd", "rd-2", "ba", "ba-2", "ba-3", "bc"]);
        } else {
            expected.extend(five);
        }
        if matches!(packet, "a1" | "a5") {
            expected.insert(0, if packet == "a1" { "front" } else { "other" });
        }
        assert_eq!(found, expected, "{packet}");
        for passage in passages(&document, &sections, &PassageConfig::default()) {
            assert!(passage.sentences.len() <= 3);
            assert!(passage.text.split_whitespace().count() <= 90 || passage.sentences.len() == 1);
            shown.push_str(&format!(
                "{packet}\t{}\t{}\n",
                sections[passage.section].id, passage.text
            ));
        }
    }
    // Set to see how they are cut.
    if let Some(path) = std::env::var_os("ECQ_DEV_PASSAGES") {
        std::fs::write(path, shown).unwrap();
    }
}

/// Wraps each line of a text at 72 characters, `gap` between paragraphs.
fn wrapped(source: &str, gap: &str) -> String {
    let mut out = String::new();
    for line in source.lines().filter(|line| !line.trim().is_empty()) {
        let mut width = 0;
        for word in line.split_whitespace() {
            let n = word.chars().count();
            if width > 0 {
                out.push(if width + 1 + n > 72 { '\n' } else { ' ' });
                width = if width + 1 + n > 72 { 0 } else { width + 1 };
            }
            out.push_str(word);
            width += n;
        }
        out.push_str(gap);
    }
    out
}

/// The written packets, wrapped by an editor, read as they do with a paragraph per line.
#[test]
fn wrapped_packets_read_alike() {
    let Some(folder) = std::env::var_os("ECQ_DEV_PACKETS") else {
        return;
    };
    for packet in ["a1", "a2", "a3", "a4", "a5"] {
        let path = std::path::Path::new(&folder).join(format!("{packet}.txt"));
        let source = std::io::read_to_string(std::fs::File::open(path).unwrap()).unwrap();
        let blocks = |source: &str| -> Vec<String> {
            let document = text::parse(source).unwrap();
            document
                .blocks
                .iter()
                .map(|block| block.span.slice(&document.text).to_owned())
                .collect()
        };
        let original = blocks(&source);
        assert_eq!(blocks(&wrapped(&source, "\n\n")), original, "{packet}");
        // Without empty lines, a paragraph whose last line is full runs into the next.
        let tight = blocks(&wrapped(&source, "\n"));
        let n_same = tight
            .iter()
            .filter(|block| original.contains(block))
            .count();
        assert!(
            n_same * 10 >= original.len() * 8,
            "{packet}: {n_same} of {}",
            original.len()
        );
        // One paragraph per line.
        assert_eq!(blocks(&source.replace("\n\n", "\n")), original, "{packet}");
    }
}
