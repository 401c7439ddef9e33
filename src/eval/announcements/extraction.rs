//! What was taken from an announcement against what a person took.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::announcement::{Announcement, Joiner, Part, Technical, Wanted};
use crate::eval::announcements::gold::{Gold, GoldTechnical};
use crate::eval::metrics::Counts;

/// Kinds of things that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtractionKind {
    /// Title, agency and number.
    Head,
    /// The edition and the ECQs named.
    Ecqs,
    /// Technical qualifications: number, whether desired, and where they begin.
    Technical,
    /// Their elements, word for word.
    Elements,
    /// Whether all elements of a list are asked for or some, over elements that both have.
    Joiners,
    /// Paragraphs on minimum qualifications.
    Minimum,
    /// Limits: what they are of, unit and number.
    Limits,
    /// Documents: kind, and whether they are wanted.
    Documents,
}

impl ExtractionKind {
    /// All kinds, in the order of listings.
    pub const ALL: [Self; 8] = [
        Self::Head,
        Self::Ecqs,
        Self::Technical,
        Self::Elements,
        Self::Joiners,
        Self::Minimum,
        Self::Limits,
        Self::Documents,
    ];

    /// The name in listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Ecqs => "ecqs",
            Self::Technical => "technical qualifications",
            Self::Elements => "elements",
            Self::Joiners => "joiners",
            Self::Minimum => "minimum qualifications",
            Self::Limits => "limits",
            Self::Documents => "documents",
        }
    }
}

/// Something that only one of the two has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// Its kind.
    pub kind: ExtractionKind,
    /// Whether it was taken wrongly; else it was missed.
    pub extra: bool,
    /// What it is.
    pub what: String,
}

/// The comparison of one announcement.
#[derive(Clone, Debug, Default)]
pub struct ExtractionReport {
    /// Counts by kind.
    pub counts: BTreeMap<ExtractionKind, Counts>,
    /// What does not agree.
    pub misses: Vec<Miss>,
}

impl ExtractionReport {
    /// Adds the counts of another announcement; its misses stay its own.
    pub fn add(&mut self, other: &Self) {
        for (&kind, &counts) in &other.counts {
            self.counts.entry(kind).or_default().merge(counts);
        }
    }

    /// The counts of a kind.
    #[must_use]
    pub fn of(&self, kind: ExtractionKind) -> Counts {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// Compares two lists of one kind; each entry of gold is found once at most.
    fn lists(&mut self, kind: ExtractionKind, gold: Vec<String>, mut taken: Vec<String>) {
        let counts = self.counts.entry(kind).or_default();
        for wanted in gold {
            match taken.iter().position(|one| *one == wanted) {
                Some(at) => {
                    taken.remove(at);
                    counts.true_positive += 1;
                }
                None => {
                    counts.false_negative += 1;
                    self.misses.push(Miss {
                        kind,
                        extra: false,
                        what: wanted,
                    });
                }
            }
        }
        counts.false_positive += taken.len();
        self.misses.extend(taken.into_iter().map(|what| Miss {
            kind,
            extra: true,
            what,
        }));
    }
}

/// Words without case, punctuation at the ends, and extra white space.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_matches(|c: char| !c.is_alphanumeric() && c != ')' && c != '(')
        .to_lowercase()
}

/// Compares what was taken with gold.
#[must_use]
pub fn compare(gold: &Gold, found: &Announcement) -> ExtractionReport {
    let mut report = ExtractionReport::default();
    head(&mut report, gold, found);
    let edition = |id: &Option<String>| id.clone().map(|id| format!("edition {id}")).into_iter();
    report.lists(
        ExtractionKind::Ecqs,
        edition(&gold.edition)
            .chain(gold.ecqs.iter().cloned())
            .collect(),
        edition(&found.edition.id)
            .chain(found.ecqs.iter().map(|ecq| ecq.id.clone()))
            .collect(),
    );
    let minimum: Vec<String> = found
        .minimum
        .iter()
        .map(|taken| plain(&taken.text))
        .collect();
    let wanted: Vec<String> = gold.minimum.iter().map(|words| plain(words)).collect();
    report.lists(
        ExtractionKind::Minimum,
        wanted.clone(),
        minimum
            .into_iter()
            .map(|text| beginning(&text, &wanted))
            .collect(),
    );
    report.lists(
        ExtractionKind::Limits,
        gold.limit
            .iter()
            .map(|limit| format!("{}: {} {}", limit.of, limit.value, limit.unit))
            .collect(),
        found.limits.iter().map(|limit| limit.describe()).collect(),
    );
    documents(&mut report, gold, found);
    technical(&mut report, gold, found);
    report
}

fn head(report: &mut ExtractionReport, gold: &Gold, found: &Announcement) {
    let gold = [
        ("title", gold.title.as_deref()),
        ("agency", gold.agency.as_deref()),
        ("number", gold.number.as_deref()),
    ];
    let words = |taken: &Option<crate::announcement::Taken>| taken.as_ref().map(|t| t.text.clone());
    let found = [
        ("title", words(&found.title)),
        ("agency", words(&found.agency)),
        ("number", words(&found.number)),
    ];
    report.lists(
        ExtractionKind::Head,
        gold.iter()
            .filter_map(|(name, words)| Some(format!("{name}: {}", plain((*words)?))))
            .collect(),
        found
            .iter()
            .filter_map(|(name, words)| Some(format!("{name}: {}", plain(words.as_ref()?))))
            .collect(),
    );
}

/// The words of gold that a text begins with, so that the two compare equal; else its own first words.
fn beginning(text: &str, wanted: &[String]) -> String {
    let found = wanted.iter().find(|words| text.starts_with(words.as_str()));
    found.cloned().unwrap_or_else(|| {
        let words: Vec<&str> = text.split(' ').take(8).collect();
        words.join(" ")
    })
}

fn documents(report: &mut ExtractionReport, gold: &Gold, found: &Announcement) {
    let name = |kind: crate::announcement::DocumentKind| {
        serde_json::to_value(kind)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let lists = [
        (Wanted::Required, &gold.documents.asked),
        (Wanted::IfApplicable, &gold.documents.if_applicable),
        (Wanted::Refused, &gold.documents.refused),
    ];
    report.lists(
        ExtractionKind::Documents,
        lists
            .iter()
            .flat_map(|(wanted, kinds)| {
                let wanted = wanted.describe();
                kinds.iter().map(move |kind| format!("{kind}, {wanted}"))
            })
            .collect(),
        found
            .documents
            .iter()
            .map(|document| format!("{}, {}", name(document.kind), document.wanted.describe()))
            .collect(),
    );
}

fn technical(report: &mut ExtractionReport, gold: &Gold, found: &Announcement) {
    let name = |number: u32, desired: bool, words: &str| {
        let desired = if desired { "desired " } else { "" };
        format!("{desired}TQ {number}: {words}")
    };
    let begins: Vec<String> = gold.tq.iter().map(|tq| plain(&tq.begins)).collect();
    report.lists(
        ExtractionKind::Technical,
        gold.tq
            .iter()
            .map(|tq| name(tq.number, tq.desired, &plain(&tq.begins)))
            .collect(),
        found
            .technical
            .iter()
            .map(|tq| {
                let words = beginning(&plain(&tq.taken.text), &begins);
                name(tq.number, tq.desired, &words)
            })
            .collect(),
    );
    let same = |tq: &GoldTechnical, other: &Technical| {
        (tq.number, tq.desired) == (other.number, other.desired)
    };
    for tq in &gold.tq {
        let label = name(tq.number, tq.desired, "");
        let other = found.technical.iter().find(|other| same(tq, other));
        let wanted = tq.elements.iter().flat_map(|(_, words)| words);
        let taken = other.into_iter().flat_map(Technical::elements);
        report.lists(
            ExtractionKind::Elements,
            wanted
                .map(|words| format!("{label}{}", plain(words)))
                .collect(),
            taken
                .map(|element| format!("{label}{}", plain(&element.taken.text)))
                .collect(),
        );
        if let Some(other) = other {
            joiners(report, &label, tq, &other.parts);
        }
    }
    for other in &found.technical {
        if !gold.tq.iter().any(|tq| same(tq, other)) {
            let label = name(other.number, other.desired, "");
            let taken = other.elements();
            report.lists(
                ExtractionKind::Elements,
                Vec::new(),
                taken
                    .map(|element| format!("{label}{}", plain(&element.taken.text)))
                    .collect(),
            );
        }
    }
}

/// The joiners of elements that stand in a list of two or more in both.
fn joiners(report: &mut ExtractionReport, label: &str, tq: &GoldTechnical, parts: &[Part]) {
    for (joiner, words) in tq.elements.iter().filter(|(_, words)| words.len() > 1) {
        for word in words {
            let part = parts.iter().find(|part| {
                let mut elements = part.elements.iter();
                part.elements.len() > 1
                    && elements.any(|element| plain(&element.taken.text) == plain(word))
            });
            let Some(part) = part else {
                continue;
            };
            let found = match part.joiner {
                Joiner::All => "all".to_owned(),
                Joiner::Any => "any".to_owned(),
                Joiner::AtLeast(n) => n.to_string(),
            };
            let what = |joiner: &str| format!("{label}{joiner} of: {}", plain(word));
            report.lists(
                ExtractionKind::Joiners,
                vec![what(joiner)],
                vec![what(&found)],
            );
        }
    }
}
