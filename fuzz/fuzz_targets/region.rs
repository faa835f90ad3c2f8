//! The region encoder: any content in any rectangles is decoded by another decoder as the encoder says.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use media::h264::region::{I420Ref, RegionEncoder, RegionParams};
use media::{I420, PixelRect};

/// Pictures of an input.
const N_PICTURES_MAX: usize = 12;

#[derive(Arbitrary, Debug)]
struct Input {
    width: u8,
    height: u8,
    qp: u8,
    pictures: Vec<Picture>,
}

#[derive(Arbitrary, Debug)]
enum Picture {
    Idr,
    Skip,
    Delta(Vec<Change>),
}

#[derive(Arbitrary, Debug)]
struct Change {
    x: u8,
    y: u8,
    width: u8,
    height: u8,
    /// How far the content moves.
    slide: (i8, i8),
    /// Bytes that are put over it, again and again.
    bytes: Vec<u8>,
}

impl Change {
    fn rect(&self) -> PixelRect {
        let [x, y, width, height] = [self.x, self.y, self.width, self.height].map(u32::from);
        PixelRect { x, y, width, height }
    }

    fn apply(&self, planes: &mut I420) {
        let rect = self.rect();
        let mut bytes = self.bytes.iter().cycle();
        let (width, height) = (planes.width, planes.height);
        for (plane, scale) in [(&mut planes.y, 1), (&mut planes.u, 2), (&mut planes.v, 2)] {
            let (width, height) = ((width / scale) as i32, (height / scale) as i32);
            let before = plane.clone();
            for y in (rect.y / scale) as i32..((rect.y + rect.height).div_ceil(scale) as i32).min(height) {
                for x in (rect.x / scale) as i32..((rect.x + rect.width).div_ceil(scale) as i32).min(width) {
                    let from_x = (x + i32::from(self.slide.0)).clamp(0, width - 1);
                    let from_y = (y + i32::from(self.slide.1)).clamp(0, height - 1);
                    let moved = before[(from_y * width + from_x) as usize];
                    let over = bytes.next().copied().unwrap_or(0);
                    plane[(y * width + x) as usize] = moved.wrapping_add(over);
                }
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let side = |value: u8| 128 + u32::from(value % 64) * 2;
    let (width, height) = (side(input.width), side(input.height));
    let params = RegionParams { width, height, fps: 30, qp: 10 + input.qp % 42, parameter_set_id: 2 };
    let mut encoder = RegionEncoder::new(&params).unwrap();
    let mut decoder = rusty_h264::Decoder::new();
    let (sps, pps) = encoder.parameter_sets();
    decoder.decode(&[&[0, 0, 0, 1], sps, &[0, 0, 0, 1], pps].concat()).unwrap();
    let mut planes = I420::new(width, height);
    for picture in std::iter::once(&Picture::Idr).chain(input.pictures.iter().take(N_PICTURES_MAX)) {
        let mut rects = Vec::new();
        if let Picture::Delta(changes) = picture {
            changes.iter().for_each(|change| change.apply(&mut planes));
            rects.extend(changes.iter().map(Change::rect));
        }
        let source = I420Ref::try_from(&planes).unwrap();
        let mut unit = match picture {
            Picture::Idr => encoder.encode_idr(&source).unwrap(),
            Picture::Skip => encoder.encode_skip().unwrap(),
            Picture::Delta(_) => encoder.encode_delta(&source, &rects).unwrap(),
        };
        unit[..4].copy_from_slice(&[0, 0, 0, 1]);
        let shown = decoder.decode(&unit).unwrap().expect("a picture");
        let wanted = encoder.reconstruction();
        assert!(shown.y == wanted.y && shown.u == wanted.u && shown.v == wanted.v);
    }
});
