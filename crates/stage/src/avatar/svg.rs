//! Sketches as SVG, for those who want to draw on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use vello_cpu::PaintType;
use vello_cpu::kurbo::{BezPath, PathEl, Vec2};
use vello_cpu::peniko::{Gradient, GradientKind};

use super::sketch::{Sketch, Tint};

impl Sketch {
    /// Writes everything as an SVG of a size, shifted.
    pub(crate) fn to_svg(&self, (width, height): (f64, f64), shift: Vec2) -> String {
        let mut defs = String::new();
        let mut body = String::new();
        let mut clips: BTreeMap<*const BezPath, usize> = BTreeMap::new();
        for (idx, part) in self.parts().iter().enumerate() {
            for clip in part.clips() {
                let n_clips = clips.len();
                clips.entry(Arc::as_ptr(clip)).or_insert_with(|| {
                    let _ = writeln!(defs, "<clipPath id=\"c{n_clips}\"><path d=\"{}\"/></clipPath>", data(clip));
                    n_clips
                });
                let clip_idx = clips[&Arc::as_ptr(clip)];
                let _ = write!(body, "<g clip-path=\"url(#c{clip_idx})\">");
            }
            let fill = match part.paint() {
                PaintType::Solid(tint) => color(tint, "fill"),
                PaintType::Gradient(gradient) => {
                    write_gradient(&mut defs, idx, gradient);
                    format!("fill=\"url(#g{idx})\"")
                }
                PaintType::Image(_) => continue,
            };
            let _ = write!(body, "<path d=\"{}\" {fill}/>", data(part.path()));
            body.push_str(&"</g>".repeat(part.clips().len()));
            body.push('\n');
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">\n<defs>\n{defs}</defs>\n<g transform=\"translate({} {})\">\n{body}</g>\n</svg>\n",
            shift.x, shift.y
        )
    }
}

fn data(path: &BezPath) -> String {
    let mut out = String::new();
    for element in path.elements() {
        let _ = match element {
            PathEl::MoveTo(p) => write!(out, "M{:.1} {:.1}", p.x, p.y),
            PathEl::LineTo(p) => write!(out, "L{:.1} {:.1}", p.x, p.y),
            PathEl::QuadTo(a, p) => write!(out, "Q{:.1} {:.1} {:.1} {:.1}", a.x, a.y, p.x, p.y),
            PathEl::CurveTo(a, b, p) => {
                write!(out, "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", a.x, a.y, b.x, b.y, p.x, p.y)
            }
            PathEl::ClosePath => write!(out, "Z"),
        };
    }
    out
}

fn color(tint: &Tint, attribute: &str) -> String {
    let rgba = tint.to_rgba8();
    let prefix = if attribute == "fill" { "fill" } else { "stop" };
    let opacity = f64::from(rgba.a) / 255.0;
    format!("{attribute}=\"#{:02x}{:02x}{:02x}\" {prefix}-opacity=\"{opacity:.3}\"", rgba.r, rgba.g, rgba.b)
}

fn write_gradient(defs: &mut String, idx: usize, gradient: &Gradient) {
    let units = "gradientUnits=\"userSpaceOnUse\"";
    let tag = match &gradient.kind {
        GradientKind::Linear(line) => {
            let (a, b) = (line.start, line.end);
            let _ = write!(
                defs,
                "<linearGradient id=\"g{idx}\" {units} x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\">",
                a.x, a.y, b.x, b.y
            );
            "linearGradient"
        }
        GradientKind::Radial(circle) => {
            let (c, r) = (circle.end_center, circle.end_radius);
            let _ =
                write!(defs, "<radialGradient id=\"g{idx}\" {units} cx=\"{:.1}\" cy=\"{:.1}\" r=\"{r:.1}\">", c.x, c.y);
            "radialGradient"
        }
        GradientKind::Sweep(_) => return,
    };
    for stop in gradient.stops.iter() {
        let tint: Tint = stop.color.to_alpha_color();
        let _ = write!(defs, "<stop offset=\"{:.3}\" {}/>", stop.offset, color(&tint, "stop-color"));
    }
    let _ = writeln!(defs, "</{tag}>");
}
