//! What a body does by itself: breathing, blinking, looking about, swaying, nodding.

use crate::utterance::Utterance;

use super::chance::{pulse, signed, smooth, unit, wander};

/// The streams of chance, so that one does not follow another.
const BLINK: u64 = 1;
const BLINK_LENGTH: u64 = 2;
const SENTENCE: u64 = 3;
const GAZE: u64 = 4;
const GAZE_X: u64 = 5;
const GAZE_Y: u64 = 6;
const ROLL: u64 = 7;
const YAW: u64 = 8;
const PITCH: u64 = 9;
const SWAY: u64 = 10;
const NOD: u64 = 11;
const BROW: u64 = 12;
const BREATH: u64 = 13;

/// One blink falls into each stretch of this length, in its first half: 2 to 6 s from one to the next.
const BLINK_SLOT_MS: f64 = 4000.0;

/// Something that a word makes the head and brows do.
#[derive(Debug, Clone, Copy)]
struct Beat {
    time_ms: f64,
    /// How deep the head nods, in steps.
    nod: f64,
    /// How far it turns around its middle.
    roll: f64,
    brow: f64,
}

/// When somebody does what by themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Life {
    seed: u64,
    /// In order.
    beats: Vec<Beat>,
    /// Blinks at the ends of sentences, in order.
    sentence_blinks: Vec<f64>,
    /// When this one speaks, in order.
    own: Vec<(f64, f64)>,
    /// When others do, and on which side they are.
    others: Vec<(f64, f64, f64)>,
}

/// How a head is moved, in steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Motion {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) roll: f64,
    pub(super) yaw: f64,
    pub(super) pitch: f64,
    pub(super) brow: f64,
    pub(super) brow_tilt: f64,
}

impl Life {
    /// `others` come with the side they are on: −1 is left, 1 right, 0 unknown.
    pub(super) fn new(seed: u64, own: &[Utterance], others: &[(Utterance, f64)]) -> Self {
        let span = |utterance: &Utterance| (f64::from(utterance.start_ms), f64::from(utterance.end_ms));
        let mut life = Self { seed, own: own.iter().map(span).collect(), ..Self::default() };
        for utterance in own {
            life.listen_to_self(utterance);
        }
        for (utterance, side) in others {
            let (start, end) = span(utterance);
            life.others.push((start, end, *side));
            for word in utterance.words.iter().filter(|word| word.ends_sentence) {
                let idx = i64::from(word.end_ms);
                // A listener nods at some of the sentences.
                if unit(seed, NOD, idx) < 0.55 {
                    life.beats.push(Beat { time_ms: f64::from(word.end_ms) + 220.0, nod: 4.0, roll: 0.0, brow: 0.0 });
                }
            }
        }
        life.beats.sort_by(|a, b| a.time_ms.total_cmp(&b.time_ms));
        life.sentence_blinks.sort_by(f64::total_cmp);
        life
    }

    fn listen_to_self(&mut self, utterance: &Utterance) {
        let seed = self.seed;
        for word in &utterance.words {
            let idx = i64::from(word.start_ms);
            let time_ms = (f64::from(word.start_ms) + f64::from(word.end_ms)) * 0.5;
            if word.stressed {
                let brow = if unit(seed, BROW, idx) < 0.5 { 2.0 + 2.5 * unit(seed, BROW, idx + 1) } else { 0.0 };
                self.beats.push(Beat {
                    time_ms,
                    nod: 3.0 + 3.0 * unit(seed, NOD, idx),
                    roll: 5.0 * signed(seed, ROLL, idx),
                    brow,
                });
            }
            if word.ends_sentence {
                if word.text.contains(['?', '\u{ff1f}', '\u{61f}', '\u{37e}']) {
                    self.beats.push(Beat { time_ms, nod: -3.0, roll: 6.0 * signed(seed, ROLL, idx), brow: 6.0 });
                }
                if unit(seed, SENTENCE, idx) < 0.7 {
                    self.sentence_blinks.push(f64::from(word.end_ms) + 60.0);
                }
            }
        }
    }

    /// How much the eyes are closed, from 0 to 1.
    pub(super) fn blink(&self, time_ms: f64) -> f64 {
        let near = self.sentence_blinks.partition_point(|&at| at < time_ms - 1000.0);
        let at_sentence = self.sentence_blinks[near..].iter().take_while(|&&at| at < time_ms + 1000.0);
        let slot = (time_ms / BLINK_SLOT_MS).floor() as i64;
        let mut closed: f64 = 0.0;
        for idx in slot - 1..=slot {
            let at = (idx as f64 + 0.1 + 0.5 * unit(self.seed, BLINK, idx)) * BLINK_SLOT_MS;
            let next = self.sentence_blinks.partition_point(|&other| other < at - 1200.0);
            let crowded = self.sentence_blinks.get(next).is_some_and(|&other| other < at + 1200.0);
            if idx >= 0 && !crowded {
                closed = closed.max(lid(time_ms - at, 120.0 + 80.0 * unit(self.seed, BLINK_LENGTH, idx)));
            }
        }
        at_sentence.fold(closed, |closed, &at| closed.max(lid(time_ms - at, 170.0)))
    }

    /// Where the eyes look, in steps; mostly at the camera.
    pub(super) fn gaze(&self, time_ms: f64) -> (f64, f64) {
        const SLOT_MS: f64 = 1300.0;
        if let Some((side, weight)) = self.listens_at(time_ms) {
            let camera = unit(self.seed, GAZE, (time_ms / SLOT_MS).floor() as i64) < 0.35;
            return if camera { (0.0, 0.0) } else { (side * 4.0 * weight.round(), 0.0) };
        }
        let idx = (time_ms / SLOT_MS + unit(self.seed, GAZE, -1)).floor() as i64;
        // The first look is at the camera: the first frame is what a poster shows.
        if idx <= 1 || unit(self.seed, GAZE, idx) < 0.74 {
            return (0.0, 0.0);
        }
        let reach = if self.speaks(time_ms) { 3.0 } else { 4.5 };
        ((signed(self.seed, GAZE_X, idx) * reach).round(), (signed(self.seed, GAZE_Y, idx) * 2.0).round())
    }

    /// On which side somebody else speaks, and how much this one has turned to them.
    fn listens_at(&self, time_ms: f64) -> Option<(f64, f64)> {
        let idx = self.others.partition_point(|other| other.0 <= time_ms).checked_sub(1)?;
        let (start, end, side) = self.others[idx];
        let weight = smooth((time_ms - start - 200.0) / 500.0).min(smooth((end + 500.0 - time_ms) / 500.0));
        (weight > 0.0 && !self.speaks(time_ms)).then_some((side, weight))
    }

    fn speaks(&self, time_ms: f64) -> bool {
        let idx = self.own.partition_point(|span| span.0 - 200.0 <= time_ms);
        idx.checked_sub(1).is_some_and(|idx| time_ms < self.own[idx].1 + 200.0)
    }

    /// How much this one is speaking, from 0 to 1, changing slowly.
    fn engaged(&self, time_ms: f64) -> f64 {
        let idx = self.own.partition_point(|span| span.0 - 300.0 <= time_ms);
        let Some(idx) = idx.checked_sub(1) else { return 0.0 };
        let (start, end) = self.own[idx];
        smooth((time_ms - start + 300.0) / 400.0).min(smooth((end + 500.0 - time_ms) / 500.0))
    }

    /// How the head moves.
    pub(super) fn head(&self, time_ms: f64, life: f64) -> Motion {
        let seed = self.seed;
        let lively = (0.62 + 0.5 * self.engaged(time_ms)) * life;
        let mut motion = Motion {
            x: wander(seed, SWAY, time_ms, 2900.0) * 9.0 * lively,
            roll: wander(seed, ROLL, time_ms, 2100.0) * 12.0 * lively,
            yaw: wander(seed, YAW, time_ms, 1700.0) * 5.0 * lively,
            pitch: wander(seed, PITCH, time_ms, 2300.0) * 2.5 * lively,
            ..Motion::default()
        };
        if let Some((side, weight)) = self.listens_at(time_ms) {
            motion.yaw = motion.yaw * 0.5 + side * 6.0 * weight;
            motion.roll += side * 5.0 * weight;
        }
        let from = self.beats.partition_point(|beat| beat.time_ms < time_ms - 400.0);
        for beat in self.beats[from..].iter().take_while(|beat| beat.time_ms < time_ms + 400.0) {
            let force = pulse(time_ms, beat.time_ms, 460.0);
            motion.pitch += beat.nod * force * life;
            motion.y += beat.nod * 1.3 * force * life;
            motion.roll += beat.roll * force * life;
            let raised = pulse(time_ms, beat.time_ms - 20.0, 620.0);
            motion.brow = motion.brow.max(beat.brow * raised);
            motion.brow_tilt += beat.roll * 0.12 * raised;
        }
        motion
    }

    /// How far the chest is filled, from 0 to 1.
    pub(super) fn breath(&self, time_ms: f64) -> f64 {
        const PERIOD_MS: f64 = 4100.0;
        let phase = time_ms / PERIOD_MS + unit(self.seed, BREATH, 0);
        let phase = phase - phase.floor();
        // In a little faster than out.
        if phase < 0.42 { smooth(phase / 0.42) } else { smooth((1.0 - phase) / 0.58) }
    }
}

/// A lid that falls fast and rises slower.
fn lid(since_ms: f64, length_ms: f64) -> f64 {
    let t = since_ms / length_ms + 0.4;
    if t < 0.4 { smooth(t / 0.36) } else { smooth((1.05 - t) / 0.5) }
}
