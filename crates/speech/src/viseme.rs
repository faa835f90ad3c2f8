//! Mouth shapes: the 15 visemes of Oculus, and which one each sound of the IPA shows.

use serde::{Deserialize, Serialize};

/// What a mouth looks like while a sound is spoken: the 15 visemes of Oculus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Viseme {
    /// Silence.
    #[default]
    Sil,
    /// p, b, m: lips closed.
    Pp,
    /// f, v: lower lip under the upper teeth.
    Ff,
    /// th: tongue between the teeth.
    Th,
    /// t, d.
    Dd,
    /// k, g.
    Kk,
    /// ch, j, sh, zh.
    Ch,
    /// s, z.
    Ss,
    /// n, l.
    Nn,
    /// r.
    Rr,
    /// a as in father.
    Aa,
    /// e as in bed.
    E,
    /// i as in see.
    Ih,
    /// o as in go.
    Oh,
    /// u as in too, and w.
    Ou,
}

impl Viseme {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 15] = [
        Self::Sil,
        Self::Pp,
        Self::Ff,
        Self::Th,
        Self::Dd,
        Self::Kk,
        Self::Ch,
        Self::Ss,
        Self::Nn,
        Self::Rr,
        Self::Aa,
        Self::E,
        Self::Ih,
        Self::Oh,
        Self::Ou,
    ];

    /// Returns what a mouth does for one IPA symbol, told by its first letter; a diphthong shows its first half.
    ///
    /// Marks of length, stress and tone are skipped. A symbol that is no sound gives [`Viseme::Sil`].
    pub fn of_ipa(symbol: &str) -> Self {
        let affricate = symbol.chars().any(|letter| matches!(letter, 'ʃ' | 'ʒ' | 'ɕ' | 'ʑ' | 'ʂ' | 'ʐ'));
        if affricate {
            return Self::Ch;
        }
        symbol.chars().find_map(of_letter).unwrap_or_default()
    }

    /// Whether the mouth is open for a vowel.
    pub fn is_vowel(self) -> bool {
        matches!(self, Self::Aa | Self::E | Self::Ih | Self::Oh | Self::Ou)
    }
}

/// Returns the viseme of one IPA letter; `None` for marks that have none.
pub(crate) fn of_letter(letter: char) -> Option<Viseme> {
    Some(match letter {
        'p' | 'b' | 'm' | 'ɓ' | 'ɸ' | 'β' | 'ʙ' => Viseme::Pp,
        'f' | 'v' | 'ɱ' | 'ʋ' | 'ⱱ' => Viseme::Ff,
        'θ' | 'ð' => Viseme::Th,
        't' | 'd' | 'ʈ' | 'ɖ' | 'ɗ' | 'ɾ' => Viseme::Dd,
        'k' | 'g' | 'ɡ' | 'q' | 'ɢ' | 'x' | 'ɣ' | 'χ' | 'ŋ' | 'ɴ' | 'c' | 'ɟ' | 'ɠ' | 'ħ' | 'ʕ' | 'ç' => {
            Viseme::Kk
        }
        'ʃ' | 'ʒ' | 'ɕ' | 'ʑ' | 'ʂ' | 'ʐ' => Viseme::Ch,
        's' | 'z' | 'ɬ' | 'ɮ' => Viseme::Ss,
        'n' | 'l' | 'ɲ' | 'ʎ' | 'ɳ' | 'ɭ' | 'ɫ' | 'ʟ' => Viseme::Nn,
        'r' | 'ɹ' | 'ɻ' | 'ʀ' | 'ʁ' | 'ɽ' | 'ɺ' | 'ɚ' | 'ɝ' => Viseme::Rr,
        'a' | 'ɑ' | 'ɐ' | 'ʌ' | 'æ' | 'ä' | 'ã' | 'h' | 'ɦ' | 'ɒ' => Viseme::Aa,
        'e' | 'ɛ' | 'ə' | 'ɜ' | 'ɘ' | 'ɞ' | 'œ' | 'ɶ' | 'ẽ' => Viseme::E,
        'i' | 'ɪ' | 'j' | 'ɨ' | 'ᵻ' | 'ĩ' | 'ʲ' => Viseme::Ih,
        'o' | 'ɔ' | 'ɤ' | 'ø' | 'ɵ' | 'õ' => Viseme::Oh,
        'u' | 'ʊ' | 'w' | 'y' | 'ʏ' | 'ɯ' | 'ʉ' | 'ʍ' | 'ɥ' | 'ɰ' | 'ũ' | 'ʷ' => Viseme::Ou,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_show_their_first_letter() {
        for (symbol, viseme) in [
            ("m", Viseme::Pp),
            ("iː", Viseme::Ih),
            ("aɪ", Viseme::Aa),
            ("tʃ", Viseme::Ch),
            ("dʒ", Viseme::Ch),
            ("ts", Viseme::Dd),
            ("ˈoʊ", Viseme::Oh),
            ("ɚ", Viseme::Rr),
            ("ː", Viseme::Sil),
            ("", Viseme::Sil),
        ] {
            assert_eq!(Viseme::of_ipa(symbol), viseme, "{symbol}");
        }
    }

    #[test]
    fn the_list_is_in_order() {
        assert!(Viseme::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
