//! Properties of paragraphs, runs, tables and controls, taken in while walking a part.

use crate::document::docx::format::is_on;
use crate::document::docx::format::is_shaded;
use crate::document::docx::format::number;
use crate::document::docx::format::value;
use crate::document::docx::role::Role;
use crate::document::docx::story::Story;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

impl Story<'_> {
    /// Inside `w:pPr`, `w:numPr` and `w:rPr`.
    pub(super) fn start_in_format(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let context = self.context;
        let style = |element| -> Result<_, DocumentError> {
            Ok(value(reader, element)?.and_then(|id| context.styles.get(&id)))
        };
        let frame = self.frame();
        let traits = &mut frame.traits;
        match (parent, element.local()) {
            (Role::RunFormat, "rStyle") => {
                frame.run.character = style(element)?.map(|style| style.run).unwrap_or_default();
            }
            (Role::RunFormat, _) => frame.run.direct.read(reader, element)?,
            (Role::ParagraphFormat, "pStyle") => traits.style = style(element)?,
            (Role::ParagraphFormat, "outlineLvl") => traits.outline = number(reader, element)?,
            (Role::ParagraphFormat, "shd") => traits.shaded = Some(is_shaded(reader, element)?),
            (Role::ParagraphFormat, "numPr") => return Ok(Role::ListFormat),
            (Role::ParagraphFormat, "rPr") => return Ok(Role::MarkFormat),
            (Role::ListFormat, "numId") => traits.list = number(reader, element)?,
            (Role::ListFormat, "ilvl") => traits.list_level = number(reader, element)?,
            (Role::MarkFormat, "del" | "moveFrom") => traits.joins_next = true,
            _ => {}
        }
        Ok(Role::Skip)
    }

    /// Inside `w:tblPr`, `w:trPr` and `w:tcPr`.
    pub(super) fn start_in_table_format(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let context = self.context;
        let Some(table) = self
            .frames
            .last_mut()
            .and_then(|frame| frame.tables.last_mut())
        else {
            return Ok(Role::Skip);
        };
        match (parent, element.local()) {
            (Role::TableFormat, "tblStyle") => {
                let style = value(reader, element)?.and_then(|id| context.styles.get(&id));
                table.shaded |= style.is_some_and(|style| style.shades_cells);
            }
            (Role::TableFormat, "shd") => table.shaded |= is_shaded(reader, element)?,
            (Role::CellFormat, "shd") => table.cell_shaded = is_shaded(reader, element)?,
            (Role::CellFormat, "cellDel") if !table.cell_deleted => {
                table.cell_deleted = true;
                self.n_deleted += 1;
                self.tally.n_deletions += 1;
            }
            (Role::RowFormat, "del") if !table.row_deleted => {
                table.row_deleted = true;
                self.n_deleted += 1;
                self.tally.n_deletions += 1;
            }
            (Role::RowFormat, "ins") => self.tally.n_insertions += 1,
            (Role::RowFormat, "hidden")
                if !table.row_hidden && is_on(value(reader, element)?.as_deref()) =>
            {
                table.row_hidden = true;
                self.n_vanished += 1;
            }
            _ => {}
        }
        Ok(Role::Skip)
    }

    /// Inside `w:sdtPr`.
    pub(super) fn start_in_control(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        if element.is(Space::Word, "showingPlcHdr") && is_on(value(reader, element)?.as_deref()) {
            // The control itself is the element around the open properties.
            let around = self
                .open
                .len()
                .checked_sub(2)
                .and_then(|at| self.open.get_mut(at));
            if let Some(control) = around.filter(|open| open.role == Role::Control) {
                control.role = Role::EmptyControl;
            }
        }
        Ok(Role::Skip)
    }
}
