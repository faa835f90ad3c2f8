//! The front end: samples in, [`Peak`]s out, in constant memory.
//!
//! 16 kHz mono; Hann windows of 2,048 samples every 256 (62.5 frames a second); 116 bands of a twenty-fourth of an octave from 200 Hz to 5.6 kHz;
//! peaks by prominence with a quota per cell of half a second and a third of the bands, so that a query that has lost a part of the
//! spectrum still shares peaks with its reference.

mod fft;
mod lanes;
mod picker;
mod resample;
mod spectrogram;
mod spectrum;

use pulp::{Arch, Simd, WithSimd};

use crate::Result;
use crate::peak::{FRAME_MS, Fingerprint, Peak, Selection};
use lanes::LANES;
use picker::Picker;
use resample::{RATE_HZ, Resampler};
pub use spectrogram::Spectrogram;
pub(crate) use spectrum::FREQ_MIN_HZ;
use spectrum::{BATCH_LEN, HOP_LEN, Spectrum};

const _: () = assert!(HOP_LEN as u64 * 1000 == FRAME_MS * RATE_HZ as u64);

/// Computes a fingerprint from samples that come in chunks of any size.
///
/// The same samples give the same fingerprint on every machine, however they are cut into chunks.
///
/// ```
/// let sample_rate_hz = 44_100;
/// let mut extractor = fingerprint::Extractor::new(sample_rate_hz, 2)?;
/// for chunk in vec![0.0f32; 4 * 44_100].chunks(1000) {
///     extractor.push(chunk);
/// }
/// let fingerprint = extractor.finish();
/// assert_eq!(fingerprint.duration_ms(), 2_000);
/// assert!(fingerprint.peaks().is_empty(), "silence has no peaks");
/// # Ok::<(), fingerprint::Error>(())
/// ```
#[derive(Debug)]
pub struct Extractor {
    arch: Arch,
    resampler: Resampler,
    spectrum: Spectrum,
    picker: Picker,
    selection: Selection,
    /// What was measured so far, for those who asked.
    spectrogram: Option<Spectrogram>,
    /// 16 kHz samples that are not in a window yet; the first one begins the next window.
    samples: Vec<f32>,
    picked: Vec<Peak>,
    /// Samples of an audio frame that the last chunk cut in two.
    cut: Vec<f32>,
    n_audio_frames: u64,
    sample_rate_hz: u32,
}

impl Extractor {
    /// Starts a fingerprint of audio with `n_channels` interleaved channels.
    ///
    /// # Errors
    /// Rates outside 4–384 kHz, and no or more than 64 channels.
    pub fn new(sample_rate_hz: u32, n_channels: usize) -> Result<Self> {
        Ok(Self {
            arch: Arch::new(),
            resampler: Resampler::new(sample_rate_hz, n_channels)?,
            spectrum: Spectrum::new(),
            picker: Picker::new(),
            selection: Selection::new(),
            spectrogram: None,
            samples: Vec::new(),
            picked: Vec::new(),
            cut: Vec::new(),
            n_audio_frames: 0,
            sample_rate_hz,
        })
    }

    /// Keeps the spectrogram of the first minute from here on, for [`Self::finish_with_spectrogram`]: 87 KB for each second.
    pub fn keep_spectrogram(&mut self) {
        self.spectrogram = Some(Spectrogram::new(self.spectrum.first_bin()));
    }

    /// Takes the next interleaved samples, full scale at ±1.
    pub fn push(&mut self, interleaved: &[f32]) {
        let n_channels = self.resampler.n_channels();
        let mut rest = interleaved;
        if !self.cut.is_empty() {
            let (head, tail) = rest.split_at((n_channels - self.cut.len()).min(rest.len()));
            self.cut.extend_from_slice(head);
            rest = tail;
            if self.cut.len() == n_channels {
                let whole = std::mem::take(&mut self.cut);
                self.push_audio_frames(&whole);
            }
        }
        let (whole, cut) = rest.split_at(rest.len() - rest.len() % n_channels);
        self.push_audio_frames(whole);
        self.cut.extend_from_slice(cut);
    }

    /// Takes out the peaks that are certain by now, for a stream that has no end. Their frames count from its start.
    pub fn take_peaks(&mut self) -> Vec<Peak> {
        self.selection.take()
    }

    /// Ends the audio and gives the fingerprint of what was not taken before.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        self.finish_with_spectrogram().0
    }

    /// Ends the audio as [`Self::finish`] does and gives the spectrogram too, which is empty without [`Self::keep_spectrogram`].
    #[must_use]
    pub fn finish_with_spectrogram(mut self) -> (Fingerprint, Spectrogram) {
        self.resampler.finish(&mut self.samples);
        self.run();
        let n_left =
            if self.samples.len() < fft::WINDOW_LEN { 0 } else { (self.samples.len() - fft::WINDOW_LEN) / HOP_LEN + 1 };
        if n_left > 0 {
            self.samples.resize(BATCH_LEN, 0.0);
            let Self { arch, spectrum, spectrogram, picker, samples, picked, .. } = &mut self;
            arch.dispatch(Pick { spectrum, spectrogram, picker, samples, n_frames: n_left, picked });
        }
        self.picker.finish(&self.spectrum, &mut self.picked);
        self.selection.push(&mut self.picked);
        let duration_ms = self.n_audio_frames * 1000 / u64::from(self.sample_rate_hz);
        let spectrogram = self.spectrogram.unwrap_or_else(|| Spectrogram::new(0));
        (Fingerprint::new(self.selection.finish(), duration_ms), spectrogram)
    }

    fn push_audio_frames(&mut self, interleaved: &[f32]) {
        let n_channels = self.resampler.n_channels();
        self.n_audio_frames += (interleaved.len() / n_channels) as u64;
        // A chunk may be a whole file; the work space stays small all the same.
        for part in interleaved.chunks(n_channels * 16 * 1024) {
            let Self { arch, resampler, samples, .. } = self;
            arch.dispatch(Resample { resampler, part, samples });
            self.run();
        }
    }

    fn run(&mut self) {
        let Self { arch, spectrum, spectrogram, picker, samples, picked, .. } = self;
        let mut start = 0;
        while start + BATCH_LEN <= samples.len() {
            let samples = &samples[start..start + BATCH_LEN];
            arch.dispatch(Pick { spectrum, spectrogram, picker, samples, n_frames: LANES, picked });
            start += LANES * HOP_LEN;
        }
        samples.drain(..start);
        self.selection.push(&mut self.picked);
    }
}

/// The two hot parts, as `pulp` takes them: everything inlined into them is compiled for the vector unit of the machine.
struct Resample<'a> {
    resampler: &'a mut Resampler,
    part: &'a [f32],
    samples: &'a mut Vec<f32>,
}

impl WithSimd for Resample<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.resampler.push(self.part, self.samples);
    }
}

struct Pick<'a> {
    spectrum: &'a mut Spectrum,
    spectrogram: &'a mut Option<Spectrogram>,
    picker: &'a mut Picker,
    samples: &'a [f32],
    n_frames: usize,
    picked: &'a mut Vec<Peak>,
}

impl WithSimd for Pick<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let levels = self.spectrum.measure(self.samples);
        if let Some(spectrogram) = self.spectrogram {
            spectrogram.push(&levels, self.n_frames);
        }
        self.picker.push(self.spectrum, levels, self.n_frames, self.picked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes that come and go over a little noise, in stereo.
    pub(crate) fn music(seconds: usize, rate_hz: u32) -> Vec<f32> {
        let mut state = 7u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let mut notes = [(0.0f32, 0.0f32); 6];
        let mut samples = Vec::new();
        for n in 0..seconds * rate_hz as usize {
            if n % (rate_hz as usize / 7) == 0 {
                let voice = (random() * 6.0) as usize;
                notes[voice] = (250.0 * libm::powf(16.0, random()), 0.3);
            }
            let mut sample = 0.01 * (random() - 0.5);
            for (freq_hz, level) in &mut notes {
                sample += *level * libm::sinf(*freq_hz * (n as f32 / rate_hz as f32) * 6.283_185_5);
                *level *= 1.0 - 4.0 / rate_hz as f32;
            }
            samples.extend([sample, sample * 0.5]);
        }
        samples
    }

    fn extract(samples: &[f32], rate_hz: u32, chunk_len: usize) -> Fingerprint {
        let mut extractor = Extractor::new(rate_hz, 2).unwrap();
        for chunk in samples.chunks(chunk_len) {
            extractor.push(chunk);
        }
        extractor.finish()
    }

    #[test]
    fn chunks_do_not_matter() {
        let samples = music(5, 44_100);
        let whole = extract(&samples, 44_100, usize::MAX);
        assert!(whole.peaks().len() > 40, "{} peaks", whole.peaks().len());
        for chunk_len in [1, 7, 1000, 65_537] {
            assert_eq!(extract(&samples, 44_100, chunk_len), whole, "chunks of {chunk_len}");
        }
    }

    /// The numbers were computed once; every machine must find the same. A change here is a change of the file format.
    #[test]
    fn is_the_same_on_every_machine() {
        let fingerprint = extract(&music(5, 44_100), 44_100, 4096);
        let bytes = fingerprint.to_bytes();
        assert_eq!(crc32fast::hash(&bytes), GOLDEN_CRC, "{} peaks", fingerprint.peaks().len());
    }
    const GOLDEN_CRC: u32 = 558_161_692;

    #[test]
    fn the_vector_unit_does_not_matter() {
        let samples = music(5, 44_100);
        let mut scalar = Extractor { arch: Arch::Scalar, ..Extractor::new(44_100, 2).unwrap() };
        scalar.push(&samples);
        assert_eq!(scalar.finish(), extract(&samples, 44_100, 4096));
    }

    #[test]
    fn silence_and_rounding_have_no_peaks() {
        let mut state = 1u32;
        let rounding: Vec<f32> = (0..96_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 30) as f32 - 1.5).round().clamp(-1.0, 1.0) / 32_768.0
            })
            .collect();
        assert!(extract(&rounding, 48_000, 4096).peaks().len() < 20);
        assert!(extract(&vec![0.25; 96_000], 48_000, 4096).peaks().is_empty());
    }

    #[test]
    fn broken_samples_do_no_harm() {
        let samples: Vec<f32> =
            music(2, 16_000).iter().enumerate().map(|(i, s)| if i % 5000 == 0 { f32::NAN } else { *s }).collect();
        let _ = extract(&samples, 16_000, 333);
        let _ = extract(&[f32::INFINITY; 64_000], 16_000, 333);
        assert!(extract(&[0.1], 16_000, 1).peaks().is_empty());
    }
}
