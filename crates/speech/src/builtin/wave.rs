//! The voice itself: a sum of harmonics under a spectral envelope that follows the formants.
//!
//! Every [`STEP`] samples the envelope is interpolated between two frames and each harmonic gets an amplitude from it and a
//! phase from the formants' resonances, which makes a pulse that rings out as in a throat. Between steps everything runs
//! straight, so that no frame, word or pitch change can click. The upper harmonics are shaken at random: breath.
//!
//! All arithmetic is `f32` in a fixed order with `libm`, so that a text sounds the same to the bit on every machine.

use espeak_ng::synthesize::phondata::SpectFrame;

use super::voices::Timbre;

/// The rate of the built-in voice, in Hz; the recorded noises have it too.
pub(super) const RATE: f32 = 22_050.0;

/// Samples between two envelopes: 2.9 ms.
const STEP: usize = 64;

/// Harmonics that are summed at the same time.
const LANES: usize = 8;

/// More than 7.6 kHz at 40 Hz has.
const MAX_HARMONICS: usize = 192;

/// The highest frequency of the voice, in Hz.
const TOP_HZ: f32 = 7_600.0;

/// The formants of one frame: frequencies and widths in Hz, heights 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Peaks {
    hz: [f32; 8],
    height: [f32; 8],
    left: [f32; 8],
    right: [f32; 8],
}

/// The envelope at one instant of the voice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// The instant, in samples.
    pub at: f32,
    pub peaks: Peaks,
    pub amplitude: f32,
}

/// One pitch at one instant; between two the pitch runs straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct PitchPoint {
    /// The instant, in samples.
    pub at: f32,
    pub hz: f32,
}

/// espeak's `default_heights`, relative to the first formant.
const HEIGHTS: [f32; 8] = [1.0, 1.0, 0.94, 0.91, 0.78, 0.78, 1.0, 1.0];

/// espeak's `default_widths`, times the 4 Hz that the frames count in.
const WIDTHS: [f32; 6] = [4.4, 4.0, 4.0, 5.0, 5.3, 5.3];

impl Peaks {
    /// Reads a frame the way `voice` would say it.
    pub(super) fn of(frame: &SpectFrame, voice: &Timbre) -> Self {
        let mut peaks = Self::default();
        for idx in 0..8 {
            let recorded_hz = frame.ffreq.get(idx).map_or(7_800.0, |hz| f32::from(*hz));
            peaks.hz[idx] = recorded_hz * voice.formant_hz[idx];
            peaks.height[idx] = f32::from(frame.fheight[idx]) / 255.0 * HEIGHTS[idx] * voice.formant_height[idx];
            let width =
                frame.fwidth.get(idx).map_or(0.0, |width| f32::from(*width) * WIDTHS[idx] * voice.formant_width);
            let right =
                frame.fright.get(idx).map_or(width, |right| f32::from(*right) * WIDTHS[idx] * voice.formant_width);
            // The uppermost peaks have no width in the data; in espeak they are lone harmonics.
            let (width, right) = if idx >= 6 { (900.0, 900.0) } else { (width, right) };
            (peaks.left[idx], peaks.right[idx]) = (width.max(40.0), right.max(40.0));
        }
        peaks
    }

    fn between(first: &Self, second: &Self, part: f32) -> Self {
        let mix = |a: &[f32; 8], b: &[f32; 8]| std::array::from_fn(|idx| a[idx] + (b[idx] - a[idx]) * part);
        Self {
            hz: mix(&first.hz, &second.hz),
            height: mix(&first.height, &second.height),
            left: mix(&first.left, &second.left),
            right: mix(&first.right, &second.right),
        }
    }

    /// Returns the envelope at a frequency.
    fn envelope(&self, hz: f32) -> f32 {
        let mut sum = 0.0;
        for idx in 0..8 {
            let off = hz - self.hz[idx];
            let width = if off < 0.0 { self.left[idx] } else { self.right[idx] };
            sum += self.height[idx] * shape(off.abs() / width);
        }
        // espeak's bass boost.
        let boost = 0.04 * self.height[1] * (1.0 - hz / 1000.0).max(0.0);
        (sum + boost) * (sum + boost)
    }

    /// Returns the phase of the formants' resonances at a frequency, as a complex number of length 1.
    fn phase(&self, hz: f32) -> (f32, f32) {
        let (mut re, mut im) = (1.0f32, 0.0f32);
        for idx in 1..6 {
            let ratio = hz / self.hz[idx].max(150.0);
            let bandwidth = 0.06 + 60.0 / self.hz[idx].max(150.0);
            let (d_re, d_im) = (1.0 - ratio * ratio, -ratio * bandwidth);
            let length = libm::sqrtf(d_re * d_re + d_im * d_im).max(1e-6);
            (re, im) = ((re * d_re - im * d_im) / length, (re * d_im + im * d_re) / length);
        }
        (re, im)
    }
}

/// The shape of a peak by the distance from its middle in widths: espeak's `pk_shape1`.
fn shape(distance: f32) -> f32 {
    /// Every sixteenth entry of the table, over 255.
    const TABLE: [f32; 17] = [
        1.0, 0.961, 0.847, 0.718, 0.561, 0.376, 0.282, 0.216, 0.176, 0.165, 0.125, 0.09, 0.063, 0.039, 0.02, 0.008, 0.0,
    ];
    let at = distance * 16.0;
    let idx = at as usize;
    if idx >= 16 {
        return 0.0;
    }
    TABLE[idx] + (TABLE[idx + 1] - TABLE[idx]) * (at - idx as f32)
}

/// A small random generator with a fixed seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u32);

impl Random {
    pub(super) fn new(seed: u32) -> Self {
        Self(seed | 1)
    }

    /// Returns the next value, -1 to 1.
    pub(super) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

/// The oscillators of one voice; their phase runs on from one run of frames to the next.
pub(super) struct Oscillators<'a> {
    voice: &'a Timbre,
    /// Position within the pitch period, 0 to 1.
    cycle: f32,
    random: Random,
    flutter: f32,
    curves: Box<Curves>,
    steps: [[f32; MAX_HARMONICS]; 8],
}

/// Steps of [`Curves`], in Hz.
const CURVE_HZ: f32 = 8.0;

/// Entries of [`Curves`]: all frequencies of the voice.
const N_CURVE: usize = 960;

/// What depends on the frequency alone.
struct Curves {
    tilt: [f32; N_CURVE],
    /// A phase that spreads each pulse of the voice over 1.5 ms, as a complex number: the same sound with lower peaks.
    spread: [(f32, f32); N_CURVE],
}

impl Curves {
    fn of(voice: &Timbre) -> Box<Self> {
        let spread = |hz: f32| {
            // The group delay rises to 1.5 ms at 4 kHz.
            let angle = std::f32::consts::PI * 0.0015 * hz * hz / 4000.0;
            (libm::cosf(angle), -libm::sinf(angle))
        };
        Box::new(Self {
            tilt: std::array::from_fn(|idx| voice.tilt(idx as f32 * CURVE_HZ)),
            spread: std::array::from_fn(|idx| spread(idx as f32 * CURVE_HZ)),
        })
    }
}

/// Rows of [`Oscillators::steps`]: the amplitude of each harmonic now and its change per sample, as complex numbers,
/// then its oscillator and the turn per sample.
const AMP_RE: usize = 0;
const AMP_IM: usize = 1;
const SLOPE_RE: usize = 2;
const SLOPE_IM: usize = 3;
const WAVE_RE: usize = 4;
const WAVE_IM: usize = 5;
const TURN_RE: usize = 6;
const TURN_IM: usize = 7;

impl<'a> Oscillators<'a> {
    pub(super) fn new(voice: &'a Timbre) -> Self {
        let steps = [[0.0; MAX_HARMONICS]; 8];
        Self { voice, cycle: 0.0, random: Random::new(0x5EED_1234), flutter: 0.0, curves: Curves::of(voice), steps }
    }

    /// Adds one unbroken run of the voice to `out`, from the first key to the last, silent before and after.
    pub(super) fn add_run(&mut self, keys: &[Key], pitch: &[PitchPoint], out: &mut [f32]) {
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return };
        let begin = first.at.max(0.0) as usize;
        let end = (last.at as usize).min(out.len());
        self.steps[AMP_RE].fill(0.0);
        self.steps[AMP_IM].fill(0.0);
        let n_steps = ((end.saturating_sub(begin) + STEP / 2) / STEP).max(1);
        let mut key_idx = 0;
        let mut at = begin;
        for step in 1..=n_steps {
            // Steps of equal length: a short last one would be a jump to silence.
            let n = begin + end.saturating_sub(begin) * step / n_steps - at;
            if n == 0 {
                continue;
            }
            // The envelope at the end of the step; the run begins and ends in silence.
            let goal = (at + n) as f32;
            while key_idx + 2 < keys.len() && keys[key_idx + 1].at <= goal {
                key_idx += 1;
            }
            let (from, to) = (&keys[key_idx], &keys[(key_idx + 1).min(keys.len() - 1)]);
            let part = ((goal - from.at) / (to.at - from.at).max(1.0)).clamp(0.0, 1.0);
            let peaks = Peaks::between(&from.peaks, &to.peaks, part);
            let amplitude = if step == n_steps { 0.0 } else { from.amplitude + (to.amplitude - from.amplitude) * part };
            let hz = self.shaken(pitch_at(pitch, at as f32 + n as f32 / 2.0));
            let n_harmonics = self.aim(&peaks, amplitude, hz, n);
            self.run(n_harmonics, &mut out[at..at + n]);
            self.cycle += hz / RATE * n as f32;
            self.cycle -= libm::floorf(self.cycle);
            at += n;
        }
    }

    /// Lets the pitch wander a little: no throat holds a note exactly.
    fn shaken(&mut self, hz: f32) -> f32 {
        self.flutter += (self.random.next() - self.flutter) * 0.06;
        hz * (1.0 + self.flutter * self.voice.flutter)
    }

    /// Sets where every harmonic is to be after `n` samples, and how its oscillator turns. Returns their number.
    fn aim(&mut self, peaks: &Peaks, amplitude: f32, hz: f32, n: usize) -> usize {
        let n_harmonics = ((TOP_HZ / hz) as usize).clamp(1, MAX_HARMONICS);
        let turn = std::f32::consts::TAU * hz / RATE;
        let (turn_re, turn_im) = (libm::cosf(turn), libm::sinf(turn));
        let start = std::f32::consts::TAU * self.cycle;
        let (start_re, start_im) = (libm::cosf(start), libm::sinf(start));
        let (mut turn_h, mut wave_h) = ((1.0f32, 0.0f32), (1.0f32, 0.0f32));
        let per_sample = 1.0 / n as f32;
        for idx in 0..MAX_HARMONICS {
            let (mut goal_re, mut goal_im) = (0.0, 0.0);
            if idx < n_harmonics {
                let harmonic_hz = hz * (idx + 1) as f32;
                turn_h = (turn_h.0 * turn_re - turn_h.1 * turn_im, turn_h.0 * turn_im + turn_h.1 * turn_re);
                wave_h = (wave_h.0 * start_re - wave_h.1 * start_im, wave_h.0 * start_im + wave_h.1 * start_re);
                let curve_idx = ((harmonic_hz / CURVE_HZ) as usize).min(N_CURVE - 1);
                let level = peaks.envelope(harmonic_hz) * self.curves.tilt[curve_idx] * amplitude * hz / 100.0;
                let level = if idx == 0 { level * 1.25 } else { level };
                if level > 0.0 {
                    let (re, im) = turned(peaks.phase(harmonic_hz), self.curves.spread[curve_idx]);
                    let breath = self.voice.breath * ((harmonic_hz - 1500.0) / 4000.0).clamp(0.0, 1.0);
                    goal_re = level * (re * (1.0 - breath) + breath * 1.6 * self.random.next());
                    goal_im = level * (im * (1.0 - breath) + breath * 1.6 * self.random.next());
                }
            }
            let steps = &mut self.steps;
            steps[SLOPE_RE][idx] = (goal_re - steps[AMP_RE][idx]) * per_sample;
            steps[SLOPE_IM][idx] = (goal_im - steps[AMP_IM][idx]) * per_sample;
            (steps[WAVE_RE][idx], steps[WAVE_IM][idx]) = wave_h;
            (steps[TURN_RE][idx], steps[TURN_IM][idx]) = turn_h;
        }
        MAX_HARMONICS.min((n_harmonics + 2 * LANES) / LANES * LANES)
    }

    /// Sums the harmonics, eight at a time, and turns each on by one sample, again and again.
    fn run(&mut self, n_harmonics: usize, out: &mut [f32]) {
        assert!(n_harmonics <= MAX_HARMONICS);
        let [amp_re, amp_im, slope_re, slope_im, wave_re, wave_im, turn_re, turn_im] = &mut self.steps;
        for sample in out {
            let mut sums = [0.0f32; LANES];
            for base in (0..n_harmonics).step_by(LANES) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let idx = base + lane;
                    amp_re[idx] += slope_re[idx];
                    amp_im[idx] += slope_im[idx];
                    let (re, im) = (wave_re[idx], wave_im[idx]);
                    *sum += amp_re[idx] * re - amp_im[idx] * im;
                    wave_re[idx] = re * turn_re[idx] - im * turn_im[idx];
                    wave_im[idx] = re * turn_im[idx] + im * turn_re[idx];
                }
            }
            let pairs = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
            *sample += (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]);
        }
    }
}

/// Returns the product of two complex numbers.
fn turned((re, im): (f32, f32), (by_re, by_im): (f32, f32)) -> (f32, f32) {
    (re * by_re - im * by_im, re * by_im + im * by_re)
}

/// Returns the pitch at an instant.
fn pitch_at(points: &[PitchPoint], at: f32) -> f32 {
    let after = points.partition_point(|point| point.at <= at);
    let (Some(from), Some(to)) = (points.get(after.saturating_sub(1)), points.get(after).or(points.last())) else {
        return 100.0;
    };
    let part = ((at - from.at) / (to.at - from.at).max(1.0)).clamp(0.0, 1.0);
    from.hz + (to.hz - from.hz) * part
}
