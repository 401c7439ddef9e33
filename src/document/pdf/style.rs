//! What the lines of a whole document have in common: sizes, distances, margins.

use std::collections::BTreeMap;

use crate::document::pdf::lines::Line;

/// What the lines of a whole document have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    /// Type size of most of the text.
    pub(super) body_size: f32,
    /// Stem width of most of the text, in thousandths of the type size; 0 if unknown.
    pub(super) body_stem: u16,
    /// For each type size, the usual distance between baselines, in type sizes.
    leading: Vec<(f32, f32)>,
    /// Left and right edges of columns.
    edges: Vec<(f32, f32)>,
}

impl Style {
    /// Learns from the columns of all pages.
    pub(super) fn of(columns: &[&[Line]]) -> Self {
        let words = || {
            columns
                .iter()
                .flat_map(|c| c.iter())
                .flat_map(|l| l.words.iter())
        };
        let body_size =
            weighted_mode(words().map(|w| ((w.size * 2.0).round() as u32, w.text.len()))) as f32
                / 2.0;
        let body_stem = weighted_mode(
            words()
                .filter(|w| w.stem > 0)
                .map(|w| (u32::from(w.stem), w.text.len())),
        );
        let mut steps: Vec<(f32, f32)> = Vec::new();
        for column in columns {
            for pair in column.windows(2) {
                let ratio = (pair[1].y - pair[0].y) / pair[1].size.max(1.0);
                if is_same_size(&pair[0], &pair[1]) && (0.8..3.0).contains(&ratio) {
                    steps.push((pair[1].size, ratio));
                }
            }
        }
        let mut leading: Vec<(f32, f32)> = Vec::new();
        for (size, _) in &steps {
            if !leading.iter().any(|(known, _)| (known - size).abs() < 0.3) {
                leading.push((*size, usual_leading(&steps, *size)));
            }
        }
        let mut style = Self {
            body_size,
            body_stem: u16::try_from(body_stem).unwrap_or(0),
            leading,
            edges: Vec::new(),
        };
        style.edges = columns.iter().map(|column| own_edges(column)).collect();
        style
    }

    /// Whether a line is set clearly larger than the text.
    pub(super) fn is_heading_size(&self, line: &Line) -> bool {
        line.size > 1.1 * self.body_size
    }

    /// The usual distance between baselines of a type size, in points.
    pub(super) fn leading(&self, size: f32) -> f32 {
        let known = self
            .leading
            .iter()
            .find(|(known, _)| (known - size).abs() < 0.3);
        size * known.map_or(1.3, |(_, ratio)| *ratio)
    }

    /// Left and right edge of a column; short columns borrow the right edge of others that start where they do.
    pub(super) fn edges(&self, column: &[Line]) -> (f32, f32) {
        let (left, right) = own_edges(column);
        if column.len() >= 8 {
            return (left, right);
        }
        let others = self
            .edges
            .iter()
            .filter(|(other, _)| (other - left).abs() < 2.0 * self.body_size);
        (left, others.map(|(_, r)| *r).fold(right, f32::max))
    }
}

/// The value with the most weight; the smallest of several, so that the result does not depend on order.
fn weighted_mode(values: impl Iterator<Item = (u32, usize)>) -> u32 {
    let mut weights = BTreeMap::new();
    for (value, weight) in values {
        *weights.entry(value).or_insert(0) += weight;
    }
    weights
        .into_iter()
        .rev()
        .max_by_key(|(_, weight)| *weight)
        .map_or(0, |(value, _)| value)
}

/// The smallest step that is common: wider ones part paragraphs.
fn usual_leading(steps: &[(f32, f32)], size: f32) -> f32 {
    let mut ratios: Vec<f32> = steps
        .iter()
        .filter(|(s, _)| (s - size).abs() < 0.3)
        .map(|(_, r)| *r)
        .collect();
    ratios.sort_unstable_by(f32::total_cmp);
    let near = |ratio: f32| {
        ratios.partition_point(|r| *r < ratio + 0.06)
            - ratios.partition_point(|r| *r <= ratio - 0.06)
    };
    let most = ratios.iter().map(|r| near(*r)).max().unwrap_or(0);
    // A few wide steps and nothing else are paragraphs of one line each, not double spacing.
    let common = ratios
        .iter()
        .copied()
        .find(|r| near(*r) * 5 >= most)
        .unwrap_or(1.3);
    if common > 1.7 && ratios.len() < 4 {
        1.3
    } else {
        common
    }
}

/// The left edge that lines share, and the right end of the longest one.
fn own_edges(column: &[Line]) -> (f32, f32) {
    let mut starts: Vec<f32> = column.iter().map(|l| l.x0).collect();
    starts.sort_unstable_by(f32::total_cmp);
    let shared = |x: f32| {
        let near =
            starts.partition_point(|s| *s < x + 2.0) - starts.partition_point(|s| *s <= x - 2.0);
        near * 5 >= starts.len()
    };
    let left = starts.iter().copied().find(|x| shared(*x)).unwrap_or(0.0);
    (left, column.iter().map(|l| l.x1).fold(0.0, f32::max))
}

/// Whether two lines are set in the same size.
pub(super) fn is_same_size(a: &Line, b: &Line) -> bool {
    (a.size - b.size).abs() <= 0.08 * a.size.max(b.size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::lines::lines_of;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    #[test]
    fn the_commonest_size_and_the_smallest_common_step_count() {
        let steps = [12.0, 24.0, 36.0, 54.0, 66.0, 78.0];
        let mut page = glyphs("HEAD", 72.0, 0.0, 16.0);
        page.extend(
            steps
                .iter()
                .flat_map(|y| glyphs("a line of the text", 72.0, *y, 10.0)),
        );
        let lines = lines_of(rows_of(page, &[]));
        let style = Style::of(&[&lines]);
        assert_eq!((style.body_size, style.body_stem), (10.0, 80));
        assert!((style.leading(10.0) - 12.0).abs() < 0.01);
        assert!(style.is_heading_size(&lines[0]) && !style.is_heading_size(&lines[1]));
        assert_eq!(style.edges(&lines), (72.0, 162.0));
    }

    #[test]
    fn lone_wide_steps_are_no_leading() {
        let page = [0.0, 30.0, 60.0]
            .iter()
            .flat_map(|y| glyphs("one line", 72.0, *y, 10.0))
            .collect();
        let lines = lines_of(rows_of(page, &[]));
        assert!((Style::of(&[&lines]).leading(10.0) - 13.0).abs() < 0.01);
    }
}
