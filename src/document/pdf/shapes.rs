//! What a page paints besides text: whether a glyph can be seen depends on what lies under and over it.

use hayro_interpret::kurbo::Point;
use hayro_interpret::kurbo::Rect;

/// A color, red, green and blue from 0 to 1.
pub(super) type Color = [f32; 3];

/// Colors closer than this in every channel cannot be told apart on paper.
const SAME_COLOR: f32 = 0.1;

/// Most shapes that are kept of a page; maps and charts have many more than matter here.
const MAX_SHAPES: usize = 2000;

/// A filled area.
#[derive(Clone, Copy, Debug)]
struct Shape {
    area: Rect,
    /// `None` for pictures, patterns and gradients.
    color: Option<Color>,
    /// Whether everything within `area` is painted over.
    covers: bool,
    /// Its place in the order of painting.
    order: usize,
}

/// The filled areas of a page, in the order of painting.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
}

impl Shapes {
    /// Notes a filled area; small ones hide no text and are dropped.
    pub(super) fn add(&mut self, area: Rect, color: Option<Color>, covers: bool, order: usize) {
        if self.shapes.len() < MAX_SHAPES && area.width() > 3.0 && area.height() > 3.0 {
            self.shapes.push(Shape {
                area,
                color,
                covers,
                order,
            });
        }
    }

    /// Whether text of a color, painted now, can be told from what lies under it.
    pub(super) fn shows(&self, at: Point, color: Color) -> bool {
        const PAPER: Color = [1.0; 3];
        let under = self
            .shapes
            .iter()
            .rev()
            .find(|s| s.area.contains(at))
            .map_or(Some(PAPER), |s| s.color);
        under.is_none_or(|under| {
            color
                .iter()
                .zip(under)
                .any(|(a, b)| (a - b).abs() > SAME_COLOR)
        })
    }

    /// What was painted over a place after `order`: nothing, or something and its color.
    pub(super) fn cover(&self, at: Point, order: usize) -> Option<Option<Color>> {
        self.shapes
            .iter()
            .rev()
            .take_while(|s| s.order > order)
            .find(|s| s.covers && s.area.contains(at))
            .map(|s| s.color)
    }
}

/// A thin line, such as one drawn under a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rule {
    /// Left end.
    pub(super) x0: f64,
    /// Right end.
    pub(super) x1: f64,
    /// Distance from the top of the page.
    pub(super) y: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_shows_against_what_lies_under_it() {
        let mut shapes = Shapes::default();
        let at = Point::new(50.0, 50.0);
        assert!(shapes.shows(at, [0.0; 3]));
        assert!(!shapes.shows(at, [0.97; 3]));
        shapes.add(
            Rect::new(0.0, 0.0, 100.0, 100.0),
            Some([0.1, 0.2, 0.4]),
            true,
            0,
        );
        assert!(shapes.shows(at, [1.0; 3]));
        assert!(!shapes.shows(at, [0.12, 0.18, 0.4]));
        shapes.add(Rect::new(0.0, 0.0, 100.0, 100.0), None, true, 1);
        assert!(shapes.shows(at, [1.0; 3]));
    }

    #[test]
    fn only_later_shapes_cover() {
        let mut shapes = Shapes::default();
        shapes.add(Rect::new(0.0, 0.0, 100.0, 100.0), Some([1.0; 3]), true, 5);
        let at = Point::new(50.0, 50.0);
        assert_eq!(shapes.cover(at, 4), Some(Some([1.0; 3])));
        assert_eq!(shapes.cover(at, 5), None);
        assert_eq!(shapes.cover(Point::new(500.0, 50.0), 4), None);
    }
}
