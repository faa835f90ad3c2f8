//! Encodes clips and adds up what that took.

use std::time::Instant;

use media::h264::region::{I420Ref, RegionEncoder, RegionParams};
use media::{I420, PixelRect};

use crate::Result;
use crate::clips::{self, Clip};
use crate::peer::{self, Peer};

/// Pictures per second.
pub(crate) const FPS: u32 = 30;

/// What a clip took.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) idr_ms: f64,
    pub(crate) idr_bytes: usize,
    pub(crate) delta_ms: f64,
    pub(crate) delta_bytes: usize,
    pub(crate) squared_error: f64,
    pub(crate) n_deltas: usize,
}

impl Figures {
    /// Returns the bits per second of the pictures after the first, in thousands.
    pub(crate) fn kbps(&self) -> f64 {
        self.delta_bytes as f64 * 8.0 * f64::from(FPS) / self.n_deltas as f64 / 1000.0
    }

    /// Returns the luma PSNR inside the clip's rectangle, in dB.
    pub(crate) fn psnr(&self, clip: &Clip) -> f64 {
        let n_pixels = f64::from(clip.rect.width * clip.rect.height) * self.n_deltas as f64;
        10.0 * (255.0 * 255.0 * n_pixels / self.squared_error).log10()
    }

    /// Returns the milliseconds of a picture after the first.
    pub(crate) fn ms(&self) -> f64 {
        self.delta_ms / self.n_deltas as f64
    }
}

/// Encodes with our own encoder.
pub(crate) fn measure_own(clip: &Clip, n_pictures: usize, qp: u8) -> Result<Figures> {
    let (width, height) = (clips::WIDTH as u32, clips::HEIGHT as u32);
    let mut encoder = RegionEncoder::new(&RegionParams { width, height, fps: FPS, qp, parameter_set_id: 1 })?;
    let mut figures = Figures::default();
    let mut planes = I420::new(width, height);
    for n in 0..n_pictures {
        let is_first = n == 0;
        (clip.draw)(&mut planes, &clip.rect, n, is_first);
        let picture = I420Ref::try_from(&planes)?;
        let start = cpu_ms();
        let unit = if is_first {
            encoder.encode_idr(&picture)?
        } else if clip.is_still {
            encoder.encode_skip()?
        } else {
            encoder.encode_delta(&picture, &[clip.rect])?
        };
        note(&mut figures, is_first, cpu_ms() - start, unit.len());
        if !is_first {
            figures.squared_error += squared_error(&planes, &encoder.reconstruction(), &clip.rect);
        }
    }
    Ok(figures)
}

/// Encodes with openh264.
pub(crate) fn measure_peer(clip: &Clip, n_pictures: usize, qp: u8) -> Result<Figures> {
    let mut encoder = Peer::new(clips::WIDTH, clips::HEIGHT, FPS as f32, i32::from(qp))?;
    let mut decoder = openh264::decoder::Decoder::new()?;
    let mut figures = Figures::default();
    let mut planes = I420::new(clips::WIDTH as u32, clips::HEIGHT as u32);
    for n in 0..n_pictures {
        (clip.draw)(&mut planes, &clip.rect, n, n == 0);
        let start = cpu_ms();
        let unit = encoder.encode(&planes)?;
        note(&mut figures, n == 0, cpu_ms() - start, unit.len());
        let shown = peer::decode(&mut decoder, &unit)?;
        if n > 0 {
            figures.squared_error += squared_error(&planes, &shown, &clip.rect);
        }
    }
    Ok(figures)
}

fn note(figures: &mut Figures, is_first: bool, ms: f64, bytes: usize) {
    if is_first {
        (figures.idr_ms, figures.idr_bytes) = (ms, bytes);
    } else {
        figures.delta_ms += ms;
        figures.delta_bytes += bytes;
        figures.n_deltas += 1;
    }
}

/// Returns the sum of squared luma differences inside `rect`.
fn squared_error(a: &I420, b: &I420, rect: &PixelRect) -> f64 {
    let mut sum = 0;
    for y in rect.y..rect.y + rect.height {
        let row = (y * a.width + rect.x) as usize..(y * a.width + rect.x + rect.width) as usize;
        let differences = a.y[row.clone()].iter().zip(&b.y[row]).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2));
        sum += differences.sum::<u64>();
    }
    sum as f64
}

/// Returns the milliseconds that this thread has computed, or where the system does not say, that have passed.
fn cpu_ms() -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat");
    let ran_ns = schedule.ok().and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    thread_local!(static START: Instant = Instant::now());
    ran_ns.map_or_else(|| START.with(|start| start.elapsed().as_secs_f64() * 1e3), |ns| ns / 1e6)
}
