//! The extractor: any samples, in chunks of any size, give the same fingerprint, and one that a file can hold.
#![no_main]

use arbitrary::Arbitrary;
use fingerprint::{Extractor, Fingerprint};
use libfuzzer_sys::fuzz_target;

/// Samples of an input: a second or so.
const N_SAMPLES_MAX: usize = 64 << 10;
const RATES_HZ: [u32; 8] = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000];

#[derive(Arbitrary, Debug)]
struct Input {
    rate: (u8, u32),
    n_channels: u8,
    sounds: Vec<Sound>,
    /// Samples in each chunk, over and over again.
    chunks: Vec<u16>,
    keeps_spectrogram: bool,
}

impl Input {
    /// A common rate, mostly; the filter of an odd one takes a second to make.
    fn rate_hz(&self) -> u32 {
        match self.rate {
            (0..=207, rate) => RATES_HZ[rate as usize % RATES_HZ.len()],
            (208..=251, rate) => rate % 16_000 * 25,
            (_, rate) => rate % 400_000,
        }
    }
}

#[derive(Arbitrary, Debug)]
enum Sound {
    /// These very samples, as often as it takes.
    Bits { bits: Vec<u32>, n: u16 },
    /// A tone of so many samples to the period.
    Tone { period: u16, level: f32, n: u16 },
    /// A burst of noise.
    Noise { seed: u32, level: f32, n: u16 },
}

impl Sound {
    fn append(&self, samples: &mut Vec<f32>) {
        match self {
            Self::Bits { bits, n } => {
                samples.extend(bits.iter().cycle().take(usize::from(*n)).map(|b| f32::from_bits(*b)))
            }
            Self::Tone { period, level, n } => {
                let step = std::f32::consts::TAU / (f32::from(*period) + 2.0);
                samples.extend((0..*n).map(|i| level * (f32::from(i) * step).sin()));
            }
            Self::Noise { seed, level, n } => {
                let mut state = *seed;
                samples.extend((0..*n).map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    level * (state as i32 as f32 / i32::MAX as f32)
                }));
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let rate_hz = input.rate_hz();
    let n_channels = usize::from(input.n_channels);
    let Ok(mut whole) = Extractor::new(rate_hz, n_channels) else {
        assert!(!(4_000..=384_000).contains(&rate_hz) || !(1..=64).contains(&n_channels));
        return;
    };
    let mut samples = Vec::new();
    for sound in input.sounds.iter().take(64) {
        sound.append(&mut samples);
    }
    samples.truncate(N_SAMPLES_MAX);
    whole.push(&samples);
    let print = whole.finish();
    assert_eq!(Fingerprint::from_bytes(&print.to_bytes()).unwrap(), print);
    assert_eq!(print.duration_ms(), (samples.len() / n_channels) as u64 * 1000 / u64::from(rate_hz));

    let mut cut = Extractor::new(rate_hz, n_channels).unwrap();
    if input.keeps_spectrogram {
        cut.keep_spectrogram();
    }
    let mut peaks = Vec::new();
    let mut rest = samples.as_slice();
    let mut lens = input.chunks.iter().chain(&[1024]).cycle();
    while !rest.is_empty() {
        let len = lens.next().map_or(0, |len| usize::from(*len)).min(rest.len());
        let (chunk, tail) = rest.split_at(len);
        cut.push(chunk);
        peaks.extend(cut.take_peaks());
        rest = tail;
    }
    let (tail, spectrogram) = cut.finish_with_spectrogram();
    peaks.extend(tail.peaks());
    assert_eq!(peaks, print.peaks());
    assert_eq!(tail.duration_ms(), print.duration_ms());
    assert!(input.keeps_spectrogram || spectrogram.n_frames() == 0);
    let _ = spectrogram.level_db(spectrogram.n_frames() / 2, 300.0..3_000.0);
});
