//! SSML, the services' pause marks and the dictionary.

use speech::{Dictionary, Markup, Request};

use crate::common::{ipa, rms, speak, speak_as, texts};

/// Returns the silence between two words.
fn gap_ms(text: &str, word: usize) -> u32 {
    let spoken = speak(text);
    spoken.words[word + 1].start_ms - spoken.words[word].end_ms
}

#[test]
fn pauses_are_exact() {
    for (text, ms) in [
        ("One <break time=\"500ms\"/> two.", 500),
        ("One <break time='1.25s'/> two.", 1250),
        ("One <span data-pause=\"0.5\"></span> two.", 500),
        ("One [pause 0.7s] two.", 700),
        ("One [[slnc 333]] two.", 333),
        ("One. <break time=\"2s\"/> Two.", 2000),
        ("One, <break time=\"100ms\"/><break time=\"150ms\"/> two.", 250),
        ("<speak>One <break strength=\"strong\"/> two</speak>", 800),
        ("<p>One</p><break time=\"900ms\"/><p>Two</p>", 900),
    ] {
        let gap = gap_ms(text, 0);
        assert!(gap.abs_diff(ms) <= 1, "{text}: {gap} ms");
    }
    let spoken = speak("One <break time='1s'/> two.");
    let silence = spoken.phonemes.iter().find(|phoneme| phoneme.end_ms - phoneme.start_ms >= 999).unwrap();
    assert!(rms(&spoken, silence.start_ms + 10, silence.end_ms - 10) < 1e-4);
    let spoken = speak("<break time='300ms'/> One <break time='400ms'/>");
    assert_eq!(spoken.words[0].start_ms, 300);
    assert!((spoken.duration_ms() - spoken.words[0].end_ms).abs_diff(400) <= 1);
}

#[test]
fn pauses_do_not_follow_the_rate() {
    let spoken = speak_as(&Request { rate: 2.0, ..Request::new("One <break time=\"500ms\"/> two.", "en-us/henry") });
    assert!((spoken.words[1].start_ms - spoken.words[0].end_ms).abs_diff(500) <= 1);
}

#[test]
fn blocks_end_sentences() {
    let spoken = speak("<p>Welcome all</p>Second line<br>third line<br/>Last");
    let ends: Vec<&str> =
        spoken.words.iter().filter(|word| word.ends_sentence).map(|word| word.text.as_str()).collect();
    assert_eq!(ends, ["all", "line", "line", "Last"]);
    let paragraphs = speak("Title\n\nText");
    assert_eq!(paragraphs.words.iter().filter(|word| word.ends_sentence).count(), 2);
}

#[test]
fn prosody_changes_rate_pitch_and_volume() {
    let plain = speak("really far away");
    let slow = speak("<prosody rate=\"50%\">really far away</prosody>");
    let ratio = slow.words[2].end_ms as f32 / plain.words[2].end_ms as f32;
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
    let both = speak("really far away <prosody volume=\"-12dB\">really far away</prosody>");
    let level = |from: usize| rms(&both, both.words[from].start_ms, both.words[from + 2].end_ms);
    let ratio = level(0) / level(3);
    assert!((3.0..5.5).contains(&ratio), "{ratio}");
    let soft = speak("<prosody volume=\"silent\">nothing</prosody> something");
    assert!(rms(&soft, soft.words[0].start_ms, soft.words[0].end_ms) < 1e-3);
}

#[test]
fn emphasis_stresses_a_word() {
    let plain = speak("I said the blue one there.");
    let strong = speak("I said <emphasis level=\"strong\">the</emphasis> blue one there.");
    let length = |spoken: &speech::Spoken| spoken.words[2].end_ms - spoken.words[2].start_ms;
    assert!(length(&strong) > length(&plain));
    assert!(strong.words[2].stressed && !plain.words[2].stressed);
    // One breath still: no pause around the word.
    assert_eq!(strong.words[2].start_ms, strong.words[1].end_ms);
}

#[test]
fn words_are_said_as_asked() {
    let spelled = speak("<say-as interpret-as=\"characters\">NASA</say-as> said");
    assert_eq!(texts(&spelled), ["NASA", "said"]);
    assert_eq!(ipa(&spelled, 0), "ɛneɪɛseɪ");
    let digits = speak("<say-as interpret-as=\"digits\">12</say-as>");
    assert!(ipa(&digits, 0).starts_with('w'), "{}", ipa(&digits, 0));
    let date = speak("<say-as interpret-as=\"date\" format=\"mdy\">11/26/2026</say-as>");
    assert!(ipa(&date, 0).starts_with("noʊv"), "{}", ipa(&date, 0));
    assert_eq!(texts(&date), ["11/26/2026"]);
    let phone = speak("Call <say-as interpret-as=\"telephone\">555 0100</say-as> now.");
    assert_eq!(texts(&phone), ["Call", "555", "0100", "now."]);
    assert!(phone.words[2].end_ms > phone.words[2].start_ms);
    let ordinal = speak("<say-as interpret-as=\"ordinal\">3</say-as>");
    assert!(ipa(&ordinal, 0).starts_with('θ'));
    let sub = speak("The <sub alias=\"World Wide Web\">WWW</sub>, you know.");
    assert_eq!(texts(&sub), ["The", "WWW,", "you", "know."]);
    assert!(ipa(&sub, 1).starts_with('w') && ipa(&sub, 1).ends_with('b'), "{}", ipa(&sub, 1));
}

#[test]
fn phonemes_are_said_as_written() {
    let ipa_tag = speak("Say <phoneme alphabet=\"ipa\" ph=\"pɪˈkɑːn\">pecan</phoneme>.");
    assert_eq!(texts(&ipa_tag), ["Say", "pecan."]);
    assert_eq!(ipa(&ipa_tag, 1), "pɪkɑːn");
    let xsampa = speak("<phoneme alphabet=\"x-sampa\" ph=\"mi:t\">x</phoneme>");
    assert_eq!(ipa(&xsampa, 0), "miːt");
    let unknown = speak("<phoneme alphabet=\"yes\" ph=\"a\">word</phoneme>");
    assert_eq!(ipa(&unknown, 0), ipa(&speak("word"), 0));
    assert_eq!(unknown.warnings.len(), 1);
}

#[test]
fn other_voices_and_languages_take_over() {
    let spoken = speak("Hello <voice name=\"en-gb/alice\">there</voice> <lang xml:lang=\"fr\">bonjour</lang> friend.");
    assert_eq!(texts(&spoken), ["Hello", "there", "bonjour", "friend."]);
    assert!(ipa(&spoken, 2).contains('ʒ') && ipa(&spoken, 2).contains('ɔ'), "{}", ipa(&spoken, 2));
    let missing = speak("<voice name=\"nobody\">word</voice>");
    assert_eq!(missing.warnings.len(), 1);
}

#[test]
fn the_dictionary_replaces_whole_words_in_any_case() {
    let dictionary: Dictionary = [("SQL", "sequel"), ("Nguyen", "/wɪn/")].into_iter().collect();
    let request =
        Request { dictionary: Some(&dictionary), ..Request::new("sql, MySQL and Nguyen's \"Nguyen\".", "en-us/henry") };
    let spoken = speak_as(&request);
    assert_eq!(texts(&spoken), ["sql,", "MySQL", "and", "Nguyen's", "\"Nguyen\"."]);
    assert_eq!(ipa(&spoken, 0), ipa(&speak("sequel,"), 0));
    assert_ne!(ipa(&spoken, 1), ipa(&spoken, 0));
    assert_eq!(ipa(&spoken, 4), "wɪn");
    let json = serde_json::to_string(&dictionary).unwrap();
    assert_eq!(json, r#"{"nguyen":"/wɪn/","sql":"sequel"}"#);
    assert_eq!(serde_json::from_str::<Dictionary>(r#"{"SQL": "sequel", "nguyen": "/wɪn/"}"#).unwrap(), dictionary);
}

#[test]
fn what_is_not_understood_is_left_out_with_a_warning() {
    for (text, words, n_warnings) in [
        ("<speak>One <unknown x='1'>two</unknown> three</speak>", "One two three", 1),
        ("<speak><p>One <b>two", "One two", 1),
        ("One </p> two </speak>", "One two", 0),
        ("<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\">One &amp; two</speak>", "One & two", 0),
        ("3 < 5 & 7 > 2", "3 < 5 & 7 > 2", 0),
        ("<?xml version=\"1.0\"?><!-- no --><speak>One</speak>", "One", 0),
        ("<prosody rate=\"quick\">One</prosody>", "One", 1),
    ] {
        let spoken = speak(text);
        assert_eq!(texts(&spoken).join(" "), words, "{text}");
        assert_eq!(spoken.warnings.len(), n_warnings, "{text}: {:?}", spoken.warnings);
    }
    let plain = speak_as(&Request { markup: Markup::Plain, ..Request::new("a <b> c", "en-us/henry") });
    assert_eq!(texts(&plain), ["a", "<b>", "c"]);
}
