//! What tells one built-in voice from another: pitch, the size of the throat, brightness and breath.

use super::languages::{LANGUAGES, Language};
use crate::voice::{Backend, Gender, VoiceInfo};

/// The sound of a voice, whatever language it speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timbre {
    /// The lowest pitch of a statement.
    pub base_hz: f32,
    /// How far above it the intonation rises.
    pub range_hz: f32,
    /// How far above the recorded ones each formant lies, 1 for not at all.
    pub formant_hz: [f32; 8],
    /// How much stronger each is.
    pub formant_height: [f32; 8],
    /// How much wider all are: a soft voice has wide ones.
    pub formant_width: f32,
    /// Decibels by which the voice falls off per octave above 600 Hz, beyond what the data have.
    pub tilt_db: f32,
    /// How much of the upper harmonics is breath, 0 to 1.
    pub breath: f32,
    /// How far the pitch wanders, as a part of it.
    pub flutter: f32,
    /// How loud the noises of consonants are, 1 for as recorded.
    pub consonants: f32,
}

/// A man's voice in the middle.
const MAN: Timbre = Timbre {
    base_hz: 82.0,
    range_hz: 66.0,
    formant_hz: [1.0; 8],
    formant_height: [1.0; 8],
    formant_width: 1.0,
    tilt_db: 0.0,
    breath: 0.25,
    flutter: 0.02,
    consonants: 1.0,
};

/// A woman's voice in the middle: a throat shorter by a seventh, and more breath.
const WOMAN: Timbre = Timbre {
    base_hz: 150.0,
    range_hz: 118.0,
    formant_hz: [1.05, 1.15, 1.17, 1.16, 1.15, 1.14, 1.08, 1.0],
    formant_height: [0.9, 0.96, 0.94, 0.95, 1.0, 1.0, 1.0, 1.0],
    formant_width: 1.25,
    tilt_db: 0.5,
    breath: 0.45,
    flutter: 0.018,
    consonants: 1.0,
};

/// The women's voices, in the order in which a language uses them.
const WOMEN: [Timbre; 4] = [
    WOMAN,
    // Warm and low.
    Timbre {
        base_hz: 128.0,
        range_hz: 96.0,
        formant_hz: [1.02, 1.11, 1.12, 1.12, 1.12, 1.1, 1.06, 1.0],
        tilt_db: 1.5,
        formant_width: 1.15,
        ..WOMAN
    },
    // Bright and lively.
    Timbre {
        base_hz: 168.0,
        range_hz: 150.0,
        formant_hz: [1.06, 1.18, 1.2, 1.19, 1.18, 1.16, 1.1, 1.0],
        tilt_db: -0.5,
        breath: 0.35,
        ..WOMAN
    },
    // Soft.
    Timbre { base_hz: 142.0, range_hz: 90.0, formant_width: 1.4, tilt_db: 2.0, breath: 0.6, flutter: 0.026, ..WOMAN },
];

/// The men's voices, in the order in which a language uses them.
const MEN: [Timbre; 4] = [
    MAN,
    // Deep.
    Timbre {
        base_hz: 66.0,
        range_hz: 50.0,
        formant_hz: [0.97, 0.95, 0.95, 0.95, 0.95, 0.96, 0.98, 1.0],
        tilt_db: 0.8,
        ..MAN
    },
    // Young and lively.
    Timbre {
        base_hz: 100.0,
        range_hz: 88.0,
        formant_hz: [1.02, 1.05, 1.06, 1.05, 1.05, 1.04, 1.02, 1.0],
        tilt_db: -0.5,
        ..MAN
    },
    // Soft and husky.
    Timbre { base_hz: 90.0, range_hz: 56.0, formant_width: 1.25, tilt_db: 1.8, breath: 0.5, flutter: 0.028, ..MAN },
];

impl Timbre {
    /// Returns how strong the voice is at a frequency beyond what the frames say.
    ///
    /// espeak's own curve, `600 170 1200 135 2000 110 3000 110`, and the tilt.
    pub(super) fn tilt(&self, hz: f32) -> f32 {
        let own = match hz {
            hz if hz < 600.0 => 1.0,
            hz if hz < 1200.0 => 1.0 - 0.206 * (hz - 600.0) / 600.0,
            hz if hz < 2000.0 => 0.794 - 0.147 * (hz - 1200.0) / 800.0,
            _ => 0.647,
        };
        // 6.02 dB are a factor of 2, so that decibels per octave are an exponent.
        own * libm::powf(hz.max(600.0) / 600.0, -self.tilt_db / 6.02)
    }

    /// Returns how far the formants lie above the recorded ones.
    pub(super) fn formant_factor(&self) -> f32 {
        self.formant_hz[2]
    }
}

/// A voice of the built-in synthesizer.
#[derive(Clone, Copy)]
pub(crate) struct BuiltinVoice {
    pub language: &'static Language,
    pub name: &'static str,
    pub gender: Gender,
    pub timbre: &'static Timbre,
}

impl BuiltinVoice {
    /// Returns its id, such as `en-us/iris`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.language.prefix, self.name.to_lowercase())
    }

    pub(crate) fn info(&self) -> VoiceInfo {
        VoiceInfo {
            id: self.id(),
            name: self.name.to_owned(),
            language: self.language.tag.to_owned(),
            language_name: self.language.name.to_owned(),
            gender: self.gender,
            backend: Backend::Builtin,
            sample: self.language.sample.to_owned(),
        }
    }
}

/// Returns all built-in voices, women and men of a language alternating.
pub(crate) fn all() -> Vec<BuiltinVoice> {
    let mut voices = Vec::new();
    for language in LANGUAGES {
        let n_rows = language.women.len().max(language.men.len());
        for row in 0..n_rows {
            let mut add = |names: &'static [&'static str], timbres: &'static [Timbre; 4], gender| {
                if let Some(name) = names.get(row) {
                    voices.push(BuiltinVoice { language, name, gender, timbre: &timbres[row % timbres.len()] });
                }
            };
            add(language.women, &WOMEN, Gender::Female);
            add(language.men, &MEN, Gender::Male);
        }
    }
    voices
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_language_has_a_woman_and_a_man_and_ids_are_unique() {
        for language in LANGUAGES {
            assert!(!language.women.is_empty() && !language.men.is_empty(), "{}", language.tag);
        }
        let ids: HashSet<String> = all().iter().map(BuiltinVoice::id).collect();
        assert_eq!(ids.len(), all().len());
        assert!(ids.contains("en-us/iris") && ids.contains("en-gb/oliver") && ids.contains("de/anna"));
        let english = all().iter().filter(|voice| voice.language.tag == "en-US").count();
        assert!(english >= 4);
    }

    #[test]
    fn women_speak_higher_than_men() {
        for (woman, man) in WOMEN.iter().zip(&MEN) {
            assert!(woman.base_hz > man.base_hz * 1.3);
        }
    }
}
