//! Lips that follow what is said.
//!
//! Every viseme has a target and, per channel, how much it insists on it (its dominance, after Cohen and Massaro 1993).
//! A channel that a viseme does not care about takes the value of its neighbors: that is how the lips are round already
//! at the `s` of "soon". The mended targets are keys at the centers of the visemes; between keys the mouth moves smoothly, so that
//! its extremes are at the centers and nowhere else.

use crate::utterance::{MouthCue, Utterance, Viseme};

use super::super::pose::MouthPose;
use super::chance::smooth;

/// How long before its sound a shape is approached, and how long a shape is left after it.
const ANTICIPATION_MS: f64 = 75.0;

const N_CHANNELS: usize = 9;

/// The channels of a mouth in the steps of a pose, and how much the mouth is at rest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Lips {
    /// open, wide, round, press, upper teeth, lower teeth, tongue, tuck, rest.
    channels: [f64; N_CHANNELS],
}

impl Lips {
    pub(super) const OPEN: usize = 0;
    pub(super) const WIDE: usize = 1;
    pub(super) const ROUND: usize = 2;
    pub(super) const PRESS: usize = 3;
    pub(super) const UPPER_TEETH: usize = 4;
    pub(super) const LOWER_TEETH: usize = 5;
    pub(super) const TONGUE: usize = 6;
    pub(super) const TUCK: usize = 7;
    pub(super) const REST: usize = 8;

    /// A mouth that says nothing.
    pub(super) const REST_SHAPE: Self = Self { channels: [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0] };

    pub(super) fn get(&self, channel: usize) -> f64 {
        self.channels[channel]
    }

    fn toward(&self, other: &Self, t: f64) -> Self {
        let mut channels = self.channels;
        for (value, to) in channels.iter_mut().zip(other.channels) {
            *value += (to - *value) * t;
        }
        Self { channels }
    }
}

/// What a viseme wants, from 0 to 24, and how much it insists, from 0 to 1. Channels as in [`Lips`].
struct Target {
    shape: [f64; N_CHANNELS],
    insists: [f64; N_CHANNELS],
}

#[rustfmt::skip]
fn target(viseme: Viseme) -> Target {
    let (shape, insists) = match viseme {
        //                  open  wide  round press upper lower tongue tuck rest    open wide round press upper lower tongue tuck rest
        Viseme::Sil => ([ 0.0,  0.0,  0.0,  0.0,  0.0,  0.0,  0.0,  0.0, 1.0], [1.0, 0.9, 0.9, 1.0, 0.8, 0.8, 0.8, 1.0, 1.0]),
        Viseme::Pp  => ([ 0.0,  0.0,  1.0, 20.0,  0.0,  0.0,  0.0,  0.0, 0.0], [1.0, 0.35, 0.3, 1.0, 0.6, 0.6, 0.6, 1.0, 1.0]),
        Viseme::Ff  => ([ 4.0,  3.0,  0.0,  0.0, 22.0,  0.0,  0.0, 24.0, 0.0], [0.95, 0.4, 0.5, 1.0, 1.0, 1.0, 0.8, 1.0, 1.0]),
        Viseme::Th  => ([ 6.0,  4.0,  0.0,  0.0, 18.0,  4.0, 24.0,  0.0, 0.0], [0.8, 0.4, 0.4, 1.0, 0.9, 0.7, 1.0, 1.0, 1.0]),
        Viseme::Dd  => ([ 5.5,  3.0,  0.0,  0.0, 18.0,  8.0, 14.0,  0.0, 0.0], [0.65, 0.3, 0.25, 1.0, 0.8, 0.6, 0.8, 1.0, 1.0]),
        Viseme::Kk  => ([ 6.5,  2.0,  0.0,  0.0, 12.0,  4.0,  6.0,  0.0, 0.0], [0.55, 0.2, 0.2, 1.0, 0.6, 0.5, 0.7, 1.0, 1.0]),
        Viseme::Ch  => ([ 5.5,  0.0, 11.0,  0.0, 20.0, 14.0,  4.0,  0.0, 0.0], [0.8, 0.7, 0.75, 1.0, 0.9, 0.9, 0.8, 1.0, 1.0]),
        Viseme::Ss  => ([ 3.5, 10.0,  0.0,  0.0, 21.0, 14.0,  4.0,  0.0, 0.0], [0.9, 0.45, 0.35, 1.0, 0.9, 0.9, 0.8, 1.0, 1.0]),
        Viseme::Nn  => ([ 5.0,  3.0,  0.0,  0.0, 14.0,  4.0, 17.0,  0.0, 0.0], [0.65, 0.25, 0.25, 1.0, 0.7, 0.6, 0.8, 1.0, 1.0]),
        Viseme::Rr  => ([ 6.0,  0.0,  9.0,  0.0, 10.0,  6.0, 10.0,  0.0, 0.0], [0.65, 0.5, 0.55, 1.0, 0.6, 0.5, 0.7, 1.0, 1.0]),
        Viseme::Aa  => ([21.0,  4.0,  0.0,  0.0, 17.0,  0.0,  6.0,  0.0, 0.0], [0.95, 0.8, 0.85, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
        Viseme::E   => ([13.0, 13.0,  0.0,  0.0, 20.0,  2.0,  9.0,  0.0, 0.0], [0.9, 0.85, 0.9, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
        Viseme::Ih  => ([ 8.0, 18.0,  0.0,  0.0, 21.0,  5.0, 10.0,  0.0, 0.0], [0.9, 0.9, 0.95, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
        Viseme::Oh  => ([15.0,  0.0, 16.0,  0.0,  7.0,  0.0,  3.0,  0.0, 0.0], [0.95, 0.9, 0.95, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
        Viseme::Ou  => ([ 7.0,  0.0, 23.0,  0.0,  0.0,  0.0,  0.0,  0.0, 0.0], [0.95, 0.95, 1.0, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
    };
    Target { shape, insists }
}

fn is_vowel(viseme: Viseme) -> bool {
    matches!(viseme, Viseme::Aa | Viseme::E | Viseme::Ih | Viseme::Oh | Viseme::Ou)
}

/// A shape that the mouth has from one instant to another.
#[derive(Debug, Clone, Copy)]
struct Key {
    from_ms: f64,
    to_ms: f64,
    shape: Lips,
}

/// The shapes of a mouth over time.
#[derive(Debug, Clone, Default)]
pub(super) struct LipTrack {
    keys: Vec<Key>,
}

impl LipTrack {
    /// Plans what the lips do. A frame lasts `frame_ms`: closed lips stay closed long enough to be seen in one.
    pub(super) fn new(utterances: &[Utterance], frame_ms: f64) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        for utterance in utterances {
            plan(&mut keys, utterance, frame_ms);
        }
        keys.sort_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
        Self { keys }
    }

    /// The mouth at an instant.
    pub(super) fn at(&self, time_ms: f64) -> Lips {
        let next = self.keys.partition_point(|key| key.from_ms <= time_ms);
        let before = next.checked_sub(1).map(|idx| self.keys[idx]);
        let after = self.keys.get(next);
        match (before, after) {
            (Some(key), _) if time_ms <= key.to_ms => key.shape,
            (Some(from), Some(to)) => {
                from.shape.toward(&to.shape, smooth((time_ms - from.to_ms) / (to.from_ms - from.to_ms).max(1.0)))
            }
            (Some(key), None) => key.shape.toward(&Lips::REST_SHAPE, smooth((time_ms - key.to_ms) / 120.0)),
            (None, Some(key)) => Lips::REST_SHAPE.toward(&key.shape, smooth(1.0 - (key.from_ms - time_ms) / 120.0)),
            (None, None) => Lips::REST_SHAPE,
        }
    }
}

/// Adds the keys of an utterance, at rest before and after it.
fn plan(keys: &mut Vec<Key>, utterance: &Utterance, frame_ms: f64) {
    let cues = &utterance.mouth;
    let (Some(first), Some(last)) = (cues.first(), cues.last()) else { return };
    let start = f64::from(first.start_ms) - ANTICIPATION_MS;
    keys.push(Key { from_ms: start, to_ms: start, shape: Lips::REST_SHAPE });
    let mut end = start;
    for idx in 0..cues.len() {
        let shape = mended(cues, idx, stress(utterance, &cues[idx]));
        let (mut from_ms, mut to_ms) = hold(cues, idx, frame_ms);
        from_ms = from_ms.max(end + 0.5);
        to_ms = to_ms.max(from_ms);
        end = to_ms;
        keys.push(Key { from_ms, to_ms, shape });
    }
    let rest = (f64::from(last.end_ms) + ANTICIPATION_MS).max(end + 1.0);
    keys.push(Key { from_ms: rest, to_ms: rest, shape: Lips::REST_SHAPE });
}

fn center(cue: &MouthCue) -> f64 {
    (f64::from(cue.start_ms) + f64::from(cue.end_ms)) * 0.5
}

/// From when to when a viseme's shape is held: around its center, longer for long ones.
fn hold(cues: &[MouthCue], idx: usize, frame_ms: f64) -> (f64, f64) {
    let cue = &cues[idx];
    let middle = center(cue);
    let half = f64::from(cue.end_ms.saturating_sub(cue.start_ms)) * 0.5;
    let closes = matches!(cue.viseme, Viseme::Pp | Viseme::Ff);
    let shortest = if closes { frame_ms * 0.5 + 1.0 } else { 0.0 };
    let wanted = (half - ANTICIPATION_MS).max(shortest);
    let before = idx.checked_sub(1).map_or(f64::INFINITY, |idx| middle - center(&cues[idx]));
    let after = cues.get(idx + 1).map_or(f64::INFINITY, |next| center(next) - middle);
    (middle - wanted.min(before * 0.6), middle + wanted.min(after * 0.6))
}

/// How much larger than usual a shape is made: stressed words a little, others less.
fn stress(utterance: &Utterance, cue: &MouthCue) -> f64 {
    let middle = center(cue);
    let idx = utterance.words.partition_point(|word| f64::from(word.end_ms) <= middle);
    match utterance.words.get(idx) {
        Some(word) if word.stressed && f64::from(word.start_ms) <= middle => 1.1,
        Some(_) | None => 0.92,
    }
}

/// A viseme's target, mended by its neighbors, its length and its stress.
fn mended(cues: &[MouthCue], idx: usize, stress: f64) -> Lips {
    let cue = &cues[idx];
    let wants = target(cue.viseme);
    let neighbor = |other: Option<usize>| other.and_then(|other| cues.get(other)).map(|cue| target(cue.viseme).shape);
    let before = neighbor(idx.checked_sub(1)).unwrap_or(wants.shape);
    let after = neighbor(Some(idx + 1)).unwrap_or(wants.shape);
    let length_ms = f64::from(cue.end_ms.saturating_sub(cue.start_ms));
    let mut channels = wants.shape;
    for (channel, value) in channels.iter_mut().enumerate() {
        // What comes weighs more than what was: speech is planned ahead.
        let around = before[channel] * 0.42 + after[channel] * 0.58;
        let mut insists = wants.insists[channel];
        if is_vowel(cue.viseme) {
            insists *= 0.62 + 0.38 * (length_ms / 110.0).min(1.0);
        }
        *value = around + (*value - around) * insists;
    }
    channels[Lips::REST] = wants.shape[Lips::REST];
    if is_vowel(cue.viseme) {
        channels[Lips::OPEN] *= stress;
        channels[Lips::WIDE] *= stress;
    }
    Lips { channels }
}

/// Returns the viseme of some whose target is most like a mouth.
pub(crate) fn nearest_viseme(mouth: &MouthPose, visemes: impl Iterator<Item = Viseme>) -> Option<Viseme> {
    let channels = [mouth.open, mouth.wide, mouth.round, mouth.press, mouth.upper_teeth, 0, mouth.tongue, mouth.tuck];
    // The opening and the lips are seen from afar, teeth and tongue only from near.
    const WEIGHTS: [f64; 8] = [2.0, 1.0, 1.5, 1.0, 0.3, 0.0, 0.5, 1.0];
    let distance = |viseme: &Viseme| -> f64 {
        let shape = target(*viseme).shape;
        channels
            .iter()
            .zip(shape)
            .zip(WEIGHTS)
            .map(|((&is, wants), weight)| weight * (f64::from(is) - wants).powi(2))
            .sum()
    };
    visemes.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}
