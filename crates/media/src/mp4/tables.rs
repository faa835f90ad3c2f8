//! The sample tables (ISO/IEC 14496-12, 8.6 and 8.7) of every kind of track.

use super::boxes::{FullBox, put_u32, put_u64, write_full_box};
use crate::{Error, Result};

/// Sizes stored per block, so that growing never copies what is there.
const SIZES_PER_BLOCK: usize = 16 << 10;

/// One row of `stts` or `stsc`: how often, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    count: u32,
    value: u32,
}

/// Adds `count` times `value` to runs of equal values.
fn extend_runs(runs: &mut Vec<Run>, count: u32, value: u32) {
    if count == 0 {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.value == value => last.count += count,
        _ => runs.push(Run { count, value }),
    }
}

/// Samples (audio packets, pictures): sizes, durations, and chunks of neighbors.
#[derive(Debug)]
pub(super) struct SampleTable {
    size_blocks: Vec<Vec<u32>>,
    n_samples: u32,
    durations: Vec<Run>,
    chunk_offsets: Vec<u64>,
    /// Samples per chunk, chunks in order; the open chunk is not in it.
    chunk_samples: Vec<Run>,
    open_samples: u32,
    open_ticks: u64,
    open_bytes: u64,
    /// Where a sample must start to be in the open chunk.
    open_end: u64,
    chunk_ticks: u64,
    duration: u64,
    n_bytes: u64,
    chunk_bytes_max: u64,
    sample_bytes_max: u32,
    /// Numbers, from 1, of the samples where decoding can start, if not all are such.
    sync_samples: Option<Vec<u32>>,
}

impl SampleTable {
    /// Creates an empty table whose chunks end once they last `chunk_ticks`; all samples are sync samples.
    pub(super) fn new(chunk_ticks: u32) -> Self {
        Self {
            size_blocks: Vec::new(),
            n_samples: 0,
            durations: Vec::new(),
            chunk_offsets: Vec::new(),
            chunk_samples: Vec::new(),
            open_samples: 0,
            open_ticks: 0,
            open_bytes: 0,
            open_end: 0,
            chunk_ticks: u64::from(chunk_ticks),
            duration: 0,
            n_bytes: 0,
            chunk_bytes_max: 0,
            sample_bytes_max: 0,
            sync_samples: None,
        }
    }

    /// Creates an empty table in which only those samples are sync samples that [`Self::mark_sync`] is called for.
    pub(super) fn with_sync_samples(chunk_ticks: u32) -> Self {
        Self { sync_samples: Some(Vec::new()), ..Self::new(chunk_ticks) }
    }

    /// Adds a sample that stands at `offset`; returns whether it starts a chunk.
    ///
    /// A sample that does not follow the last one immediately starts a chunk, too.
    pub(super) fn push(&mut self, offset: u64, n_bytes: usize, ticks: u32) -> Result<bool> {
        let size = u32::try_from(n_bytes).map_err(|_| too_large("the size of a sample"))?;
        let is_full = self.open_ticks >= self.chunk_ticks;
        let starts_chunk = self.open_samples == 0 || is_full || offset != self.open_end;
        if starts_chunk {
            extend_runs(&mut self.chunk_samples, u32::from(self.open_samples > 0), self.open_samples);
            self.chunk_offsets.push(offset);
            self.open_samples = 0;
            self.open_ticks = 0;
            self.open_bytes = 0;
        }
        self.n_samples = self.n_samples.checked_add(1).ok_or_else(|| too_large("the number of samples"))?;
        match self.size_blocks.last_mut() {
            Some(block) if block.len() < SIZES_PER_BLOCK => block.push(size),
            _ => {
                let mut block = Vec::with_capacity(SIZES_PER_BLOCK);
                block.push(size);
                self.size_blocks.push(block);
            }
        }
        extend_runs(&mut self.durations, 1, ticks);
        self.open_samples += 1;
        self.open_ticks += u64::from(ticks);
        self.open_bytes += u64::from(size);
        self.open_end = offset + u64::from(size);
        self.duration += u64::from(ticks);
        self.n_bytes += u64::from(size);
        self.chunk_bytes_max = self.chunk_bytes_max.max(self.open_bytes);
        self.sample_bytes_max = self.sample_bytes_max.max(size);
        Ok(starts_chunk)
    }

    /// Notes that decoding can start at the last sample.
    pub(super) fn mark_sync(&mut self) {
        if let Some(numbers) = &mut self.sync_samples {
            numbers.push(self.n_samples);
        }
    }

    /// Returns the sum of all durations in ticks.
    pub(super) fn duration(&self) -> u64 {
        self.duration
    }

    pub(super) fn n_samples(&self) -> u64 {
        u64::from(self.n_samples)
    }

    /// Returns the duration of the first sample, which for sound is the most common one.
    pub(super) fn first_ticks(&self) -> u32 {
        self.durations.first().map_or(0, |run| run.value)
    }

    pub(super) fn sample_bytes_max(&self) -> u32 {
        self.sample_bytes_max
    }

    /// Returns average and largest bits per second; the largest is taken over one chunk.
    pub(super) fn bit_rates(&self, timescale: u32) -> (u32, u32) {
        let rate = u128::from(timescale);
        let average = u128::from(self.n_bytes) * 8 * rate / u128::from(self.duration.max(1));
        let largest = u128::from(self.chunk_bytes_max) * 8 * rate / u128::from(self.chunk_ticks.max(1));
        let average = u32::try_from(average).unwrap_or(u32::MAX);
        let largest = u32::try_from(largest).unwrap_or(u32::MAX);
        (average, largest.max(average))
    }

    /// Appends `stts`, `stss` if needed, `stsc`, `stsz` and `stco` or `co64`.
    pub(super) fn write(&self, out: &mut Vec<u8>, shift: u64) -> Result<()> {
        write_stts(out, &self.durations)?;
        if let Some(numbers) = self.sync_samples.as_ref().filter(|numbers| numbers.len() < self.n_samples as usize) {
            write_stss(out, numbers)?;
        }
        let mut chunks = self.chunk_samples.clone();
        extend_runs(&mut chunks, u32::from(self.open_samples > 0), self.open_samples);
        write_stsc(out, &chunks)?;
        write_full_box(out, b"stsz", FullBox::PLAIN, |out| {
            put_u32(out, 0);
            put_u32(out, self.n_samples);
            out.reserve(self.n_samples as usize * 4 + self.chunk_offsets.len() * 8);
            for &size in self.size_blocks.iter().flatten() {
                put_u32(out, size);
            }
            Ok(())
        })?;
        write_chunk_offsets(out, self.chunk_offsets.iter().map(|&offset| offset + shift))
    }
}

/// Uncompressed sound: every audio frame is a sample of the same size.
#[derive(Debug)]
pub(super) struct PcmTable {
    frame_bytes: u32,
    n_frames: u64,
    chunk_offsets: Vec<u64>,
    chunk_frames: Vec<Run>,
}

impl PcmTable {
    /// Creates an empty table for audio frames of `frame_bytes`.
    pub(super) fn new(frame_bytes: u32) -> Self {
        Self { frame_bytes, n_frames: 0, chunk_offsets: Vec::new(), chunk_frames: Vec::new() }
    }

    /// Adds a chunk that stands at `offset`.
    pub(super) fn push(&mut self, offset: u64, n_frames: u32) -> Result<()> {
        if n_frames > 0 {
            self.n_frames += u64::from(n_frames);
            u32::try_from(self.n_frames).map_err(|_| too_large("the number of samples"))?;
            self.chunk_offsets.push(offset);
            extend_runs(&mut self.chunk_frames, 1, n_frames);
        }
        Ok(())
    }

    pub(super) fn n_frames(&self) -> u64 {
        self.n_frames
    }

    /// Appends `stts`, `stsc`, `stsz` and `stco` or `co64`.
    pub(super) fn write(&self, out: &mut Vec<u8>, shift: u64) -> Result<()> {
        let n_frames = self.n_frames as u32;
        write_stts(out, &[Run { count: n_frames, value: 1 }])?;
        write_stsc(out, &self.chunk_frames)?;
        write_full_box(out, b"stsz", FullBox::PLAIN, |out| {
            put_u32(out, self.frame_bytes);
            put_u32(out, n_frames);
            Ok(())
        })?;
        write_chunk_offsets(out, self.chunk_offsets.iter().map(|&offset| offset + shift))
    }
}

/// The samples of a held picture: two equal pictures that take turns.
#[derive(Debug, Default)]
pub(super) struct StillTable {
    offset: u64,
    sizes: [u32; 2],
    holds: Vec<Run>,
    n_samples: u32,
}

impl StillTable {
    /// Tells where the two pictures stand one after the other.
    pub(super) fn set_bytes(&mut self, offset: u64, samples: &[Vec<u8>; 2]) {
        self.offset = offset;
        // The encoder puts out less than 4 GiB for a picture, see `StillVideo`.
        self.sizes = [samples[0].len() as u32, samples[1].len() as u32];
    }

    /// Divides `duration` into samples of `hold` ticks; the last one gets the rest.
    ///
    /// A rest below `shortest` prolongs the last sample instead.
    pub(super) fn set_timing(&mut self, duration: u64, hold: u64, shortest: u64) {
        let hold = hold.clamp(1, u64::from(u32::MAX / 2));
        let (mut n_full, mut rest) = (duration / hold, duration % hold);
        if rest < shortest.min(hold) && n_full > 0 {
            n_full -= 1;
            rest += hold;
        }
        self.holds.clear();
        // Even 2³² samples of half a second would be 68 years.
        extend_runs(&mut self.holds, n_full as u32, hold as u32);
        extend_runs(&mut self.holds, 1, rest as u32);
        self.n_samples = n_full as u32 + 1;
    }

    pub(super) fn n_samples(&self) -> u64 {
        u64::from(self.n_samples)
    }

    /// Appends `stts`, `stsc`, `stsz` and `stco` or `co64`; every chunk is the same two pictures.
    pub(super) fn write(&self, out: &mut Vec<u8>, shift: u64) -> Result<()> {
        write_stts(out, &self.holds)?;
        let (n_pairs, has_single) = (self.n_samples / 2, self.n_samples % 2);
        let mut chunks = Vec::new();
        extend_runs(&mut chunks, n_pairs, 2);
        extend_runs(&mut chunks, has_single, 1);
        write_stsc(out, &chunks)?;
        write_full_box(out, b"stsz", FullBox::PLAIN, |out| {
            put_u32(out, 0);
            put_u32(out, self.n_samples);
            for idx in 0..self.n_samples {
                put_u32(out, self.sizes[idx as usize % 2]);
            }
            Ok(())
        })?;
        let n_chunks = (n_pairs + has_single) as usize;
        write_chunk_offsets(out, std::iter::repeat_n(self.offset + shift, n_chunks))
    }
}

fn write_stts(out: &mut Vec<u8>, runs: &[Run]) -> Result<()> {
    write_full_box(out, b"stts", FullBox::PLAIN, |out| {
        put_u32(out, runs.len() as u32);
        for run in runs {
            put_u32(out, run.count);
            put_u32(out, run.value);
        }
        Ok(())
    })
}

fn write_stss(out: &mut Vec<u8>, numbers: &[u32]) -> Result<()> {
    write_full_box(out, b"stss", FullBox::PLAIN, |out| {
        put_u32(out, numbers.len() as u32);
        for &number in numbers {
            put_u32(out, number);
        }
        Ok(())
    })
}

fn write_stsc(out: &mut Vec<u8>, runs: &[Run]) -> Result<()> {
    write_full_box(out, b"stsc", FullBox::PLAIN, |out| {
        put_u32(out, runs.len() as u32);
        let mut first_chunk = 1;
        for run in runs {
            put_u32(out, first_chunk);
            put_u32(out, run.value);
            put_u32(out, 1);
            first_chunk += run.count;
        }
        Ok(())
    })
}

fn write_chunk_offsets(out: &mut Vec<u8>, offsets: impl ExactSizeIterator<Item = u64> + Clone) -> Result<()> {
    let is_wide = offsets.clone().any(|offset| offset > u64::from(u32::MAX));
    let fourcc = if is_wide { b"co64" } else { b"stco" };
    write_full_box(out, fourcc, FullBox::PLAIN, |out| {
        put_u32(out, offsets.len() as u32);
        for offset in offsets {
            if is_wide {
                put_u64(out, offset);
            } else {
                put_u32(out, offset as u32);
            }
        }
        Ok(())
    })
}

fn too_large(what: &'static str) -> Error {
    Error::Limit { what, actual: u64::from(u32::MAX) + 1, limit: u64::from(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::{Run, SampleTable, StillTable};

    #[test]
    fn the_last_hold_takes_the_rest_exactly() {
        let mut table = StillTable::default();
        table.set_timing(25_000, 10_000, 500);
        let run = |count, value| Run { count, value };
        assert_eq!(table.holds, [run(2, 10_000), run(1, 5_000)]);
        table.set_timing(20_100, 10_000, 500);
        assert_eq!(table.holds, [run(1, 10_000), run(1, 10_100)]);
        table.set_timing(20_000, 10_000, 500);
        assert_eq!(table.holds, [run(2, 10_000)]);
        assert_eq!(table.n_samples(), 2);
        table.set_timing(7, 10_000, 500);
        assert_eq!(table.holds, [run(1, 7)]);
    }

    #[test]
    fn a_gap_starts_a_chunk() {
        let mut table = SampleTable::with_sync_samples(1000);
        let starts =
            [(100, 10), (110, 10), (200, 10), (210, 10)].map(|(at, len)| table.push(at, len, 1).expect("fits"));
        assert_eq!(starts, [true, false, true, false]);
        assert_eq!(table.chunk_offsets, [100, 200]);
    }

    #[test]
    fn sync_samples_are_listed_unless_all_are() {
        let has_stss = |syncs: [bool; 3]| {
            let mut table = SampleTable::with_sync_samples(1000);
            for (at, is_sync) in syncs.into_iter().enumerate() {
                table.push(at as u64, 1, 1).expect("fits");
                if is_sync {
                    table.mark_sync();
                }
            }
            let mut out = Vec::new();
            table.write(&mut out, 0).expect("fits");
            out.windows(4).any(|w| w == b"stss")
        };
        assert!(has_stss([true, false, true]) && has_stss([false; 3]) && !has_stss([true; 3]));
    }

    #[test]
    fn offsets_beyond_4_gib_are_64_bits() {
        let mut table = SampleTable::new(1000);
        for idx in 0..4_u64 {
            table.push(u64::from(u32::MAX) - 1 + idx * 10, 10, 1000).expect("fits");
        }
        let mut out = Vec::new();
        table.write(&mut out, 0).expect("fits");
        assert!(out.windows(4).any(|w| w == b"co64"));
        assert!(!out.windows(4).any(|w| w == b"stco"));
    }
}
