//! Walks a part that holds text, one token at a time, with every open element on a stack of its own.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use crate::document::HiddenReason;
use crate::document::docx::frame::Frame;
use crate::document::docx::frame::Pages;
use crate::document::docx::frame::ParagraphTraits;
use crate::document::docx::frame::Run;
use crate::document::docx::frame::Table;
use crate::document::docx::role::Open;
use crate::document::docx::role::Role;
use crate::document::docx::shape::Fill;
use crate::document::docx::styles::Lists;
use crate::document::docx::styles::Styles;
use crate::document::docx::symbols::symbol;
use crate::document::flow::Item;
use crate::document::flow::Volume;
use crate::document::flow::excerpt;
use crate::document::tally::Tally;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Notes by their id.
pub(super) type Notes = HashMap<String, Vec<Item>>;

/// What all parts of a document share.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Styles.
    pub(super) styles: Styles,
    /// List definitions.
    pub(super) lists: Lists,
    /// Targets of relationships by id, for messages.
    pub(super) targets: HashMap<String, String>,
}

/// The walk through one part.
#[derive(Debug)]
pub(super) struct Story<'c> {
    /// Styles and the like.
    pub(super) context: &'c Context,
    /// Footnotes not yet referred to.
    pub(super) footnotes: Notes,
    /// Endnotes not yet referred to.
    pub(super) endnotes: Notes,
    /// What has to be told.
    pub(super) tally: Tally,
    /// How much was read.
    pub(super) volume: Volume,
    /// Where the walk is on the pages.
    pub(super) pages: Pages,
    /// Open elements, outermost first.
    pub(super) open: Vec<Open>,
    /// Open flows, outermost first.
    pub(super) frames: Vec<Frame<'c>>,
    /// Open shapes, by what is behind their text.
    pub(super) shapes: Vec<Fill>,
    /// Open tracked deletions.
    pub(super) n_deleted: usize,
    /// Open hidden things.
    pub(super) n_vanished: usize,
    /// Open controls that show their prompt.
    n_placeholders: usize,
    /// The text element being read.
    text: String,
    /// Bytes that are no white space, whether kept or not.
    n_seen: usize,
    /// Bytes of visible text by type size in half points.
    pub(super) sizes: BTreeMap<u32, usize>,
    /// Id of the open note.
    note: Option<String>,
    /// Notes read, if the part holds notes.
    pub(super) notes: Notes,
}

impl<'c> Story<'c> {
    /// A walk that has not begun.
    pub(super) fn new(context: &'c Context, pages: Pages) -> Self {
        Self {
            context,
            footnotes: Notes::new(),
            endnotes: Notes::new(),
            tally: Tally::default(),
            volume: Volume::default(),
            pages,
            open: Vec::new(),
            frames: vec![Frame::default()],
            shapes: Vec::new(),
            n_deleted: 0,
            n_vanished: 0,
            n_placeholders: 0,
            text: String::new(),
            n_seen: 0,
            sizes: BTreeMap::new(),
            note: None,
            notes: Notes::new(),
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
                let (parent, keeps) = self
                    .open
                    .last()
                    .map_or((Role::Transparent, false), |o| (o.role, o.keeps_space));
                let role = if parent == Role::Skip {
                    Role::Skip
                } else {
                    self.start(reader, &element, parent)?
                };
                let keeps_space = element.keeps_space().unwrap_or(keeps);
                self.open.push(Open { role, keeps_space });
            }
            Token::End => {
                if let Some(open) = self.open.pop() {
                    self.end(open);
                }
            }
            Token::Text(text) => {
                if self.open.last().is_some_and(|open| open.role == Role::Text) {
                    self.volume.add_text(text.len())?;
                    self.text.push_str(&text);
                }
            }
        }
        Ok(())
    }

    /// Finished items of the outermost flow.
    pub(super) fn take_items(&mut self) -> Vec<Item> {
        self.frames
            .first_mut()
            .map(|frame| mem::take(&mut frame.out))
            .unwrap_or_default()
    }

    /// Ends the walk: a last paragraph without an end, and fields that never ended.
    pub(super) fn finish(&mut self) -> Vec<Item> {
        self.finish_paragraph();
        let lost = self.frame().lost_in_fields();
        self.tally.lost.push_str(&lost);
        self.take_items()
    }

    /// The innermost flow. There is always one: only [`Role::Box`] adds and takes away others.
    pub(super) fn frame(&mut self) -> &mut Frame<'c> {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Notes something that is not read.
    pub(super) fn unread(&mut self, what: String) {
        if self.n_deleted == 0 {
            self.tally.unread(what);
        }
    }

    /// Appends text to where the walk is, unless that place is not read.
    pub(super) fn push(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.n_seen += text.len();
        }
        if self.n_deleted > 0 || text.is_empty() {
            return;
        }
        if self.n_placeholders > 0 {
            self.tally.placeholder.push_str(text);
            return;
        }
        let is_vanished = self.n_vanished > 0;
        let page = self.pages.page();
        let frame = self.frame();
        if frame.n_codes > 0 {
            frame.skipped.push_str(text);
            return;
        }
        if let Some(field) = frame.fields.last_mut() {
            field.has_text |= !text.trim().is_empty();
        }
        let mut look = frame.run.look;
        if is_vanished {
            look.hidden = Some(HiddenReason::Vanished);
        }
        frame.paragraph.push(text, look, page);
        if look.hidden.is_none() && !text.trim().is_empty() {
            let styles = &self.context.styles;
            if let Some(half_points) = self.frame().half_points(styles) {
                *self.sizes.entry(half_points).or_default() += text.trim().len();
            }
            self.pages.text();
        }
    }

    /// Appends a sign that is an element of its own, such as a tab.
    fn push_sign(&mut self, sign: &str) -> Result<Role, DocumentError> {
        self.volume.add_text(sign.len())?;
        self.push(sign);
        Ok(Role::Skip)
    }

    fn finish_paragraph(&mut self) {
        let page = self.pages.page();
        let context = self.context;
        self.frame()
            .finish_paragraph(&context.styles, &context.lists, page);
    }

    fn start(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        // Properties first: inside them names mean something else than in text.
        match parent {
            Role::Text => return Ok(Role::Skip),
            Role::ParagraphFormat | Role::ListFormat | Role::MarkFormat | Role::RunFormat => {
                return self.start_in_format(reader, element, parent);
            }
            Role::TableFormat | Role::RowFormat | Role::CellFormat => {
                return self.start_in_table_format(reader, element, parent);
            }
            Role::FieldSign | Role::FormData | Role::DropDown => {
                return self.start_in_form_field(reader, element, parent);
            }
            Role::ControlFormat => return self.start_in_control(reader, element),
            Role::Alternates { n_seen } => {
                let is_branch = element.is(Space::Compatibility, "Choice")
                    || element.is(Space::Compatibility, "Fallback");
                // One branch is read, the first that has text: the others say the same for other programs.
                let is_read = is_branch && self.n_seen == n_seen;
                return Ok(if is_read {
                    Role::Transparent
                } else {
                    Role::Skip
                });
            }
            Role::ShapeFormat | Role::ShapeFill | Role::ShapeStyle => {
                return self.start_in_shape_format(reader, element, parent);
            }
            _ => {}
        }
        match element.space {
            Space::Word => self.start_word(reader, element, parent),
            Space::Compatibility if element.local() == "AlternateContent" => Ok(Role::Alternates {
                n_seen: self.n_seen,
            }),
            _ => self.start_drawing(reader, element, parent),
        }
    }

    fn start_word(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let role = match element.local() {
            "p" => self.start_paragraph()?,
            "pPr" if parent == Role::Paragraph => Role::ParagraphFormat,
            "r" => self.start_run(),
            "rPr" if parent == Role::Run => Role::RunFormat,
            "t" => Role::Text,
            "tab" | "ptab" | "cr" => self.push_sign(" ")?,
            "br" => {
                let is_page =
                    reader.attribute(element, Space::Word, "type")?.as_deref() == Some("page");
                let role = self.push_sign(" ")?;
                if is_page && self.n_deleted == 0 {
                    self.pages.written_break();
                }
                role
            }
            "noBreakHyphen" => self.push_sign("-")?,
            "sym" => self.start_symbol(reader, element)?,
            "lastRenderedPageBreak" => {
                self.pages.rendered_break();
                Role::Skip
            }
            "footnoteReference" | "endnoteReference" => self.start_reference(reader, element)?,
            "fldChar" => self.start_field_sign(reader, element)?,
            "ins" | "moveTo" => {
                self.tally.n_insertions += 1;
                Role::Transparent
            }
            "del" | "moveFrom" => {
                self.tally.n_deletions += 1;
                self.n_deleted += 1;
                Role::Deleted
            }
            "tbl" => {
                // No paragraph runs on into a table.
                self.finish_paragraph();
                self.frame().tables.push(Table::default());
                Role::Table
            }
            "tblPr" => Role::TableFormat,
            "tr" => {
                if let Some(table) = self
                    .frames
                    .last_mut()
                    .and_then(|frame| frame.tables.last_mut())
                {
                    self.pages.row_start(table);
                }
                Role::Row
            }
            "trPr" if parent == Role::Row => Role::RowFormat,
            "tc" => {
                if let Some(table) = self
                    .frames
                    .last_mut()
                    .and_then(|frame| frame.tables.last_mut())
                {
                    table.in_cell = true;
                    self.pages.cell_start(table);
                }
                Role::Cell
            }
            "tcPr" if parent == Role::Cell => Role::CellFormat,
            "sdt" => Role::Control,
            "sdtPr" => Role::ControlFormat,
            "sdtContent" if parent == Role::EmptyControl => {
                self.n_placeholders += 1;
                Role::Placeholder
            }
            "txbxContent" => self.start_box(),
            "altChunk" | "subDoc" => {
                let id = reader
                    .attribute(element, Space::Relation, "id")?
                    .unwrap_or_default();
                let target = self.context.targets.get(&id).cloned().unwrap_or(id);
                self.unread(format!("an inserted document ({})", excerpt(&target)));
                Role::Skip
            }
            // Directly below the root of a part of notes.
            "footnote" | "endnote" if self.open.len() == 1 => {
                // Separators have a type, notes have none or "normal".
                let kind = reader.attribute(element, Space::Word, "type")?;
                self.note = reader.attribute(element, Space::Word, "id")?;
                if kind.is_none_or(|kind| kind == "normal") {
                    Role::Note
                } else {
                    Role::Skip
                }
            }
            "delText" | "instrText" | "delInstrText" | "pPr" | "rPr" | "trPr" | "tcPr"
            | "tblGrid" | "tblPrEx" | "sectPr" | "sdtEndPr" | "rt" | "rubyPr" | "smartTagPr"
            | "customXmlPr" => Role::Skip,
            _ => Role::Transparent,
        };
        Ok(role)
    }

    /// A paragraph starts; one whose end was deleted runs on into it.
    pub(super) fn start_paragraph(&mut self) -> Result<Role, DocumentError> {
        self.volume.add_block()?;
        if self.frame().traits.joins_next {
            self.frame().traits = ParagraphTraits::default();
        } else {
            self.finish_paragraph();
        }
        let styles = &self.context.styles;
        let frame = self.frame();
        frame.run = Run::default();
        frame.run.look = frame.look(styles);
        Ok(Role::Paragraph)
    }

    /// A run starts, with no formatting of its own yet.
    pub(super) fn start_run(&mut self) -> Role {
        let styles = &self.context.styles;
        let frame = self.frame();
        frame.run = Run::default();
        frame.run.look = frame.look(styles);
        Role::Run
    }

    /// A text box starts: a flow of its own inside the open paragraph.
    pub(super) fn start_box(&mut self) -> Role {
        let shaded = self.shapes.last().is_some_and(|fill| *fill == Fill::Color);
        self.frames.push(Frame {
            shaded,
            ..Frame::default()
        });
        Role::Box
    }

    fn start_symbol(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let font = reader
            .attribute(element, Space::Word, "font")?
            .unwrap_or_default();
        let code = reader
            .attribute(element, Space::Word, "char")?
            .unwrap_or_default();
        let sign = u32::from_str_radix(code.trim(), 16)
            .ok()
            .and_then(|code| symbol(&font, code));
        match sign {
            Some(sign) => self.push_sign(sign.encode_utf8(&mut [0; 4])),
            None => {
                self.tally.n_unmapped += 1;
                Ok(Role::Skip)
            }
        }
    }

    /// Puts a note after the paragraph that refers to it. Each note is used once, as on the page.
    fn start_reference(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let id = reader
            .attribute(element, Space::Word, "id")?
            .unwrap_or_default();
        let is_read = self.is_read();
        let is_vanished = self.n_vanished > 0;
        let notes = if element.local() == "footnoteReference" {
            &mut self.footnotes
        } else {
            &mut self.endnotes
        };
        let note = if is_read { notes.remove(&id) } else { None };
        let page = self.pages.page();
        let frame = self.frame();
        let hidden = if is_vanished {
            Some(HiddenReason::Vanished)
        } else {
            frame.run.look.hidden
        };
        let items = note
            .into_iter()
            .flatten()
            .map(|item| item.into_note(page, hidden));
        frame.paragraph.deferred.extend(items);
        Ok(Role::Skip)
    }

    fn end(&mut self, open: Open) {
        let styles = &self.context.styles;
        match open.role {
            Role::Text => {
                let text = mem::take(&mut self.text);
                // Word drops white space at the ends unless the file asks to keep it.
                self.push(if open.keeps_space {
                    &text
                } else {
                    text.trim_matches([' ', '\t', '\n', '\r'])
                });
                self.text = text;
                self.text.clear();
            }
            Role::RunFormat => {
                let frame = self.frame();
                frame.run.look = frame.look(styles);
            }
            Role::Paragraph => {
                let frame = self.frame();
                if !frame.traits.joins_next {
                    self.finish_paragraph();
                } else if !frame.paragraph.is_blank() {
                    self.tally.n_deletions += 1;
                }
            }
            Role::Deleted => self.n_deleted -= 1,
            Role::Placeholder => {
                self.n_placeholders -= 1;
                self.tally.n_placeholders += 1;
            }
            Role::Cell => self.end_cell(),
            Role::Row => self.end_row(),
            Role::Table => {
                self.frame().tables.pop();
            }
            Role::Box => self.end_box(),
            Role::HiddenAnchor => self.n_vanished -= 1,
            Role::Shape | Role::VmlShape => {
                self.shapes.pop();
            }
            Role::Note => {
                self.finish_paragraph();
                let lost = self.frame().lost_in_fields();
                self.tally.lost.push_str(&lost);
                let items = self.take_items();
                if let Some(id) = self.note.take() {
                    self.notes.entry(id).or_insert(items);
                }
            }
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        self.finish_paragraph();
        if let Some(table) = self
            .frames
            .last_mut()
            .and_then(|frame| frame.tables.last_mut())
        {
            self.pages.cell_end(table);
            table.in_cell = false;
            table.cell_shaded = false;
            if mem::take(&mut table.cell_deleted) {
                self.n_deleted -= 1;
            }
        }
    }

    fn end_row(&mut self) {
        if let Some(table) = self
            .frames
            .last_mut()
            .and_then(|frame| frame.tables.last_mut())
        {
            self.pages.row_end(table);
            if mem::take(&mut table.row_deleted) {
                self.n_deleted -= 1;
            }
            if mem::take(&mut table.row_hidden) {
                self.n_vanished -= 1;
            }
        }
    }

    /// Hands what a text box holds to the paragraph that anchors it.
    fn end_box(&mut self) {
        self.finish_paragraph();
        let lost = self.frame().lost_in_fields();
        self.tally.lost.push_str(&lost);
        if self.frames.len() > 1
            && let Some(done) = self.frames.pop()
        {
            self.frame().paragraph.deferred.extend(done.out);
        }
    }

    /// Whether text here is part of the document.
    pub(super) fn is_read(&self) -> bool {
        self.n_deleted == 0 && self.n_placeholders == 0
    }

    /// Marks the placed object whose properties are being read as hidden.
    pub(super) fn hide_anchor(&mut self) {
        if let Some(open) = self
            .open
            .last_mut()
            .filter(|open| open.role == Role::Anchor)
        {
            open.role = Role::HiddenAnchor;
            self.n_vanished += 1;
        }
    }
}
