//! Drawings inside text: shapes, text boxes, formulas and embedded objects.

use crate::document::BlockKind;
use crate::document::HiddenReason;
use crate::document::docx::role::Role;
use crate::document::docx::story::Story;
use crate::document::flow::Item;
use crate::document::flow::excerpt;
use crate::document::flow::is_white;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// What is behind the text of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fill {
    /// Nothing was said, which leaves the paper.
    #[default]
    Unsaid,
    /// Said to be nothing, or white.
    Paper,
    /// A color or a picture, on which white text can be read.
    Color,
}

impl Story<'_> {
    /// An element outside the namespace of text.
    pub(super) fn start_drawing(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::None, name);
        let role = match (element.space, element.local()) {
            (Space::Placement, "anchor" | "inline") => Role::Anchor,
            (Space::Placement, "docPr") => {
                if matches!(attribute("hidden")?.as_deref(), Some("1" | "true")) {
                    self.hide_anchor();
                }
                Role::Skip
            }
            (Space::Shape, "wsp") => {
                self.shapes.push(Fill::default());
                Role::Shape
            }
            (Space::Shape, "spPr") if parent == Role::Shape => Role::ShapeFormat,
            (Space::Shape, "style") if parent == Role::Shape => Role::ShapeStyle,
            // Text of shapes that Word keeps as pictures of another program: paragraphs of their own.
            (Space::Drawing, "txBody") => self.start_box(),
            (Space::Drawing, "p") => self.start_paragraph()?,
            (Space::Drawing | Space::Math, "r") => self.start_run(),
            (Space::Drawing | Space::Math, "t") => Role::Text,
            (Space::Drawing, "br") => {
                self.push(" ");
                Role::Skip
            }
            (Space::Drawing, "pPr" | "rPr" | "endParaRPr" | "lstStyle" | "bodyPr")
            | (Space::Math, "rPr") => Role::Skip,
            (Space::Drawing, "blip") | (Space::Vml, "imagedata") => {
                self.tally.n_pictures += 1;
                Role::Skip
            }
            (Space::Vml, "shape" | "rect" | "roundrect" | "oval") => {
                let is_filled = !matches!(attribute("filled")?.as_deref(), Some("f" | "false"));
                let color = attribute("fillcolor")?.filter(|_| is_filled);
                self.shapes
                    .push(color.map_or(Fill::Paper, |color| vml_fill(&color)));
                Role::VmlShape
            }
            (Space::Vml, "fill") => {
                // Gradients and pictures; a plain fill repeats the color of the shape.
                if let (Some(kind), Some(fill)) = (attribute("type")?, self.shapes.last_mut())
                    && kind != "solid"
                {
                    *fill = Fill::Color;
                }
                Role::Skip
            }
            (Space::Vml, "textpath") => {
                let text = attribute("string")?.unwrap_or_default();
                self.push_word_art(&text)?;
                Role::Skip
            }
            (Space::VmlOffice, "OLEObject") => {
                let program =
                    attribute("ProgID")?.unwrap_or_else(|| "of an unknown kind".to_owned());
                self.unread(format!("an embedded object ({})", excerpt(&program)));
                Role::Skip
            }
            _ => Role::Transparent,
        };
        Ok(role)
    }

    /// Inside the formatting of a shape.
    pub(super) fn start_in_shape_format(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Role,
    ) -> Result<Role, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::None, name);
        if element.space != Space::Drawing {
            return Ok(Role::Skip);
        }
        let fill = match (parent, element.local()) {
            (Role::ShapeFormat, "noFill") => Some(Fill::Paper),
            (Role::ShapeFormat, "solidFill") => return Ok(Role::ShapeFill),
            (Role::ShapeFormat, "gradFill" | "blipFill" | "pattFill") => Some(Fill::Color),
            (Role::ShapeFill, "srgbClr") => {
                let is_paper = attribute("val")?.is_some_and(|hex| is_white(&hex));
                Some(if is_paper { Fill::Paper } else { Fill::Color })
            }
            (Role::ShapeFill, "schemeClr") => {
                // A shaded variant of the paper color is a color.
                let is_paper = matches!(attribute("val")?.as_deref(), Some("bg1" | "lt1"));
                Some(if is_paper { Fill::Paper } else { Fill::Color })
            }
            (Role::ShapeFill, _) => Some(Fill::Color),
            (Role::ShapeStyle, "fillRef") => {
                let has_fill = attribute("idx")?.is_some_and(|index| index != "0");
                has_fill.then_some(Fill::Color)
            }
            _ => None,
        };
        if let (Some(fill), Some(shape)) = (fill, self.shapes.last_mut()) {
            // What the shape says itself wins over its style, which comes later.
            if parent != Role::ShapeStyle || *shape == Fill::Unsaid {
                *shape = fill;
            }
        }
        Ok(Role::Skip)
    }

    /// Decorated text that Word keeps as an attribute.
    fn push_word_art(&mut self, text: &str) -> Result<(), DocumentError> {
        self.volume.add_text(text.len())?;
        self.volume.add_block()?;
        let page = self.pages.page();
        let item = if self.n_vanished > 0 {
            Item::Hidden {
                why: HiddenReason::Vanished,
                text: text.to_owned(),
                page,
            }
        } else {
            Item::Block {
                kind: BlockKind::Paragraph,
                text: text.to_owned(),
                page,
                emphasized: false,
            }
        };
        if self.is_read() {
            self.frame().paragraph.deferred.push(item);
        }
        Ok(())
    }
}

/// The fill of an old drawing: `#4f81bd [3204]`, or a color by name.
fn vml_fill(color: &str) -> Fill {
    let color = color.split_whitespace().next().unwrap_or_default();
    let is_paper = color == "white"
        || color == "window"
        || color == "none"
        || color == "#fff"
        || is_white(color);
    if is_paper { Fill::Paper } else { Fill::Color }
}
