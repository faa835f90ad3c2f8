//! Motion search: which vector predicts a block for the least cost.

use super::frame::Plane;
use super::inter::{Luma, Place};
use super::kernels::{Lanes, sad};
use super::lattice::Lattice;
use super::motion::Mv;
use super::writer::signed_len;

/// How far a vector may point over the edges of the picture, in pixels; interpolation looks 4 pixels further.
const OVERHANG: i32 = 24;
/// How far a vector may point at all, in pixels: within the vertical limit of level 1 (ITU-T H.264, table A-1).
const REACH: i32 = 60;
/// Steps of the search by whole pixels.
const N_STEPS: usize = 16;

/// To all neighbors.
const STEPS: [(i16, i16); 8] = [(0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

/// The vectors that a macroblock may have, in whole pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

impl Window {
    /// Returns the window of the macroblock whose first pixel is (`x`, `y`).
    pub(super) fn new(plane: &Plane, x: i32, y: i32) -> Self {
        Self {
            left: (-x - OVERHANG).max(-REACH),
            right: (plane.width as i32 - 16 - x + OVERHANG).min(REACH),
            top: (-y - OVERHANG).max(-REACH),
            bottom: (plane.height as i32 - 16 - y + OVERHANG).min(REACH),
        }
    }

    /// Returns whether a vector in quarter pixels is inside.
    pub(super) fn contains(&self, mv: Mv) -> bool {
        let (x, y) = (i32::from(mv.x), i32::from(mv.y));
        x >= self.left * 4 && x <= self.right * 4 && y >= self.top * 4 && y <= self.bottom * 4
    }

    fn clamp(&self, x: i32, y: i32) -> (i32, i32) {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }
}

/// A vector and what it costs: differences plus the bits of the vector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) mv: Mv,
    pub(super) cost: u32,
}

/// What a search looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a, L> {
    pub(super) lanes: L,
    pub(super) source: &'a Luma,
    pub(super) plane: &'a Plane,
    pub(super) window: Window,
    pub(super) lambda: u32,
}

impl<L: Lanes> Search<'_, L> {
    #[inline(always)]
    fn mv_cost(&self, mv: Mv, predicted: Mv) -> u32 {
        let bits = |a: i16, b: i16| signed_len(i32::from(a) - i32::from(b));
        self.lambda * (bits(mv.x, predicted.x) + bits(mv.y, predicted.y))
    }

    /// Finds a vector for the block of `W` × `H` pixels at `place`, starting from the best of `starts`.
    #[inline(always)]
    pub(super) fn run<const W: usize, const H: usize>(&self, place: Place, predicted: Mv, starts: &[Mv]) -> Found {
        let whole = self.by_whole_pixels::<W, H>(place, predicted, starts);
        self.by_fractions::<W, H>(place, predicted, whole)
    }

    /// Walks downhill by whole pixels.
    #[inline(always)]
    fn by_whole_pixels<const W: usize, const H: usize>(&self, place: Place, predicted: Mv, starts: &[Mv]) -> Valley {
        let mut valley = Valley { x: i32::MIN, y: 0, cost: u32::MAX, around: [u32::MAX; 4] };
        for start in starts {
            let (x, y) = self.window.clamp((i32::from(start.x) + 2) >> 2, (i32::from(start.y) + 2) >> 2);
            if (x, y) == (valley.x, valley.y) {
                continue;
            }
            let cost = self.measure_whole::<W, H>(place, predicted, x, y);
            if cost < valley.cost {
                valley = Valley { x, y, cost, ..valley };
            }
        }
        for _ in 0..N_STEPS {
            let mut next = (valley.x, valley.y, valley.cost);
            for (cost, (dx, dy)) in valley.around.iter_mut().zip([(-1, 0), (1, 0), (0, -1), (0, 1)]) {
                let (x, y) = (valley.x + dx, valley.y + dy);
                if self.window.clamp(x, y) != (x, y) {
                    *cost = u32::MAX;
                    continue;
                }
                *cost = self.measure_whole::<W, H>(place, predicted, x, y);
                if *cost < next.2 {
                    next = (x, y, *cost);
                }
            }
            if next.2 == valley.cost {
                break;
            }
            valley = Valley { x: next.0, y: next.1, cost: next.2, ..valley };
        }
        valley
    }

    #[inline(always)]
    fn measure_whole<const W: usize, const H: usize>(&self, place: Place, predicted: Mv, x: i32, y: i32) -> u32 {
        let at = self.plane.index(place.x + x, place.y + y);
        let mv = Mv { x: (x * 4) as i16, y: (y * 4) as i16 };
        sad::<W, H>(&self.source[place.at..], &self.plane.data[at..], self.plane.stride) + self.mv_cost(mv, predicted)
    }

    /// Looks for the lowest point between a whole pixel and its lower neighbors.
    #[inline(always)]
    fn by_fractions<const W: usize, const H: usize>(&self, place: Place, predicted: Mv, valley: Valley) -> Found {
        let [left, right, up, down] = valley.around;
        let (is_left, is_up) = (left < right, up < down);
        let corner = (valley.x - i32::from(is_left), valley.y - i32::from(is_up));
        let mut lattice = Lattice::<W, H>::new(self.plane, place.x + corner.0, place.y + corner.1);
        let source = &self.source[place.at..];
        let start = (if is_left { 4 } else { 0 }, if is_up { 4 } else { 0 });
        let mut best = Found { mv: Mv::ZERO, cost: u32::MAX };
        let mut center = start;
        // Half pixels, then the quarter pixels around the best.
        let halves = [start, (2, start.1), (start.0, 2), (2, 2)];
        for n in 0..halves.len() + STEPS.len() {
            let at = match halves.get(n) {
                Some(&at) => at,
                None => (center.0 + STEPS[n - 4].0, center.1 + STEPS[n - 4].1),
            };
            if !(0..=4).contains(&at.0) || !(0..=4).contains(&at.1) {
                continue;
            }
            let mv = Mv { x: (corner.0 * 4) as i16 + at.0, y: (corner.1 * 4) as i16 + at.1 };
            let cost = lattice.satd(self.lanes, source, at) + self.mv_cost(mv, predicted);
            if cost < best.cost {
                best = Found { mv, cost };
                if n < halves.len() {
                    center = at;
                }
            }
        }
        best
    }
}

/// The best whole pixel, and what its four neighbors cost: left, right, above, below.
#[derive(Debug, Clone, Copy)]
struct Valley {
    x: i32,
    y: i32,
    cost: u32,
    around: [u32; 4],
}
