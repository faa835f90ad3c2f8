//! From the last picture of a scene to the frames of the next one.

use crate::document::{Transition, TransitionEffect, Wipe};
use crate::scene::FrameBuffer;

/// Returns how far a transition is at a time after the beginning of its scene, 0 to 1, its speed smoothed at both ends.
///
/// Shorter scenes than the transition end it with them: `scene_ms` is the scene's length.
pub fn progress(transition: &Transition, time_ms: f64, scene_ms: f64) -> f64 {
    let duration_ms = f64::from(transition.duration_ms).min(scene_ms);
    if transition.effect == TransitionEffect::Cut || duration_ms <= 0.0 {
        return 1.0;
    }
    let share = (time_ms / duration_ms).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Composes a frame of a transition: `before` is the last picture of the scene before, `after` the frame of the new scene.
///
/// At `progress` 0 the frame is `before`, at 1 it is `after`; both ends are exact.
///
/// # Panics
/// The three do not have the same size.
pub fn compose(
    transition: &Transition,
    progress: f64,
    before: &FrameBuffer,
    after: &FrameBuffer,
    frame: &mut FrameBuffer,
) {
    assert!(before.rect() == after.rect() && before.rect() == frame.rect(), "all frames must have the same size");
    let progress = progress.clamp(0.0, 1.0);
    match transition.effect {
        TransitionEffect::Cut => frame.pixels_mut().copy_from_slice(after.pixels()),
        TransitionEffect::Fade => fade(progress, before, after, frame),
        TransitionEffect::Slide => pushed(transition.from, progress, before, after, frame, true),
        TransitionEffect::Wipe => pushed(transition.from, progress, before, after, frame, false),
    }
}

fn fade(progress: f64, before: &FrameBuffer, after: &FrameBuffer, frame: &mut FrameBuffer) {
    let share = (progress * 256.0).round() as u32;
    pulp::Arch::new().dispatch(|| fade_bytes(frame.pixels_mut(), before.pixels(), after.pixels(), share));
}

#[inline(always)]
fn fade_bytes(out: &mut [u8], before: &[u8], after: &[u8], share: u32) {
    let (share, rest) = (share as u16, 256 - share as u16);
    for ((out, before), after) in out.iter_mut().zip(before).zip(after) {
        // At most 255 · 256 + 128, which fits.
        *out = ((u16::from(*before) * rest + u16::from(*after) * share + 128) >> 8) as u8;
    }
}

/// Shows the part of the new picture that has come in from its side; what is left of the old one moves on or stays.
fn pushed(from: Wipe, progress: f64, before: &FrameBuffer, after: &FrameBuffer, frame: &mut FrameBuffer, slides: bool) {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let stride = width * 4;
    let shown = |size: usize| (progress * size as f64).round() as usize;
    for y in 0..height {
        let row = &mut frame.pixels_mut()[y * stride..(y + 1) * stride];
        let of = |picture: &'_ FrameBuffer, y: usize| -> std::ops::Range<usize> {
            debug_assert!(y < picture.height() as usize, "a row inside");
            y * stride..(y + 1) * stride
        };
        match from {
            Wipe::Left | Wipe::Right => {
                let (old, new) = (&before.pixels()[of(before, y)], &after.pixels()[of(after, y)]);
                let n_new = shown(width) * 4;
                let n_old = stride - n_new;
                match (from == Wipe::Right, slides) {
                    (true, true) => {
                        row[..n_old].copy_from_slice(&old[n_new..]);
                        row[n_old..].copy_from_slice(&new[..n_new]);
                    }
                    (true, false) => {
                        row[..n_old].copy_from_slice(&old[..n_old]);
                        row[n_old..].copy_from_slice(&new[n_old..]);
                    }
                    (false, true) => {
                        row[..n_new].copy_from_slice(&new[n_old..]);
                        row[n_new..].copy_from_slice(&old[..n_old]);
                    }
                    (false, false) => {
                        row[..n_new].copy_from_slice(&new[..n_new]);
                        row[n_new..].copy_from_slice(&old[n_new..]);
                    }
                }
            }
            Wipe::Top | Wipe::Bottom => {
                let n_new = shown(height);
                let n_old = height - n_new;
                let is_new = if from == Wipe::Top { y < n_new } else { y >= n_old };
                let source = match (from == Wipe::Top, is_new, slides) {
                    (_, _, false) => y,
                    (true, true, true) => y + n_old,
                    (true, false, true) => y - n_new,
                    (false, true, true) => y - n_old,
                    (false, false, true) => y + n_new,
                };
                let picture = if is_new { after } else { before };
                row.copy_from_slice(&picture.pixels()[of(picture, source)]);
            }
        }
    }
}
