//! When layers are seen, and how they come and go.

use super::PixelRect;
use crate::document::{Animation, Easing, Effect, Layer};

/// Frames and milliseconds of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Frames per second.
    pub fps: u32,
    /// How many frames the scene has.
    pub n_frames: u32,
}

impl Clock {
    /// When a frame begins.
    pub(super) fn time_ms(&self, frame_idx: u32) -> f64 {
        f64::from(frame_idx) * 1000.0 / f64::from(self.fps.max(1))
    }

    /// When a frame begins, in whole milliseconds.
    pub(super) fn whole_ms(&self, frame_idx: u32) -> u64 {
        u64::from(frame_idx) * 1000 / u64::from(self.fps.max(1))
    }

    fn end_ms(&self) -> f64 {
        self.time_ms(self.n_frames)
    }
}

/// One way to come or go, with its time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Move {
    effect: Effect,
    easing: Easing,
    start_ms: f64,
    end_ms: f64,
}

impl Move {
    /// How far it is, 0 to 1.
    fn progress(&self, time_ms: f64) -> f64 {
        let share = if self.end_ms > self.start_ms {
            ((time_ms - self.start_ms) / (self.end_ms - self.start_ms)).clamp(0.0, 1.0)
        } else {
            f64::from(u8::from(time_ms >= self.start_ms))
        };
        match self.easing {
            Easing::Linear => share,
            Easing::Smooth => share * share * (3.0 - 2.0 * share),
        }
    }
}

/// When a layer is seen, and how it comes and goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timing {
    opacity: f64,
    /// From when to when it is there.
    start_ms: f64,
    end_ms: f64,
    enter: Option<Move>,
    leave: Option<Move>,
}

/// How a layer looks in a frame. Layers with the same look and the same content have the same pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// How much of it is seen, 1 to 255.
    pub alpha: u8,
    /// How far it is from its place, in sixteenths of a pixel.
    pub shift16: (i32, i32),
    /// Its size in 4096ths of its own.
    pub zoom: u16,
}

impl Look {
    /// Whether it is at its place and at its own size.
    pub(super) fn is_at_rest(&self) -> bool {
        self.shift16 == (0, 0) && self.zoom == FULL_SIZE
    }
}

/// A layer at its own size.
pub(super) const FULL_SIZE: u16 = 4096;

impl Timing {
    /// Something that is there all the time.
    pub(super) fn always(opacity: f64) -> Self {
        Self { opacity, start_ms: 0.0, end_ms: f64::INFINITY, enter: None, leave: None }
    }

    /// The timing of a layer.
    pub(super) fn of(layer: &Layer, clock: &Clock) -> Self {
        let begin_ms = f64::from(layer.start_ms);
        let end_ms = layer.end_ms.map_or(clock.end_ms(), f64::from);
        let enter = layer.enter.as_ref().map(|animation| {
            let start_ms = begin_ms + f64::from(animation.delay_ms);
            make_move(animation, start_ms, start_ms + f64::from(animation.duration_ms))
        });
        let leave = layer.leave.as_ref().map(|animation| {
            let gone_ms = end_ms - f64::from(animation.delay_ms);
            make_move(animation, gone_ms - f64::from(animation.duration_ms), gone_ms)
        });
        Self {
            opacity: layer.opacity,
            start_ms: enter.map_or(begin_ms, |it| it.start_ms),
            end_ms: leave.map_or(end_ms, |it| it.end_ms),
            enter,
            leave,
        }
    }

    /// Whether the layer is never seen.
    pub(super) fn is_never(&self) -> bool {
        self.opacity <= 0.0 || self.end_ms <= self.start_ms
    }

    /// Whether the layer may be seen at a time.
    pub(super) fn is_on(&self, time_ms: f64) -> bool {
        time_ms >= self.start_ms && time_ms < self.end_ms
    }

    /// When the layer begins to be seen.
    pub(super) fn start_ms(&self) -> f64 {
        self.start_ms
    }

    /// The ways the layer moves: along the rows, along the columns, towards its middle.
    pub(super) fn moves(&self) -> (bool, bool, bool) {
        let has = |wanted: &[Effect]| self.enter.iter().chain(&self.leave).any(|it| wanted.contains(&it.effect));
        (has(&[Effect::Left, Effect::Right]), has(&[Effect::Up, Effect::Down]), has(&[Effect::Zoom]))
    }

    /// Returns how the layer looks; `None` while it is not seen.
    ///
    /// `at_rest` is where it is when it does not move, `output` is the frame.
    pub(super) fn look(&self, time_ms: f64, at_rest: &PixelRect, output: &PixelRect) -> Option<Look> {
        if !self.is_on(time_ms) {
            return None;
        }
        let (mut alpha, mut shift, mut zoom) = (self.opacity, (0.0, 0.0), 1.0);
        let enter = self.enter.map(|it| (it.effect, it.progress(time_ms)));
        let leave = self.leave.map(|it| (it.effect, 1.0 - it.progress(time_ms)));
        for (effect, shown) in enter.into_iter().chain(leave) {
            let hidden = 1.0 - shown;
            match effect {
                Effect::Fade => alpha *= shown,
                Effect::Zoom => zoom *= shown,
                Effect::Left => shift.0 += hidden * f64::from(output.x0 - at_rest.x1),
                Effect::Right => shift.0 += hidden * f64::from(output.x1 - at_rest.x0),
                Effect::Up => shift.1 += hidden * f64::from(output.y0 - at_rest.y1),
                Effect::Down => shift.1 += hidden * f64::from(output.y1 - at_rest.y0),
            }
        }
        let sixteenths = |value: f64| (value * 16.0).round().clamp(-1e8, 1e8) as i32;
        let look = Look {
            alpha: (alpha.clamp(0.0, 1.0) * 255.0).round() as u8,
            shift16: (sixteenths(shift.0), sixteenths(shift.1)),
            zoom: (zoom.clamp(0.0, 1.0) * f64::from(FULL_SIZE)).round() as u16,
        };
        (look.alpha > 0 && look.zoom > 0).then_some(look)
    }
}

fn make_move(animation: &Animation, start_ms: f64, end_ms: f64) -> Move {
    Move { effect: animation.effect, easing: animation.easing, start_ms, end_ms }
}
