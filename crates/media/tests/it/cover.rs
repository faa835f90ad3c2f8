//! Composed and drawn covers, and their H.264, judged by another decoder.

use media::cover::{Canvas, CoverFrame, DrawnCover};
use media::h264::{STILL_QP, StillVideo, encode_still};
use media::picture::Picture;
use media::{ErrorKind, thumbnail};
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;

pub(crate) fn art(width: u32, height: u32) -> Picture {
    let mut rgba = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let shade = (x * 255 / width) as u8;
            rgba.extend_from_slice(&[shade, (y * 255 / height) as u8, 255 - shade, 255]);
        }
    }
    Picture::from_rgba(width, height, rgba).expect("the length fits")
}

fn pixel(frame: &CoverFrame, x: u32, y: u32) -> [u8; 3] {
    let at = (y * frame.width() + x) as usize * 3;
    [frame.rgb()[at], frame.rgb()[at + 1], frame.rgb()[at + 2]]
}

#[test]
fn canvas_sizes_are_checked() {
    assert!(Canvas::new(128, 4096).is_ok());
    assert!(Canvas::new(126, 200).is_err());
    assert!(Canvas::new(129, 200).is_err());
    let error = Canvas::new(4098, 200).expect_err("too wide");
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn art_of_any_shape_fits_any_canvas() {
    for (width, height) in [(1, 1), (3, 900), (900, 3), (64, 36), (300, 300)] {
        for (canvas_width, canvas_height) in [(128, 128), (640, 360), (360, 640)] {
            let canvas = Canvas::new(canvas_width, canvas_height).expect("valid");
            let frame = CoverFrame::from_art(art(width, height), canvas).expect("composes");
            assert_eq!(frame.rgb().len(), (canvas_width * canvas_height * 3) as usize);
        }
    }
}

#[test]
fn square_art_fills_a_square_canvas() {
    let canvas = Canvas::new(256, 256).expect("valid");
    let frame = CoverFrame::from_art(art(256, 256), canvas).expect("composes");
    assert_eq!(pixel(&frame, 0, 0), [0, 0, 255]);
    assert_eq!(pixel(&frame, 255, 255), [254, 254, 1]);
}

#[test]
fn transparent_art_shows_the_backdrop() {
    let mut rgba = [255, 0, 0, 255].repeat(64 * 64);
    rgba[(32 * 64 + 32) * 4..][..4].copy_from_slice(&[0, 255, 0, 0]);
    let logo = Picture::from_rgba(64, 64, rgba).expect("the length fits");
    let frame = CoverFrame::from_art(logo, Canvas::default()).expect("composes");
    let middle = pixel(&frame, 967, 547);
    assert!(middle[1] < 40, "the hidden green must not show: {middle:?}");
}

#[test]
fn drawn_covers_depend_on_their_texts_only() {
    let canvas = Canvas::new(640, 360).expect("valid");
    let waveform = [0.1, 0.9, 0.4];
    let cover = DrawnCover { title: "A", artist: "B", album: "", waveform: &waveform };
    let draw = |cover: &DrawnCover<'_>| CoverFrame::draw(cover, canvas).expect("draws");
    assert_eq!(draw(&cover), draw(&cover));
    assert_ne!(draw(&cover), draw(&DrawnCover { title: "C", ..cover }));
}

#[test]
fn hostile_texts_are_drawn() {
    let canvas = Canvas::new(128, 128).expect("valid");
    let long = "word ".repeat(5000);
    let marks = "a\u{301}".repeat(400);
    for title in ["", "\u{0}\u{202e}\u{200d}", "\u{fffd}\u{10ffff}", &long, &marks, "👩‍👩‍👧‍👦", "夜に駆ける"]
    {
        let cover = DrawnCover { title, artist: title, album: title, waveform: &[f32::NAN] };
        CoverFrame::draw(&cover, canvas).expect("draws");
    }
}

#[test]
fn thumbnails_are_bounded_and_never_enlarged() {
    let frame = CoverFrame::from_art(art(50, 50), Canvas::default()).expect("composes");
    let size = |jpeg: &[u8]| {
        let picture = Picture::decode(jpeg, &media::picture::PictureLimits::default(), None);
        let picture = picture.expect("our own JPEG");
        (picture.width(), picture.height())
    };
    assert_eq!(size(&thumbnail::frame_jpeg(&frame, 640).expect("encodes")), (640, 360));
    assert_eq!(size(&thumbnail::art_jpeg(&art(50, 40), 640).expect("encodes")), (50, 40));
    assert_eq!(size(&thumbnail::art_jpeg(&art(1, 900), 10).expect("encodes")), (1, 10));
}

fn annex_b(video: &StillVideo, sample: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    for nal in [&video.sps[..], &video.pps[..], &video.samples[sample][4..]] {
        stream.extend_from_slice(&[0, 0, 0, 1]);
        stream.extend_from_slice(nal);
    }
    stream
}

fn luma_psnr(frame: &CoverFrame, decoded: &impl YUVSource) -> f64 {
    let (width, stride) = (frame.width() as usize, decoded.strides().0);
    let mut sum = 0.0;
    for (idx, rgb) in frame.rgb().chunks_exact(3).enumerate() {
        let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(f64::from);
        let wanted = 16.0 + (0.2126 * r + 0.7152 * g + 0.0722 * b) * 219.0 / 255.0;
        let got = f64::from(decoded.y()[idx / width * stride + idx % width]);
        sum += (wanted - got) * (wanted - got);
    }
    let mean = sum / (frame.rgb().len() / 3) as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

#[test]
fn both_idrs_decode_to_the_frame() {
    for (width, height) in [(1920, 1080), (128, 128), (130, 254)] {
        let canvas = Canvas::new(width, height).expect("valid");
        let frame = CoverFrame::from_art(art(300, 200), canvas).expect("composes");
        let video = encode_still(&frame, STILL_QP).expect("encodes");
        assert_eq!(video.sps[1], 100, "High profile");
        assert_ne!(video.samples[0], video.samples[1]);
        let mut decoder = Decoder::new().expect("creates");
        for sample in [0, 1, 0, 1] {
            let decoded = decoder.decode(&annex_b(&video, sample)).expect("decodes");
            let decoded = decoded.expect("a picture");
            assert_eq!(decoded.dimensions(), (width as usize, height as usize));
            let psnr = luma_psnr(&frame, &decoded);
            assert!(psnr > 42.0, "{width}x{height} sample {sample}: {psnr} dB");
        }
    }
}
