//! The region encoder, judged by other decoders over made-up content.

use std::path::Path;
use std::process::Command;

use media::h264::region::{I420Ref, RegionEncoder, RegionParams};
use media::{ErrorKind, I420, PixelRect};
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;

/// A linear congruential generator: the same content everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 33) * u64::from(limit)) >> 31) as u32
    }
}

/// What changes inside a rectangle from one picture to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Noise,
    FaintNoise,
    Gradient,
    Flat,
    Text,
    Extremes,
    Shift,
}

pub(crate) const CONTENTS: [Content; 7] = [
    Content::Noise,
    Content::FaintNoise,
    Content::Gradient,
    Content::Flat,
    Content::Text,
    Content::Extremes,
    Content::Shift,
];

/// Draws new content into the part of `rect` that lies in the picture.
pub(crate) fn draw(planes: &mut I420, rect: &PixelRect, content: Content, dice: &mut Dice) {
    let (width, height) = (planes.width, planes.height);
    let seeds = [(); 6].map(|()| dice.below(256));
    let (shift_x, shift_y) = (dice.below(9), dice.below(9));
    for n in 0..3 {
        let (width, height, scale) = if n == 0 { (width, height, 1) } else { (width / 2, height / 2, 2) };
        let plane = [&mut planes.y, &mut planes.u, &mut planes.v].into_iter().nth(n).expect("three planes");
        let before = plane.clone();
        let right = rect.x.saturating_add(rect.width).div_ceil(scale).min(width);
        let bottom = rect.y.saturating_add(rect.height).div_ceil(scale).min(height);
        for y in rect.y / scale..bottom {
            for x in rect.x / scale..right {
                let at = (y * width + x) as usize;
                let value = match content {
                    Content::Noise => dice.below(256),
                    Content::FaintNoise => (u32::from(before[at]) + dice.below(5)).saturating_sub(2).min(255),
                    Content::Gradient => (x * seeds[0] / 64 + y * seeds[1] / 64 + seeds[2 + n]) % 256,
                    Content::Flat => seeds[n],
                    Content::Text => {
                        let is_ink = (x * 5 + y * 3 + seeds[0]) % 17 < 4 || (y + seeds[1]) % 11 == 0;
                        if is_ink { 20 + seeds[2] / 8 } else { 220 }
                    }
                    Content::Extremes => 255 * ((x / 3 + y / 2 + seeds[n]) % 2),
                    Content::Shift => {
                        let (from_x, from_y) = ((x + shift_x).min(width - 1), (y + shift_y).min(height - 1));
                        u32::from(before[(from_y * width + from_x) as usize])
                    }
                };
                plane[at] = value as u8;
            }
        }
    }
}

/// A stream with what the encoder says that it shows.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) annex_b: Vec<Vec<u8>>,
    pub(crate) shown: Vec<I420>,
}

/// Replaces the 4-byte lengths by start codes.
pub(crate) fn to_annex_b(unit: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (unit, Vec::new());
    while let Some((length, tail)) = rest.split_at_checked(4) {
        let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(&tail[..length]);
        rest = &tail[length..];
    }
    out
}

impl Stream {
    pub(crate) fn new(encoder: &RegionEncoder) -> Self {
        let (sps, pps) = encoder.parameter_sets();
        let sets = [[0, 0, 0, 1].as_slice(), sps, &[0, 0, 0, 1], pps].concat();
        Self { annex_b: vec![sets], shown: Vec::new() }
    }

    pub(crate) fn push(&mut self, unit: &[u8], encoder: &RegionEncoder) {
        self.annex_b.push(to_annex_b(unit));
        self.shown.push(encoder.reconstruction());
    }

    /// Decodes with openh264, with rusty_h264 and, if it is there, with ffmpeg, and compares every picture.
    pub(crate) fn check(&self, what: &str) {
        self.check_openh264(what);
        self.check_rusty(what);
        self.check_ffmpeg(what);
    }

    fn check_openh264(&self, what: &str) {
        let mut decoder = Decoder::new().expect("starts");
        let mut n_shown = 0;
        for unit in &self.annex_b {
            let Some(picture) = decoder.decode(unit).unwrap_or_else(|error| panic!("{what}: {error}")) else {
                continue;
            };
            let (width, height) = picture.dimensions();
            let (luma, chroma_u, chroma_v) = picture.strides();
            let mut decoded = I420::new(width as u32, height as u32);
            let rows = |out: &mut Vec<u8>, plane: &[u8], width: usize, stride: usize| {
                for (out, row) in out.chunks_exact_mut(width).zip(plane.chunks(stride)) {
                    out.copy_from_slice(&row[..width]);
                }
            };
            rows(&mut decoded.y, picture.y(), width, luma);
            rows(&mut decoded.u, picture.u(), width / 2, chroma_u);
            rows(&mut decoded.v, picture.v(), width / 2, chroma_v);
            self.compare(n_shown, &decoded, "openh264", what);
            n_shown += 1;
        }
        assert_eq!(n_shown, self.shown.len(), "{what}");
    }

    fn check_rusty(&self, what: &str) {
        let mut decoder = rusty_h264::Decoder::new();
        let mut n_shown = 0;
        for unit in &self.annex_b {
            let Some(picture) = decoder.decode(unit).unwrap_or_else(|error| panic!("{what}: {error}")) else {
                continue;
            };
            let decoded = I420 {
                width: picture.width as u32,
                height: picture.height as u32,
                y: picture.y,
                u: picture.u,
                v: picture.v,
            };
            self.compare(n_shown, &decoded, "rusty_h264", what);
            n_shown += 1;
        }
        assert_eq!(n_shown, self.shown.len(), "{what}");
    }

    fn check_ffmpeg(&self, what: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stream.h264");
        std::fs::write(&path, self.annex_b.concat()).expect("is written");
        let Some(decoded) = run_ffmpeg(&path) else { return };
        let frame_len = self.shown[0].y.len() * 3 / 2;
        assert_eq!(decoded.len(), frame_len * self.shown.len(), "{what}: ffmpeg's pictures");
        for (n, frame) in decoded.chunks_exact(frame_len).enumerate() {
            let (y, chroma) = frame.split_at(frame_len / 3 * 2);
            let (u, v) = chroma.split_at(frame_len / 6);
            let I420 { width, height, .. } = self.shown[0];
            let decoded = I420 { width, height, y: y.to_vec(), u: u.to_vec(), v: v.to_vec() };
            self.compare(n, &decoded, "ffmpeg", what);
        }
    }

    fn compare(&self, n: usize, decoded: &I420, decoder: &str, what: &str) {
        let wanted = &self.shown[n];
        if wanted == decoded {
            return;
        }
        assert_eq!((wanted.width, wanted.height), (decoded.width, decoded.height), "{what}, {decoder}");
        for (name, wanted, decoded, width) in [
            ("luma", &wanted.y, &decoded.y, wanted.width),
            ("Cb", &wanted.u, &decoded.u, wanted.width / 2),
            ("Cr", &wanted.v, &decoded.v, wanted.width / 2),
        ] {
            let width = width as usize;
            let first = wanted.iter().zip(decoded).position(|(a, b)| a != b);
            if let Some(at) = first {
                panic!("{what}: {decoder} differs in picture {n}, {name} at {}, {}", at % width, at / width);
            }
        }
    }
}

/// Returns the pictures that ffmpeg sees, or `None` without ffmpeg; a complaint of its is a failure.
fn run_ffmpeg(path: &Path) -> Option<Vec<u8>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-threads", "1", "-f", "h264", "-i"]).arg(path);
    command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("without ffmpeg: {error}");
            return None;
        }
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    Some(output.stdout)
}

pub(crate) fn encoder(width: u32, height: u32, qp: u8) -> RegionEncoder {
    let params = RegionParams { width, height, fps: 30, qp, parameter_set_id: 3 };
    RegionEncoder::new(&params).expect("good parameters")
}

/// Rolls a rectangle that may touch or cross any edge.
pub(crate) fn any_rect(dice: &mut Dice, width: u32, height: u32) -> PixelRect {
    let side = |dice: &mut Dice, limit: u32| match dice.below(4) {
        0 => 1,
        1 => 1 + dice.below(40),
        _ => 1 + dice.below(limit),
    };
    let (x, y) = (dice.below(width), dice.below(height));
    PixelRect { x, y, width: side(dice, width / 2), height: side(dice, height / 2) }
}

/// Encodes `n_pictures` of rolled content in rolled rectangles and checks them.
pub(crate) fn roll(seed: u64, (width, height): (u32, u32), qp: u8, n_pictures: usize, n_rects_max: u32) {
    let mut dice = Dice::new(seed);
    let mut encoder = encoder(width, height, qp);
    let mut stream = Stream::new(&encoder);
    let mut planes = I420::new(width, height);
    let whole = PixelRect { x: 0, y: 0, width, height };
    for n in 0..n_pictures {
        let action = if n == 0 { 0 } else { dice.below(16) };
        let unit = match action {
            0 => {
                let content = CONTENTS[dice.below(CONTENTS.len() as u32) as usize];
                draw(&mut planes, &whole, content, &mut dice);
                encoder.encode_idr(&I420Ref::try_from(&planes).expect("whole"))
            }
            1 => encoder.encode_skip(),
            _ => {
                let rects: Vec<PixelRect> =
                    (0..=dice.below(n_rects_max)).map(|_| any_rect(&mut dice, width, height)).collect();
                for rect in &rects {
                    let content = CONTENTS[dice.below(CONTENTS.len() as u32) as usize];
                    draw(&mut planes, rect, content, &mut dice);
                }
                encoder.encode_delta(&I420Ref::try_from(&planes).expect("whole"), &rects)
            }
        };
        stream.push(&unit.expect("encodes"), &encoder);
    }
    stream.check(&format!("seed {seed}, {width}×{height}, qp {qp}"));
}

#[test]
fn any_content_is_decoded_as_the_encoder_says() {
    for (n, qp) in [10, 16, 22, 26, 30, 37, 45].into_iter().enumerate() {
        roll(n as u64, (160, 144), qp, 24, 3);
    }
}

#[test]
fn odd_sizes_are_cropped() {
    for (n, size) in [(130, 158), (128, 128), (142, 130), (256, 146)].into_iter().enumerate() {
        roll(100 + n as u64, size, 26, 16, 3);
    }
}

#[test]
fn many_rectangles_over_a_long_run_do_not_drift() {
    roll(7, (192, 160), 28, 300, 12);
}

#[test]
fn what_lies_beside_motion_does_not_wear_out() {
    let (width, height) = (160, 128);
    let mut dice = Dice::new(1);
    let mut encoder = encoder(width, height, 30);
    let mut stream = Stream::new(&encoder);
    let mut planes = I420::new(width, height);
    draw(&mut planes, &PixelRect { x: 0, y: 0, width, height }, Content::Gradient, &mut dice);
    let unit = encoder.encode_idr(&I420Ref::try_from(&planes).expect("whole")).expect("encodes");
    stream.push(&unit, &encoder);
    let far = |encoder: &RegionEncoder, planes: &I420| {
        // Left of the moving macroblocks, where the filter reaches.
        let shown = encoder.reconstruction();
        let rows = (48..80).flat_map(|y| (61..64).map(move |x| y * 160 + x));
        rows.map(|at| u32::from(shown.y[at].abs_diff(planes.y[at]))).sum::<u32>()
    };
    let before = far(&encoder, &planes);
    let rect = PixelRect { x: 64, y: 48, width: 32, height: 32 };
    for _ in 0..200 {
        draw(&mut planes, &rect, Content::Flat, &mut dice);
        let unit = encoder.encode_delta(&I420Ref::try_from(&planes).expect("whole"), &[rect]).expect("encodes");
        stream.push(&unit, &encoder);
    }
    let after = far(&encoder, &planes);
    assert!(after < before + 3 * 96, "{before} became {after}");
    stream.check("wear");
}

#[test]
fn pictures_that_stay_and_generous_rectangles_cost_little() {
    let (width, height) = (640, 368);
    let mut dice = Dice::new(2);
    let mut encoder = encoder(width, height, 26);
    let mut planes = I420::new(width, height);
    let whole = PixelRect { x: 0, y: 0, width, height };
    draw(&mut planes, &whole, Content::Text, &mut dice);
    encoder.encode_idr(&I420Ref::try_from(&planes).expect("whole")).expect("encodes");
    assert!(encoder.encode_skip().expect("encodes").len() < 16);
    assert_eq!(encoder.last_cost().damaged_macroblocks, 0);
    let small = PixelRect { x: 320, y: 160, width: 32, height: 32 };
    draw(&mut planes, &small, Content::Flat, &mut dice);
    let unit = encoder.encode_delta(&I420Ref::try_from(&planes).expect("whole"), &[whole]).expect("encodes");
    let cost = encoder.last_cost();
    assert_eq!((cost.damaged_macroblocks, cost.changed_macroblocks), (40 * 23, 4));
    assert_eq!(cost.bits, (unit.len() as u64 - 4) * 8);
    assert!(unit.len() < 200, "{} bytes", unit.len());
}

#[test]
fn one_stream_may_change_between_parameter_sets() {
    let planes = I420::new(128, 128);
    let picture = I420Ref::try_from(&planes).expect("whole");
    for id in [0, 1, 31] {
        let params = RegionParams { width: 128, height: 128, fps: 25, qp: 26, parameter_set_id: id };
        let mut encoder = RegionEncoder::new(&params).expect("good parameters");
        let mut stream = Stream::new(&encoder);
        let mut units = Vec::new();
        for _ in 0..3 {
            units.push(encoder.encode_idr(&picture).expect("encodes"));
            stream.push(units.last().expect("one"), &encoder);
        }
        assert_ne!(units[0], units[1], "neighboring IDR pictures differ in `idr_pic_id`");
        assert_eq!(units[0], units[2]);
        stream.check("parameter sets");
    }
}

#[test]
fn the_stream_says_what_it_is() {
    let encoder = encoder(1920, 1080, 26);
    let mut stream = Stream::new(&encoder);
    let mut encoder = encoder;
    let planes = I420::new(1920, 1080);
    let unit = encoder.encode_idr(&I420Ref::try_from(&planes).expect("whole")).expect("encodes");
    stream.push(&unit, &encoder);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stream.h264");
    std::fs::write(&path, stream.annex_b.concat()).expect("is written");
    let fields = "stream=profile,width,height,level,color_range,color_space,color_transfer,color_primaries,has_b_frames,r_frame_rate";
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "default=nw=1", "-show_entries", fields]).arg(&path);
    let Ok(output) = command.output() else {
        return eprintln!("without ffprobe");
    };
    let said = String::from_utf8_lossy(&output.stdout);
    for wanted in [
        "profile=Constrained Baseline",
        "width=1920",
        "height=1080",
        "level=40",
        "color_range=tv",
        "color_space=bt709",
        "color_transfer=bt709",
        "color_primaries=bt709",
        "has_b_frames=0",
        "r_frame_rate=30/1",
    ] {
        assert!(said.lines().any(|line| line == wanted), "no {wanted} in\n{said}");
    }
}

#[test]
fn wrong_parameters_and_pictures_are_refused() {
    let good = RegionParams { width: 128, height: 4096, fps: 30, qp: 10, parameter_set_id: 31 };
    assert!(RegionEncoder::new(&good).is_ok());
    for params in [
        RegionParams { width: 126, ..good },
        RegionParams { width: 129, ..good },
        RegionParams { height: 4098, ..good },
        RegionParams { height: 0, ..good },
        RegionParams { qp: 9, ..good },
        RegionParams { qp: 52, ..good },
        RegionParams { fps: 0, ..good },
        RegionParams { fps: 241, ..good },
        RegionParams { parameter_set_id: 32, ..good },
    ] {
        let error = RegionEncoder::new(&params).expect_err("out of range");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{params:?}");
    }
    let planes = I420::new(128, 130);
    let picture = I420Ref::try_from(&planes).expect("whole");
    let mut encoder = encoder(128, 128, 26);
    assert_eq!(encoder.encode_idr(&picture).expect_err("too high").kind(), ErrorKind::Malformed);
    assert_eq!(encoder.encode_skip().expect_err("nothing before it").kind(), ErrorKind::Internal);
    let (y, u) = (&planes.y[..], &planes.u[..]);
    assert!(I420Ref::new(128, 128, [y, u, u], [128, 64]).is_ok());
    for (width, height, strides) in [
        (0, 128, [128, 64]),
        (127, 128, [128, 64]),
        (128, 128, [126, 64]),
        (128, 132, [128, 64]),
        (2, 4, [usize::MAX; 2]),
    ] {
        assert!(I420Ref::new(width, height, [y, u, u], strides).is_err(), "{width}×{height}");
    }
}
