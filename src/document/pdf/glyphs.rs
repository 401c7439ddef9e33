//! A glyph of the parser crate as a character with a place on the page.

use hayro_interpret::font::Glyph as FontGlyph;
use hayro_interpret::font::PositionedGlyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::Affine;
use hayro_interpret::kurbo::Point;

use crate::document::HiddenReason;

/// Stands for a glyph of which no letter is known.
pub(super) const UNKNOWN: char = '\u{FFFD}';

/// A character as it stands on a page; lengths in points, from the top left corner.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    /// What it says; most glyphs are one character.
    pub(super) text: GlyphText,
    /// Left end.
    pub(super) x0: f32,
    /// Right end, by the advance of the font.
    pub(super) x1: f32,
    /// Baseline.
    pub(super) y: f32,
    /// Type size.
    pub(super) size: f32,
    /// Width of its stem in thousandths of the type size, 0 if unknown.
    pub(super) stem: u16,
    /// Drawn twice to look bold.
    pub(super) doubled: bool,
    /// Which way it runs.
    pub(super) turn: Turn,
    /// Why it cannot be seen, if it cannot.
    pub(super) hidden: Option<HiddenReason>,
    /// Its place in the order of painting.
    pub(super) order: usize,
}

impl Glyph {
    /// The middle of the letter, for text that runs from left to right.
    pub(super) fn middle(&self) -> Point {
        Point::new(
            f64::from((self.x0 + self.x1) / 2.0),
            f64::from(self.y - 0.3 * self.size),
        )
    }
}

/// The characters of a glyph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GlyphText {
    /// One character.
    One(char),
    /// A ligature or the like.
    Many(Box<str>),
}

impl GlyphText {
    /// Whether it is white space.
    pub(super) fn is_space(&self) -> bool {
        match self {
            Self::One(c) => c.is_whitespace(),
            Self::Many(s) => s.chars().all(char::is_whitespace),
        }
    }

    /// Appends the characters.
    pub(super) fn push_to(&self, out: &mut String) {
        match self {
            Self::One(c) => out.push(*c),
            Self::Many(s) => out.push_str(s),
        }
    }
}

/// Which way text runs on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Left to right.
    Upright,
    /// Top to bottom, the letters lying on their right side.
    Down,
    /// Upside down.
    Over,
    /// Bottom to top.
    Up,
    /// At some other angle: watermarks and stamps.
    Slanted,
}

/// What a glyph says.
pub(super) enum Said {
    /// Nothing, on purpose.
    Nothing,
    /// These characters; [`UNKNOWN`] if the font does not tell.
    Known(GlyphText),
    /// This character, going by the code alone.
    Guessed(char),
}

/// What a glyph says, by its font.
pub(super) fn text_of(glyph: &FontGlyph<'_>) -> Said {
    match glyph.as_unicode() {
        Some(BfString::Char('\0')) | None => {}
        Some(BfString::Char(c)) => return Said::Known(GlyphText::One(c)),
        Some(BfString::String(s)) if s.is_empty() => return Said::Nothing,
        Some(BfString::String(s)) => return Said::Known(GlyphText::Many(s.into_boxed_str())),
    }
    // TeX draws some signs with pictures instead of a font; their codes are still those of ASCII.
    match (glyph, u8::try_from(glyph.char_code())) {
        (FontGlyph::Type3(_), Ok(code)) if code.is_ascii_graphic() => {
            Said::Guessed(char::from(code))
        }
        _ => Said::Known(GlyphText::One(UNKNOWN)),
    }
}

fn advance_of(glyph: &PositionedGlyph<'_>) -> f64 {
    let advance = match &**glyph {
        FontGlyph::Outline(outline) => outline.advance_width(),
        FontGlyph::Type3(type3) => type3.advance_width(),
    };
    f64::from(advance.unwrap_or(500.0))
}

/// How much wider than high the letters of a run are set.
///
/// The transforms of the glyphs say so, unless they also stretch a stand-in font to the widths of the
/// font that was meant; then the distances between glyphs tell the two cases apart.
pub(super) fn horizontal_stretch(glyphs: &[PositionedGlyph<'_>], page: Affine) -> Option<f64> {
    let mut ratios = Vec::new();
    for pair in glyphs.windows(2) {
        let [from, to] = pair else { continue };
        let [a, b, c, d, e, f] = (page * from.transform()).as_coeffs();
        let (wide, high) = (a.hypot(b), c.hypot(d));
        if (wide / high - 1.0).abs() < 0.02 {
            return None;
        }
        let [.., e2, f2] = (page * to.transform()).as_coeffs();
        let advance = advance_of(from) * high;
        if advance > 0.0 {
            ratios.push(((e2 - e).hypot(f2 - f) / advance, wide / high));
        }
    }
    ratios.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (measured, drawn) = *ratios.get(ratios.len() / 2)?;
    ((measured - 1.0).abs() < (measured - drawn).abs()).then_some(1.0)
}

/// A glyph in its place; `stretch` as from [`horizontal_stretch`].
pub(super) fn placed(
    glyph: &PositionedGlyph<'_>,
    page: Affine,
    stretch: Option<f64>,
    text: GlyphText,
) -> Glyph {
    let [a, b, c, d, e, f] = (page * glyph.transform()).as_coeffs();
    let high = c.hypot(d);
    let wide = stretch.map_or(a.hypot(b), |s| s * high);
    let turn = match (a, b) {
        _ if b.abs() <= 0.1 * a.abs() => {
            if a > 0.0 {
                Turn::Upright
            } else {
                Turn::Over
            }
        }
        _ if a.abs() <= 0.1 * b.abs() => {
            if b > 0.0 {
                Turn::Down
            } else {
                Turn::Up
            }
        }
        _ => Turn::Slanted,
    };
    let advance = advance_of(glyph) * wide;
    // Turned text is laid out in its own frame, where it runs from left to right.
    let (x, y) = match turn {
        Turn::Upright | Turn::Slanted => (e, f),
        Turn::Down => (f, -e),
        Turn::Over => (-e, -f),
        Turn::Up => (-f, e),
    };
    Glyph {
        text,
        x0: x as f32,
        x1: (x + advance) as f32,
        y: y as f32,
        size: (high * 1000.0) as f32,
        stem: 0,
        doubled: false,
        turn,
        hidden: None,
        order: 0,
    }
}
