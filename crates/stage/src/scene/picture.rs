//! Pictures at their place: scaled, cut, turned.

use fast_image_resize::images::{Image as ImageMut, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use vello_cpu::Image;
use vello_cpu::ImageSource;
use vello_cpu::kurbo::{Affine, Point, Rect, Shape, Vec2};
use vello_cpu::peniko::{Extend, ImageQuality, ImageSampler};

use super::PixelRect;
use super::raster::Raster;
use crate::assets::{Bitmap, check_size};
use crate::document::Fit;
use crate::svg::Vector;

/// The most pixels that a picture is scaled to before it is turned.
const TURNED_PIXELS_MAX: f64 = 32e6;

/// A rectangle on the output that is turned around its center, and the part of the output that is needed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// The rectangle before it is turned, in output pixels.
    pub frame: Rect,
    /// Degrees clockwise.
    pub rotation: f64,
    /// What of the output is needed.
    pub needed: PixelRect,
}

impl Place {
    /// Turns around the center of the frame.
    pub(super) fn turn(&self) -> Affine {
        if self.rotation == 0.0 {
            Affine::IDENTITY
        } else {
            Affine::rotate_about(self.rotation.to_radians(), self.frame.center())
        }
    }

    /// What pixels the frame needs, with `margin` around it before it is turned.
    pub(super) fn bounds(&self, margin: f64) -> PixelRect {
        let path = self.turn() * self.frame.inflate(margin, margin).to_path(0.1);
        PixelRect::around(path.bounding_box()).intersection(&self.needed)
    }
}

/// Where a picture goes to, and what part of it.
struct Fitted {
    /// The rectangle on the output.
    dest: Rect,
    /// The part of the picture, in its own pixels.
    crop: Rect,
}

fn fitted(size: (f64, f64), frame: Rect, fit: Fit) -> Fitted {
    let whole = Rect::new(0.0, 0.0, size.0, size.1);
    let (scale_x, scale_y) = (frame.width() / size.0, frame.height() / size.1);
    match fit {
        Fit::Stretch => Fitted { dest: frame, crop: whole },
        Fit::Contain => {
            let scale = scale_x.min(scale_y);
            let half = Vec2::new(size.0, size.1) * (scale / 2.0);
            let dest = Rect::from_points(frame.center() - half, frame.center() + half);
            Fitted { dest, crop: whole }
        }
        Fit::Cover => {
            let scale = scale_x.max(scale_y);
            let half = Vec2::new(frame.width(), frame.height()) / (2.0 * scale);
            Fitted { dest: frame, crop: Rect::from_points(whole.center() - half, whole.center() + half) }
        }
    }
}

/// How much care is taken when a picture is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Once for the whole scene.
    Once,
    /// For every frame.
    EachFrame,
}

/// Draws a picture at its place.
pub(super) fn draw_bitmap(bitmap: &Bitmap, place: &Place, fit: Fit, care: Care) -> Raster {
    let Fitted { dest, crop } = fitted((bitmap.width().into(), bitmap.height().into()), place.frame, fit);
    if place.rotation == 0.0 {
        return draw_upright(bitmap, &crop, snapped(&dest), &place.needed, care);
    }
    let scaled = shrunk(bitmap, &crop, &dest);
    draw_turned(&scaled, &dest, place)
}

/// Edges of upright pictures are put on whole pixels, which keeps them sharp.
fn snapped(rect: &Rect) -> PixelRect {
    let round = |value: f64| value.clamp(-1e9, 1e9).round() as i32;
    let (x0, y0) = (round(rect.x0), round(rect.y0));
    PixelRect::new(x0, y0, round(rect.x1).max(x0 + 1), round(rect.y1).max(y0 + 1))
}

fn draw_upright(bitmap: &Bitmap, crop: &Rect, dest: PixelRect, needed: &PixelRect, care: Care) -> Raster {
    let part = dest.intersection(needed);
    let mut raster = Raster::new(part);
    if part.is_empty() {
        return raster;
    }
    let (scale_x, scale_y) = (crop.width() / f64::from(dest.width()), crop.height() / f64::from(dest.height()));
    let from =
        Point::new(crop.x0 + f64::from(part.x0 - dest.x0) * scale_x, crop.y0 + f64::from(part.y0 - dest.y0) * scale_y);
    let crop = Rect::from_origin_size(from, (f64::from(part.width()) * scale_x, f64::from(part.height()) * scale_y));
    resize(bitmap, &crop, (part.width() as u32, part.height() as u32), care, &mut raster.pixels);
    raster.opaque = bitmap.is_opaque();
    raster
}

/// Scales the part `crop` of a picture to `size` and writes it to `out`.
fn resize(bitmap: &Bitmap, crop: &Rect, size: (u32, u32), care: Care, out: &mut [u8]) {
    let whole = Rect::new(0.0, 0.0, bitmap.width().into(), bitmap.height().into());
    let crop = crop.intersect(whole);
    let is_whole = |value: f64| value.fract() == 0.0;
    let same_size = crop.width() == f64::from(size.0) && crop.height() == f64::from(size.1);
    if same_size && is_whole(crop.x0) && is_whole(crop.y0) {
        return copy_part(bitmap, (crop.x0 as usize, crop.y0 as usize), size.0 as usize, out);
    }
    let grows = crop.width() < f64::from(size.0) && crop.height() < f64::from(size.1);
    let filter = match care {
        Care::EachFrame => FilterType::Bilinear,
        // Filters that sharpen put a bright line along transparent edges.
        Care::Once if !bitmap.is_opaque() => {
            if grows {
                FilterType::Mitchell
            } else {
                FilterType::Hamming
            }
        }
        Care::Once if grows => FilterType::CatmullRom,
        Care::Once => FilterType::Lanczos3,
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(crop.x0, crop.y0, crop.width(), crop.height())
        .use_alpha(false);
    let source = ImageRef::new(bitmap.width(), bitmap.height(), bitmap.pixels(), PixelType::U8x4);
    let target = ImageMut::from_slice_u8(size.0, size.1, out, PixelType::U8x4);
    let (Ok(source), Ok(mut target)) = (source, target) else { return };
    // The only errors are wrong sizes; a crop of less than a pixel leaves the raster empty.
    let _ = Resizer::new().resize(&source, &mut target, &options);
    if !bitmap.is_opaque() {
        // Filters that sharpen overshoot: no color may be more than its alpha.
        for pixel in out.chunks_exact_mut(4) {
            let alpha = pixel[3];
            pixel.iter_mut().for_each(|it| *it = (*it).min(alpha));
        }
    }
}

fn copy_part(bitmap: &Bitmap, from: (usize, usize), width: usize, out: &mut [u8]) {
    let rows = bitmap.pixels().chunks_exact(bitmap.width() as usize * 4).skip(from.1);
    for (to, row) in out.chunks_exact_mut(width * 4).zip(rows) {
        to.copy_from_slice(&row[from.0 * 4..(from.0 + width) * 4]);
    }
}

/// Cuts a picture, and makes it smaller with a good filter if it is to be smaller.
fn shrunk(bitmap: &Bitmap, crop: &Rect, dest: &Rect) -> Bitmap {
    let cap = (TURNED_PIXELS_MAX / (dest.width() * dest.height()).max(1.0)).min(1.0).sqrt();
    let side = |wanted: f64, has: f64| (wanted * cap).min(has).ceil().clamp(1.0, 16_384.0) as u32;
    let size = (side(dest.width(), crop.width()), side(dest.height(), crop.height()));
    let mut pixels = vec![0; size.0 as usize * size.1 as usize * 4];
    resize(bitmap, crop, size, Care::Once, &mut pixels);
    Bitmap::from_premultiplied(size.0, size.1, pixels).unwrap_or_else(|_| bitmap.clone())
}

fn draw_turned(bitmap: &Bitmap, dest: &Rect, place: &Place) -> Raster {
    let around = PixelRect::around((place.turn() * dest.to_path(0.1)).bounding_box()).intersection(&place.needed);
    let (scale_x, scale_y) = (dest.width() / f64::from(bitmap.width()), dest.height() / f64::from(bitmap.height()));
    let to_output =
        place.turn() * Affine::translate(dest.origin().to_vec2()) * Affine::scale_non_uniform(scale_x, scale_y);
    let image = Image {
        image: ImageSource::Pixmap(bitmap.pixmap().clone()),
        sampler: ImageSampler::new().with_extend(Extend::Pad).with_quality(ImageQuality::Medium),
    };
    Raster::draw(around, |ctx, local| {
        ctx.set_transform(local * to_output);
        ctx.set_paint(image);
        ctx.fill_rect(&Rect::new(0.0, 0.0, bitmap.width().into(), bitmap.height().into()));
    })
}

/// Draws lines and areas at their place, at the size that is needed.
pub(super) fn draw_vector(vector: &Vector, place: &Place, fit: Fit) -> Raster {
    if place.rotation == 0.0 {
        return draw_vector_upright(vector, place.frame, &place.needed, fit);
    }
    // Drawn upright first: a frame cuts what covers it at its own edges, which are turned.
    let cap = (TURNED_PIXELS_MAX / (place.frame.width() * place.frame.height()).max(1.0)).min(1.0).sqrt();
    let side = |wanted: f64| (wanted * cap).ceil().clamp(1.0, 16_384.0) as i32;
    let size = PixelRect::new(0, 0, side(place.frame.width()), side(place.frame.height()));
    let upright = draw_vector_upright(vector, size.to_rect(), &size, fit);
    let rect = upright.rect;
    match Bitmap::from_premultiplied(rect.width() as u32, rect.height() as u32, upright.pixels) {
        Ok(bitmap) => {
            let (scale_x, scale_y) =
                (place.frame.width() / f64::from(size.x1), place.frame.height() / f64::from(size.y1));
            let (left, top) =
                (place.frame.x0 + f64::from(rect.x0) * scale_x, place.frame.y0 + f64::from(rect.y0) * scale_y);
            let size = (f64::from(rect.width()) * scale_x, f64::from(rect.height()) * scale_y);
            draw_turned(&bitmap, &Rect::from_origin_size((left, top), size), place)
        }
        Err(_) => Raster::new(PixelRect::EMPTY),
    }
}

fn draw_vector_upright(vector: &Vector, frame: Rect, needed: &PixelRect, fit: Fit) -> Raster {
    let Fitted { dest, crop } = fitted(vector.size(), frame, fit);
    let part = snapped(&dest).intersection(needed);
    let mut raster = Raster::new(part);
    if part.is_empty() || check_size(part.width() as u64, part.height() as u64).is_err() {
        return raster;
    }
    let (scale_x, scale_y) = (dest.width() / crop.width(), dest.height() / crop.height());
    let left = dest.x0 - crop.x0 * scale_x - f64::from(part.x0);
    let top = dest.y0 - crop.y0 * scale_y - f64::from(part.y0);
    let matrix = [scale_x, 0.0, 0.0, scale_y, left, top];
    vector.draw(matrix, &mut raster.pixels, part.width() as u32, part.height() as u32);
    raster.find_opacity();
    raster
}
