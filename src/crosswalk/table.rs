//! The pairs between editions, as data.

use std::sync::LazyLock;

use crate::codebook::table::{Faults, Fields, quoted, with_table};
use crate::codebook::{Codebook, Confidence, Fault, builtin, builtin_ids, nearest};

/// How much of a competency goes on in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Some of what shows the one shows the other.
    Part,
    /// What shows the one shows the other.
    Whole,
}

impl Extent {
    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Whole => "whole",
        }
    }
}

/// A competency of one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id of the edition.
    pub edition: String,
    /// Id of the competency in it.
    pub competency: String,
}

/// Two competencies of neighboring editions, one of which goes on in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// In the older edition.
    pub older: Entry,
    /// In the newer edition.
    pub newer: Entry,
    /// How much goes on.
    pub extent: Extent,
    /// What goes on, or how it changed.
    pub note: Option<String>,
    /// Where that was read.
    pub source: String,
    /// How far it was checked.
    pub confidence: Confidence,
}

/// Words of one edition's definitions that another does not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Id of the edition.
    pub edition: String,
    /// Id of the later edition.
    pub not_in: String,
    /// The words; case makes no difference.
    pub words: Vec<String>,
    /// Where they stood, in neutral words.
    pub note: String,
    /// Where that was read.
    pub source: String,
}

/// All pairs and wordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrosswalkTable {
    /// Version of the content.
    pub version: String,
    /// The pairs, in the order of the file.
    pub pairs: Vec<Pair>,
    /// The wordings, in the order of the file.
    pub wordings: Vec<Wording>,
}

/// A counterpart of a competency in another edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// Id of the competency in the other edition.
    pub competency: String,
    /// How much goes on; over a step between, the lesser of the two.
    pub extent: Extent,
}

/// Read once, on first use. A test proves that the text is without fault.
static SHIPPED: LazyLock<CrosswalkTable> = LazyLock::new(|| {
    parse_crosswalk(include_str!("../../corpus/codebooks/crosswalk.toml")).unwrap_or_default()
});

/// The crosswalk that comes with the crate.
#[must_use]
pub fn shipped_crosswalk() -> &'static CrosswalkTable {
    &SHIPPED
}

impl CrosswalkTable {
    /// Whether one can go from an edition to another, directly or over editions between.
    #[must_use]
    pub fn joins(&self, from: &str, to: &str) -> bool {
        from != to && self.path(from, to).is_some()
    }

    /// The counterparts of a competency in another edition; none if it has none there.
    #[must_use]
    pub fn counterparts(&self, from: &str, competency: &str, to: &str) -> Vec<Counterpart> {
        let Some(path) = self.path(from, to) else {
            return Vec::new();
        };
        let mut found = vec![Counterpart {
            competency: competency.to_owned(),
            extent: Extent::Whole,
        }];
        for step in path.windows(2) {
            let mut next: Vec<Counterpart> = Vec::new();
            for here in &found {
                for (there, extent) in self.step(&step[0], &here.competency, &step[1]) {
                    let extent = extent.min(here.extent);
                    match next.iter_mut().find(|known| known.competency == there) {
                        Some(known) => known.extent = known.extent.max(extent),
                        None => next.push(Counterpart {
                            competency: there.to_owned(),
                            extent,
                        }),
                    }
                }
            }
            found = next;
        }
        found
    }

    /// Counterparts over one pair, in either direction.
    fn step(&self, from: &str, competency: &str, to: &str) -> Vec<(&str, Extent)> {
        let is = |entry: &Entry| entry.edition == from && entry.competency == competency;
        self.pairs
            .iter()
            .filter_map(|pair| {
                if is(&pair.older) && pair.newer.edition == to {
                    Some((pair.newer.competency.as_str(), pair.extent))
                } else if is(&pair.newer) && pair.older.edition == to {
                    Some((pair.older.competency.as_str(), pair.extent))
                } else {
                    None
                }
            })
            .collect()
    }

    /// The editions from one to another, both included, over pairs; the shortest way.
    fn path(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut paths = vec![vec![from.to_owned()]];
        let mut idx = 0;
        while let Some(path) = paths.get(idx).cloned() {
            let here = path.last()?;
            if here == to {
                return Some(path);
            }
            for pair in &self.pairs {
                let (older, newer) = (&pair.older.edition, &pair.newer.edition);
                let next = match here {
                    here if here == older => newer,
                    here if here == newer => older,
                    _ => continue,
                };
                if !paths.iter().any(|known| known.last() == Some(next)) {
                    paths.push([path.as_slice(), std::slice::from_ref(next)].concat());
                }
            }
            idx += 1;
        }
        None
    }
}

/// Reads the text of a crosswalk file.
///
/// # Errors
/// All faults, in the order of their lines.
pub fn parse_crosswalk(source: &str) -> Result<CrosswalkTable, Vec<Fault>> {
    with_table("the crosswalk", source, |fields, faults| {
        fields.refuse_others(&["format", "version", "pair", "wording"], faults);
        fields.integer("format", faults);
        let version = fields.text("version", faults);
        let pairs = fields.tables("pair", "[[pair]]", faults);
        let pairs = pairs
            .iter()
            .filter_map(|table| pair(table, faults))
            .collect();
        let wordings = fields.tables("wording", "[[wording]]", faults);
        let wordings = wordings
            .iter()
            .filter_map(|table| wording(table, faults))
            .collect();
        Some(CrosswalkTable {
            version: version?.value,
            pairs,
            wordings,
        })
    })
}

fn pair(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<Pair> {
    let keys = ["older", "newer", "extent", "note", "source", "confidence"];
    table.refuse_others(&keys, faults);
    let older = entry(table, "older", faults);
    let newer = entry(table, "newer", faults);
    let word = table.text("extent", faults)?;
    let extent = [Extent::Part, Extent::Whole]
        .into_iter()
        .find(|extent| extent.name() == word.value);
    if extent.is_none() {
        let message = format!(
            "extent {} is unknown; known are part, whole",
            quoted(&word.value)
        );
        faults.add(word.line, message);
    }
    let note = table.optional_text("note", faults);
    if extent == Some(Extent::Part) && note.is_none() {
        faults.add(
            table.line(),
            "[[pair]] goes on in part and has no note on which",
        );
    }
    let source = table.text("source", faults);
    Some(Pair {
        older: older?,
        newer: newer?,
        extent: extent?,
        note: note.map(|note| note.value),
        source: source?.value,
        confidence: confidence(table, faults)?,
    })
}

/// `edition/competency`, both of which must be there.
fn entry(table: &Fields<'_, '_>, key: &str, faults: &mut Faults) -> Option<Entry> {
    let at = table.text(key, faults)?;
    let Some((edition, competency)) = at.value.split_once('/') else {
        faults.add(
            at.line,
            format!("{key} is not written as edition/competency"),
        );
        return None;
    };
    let book = edition_of(edition, at.line, faults)?;
    if book.competency(competency).is_none() {
        let known = book.competencies().iter().map(|known| known.id().as_str());
        let hint = nearest(competency, known)
            .map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"));
        faults.add(
            at.line,
            format!(
                "unknown competency {} in {edition}{hint}",
                quoted(competency)
            ),
        );
        return None;
    }
    Some(Entry {
        edition: edition.to_owned(),
        competency: competency.to_owned(),
    })
}

fn edition_of(id: &str, line: usize, faults: &mut Faults) -> Option<&'static Codebook> {
    let book = builtin(id);
    if book.is_none() {
        let known: Vec<&str> = builtin_ids().collect();
        faults.add(
            line,
            format!(
                "unknown edition {}; known are {}",
                quoted(id),
                known.join(", ")
            ),
        );
    }
    book
}

fn confidence(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<Confidence> {
    let word = table.text("confidence", faults)?;
    let confidence = Confidence::ALL
        .into_iter()
        .find(|known| known.as_str() == word.value);
    if confidence.is_none() {
        faults.add(
            word.line,
            format!("confidence {} is unknown", quoted(&word.value)),
        );
    }
    confidence
}

fn wording(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<Wording> {
    let keys = ["edition", "not_in", "words", "note", "source", "confidence"];
    table.refuse_others(&keys, faults);
    let edition = table.text("edition", faults)?;
    let not_in = table.text("not_in", faults)?;
    edition_of(&edition.value, edition.line, faults);
    edition_of(&not_in.value, not_in.line, faults);
    let words = table.texts("words", faults);
    let note = table.text("note", faults);
    let source = table.text("source", faults);
    confidence(table, faults)?;
    Some(Wording {
        edition: edition.value,
        not_in: not_in.value,
        words: words.into_iter().map(|word| word.value).collect(),
        note: note?.value,
        source: source?.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(from: &str, competency: &str, to: &str) -> Vec<(String, &'static str)> {
        shipped_crosswalk()
            .counterparts(from, competency, to)
            .into_iter()
            .map(|counterpart| (counterpart.competency, counterpart.extent.name()))
            .collect()
    }

    #[test]
    fn the_shipped_file_is_without_fault_and_joins_all_editions() {
        let table = parse_crosswalk(include_str!("../../corpus/codebooks/crosswalk.toml")).unwrap();
        for from in builtin_ids() {
            for to in builtin_ids() {
                assert_eq!(table.joins(from, to), from != to, "{from} to {to}");
            }
        }
        assert!(!table.joins("opm-2006", "own"));
        // Every competency of 1997 goes on in 2006; the files say which of 2006 do not go on.
        for competency in builtin("opm-1997").unwrap().competencies() {
            let id = competency.id().as_str();
            assert!(
                !table.counterparts("opm-1997", id, "opm-2006").is_empty(),
                "{id}"
            );
        }
        assert!(ids("opm-2006", "partnering", "opm-2025").is_empty());
    }

    #[test]
    fn pairs_read_both_ways_and_over_an_edition_between() {
        let to = |id: &str, extent| (id.to_owned(), extent);
        assert_eq!(
            ids("opm-2025", "agility-resilience", "opm-2006"),
            [to("flexibility", "whole"), to("resilience", "whole")]
        );
        assert_eq!(
            ids("opm-1997", "human-resources-management", "opm-2025"),
            [
                to("managing-resources", "part"),
                to("developing-others", "part"),
                to("accountability", "part")
            ]
        );
        assert_eq!(
            ids("opm-2025", "civic-mindedness", "opm-1997"),
            [to("service-motivation", "whole")]
        );
    }

    #[test]
    fn slips_are_named_with_their_line() {
        let source = "format = 1\nversion = \"1\"\n[[pair]]\nolder = \"opm-2006/visoin\"\nnewer = \"opm-2025\"\nextent = \"part\"\nsource = \"s\"\nconfidence = \"seen\"\n";
        let faults = parse_crosswalk(source).unwrap_err();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "line 3: [[pair]] goes on in part and has no note on which",
                "line 4: unknown competency \"visoin\" in opm-2006; did you mean \"vision\"?",
                "line 5: newer is not written as edition/competency"
            ]
        );
    }
}
