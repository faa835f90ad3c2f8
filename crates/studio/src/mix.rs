//! Everything that is heard, added up: speech, recordings, the sound of videos, music.
//!
//! All is stereo at 48 kHz, and every place is a whole number of audio frames: 48,000 is a multiple of every frame rate, so
//! sound and picture never drift apart. Memory does not grow with the length.

mod ducking;
mod reader;

use std::path::PathBuf;
use std::sync::Arc;

use crate::Result;
use crate::limiter::{LOOKAHEAD, Limiter};
use crate::speak::Speeches;
use ducking::Duck;
use reader::Reader;

pub(crate) use ducking::DuckCurve;

/// Audio frames per second of everything that is mixed.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// Audio frames mixed at a time.
const BLOCK_FRAMES: usize = 4800;

/// One sound and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    /// Where it comes from.
    pub(crate) source: SoundSource,
    /// The first audio frame it may be heard in.
    pub(crate) start: u64,
    /// The audio frame after its last.
    pub(crate) end: u64,
    /// How loud it is.
    pub(crate) gain: f32,
    /// Audio frames until it has its volume.
    pub(crate) fade_in: u64,
    /// Audio frames before `end` from which on it fades.
    pub(crate) fade_out: u64,
    /// How it steps back behind speech.
    pub(crate) ducking: Option<DuckCurve>,
}

/// Where a sound comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SoundSource {
    /// A spoken text of this render.
    Speech(usize),
    /// A sound or video file.
    File {
        /// The file.
        path: PathBuf,
        /// Its name in the document, for messages.
        name: String,
        /// Whether it begins again when it ends.
        looped: bool,
        /// Audio frames left out at its beginning.
        skip: u64,
    },
}

/// What is to be heard.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct MixPlan {
    /// The sounds, in any order.
    pub(crate) tracks: Vec<Track>,
    /// When somebody speaks, in order, without overlaps.
    pub(crate) speech: Vec<std::ops::Range<u64>>,
    /// Length in audio frames.
    pub(crate) n_frames: u64,
}

/// Adds up a plan block by block.
pub(crate) struct Mixer<'a> {
    plan: &'a MixPlan,
    speeches: &'a Speeches<'a>,
    /// Tracks by start, those not begun last.
    waiting: Vec<&'a Track>,
    active: Vec<Active<'a>>,
    limiter: Limiter,
    /// Audio frames mixed so far; the output is [`LOOKAHEAD`] behind.
    position: u64,
    sum: Vec<f32>,
    scratch: Vec<f32>,
    /// What could not be read.
    pub(crate) warnings: Vec<String>,
}

struct Active<'a> {
    track: &'a Track,
    reader: Reader,
    duck: Option<Duck<'a>>,
}

impl<'a> Mixer<'a> {
    pub(crate) fn new(plan: &'a MixPlan, speeches: &'a Speeches<'a>) -> Self {
        let mut waiting: Vec<&Track> = plan.tracks.iter().filter(|track| track.start < track.end).collect();
        // The last is taken first.
        waiting.sort_by_key(|track| std::cmp::Reverse(track.start));
        Self {
            plan,
            speeches,
            waiting,
            active: Vec::new(),
            limiter: Limiter::new(),
            position: 0,
            sum: Vec::new(),
            scratch: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Replaces `out` by the next interleaved samples; returns `false` when there are none.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        out.clear();
        let total = self.plan.n_frames + LOOKAHEAD as u64;
        while out.is_empty() && self.position < total {
            let n_frames = BLOCK_FRAMES.min((total - self.position) as usize);
            self.add_up(n_frames)?;
            let late = LOOKAHEAD.saturating_sub(usize::try_from(self.position).unwrap_or(usize::MAX)).min(n_frames);
            for (at, frame) in self.sum.chunks_exact(2).enumerate() {
                let limited = self.limiter.next([frame[0], frame[1]]);
                if at >= late {
                    out.extend_from_slice(&limited);
                }
            }
            self.position += n_frames as u64;
        }
        Ok(!out.is_empty())
    }

    fn add_up(&mut self, n_frames: usize) -> Result<()> {
        self.sum.clear();
        self.sum.resize(n_frames * 2, 0.0);
        let (begin, end) = (self.position, self.position + n_frames as u64);
        while let Some(track) = self.waiting.pop_if(|track| track.start < end) {
            match Reader::open(&track.source, self.speeches) {
                Ok(reader) => {
                    let duck = track.ducking.map(|curve| Duck::new(curve, &self.plan.speech));
                    self.active.push(Active { track, reader, duck });
                }
                Err(reason) => self.warnings.push(reason),
            }
        }
        let mut ended = Vec::new();
        for (at, active) in self.active.iter_mut().enumerate() {
            let track = active.track;
            let from = track.start.max(begin);
            let until = track.end.min(end);
            let (offset, wanted) = ((from - begin) as usize, (until.saturating_sub(from)) as usize);
            self.scratch.clear();
            self.scratch.resize(wanted * 2, 0.0);
            let read = match active.reader.read(&mut self.scratch) {
                Ok(read) => read,
                Err(reason) => {
                    self.warnings.push(reason);
                    0
                }
            };
            for frame in 0..read {
                let position = from + frame as u64;
                let mut gain = track.gain * fade(track, position);
                if let Some(duck) = &mut active.duck {
                    gain *= duck.gain_at(position);
                }
                let (to, with) = ((offset + frame) * 2, frame * 2);
                self.sum[to] += self.scratch[with] * gain;
                self.sum[to + 1] += self.scratch[with + 1] * gain;
            }
            if read < wanted || until >= track.end {
                ended.push(at);
            }
        }
        for at in ended.into_iter().rev() {
            self.active.remove(at);
        }
        Ok(())
    }
}

fn fade(track: &Track, position: u64) -> f32 {
    let ramp = |done: u64, length: u64| if done >= length { 1.0 } else { done as f32 / length as f32 };
    ramp(position - track.start, track.fade_in) * ramp(track.end - position, track.fade_out)
}

/// Shares the plan's spans that somebody speaks in: sorted, and joined where they touch.
pub(crate) fn joined(mut spans: Vec<std::ops::Range<u64>>) -> Vec<std::ops::Range<u64>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<std::ops::Range<u64>> = Vec::with_capacity(spans.len());
    for span in spans.into_iter().filter(|span| span.start < span.end) {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// Mono samples at [`SAMPLE_RATE`], shared between those that need them.
pub(crate) type Samples = Arc<Vec<i16>>;
