//! What is known about a voice, and how languages are compared.

use serde::{Deserialize, Serialize};

/// Whom a voice sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
    /// Neither, or not known.
    Neutral,
}

/// What speaks with a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The built-in synthesizer.
    Builtin,
    /// A Piper voice from a folder.
    Piper,
    /// A server that speaks the OpenAI protocol.
    Http,
}

/// One voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceInfo {
    /// What requests name it by, such as `en-us/iris`.
    pub id: String,
    /// Its given name.
    pub name: String,
    /// The language it speaks, as a BCP 47 tag.
    pub language: String,
    /// The language's name in English.
    pub language_name: String,
    /// Whom it sounds like.
    pub gender: Gender,
    /// What speaks with it.
    pub backend: Backend,
    /// Something to say in its language.
    pub sample: String,
}

/// Returns a tag and its fallbacks, most special first: `pt-BR`, `pt`.
///
/// Old and informal codes become the ones in use: `iw` is `he`, `no` is `nb`, `cz` is `cs`.
pub(crate) fn fallbacks(tag: &str) -> Vec<String> {
    let tag = tag.trim().replace('_', "-").to_lowercase();
    let mut parts: Vec<&str> = tag.split('-').filter(|part| !part.is_empty()).collect();
    if let Some(first) = parts.first_mut() {
        *first = current_code(first);
    }
    (1..=parts.len()).rev().map(|n_parts| parts[..n_parts].join("-")).collect()
}

fn current_code(code: &str) -> &str {
    match code {
        "iw" => "he",
        "no" | "nn" => "nb",
        "cz" => "cs",
        // Tagalog and Filipino are nearest to Indonesian among the voices there are.
        "in" | "tl" | "fil" => "id",
        "ji" => "yi",
        "cmn" | "cn" => "zh",
        "gl" => "pt",
        "jp" => "ja",
        "kr" => "ko",
        "ua" => "uk",
        "gr" => "el",
        "dk" => "da",
        "se" => "sv",
        other => other,
    }
}

/// Returns how well a voice's language answers a request, 0 for not at all.
pub(crate) fn language_score(voice: &str, wanted: &[String]) -> usize {
    let voice = fallbacks(voice);
    let found = wanted.iter().position(|tag| voice.contains(tag));
    found.map_or(0, |idx| {
        // The region in full counts more than a voice of another region.
        let exact = voice.first() == wanted.first();
        2 * (wanted.len() - idx) + usize::from(exact)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_fall_back_to_their_base() {
        assert_eq!(fallbacks("pt_BR"), ["pt-br", "pt"]);
        assert_eq!(fallbacks("iw-IL"), ["he-il", "he"]);
        let wanted = fallbacks("pt-BR");
        let scores: Vec<usize> =
            ["pt-BR", "pt-PT", "pt", "es-ES"].iter().map(|voice| language_score(voice, &wanted)).collect();
        assert!(scores[0] > scores[1] && scores[1] > 0 && scores[3] == 0, "{scores:?}");
        assert!(language_score("en-US", &fallbacks("en")) > 0);
    }
}
