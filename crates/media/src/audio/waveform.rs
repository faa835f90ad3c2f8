//! The outline of a file's loudness, for drawings.

use std::path::Path;

use super::decode::Decoder;
use super::decode::{DecodeOptions, Native, scale};
use super::source::Head;
use crate::{Error, ErrorKind, Result};

/// Most points of an outline.
const POINTS_MAX: usize = 100_000;
/// Packets decoded at the start of every point of a long file, the first of them only to warm the decoder up.
const PACKETS_PER_POINT: u64 = 4;

/// Returns `n_points` values in `0.0..=1.0`: the mean of peak and RMS over equal stretches of `path`, 1.0 the loudest.
///
/// Long files are sampled: of every stretch only the first few packets are decoded, so the cost depends on
/// `n_points` more than on the duration. Errors as [`Decoder::open`] does, and with [`Error::Limit`] for more than
/// 100 000 points.
pub fn waveform(path: &Path, n_points: usize) -> Result<Vec<f32>> {
    if n_points > POINTS_MAX {
        return Err(Error::Limit {
            what: "number of outline points",
            actual: n_points as u64,
            limit: POINTS_MAX as u64,
        });
    }
    let options = DecodeOptions::default();
    // Checks the limits and gives the errors a person understands; also the length, where it must be estimated.
    let mut decoder = Decoder::open(path, &options)?;
    let rate = decoder.spec().sample_rate;
    let channels = usize::from(decoder.spec().channels);
    let head = Head::read(path)?;
    let expected = decoder.frames_expected().filter(|&frames| frames > 0);
    let native = match Native::open(path, &head) {
        Ok(native) => Some(native),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => return Err(error),
    };
    let mut outline = match (native, expected) {
        (Some(mut native), Some(frames)) => sparse(&mut native, frames, rate, channels, n_points)?,
        _ => dense(&mut decoder, channels, n_points)?,
    };
    let loudest = outline.iter().copied().fold(0.0, f32::max);
    if loudest > 0.0 {
        outline.iter_mut().for_each(|value| *value = (*value / loudest).min(1.0));
    }
    Ok(outline)
}

#[derive(Debug, Clone, Copy, Default)]
struct Level {
    peak: f32,
    square_sum: f64,
    n_samples: u64,
}

impl Level {
    fn add(&mut self, samples: &[f32]) {
        let (peak, square_sum) = samples
            .iter()
            .fold((self.peak, 0.0), |(peak, sum), &sample| (sample.abs().max(peak), sum + sample * sample));
        self.peak = peak;
        self.square_sum += f64::from(square_sum);
        self.n_samples += samples.len() as u64;
    }

    fn value(self) -> f32 {
        if self.n_samples == 0 {
            return 0.0;
        }
        let rms = (self.square_sum / self.n_samples as f64).sqrt() as f32;
        f32::midpoint(self.peak.min(1.0), rms)
    }
}

fn sparse(native: &mut Native, frames: u64, rate: u32, channels: usize, n_points: usize) -> Result<Vec<f32>> {
    let ticks_rate = native.demuxer.ticks_per_s.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let mut levels = vec![Level::default(); n_points];
    let (mut at, mut point_before, mut n_in_point) = (0_u64, usize::MAX, 0_u64);
    let mut block = Vec::new();
    while let Some(packet) = native.demuxer.next_packet()? {
        let length = scale(packet.block_dur().get(), rate, ticks_rate);
        let point = point_of(at, frames, n_points);
        n_in_point = if point == point_before { n_in_point + 1 } else { 0 };
        point_before = point;
        at += length;
        // A packet of unknown length gives no place to skip to.
        if length > 0 && n_in_point >= PACKETS_PER_POINT {
            continue;
        }
        if native.decode(&packet, &mut block)? {
            let is_warming_up = n_in_point == 0 && point > 0 && length > 0;
            let (Some(level), false) =
                (levels.get_mut(point), is_warming_up && length * 2 < frames / n_points.max(1) as u64)
            else {
                continue;
            };
            level.add(&block);
            if length == 0 {
                at += (block.len() / channels.max(1)) as u64;
            }
        }
    }
    Ok(levels.into_iter().map(Level::value).collect())
}

fn point_of(at: u64, frames: u64, n_points: usize) -> usize {
    let point = u128::from(at) * n_points as u128 / u128::from(frames.max(1));
    usize::try_from(point).unwrap_or(usize::MAX).min(n_points.saturating_sub(1))
}

/// Without a known length: fine levels of 4096 audio frames, folded in pairs whenever they get too many.
fn dense(decoder: &mut Decoder, channels: usize, n_points: usize) -> Result<Vec<f32>> {
    let levels_max = (n_points * 4).max(64);
    let mut samples_per_level = 4096 * channels;
    let mut levels = vec![Level::default()];
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? > 0 {
        let mut rest = block.as_slice();
        while !rest.is_empty() {
            let last = levels.len() - 1;
            let room = samples_per_level.saturating_sub(levels[last].n_samples as usize);
            let (now, later) = rest.split_at(room.min(rest.len()));
            levels[last].add(now);
            rest = later;
            if room <= now.len() {
                levels.push(Level::default());
            }
            if levels.len() > levels_max {
                levels = levels.chunks(2).map(fold).collect();
                samples_per_level *= 2;
            }
        }
    }
    if levels.len() > 1 && levels.last().is_some_and(|level| level.n_samples == 0) {
        levels.pop();
    }
    let spread = |point: usize| {
        let from = point * levels.len() / n_points;
        let to = ((point + 1) * levels.len()).div_ceil(n_points).max(from + 1);
        fold(&levels[from..to.min(levels.len())]).value()
    };
    Ok((0..n_points).map(spread).collect())
}

fn fold(levels: &[Level]) -> Level {
    levels.iter().fold(Level::default(), |sum, level| Level {
        peak: sum.peak.max(level.peak),
        square_sum: sum.square_sum + level.square_sum,
        n_samples: sum.n_samples + level.n_samples,
    })
}
