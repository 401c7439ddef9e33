//! Follows the painting of a page and keeps what text is seen.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::time::Instant;

use hayro_interpret::BlendMode;
use hayro_interpret::ClipPath;
use hayro_interpret::Context;
use hayro_interpret::Device;
use hayro_interpret::DrawMode;
use hayro_interpret::DrawProps;
use hayro_interpret::Image;
use hayro_interpret::ImageDrawProps;
use hayro_interpret::InterpreterCache;
use hayro_interpret::InterpreterSettings;
use hayro_interpret::Paint;
use hayro_interpret::SoftMask;
use hayro_interpret::font::GlyphRun;
use hayro_interpret::interpret_page;
use hayro_interpret::kurbo::Affine;
use hayro_interpret::kurbo::BezPath;
use hayro_interpret::kurbo::Rect;
use hayro_interpret::kurbo::Shape as _;
use hayro_syntax::page::Page;

use crate::document::HiddenReason;
use crate::document::pdf::glyphs::Glyph;
use crate::document::pdf::glyphs::GlyphText;
use crate::document::pdf::glyphs::Said;
use crate::document::pdf::glyphs::Turn;
use crate::document::pdf::glyphs::horizontal_stretch;
use crate::document::pdf::glyphs::placed;
use crate::document::pdf::glyphs::text_of;
use crate::document::pdf::shapes::Color;
use crate::document::pdf::shapes::Rule;
use crate::document::pdf::shapes::Shapes;
use crate::document::pdf::stems::Stems;

/// Most glyphs that are read from one page: twenty times a densely set one.
const MAX_GLYPHS: usize = 100_000;
/// Most painting steps that are followed on one page: what a detailed map takes.
const MAX_STEPS: usize = 500_000;
/// Smallest type size, in points, that anyone can read.
const MIN_SIZE: f32 = 2.0;
/// Ink fainter than this is not seen.
const MIN_ALPHA: f32 = 0.05;
/// What was read from one page.
#[derive(Debug, Default)]
pub(super) struct PageGlyphs {
    /// All glyphs in the order of painting.
    pub(super) glyphs: Vec<Glyph>,
    /// Thin horizontal lines.
    pub(super) rules: Vec<Rule>,
    /// Width and height of the page.
    pub(super) size: (f32, f32),
    /// Share of the page that pictures cover, summed up.
    pub(super) image_share: f64,
    /// Number of filled or stroked paths.
    pub(super) n_paths: usize,
    /// Glyphs without a known letter that were read by their code.
    pub(super) n_guessed: usize,
    /// Why reading stopped before the end of the page.
    pub(super) stopped: Option<Stop>,
}

/// Why reading a page was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It holds more characters than any page does.
    Glyphs,
    /// It paints more than any page does.
    Steps,
    /// Reading the file takes too long.
    Time,
}

/// Reads pages of one file.
pub(super) struct PageReader<'a> {
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
    stems: Stems,
    deadline: Instant,
}

impl PageReader<'_> {
    /// A reader that gives up at `deadline`.
    pub(super) fn new(deadline: Instant) -> Self {
        Self {
            cache: InterpreterCache::new(),
            settings: InterpreterSettings::default(),
            stems: Stems::default(),
            deadline,
        }
    }
}

impl<'a> PageReader<'a> {
    /// Reads the glyphs of a page.
    ///
    /// # Errors
    /// `Err` if the parser crate panics.
    pub(super) fn read(&mut self, page: &Page<'a>) -> Result<PageGlyphs, ()> {
        let (width, height) = page.render_dimensions();
        let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let mut canvas = Canvas {
            page: PageGlyphs {
                size: (width, height),
                ..PageGlyphs::default()
            },
            area,
            shapes: Shapes::default(),
            clips: Vec::new(),
            groups: Vec::new(),
            stems: &mut self.stems,
            n_steps: 0,
            last_run: 0,
            deadline: self.deadline,
        };
        let done = catch_unwind(AssertUnwindSafe(|| {
            let transform = Affine::new(page.initial_transform(true).as_coeffs());
            let mut context = Context::new(
                transform,
                area,
                &self.cache,
                page.xref(),
                self.settings.clone(),
            );
            interpret_page(page, &mut context, &mut canvas);
        }));
        if let Err(cause) = done {
            match cause.downcast::<Stop>() {
                Ok(stop) => canvas.page.stopped = Some(*stop),
                Err(_) => return Err(()),
            }
        }
        Ok(canvas.finish())
    }
}

/// Follows the painting of one page.
struct Canvas<'s> {
    page: PageGlyphs,
    area: Rect,
    shapes: Shapes,
    clips: Vec<Rect>,
    /// For each open transparency group: its opacity and whether it simply paints over what is below.
    groups: Vec<(f32, bool)>,
    stems: &'s mut Stems,
    n_steps: usize,
    /// Where the glyphs of the latest run start.
    last_run: usize,
    deadline: Instant,
}

impl Canvas<'_> {
    /// Counts one step and leaves the interpreter when a budget is spent.
    ///
    /// The interpreter cannot be asked to stop, so this unwinds through it; no panic hook is run.
    fn step(&mut self) {
        self.n_steps += 1;
        if self.n_steps > MAX_STEPS {
            resume_unwind(Box::new(Stop::Steps));
        }
        if self.n_steps.is_multiple_of(64) && Instant::now() > self.deadline {
            resume_unwind(Box::new(Stop::Time));
        }
    }

    /// The visible part of the page.
    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or(self.area)
    }

    fn push_clip(&mut self, area: Rect) {
        self.step();
        let area = self.clip().intersect(area);
        self.clips.push(area);
    }

    /// Opacity of the open groups, and whether all of them simply paint over.
    fn group(&self) -> (f32, bool) {
        self.groups
            .iter()
            .fold((1.0, true), |(alpha, covers), group| {
                (alpha * group.0, covers && group.1)
            })
    }

    fn hidden_reason(
        &self,
        glyph: &Glyph,
        ink: Option<(Color, f32)>,
        mode: &DrawMode,
    ) -> Option<HiddenReason> {
        let middle = glyph.middle();
        if matches!(mode, DrawMode::Invisible) || ink.is_some_and(|(_, alpha)| alpha < MIN_ALPHA) {
            return Some(HiddenReason::Vanished);
        }
        if glyph.size < MIN_SIZE {
            return Some(HiddenReason::Tiny);
        }
        // A clip often fits its line tightly, so half a letter of grace.
        let grace = f64::from(glyph.size) / 2.0;
        if !self.area.contains(middle) || !self.clip().inflate(grace, grace).contains(middle) {
            return Some(HiddenReason::OffPage);
        }
        match ink {
            Some((color, _)) if !self.shapes.shows(middle, color) => Some(HiddenReason::White),
            _ => None,
        }
    }

    fn add_run(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>, mode: &DrawMode) {
        let ink = match &props.paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().components();
                Some(([red, green, blue], alpha * self.group().0))
            }
            Paint::Pattern(_) => None,
        };
        let start = self.page.glyphs.len();
        let stretch = horizontal_stretch(run.glyphs(), props.transform);
        let mut stem = 0;
        for positioned in run.glyphs() {
            let text = match text_of(positioned) {
                Said::Nothing => continue,
                Said::Known(text) => text,
                Said::Guessed(c) => {
                    self.page.n_guessed += 1;
                    GlyphText::One(c)
                }
            };
            if stem == 0
                && let GlyphText::One(letter) = text
            {
                stem = self.stems.width(positioned, letter);
            }
            let mut glyph = placed(positioned, props.transform, stretch, text);
            glyph.order = self.n_steps;
            if glyph.turn == Turn::Upright {
                glyph.hidden = self.hidden_reason(&glyph, ink, mode);
            } else if matches!(mode, DrawMode::Invisible) {
                glyph.hidden = Some(HiddenReason::Vanished);
            }
            if self.page.glyphs.len() >= MAX_GLYPHS {
                resume_unwind(Box::new(Stop::Glyphs));
            }
            self.page.glyphs.push(glyph);
        }
        for glyph in &mut self.page.glyphs[start..] {
            glyph.stem = stem;
        }
        if matches!(mode, DrawMode::Stroke(_)) {
            self.merge_outline(start);
        }
        self.last_run = start;
    }

    /// "Fill, then stroke" arrives as two runs; the second one is the same text, drawn bolder.
    fn merge_outline(&mut self, start: usize) {
        let (before, outline) = self.page.glyphs.split_at_mut(start);
        let Some(filled) = before.get_mut(self.last_run..) else {
            return;
        };
        let same = filled.len() == outline.len()
            && filled.iter().zip(outline.iter()).all(|(a, b)| {
                a.text == b.text && (a.x0 - b.x0).abs() < 0.01 && (a.y - b.y).abs() < 0.01
            });
        if !same || filled.is_empty() {
            return;
        }
        for (fill, outline) in filled.iter_mut().zip(outline.iter()) {
            fill.doubled = true;
            fill.hidden = fill.hidden.and(outline.hidden);
        }
        self.page.glyphs.truncate(start);
    }

    /// The page, with the glyphs that were painted over marked as hidden.
    fn finish(mut self) -> PageGlyphs {
        for glyph in &mut self.page.glyphs {
            if glyph.hidden.is_none()
                && glyph.turn == Turn::Upright
                && let Some(color) = self.shapes.cover(glyph.middle(), glyph.order)
            {
                let white = color.is_some_and(|c| c.iter().all(|v| *v > 0.9));
                glyph.hidden = Some(if white {
                    HiddenReason::White
                } else {
                    HiddenReason::Vanished
                });
            }
        }
        self.page
    }
}

impl<'a> Device<'a> for Canvas<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, draw_mode: &DrawMode) {
        self.step();
        self.page.n_paths += 1;
        let area = (props.transform * path.clone()).bounding_box();
        if area.height() < 2.0 && area.width() > 4.0 {
            self.page.rules.push(Rule {
                x0: area.x0,
                x1: area.x1,
                y: area.center().y,
            });
        }
        if !matches!(draw_mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) {
            return;
        }
        let (alpha, covers) = self.group();
        let (color, alpha) = match &props.paint {
            Paint::Color(color) => {
                let [red, green, blue, own] = color.to_rgba().components();
                (Some([red, green, blue]), own * alpha)
            }
            Paint::Pattern(_) => (None, 0.5),
        };
        if alpha < MIN_ALPHA || props.soft_mask.is_some() {
            return;
        }
        // Only a rectangle is sure to cover all of its bounding box.
        let fills_box = path.area().abs() >= 0.98 * path.bounding_box().area();
        let covers = covers && fills_box && alpha > 0.95 && props.blend_mode == BlendMode::Normal;
        let area = area.intersect(self.clip());
        self.shapes.add(area, color, covers, self.n_steps);
    }

    fn push_clip_path(&mut self, clip_path: &ClipPath) {
        self.push_clip(clip_path.path.bounding_box());
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.push_clip(*rect);
    }

    fn push_transparency_group(
        &mut self,
        opacity: f32,
        mask: Option<SoftMask<'a>>,
        blend_mode: BlendMode,
    ) {
        self.step();
        self.groups.push((
            opacity,
            mask.is_none() && opacity > 0.95 && blend_mode == BlendMode::Normal,
        ));
    }

    fn draw_glyph_run(
        &mut self,
        glyph_run: &GlyphRun<'_, 'a>,
        props: DrawProps<'a>,
        draw_mode: &DrawMode,
    ) {
        self.step();
        self.add_run(glyph_run, &props, draw_mode);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step();
        let opaque = matches!(&image, Image::Raster(raster) if {
            let dict = raster.stream().dict();
            !dict.contains_key(b"SMask") && !dict.contains_key(b"Mask")
        });
        let pixels = Rect::new(
            0.0,
            0.0,
            f64::from(image.width()),
            f64::from(image.height()),
        );
        let area = props
            .transform
            .transform_rect_bbox(pixels)
            .intersect(self.clip());
        self.page.image_share += area.area() / self.area.area().max(1.0);
        let covers = opaque && self.group().1;
        self.shapes.add(area, None, covers, self.n_steps);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }
}
