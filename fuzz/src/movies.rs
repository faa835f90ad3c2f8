//! Good videos and pictures that move, to begin with: as small as they can be.

use std::ops::ControlFlow;

use media::I420;
use media::h264::FullMotionEncoder;
use media::mov::{PngMovie, PngMovieOptions};
use media::mp4::{Mp4Options, Mp4Tags, SampleSource, VideoSample, VideoTrackSpec, write_movie};
use media::picture::{GifOptions, GifWriter, Picture};

/// Pixels per row and rows of all of them.
const SIDE: u32 = 32;
const N_FRAMES: u8 = 6;

/// A frame of RGBA in which a bar moves.
fn frame(idx: u8) -> Vec<u8> {
    let is_bar = |at: u32| at % SIDE / 6 == u32::from(idx);
    (0..SIDE * SIDE).flat_map(|at| if is_bar(at) { [200, 90, 10, 255] } else { [10, 20, at as u8, 255] }).collect()
}

/// Encodes frames as they are asked for.
struct Bars {
    spec: VideoTrackSpec,
    encoder: FullMotionEncoder,
    idx: u8,
}

impl SampleSource for Bars {
    fn spec(&self) -> &VideoTrackSpec {
        &self.spec
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> media::Result<bool> {
        if self.idx == N_FRAMES {
            return Ok(false);
        }
        let mut planes = I420::new(SIDE, SIDE);
        planes.fill_from_rgba(&frame(self.idx));
        *sample = VideoSample { data: self.encoder.encode(&planes)?, is_sync: self.idx == 0, n_frames: 1 };
        self.idx += 1;
        Ok(true)
    }
}

/// H.264 in MP4, and PNG in QuickTime.
///
/// # Panics
///
/// When there is no room for temporary files.
#[must_use]
pub fn videos() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mp4, mov) = (folder.path().join("a.mp4"), folder.path().join("a.mov"));
    let encoder = FullMotionEncoder::new(SIDE, SIDE, 25, 30).expect("a size that fits");
    let sets = encoder.parameter_sets().clone();
    let spec = VideoTrackSpec { width: SIDE, height: SIDE, fps: 25, sets, samples_estimate: Some(6) };
    let mut go_on = |_| ControlFlow::Continue(());
    let mut bars = Bars { spec, encoder, idx: 0 };
    write_movie(&mp4, &mut bars, None, &Mp4Tags::default(), &Mp4Options::default(), &mut go_on).expect("a movie");
    let options = PngMovieOptions { width: SIDE, height: SIDE, fps: 25, frames_estimate: 6 };
    let mut movie = PngMovie::create(&mov, options, None).expect("a file");
    for idx in 0..N_FRAMES {
        movie.push(&frame(idx), 1).expect("a frame");
    }
    movie.finish().expect("a movie");
    [mp4, mov].iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

/// GIFs with and without holes, and a PNG.
///
/// # Panics
///
/// Never: all of them are in memory.
#[must_use]
pub fn animations() -> Vec<Vec<u8>> {
    let gif = |has_alpha| {
        let options = GifOptions { width: SIDE, height: SIDE, has_alpha };
        let mut writer = GifWriter::new(Vec::new(), options).expect("a size that fits");
        for idx in 0..N_FRAMES {
            writer.push(&frame(idx), 40).expect("a frame");
        }
        writer.finish().expect("frames")
    };
    let png = Picture::from_rgba(SIDE, SIDE, frame(1)).and_then(|picture| picture.to_png()).expect("a picture");
    vec![gif(false), gif(true), png]
}
