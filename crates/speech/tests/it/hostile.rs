//! Texts that nobody writes.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use speech::{DEPTH_MAX, ErrorKind, PAUSES_MAX_MS, Request, Synthesizer, TEXT_MAX_CHARS};

use crate::common::{check, library, speak, texts};

#[test]
fn limits_hold_at_and_one_past_them() {
    let kind = |text: &str| {
        library()
            .speak(&Request::new(text, "en-us/henry"), &mut |_| ControlFlow::Break(()))
            .map_err(|error| error.kind())
    };
    let longest = "word ".repeat(TEXT_MAX_CHARS / 5);
    assert_eq!(kind(&longest), Ok(()));
    assert_eq!(kind(&(longest + "x")), Err(ErrorKind::Limit));
    let nested = |depth: usize| format!("{}word", "<prosody rate='1'>".repeat(depth));
    assert_eq!(kind(&nested(DEPTH_MAX)), Ok(()));
    assert_eq!(kind(&nested(DEPTH_MAX + 1)), Err(ErrorKind::Limit));
    let n_pauses = PAUSES_MAX_MS as usize / 60_000;
    let paused = |n: usize| format!("word{}", "<break time='60s'/> word".repeat(n));
    assert_eq!(kind(&paused(n_pauses)), Ok(()));
    assert_eq!(kind(&paused(n_pauses + 1)), Err(ErrorKind::Limit));
    let cut = "word <break time='999s'/> word";
    let mut warnings = Vec::new();
    library()
        .speak(&Request::new(cut, "en-us/henry"), &mut |sentence| {
            assert!(sentence.spoken.duration_ms() < 62_000);
            warnings = sentence.spoken.warnings;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(warnings.len(), 1);
}

#[test]
fn settings_out_of_range_are_errors() {
    for (rate, pitch) in [(0.24, 0.0), (4.1, 0.0), (f32::NAN, 0.0), (1.0, 25.0), (1.0, -25.0), (1.0, f32::INFINITY)] {
        let request = Request { rate, pitch, ..Request::new("x", "en-us/henry") };
        assert_eq!(library().speak_all(&request).unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[test]
fn long_rows_of_one_character_are_quick() {
    for letter in ["a", "1", ".", "-", "<", "[", "&", "(", "\"", "\u{1f600}", "你", "ا", "\u{301}", "$", "'", "/", "x1"]
    {
        let text = letter.repeat(TEXT_MAX_CHARS / letter.chars().count());
        let start = Instant::now();
        library()
            .speak(&Request::new(&text, "en-us/henry"), &mut |sentence| {
                check(&sentence.spoken);
                ControlFlow::Break(())
            })
            .unwrap();
        assert!(start.elapsed() < Duration::from_secs(2), "{letter}: {:?}", start.elapsed());
    }
}

#[test]
fn odd_characters_do_no_harm() {
    for text in [
        "",
        " \n\t ",
        "\0",
        "a\0b\u{1}12Sc\u{7f}",
        "\u{202e}drow\u{202c} \u{200f}\u{feff}word",
        "[[h@l'oU]] and [[]] [[ ]] [[_^_en",
        "\u{1}999999999U word",
        "e\u{301}\u{302}\u{303} \u{fffd} \u{10ffff}",
        "🇩🇪 👩‍👩‍👧‍👦 ☃️",
        "1e999999 0x7fffffff -9223372036854775808 999999999999999999999999999999",
        "1/0 0/0 00:00:00 99:99 31/31/31",
        "........ ,,,, !!! ???",
        "<phoneme ph=''>x</phoneme><sub alias=''>y</sub><say-as interpret-as='characters'></say-as>",
        "<phoneme ph='∀∃'>x</phoneme>",
        "مرحبا hello שלום world नमस्ते",
    ] {
        for voice in ["en-us/henry", "zh/mei", "ar/omar", "ru/ivan"] {
            check(&library().speak_all(&Request::new(text, voice)).unwrap());
        }
    }
    assert_eq!(speak("").duration_ms(), 0);
    assert_eq!(texts(&speak("a\0b")), ["a", "b"]);
}

#[test]
fn a_sentence_without_end_is_cut() {
    let text = "and then we went on ".repeat(2000);
    let mut longest_ms = 0;
    library()
        .speak(&Request::new(&text, "en-us/henry"), &mut |sentence| {
            longest_ms = longest_ms.max(sentence.spoken.duration_ms());
            if sentence.start_ms > 120_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert!(longest_ms < 60_000, "{longest_ms}");
}
