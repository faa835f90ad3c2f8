//! All languages speak, and every voice can be found.

use std::collections::BTreeSet;

use speech::{Gender, Request, Synthesizer};

use crate::common::{check, library, rms};

#[test]
fn every_language_speaks_its_sample_with_every_word_timed() {
    let voices = library().voices();
    let mut languages = BTreeSet::new();
    for info in voices.iter().filter(|info| languages.insert(info.language.clone())) {
        let spoken = library().speak_all(&Request::new(&info.sample, &info.id)).unwrap();
        check(&spoken);
        let n_words = spoken.words.len();
        // Burmese, with few spaces, has 4 words.
        assert!((4..60).contains(&n_words), "{}: {n_words} words", info.id);
        assert!((1500..9000).contains(&spoken.duration_ms()), "{}: {} ms", info.id, spoken.duration_ms());
        assert!(rms(&spoken, 0, spoken.duration_ms()) > 0.03, "{}", info.id);
        let n_silent = spoken.words.iter().filter(|word| word.end_ms < word.start_ms + 20).count();
        assert!(n_silent * 10 <= n_words, "{}: {n_silent} of {n_words} words have no time", info.id);
    }
    assert!(languages.len() >= 90, "{}", languages.len());
}

#[test]
fn languages_come_with_women_and_men_who_sound_different() {
    let text = "One voice among many.";
    let mut sounds = BTreeSet::new();
    for info in library().voices().iter().filter(|info| info.language == "en-US") {
        let spoken = library().speak_all(&Request::new(text, &info.id)).unwrap();
        let bits: Vec<u32> = spoken.samples.iter().map(|sample| sample.to_bits()).collect();
        assert!(sounds.insert(bits), "{} sounds like another voice", info.id);
    }
    assert!(sounds.len() >= 6);
    for language in ["de", "fr", "ja", "hi"] {
        assert_eq!(library().for_language(language, Some(Gender::Female)).gender, Gender::Female);
        assert_eq!(library().for_language(language, Some(Gender::Male)).gender, Gender::Male);
    }
}

#[test]
fn languages_fall_back_to_their_relatives() {
    for (wanted, found) in [
        ("pt-BR", "pt-BR"),
        ("pt-AO", "pt-"),
        ("de-AT", "de-DE"),
        ("zh-TW", "zh-CN"),
        ("en_GB", "en-GB"),
        ("es-MX", "es-"),
        ("no", "nb-NO"),
        ("xx-YY", "en-US"),
    ] {
        let info = library().for_language(wanted, None);
        assert!(info.language.starts_with(found), "{wanted}: {}", info.language);
    }
}

#[test]
fn unknown_voices_get_stand_ins_with_a_warning() {
    for (id, language, expected) in [
        ("en-GB-SoniaNeural", None, "en-GB"),
        ("de-DE-Wavenet-F", None, "de-DE"),
        ("65a0c0ffee00000000000001", None, "en-US"),
        ("65a0c0ffee00000000000001", Some("fr"), "fr-"),
        ("Joanna", Some("pl"), "pl-PL"),
    ] {
        let (info, warning) = library().resolve(id, language);
        assert!(info.language.starts_with(expected), "{id}: {}", info.id);
        assert!(warning.is_some_and(|warning| warning.contains(id)));
        assert_eq!(library().resolve(id, language).0, info);
    }
    assert_eq!(library().resolve("EN-US/Iris", None), (library().find("en-us/iris").unwrap(), None));
    assert_eq!(library().resolve("iris", None).0.id, "en-us/iris");
    assert_eq!(library().resolve("voice-female-3", None).0.gender, Gender::Female);
    assert!(library().resolve("", None).1.is_none());
    for gender in [Gender::Female, Gender::Male] {
        for id in ["M000045058", "5f1e0c", "no-such-voice"] {
            let (info, warning) = library().resolve_for(id, Some("de"), Some(gender));
            assert_eq!((info.gender, info.language.get(..2), warning.is_some()), (gender, Some("de"), true), "{id}");
        }
        assert_eq!(library().resolve_for("voice-female-3", None, Some(gender)).0.gender, Gender::Female);
        assert_eq!(library().resolve_for("en-us/iris", None, Some(gender)).0.id, "en-us/iris");
    }
    let spoken = library().speak_all(&Request::new("Hello.", "no-such-voice")).unwrap();
    assert_eq!(spoken.warnings.len(), 1);
}
