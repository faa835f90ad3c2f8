//! The `.onnx.json` beside a Piper voice: <https://github.com/rhasspy/piper>, `VOICES.md` and `TRAINING.md`, read in November 2026.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// What a voice's file says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    pub audio: Audio,
    pub espeak: Espeak,
    #[serde(default)]
    pub inference: Inference,
    pub phoneme_id_map: BTreeMap<String, Vec<i32>>,
    #[serde(default = "one")]
    pub num_speakers: u32,
    #[serde(default)]
    pub speaker_id_map: BTreeMap<String, i32>,
    /// `espeak`, or `text` for voices that read letters.
    #[serde(default)]
    pub phoneme_type: Option<String>,
    #[serde(default)]
    pub language: Option<Language>,
    /// The voice's name.
    #[serde(default)]
    pub dataset: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Audio {
    pub sample_rate: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Espeak {
    pub voice: String,
}

/// How lively the voice is: Piper's own defaults.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default)]
pub(crate) struct Inference {
    pub noise_scale: f32,
    pub length_scale: f32,
    pub noise_w: f32,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Language {
    #[serde(default)]
    pub code: String,
}

impl Default for Inference {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

fn one() -> u32 {
    1
}

impl Config {
    /// Reads and checks the file.
    pub(crate) fn read(name: &str, json: &[u8]) -> Result<Self> {
        let malformed = |reason: String| Error::Malformed { what: name.to_owned(), reason };
        let config: Self = serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
        if !(8_000..=96_000).contains(&config.audio.sample_rate) {
            return Err(malformed(format!("a sample rate of {} Hz", config.audio.sample_rate)));
        }
        let inference = config.inference;
        let scales = [inference.noise_scale, inference.length_scale, inference.noise_w];
        if scales.iter().any(|scale| !(0.0..=10.0).contains(scale)) || inference.length_scale < 0.1 {
            return Err(malformed(format!("inference scales of {scales:?}")));
        }
        for symbol in ["^", "$", "_"] {
            if config.ids(symbol).is_none_or(<[i32]>::is_empty) {
                return Err(malformed(format!("phoneme_id_map has no `{symbol}`")));
            }
        }
        if config.phoneme_type.as_deref().is_some_and(|kind| kind != "espeak") {
            let reason = "only voices that read espeak's phonemes are spoken".into();
            return Err(Error::Unsupported { what: name.to_owned(), reason });
        }
        Ok(config)
    }

    fn ids(&self, symbol: &str) -> Option<&[i32]> {
        self.phoneme_id_map.get(symbol).map(Vec::as_slice)
    }

    /// Returns the numbers of words in IPA: each between paddings, a beginning before and an end after all.
    ///
    /// Symbols the voice does not know are left out.
    pub(crate) fn ids_of(&self, words: &[String]) -> Vec<i32> {
        let mut ids = Vec::new();
        let mut push = |symbol: &str| {
            let Some(known) = self.ids(symbol) else { return };
            ids.extend_from_slice(known);
            if symbol != "$" {
                ids.extend_from_slice(self.ids("_").unwrap_or_default());
            }
        };
        push("^");
        for (idx, word) in words.iter().filter(|word| !word.is_empty()).enumerate() {
            if idx > 0 {
                push(" ");
            }
            for letter in word.chars() {
                for part in decomposed(letter) {
                    push(part.encode_utf8(&mut [0; 4]));
                }
            }
        }
        push("$");
        ids
    }
}

/// Takes a letter and its mark apart, as the voices were trained: Unicode's form D of the letters that IPA has.
fn decomposed(letter: char) -> impl Iterator<Item = char> {
    let (base, mark) = match letter {
        'ç' => ('c', Some('\u{327}')),
        'ã' => ('a', Some('\u{303}')),
        'ẽ' => ('e', Some('\u{303}')),
        'ĩ' => ('i', Some('\u{303}')),
        'õ' => ('o', Some('\u{303}')),
        'ũ' => ('u', Some('\u{303}')),
        'ä' => ('a', Some('\u{308}')),
        'ö' => ('o', Some('\u{308}')),
        'ü' => ('u', Some('\u{308}')),
        other => (other, None),
    };
    std::iter::once(base).chain(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"audio": {"sample_rate": 22050, "quality": "low"}, "espeak": {"voice": "en-us"},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], "a": [4], "m": [5], "c": [6], "̧": [7]}}"#;

    #[test]
    fn words_become_padded_numbers() {
        let config = Config::read("x", JSON.as_bytes()).unwrap();
        let ids = config.ids_of(&["ma".into(), String::new(), "ç?".into()]);
        assert_eq!(ids, [1, 0, 5, 0, 4, 0, 3, 0, 6, 0, 7, 0, 2]);
        assert!((config.inference.noise_w - 0.8).abs() < 1e-6);
    }

    #[test]
    fn broken_files_are_errors() {
        for (from, to) in [
            ("22050", "1"),
            ("\"^\"", "\"x\""),
            ("{\"audio\"", "{\"inference\": {\"length_scale\": 0}, \"audio\""),
            ("}}", "}"),
        ] {
            assert!(Config::read("x", JSON.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }
}
