//! Rectangles of whole pixels.

use vello_cpu::kurbo::Rect;

/// A rectangle of whole pixels; the right column and the lower row are the first ones outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PixelRect {
    /// The left column.
    pub x0: i32,
    /// The top row.
    pub y0: i32,
    /// The first column to the right of it.
    pub x1: i32,
    /// The first row below it.
    pub y1: i32,
}

impl PixelRect {
    /// Nothing.
    pub const EMPTY: Self = Self { x0: 0, y0: 0, x1: 0, y1: 0 };

    /// Makes a rectangle of its edges.
    pub const fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Makes the smallest rectangle that holds all of `rect`.
    pub fn around(rect: Rect) -> Self {
        let clamp = |value: f64| value.clamp(-1e9, 1e9) as i32;
        Self::new(clamp(rect.x0.floor()), clamp(rect.y0.floor()), clamp(rect.x1.ceil()), clamp(rect.y1.ceil()))
    }

    /// Columns.
    pub const fn width(&self) -> i32 {
        self.x1 - self.x0
    }

    /// Rows.
    pub const fn height(&self) -> i32 {
        self.y1 - self.y0
    }

    /// Whether there is no pixel in it.
    pub const fn is_empty(&self) -> bool {
        self.x1 <= self.x0 || self.y1 <= self.y0
    }

    /// Its pixels.
    pub fn area(&self) -> i64 {
        if self.is_empty() { 0 } else { i64::from(self.width()) * i64::from(self.height()) }
    }

    /// What both cover.
    pub fn intersection(&self, other: &Self) -> Self {
        let both =
            Self::new(self.x0.max(other.x0), self.y0.max(other.y0), self.x1.min(other.x1), self.y1.min(other.y1));
        if both.is_empty() { Self::EMPTY } else { both }
    }

    /// The smallest rectangle that holds both.
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        Self::new(self.x0.min(other.x0), self.y0.min(other.y0), self.x1.max(other.x1), self.y1.max(other.y1))
    }

    /// Whether all of `other` is in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.is_empty() || self.intersection(other) == *other
    }

    /// Moves it.
    pub fn translated(&self, dx: i32, dy: i32) -> Self {
        Self::new(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)
    }

    /// Makes it larger on all sides.
    pub fn inflated(&self, dx: i32, dy: i32) -> Self {
        Self::new(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)
    }

    pub(crate) fn to_rect(self) -> Rect {
        Rect::new(self.x0.into(), self.y0.into(), self.x1.into(), self.y1.into())
    }
}

/// How many rectangles a frame's changes are told in at most.
pub(super) const N_RECTS_MAX: usize = 8;

/// Joins rectangles until none overlap, near ones are one, and there are few.
pub(super) fn merge(rects: &mut Vec<PixelRect>) {
    /// What a rectangle costs by itself, in pixels.
    const RECT_COST: i64 = 64 * 64;
    rects.retain(|rect| !rect.is_empty());
    reduce(rects);
    loop {
        let mut best: Option<(i64, usize, usize)> = None;
        for i in 0..rects.len() {
            for j in i + 1..rects.len() {
                let (a, b) = (&rects[i], &rects[j]);
                let wasted = a.union(b).area() - a.area() - b.area();
                // Overlapping ones are always joined: nothing is then drawn twice.
                let cost = if a.intersection(b).is_empty() { wasted } else { i64::MIN };
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, i, j));
                }
            }
        }
        let Some((cost, i, j)) = best else { return };
        if cost > RECT_COST && rects.len() <= N_RECTS_MAX {
            return;
        }
        let last = rects.swap_remove(j);
        rects[i] = rects[i].union(&last);
    }
}

/// Makes of very many rectangles some dozens: comparing each with each would take too long.
fn reduce(rects: &mut Vec<PixelRect>) {
    const N_COMPARED_MAX: usize = 32;
    while rects.len() > N_COMPARED_MAX {
        let Some(rect) = rects.pop() else { return };
        let grown = |it: &PixelRect| it.union(&rect).area() - it.area();
        if let Some(nearest) = rects[..N_COMPARED_MAX].iter_mut().min_by_key(|it| grown(it)) {
            *nearest = nearest.union(&rect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_overlapping_rectangles_become_one() {
        let far = PixelRect::new(900, 900, 1000, 1000);
        let mut rects = vec![
            PixelRect::new(0, 0, 100, 100),
            far,
            PixelRect::new(50, 50, 160, 160),
            PixelRect::EMPTY,
            PixelRect::new(160, 0, 170, 160),
        ];
        merge(&mut rects);
        assert_eq!(rects.len(), 2);
        assert!(rects.contains(&far) && rects.contains(&PixelRect::new(0, 0, 170, 160)), "{rects:?}");
    }

    #[test]
    fn many_rectangles_become_few_that_cover_them() {
        let all: Vec<_> = (0..300).map(|idx| (idx * 37 % 1900, idx * 91 % 1000)).collect();
        let all: Vec<_> = all.into_iter().map(|(x, y)| PixelRect::new(x, y, x + 8, y + 8)).collect();
        let mut rects = all.clone();
        merge(&mut rects);
        assert!(rects.len() <= N_RECTS_MAX);
        assert!(all.iter().all(|rect| rects.iter().any(|it| it.contains(rect))));
    }
}
