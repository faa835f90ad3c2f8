//! Which lookups are made, in which order, and when it is enough.

use super::align::Latitude;
use super::query::Choice;
use super::vote::{Anchors, Stage};

/// The odds, as a logarithm, from which on nothing else is tried.
pub(crate) const DECISIVE: f32 = 4.0;
/// A promise from which on an alignment is weighed at once.
pub(crate) const PROMISE_DECISIVE: f32 = 1.5;
/// Another place in the same track is looked at when it got this share of the votes of the one that was found.
pub(crate) const RIVAL_SHARE: f32 = 0.88;
/// Candidates are verified by the query's peaks of ranks below this; the others coincide too rarely to matter there.
pub(crate) const VERIFY_QUOTA: u8 = 8;
/// The worth by chance in the box of the search, over that under the bell of the score.
pub(crate) const BOX_OVER_BELL: f32 = 1.2 * (3.0 * 8.0) / (1.77 * 7.68);

/// One pass over the index.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) stage: Stage,
    pub(crate) latitude: Latitude,
    /// How many of the verified alignments are weighed.
    pub(crate) n_weighed: usize,
    /// Not made when the odds so far are at least this.
    pub(crate) skip_above: f32,
}

/// The passes for an index of a size.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

/// Alignments at the recorded tempo and pitch: 2 %, 47 cents.
const NOMINAL: Latitude = Latitude { tempo: 0.02, n_pitch_steps: 5 };
/// Alignments around one tempo of the grid, at any pitch up to a whole tone away.
const BENT: Latitude = Latitude { tempo: 0.022, n_pitch_steps: 20 };
/// Alignments within 4 % of the tempo of one that was found: this latitude around these.
pub(crate) const AROUND: Latitude = Latitude { tempo: 0.018, n_pitch_steps: 3 };
pub(crate) const TEMPI_AROUND: [f32; 3] = [0.0, -0.03, 0.03];
/// A tempo nearer to the recorded one than this is what a clock does, not a change.
pub(crate) const TEMPO_PLAIN: f32 = 0.004;
/// Together with [`BENT`] these reach 10 % to either side.
const TIME_FACTORS: [f32; 5] = [0.96, 1.04, 1.0, 0.92, 1.08];
/// Anchors of 25 cents each, to reach 175 cents.
const ANY_PITCH: Anchors = [Some((-7, 7)), None];
/// Bent alignments are looked for in the best 5 s, in a large index in the best 4.
const N_BENT_FRAMES: f32 = 312.0;
const ALL_FRAMES: f32 = 1e9;

/// An index of about 200 hours.
const N_POSTINGS_LARGE: u64 = 100_000_000;
/// The odds above which bent alignments are not looked for.
const SURE: f32 = 1.0;

impl Plan {
    pub(crate) fn for_size(n_postings: u64) -> Self {
        if n_postings > N_POSTINGS_LARGE { Self::large() } else { Self::small() }
    }

    /// Reads much: an index of this size is searched in milliseconds all the same.
    fn small() -> Self {
        let first = Choice { quota: 4, fan_out: 5, n_frames_max: ALL_FRAMES };
        let all = Choice { quota: 12, fan_out: 8, n_frames_max: ALL_FRAMES };
        let bent = Choice { quota: 4, fan_out: 3, n_frames_max: N_BENT_FRAMES };
        let mut steps = vec![nominal(first, 0.0, 0.3, 1e-4, 12), nominal(all, 0.3, 0.75, 1e-4, 16)];
        steps.extend(TIME_FACTORS.map(|time_factor| bent_step(bent, time_factor, ANY_PITCH, 1e-4)));
        Self { steps }
    }

    fn large() -> Self {
        let first = Choice { quota: 3, fan_out: 4, n_frames_max: N_BENT_FRAMES };
        let all = Choice { quota: 6, fan_out: 5, n_frames_max: ALL_FRAMES };
        let bent = Choice { quota: 4, fan_out: 2, n_frames_max: 0.8 * N_BENT_FRAMES };
        let mut steps = vec![nominal(first, 0.0, 0.75, 1e-5, 12), nominal(all, 0.0, 0.75, 1e-5, 25)];
        steps.extend(TIME_FACTORS.map(|time_factor| bent_step(bent, time_factor, likely_pitches(time_factor), 2.5e-6)));
        Self { steps }
    }
}

fn nominal(choice: Choice, reach: f32, votes_per_efold: f32, list_share_max: f32, n_candidates: usize) -> Step {
    Step {
        stage: Stage {
            choice,
            time_factor: 1.0,
            reach,
            anchor_reach: reach,
            anchors: [Some((0, 0)), None],
            list_share_max,
            votes_per_efold,
            n_candidates,
        },
        latitude: NOMINAL,
        n_weighed: 4,
        skip_above: DECISIVE,
    }
}

fn bent_step(choice: Choice, time_factor: f32, anchors: Anchors, list_share_max: f32) -> Step {
    Step {
        stage: Stage {
            choice,
            time_factor,
            reach: 0.0,
            anchor_reach: 0.0,
            anchors,
            list_share_max,
            votes_per_efold: 0.75,
            n_candidates: 7,
        },
        latitude: BENT,
        n_weighed: 2,
        skip_above: SURE,
    }
}

/// The pitches that go with a tempo: unchanged, or changed with it as a faster turntable does; any at the recorded tempo.
fn likely_pitches(time_factor: f32) -> Anchors {
    if time_factor == 1.0 {
        return ANY_PITCH;
    }
    let cells = |factor: f32| -48.0 * libm::log2f(factor);
    let slow = cells(time_factor + BENT.tempo).floor() as i32;
    let fast = cells(time_factor - BENT.tempo).ceil() as i32;
    if slow <= 2 && fast >= -2 {
        [Some((slow.min(-1), fast.max(1))), None]
    } else {
        [Some((-1, 1)), Some((slow, fast))]
    }
}
