//! The parts of a packet: one section per heading of an ECQ, a technical qualification, or a summary.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;

use crate::document::Block;
use crate::document::BlockKind;
use crate::document::Document;
use crate::passage::head::head_len;
use crate::passage::heading::Heading;
use crate::passage::heading::Named;
use crate::passage::heading::Titles;
use crate::passage::heading::parse;
use crate::span::Span;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// Fewest headings right below each other, each with its text elsewhere, that are a table of contents.
const MIN_CONTENTS: usize = 3;

/// The title of an ECQ in one edition of the model.
///
/// The order of a list of these counts: within an edition it gives the ECQs their numbers, and the edition that
/// comes first is taken where the headings do not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionTitle {
    /// Id of the edition, for example `opm-2006`.
    pub edition: String,
    /// Id of the ECQ within the edition, for example `lc`.
    pub ecq: String,
    /// Its title in each spelling. Case, plural s, "and", "the" and punctuation make no difference.
    pub names: Vec<String>,
}

/// What a section is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum SectionKind {
    /// An executive core qualification.
    Ecq {
        /// Id of the edition.
        edition: String,
        /// Id of the ECQ within the edition.
        ecq: String,
        /// Number of the example, where the heading gives one.
        part: Option<u32>,
    },
    /// A technical qualification (TQ, MTQ).
    TechnicalQualification {
        /// Its number, where the heading gives one.
        number: Option<u32>,
    },
    /// The executive summary.
    Summary,
    /// A résumé.
    Resume,
    /// Text before the first heading, or under a heading of another kind.
    Other,
    /// All of a document without headings of ECQs or technical qualifications.
    Whole,
}

impl SectionKind {
    /// The word used in reports and settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ecq { .. } => "ecq",
            Self::TechnicalQualification { .. } => "technical-qualification",
            Self::Summary => "summary",
            Self::Resume => "resume",
            Self::Other => "other",
            Self::Whole => "whole",
        }
    }
}

/// A part of a document, headed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Stable and unique within the document: the ECQ's id (`lc`), `tq` or `tq1`, `summary`, `resume`, `front`,
    /// `other`, `whole`; the second of its kind has `-2`, the third `-3`, and so on in document order.
    pub id: String,
    /// What it is about.
    pub kind: SectionKind,
    /// The heading as written; empty without one.
    pub title: String,
    /// Where the heading stands; text may follow in the same block.
    pub heading: Option<Span>,
    /// From the heading to the end of the last block.
    pub span: Span,
    /// Index of its first block, that of the heading if there is one, in [`Document::blocks`].
    pub first_block: usize,
    /// Number of its blocks.
    pub n_blocks: usize,
}

/// The sections of a document, in order, and what is odd about their headings.
///
/// Every block is in exactly one section. Where a heading and its number disagree the title counts. A title that
/// several editions share counts for the one that most headings speak for. Each heading begins a section, so an
/// ECQ with two examples or a "continued" heading has two sections. Headings that stand right below each other
/// and whose text comes later are a table of contents and begin none.
///
/// Warnings: [`WarningCode::NoSections`], [`WarningCode::EmptySection`], and
/// [`WarningCode::EditionMismatch`] for headings of another edition or with a number of another ECQ.
#[must_use]
pub fn sections(document: &Document, titles: &[SectionTitle]) -> (Vec<Section>, Vec<Warning>) {
    let titles = Titles::new(titles);
    let mut headings = join_labels_to_titles(find(document, &titles));
    let edition = edition(&headings, &titles);
    for heading in &mut headings {
        heading.target = target(&heading.found, &edition, &titles);
    }
    let headings = drop_contents(join_repeats(headings));
    let is_packet = headings.iter().any(|heading| {
        matches!(
            heading.target,
            SectionKind::Ecq { .. } | SectionKind::TechnicalQualification { .. }
        )
    });
    let mut warnings = Vec::new();
    if !headings
        .iter()
        .any(|heading| matches!(heading.target, SectionKind::Ecq { .. }))
    {
        warnings.push(Warning::new(
            WarningCode::NoSections,
            "no heading of an ECQ was found",
        ));
    }
    if !is_packet {
        return (whole(document), warnings);
    }
    for heading in &headings {
        warnings.extend(odd_heading(document, heading, &edition, &titles));
    }
    let sections = build(document, &headings);
    for (heading, section) in headings
        .iter()
        .zip(sections.iter().filter(|section| section.heading.is_some()))
    {
        if heading.is_empty && is_scored(&section.kind) {
            warnings.push(warning_at(
                document,
                heading,
                WarningCode::EmptySection,
                format!("there is no text under the heading “{}”", section.title),
            ));
        }
    }
    (sections, warnings)
}

/// Whether a section is expected to have text of its own.
fn is_scored(kind: &SectionKind) -> bool {
    match kind {
        SectionKind::Ecq { .. } | SectionKind::Summary => true,
        SectionKind::TechnicalQualification { number } => number.is_some(),
        SectionKind::Resume | SectionKind::Other | SectionKind::Whole => false,
    }
}

/// A heading in the document.
struct Placed {
    found: Heading,
    target: SectionKind,
    /// Blocks with words of the heading, as a closed range of indices.
    first: usize,
    last: usize,
    /// Offset behind it in the document's text.
    end: usize,
    /// Whether no scored text stands between it and the next heading.
    is_empty: bool,
    /// Whether it is an item of a list without words such as "ECQ 2".
    is_bare_item: bool,
}

impl Placed {
    /// Whether nothing at all stands between this heading and the next.
    fn touches(&self, next: &Placed) -> bool {
        self.is_empty && self.last + 1 == next.first
    }
}

fn find(document: &Document, titles: &Titles<'_>) -> Vec<Placed> {
    let mut headings: Vec<Placed> = Vec::new();
    let mut in_packet = false;
    for (idx, block) in document.blocks.iter().enumerate() {
        let text = block.span.slice(&document.text);
        let found = parse(block.kind, block.emphasized, text, titles)
            // Some close each story with a short "Summary".
            .filter(|found| !(in_packet && found.named == Named::Summary && !text.contains(' ')));
        let Some(found) = found else {
            if let Some(heading) = headings.last_mut() {
                heading.is_empty &= head_len(block, text) == text.len();
            }
            continue;
        };
        in_packet |= matches!(found.named, Named::Titles(_) | Named::Number(_));
        headings.push(Placed {
            first: idx,
            last: idx,
            end: block.span.start + found.len,
            is_empty: text[found.len..].trim().is_empty(),
            is_bare_item: block.kind == BlockKind::ListItem && !found.labeled,
            target: SectionKind::Other,
            found,
        });
    }
    headings
}

/// Makes one heading of `ECQ 1` and the title on the next line.
fn join_labels_to_titles(headings: Vec<Placed>) -> Vec<Placed> {
    join(headings, |label, title| {
        matches!(label.found.named, Named::Number(_))
            && matches!(title.found.named, Named::Titles(_))
            && title.found.number.is_none()
    })
}

/// Makes one heading of `Leading Change` and `Leading Change – Example 1` right below.
fn join_repeats(headings: Vec<Placed>) -> Vec<Placed> {
    join(headings, |upper, lower| {
        matches!(upper.target, SectionKind::Ecq { part: None, .. })
            && is_same(&upper.target, &lower.target)
    })
}

/// Joins each two headings of which `belong` is true and that have nothing between them.
fn join(headings: Vec<Placed>, belong: impl Fn(&Placed, &Placed) -> bool) -> Vec<Placed> {
    let mut joined: Vec<Placed> = Vec::with_capacity(headings.len());
    for mut heading in headings {
        if let Some(upper) =
            joined.pop_if(|upper| upper.touches(&heading) && belong(upper, &heading))
        {
            heading.first = upper.first;
            heading.found.number = heading.found.number.or(upper.found.number);
            heading.found.part = heading.found.part.or(upper.found.part);
            heading.is_bare_item &= upper.is_bare_item;
        }
        joined.push(heading);
    }
    joined
}

/// The edition that most headings speak for; the first of the titles if they speak for several alike.
fn edition(headings: &[Placed], titles: &Titles<'_>) -> String {
    let mut votes: Vec<(&str, u32)> = Vec::new();
    for title in titles.all {
        if !votes.iter().any(|(edition, _)| *edition == title.edition) {
            votes.push((&title.edition, 0));
        }
    }
    for heading in headings {
        let Named::Titles(entries) = &heading.found.named else {
            continue;
        };
        for (edition, n) in &mut votes {
            let entry = entries
                .iter()
                .find(|&&idx| titles.all[idx].edition == *edition);
            if let Some(&idx) = entry {
                // A title at the place where the edition has it speaks a little louder.
                *n += if heading.found.number == Some(titles.position(idx)) {
                    3
                } else {
                    2
                };
            }
        }
    }
    let most = votes.iter().map(|&(_, n)| n).max().unwrap_or(0);
    let first = votes.iter().find(|(_, n)| *n == most);
    first.map_or_else(String::new, |(edition, _)| (*edition).to_owned())
}

/// The entry of the title list that a heading names.
fn entry(found: &Heading, edition: &str, titles: &Titles<'_>) -> Option<usize> {
    match &found.named {
        Named::Titles(entries) => {
            let of_edition = entries
                .iter()
                .find(|&&idx| titles.all[idx].edition == edition);
            of_edition.or(entries.first()).copied()
        }
        Named::Number(number) => titles.by_number(edition, *number),
        _ => None,
    }
}

fn target(found: &Heading, edition: &str, titles: &Titles<'_>) -> SectionKind {
    match (&found.named, entry(found, edition, titles)) {
        (_, Some(idx)) => {
            let title = &titles.all[idx];
            SectionKind::Ecq {
                edition: title.edition.clone(),
                ecq: title.ecq.clone(),
                part: found.part,
            }
        }
        (Named::Technical(number), _) => SectionKind::TechnicalQualification { number: *number },
        (Named::Summary, _) => SectionKind::Summary,
        (Named::Resume, _) => SectionKind::Resume,
        (Named::Titles(_) | Named::Number(_) | Named::Other, _) => SectionKind::Other,
    }
}

/// Whether two headings name the same ECQ or technical qualification, whatever the example.
fn is_same(a: &SectionKind, b: &SectionKind) -> bool {
    match (a, b) {
        (
            SectionKind::Ecq { edition, ecq, .. },
            SectionKind::Ecq {
                edition: other_edition,
                ecq: other,
                ..
            },
        ) => (edition, ecq) == (other_edition, other),
        (SectionKind::Ecq { .. }, _) | (_, SectionKind::Ecq { .. }) => false,
        _ => a == b,
    }
}

/// Drops headings that only announce others: those of a table of contents, and lists of titles.
fn drop_contents(headings: Vec<Placed>) -> Vec<Placed> {
    let mut keep = vec![true; headings.len()];
    // Kinds of the headings behind the run, those with text among them. There are never many kinds.
    let mut behind: Vec<(&SectionKind, bool)> = Vec::new();
    let mut end = headings.len();
    while end > 0 {
        let mut start = end - 1;
        while start > 0 && headings[start - 1].touches(&headings[start]) {
            start -= 1;
        }
        let run = &headings[start..end];
        let comes_again = |heading: &Placed| {
            behind
                .iter()
                .any(|(kind, _)| is_same(kind, &heading.target))
        };
        let is_contents = run.len() >= MIN_CONTENTS && run.iter().all(comes_again);
        let is_list = run.len() > 1 && run.iter().all(|heading| heading.is_bare_item);
        for (idx, heading) in run
            .iter()
            .enumerate()
            .map(|(n, heading)| (start + n, heading))
        {
            let has_text_behind = behind
                .iter()
                .any(|(kind, has_text)| *has_text && is_same(kind, &heading.target));
            keep[idx] = !(is_contents || is_list || (heading.is_empty && has_text_behind));
        }
        for heading in run {
            match behind
                .iter_mut()
                .find(|(kind, _)| is_same(kind, &heading.target))
            {
                Some((_, has_text)) => *has_text |= !heading.is_empty,
                None => behind.push((&heading.target, !heading.is_empty)),
            }
        }
        end = start;
    }
    headings
        .into_iter()
        .zip(keep)
        .filter_map(|(heading, keep)| keep.then_some(heading))
        .collect()
}

fn heading_span(document: &Document, heading: &Placed) -> Span {
    let start = document.blocks[heading.first].span.start;
    let words = document.text[start..heading.end].trim_end();
    Span::new(start, start + words.len())
}

/// The words of a heading on one line, without a colon at the end.
fn heading_title(document: &Document, heading: &Placed) -> String {
    let words = heading_span(document, heading).slice(&document.text);
    let title = words.split_whitespace().collect::<Vec<_>>().join(" ");
    title
        .trim_end_matches([':', '-', '–', '—', ' ', '.'])
        .to_owned()
}

fn warning_at(
    document: &Document,
    heading: &Placed,
    code: WarningCode,
    message: String,
) -> Warning {
    let mut warning = Warning::new(code, message);
    warning.page = document.blocks[heading.first].page;
    warning.span = Some(heading_span(document, heading));
    warning
}

/// A warning about a heading of another edition, or whose number is that of another ECQ.
fn odd_heading(
    document: &Document,
    heading: &Placed,
    edition: &str,
    titles: &Titles<'_>,
) -> Option<Warning> {
    let title = heading_title(document, heading);
    let warn = |message: String| {
        Some(warning_at(
            document,
            heading,
            WarningCode::EditionMismatch,
            message,
        ))
    };
    let Some(idx) = entry(&heading.found, edition, titles) else {
        return match heading.found.named {
            Named::Number(number) => warn(format!(
                "the heading “{title}” has number {number}, which no ECQ of {edition} has"
            )),
            _ => None,
        };
    };
    let entry = &titles.all[idx];
    let name = entry.names.first().map_or("", String::as_str);
    if entry.edition != edition {
        return warn(format!(
            "the heading “{title}” is of {}, but most others are of {edition}",
            entry.edition
        ));
    }
    match (&heading.found.named, heading.found.number) {
        (Named::Titles(_), Some(number)) if number != titles.position(idx) => warn(format!(
            "the heading “{title}” has number {number}, but {name} is number {} in {edition}; the title was followed",
            titles.position(idx)
        )),
        _ => None,
    }
}

fn whole(document: &Document) -> Vec<Section> {
    let blocks = &document.blocks;
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return Vec::new();
    };
    vec![Section {
        id: "whole".to_owned(),
        kind: SectionKind::Whole,
        title: String::new(),
        heading: None,
        span: Span::new(first.span.start, last.span.end),
        first_block: 0,
        n_blocks: blocks.len(),
    }]
}

fn build(document: &Document, headings: &[Placed]) -> Vec<Section> {
    let blocks: &[Block] = &document.blocks;
    let mut ids = HashMap::new();
    let mut sections = Vec::new();
    let first = headings
        .first()
        .map_or(blocks.len(), |heading| heading.first);
    if first > 0 {
        sections.push(Section {
            id: unique("front", &mut ids),
            kind: SectionKind::Other,
            title: String::new(),
            heading: None,
            span: Span::new(blocks[0].span.start, blocks[first - 1].span.end),
            first_block: 0,
            n_blocks: first,
        });
    }
    for (at, heading) in headings.iter().enumerate() {
        let next = headings.get(at + 1).map_or(blocks.len(), |next| next.first);
        let id = match &heading.target {
            SectionKind::Ecq { ecq, .. } => ecq.clone(),
            SectionKind::TechnicalQualification {
                number: Some(number),
            } => format!("tq{number}"),
            SectionKind::TechnicalQualification { number: None } => "tq".to_owned(),
            SectionKind::Summary => "summary".to_owned(),
            SectionKind::Resume => "resume".to_owned(),
            SectionKind::Other | SectionKind::Whole => "other".to_owned(),
        };
        sections.push(Section {
            id: unique(&id, &mut ids),
            kind: heading.target.clone(),
            title: heading_title(document, heading),
            heading: Some(heading_span(document, heading)),
            span: Span::new(blocks[heading.first].span.start, blocks[next - 1].span.end),
            first_block: heading.first,
            n_blocks: next - heading.first,
        });
    }
    sections
}

/// The id itself, or with the first number behind it that is free.
fn unique(id: &str, used: &mut HashMap<String, usize>) -> String {
    let n = used
        .entry(id.to_owned())
        .and_modify(|n| *n += 1)
        .or_insert(1);
    let mut n = *n;
    let mut candidate = if n == 1 {
        id.to_owned()
    } else {
        format!("{id}-{n}")
    };
    // An edition may have an ECQ called `lc-2`.
    while n > 1 && used.contains_key(&candidate) {
        n += 1;
        candidate = format!("{id}-{n}");
    }
    used.insert(id.to_owned(), n);
    used.entry(candidate.clone()).or_insert(1);
    candidate
}
