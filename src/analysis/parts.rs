//! Which part of a packet answers which ECQ or technical qualification of the codebook.

use crate::codebook::{Codebook, Ecq, EcqKind, builtin, builtins};
use crate::document::Document;
use crate::passage::section::{Section, SectionKind, SectionTitle, sections};
use crate::warning::Warning;

/// Fewest words of a technical qualification's title that is looked for as a heading by itself: one word is
/// too often the heading of something else.
const MIN_TITLE_WORDS: usize = 2;

/// The sections of a packet, with the titles of all editions and of the codebook's technical qualifications as
/// headings.
pub(super) fn packet_sections(
    document: &Document,
    codebook: &Codebook,
) -> (Vec<Section>, Vec<Warning>) {
    let (mut found, warnings) = sections(document, &section_titles(codebook));
    for section in &mut found {
        let SectionKind::Ecq { edition, ecq, .. } = &section.kind else {
            continue;
        };
        // What was headed by the title of a technical qualification is one, and no ECQ.
        if edition == codebook.edition()
            && let Some(ecq) = codebook.ecq(ecq)
            && ecq.kind() == EcqKind::Technical
        {
            section.kind = SectionKind::TechnicalQualification {
                number: ecq.number(),
            };
        }
    }
    (found, warnings)
}

/// The titles of all editions, those of the codebook in use first.
fn section_titles(codebook: &Codebook) -> Vec<SectionTitle> {
    let others = builtins()
        .iter()
        .filter(|other| other.id() != codebook.edition());
    std::iter::once(codebook)
        .chain(others)
        .flat_map(|codebook| {
            codebook.ecqs().iter().filter_map(|ecq| {
                let names: Vec<String> = match ecq.kind() {
                    EcqKind::Ecq => ecq.names().map(str::to_owned).collect(),
                    EcqKind::Technical => ecq
                        .aliases()
                        .iter()
                        .filter(|title| title.split_whitespace().count() >= MIN_TITLE_WORDS)
                        .cloned()
                        .collect(),
                    EcqKind::Fundamental => Vec::new(),
                };
                (!names.is_empty()).then(|| SectionTitle {
                    edition: codebook.edition().to_owned(),
                    ecq: ecq.id().to_owned(),
                    names,
                })
            })
        })
        .collect()
}

/// The ECQ or technical qualification of the codebook in use that a section belongs to, also where it was headed by
/// another edition's title.
pub(super) fn section_ecq<'a>(section: &Section, codebook: &'a Codebook) -> Option<&'a str> {
    match &section.kind {
        SectionKind::Ecq { edition, ecq, .. } => {
            if edition == codebook.edition() {
                return codebook.ecq(ecq).map(Ecq::id);
            }
            let other = builtin(edition)?.ecq(ecq)?;
            same_named(codebook, other.names())
        }
        SectionKind::TechnicalQualification { number } => {
            technical(codebook, *number, &section.title)
        }
        SectionKind::Summary | SectionKind::Resume | SectionKind::Other | SectionKind::Whole => {
            None
        }
    }
}

/// Whether a section speaks to all technical qualifications: it is headed as one without saying which.
pub(super) fn is_of_all_technical(section: &Section, codebook: &Codebook) -> bool {
    matches!(
        section.kind,
        SectionKind::TechnicalQualification { number: None }
    ) && section_ecq(section, codebook).is_none()
}

/// The technical qualification that a heading names, by its number or else by its title.
fn technical<'a>(codebook: &'a Codebook, number: Option<u32>, heading: &str) -> Option<&'a str> {
    let all = || {
        let ecqs = codebook.ecqs().iter();
        ecqs.filter(|ecq| ecq.kind() == EcqKind::Technical)
    };
    let heading = heading.to_lowercase();
    if let Some(number) = number {
        let says_desired = ["desir", "dtq", "preferred"]
            .iter()
            .any(|word| heading.contains(word));
        let numbered: Vec<&Ecq> = all().filter(|ecq| ecq.number() == Some(number)).collect();
        // Mandatory and desired ones are counted apart, so that one number may stand for two.
        return numbered
            .iter()
            .find(|ecq| ecq.is_desired() == says_desired)
            .or(numbered.first())
            .map(|ecq| ecq.id());
    }
    let mut titled = all().filter(|ecq| {
        ecq.aliases()
            .iter()
            .any(|title| heading.contains(&title.to_lowercase()))
    });
    let first = titled.next()?;
    titled.next().is_none().then(|| first.id())
}

/// The ECQ of a codebook that goes by one of the names; `Building Coalitions/Communication` is `Building Coalitions`.
pub(super) fn same_named<'a, 'n>(
    codebook: &'a Codebook,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'a str> {
    let stem = |name: &str| {
        name.to_lowercase()
            .split(['/', ' '])
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let stems: Vec<String> = names.map(stem).collect();
    codebook
        .ecqs()
        .iter()
        .filter(|ecq| ecq.kind() == EcqKind::Ecq)
        .find(|ecq| stems.contains(&stem(ecq.name())))
        .map(Ecq::id)
}
