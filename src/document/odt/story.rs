//! Walks the body of `content.xml`, one token at a time, with every open element on a stack of its own.

use std::collections::HashMap;
use std::mem;

use crate::document::BlockKind;
use crate::document::HiddenReason;
use crate::document::flow::Item;
use crate::document::flow::Look;
use crate::document::flow::Paragraph;
use crate::document::flow::Volume;
use crate::document::odt::styles::Styles;
use crate::document::odt::styles::TextFormat;
use crate::document::tally::Tally;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// What an open element means for what stands inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing: its content is read as if it were not there. So text in unknown wrappers is kept.
    Transparent,
    /// Its content is no text of the document.
    Skip,
    /// `text:p`, `text:h`
    Paragraph,
    /// `text:span`
    Span,
    /// `text:list-item`, `text:numbered-paragraph`
    ListItem,
    /// A table, row, cell or section.
    Group {
        /// Whether it is a cell.
        cell: bool,
        /// Whether it has a color behind it.
        shaded: bool,
        /// Whether it is hidden.
        hidden: bool,
    },
    /// `text:note`
    Note,
    /// `office:annotation`
    Annotation,
    /// A drawing, which may hold text.
    Box,
    /// `text:tracked-changes`
    Changes,
    /// `office:forms`
    Forms,
    /// A form control that lists its choices.
    Choices,
    /// A prompt to fill in.
    Placeholder,
    /// A form field of a Word file.
    FieldMark,
}

/// One flow of text: the body, a note, a comment or a text box.
#[derive(Debug, Default)]
struct Frame {
    paragraph: Paragraph,
    /// Heading level of the open paragraph.
    level: Option<u8>,
    /// Formatting of the open paragraph, then of its spans.
    formats: Vec<TextFormat>,
    is_shaded: bool,
    is_hidden: bool,
    n_paragraphs: usize,
    n_items: usize,
    n_cells: usize,
    n_shades: usize,
    out: Vec<Item>,
}

/// The walk through the body.
#[derive(Debug)]
pub(super) struct Story<'s> {
    /// Styles of the document.
    pub(super) styles: &'s Styles,
    /// What has to be told.
    pub(super) tally: Tally,
    /// How much was read.
    pub(super) volume: Volume,
    /// Open elements, outermost first.
    open: Vec<Role>,
    /// Open flows, outermost first.
    frames: Vec<Frame>,
    /// Open hidden things.
    pub(super) n_hidden: usize,
    /// Open prompts.
    n_placeholders: usize,
    /// Values of form controls by their id, shown where a drawing refers to them.
    pub(super) controls: HashMap<String, String>,
    /// Id of the list control being read.
    pub(super) choices: String,
    /// Entries of the drop-down field being read.
    pub(super) entries: Vec<String>,
    /// The number of the chosen one.
    pub(super) chosen: usize,
    has_pages: bool,
    page: u32,
    /// Whether anything came before.
    is_begun: bool,
}

impl<'s> Story<'s> {
    /// A walk that has not begun; `has_pages` if the file has marks of the last layout.
    pub(super) fn new(styles: &'s Styles, has_pages: bool) -> Self {
        Self {
            styles,
            tally: Tally::default(),
            volume: Volume::default(),
            open: Vec::new(),
            frames: vec![Frame::default()],
            n_hidden: 0,
            n_placeholders: 0,
            controls: HashMap::new(),
            choices: String::new(),
            entries: Vec::new(),
            chosen: 0,
            has_pages,
            page: 1,
            is_begun: false,
        }
    }

    /// Takes in a token.
    ///
    /// # Errors
    /// As [`XmlReader::attribute`], and [`DocumentError::TooLarge`] past the caps of [`Volume`].
    pub(super) fn step(
        &mut self,
        reader: &XmlReader<'_>,
        token: Token<'_>,
    ) -> Result<(), DocumentError> {
        match token {
            Token::Start(element) => {
                let role = match self.open.last() {
                    Some(Role::Skip) => Role::Skip,
                    Some(Role::Changes) => self.start_in_changes(&element),
                    Some(Role::Forms | Role::Choices) => self.start_in_forms(reader, &element)?,
                    Some(Role::FieldMark) => self.start_in_field(reader, &element)?,
                    _ => self.start(reader, &element)?,
                };
                self.open.push(role);
            }
            Token::End => {
                if let Some(role) = self.open.pop() {
                    self.end(role)?;
                }
            }
            Token::Text(text) => {
                if self.open.last() != Some(&Role::Skip) {
                    self.push(&text)?;
                }
            }
        }
        Ok(())
    }

    /// Finished items of the body.
    pub(super) fn take_items(&mut self) -> Vec<Item> {
        self.frames
            .first_mut()
            .map(|frame| mem::take(&mut frame.out))
            .unwrap_or_default()
    }

    /// The page that the walk is on, if it can be known.
    pub(super) fn page(&self) -> Option<u32> {
        self.has_pages.then_some(self.page)
    }

    /// The innermost flow. There is always one: the first is never taken away.
    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn push(&mut self, text: &str) -> Result<(), DocumentError> {
        // White space between paragraphs is layout of the file.
        if self.frame().n_paragraphs == 0 {
            return Ok(());
        }
        self.volume.add_text(text.len())?;
        if self.n_placeholders > 0 {
            self.tally.placeholder.push_str(text);
            return Ok(());
        }
        let page = self.page();
        let look = self.look();
        self.frame().paragraph.push(text, look, page);
        Ok(())
    }

    fn look(&mut self) -> Look {
        let is_hidden = self.n_hidden > 0;
        let frame = self.frame();
        let format = frame.formats.last().copied().unwrap_or_default();
        let on_shade = frame.is_shaded || frame.n_shades > 0;
        let hidden = if is_hidden || format.is_hidden() {
            Some(HiddenReason::Vanished)
        } else if format.is_white() && !on_shade {
            Some(HiddenReason::White)
        } else if format.is_tiny() {
            Some(HiddenReason::Tiny)
        } else {
            None
        };
        Look {
            hidden,
            emphasized: format.is_emphasized(),
        }
    }

    fn finish_paragraph(&mut self) {
        let page = self.page();
        let frame = self.frame();
        if mem::take(&mut frame.is_hidden) {
            frame.paragraph.vanish();
        }
        let kind = match frame.level.take() {
            Some(level) => BlockKind::Heading { level },
            None if frame.n_cells > 0 => BlockKind::TableCell,
            None if frame.n_items > 0 => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        frame.paragraph.finish(kind, page, &mut frame.out);
        frame.formats.clear();
        frame.is_shaded = false;
    }

    fn start(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        match element.space {
            Space::OdfText => self.start_text(reader, element),
            Space::OdfTable => self.start_table(reader, element),
            Space::OdfDraw => self.start_drawing(reader, element),
            Space::OdfOffice => Ok(match element.local() {
                "annotation" => self.start_flow(Role::Annotation, false),
                "forms" => Role::Forms,
                "binary-data" | "event-listeners" => Role::Skip,
                _ => Role::Transparent,
            }),
            Space::OdfSvg => Ok(Role::Skip),
            Space::OdfField if element.local() == "fieldmark" => {
                self.entries.clear();
                self.chosen = 0;
                Ok(Role::FieldMark)
            }
            Space::LibreOffice if element.local() == "content-control" => {
                self.start_control(reader, element)
            }
            _ => Ok(Role::Transparent),
        }
    }

    fn start_text(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::OdfText, name);
        let role = match element.local() {
            "p" | "h" => self.start_paragraph(reader, element)?,
            "span" => {
                let name = attribute("style-name")?;
                let own = self.styles.get("text", name.as_deref()).text;
                let frame = self.frame();
                let base = frame.formats.last().copied().unwrap_or_default();
                frame.formats.push(own.over(base));
                Role::Span
            }
            "s" | "tab" | "line-break" => {
                self.push(" ")?;
                Role::Skip
            }
            "soft-page-break" => {
                self.page = self.page.saturating_add(1);
                Role::Skip
            }
            "list-item" | "numbered-paragraph" => {
                self.frame().n_items += 1;
                Role::ListItem
            }
            "note" => self.start_flow(Role::Note, false),
            "tracked-changes" => Role::Changes,
            "section" => {
                let display = attribute("display")?;
                let is_hidden = attribute("is-hidden")?.as_deref() == Some("true");
                let hidden = display.as_deref() == Some("none") || is_hidden;
                self.start_group(false, false, hidden)
            }
            "hidden-paragraph" => {
                let is_hidden = attribute("is-hidden")?.as_deref() == Some("true");
                self.frame().is_hidden |= is_hidden;
                Role::Skip
            }
            "hidden-text" => {
                let hidden = attribute("is-hidden")?.as_deref() != Some("false");
                self.start_group(false, false, hidden)
            }
            "placeholder" => self.start_placeholder(),
            "content-control" => self.start_control(reader, element)?,
            "note-citation" | "number" | "ruby-text" | "label" | "script" => Role::Skip,
            // Patterns and declarations, not text.
            local if local.ends_with("-source") || local.ends_with("-decls") => Role::Skip,
            _ => Role::Transparent,
        };
        Ok(role)
    }

    fn start_paragraph(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::OdfText, name);
        self.volume.add_block()?;
        self.finish_paragraph();
        let style = self
            .styles
            .get("paragraph", attribute("style-name")?.as_deref());
        self.start_page(style.breaks_page);
        let outline = if element.local() == "h" {
            Some(
                attribute("outline-level")?
                    .and_then(|level| level.parse().ok())
                    .unwrap_or(1),
            )
        } else {
            style.outline
        };
        let frame = self.frame();
        frame.n_paragraphs += 1;
        frame.level = outline
            .filter(|level| (1..=10).contains(level))
            .map(|level| level.min(9));
        frame.is_shaded = style.shaded == Some(true);
        frame.formats.push(style.text);
        Ok(Role::Paragraph)
    }

    /// A page break before what comes, unless nothing came before.
    fn start_page(&mut self, breaks: bool) {
        if breaks && self.is_begun && self.frames.len() == 1 {
            self.page = self.page.saturating_add(1);
        }
        self.is_begun = true;
    }

    fn start_group(&mut self, cell: bool, shaded: bool, hidden: bool) -> Role {
        self.n_hidden += usize::from(hidden);
        let frame = self.frame();
        frame.n_cells += usize::from(cell);
        frame.n_shades += usize::from(shaded);
        Role::Group {
            cell,
            shaded,
            hidden,
        }
    }

    /// Starts a flow of its own; its items go where `role` says when it ends.
    pub(super) fn start_flow(&mut self, role: Role, shaded: bool) -> Role {
        self.frames.push(Frame {
            n_shades: usize::from(shaded),
            ..Frame::default()
        });
        role
    }

    fn start_placeholder(&mut self) -> Role {
        self.n_placeholders += 1;
        Role::Placeholder
    }

    fn start_control(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let shows_prompt = reader.attribute(element, element.space, "showing-place-holder")?;
        let is_prompt = shows_prompt.as_deref() == Some("true");
        Ok(if is_prompt {
            self.start_placeholder()
        } else {
            Role::Transparent
        })
    }

    fn start_table(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let family = match element.local() {
            "table" => "table",
            "table-row" => "table-row",
            "table-cell" | "covered-table-cell" => "table-cell",
            _ => return Ok(Role::Transparent),
        };
        let name = reader.attribute(element, Space::OdfTable, "style-name")?;
        let style = self.styles.get(family, name.as_deref());
        if family == "table" {
            self.start_page(style.breaks_page);
        }
        let visibility = reader.attribute(element, Space::OdfTable, "visibility")?;
        let is_covered = element.local() == "covered-table-cell";
        let hidden = is_covered || visibility.is_some_and(|value| value != "visible");
        Ok(self.start_group(family == "table-cell", style.shaded == Some(true), hidden))
    }

    /// Puts items after the paragraph that anchors them, or here if none is open.
    pub(super) fn defer(&mut self, items: Vec<Item>) {
        let frame = self.frame();
        let target = if frame.n_paragraphs > 0 {
            &mut frame.paragraph.deferred
        } else {
            &mut frame.out
        };
        target.extend(items);
    }

    fn start_in_changes(&mut self, element: &Element<'_>) -> Role {
        match (element.space, element.local()) {
            (Space::OdfText, "insertion") => self.tally.n_insertions += 1,
            (Space::OdfText, "deletion") => self.tally.n_deletions += 1,
            (Space::OdfText, "changed-region") => return Role::Changes,
            _ => {}
        }
        Role::Skip
    }

    fn end(&mut self, role: Role) -> Result<(), DocumentError> {
        match role {
            Role::Paragraph => {
                self.finish_paragraph();
                self.frame().n_paragraphs -= 1;
            }
            Role::Span => {
                self.frame().formats.pop();
            }
            Role::ListItem => self.frame().n_items -= 1,
            Role::Group {
                cell,
                shaded,
                hidden,
            } => {
                self.n_hidden -= usize::from(hidden);
                let frame = self.frame();
                frame.n_cells -= usize::from(cell);
                frame.n_shades -= usize::from(shaded);
            }
            Role::Note => {
                let items = self.end_flow();
                let page = self.page();
                let hidden = self.look().hidden;
                self.defer(
                    items
                        .into_iter()
                        .map(|item| item.into_note(page, hidden))
                        .collect(),
                );
            }
            Role::Annotation => {
                for item in self.end_flow() {
                    let (Item::Block { text, .. } | Item::Hidden { text, .. }) = item;
                    self.tally.n_comment_words += text.split_whitespace().count();
                }
            }
            Role::Box => {
                let items = self.end_flow();
                self.defer(items);
            }
            Role::Placeholder => {
                self.n_placeholders -= 1;
                self.tally.n_placeholders += 1;
            }
            Role::FieldMark => {
                let entries = mem::take(&mut self.entries);
                if let Some(entry) = entries.get(self.chosen) {
                    self.push(entry)?;
                }
            }
            Role::Transparent | Role::Skip | Role::Changes | Role::Forms | Role::Choices => {}
        }
        Ok(())
    }

    fn end_flow(&mut self) -> Vec<Item> {
        if self.frames.len() < 2 {
            return Vec::new();
        }
        self.frames.pop().map(|frame| frame.out).unwrap_or_default()
    }
}
