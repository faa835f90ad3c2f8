//! Pictures of every kind, and hostile ones.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder};
use media::picture::{Picture, PictureLimits};
use media::{Error, ErrorKind, Result};

fn decode(bytes: &[u8]) -> Result<Picture> {
    Picture::decode(bytes, &PictureLimits::default(), None)
}

/// Sixteen colors, which a GIF palette holds exactly.
fn sample() -> RgbaImage {
    RgbaImage::from_fn(60, 40, |x, y| Rgba([x as u8 / 15 * 60, y as u8 / 10 * 60, 90, 255]))
}

fn encode(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(sample()).write_to(&mut bytes, format).expect("encodes");
    bytes.into_inner()
}

fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(&[255, 0, 0, 0, 0, 255][..]);
        encoder.set_trns(&[255, 0][..]);
    }
    let mut writer = encoder.write_header().expect("header");
    writer.write_image_data(data).expect("rows");
    writer.finish().expect("end");
    bytes
}

fn jpeg(data: &[u8], width: u16, height: u16, color: ColorType, is_progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    encoder.set_progressive(is_progressive);
    encoder.encode(data, width, height, color).expect("encodes");
    bytes
}

fn close(picture: &Picture, x: u32, y: u32, wanted: [u8; 3]) {
    let at = (y * picture.width() + x) as usize * 4;
    let got = &picture.rgba()[at..at + 3];
    let is_close = got.iter().zip(wanted).all(|(&a, b)| a.abs_diff(b) < 12);
    assert!(is_close, "{got:?} is not {wanted:?}");
}

#[test]
fn content_decides_on_the_format() {
    for format in [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff, ImageFormat::WebP] {
        let picture = decode(&encode(format)).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (60, 40), "{format:?}");
        close(&picture, 30, 20, [120, 120, 90]);
    }
    assert_eq!(decode(b"not a picture").expect_err("text").kind(), ErrorKind::Unsupported);
    assert_eq!(decode(b"").expect_err("empty").kind(), ErrorKind::Unsupported);
}

#[test]
fn pngs_of_every_depth_decode() {
    use png::{BitDepth, ColorType};
    let deep = png(1, 1, ColorType::Rgba, BitDepth::Sixteen, &[255, 0, 128, 0, 0, 0, 255, 255]);
    assert_eq!(decode(&deep).expect("16 bits").rgba(), [255, 128, 0, 255]);
    let gray = png(1, 1, ColorType::GrayscaleAlpha, BitDepth::Eight, &[70, 9]);
    assert_eq!(decode(&gray).expect("gray").rgba(), [70, 70, 70, 9]);
    let palette = png(2, 1, ColorType::Indexed, BitDepth::One, &[0b0100_0000]);
    assert_eq!(decode(&palette).expect("palette").rgba(), [255, 0, 0, 255, 0, 0, 255, 0]);
}

#[test]
fn jpegs_of_every_kind_decode() {
    let rgb: Vec<u8> = [200, 40, 90].repeat(32 * 16);
    for is_progressive in [false, true] {
        let picture = decode(&jpeg(&rgb, 32, 16, ColorType::Rgb, is_progressive)).expect("decodes");
        close(&picture, 9, 9, [200, 40, 90]);
    }
    let gray = decode(&jpeg(&[77; 64], 8, 8, ColorType::Luma, false)).expect("gray");
    close(&gray, 3, 3, [77; 3]);
    // Cyan ink at full, black at a fifth; the encoder inverts as Adobe does.
    let cmyk: Vec<u8> = [255, 0, 0, 51].repeat(16 * 16);
    for color in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let picture = decode(&jpeg(&cmyk, 16, 16, color, false)).expect("four inks");
        close(&picture, 8, 8, [0, 204, 204]);
    }
}

#[test]
fn exif_orientation_turns_the_picture() {
    let mut rgb = [255, 0, 0].repeat(32 * 16);
    rgb[..32 * 8 * 3].copy_from_slice(&[0, 0, 255].repeat(32 * 8));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_exif_metadata(exif).expect("fits");
    encoder.encode(&rgb, 32, 16, ColorType::Rgb).expect("encodes");
    let picture = decode(&bytes).expect("decodes");
    assert_eq!((picture.width(), picture.height()), (16, 32));
    close(&picture, 13, 9, [0, 0, 255]);
    close(&picture, 2, 9, [255, 0, 0]);
}

#[test]
fn large_pictures_are_reduced_while_decoding() {
    let rgb: Vec<u8> = [10, 200, 30].repeat(1200 * 900);
    let limits = PictureLimits::default();
    let sources =
        [jpeg(&rgb, 1200, 900, ColorType::Rgb, false), png(1200, 900, png::ColorType::Rgb, png::BitDepth::Eight, &rgb)];
    for bytes in sources {
        let picture = Picture::decode(&bytes, &limits, Some(300)).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (300, 225));
        close(&picture, 100, 100, [10, 200, 30]);
    }
}

#[test]
fn sizes_are_refused_from_the_header() {
    let mut bomb = png(1, 1, png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3]);
    bomb[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&20_000_u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut large_jpeg = jpeg(&[0; 192], 8, 8, ColorType::Rgb, false);
    let frame = large_jpeg.windows(2).position(|w| w == [0xff, 0xc0]).expect("SOF0");
    large_jpeg[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    let mut gif = encode(ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x20, 0x4e, 0x20, 0x4e]);
    for bytes in [bomb, large_jpeg, gif] {
        let started = std::time::Instant::now();
        let error = decode(&bytes).expect_err("too large");
        assert!(matches!(error, Error::Limit { actual: 20_000, .. }), "{error}");
        assert!(started.elapsed().as_millis() < 100);
    }
}

#[test]
fn limits_hold_at_the_edge_and_one_past_it() {
    let bytes = encode(ImageFormat::Bmp);
    let limits = |side_max, pixels_max| PictureLimits { side_max, pixels_max, ..PictureLimits::default() };
    assert!(Picture::decode(&bytes, &limits(60, 2400), None).is_ok());
    for limits in [limits(59, 2400), limits(60, 2399)] {
        let error = Picture::decode(&bytes, &limits, None).expect_err("one too many");
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}

#[test]
fn one_pixel_is_a_picture() {
    let bytes = png(1, 1, png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3]);
    assert_eq!(decode(&bytes).expect("decodes").rgba(), [1, 2, 3, 255]);
}

#[test]
fn truncated_and_flipped_bytes_never_panic() {
    let rgb: Vec<u8> = (0..48 * 32 * 3).map(|idx| (idx * 31 % 256) as u8).collect();
    let mut sources = vec![
        jpeg(&rgb, 48, 32, ColorType::Rgb, false),
        jpeg(&rgb, 48, 32, ColorType::Rgb, true),
        jpeg(&rgb[..48 * 24 * 4], 48, 24, ColorType::CmykAsYcck, false),
        png(48, 32, png::ColorType::Rgb, png::BitDepth::Eight, &rgb),
    ];
    for format in [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff, ImageFormat::WebP] {
        sources.push(encode(format));
    }
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    let limits = PictureLimits { pixels_max: 1 << 20, ..PictureLimits::default() };
    for source in sources {
        for len in (0..source.len()).step_by(1 + source.len() / 150) {
            let _ = Picture::decode(&source[..len], &limits, Some(20));
        }
        for _ in 0..300 {
            let mut broken = source.clone();
            for _ in 0..1 + random(4) {
                let at = random(broken.len());
                broken[at] ^= 1 << random(8);
            }
            let _ = Picture::decode(&broken, &limits, Some(20));
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}
