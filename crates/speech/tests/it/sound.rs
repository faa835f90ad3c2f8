//! Loudness, clicks, offset, and the same bytes every time.

use ebur128::{EbuR128, Mode};
use speech::{Request, Spoken, Synthesizer};

use crate::common::{library, speak, speak_as};

const TEXT: &str = "The studio opens at nine. Please bring a copy of your contract, and remember the blue form. \
                    Would you like some coffee? We have plenty of time to talk about everything you need.";

fn measured(spoken: &Spoken) -> (f64, f64) {
    let mut meter = EbuR128::new(1, spoken.sample_rate, Mode::I | Mode::TRUE_PEAK).unwrap();
    meter.add_frames_f32(&spoken.samples).unwrap();
    (meter.loudness_global().unwrap(), 20.0 * meter.true_peak(0).unwrap().log10())
}

#[test]
fn every_voice_is_as_loud_and_stays_below_the_peak() {
    for voice in
        ["en-us/iris", "en-us/henry", "en-us/jack", "en-us/ruby", "en-gb/oliver", "de/anna", "ru/ivan", "hi/priya"]
    {
        let text = if voice.starts_with("en") { TEXT } else { &library().find(voice).unwrap().sample };
        let (lufs, peak_db) = measured(&speak_as(&Request::new(text, voice)));
        assert!((lufs + 16.0).abs() <= 1.0, "{voice}: {lufs} LUFS");
        assert!(peak_db <= -1.5, "{voice}: {peak_db} dBTP");
    }
}

#[test]
fn joins_do_not_click() {
    let spoken = speak(
        "Stop. <break time='100ms'/> Go, no, <prosody pitch='high'>mama</prosody> and <emphasis>papa</emphasis>; a, e, o.",
    );
    // Where speech meets silence, samples rise from nothing: the largest step within 1 ms of a silence.
    for silence in spoken.phonemes.iter().filter(|phoneme| phoneme.symbol.is_empty()) {
        for edge_ms in [silence.start_ms, silence.end_ms] {
            let at = edge_ms as usize * 48;
            let around = &spoken.samples[at.saturating_sub(48)..(at + 48).min(spoken.samples.len())];
            let step = around.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0f32, f32::max);
            assert!(step < 0.04, "{silence:?} {step}");
        }
    }
    // Nowhere is a step larger than a voice of this loudness and bandwidth makes.
    let step = spoken.samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0f32, f32::max);
    assert!(step < 0.5, "{step}");
}

#[test]
fn there_is_no_offset() {
    let spoken = speak(TEXT);
    let mean = spoken.samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / spoken.samples.len() as f64;
    assert!(mean.abs() < 5e-4, "{mean}");
    assert!(spoken.samples[0].abs() < 1e-3 && spoken.samples.last().unwrap().abs() < 1e-3);
}

#[test]
fn the_same_text_has_the_same_bytes_on_every_thread() {
    let request = Request::new(TEXT, "en-gb/alice");
    let first = library().speak_all(&request).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(library().speak_all(&request).unwrap(), first));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let fresh = speech::Library::new(folder.path());
    assert_eq!(fresh.speak_all(&request).unwrap(), first);
}

#[test]
fn cache_keys_tell_requests_apart() {
    let request = Request::new("Hello.", "en-us/iris");
    let key = request.cache_key();
    assert_eq!(key, request.clone().cache_key());
    let dictionary = [("a", "b")].into_iter().collect();
    for other in [
        Request { text: "Hello!", ..request.clone() },
        Request { voice: "en-us/henry", ..request.clone() },
        Request { rate: 1.1, ..request.clone() },
        Request { pitch: 1.0, ..request.clone() },
        Request { language: Some("de"), ..request.clone() },
        Request { markup: speech::Markup::Plain, ..request.clone() },
        Request { dictionary: Some(&dictionary), ..request.clone() },
    ] {
        assert_ne!(other.cache_key(), key);
    }
    assert!(key.starts_with(speech::SOUND_VERSION));
}
