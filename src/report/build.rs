//! An analysis as a report.

use std::collections::BTreeMap;

use crate::analysis::{Analysis, EcqCoverage, Scope, Toolkit};
use crate::classify::{Level, OutputGroup, sha256_hex};
use crate::codebook::{Codebook, EcqKind};
use crate::coverage::Cell;
use crate::findings::Place;
use crate::passage::same::digest;
use crate::report::{
    CharacteristicView, CodebookView, CompetencyView, DocumentView, EcqView, FindingView, GapView,
    HiddenView, LabelView, ModelView, PassageView, PlaceView, ProfileView, Report, SCHEMA,
    SectionView, ShownView, SpanView, ToolView, WarningView, rounded,
};
use crate::span::Span;

/// What a report says of the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentName {
    /// File name without its folder.
    pub name: String,
    /// Digest of the bytes.
    pub sha256: String,
}

impl DocumentName {
    /// Takes the digest of a file's bytes.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            sha256: sha256_hex(bytes),
        }
    }
}

/// The report of an analysis made with `toolkit`.
#[must_use]
pub fn report(analysis: &Analysis, toolkit: &Toolkit, name: &DocumentName) -> Report {
    let codebook = &toolkit.codebook;
    let views: Vec<(&EcqCoverage, Vec<CompetencyView>)> = analysis
        .coverage
        .iter()
        .map(|coverage| (coverage, competency_views(coverage, analysis, toolkit)))
        .collect();
    let is_fundamental =
        |coverage: &EcqCoverage| codebook.ecqs()[coverage.ecq].kind() == EcqKind::Fundamental;
    Report {
        schema: SCHEMA.to_owned(),
        marking: None,
        redacted: false,
        tool: ToolView {
            name: "ecq".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        codebook: CodebookView {
            id: codebook.id().to_owned(),
            version: codebook.version().to_owned(),
            sha256: codebook.sha256().to_owned(),
            title: codebook.title().to_owned(),
            in_force: codebook.in_force().to_string(),
            is_in_force: codebook.in_force().from().is_some() && codebook.in_force().to().is_none(),
            detected: analysis.detected_edition.clone(),
        },
        model: ModelView {
            id: toolkit.model.id.clone(),
            version: toolkit.model.version.clone(),
            sha256: toolkit.model.sha256.clone(),
        },
        document: DocumentView {
            name: name.name.clone(),
            format: analysis.document.format.name().to_owned(),
            sha256: name.sha256.clone(),
            n_pages: analysis.document.n_pages,
            n_paragraphs: analysis.document.blocks.len(),
            n_words: n_words(&analysis.document.text),
        },
        sections: section_views(analysis, toolkit),
        passages: (0..analysis.passages.len())
            .map(|idx| passage_view(idx, analysis, toolkit))
            .collect(),
        coverage: views
            .iter()
            .filter(|(coverage, _)| !is_fundamental(coverage))
            .map(|(coverage, competencies)| EcqView {
                id: codebook.ecqs()[coverage.ecq].id().to_owned(),
                name: codebook.ecqs()[coverage.ecq].name().to_owned(),
                scope: match coverage.scope {
                    Scope::Section => "section",
                    Scope::Packet => "packet",
                    Scope::NoSection => "no-section",
                }
                .to_owned(),
                sections: coverage
                    .sections
                    .iter()
                    .map(|&idx| analysis.sections[idx].id.clone())
                    .collect(),
                competencies: competencies.clone(),
            })
            .collect(),
        fundamentals: views
            .iter()
            .filter(|(coverage, _)| is_fundamental(coverage))
            .flat_map(|(_, competencies)| competencies.clone())
            .collect(),
        key_characteristics: characteristic_views(analysis, toolkit),
        gaps: gap_views(analysis, toolkit),
        profile: ProfileView {
            id: toolkit.profile.id.clone(),
            title: toolkit.profile.title.clone(),
            as_of: analysis.as_of.map(|date| date.to_string()),
        },
        findings: finding_views(analysis),
        decisions: Vec::new(),
        warnings: analysis
            .warnings
            .iter()
            .map(|warning| WarningView {
                code: serde_json::to_value(warning.code)
                    .ok()
                    .and_then(|value| value.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                message: warning.message.clone(),
                page: warning.page,
                span: warning.span.map(span_view),
            })
            .collect(),
        hidden: analysis
            .document
            .hidden
            .iter()
            .map(|hidden| HiddenView {
                why: hidden.why.describe().to_owned(),
                text: hidden.text.clone(),
                page: hidden.page,
            })
            .collect(),
        why: Vec::new(),
    }
}

fn competency_views(
    coverage: &EcqCoverage,
    analysis: &Analysis,
    toolkit: &Toolkit,
) -> Vec<CompetencyView> {
    coverage
        .competencies
        .iter()
        .map(|(idx, cell)| {
            let competency = &toolkit.codebook.competencies()[*idx];
            CompetencyView {
                id: competency.id().as_str().to_owned(),
                name: competency.name().to_owned(),
                level: cell.level.name().to_owned(),
                p: rounded(cell.p),
                unsure: cell.to_read.is_some(),
                evidence: passage_ids(&cell.evidence, analysis),
                elsewhere: passage_ids(&cell.elsewhere, analysis),
                answered: is_answered(*idx, coverage, &toolkit.codebook),
            }
        })
        .collect()
}

/// Whether a competency that is not demonstrated is one of a list of which enough others are.
fn is_answered(idx: usize, coverage: &EcqCoverage, codebook: &Codebook) -> bool {
    let is_demonstrated = |idx: usize| {
        let mut cells = coverage.competencies.iter();
        cells.any(|(own, cell)| *own == idx && cell.level == Level::Demonstrated)
    };
    let Some(any_of) = codebook.competencies()[idx].any_of() else {
        return false;
    };
    let n_demonstrated = coverage
        .competencies
        .iter()
        .filter(|(other, _)| {
            let list = codebook.competencies()[*other].any_of();
            list.is_some_and(|list| list.list == any_of.list) && is_demonstrated(*other)
        })
        .count();
    !is_demonstrated(idx) && n_demonstrated >= any_of.at_least as usize
}

fn characteristic_views(analysis: &Analysis, toolkit: &Toolkit) -> Vec<CharacteristicView> {
    let Some(companion) = &toolkit.characteristics else {
        return Vec::new();
    };
    let mut views = Vec::new();
    for coverage in &analysis.coverage {
        for (idx, cell) in &coverage.characteristics {
            let characteristic = &companion.key_characteristics()[*idx];
            views.push(CharacteristicView {
                codebook: companion.id().to_owned(),
                id: characteristic.id().to_owned(),
                ecq: toolkit.codebook.ecqs()[coverage.ecq].id().to_owned(),
                text: characteristic.text().to_owned(),
                level: cell.level.name().to_owned(),
                p: rounded(cell.p),
                unsure: cell.to_read.is_some(),
                evidence: passage_ids(&cell.evidence, analysis),
            });
        }
    }
    views
}

fn gap_views(analysis: &Analysis, toolkit: &Toolkit) -> Vec<GapView> {
    let mut views = Vec::new();
    for coverage in &analysis.coverage {
        for (idx, cell) in &coverage.competencies {
            if cell.level == Level::Demonstrated || is_answered(*idx, coverage, &toolkit.codebook) {
                continue;
            }
            let competency = &toolkit.codebook.competencies()[*idx];
            views.push(GapView {
                ecq: toolkit.codebook.ecqs()[coverage.ecq].id().to_owned(),
                competency: competency.id().as_str().to_owned(),
                name: competency.name().to_owned(),
                level: cell.level.name().to_owned(),
                would_count: competency.indicators().to_vec(),
                near_misses: competency.near_misses().to_vec(),
                nearest: nearest(cell).map(|idx| analysis.passages[idx].id.clone()),
            });
        }
    }
    views
}

/// The passage to look at first: one that asks to be read, else evidence elsewhere in the packet, else what comes
/// nearest.
fn nearest(cell: &Cell) -> Option<usize> {
    cell.to_read
        .or(cell.evidence.first().copied())
        .or(cell.elsewhere.first().copied())
        .or(cell.nearest)
}

fn finding_views(analysis: &Analysis) -> Vec<FindingView> {
    let place = |place: &Place| PlaceView {
        span: place.span.map(span_view),
        page: place.page,
        paragraph: place.paragraph,
        section: place.section.map(|idx| analysis.sections[idx].id.clone()),
    };
    let mut views: Vec<FindingView> = analysis
        .findings
        .iter()
        .map(|finding| FindingView {
            id: String::new(),
            rule: finding.rule.id.to_owned(),
            title: finding.rule.title.to_owned(),
            severity: finding.severity.name().to_owned(),
            place: place(&finding.place),
            also: finding.also.iter().map(place).collect(),
            message: finding.message.clone(),
            why: finding.rule.why.to_owned(),
            source: finding.rule.source.to_owned(),
            fix: finding.rule.fix.to_owned(),
            quote: finding.quote.clone(),
        })
        .collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for view in &mut views {
        let id = format!("{}-{}", view.rule, &digest(&view.content())[..ID_DIGITS]);
        let n = seen.entry(id.clone()).or_default();
        *n += 1;
        view.id = if *n == 1 { id } else { format!("{id}-{n}") };
    }
    views
}

/// Digits of the digest in the id of a finding: enough to tell a few hundred apart.
const ID_DIGITS: usize = 8;

fn section_views(analysis: &Analysis, toolkit: &Toolkit) -> Vec<SectionView> {
    analysis
        .sections
        .iter()
        .enumerate()
        .map(|(idx, section)| {
            let ecq = analysis
                .coverage
                .iter()
                .find(|coverage| coverage.sections.contains(&idx))
                .map(|coverage| toolkit.codebook.ecqs()[coverage.ecq].id().to_owned());
            SectionView {
                id: section.id.clone(),
                kind: section.kind.name().to_owned(),
                ecq,
                title: section.title.clone(),
                span: span_view(section.span),
                n_words: n_words(section.span.slice(&analysis.document.text)),
            }
        })
        .collect()
}

fn passage_view(idx: usize, analysis: &Analysis, toolkit: &Toolkit) -> PassageView {
    let (passage, scores) = (&analysis.passages[idx], &analysis.scores[idx]);
    let classifier = toolkit.classifier();
    let space = classifier.space();
    let mut labels: Vec<(Level, LabelView)> = analysis
        .readings
        .iter()
        .zip(toolkit.codebook.competencies())
        .filter(|(readings, _)| readings[idx].level != Level::Absent)
        .map(|(readings, competency)| {
            let view = LabelView {
                id: competency.id().as_str().to_owned(),
                level: readings[idx].level.name().to_owned(),
                p: rounded(readings[idx].p),
            };
            (readings[idx].level, view)
        })
        .collect();
    labels.sort_by(|(a, x), (b, y)| b.cmp(a).then(y.p.total_cmp(&x.p)));
    let shown = |group: OutputGroup| -> Vec<ShownView> {
        space
            .range(group)
            .zip(space.ids(group))
            .filter(|(output, _)| classifier.reaches(scores, *output))
            .map(|(output, id)| ShownView {
                id: id.clone(),
                p: rounded(scores.probabilities[output]),
            })
            .collect()
    };
    PassageView {
        id: passage.id.clone(),
        section: analysis.sections[passage.section].id.clone(),
        span: span_view(passage.span),
        page: passage.page,
        paragraph: passage.paragraph,
        text: passage.text.clone(),
        labels: labels.into_iter().map(|(_, view)| view).collect(),
        unsure: analysis
            .readings
            .iter()
            .zip(toolkit.codebook.competencies())
            .filter(|(readings, _)| readings[idx].unsure)
            .map(|(_, competency)| competency.id().as_str().to_owned())
            .collect(),
        key_characteristics: shown(OutputGroup::KeyCharacteristics),
        opm_2025: shown(OutputGroup::Opm2025),
        ccar: shown(OutputGroup::Ccar)
            .into_iter()
            .map(|view| view.id)
            .collect(),
    }
}

fn passage_ids(idxs: &[usize], analysis: &Analysis) -> Vec<String> {
    idxs.iter()
        .map(|&idx| analysis.passages[idx].id.clone())
        .collect()
}

fn span_view(span: Span) -> SpanView {
    SpanView {
        start: span.start,
        end: span.end,
    }
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_answered_when_enough_of_it_is_demonstrated() {
        let competency = |id: &str, list: &str| {
            format!(
                "[[competency]]\nid = \"{id}\"\necq = \"tq1\"\nname = \"{id}\"\ndefinition = \"{id}\"\n\
                 indicators = [\"{id}\"]\n{list}"
            )
        };
        let list = "any_of = \"l\"\nat_least = 2\n";
        let source = format!(
            "format = 1\nid = \"own\"\nversion = \"1\"\ntitle = \"Own\"\n[[ecq]]\nid = \"tq1\"\nname = \"TQ 1\"\n\
             kind = \"technical\"\ndefinition = \"d\"\n{}{}{}{}",
            competency("a", list),
            competency("b", list),
            competency("c", list),
            competency("alone", "")
        );
        let codebook = Codebook::parse(&source).unwrap();
        let coverage = |levels: [Level; 4]| EcqCoverage {
            ecq: 0,
            scope: Scope::Packet,
            sections: Vec::new(),
            competencies: levels
                .into_iter()
                .enumerate()
                .map(|(idx, level)| {
                    let cell = Cell {
                        level,
                        p: 0.5,
                        evidence: Vec::new(),
                        nearest: None,
                        elsewhere: Vec::new(),
                        to_read: None,
                    };
                    (idx, cell)
                })
                .collect(),
            characteristics: Vec::new(),
        };
        use Level::{Absent, Asserted, Demonstrated};
        let answered = |levels: [Level; 4]| {
            let coverage = coverage(levels);
            [0, 1, 2, 3].map(|idx| is_answered(idx, &coverage, &codebook))
        };
        assert_eq!(
            answered([Demonstrated, Demonstrated, Absent, Absent]),
            [false, false, true, false]
        );
        assert_eq!(
            answered([Demonstrated, Asserted, Absent, Demonstrated]),
            [false; 4]
        );
    }
}
