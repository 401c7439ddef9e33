//! What attributes and inline styles say about how text looks.

use html5ever::tokenizer::Tag;

use crate::document::HiddenReason;
use crate::document::flow::Look;
use crate::document::flow::is_white;

/// Size of text when nothing gives one, in points.
const USUAL_POINTS: f32 = 12.0;
/// Pixels beyond which a shift to the left or up leaves every page.
const FAR: f32 = 900.0;

/// What one element says; `None` where it is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Own {
    /// Its content is no text of the document.
    pub(super) skips: bool,
    /// Its content is a deletion.
    pub(super) deletes: bool,
    /// It is not displayed.
    pub(super) vanishes: bool,
    /// Heading level.
    pub(super) heading: Option<u8>,
    /// A table cell.
    pub(super) is_cell: bool,
    /// An item of a list.
    pub(super) is_item: bool,
    /// Content of a drawing or formula, where empty tags close themselves.
    pub(super) is_foreign: bool,
    /// Footnote that it holds, by number.
    pub(super) note: Option<u32>,
    /// Bold letters.
    pub(super) bold: Option<bool>,
    /// Underlined.
    pub(super) underlines: bool,
    capitals: Option<bool>,
    visible: Option<bool>,
    white: Option<bool>,
    shaded: Option<bool>,
    size: Option<Size>,
    is_off_page: bool,
}

/// How an element looks with all that it inherits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Computed {
    own: Own,
    points: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    Points(f32),
    Share(f32),
}

impl Default for Computed {
    fn default() -> Self {
        Self {
            own: Own::default(),
            points: USUAL_POINTS,
        }
    }
}

impl Own {
    /// Takes in the attributes of a tag.
    pub(super) fn read(&mut self, tag: &Tag) {
        for attribute in &tag.attrs {
            let value = attribute.value.trim();
            match &*attribute.name.local {
                "hidden" => self.vanishes = true,
                "style" => self.read_style(value),
                "color" if &*tag.name == "font" => self.read_color(&value.to_ascii_lowercase()),
                "bgcolor" => self.shaded = is_background(&value.to_ascii_lowercase()),
                _ => {}
            }
        }
    }

    fn read_style(&mut self, style: &str) {
        let mut is_placed = false;
        let mut is_far = false;
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let value = value.trim().to_ascii_lowercase();
            let value = value.trim_end_matches("!important").trim_end();
            match name.trim().to_ascii_lowercase().as_str() {
                "display" if value == "none" => self.vanishes = true,
                "mso-hide" if value != "none" => self.vanishes = true,
                "opacity" if number(value) == Some(0.0) => self.vanishes = true,
                "visibility" => self.visible = Some(value == "visible"),
                "color" => self.read_color(value),
                "background" | "background-color" => {
                    self.shaded = is_background(value).or(self.shaded);
                }
                "background-image" if value != "none" => self.shaded = Some(true),
                "font-size" => self.size = size(value).or(self.size),
                "font-weight" => {
                    let is_heavy = number(value).is_some_and(|weight| weight >= 600.0);
                    self.bold = Some(is_heavy || value.starts_with("bold"));
                }
                "text-decoration" | "text-decoration-line" => {
                    self.underlines |= value.contains("underline");
                }
                "text-transform" => self.capitals = Some(value == "uppercase"),
                "font-variant" | "font-variant-caps" => self.capitals = Some(value == "small-caps"),
                "position" => is_placed = value == "absolute" || value == "fixed",
                "left" | "top" | "right" | "bottom" => {
                    is_far |= number(value).is_some_and(|shift| shift < -FAR);
                }
                "text-indent" if number(value).is_some_and(|shift| shift < -FAR) => {
                    self.is_off_page = true;
                }
                // Word: the bullet or number that it drew in front of an item, and the item itself.
                "mso-list" if value == "ignore" => self.skips = true,
                "mso-list" if value != "none" => self.is_item = true,
                _ => {}
            }
        }
        self.is_off_page |= is_placed && is_far;
    }

    fn read_color(&mut self, color: &str) {
        if color == "transparent" {
            self.vanishes = true;
        } else if color != "inherit" && color != "currentcolor" {
            self.white = Some(is_white_color(color));
        }
    }
}

impl Computed {
    /// An element inside one that looks like this.
    pub(super) fn inner(&self, own: Own) -> Self {
        let base = &self.own;
        let points = match own.size {
            Some(Size::Points(points)) => points,
            Some(Size::Share(share)) => share * self.points,
            None => self.points,
        };
        let own = Own {
            skips: own.skips || base.skips,
            deletes: own.deletes || base.deletes,
            vanishes: own.vanishes || base.vanishes,
            heading: own.heading.or(base.heading),
            is_cell: own.is_cell || base.is_cell,
            is_item: own.is_item || base.is_item,
            is_foreign: own.is_foreign || base.is_foreign,
            note: own.note.or(base.note),
            bold: own.bold.or(base.bold),
            underlines: own.underlines || base.underlines,
            capitals: own.capitals.or(base.capitals),
            visible: own.visible.or(base.visible),
            white: own.white.or(base.white),
            shaded: own.shaded.or(base.shaded),
            size: None,
            is_off_page: own.is_off_page || base.is_off_page,
        };
        Self { own, points }
    }

    /// What it and the elements around it say.
    pub(super) fn all(&self) -> &Own {
        &self.own
    }

    /// How its text looks.
    pub(super) fn look(&self) -> Look {
        let own = &self.own;
        let hidden = if own.vanishes || own.visible == Some(false) {
            Some(HiddenReason::Vanished)
        } else if own.is_off_page {
            Some(HiddenReason::OffPage)
        } else if own.white == Some(true) && own.shaded != Some(true) {
            Some(HiddenReason::White)
        } else if self.points < 2.0 {
            Some(HiddenReason::Tiny)
        } else {
            None
        };
        let emphasized = own.bold == Some(true) || own.underlines || own.capitals == Some(true);
        Look { hidden, emphasized }
    }
}

fn is_white_color(color: &str) -> bool {
    if let Some(hex) = color.strip_prefix('#') {
        if hex.len() == 3 && hex.is_ascii() {
            return hex.bytes().all(|digit| digit == b'f');
        }
        return is_white(hex.get(..6).unwrap_or(hex));
    }
    if let Some(parts) = color
        .strip_prefix("rgba(")
        .or_else(|| color.strip_prefix("rgb("))
    {
        let parts: Vec<f32> = parts
            .split([',', ' ', '/', ')'])
            .filter_map(number)
            .collect();
        return parts.len() >= 3 && parts[..3].iter().all(|&part| part >= 240.0);
    }
    is_white(color)
        || matches!(
            color,
            "white" | "whitesmoke" | "snow" | "ivory" | "ghostwhite" | "floralwhite"
        )
}

/// Whether a background puts a color behind the text; `None` if it lets through what is behind it.
fn is_background(background: &str) -> Option<bool> {
    let color = background.split_whitespace().next()?;
    match color {
        "none" | "transparent" | "inherit" | "initial" | "unset" => None,
        _ => Some(!is_white_color(if color.starts_with("rgb") {
            background
        } else {
            color
        })),
    }
}

/// The number at the start of a value.
fn number(value: &str) -> Option<f32> {
    let value = value.trim();
    let end = value
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-')
        .unwrap_or(value.len());
    value[..end].parse().ok()
}

fn size(value: &str) -> Option<Size> {
    let amount = number(value).filter(|&amount| amount >= 0.0)?;
    let unit = value
        .trim()
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let size = match unit.trim() {
        "pt" => Size::Points(amount),
        "px" => Size::Points(amount * 0.75),
        "mm" => Size::Points(amount * 2.835),
        "cm" => Size::Points(amount * 28.35),
        "in" => Size::Points(amount * 72.0),
        "em" => Size::Share(amount),
        "rem" => Size::Points(amount * USUAL_POINTS),
        "%" => Size::Share(amount / 100.0),
        "" if amount == 0.0 => Size::Points(0.0),
        _ => return None,
    };
    Some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(styles: &[&str]) -> Option<HiddenReason> {
        let mut computed = Computed::default();
        for style in styles {
            let mut own = Own::default();
            own.read_style(style);
            computed = computed.inner(own);
        }
        computed.look().hidden
    }

    #[test]
    fn ways_to_hide() {
        for style in [
            "display:none",
            "DISPLAY : none !important",
            "visibility: hidden",
            "opacity:0",
            "color:transparent",
        ] {
            assert_eq!(hidden(&[style]), Some(HiddenReason::Vanished), "{style}");
        }
        for style in [
            "color:white",
            "color:#FFF",
            "color: #fefefe",
            "color:rgb(255, 255,255)",
            "color:#ffffffcc",
        ] {
            assert_eq!(hidden(&[style]), Some(HiddenReason::White), "{style}");
        }
        for style in [
            "font-size:0",
            "font-size:1px",
            "font-size:.1em",
            "font-size:1.9pt",
        ] {
            assert_eq!(hidden(&[style]), Some(HiddenReason::Tiny), "{style}");
        }
        assert_eq!(
            hidden(&["position:absolute; left:-9999px"]),
            Some(HiddenReason::OffPage)
        );
        assert_eq!(
            hidden(&["text-indent:-9999px"]),
            Some(HiddenReason::OffPage)
        );
    }

    #[test]
    fn what_shows_again() {
        assert_eq!(hidden(&["visibility:hidden", "visibility:visible"]), None);
        assert_eq!(hidden(&["color:white", "color:black"]), None);
        assert_eq!(hidden(&["background:#003366 url(x)", "color:white"]), None);
        assert_eq!(
            hidden(&[
                "background:navy",
                "color:white; background-color: rgb(255,255,255)"
            ]),
            Some(HiddenReason::White)
        );
        assert_eq!(hidden(&["font-size:50%", "font-size:1em"]), None);
        assert_eq!(hidden(&["color:#ffe", "left:-9999px", "font-size:é"]), None);
    }
}
