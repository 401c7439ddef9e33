//! State of one flow of text: the body, a note, or a text box inside either.

use std::mem;

use crate::document::BlockKind;
use crate::document::docx::format::Levels;
use crate::document::docx::format::RunFormat;
use crate::document::docx::styles::Lists;
use crate::document::docx::styles::Style;
use crate::document::docx::styles::Styles;
use crate::document::docx::styles::heading_level;
use crate::document::flow::Item;
use crate::document::flow::Look;
use crate::document::flow::Paragraph;

/// One flow of text. Text boxes start a new one, so that the paragraph that anchors them waits.
#[derive(Debug, Default)]
pub(super) struct Frame<'c> {
    /// The paragraph being read.
    pub(super) paragraph: Paragraph,
    /// What its properties say.
    pub(super) traits: ParagraphTraits<'c>,
    /// The run being read.
    pub(super) run: Run,
    /// Open tables, outermost first.
    pub(super) tables: Vec<Table>,
    /// Open fields, outermost first.
    pub(super) fields: Vec<Field>,
    /// Open fields whose code is being read: text inside is not shown.
    pub(super) n_codes: usize,
    /// Text inside those codes: lost if they never end.
    pub(super) skipped: String,
    /// Whether the box has a color behind its text.
    pub(super) shaded: bool,
    /// Finished items.
    pub(super) out: Vec<Item>,
}

/// Properties of a paragraph.
#[derive(Debug, Default)]
pub(super) struct ParagraphTraits<'c> {
    /// Its style, if it names a known one.
    pub(super) style: Option<&'c Style>,
    /// Outline level, counted from 0.
    pub(super) outline: Option<u32>,
    /// List definition.
    pub(super) list: Option<u32>,
    /// Level in the list.
    pub(super) list_level: Option<u32>,
    /// Whether it has a color behind it.
    pub(super) shaded: Option<bool>,
    /// Whether the sign that ends it is a tracked deletion: it then runs on into the next one.
    pub(super) joins_next: bool,
}

/// Properties of a run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Its own formatting.
    pub(super) direct: RunFormat,
    /// Formatting by its character style.
    pub(super) character: RunFormat,
    /// What comes out.
    pub(super) look: Look,
}

/// An open table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Whether its style or itself puts a color behind cells.
    pub(super) shaded: bool,
    /// Whether the open cell has a color behind it.
    pub(super) cell_shaded: bool,
    /// Whether a cell is open.
    pub(super) in_cell: bool,
    /// Page on which the open row starts.
    pub(super) row_start: u32,
    /// Last page that a cell of the open row reaches.
    pub(super) row_end: u32,
    /// Whether the open row is a tracked deletion.
    pub(super) row_deleted: bool,
    /// Whether the open row is hidden.
    pub(super) row_hidden: bool,
    /// Whether the open cell is a tracked deletion.
    pub(super) cell_deleted: bool,
}

/// An open field: its code is read until the separator, then its result.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// Whether the separator has been seen.
    pub(super) in_result: bool,
    /// Whether the result has text.
    pub(super) has_text: bool,
    /// Entries of a drop-down form field.
    pub(super) entries: Vec<String>,
    /// The chosen entry.
    pub(super) chosen: Option<usize>,
    /// The entry chosen at first.
    pub(super) preset: Option<usize>,
}

impl Field {
    /// Text of a drop-down whose choice is stored only as a number.
    pub(super) fn choice(&self) -> Option<&str> {
        if self.has_text {
            return None;
        }
        let index = self.chosen.or(self.preset).unwrap_or(0);
        self.entries.get(index).map(String::as_str)
    }
}

impl<'c> Frame<'c> {
    /// A field begins with its code.
    pub(super) fn begin_field(&mut self) {
        self.fields.push(Field::default());
        self.n_codes += 1;
    }

    /// The code of the innermost field ends and its result begins.
    pub(super) fn separate_field(&mut self) {
        if let Some(field) = self.fields.last_mut().filter(|field| !field.in_result) {
            field.in_result = true;
            self.end_code();
        }
    }

    /// The innermost field ends.
    pub(super) fn end_field(&mut self) -> Option<Field> {
        let field = self.fields.pop()?;
        if !field.in_result {
            self.end_code();
        }
        Some(field)
    }

    fn end_code(&mut self) {
        self.n_codes -= 1;
        if self.n_codes == 0 {
            self.skipped.clear();
        }
    }

    /// The look of the open run, from all levels of formatting.
    pub(super) fn look(&self, styles: &'c Styles) -> Look {
        let style = self.style(styles);
        let levels = self.levels(styles);
        let on_shade = self.shaded
            || self.traits.shaded.or(style.shaded) == Some(true)
            || self
                .tables
                .iter()
                .any(|table| table.shaded || table.cell_shaded);
        levels.look(on_shade)
    }

    /// Type size of the open run in half points, if the file states it.
    pub(super) fn half_points(&self, styles: &'c Styles) -> Option<u32> {
        self.levels(styles).half_points()
    }

    fn levels(&self, styles: &'c Styles) -> Levels {
        Levels {
            defaults: styles.defaults,
            paragraph: self.style(styles).run,
            character: self.run.character,
            direct: self.run.direct,
        }
    }

    /// What kind of block the open paragraph is.
    pub(super) fn kind(&self, styles: &'c Styles, lists: &Lists) -> BlockKind {
        let style = self.style(styles);
        if let Some(level) = heading_level(self.traits.outline.or(style.outline)) {
            return BlockKind::Heading { level };
        }
        if self.tables.iter().any(|table| table.in_cell) {
            return BlockKind::TableCell;
        }
        let list = self.traits.list.or(style.list);
        let level = self.traits.list_level.or(style.list_level);
        if lists.is_item(list, level) {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        }
    }

    /// Ends the open paragraph and puts its items into `out`.
    pub(super) fn finish_paragraph(
        &mut self,
        styles: &'c Styles,
        lists: &Lists,
        page: Option<u32>,
    ) {
        let kind = self.kind(styles, lists);
        self.paragraph.finish(kind, page, &mut self.out);
        self.traits = ParagraphTraits::default();
        self.run = Run::default();
    }

    /// Text swallowed by fields that never end; closes them.
    pub(super) fn lost_in_fields(&mut self) -> String {
        self.fields.clear();
        self.n_codes = 0;
        mem::take(&mut self.skipped)
    }

    fn style(&self, styles: &'c Styles) -> &'c Style {
        self.traits
            .style
            .unwrap_or_else(|| styles.default_paragraph())
    }
}

/// Counts pages by the breaks that Word left in the file.
#[derive(Debug)]
pub(super) struct Pages {
    known: bool,
    current: u32,
    /// A written break was counted and no text followed yet: Word marks the same break again there.
    is_fresh: bool,
}

impl Pages {
    /// A counter; `known` if the file has marks of the last layout, without which any count is a guess.
    pub(super) fn new(known: bool) -> Self {
        Self {
            known,
            current: 1,
            is_fresh: false,
        }
    }

    /// The page, if it can be known.
    pub(super) fn page(&self) -> Option<u32> {
        self.known.then_some(self.current)
    }

    /// A break that the author wrote.
    pub(super) fn written_break(&mut self) {
        self.current = self.current.saturating_add(1);
        self.is_fresh = true;
    }

    /// A break that the last layout made.
    pub(super) fn rendered_break(&mut self) {
        if !self.is_fresh {
            self.current = self.current.saturating_add(1);
        }
        self.is_fresh = false;
    }

    /// Text stands on the page.
    pub(super) fn text(&mut self) {
        self.is_fresh = false;
    }

    /// A row starts: all its cells start on this page.
    pub(super) fn row_start(&self, table: &mut Table) {
        (table.row_start, table.row_end) = (self.current, self.current);
    }

    /// A cell starts, at the top of its row.
    pub(super) fn cell_start(&mut self, table: &Table) {
        self.current = table.row_start;
    }

    /// A cell ends; the longest one tells where the row ends.
    pub(super) fn cell_end(&self, table: &mut Table) {
        table.row_end = table.row_end.max(self.current);
    }

    /// A row ends.
    pub(super) fn row_end(&mut self, table: &Table) {
        self.current = table.row_end;
    }
}
