//! From a scene of the document to layers that can be drawn.

use std::sync::Arc;

use vello_cpu::kurbo::Rect;

use super::PixelRect;
use super::actor::{Actor, Cut};
use super::content::{Content, Film, Loop, Recipe, Stage, Still};
use super::figure::{Figure, Missing, draw_missing};
use super::paint::{draw_gradient, premultiplied, resolve};
use super::picture::{Care, Place, draw_bitmap, draw_vector};
use super::raster::Raster;
use super::slot::Slot;
use super::timing::{Clock, Timing};
use super::words::{CaptionLayer, block_bounds, caption_look, draw_block, text_spec, watermark_block};
use crate::assets::{Assets, Bitmap, Picture};
use crate::avatar::{Cast, Direction, Heard, Performance, seed};
use crate::captions::{CaptionTrack, CueRules, cues};
use crate::document::{
    AssetRef, Background, Color, Corner, Crop, Fit, Layer, LayerKind, Palette, Project, Scene, Watermark,
};
use crate::error::StageError;
use crate::text::{Fonts, TextBlock};
use crate::utterance::Utterance;

/// The most pixels of an output: 4096 × 4096.
const OUTPUT_PIXELS_MAX: u64 = 1 << 24;
/// The longest side of an output.
const OUTPUT_SIDE_MAX: u32 = 8192;

/// A size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// All that the pictures of a scene are made of.
#[derive(Clone, Copy)]
pub struct SceneSetup<'a> {
    /// The document, which must be valid.
    pub project: &'a Project,
    /// The scene of it.
    pub scene: &'a Scene,
    /// What is said in the scene, and when.
    pub utterances: &'a [Utterance],
    /// How long the scene is, in frames of the canvas.
    pub n_frames: u32,
    /// The size of the pictures: even, and of the canvas' shape.
    pub output: Size,
    /// The pictures and videos.
    pub assets: &'a dyn Assets,
    /// The fonts.
    pub fonts: &'a Arc<Fonts>,
    /// The avatars.
    pub cast: &'a Cast,
    /// Whether what nothing is drawn on is transparent rather than black.
    pub alpha: bool,
}

/// Something in a scene that is not drawn as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneWarning {
    /// The number of the layer in the scene's list; `None` for captions and the watermark.
    pub layer_idx: Option<usize>,
    /// What is the matter.
    pub message: String,
}

/// A scene that can be drawn.
pub(super) struct Prepared {
    pub output: PixelRect,
    pub clock: Clock,
    /// What is behind everything.
    pub base: [u8; 4],
    pub slots: Vec<Slot>,
    pub warnings: Vec<SceneWarning>,
}

pub(super) fn prepare(setup: &SceneSetup<'_>) -> Result<Prepared, StageError> {
    let scale = check_output(setup)?;
    let output = PixelRect::new(0, 0, setup.output.width as i32, setup.output.height as i32);
    let clock = Clock { fps: setup.project.canvas.fps, n_frames: setup.n_frames };
    let mut builder = Builder { setup, palette: &setup.project.palette, output, clock, scale, warnings: Vec::new() };
    let mut slots = Vec::new();
    builder.add_background(&setup.scene.background, &mut slots);
    let mut layers: Vec<(usize, &Layer)> = setup.scene.layers.iter().enumerate().collect();
    layers.sort_by_key(|(_, layer)| layer.z);
    slots.extend(layers.into_iter().filter_map(|(idx, layer)| builder.layer(idx, layer)));
    if let Some(watermark) = setup.project.watermark.as_ref().filter(|_| setup.scene.watermark) {
        slots.extend(builder.watermark(watermark));
    }
    slots.extend(builder.captions());
    let base = match &setup.scene.background {
        Background::Color { color } => over_base(resolve(color, builder.palette), setup.alpha),
        _ => over_base(NO_COLOR, setup.alpha),
    };
    Ok(Prepared { output, clock, base, slots, warnings: builder.warnings })
}

/// Nothing.
const NO_COLOR: Color = Color { r: 0, g: 0, b: 0, a: 0 };

/// A color over black, or over nothing.
fn over_base(color: Color, alpha: bool) -> [u8; 4] {
    let [r, g, b, a] = premultiplied(color);
    [r, g, b, if alpha { a } else { 255 }]
}

/// Returns how many output pixels a canvas pixel has.
fn check_output(setup: &SceneSetup<'_>) -> Result<f64, StageError> {
    let (canvas, output) = (setup.project.canvas, setup.output);
    let refuse = |why| StageError::Output {
        canvas: format!("{} × {}", canvas.width, canvas.height),
        output: format!("{} × {}", output.width, output.height),
        why,
    };
    if output.width.min(output.height) < 2 || output.width % 2 + output.height % 2 > 0 {
        return Err(refuse("both sides must be even"));
    }
    let n_pixels = u64::from(output.width) * u64::from(output.height);
    if output.width.max(output.height) > OUTPUT_SIDE_MAX || n_pixels > OUTPUT_PIXELS_MAX {
        return Err(refuse("it is too large"));
    }
    if canvas.width == 0 || canvas.height == 0 {
        return Err(refuse("the canvas is empty"));
    }
    let scale = f64::from(output.width) / f64::from(canvas.width);
    // An even number of rows may be up to a pixel off.
    let error = f64::from(canvas.height) * scale - f64::from(output.height);
    if error.abs() > 2.0 {
        return Err(refuse("its shape is another"));
    }
    Ok(scale)
}

/// What layers are made with.
struct Builder<'a> {
    setup: &'a SceneSetup<'a>,
    palette: &'a Palette,
    output: PixelRect,
    clock: Clock,
    scale: f64,
    warnings: Vec<SceneWarning>,
}

impl Builder<'_> {
    fn add_background(&self, background: &Background, slots: &mut Vec<Slot>) {
        let fallback = |color: &Option<_>| color.as_ref().map(|it| resolve(it, self.palette));
        let place = self.place(self.output.to_rect(), 0.0, &Timing::always(1.0));
        let content = match background {
            Background::Transparent | Background::Color { .. } => None,
            Background::Gradient { gradient } => {
                let (gradient, palette, rect) = (gradient.clone(), self.palette.clone(), self.output);
                Some(still(self.output, Box::new(move || draw_gradient(&gradient, rect, &palette))))
            }
            Background::Image { image, color } => {
                self.cover(fallback(color), self.picture(image, place, Fit::Cover, 0), slots)
            }
            Background::Video { video, color } => {
                let stage = Stage { place, fit: Fit::Cover, clock: self.clock, start_ms: 0 };
                let film = self.setup.assets.video(video).map(|film| boxed(Film::new(stage, film, 0, true)));
                self.cover(fallback(color), film, slots)
            }
        };
        slots.extend(content.map(|content| Slot::new(Timing::always(1.0), content, place.frame.center())));
    }

    /// What covers the canvas, on a color that shows where it is transparent or missing.
    fn cover(
        &self,
        color: Option<Color>,
        content: Option<Box<dyn Content>>,
        slots: &mut Vec<Slot>,
    ) -> Option<Box<dyn Content>> {
        let center = self.output.to_rect().center();
        match (color, content) {
            (None, None) => {
                let rect = self.output;
                Some(still(rect, Box::new(move || draw_gradient(&dusk(), rect, &Palette::new()))))
            }
            (color, content) => {
                let below = color.and_then(|color| self.plain(color));
                slots.extend(below.map(|it| Slot::new(Timing::always(1.0), it, center)));
                content
            }
        }
    }

    fn plain(&self, color: Color) -> Option<Box<dyn Content>> {
        let (rect, color) = (self.output, premultiplied(color));
        let draw = move || {
            let mut raster = Raster::new(rect);
            raster.pixels.chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(&color));
            raster.opaque = color[3] == 255;
            raster
        };
        (color[3] > 0).then(|| still(rect, Box::new(draw)))
    }

    fn layer(&mut self, idx: usize, layer: &Layer) -> Option<Slot> {
        let timing = Timing::of(layer, &self.clock);
        if timing.is_never() {
            return None;
        }
        let canvas = self.output.to_rect();
        let frame = layer.frame.map_or(canvas, |frame| {
            Rect::new(frame.x, frame.y, frame.x + frame.w, frame.y + frame.h).scale_from_origin(self.scale)
        });
        let rotation = layer.frame.map_or(0.0, |frame| frame.rotation % 360.0);
        let place = self.place(frame, rotation, &timing);
        let start_ms = timing.start_ms().max(0.0) as u64;
        let content = match &layer.kind {
            LayerKind::Image { image, fit } => {
                self.picture(image, place, *fit, start_ms).unwrap_or_else(|| missing(Missing::Picture, place))
            }
            LayerKind::Video { video, fit, looped, trim_start_ms, .. } => {
                let stage = Stage { place, fit: *fit, clock: self.clock, start_ms };
                match self.setup.assets.video(video) {
                    Some(film) => boxed(Film::new(stage, film, u64::from(*trim_start_ms), *looped)),
                    None => missing(Missing::Video, place),
                }
            }
            LayerKind::Shape { shape, fill, stroke, corner_radius, shadow } => {
                let figure = Figure {
                    name: *shape,
                    fill: fill.clone(),
                    stroke: stroke.clone(),
                    corner_radius: *corner_radius,
                    shadow: shadow.clone(),
                    place,
                    scale: self.scale,
                };
                let palette = self.palette.clone();
                still(figure.bounds(), Box::new(move || figure.draw(&palette)))
            }
            LayerKind::Text { .. } => self.text(idx, &layer.kind, place)?,
            LayerKind::Avatar { .. } => self.avatar(idx, layer, place)?,
            LayerKind::Audio { .. } => return None,
        };
        Some(Slot::new(timing, content, frame.center()))
    }

    /// Where a layer is, and how much of what is around the canvas may come into sight.
    fn place(&self, frame: Rect, rotation: f64, timing: &Timing) -> Place {
        let (across, down, towards) = timing.moves();
        let more = |size: i32, moves: bool| {
            if moves {
                size
            } else if towards {
                size / 2
            } else {
                0
            }
        };
        let (width, height) = (self.output.width(), self.output.height());
        let needed = self.output.inflated(more(width, across), more(height, down));
        Place { frame, rotation, needed }
    }

    fn picture(&self, name: &AssetRef, place: Place, fit: Fit, start_ms: u64) -> Option<Box<dyn Content>> {
        let recipe: Recipe = match self.setup.assets.picture(name)? {
            Picture::Still(bitmap) => Box::new(move || draw_bitmap(&bitmap, &place, fit, Care::Once)),
            Picture::Vector(vector) => Box::new(move || draw_vector(&vector, &place, fit)),
            Picture::Moving(frames) => {
                return Some(boxed(Loop::new(Stage { place, fit, clock: self.clock, start_ms }, frames)));
            }
        };
        Some(still(place.bounds(1.0), recipe))
    }

    fn text(&mut self, idx: usize, kind: &LayerKind, place: Place) -> Option<Box<dyn Content>> {
        let size = (place.frame.width() / self.scale, place.frame.height() / self.scale);
        let block = TextBlock::layout(self.setup.fonts, &text_spec(kind, size, self.palette)?, self.scale);
        self.warn(Some(idx), block.warnings());
        Some(words(block, place))
    }

    fn warn(&mut self, layer_idx: Option<usize>, messages: &[String]) {
        self.warnings.extend(messages.iter().map(|message| SceneWarning { layer_idx, message: message.clone() }));
    }

    fn avatar(&mut self, idx: usize, layer: &Layer, place: Place) -> Option<Box<dyn Content>> {
        let LayerKind::Avatar { avatar, outfit, crop, emotion } = &layer.kind else { return None };
        let (rig, is_stand_in) = self.setup.cast.get(avatar);
        let (outfit_idx, other_outfit) = rig.outfit(outfit.as_deref());
        if is_stand_in {
            self.warn(Some(idx), &[format!("there is no avatar `{avatar}`; `{}` stands in", rig.profile().id)]);
        } else if other_outfit {
            let wanted = outfit.as_deref().unwrap_or_default();
            self.warn(Some(idx), &[format!("avatar `{avatar}` has no outfit `{wanted}`; another is worn")]);
        }
        let (own, others): (Vec<&Utterance>, Vec<&Utterance>) = self
            .setup
            .utterances
            .iter()
            .partition(|it| !layer.id.is_empty() && it.speaker.as_deref() == Some(layer.id.as_str()));
        let name = if layer.id.is_empty() { format!("layer {idx}") } else { layer.id.clone() };
        let heard = |it: &Utterance| Heard { utterance: it.clone(), side: self.side_of(it, place.frame.center().x) };
        let part = Performance::new(&Direction {
            own: own.into_iter().cloned().collect(),
            others: others.into_iter().map(heard).collect(),
            emotion: *emotion,
            fps: self.clock.fps,
            seed: seed(&name, avatar),
        });
        let cut = Cut::new(rig.view(*crop), &place, *crop != Crop::Full);
        Some(boxed(Actor::new(rig.puppet(outfit_idx), part, cut, &place.needed, &self.output)))
    }

    /// On which side of a column the speaker is.
    fn side_of(&self, utterance: &Utterance, column: f64) -> i8 {
        let speaker = utterance.speaker.as_deref().unwrap_or_default();
        let layer = self.setup.scene.layers.iter().find(|it| !it.id.is_empty() && it.id == speaker);
        let Some(frame) = layer.and_then(|it| it.frame) else { return 0 };
        let middle = (frame.x + frame.w / 2.0) * self.scale;
        i8::from(middle > column) - i8::from(middle < column)
    }

    fn watermark(&mut self, watermark: &Watermark) -> Option<Slot> {
        let timing = Timing::always(watermark.opacity);
        if timing.is_never() {
            return None;
        }
        let canvas = self.output.to_rect();
        let drawn_width = watermark.size * canvas.width();
        let picture = watermark.image.as_ref().and_then(|name| Some((name, self.setup.assets.picture(name)?)));
        let Some((name, picture)) = picture else {
            return self.watermark_words(watermark, drawn_width, timing);
        };
        let (width, height) = match &picture {
            Picture::Still(bitmap) => size_of(bitmap),
            Picture::Moving(frames) => frames.pictures().first().map(|it| size_of(it))?,
            Picture::Vector(vector) => vector.size(),
        };
        let frame = in_corner((drawn_width, drawn_width * height / width), canvas, watermark.corner);
        let place = self.place(frame, 0.0, &timing);
        let content = self.picture(name, place, Fit::Stretch, 0)?;
        Some(Slot::new(timing, content, frame.center()))
    }

    fn watermark_words(&mut self, watermark: &Watermark, width: f64, timing: Timing) -> Option<Slot> {
        if watermark.text.trim().is_empty() {
            return None;
        }
        let block = watermark_block(self.setup.fonts, &watermark.text, width);
        self.warn(None, block.warnings());
        let lines = block.text_rect()?;
        let corner = in_corner((lines.width(), lines.height()), self.output.to_rect(), watermark.corner);
        // The place is that of the block's origin, which the lines need not begin at.
        let frame = corner - lines.origin().to_vec2();
        let place = self.place(frame, 0.0, &timing);
        Some(Slot::new(timing, words(block, place), frame.center()))
    }

    fn captions(&mut self) -> Option<Slot> {
        let captions = self.setup.project.captions.as_ref().filter(|it| it.burn_in)?;
        let canvas = self.setup.project.canvas;
        let look = caption_look(&captions.style, self.palette);
        let rules = CueRules::for_canvas(canvas.width.into(), look.size_on(&canvas));
        let cues = cues(self.setup.utterances, &rules);
        if cues.is_empty() {
            return None;
        }
        let track = CaptionTrack::new(self.setup.fonts.clone(), look, canvas, cues, self.scale);
        self.warn(None, &track.warnings());
        let layer = CaptionLayer::new(Arc::new(track), self.clock, self.output);
        Some(Slot::new(Timing::always(1.0), boxed(layer), self.output.to_rect().center()))
    }
}

fn size_of(bitmap: &Bitmap) -> (f64, f64) {
    (bitmap.width().into(), bitmap.height().into())
}

fn words(block: TextBlock, place: Place) -> Box<dyn Content> {
    still(block_bounds(&block, &place), Box::new(move || draw_block(&block, &place)))
}

/// Puts something into a corner, with a margin of three hundredths of the canvas' shorter side.
fn in_corner(size: (f64, f64), canvas: Rect, corner: Corner) -> Rect {
    let margin = canvas.width().min(canvas.height()) * 0.03;
    let (left, top) = (margin, margin);
    let (right, bottom) = (canvas.width() - margin - size.0, canvas.height() - margin - size.1);
    let at = match corner {
        Corner::TopLeft => (left, top),
        Corner::TopRight => (right, top),
        Corner::BottomLeft => (left, bottom),
        Corner::BottomRight => (right, bottom),
    };
    Rect::from_origin_size(at, size)
}

/// What a scene stands before whose background cannot be had.
fn dusk() -> crate::document::Gradient {
    let stop = |at, color: Color| crate::document::Stop { at, color: color.into() };
    crate::document::Gradient {
        stops: vec![stop(0.0, Color::rgb(46, 66, 96)), stop(1.0, Color::rgb(20, 28, 44))],
        angle: 90.0,
        radial: false,
    }
}

fn still(bounds: PixelRect, recipe: Recipe) -> Box<dyn Content> {
    Box::new(Still::new(bounds, recipe))
}

fn boxed(content: impl Content + 'static) -> Box<dyn Content> {
    Box::new(content)
}

fn missing(what: Missing, place: Place) -> Box<dyn Content> {
    still(place.bounds(1.0), Box::new(move || draw_missing(what, &place)))
}
