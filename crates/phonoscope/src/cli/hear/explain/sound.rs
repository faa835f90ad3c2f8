//! The upper plot: the clip's spectrogram with its peaks, and the track's laid over it.

use fingerprint::{Explanation, Match, Spectrogram};
use media::drawing::{Align, Drawing, Ink};

use super::plot::{Plot, label_style, ticks};
use super::{FAINT, Subject, tick_clock};

/// The lower and the upper edge.
pub(super) const FREQS_HZ: (f64, f64) = (200.0, 5600.0);
const FREQ_TICKS_HZ: [f64; 9] = [200.0, 300.0, 500.0, 700.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0];
/// Music loses about this much from one octave to the next; without it the upper half would be dark.
const TILT_DB_PER_OCTAVE: f32 = 4.0;
/// The least and the greatest distance of the darkest to the brightest level.
const CONTRAST_DB: (f32, f32) = (30.0, 60.0);
/// The brightest level is not below this, so that silence is dark.
const BRIGHTEST_DB_MIN: f32 = -50.0;
/// Colors of levels from the darkest to the brightest, evenly spaced.
const COLORS: [[f32; 3]; 6] = [
    [13.0, 16.0, 26.0],
    [19.0, 28.0, 51.0],
    [27.0, 47.0, 83.0],
    [40.0, 78.0, 118.0],
    [78.0, 128.0, 158.0],
    [168.0, 206.0, 214.0],
];
const N_TIME_TICKS: usize = 12;
/// Frames from the middle of a window to its end.
const HALF_WINDOW_FRAMES: usize = 4;

pub(super) fn draw(drawing: &mut Drawing, plot: &Plot, subject: &Subject<'_>) {
    plot.fill(drawing);
    if let Some(spectrogram) = subject.spectrogram {
        draw_levels(drawing, plot, spectrogram);
    }
    if let Some((found, explanation)) = subject.best {
        shade(drawing, plot, &found.hit, subject.accent());
        draw_marks(drawing, plot, explanation, subject.accent());
        draw_track_times(drawing, plot, &found.hit, subject.accent());
    } else {
        for peak in subject.fingerprint.peaks() {
            let (x, y) = (peak.time_ms(), peak.freq_hz().ln());
            if plot.has(x, y) {
                hollow(drawing, (plot.x_at(x), plot.y_at(y)));
            }
        }
    }
    plot.frame(drawing);
    for freq_hz in FREQ_TICKS_HZ {
        let label = if freq_hz < 1000.0 { format!("{freq_hz} Hz") } else { format!("{} kHz", freq_hz / 1000.0) };
        plot.tick_left(drawing, freq_hz.ln(), &label);
    }
    for ms in ticks(plot.x, N_TIME_TICKS) {
        plot.tick_below(drawing, ms, &tick_clock(ms));
    }
    let style = label_style(Align::Center, FAINT);
    drawing.text("time in the clip", ((plot.left + plot.right) / 2.0, plot.bottom + 28.0), style);
}

/// A peak that only the clip has.
pub(super) fn hollow(drawing: &mut Drawing, at: (f32, f32)) {
    drawing.ring(at, 3.0, 1.2, Ink { rgb: [226, 234, 246], opacity: 150 });
}

/// A peak that both have.
pub(super) fn filled(drawing: &mut Drawing, at: (f32, f32), ink: Ink) {
    drawing.disc(at, 5.2, Ink { rgb: [8, 10, 16], opacity: 170 });
    drawing.disc(at, 3.8, ink);
}

/// A peak that only the track has.
pub(super) fn cross(drawing: &mut Drawing, (x, y): (f32, f32)) {
    let ink = Ink { rgb: [255, 132, 156], opacity: 140 };
    drawing.line((x - 3.2, y - 3.2), (x + 3.2, y + 3.2), 1.3, ink);
    drawing.line((x - 3.2, y + 3.2), (x + 3.2, y - 3.2), 1.3, ink);
}

/// Brightens the matched span and darkens the rest.
fn shade(drawing: &mut Drawing, plot: &Plot, hit: &Match, accent: Ink) {
    let inside = |ms: u64| plot.x_at((ms as f64).clamp(plot.x.0, plot.x.1));
    let (from, to) = (inside(hit.query_ms.start), inside(hit.query_ms.end));
    let dark = Ink { rgb: super::BACKGROUND, opacity: 150 };
    drawing.rect((plot.left, plot.top), (from, plot.bottom), dark);
    drawing.rect((to, plot.top), (plot.right, plot.bottom), dark);
    drawing.rect((from, plot.top), (to, plot.bottom), accent.with_opacity(9));
    for x in [from, to] {
        drawing.rect((x - 0.75, plot.top), (x + 0.75, plot.bottom), accent.with_opacity(150));
    }
    drawing.rect((from, plot.top - 2.0), (to, plot.top + 2.0), accent.with_opacity(230));
}

/// Draws the least important first.
fn draw_marks(drawing: &mut Drawing, plot: &Plot, explanation: &Explanation, accent: Ink) {
    let place = |mark: &fingerprint::Mark| {
        let (x, y) = (mark.time_ms, mark.freq_hz.ln());
        plot.has(x, y).then(|| (plot.x_at(x), plot.y_at(y)))
    };
    for at in explanation.reference.iter().filter(|mark| !mark.is_shared).filter_map(place) {
        cross(drawing, at);
    }
    for at in explanation.query.iter().filter(|mark| !mark.is_shared).filter_map(place) {
        hollow(drawing, at);
    }
    for at in explanation.query.iter().filter(|mark| mark.is_shared).filter_map(place) {
        filled(drawing, at, accent);
    }
}

/// Labels the upper edge with the times of the track.
fn draw_track_times(drawing: &mut Drawing, plot: &Plot, hit: &Match, accent: Ink) {
    let range = (hit.track_time_ms(plot.x.0).max(0.0), hit.track_time_ms(plot.x.1));
    for track_ms in ticks(range, N_TIME_TICKS) {
        let clip_ms = (track_ms - hit.offset_ms) / hit.time_factor;
        if plot.has_x(clip_ms) {
            plot.tick_above(drawing, clip_ms, &tick_clock(track_ms), accent);
        }
    }
    drawing.text("track", (plot.left - 32.0, plot.top - 26.0), label_style(Align::Right, accent));
}

/// Paints the levels, between neighboring frames on a straight line.
fn draw_levels(drawing: &mut Drawing, plot: &Plot, spectrogram: &Spectrogram) {
    let (left, right) = (plot.left.ceil() as i32, plot.right.floor() as i32);
    let (top, bottom) = (plot.top.ceil() as i32, plot.bottom.floor() as i32);
    let time_ms =
        |x: i32| plot.x.0 + f64::from((x as f32 + 0.5 - plot.left) / (plot.right - plot.left)) * (plot.x.1 - plot.x.0);
    let freq_hz = |y: i32| {
        (plot.y.0 + f64::from((plot.bottom - y as f32) / (plot.bottom - plot.top)) * (plot.y.1 - plot.y.0)).exp()
    };
    let first = spectrogram.frame_at(time_ms(left)).max(0.0) as usize;
    let end = (spectrogram.frame_at(time_ms(right)).max(0.0) as usize + 2).min(spectrogram.n_frames());
    let n_rows = (bottom - top) as usize;
    let mut levels: Vec<f32> = Vec::with_capacity(end.saturating_sub(first) * n_rows);
    for frame in first..end {
        for y in top..bottom {
            let freqs_hz = freq_hz(y + 1)..freq_hz(y);
            let tilt_db = TILT_DB_PER_OCTAVE * (freqs_hz.start / FREQS_HZ.0).log2() as f32;
            levels.push(spectrogram.level_db(frame, freqs_hz).map_or(f32::MIN, |level| level + tilt_db));
        }
    }
    let Some((darkest, brightest)) = contrast(&levels) else { return };
    for x in left..right {
        let at = spectrogram.frame_at(time_ms(x));
        let part = at.max(0.0).fract() as f32;
        let frame = at.max(0.0) as usize;
        // The first window begins where the clip does and the last one ends there: from their middles they are drawn out to the edges.
        if frame >= end + HALF_WINDOW_FRAMES {
            break;
        }
        let (frame, next) = (frame.min(end - 1), (frame + 1).min(end - 1));
        for row in 0..n_rows {
            let level =
                levels[(frame - first) * n_rows + row] * (1.0 - part) + levels[(next - first) * n_rows + row] * part;
            let ink = Ink::opaque(color((level - darkest) / (brightest - darkest)));
            drawing.dot(x, top + row as i32, ink);
        }
    }
}

/// Returns the levels that are drawn darkest and brightest.
fn contrast(levels: &[f32]) -> Option<(f32, f32)> {
    let mut sorted: Vec<f32> = levels.iter().copied().filter(|level| *level > f32::MIN).collect();
    let last = sorted.len().checked_sub(1)?;
    sorted.sort_by(f32::total_cmp);
    let brightest = sorted[last * 998 / 1000].max(BRIGHTEST_DB_MIN);
    let darkest = sorted[last * 3 / 10].clamp(brightest - CONTRAST_DB.1, brightest - CONTRAST_DB.0);
    Some((darkest, brightest))
}

/// Returns the color of a brightness, 0–1.
fn color(brightness: f32) -> [u8; 3] {
    let place = brightness.clamp(0.0, 1.0).powf(1.25) * (COLORS.len() - 1) as f32;
    let below = (place as usize).min(COLORS.len() - 2);
    let part = place - below as f32;
    [0, 1, 2].map(|i| (COLORS[below][i] * (1.0 - part) + COLORS[below + 1][i] * part + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_run_from_the_darkest_to_the_brightest() {
        assert_eq!((color(-1.0), color(2.0)), ([13, 16, 26], [168, 206, 214]));
        assert_eq!(color(0.5_f32.powf(0.8)), [34, 63, 101]);
    }

    #[test]
    fn contrast_has_bounds() {
        assert_eq!(contrast(&[]), None);
        assert_eq!(contrast(&[5.0; 100]), Some((-25.0, 5.0)));
        assert_eq!(contrast(&[-110.0; 100]), Some((-110.0, -50.0)), "silence");
        let steep: Vec<f32> = (0..1000).map(|n| n as f32).collect();
        assert_eq!(contrast(&steep), Some((937.0, 997.0)));
    }
}
