//! A cover drawn from texts and a waveform: colored light, large type, rounded bars.

use super::backdrop::{Small, small_size, upscale};
use super::palette::{Palette, encode_srgb};
use super::text::{Block, Fonts, Style};
use super::{Canvas, CoverFrame, Rect, rounded_coverage};

/// What a drawn cover shows. Texts may be of any length and script, or empty.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DrawnCover<'a> {
    /// The title, in the largest type.
    pub title: &'a str,
    /// The artist, below the title; in its place when there is no title.
    pub artist: &'a str,
    /// The album, below the artist.
    pub album: &'a str,
    /// The loudness from start to end, 0–1, of any length; empty for a calm default form.
    pub waveform: &'a [f32],
}

/// Space at the edges, in parts of the canvas width and height.
const MARGIN_X: f32 = 0.075;
const MARGIN_Y: f32 = 0.10;

/// Title sizes that are tried, in parts of the square root of the canvas area.
const TITLE_SIZES: [f32; 6] = [0.118, 0.100, 0.085, 0.072, 0.061, 0.052];

/// Sizes of the lines below the title, in the same parts.
const ARTIST_SIZE: f32 = 0.044;
const ALBUM_SIZE: f32 = 0.030;

/// Most lines of a title; what is longer ends in an ellipsis.
const TITLE_LINES_MAX: usize = 3;

/// Distance between bars, in parts of the square root of the canvas area.
const BAR_PITCH: f32 = 0.0135;

/// Width of a bar, in parts of the distance.
const BAR_WIDTH: f32 = 0.56;

/// The part of the canvas height that the waveform takes.
const WAVE_HEIGHT: f32 = 0.25;

/// See [`CoverFrame::draw`].
pub(super) fn draw(cover: &DrawnCover<'_>, canvas: Canvas) -> CoverFrame {
    let palette = Palette::of(cover.title, cover.artist);
    let mut frame = background(&palette, canvas);
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let size = (width * height).sqrt();
    let margin_x = width * MARGIN_X;
    let margin_y = height * MARGIN_Y;
    let wave_height = height * WAVE_HEIGHT;

    let room = Rect {
        left: margin_x,
        top: margin_y,
        width: width - 2.0 * margin_x,
        height: height - 2.5 * margin_y - wave_height,
    };
    let has_text = draw_texts(&mut frame, cover, &palette, room, size);
    let wave_top = if has_text { height - margin_y - wave_height } else { height * 0.5 - wave_height };
    let wave = Rect {
        left: margin_x,
        top: wave_top,
        width: width - 2.0 * margin_x,
        height: if has_text { wave_height } else { wave_height * 2.0 },
    };
    draw_bars(&mut frame, cover.waveform, &palette, wave, size * BAR_PITCH);
    frame
}

/// Lays the texts out in `room`, grouped at its middle; returns whether there were any.
fn draw_texts(frame: &mut CoverFrame, cover: &DrawnCover<'_>, palette: &Palette, room: Rect, size: f32) -> bool {
    let mut fonts = Fonts::for_texts(&[cover.title, cover.artist, cover.album]);
    let title = fonts.drawable(cover.title);
    let artist = fonts.drawable(cover.artist);
    let album = fonts.drawable(cover.album);
    let (title, artist) = if title.is_empty() { (artist, String::new()) } else { (title, artist) };
    let line = |fonts: &mut Fonts, text: &str, part: f32| {
        let style = Style { size: size * part, is_bold: false, lines_max: 1 };
        (!text.is_empty()).then(|| fonts.layout(text, style, room.width))
    };
    let artist = line(&mut fonts, &artist, ARTIST_SIZE);
    let album = line(&mut fonts, &album, ALBUM_SIZE);
    let gap = size * 0.024;
    let below: f32 = [&artist, &album].into_iter().flatten().map(|block| block.height() + gap).sum();
    let title = (!title.is_empty()).then(|| fit_title(&mut fonts, &title, size, room.width, room.height - below));
    let total = below + title.as_ref().map_or(0.0, Block::height);
    let has_text = total > 0.0;
    let mut top = room.top + (room.height - total).max(0.0) / 2.0;
    let white = [255, 255, 255];
    let rows = [(title, white, 255), (artist, palette.soft_text, 255), (album, palette.soft_text, 185)];
    for (block, color, opacity) in rows {
        if let Some(block) = block {
            fonts.draw(frame, &block, (room.left, top), color, opacity);
            top += block.height() + gap;
        }
    }
    has_text
}

/// Picks the largest size at which no word breaks and the lines fit.
fn fit_title(fonts: &mut Fonts, title: &str, size: f32, width: f32, height: f32) -> Block {
    let style = |part: f32| Style { size: size * part, is_bold: true, lines_max: TITLE_LINES_MAX };
    for part in TITLE_SIZES {
        if let Some(block) = fonts.layout_whole(title, style(part), width)
            && block.height() <= height
        {
            return block;
        }
    }
    let smallest = style(TITLE_SIZES[TITLE_SIZES.len() - 1]);
    let ends = title.match_indices(' ').map(|(at, _)| at);
    let ends: Vec<usize> = ends.collect();
    // The more words, the longer: the most that fit are found by halving.
    let fits = |fonts: &mut Fonts, end: usize| {
        let start = title[..end].trim_end_matches(|c: char| c.is_ascii_punctuation());
        let shortened = format!("{start}…");
        let block = fonts.layout_whole(&shortened, smallest, width);
        block.filter(|block| block.height() <= height)
    };
    let mut best = None;
    let (mut low, mut high) = (0, ends.len());
    while low < high {
        let middle = (low + high) / 2;
        if let Some(block) = fits(fonts, ends[middle]) {
            best = Some(block);
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // A single word that is too long, or a script without spaces, breaks anywhere.
    best.unwrap_or_else(|| fonts.layout(title, smallest, width))
}

/// A diagonal gradient with two soft lights, computed small in linear light.
fn background(palette: &Palette, canvas: Canvas) -> CoverFrame {
    let (width, height) = small_size(canvas);
    let (width, height) = (width as usize, height as usize);
    let aspect = width as f32 / height as f32;
    let place = |shift: u32| (palette.seed >> shift & 0xff) as f32 / 255.0;
    let lights = [
        (0.62 + 0.36 * place(32), 0.02 + 0.30 * place(40), 1.15),
        (0.05 + 0.40 * place(48), 0.75 + 0.30 * place(56), 0.95),
    ];
    let mut rgb = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / (width - 1) as f32, y as f32 / (height - 1) as f32);
            let along = u * 0.55 + v * 0.45;
            let mut color = [0, 1, 2].map(|idx| mix(palette.start[idx], palette.end[idx], along));
            for (&(light_x, light_y, reach), glow) in lights.iter().zip(palette.glows) {
                let (dx, dy) = ((u - light_x) * aspect.min(1.8), v - light_y);
                // Flat at the middle and at the rim, so that no edge shows.
                let near = (1.0 - (dx * dx + dy * dy) / (reach * reach)).max(0.0);
                let strength = near * near * near * 0.66;
                color = [0, 1, 2].map(|idx| mix(color[idx], glow[idx], strength));
            }
            rgb.push(color.map(encode_srgb));
        }
    }
    upscale(&Small { width, height, rgb }, canvas)
}

fn mix(a: f32, b: f32, part: f32) -> f32 {
    a + (b - a) * part
}

/// Draws rounded bars, mirrored about the middle of `rect`.
fn draw_bars(frame: &mut CoverFrame, waveform: &[f32], palette: &Palette, rect: Rect, pitch: f32) {
    let n_bars = (rect.width / pitch).floor().max(1.0) as usize;
    // Spread so that the first and last bar touch the margins.
    let bar_width = pitch * BAR_WIDTH;
    let step = (rect.width - bar_width) / (n_bars.max(2) - 1) as f32;
    let levels = bar_levels(waveform, n_bars);
    for (idx, level) in levels.into_iter().enumerate() {
        let height = bar_width + (rect.height - bar_width) * level;
        let bar = Rect {
            left: rect.left + idx as f32 * step,
            top: rect.top + (rect.height - height) / 2.0,
            width: bar_width,
            height,
        };
        let along = idx as f32 / (n_bars.max(2) - 1) as f32;
        let color = [0, 1, 2].map(|channel| {
            let [first, last] = palette.bars.map(|color| f32::from(color[channel]));
            (mix(first, last, along) + 0.5) as u8
        });
        fill_bar(frame, bar, color);
    }
}

fn fill_bar(frame: &mut CoverFrame, bar: Rect, color: [u8; 3]) {
    let radius = bar.width / 2.0;
    let right = (bar.left + bar.width).ceil() as i32;
    let bottom = (bar.top + bar.height).ceil() as i32;
    for y in bar.top.floor() as i32..bottom {
        for x in bar.left.floor() as i32..right {
            let coverage = rounded_coverage(x as f32 + 0.5, y as f32 + 0.5, bar, radius);
            frame.blend(x, y, color, (coverage * 240.0 + 0.5) as u8);
        }
    }
}

/// Averages the envelope into `n_bars` levels 0–1, stretched to the loudest one.
///
/// Without an envelope, or with silence, the bars form a calm swell.
fn bar_levels(waveform: &[f32], n_bars: usize) -> Vec<f32> {
    let clean = |value: f32| {
        if value.is_finite() { value.abs().min(1.0) } else { 0.0 }
    };
    let mut levels: Vec<f32> = (0..n_bars)
        .map(|idx| {
            let from = idx * waveform.len() / n_bars;
            let to = ((idx + 1) * waveform.len() / n_bars).max(from + 1);
            let part = waveform.get(from..to.min(waveform.len())).unwrap_or_default();
            let sum: f32 = part.iter().map(|&value| clean(value)).sum();
            sum / part.len().max(1) as f32
        })
        .collect();
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    if loudest < 0.01 {
        for (idx, level) in levels.iter_mut().enumerate() {
            let at = (idx as f32 + 0.5) / n_bars as f32;
            let swell = 4.0 * at * (1.0 - at);
            let ripple = 0.5 + 0.5 * libm::sinf(at * 47.0) * libm::sinf(at * 13.0);
            *level = swell * (0.18 + 0.32 * ripple);
        }
        return levels;
    }
    for level in &mut levels {
        *level /= loudest;
    }
    // Modern masters are loud throughout: without contrast the bars would be a solid block.
    let quietest = levels.iter().copied().fold(1.0, f32::min) * 0.75;
    for level in &mut levels {
        let spread = ((*level - quietest) / (1.0 - quietest).max(0.1)).clamp(0.0, 1.0);
        *level = 0.06 + 0.94 * spread;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::bar_levels;

    #[test]
    fn levels_are_in_range_for_any_envelope() {
        let odd = [f32::NAN, f32::INFINITY, -3.0, 0.5, 0.0];
        for waveform in [&odd[..], &[], &[0.3], &[0.0; 900], &[1.0; 7]] {
            let levels = bar_levels(waveform, 97);
            assert_eq!(levels.len(), 97);
            assert!(levels.iter().all(|level| (0.0..=1.0).contains(level)));
        }
    }
}
