//! A rectangle with two axes.

use media::drawing::{Align, Drawing, Ink, TextStyle};

use super::{FAINT, PLOT_BACKGROUND, SOFT};

/// Where a plot is on the canvas, and what its edges stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// What the left and the right edge stand for.
    pub(super) x: (f64, f64),
    /// What the lower and the upper edge stand for.
    pub(super) y: (f64, f64),
}

impl Plot {
    pub(super) fn x_at(&self, value: f64) -> f32 {
        self.left + ((value - self.x.0) / (self.x.1 - self.x.0)) as f32 * (self.right - self.left)
    }

    pub(super) fn y_at(&self, value: f64) -> f32 {
        self.bottom - ((value - self.y.0) / (self.y.1 - self.y.0)) as f32 * (self.bottom - self.top)
    }

    pub(super) fn has_x(&self, value: f64) -> bool {
        (self.x.0..=self.x.1).contains(&value)
    }

    /// Whether a mark at this point would be within the frame.
    pub(super) fn has(&self, x: f64, y: f64) -> bool {
        self.has_x(x) && (self.y.0..=self.y.1).contains(&y)
    }

    pub(super) fn fill(&self, drawing: &mut Drawing) {
        drawing.rect((self.left, self.top), (self.right, self.bottom), Ink::opaque(PLOT_BACKGROUND));
    }

    /// Draws the edges.
    pub(super) fn frame(&self, drawing: &mut Drawing) {
        let ink = Ink::opaque([50, 60, 78]);
        for x in [self.left, self.right] {
            drawing.rect((x - 0.5, self.top - 0.5), (x + 0.5, self.bottom + 0.5), ink);
        }
        for y in [self.top, self.bottom] {
            drawing.rect((self.left - 0.5, y - 0.5), (self.right + 0.5, y + 0.5), ink);
        }
    }

    /// Labels a place of the lower edge.
    pub(super) fn tick_below(&self, drawing: &mut Drawing, value: f64, label: &str) {
        let x = self.x_at(value);
        drawing.rect((x - 0.5, self.bottom), (x + 0.5, self.bottom + 6.0), FAINT);
        drawing.text(label, (x, self.bottom + 8.0), label_style(Align::Center, SOFT));
    }

    /// Labels a place of the upper edge.
    pub(super) fn tick_above(&self, drawing: &mut Drawing, value: f64, label: &str, ink: Ink) {
        let x = self.x_at(value);
        drawing.rect((x - 0.5, self.top - 6.0), (x + 0.5, self.top), ink);
        drawing.text(label, (x, self.top - 26.0), label_style(Align::Center, ink));
    }

    /// Labels a place of the left edge.
    pub(super) fn tick_left(&self, drawing: &mut Drawing, value: f64, label: &str) {
        let y = self.y_at(value);
        drawing.rect((self.left - 6.0, y - 0.5), (self.left, y + 0.5), FAINT);
        drawing.text(label, (self.left - 11.0, y - 9.5), label_style(Align::Right, SOFT));
    }
}

/// The style of small texts.
pub(super) fn label_style(align: Align, ink: Ink) -> TextStyle {
    TextStyle { size: 16.0, is_bold: false, align, ink, width_max: 700.0 }
}

/// Returns the round numbers in a range: multiples of the smallest of 1, 2 or 5 times a power of ten that gives at most `n_max`.
pub(super) fn ticks((from, to): (f64, f64), n_max: usize) -> Vec<f64> {
    let rough = (to - from) / n_max.max(1) as f64;
    let power = 10f64.powf(rough.max(1e-9).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    (first..=last).map(|n| n as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_on_the_canvas() {
        let plot = Plot { left: 100.0, right: 300.0, top: 50.0, bottom: 150.0, x: (0.0, 10.0), y: (1.0, 2.0) };
        assert_eq!((plot.x_at(5.0), plot.y_at(1.25)), (200.0, 125.0));
        assert!(plot.has(10.0, 1.0) && !plot.has(10.1, 1.0) && !plot.has(0.0, 2.5));
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks((0.0, 10_000.0), 12), (0..=10).map(|n| f64::from(n) * 1000.0).collect::<Vec<_>>());
        assert_eq!(ticks((64.0, 3_100.0), 12), [500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0]);
        assert_eq!(ticks((0.0, 83.0), 4), [0.0, 50.0]);
        assert_eq!(ticks((0.0, 0.0), 4), [0.0]);
    }
}
