//! The body of a figure, kept as pixels: it only changes when the chest moves, and then only above the waist.

use std::sync::Arc;

use vello_cpu::kurbo::{Affine, Point, Rect};
use vello_cpu::peniko::{ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Pixmap, RenderContext, Resources};

/// How many ways the chest can be filled.
const N_BREATHS: usize = 5;

/// Pixels of a body for one scale and place.
#[derive(Debug, Clone)]
pub(super) struct BodyRaster {
    transform: Affine,
    /// What of the canvas the body can be in, in whole pixels.
    area: Rect,
    /// The first row that never moves.
    split: f64,
    still: Option<Tile>,
    chest: [Option<Tile>; N_BREATHS],
}

#[derive(Debug, Clone)]
struct Tile {
    pixels: Arc<Pixmap>,
    x: f64,
    y: f64,
}

impl BodyRaster {
    /// Makes room for the pixels of a body that lies in `bounds`, in units; nothing moves below `still_y`.
    ///
    /// None if the body is turned: rows of pixels are no longer rows of the body then.
    pub(super) fn new(transform: Affine, canvas: (u16, u16), bounds: Rect, still_y: f64) -> Option<Self> {
        let [a, b, c, d, ..] = transform.as_coeffs();
        if b != 0.0 || c != 0.0 || a <= 0.0 || d <= 0.0 {
            return None;
        }
        let canvas = Rect::new(0.0, 0.0, f64::from(canvas.0), f64::from(canvas.1));
        let area = transform.transform_rect_bbox(bounds).inflate(1.0, 1.0).expand().intersect(canvas);
        if area.is_zero_area() {
            return None;
        }
        let split = (transform * Point::new(0.0, still_y)).y.ceil().clamp(area.y0, area.y1);
        Some(Self { transform, area, split, still: None, chest: [const { None }; N_BREATHS] })
    }

    /// Returns by how many whole pixels a canvas is shifted against the one that this was made for.
    pub(super) fn shift(&self, transform: Affine) -> Option<(f64, f64)> {
        let (ours, theirs) = (self.transform.as_coeffs(), transform.as_coeffs());
        let (dx, dy) = (theirs[4] - ours[4], theirs[5] - ours[5]);
        let whole = (dx - dx.round()).abs() < 1e-6 && (dy - dy.round()).abs() < 1e-6;
        (ours[..4] == theirs[..4] && whole).then(|| (dx.round(), dy.round()))
    }

    /// Draws the body; `draw` draws it as outlines and is asked only for what is not known yet.
    pub(super) fn draw(
        &mut self,
        ctx: &mut RenderContext,
        shift: (f64, f64),
        breath: i8,
        draw: impl Fn(&mut RenderContext, Affine, i8),
    ) {
        let breath_idx = usize::try_from(breath).unwrap_or(0).min(N_BREATHS - 1);
        let top = Rect::new(self.area.x0, self.area.y0, self.area.x1, self.split);
        let bottom = Rect::new(self.area.x0, self.split, self.area.x1, self.area.y1);
        let (transform, view) = (self.transform, Rect::new(0.0, 0.0, ctx.width().into(), ctx.height().into()));
        for (slot, rect, breath) in [(&mut self.chest[breath_idx], top, breath), (&mut self.still, bottom, 0)] {
            let seen =
                Rect::new(rect.x0 + shift.0, rect.y0 + shift.1, rect.x1 + shift.0, rect.y1 + shift.1).intersect(view);
            if seen.is_zero_area() {
                continue;
            }
            let tile = slot.get_or_insert_with(|| {
                let mut ctx = RenderContext::new(rect.width() as u16, rect.height() as u16);
                draw(&mut ctx, Affine::translate((-rect.x0, -rect.y0)) * transform, breath);
                ctx.flush();
                let mut pixels = Pixmap::new(ctx.width(), ctx.height());
                ctx.render(&mut pixels, &mut Resources::new());
                Tile { pixels: Arc::new(pixels), x: rect.x0, y: rect.y0 }
            });
            ctx.set_transform(Affine::IDENTITY);
            ctx.set_paint(Image {
                image: ImageSource::Pixmap(tile.pixels.clone()),
                sampler: ImageSampler::new().with_quality(ImageQuality::Low),
            });
            ctx.set_paint_transform(Affine::translate((tile.x + shift.0, tile.y + shift.1)));
            ctx.fill_rect(&seen);
            ctx.reset_paint_transform();
        }
    }
}
