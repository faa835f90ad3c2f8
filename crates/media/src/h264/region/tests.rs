//! The vector unit against its scalar twin, over whole streams.

use pulp::Arch;

use super::{I420Ref, RegionEncoder, RegionParams};
use crate::yuv_planes::{I420, PixelRect};

/// Textures that slide, flats that jump, and noise, so that every kind of macroblock comes up.
fn picture(width: u32, height: u32, n: u32) -> I420 {
    let mut planes = I420::new(width, height);
    let mut state = n;
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = match (x / 48 + y / 48) % 4 {
                0 => (x + n * 2) * 5 + (y * 7) / 2 + (((x + n) / 3) ^ y) % 40,
                1 => n * 9,
                2 => state >> 24,
                _ => 128 + (state >> 30) + x / 8,
            };
            planes.y[(y * width + x) as usize] = (value % 256) as u8;
            if x % 2 == 0 && y % 2 == 0 {
                planes.u[(y / 2 * width / 2 + x / 2) as usize] = (value * 3 / 4 % 256) as u8;
                planes.v[(y / 2 * width / 2 + x / 2) as usize] = ((x + y + n) % 256) as u8;
            }
        }
    }
    planes
}

#[test]
fn every_vector_unit_makes_the_scalar_stream() {
    for qp in [12, 26, 40] {
        let params = RegionParams { width: 208, height: 144, fps: 30, qp, parameter_set_id: 0 };
        let mut fast = RegionEncoder::new(&params).expect("good parameters");
        let mut plain = RegionEncoder::new(&params).expect("good parameters");
        plain.arch = Arch::Scalar;
        for n in 0..6 {
            let planes = picture(208, 144, n);
            let picture = I420Ref::try_from(&planes).expect("whole");
            let rect = PixelRect { x: 5 * n, y: 3, width: 190, height: 120 };
            let units = [&mut fast, &mut plain].map(|encoder| match n {
                0 | 4 => encoder.encode_idr(&picture).expect("encodes"),
                _ => encoder.encode_delta(&picture, &[rect]).expect("encodes"),
            });
            assert!(units[0] == units[1], "quantizer {qp}, picture {n}");
            assert!(fast.reconstruction() == plain.reconstruction());
        }
    }
}
