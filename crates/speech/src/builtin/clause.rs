//! From the sounds of one clause to samples, and the exact time of each sound.

use espeak_ng::synthesize::intonation::{self, Syllable};
use espeak_ng::synthesize::phondata::FRFLAG_BREAK;

use super::frames::{Frame, Setting, Sound, sound_of};
use super::language::LanguageData;
use super::phones::{Kind, Phone, Step};
use super::voices::Timbre;
use super::wave::{Key, Oscillators, Peaks, PitchPoint, RATE};

/// How loud the recorded noises are beside the voice.
const NOISE_GAIN: f32 = 0.6;

/// The pitch of a clause by what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Statement,
    Continues,
    Question,
    Exclamation,
}

/// How one word differs from its neighbors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stress {
    pub pitch: f32,
    pub loudness: f32,
    pub length: f32,
}

impl Stress {
    pub(super) const NONE: Self = Self { pitch: 1.0, loudness: 1.0, length: 1.0 };
}

/// How a clause is said.
pub(super) struct Delivery<'a> {
    pub voice: &'a Timbre,
    pub language: &'a LanguageData,
    pub ending: Ending,
    /// 2 is twice as fast.
    pub rate: f32,
    /// 2 is an octave higher.
    pub pitch: f32,
    /// By the index of the written word; words beyond the end are said plainly.
    pub stresses: &'a [Stress],
}

impl Delivery<'_> {
    fn setting(&self, phone: &Phone) -> Setting<'_> {
        Setting {
            tables: self.language.tables(phone.foreign),
            stress_lengths: self.language.stress_lengths.as_ref(),
            tempo: self.language.tempo,
            formant_factor: self.voice.formant_factor(),
        }
    }
}

/// The time of one sound, in samples at [`RATE`].
#[derive(Debug, Clone)]
pub(super) struct SoundTime {
    pub phone: Phone,
    pub start: f32,
    pub end: f32,
}

/// A clause as sound.
pub(super) struct Rendered {
    /// At [`RATE`].
    pub samples: Vec<f32>,
    pub times: Vec<SoundTime>,
}

/// Says one clause.
pub(super) fn render(steps: &[Step], delivery: &Delivery<'_>) -> Rendered {
    let mut layout = Layout::default();
    for step in steps {
        match step {
            Step::Pause { ms } => layout.pause(ms / delivery.rate),
            Step::Phone(phone) => layout.place(phone, sound_of(phone, &delivery.setting(phone)), delivery),
        }
    }
    layout.close_run();
    let pitch = pitch_points(&layout.times, delivery);
    let mut samples = vec![0.0; layout.at as usize + 1];
    let mut oscillators = Oscillators::new(delivery.voice);
    for run in &layout.runs {
        oscillators.add_run(run, &pitch, &mut samples);
    }
    for (start, noise) in &layout.noises {
        add_noise(&mut samples, *start, noise);
    }
    Rendered { samples, times: layout.times }
}

/// Where everything lies in time.
#[derive(Default)]
struct Layout {
    /// The end of what is placed, in samples.
    at: f32,
    runs: Vec<Vec<Key>>,
    /// The run that the next voiced sound continues.
    open: Vec<Key>,
    noises: Vec<(f32, Vec<f32>)>,
    times: Vec<SoundTime>,
    /// A consonant without a sound of its own: it is heard in the onset of the vowel after it.
    waiting: Option<Phone>,
}

impl Layout {
    fn pause(&mut self, ms: f32) {
        if ms > 0.0 {
            self.close_run();
            self.at += ms * RATE / 1000.0;
        }
    }

    fn close_run(&mut self) {
        if self.open.len() > 1 {
            self.runs.push(std::mem::take(&mut self.open));
        }
        self.open.clear();
    }

    fn place(&mut self, phone: &Phone, mut sound: Sound, delivery: &Delivery<'_>) {
        let start = self.at;
        let stress = delivery.stresses.get(phone.word).copied().unwrap_or(Stress::NONE);
        let slowness = stress.length / delivery.rate;
        self.pause(sound.closure_ms * slowness);
        sound.noise.iter_mut().for_each(|value| *value *= NOISE_GAIN * delivery.voice.consonants * stress.loudness);
        if sound.frames.is_empty() {
            self.close_run();
            let n_samples = sound.noise.len() as f32;
            // A burst is over in its own time; only a hiss can be drawn out.
            let stretch = if phone.kind == Kind::Stop { slowness.clamp(0.5, 1.2) } else { slowness };
            let noise = stretched(&sound.noise, stretch);
            self.noises.push((self.at, noise));
            self.at += n_samples * slowness.max(stretch.min(slowness));
        } else {
            let voice_start = self.at;
            self.voice(&sound.frames, sound.amplitude * stress.loudness, slowness, delivery.voice);
            let n_samples = (self.at - voice_start) as usize;
            if !sound.noise.is_empty() {
                sound.noise.truncate(n_samples.max(1));
                self.noises.push((voice_start, sound.noise));
            }
        }
        self.pause(sound.release_ms * slowness);
        let lead = (sound.lead_ms * slowness * RATE / 1000.0).min(self.at - start);
        let start = self.lead_in(start, lead);
        if self.at > start {
            self.times.push(SoundTime { phone: phone.clone(), start, end: self.at });
        } else {
            self.waiting = Some(phone.clone());
        }
    }

    /// Gives the consonant before a vowel its part of the vowel's onset, and returns where the vowel itself begins.
    fn lead_in(&mut self, start: f32, lead: f32) -> f32 {
        let waiting = self.waiting.take();
        if lead <= 0.0 {
            return start;
        }
        let end = start + lead;
        match (waiting, self.times.last_mut()) {
            (Some(phone), _) => self.times.push(SoundTime { phone, start, end }),
            (None, Some(before)) if before.phone.kind != Kind::Vowel && before.end == start => before.end = end,
            _ => return start,
        }
        end
    }

    /// Continues the open run with the frames of one sound.
    fn voice(&mut self, frames: &[Frame], amplitude: f32, slowness: f32, voice: &Timbre) {
        let breaks = frames.first().is_some_and(|frame| frame.spectrum.frflags & FRFLAG_BREAK != 0);
        // The first spectrum stands for the end of the sound before, so that one glides into the other.
        if !breaks && self.open.len() > 1 {
            self.open.pop();
        }
        let n_frames = frames.len();
        for (idx, frame) in frames.iter().enumerate() {
            let at = self.at;
            self.open.push(Key { at, peaks: Peaks::of(&frame.spectrum, voice), amplitude: amplitude * frame.gain });
            if idx + 1 < n_frames || n_frames == 1 {
                self.at += frame.ms * slowness * RATE / 1000.0;
            }
        }
        if let (1, Some(last)) = (n_frames, self.open.last().copied()) {
            self.open.push(Key { at: self.at, ..last });
        }
    }
}

/// Draws a hiss out by repeating its steady middle, or cuts it; the end always fades.
fn stretched(noise: &[f32], stretch: f32) -> Vec<f32> {
    let n_samples = (noise.len() as f32 * stretch) as usize;
    if n_samples <= noise.len() {
        return noise[..n_samples].to_vec();
    }
    let quarter = noise.len() / 4;
    let (head, tail) = noise.split_at(noise.len() - quarter);
    let middle = &noise[quarter..(noise.len() - quarter).max(quarter + 1).min(noise.len())];
    let filling = middle.iter().chain(middle.iter().rev()).cycle().take(n_samples - noise.len());
    head.iter().chain(filling).chain(tail).copied().collect()
}

fn add_noise(samples: &mut [f32], start: f32, noise: &[f32]) {
    /// 1.5 ms.
    const FADE: usize = 33;
    let start = start as usize;
    let n_noise = noise.len();
    for (idx, value) in noise.iter().enumerate() {
        let Some(sample) = samples.get_mut(start + idx) else { return };
        let edge = (idx + 1).min(n_noise - idx).min(FADE);
        *sample += value * edge as f32 / FADE as f32;
    }
}

/// The pitch over the clause: espeak's intonation, or the tones of a tone language.
fn pitch_points(times: &[SoundTime], delivery: &Delivery<'_>) -> Vec<PitchPoint> {
    /// Points that a vowel's glide is drawn with.
    const N_POINTS: usize = 6;
    let vowels: Vec<&SoundTime> = times.iter().filter(|time| time.phone.kind == Kind::Vowel).collect();
    let mut syllables: Vec<Syllable> = vowels.iter().map(|time| Syllable::new(time.phone.stress)).collect();
    let clause_type = match delivery.ending {
        Ending::Statement => 0,
        Ending::Continues => 1,
        Ending::Question => 2,
        Ending::Exclamation => 3,
    };
    intonation::calc_pitches(
        &mut syllables,
        intonation::tone_for_clause(delivery.language.intonation_group, clause_type),
        None,
    );
    let mut points = Vec::with_capacity(vowels.len() * N_POINTS);
    for (idx, (time, syllable)) in vowels.iter().zip(&syllables).enumerate() {
        let stress = delivery.stresses.get(time.phone.word).copied().unwrap_or(Stress::NONE);
        for point in 0..N_POINTS {
            let part = point as f32 / (N_POINTS - 1) as f32;
            let hz = if time.phone.tone.is_empty() {
                let height = syllable.pitch_at(f64::from(part)) as f32;
                delivery.voice.base_hz + height / 100.0 * delivery.voice.range_hz
            } else {
                tone_hz(&time.phone.tone, part, delivery.voice, idx as f32 / vowels.len() as f32)
            };
            let at = time.start + (time.end - time.start) * part;
            points.push(PitchPoint { at, hz: (hz * delivery.pitch * stress.pitch).clamp(40.0, 1200.0) });
        }
    }
    if points.is_empty() {
        let hz = (delivery.voice.base_hz + 0.4 * delivery.voice.range_hz) * delivery.pitch;
        points.push(PitchPoint { at: 0.0, hz: hz.clamp(40.0, 1200.0) });
    }
    points
}

/// The pitch of a tone at one part of its vowel; the whole clause sinks a little.
fn tone_hz(tone: &[u8], part: f32, voice: &Timbre, clause_part: f32) -> f32 {
    let at = part * (tone.len() - 1) as f32;
    let idx = (at as usize).min(tone.len() - 2);
    let (from, to) = (f32::from(tone[idx]), f32::from(tone[idx + 1]));
    let level = from + (to - from) * (at - idx as f32);
    // The middle level is the middle of the voice; five levels make an octave.
    let middle = voice.base_hz + 0.5 * voice.range_hz;
    middle * libm::exp2f((level - 3.0) * 0.22 - clause_part * 0.12)
}
