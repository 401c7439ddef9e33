//! Takes the glyphs of all pages through the steps of the layout.

use std::collections::BTreeMap;

use crate::document::DocumentBuilder;
use crate::document::HiddenReason;
use crate::document::pdf::blocks::Piece;
use crate::document::pdf::blocks::push_blocks;
use crate::document::pdf::canvas::PageGlyphs;
use crate::document::pdf::columns::Region;
use crate::document::pdf::columns::regions_of;
use crate::document::pdf::furniture::PageRows;
use crate::document::pdf::furniture::remove_furniture;
use crate::document::pdf::glyphs::Glyph;
use crate::document::pdf::glyphs::Turn;
use crate::document::pdf::lines::Line;
use crate::document::pdf::lines::lines_of;
use crate::document::pdf::paragraphs::Kind;
use crate::document::pdf::paragraphs::Paragraph;
use crate::document::pdf::paragraphs::paragraphs_of;
use crate::document::pdf::shapes::Rule;
use crate::document::pdf::style::Style;
use crate::document::pdf::words::Row;
use crate::document::pdf::words::row_text;
use crate::document::pdf::words::rows_of;
use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// The rows of the pages read so far.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// For each page, the text that runs the way most of it does.
    pages: Vec<PageRows>,
    /// Text that runs another way, by the index of its page.
    turned: Vec<(usize, Vec<Row>)>,
    /// Words of stamps and watermarks.
    n_slanted: usize,
}

/// Whether a page is a scan whose text lies invisibly over or under the picture.
///
/// A stamp or page number that was added to the scan later does not change that.
pub(super) fn is_text_layer(page: &PageGlyphs) -> bool {
    let n_visible = page.glyphs.iter().filter(|g| g.hidden.is_none()).count();
    let n_layer = page
        .glyphs
        .iter()
        .filter(|g| g.hidden == Some(HiddenReason::Vanished))
        .count();
    n_layer > 0
        && ((n_visible == 0 && page.image_share > 0.0)
            || (page.image_share > 0.5 && n_visible * 20 < n_layer))
}

impl Layout {
    /// Takes up a page; hidden text goes to the builder. Whether the page has text that can be seen.
    pub(super) fn add_page(
        &mut self,
        mut page: PageGlyphs,
        number: u32,
        builder: &mut DocumentBuilder,
    ) -> bool {
        if is_text_layer(&page) {
            for glyph in page
                .glyphs
                .iter_mut()
                .filter(|g| g.hidden == Some(HiddenReason::Vanished))
            {
                glyph.hidden = None;
            }
        }
        let mut hidden: BTreeMap<HiddenReason, Vec<Glyph>> = BTreeMap::new();
        let mut visible: BTreeMap<Turn, Vec<Glyph>> = BTreeMap::new();
        for glyph in page.glyphs {
            match glyph.hidden {
                Some(why) => hidden.entry(why).or_default().push(glyph),
                None => visible.entry(glyph.turn).or_default().push(glyph),
            }
        }
        for (why, glyphs) in hidden {
            let rows: Vec<String> = rows_of(glyphs, &[]).iter().map(|r| row_text(r)).collect();
            builder.hide(why, &rows.join(" "), Some(number));
        }
        if let Some(slanted) = visible.remove(&Turn::Slanted) {
            self.n_slanted += rows_of(slanted, &[]).iter().map(Vec::len).sum::<usize>();
        }
        let main = visible
            .iter()
            .max_by_key(|(_, glyphs)| glyphs.len())
            .map(|(turn, _)| *turn);
        let (width, height) = page.size;
        let mut rows = PageRows {
            rows: Vec::new(),
            height,
        };
        let index = self.pages.len();
        for (turn, glyphs) in visible {
            let rules: &[Rule] = if turn == Turn::Upright {
                &page.rules
            } else {
                &[]
            };
            let found = rows_of(in_frame(glyphs, turn, (width, height)), rules);
            if Some(turn) == main {
                rows.height = if matches!(turn, Turn::Up | Turn::Down) {
                    width
                } else {
                    height
                };
                rows.rows = found;
            } else {
                self.turned.push((index, found));
            }
        }
        let has_text = !rows.rows.is_empty();
        self.pages.push(rows);
        has_text
    }

    /// Appends the blocks of all pages and returns warnings about what was left out.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] from the builder.
    pub(super) fn finish(
        mut self,
        builder: &mut DocumentBuilder,
    ) -> Result<Vec<Warning>, DocumentError> {
        let removed = remove_furniture(&mut self.pages);
        let mut gutters = Vec::new();
        let mut turned = self.turned.into_iter().peekable();
        let mut regions: Vec<(u32, LaidOut)> = Vec::new();
        for (i, page) in self.pages.into_iter().enumerate() {
            let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
            let mut parts = regions_of(page.rows, &mut gutters);
            while let Some((_, rows)) = turned.next_if(|(index, _)| *index == i) {
                parts.extend(regions_of(rows, &mut Vec::new()));
            }
            regions.extend(
                parts
                    .into_iter()
                    .map(|region| (number, LaidOut::from(region))),
            );
        }
        let columns: Vec<&[Line]> = regions.iter().flat_map(|(_, r)| r.columns()).collect();
        let style = Style::of(&columns);
        let pieces = regions
            .into_iter()
            .flat_map(|(page, region)| region.pieces(page, &style))
            .collect();
        push_blocks(pieces, &style, builder)?;
        let mut warnings = Vec::new();
        if removed.n_words > 0 {
            let examples: Vec<String> = removed
                .examples
                .iter()
                .map(|e| format!("\"{e}\""))
                .collect();
            warnings.push(Warning::new(
                WarningCode::LeftOut,
                format!(
                    "{} words of running heads, running feet and page numbers were left out, such as {}",
                    removed.n_words,
                    examples.join(", ")
                ),
            ));
        }
        if self.n_slanted > 0 {
            warnings.push(Warning::new(
                WarningCode::LeftOut,
                format!(
                    "{} words set at an angle, as stamps and watermarks are, were left out",
                    self.n_slanted
                ),
            ));
        }
        Ok(warnings)
    }
}

/// Moves turned text so that its frame starts at the top left, like that of a page.
fn in_frame(mut glyphs: Vec<Glyph>, turn: Turn, (width, height): (f32, f32)) -> Vec<Glyph> {
    let (right, down) = match turn {
        Turn::Upright | Turn::Slanted => return glyphs,
        Turn::Down => (0.0, width),
        Turn::Over => (width, height),
        Turn::Up => (height, 0.0),
    };
    for glyph in &mut glyphs {
        glyph.x0 += right;
        glyph.x1 += right;
        glyph.y += down;
    }
    glyphs
}

/// A region whose rows are lines.
enum LaidOut {
    Column(Vec<Line>),
    Cells(Vec<Vec<Line>>),
}

impl From<Region> for LaidOut {
    fn from(region: Region) -> Self {
        match region {
            Region::Column(rows) => Self::Column(lines_of(rows)),
            Region::Table(rows) => Self::Cells(
                rows.into_iter()
                    .flatten()
                    .filter(|cell| !cell.is_empty())
                    .map(lines_of)
                    .collect(),
            ),
        }
    }
}

impl LaidOut {
    fn columns(&self) -> Vec<&[Line]> {
        match self {
            Self::Column(lines) => vec![lines],
            Self::Cells(_) => Vec::new(),
        }
    }

    fn pieces(self, page: u32, style: &Style) -> Vec<Piece> {
        let (paragraphs, is_cell) = match self {
            Self::Column(lines) => (paragraphs_of(lines, style), false),
            Self::Cells(cells) => {
                let as_paragraph = |lines| Paragraph {
                    kind: Kind::Text,
                    lines,
                    indented: false,
                    full: false,
                };
                (cells.into_iter().map(as_paragraph).collect(), true)
            }
        };
        let piece = |(i, paragraph)| Piece {
            page,
            last_page: page,
            opens_region: i == 0,
            is_cell,
            paragraph,
        };
        paragraphs.into_iter().enumerate().map(piece).collect()
    }
}
