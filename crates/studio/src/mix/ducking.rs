//! Music that steps back before somebody speaks and comes back afterwards.

use std::ops::Range;

/// How deep and how fast, in audio frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DuckCurve {
    /// What is left of the volume while somebody speaks.
    pub(crate) level: f32,
    /// Audio frames it takes to step back; it has, when speech begins.
    pub(crate) attack: u64,
    /// Audio frames it takes to come back after speech has ended.
    pub(crate) release: u64,
}

/// A curve along the spans that somebody speaks in, asked for ascending positions.
#[derive(Debug)]
pub(super) struct Duck<'a> {
    curve: DuckCurve,
    spans: &'a [Range<u64>],
    /// The first span that ends after the last position.
    next: usize,
}

impl<'a> Duck<'a> {
    pub(super) fn new(curve: DuckCurve, spans: &'a [Range<u64>]) -> Self {
        Self { curve, spans, next: 0 }
    }

    /// Returns the factor at a position, from `level` to 1.
    pub(super) fn gain_at(&mut self, position: u64) -> f32 {
        while self.spans.get(self.next).is_some_and(|span| span.end <= position) {
            self.next += 1;
        }
        let before = self.next.checked_sub(1).and_then(|at| self.spans.get(at));
        let after = self.spans.get(self.next);
        let away_from_before = before.map_or(1.0, |span| share(position - span.end, self.curve.release));
        let away_from_after = after.map_or(1.0, |span| share(span.start.saturating_sub(position), self.curve.attack));
        let away = away_from_before.min(away_from_after);
        // Without corners, which would be heard as a swell.
        let smooth = away * away * (3.0 - 2.0 * away);
        self.curve.level + (1.0 - self.curve.level) * smooth
    }
}

fn share(distance: u64, length: u64) -> f32 {
    if distance >= length { 1.0 } else { distance as f32 / length as f32 }
}

#[cfg(test)]
mod tests {
    use super::{Duck, DuckCurve};

    #[test]
    fn music_is_low_while_somebody_speaks_and_back_later() {
        let spans = [1000..2000, 5000..6000];
        let mut duck = Duck::new(DuckCurve { level: 0.25, attack: 100, release: 400 }, &spans);
        assert_eq!(duck.gain_at(0), 1.0);
        assert_eq!(duck.gain_at(900), 1.0);
        let halfway = duck.gain_at(950);
        assert!(halfway < 0.9 && halfway > 0.3);
        for position in [1000, 1500, 1999, 2000] {
            assert_eq!(duck.gain_at(position), 0.25);
        }
        assert!(duck.gain_at(2200) < 1.0);
        assert_eq!(duck.gain_at(2400), 1.0);
        assert_eq!(duck.gain_at(5500), 0.25);
        assert_eq!(duck.gain_at(9000), 1.0);
    }
}
