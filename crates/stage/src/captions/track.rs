//! Captions drawn into the picture.

use std::sync::{Arc, Mutex, PoisonError};

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Rect, Vec2};

use super::WIDTH_MAX;
use super::cue::Cue;
use crate::document::{Align, Canvas, Color, VerticalAlign};
use crate::text::{Fonts, TextBackground, TextBlock, TextSpec, TextStroke};

/// Captions that are kept laid out; as many as threads that draw one scene.
const KEPT: usize = 8;
/// How far the box reaches beyond the text, in parts of the type size.
const BOX_PADDING_EM: f64 = 0.3;
/// The part of the whole caption that is not one of its words.
const NO_WORD: u32 = u32::MAX;

/// What captions look like, colors resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionLook {
    /// The font's family name; the built-in sans without one.
    pub family: Option<String>,
    /// The size in canvas pixels; a twentieth of the shorter side without one.
    pub size: Option<f64>,
    /// The weight, 100 to 900.
    pub weight: u16,
    /// The color of the text.
    pub color: Color,
    /// The color of the line around each letter.
    pub outline: Option<Color>,
    /// The color of the box behind the text.
    pub background: Option<Color>,
    /// The color of the word that is being spoken; without one, words are not followed.
    pub highlight: Option<Color>,
    /// How far the text's lower edge is from the lower edge of the canvas, as a share of its height.
    pub bottom: f64,
}

impl CaptionLook {
    /// Returns the size of the letters in canvas pixels.
    pub fn size_on(&self, canvas: &Canvas) -> f64 {
        letter_size(self.size, canvas)
    }
}

/// Returns the size of the letters in canvas pixels for a wanted one.
pub(super) fn letter_size(wanted: Option<f64>, canvas: &Canvas) -> f64 {
    let shorter = f64::from(canvas.width.min(canvas.height));
    wanted.filter(|size| size.is_finite()).unwrap_or(shorter / 20.0).clamp(shorter / 100.0, shorter / 4.0)
}

/// What is on the screen: two times with the same key have the same picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaptionKey {
    /// The number of the cue.
    pub cue: u32,
    /// The number of the word that is highlighted, if any.
    pub word: Option<u32>,
}

/// The captions of a scene or a video, ready to be drawn.
#[derive(Debug)]
pub struct CaptionTrack {
    fonts: Arc<Fonts>,
    look: CaptionLook,
    canvas: Canvas,
    cues: Vec<Cue>,
    scale: f64,
    /// The captions that were drawn last, laid out.
    blocks: Mutex<Vec<(u32, Arc<Placed>)>>,
}

#[derive(Debug)]
struct Placed {
    block: TextBlock,
    /// Where the block's origin is in the picture.
    at: Vec2,
}

impl CaptionTrack {
    /// Takes cues in order, without overlaps, for pictures of `scale` pixels per canvas pixel.
    pub fn new(fonts: Arc<Fonts>, look: CaptionLook, canvas: Canvas, cues: Vec<Cue>, scale: f64) -> Self {
        Self { fonts, look, canvas, cues, scale, blocks: Mutex::default() }
    }

    /// Returns what the captions' text asks for and can't have, such as scripts without a font.
    pub fn warnings(&self) -> Vec<String> {
        let text: String = self.cues.iter().flat_map(Cue::words).flat_map(|word| [word.text.as_str(), " "]).collect();
        self.fonts.missing_for(&text, self.look.family.as_deref())
    }

    /// Returns the cues.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// Returns what is shown at a time, none if nothing is.
    pub fn key_at(&self, time_ms: u32) -> Option<CaptionKey> {
        let after = self.cues.partition_point(|cue| cue.start_ms <= time_ms);
        let idx = after.checked_sub(1)?;
        let cue = &self.cues[idx];
        if time_ms >= cue.end_ms {
            return None;
        }
        let begun = || cue.words().take_while(|word| word.start_ms <= time_ms).count();
        let word = self.look.highlight.and_then(|_| begun().checked_sub(1));
        Some(CaptionKey { cue: idx as u32, word: word.map(|word| word as u32) })
    }

    /// Returns the times from `from_ms` to before `to_ms` at which what is shown changes.
    pub fn changes(&self, from_ms: u32, to_ms: u32) -> Vec<u32> {
        let mut times: Vec<u32> = self.cues.iter().flat_map(|cue| [cue.start_ms, cue.end_ms]).collect();
        if self.look.highlight.is_some() {
            times.extend(self.cues.iter().flat_map(Cue::words).map(|word| word.start_ms));
        }
        times.retain(|time| (from_ms..to_ms).contains(time));
        times.sort_unstable();
        times.dedup();
        times
    }

    /// Returns what drawing may touch, in pixels of the picture.
    pub fn bounds(&self, key: CaptionKey) -> Rect {
        self.placed(key.cue).map_or(Rect::ZERO, |placed| placed.block.bounds() + placed.at)
    }

    /// Draws what `key` names, with the picture's upper left corner at the origin of `transform`.
    pub fn draw(&self, ctx: &mut RenderContext, transform: Affine, key: CaptionKey) {
        let Some(placed) = self.placed(key.cue) else {
            return;
        };
        let color_of = |part: u32| match self.look.highlight {
            Some(color) if Some(part) == key.word => color,
            _ => self.look.color,
        };
        placed.block.draw_parts(ctx, transform * Affine::translate(placed.at), color_of);
    }

    fn placed(&self, cue: u32) -> Option<Arc<Placed>> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, placed)) = blocks.iter().find(|(known, _)| *known == cue) {
            return Some(placed.clone());
        }
        let placed = Arc::new(self.place(self.cues.get(cue as usize)?));
        if blocks.len() >= KEPT {
            blocks.remove(0);
        }
        blocks.push((cue, placed.clone()));
        Some(placed)
    }

    fn place(&self, cue: &Cue) -> Placed {
        let size = self.look.size_on(&self.canvas);
        let margins = if self.look.background.is_some() { 2.0 * BOX_PADDING_EM * size } else { 0.0 };
        let width = f64::from(self.canvas.width);
        let room = (WIDTH_MAX * width).min(0.98 * width - margins).max(size);
        let mut block = self.lay_out(cue, size, None);
        // Lines are made for the canvas, but letters may be wider than usual; smaller ones are better than a third line.
        let width = block.text_rect().map_or(0.0, |rect| rect.width()) / self.scale;
        if width > room {
            block = self.lay_out(cue, (size * room / width).max(size / 2.0), Some(room));
        }
        let text = block.text_rect().unwrap_or_default();
        let canvas = Vec2::new(f64::from(self.canvas.width), f64::from(self.canvas.height)) * self.scale;
        let bottom = self.look.bottom.clamp(0.0, 0.9) * canvas.y;
        let at = Vec2::new((canvas.x - text.width()) / 2.0 - text.x0, canvas.y - bottom - text.y1);
        // What reaches beyond the text, such as the box, must be seen as well.
        let outer = block.bounds() + at;
        let up = (outer.y1 - canvas.y).max(0.0).min(outer.y0.max(0.0));
        Placed { block, at: Vec2::new(at.x.round(), (at.y - up).floor()) }
    }

    fn lay_out(&self, cue: &Cue, size: f64, width: Option<f64>) -> TextBlock {
        let spec = TextSpec {
            family: self.look.family.clone(),
            size_px: size,
            weight: self.look.weight,
            align: Align::Center,
            vertical_align: VerticalAlign::Top,
            line_height: 1.25,
            color: self.look.color,
            stroke: self.look.outline.map(|color| TextStroke { color, width: (size * 0.07).max(1.5 / self.scale) }),
            background: self.look.background.map(|color| TextBackground {
                color,
                padding: size * BOX_PADDING_EM,
                radius: size * 0.25,
            }),
            width,
            ..TextSpec::default()
        };
        let mut parts: Vec<(&str, u32)> = Vec::new();
        let mut n_words = 0;
        for (line_idx, line) in cue.lines.iter().enumerate() {
            if line_idx > 0 {
                parts.push(("\n", NO_WORD));
            }
            for (idx, word) in line.iter().enumerate() {
                if idx > 0 && !word.is_glued {
                    parts.push((" ", NO_WORD));
                }
                parts.push((&word.text, n_words));
                n_words += 1;
            }
        }
        TextBlock::layout_parts(&self.fonts, &spec, &parts, self.scale)
    }
}
