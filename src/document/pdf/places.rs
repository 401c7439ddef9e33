//! Where the characters of a PDF stand, for those who mark words in a copy.

use std::time::Instant;

use hayro_interpret::kurbo::{Affine, Point};

use crate::document::pdf::canvas::PageReader;
use crate::document::pdf::glyphs::{GlyphText, Turn};
use crate::document::pdf::{MAX_TIME, malformed, on_own_thread, open};
use crate::error::DocumentError;

/// A character with the box it fills, in points of the page's own coordinates (upwards from the lower left).
#[derive(Clone, Copy, Debug)]
pub struct PlacedChar {
    /// The character; white space is left out.
    pub c: char,
    /// Left, lower, right and upper edge.
    pub area: [f32; 4],
}

/// The visible characters of every page, in the order of painting; text that is turned is left out.
///
/// # Errors
/// As [`parse`](crate::document::pdf::parse).
pub fn places(bytes: &[u8]) -> Result<Vec<Vec<PlacedChar>>, DocumentError> {
    on_own_thread(|| {
        let pdf = open::open(bytes)?;
        let mut reader = PageReader::new(Instant::now() + MAX_TIME);
        let mut pages = Vec::new();
        for page in pdf.pages().iter() {
            let to_page = Affine::new(page.initial_transform(true).as_coeffs()).inverse();
            let glyphs = reader
                .read(page)
                .map_err(|()| malformed("its content breaks the parser"))?;
            let mut chars = Vec::with_capacity(glyphs.glyphs.len());
            for glyph in &glyphs.glyphs {
                if glyph.hidden.is_some() || glyph.turn != Turn::Upright || glyph.text.is_space() {
                    continue;
                }
                let (top, bottom) = (glyph.y - 0.8 * glyph.size, glyph.y + 0.22 * glyph.size);
                let corner = |x: f32, y: f32| to_page * Point::new(f64::from(x), f64::from(y));
                let (a, b) = (corner(glyph.x0, bottom), corner(glyph.x1, top));
                let area = [a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y)]
                    .map(|length| length as f32);
                match &glyph.text {
                    GlyphText::One(c) => chars.push(PlacedChar { c: *c, area }),
                    GlyphText::Many(text) => {
                        chars.extend(text.chars().map(|c| PlacedChar { c, area }));
                    }
                }
            }
            pages.push(chars);
        }
        Ok(pages)
    })
}
