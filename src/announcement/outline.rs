//! What each block of an announcement is about, by the headings that postings use.

use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::words::{ordinal, pattern, sentences, trimmed};
use crate::announcement::{Announcement, Taken};
use crate::document::{Block, BlockKind, Document};
use crate::span::Span;

/// Most words of an unmarked line that is a heading.
const MAX_HEADING_WORDS: usize = 9;

/// How far into a block a heading with text behind it may reach, in bytes.
const MAX_RUN_IN: usize = 90;

/// What a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Before the first heading: title, agency, number.
    Front,
    /// Minimum qualifications, and the words around the qualifications below them.
    Minimum,
    /// Technical qualifications.
    Technical,
    /// Technical qualifications that are desired only.
    Desired,
    /// Executive core qualifications.
    Ecqs,
    /// What to submit and how.
    Documents,
    /// Duties, pay, evaluation and everything else.
    Other,
}

/// The topics of all blocks.
pub(super) struct Outline {
    /// By block.
    topics: Vec<Topic>,
    /// By block: where its text begins behind a heading; the block's end where all of it is one.
    from: Vec<usize>,
    /// Blocks that are headings or begin with one.
    pub(super) headings: Vec<usize>,
}

impl Outline {
    /// The topic of a block.
    pub(super) fn topic(&self, block: usize) -> Topic {
        self.topics[block]
    }

    /// Where the text of a block begins behind a heading.
    pub(super) fn from(&self, block: usize) -> usize {
        self.from[block]
    }

    /// The blocks of a topic, with where their text begins.
    pub(super) fn blocks_of(&self, topic: Topic) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.topics.len())
            .filter(move |&idx| self.topics[idx] == topic)
            .map(|idx| (idx, self.from[idx]))
    }
}

/// The text of a block from an offset on; none if there is none.
pub(super) fn body(document: &Document, block: usize, from: usize) -> Option<Span> {
    let (start, end) = trimmed(&document.text, from, document.blocks[block].span.end)?;
    Some(Span::new(start, end))
}

/// The label of a technical qualification at the beginning of a text: `MTQ 1 -`, `Technical Qualification Two:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Its number.
    pub(super) number: Option<u32>,
    /// Whether it is desired only.
    pub(super) desired: bool,
    /// Bytes of the label, with the signs behind it.
    pub(super) len: usize,
}

/// Reads the label that a text begins with.
pub(super) fn label(text: &str) -> Option<Label> {
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[\W_]*(?P<kind>(?:(?:mandatory|professional|required|essential|desired|desirable|preferred|optional)[\s/]+)*)(?:(?:professional\s*/\s*)?technical\s+(?:qualification|competency|requirement)|(?P<abbreviation>[MPDR]?T[QC]))(?:\s*\([MPDR]?T[QC]s?\))?(?:\s*(?:[-–—#.:]|no\.|number)\s*|\s+)?(?:(?P<digits>\d{1,2}|one|two|three|four|five|six|seven|eight)\b|(?P<letter>(?-i:[IVX]{1,4}|[A-H]))\s*[-–—:.)])[\s\-–—:.)]*",
        )
    });
    static DESIRED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[\W_]*(?:highly\s+)?(?:desired|desirable|preferred)\s+(?:technical\s+)?(?:qualification|competency)\s*[:.–—-]\s*",
        )
    });
    if let Some(found) = NUMBERED.captures(text) {
        let number = found
            .name("digits")
            .or_else(|| found.name("letter"))
            .and_then(|word| ordinal(word.as_str()));
        let words = found["kind"].to_lowercase();
        let abbreviation = found
            .name("abbreviation")
            .map_or("", |found| found.as_str());
        return Some(Label {
            number,
            desired: ["desir", "prefer", "optional"]
                .iter()
                .any(|word| words.contains(word))
                || abbreviation.starts_with(['D', 'd']),
            len: found[0].len(),
        });
    }
    let found = DESIRED.find(text)?;
    (found.end() < text.len()).then_some(Label {
        number: None,
        desired: true,
        len: found.end(),
    })
}

/// What each block is about.
pub(super) fn outline(document: &Document) -> Outline {
    let mut outline = Outline {
        topics: Vec::with_capacity(document.blocks.len()),
        from: Vec::with_capacity(document.blocks.len()),
        headings: Vec::new(),
    };
    let mut topic = Topic::Front;
    let mut level = u8::MAX;
    for (idx, block) in document.blocks.iter().enumerate() {
        let text = block.span.slice(&document.text);
        let mut from = block.span.start;
        if let Some(label) = label(text).filter(|_| topic != Topic::Documents) {
            topic = if label.desired {
                Topic::Desired
            } else {
                Topic::Technical
            };
            // A numbered label is part of the qualification, which reads it itself.
        } else if let Some((found, len)) = heading(block, text) {
            topic = found;
            level = level_of(block);
            from += len;
            outline.headings.push(idx);
        } else if is_marked(block) && !text.contains(':') {
            let is_title_of_one =
                matches!(topic, Topic::Technical | Topic::Desired) && level_of(block) > level;
            if topic != Topic::Front && !is_title_of_one && n_words(text) <= MAX_HEADING_WORDS {
                topic = Topic::Other;
                level = level_of(block);
                from = block.span.end;
                outline.headings.push(idx);
            }
        }
        outline.topics.push(topic);
        outline.from.push(from);
    }
    outline
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Whether a block is marked as a heading or wholly bold.
pub(super) fn is_marked(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Heading { .. })
        || block.emphasized && block.kind == BlockKind::Paragraph
}

/// How high a heading stands; 1 is the highest.
fn level_of(block: &Block) -> u8 {
    match block.kind {
        BlockKind::Heading { level } => level,
        _ if block.emphasized => 10,
        _ => 11,
    }
}

/// The topic that a block's heading names, and the bytes of the heading.
fn heading(block: &Block, text: &str) -> Option<(Topic, usize)> {
    if matches!(block.kind, BlockKind::TableCell | BlockKind::Footnote) {
        return None;
    }
    let is_short = n_words(text) <= MAX_HEADING_WORDS
        && block.kind != BlockKind::ListItem
        && !text.trim_end().ends_with(['.', ';', ',']);
    if (is_marked(block) || is_short)
        && let Some(topic) = topic(text, is_marked(block))
    {
        return Some((topic, text.len()));
    }
    if block.kind == BlockKind::ListItem {
        return None;
    }
    let signs = text.char_indices().filter(|&(at, sign)| {
        at <= MAX_RUN_IN
            && (sign == ':' || sign == '.' && text[at + 1..].starts_with(' '))
            && !text[at + 1..].trim().is_empty()
    });
    for (at, _) in signs {
        if n_words(&text[..at]) > MAX_HEADING_WORDS {
            break;
        }
        if let Some(topic) = topic(&text[..at], false) {
            return Some((topic, at + 1));
        }
    }
    None
}

/// The topic that the words of a heading name. A heading that is marked as one may say more than the bare name.
fn topic(words: &str, is_marked: bool) -> Option<Topic> {
    static BRACKETS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\([^)]*\)|\[[^\]]*\]|['’]s\b"));
    static LEAD: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(?:(?:section|part)\s+)?(?:[ivx]{1,4}|[a-h]|\d{1,2})[.):]\s+"));
    static EXACT: LazyLock<Vec<(Regex, Topic)>> = LazyLock::new(|| {
        let entry = |source: &str, topic| (pattern(&format!("^(?:{source})$")), topic);
        vec![
            entry(
                r"(?:highly )?(?:desired|desirable|preferred)(?: technical| professional)?(?: and technical)? (?:qualification|competenc|experience|requirement)\w*",
                Topic::Desired,
            ),
            entry(
                r"(?:the )?(?:(?:mandatory|professional|required|essential|specialized|position specific|job specific|core)(?: and |/| ?& ?| ))*(?:technical|professional/technical|technical/professional)(?: and professional)? (?:qualification|competenc|requirement)\w*(?: required)?|[mpr]?t[qc]s?",
                Topic::Technical,
            ),
            entry(
                r"(?:the )?(?:mandatory )?executive (?:core )?(?:qualification|competenc)\w*|(?:mandatory )?ecqs?|core qualifications|executive core qualifications? (?:and|/) fundamental competencies|leadership competencies",
                Topic::Ecqs,
            ),
            entry(
                r"(?:(?:minimum|basic|mandatory|general|required|key|position) )?(?:qualification|eligibility)s?(?: (?:requirement|standard)s?)?(?: required| and evaluations?)?|(?:minimum|basic|mandatory|qualification|eligibility) requirements?|specialized experience|minimum experience|experience required|basic eligibility",
                Topic::Minimum,
            ),
            entry(
                r"(?:required|supporting|application|necessary) (?:documents?|documentation|materials?)|documents?(?: required|(?: that)? you (?:must|need to) (?:submit|send|provide))?|what (?:to|you must|must you|should i) (?:submit|send|include)|application (?:package|packet|requirements|procedures?|process|instructions|submission)|(?:how )?to apply|submission requirements|required application (?:documents|materials)|required documents and (?:formats?|limits?)",
                Topic::Documents,
            ),
            entry(
                r"(?:major |key |position |principal |main )?(?:duties|responsibilities)(?: and responsibilities)?|summary|(?:position |job )?(?:summary|description|overview)|introduction|background|overview|about (?:the|this|our|us)\b.*|education|(?:(?:method of|basis for|how you will be) )?(?:evaluation|evaluated|rating|assessment)(?: methods?| process| criteria)?|next steps|what to expect next|benefits|conditions of employment|requirements|(?:additional|other|general|further) information|travel(?: required)?|salary|(?:agency )?contact(?: information)?|notes?|equal (?:employment )?opportunity.*|reasonable accommodations?.*|veterans.{0,3} preference|page limits?|limits|length|formats?|formatting|security clearance|probation\w*|location",
                Topic::Other,
            ),
        ]
    });
    static LOOSE: LazyLock<Vec<(Regex, Topic)>> = LazyLock::new(|| {
        vec![
            (
                pattern(r"\b(?:desired|desirable|preferred)\b.*qualif"),
                Topic::Desired,
            ),
            (
                pattern(
                    r"\btechnical (?:qualif|competenc|requirement)|\bmtqs?\b|\bptqs?\b|\btqs?\b",
                ),
                Topic::Technical,
            ),
            (pattern(r"\bexecutive core qualif|\becqs?\b"), Topic::Ecqs),
            (
                pattern(r"\b(?:minimum|basic) (?:qualif|requirement|eligib)|\beligibility\b"),
                Topic::Minimum,
            ),
            (
                pattern(
                    r"\bdocuments?\b|\bhow to apply\b|\bapplication (?:package|material|procedure)|\bwhat to (?:submit|send)\b",
                ),
                Topic::Documents,
            ),
            (
                pattern(
                    r"\bduties\b|\bresponsibilit|\bsummary\b|\bevaluated\b|\bbenefits\b|^(?:additional|other|general|further|contact)\b.*\binformation\b",
                ),
                Topic::Other,
            ),
        ]
    });
    let bare = BRACKETS.replace_all(words, " ");
    let bare = LEAD.replace(bare.trim(), "");
    let bare = bare
        .trim_matches(|c: char| !c.is_alphanumeric())
        .replace(['-', '–', '—'], " ");
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let of = |list: &[(Regex, Topic)]| {
        list.iter()
            .find(|(regex, _)| regex.is_match(&bare))
            .map(|&(_, topic)| topic)
    };
    of(&EXACT).or_else(|| is_marked.then(|| of(&LOOSE)).flatten())
}

/// The headings of the parts that were not searched for qualifications.
pub(super) fn other_parts(document: &Document, outline: &Outline) -> Vec<Taken> {
    outline
        .headings
        .iter()
        .filter(|&&idx| outline.topic(idx) == Topic::Other)
        .filter_map(|&idx| {
            let start = document.blocks[idx].span.start;
            let (start, end) = trimmed(&document.text, start, outline.from(idx))?;
            Some(Taken::new(document, Span::new(start, end)))
        })
        .collect()
}

/// Sentences of the parts that were searched, of which nothing was taken.
pub(super) fn left_over(
    document: &Document,
    outline: &Outline,
    found: &Announcement,
) -> Vec<Taken> {
    let head = [&found.title, &found.agency, &found.number];
    let used: Vec<Span> = head
        .into_iter()
        .flatten()
        .chain(found.technical.iter().map(|technical| &technical.taken))
        .chain(&found.minimum)
        .chain(found.limits.iter().map(|limit| &limit.taken))
        .chain(found.documents.iter().map(|document| &document.taken))
        .chain(found.ecqs.iter().map(|ecq| &ecq.taken))
        .map(|taken| taken.span)
        .collect();
    let touches = |span: Span| {
        used.iter()
            .any(|other| other.start < span.end && span.start < other.end)
    };
    let mut left = Vec::new();
    for idx in 0..document.blocks.len() {
        let topic = outline.topic(idx);
        if matches!(topic, Topic::Front | Topic::Other | Topic::Minimum) {
            continue;
        }
        let Some(span) = body(document, idx, outline.from(idx)) else {
            continue;
        };
        // The definition behind the name of an ECQ is the edition's, the label before a qualification its number.
        if topic != Topic::Documents && touches(span) {
            continue;
        }
        for (start, end) in sentences(span.slice(&document.text)) {
            let sentence = Span::new(span.start + start, span.start + end);
            let is_lead_in = sentence.slice(&document.text).ends_with(':');
            if !touches(sentence) && !is_lead_in {
                left.push(Taken::new(document, sentence));
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_technical_qualifications() {
        let read = |text: &str| label(text).map(|found| (found.number, found.desired));
        assert_eq!(read("TQ-1 Develops strategy"), Some((Some(1), false)));
        assert_eq!(read("MTQ 2: Demonstrated"), Some((Some(2), false)));
        assert_eq!(read("DTQ 1. Experience"), Some((Some(1), true)));
        assert_eq!(
            read("Mandatory Technical Qualification (MTQ) Three - Knows"),
            Some((Some(3), false))
        );
        assert_eq!(
            read("Technical Competency B. Leads"),
            Some((Some(2), false))
        );
        assert_eq!(
            read("Desirable qualification: Remote sensing"),
            Some((None, true))
        );
        for none in [
            "Technical qualifications (TQ's) are experience",
            "Technical Qualifications (TQs)",
            "TQs are scored",
            "Desirable qualifications",
            "The technical qualification 1",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        let text = "TQ 1 - Budget. Demonstrated";
        assert_eq!(&text[label(text).unwrap().len..], "Budget. Demonstrated");
    }

    #[test]
    fn headings_name_their_topic() {
        for (words, wanted) in [
            (
                "MANDATORY TECHNICAL QUALIFICATIONS (MTQs)",
                Topic::Technical,
            ),
            ("Professional/Technical Qualifications", Topic::Technical),
            ("Desired Technical Qualifications:", Topic::Desired),
            ("3. Executive Core Qualifications (ECQs)", Topic::Ecqs),
            ("Minimum Qualifications", Topic::Minimum),
            ("How to Apply", Topic::Documents),
            ("Duties", Topic::Other),
        ] {
            assert_eq!(topic(words, false), Some(wanted), "{words}");
        }
        assert_eq!(topic("Director of Technical Qualification", false), None);
        assert_eq!(topic("Leads a program", false), None);
    }
}
