//! Sections, sentences and passages of a document.
//!
//! [`section::sections`] finds the parts of a packet, [`sentence::sentences`] the ends of sentences, and
//! [`passages`] cuts the text of each part into the units that are judged: one to three sentences that stand
//! together on the page.

mod head;
mod heading;
pub mod same;
pub mod section;
pub mod sentence;
mod window;

use serde::Deserialize;
use serde::Serialize;

use crate::document::Block;
use crate::document::BlockKind;
use crate::document::Document;
use crate::passage::head::ends_sentence;
use crate::passage::head::head_len;
use crate::passage::section::Section;
use crate::passage::sentence::sentences;
use crate::passage::window::cut_long;
use crate::passage::window::n_words;
use crate::passage::window::windows;
use crate::span::Span;

/// Fewest words of a list item that is read by itself.
///
/// "Listened to each shift alone." says nothing without the line above it; the shortest passage that the
/// annotators of the training data judged has nine words.
const MIN_ITEM_WORDS: usize = 8;

/// How text is cut into passages. Lengths are in words between spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PassageConfig {
    /// Most sentences of a paragraph in one passage. Three is what the passages of the training data have: enough
    /// for an act with its occasion, too few for two acts of different kinds.
    pub max_sentences: usize,
    /// Most words of a passage of several sentences: about 130 tokens, half of what the encoder reads.
    pub max_words: usize,
    /// Fewest words that a passage should have; a shorter one stands alone only where nothing can join it.
    pub min_words: usize,
    /// The length that passages are balanced around. Paragraphs seldom divide evenly, so the median comes out at 46;
    /// that of the labeled passages is 49.
    pub target_words: usize,
    /// Most words of a single sentence that is left whole: about 190 tokens, which the encoder still reads.
    pub max_sentence_words: usize,
}

impl Default for PassageConfig {
    fn default() -> Self {
        Self {
            max_sentences: 3,
            max_words: 90,
            min_words: 20,
            target_words: 60,
            max_sentence_words: 130,
        }
    }
}

/// A few sentences that are judged together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// `p0001` and so on, in document order.
    pub id: String,
    /// Index of its section.
    pub section: usize,
    /// From its first sentence to its last, in the document's text.
    pub span: Span,
    /// Page where it starts, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Number of the block where it starts, counted from 1.
    pub paragraph: u32,
    /// Its sentences, or parts of one that is too long; they cover all of its words, in order.
    pub sentences: Vec<Span>,
    /// The words of `span` with single spaces between them.
    pub text: String,
}

/// The passages of the sections, in document order.
///
/// Headings, sub-headings, run-in heads such as `Challenge:`, and lines of a table of contents are in none; every
/// other word of a section is in exactly one. A passage lies in one paragraph, list or table. A paragraph that
/// stops without a stop before one that goes on in lower case is read as one with it. Items of a list are
/// passages of their own, but short ones in a row are one passage, with the sentence before the list if that
/// ends with a colon. Cells of a table are joined up to the most words. The time is linear in the length.
#[must_use]
pub fn passages(document: &Document, sections: &[Section], config: &PassageConfig) -> Vec<Passage> {
    let mut cutter = Cutter {
        document,
        config,
        section: 0,
        passages: Vec::new(),
    };
    for (section_idx, section) in sections.iter().enumerate() {
        cutter.section = section_idx;
        let end = section
            .first_block
            .saturating_add(section.n_blocks)
            .min(document.blocks.len());
        let blocks = document
            .blocks
            .get(section.first_block..end)
            .unwrap_or_default();
        let bodies: Vec<Body<'_>> = blocks
            .iter()
            .map(|block| Body {
                block,
                span: body(document, section, block),
            })
            .collect();
        cutter.cut(&bodies);
    }
    cutter.passages
}

/// The scored words of a block; empty if it is all heading.
fn body(document: &Document, section: &Section, block: &Block) -> Span {
    let heading_end = section
        .heading
        .map_or(0, |heading| heading.end.min(block.span.end));
    let start = block.span.start.max(heading_end);
    let rest = document.text[start..block.span.end].trim_start();
    let head = head_len(block, rest);
    let rest = rest[head..].trim_start();
    Span::new(block.span.end - rest.len(), block.span.end)
}

/// A block without its head.
#[derive(Clone, Copy)]
struct Body<'a> {
    block: &'a Block,
    span: Span,
}

impl Body<'_> {
    fn is(&self, kind: BlockKind) -> bool {
        self.block.kind == kind && !self.span.is_empty()
    }
}

/// Cuts the blocks of one section after another.
struct Cutter<'a> {
    document: &'a Document,
    config: &'a PassageConfig,
    section: usize,
    passages: Vec<Passage>,
}

impl Cutter<'_> {
    fn cut(&mut self, bodies: &[Body<'_>]) {
        let mut at = 0;
        // The sentence that leads into a list.
        let mut lead_in: Option<Span> = None;
        while at < bodies.len() {
            let body = bodies[at];
            let mut end = at + 1;
            if body.span.is_empty() {
                at = end;
                continue;
            }
            match body.block.kind {
                BlockKind::ListItem => {
                    while end < bodies.len() && bodies[end].is(BlockKind::ListItem) {
                        end += 1;
                    }
                    self.cut_list(lead_in.take(), &bodies[at..end]);
                }
                BlockKind::TableCell => {
                    while end < bodies.len() && bodies[end].is(BlockKind::TableCell) {
                        end += 1;
                    }
                    let cells: Vec<Span> = bodies[at..end]
                        .iter()
                        .flat_map(|body| self.parts(&[*body]))
                        .collect();
                    self.push(&cells, usize::MAX);
                }
                BlockKind::Paragraph | BlockKind::Heading { .. } | BlockKind::Footnote => {
                    while end < bodies.len() && self.runs_on(&bodies[end - 1], &bodies[end]) {
                        end += 1;
                    }
                    let mut parts = self.parts(&bodies[at..end]);
                    let leads = bodies
                        .get(end)
                        .is_some_and(|next| next.is(BlockKind::ListItem));
                    lead_in = parts
                        .pop_if(|part| leads && part.slice(&self.document.text).ends_with(':'));
                    self.push(&parts, self.config.max_sentences);
                }
            }
            at = end;
        }
    }

    /// Whether a paragraph is the rest of the one before, which a page end or a stray line end cut off.
    fn runs_on(&self, before: &Body<'_>, body: &Body<'_>) -> bool {
        let text = &self.document.text;
        let is_paragraph = before.is(BlockKind::Paragraph) && body.is(BlockKind::Paragraph);
        // A head between them would be part of neither.
        let is_whole = body.span == body.block.span;
        let words = before.span.slice(text);
        is_paragraph
            && is_whole
            && body.span.slice(text).starts_with(char::is_lowercase)
            && !ends_sentence(words)
            && !words.ends_with([':', ';', ')', ']'])
    }

    /// The sentences of a run of blocks, those that are too long in parts.
    fn parts(&self, run: &[Body<'_>]) -> Vec<Span> {
        let text = &self.document.text;
        let found = match run {
            [body] => {
                let start = body.span.start;
                let move_up = |span: Span| Span::new(start + span.start, start + span.end);
                sentences(body.span.slice(text))
                    .into_iter()
                    .map(move_up)
                    .collect()
            }
            _ => sentences_of_run(text, run),
        };
        found
            .into_iter()
            .flat_map(|sentence| cut_long(text, sentence, self.config))
            .collect()
    }

    /// Long items by themselves, short ones together; the sentence before the list goes with the first.
    fn cut_list(&mut self, lead_in: Option<Span>, items: &[Body<'_>]) {
        let mut short: Vec<Span> = Vec::new();
        let mut lead_in = lead_in;
        for item in items {
            // A head between two items would come to stand within their passage.
            if item.span != item.block.span {
                short.extend(lead_in.take());
                self.push(&short, usize::MAX);
                short.clear();
            }
            if n_words(item.span.slice(&self.document.text)) < MIN_ITEM_WORDS {
                short.extend(lead_in.take());
                short.push(item.span);
                continue;
            }
            self.push(&short, usize::MAX);
            short.clear();
            let mut parts: Vec<Span> = lead_in.take().into_iter().collect();
            parts.extend(self.parts(&[*item]));
            self.push(&parts, self.config.max_sentences);
        }
        self.push(&short, usize::MAX);
    }

    /// Adds the passages that consecutive sentences make.
    fn push(&mut self, parts: &[Span], max_sentences: usize) {
        let text = &self.document.text;
        let lengths: Vec<usize> = parts.iter().map(|part| n_words(part.slice(text))).collect();
        for window in windows(&lengths, max_sentences, self.config) {
            let sentences = parts[window].to_vec();
            let (Some(first), Some(last)) = (sentences.first(), sentences.last()) else {
                continue;
            };
            let span = Span::new(first.start, last.end);
            let blocks = &self.document.blocks;
            let block = blocks
                .partition_point(|block| block.span.start <= span.start)
                .saturating_sub(1);
            self.passages.push(Passage {
                id: format!("p{:04}", self.passages.len() + 1),
                section: self.section,
                span,
                page: blocks.get(block).and_then(|block| block.page),
                paragraph: blocks.get(block).map_or(1, |block| block.paragraph),
                sentences,
                text: span
                    .slice(text)
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
            });
        }
    }
}

/// The sentences of several blocks that are one paragraph; one may begin in a block and end in another.
fn sentences_of_run(text: &str, run: &[Body<'_>]) -> Vec<Span> {
    let mut joined = String::new();
    // Where each block begins in `joined`.
    let mut starts = Vec::with_capacity(run.len());
    for body in run {
        if !joined.is_empty() {
            joined.push(' ');
        }
        starts.push(joined.len());
        joined.push_str(body.span.slice(text));
    }
    let place = |at: usize| {
        let block = starts
            .partition_point(|&start| start <= at)
            .saturating_sub(1);
        run[block].span.start + at - starts[block]
    };
    // A sentence ends on a character of a block, never on the space between two.
    sentences(&joined)
        .into_iter()
        .map(|span| Span::new(place(span.start), place(span.end - 1) + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::markdown;
    use crate::document::text;
    use crate::passage::section::sections;

    fn cut(document: &Document) -> Vec<Passage> {
        let (sections, _) = sections(document, &[]);
        passages(document, &sections, &PassageConfig::default())
    }

    #[track_caller]
    fn check(markdown: &str, expected: &[&str]) {
        let document = markdown::parse(markdown).unwrap();
        let texts: Vec<String> = cut(&document)
            .into_iter()
            .map(|passage| passage.text)
            .collect();
        assert_eq!(texts, expected);
    }

    /// A sentence of `n` words.
    fn sentence(n: usize) -> String {
        format!("I{} led.", " and".repeat(n - 2))
    }

    #[test]
    fn heads_are_in_no_passage() {
        check(
            "# Example 1\n\n**Claims**\n\nChallenge:\n\nContext/Challenge: I led it.\n\n**Result.** It fell.",
            &["I led it.", "It fell."],
        );
    }

    #[test]
    fn a_long_paragraph_is_cut_evenly() {
        let paragraph = vec![sentence(30); 6].join(" ");
        let document = markdown::parse(&paragraph).unwrap();
        let sizes: Vec<usize> = cut(&document)
            .iter()
            .map(|passage| passage.sentences.len())
            .collect();
        assert_eq!(sizes, [2, 2, 2]);
    }

    #[test]
    fn a_paragraph_that_a_page_cut_is_one() {
        let document =
            text::parse("I led the nine\n\n\u{C}offices. We won.\n\nthen lower.\n").unwrap();
        let passages = cut(&document);
        assert_eq!(passages.len(), 2);
        assert_eq!(passages[0].text, "I led the nine offices. We won.");
        assert_eq!(
            passages[0].sentences[0].slice(&document.text),
            "I led the nine\n\noffices."
        );
        assert_eq!(passages[0].page, Some(1));
        assert_eq!(passages[1].paragraph, 3);
    }

    #[test]
    fn long_items_stand_alone() {
        let (first, second) = (sentence(12), sentence(30));
        check(&format!("- {first}\n- {second}"), &[&first, &second]);
    }

    #[test]
    fn short_items_go_with_the_line_above() {
        check(
            "We had tried it before. My steps were:\n\n- Met both unions.\n- Cut the cost.\n- Wrote the rota.",
            &[
                "We had tried it before.",
                "My steps were: Met both unions. Cut the cost. Wrote the rota.",
            ],
        );
    }

    #[test]
    fn the_line_above_a_list_of_long_items_goes_with_the_first() {
        let (first, second) = (sentence(30), sentence(30));
        check(
            &format!("I did this:\n\n- {first}\n- {second}"),
            &[&format!("I did this: {first}"), &second],
        );
    }

    #[test]
    fn cells_of_a_table_are_joined() {
        check(
            "| A | 2021 |\n|---|---|\n| Retention | 71% |",
            &["A 2021 Retention 71%"],
        );
    }

    #[test]
    fn ids_rise() {
        let document = text::parse("One.\n\nTwo.").unwrap();
        let ids: Vec<String> = cut(&document)
            .into_iter()
            .map(|passage| passage.id)
            .collect();
        assert_eq!(ids, ["p0001", "p0002"]);
    }

    /// Asserts that passages are in order and hold each scored character once.
    fn check_partition(document: &Document) {
        let titles = [section::SectionTitle {
            edition: "e".to_owned(),
            ecq: "lc".to_owned(),
            names: vec!["Leading Change".to_owned()],
        }];
        let (sections, _) = sections(document, &titles);
        let text = &document.text;
        let n_blocks: usize = sections.iter().map(|section| section.n_blocks).sum();
        assert_eq!(n_blocks, document.blocks.len());
        let mut expected = vec![0; text.len()];
        for section in &sections {
            for block in
                &document.blocks[section.first_block..section.first_block + section.n_blocks]
            {
                let body = body(document, section, block);
                expected[body.start..body.end].fill(1);
            }
        }
        let mut in_passages = vec![0; text.len()];
        let mut in_sentences = vec![0; text.len()];
        let mut end = 0;
        for passage in passages(document, &sections, &PassageConfig::default()) {
            assert!(passage.span.start >= end);
            end = passage.span.end;
            assert!(sections[passage.section].span.contains(passage.span));
            in_passages[passage.span.start..passage.span.end]
                .iter_mut()
                .for_each(|n| *n += 1);
            for sentence in &passage.sentences {
                assert!(!sentence.slice(text).is_empty() && passage.span.contains(*sentence));
                in_sentences[sentence.start..sentence.end]
                    .iter_mut()
                    .for_each(|n| *n += 1);
            }
        }
        for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            assert_eq!(
                (in_passages[at], in_sentences[at]),
                (expected[at], expected[at]),
                "{c:?} at {at}: {text:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn every_word_is_in_one_passage(
            source in "([ .:;?!)(\n\n]|[a-zé]{1,6} |[A-Z][a-z]{1,5} |- |• |1\\. |ECQ 1|Leading Change|Result: |(word ){30}|\u{C}){0,60}"
        ) {
            if let Ok(document) = text::parse(&source) {
                check_partition(&document);
            }
            if let Ok(document) = markdown::parse(&source) {
                check_partition(&document);
            }
        }
    }

    #[test]
    fn long_texts_of_each_kind() {
        for unit in [
            "word ",
            "x",
            "A b. ",
            "- a\n",
            "ECQ 1\n\n",
            "ECQ 1\nLeading Change\n",
            "a\n\n",
            "Result: a\n\n",
        ] {
            let document = text::parse(&unit.repeat((1 << 16) / unit.len())).unwrap();
            check_partition(&document);
        }
    }
}
