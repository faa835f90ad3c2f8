//! Words keep their texts, lips close where the sound does, and speed is what was asked for.

use std::ops::ControlFlow;

use speech::{Request, Synthesizer, Viseme};

use crate::common::{check, ipa, library, rms, speak, speak_as, texts};

const PARAGRAPH: &str = "My mother bought a big blue map. Bob and Pam remember a purple umbrella, maybe a hundred lamps. \
                         People in the room hum a simple tune by the piano. \
                         Happy mummy, pepper, baby, summer, rubber, a cabin, a camel, open, upper, homey, hobby.";

#[test]
fn written_words_keep_their_text_whatever_is_said_for_them() {
    let text =
        "In 2026, we paid $5.30 (i.e. 12 km \u{1f600}) for Dr. Smith's “U.S.” trip — see https://example.org/a?b=1!";
    let spoken = speak(text);
    assert_eq!(texts(&spoken).join(" "), text);
    let long_ones = [(1, 900), (4, 700)];
    for (idx, least_ms) in long_ones {
        let word = &spoken.words[idx];
        assert!(word.end_ms - word.start_ms > least_ms, "{word:?}");
    }
    let dash = spoken.words.iter().find(|word| word.text == "—").unwrap();
    assert!(dash.end_ms >= dash.start_ms);
    assert_eq!(spoken.words.iter().filter(|word| word.ends_sentence).count(), 1);
}

#[test]
fn lips_close_where_the_voice_dips() {
    for voice in ["en-us/henry", "en-us/iris", "en-gb/oliver"] {
        let spoken = speak_as(&Request::new(PARAGRAPH, voice));
        let (mut n_closed, mut n_dips, mut offsets) = (0, 0, Vec::new());
        for window in spoken.phonemes.windows(3) {
            let [before, closed, after] = window else { continue };
            if closed.viseme != Viseme::Pp || !before.viseme.is_vowel() || !after.viseme.is_vowel() {
                continue;
            }
            let vowels = rms(&spoken, before.start_ms, before.end_ms).max(rms(&spoken, after.start_ms, after.end_ms));
            let closure =
                (closed.start_ms..=closed.end_ms - 15).map(|at| rms(&spoken, at, at + 15)).fold(1.0, f32::min);
            n_closed += 1;
            n_dips += usize::from(closure < vowels * 0.5);
            offsets.push(offset_of_dip(&spoken, closed.start_ms, closed.end_ms));
        }
        assert!(n_closed >= 10, "{voice}: {n_closed}");
        assert!(n_dips * 10 >= n_closed * 9, "{voice}: {n_dips} of {n_closed}");
        offsets.sort_unstable();
        // How far the quietest 10 ms lie outside the closure: the target is under 20 ms.
        assert!(offsets.iter().filter(|offset| **offset >= 20).count() * 10 <= n_closed, "{voice}: {offsets:?}");
    }
}

/// Returns by how many milliseconds the quietest 10 ms around a closure lie outside it.
fn offset_of_dip(spoken: &speech::Spoken, start_ms: u32, end_ms: u32) -> u32 {
    let from = start_ms.saturating_sub(60);
    let until = (end_ms + 60).min(spoken.duration_ms()) - 10;
    let level = |at: &u32| rms(spoken, *at, *at + 10);
    let quietest = (from..=until).step_by(2).min_by(|a, b| level(a).total_cmp(&level(b))).unwrap() + 5;
    if quietest < start_ms { start_ms - quietest } else { quietest.saturating_sub(end_ms) }
}

#[test]
fn vowels_are_loud_and_silence_is_silent() {
    let spoken = speak(PARAGRAPH);
    let mut loud = 0;
    let mut n_vowels = 0;
    for phoneme in &spoken.phonemes {
        let level = rms(&spoken, phoneme.start_ms, phoneme.end_ms);
        match phoneme.viseme {
            Viseme::Sil => assert!(level < 0.01, "{phoneme:?} {level}"),
            viseme if viseme.is_vowel() && phoneme.symbol != "h" => {
                n_vowels += 1;
                loud += usize::from(level > 0.03);
            }
            _ => {}
        }
    }
    assert!(n_vowels > 30 && loud * 20 >= n_vowels * 19, "{loud} of {n_vowels}");
}

#[test]
fn rate_and_pitch_are_what_was_asked_for() {
    let text = "We are moving along a narrow river now.";
    let normal = speak(text);
    let spoken_ms = |spoken: &speech::Spoken| spoken.words.last().unwrap().end_ms as f32;
    for rate in [0.25, 0.5, 1.5, 2.0, 4.0] {
        let spoken = speak_as(&Request { rate, ..Request::new(text, "en-us/henry") });
        let ratio = spoken_ms(&normal) / spoken_ms(&spoken);
        assert!((ratio / rate - 1.0).abs() < 0.06, "{rate}: {ratio}");
    }
    let loudest_ms = (0..normal.duration_ms() - 250)
        .step_by(50)
        .max_by(|a, b| rms(&normal, *a, a + 250).total_cmp(&rms(&normal, *b, b + 250)))
        .unwrap();
    // Measured where harmonics lie far apart: two octaves up, where a man's 110 Hz are 440.
    let highest = speak_as(&Request { pitch: 24.0, ..Request::new(text, "en-us/henry") });
    let normal_hz = pitch_near(&highest, loudest_ms, 440.0) / 4.0;
    assert!((85.0..135.0).contains(&normal_hz), "{normal_hz}");
    for half_tones in [-24.0, -12.0, 6.0, 12.0] {
        let spoken = speak_as(&Request { pitch: half_tones, ..Request::new(text, "en-us/henry") });
        assert!((spoken.duration_ms() as f32 / normal.duration_ms() as f32 - 1.0).abs() < 0.02);
        // The lowest pitch is held at 40 Hz: an octave and a half below a man's voice.
        let wanted_hz = (normal_hz * (half_tones / 12.0f32).exp2()).max(40.0);
        // The pitch glides within the quarter of a second.
        let hz = pitch_near(&spoken, loudest_ms, wanted_hz);
        assert!((hz / wanted_hz - 1.0).abs() < 0.22, "{half_tones}: {hz} Hz, not {wanted_hz}");
    }
}

/// Returns the pitch of a quarter of a second near `expected_hz`: how often its loudness swells, which formants do not disturb.
fn pitch_near(spoken: &speech::Spoken, start_ms: u32, expected_hz: f32) -> f32 {
    let start = start_ms as usize * 48;
    let n_smooth = (12_000.0 / expected_hz) as usize;
    let loudness = |at: usize| spoken.samples[at..at + n_smooth].iter().map(|sample| sample.abs()).sum::<f32>();
    let mut swells: Vec<f32> = (0..3000).map(|idx| loudness(start + idx * 4)).collect();
    let mean = swells.iter().sum::<f32>() / swells.len() as f32;
    swells.iter_mut().for_each(|value| *value -= mean);
    let correlation =
        |lag: usize| swells.iter().zip(&swells[lag..]).map(|(a, b)| a * b).sum::<f32>() / (swells.len() - lag) as f32;
    let lags = (12_000.0 / expected_hz * 0.75) as usize..(12_000.0 / expected_hz * 1.4) as usize;
    let lag = lags.max_by(|a, b| correlation(*a).total_cmp(&correlation(*b))).unwrap();
    12_000.0 / lag as f32
}

#[test]
fn sentences_stream_as_they_are_in_the_whole() {
    let request = Request::new("First comes this. Then, perhaps, that! And a question? Yes.", "en-us/nora");
    let whole = library().speak_all(&request).unwrap();
    let mut joined = speech::Spoken::default();
    let mut n_sentences = 0;
    library()
        .speak(&request, &mut |sentence| {
            check(&sentence.spoken);
            assert_eq!(sentence.start_ms, joined.duration_ms());
            joined.append(sentence.spoken);
            n_sentences += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(n_sentences, 4);
    assert_eq!((&joined.words, &joined.phonemes), (&whole.words, &whole.phonemes));
    assert_eq!(joined.samples.len(), whole.samples.len());
    // The whole is the stream times one factor; only where the limiter works is there more between them.
    let (mut sum, mut n) = (0.0f64, 0);
    for (one, other) in joined.samples.iter().zip(&whole.samples).filter(|(one, _)| (0.01..0.2).contains(&one.abs())) {
        sum += f64::from(other / one);
        n += 1;
    }
    let factor = (sum / f64::from(n)) as f32;
    assert!((0.6..1.7).contains(&factor), "{factor}");
    let off =
        joined.samples.iter().zip(&whole.samples).filter(|(one, other)| (*other - *one * factor).abs() > 0.1).count();
    assert!(off * 100 < joined.samples.len(), "{off}");
    let mut n_before_break = 0;
    library()
        .speak(&request, &mut |_| {
            n_before_break += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(n_before_break, 1);
}

#[test]
fn foreign_words_and_diphthongs_have_sounds() {
    let spoken = speak("I know.");
    assert_eq!(ipa(&spoken, 0), "aɪ");
    assert!(spoken.phonemes.iter().any(|phoneme| phoneme.viseme == Viseme::Oh));
    let russian = speak_as(&Request::new("Он сказал: hello world, и ушёл.", "ru/ivan"));
    assert!(ipa(&russian, 2).starts_with('h'), "{}", ipa(&russian, 2));
    assert!(russian.words[2].end_ms - russian.words[2].start_ms > 150);
}

#[test]
fn chinese_characters_are_timed_one_by_one() {
    let spoken = speak_as(&Request::new("你好！我很高兴。", "zh/mei"));
    assert_eq!(texts(&spoken), ["你", "好！", "我", "很", "高", "兴。"]);
    assert!(spoken.words.iter().all(|word| word.end_ms - word.start_ms > 60), "{:?}", spoken.words);
    assert_eq!(spoken.words.iter().filter(|word| word.ends_sentence).count(), 2);
}
