//! Reference pictures: committed PNGs, one property each, that what is drawn is compared with.
//!
//! `PHONOSCOPE_UPDATE_PICTURES=1 cargo test --workspace` accepts what is drawn. Where a picture differs, it, the reference and the difference
//! lie side by side in `target/tmp/pictures`. The vector units of machines round a little differently: each channel has a tolerance.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use png::ColorType;

/// A picture to compare: RGBA, row by row.
pub(crate) struct Drawn<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: &'a [u8],
}

/// Asserts that a picture is the committed one of this name, each channel to within `tolerance`.
pub(crate) fn assert_reference(name: &str, drawn: &Drawn<'_>, tolerance: u8) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(format!("{name}.png"));
    if std::env::var_os("PHONOSCOPE_UPDATE_PICTURES").is_some() {
        write(&path, drawn);
        return;
    }
    let (width, height, expected) = read(&path);
    assert_eq!((width, height), (drawn.width, drawn.height), "{name}");
    let n_off = drawn.pixels.iter().zip(&expected).filter(|(a, b)| a.abs_diff(**b) > tolerance).count();
    if n_off > 0 {
        let path = lay_out(name, drawn, &expected);
        panic!("`{name}`: {n_off} bytes are off by more than {tolerance}; see {}", path.display());
    }
}

/// Leaves the picture, the reference and their difference side by side.
fn lay_out(name: &str, drawn: &Drawn<'_>, expected: &[u8]) -> PathBuf {
    let difference: Vec<u8> = drawn
        .pixels
        .chunks_exact(4)
        .zip(expected.chunks_exact(4))
        .flat_map(|(a, b)| {
            let channel = |idx: usize| 255 - a[idx].abs_diff(b[idx]).max(a[3].abs_diff(b[3])).saturating_mul(8);
            [channel(0), channel(1), channel(2), 255]
        })
        .collect();
    let pitch = drawn.width as usize * 4;
    let rows = drawn.pixels.chunks_exact(pitch).zip(expected.chunks_exact(pitch)).zip(difference.chunks_exact(pitch));
    let pixels: Vec<u8> = rows.flat_map(|((a, b), c)| [a, b, c].concat()).collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(format!("{name}.png"));
    write(&path, &Drawn { width: drawn.width * 3, height: drawn.height, pixels: &pixels });
    path
}

fn write(path: &Path, drawn: &Drawn<'_>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), drawn.width, drawn.height);
    encoder.set_compression(png::Compression::High);
    let is_opaque = drawn.pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
    let rgb: Vec<u8>;
    let (color, data) = if is_opaque {
        rgb = drawn.pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        (ColorType::Rgb, rgb.as_slice())
    } else {
        (ColorType::Rgba, drawn.pixels)
    };
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
}

/// Returns width, height and RGBA of a PNG with 8 bits a channel.
fn read(path: &Path) -> (u32, u32, Vec<u8>) {
    let file = File::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}; set PHONOSCOPE_UPDATE_PICTURES to make it", path.display()));
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    if info.color_type == ColorType::Rgb {
        pixels = pixels.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    }
    (info.width, info.height, pixels)
}
