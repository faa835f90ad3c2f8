//! Emotions as faces, and how one becomes another.

use crate::document::Emotion;
use crate::utterance::Utterance;

use super::chance::smooth;

/// How long one feeling takes to become another.
const BLEND_MS: f64 = 300.0;

/// What a feeling does to a face, in the steps of a pose.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Feeling {
    /// The corners of the mouth.
    pub(super) smile: f64,
    /// How far the mouth is open while nothing is said.
    pub(super) open: f64,
    /// How round it is meanwhile.
    pub(super) round: f64,
    /// How much of the upper teeth is seen.
    pub(super) teeth: f64,
    pub(super) brow: f64,
    pub(super) brow_inner: f64,
    pub(super) lid: f64,
    pub(super) squint: f64,
    pub(super) cheeks: f64,
    /// How the head is held: down above 0.
    pub(super) pitch: f64,
    /// How lively the head moves; 1 is usual.
    pub(super) life: f64,
}

impl Feeling {
    const fn of(emotion: Emotion) -> Self {
        match emotion {
            Emotion::Neutral => Self {
                smile: 5.0,
                open: 0.0,
                round: 0.0,
                teeth: 0.0,
                brow: 0.0,
                brow_inner: 0.0,
                lid: 0.0,
                squint: 0.0,
                cheeks: 0.0,
                pitch: 0.0,
                life: 1.0,
            },
            Emotion::Semismile => Self {
                smile: 9.0,
                open: 0.0,
                round: 0.0,
                teeth: 0.0,
                brow: 1.0,
                brow_inner: 0.0,
                lid: 0.0,
                squint: 2.0,
                cheeks: 3.0,
                pitch: 0.0,
                life: 1.0,
            },
            Emotion::Smile => Self {
                smile: 16.0,
                open: 2.6,
                round: 0.0,
                teeth: 20.0,
                brow: 1.5,
                brow_inner: 0.0,
                lid: 0.0,
                squint: 4.0,
                cheeks: 7.0,
                pitch: -1.0,
                life: 1.1,
            },
            Emotion::Happiness => Self {
                smile: 23.0,
                open: 8.0,
                round: 0.0,
                teeth: 24.0,
                brow: 4.0,
                brow_inner: 0.0,
                lid: 0.0,
                squint: 6.5,
                cheeks: 12.0,
                pitch: -3.0,
                life: 1.35,
            },
            Emotion::Sadness => Self {
                smile: -14.0,
                open: 0.0,
                round: 1.0,
                teeth: 0.0,
                brow: -1.5,
                brow_inner: 9.0,
                lid: 2.6,
                squint: 1.0,
                cheeks: 0.0,
                pitch: 5.0,
                life: 0.6,
            },
            Emotion::Surprise => Self {
                smile: 0.0,
                open: 8.0,
                round: 9.0,
                teeth: 6.0,
                brow: 11.0,
                brow_inner: 2.0,
                lid: -3.4,
                squint: -1.0,
                cheeks: 0.0,
                pitch: -3.0,
                life: 1.1,
            },
        }
    }

    fn toward(self, other: Self, t: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * t;
        Self {
            smile: mix(self.smile, other.smile),
            open: mix(self.open, other.open),
            round: mix(self.round, other.round),
            teeth: mix(self.teeth, other.teeth),
            brow: mix(self.brow, other.brow),
            brow_inner: mix(self.brow_inner, other.brow_inner),
            lid: mix(self.lid, other.lid),
            squint: mix(self.squint, other.squint),
            cheeks: mix(self.cheeks, other.cheeks),
            pitch: mix(self.pitch, other.pitch),
            life: mix(self.life, other.life),
        }
    }
}

/// Who feels what and when.
#[derive(Debug, Clone)]
pub(super) struct Feelings {
    /// The time from which each is felt, in order.
    turns: Vec<(f64, Emotion)>,
}

impl Feelings {
    /// A layer's emotion, with what single utterances say instead.
    pub(super) fn new(emotion: Emotion, utterances: &[Utterance]) -> Self {
        let mut turns = vec![(f64::NEG_INFINITY, emotion)];
        for (idx, utterance) in utterances.iter().enumerate() {
            let felt = utterance.emotion.unwrap_or(emotion);
            turns.push((f64::from(utterance.start_ms) - BLEND_MS * 0.5, felt));
            // The feeling stays a little after the last word, and through a pause before the same feeling.
            let back_ms = f64::from(utterance.end_ms) + 250.0;
            let stays = utterances.get(idx + 1).is_some_and(|next| {
                let soon_ms = if next.emotion.unwrap_or(emotion) == felt { 1500.0 } else { BLEND_MS };
                f64::from(next.start_ms) < back_ms + soon_ms
            });
            if felt != emotion && !stays {
                turns.push((back_ms, emotion));
            }
        }
        turns.sort_by(|a, b| a.0.total_cmp(&b.0));
        turns.dedup_by(|next, before| next.1 == before.1);
        Self { turns }
    }

    /// What is felt at an instant.
    pub(super) fn at(&self, time_ms: f64) -> Feeling {
        let idx = self.turns.partition_point(|turn| turn.0 <= time_ms).max(1) - 1;
        let (since, emotion) = self.turns[idx];
        let feeling = Feeling::of(emotion);
        let before = self.turns[idx.saturating_sub(1)].1;
        Feeling::of(before).toward(feeling, smooth((time_ms - since) / BLEND_MS))
    }
}
