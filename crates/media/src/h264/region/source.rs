//! Pictures given to the encoder, and the last one cut into macroblocks.

use super::inter::{Chroma, Luma};
use crate::yuv_planes::I420;
use crate::{Error, Result};

/// Borrowed planes of 8-bit Y, Cb, Cr; chroma is half as wide and half as high.
#[derive(Debug, Clone, Copy)]
pub struct I420Ref<'a> {
    width: usize,
    height: usize,
    y: &'a [u8],
    u: &'a [u8],
    v: &'a [u8],
    y_stride: usize,
    uv_stride: usize,
}

impl<'a> I420Ref<'a> {
    /// Borrows planes whose rows begin `strides` bytes apart: luma's and that of both chroma planes.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when a side is odd or zero, a row longer than its stride, or a plane shorter than its rows.
    pub fn new(width: u32, height: u32, planes: [&'a [u8]; 3], strides: [usize; 2]) -> Result<Self> {
        let (width, height) = (width as usize, height as usize);
        let [y, u, v] = planes;
        let [y_stride, uv_stride] = strides;
        let reaches = |plane: &[u8], width: usize, height: usize, stride: usize| {
            let len = (height - 1).checked_mul(stride).and_then(|len| len.checked_add(width));
            width <= stride && len.is_some_and(|len| len <= plane.len())
        };
        let is_even = width > 0 && height > 0 && width.is_multiple_of(2) && height.is_multiple_of(2);
        let is_whole = is_even
            && reaches(y, width, height, y_stride)
            && [u, v].iter().all(|plane| reaches(plane, width / 2, height / 2, uv_stride));
        if !is_whole {
            return Err(Error::malformed("I420", format!("planes do not hold {width}×{height} pixels")));
        }
        Ok(Self { width, height, y, u, v, y_stride, uv_stride })
    }

    pub(super) fn is_sized(&self, width: u32, height: u32) -> bool {
        self.width == width as usize && self.height == height as usize
    }
}

impl<'a> TryFrom<&'a I420> for I420Ref<'a> {
    type Error = Error;

    fn try_from(planes: &'a I420) -> Result<Self> {
        let width = planes.width as usize;
        Self::new(planes.width, planes.height, [&planes.y, &planes.u, &planes.v], [width, width / 2])
    }
}

/// The pixels of a macroblock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) luma: Luma,
    /// Cb and Cr.
    pub(super) chroma: [Chroma; 2],
}

impl Pixels {
    pub(super) const GRAY: Self = Self { luma: [128; 256], chroma: [[128; 64]; 2] };

    /// Cuts a macroblock out of a picture; over its right and lower edge the last pixels are repeated.
    #[inline(always)]
    pub(super) fn cut(picture: &I420Ref<'_>, mb_x: usize, mb_y: usize) -> Self {
        let mut pixels = Self::GRAY;
        let (width, height) = (picture.width, picture.height);
        cut_square::<16>(&mut pixels.luma, picture.y, picture.y_stride, width, height, (mb_x, mb_y));
        for (out, plane) in pixels.chroma.iter_mut().zip([picture.u, picture.v]) {
            cut_square::<8>(out, plane, picture.uv_stride, width / 2, height / 2, (mb_x, mb_y));
        }
        pixels
    }
}

#[inline(always)]
fn cut_square<const N: usize>(
    out: &mut [u8],
    plane: &[u8],
    stride: usize,
    width: usize,
    height: usize,
    (mb_x, mb_y): (usize, usize),
) {
    let (x, y) = (mb_x * N, mb_y * N);
    let n_columns = N.min(width - x);
    for (row, out) in out.chunks_exact_mut(N).enumerate() {
        let line = &plane[(y + row).min(height - 1) * stride..][..width];
        if n_columns == N {
            out.copy_from_slice(&line[x..x + N]);
        } else {
            out[..n_columns].copy_from_slice(&line[x..]);
            out[n_columns..].fill(line[width - 1]);
        }
    }
}
