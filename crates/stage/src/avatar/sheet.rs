//! Contact sheets: everything that an avatar can look like, on one picture, to be looked at.

use vello_cpu::color::PremulRgba8;
use vello_cpu::kurbo::{Affine, Rect};
use vello_cpu::{Pixmap, RenderContext, Resources};

use crate::document::{Crop, Emotion};
use crate::utterance::{MouthCue, Utterance, Viseme};

use super::motion::{Direction, Performance};
use super::pose::Pose;
use super::rig::{Rig, View};
use super::sketch::hex;

/// All feelings, in the order of the rows of a sheet.
const EMOTIONS: [Emotion; 6] =
    [Emotion::Neutral, Emotion::Semismile, Emotion::Smile, Emotion::Happiness, Emotion::Sadness, Emotion::Surprise];

/// The edge of a face on a sheet in pixels.
const FACE: u16 = 128;
/// The size of a person on a line-up.
const PERSON: (u16, u16) = (200, 560);
/// The most people on a line-up: keeps the picture below 65,536 pixels wide and 200 MB.
const PEOPLE_MAX: usize = 96;

/// A picture in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue, alpha of each pixel; alpha is not multiplied in.
    pub rgba: Vec<u8>,
}

/// Draws a face for each emotion (rows) and viseme (columns), as the performance makes them.
pub fn contact_sheet(rig: &Rig) -> Picture {
    let mut ctx = canvas(FACE * Viseme::ALL.len() as u16, FACE * EMOTIONS.len() as u16);
    let mut puppet = rig.puppet(0);
    let view = rig.view(Crop::Circle);
    for (row, &emotion) in EMOTIONS.iter().enumerate() {
        for (column, &viseme) in Viseme::ALL.iter().enumerate() {
            let cell = cell(column, row, (FACE, FACE));
            clipped(&mut ctx, cell, |ctx| puppet.draw(ctx, fit(&view, cell), &spoken(emotion, viseme)));
        }
    }
    finish(&mut ctx)
}

/// Draws people from head to feet in all that they can wear.
pub fn lineup<'a>(rigs: impl IntoIterator<Item = &'a Rig>) -> Picture {
    let people: Vec<(&Rig, usize)> = rigs
        .into_iter()
        .flat_map(|rig| (0..rig.profile().outfits.len()).map(move |outfit| (rig, outfit)))
        .take(PEOPLE_MAX)
        .collect();
    let n_columns = people.len().clamp(1, 9);
    let mut ctx = canvas(PERSON.0 * n_columns as u16, PERSON.1 * people.len().div_ceil(n_columns).max(1) as u16);
    for (idx, (rig, outfit)) in people.iter().enumerate() {
        let cell = cell(idx % n_columns, idx / n_columns, PERSON);
        let view = rig.view(Crop::Full);
        clipped(&mut ctx, cell, |ctx| {
            rig.puppet(*outfit).draw(ctx, fit(&view, cell.inset(-8.0)), &spoken(Emotion::Semismile, Viseme::Sil));
        });
    }
    finish(&mut ctx)
}

/// Draws a part of somebody in a pose, `height` pixels high, on a transparent ground.
pub fn still(rig: &Rig, outfit_idx: usize, crop: Crop, pose: &Pose, height: u16) -> Picture {
    let view = rig.view(crop);
    let height = height.max(1);
    let width = (f64::from(height) * view.rect.width() / view.rect.height().max(1.0)).clamp(1.0, f64::from(u16::MAX));
    let mut ctx = RenderContext::new(width as u16, height);
    let cell = Rect::new(0.0, 0.0, width, f64::from(height));
    rig.puppet(outfit_idx).draw(&mut ctx, fit(&view, cell), pose);
    finish(&mut ctx)
}

/// Draws what an artist looks at to see whether a rig works, with a name for each picture:
/// all faces, all outfits, and a second of speech, frame by frame.
pub fn preview(rig: &Rig) -> Vec<(&'static str, Picture)> {
    vec![("faces", contact_sheet(rig)), ("outfits", lineup([rig])), ("speech", speech(rig))]
}

/// Draws every third frame of two seconds in which all sounds are said.
fn speech(rig: &Rig) -> Picture {
    const COLUMNS: u16 = 10;
    const EDGE: u16 = 192;
    let mouth =
        (0..).zip(Viseme::ALL).map(|(idx, viseme)| MouthCue { viseme, start_ms: idx * 120, end_ms: idx * 120 + 120 });
    let said = Utterance { start_ms: 0, end_ms: 1800, mouth: mouth.collect(), ..Utterance::default() };
    let performance = Performance::new(&Direction { own: vec![said], fps: 30, ..Direction::default() });
    let mut ctx = canvas(EDGE * COLUMNS, EDGE * 2);
    let (mut puppet, view) = (rig.puppet(0), rig.view(Crop::Head));
    for idx in 0..2 * usize::from(COLUMNS) {
        let cell = cell(idx % usize::from(COLUMNS), idx / usize::from(COLUMNS), (EDGE, EDGE));
        clipped(&mut ctx, cell, |ctx| puppet.draw(ctx, fit(&view, cell), &performance.pose(3 * idx as u32)));
    }
    finish(&mut ctx)
}

/// Returns the pose in the middle of a viseme that is held for a while.
fn spoken(emotion: Emotion, viseme: Viseme) -> Pose {
    let cue = MouthCue { viseme, start_ms: 50, end_ms: 350 };
    let said = Utterance { start_ms: 50, end_ms: 350, mouth: vec![cue], ..Utterance::default() };
    let direction = Direction { own: vec![said], emotion, fps: 30, ..Direction::default() };
    Performance::new(&direction).pose(6)
}

fn canvas(width: u16, height: u16) -> RenderContext {
    let mut ctx = RenderContext::new(width, height);
    ctx.set_paint(hex(0xE4E9F0));
    ctx.fill_rect(&Rect::new(0.0, 0.0, f64::from(width), f64::from(height)));
    ctx
}

fn cell(column: usize, row: usize, (width, height): (u16, u16)) -> Rect {
    let (x, y) = (column as f64 * f64::from(width), row as f64 * f64::from(height));
    Rect::new(x, y, x + f64::from(width), y + f64::from(height))
}

fn clipped(ctx: &mut RenderContext, cell: Rect, draw: impl FnOnce(&mut RenderContext)) {
    ctx.set_transform(Affine::IDENTITY);
    ctx.push_clip_rect(&cell);
    draw(ctx);
    ctx.pop_clip();
}

/// Fits a view into a box, in the middle and on its lower edge.
fn fit(view: &View, cell: Rect) -> Affine {
    let scale = (cell.width() / view.rect.width()).min(cell.height() / view.rect.height());
    let x = cell.center().x - view.rect.center().x * scale;
    Affine::translate((x, cell.y1 - view.rect.y1 * scale)) * Affine::scale(scale)
}

fn finish(ctx: &mut RenderContext) -> Picture {
    let mut pixels = Pixmap::new(ctx.width(), ctx.height());
    ctx.flush();
    ctx.render(&mut pixels, &mut Resources::new());
    let rgba = pixels.data().iter().flat_map(|&pixel| straight(pixel)).collect();
    Picture { width: ctx.width().into(), height: ctx.height().into(), rgba }
}

fn straight(pixel: PremulRgba8) -> [u8; 4] {
    let divide = |value: u8| match pixel.a {
        0 => 0,
        alpha => ((u32::from(value) * 255 + u32::from(alpha) / 2) / u32::from(alpha)).min(255) as u8,
    };
    [divide(pixel.r), divide(pixel.g), divide(pixel.b), pixel.a]
}
