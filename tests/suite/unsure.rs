//! The band in which the reader says "unsure: read this".

use ecq::analysis::{Toolkit, analyze};
use ecq::classify::{Band, Manifest, OutputGroup, bundled_model};
use ecq::codebook::builtin;
use ecq::document::parse;
use ecq::report::{
    DocumentName, Form, Narrative, Packet, Palette, RenderOptions, Report, TerminalOptions, render,
    render_terminal, report,
};

use crate::reports::tags;

/// A band in which nearly all decisions lie.
const WIDE: Band = Band {
    from: 0.05,
    to: 0.95,
    least_right: 0.9,
};

/// A report on the sample packet by the bundled model with another band.
fn with_band(band: Option<Band>) -> Report {
    packet_with_band(band).report
}

fn packet_with_band(band: Option<Band>) -> Packet {
    let mut model = bundled_model().unwrap();
    model.manifest.unsure = band
        .map(|band| (OutputGroup::Demonstrated.name().to_owned(), band))
        .into_iter()
        .collect();
    let toolkit = Toolkit::new(builtin("opm-2006").unwrap().clone(), &model, 0).unwrap();
    let bytes = std::fs::read("corpus/samples/packet.txt").unwrap();
    let analysis = analyze(parse(&bytes, Some("txt")).unwrap(), &toolkit).unwrap();
    Packet {
        path: "packet.txt".to_owned(),
        report: report(
            &analysis,
            &toolkit,
            &DocumentName::new("packet.txt", &bytes),
        ),
        narrative: Narrative::new(&analysis.document, None),
    }
}

/// Names come from codebooks, which anybody may write; they stand beside every doubt.
#[test]
fn hostile_names_are_inert_beside_a_doubt() {
    const NAME: &str =
        "=1+1<script>x</script><img src=x onerror=x>|`**b**`\u{202E}\u{1b}[31m\"'></mark>";
    let mut packet = packet_with_band(Some(WIDE));
    let n_unsure = packet.report.n_unsure();
    let report = &mut packet.report;
    for cell in report
        .coverage
        .iter_mut()
        .flat_map(|ecq| &mut ecq.competencies)
        .chain(&mut report.fundamentals)
    {
        cell.name = NAME.to_owned();
    }
    for gap in &mut report.gaps {
        gap.name = NAME.to_owned();
    }
    for form in Form::ALL {
        let bytes = render(
            form,
            std::slice::from_ref(&packet),
            &RenderOptions::default(),
        )
        .unwrap();
        if form.is_binary() {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        for active in ['\u{1b}', '\u{202E}'] {
            assert!(!text.contains(active), "{form:?}");
        }
        match form {
            Form::Html => {
                let tags = tags(&text);
                assert!(!tags.contains_key("script") && !tags.contains_key("img"));
                assert!(text.matches("unsure: read this").count() >= 2 * n_unsure);
            }
            Form::Markdown => {
                for event in pulldown_cmark::Parser::new_ext(&text, pulldown_cmark::Options::all())
                {
                    assert!(
                        !matches!(
                            event,
                            pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_)
                        ),
                        "{event:?}"
                    );
                }
            }
            Form::Csv => {
                let mut rows = csv::Reader::from_reader(text.as_bytes());
                for row in rows.records().map(Result::unwrap) {
                    assert!(!row.iter().any(|value| value.starts_with('=')), "{row:?}");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_band_marks_cells_and_passages_and_changes_no_level() {
    let sure = with_band(None);
    let wide = with_band(Some(WIDE));
    assert_eq!(sure.n_unsure(), 0);
    assert!(
        wide.n_unsure() > 0
            && wide
                .passages
                .iter()
                .any(|passage| !passage.unsure.is_empty())
    );
    for level in ["demonstrated", "asserted", "absent"] {
        assert_eq!(sure.count(level), wide.count(level));
    }
    let options = TerminalOptions {
        width: 100,
        palette: Palette::default(),
        quote_chars: 160,
    };
    let text = render_terminal(&wide, &options);
    assert!(text.contains("unsure: read this"), "{text}");
    assert!(!render_terminal(&sure, &options).contains("unsure"));
}

#[test]
fn a_manifest_without_a_band_loads_and_a_bad_band_is_refused() {
    let text = std::fs::read_to_string("models/default/model.toml").unwrap();
    let mut manifest = Manifest::parse(&text).unwrap();
    manifest.unsure.insert(
        "demonstrated".to_owned(),
        Band {
            from: 0.25,
            to: 0.5,
            least_right: 0.75,
        },
    );
    let written = toml::to_string(&manifest).unwrap();
    assert_eq!(Manifest::parse(&written).unwrap(), manifest);
    let bad = written.replace("from = 0.25", "from = 0.9");
    assert!(
        Manifest::parse(&bad)
            .unwrap_err()
            .contains("unsure band of demonstrated")
    );
    manifest.unsure.clear();
    assert!(!toml::to_string(&manifest).unwrap().contains("[unsure"));
}
