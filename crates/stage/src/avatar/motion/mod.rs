//! How somebody moves through a scene: a pose for every frame.
//!
//! A [`Performance`] is planned once from what is said; [`Performance::pose`] is then a pure function of the number of the
//! frame, so that frames can be drawn in any order and on any thread.
//! The mouth and the lids move with every frame. Head, brows and chest move at about 15 steps a second ("on twos"), which the eye
//! does not miss and which leaves every other frame with a changed mouth at most.

pub(crate) mod chance;
mod feeling;
mod life;
mod lips;

use crate::document::Emotion;
use crate::utterance::Utterance;

use super::pose::{EyePose, HeadPose, MouthPose, Pose};
use feeling::{Feeling, Feelings};
use life::Life;
pub(crate) use lips::nearest_viseme;
use lips::{LipTrack, Lips};

/// Something that somebody else says.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What is said.
    pub utterance: Utterance,
    /// Where the speaker is: −1 is to the left in the picture, 1 to the right, 0 unknown.
    pub side: i8,
}

/// What somebody is to play.
#[derive(Debug, Clone, Default)]
pub struct Direction {
    /// What they say, in order.
    pub own: Vec<Utterance>,
    /// What others say meanwhile, in order.
    pub others: Vec<Heard>,
    /// How they feel where an utterance does not say it.
    pub emotion: Emotion,
    /// Frames per second, at least 1.
    pub fps: u32,
    /// Makes two people move differently; see [`seed`].
    pub seed: u64,
}

/// Returns the seed for an avatar on a layer, so that the same layer always moves in the same way.
pub fn seed(layer: &str, avatar: &str) -> u64 {
    chance::seed_of(&[layer, avatar])
}

/// Somebody who plays their part: a pose for every frame.
#[derive(Debug, Clone)]
pub struct Performance {
    fps: u32,
    lips: LipTrack,
    feelings: Feelings,
    life: Life,
}

impl Performance {
    /// Plans a part.
    pub fn new(direction: &Direction) -> Self {
        let fps = direction.fps.max(1);
        let others: Vec<(Utterance, f64)> =
            direction.others.iter().map(|heard| (heard.utterance.clone(), f64::from(heard.side))).collect();
        Self {
            fps,
            lips: LipTrack::new(&direction.own, 1000.0 / f64::from(fps)),
            feelings: Feelings::new(direction.emotion, &direction.own),
            life: Life::new(direction.seed, &direction.own, &others),
        }
    }

    /// Returns the pose at a frame; frame 0 is the beginning of the scene.
    pub fn pose(&self, frame_idx: u32) -> Pose {
        let time_ms = self.time_ms(frame_idx);
        let hold = (self.fps + 7) / 15;
        let slow_ms = self.time_ms(frame_idx - frame_idx % hold.max(1));
        let feeling = self.feelings.at(slow_ms);
        let motion = self.life.head(slow_ms, feeling.life);
        let (gaze_x, gaze_y) = self.life.gaze(slow_ms);
        let blink = self.life.blink(time_ms);
        let lid = feeling.lid + (12.0 - feeling.lid) * blink;
        Pose {
            head: HeadPose {
                x: steps(motion.x, 1, 24),
                y: steps(motion.y, 1, 24),
                roll: steps(motion.roll, 2, 48),
                yaw: steps(motion.yaw, 1, 16),
                pitch: steps(motion.pitch + feeling.pitch, 1, 14),
            },
            eyes: EyePose {
                lid: steps(lid, 1, 12).max(-4),
                squint: steps(feeling.squint, 1, 12),
                gaze_x: steps(gaze_x - motion.yaw * 0.3, 1, 8),
                gaze_y: steps(gaze_y - motion.pitch * 0.25, 1, 8),
                brow_left: steps(feeling.brow + motion.brow + motion.brow_tilt, 1, 12),
                brow_right: steps(feeling.brow + motion.brow - motion.brow_tilt, 1, 12),
                brow_inner: steps(feeling.brow_inner, 1, 12),
            },
            // A frame is seen until the next: what it shows of the lips is what they do half way.
            mouth: mouth(&self.lips.at(time_ms + 500.0 / f64::from(self.fps)), &feeling),
            cheeks: steps(feeling.cheeks, 1, 12),
            breath: steps(self.life.breath(slow_ms) * 4.0, 1, 4),
        }
    }

    fn time_ms(&self, frame_idx: u32) -> f64 {
        f64::from(frame_idx) * 1000.0 / f64::from(self.fps)
    }
}

/// Rounds to a multiple of `step` between −`max` and `max`.
fn steps(value: f64, step: i8, max: i8) -> i8 {
    let step = f64::from(step);
    ((value / step).round() * step).clamp(-f64::from(max), f64::from(max)) as i8
}

/// What is said, said with a feeling.
fn mouth(lips: &Lips, feeling: &Feeling) -> MouthPose {
    let rest = lips.get(Lips::REST).clamp(0.0, 1.0);
    let (round, press) = (lips.get(Lips::ROUND), lips.get(Lips::PRESS));
    let free = 1.0 - 0.55 * (round / 24.0) - 0.2 * (press / 24.0);
    let joy = feeling.smile.max(0.0) / 24.0;
    let open = lips.get(Lips::OPEN);
    let speaking = if open > 0.5 { 1.0 } else { 0.0 };
    MouthPose {
        open: steps(open * (1.0 + 0.06 * speaking * joy) + rest * feeling.open, 1, 24),
        wide: steps(lips.get(Lips::WIDE), 1, 24),
        round: steps(round + rest * feeling.round, 1, 24),
        press: steps(press, 1, 24),
        upper_teeth: steps(
            lips.get(Lips::UPPER_TEETH) + rest * feeling.teeth + (1.0 - rest) * joy * 5.0 * (1.0 - round / 24.0),
            2,
            24,
        ),
        lower_teeth: steps(lips.get(Lips::LOWER_TEETH), 2, 24),
        tongue: steps(lips.get(Lips::TONGUE), 2, 24),
        tuck: steps(lips.get(Lips::TUCK), 2, 24),
        smile: steps(feeling.smile * free, 1, 24),
    }
}
