//! Which worker makes which segment.
//!
//! A worker stays with a scene as long as any of it waits, for setting a scene up costs as much as many of its frames.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::plan::SegmentPlan;

/// The segments that no worker has taken yet.
pub(crate) struct Queue<'a> {
    scenes: Mutex<Vec<Waiting<'a>>>,
}

/// What waits of one scene.
struct Waiting<'a> {
    scene: usize,
    is_begun: bool,
    segments: VecDeque<&'a SegmentPlan>,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(segments: impl IntoIterator<Item = &'a SegmentPlan>) -> Self {
        let mut scenes: Vec<Waiting<'a>> = Vec::new();
        for segment in segments {
            match scenes.last_mut().filter(|last| last.scene == segment.scene) {
                Some(last) => last.segments.push_back(segment),
                None => {
                    scenes.push(Waiting { scene: segment.scene, is_begun: false, segments: VecDeque::from([segment]) });
                }
            }
        }
        Self { scenes: Mutex::new(scenes) }
    }

    /// Takes a segment for a worker that has set up the scene `current`: one of that scene, else of one that is not begun, else of the one of
    /// which most waits.
    pub(crate) fn take(&self, current: Option<usize>) -> Option<&'a SegmentPlan> {
        let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        scenes.retain(|waiting| !waiting.segments.is_empty());
        let at = scenes
            .iter()
            .position(|waiting| Some(waiting.scene) == current)
            .or_else(|| scenes.iter().position(|waiting| !waiting.is_begun))
            .or_else(|| (0..scenes.len()).max_by_key(|&at| scenes[at].segments.len()))?;
        scenes[at].is_begun = true;
        scenes[at].segments.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;
    use crate::cache::Key;
    use crate::plan::SegmentPlan;

    #[test]
    fn workers_stay_with_their_scenes_and_then_help_where_most_waits() {
        let plan = |&(scene, start): &(usize, u32)| SegmentPlan {
            scene,
            frames: start..start + 1,
            is_transition: false,
            key: Key::of(&[]),
        };
        let plans: Vec<_> = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (1, 3)].iter().map(plan).collect();
        let queue = Queue::new(&plans);
        let take = |current| queue.take(current).map(|plan| (plan.scene, plan.frames.start));
        assert_eq!(take(None), Some((0, 0)));
        assert_eq!(take(None), Some((1, 0)));
        assert_eq!(take(Some(0)), Some((0, 1)));
        assert_eq!(take(Some(0)), Some((0, 2)));
        assert_eq!(take(Some(0)), Some((1, 1)));
        assert_eq!(take(Some(1)), Some((1, 2)));
        assert_eq!(take(None), Some((1, 3)));
        assert_eq!(take(Some(1)), None);
    }
}
