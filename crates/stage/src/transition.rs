//! From the last picture of a scene to the frames of the next one.

use crate::document::{Transition, TransitionEffect, Wipe};
use crate::scene::FrameBuffer;

/// Returns how far a transition is at a time after the beginning of its scene, 0 to 1, its speed smoothed at both ends.
///
/// In scenes that are shorter it ends with them: `scene_ms` is the scene's length.
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
        TransitionEffect::Fade => {
            let share = (progress * 256.0).round() as u16;
            pulp::Arch::new().dispatch(|| fade(frame.pixels_mut(), before.pixels(), after.pixels(), share));
        }
        TransitionEffect::Slide | TransitionEffect::Wipe => {
            let slides = transition.effect == TransitionEffect::Slide;
            let stride = frame.width() as usize * 4;
            match transition.from {
                Wipe::Left | Wipe::Right => {
                    let n_new = (progress * f64::from(frame.width())).round() as usize * 4;
                    let from_end = transition.from == Wipe::Right;
                    let rows = before.pixels().chunks_exact(stride).zip(after.pixels().chunks_exact(stride));
                    for (out, (old, new)) in frame.pixels_mut().chunks_exact_mut(stride).zip(rows) {
                        join(out, old, new, Joint { n_new, from_end, slides });
                    }
                }
                Wipe::Top | Wipe::Bottom => {
                    let n_new = (progress * f64::from(frame.height())).round() as usize * stride;
                    let joint = Joint { n_new, from_end: transition.from == Wipe::Bottom, slides };
                    join(frame.pixels_mut(), before.pixels(), after.pixels(), joint);
                }
            }
        }
    }
}

#[inline(always)]
fn fade(out: &mut [u8], before: &[u8], after: &[u8], share: u16) {
    let rest = 256 - share;
    for ((out, before), after) in out.iter_mut().zip(before).zip(after) {
        // At most 255 · 256 + 128, which fits.
        *out = ((u16::from(*before) * rest + u16::from(*after) * share + 128) >> 8) as u8;
    }
}

/// Where an old and a new row, or picture, meet.
#[derive(Clone, Copy)]
struct Joint {
    /// How many bytes of the new one are seen.
    n_new: usize,
    /// Whether the new one comes from the end.
    from_end: bool,
    /// Whether both move; else the edge between them does.
    slides: bool,
}

fn join(out: &mut [u8], old: &[u8], new: &[u8], joint: Joint) {
    let Joint { n_new, from_end, slides } = joint;
    let n_old = out.len() - n_new;
    if from_end {
        let (first, last) = out.split_at_mut(n_old);
        first.copy_from_slice(if slides { &old[n_new..] } else { &old[..n_old] });
        last.copy_from_slice(if slides { &new[..n_new] } else { &new[n_old..] });
    } else {
        let (first, last) = out.split_at_mut(n_new);
        first.copy_from_slice(if slides { &new[n_old..] } else { &new[..n_new] });
        last.copy_from_slice(if slides { &old[..n_old] } else { &old[n_new..] });
    }
}
