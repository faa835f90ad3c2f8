//! Fingerprints that are made, not heard.

use arbitrary::Arbitrary;
use fingerprint::{Fingerprint, PITCH_MAX, Peak};

/// Frames come every 16 ms.
pub const FRAME_MS: u64 = 16;
/// A year; a reader may refuse more.
const FRAME_MAX: u32 = 1 << 31;
/// More peaks in this many frames are refused by the reader.
const CELL_FRAMES: u32 = 31;
const CELL_PEAKS_MAX: u32 = 36;

/// Makes peaks strewn at random, one every third frame on average; no two seeds are alike.
#[must_use]
pub fn strewn(seed: u32, n_frames: u32) -> Vec<Peak> {
    let mut state = seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let peak = |random: &mut dyn FnMut(u32) -> u32| Peak {
        frame: random(n_frames),
        // Two pitches next to each other would be one in an index.
        pitch: random(u32::from(PITCH_MAX) / 8) as u16 * 8,
        prominence: 40,
        rank: random(5) as u8,
    };
    let mut peaks: Vec<Peak> = (0..n_frames / 3).map(|_| peak(&mut random)).collect();
    peaks.sort_by_key(|p| (p.frame, p.pitch));
    peaks.dedup_by_key(|p| (p.frame, p.pitch));
    peaks
}

/// Makes the fingerprint of peaks that last as long as they must.
#[must_use]
pub fn lasting(peaks: Vec<Peak>) -> Fingerprint {
    let duration_ms = peaks.last().map_or(0, |p| (u64::from(p.frame) + 8) * FRAME_MS);
    Fingerprint::from_peaks(peaks, duration_ms)
}

/// A peak as a fuzzer writes it.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct PeakRecipe {
    /// Frames since the peak before: a few, mostly.
    gap: u8,
    pitch: u16,
    rank: u8,
}

/// A fingerprint as a fuzzer writes it.
#[derive(Arbitrary, Clone, Debug)]
pub struct FingerprintRecipe {
    /// Eleven seconds of strewn peaks, for enough of them to recognize something by.
    strewn: Option<u8>,
    peaks: Vec<PeakRecipe>,
    /// Frames before the peak in the middle, for tracks of hours.
    pause: Option<u32>,
    /// Milliseconds after the last peak.
    tail_ms: u32,
}

impl FingerprintRecipe {
    /// Makes a fingerprint that any reader must take.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut peaks = self.strewn.map_or_else(Vec::new, |seed| strewn(u32::from(seed % 8), 700));
        let mut frame = 0u32;
        for (i, recipe) in self.peaks.iter().enumerate() {
            let pause = self.pause.filter(|_| i == self.peaks.len() / 2).unwrap_or(0);
            let gap = if recipe.gap < 0xc0 { u32::from(recipe.gap % 8) } else { u32::from(recipe.gap - 0xc0) };
            frame = frame.saturating_add(pause).saturating_add(gap);
            if frame > FRAME_MAX {
                break;
            }
            peaks.push(Peak { frame, pitch: recipe.pitch % (PITCH_MAX + 1), prominence: 0, rank: recipe.rank % 16 });
        }
        peaks.sort_by_key(|p| (p.frame, p.pitch));
        peaks.dedup_by_key(|p| (p.frame, p.pitch));
        let mut cell = (0, 0);
        peaks.retain(|p| {
            cell = (p.frame / CELL_FRAMES, if cell.0 == p.frame / CELL_FRAMES { cell.1 + 1 } else { 1 });
            cell.1 <= CELL_PEAKS_MAX
        });
        let end_ms = peaks.last().map_or(0, |p| u64::from(p.frame) * FRAME_MS);
        Fingerprint::from_peaks(peaks, end_ms + u64::from(self.tail_ms))
    }
}
