//! Shapes of DrawingML as layers: places, outlines and fills.

use std::fmt::Write as _;

use roxmltree::Node;
use stage::document::{ColorRef, Fit, Frame, LayerKind, Paint, ShapeName, Stroke};

use super::color::plain;
use super::xml::{at, attr, child, flag, is, number};

/// The parts of a degree.
const DEGREE: f64 = 60_000.0;
/// Largest coordinates that are drawn: canvases more than this away are off the slide.
const AWAY_MAX: f64 = 50.0;
/// Most commands of an outline.
const COMMANDS_MAX: usize = 20_000;

/// A place on the slide, in EMU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
    /// Degrees clockwise, around the middle.
    pub(super) rotation: f64,
    pub(super) is_flipped: bool,
}

/// From the coordinates of shapes to those of the slide: groups have their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Space {
    scale: (f64, f64),
    shift: (f64, f64),
}

impl Space {
    pub(super) const SLIDE: Self = Self { scale: (1.0, 1.0), shift: (0.0, 0.0) };

    /// Returns the space within a group.
    pub(super) fn within(self, group: Node<'_, '_>) -> Self {
        let Some(transform) = at(group, &["grpSpPr", "xfrm"]) else { return self };
        let pair = |name, x, y| child(transform, name).and_then(|node| Some((number(node, x)?, number(node, y)?)));
        let (Some(offset), Some(size)) = (pair("off", "x", "y"), pair("ext", "cx", "cy")) else { return self };
        let inner = (pair("chOff", "x", "y").unwrap_or(offset), pair("chExt", "cx", "cy").unwrap_or(size));
        let factor = |outer: f64, inner: f64| if inner > 0.0 { outer / inner } else { 1.0 };
        let (sx, sy) = (factor(size.0, inner.1.0), factor(size.1, inner.1.1));
        let shift = (offset.0 - inner.0.0 * sx, offset.1 - inner.0.1 * sy);
        Self {
            scale: (self.scale.0 * sx, self.scale.1 * sy),
            shift: (self.shift.0 + shift.0 * self.scale.0, self.shift.1 + shift.1 * self.scale.1),
        }
    }

    /// Reads where something is.
    pub(super) fn place(self, transform: Node<'_, '_>) -> Option<Place> {
        let (offset, size) = (child(transform, "off")?, child(transform, "ext")?);
        let (x, y) = (number(offset, "x")?, number(offset, "y")?);
        let (w, h) = (number(size, "cx")?, number(size, "cy")?);
        Some(Place {
            x: x * self.scale.0 + self.shift.0,
            y: y * self.scale.1 + self.shift.1,
            w: (w * self.scale.0).abs(),
            h: (h * self.scale.1).abs(),
            rotation: number(transform, "rot").unwrap_or(0.0) / DEGREE % 360.0,
            is_flipped: flag(transform, "flipH").unwrap_or(false) != flag(transform, "flipV").unwrap_or(false),
        })
    }
}

impl Place {
    /// Returns the frame on a canvas with `scale` pixels per EMU; nothing for what is off the slide or infinite.
    pub(super) fn frame(&self, scale: f64, canvas: (f64, f64)) -> Option<Frame> {
        let [x, y, w, h] = [self.x, self.y, self.w, self.h].map(|length| length * scale);
        let far = AWAY_MAX * canvas.0.max(canvas.1);
        let is_near = x.abs() < far && y.abs() < far && w < far && h < far;
        // Lines have no width or no height.
        is_near.then(|| Frame { x, y, w: w.max(0.5), h: h.max(0.5), rotation: self.rotation })
    }

    /// Returns the place of something within this one, turned with it.
    pub(super) fn inner(&self, x: f64, y: f64, w: f64, h: f64) -> Self {
        let (dx, dy) = (x + w / 2.0 - self.w / 2.0, y + h / 2.0 - self.h / 2.0);
        let angle = self.rotation.to_radians();
        let (sin, cos) = (angle.sin(), angle.cos());
        let middle = (self.x + self.w / 2.0 + dx * cos - dy * sin, self.y + self.h / 2.0 + dx * sin + dy * cos);
        Self { x: middle.0 - w / 2.0, y: middle.1 - h / 2.0, w, h, rotation: self.rotation, is_flipped: false }
    }
}

/// Returns the outline of a shape that has a name, how round its corners are as a share of the shorter side, and whether it is one
/// of those that we have.
pub(super) fn preset(properties: Node<'_, '_>) -> Option<(ShapeName, f64)> {
    let geometry = child(properties, "prstGeom")?;
    let round = || {
        let guide = child(geometry, "avLst").and_then(|list| child(list, "gd"));
        let value = guide.and_then(|guide| attr(guide, "fmla")).and_then(|formula| formula.strip_prefix("val "));
        value.and_then(|value| value.trim().parse::<f64>().ok()).unwrap_or(16_667.0) / 100_000.0
    };
    let name = match attr(geometry, "prst")? {
        "ellipse" | "flowChartConnector" => ShapeName::Oval,
        "roundRect" | "flowChartAlternateProcess" | "flowChartTerminator" => {
            return Some((ShapeName::Rectangle, round()));
        }
        "triangle" | "flowChartExtract" => ShapeName::Triangle,
        "diamond" | "flowChartDecision" => ShapeName::Diamond,
        "parallelogram" | "flowChartInputOutput" => ShapeName::Parallelogram,
        "trapezoid" => ShapeName::Trapezoid,
        "pentagon" => ShapeName::Pentagon,
        "hexagon" => ShapeName::Hexagon,
        "star5" => ShapeName::Star,
        "rightArrow" => ShapeName::ArrowBlock,
        "teardrop" => ShapeName::Drop,
        _ => ShapeName::Rectangle,
    };
    Some((name, 0.0))
}

/// Tells whether a shape is a line.
pub(super) fn is_line(shape: Node<'_, '_>, properties: Node<'_, '_>) -> bool {
    let name = child(properties, "prstGeom").and_then(|geometry| attr(geometry, "prst")).unwrap_or_default();
    is(shape, "cxnSp") || name == "line" || name.contains("Connector")
}

/// Draws a line from one corner of a place to the other.
pub(super) fn line(place: &Place, width: f64, color: ColorRef) -> (Place, LayerKind) {
    let length = place.w.hypot(place.h).max(1.0);
    let slope = place.h.atan2(place.w).to_degrees() * if place.is_flipped { -1.0 } else { 1.0 };
    let (x, y) = (place.x + place.w / 2.0 - length / 2.0, place.y + place.h / 2.0 - width / 2.0);
    let turned = Place { x, y, w: length, h: width, rotation: place.rotation + slope, is_flipped: false };
    (turned, rectangle(Some(Paint::Color(color)), None, 0.0))
}

/// Makes a rectangle.
pub(super) fn rectangle(fill: Option<Paint>, stroke: Option<Stroke>, corner_radius: f64) -> LayerKind {
    LayerKind::Shape { shape: ShapeName::Rectangle, fill, stroke, corner_radius, shadow: None }
}

/// Makes a picture.
pub(super) fn image(name: String) -> LayerKind {
    LayerKind::Image { image: stage::document::AssetRef(name), fit: Fit::Stretch }
}

/// Writes the outline that a shape has of its own (`custGeom`) as SVG.
pub(super) fn outline_svg(
    geometry: Node<'_, '_>,
    place: &Place,
    fill: Option<&Paint>,
    stroke: Option<&Stroke>,
    pixels_per_emu: f64,
) -> Option<String> {
    let (width, height) = (place.w.max(1.0), place.h.max(1.0));
    let mut paths = String::new();
    for path in child(geometry, "pathLst")?.children().filter(|node| is(*node, "path")) {
        let sides = (number(path, "w").unwrap_or(width), number(path, "h").unwrap_or(height));
        let scale = (width / sides.0.max(1.0), height / sides.1.max(1.0));
        let is_filled = attr(path, "fill") != Some("none");
        let fill = fill.filter(|_| is_filled).map_or("none".to_owned(), |paint| color_text(&plain(paint)));
        let line =
            stroke.map_or(("none".to_owned(), 0.0), |line| (color_text(&line.color), line.width / pixels_per_emu));
        let data = path_data(path, scale)?;
        write!(paths, r#"<path d="{data}" fill="{fill}" stroke="{}" stroke-width="{}"/>"#, line.0, line.1).ok()?;
    }
    let header = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">"#
    );
    (!paths.is_empty()).then(|| format!("{header}{paths}</svg>"))
}

/// Colors of a slide are no roles.
fn color_text(color: &ColorRef) -> String {
    match color {
        ColorRef::Color(color) => format!("rgba({},{},{},{})", color.r, color.g, color.b, f64::from(color.a) / 255.0),
        ColorRef::Role(_) => "none".to_owned(),
    }
}

fn path_data(path: Node<'_, '_>, scale: (f64, f64)) -> Option<String> {
    let mut data = String::new();
    let mut last = (0.0, 0.0);
    for (n_commands, command) in path.children().filter(Node::is_element).enumerate() {
        if n_commands >= COMMANDS_MAX {
            return None;
        }
        // Coordinates may be the names of formulas; such outlines are rare, and not drawn.
        let point = |node: Node<'_, '_>| Some((number(node, "x")? * scale.0, number(node, "y")? * scale.1));
        let points: Option<Vec<(f64, f64)>> = command.children().filter(|node| is(*node, "pt")).map(point).collect();
        let points = points?;
        let letter = match (command.tag_name().name(), points.len()) {
            ("moveTo", 1) => 'M',
            ("lnTo", 1) => 'L',
            ("cubicBezTo", 3) => 'C',
            ("quadBezTo", 2) => 'Q',
            ("arcTo", 0) => {
                last = arc(command, scale, last, &mut data)?;
                continue;
            }
            ("close", _) => {
                data.push('Z');
                continue;
            }
            _ => return None,
        };
        data.push(letter);
        for (x, y) in &points {
            write!(data, "{x:.0} {y:.0} ").ok()?;
        }
        last = *points.last()?;
    }
    Some(data)
}

/// Writes an arc from `last`, and returns where it ends.
fn arc(command: Node<'_, '_>, scale: (f64, f64), last: (f64, f64), data: &mut String) -> Option<(f64, f64)> {
    let radii = (number(command, "wR")? * scale.0, number(command, "hR")? * scale.1);
    let (start, sweep) = (number(command, "stAng")? / DEGREE, number(command, "swAng")? / DEGREE);
    let on = |angle: f64| (radii.0 * angle.to_radians().cos(), radii.1 * angle.to_radians().sin());
    // A whole turn would end where it begins, which is no arc.
    let sweep = sweep.clamp(-359.9, 359.9);
    let (from, to) = (on(start), on(start + sweep));
    let end = (last.0 - from.0 + to.0, last.1 - from.1 + to.1);
    let (is_large, is_clockwise) = (u8::from(sweep.abs() > 180.0), u8::from(sweep > 0.0));
    write!(data, "A{} {} 0 {is_large} {is_clockwise} {} {} ", radii.0, radii.1, end.0, end.1).ok()?;
    Some(end)
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn place(space: Space, xml: &str) -> Place {
        space.place(Document::parse(xml).unwrap().root_element()).unwrap()
    }

    #[test]
    fn groups_scale_and_move_what_is_in_them() {
        let group = "<g><grpSpPr><xfrm><off x='100' y='100'/><ext cx='200' cy='50'/><chOff x='0' y='0'/><chExt cx='100' cy='100'/></xfrm></grpSpPr></g>";
        let group = Document::parse(group).unwrap();
        let space = Space::SLIDE.within(group.root_element());
        let place = place(space, "<xfrm rot='5400000'><off x='10' y='10'/><ext cx='50' cy='50'/></xfrm>");
        assert_eq!((place.x, place.y, place.w, place.h, place.rotation), (120.0, 105.0, 100.0, 25.0, 90.0));
    }

    #[test]
    fn what_is_within_turns_with_its_shape() {
        let outer = Place { x: 0.0, y: 0.0, w: 100.0, h: 50.0, rotation: 90.0, is_flipped: false };
        let inner = outer.inner(0.0, 0.0, 100.0, 10.0);
        assert!((inner.x - 20.0).abs() < 1e-9 && (inner.y - 20.0).abs() < 1e-9, "{inner:?}");
    }

    #[test]
    fn outlines_become_svg() {
        let geometry = "<custGeom><pathLst><path w='100' h='100'><moveTo><pt x='0' y='0'/></moveTo><lnTo><pt x='100' y='0'/></lnTo>\
            <arcTo wR='50' hR='50' stAng='0' swAng='5400000'/><close/></path></pathLst></custGeom>";
        let geometry = Document::parse(geometry).unwrap();
        let place = Place { x: 0.0, y: 0.0, w: 200.0, h: 200.0, rotation: 0.0, is_flipped: false };
        let red = Paint::Color("red".parse().unwrap());
        let svg = outline_svg(geometry.root_element(), &place, Some(&red), None, 1.0).unwrap();
        assert!(
            svg.contains(r#"d="M0 0 L200 0 A100 100 0 0 1 100 100 Z""#) && svg.contains("rgba(255,0,0,1)"),
            "{svg}"
        );
        let formula = geometry.input_text().replace("x='100'", "x='wd2'");
        let formula = Document::parse(&formula).unwrap();
        assert!(outline_svg(formula.root_element(), &place, Some(&red), None, 1.0).is_none());
    }

    #[test]
    fn what_is_far_off_is_not_drawn() {
        let far = Place { x: 1e12, y: 0.0, w: 1.0, h: 1.0, rotation: 0.0, is_flipped: false };
        assert!(far.frame(1.0, (100.0, 100.0)).is_none());
        assert!(Place { w: f64::NAN, ..far }.frame(1.0, (100.0, 100.0)).is_none());
    }
}
