//! Character formatting of runs, as far as it decides what a reader sees.

use crate::document::HiddenReason;
use crate::document::flow::Look;
use crate::document::flow::is_white;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Smallest size that can be read, in half points.
const MIN_HALF_POINTS: u32 = 4;

/// What one level of formatting (a style, a run) says; `None` where it is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RunFormat {
    bold: Option<bool>,
    caps: Option<bool>,
    small_caps: Option<bool>,
    vanish: Option<bool>,
    underline: Option<bool>,
    white: Option<bool>,
    half_points: Option<u32>,
    shaded: Option<bool>,
}

impl RunFormat {
    /// Takes in one child of `w:rPr`.
    ///
    /// # Errors
    /// As [`XmlReader::attribute`].
    pub(super) fn read(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
    ) -> Result<(), DocumentError> {
        if element.space != Space::Word {
            return Ok(());
        }
        let value = || value(reader, element);
        match element.local() {
            "b" => self.bold = Some(is_on(value()?.as_deref())),
            "caps" => self.caps = Some(is_on(value()?.as_deref())),
            "smallCaps" => self.small_caps = Some(is_on(value()?.as_deref())),
            "vanish" => self.vanish = Some(is_on(value()?.as_deref())),
            "u" => self.underline = Some(value()?.is_some_and(|kind| kind != "none")),
            "color" => {
                let theme = reader.attribute(element, Space::Word, "themeColor")?;
                let tint = reader.attribute(element, Space::Word, "themeShade")?;
                let is_paper =
                    matches!(theme.as_deref(), Some("background1" | "light1")) && tint.is_none();
                self.white = Some(is_paper || value()?.is_some_and(|hex| is_white(&hex)));
            }
            "sz" => {
                self.half_points = value()?
                    .and_then(|size| half_points(&size))
                    .or(self.half_points);
            }
            "shd" => self.shaded = Some(is_shaded(reader, element)?),
            "highlight" => {
                let is_marked = value()?.is_some_and(|color| color != "none" && color != "white");
                self.shaded = Some(is_marked || self.shaded == Some(true));
            }
            _ => {}
        }
        Ok(())
    }

    /// This level laid over the one it is based on.
    pub(super) fn over(self, base: Self) -> Self {
        Self {
            bold: self.bold.or(base.bold),
            caps: self.caps.or(base.caps),
            small_caps: self.small_caps.or(base.small_caps),
            vanish: self.vanish.or(base.vanish),
            underline: self.underline.or(base.underline),
            white: self.white.or(base.white),
            half_points: self.half_points.or(base.half_points),
            shaded: self.shaded.or(base.shaded),
        }
    }
}

/// The levels of formatting that meet in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Levels {
    /// `w:docDefaults`
    pub(super) defaults: RunFormat,
    /// Paragraph style, with those it is based on.
    pub(super) paragraph: RunFormat,
    /// Character style, with those it is based on.
    pub(super) character: RunFormat,
    /// The run itself.
    pub(super) direct: RunFormat,
}

impl Levels {
    /// Type size in half points, if any level states it.
    pub(super) fn half_points(&self) -> Option<u32> {
        self.all().half_points
    }

    fn all(&self) -> RunFormat {
        self.direct
            .over(self.character)
            .over(self.paragraph)
            .over(self.defaults)
    }

    /// How the run looks on a ground that is shaded or plain paper.
    pub(super) fn look(&self, on_shade: bool) -> Look {
        let all = self.all();
        let is_white = all.white == Some(true) && !on_shade && all.shaded != Some(true);
        let hidden = if self.toggle(|format| format.vanish) {
            Some(HiddenReason::Vanished)
        } else if is_white {
            Some(HiddenReason::White)
        } else if all.half_points.is_some_and(|size| size < MIN_HALF_POINTS) {
            Some(HiddenReason::Tiny)
        } else {
            None
        };
        let emphasized = self.toggle(|format| format.bold)
            || self.toggle(|format| format.caps)
            || self.toggle(|format| format.small_caps)
            || all.underline == Some(true);
        Look { hidden, emphasized }
    }

    /// A toggle property: styles that both set it cancel each other out, the run itself decides alone
    /// (ISO 29500-1, 17.7.3).
    fn toggle(&self, property: impl Fn(&RunFormat) -> Option<bool>) -> bool {
        if let Some(direct) = property(&self.direct) {
            return direct;
        }
        let on = |format| property(format) == Some(true);
        on(&self.defaults) || (on(&self.paragraph) != on(&self.character))
    }
}

/// The attribute `w:val`.
pub(super) fn value(
    reader: &XmlReader<'_>,
    element: &Element<'_>,
) -> Result<Option<String>, DocumentError> {
    reader.attribute(element, Space::Word, "val")
}

/// The attribute `w:val` as a number.
pub(super) fn number(
    reader: &XmlReader<'_>,
    element: &Element<'_>,
) -> Result<Option<u32>, DocumentError> {
    Ok(value(reader, element)?.and_then(|text| text.trim().parse().ok()))
}

/// A switch is on unless it says otherwise.
pub(super) fn is_on(value: Option<&str>) -> bool {
    !matches!(value, Some("0" | "false" | "off"))
}

/// Whether `w:shd` puts a color behind the text.
pub(super) fn is_shaded(
    reader: &XmlReader<'_>,
    element: &Element<'_>,
) -> Result<bool, DocumentError> {
    if value(reader, element)?.is_some_and(|pattern| pattern != "clear" && pattern != "nil") {
        return Ok(true);
    }
    let fill = reader.attribute(element, Space::Word, "fill")?;
    Ok(fill.is_some_and(|fill| fill != "auto" && !is_white(&fill)))
}

/// A size: half points, or with its unit in strict files.
fn half_points(size: &str) -> Option<u32> {
    let size = size.trim();
    let points = size
        .strip_suffix("pt")
        .and_then(|points| points.parse::<f32>().ok());
    match points {
        Some(points) if points >= 0.0 => Some((points * 2.0) as u32),
        _ => size.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOLD: RunFormat = RunFormat {
        bold: Some(true),
        caps: None,
        small_caps: None,
        vanish: None,
        underline: None,
        white: None,
        half_points: None,
        shaded: None,
    };

    #[test]
    fn toggles_cancel_between_styles_and_yield_to_the_run() {
        let both = Levels {
            paragraph: BOLD,
            character: BOLD,
            ..Levels::default()
        };
        assert!(!both.look(false).emphasized);
        assert!(
            Levels {
                paragraph: BOLD,
                ..Levels::default()
            }
            .look(false)
            .emphasized
        );
        let off = RunFormat {
            bold: Some(false),
            ..RunFormat::default()
        };
        assert!(
            !Levels {
                paragraph: BOLD,
                direct: off,
                ..Levels::default()
            }
            .look(false)
            .emphasized
        );
    }

    #[test]
    fn white_hides_only_on_paper() {
        let white = RunFormat {
            white: Some(true),
            ..RunFormat::default()
        };
        let levels = Levels {
            direct: white,
            ..Levels::default()
        };
        assert_eq!(levels.look(false).hidden, Some(HiddenReason::White));
        assert_eq!(levels.look(true).hidden, None);
        let marked = RunFormat {
            shaded: Some(true),
            ..white
        };
        assert_eq!(
            Levels {
                direct: marked,
                ..Levels::default()
            }
            .look(false)
            .hidden,
            None
        );
    }

    #[test]
    fn sizes_come_in_half_points_or_points() {
        assert_eq!(
            (half_points("3"), half_points("1.5pt"), half_points("x")),
            (Some(3), Some(3), None)
        );
    }
}
