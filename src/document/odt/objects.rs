//! Things placed in the text: drawings, text boxes, embedded objects and form controls.

use crate::document::BlockKind;
use crate::document::HiddenReason;
use crate::document::flow::Item;
use crate::document::odt::story::Role;
use crate::document::odt::story::Story;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

impl Story<'_> {
    /// An element of a drawing.
    pub(super) fn start_drawing(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::OdfDraw, name);
        let role = match element.local() {
            "a" | "text-box" => Role::Transparent,
            "image" => {
                self.tally.n_pictures += 1;
                Role::Transparent
            }
            "object" | "object-ole" => {
                self.tally.unread("an embedded object".to_owned());
                Role::Skip
            }
            "control" => {
                let id = attribute("control")?.unwrap_or_default();
                // A control is shown once; its value is taken out, so that references cannot multiply it.
                if let Some(value) = self.controls.remove(&id) {
                    self.push_control(value)?;
                }
                Role::Skip
            }
            _ => {
                let name = attribute("style-name")?;
                let shaded = self.styles.get("graphic", name.as_deref()).shaded == Some(true);
                self.start_flow(Role::Box, shaded)
            }
        };
        Ok(role)
    }

    /// Shows what was typed into a form control.
    fn push_control(&mut self, text: String) -> Result<(), DocumentError> {
        self.volume.add_block()?;
        let page = self.page();
        let item = if self.n_hidden > 0 {
            Item::Hidden {
                why: HiddenReason::Vanished,
                text,
                page,
            }
        } else {
            Item::Block {
                kind: BlockKind::Paragraph,
                text,
                page,
                emphasized: false,
            }
        };
        self.defer(vec![item]);
        Ok(())
    }

    /// Form controls keep what was typed in an attribute.
    pub(super) fn start_in_forms(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        if element.space != Space::OdfForm {
            return Ok(Role::Skip);
        }
        let attribute = |name| reader.attribute(element, Space::OdfForm, name);
        match element.local() {
            "form" => Ok(Role::Forms),
            "text" | "textarea" | "formatted-text" | "combobox" | "number" | "date" | "time" => {
                let value = match attribute("current-value")? {
                    Some(value) => Some(value),
                    None => attribute("value")?,
                };
                let value = value.unwrap_or_default();
                self.volume.add_text(value.len())?;
                self.controls
                    .insert(attribute("id")?.unwrap_or_default(), value);
                Ok(Role::Skip)
            }
            "listbox" => {
                self.choices = attribute("id")?.unwrap_or_default();
                Ok(Role::Choices)
            }
            "option" => {
                if attribute("current-selected")?.as_deref() == Some("true") {
                    let label = attribute("label")?.unwrap_or_default();
                    self.volume.add_text(label.len())?;
                    let value = self.controls.entry(self.choices.clone()).or_default();
                    value.push_str(&label);
                    value.push(' ');
                }
                Ok(Role::Skip)
            }
            _ => Ok(Role::Skip),
        }
    }

    /// Form fields of Word files: a drop-down keeps its entries and the number of the chosen one.
    pub(super) fn start_in_field(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        if element.is(Space::OdfField, "param") {
            let name = reader
                .attribute(element, Space::OdfField, "name")?
                .unwrap_or_default();
            let value = reader
                .attribute(element, Space::OdfField, "value")?
                .unwrap_or_default();
            match name.as_str() {
                "Dropdown_ListEntry" => {
                    self.volume.add_text(value.len())?;
                    self.entries.push(value);
                }
                "Dropdown_Selected" => self.chosen = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        Ok(Role::Skip)
    }
}
