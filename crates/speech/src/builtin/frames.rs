//! From a sound to its spectral frames: which recorded spectra it runs through, and how long each lasts.
//!
//! Follows espeak-ng's `synthesize.c` and `setlengths.c` (version 1.52): a vowel is an onset, a body whose length follows from
//! stress and neighbors, and an exit; its ends bend towards the consonants beside it. Times are milliseconds of
//! speech at the normal rate.

use espeak_ng::PhonemeData;
use espeak_ng::synthesize::bytecode::{Neighbours, PhonemeExtract, interpret_phoneme};
use espeak_ng::synthesize::phondata::{FRFLAG_VOWEL_CENTRE, SpectFrame, SpectSeq};
use espeak_ng::synthesize::{sample, setlengths};

use super::phones::{Kind, Phone, kind_of};

/// The rate of the recorded noises, in Hz.
pub(super) const NOISE_RATE: u32 = 22_050;

/// One spectrum, and the time until the next.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub spectrum: SpectFrame,
    pub ms: f32,
    /// How loud it is beside the rest of its sound.
    pub gain: f32,
}

/// How long, and how loud beside its release, the voice hums behind the closed lips or tongue of a voiced stop.
const CLOSURE_MS: f32 = 42.0;
const CLOSURE_GAIN: f32 = 0.12;

/// A frame whose length hardly follows the speed; in the onset of a vowel, what is still the consonant before it.
const FRFLAG_LEN_MOD: u16 = 0x04;

/// What one phone sounds like.
#[derive(Debug, Clone, Default)]
pub(super) struct Sound {
    /// Silence before it: the closure of a stop.
    pub closure_ms: f32,
    /// The voice's spectra; empty for a voiceless sound. The last one has no time of its own.
    pub frames: Vec<Frame>,
    /// How much at the beginning is still the consonant before: a nasal between vowels has no spectra of its own.
    pub lead_ms: f32,
    /// How loud the voice is, 1 for a stressed vowel.
    pub amplitude: f32,
    /// The recorded noise, at [`NOISE_RATE`], -1 to 1: of its own or mixed with the voice.
    pub noise: Vec<f32>,
    /// Silence after it.
    pub release_ms: f32,
}

impl Sound {
    /// Returns the duration of its voice or noise, without the silence around it.
    pub(super) fn sounding_ms(&self) -> f32 {
        let voice: f32 = self.frames.iter().map(|frame| frame.ms).sum();
        if self.frames.is_empty() { self.noise.len() as f32 * 1000.0 / NOISE_RATE as f32 } else { voice }
    }
}

/// What of the language and voice the sounds depend on.
pub(super) struct Setting<'a> {
    pub tables: &'a PhonemeData,
    pub stress_lengths: Option<&'a [u32; 8]>,
    /// How long voiced sounds are, 1 for as the tables say.
    pub tempo: f32,
    /// How far the voice's formants lie above the recorded ones, 1 for not at all.
    pub formant_factor: f32,
}

/// Returns the sound of a phone.
pub(super) fn sound_of(phone: &Phone, setting: &Setting<'_>) -> Sound {
    let extract = extract_of(phone, setting.tables);
    let mut sound = Sound {
        closure_ms: f32::from(extract.pause_before_ms) + closure_ms(phone, setting.tables),
        release_ms: f32::from(extract.pause_after_ms),
        amplitude: amplitude_of(phone.stress),
        ..Sound::default()
    };
    match phone.kind {
        Kind::Stop | Kind::Fricative => {
            sound.noise = noise_of(&extract, setting.tables, noise_stretch(phone, setting.tables));
            if sound.noise.is_empty() {
                sound.closure_ms += 40.0;
            }
        }
        Kind::Vowel => {
            sound.frames = vowel_frames(phone, &extract, setting);
            sound.frames.iter_mut().for_each(|frame| frame.ms *= setting.tempo);
            if kind_of(setting.tables, phone.prev).is_some_and(|kind| kind != Kind::Vowel) {
                sound.lead_ms = leading(&sound.frames).iter().map(|frame| frame.ms).sum();
            }
        }
        _ => {
            sound.frames = consonant_frames(phone, &extract, setting.tables);
            sound.frames.iter_mut().for_each(|frame| frame.ms *= setting.tempo);
            let recorded = noise_of(&extract, setting.tables, 1.0);
            let n_samples = (sound.sounding_ms() * NOISE_RATE as f32 / 1000.0) as usize;
            sound.noise = fitted(recorded, n_samples);
        }
    }
    sound
}

/// Runs the phoneme's program with its neighbors.
fn extract_of(phone: &Phone, tables: &PhonemeData) -> PhonemeExtract {
    let neighbors = Neighbours {
        prev: phone.prev,
        this: phone.code,
        next: phone.next,
        next2: phone.next2,
        stress: phone.stress,
        this_wordstart: phone.starts_word,
        prev_wordstart: phone.prev_starts_word,
        next_wordstart: phone.next_starts_word,
        next2_wordstart: phone.next2_starts_word,
        ..Neighbours::default()
    };
    let mut extract = interpret(phone.code, tables, &neighbors);
    let silent = extract.fmt_addr.is_none() && extract.wav_addr.is_none();
    if let Some(other) = extract.change_phoneme_code.filter(|_| silent) {
        let changed = interpret(other, tables, &Neighbours { this: other, ..neighbors });
        (extract.fmt_addr, extract.fmt_param) = (changed.fmt_addr, changed.fmt_param);
        (extract.wav_addr, extract.wav_param) = (changed.wav_addr, changed.wav_param);
    }
    extract
}

fn interpret(code: u8, tables: &PhonemeData, neighbors: &Neighbours) -> PhonemeExtract {
    let program = tables.get(code).map_or(0, |phoneme| phoneme.program);
    interpret_phoneme(program, &tables.phonindex, neighbors, |code| tables.get(code).cloned())
}

/// Returns how long a stop is closed before its burst, and how long a fricative waits at the beginning of a word.
fn closure_ms(phone: &Phone, tables: &PhonemeData) -> f32 {
    let before = kind_of(tables, phone.prev);
    let closure = match (phone.kind, before) {
        (Kind::Stop, Some(Kind::Fricative)) => 20.0,
        (Kind::Stop, Some(Kind::Stop)) => 60.0,
        (Kind::Stop, _) if phone.more_syllables || phone.stress < super::phones::PRIMARY => 48.0,
        (Kind::Stop, _) => 60.0,
        (Kind::VoicedStop, Some(Kind::Fricative | Kind::VoicedFricative | Kind::Stop)) => 30.0,
        _ => 0.0,
    };
    closure + if phone.lengthened && phone.kind == Kind::Stop { 60.0 } else { 0.0 }
}

/// Returns how much of a recorded noise is played: a hiss before a stop is short.
fn noise_stretch(phone: &Phone, tables: &PhonemeData) -> f32 {
    let before_stop = kind_of(tables, phone.next) == Some(Kind::Stop) && !phone.next_starts_word;
    let stretch = if phone.kind == Kind::Fricative && before_stop { 0.75 } else { 1.0 };
    if phone.lengthened && phone.kind == Kind::Fricative { stretch * 1.5 } else { stretch }
}

fn noise_of(extract: &PhonemeExtract, tables: &PhonemeData, stretch: f32) -> Vec<f32> {
    let recorded = extract.wav_addr.and_then(|address| {
        sample::parse_wav_sample(address, &tables.phondata, f64::from(stretch), i32::from(extract.wav_param))
    });
    recorded.unwrap_or_default().into_iter().map(|value| f32::from(value) / 32_768.0).collect()
}

/// Cuts or loops a recorded noise to the length of the voice it is mixed with.
fn fitted(recorded: Vec<f32>, n_samples: usize) -> Vec<f32> {
    if recorded.is_empty() || recorded.len() >= n_samples {
        return recorded.into_iter().take(n_samples).collect();
    }
    // A short burst stays as it is; only a hiss as long as the voice's is continued, from its steady middle.
    if recorded.len() * 2 < n_samples {
        return recorded;
    }
    let middle = recorded.len() / 4..recorded.len() * 3 / 4;
    let mut fitted = recorded.clone();
    fitted.extend(recorded[middle].iter().cycle().take(n_samples - recorded.len()));
    fitted
}

fn sequence(tables: &PhonemeData, address: Option<u32>) -> Vec<SpectFrame> {
    let parsed = address.and_then(|address| SpectSeq::parse(&tables.phondata, address as usize));
    parsed.map(|sequence| sequence.frames).unwrap_or_default()
}

fn timed(spectrum: SpectFrame) -> Frame {
    let ms = f32::from(spectrum.length);
    Frame { spectrum, ms, gain: 1.0 }
}

/// The frames of a voiced consonant, with the lengths they were recorded with.
fn consonant_frames(phone: &Phone, extract: &PhonemeExtract, tables: &PhonemeData) -> Vec<Frame> {
    let mut frames: Vec<Frame> = sequence(tables, extract.fmt_addr).into_iter().map(timed).collect();
    if phone.lengthened && frames.len() > 1 {
        let middle = frames.len() / 2;
        frames.insert(middle, frames[middle].clone());
    }
    if let (Kind::VoicedStop, Some(first)) = (phone.kind, frames.first().cloned()) {
        // The data leave hardly any closure between vowels; with one, lips are seen and heard to close.
        let ms = if phone.prev == 0 { CLOSURE_MS / 2.0 } else { CLOSURE_MS };
        frames.splice(
            0..0,
            [Frame { ms, gain: CLOSURE_GAIN, ..first.clone() }, Frame { ms: 6.0, gain: CLOSURE_GAIN, ..first }],
        );
    }
    frames
}

/// The frames of a vowel: onset, body, exit.
fn vowel_frames(phone: &Phone, extract: &PhonemeExtract, setting: &Setting<'_>) -> Vec<Frame> {
    let tables = setting.tables;
    let mut body = sequence(tables, extract.fmt_addr);
    if body.is_empty() {
        return Vec::new();
    }
    let center = body.iter().rposition(|frame| frame.frflags & FRFLAG_VOWEL_CENTRE != 0).unwrap_or(0);
    let own_onset: Vec<SpectFrame> = body.drain(..center).collect();
    let before = neighbor_extract(phone.prev, tables, |neighbors| {
        neighbors.next = phone.code;
        neighbors.next2 = phone.next;
    });
    let after = neighbor_extract(phone.next, tables, |neighbors| {
        neighbors.prev = phone.code;
        neighbors.next = phone.next2;
    });
    let (onset, recorded) = onset_of(extract, before.as_ref(), own_onset, tables);
    let n_onset = onset.len();
    let mut frames = onset;
    frames.append(&mut body);
    if let (false, Some(before)) = (recorded, &before) {
        bend_entry(&mut frames, &before.vowel_transition[..2], setting.formant_factor);
    }
    let n_body_end = frames.len();
    let ending = extract.vwlending_addr.or_else(|| after.as_ref().and_then(|extract| extract.vwlending_addr));
    let ending = sequence(tables, ending);
    if let Some(first) = ending.first() {
        if let Some(last) = frames.last_mut() {
            last.length = first.length;
        }
        frames.extend(ending.into_iter().skip(1));
    } else if let Some(after) = &after {
        bend_exit(&mut frames, &after.vowel_transition[2..], setting.formant_factor);
    }
    let has_exit = frames.len() > n_body_end;
    let mut frames: Vec<Frame> = frames.into_iter().map(timed).collect();
    // The ends take part of the vowel's time.
    let whole_ms = vowel_ms(phone, extract, setting);
    let onset = &frames[leading(&frames[..n_onset]).len()..n_onset];
    let ends_ms: f32 = onset.iter().chain(&frames[n_body_end - 1..]).map(|frame| frame.ms).sum();
    let body_ms = (whole_ms - 0.5 * ends_ms).max(0.4 * whole_ms);
    stretch_body(&mut frames[n_onset.min(n_body_end - 1)..n_body_end - 1], body_ms);
    if !has_exit && frames.len() == 1 {
        // A vowel of one spectrum is held.
        frames[0].ms = body_ms;
        frames.push(frames[0].clone());
    }
    frames
}

/// Returns the frames at the beginning that are still the consonant before.
fn leading(frames: &[Frame]) -> &[Frame] {
    let n_leading = frames.iter().take_while(|frame| frame.spectrum.frflags & FRFLAG_LEN_MOD != 0).count();
    &frames[..n_leading]
}

fn neighbor_extract(code: u8, tables: &PhonemeData, set: impl FnOnce(&mut Neighbours)) -> Option<PhonemeExtract> {
    (code != 0).then(|| {
        let mut neighbors = Neighbours { this: code, ..Neighbours::default() };
        set(&mut neighbors);
        interpret(code, tables, &neighbors)
    })
}

/// Returns the spectra before the body, and whether they were recorded for this transition.
fn onset_of(
    own: &PhonemeExtract,
    before: Option<&PhonemeExtract>,
    own_onset: Vec<SpectFrame>,
    tables: &PhonemeData,
) -> (Vec<SpectFrame>, bool) {
    let from_before = || before.filter(|extract| extract.pd_fornextph).and_then(|extract| extract.vwlstart_addr);
    let address = own.vwlstart_addr.filter(|_| !own.pd_fornextph).or_else(from_before);
    let mut recorded = sequence(tables, address);
    if recorded.is_empty() {
        return (own_onset, false);
    }
    // Its last spectrum is the body's first.
    if recorded.len() > 1 {
        recorded.pop();
    }
    (recorded, true)
}

/// Returns the length of a vowel's body.
fn vowel_ms(phone: &Phone, extract: &PhonemeExtract, setting: &Setting<'_>) -> f32 {
    // A pause is of group 1.
    let modifier_of = |code: u8| setting.tables.get(code).filter(|_| code != 0).map_or(1, |phoneme| phoneme.length_mod);
    let standard = setting.tables.get(phone.code).map_or(0, |phoneme| phoneme.std_length);
    let standard = extract.set_length.unwrap_or(standard).saturating_add_signed(extract.add_length);
    let modifier = setlengths::calc_vowel_length_mod(
        phone.stress,
        modifier_of(phone.next),
        modifier_of(phone.next2),
        phone.more_syllables,
        phone.in_last_word && !phone.more_syllables,
        standard,
        setting.stress_lengths,
    );
    let ms = f32::from(u16::try_from(modifier).unwrap_or(500));
    let ms = (ms - 45.0).max(8.0) * ms / 256.0;
    let ms = if phone.lengthened { ms * 4.0 / 3.0 } else { ms };
    // A tone needs time to be heard.
    if phone.tone.is_empty() { ms } else { ms.max(110.0) }
}

fn stretch_body(frames: &mut [Frame], body_ms: f32) {
    let recorded: f32 = frames.iter().map(|frame| frame.ms).sum();
    if recorded > 0.0 {
        frames.iter_mut().for_each(|frame| frame.ms *= body_ms / recorded);
    }
}

/// Loudness by stress level; the weights are espeak's `stressAmp`.
fn amplitude_of(stress: u8) -> f32 {
    let weight = setlengths::STRESS_AMPS_EN.get(usize::from(stress)).copied().unwrap_or(20);
    f32::from(weight) / 22.0
}

/// How a consonant bends the vowel beside it: espeak's `FormantTransition2`.
struct Bend {
    rms: i32,
    flags: i32,
    f2: i32,
    f2_min: i32,
    f2_max: i32,
    f3: i32,
    high_percent: i32,
    f1: i32,
}

fn unpacked(data: &[u32]) -> Bend {
    let bits = |value: u32, from: u32, mask: u32| i32::try_from((value >> from) & mask).unwrap_or(0);
    Bend {
        rms: bits(data[0], 6, 0x3f),
        flags: bits(data[0], 12, 0xf_ffff),
        f2: bits(data[1], 0, 0x3f) * 50,
        f2_min: (bits(data[1], 6, 0x1f) - 15) * 50,
        f2_max: (bits(data[1], 11, 0x1f) - 15) * 50,
        f3: (bits(data[1], 16, 0x1f) - 15) * 50,
        high_percent: bits(data[1], 21, 0x1f) * 8,
        f1: bits(data[1], 26, 0x7),
    }
}

fn bend_entry(frames: &mut [SpectFrame], data: &[u32], formant_factor: f32) {
    if frames.len() < 2 || data.iter().all(|word| *word == 0) {
        return;
    }
    let bend = unpacked(data);
    let next_rms = i32::from(frames[1].rms);
    let frame = &mut frames[0];
    if bend.f2 == 0 {
        set_rms(frame, 28);
        return;
    }
    if bend.rms & 0x20 != 0 {
        set_rms(frame, next_rms * (bend.rms & 0x1f) / 30);
    }
    bend_formants(frame, &bend, formant_factor);
    if bend.rms & 0x20 == 0 {
        set_rms(frame, bend.rms * 2);
    }
}

fn bend_exit(frames: &mut Vec<SpectFrame>, data: &[u32], formant_factor: f32) {
    let Some(last) = frames.last().filter(|_| data.iter().any(|word| *word != 0)) else { return };
    let bend = unpacked(data);
    if bend.f2 == 0 && bend.flags == 0 {
        return;
    }
    let mut exit = last.clone();
    if bend.f2 != 0 {
        bend_formants(&mut exit, &bend, formant_factor);
    }
    set_rms(&mut exit, bend.rms * 2);
    if let Some(last) = frames.last_mut() {
        // The transition takes as long as espeak's: 36 ms.
        last.length = 36;
    }
    frames.push(exit);
}

/// Sets how loud a frame is; its heights follow the square root.
fn set_rms(frame: &mut SpectFrame, rms: i32) {
    if rms <= 0 {
        return;
    }
    let scale = libm::sqrtf(rms as f32 / f32::from(frame.rms.max(1)));
    for height in &mut frame.fheight {
        *height = (f32::from(*height) * scale).round().min(255.0) as u8;
    }
    frame.rms = u8::try_from(rms.min(255)).unwrap_or(u8::MAX);
}

/// Moves the formants of a frame towards where a consonant is spoken.
fn bend_formants(frame: &mut SpectFrame, bend: &Bend, formant_factor: f32) {
    let add = |frequency: &mut i16, shift: i32| {
        *frequency = i16::try_from((i32::from(*frequency) + shift).max(0)).unwrap_or(i16::MAX);
    };
    let locus = (bend.f2 as f32 * formant_factor) as i32;
    let (low, high) = (bend.f2_min.min(bend.f2_max), bend.f2_min.max(bend.f2_max));
    let f2_shift = ((locus - i32::from(frame.ffreq[2])) / 2).clamp(low, high);
    add(&mut frame.ffreq[2], f2_shift);
    add(&mut frame.ffreq[3], bend.f3);
    let upper_shift = if bend.flags & 0x20 != 0 { -bend.f3 } else { bend.f3 };
    add(&mut frame.ffreq[4], upper_shift);
    add(&mut frame.ffreq[5], upper_shift);
    let f1 = i32::from(frame.ffreq[1]);
    match bend.f1 {
        1 => add(&mut frame.ffreq[1], (235 - f1).clamp(-100, -60)),
        2 => {
            let shift = (235 - f1).clamp(-300, -150);
            add(&mut frame.ffreq[1], shift);
            add(&mut frame.ffreq[0], shift);
        }
        3 => {
            let shift = (100 - f1).max(-400);
            add(&mut frame.ffreq[1], shift);
            add(&mut frame.ffreq[0], shift);
        }
        _ => {}
    }
    if bend.high_percent > 0 {
        for height in &mut frame.fheight[2..] {
            *height = u8::try_from((i32::from(*height) * bend.high_percent / 100).clamp(0, 255)).unwrap_or(u8::MAX);
        }
    }
}
