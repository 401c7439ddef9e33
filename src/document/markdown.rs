//! Markdown: the words of its blocks, without its marks.

use std::collections::HashMap;
use std::mem;

use pulldown_cmark::Event;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use pulldown_cmark::TagEnd;

use crate::document::BlockKind;
use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// Bullets that Markdown does not know and pasted text has.
const BULLETS: [char; 6] = ['•', '▪', '●', '◦', '‣', '\u{F0B7}'];

/// The document that a Markdown text holds (`CommonMark` with tables, footnotes, strikethrough and front matter).
///
/// Front matter, link targets, pictures and HTML tags are not part of it; neither is text struck through,
/// which is counted in a warning. A footnote stands after the block that first refers to it. Items of a
/// list and lines that begin with a typed bullet are list items; a paragraph or item that is wholly strong is
/// emphasized.
///
/// # Errors
/// [`DocumentError::Empty`] if there is nothing to read, [`DocumentError::TooLarge`] past the cap of
/// [`DocumentBuilder`].
pub fn parse(text: &str) -> Result<Document, DocumentError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader {
        line_starts: line_starts(text),
        ..Reader::default()
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.read(event, range.start);
    }
    reader.flush();
    reader.finish()
}

/// Byte offsets at which lines begin.
fn line_starts(text: &str) -> Vec<usize> {
    let after_feeds = text
        .bytes()
        .enumerate()
        .filter(|&(_, byte)| byte == b'\n')
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_feeds).collect()
}

/// A block before it is put in its final place.
struct Draft {
    kind: BlockKind,
    raw: String,
    line: u32,
    emphasized: bool,
    /// Footnotes that it refers to, by label.
    references: Vec<String>,
}

#[derive(Default)]
struct Reader {
    line_starts: Vec<usize>,
    /// Blocks of the running text.
    drafts: Vec<Draft>,
    /// Blocks of each footnote, by label.
    footnotes: HashMap<String, Vec<Draft>>,
    /// Labels in the order of their definitions, so that the result does not depend on hashing.
    labels: Vec<String>,
    /// The footnote that is being read.
    footnote: Option<String>,
    open: Open,
    kind: Option<BlockKind>,
    /// Whether each list item around the place has had its first block.
    items: Vec<bool>,
    n_strong: usize,
    n_struck: usize,
    n_skipped: usize,
    struck: String,
    n_struck_words: usize,
    html: String,
}

/// The text collected for the next block.
#[derive(Default)]
struct Open {
    raw: String,
    start: usize,
    has_weak: bool,
    has_strong: bool,
    references: Vec<String>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag, at),
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                self.text(&text, at);
            }
            Event::SoftBreak | Event::HardBreak => self.text("\n", at),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(html) => {
                if html.to_ascii_lowercase().starts_with("<br") {
                    self.text("\n", at);
                }
            }
            Event::FootnoteReference(label) => self.open.references.push(label.into_string()),
            Event::Rule => self.flush(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.kind = Some(BlockKind::Heading { level: level as u8 });
            }
            Tag::Item => {
                self.flush();
                self.items.push(false);
            }
            Tag::FootnoteDefinition(label) => {
                self.flush();
                self.footnote = Some(label.into_string());
            }
            Tag::TableCell => {
                self.flush();
                self.kind = Some(BlockKind::TableCell);
            }
            Tag::Strong => self.n_strong += 1,
            Tag::Strikethrough => self.n_struck += 1,
            Tag::MetadataBlock(_) | Tag::Image { .. } => self.n_skipped += 1,
            Tag::HtmlBlock => {
                self.flush();
                self.html.clear();
            }
            // An indented paragraph is code to Markdown and text to the person who indented it.
            Tag::Paragraph
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::List(_)
            | Tag::Table(_) => {
                self.flush();
            }
            _ => {}
        }
        if self.open.raw.is_empty() {
            self.open.start = at;
        }
    }

    fn end(&mut self, tag: TagEnd, at: usize) {
        match tag {
            TagEnd::Strong => self.n_strong = self.n_strong.saturating_sub(1),
            TagEnd::Strikethrough => {
                self.n_struck = self.n_struck.saturating_sub(1);
                if self.n_struck == 0 {
                    self.n_struck_words += mem::take(&mut self.struck).split_whitespace().count();
                }
            }
            TagEnd::MetadataBlock(_) | TagEnd::Image => {
                self.n_skipped = self.n_skipped.saturating_sub(1);
            }
            TagEnd::HtmlBlock => {
                let html = mem::take(&mut self.html);
                let start = self.open.start;
                self.text(&visible_text(&html), at);
                self.open.start = start;
                self.flush();
            }
            TagEnd::Item => {
                self.flush();
                self.items.pop();
            }
            TagEnd::FootnoteDefinition => {
                self.flush();
                self.footnote = None;
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::TableCell => {
                self.flush();
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        if self.n_skipped > 0 {
            return;
        }
        if self.n_struck > 0 {
            self.struck.push_str(text);
            return;
        }
        // Items typed with a bullet that Markdown does not know follow each other as lines of one paragraph.
        if self.open.raw.ends_with('\n') && text.starts_with(BULLETS) {
            self.flush();
        }
        if self.open.raw.is_empty() {
            self.open.start = at;
        }
        let has_words = text.contains(char::is_alphanumeric);
        self.open.has_strong |= has_words && self.n_strong > 0;
        self.open.has_weak |= has_words && self.n_strong == 0;
        self.open.raw.push_str(text);
    }

    /// Ends the block that is being read.
    fn flush(&mut self) {
        let open = mem::take(&mut self.open);
        let kind = self.kind.take();
        if open.raw.trim().is_empty() && open.references.is_empty() {
            return;
        }
        let body = open.raw.trim_start();
        let bulleted = body.strip_prefix(BULLETS);
        let is_first_of_item = self
            .items
            .last_mut()
            .is_some_and(|begun| !mem::replace(begun, true));
        let kind = match kind {
            Some(kind) => kind,
            None if self.footnote.is_some() => BlockKind::Footnote,
            None if is_first_of_item || bulleted.is_some() => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        let line = self
            .line_starts
            .partition_point(|&start| start <= open.start);
        let draft = Draft {
            kind,
            raw: bulleted.unwrap_or(body).to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            emphasized: open.has_strong && !open.has_weak,
            references: open.references,
        };
        match &self.footnote {
            None => self.drafts.push(draft),
            Some(label) => {
                let blocks = self.footnotes.entry(label.clone()).or_insert_with(|| {
                    self.labels.push(label.clone());
                    Vec::new()
                });
                blocks.push(draft);
            }
        }
    }

    /// The document: footnotes behind the blocks that refer to them, those without a reference at the end.
    fn finish(mut self) -> Result<Document, DocumentError> {
        let mut builder = DocumentBuilder::new(Format::Markdown);
        let push = |builder: &mut DocumentBuilder, draft: &Draft| {
            builder.push(
                draft.kind,
                &draft.raw,
                None,
                Some(draft.line),
                draft.emphasized,
            )
        };
        for draft in &self.drafts {
            push(&mut builder, draft)?;
            for label in &draft.references {
                for note in self.footnotes.remove(label).iter().flatten() {
                    push(&mut builder, note)?;
                }
            }
        }
        for label in &self.labels {
            for note in self.footnotes.remove(label).iter().flatten() {
                push(&mut builder, note)?;
            }
        }
        if self.n_struck_words > 0 {
            builder.warn(Warning::new(
                WarningCode::LeftOut,
                format!(
                    "{} words that are struck through were left out",
                    self.n_struck_words
                ),
            ));
        }
        builder.finish()
    }
}

/// The words between the tags of an HTML block; comments, scripts and styles have none.
fn visible_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") {
            after(rest, "-->")
        } else if has_name(rest, "<script") {
            after(rest, "</script>")
        } else if has_name(rest, "<style") {
            after(rest, "</style>")
        } else if rest[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
        {
            text.push(' ');
            after(rest, ">")
        } else {
            text.push('<');
            1
        };
        rest = &rest[end..];
    }
    text.push_str(rest);
    entities(&text)
}

/// The offset behind the first `mark`, or the end of the text.
fn after(text: &str, mark: &str) -> usize {
    text.find(mark).map_or(text.len(), |at| at + mark.len())
}

fn has_name(text: &str, name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The few character references that people type; Markdown itself resolves them outside HTML blocks.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each block as `kind line text`; `*` marks an emphasized one.
    fn blocks(text: &str) -> Vec<String> {
        let document = parse(text).unwrap();
        let show = |block: &crate::document::Block| {
            let kind = match block.kind {
                BlockKind::Heading { level } => format!("h{level}"),
                BlockKind::Paragraph => "p".to_owned(),
                BlockKind::ListItem => "li".to_owned(),
                BlockKind::TableCell => "td".to_owned(),
                BlockKind::Footnote => "fn".to_owned(),
            };
            let star = if block.emphasized { "*" } else { "" };
            let line = block.line.unwrap();
            format!("{kind}{star} {line} {}", block.span.slice(&document.text))
        };
        document.blocks.iter().map(show).collect()
    }

    #[test]
    fn blocks_of_each_kind() {
        let text = "---\ntitle: x\n---\n\n# ECQ 1: *Leading* Change\n\n**Challenge.** In\n2021 I led.[^1]\n\n\
                    **Actions:**\n\n- Cut age.\n- Saved\n  money.\n\n  More.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n\
                    Setext\n======\n\n[^1]: Later.\n\nLast.\n";
        assert_eq!(
            blocks(text),
            [
                "h1 5 ECQ 1: Leading Change",
                "p 7 Challenge. In 2021 I led.",
                "fn 25 Later.",
                "p* 10 Actions:",
                "li 12 Cut age.",
                "li 13 Saved money.",
                "p 16 More.",
                "td 18 A",
                "td 18 B",
                "td 20 1",
                "td 20 2",
                "h1 22 Setext",
                "p 27 Last.",
            ]
        );
    }

    #[test]
    fn deleted_text_is_left_out_and_told() {
        let document = parse("I ~~was told to~~ led.").unwrap();
        assert_eq!(document.text, "I led.");
        assert_eq!(
            document.warnings[0].message,
            "3 words that are struck through were left out"
        );
    }

    #[test]
    fn html_leaves_its_words() {
        assert_eq!(
            blocks(
                "<div class=\"a>\">\nI led <b>nine</b> &amp; <!-- not --> more.\n</div>\n\none<br>two <u>three</u>"
            ),
            ["p 1 \"> I led nine & more.", "p 5 one two three"]
        );
        assert_eq!(blocks("<style>p {}</style>\n\nI led."), ["p 3 I led."]);
    }

    #[test]
    fn typed_bullets_are_items() {
        assert_eq!(
            blocks("Actions:\n• I led\nnine.\n• I cut."),
            ["p 1 Actions:", "li 2 I led nine.", "li 4 I cut."]
        );
    }

    #[test]
    fn pictures_and_targets_have_no_words() {
        assert_eq!(
            blocks("See [the report](https://a.gov) ![seal](a.png)."),
            ["p 1 See the report ."]
        );
    }

    #[test]
    fn indented_text_is_text() {
        assert_eq!(
            blocks("One.\n\n    I led\n    nine."),
            ["p 1 One.", "p 3 I led nine."]
        );
    }

    #[test]
    fn a_footnote_nobody_refers_to_is_kept() {
        assert_eq!(blocks("One.\n\n[^a]: Two."), ["p 1 One.", "fn 3 Two."]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([#*>|`~_\\-\\[\\]^: \n1a•<&]|[a-z]{1,3}){0,80}") {
            let _ = parse(&text);
        }
    }
}
