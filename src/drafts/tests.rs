//! Comparisons of small reports made by hand.

use super::*;
use crate::report::{
    CodebookView, CompetencyView, DocumentView, EcqView, LabelView, ModelView, PlaceView,
    ProfileView, SectionView, ShownView, SpanView, ToolView,
};

/// A passage by ECQ and words, with what it carries: `vision` asserted, `Vision` demonstrated, `lc-1` shown.
type Row = (&'static str, &'static str, &'static [&'static str]);

fn passage_view(idx: usize, &(ecq, text, carries): &Row) -> PassageView {
    let is_characteristic = |id: &&&str| id.starts_with("lc-");
    PassageView {
        id: format!("p{:04}", idx + 1),
        section: ecq.to_owned(),
        span: SpanView { start: 0, end: 0 },
        page: None,
        paragraph: u32::try_from(idx).unwrap() + 1,
        unsure: Vec::new(),
        text: text.to_owned(),
        labels: carries
            .iter()
            .filter(|id| !is_characteristic(id))
            .map(|id| LabelView {
                id: id.to_lowercase(),
                level: if id.starts_with(char::is_uppercase) {
                    "demonstrated"
                } else {
                    "asserted"
                }
                .to_owned(),
                p: 0.9,
            })
            .collect(),
        key_characteristics: carries
            .iter()
            .filter(is_characteristic)
            .map(|&id| ShownView {
                id: id.to_owned(),
                p: 0.9,
            })
            .collect(),
        opm_2025: Vec::new(),
        ccar: Vec::new(),
    }
}

/// A report of two ECQs with the competencies vision (lc) and team (lp), and learning over the whole packet.
fn report(name: &str, rows: &[Row], findings: &[(&str, &str, &str)]) -> Report {
    let passages: Vec<PassageView> = rows
        .iter()
        .enumerate()
        .map(|(idx, row)| passage_view(idx, row))
        .collect();
    let best = |ecq: Option<&str>, id: &str| {
        let own = passages
            .iter()
            .filter(|passage| ecq.is_none_or(|ecq| passage.section == ecq));
        let levels: Vec<&str> = own
            .flat_map(|passage| &passage.labels)
            .filter(|label| label.id == id)
            .map(|label| label.level.as_str())
            .collect();
        match levels.as_slice() {
            [] => "absent",
            levels if levels.contains(&"demonstrated") => "demonstrated",
            _ => "asserted",
        }
    };
    let competency = |ecq: Option<&str>, id: &str| CompetencyView {
        id: id.to_owned(),
        name: id.to_uppercase(),
        level: best(ecq, id).to_owned(),
        p: 0.5,
        unsure: false,
        evidence: Vec::new(),
        elsewhere: Vec::new(),
        answered: false,
    };
    let ecq = |id: &str, own: &str| EcqView {
        id: id.to_owned(),
        name: id.to_owned(),
        scope: "section".to_owned(),
        sections: vec![id.to_owned()],
        competencies: vec![competency(Some(id), own)],
    };
    let section = |id: &str| SectionView {
        id: id.to_owned(),
        kind: "ecq".to_owned(),
        ecq: Some(id.to_owned()),
        title: String::new(),
        span: SpanView { start: 0, end: 0 },
        n_words: 0,
    };
    let shown = passages.iter().any(|passage| {
        passage.section == "lc" && passage.key_characteristics.iter().any(|c| c.id == "lc-1")
    });
    Report {
        schema: crate::report::SCHEMA.to_owned(),
        marking: None,
        redacted: false,
        tool: ToolView {
            name: "ecq".to_owned(),
            version: String::new(),
        },
        codebook: CodebookView {
            id: "own".to_owned(),
            version: String::new(),
            sha256: String::new(),
            title: String::new(),
            in_force: String::new(),
            is_in_force: true,
            detected: None,
        },
        model: ModelView {
            id: String::new(),
            version: String::new(),
            sha256: String::new(),
        },
        document: DocumentView {
            name: name.to_owned(),
            format: "txt".to_owned(),
            sha256: String::new(),
            n_pages: None,
            n_paragraphs: rows.len(),
            n_words: 0,
        },
        sections: vec![section("lc"), section("lp")],
        coverage: vec![ecq("lc", "vision"), ecq("lp", "team")],
        fundamentals: vec![competency(None, "learning")],
        key_characteristics: vec![crate::report::CharacteristicView {
            codebook: "own".to_owned(),
            id: "lc-1".to_owned(),
            ecq: "lc".to_owned(),
            text: "Changes things".to_owned(),
            level: if shown { "demonstrated" } else { "absent" }.to_owned(),
            p: 0.5,
            unsure: false,
            evidence: Vec::new(),
        }],
        passages,
        gaps: Vec::new(),
        why: Vec::new(),
        profile: ProfileView::default(),
        findings: findings
            .iter()
            .map(|finding| finding_view(*finding))
            .collect(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        hidden: Vec::new(),
    }
}

fn finding_view((rule, section, quote): (&str, &str, &str)) -> FindingView {
    let has_quote = !quote.contains(" pages");
    FindingView {
        id: String::new(),
        rule: rule.to_owned(),
        title: String::new(),
        severity: "note".to_owned(),
        place: PlaceView {
            span: None,
            page: None,
            paragraph: None,
            section: Some(section.to_owned()),
        },
        also: Vec::new(),
        message: quote.to_owned(),
        why: String::new(),
        source: String::new(),
        fix: String::new(),
        quote: if has_quote {
            quote.to_owned()
        } else {
            String::new()
        },
    }
}

const PLAN: Row = ("lc", "I wrote the plan.", &["Vision", "lc-1"]);
const BOAST: Row = ("lc", "I have vision.", &["vision", "Learning"]);
const CREW: Row = ("lp", "I built the crew.", &["Team", "Learning"]);

fn ids(changes: &[Change]) -> Vec<(&str, &str, &str, Vec<&str>)> {
    changes
        .iter()
        .map(|change| {
            let texts = change.passages.iter().map(|p| p.text.as_str()).collect();
            (
                change.id.as_str(),
                change.from.as_str(),
                change.to.as_str(),
                texts,
            )
        })
        .collect()
}

#[test]
fn a_draft_against_itself_is_empty() {
    let draft = report("a", &[PLAN, BOAST, CREW], &[("acronyms", "lc", "FTE")]);
    let found = diff(&draft, &draft);
    assert!(found.is_empty() && found.shifted.is_empty());
}

#[test]
fn a_passage_that_went_takes_what_it_alone_carried() {
    let old = report("a", &[PLAN, BOAST, CREW], &[]);
    let new = report("b", &[BOAST, CREW], &[]);
    let found = diff(&old, &new);
    assert_eq!(
        ids(&found.lost),
        [
            (
                "vision",
                "demonstrated",
                "asserted",
                vec!["I wrote the plan."]
            ),
            ("lc-1", "demonstrated", "absent", vec!["I wrote the plan."]),
        ]
    );
    assert!(found.gained.is_empty());
    // Learning stands in two passages: one of them is enough.
    assert!(diff(&old, &report("b", &[PLAN, CREW], &[])).is_empty());
    // The other way round the same is gained.
    assert_eq!(ids(&diff(&new, &old).gained).len(), 2);
}

#[test]
fn a_passage_under_another_ecq_has_moved() {
    let moved: Row = ("lp", PLAN.1, PLAN.2);
    let found = diff(
        &report("a", &[PLAN, CREW], &[]),
        &report("b", &[moved, CREW], &[]),
    );
    assert_eq!(found.lost.len(), 2);
    assert!(
        found
            .lost
            .iter()
            .all(|change| change.passages[0].why == "moved")
    );
    assert!(found.gained.is_empty(), "vision belongs to the other ECQ");
}

#[test]
fn the_same_words_read_otherwise_are_a_shift_and_no_loss() {
    // The same words, set in another format and read as demonstrating less.
    let pale: Row = ("lc", "\u{201C}I  wrote the plan.\u{201D}", &["vision"]);
    let found = diff(&report("a", &[PLAN], &[]), &report("b", &[pale], &[]));
    assert!(found.is_empty());
    let shifts: Vec<(&str, &str, &str)> = found
        .shifted
        .iter()
        .map(|shift| {
            (
                shift.id.as_str(),
                shift.held.as_str(),
                shift.reported.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shifts,
        [
            ("vision", "demonstrated", "asserted"),
            ("lc-1", "demonstrated", "absent")
        ]
    );
}

#[test]
fn findings_are_matched_by_rule_and_words() {
    let old = [
        ("acronyms", "lc", "FTE"),
        ("acronyms", "lp", "FTE"),
        ("jargon", "lc", "FTE"),
        ("length-limit", "lc", "12 pages in all"),
    ];
    let new = [
        ("acronyms", "lp", "\u{201C}FTE\u{201D}"),
        ("jargon", "lp", "FTE"),
        ("length-limit", "lc", "11 pages in all"),
        ("philosophy", "lc", "I believe"),
    ];
    let found = diff(&report("a", &[PLAN], &old), &report("b", &[PLAN], &new)).findings;
    let gone: Vec<_> = found
        .gone
        .iter()
        .map(|f| (f.rule.as_str(), f.place.section.as_deref()))
        .collect();
    assert_eq!(gone, [("acronyms", Some("lc"))]);
    assert_eq!(found.new.len(), 1);
    assert_eq!(found.new[0].rule, "philosophy");
}

#[test]
fn the_text_names_both_drafts_and_the_words() {
    let found = diff(
        &report("a.docx", &[PLAN, CREW], &[]),
        &report("b.pdf", &[CREW], &[]),
    );
    let options = crate::report::TerminalOptions {
        width: 80,
        palette: crate::report::Palette::default(),
        quote_chars: 40,
    };
    assert_eq!(
        render_diff(&found, &options),
        "a.docx \u{2192} b.pdf  own\n\
         LOST\n\
         \u{20} - VISION (lc) demonstrated \u{2192} missing\n\
         \u{20}   \u{201C}I wrote the plan.\u{201D} (\u{B6} 1)\n\
         \u{20} - lc-1 Changes things (lc) demonstrated \u{2192} missing\n\
         \u{20}   \u{201C}I wrote the plan.\u{201D} (\u{B6} 1)\n"
    );
}
