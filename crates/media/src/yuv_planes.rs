//! Pictures as video codecs take them: planes of Y, Cb, Cr, and the ways to and from RGBA.
//!
//! All arithmetic is on integers and looks at one 2 × 2 block at a time, so that a rectangle converted alone has the very
//! bytes it would have in a converted frame, on every machine and with every vector unit.
//! Chroma is the mean of its four pixels; on the way back each pixel takes the chroma of its block.

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Fractional bits of the coefficients: the largest still fits in 16 bits, which is what the fast multiplication takes.
const FRACTION_BITS: u32 = 15;
/// Chroma is computed from sums of four pixels.
const CHROMA_BITS: u32 = FRACTION_BITS + 2;

/// R, G, B to Y: ITU-R BT.709, 3.2, times 219 / 255, in units of 2⁻¹⁵. Their sum is that of white, exactly 235.
const LUMA: [i32; 3] = [5983, 20127, 2032];
/// R, G, B to Cb: ITU-R BT.709, 3.3, times 224 / 255, in units of 2⁻¹⁵. Their sum is 0: gray stays gray.
const CB: [i32; 3] = [-3298, -11094, 14392];
/// R, G, B to Cr, likewise.
const CR: [i32; 3] = [14392, -13072, -1320];

/// Y, Cb and Cr of black in limited range.
const BLACK: [u8; 3] = [16, 128, 128];

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    /// Pixels left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Three planes of 8-bit Y, Cb, Cr without gaps between rows; chroma is half as wide and half as high.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    /// Pixels per row, even.
    pub width: u32,
    /// Rows, even.
    pub height: u32,
    /// Luma, `width` × `height`.
    pub y: Vec<u8>,
    /// Blue difference, `width / 2` × `height / 2`.
    pub u: Vec<u8>,
    /// Red difference, as large as `u`.
    pub v: Vec<u8>,
}

impl I420 {
    /// Makes a black picture.
    ///
    /// # Panics
    ///
    /// When a side is odd.
    pub fn new(width: u32, height: u32) -> Self {
        assert!(width.is_multiple_of(2) && height.is_multiple_of(2), "4:2:0 pictures have even sides");
        let n_pixels = width as usize * height as usize;
        let [y, u, v] = BLACK;
        Self { width, height, y: vec![y; n_pixels], u: vec![u; n_pixels / 4], v: vec![v; n_pixels / 4] }
    }

    /// Converts `rect` of an RGBA picture of the same size to BT.709 in limited range, in place.
    ///
    /// `rgba` holds rows of `stride` bytes; alpha is not looked at. `rect` is rounded outward to whole 2 × 2 blocks and
    /// cut at the edges. Converting a picture in rectangles gives the bytes of converting it whole.
    ///
    /// # Panics
    ///
    /// When `rgba` holds less than a picture of this size.
    pub fn update_from_rgba(&mut self, rgba: &[u8], stride: usize, rect: PixelRect) {
        let left = rect.x.min(self.width) & !1;
        let top = rect.y.min(self.height) & !1;
        let right = rect.x.saturating_add(rect.width).min(self.width).next_multiple_of(2);
        let bottom = rect.y.saturating_add(rect.height).min(self.height).next_multiple_of(2);
        if rect.width == 0 || rect.height == 0 || left >= right || top >= bottom {
            return;
        }
        let width = self.width as usize;
        let needed = (self.height as usize - 1) * stride + width * 4;
        assert!(stride >= width * 4 && rgba.len() >= needed, "RGBA of another size");
        let (left, right) = (left as usize, right as usize);
        let vector_unit = VectorUnit::detect();
        for block_row in top as usize / 2..bottom as usize / 2 {
            let row = |y: usize| &rgba[y * stride + left * 4..y * stride + right * 4];
            let (y_above, y_below) = self.y[block_row * 2 * width..][..width * 2].split_at_mut(width);
            let chroma = block_row * (width / 2) + left / 2..block_row * (width / 2) + right / 2;
            let rows = BlockRow {
                above: row(block_row * 2),
                below: row(block_row * 2 + 1),
                y_above: &mut y_above[left..right],
                y_below: &mut y_below[left..right],
                u: &mut self.u[chroma.clone()],
                v: &mut self.v[chroma],
            };
            rows.convert(vector_unit);
        }
    }

    /// Converts a whole RGBA picture of the same size without gaps between rows, see [`Self::update_from_rgba`].
    ///
    /// # Panics
    ///
    /// When `rgba` holds less than a picture of this size.
    pub fn fill_from_rgba(&mut self, rgba: &[u8]) {
        let whole = PixelRect { x: 0, y: 0, width: self.width, height: self.height };
        self.update_from_rgba(rgba, self.width as usize * 4, whole);
    }

    /// Converts to opaque RGBA without gaps between rows, taking the planes for BT.709 in limited range.
    pub fn to_rgba(&self) -> Vec<u8> {
        let mut rgba = vec![0; self.y.len() * 4];
        let (width, half) = (self.width as usize, self.width as usize / 2);
        let planes = Planes { y: &self.y, u: &self.u, v: &self.v, luma_stride: width, chroma_stride: half };
        planes.write_rgba(&mut rgba, width, &YuvColor::default());
        rgba
    }
}

/// Two rows of pixels and what they become.
struct BlockRow<'a> {
    above: &'a [u8],
    below: &'a [u8],
    y_above: &'a mut [u8],
    y_below: &'a mut [u8],
    u: &'a mut [u8],
    v: &'a mut [u8],
}

/// What the machine has to work on many pixels at once.
#[derive(Debug, Clone, Copy)]
enum VectorUnit {
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    None,
}

impl VectorUnit {
    fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return Self::Avx2(simd);
        }
        Self::None
    }
}

impl BlockRow<'_> {
    fn convert(mut self, vector_unit: VectorUnit) {
        let done = match vector_unit {
            #[cfg(target_arch = "x86_64")]
            VectorUnit::Avx2(simd) => avx2::convert(simd, &mut self),
            VectorUnit::None => 0,
        };
        let (above, below) = (&self.above[done * 4..], &self.below[done * 4..]);
        luma_row(above, &mut self.y_above[done..]);
        luma_row(below, &mut self.y_below[done..]);
        chroma_row(above, below, &mut self.u[done / 2..], &mut self.v[done / 2..]);
    }
}

fn luma_row(rgba: &[u8], y: &mut [u8]) {
    for (pixel, y) in rgba.chunks_exact(4).zip(y) {
        let pixel = u32::from_le_bytes([pixel[0], pixel[1], pixel[2], pixel[3]]) as i32;
        let (r, g, b) = (pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255);
        let sum = LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
        *y = ((sum + (16 << FRACTION_BITS) + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS) as u8;
    }
}

fn chroma_row(above: &[u8], below: &[u8], u: &mut [u8], v: &mut [u8]) {
    /// Every second byte of two pixels: room for sums of four.
    const MASK: u64 = 0x00ff_00ff_00ff_00ff;
    let pairs = above.chunks_exact(8).zip(below.chunks_exact(8));
    for ((a, b), (u, v)) in pairs.zip(u.iter_mut().zip(v)) {
        let a = u64::from_le_bytes([a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]]);
        let b = u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        let red_blue = (a & MASK) + (b & MASK);
        let green = (a >> 8 & MASK) + (b >> 8 & MASK);
        let red_blue = (red_blue + (red_blue >> 32)) as u32 as i32;
        let green = (green + (green >> 32)) as u32 as i32;
        let (r, g, b) = (red_blue & 0x3ff, green & 0x3ff, red_blue >> 16 & 0x3ff);
        let convert = |[from_r, from_g, from_b]: [i32; 3]| {
            let sum = from_r * r + from_g * g + from_b * b;
            ((sum + (128 << CHROMA_BITS) + (1 << (CHROMA_BITS - 1))) >> CHROMA_BITS) as u8
        };
        *u = convert(CB);
        *v = convert(CR);
    }
}

/// How a stream's numbers stand for colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct YuvColor {
    /// BT.601 (and its kin) instead of BT.709.
    pub(crate) is_bt601: bool,
    /// 0–255 instead of 16–235 and 16–240.
    pub(crate) is_full_range: bool,
}

impl Default for YuvColor {
    /// What this crate writes: BT.709 in limited range.
    fn default() -> Self {
        Self { is_bt601: false, is_full_range: false }
    }
}

/// Fractional bits on the way back: the largest coefficient, 2.11, still fits in 16 bits.
const BACK_BITS: u32 = 13;

/// Factors of Y, Cr in R, Cb in G, Cr in G and Cb in B, in units of 2⁻¹³, and what black is.
#[derive(Debug, Clone, Copy)]
struct BackTable {
    black: i32,
    y: i32,
    cr_r: i32,
    cb_g: i32,
    cr_g: i32,
    cb_b: i32,
}

impl YuvColor {
    /// Derived from Kr and Kb of ITU-R BT.709 and BT.601, and the ranges of their 3.4 and 2.5.
    fn table(self) -> BackTable {
        let (kr, kb) = if self.is_bt601 { (0.299, 0.114) } else { (0.2126, 0.0722) };
        let (black, luma, chroma) = if self.is_full_range { (0, 1.0, 1.0) } else { (16, 255.0 / 219.0, 255.0 / 224.0) };
        let kg: f64 = 1.0 - kr - kb;
        let fixed = |value: f64| (value * f64::from(1 << BACK_BITS) + if value < 0.0 { -0.5 } else { 0.5 }) as i32;
        BackTable {
            black,
            y: fixed(luma),
            cr_r: fixed(2.0 * (1.0 - kr) * chroma),
            cb_g: fixed(-2.0 * (1.0 - kb) * kb / kg * chroma),
            cr_g: fixed(-2.0 * (1.0 - kr) * kr / kg * chroma),
            cb_b: fixed(2.0 * (1.0 - kb) * chroma),
        }
    }
}

/// Planes of a decoder, with gaps between rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes<'a> {
    pub(crate) y: &'a [u8],
    pub(crate) u: &'a [u8],
    pub(crate) v: &'a [u8],
    pub(crate) luma_stride: usize,
    pub(crate) chroma_stride: usize,
}

impl Planes<'_> {
    /// Replaces `rgba`, whole rows of `width` pixels, by the planes' first rows.
    ///
    /// Rows and pixels that the planes lack are left alone.
    pub(crate) fn write_rgba(&self, rgba: &mut [u8], width: usize, color: &YuvColor) {
        self.write_rows(rgba, width, &color.table(), VectorUnit::detect());
    }

    fn write_rows(&self, rgba: &mut [u8], width: usize, table: &BackTable, vector_unit: VectorUnit) {
        for (row, out) in rgba.chunks_exact_mut((width * 4).max(4)).enumerate() {
            let (Some(y), Some(u), Some(v)) = (
                self.y.get(row * self.luma_stride..),
                self.u.get(row / 2 * self.chroma_stride..),
                self.v.get(row / 2 * self.chroma_stride..),
            ) else {
                return;
            };
            let done = match vector_unit {
                #[cfg(target_arch = "x86_64")]
                VectorUnit::Avx2(simd) => avx2::write_row(simd, y, u, v, out, table),
                VectorUnit::None => 0,
            };
            rgba_row(&y[done..], &u[done / 2..], &v[done / 2..], &mut out[done * 4..], table);
        }
    }
}

fn rgba_row(y: &[u8], u: &[u8], v: &[u8], out: &mut [u8], table: &BackTable) {
    let pairs = y.chunks(2).zip(u.iter().zip(v));
    for (pixels, (y, (&u, &v))) in out.chunks_mut(8).zip(pairs) {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        let (r, g, b) = (table.cr_r * v, table.cb_g * u + table.cr_g * v, table.cb_b * u);
        for (pixel, &y) in pixels.chunks_exact_mut(4).zip(y) {
            let y = table.y * (i32::from(y) - table.black) + (1 << (BACK_BITS - 1));
            let fit = |value: i32| (value >> BACK_BITS).clamp(0, 255) as u8;
            pixel.copy_from_slice(&[fit(y + r), fit(y + g), fit(y + b), 255]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockRow, CB, CR, I420, LUMA, PixelRect, Planes, VectorUnit, YuvColor};

    fn noise(n_bytes: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..n_bytes).map(|_| next()).collect()
    }

    #[test]
    fn black_white_and_gray_are_exact() {
        assert_eq!(LUMA.iter().sum::<i32>(), 28142, "219/255 in 15 bits");
        assert_eq!(CB.iter().sum::<i32>() + CR.iter().sum::<i32>(), 0);
        for (gray, wanted) in [(0, 16), (255, 235), (128, 126)] {
            let mut planes = I420::new(16, 2);
            planes.fill_from_rgba(&[gray; 16 * 2 * 4]);
            assert!(planes.y.iter().all(|&y| y == wanted), "{gray}");
            assert!(planes.u.iter().chain(&planes.v).all(|&c| c == 128));
        }
        assert_eq!(I420::new(2, 2).to_rgba(), [0, 0, 0, 255].repeat(4));
    }

    #[test]
    fn rectangles_and_the_whole_give_the_same_bytes() {
        let (width, height) = (118, 46);
        let rgba = noise(width * height * 4);
        let mut whole = I420::new(width as u32, height as u32);
        whole.fill_from_rgba(&rgba);
        for (n, tile) in [(3, 5), (7, 1), (64, 9), (1, 46), (118, 2)].into_iter().enumerate() {
            let mut parts = I420::new(width as u32, height as u32);
            for y in (0..height).step_by(tile.1) {
                for x in (0..width).step_by(tile.0) {
                    let rect = PixelRect { x: x as u32, y: y as u32, width: tile.0 as u32, height: tile.1 as u32 };
                    parts.update_from_rgba(&rgba, width * 4, rect);
                }
            }
            assert!(parts == whole, "tiling {n}");
        }
    }

    #[test]
    fn every_vector_unit_gives_the_scalar_bytes() {
        let (width, height) = (202, 6);
        let rgba = noise(width * height * 4);
        let mut fast = I420::new(width as u32, height as u32);
        fast.fill_from_rgba(&rgba);
        let mut plain = I420::new(width as u32, height as u32);
        for pair in 0..height / 2 {
            let (luma, chroma) = (pair * 2 * width, pair * width / 2);
            let (y_above, y_below) = plain.y[luma..][..2 * width].split_at_mut(width);
            let (above, below) = rgba[luma * 4..][..2 * width * 4].split_at(width * 4);
            let (u, v) = (&mut plain.u[chroma..][..width / 2], &mut plain.v[chroma..][..width / 2]);
            BlockRow { above, below, y_above, y_below, u, v }.convert(VectorUnit::None);
        }
        assert!(fast == plain);

        let (y, u, v) = (noise(width * height), noise(width * height / 4), noise(width * height / 4));
        let planes = Planes { y: &y, u: &u, v: &v, luma_stride: width, chroma_stride: width / 2 };
        for (is_bt601, is_full_range) in [(false, false), (true, false), (false, true), (true, true)] {
            let table = YuvColor { is_bt601, is_full_range }.table();
            let [mut fast, mut plain] = [0, 1].map(|_| vec![0; width * height * 4]);
            planes.write_rows(&mut fast, width, &table, VectorUnit::detect());
            planes.write_rows(&mut plain, width, &table, VectorUnit::None);
            assert!(fast == plain, "{table:?}");
        }
    }

    #[test]
    fn odd_sides_of_decoded_pictures_are_whole() {
        // 3 × 3 pixels with chroma of 2 × 2.
        let planes = Planes { y: &[16; 9], u: &[128; 4], v: &[128; 4], luma_stride: 3, chroma_stride: 2 };
        let mut rgba = [7; 36];
        planes.write_rgba(&mut rgba, 3, &YuvColor::default());
        assert_eq!(rgba.to_vec(), [0, 0, 0, 255].repeat(9));
    }

    #[test]
    fn what_is_outside_stays() {
        let rgba = vec![255; 16 * 8 * 4];
        let mut planes = I420::new(16, 8);
        let rect = PixelRect { x: 5, y: 3, width: 2, height: 1 };
        planes.update_from_rgba(&rgba, 64, rect);
        let lit: Vec<usize> = (0..128).filter(|&at| planes.y[at] == 235).collect();
        let wanted = [2, 3].iter().flat_map(|row| (4..8).map(move |x| row * 16 + x));
        assert_eq!(lit, wanted.collect::<Vec<_>>());
        for (x, width) in [(16, 9), (u32::MAX, u32::MAX), (3, 0)] {
            let before = planes.clone();
            planes.update_from_rgba(&rgba, 64, PixelRect { x, y: 0, width, height: 8 });
            assert!(planes == before);
        }
    }

    #[test]
    fn colors_survive_the_way_there_and_back() {
        for color in [[255, 0, 0], [0, 255, 0], [0, 0, 255], [250, 240, 10], [12, 130, 200], [90, 90, 90]] {
            let rgba = [color[0], color[1], color[2], 255].repeat(4);
            let mut planes = I420::new(2, 2);
            planes.fill_from_rgba(&rgba);
            let back = planes.to_rgba();
            let far = rgba.iter().zip(&back).map(|(&a, &b)| a.abs_diff(b)).max();
            assert!(far <= Some(2), "{color:?} came back as {:?}", &back[..4]);
        }
    }
}
