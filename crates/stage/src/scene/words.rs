//! Text layers and captions.

use std::sync::Arc;

use vello_cpu::kurbo::{Affine, Rect, Shape};

use super::PixelRect;
use super::content::{Change, Content};
use super::paint::resolve;
use super::picture::Place;
use super::raster::Raster;
use super::timing::Clock;
use crate::captions::{CaptionKey, CaptionLook, CaptionTrack};
use crate::document::{CaptionStyle, Color, LayerKind, Palette, Shadow, Stroke, TextBox};
use crate::text::{Fonts, TextBackground, TextBlock, TextShadow, TextSpec, TextStroke};

/// Describes a text layer in a frame of `size` canvas pixels; `None` for other layers.
pub(super) fn text_spec(kind: &LayerKind, size: (f64, f64), palette: &Palette) -> Option<TextSpec> {
    let LayerKind::Text {
        text,
        font_family,
        font_size,
        font_weight,
        italic,
        underline,
        align,
        vertical_align,
        line_height,
        color,
        stroke,
        background,
        shadow,
    } = kind
    else {
        return None;
    };
    Some(TextSpec {
        text: text.clone(),
        family: font_family.clone(),
        size_px: *font_size,
        weight: *font_weight,
        italic: *italic,
        underline: *underline,
        align: *align,
        vertical_align: *vertical_align,
        line_height: *line_height,
        color: resolve(color, palette),
        stroke: stroke.as_ref().map(|it| stroke_of(it, palette)),
        background: background.as_ref().map(|it| background_of(it, palette)),
        shadow: shadow.as_ref().map(|it| shadow_of(it, palette)),
        width: Some(size.0),
        height: Some(size.1),
    })
}

fn stroke_of(stroke: &Stroke, palette: &Palette) -> TextStroke {
    TextStroke { color: resolve(&stroke.color, palette), width: stroke.width }
}

fn background_of(background: &TextBox, palette: &Palette) -> TextBackground {
    TextBackground {
        color: resolve(&background.color, palette),
        padding: background.padding,
        radius: background.radius,
    }
}

fn shadow_of(shadow: &Shadow, palette: &Palette) -> TextShadow {
    TextShadow { color: resolve(&shadow.color, palette), blur: shadow.blur, dx: shadow.dx, dy: shadow.dy }
}

/// The words of a watermark, as wide as `width` output pixels.
pub(super) fn watermark_block(fonts: &Fonts, text: &str, width: f64) -> TextBlock {
    /// Sizes are found by laying the words out once in this one.
    const TRIED_PX: f64 = 100.0;
    let spec = |size_px: f64| TextSpec {
        text: text.to_owned(),
        size_px,
        weight: 600,
        shadow: Some(TextShadow {
            color: Color { r: 0, g: 0, b: 0, a: 140 },
            blur: size_px * 0.04,
            dx: 0.0,
            dy: size_px * 0.03,
        }),
        ..TextSpec::default()
    };
    let tried = TextBlock::layout(fonts, &spec(TRIED_PX), 1.0).text_rect().map_or(TRIED_PX, |rect| rect.width());
    TextBlock::layout(fonts, &spec(TRIED_PX * width / tried.max(1.0)), 1.0)
}

/// What pixels a block may touch whose origin is the upper left corner of the frame.
pub(super) fn block_bounds(block: &TextBlock, place: &Place) -> PixelRect {
    let rect = block.bounds();
    if rect.area() <= 0.0 {
        return PixelRect::EMPTY;
    }
    let turned = block_transform(place) * rect.to_path(0.1);
    PixelRect::around(turned.bounding_box()).inflated(1, 1).intersection(&place.needed)
}

/// From the block's pixels to those of the output.
fn block_transform(place: &Place) -> Affine {
    place.turn() * Affine::translate(place.frame.origin().to_vec2())
}

/// Draws a block at its place.
pub(super) fn draw_block(block: &TextBlock, place: &Place) -> Raster {
    Raster::draw(block_bounds(block, place), |ctx, local| block.draw(ctx, local * block_transform(place)))
}

/// What captions look like, colors resolved.
pub(super) fn caption_look(style: &CaptionStyle, palette: &Palette) -> CaptionLook {
    let optional = |color: &Option<_>| color.as_ref().map(|it| resolve(it, palette));
    CaptionLook {
        family: style.font_family.clone(),
        size: style.font_size,
        weight: style.font_weight,
        color: resolve(&style.color, palette),
        outline: optional(&style.outline_color),
        background: optional(&style.box_color),
        highlight: optional(&style.highlight_color),
        bottom: style.bottom,
    }
}

/// The captions of a scene.
pub(super) struct CaptionLayer {
    track: Arc<CaptionTrack>,
    clock: Clock,
    output: PixelRect,
    key: Option<CaptionKey>,
    bounds: PixelRect,
    raster: Option<Raster>,
}

impl CaptionLayer {
    pub(super) fn new(track: Arc<CaptionTrack>, clock: Clock, output: PixelRect) -> Self {
        Self { track, clock, output, key: None, bounds: PixelRect::EMPTY, raster: None }
    }
}

impl Content for CaptionLayer {
    fn seek(&mut self, frame_idx: u32) -> Change {
        let time_ms = u32::try_from(self.clock.whole_ms(frame_idx)).unwrap_or(u32::MAX);
        let key = self.track.key_at(time_ms);
        if key == self.key {
            return Change::None;
        }
        self.key = key;
        let bounds = key.map_or(Rect::ZERO, |key| self.track.bounds(key));
        self.bounds = if bounds.area() > 0.0 {
            PixelRect::around(bounds).inflated(1, 1).intersection(&self.output)
        } else {
            PixelRect::EMPTY
        };
        self.raster = None;
        Change::All
    }

    fn bounds(&self) -> PixelRect {
        self.bounds
    }

    fn raster(&mut self) -> &Raster {
        let (track, key, bounds) = (&self.track, self.key, self.bounds);
        self.raster.get_or_insert_with(|| match key {
            Some(key) => Raster::draw(bounds, |ctx, local| track.draw(ctx, local, key)),
            None => Raster::new(PixelRect::EMPTY),
        })
    }

    fn n_bytes(&self) -> usize {
        self.raster.as_ref().map_or(0, |raster| raster.pixels.len())
    }

    fn release(&mut self) {
        self.raster = None;
    }
}
