//! The clips: a face of flat shapes that talks, and textures that move like a photo.

use media::{I420, PixelRect};

pub(crate) const WIDTH: usize = 1920;
pub(crate) const HEIGHT: usize = 1080;

/// A clip in which only `rect` changes.
pub(crate) struct Clip {
    pub(crate) name: &'static str,
    pub(crate) rect: PixelRect,
    pub(crate) is_still: bool,
    /// Draws picture `n`: all of it if it is the first, else `rect`.
    pub(crate) draw: fn(&mut I420, &PixelRect, usize, bool),
}

const SMALL: PixelRect = PixelRect { x: 752, y: 320, width: 400, height: 400 };
const LARGE: PixelRect = PixelRect { x: 560, y: 160, width: 800, height: 912 };

pub(crate) const CLIPS: [Clip; 5] = [
    Clip {
        name: "still",
        rect: SMALL,
        is_still: true,
        draw: |planes, rect, _, first| draw_flat(planes, rect, 0, first),
    },
    Clip { name: "flat 400×400", rect: SMALL, is_still: false, draw: draw_flat },
    Clip { name: "photo 400×400", rect: SMALL, is_still: false, draw: draw_photo },
    Clip { name: "flat 800×912", rect: LARGE, is_still: false, draw: draw_flat },
    Clip { name: "photo 800×912", rect: LARGE, is_still: false, draw: draw_photo },
];

/// Y, Cb, Cr.
type Color = [f32; 3];

/// How far the pixel at (`x`, `y`) is covered by an ellipse, with a soft edge of one pixel.
fn ellipse(x: f32, y: f32, center: (f32, f32), radii: (f32, f32)) -> f32 {
    let (u, v) = ((x - center.0) / radii.0, (y - center.1) / radii.1);
    let distance = (libm::sqrtf(u * u + v * v) - 1.0) * radii.0.min(radii.1);
    (0.5 - distance).clamp(0.0, 1.0)
}

fn paint(color: &mut Color, over: Color, coverage: f32) {
    for (value, over) in color.iter_mut().zip(over) {
        *value += (over - *value) * coverage;
    }
}

fn backdrop(x: f32, y: f32) -> Color {
    [60.0 + 60.0 * x / WIDTH as f32 + 40.0 * y / HEIGHT as f32, 140.0 - 20.0 * y / HEIGHT as f32, 118.0]
}

fn each_pixel(planes: &mut I420, rect: &PixelRect, is_first: bool, color: impl Fn(f32, f32, bool) -> Color) {
    let inside = |x: usize, y: usize| {
        let (x, y) = (x as u32, y as u32);
        x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height
    };
    let to_byte = |value: f32| (value + 0.5) as u8;
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            if is_first || inside(x, y) {
                planes.y[y * WIDTH + x] = to_byte(color(x as f32, y as f32, inside(x, y))[0]);
            }
        }
    }
    for y in 0..HEIGHT / 2 {
        for x in 0..WIDTH / 2 {
            if is_first || inside(x * 2, y * 2) {
                let [_, u, v] = color(x as f32 * 2.0 + 0.5, y as f32 * 2.0 + 0.5, inside(x * 2, y * 2));
                planes.u[y * WIDTH / 2 + x] = to_byte(u);
                planes.v[y * WIDTH / 2 + x] = to_byte(v);
            }
        }
    }
}

/// A head that sways, blinks and talks over shoulders that breathe.
pub(crate) fn draw_flat(planes: &mut I420, rect: &PixelRect, n: usize, is_first: bool) {
    let t = n as f32 / 30.0;
    let unit = rect.width as f32 / 400.0;
    let sway = (6.0 * libm::sinf(t * 1.9) * unit, 3.0 * libm::sinf(t * 2.7) * unit);
    let breath = 2.0 * libm::sinf(t * 1.6) * unit;
    let mouth = (4.0 + 14.0 * libm::fabsf(libm::sinf(t * 9.0))) * unit;
    let eye = if n % 70 < 4 { 2.0 } else { 11.0 } * unit;
    let middle = (rect.x as f32 + rect.width as f32 / 2.0, rect.y as f32 + rect.height as f32 * 0.42);
    let head = (middle.0 + sway.0, middle.1 + sway.1);
    each_pixel(planes, rect, is_first, |x, y, is_inside| {
        let mut color = backdrop(x, y);
        if !is_inside {
            return color;
        }
        let at = |dx: f32, dy: f32| (head.0 + dx * unit, head.1 + dy * unit);
        let size = |w: f32, h: f32| (w * unit, h * unit);
        let shoulders = (middle.0, middle.1 + 190.0 * unit + breath);
        paint(&mut color, [90.0, 160.0, 90.0], ellipse(x, y, shoulders, size(150.0, 100.0)));
        paint(&mut color, [45.0, 120.0, 140.0], ellipse(x, y, at(0.0, -18.0), size(98.0, 120.0)));
        paint(&mut color, [185.0, 105.0, 155.0], ellipse(x, y, at(0.0, 8.0), size(82.0, 104.0)));
        for side in [-1.0, 1.0] {
            paint(&mut color, [230.0, 128.0, 128.0], ellipse(x, y, at(34.0 * side, -8.0), (15.0 * unit, eye)));
            let pupil = (6.0 * unit, (6.0 * unit).min(eye));
            paint(&mut color, [40.0, 128.0, 128.0], ellipse(x, y, at(34.0 * side + 3.0, -8.0), pupil));
            paint(&mut color, [60.0, 122.0, 138.0], ellipse(x, y, at(34.0 * side, -32.0), size(18.0, 3.5)));
        }
        paint(&mut color, [165.0, 105.0, 160.0], ellipse(x, y, at(0.0, 20.0), size(8.0, 14.0)));
        paint(&mut color, [90.0, 110.0, 180.0], ellipse(x, y, at(0.0, 58.0), (30.0 * unit, mouth)));
        paint(&mut color, [45.0, 118.0, 160.0], ellipse(x, y, at(0.0, 60.0), (24.0 * unit, mouth * 0.6)));
        color
    });
}

/// A texture that sways as a whole, with a mouth that stretches.
pub(crate) fn draw_photo(planes: &mut I420, rect: &PixelRect, n: usize, is_first: bool) {
    let t = n as f32 / 30.0;
    let sway = (5.0 * libm::sinf(t * 1.7), 3.0 * libm::sinf(t * 2.3));
    let zoom = 1.0 + 0.01 * libm::sinf(t * 1.3);
    let stretch = 6.0 * libm::sinf(t * 8.0);
    let middle = (rect.x as f32 + rect.width as f32 / 2.0, rect.y as f32 + rect.height as f32 / 2.0);
    each_pixel(planes, rect, is_first, |x, y, is_inside| {
        let (mut u, mut v) = (x, y);
        if is_inside {
            let (dx, dy) = (x - middle.0, y - middle.1);
            let near = libm::expf(-(dx * dx + (dy - 60.0) * (dy - 60.0)) / 2500.0);
            u = middle.0 + dx * zoom + sway.0;
            v = middle.1 + dy * zoom + sway.1 + stretch * near * (dy - 60.0).signum().max(0.0);
        }
        let coarse = noise(u / 64.0, v / 64.0, 1) * 90.0 + noise(u / 17.0, v / 17.0, 2) * 40.0;
        let luma = 50.0 + coarse + noise(u / 5.0, v / 5.0, 3) * 16.0 + noise(u / 2.5, v / 2.5, 4) * 5.0;
        [luma, 100.0 + 50.0 * noise(u / 50.0, v / 50.0, 5), 100.0 + 50.0 * noise(u / 40.0, v / 40.0, 6)]
    });
}

/// Smooth noise from 0 to 1.
fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (libm::floorf(x), libm::floorf(y));
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - column), ease(y - row));
    let corner = |dx: i32, dy: i32| {
        let mut hash = (column as i32 + dx) as u32 ^ ((row as i32 + dy) as u32).wrapping_mul(0x9e37_79b1) ^ seed << 27;
        hash = (hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
        (hash >> 16) as f32 / 65_535.0
    };
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    mix(mix(corner(0, 0), corner(1, 0), u), mix(corner(0, 1), corner(1, 1), u), v)
}
