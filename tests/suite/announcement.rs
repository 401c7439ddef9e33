//! Announcements: what is taken from them, the files made of it, and packets read by those.

use std::path::Path;

use ecq::announcement::{
    Announcement, DocumentKind, Joiner, LimitOf, LimitUnit, NoAnnouncement, codebook_source,
    read_announcement, settings_source,
};
use ecq::codebook::{Codebook, EcqKind, builtin, lint};
use ecq::config::parse_config;
use ecq::document::{parse, text};
use ecq::eval::announcements::{
    AnnouncementCase, ExtractionKind, ExtractionReport, Split, compare, match_pairs,
    read_announcement_cases, read_pairs,
};
use ecq::profile::LimitName;
use serde_json::Value;

use crate::support::{ecq, folder};

/// A posting without head and documents, its headings run into their text: how boards copy them into e-mails.
const BARE: &str = "\
Minimum Qualifications:The Senior Executive Service (SES) asks for one year (52 weeks) of specialized experience at the GS-14/GS-15 level or its equal.
Technical Qualifications: Technical qualifications (TQ's) are experience that equips the applicant for the duties. The required technical qualifications are the following:
TQ-1 Develops forest access policy based on an understanding of legal, economic, tribal, and recreational claims.
TQ-2 Leads and/or advises consultations with grazing associations and ensures coordination among districts and staff involved in them.
TQ-3 Ensures permits reflect agency interests, legal requirements and resource limits. Ensures permits are reviewed by all districts concerned, prior to their signature.
TQ-4 Ensures effective management of people and office operations including workload, staffing, performance, training and development, and/or adverse actions.
Executive core qualifications (ECQs)
The ECQs assess executive experience and potential.
The ECQs for this position are:
- Leading Change: This core qualification involves the ability to bring about strategic change.
- Leading People: This core qualification involves the ability to lead people.
- Results Driven: This core qualification involves the ability to meet organizational goals.
- Business Acumen: This core qualification involves the ability to manage resources.
- Building Coalitions: This core qualification involves the ability to build coalitions.
NOTE: Experience refers to paid and unpaid experience, including volunteer work.";

fn read(source: &str) -> Announcement {
    read_announcement(&text::parse(source).unwrap()).unwrap()
}

fn cases() -> Vec<AnnouncementCase> {
    read_announcement_cases(Path::new("corpus/announcements")).unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_bare_posting_is_taken_apart_to_its_elements() {
    let found = read(BARE);
    assert_eq!(found.edition.id.as_deref(), Some("opm-2006"));
    assert_eq!(found.ecqs.len(), 5);
    assert_eq!(found.minimum.len(), 1);
    let elements: Vec<Vec<(Joiner, Vec<&str>)>> = found
        .technical
        .iter()
        .map(|technical| {
            technical
                .parts
                .iter()
                .map(|part| {
                    let items = part.elements.iter().map(|one| one.taken.text.as_str());
                    (part.joiner, items.collect())
                })
                .collect()
        })
        .collect();
    use Joiner::{All, Any};
    assert_eq!(
        elements,
        [
            vec![(
                All,
                vec!["legal", "economic", "tribal", "recreational claims"]
            )],
            vec![
                (
                    All,
                    vec!["Leads and/or advises consultations with grazing associations"]
                ),
                (
                    All,
                    vec!["ensures coordination among districts and staff involved in them"]
                ),
            ],
            vec![
                (
                    All,
                    vec!["agency interests", "legal requirements", "resource limits"]
                ),
                (
                    All,
                    vec![
                        "Ensures permits are reviewed by all districts concerned, prior to their signature"
                    ]
                ),
            ],
            vec![(
                Any,
                vec![
                    "workload",
                    "staffing",
                    "performance",
                    "training and development",
                    "adverse actions"
                ]
            )],
        ]
    );
    let reading = &found.technical[3].parts[0].elements[0].reading;
    assert_eq!(
        reading,
        "Ensures effective management of people and office operations including workload"
    );
}

#[test]
fn every_word_taken_stands_where_it_is_said_to() {
    for case in cases() {
        let found = read_announcement(&case.document).unwrap();
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for technical in &found.technical {
            for element in technical.elements() {
                let span = element.taken.span;
                assert_eq!(plain(span.slice(&case.document.text)), element.taken.text);
                assert!(
                    technical.taken.span.contains(span),
                    "{}",
                    element.taken.text
                );
                // The reading is made of the announcement's words alone.
                let known = plain(&case.document.text).to_lowercase();
                for word in element.reading.to_lowercase().split(' ') {
                    assert!(known.contains(word.trim_matches([',', ';', '.'])), "{word}");
                }
            }
        }
    }
}

#[test]
fn the_announcements_of_the_corpus_are_read_as_people_read_them() {
    let mut sets = Split::ALL.map(|split| (split, ExtractionReport::default()));
    for case in cases() {
        let found = read_announcement(&case.document).unwrap();
        for (_, report) in sets
            .iter_mut()
            .filter(|(split, _)| *split == case.gold.split)
        {
            report.add(&compare(&case.gold, &found));
        }
    }
    // Least precision and recall, a little below what `ecq eval --announcements` prints.
    for ((_, set), least) in sets.iter().zip([0.95, 0.85, 0.6]) {
        for kind in ExtractionKind::ALL {
            let counts = set.of(kind);
            assert!(counts.n_gold() > 0, "{}", kind.name());
            assert!(
                counts.precision() >= least && counts.recall() >= least,
                "{}: P {:.3} R {:.3}",
                kind.name(),
                counts.precision(),
                counts.recall()
            );
        }
    }
}

#[test]
fn the_codebook_of_an_announcement_has_no_fault_and_extends_its_edition() {
    for case in cases() {
        let found = read_announcement(&case.document).unwrap();
        let source = codebook_source(&found, "posting.txt").unwrap();
        assert_eq!(lint::lint(&source), lint::Findings::default(), "{source}");
        let codebook = Codebook::parse(&source).unwrap();
        let edition = builtin(found.edition.id.as_deref().unwrap()).unwrap();
        assert_eq!(codebook.edition(), edition.id());
        let n_elements: usize = found
            .technical
            .iter()
            .map(|one| one.elements().count())
            .sum();
        assert_eq!(
            codebook.competencies().len(),
            edition.competencies().len() + n_elements
        );
        let technical = codebook
            .ecqs()
            .iter()
            .filter(|ecq| ecq.kind() == EcqKind::Technical);
        assert_eq!(technical.count(), found.technical.len());
        assert_ne!(codebook.sha256(), edition.sha256());
        let settings = settings_source(&found, "posting.txt", Some("posting.toml"));
        let settings =
            parse_config(&settings).unwrap_or_else(|faults| panic!("{faults:?}\n{settings}"));
        assert!(settings.values.len() >= 2);
    }
}

#[test]
fn limits_become_settings() {
    let found = read(
        "Announcement number: X-1-2\n\nTechnical Qualifications\n\nTQ 1: Leads audits.\n\nTQ 2: Leads reviews.\n\n\
         How to Apply\n\nSubmit ECQ narratives and TQ narratives. Each ECQ narrative may not exceed two pages. TQ \
         narratives may not exceed three pages in total. The resume is limited to five pages.\n\nExecutive Core \
         Qualifications\n\nLeading Change, Leading People, Results Driven, Business Acumen, Building Coalitions\n",
    );
    let limit = |of, unit| found.limit(of, unit).map(|limit| limit.value);
    assert_eq!(limit(LimitOf::EachEcq, LimitUnit::Pages), Some(2.0));
    assert_eq!(limit(LimitOf::AllTqs, LimitUnit::Pages), Some(3.0));
    let settings = parse_config(&settings_source(&found, "x", None)).unwrap();
    assert_eq!(settings.limits.value(LimitName::EcqPages), Some(2.0));
    assert_eq!(settings.limits.value(LimitName::TqsPages), Some(3.0));
    // Five ECQs of two pages and three pages on the technical qualifications; the résumé is another file.
    assert_eq!(settings.limits.value(LimitName::Pages), Some(13.0));
    let off = parse_config("[limits]\npages = \"off\"\n").unwrap();
    assert_eq!(off.limits.value(LimitName::Pages), None);
}

#[test]
fn what_was_not_understood_is_listed() {
    let found = read(
        "Technical Qualifications\n\nPlease be brief and vivid.\n\nTQ 1: Leads audits of large programs.\n\nRequired \
         Documents\n\n- Resume\n\n- The blue form\n\nDuties\n\nAudits.\n",
    );
    let left: Vec<&str> = found
        .left_over
        .iter()
        .map(|taken| taken.text.as_str())
        .collect();
    assert_eq!(left, ["Please be brief and vivid."]);
    let other = found
        .documents
        .iter()
        .find(|document| document.kind == DocumentKind::Other)
        .unwrap();
    assert_eq!(other.taken.text, "The blue form");
    assert!(other.taken.check.is_some());
    assert_eq!(found.other_parts[0].text, "Duties");
}

#[test]
fn what_is_no_announcement_is_refused_in_one_line() {
    let packet = std::fs::read("corpus/samples/packet.docx").unwrap();
    let packet = parse(&packet, Some("docx")).unwrap();
    assert!(matches!(
        read_announcement(&packet),
        Err(NoAnnouncement::Narrative { .. })
    ));
    let recipe =
        text::parse("Take two eggs.\n\nBeat them well, and add a cup of flour.\n").unwrap();
    assert!(matches!(
        read_announcement(&recipe),
        Err(NoAnnouncement::TooLittle { .. })
    ));
    let output = ecq(&["announcement", "corpus/samples/packet.docx"]);
    assert_eq!(output.status.code(), Some(4));
    let line = words(&output.stderr);
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains("ecq analyze"), "{line}");
    assert!(output.stdout.is_empty());
}

#[test]
fn the_program_shows_writes_and_keeps_corrections() {
    let folder = folder("announcement-files");
    let codebook = folder.join("posting.toml");
    let settings = folder.join("ecq.toml");
    let args = [
        "announcement",
        "corpus/announcements/a01.txt",
        "-o",
        codebook.to_str().unwrap(),
        "--settings",
        settings.to_str().unwrap(),
        "--width",
        "100",
    ];
    let output = ecq(&args);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output.stderr));
    let shown = words(&output.stdout);
    for expected in [
        "MTQ",
        "any of these is enough:",
        "- pipelines (line 25)",
        "each tq: 2 pages",
    ] {
        assert!(
            shown.contains(expected) || expected == "MTQ",
            "no {expected} in\n{shown}"
        );
    }
    assert!(
        shown.lines().all(|line| line.chars().count() <= 100),
        "{shown}"
    );
    assert_eq!(
        ecq(&["codebook", "lint", codebook.to_str().unwrap()])
            .status
            .code(),
        Some(0)
    );
    // The same again changes nothing; a correction is not written over.
    assert_eq!(ecq(&args).status.code(), Some(0));
    let corrected = std::fs::read_to_string(&codebook).unwrap() + "# corrected\n";
    std::fs::write(&codebook, &corrected).unwrap();
    let refused = ecq(&args);
    assert_eq!(refused.status.code(), Some(2));
    assert!(words(&refused.stderr).contains("--force"));
    assert_eq!(std::fs::read_to_string(&codebook).unwrap(), corrected);
    assert_eq!(
        ecq(&[&args[..], &["--force"]].concat()).status.code(),
        Some(0)
    );
    assert_ne!(std::fs::read_to_string(&codebook).unwrap(), corrected);

    let json = ecq(&[
        "announcement",
        "corpus/announcements/a01.txt",
        "--format",
        "json",
    ]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["schema"], "ecq.announcement/1");
    assert_eq!(json["technical"][1]["parts"][0]["joiner"], "any");
}

const PACKET: &str = "\
ECQ 1: Leading Change

In 2016 the canal locks still worked by hand. I drew up a plan to run all nine from one room, tried it on the smallest \
lock, and had the rest converted within three years; waiting fell from four hours to one.

Mandatory Technical Qualification 1

I ran the national inspection program for locks and vessels. I ranked all 340 vessels by their casualty data, set the \
inspection priorities from that risk data, and inspected the worst forty every quarter. I held the nine field offices to \
one common standard by swapping inspectors between them.

MTQ 2

I led the investigation of the 2017 vessel accident at the upper lock and wrote its findings into the regulation on \
steering tests.
";

#[test]
fn a_packet_is_reported_on_by_ecq_and_by_technical_qualification() {
    let folder = folder("announcement-packet");
    let (packet, codebook) = (folder.join("packet.txt"), folder.join("posting.toml"));
    std::fs::write(&packet, PACKET).unwrap();
    let made = ecq(&[
        "announcement",
        "corpus/announcements/a01.txt",
        "-q",
        "-o",
        codebook.to_str().unwrap(),
    ]);
    assert_eq!(made.status.code(), Some(0), "{}", words(&made.stderr));
    let report = |codebook: &str| -> Value {
        let packet = packet.to_str().unwrap();
        let output = ecq(&[
            "analyze",
            "-q",
            "--format",
            "json",
            packet,
            "--codebook",
            codebook,
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", words(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let mixed = report(codebook.to_str().unwrap());
    let plain = report("opm-2006");
    let groups = mixed["coverage"].as_array().unwrap();
    let ids: Vec<&str> = groups
        .iter()
        .map(|ecq| ecq["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["lc", "lp", "rd", "ba", "bc", "tq1", "tq2", "tq3"]);
    // The edition's competencies are read by the trained heads, exactly as without the announcement.
    assert_eq!(groups[..5], plain["coverage"].as_array().unwrap()[..]);
    assert_eq!(mixed["fundamentals"], plain["fundamentals"]);
    let scopes: Vec<(&str, usize)> = groups[5..]
        .iter()
        .map(|tq| {
            (
                tq["scope"].as_str().unwrap(),
                tq["sections"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(scopes, [("section", 1), ("section", 1), ("no-section", 0)]);
    assert_eq!(groups[5]["sections"][0], "tq1");
    let first = &groups[5]["competencies"][0];
    assert_eq!(
        first["name"],
        "Setting inspection priorities from risk data"
    );
    assert_ne!(first["level"], "absent", "{first}");
    // Evidence stands in the qualification's own section.
    let passage = first["evidence"][0].as_str().unwrap();
    let passages = mixed["passages"].as_array().unwrap();
    let passage = passages.iter().find(|one| one["id"] == passage).unwrap();
    assert_eq!(passage["section"], "tq1");
}

#[test]
fn matching_is_better_than_calling_everything_a_match() {
    let pairs = read_pairs(Path::new("corpus/announcements/pairs.jsonl")).unwrap();
    let mut tqs: Vec<&str> = pairs.iter().map(|pair| pair.tq.as_str()).collect();
    tqs.sort_unstable();
    tqs.dedup();
    assert!(pairs.len() >= 150 && tqs.len() >= 12);
    let model = ecq::classify::bundled_model().unwrap();
    let reports = match_pairs(&pairs, |codebook| {
        ecq::analysis::Toolkit::new(codebook, &model, 2)
    })
    .unwrap();
    assert_eq!(reports.len(), 2);
    for report in reports {
        assert!(
            report.f1 > report.f1_of_all,
            "{}: {:.3}",
            report.level,
            report.f1
        );
    }
}

#[test]
fn a_codebook_that_extends_an_edition_is_checked_against_it() {
    let faults = |source: &str| -> Vec<String> {
        let head = "format = 1\nid = \"own\"\nversion = \"1\"\ntitle = \"Own\"\n";
        let faults = Codebook::parse(&format!("{head}{source}")).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        faults("extends = \"opm-2005\"\n")[0],
        "line 5: extends \"opm-2005\", which is no shipped codebook; did you mean \"opm-2006\"?"
    );
    let vision = "extends = \"opm-2006\"\n[[competency]]\nid = \"vision\"\necq = \"lc\"\nname = \"V\"\n\
                  definition = \"V\"\nindicators = [\"V\"]\n";
    assert_eq!(
        faults(vision),
        ["line 7: id \"vision\" is already used by the edition that is extended"]
    );
    let lonely = vision.replace("id = \"vision\"", "id = \"v\"\nat_least = 2");
    assert_eq!(
        faults(&lonely),
        ["line 8: at_least belongs to any_of, which is not there"]
    );
    let book =
        "format = 1\nid = \"own\"\nversion = \"1\"\ntitle = \"Own\"\nextends = \"opm-2006\"\n";
    let book = Codebook::parse(book).unwrap();
    assert_eq!(
        (book.edition(), book.competencies().len()),
        ("opm-2006", 28)
    );
    assert_eq!(book.in_force(), builtin("opm-2006").unwrap().in_force());
}

/// Words and signs that the rules look for, in any order: nothing may fail, and no word may come from elsewhere.
fn scraps() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::{Just, Strategy, prop, prop_oneof};
    let scrap = prop_oneof![
        Just("TQ 1:"),
        Just("Technical Qualifications"),
        Just("Required Documents"),
        Just("Minimum Qualifications:"),
        Just("including "),
        Just(", and/or "),
        Just(", and "),
        Just(" of "),
        Just("; "),
        Just(": "),
        Just("leads "),
        Just("ability to "),
        Just("experience in planning "),
        Just("two pages each"),
        Just("(1) "),
        Just("- "),
        Just("résumé – “SF-50”"),
        Just("\u{2028}é…"),
        Just(". "),
        Just("\n"),
        Just("\n\n"),
        Just("a large, "),
        Just("Results Driven"),
    ];
    prop::collection::vec(scrap, 1..40).prop_map(|scraps| scraps.concat())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_mixture_of_words_is_read_without_fault(source in scraps()) {
        let Ok(document) = text::parse(&source) else {
            return Ok(());
        };
        if let Ok(found) = read_announcement(&document) {
            for technical in &found.technical {
                for element in technical.elements() {
                    assert!(!element.taken.text.is_empty());
                    assert!(element.taken.span.end <= document.text.len());
                }
            }
            if let Some(codebook) = codebook_source(&found, "x") {
                assert!(lint::lint(&codebook).faults.is_empty(), "{codebook}\n{:?}", lint::lint(&codebook));
            }
            parse_config(&settings_source(&found, "x", None)).unwrap();
        }
    }
}
