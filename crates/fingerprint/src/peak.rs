//! Peaks, and the fingerprint that is made of them.

/// Frames come this often: every 256 samples at 16 kHz.
pub const FRAME_MS: u64 = 16;
/// The middle of a frame's window, after the frame's start.
pub(crate) const FRAME_CENTER_MS: u64 = 64;
/// Steps of [`Peak::pitch`] to the octave.
pub const PITCH_PER_OCTAVE: u16 = 1024;
/// The highest pitch: five octaves above 200 Hz.
pub const PITCH_MAX: u16 = 5 * PITCH_PER_OCTAVE - 1;

/// A point of the spectrogram that is louder than its neighborhood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peak {
    /// When: frames of 16 ms since the start of the audio.
    pub frame: u32,
    /// How high: 1/1024 octaves above 200 Hz, at most [`PITCH_MAX`].
    pub pitch: u16,
    /// Level above the mean around it, in steps of 0.38 dB.
    pub prominence: u8,
    /// How many peaks of its cell are more prominent. Keeping the ranks below a number thins a fingerprint evenly.
    pub rank: u8,
}

/// The peaks of a recording, in order of time and then of pitch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    peaks: Vec<Peak>,
    duration_ms: u64,
}

impl Fingerprint {
    /// Makes a fingerprint of peaks that were taken from an [`crate::Extractor`] as it ran.
    ///
    /// # Panics
    /// When the peaks are not in order of time and pitch.
    #[must_use]
    pub fn from_peaks(peaks: Vec<Peak>, duration_ms: u64) -> Self {
        assert!(peaks.is_sorted_by_key(|p| (p.frame, p.pitch)), "peaks are in order of time and pitch");
        Self { peaks, duration_ms }
    }

    pub(crate) fn new(peaks: Vec<Peak>, duration_ms: u64) -> Self {
        debug_assert!(peaks.is_sorted_by_key(|p| (p.frame, p.pitch)));
        Self { peaks, duration_ms }
    }

    /// The peaks, about 65 for each second of music.
    #[must_use]
    pub fn peaks(&self) -> &[Peak] {
        &self.peaks
    }

    /// The fingerprint of a span, counted from the span's start, which is rounded down to a frame.
    #[must_use]
    pub fn slice(&self, span_ms: std::ops::Range<u64>) -> Self {
        let first = span_ms.start / FRAME_MS;
        let end = span_ms.end / FRAME_MS;
        let frame = |p: &Peak| u64::from(p.frame);
        let from = self.peaks.partition_point(|p| frame(p) < first);
        let to = self.peaks.partition_point(|p| frame(p) < end).max(from);
        let peaks = self.peaks[from..to].iter().map(|p| Peak { frame: (frame(p) - first) as u32, ..*p }).collect();
        let end_ms = span_ms.end.min(self.duration_ms);
        Self { peaks, duration_ms: end_ms.saturating_sub(first * FRAME_MS) }
    }

    /// The length of the audio.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.duration_ms
    }
}

/// Peaks kept of each cell.
pub(crate) const QUOTA_MAX: u8 = 12;
/// A cell is this many frames long: half a second.
pub(crate) const CELL_FRAMES: u32 = 31;
/// And a third of the pitches high.
const CELL_PITCH: u16 = 1650;
pub(crate) const N_CELLS: usize = 3;

/// Ranks the peaks of each cell by prominence and keeps the best.
#[derive(Debug)]
pub(crate) struct Selection {
    cells: [Vec<Peak>; N_CELLS],
    /// Which half second `cells` belong to.
    at: u32,
    kept: Vec<Peak>,
}

impl Selection {
    pub(crate) fn new() -> Self {
        Self { cells: Default::default(), at: 0, kept: Vec::new() }
    }

    /// Takes the next peaks, in order.
    pub(crate) fn push(&mut self, peaks: &mut Vec<Peak>) {
        for peak in peaks.drain(..) {
            let at = peak.frame / CELL_FRAMES;
            if at != self.at {
                self.close();
                self.at = at;
            }
            self.cells[usize::from(peak.pitch / CELL_PITCH).min(N_CELLS - 1)].push(peak);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Peak> {
        std::mem::take(&mut self.kept)
    }

    pub(crate) fn finish(mut self) -> Vec<Peak> {
        self.close();
        self.kept
    }

    fn close(&mut self) {
        let start = self.kept.len();
        for cell in &mut self.cells {
            cell.sort_by_key(|p| (std::cmp::Reverse(p.prominence), p.frame, p.pitch));
            cell.truncate(usize::from(QUOTA_MAX));
            self.kept.extend(cell.drain(..).zip(0..).map(|(peak, rank)| Peak { rank, ..peak }));
        }
        self.kept[start..].sort_by_key(|p| (p.frame, p.pitch));
    }
}
