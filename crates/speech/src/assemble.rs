//! Puts what was said and the pauses between into one sentence: samples at 48 kHz, words and sounds with times in ms.

use crate::error::Result;
use crate::said::{Said, Sound};
use crate::sound::{fade_edges, to_output_rate};
use crate::spoken::{Phoneme, SAMPLE_RATE, SAMPLES_PER_MS, Spoken, Word};
use crate::text::Token;
use crate::viseme::{Viseme, of_letter};

/// The part of a diphthong that shows its first vowel.
const FIRST_VOWEL: f64 = 0.55;

/// A sentence in the making.
#[derive(Default)]
pub(crate) struct Assembly {
    spoken: Spoken,
}

impl Assembly {
    /// Adds a silence.
    pub(crate) fn pause(&mut self, ms: u32) {
        let n_samples = self.spoken.samples.len() + ms as usize * SAMPLES_PER_MS;
        self.spoken.samples.resize(n_samples, 0.0);
        self.silence_until(self.spoken.duration_ms());
    }

    /// Adds what was said for `tokens`, `gain` times as loud.
    pub(crate) fn say(&mut self, said: &Said, tokens: &[Token], gain: f32) -> Result<()> {
        let offset_ms = self.spoken.duration_ms();
        let mut samples = to_output_rate(&said.samples, said.rate)?;
        fade_edges(&mut samples, SAMPLE_RATE);
        samples.iter_mut().for_each(|sample| *sample *= gain);
        // Whole milliseconds, so that nothing after it is rounded.
        samples.resize(samples.len().next_multiple_of(SAMPLES_PER_MS), 0.0);
        self.spoken.samples.extend(samples);
        let end_ms = self.spoken.duration_ms();
        let first_word = self.spoken.words.len();
        self.sounds(&said.sounds, offset_ms, end_ms, first_word);
        self.silence_until(end_ms);
        self.words(&said.sounds, tokens, offset_ms, end_ms);
        Ok(())
    }

    /// Ends the sentence.
    pub(crate) fn finish(mut self) -> Spoken {
        if let Some(last) = self.spoken.words.last_mut() {
            last.ends_sentence = true;
        }
        self.spoken
    }

    fn silence_until(&mut self, end_ms: u32) {
        let start_ms = self.spoken.phonemes.last().map_or(0, |phoneme| phoneme.end_ms);
        if end_ms <= start_ms {
            return;
        }
        match self.spoken.phonemes.last_mut().filter(|last| last.word_idx.is_none()) {
            Some(last) => last.end_ms = end_ms,
            None => {
                let silence = Phoneme { symbol: String::new(), viseme: Viseme::Sil, start_ms, end_ms, word_idx: None };
                self.spoken.phonemes.push(silence);
            }
        }
    }

    fn sounds(&mut self, sounds: &[Sound], offset_ms: u32, limit_ms: u32, first_word: usize) {
        for (idx, sound) in sounds.iter().enumerate() {
            let start_ms = at_ms(sound.start, offset_ms).min(limit_ms);
            self.silence_until(start_ms);
            let following = sounds.get(idx + 1).map(|next| next.symbol.as_str());
            for (symbol, viseme, end) in parts_of(sound, following) {
                let start_ms = self.spoken.phonemes.last().map_or(0, |phoneme| phoneme.end_ms);
                let end_ms = at_ms(end, offset_ms).min(limit_ms);
                if end_ms > start_ms {
                    let word_idx = Some(first_word + sound.word);
                    self.spoken.phonemes.push(Phoneme { symbol, viseme, start_ms, end_ms, word_idx });
                }
            }
        }
    }

    /// Gives every token a time: that of its sounds, or a share of its neighbor's.
    fn words(&mut self, sounds: &[Sound], tokens: &[Token], offset_ms: u32, limit_ms: u32) {
        let mut spans: Vec<Option<(f64, f64, bool)>> = vec![None; tokens.len()];
        for sound in sounds {
            let Some(span) = spans.get_mut(sound.word) else { continue };
            let (start, _, stressed) = span.unwrap_or((sound.start, sound.end, false));
            *span = Some((start, sound.end, stressed || sound.stressed));
        }
        let mut at = 0;
        while at < tokens.len() {
            let n_shared = tokens[at + 1..].iter().take_while(|token| token.say == crate::text::Say::Shared).count();
            let group = at..at + 1 + n_shared;
            self.group(&tokens[group.clone()], spans[at], (offset_ms, limit_ms));
            at = group.end;
        }
    }

    /// Shares one time among the words that say something together, by their lengths.
    fn group(&mut self, tokens: &[Token], span: Option<(f64, f64, bool)>, (offset_ms, limit_ms): (u32, u32)) {
        let before_ms = self.spoken.words.last().map_or(offset_ms, |word| word.end_ms.max(offset_ms));
        let (start_ms, end_ms, stressed) = match span {
            Some((start, end, stressed)) => (at_ms(start, offset_ms), at_ms(end, offset_ms), stressed),
            // What makes no sound, such as a lone dash, has its place and no duration.
            None => (before_ms, before_ms, false),
        };
        let start_ms = start_ms.clamp(before_ms, limit_ms);
        let end_ms = end_ms.clamp(start_ms, limit_ms);
        let total: usize = tokens.iter().map(|token| token.text.chars().count()).sum();
        let mut n_before = 0;
        for token in tokens {
            let n_after = n_before + token.text.chars().count();
            let part = |n_chars: usize| {
                start_ms + (f64::from(end_ms - start_ms) * n_chars as f64 / total.max(1) as f64) as u32
            };
            let word = Word {
                text: token.text.clone(),
                start_ms: part(n_before),
                end_ms: part(n_after),
                stressed: stressed || token.style.emphasis == crate::text::Emphasis::Strong,
                ends_sentence: false,
            };
            self.spoken.words.push(word);
            n_before = n_after;
        }
    }
}

fn at_ms(seconds: f64, offset_ms: u32) -> u32 {
    offset_ms + (seconds * 1000.0).round() as u32
}

/// Returns the mouth shapes of a sound, each with its end: a diphthong has two.
fn parts_of(sound: &Sound, following: Option<&str>) -> Vec<(String, Viseme, f64)> {
    let vowels: Vec<(char, Viseme)> =
        sound.symbol.chars().filter_map(|letter| of_letter(letter).map(|viseme| (letter, viseme))).collect();
    if let [(_, first), (second_letter, second)] = vowels[..]
        && first.is_vowel()
        && (second.is_vowel() || second == Viseme::Rr)
        && first != second
    {
        let middle = sound.start + (sound.end - sound.start) * FIRST_VOWEL;
        let (head, tail) = sound.symbol.split_at(sound.symbol.find(second_letter).unwrap_or(0));
        return vec![(head.to_owned(), first, middle), (tail.to_owned(), second, sound.end)];
    }
    let viseme = match (sound.symbol.as_str(), following) {
        // A breath is spoken with the mouth of the vowel after it.
        ("h" | "ɦ" | "ʔ", Some(following)) => Viseme::of_ipa(following),
        (symbol, _) => Viseme::of_ipa(symbol),
    };
    // Whatever it is, it is heard.
    let viseme = if viseme == Viseme::Sil { Viseme::E } else { viseme };
    vec![(sound.symbol.clone(), viseme, sound.end)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Say, Style};

    fn token(text: &str) -> Token {
        Token { text: text.into(), say: Say::Written, style: Style::default() }
    }

    #[test]
    fn sounds_and_words_cover_the_time() {
        let mut said = Said::new(48_000);
        let sound = |symbol: &str, start, end, word| Sound { symbol: symbol.into(), start, end, word, stressed: false };
        said.samples = vec![0.1; 48 * 500];
        said.sounds = vec![sound("m", 0.05, 0.1, 0), sound("aɪ", 0.1, 0.3, 0), sound("n", 0.3, 0.45, 2)];
        let mut assembly = Assembly::default();
        assembly.pause(100);
        assembly.say(&said, &[token("my"), token("—"), token("n.")], 1.0).unwrap();
        assembly.pause(50);
        let spoken = assembly.finish();
        assert_eq!(spoken.duration_ms(), 650);
        let phonemes: Vec<(&str, u32, u32)> =
            spoken.phonemes.iter().map(|phoneme| (phoneme.symbol.as_str(), phoneme.start_ms, phoneme.end_ms)).collect();
        assert_eq!(
            phonemes,
            [("", 0, 150), ("m", 150, 200), ("a", 200, 310), ("ɪ", 310, 400), ("n", 400, 550), ("", 550, 650)]
        );
        let words: Vec<(u32, u32)> = spoken.words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        assert_eq!(words, [(150, 400), (400, 400), (400, 550)]);
        assert!(spoken.words[2].ends_sentence && !spoken.words[0].ends_sentence);
    }
}
