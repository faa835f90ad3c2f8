//! How far a render is, and whether it should go on.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::{Error, Result};

/// What a render is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Texts are being spoken.
    Speaking,
    /// Pictures and sound are being made.
    Rendering,
    /// The file is being written.
    Writing,
}

/// How far a render is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Frames that are finished.
    pub n_done: u64,
    /// Frames of the whole video; 0 while texts are being spoken.
    pub n_frames: u64,
}

impl Progress {
    /// Returns the share of the work that is done, in percent, below 100 until all of it is.
    pub fn percent(&self) -> u8 {
        let share = (self.n_done.min(self.n_frames) * 92).checked_div(self.n_frames).unwrap_or(0);
        match self.phase {
            Phase::Speaking => 1,
            Phase::Rendering => 3 + share as u8,
            Phase::Writing => 97,
        }
    }
}

/// A function that is told of progress and says whether to go on; called from any thread, one at a time.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a;

/// Progress that several workers make together.
pub(crate) struct Shared<'a, 'b> {
    tell: Mutex<&'a mut OnProgress<'b>>,
    n_done: AtomicU64,
    n_frames: AtomicU64,
    is_cancelled: AtomicBool,
}

impl<'a, 'b> Shared<'a, 'b> {
    pub(crate) fn new(tell: &'a mut OnProgress<'b>) -> Self {
        Self {
            tell: Mutex::new(tell),
            n_done: AtomicU64::new(0),
            n_frames: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_total(&self, n_frames: u64) {
        self.n_frames.store(n_frames, Ordering::Relaxed);
    }

    /// Counts finished frames and tells of them; an error if the work should end.
    pub(crate) fn advance(&self, n_frames: u64) -> Result<()> {
        self.n_done.fetch_add(n_frames, Ordering::Relaxed);
        self.tell(Phase::Rendering)
    }

    /// Tells what is being done; an error if the work should end.
    pub(crate) fn tell(&self, phase: Phase) -> Result<()> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        // Another worker is telling just now, and knows as much.
        let Ok(mut tell) = self.tell.try_lock() else { return Ok(()) };
        let progress = Progress {
            phase,
            n_done: self.n_done.load(Ordering::Relaxed),
            n_frames: self.n_frames.load(Ordering::Relaxed),
        };
        if tell(progress).is_break() {
            self.is_cancelled.store(true, Ordering::Relaxed);
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    /// Makes all workers end soon, because one has failed.
    pub(crate) fn stop(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}
