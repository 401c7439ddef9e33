//! The stories ("examples") that a part of a packet tells.
//!
//! A story begins where a part begins, at a heading that counts examples, at a `Challenge:` or `(Context)` after a
//! result, and at a paragraph that opens a new role, place or time: "Earlier in my career", "While serving as".
//! Paragraphs in which the writer does nothing belong to the story beside them.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::{Block, Document};
use crate::findings::date::{Date, Dated, dates};
use crate::findings::words::regex;
use crate::findings::{Part, PartKind};
use crate::passage::Passage;
use crate::passage::section::{Section, SectionKind};
use crate::span::Span;

/// One story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Index of its part.
    pub part: usize,
    /// Indexes of its passages, in order; never empty.
    pub passages: Vec<usize>,
    /// From its first word to its last.
    pub span: Span,
    /// Whether the writer does something in it; beliefs and duties alone are no story.
    pub acts: bool,
    /// Whether it names any year at all.
    pub is_dated: bool,
    /// Dates in it that do not lie ahead of the writer, in order of the text; those of laws and buildings are left out.
    pub dates: Vec<Date>,
}

impl Example {
    /// The last date that the story names.
    #[must_use]
    pub fn last_date(&self) -> Option<Date> {
        self.dates.iter().copied().max_by_key(|date| date.latest())
    }
}

/// A paragraph that opens a new story by its words.
static OPENER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)^(?:
        (?i:earlier|later|early|previously)(?:\ (?:in|during)\ my\ career|,\ (?:as|while|in\ my)\b)
        | (?i:earlier|early|later)\ in\ my\ (?:career|tenure|service)
        | (?:In|During)\ (?:my|a|an)\ (?:previous|prior|former|earlier|last|current|present|next|different|subsequent|most\ recent)\ (?:\w+\ )?(?:position|role|job|assignment|post|capacity|tour|command|tenure)
        | (?:In|From|During)\ (?:\w+\ )?(?:19|20)\d\d,?\ (?:(?:to|through|until|-|–)\ (?:\w+\ )?(?:19|20)\d\d,?\ )?(?:as|while|I\ (?:served|worked|was)\ (?:as|the|a)\b)
        | From\ (?:\w+\ )?(?:19|20)\d\d\ (?:to|through|until)\ (?:\w+\ )?(?:(?:19|20)\d\d|present)\b
        | (?:Before|Prior\ to)\ (?:joining|coming\ to|moving\ to|my\ (?:current|present|appointment|time|federal))
        | (?:As|While|When)\ (?:I\ (?:was|served\ as|worked\ as|became)\ |serving\ as\ |working\ as\ |acting\ as\ |assigned\ (?:as|to)\ )?(?:an?\ |the\ )?(?:newly\ \w+\ |first\ |then-?\ ?)?(?:Acting\ |Deputy\ |Assistant\ |Associate\ |Senior\ |Regional\ |National\ |Division\ |Branch\ |Program\ |Executive\ |Interim\ |Vice\ ){0,3}(?:Chief|Director|Administrator|Commissioner|Commander|Manager|Superintendent|Supervisor|Officer|President|Counsel|Secretary|Executive|Warden|Inspector|Coordinator|Advisor|Attorney|Colonel|Captain)\b
        | While\ (?:serving|assigned|deployed|working|detailed|on\ (?:a\ )?detail)\b
        | (?:My|A|The)\ (?:second|third|next|other|last|final|further)\ (?:example|story|case|accomplishment|illustration|instance)\b
        | (?:Another|One\ more|An\ additional|A\ further|A\ different)\ (?:example|accomplishment|instance|illustration)\b
        | (?:As|For)\ (?:another|a\ (?:second|third|further))\ (?:example|illustration|instance)
        | (?:In|On)\ another\ (?:example|case|instance|role|position|situation|occasion|assignment|job)\b
        | (?i:example|story|accomplishment)\ (?:\#\ ?)?(?:\d|two|three|one)\b
        )",
    )
});

/// A heading that counts examples.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:example|story|part|vignette|accomplishment)\s*(?:#\s*)?(?:\d|one|two|three|four|i{1,3}|[abc])\b",
    )
});

static BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[\s*]*(?:challenge|context|situation|background)s?\b[^.]{0,30}:|[(\[](?:challenge|context|situation|background)s?\b[^)\]]{0,30}[)\]]",
    )
});
static END: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[\s*]*(?:result|outcome|impact)s?\b[^.]{0,30}:|[(\[][^)\]]{0,30}(?:result|outcome|impact)s?[)\]]|\b(?-i:Result|Outcome|RESULT|Impact)s?\*{0,2}:",
    )
});

/// An act of the writer: "I" and a verb in the past.
static ACT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\bI(?: (?:also|then|first|personally|immediately|therefore|quickly|next|later|soon|instead|further|never|again|\w+ly))? (?:[a-z]{2,}ed|led|built|made|took|gave|held|wrote|brought|met|set|cut|put|sent|spoke|ran|won|drew|chose|rebuilt|redrew|restored|began|found|kept|got|went|saw|told|taught|sought|sold|bought|broke|laid|oversaw|rewrote|undertook|drove|stood|split|sat|read|had|let|hired|fought|dealt|spent|asked|did)\b|^(?:Led|Directed|Built|Created|Managed|Established|Designed|Negotiated|Developed|Launched|Reduced|Restructured|Wrote|Drove|Oversaw|Cut|Set|Met|Held|Made|Won|Ran|Hired)\b",
    )
});

/// Whether the writer does something in a sentence or passage.
pub(super) fn is_act(text: &str) -> bool {
    ACT.is_match(text)
}

/// The stories of the parts, in document order.
///
/// Every passage of a part is in exactly one of its stories; a part without passages has none.
#[must_use]
pub fn examples(
    document: &Document,
    sections: &[Section],
    passages: &[Passage],
    parts: &[Part],
) -> Vec<Example> {
    let mut examples = Vec::new();
    for (part_idx, part) in parts.iter().enumerate() {
        let stories = stories(document, sections, passages, part);
        examples.extend(stories.into_iter().filter_map(|story| {
            let (first, last) = (*story.first()?, *story.last()?);
            let named: Vec<Dated> = story
                .iter()
                .flat_map(|&idx| dates(passages[idx].span.slice(&document.text)))
                .filter(|dated| !dated.background)
                .collect();
            let past = named.iter().filter(|dated| !dated.ahead);
            let dates = past.map(|dated| dated.date).collect();
            let acts = story
                .iter()
                .any(|&idx| is_act(passages[idx].span.slice(&document.text)));
            Some(Example {
                part: part_idx,
                acts,
                is_dated: !named.is_empty(),
                span: Span::new(passages[first].span.start, passages[last].span.end),
                passages: story,
                dates,
            })
        }));
    }
    examples.sort_by_key(|example| example.span.start);
    examples
}

/// Indexes of passages, by story.
fn stories(
    document: &Document,
    sections: &[Section],
    passages: &[Passage],
    part: &Part,
) -> Vec<Vec<usize>> {
    let mut stories: Vec<Vec<usize>> = Vec::new();
    let mut before: Option<usize> = None;
    let mut ended = false;
    for (idx, passage) in passages.iter().enumerate() {
        if !part.sections.contains(&passage.section) {
            continue;
        }
        let section = &sections[passage.section];
        let is_new_section =
            before.is_some_and(|before: usize| passages[before].section != passage.section);
        let begins_paragraph =
            before.is_none_or(|before| passages[before].paragraph != passage.paragraph);
        let begins = if is_new_section {
            begins_story(section, part)
        } else if begins_paragraph {
            let head = head(
                document,
                section,
                passage,
                before.map(|before| &passages[before]),
            );
            let text = passage.span.slice(&document.text);
            COUNTED.is_match(head)
                || OPENER.is_match(text)
                || (ended && (BEGINNING.is_match(head) || BEGINNING.is_match(text)))
        } else {
            false
        };
        if begins || stories.is_empty() {
            stories.push(Vec::new());
            ended = false;
        }
        if let Some(story) = stories.last_mut() {
            story.push(idx);
        }
        let head = head(document, section, passage, None);
        ended |= END.is_match(head) || END.is_match(passage.span.slice(&document.text));
        before = Some(idx);
    }
    join_idle(stories, |idx| {
        is_act(passages[idx].span.slice(&document.text))
    })
}

/// Whether a further section of a part is another story and not its continuation.
fn begins_story(section: &Section, part: &Part) -> bool {
    match &section.kind {
        SectionKind::Ecq { part: number, .. } => {
            number.is_some() || COUNTED.is_match(&section.title)
        }
        _ => part.kind == PartKind::Whole,
    }
}

/// The words over a passage that are in none: its sub-headings and its run-in head.
fn head<'a>(
    document: &'a Document,
    section: &Section,
    passage: &Passage,
    before: Option<&Passage>,
) -> &'a str {
    let own = block_of(document, passage).map_or(passage.span.start, |block| block.span.start);
    let start = before.map_or(own, |before| before.span.end.min(own));
    let start = start.max(section.heading.map_or(0, |heading| heading.end));
    document
        .text
        .get(start..passage.span.start)
        .unwrap_or_default()
        .trim()
}

fn block_of<'a>(document: &'a Document, passage: &Passage) -> Option<&'a Block> {
    let idx = document
        .blocks
        .partition_point(|block| block.span.start <= passage.span.start)
        .checked_sub(1)?;
    document.blocks.get(idx)
}

/// Joins stories without an act of the writer to the one before, or to the one behind if they come first.
fn join_idle(stories: Vec<Vec<usize>>, acts: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut joined: Vec<Vec<usize>> = Vec::new();
    let mut waiting: Vec<usize> = Vec::new();
    for story in stories {
        if story.iter().any(|&idx| acts(idx)) {
            let mut whole = std::mem::take(&mut waiting);
            whole.extend(story);
            joined.push(whole);
        } else if let Some(last) = joined.last_mut() {
            last.extend(story);
        } else {
            waiting.extend(story);
        }
    }
    if !waiting.is_empty() {
        joined.push(waiting);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::markdown;
    use crate::passage::section::{SectionTitle, sections};
    use crate::passage::{PassageConfig, passages};

    fn titles() -> Vec<SectionTitle> {
        vec![SectionTitle {
            edition: "opm-2006".to_owned(),
            ecq: "lp".to_owned(),
            names: vec!["Leading People".to_owned()],
        }]
    }

    /// First words of each story under the heading.
    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let document = markdown::parse(&format!("# Leading People\n\n{body}")).unwrap();
        let (sections, _) = sections(&document, &titles());
        let passages = passages(&document, &sections, &PassageConfig::default());
        let part = Part {
            kind: PartKind::Ecq {
                id: Some("lp".to_owned()),
            },
            name: "Leading People".to_owned(),
            sections: (0..sections.len())
                .filter(|&idx| matches!(sections[idx].kind, SectionKind::Ecq { .. }))
                .collect(),
        };
        let found = examples(&document, &sections, &passages, &[part]);
        let openings: Vec<String> = found
            .iter()
            .map(|example| {
                let words = example.span.slice(&document.text).split_whitespace();
                words.take(3).collect::<Vec<_>>().join(" ")
            })
            .collect();
        assert_eq!(openings, expected);
    }

    #[test]
    fn a_new_role_is_a_new_story() {
        check(
            "In 2018 two offices were merged. I met both crews.\n\nBy 2019 sick leave was down. I read it out.\n\nEarlier in my career I trained nine inspectors.\n\nWhile serving as Branch Chief I hired six.",
            &["In 2018 two", "Earlier in my", "While serving as"],
        );
    }

    #[test]
    fn counted_headings_and_new_challenges_begin_stories() {
        check(
            "**Example 1**\n\nI met the crews.\n\n**Example 2**\n\nI hired six.",
            &["I met the", "I hired six."],
        );
        check(
            "**Challenge:** Two offices quarrelled.\n\n**Action:** I met both.\n\n**Result:** It ended.\n\n**Challenge:** No one could certify. I trained nine.",
            &["Two offices quarrelled.", "No one could"],
        );
        check(
            "Two offices quarrelled. (Context) I met both. (Result)\n\nNo one could certify. (Challenge) I trained nine.",
            &["Two offices quarrelled.", "No one could"],
        );
    }

    #[test]
    fn beliefs_and_duties_are_no_story_of_their_own() {
        check(
            "I am a leader of people.\n\nAs Director, I merged two offices.\n\nIn my current position I am responsible for forty people.",
            &["I am a"],
        );
    }

    #[test]
    fn dates_of_a_story() {
        let document =
            markdown::parse("In 2015 I met them. By May 2017 it ended. It runs through 2030.")
                .unwrap();
        let (sections, _) = sections(&document, &[]);
        let passages = passages(&document, &sections, &PassageConfig::default());
        let part = Part {
            kind: PartKind::Whole,
            name: String::new(),
            sections: vec![0],
        };
        let found = examples(&document, &sections, &passages, &[part]);
        assert_eq!(found[0].last_date().unwrap().to_string(), "2017-05");
    }
}
