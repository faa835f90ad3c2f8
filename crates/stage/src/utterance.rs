//! When what is said, as far as it can be seen: words for captions, mouth shapes for avatars.

use crate::document::Emotion;

/// What a mouth looks like while a sound is spoken: the 15 visemes of Oculus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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
    /// All of them.
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
}

/// One mouth shape and its time, from the beginning of the scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MouthCue {
    /// The shape.
    pub viseme: Viseme,
    /// Its beginning.
    pub start_ms: u32,
    /// Its end.
    pub end_ms: u32,
}

/// One word and its time, from the beginning of the scene.
#[derive(Debug, Clone, PartialEq)]
pub struct WordCue {
    /// The word as it is written, with its punctuation.
    pub text: String,
    /// Its beginning.
    pub start_ms: u32,
    /// Its end.
    pub end_ms: u32,
    /// Whether the voice stresses it.
    pub stressed: bool,
    /// Whether a sentence ends with it.
    pub ends_sentence: bool,
}

/// Something that is said in a scene.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Utterance {
    /// The id of the avatar layer that speaks, if any.
    pub speaker: Option<String>,
    /// How the speaker feels meanwhile; as their layer says without one.
    pub emotion: Option<Emotion>,
    /// The beginning, from the beginning of the scene.
    pub start_ms: u32,
    /// The end.
    pub end_ms: u32,
    /// What is said, in order.
    pub words: Vec<WordCue>,
    /// What the mouth does, in order, without gaps.
    pub mouth: Vec<MouthCue>,
}
