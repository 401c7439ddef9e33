//! The band in which the reader says "unsure: read this".

use ecq::analysis::{Toolkit, analyze};
use ecq::classify::{Band, Manifest, OutputGroup, bundled_model};
use ecq::codebook::builtin;
use ecq::document::parse;
use ecq::report::{DocumentName, Palette, Report, TerminalOptions, render_terminal, report};

/// A report on the sample packet by the bundled model with another band.
fn with_band(band: Option<Band>) -> Report {
    let mut model = bundled_model().unwrap();
    model.manifest.unsure = band
        .map(|band| (OutputGroup::Demonstrated.name().to_owned(), band))
        .into_iter()
        .collect();
    let toolkit = Toolkit::new(builtin("opm-2006").unwrap().clone(), &model, 0).unwrap();
    let bytes = std::fs::read("corpus/samples/packet.txt").unwrap();
    let analysis = analyze(parse(&bytes, Some("txt")).unwrap(), &toolkit).unwrap();
    report(
        &analysis,
        &toolkit,
        &DocumentName::new("packet.txt", &bytes),
    )
}

#[test]
fn a_band_marks_cells_and_passages_and_changes_no_level() {
    let sure = with_band(None);
    let wide = with_band(Some(Band {
        from: 0.05,
        to: 0.95,
        least_right: 0.9,
    }));
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
