//! The lower plot: how far the alignment stands out over the offsets around it.

use fingerprint::Explanation;
use media::drawing::{Align, Drawing, Ink, TextStyle};

use super::plot::{Plot, label_style, ticks};
use super::{BRIGHT, FAINT, LEFT, RIGHT, SOFT};

const BARS: Ink = Ink::opaque([72, 104, 142]);
/// Offsets this near belong to the alignment: a coincidence is some frames wide.
const AT_ALIGNMENT: usize = 3;

pub(super) fn draw(drawing: &mut Drawing, (top, bottom): (f32, f32), explanation: &Explanation, accent: Ink) {
    let profile = &explanation.profile;
    let Some(last) = profile.len().checked_sub(1) else { return };
    let highest = profile.iter().copied().fold(explanation.worth.max(1.5 * explanation.chance), f32::max);
    let plot = Plot {
        left: LEFT,
        right: RIGHT,
        top,
        bottom,
        x: (Explanation::profile_ms(0), Explanation::profile_ms(last)),
        y: (0.0, f64::from(highest) * 1.12),
    };
    let style = TextStyle { size: 18.0, is_bold: true, ..label_style(Align::Left, SOFT) };
    let width = drawing.text("Coincidences of peaks by offset", (LEFT, top - 34.0), style);
    let why = "if the track lay elsewhere under the clip; only what stands far above chance is a match";
    drawing.text(why, (LEFT + width + 14.0, top - 33.0), label_style(Align::Left, FAINT));
    plot.fill(drawing);
    draw_bars(drawing, &plot, explanation, accent);
    draw_chance(drawing, &plot, explanation.chance);
    plot.frame(drawing);
    for worth in ticks(plot.y, 4) {
        plot.tick_left(drawing, worth, &format!("{worth}"));
    }
    for ms in ticks(plot.x, 9) {
        let label = if ms == 0.0 { "0 s".to_owned() } else { format!("{:+} s", ms / 1000.0) };
        plot.tick_below(drawing, ms, &label);
    }
    let x = plot.x_at(0.0) + 14.0;
    let y = plot.y_at(f64::from(explanation.worth)).max(plot.top) - 2.0;
    let style = TextStyle { size: 22.0, is_bold: true, ..label_style(Align::Left, accent) };
    let width = drawing.text(&format!("{:.0}", explanation.worth), (x, y), style);
    let times = format!("at the alignment: {:.1} × chance", explanation.worth / explanation.chance.max(1e-3));
    drawing.text(&times, (x + width + 8.0, y + 5.0), label_style(Align::Left, BRIGHT));
}

fn draw_bars(drawing: &mut Drawing, plot: &Plot, explanation: &Explanation, accent: Ink) {
    let middle = explanation.profile.len() / 2;
    let half_step = (Explanation::profile_ms(1) - Explanation::profile_ms(0)) / 2.0;
    for (idx, worth) in explanation.profile.iter().enumerate() {
        let at = Explanation::profile_ms(idx);
        let (from, to) = (plot.x_at((at - half_step).max(plot.x.0)), plot.x_at((at + half_step).min(plot.x.1)));
        let ink = if idx.abs_diff(middle) <= AT_ALIGNMENT { accent } else { BARS };
        drawing.rect((from, plot.y_at(f64::from(*worth))), (to, plot.bottom), ink);
    }
}

/// Draws a dashed line.
fn draw_chance(drawing: &mut Drawing, plot: &Plot, chance: f32) {
    let y = plot.y_at(f64::from(chance));
    let ink = Ink { rgb: [240, 244, 250], opacity: 200 };
    let mut x = plot.left;
    while x < plot.right {
        drawing.rect((x, y - 0.75), ((x + 9.0).min(plot.right), y + 0.75), ink);
        x += 15.0;
    }
    drawing.text(&format!("chance {chance:.1}"), (plot.right - 8.0, y - 23.0), label_style(Align::Right, BRIGHT));
}
