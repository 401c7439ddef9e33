//! How thick the strokes of a font are: bold type is known by its ink, whatever the font is called.
//!
//! PDF fonts are often subsets without a useful name, and embedded Type 1 fonts give no weight at all.
//! Every font draws its upright stems at some width, though, and bold ones a good third wider.

use std::collections::HashMap;

use hayro_interpret::font::Glyph as FontGlyph;
use hayro_interpret::kurbo::BezPath;
use hayro_interpret::kurbo::Line;

/// Letters that start with a thick upright stroke; the left strokes of M, N and U are hairlines in many fonts.
const STEM_LETTERS: &str = "hiklmnrubpHIKLTEFBDPR";

/// Height above the baseline at which a stem is measured: above serifs, below the arch of an n.
const CUT: f64 = 250.0;

/// Measures stems and remembers them.
#[derive(Debug, Default)]
pub(super) struct Stems {
    known: HashMap<u128, u16>,
}

impl Stems {
    /// Width of the stem of a glyph that stands for `letter`, in thousandths of the type size; 0 if it has none.
    pub(super) fn width(&mut self, glyph: &FontGlyph<'_>, letter: char) -> u16 {
        let FontGlyph::Outline(outline) = glyph else {
            return 0;
        };
        if !STEM_LETTERS.contains(letter) {
            return 0;
        }
        *self
            .known
            .entry(outline.identifier().cache_key())
            .or_insert_with(|| stem_width(&outline.outline()))
    }
}

/// Width of the first stroke of an outline that is 1000 units to the type size.
fn stem_width(outline: &BezPath) -> u16 {
    let cut = Line::new((-5000.0, CUT), (5000.0, CUT));
    let mut crossings: Vec<f64> = outline
        .segments()
        .flat_map(|segment| segment.intersect_line(cut))
        .map(|crossing| cut.p0.x + (cut.p1.x - cut.p0.x) * crossing.line_t)
        .collect();
    crossings.sort_unstable_by(f64::total_cmp);
    match crossings.as_slice() {
        // Hairlines and slabs are no stems; the cast cannot lose anything in this range.
        [first, second, ..] if (10.0..400.0).contains(&(second - first)) => {
            (second - first).round() as u16
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use hayro_interpret::kurbo::Rect;
    use hayro_interpret::kurbo::Shape;

    use super::*;

    #[test]
    fn the_first_stroke_is_measured() {
        let mut outline = Rect::new(60.0, 0.0, 145.0, 450.0).to_path(0.1);
        outline.extend(Rect::new(300.0, 0.0, 390.0, 450.0).to_path(0.1));
        assert_eq!(stem_width(&outline), 85);
        assert_eq!(stem_width(&BezPath::new()), 0);
    }
}
