//! Colors from a hash of the texts, in OKLCH so that every hue is equally bright.
//!
//! Björn Ottosson, "A perceptual color space for image processing", 2020.

/// Dark backgrounds run from teal over blue and violet to crimson; dark yellows would look like mud.
const HUE_MIN: f32 = 3.1;
const HUE_RANGE: f32 = 3.5;

/// The colors of one drawn cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Palette {
    /// The background at the upper left, linear light.
    pub(super) start: [f32; 3],
    /// The background at the lower right, linear light.
    pub(super) end: [f32; 3],
    /// Two soft lights over it, linear light.
    pub(super) glows: [[f32; 3]; 2],
    /// The first and the last bar, sRGB.
    pub(super) bars: [[u8; 3]; 2],
    /// The artist's name, sRGB.
    pub(super) soft_text: [u8; 3],
    /// Bits that place the lights.
    pub(super) seed: u64,
}

impl Palette {
    /// Picks colors for a track; the same texts always give the same ones.
    pub(super) fn of(title: &str, artist: &str) -> Self {
        let mut seed = FNV_OFFSET;
        for byte in artist.bytes().chain([0]).chain(title.bytes()) {
            seed = (seed ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
        // The low bits of FNV mix poorly; fold the high ones in.
        seed ^= seed >> 32;
        let hue = HUE_MIN + (seed & 0xffff) as f32 / 65_536.0 * HUE_RANGE;
        let turn = 0.7 + (seed >> 16 & 0xff) as f32 / 255.0 * 0.7;
        let turn = if seed >> 24 & 1 == 0 { turn } else { -turn };
        Self {
            start: linear_rgb(0.33, 0.11, hue),
            end: linear_rgb(0.17, 0.06, hue + turn * 0.4),
            glows: [linear_rgb(0.62, 0.17, hue + turn), linear_rgb(0.50, 0.15, hue - turn * 0.35)],
            bars: [srgb(linear_rgb(0.93, 0.05, hue + turn * 0.6)), srgb(linear_rgb(0.80, 0.13, hue + turn))],
            soft_text: srgb(linear_rgb(0.88, 0.045, hue + turn * 0.6)),
            seed,
        }
    }
}

/// Parameters of the 64-bit FNV-1a hash (RFC 9923).
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Converts lightness 0–1, chroma and hue in radians; colors outside sRGB are clipped.
fn linear_rgb(lightness: f32, chroma: f32, hue: f32) -> [f32; 3] {
    let a = chroma * libm::cosf(hue);
    let b = chroma * libm::sinf(hue);
    let l = lightness + 0.396_337_78 * a + 0.215_803_76 * b;
    let m = lightness - 0.105_561_346 * a - 0.063_854_17 * b;
    let s = lightness - 0.089_484_18 * a - 1.291_485_5 * b;
    let (l, m, s) = (l * l * l, m * m * m, s * s * s);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(|value| value.clamp(0.0, 1.0))
}

/// Converts linear light 0–1 to sRGB 0–255, not rounded.
pub(super) fn encode_srgb(value: f32) -> f32 {
    let encoded = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * libm::powf(value, 1.0 / 2.4) - 0.055 };
    encoded * 255.0
}

fn srgb(linear: [f32; 3]) -> [u8; 3] {
    linear.map(|value| (encode_srgb(value) + 0.5) as u8)
}
