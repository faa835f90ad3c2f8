//! How long pictures take on their way: `video_speed [VIDEO] [OUT]`. For measurements.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use media::h264::{FullMotionEncoder, MOTION_QP};
use media::mp4::{Mp4Options, Mp4Tags, SampleSource, VideoSample, VideoTrackSpec, write_movie};
use media::video::{VideoLimits, VideoReader};
use media::{I420, PixelRect};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
const N_PICTURES: usize = 90;

/// Returns the shortest time of many runs.
fn best(n_runs: usize, mut work: impl FnMut()) -> Duration {
    let times = (0..n_runs).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Stripes that wander, encoded as they are asked for.
struct Stripes {
    spec: VideoTrackSpec,
    encoder: FullMotionEncoder,
    picture: I420,
    n_made: usize,
}

impl Stripes {
    fn new() -> media::Result<Self> {
        let encoder = FullMotionEncoder::new(WIDTH, HEIGHT, 30, MOTION_QP)?;
        let sets = encoder.parameter_sets().clone();
        let spec =
            VideoTrackSpec { width: WIDTH, height: HEIGHT, fps: 30, sets, samples_estimate: Some(N_PICTURES as u64) };
        Ok(Self { spec, encoder, picture: I420::new(WIDTH, HEIGHT), n_made: 0 })
    }
}

impl SampleSource for Stripes {
    fn spec(&self) -> &VideoTrackSpec {
        &self.spec
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> media::Result<bool> {
        if self.n_made == N_PICTURES {
            return Ok(false);
        }
        for (at, y) in self.picture.y.iter_mut().enumerate() {
            *y = ((at % WIDTH as usize + at / WIDTH as usize + self.n_made * 4) / 12 % 200) as u8 + 20;
        }
        sample.is_sync = self.n_made == 0;
        sample.n_frames = 1;
        sample.data = self.encoder.encode(&self.picture)?;
        self.n_made += 1;
        Ok(true)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rgba: Vec<u8> = (0..WIDTH * HEIGHT * 4).map(|idx| (idx.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut planes = I420::new(WIDTH, HEIGHT);
    for (width, height) in [(WIDTH, HEIGHT), (800, 912), (400, 400)] {
        let rect = PixelRect { x: 301, y: 77, width, height };
        let rect = if width == WIDTH { PixelRect { x: 0, y: 0, ..rect } } else { rect };
        let time = best(50, || planes.update_from_rgba(&rgba, WIDTH as usize * 4, rect));
        println!("RGBA to I420, {width} x {height}: {time:?}");
    }
    println!("I420 to RGBA, {WIDTH} x {HEIGHT}: {:?}", best(20, || drop(planes.to_rgba())));
    let mut source = Stripes::new()?;
    for idx in 0..10 {
        let started = Instant::now();
        let mut sample = VideoSample::default();
        source.next_sample(&mut sample)?;
        println!("H.264, picture {idx}: {:?}, {} bytes", started.elapsed(), sample.data.len());
    }
    if let Some(out) = std::env::args().nth(2) {
        let (tags, options) = (Mp4Tags::default(), Mp4Options::default());
        let report = write_movie(Path::new(&out), &mut Stripes::new()?, None, &tags, &options, &mut |_| {
            ControlFlow::Continue(())
        });
        println!("{:?}", report?);
    }
    if let Some(path) = std::env::args().nth(1) {
        let mut reader = VideoReader::open(Path::new(&path), &VideoLimits::default())?;
        let probe = reader.probe().clone();
        let n_frames = (probe.duration_ms as f64 * probe.fps / 1000.0).round() as u64;
        let started = Instant::now();
        for idx in 0..n_frames {
            reader.frame_at((idx as f64 * 1000.0 / probe.fps) as u64 + 1)?;
        }
        println!("{probe:?}: {n_frames} pictures in {:?}", started.elapsed());
    }
    Ok(())
}
