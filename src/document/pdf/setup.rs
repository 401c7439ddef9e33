//! How the pages of a PDF are set, read off the letters.

use std::collections::BTreeMap;

use crate::document::PageSetup;
use crate::document::pdf::canvas::PageGlyphs;

/// Fewest letters of a page whose margins mean anything: a last page may hold a line.
const MIN_LETTERS: usize = 800;

/// Points in an inch.
const POINTS: f64 = 72.0;

/// Collects sizes and edges page by page.
#[derive(Debug, Default)]
pub(super) struct SetupReader {
    /// Letters by size in half points.
    sizes: BTreeMap<u32, usize>,
    /// The narrowest margin so far, in points.
    margin: Option<f32>,
}

impl SetupReader {
    /// Looks at a page's visible letters; side margins only, since page numbers stand in the others.
    pub(super) fn add(&mut self, page: &PageGlyphs) {
        let mut edges: Vec<(f32, f32)> = Vec::new();
        for glyph in &page.glyphs {
            if glyph.hidden.is_some() || glyph.text.is_space() || !glyph.size.is_finite() {
                continue;
            }
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "sizes of type are small and the cast saturates"
            )]
            let half_points = (glyph.size * 2.0).round() as u32;
            *self.sizes.entry(half_points).or_default() += 1;
            edges.push((glyph.x0, glyph.x1));
        }
        if edges.len() < MIN_LETTERS {
            return;
        }
        // A stray mark outside the column is no margin: one letter in two hundred may stand there.
        let stray = edges.len() / 200;
        let mut left: Vec<f32> = edges.iter().map(|edge| edge.0).collect();
        let mut right: Vec<f32> = edges.iter().map(|edge| page.size.0 - edge.1).collect();
        left.sort_by(f32::total_cmp);
        right.sort_by(f32::total_cmp);
        let narrowest = left[stray].min(right[stray]);
        if narrowest > 0.0 {
            self.margin = Some(self.margin.map_or(narrowest, |least| least.min(narrowest)));
        }
    }

    /// What was found.
    pub(super) fn finish(&self) -> PageSetup {
        let usual = self
            .sizes
            .iter()
            .max_by_key(|&(&half_points, &n)| (n, std::cmp::Reverse(half_points)));
        PageSetup {
            margin_inches: self
                .margin
                .map(|points| (f64::from(points) / POINTS * 100.0).round() / 100.0),
            font_points: usual.map(|(&half_points, _)| f64::from(half_points) / 2.0),
        }
    }
}
