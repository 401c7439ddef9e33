//! Turns the paragraphs of all pages into blocks: joins what runs over a page or column break, ranks the
//! headings, and puts footnotes after the text that refers to them.

use crate::document::BlockKind;
use crate::document::DocumentBuilder;
use crate::document::pdf::hyphens::Vocabulary;
use crate::document::pdf::hyphens::append_line;
use crate::document::pdf::lines::Line;
use crate::document::pdf::paragraphs::Kind;
use crate::document::pdf::paragraphs::Paragraph;
use crate::document::pdf::paragraphs::ends_sentence;
use crate::document::pdf::style::Style;
use crate::document::pdf::words::row_text;
use crate::error::DocumentError;

/// Longer text in large type is no heading.
const MAX_HEADING_WORDS: usize = 30;

/// A paragraph or table cell with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Page where it starts, counted from 1.
    pub(super) page: u32,
    /// Page where it ends.
    pub(super) last_page: u32,
    /// Whether nothing of its column or page part stands before it.
    pub(super) opens_region: bool,
    /// Whether it is a table cell.
    pub(super) is_cell: bool,
    /// Its lines.
    pub(super) paragraph: Paragraph,
}

impl Piece {
    fn is_note(&self) -> bool {
        matches!(self.paragraph.kind, Kind::Note(_))
    }

    fn is_heading(&self, style: &Style) -> bool {
        let lines = &self.paragraph.lines;
        !self.is_cell
            && self.paragraph.kind == Kind::Text
            && lines.iter().all(|l| style.is_heading_size(l))
            && lines.iter().map(|l| l.words.len()).sum::<usize>() <= MAX_HEADING_WORDS
    }

    fn is_emphasized(&self, style: &Style) -> bool {
        self.paragraph
            .lines
            .iter()
            .all(|l| l.is_emphasized(style.body_stem))
    }
}

/// Appends all pieces as blocks.
///
/// # Errors
/// [`DocumentError::TooLarge`] from the builder.
pub(super) fn push_blocks(
    pieces: Vec<Piece>,
    style: &Style,
    builder: &mut DocumentBuilder,
) -> Result<(), DocumentError> {
    let pieces = place_notes(join_broken(pieces, style));
    let mut vocabulary = Vocabulary::default();
    for line in pieces.iter().flat_map(|p| &p.paragraph.lines) {
        vocabulary.add_line(line.words.iter().map(|w| w.text.as_str()));
    }
    let sizes = heading_sizes(&pieces, style);
    for piece in pieces {
        let mut text = String::new();
        for line in &piece.paragraph.lines {
            append_line(&mut text, &row_text(&line.words), &vocabulary);
        }
        let kind = match &piece.paragraph.kind {
            _ if piece.is_cell => BlockKind::TableCell,
            Kind::Text if piece.is_heading(style) => BlockKind::Heading {
                level: level_of(&piece, &sizes),
            },
            Kind::Text => BlockKind::Paragraph,
            Kind::Item => BlockKind::ListItem,
            Kind::Note(_) => BlockKind::Footnote,
        };
        builder.push(
            kind,
            &text,
            Some(piece.page),
            None,
            piece.is_emphasized(style),
        )?;
    }
    Ok(())
}

/// Joins paragraphs that a column or page break parts.
fn join_broken(pieces: Vec<Piece>, style: &Style) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        let before = out.iter_mut().rev().find(|p| !p.is_note());
        match before {
            Some(before) if piece.opens_region && goes_on(before, &piece, style) => {
                before.paragraph.lines.extend(piece.paragraph.lines);
                before.paragraph.full = piece.paragraph.full;
                before.last_page = piece.last_page;
            }
            _ => out.push(piece),
        }
    }
    out
}

/// Whether `next`, at the top of a column or page, goes on with the paragraph before the break.
fn goes_on(before: &Piece, next: &Piece, style: &Style) -> bool {
    let (Some(last), Some(first)) = (before.paragraph.lines.last(), next.paragraph.lines.first())
    else {
        return false;
    };
    let running = !before.is_cell && !next.is_cell && next.paragraph.kind == Kind::Text;
    let heading = before.is_heading(style)
        || next.is_heading(style)
        || before.is_emphasized(style) != next.is_emphasized(style);
    let same_size = (last.size - first.size).abs() < 0.08 * last.size;
    if !running || heading || !same_size || next.page > before.last_page + 1 {
        return false;
    }
    let first_char = first
        .words
        .first()
        .and_then(|w| w.text.chars().find(|c| c.is_alphanumeric()));
    let lower = first_char.is_some_and(char::is_lowercase);
    let broken = last
        .words
        .last()
        .is_some_and(|w| w.text.ends_with(['-', '\u{2010}', '\u{AD}', ',']));
    // A line by itself that ends like no sentence is a head.
    let is_head = next.paragraph.lines.len() == 1 && !lower && !ends_sentence(first);
    // Sentences that end exactly at a break may be followed by either; an indent would show a new paragraph.
    (lower && !ends_sentence(last))
        || broken
        || (before.paragraph.full && !next.paragraph.indented && !is_head && !ends_sentence(last))
}

/// Puts each footnote after the paragraph that refers to it and takes the mark out of that paragraph.
///
/// A note that nothing refers to stays where it is.
fn place_notes(pieces: Vec<Piece>) -> Vec<Piece> {
    let (notes, body): (Vec<_>, Vec<_>) = pieces
        .into_iter()
        .enumerate()
        .partition(|(_, p)| p.is_note());
    // Sorted by the place of the paragraph, then of the note.
    let mut order: Vec<(usize, usize, Piece)> = body.into_iter().map(|(i, p)| (i, i, p)).collect();
    let mut placed = Vec::new();
    for (i, note) in notes {
        let host = match &note.paragraph.kind {
            Kind::Note(mark) => order
                .iter_mut()
                .find_map(|(at, _, p)| take_mark(p, mark, note.page).then_some(*at)),
            _ => None,
        };
        placed.push((host.unwrap_or(i), i, note));
    }
    order.extend(placed);
    // A paragraph comes before its notes, whose own places may lie before it on the page.
    order.sort_by_key(|(at, i, piece)| (*at, piece.is_note(), *i));
    order.into_iter().map(|(_, _, piece)| piece).collect()
}

/// Removes the first raised `mark` from a paragraph on `page`; whether there was one.
fn take_mark(piece: &mut Piece, mark: &str, page: u32) -> bool {
    if mark.is_empty() || !(piece.page..=piece.last_page).contains(&page) {
        return false;
    }
    for line in &mut piece.paragraph.lines {
        if line.words.len() > 1
            && let Some(i) = line.words.iter().position(|w| w.raised && w.text == mark)
        {
            line.words.remove(i);
            return true;
        }
    }
    false
}

/// The sizes of headings, largest first.
fn heading_sizes(pieces: &[Piece], style: &Style) -> Vec<f32> {
    let headings = pieces.iter().filter(|p| p.is_heading(style));
    let mut sizes: Vec<f32> = headings
        .filter_map(|p| p.paragraph.lines.first())
        .map(|l| l.size)
        .collect();
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    sizes.dedup_by(|smaller, larger| *larger - *smaller < 0.6);
    sizes
}

/// Level of a heading: the rank of its size.
fn level_of(piece: &Piece, sizes: &[f32]) -> u8 {
    let size = piece.paragraph.lines.first().map_or(0.0, |l: &Line| l.size);
    let rank = sizes.iter().filter(|s| **s > size + 0.6).count() + 1;
    u8::try_from(rank.min(9)).unwrap_or(9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Format;
    use crate::document::pdf::lines::lines_of;
    use crate::document::pdf::paragraphs::paragraphs_of;
    use crate::document::pdf::words::rows_of;
    use crate::document::pdf::words::tests::glyphs;

    /// Blocks of pages of one column each; lines are text, left end, baseline and size.
    fn read(pages: &[&[(&str, f32, f32, f32)]]) -> Vec<(BlockKind, u32, String)> {
        let lines_on = |page: &&[(&str, f32, f32, f32)]| {
            lines_of(rows_of(
                page.iter()
                    .flat_map(|(text, x, y, size)| glyphs(text, *x, *y, *size))
                    .collect(),
                &[],
            ))
        };
        let columns: Vec<Vec<Line>> = pages.iter().map(lines_on).collect();
        let style = Style::of(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut pieces = Vec::new();
        for (lines, page) in columns.into_iter().zip(1..) {
            for (i, paragraph) in paragraphs_of(lines, &style).into_iter().enumerate() {
                pieces.push(Piece {
                    page,
                    last_page: page,
                    opens_region: i == 0,
                    is_cell: false,
                    paragraph,
                });
            }
        }
        let mut builder = DocumentBuilder::new(Format::Pdf);
        push_blocks(pieces, &style, &mut builder).unwrap();
        let document = builder.finish().unwrap();
        let block = |b: &crate::document::Block| {
            (
                b.kind,
                b.page.unwrap(),
                b.span.slice(&document.text).to_owned(),
            )
        };
        document.blocks.iter().map(block).collect()
    }

    #[test]
    fn text_goes_on_over_a_break_and_over_notes() {
        let blocks = read(&[
            &[
                ("I led a team of ten that was", 0.0, 12.0, 10.0),
                ("asked", 0.0, 24.0, 10.0),
                ("1", 25.0, 20.5, 7.0),
                ("to write what it re-", 35.0, 24.0, 10.0),
                ("1", 0.0, 57.5, 5.0),
                ("By the board.", 3.0, 60.0, 8.0),
            ],
            &[
                ("quired that year.", 0.0, 12.0, 10.0),
                ("It did.", 0.0, 40.0, 10.0),
            ],
        ]);
        let joined = "I led a team of ten that was asked to write what it required that year.";
        assert_eq!(
            blocks,
            [
                (BlockKind::Paragraph, 1, joined.to_owned()),
                (BlockKind::Footnote, 1, "By the board.".to_owned()),
                (BlockKind::Paragraph, 2, "It did.".to_owned()),
            ]
        );
    }

    #[test]
    fn whole_sentences_end_at_a_break() {
        let blocks = read(&[
            &[("I led a team of ten.", 0.0, 12.0, 10.0)],
            &[("It was a good team.", 0.0, 12.0, 10.0)],
        ]);
        assert_eq!(blocks.len(), 2);
    }

    #[test]
    fn headings_are_ranked_by_size() {
        let blocks = read(&[&[
            ("Packet", 0.0, 20.0, 20.0),
            ("ECQ 1", 0.0, 50.0, 14.0),
            (
                "Running text that is longer than the heads.",
                0.0,
                80.0,
                10.0,
            ),
            ("ECQ 2", 0.0, 110.0, 14.0),
        ]]);
        let levels: Vec<_> = blocks.iter().map(|b| b.0).collect();
        let heading = |level| BlockKind::Heading { level };
        assert_eq!(
            levels,
            [heading(1), heading(2), BlockKind::Paragraph, heading(2)]
        );
    }

    #[test]
    fn a_mark_without_a_note_stays() {
        let blocks = read(&[&[
            ("the rota.", 0.0, 12.0, 10.0),
            ("2", 45.0, 8.5, 7.0),
            ("It was kept.", 55.0, 12.0, 10.0),
        ]]);
        assert_eq!(blocks[0].2, "the rota. 2 It was kept.");
    }
}
