//! Fields: codes that Word replaces by their results, and the form fields of old files.

use crate::document::docx::format::number;
use crate::document::docx::format::value;
use crate::document::docx::frame::Field;
use crate::document::docx::role::Role;
use crate::document::docx::story::Story;
use crate::document::xml::Element;
use crate::document::xml::MAX_DEPTH;
use crate::document::xml::Space;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

impl Story<'_> {
    /// A sign that begins, parts or ends a field.
    pub(super) fn start_field_sign(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<Role, DocumentError> {
        let kind = reader.attribute(element, Space::Word, "fldCharType")?;
        match kind.as_deref() {
            Some("begin") if self.frame().fields.len() >= MAX_DEPTH => {
                return Err(DocumentError::TooLarge {
                    what: "the nesting of fields".to_owned(),
                    limit: format!("{MAX_DEPTH} levels"),
                });
            }
            Some("begin") => self.frame().begin_field(),
            Some("separate") => self.frame().separate_field(),
            Some("end") => {
                if let Some(choice) = self.frame().end_field().as_ref().and_then(Field::choice) {
                    self.push(choice);
                }
            }
            _ => {}
        }
        Ok(Role::FieldSign)
    }

    /// Inside the start of a field: legacy form fields keep the entries of a drop-down there.
    pub(super) fn start_in_form_field(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let role = match (parent, element.local()) {
            (Role::FieldSign, "ffData") => return Ok(Role::FormData),
            (Role::FormData, "ddList") => return Ok(Role::DropDown),
            _ => Role::Skip,
        };
        let number = number(reader, element)?.and_then(|number| usize::try_from(number).ok());
        let text = value(reader, element)?.unwrap_or_default();
        self.volume.add_text(if parent == Role::DropDown {
            text.len()
        } else {
            0
        })?;
        if let (Role::DropDown, Some(field)) = (parent, self.frame().fields.last_mut()) {
            match element.local() {
                "result" => field.chosen = number,
                "default" => field.preset = number,
                "listEntry" => field.entries.push(text),
                _ => {}
            }
        }
        Ok(role)
    }
}
