//! Diagrams: a canvas with lines, discs and texts, written as PNG.
//!
//! Coordinates are pixels from the upper left corner, which is (0, 0); the middle of the first pixel is (0.5, 0.5). Edges are smooth.

use crate::cover::text::{Fonts, Style};
use crate::cover::{Canvas, CoverFrame};
use crate::{Error, Result};

/// A color with its opacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 0 for invisible to 255 for opaque.
    pub opacity: u8,
}

impl Ink {
    /// An opaque color.
    pub const fn opaque(rgb: [u8; 3]) -> Self {
        Self { rgb, opacity: 255 }
    }

    /// The same color with another opacity.
    pub const fn with_opacity(self, opacity: u8) -> Self {
        Self { opacity, ..self }
    }
}

/// Which point of a text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Its upper left corner.
    Left,
    /// The middle of its upper edge.
    Center,
    /// Its upper right corner.
    Right,
}

/// How a line of text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    /// Type size in pixels; a line is 1.16 times as high.
    pub size: f32,
    /// Whether it is bold.
    pub is_bold: bool,
    /// Which point of it is given.
    pub align: Align,
    /// Its color.
    pub ink: Ink,
    /// What is wider ends in an ellipsis.
    pub width_max: f32,
}

/// A picture in the making.
#[derive(Debug)]
pub struct Drawing {
    frame: CoverFrame,
    fonts: Fonts,
}

impl Drawing {
    /// Starts an empty picture. `texts` are those that come from outside: scripts that the shipped fonts lack take the machine's fonts,
    /// which take long to load.
    pub fn new(canvas: Canvas, background: [u8; 3], texts: &[&str]) -> Self {
        Self { frame: CoverFrame::plain(canvas, background), fonts: Fonts::for_texts(texts) }
    }

    /// Lays a color over one pixel; outside of the canvas nothing happens.
    pub fn dot(&mut self, x: i32, y: i32, ink: Ink) {
        self.frame.blend(x, y, ink.rgb, ink.opacity);
    }

    /// Fills a rectangle from `from`, the upper left corner, to `to`, the lower right one.
    pub fn rect(&mut self, from: (f32, f32), to: (f32, f32), ink: Ink) {
        let covered = |at: i32, from: f32, to: f32| (to.min(at as f32 + 1.0) - from.max(at as f32)).clamp(0.0, 1.0);
        self.paint(from, to, ink, |x, y| covered(x, from.0, to.0) * covered(y, from.1, to.1));
    }

    /// Draws a straight line with round ends.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, ink: Ink) {
        let radius = width / 2.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let len_squared = (dx * dx + dy * dy).max(1e-6);
        let upper_left = (from.0.min(to.0) - radius - 1.0, from.1.min(to.1) - radius - 1.0);
        let lower_right = (from.0.max(to.0) + radius + 1.0, from.1.max(to.1) + radius + 1.0);
        self.paint(upper_left, lower_right, ink, |x, y| {
            let (px, py) = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
            let along = ((px * dx + py * dy) / len_squared).clamp(0.0, 1.0);
            radius + 0.5 - distance(px - along * dx, py - along * dy)
        });
    }

    /// Fills a circle.
    pub fn disc(&mut self, center: (f32, f32), radius: f32, ink: Ink) {
        self.around(center, radius, ink, |from_center| radius + 0.5 - from_center);
    }

    /// Draws the outline of a circle; `radius` is that of the middle of the line.
    pub fn ring(&mut self, center: (f32, f32), radius: f32, width: f32, ink: Ink) {
        self.around(center, radius + width, ink, |from_center| width / 2.0 + 0.5 - (from_center - radius).abs());
    }

    /// Draws a text on one line and returns its width. Characters that no font has are left out.
    pub fn text(&mut self, text: &str, at: (f32, f32), style: TextStyle) -> f32 {
        let text = self.fonts.drawable(text);
        let line = Style { size: style.size, is_bold: style.is_bold, lines_max: 1 };
        let block = self.fonts.layout(&text, line, style.width_max);
        let width = block.width();
        let left = match style.align {
            Align::Left => at.0,
            Align::Center => at.0 - width / 2.0,
            Align::Right => at.0 - width,
        };
        self.fonts.draw(&mut self.frame, &block, (left, at.1), style.ink.rgb, style.ink.opacity);
        width
    }

    /// Encodes the picture as PNG.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when encoding fails.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let encode = || -> Result<Vec<u8>, png::EncodingError> {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, self.frame.width(), self.frame.height());
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(self.frame.rgb())?;
            writer.finish()?;
            Ok(bytes)
        };
        encode().map_err(|error| Error::Internal { step: "encoding a PNG", reason: error.to_string() })
    }

    fn around(&mut self, center: (f32, f32), reach: f32, ink: Ink, coverage: impl Fn(f32) -> f32) {
        let upper_left = (center.0 - reach - 1.0, center.1 - reach - 1.0);
        let lower_right = (center.0 + reach + 1.0, center.1 + reach + 1.0);
        self.paint(upper_left, lower_right, ink, |x, y| {
            coverage(distance(x as f32 + 0.5 - center.0, y as f32 + 0.5 - center.1))
        });
    }

    /// Lays a color over the pixels of a rectangle, as far as each is covered, 0–1.
    fn paint(&mut self, from: (f32, f32), to: (f32, f32), ink: Ink, coverage: impl Fn(i32, i32) -> f32) {
        let (width, height) = (self.frame.width() as f32, self.frame.height() as f32);
        let span =
            |from: f32, to: f32, side: f32| from.clamp(0.0, side).floor() as i32..to.clamp(0.0, side).ceil() as i32;
        for y in span(from.1, to.1, height) {
            for x in span(from.0, to.0, width) {
                let opacity = f32::from(ink.opacity) * coverage(x, y).clamp(0.0, 1.0);
                self.frame.blend(x, y, ink.rgb, (opacity + 0.5) as u8);
            }
        }
    }
}

fn distance(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Ink = Ink::opaque([255; 3]);

    fn drawing() -> Drawing {
        Drawing::new(Canvas::new(200, 128).unwrap(), [0; 3], &[])
    }

    fn at(drawing: &Drawing, x: usize, y: usize) -> u8 {
        drawing.frame.rgb()[(y * 200 + x) * 3]
    }

    #[test]
    fn shapes_are_where_they_should_be_and_nowhere_else() {
        let mut drawing = drawing();
        drawing.rect((10.0, 10.0), (20.5, 12.0), WHITE);
        assert_eq!(
            [at(&drawing, 9, 10), at(&drawing, 10, 10), at(&drawing, 20, 11), at(&drawing, 21, 11)],
            [0, 255, 128, 0]
        );
        drawing.line((30.0, 50.5), (60.0, 50.5), 1.0, WHITE);
        assert_eq!([at(&drawing, 45, 50), at(&drawing, 45, 52), at(&drawing, 62, 50)], [255, 0, 0]);
        drawing.disc((100.5, 60.5), 5.0, WHITE);
        drawing.ring((150.5, 60.5), 8.0, 2.0, WHITE);
        assert_eq!([at(&drawing, 100, 60), at(&drawing, 104, 60), at(&drawing, 107, 60)], [255, 255, 0]);
        assert_eq!([at(&drawing, 150, 60), at(&drawing, 158, 60), at(&drawing, 150, 52)], [0, 255, 255]);
        for outside in [f32::NAN, f32::INFINITY, -1e9, 1e9] {
            drawing.disc((outside, 5.0), 3.0, WHITE);
            drawing.line((outside, 0.0), (5.0, 5.0), 1.0, WHITE.with_opacity(0));
        }
    }

    #[test]
    fn texts_are_aligned_and_bounded() {
        let style = TextStyle { size: 20.0, is_bold: false, align: Align::Right, ink: WHITE, width_max: 80.0 };
        let mut drawing = drawing();
        let width = drawing.text("score", (190.0, 20.0), style);
        assert!((30.0..70.0).contains(&width), "{width}");
        let inked = |drawing: &Drawing, x: std::ops::Range<usize>| {
            x.flat_map(|x| (20..44).map(move |y| (x, y))).any(|(x, y)| at(drawing, x, y) > 0)
        };
        assert!(inked(&drawing, 190 - width as usize..190) && !inked(&drawing, 0..185 - width as usize));
        assert!(drawing.text("much too long for its place", (190.0, 60.0), style) <= 80.5);
    }

    #[test]
    fn a_png_can_be_read_back() {
        let mut drawing = drawing();
        drawing.rect((0.0, 0.0), (100.0, 128.0), Ink::opaque([10, 200, 30]));
        let png = drawing.to_png().unwrap();
        let picture = crate::picture::Picture::decode(&png, &crate::picture::PictureLimits::default(), None).unwrap();
        assert_eq!((picture.width(), picture.height()), (200, 128));
        assert_eq!(
            (&picture.rgba()[..4], &picture.rgba()[199 * 4..200 * 4]),
            (&[10, 200, 30, 255][..], &[0, 0, 0, 255][..])
        );
    }
}
