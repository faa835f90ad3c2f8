//! What is written on a page of a PDF file: letters with places become lines, lines become paragraphs.

use std::time::Instant;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{BezPath, Point, Rect};

use super::super::super::material::PageText;
use super::give_up;

/// Most drawings, letters, layers and pictures of a page; one with more is not drawn.
pub(super) const DRAWINGS_MAX: usize = 300_000;
const LETTERS_MAX: usize = 300_000;
const LAYERS_MAX: usize = 2_000;
const PICTURES_MAX: usize = 5_000;
/// Most pixels of a picture, and of all pictures of a page.
const PICTURE_PIXELS_MAX: u64 = 100_000_000;
const PIXELS_MAX: u64 = 400_000_000;
/// Units of the letters' own space in the size of the font.
const UNITS_PER_EM: f64 = 1000.0;
/// A gap this wide between letters is a space; letters whose baselines are this far apart are on two lines: shares of the size.
const SPACE: f64 = 0.18;
const NEW_LINE: f64 = 0.45;
/// Lines this far apart, or less, belong to one paragraph: multiples of the size.
const LINE_PITCH: f64 = 1.7;
/// Sizes that differ by less are the same.
const SAME_SIZE: f64 = 0.08;
/// Longest text of a page and longest title, in characters.
const TEXT_CHARS_MAX: usize = 20_000;
const TITLE_CHARS_MAX: usize = 200;

/// Reads a page, and finds out whether it can be drawn with reason.
pub(super) fn read_page(page: &Page<'_>, settings: &InterpreterSettings, end: Instant) -> Result<PageText, String> {
    let transform = page.initial_transform(true).to_kurbo();
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let cache = InterpreterCache::new();
    let mut context = Context::new(transform, area, &cache, page.xref(), settings.clone());
    let mut reader = Reader { end, area, counts: Counts::default(), lines: Vec::new() };
    interpret_page(page, &mut context, &mut reader);
    Ok(text_of(reader.lines))
}

#[derive(Default)]
struct Counts {
    drawings: usize,
    letters: usize,
    layers: usize,
    pictures: usize,
    pixels: u64,
}

struct Reader {
    end: Instant,
    area: Rect,
    counts: Counts,
    lines: Vec<Line>,
}

/// Letters on one baseline.
struct Line {
    text: String,
    /// The left end of the first letter, and where the next one would be.
    start: Point,
    next: Point,
    size: f64,
}

impl Reader {
    fn count_drawing(&mut self) {
        self.counts.drawings += 1;
        if self.counts.drawings > DRAWINGS_MAX {
            give_up("it has more than 300000 drawings");
        }
        if self.counts.drawings.is_multiple_of(1024) && Instant::now() >= self.end {
            give_up("reading it takes too long");
        }
    }

    fn add(&mut self, letters: &str, start: Point, next: Point, size: f64) {
        if !self.area.contains(start) || !size.is_finite() || size <= 0.0 {
            return;
        }
        if let Some(line) = self.lines.last_mut() {
            let (gap, drop) = (start.x - line.next.x, (start.y - line.next.y).abs());
            let is_same_line = drop <= NEW_LINE * line.size.max(size) && gap > -line.size;
            if is_same_line {
                let is_apart = gap > SPACE * size && !line.text.ends_with(' ') && !letters.starts_with(' ');
                line.text.push_str(if is_apart { " " } else { "" });
                line.text.push_str(letters);
                line.next = next;
                // Raised letters are smaller than the line that they are on.
                line.size = line.size.max(size);
                return;
            }
        }
        self.lines.push(Line { text: letters.to_owned(), start, next, size });
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.count_drawing();
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.count_drawing();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.counts.layers += 1;
        if self.counts.layers > LAYERS_MAX {
            give_up("it has more than 2000 layers");
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.count_drawing();
        for glyph in run.glyphs() {
            self.counts.letters += 1;
            if self.counts.letters > LETTERS_MAX {
                give_up("it has more than 300000 letters");
            }
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let advance = f64::from(advance.unwrap_or(0.0)).clamp(0.0, 3.0 * UNITS_PER_EM);
            let transform = props.transform * glyph.transform();
            let start = transform * Point::ZERO;
            let size = (transform * Point::new(0.0, UNITS_PER_EM) - start).hypot();
            let next = transform * Point::new(advance, 0.0);
            match glyph.as_unicode() {
                Some(BfString::Char(letter)) => self.add(letter.encode_utf8(&mut [0; 4]), start, next, size),
                Some(BfString::String(letters)) => self.add(&letters, start, next, size),
                None => {}
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.count_drawing();
        let n_pixels = u64::from(image.width()) * u64::from(image.height());
        self.counts.pictures += 1;
        self.counts.pixels = self.counts.pixels.saturating_add(n_pixels);
        let is_too_much = n_pixels > PICTURE_PIXELS_MAX || self.counts.pixels > PIXELS_MAX;
        if is_too_much || self.counts.pictures > PICTURES_MAX {
            give_up("its pictures are too large, or too many");
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// Makes paragraphs of lines, and finds the title: what is written largest, or first.
fn text_of(lines: Vec<Line>) -> PageText {
    let mut paragraphs: Vec<(String, f64)> = Vec::new();
    let mut last: Option<Line> = None;
    for line in lines {
        let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace(['\0', '\u{ad}'], "");
        if text.is_empty() {
            continue;
        }
        let goes_on = last.as_ref().is_some_and(|last| {
            let pitch = line.start.y - last.start.y;
            let is_same_size = (line.size - last.size).abs() <= SAME_SIZE * last.size;
            let is_below = pitch > 0.0 && pitch <= LINE_PITCH * last.size;
            // What begins with a mark is the next item of a list.
            let is_item =
                text.starts_with(['\u{2022}', '\u{25cf}', '\u{25aa}', '\u{2013}', '-', '*', '\u{25e6}', '\u{f0b7}']);
            is_same_size && is_below && !is_item
        });
        match paragraphs.last_mut() {
            Some((paragraph, _)) if goes_on => {
                paragraph.push(' ');
                paragraph.push_str(&text);
            }
            _ => paragraphs.push((text, line.size)),
        }
        last = Some(line);
    }
    let title = title_of(&paragraphs);
    let texts: Vec<&str> = paragraphs.iter().map(|(text, _)| text.as_str()).collect();
    PageText { title, body: texts.join("\n").chars().take(TEXT_CHARS_MAX).collect(), notes: String::new() }
}

fn title_of(paragraphs: &[(String, f64)]) -> String {
    let is_wordy = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count() >= 2;
    let wordy: Vec<&(String, f64)> = paragraphs.iter().filter(|(text, _)| is_wordy(text)).collect();
    let largest = wordy.iter().map(|(_, size)| *size).fold(0.0, f64::max);
    let title = wordy.iter().find(|(_, size)| *size >= largest * (1.0 - SAME_SIZE));
    title.map(|(text, _)| text.chars().take(TITLE_CHARS_MAX).collect()).unwrap_or_default()
}
