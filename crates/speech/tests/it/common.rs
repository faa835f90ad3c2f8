//! What all tests use.

use std::path::Path;
use std::sync::OnceLock;

use speech::{Library, Request, SAMPLE_RATE, Spoken, Synthesizer};

/// Samples in a millisecond.
pub(crate) const PER_MS: usize = SAMPLE_RATE as usize / 1000;

/// Returns the built-in voices; their data stay unpacked between runs.
pub(crate) fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::new(&data_folder()))
}

/// Returns where the data are unpacked.
pub(crate) fn data_folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("speech-data")
}

/// Speaks a text with Henry, and checks what holds for every text.
pub(crate) fn speak(text: &str) -> Spoken {
    speak_as(&Request::new(text, "en-us/henry"))
}

/// Speaks a request, and checks what holds for every one.
pub(crate) fn speak_as(request: &Request<'_>) -> Spoken {
    let spoken = library().speak_all(request).unwrap();
    check(&spoken);
    spoken
}

/// Checks that words and sounds are in order and inside, that sounds leave no gap, and that all samples are in range.
pub(crate) fn check(spoken: &Spoken) {
    assert_eq!(spoken.sample_rate, SAMPLE_RATE);
    assert_eq!(spoken.samples.len() % PER_MS, 0);
    let end_ms = spoken.duration_ms();
    let mut before_ms = 0;
    for word in &spoken.words {
        assert!(before_ms <= word.start_ms && word.start_ms <= word.end_ms && word.end_ms <= end_ms, "{word:?}");
        assert!(!word.text.is_empty());
        before_ms = word.end_ms;
    }
    let mut at_ms = 0;
    for phoneme in &spoken.phonemes {
        assert_eq!(phoneme.start_ms, at_ms, "{phoneme:?}");
        assert!(phoneme.end_ms > phoneme.start_ms, "{phoneme:?}");
        assert!(phoneme.word_idx.is_none_or(|idx| idx < spoken.words.len()), "{phoneme:?}");
        at_ms = phoneme.end_ms;
    }
    assert_eq!(at_ms, end_ms);
    assert!(spoken.samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 0.8));
}

/// Returns the level of a span of time.
pub(crate) fn rms(spoken: &Spoken, start_ms: u32, end_ms: u32) -> f32 {
    let span = &spoken.samples[start_ms as usize * PER_MS..end_ms as usize * PER_MS];
    (span.iter().map(|sample| sample * sample).sum::<f32>() / span.len().max(1) as f32).sqrt()
}

/// Returns the texts of the words.
pub(crate) fn texts(spoken: &Spoken) -> Vec<&str> {
    spoken.words.iter().map(|word| word.text.as_str()).collect()
}

/// Returns the IPA of one word.
pub(crate) fn ipa(spoken: &Spoken, word: usize) -> String {
    spoken
        .phonemes
        .iter()
        .filter(|phoneme| phoneme.word_idx == Some(word))
        .map(|phoneme| phoneme.symbol.as_str())
        .collect()
}
