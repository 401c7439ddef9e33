//! The codebooks that come with the crate, compiled in so that they are always at hand.

use std::sync::LazyLock;

use crate::codebook::Codebook;
use crate::codebook::force::Date;

/// Id and text of each codebook, oldest first.
const SOURCES: [(&str, &str); 3] = [
    (
        "opm-1997",
        include_str!("../../corpus/codebooks/opm-1997.toml"),
    ),
    (
        "opm-2006",
        include_str!("../../corpus/codebooks/opm-2006.toml"),
    ),
    (
        "opm-2025",
        include_str!("../../corpus/codebooks/opm-2025.toml"),
    ),
];

/// Read once, on first use. A test proves that each text is without fault, so none is ever left out.
static CODEBOOKS: LazyLock<Vec<Codebook>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .filter_map(|(_, source)| Codebook::parse(source).ok())
        .collect()
});

/// The codebooks that come with the crate, oldest first.
#[must_use]
pub fn builtins() -> &'static [Codebook] {
    &CODEBOOKS
}

/// The codebook that comes with the crate under this id.
#[must_use]
pub fn builtin(id: &str) -> Option<&'static Codebook> {
    builtins().iter().find(|codebook| codebook.id() == id)
}

/// The ids that [`builtin`] knows, oldest first.
pub fn builtin_ids() -> impl ExactSizeIterator<Item = &'static str> + Clone {
    SOURCES.iter().map(|&(id, _)| id)
}

/// The file of a codebook that comes with the crate, as a start for one's own.
#[must_use]
pub fn builtin_source(id: &str) -> Option<&'static str> {
    SOURCES
        .iter()
        .find(|(known, _)| *known == id)
        .map(|&(_, source)| source)
}

/// The codebook that was in force on a day, by the dates in the files; `None` before September 1997.
///
/// # Examples
/// ```
/// use ecq::codebook;
///
/// let book = codebook::in_force_on((2012, 9, 1));
/// assert_eq!(book.map(|book| book.id()), Some("opm-2006"));
/// ```
#[must_use]
pub fn in_force_on(date: Date) -> Option<&'static Codebook> {
    builtins()
        .iter()
        .find(|codebook| codebook.in_force_on(date))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::codebook::lint::{Findings, lint};
    use crate::codebook::{Confidence, EcqKind};

    /// The ids by which passages are annotated, in ECQ order. The files must have these and no others.
    const IDS_2006: &str = "creativity-innovation external-awareness flexibility resilience strategic-thinking \
        vision conflict-management leveraging-diversity developing-others team-building accountability \
        customer-service decisiveness entrepreneurship problem-solving technical-credibility \
        financial-management human-capital-management technology-management partnering political-savvy \
        influencing-negotiating interpersonal-skills oral-communication integrity-honesty \
        written-communication continual-learning public-service-motivation";
    const IDS_2025: &str = "knowledge-of-american-government commitment-to-rule-of-law civic-mindedness \
        fiscal-responsibility managing-resources leveraging-technology technical-skill problem-solving \
        agility-resilience accountability developing-others executive-judgment operational-mindset \
        innovation strategic-thinking";
    const IDS_1997: &str = "continual-learning creativity-innovation external-awareness flexibility resilience \
        service-motivation strategic-thinking vision conflict-management leveraging-diversity \
        integrity-honesty team-building accountability customer-service decisiveness entrepreneurship \
        problem-solving technical-credibility financial-management human-resources-management \
        technology-management influencing-negotiating interpersonal-skills oral-communication partnering \
        political-savvy written-communication";
    const CHARACTERISTICS_1997: &str = "lc-1 lc-2 lc-3 lc-4 lc-5 lc-6 lp-1 lp-2 lp-3 lp-4 lp-5 lp-6 \
        rd-1 rd-2 rd-3 rd-4 rd-5 rd-6 ba-1 ba-2 ba-3 ba-4 ba-5 ba-6 \
        bcc-1 bcc-2 bcc-3 bcc-4 bcc-5 bcc-6";

    fn book(id: &str) -> &'static Codebook {
        builtin(id).unwrap()
    }

    fn words(list: &'static str) -> Vec<&'static str> {
        list.split_whitespace().collect()
    }

    #[test]
    fn every_file_is_without_finding_and_under_its_own_id() {
        assert_eq!(builtins().len(), SOURCES.len());
        for (id, source) in SOURCES {
            assert_eq!(lint(source), Findings::default(), "{id}");
            assert_eq!(book(id), &Codebook::parse(source).unwrap());
            assert_eq!(builtin_source(id), Some(source));
        }
        assert_eq!(
            builtin_ids().collect::<Vec<_>>(),
            ["opm-1997", "opm-2006", "opm-2025"]
        );
        assert!(
            builtin("opm-2024").is_none(),
            "never in force, left out on purpose"
        );
        assert!(builtin_source("opm-2024").is_none());
    }

    #[test]
    fn competencies_have_the_ids_of_the_annotations() {
        for (id, list, n) in [
            ("opm-1997", IDS_1997, 27),
            ("opm-2006", IDS_2006, 28),
            ("opm-2025", IDS_2025, 15),
        ] {
            let ids: Vec<&str> = book(id)
                .competencies()
                .iter()
                .map(|c| c.id().as_str())
                .collect();
            assert_eq!(ids, words(list), "{id}");
            assert_eq!(ids.len(), n, "{id}");
        }
    }

    #[test]
    fn key_characteristics_have_the_ids_of_the_annotations() {
        let ids: Vec<&str> = book("opm-1997")
            .key_characteristics()
            .iter()
            .map(|k| k.id())
            .collect();
        assert_eq!(ids, words(CHARACTERISTICS_1997));
        assert_eq!(ids.len(), 30);
        for characteristic in book("opm-1997").key_characteristics() {
            assert!(
                characteristic
                    .id()
                    .starts_with(&format!("{}-", characteristic.ecq()))
            );
        }
        assert!(book("opm-2006").key_characteristics().is_empty());
        assert!(book("opm-2025").key_characteristics().is_empty());
    }

    #[test]
    fn competencies_per_ecq() {
        let sizes = |id: &str| -> Vec<(&'static str, usize)> {
            let book = book(id);
            book.ecqs()
                .iter()
                .map(|ecq| (ecq.id(), book.competencies_of(ecq.id()).count()))
                .collect()
        };
        assert_eq!(
            sizes("opm-1997"),
            [("lc", 8), ("lp", 4), ("rd", 6), ("ba", 3), ("bcc", 6)]
        );
        assert_eq!(
            sizes("opm-2006"),
            [
                ("lc", 6),
                ("lp", 4),
                ("rd", 6),
                ("ba", 3),
                ("bc", 3),
                ("fc", 6)
            ]
        );
        assert_eq!(
            sizes("opm-2025"),
            [("rl", 3), ("de", 3), ("mc", 3), ("lp", 3), ("ar", 3)]
        );
    }

    #[test]
    fn only_2006_has_fundamental_competencies() {
        for book in builtins() {
            let groups: Vec<&str> = book
                .ecqs()
                .iter()
                .filter(|ecq| ecq.kind() == EcqKind::Fundamental)
                .map(|ecq| ecq.id())
                .collect();
            let n = book
                .competencies()
                .iter()
                .filter(|c| book.is_fundamental(c))
                .count();
            if book.id() == "opm-2006" {
                assert_eq!((groups, n), (vec!["fc"], 6));
            } else {
                assert_eq!((groups, n), (vec![], 0));
            }
        }
    }

    #[test]
    fn every_entry_is_filled_in() {
        for book in builtins() {
            assert!(!book.source().is_empty() && !book.notes().is_empty());
            for ecq in book.ecqs() {
                assert!(
                    !ecq.definition().is_empty() && ecq.confidence().is_some(),
                    "{}",
                    ecq.id()
                );
            }
            for competency in book.competencies() {
                let id = competency.id();
                assert!(competency.definition().ends_with('.'), "{id}");
                assert!(competency.indicators().len() >= 4, "{id}");
                assert!(competency.near_misses().len() >= 3, "{id}");
                assert!(
                    competency.source().is_some() && competency.confidence().is_some(),
                    "{id}"
                );
            }
            for characteristic in book.key_characteristics() {
                assert!(
                    characteristic.text().ends_with('.'),
                    "{}",
                    characteristic.id()
                );
                assert!(
                    characteristic.confidence().is_some(),
                    "{}",
                    characteristic.id()
                );
            }
        }
    }

    #[test]
    fn definitions_within_an_edition_are_all_different() {
        for book in builtins() {
            let ecqs = book.ecqs().iter().map(|ecq| ecq.definition());
            let competencies = book.competencies().iter().map(|c| c.definition());
            let texts: Vec<&str> = ecqs
                .chain(competencies)
                .chain(book.key_characteristics().iter().map(|k| k.text()))
                .collect();
            assert_eq!(
                texts.iter().collect::<BTreeSet<_>>().len(),
                texts.len(),
                "{}",
                book.id()
            );
            let names: BTreeSet<&str> = book.competencies().iter().map(|c| c.name()).collect();
            assert_eq!(names.len(), book.competencies().len(), "{}", book.id());
        }
    }

    #[test]
    fn lists_within_a_competency_do_not_repeat_themselves() {
        for competency in builtins().iter().flat_map(Codebook::competencies) {
            let lines: Vec<&String> = competency
                .indicators()
                .iter()
                .chain(competency.near_misses())
                .collect();
            let distinct: BTreeSet<&String> = lines.iter().copied().collect();
            assert_eq!(distinct.len(), lines.len(), "{}", competency.id());
            assert!(
                lines.iter().all(|line| !line.ends_with('.')),
                "{}",
                competency.id()
            );
        }
    }

    #[test]
    fn near_misses_point_to_competencies_of_their_own_edition() {
        let everywhere: BTreeSet<&str> = builtins()
            .iter()
            .flat_map(Codebook::competencies)
            .map(|c| c.id().as_str())
            .filter(|id| id.contains('-'))
            .collect();
        for book in builtins() {
            for competency in book.competencies() {
                for line in competency.near_misses() {
                    for word in line.split(|c: char| !c.is_ascii_lowercase() && c != '-') {
                        assert!(
                            !everywhere.contains(word) || book.competency(word).is_some(),
                            "{} {}: {line}",
                            book.id(),
                            competency.id()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_id_means_different_things() {
        let definition =
            |edition: &str, id: &str| book(edition).competency(id).unwrap().definition();
        assert_ne!(
            definition("opm-1997", "team-building"),
            definition("opm-2006", "team-building")
        );
        assert_ne!(
            definition("opm-2006", "accountability"),
            definition("opm-2025", "accountability")
        );
        assert_eq!(
            book("opm-2006").competency("accountability").unwrap().ecq(),
            "rd"
        );
        assert_eq!(
            book("opm-2025").competency("accountability").unwrap().ecq(),
            "lp"
        );
    }

    #[test]
    fn confidence_is_stated_where_memory_or_reasoning_stands_in() {
        let partly: Vec<&str> = book("opm-1997")
            .key_characteristics()
            .iter()
            .filter(|k| k.confidence() == Some(Confidence::PartlySeen))
            .map(|k| k.id())
            .collect();
        assert_eq!(partly, ["lp-6"]);
        let inferred =
            |c: &crate::codebook::Competency| c.confidence() == Some(Confidence::Inferred);
        assert!(book("opm-2025").competencies().iter().all(inferred));
    }

    #[test]
    fn each_day_since_1997_has_one_edition() {
        let on = |date| in_force_on(date).map(Codebook::id);
        assert_eq!(on((1997, 8, 31)), None);
        assert_eq!(on((1997, 9, 1)), Some("opm-1997"));
        assert_eq!(on((2006, 9, 30)), Some("opm-1997"));
        assert_eq!(on((2006, 10, 1)), Some("opm-2006"));
        assert_eq!(on((2025, 9, 30)), Some("opm-2006"));
        assert_eq!(on((2025, 10, 1)), Some("opm-2025"));
        for year in 1998..2040 {
            for month in 1..=12 {
                let n = builtins()
                    .iter()
                    .filter(|book| book.in_force_on((year, month, 15)))
                    .count();
                assert_eq!(n, 1, "{year}-{month}");
            }
        }
        let texts: Vec<String> = builtins()
            .iter()
            .map(|book| book.in_force().to_string())
            .collect();
        assert_eq!(
            texts,
            [
                "September 1997 to September 2006",
                "October 2006 to September 2025",
                "since October 2025"
            ]
        );
    }

    #[test]
    fn digests_name_the_wording() {
        let digests: BTreeSet<&str> = builtins().iter().map(Codebook::sha256).collect();
        assert_eq!(digests.len(), 3);
        for (id, source) in SOURCES {
            assert_eq!(book(id).sha256(), Codebook::parse(source).unwrap().sha256());
            assert_eq!(book(id).sha256().len(), 64);
            assert!(
                !source.contains('\r'),
                "{id} must keep its line ends, or its digest changes"
            );
        }
    }

    #[test]
    fn every_name_and_alias_is_found_as_a_heading() {
        for book in builtins() {
            for ecq in book.ecqs() {
                for name in ecq.names() {
                    let heading = format!("ECQ 3: {name}");
                    assert_eq!(
                        book.ecq_of_heading(&heading).map(|e| e.id()),
                        Some(ecq.id()),
                        "{heading}"
                    );
                }
            }
        }
    }
}
