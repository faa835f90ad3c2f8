//! Shapes and draws text with shipped fonts, and with the machine's fonts for scripts those lack.
//!
//! Noto Sans covers Latin, Greek and Cyrillic, DejaVu Sans adds Arabic, Hebrew, Armenian, Georgian
//! and symbols. Characters that no font has are dropped, so that no empty box ever shows.

use std::sync::Arc;

use cosmic_text::{
    Attrs, Buffer, Ellipsize, EllipsizeHeightLimit, Family, FontSystem, Metrics, Shaping, SwashCache, SwashContent,
    Weight, Wrap, fontdb,
};

use super::CoverFrame;

/// Characters kept of a text; no cover can show more.
const TEXT_CHARS_MAX: usize = 300;

/// Distance of baselines, in parts of the type size.
const LINE_HEIGHT: f32 = 1.16;

/// The shipped family that everything starts with.
const FAMILY: &str = "Noto Sans";

/// How a block of text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    /// Type size in pixels.
    pub(crate) size: f32,
    pub(crate) is_bold: bool,
    /// More lines than this end in an ellipsis.
    pub(crate) lines_max: usize,
}

/// Text laid out in lines.
#[derive(Debug)]
pub(crate) struct Block {
    buffer: Buffer,
    height: f32,
}

impl Block {
    /// Returns the height of all lines in pixels.
    pub(crate) fn height(&self) -> f32 {
        self.height
    }

    /// Returns the width of the widest line in pixels.
    pub(crate) fn width(&self) -> f32 {
        self.buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max)
    }
}

/// Fonts and their caches.
#[derive(Debug)]
pub(crate) struct Fonts {
    system: FontSystem,
    cache: SwashCache,
}

impl Fonts {
    /// Loads the shipped fonts, and the machine's only when `texts` need them.
    pub(crate) fn for_texts(texts: &[&str]) -> Self {
        let mut fonts = Self::with(shipped());
        let is_complete = texts.iter().all(|text| fonts.missing(&tidy(text)).is_empty());
        if !is_complete {
            let mut database = shipped();
            database.load_system_fonts();
            fonts = Self::with(database);
        }
        fonts
    }

    fn with(database: fontdb::Database) -> Self {
        Self { system: FontSystem::new_with_locale_and_db("en-US".to_owned(), database), cache: SwashCache::new() }
    }

    /// Returns what of `text` can be drawn, on one line.
    pub(crate) fn drawable(&mut self, text: &str) -> String {
        let tidied = tidy(text);
        let missing = self.missing(&tidied);
        if missing.is_empty() {
            return tidied;
        }
        let kept: String = tidied
            .char_indices()
            .map(|(at, c)| {
                let is_missing = missing.iter().any(|range| range.contains(&at));
                if is_missing { ' ' } else { c }
            })
            .collect();
        tidy(&kept)
    }

    /// Returns the byte ranges of `text` for which no font has a glyph.
    fn missing(&mut self, text: &str) -> Vec<std::ops::Range<usize>> {
        let mut missing = Vec::new();
        // Bold and regular faces may differ in what they cover.
        for is_bold in [false, true] {
            let style = Style { size: 16.0, is_bold, lines_max: usize::MAX };
            let buffer = self.shape(text, style, f32::MAX, Wrap::None, Ellipsize::None);
            for run in buffer.layout_runs() {
                let empty = run.glyphs.iter().filter(|glyph| glyph.glyph_id == 0);
                missing.extend(empty.map(|glyph| glyph.start..glyph.end));
            }
        }
        missing
    }

    /// Lays `text` out in at most `lines_max` lines, breaking words and ending in an ellipsis if needed.
    pub(crate) fn layout(&mut self, text: &str, style: Style, width: f32) -> Block {
        let limit = EllipsizeHeightLimit::Lines(style.lines_max);
        let wrap = if style.lines_max == 1 { Wrap::None } else { Wrap::WordOrGlyph };
        let buffer = self.shape(text, style, width, wrap, Ellipsize::End(limit));
        let n_lines = buffer.layout_runs().count().min(style.lines_max);
        Block { buffer, height: n_lines as f32 * style.size * LINE_HEIGHT }
    }

    /// Lays `text` out if it fits `width` and the lines without breaking a word.
    pub(crate) fn layout_whole(&mut self, text: &str, style: Style, width: f32) -> Option<Block> {
        let buffer = self.shape(text, style, width, Wrap::Word, Ellipsize::None);
        let mut n_lines = 0;
        for run in buffer.layout_runs() {
            n_lines += 1;
            if run.line_w > width || n_lines > style.lines_max {
                return None;
            }
        }
        Some(Block { buffer, height: n_lines as f32 * style.size * LINE_HEIGHT })
    }

    fn shape(&mut self, text: &str, style: Style, width: f32, wrap: Wrap, ellipsize: Ellipsize) -> Buffer {
        let metrics = Metrics::new(style.size, style.size * LINE_HEIGHT);
        let mut buffer = Buffer::new(&mut self.system, metrics);
        let weight = if style.is_bold { Weight::BOLD } else { Weight::NORMAL };
        let attrs = Attrs::new().family(Family::Name(FAMILY)).weight(weight);
        buffer.set_wrap(wrap);
        buffer.set_ellipsize(ellipsize);
        let is_bounded = width < f32::MAX;
        buffer.set_size(is_bounded.then_some(width), None);
        buffer.set_text(text, &attrs, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.system, false);
        buffer
    }

    /// Draws `block` with its upper left corner at `at`.
    pub(crate) fn draw(&mut self, frame: &mut CoverFrame, block: &Block, at: (f32, f32), color: [u8; 3], opacity: u8) {
        for run in block.buffer.layout_runs() {
            for glyph in run.glyphs {
                let placed = glyph.physical((at.0, at.1 + run.line_y), 1.0);
                let image = self.cache.get_image_uncached(&mut self.system, placed.cache_key);
                let Some(image) = image.filter(|_| glyph.glyph_id != 0) else {
                    continue;
                };
                let left = placed.x + image.placement.left;
                let top = placed.y - image.placement.top;
                let width = image.placement.width.max(1) as usize;
                let n_channels = match image.content {
                    SwashContent::Mask => 1,
                    SwashContent::Color | SwashContent::SubpixelMask => 4,
                };
                for (idx, pixel) in image.data.chunks_exact(n_channels).enumerate() {
                    let (x, y) = (left + (idx % width) as i32, top + (idx / width) as i32);
                    let (color, coverage) = match *pixel {
                        [r, g, b, alpha] => ([r, g, b], alpha),
                        [coverage] => (color, coverage),
                        _ => continue,
                    };
                    let coverage = u16::from(coverage) * u16::from(opacity) / 255;
                    frame.blend(x, y, color, coverage as u8);
                }
            }
        }
    }
}

/// The fonts inside the program.
fn shipped() -> fontdb::Database {
    let mut database = fontdb::Database::new();
    let fonts: [&'static [u8]; 4] =
        [notosans::REGULAR_TTF, notosans::BOLD_TTF, dejavu::sans::regular(), dejavu::sans::bold()];
    for font in fonts {
        database.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    }
    database
}

/// Makes one line of a text: no control characters, single spaces, a bounded length.
fn tidy(text: &str) -> String {
    let mut tidied = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !tidied.is_empty() {
            tidied.push(' ');
        }
        tidied.push_str(word);
        if tidied.len() > TEXT_CHARS_MAX * 4 {
            break;
        }
    }
    if let Some((end, _)) = tidied.char_indices().nth(TEXT_CHARS_MAX) {
        tidied.truncate(end);
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::{Fonts, tidy};

    #[test]
    fn texts_become_one_bounded_line() {
        assert_eq!(tidy("  a\n\tb \u{0} c\u{7f} "), "a b c");
        assert_eq!(tidy(&"x".repeat(5000)).len(), 300);
    }

    #[test]
    fn characters_without_a_glyph_are_dropped() {
        let mut fonts = Fonts::with(super::shipped());
        assert_eq!(fonts.drawable("Ωμέγα Жизнь é"), "Ωμέγα Жизнь é");
        assert_eq!(fonts.drawable("夜に駆ける YOASOBI"), "YOASOBI");
        assert_eq!(fonts.drawable("夜"), "");
        assert_eq!(fonts.drawable("يا ليل"), "يا ليل");
    }
}
