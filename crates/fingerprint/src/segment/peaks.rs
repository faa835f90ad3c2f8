//! The stored peaks of a track: what an alignment is verified against.
//!
//! Two bytes a peak: frames since the one before (5 bits) and the pitch in 1/256 octaves (11 bits). The words come in blocks of 64, each with the frame
//! it counts from, so that a search enters a track anywhere. 31 frames mean "none here yet", pitch 0x7ff included.

use super::bytes::{u16_at, u32_at};
use crate::peak::{PITCH_MAX, PITCH_PER_OCTAVE, Peak};

/// Words to a block.
pub(crate) const BLOCK_LEN: usize = 64;
const PITCH_BITS: u32 = 11;
/// A word that only counts frames.
const SKIP: u16 = u16::MAX;
const SKIP_FRAMES: u32 = 31;
/// Pitch units to one stored step.
const STEP: u16 = PITCH_PER_OCTAVE / 256;

/// The words of one track, and where its blocks begin in time.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    pub(crate) words: Vec<u16>,
    pub(crate) bases: Vec<u32>,
}

/// Rounds a pitch as it will come back from the store.
pub(crate) fn stored_pitch(pitch: u16) -> u16 {
    ((pitch + STEP / 2) / STEP * STEP).min(PITCH_MAX / STEP * STEP)
}

/// Packs the peaks of a track, which are in order of time.
pub(crate) fn pack(peaks: impl Iterator<Item = Peak>) -> Packed {
    let mut packed = Packed::default();
    let mut frame = 0;
    for peak in peaks {
        while !packed.words.len().is_multiple_of(BLOCK_LEN) && peak.frame - frame >= SKIP_FRAMES {
            packed.words.push(SKIP);
            frame += SKIP_FRAMES;
        }
        if packed.words.len().is_multiple_of(BLOCK_LEN) {
            packed.bases.push(peak.frame);
            frame = peak.frame;
        }
        let n_frames = (peak.frame - frame) as u16;
        packed.words.push((n_frames << PITCH_BITS) | (stored_pitch(peak.pitch) / STEP));
        frame = peak.frame;
    }
    packed.words.resize(packed.words.len().next_multiple_of(BLOCK_LEN), SKIP);
    packed
}

/// Calls `each` with frame and pitch of the peaks from `frames.start` on, in order, until one is not below `frames.end`.
///
/// `bases` and `words` are the bytes of the blocks of one track. Damaged ones give wrong peaks, never a panic.
pub(crate) fn for_each(bases: &[u8], words: &[u8], frames: std::ops::Range<u32>, mut each: impl FnMut(u32, u16)) {
    let n_blocks = bases.len() / 4;
    let first_block = partition_point(n_blocks, |block| u32_at(bases, 4 * block) <= frames.start).saturating_sub(1);
    for block in first_block..n_blocks {
        let mut frame = u32_at(bases, 4 * block);
        if frame >= frames.end {
            return;
        }
        for i in 0..BLOCK_LEN {
            let word = u16_at(words, block * BLOCK_LEN + i);
            frame = frame.saturating_add(u32::from(word >> PITCH_BITS));
            if word == SKIP || frame < frames.start {
                continue;
            }
            if frame >= frames.end {
                return;
            }
            each(frame, (word & 0x7ff) * STEP);
        }
    }
}

/// The first of `0..n` for which `is_before` does not hold; it holds for a front part of them.
pub(crate) fn partition_point(n: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peaks(n: u32) -> Vec<Peak> {
        let mut frame = 0;
        (0..n)
            .map(|i| {
                frame += [0, 1, 30, 31, 32, 500, 2][i as usize % 7];
                Peak { frame, pitch: (i * 37 % 5000) as u16, prominence: 0, rank: 0 }
            })
            .collect()
    }

    fn unpack(packed: &Packed, frames: std::ops::Range<u32>) -> Vec<(u32, u16)> {
        let bases: Vec<u8> = packed.bases.iter().flat_map(|b| b.to_le_bytes()).collect();
        let words: Vec<u8> = packed.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let mut found = Vec::new();
        for_each(&bases, &words, frames, |frame, pitch| found.push((frame, pitch)));
        found
    }

    #[test]
    fn a_stored_pitch_is_a_pitch() {
        for pitch in 0..=PITCH_MAX {
            let stored = stored_pitch(pitch);
            assert!(stored <= PITCH_MAX && stored.abs_diff(pitch) < STEP && stored_pitch(stored) == stored, "{pitch}");
        }
    }

    #[test]
    fn come_back_from_anywhere() {
        let peaks = peaks(1000);
        let packed = pack(peaks.iter().copied());
        assert_eq!(packed.words.len(), packed.bases.len() * BLOCK_LEN);
        for (start, end) in [(0, u32::MAX), (0, 1), (77, 78), (5_000, 30_000), (60_000, 61_000), (u32::MAX, 0)] {
            let want: Vec<_> = peaks
                .iter()
                .filter(|p| (start..end).contains(&p.frame))
                .map(|p| (p.frame, stored_pitch(p.pitch)))
                .collect();
            assert_eq!(unpack(&packed, start..end), want, "{start}..{end}");
        }
    }

    #[test]
    fn any_bytes_will_do() {
        let junk: Vec<u8> = (0..1000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for_each(&junk[..40], &junk, 0..u32::MAX, |_, _| ());
        for_each(&[], &junk, 0..u32::MAX, |_, _| unreachable!());
    }
}
