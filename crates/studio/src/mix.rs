//! Everything that is heard, added up: speech, recordings, the sound of videos, music.
//!
//! All is stereo at 48 kHz, and every place is a whole number of audio frames: 48,000 is a multiple of every frame rate, so
//! sound and picture never drift apart. Memory does not grow with the length.

mod ducking;
mod reader;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

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
    pub(crate) speech: Vec<Range<u64>>,
    /// Length in audio frames.
    pub(crate) n_frames: u64,
}

/// Adds up a plan block by block.
///
/// What comes out does not depend on where one begins: [`Mixer::skip_to`] only leaves out.
pub(crate) struct Mixer<'a> {
    plan: &'a MixPlan,
    speeches: &'a Speeches<'a>,
    /// Tracks by start, those not begun last.
    waiting: Vec<&'a Track>,
    active: Vec<Active<'a>>,
    limiter: Limiter,
    /// The next audio frame to add up.
    position: u64,
    /// The next audio frame to put out.
    next_out: u64,
    sum: Vec<f32>,
    scratch: Vec<f32>,
    failures: Vec<Failure>,
}

/// A sound that is being read.
struct Active<'a> {
    track: &'a Track,
    reader: Reader,
    duck: Option<Duck<'a>>,
}

/// What could not be heard: a track from some audio frame on.
struct Failure {
    span: Range<u64>,
    reason: String,
}

impl<'a> Mixer<'a> {
    pub(crate) fn new(plan: &'a MixPlan, speeches: &'a Speeches<'a>) -> Self {
        let mut waiting: Vec<&Track> = plan.tracks.iter().filter(|track| track.start < track.end).collect();
        // Those that begin together in the order of the plan, for sums of many sounds depend on it.
        waiting.sort_by_key(|track| track.start);
        waiting.reverse();
        Self {
            plan,
            speeches,
            waiting,
            active: Vec::new(),
            limiter: Limiter::new(),
            position: 0,
            next_out: 0,
            sum: Vec::new(),
            scratch: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Goes on at an audio frame that was not put out yet.
    pub(crate) fn skip_to(&mut self, frame: u64) {
        // What the limiter puts out depends on what is that far before it.
        let from = frame.saturating_sub(LOOKAHEAD as u64);
        if from > self.position {
            let position = self.position;
            self.active.retain(|active| active.track.end > from);
            for active in &mut self.active {
                active.reader.pass_over(from - position);
            }
            self.open_tracks(from, from);
            self.position = from;
            self.limiter = Limiter::new();
        }
        self.next_out = self.next_out.max(frame);
    }

    /// Returns what could not be heard of some audio frames, as far as they have been mixed.
    pub(crate) fn failures(&self, frames: &Range<u64>) -> Vec<String> {
        let failed = self.failures.iter().filter(|failure| overlaps(&failure.span, frames));
        failed.map(|failure| failure.reason.clone()).collect()
    }

    /// Replaces `out` by the next interleaved samples; returns `false` when there are none.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> bool {
        out.clear();
        let total = self.plan.n_frames + LOOKAHEAD as u64;
        while out.is_empty() && self.position < total {
            let n_frames = BLOCK_FRAMES.min((total - self.position) as usize);
            self.add_up(n_frames);
            let first_in = self.position;
            for (at, frame) in self.sum.chunks_exact(2).enumerate() {
                let limited = self.limiter.next([frame[0], frame[1]]);
                if first_in + at as u64 >= self.next_out + LOOKAHEAD as u64 {
                    out.extend_from_slice(&limited);
                }
            }
            self.position += n_frames as u64;
        }
        self.next_out += out.len() as u64 / 2;
        !out.is_empty()
    }

    /// Opens the tracks that begin before `end` and are heard at `position` or later, there.
    fn open_tracks(&mut self, end: u64, position: u64) {
        while let Some(track) = self.waiting.pop_if(|track| track.start < end) {
            if track.end <= position {
                continue;
            }
            match Reader::open(&track.source, self.speeches) {
                Ok(mut reader) => {
                    reader.pass_over(position.saturating_sub(track.start));
                    let duck = track.ducking.map(|curve| Duck::new(curve, &self.plan.speech));
                    self.active.push(Active { track, reader, duck });
                }
                Err(reason) => self.failures.push(Failure { span: track.start..track.end, reason }),
            }
        }
    }

    fn add_up(&mut self, n_frames: usize) {
        self.sum.clear();
        self.sum.resize(n_frames * 2, 0.0);
        let (begin, end) = (self.position, self.position + n_frames as u64);
        self.open_tracks(end, begin);
        let mut ended = Vec::new();
        for (at, active) in self.active.iter_mut().enumerate() {
            let track = active.track;
            let from = track.start.max(begin);
            let until = track.end.min(end);
            let (offset, wanted) = ((from - begin) as usize, (until.saturating_sub(from)) as usize);
            self.scratch.clear();
            self.scratch.resize(wanted * 2, 0.0);
            let read = active.reader.read(&mut self.scratch);
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
            if let Some(reason) = active.reader.fault() {
                self.failures.push(Failure { span: from + read as u64..track.end, reason });
            }
            if read < wanted || until >= track.end {
                ended.push(at);
            }
        }
        for at in ended.into_iter().rev() {
            self.active.remove(at);
        }
    }
}

/// Whether two stretches have anything in common.
pub(crate) fn overlaps(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start < b.end && b.start < a.end
}

fn fade(track: &Track, position: u64) -> f32 {
    let ramp = |done: u64, length: u64| if done >= length { 1.0 } else { done as f32 / length as f32 };
    ramp(position - track.start, track.fade_in) * ramp(track.end - position, track.fade_out)
}

/// Shares the plan's spans that somebody speaks in: sorted, and joined where they touch.
pub(crate) fn joined(mut spans: Vec<Range<u64>>) -> Vec<Range<u64>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(spans.len());
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
