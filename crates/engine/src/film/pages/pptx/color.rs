//! Colors: of themes, changed as DrawingML says (ECMA-376, part 1, 20.1.2.3).

use std::collections::BTreeMap;

use roxmltree::Node;
use stage::document::{Color, ColorRef, Gradient, Paint, Stop};

use super::xml::{attr, child, is, number};

/// The whole of a percentage.
const WHOLE: f64 = 100_000.0;
/// The parts of a degree.
const DEGREE: f64 = 60_000.0;
/// Most colors of a gradient that are taken.
const STOPS_MAX: usize = 16;

/// The colors of a theme, and what a slide calls them.
#[derive(Debug, Clone, Default)]
pub(super) struct Colors {
    scheme: BTreeMap<String, Color>,
    map: BTreeMap<String, String>,
}

/// What an area is filled with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fill {
    /// Nothing, expressly.
    None,
    /// Color.
    Paint(Paint),
    /// A picture: the id of its relationship.
    Picture(String),
}

impl Colors {
    /// Reads the colors of a theme and the names that a master gives them.
    pub(super) fn new(theme: Option<Node<'_, '_>>, master: Option<Node<'_, '_>>) -> Self {
        let mut colors = Self::default();
        let scheme = theme.and_then(|theme| theme.descendants().find(|node| is(*node, "clrScheme")));
        for entry in scheme.iter().flat_map(Node::children).filter(Node::is_element) {
            if let Some(color) = colors.of(entry, None) {
                colors.scheme.insert(entry.tag_name().name().to_owned(), color);
            }
        }
        let map = master.and_then(|master| child(master, "clrMap"));
        for attribute in map.iter().flat_map(Node::attributes) {
            colors.map.insert(attribute.name().to_owned(), attribute.value().to_owned());
        }
        colors
    }

    /// Returns a color of the theme by its name.
    pub(super) fn named(&self, name: &str) -> Option<Color> {
        let usual = match name {
            "tx1" => "dk1",
            "bg1" => "lt1",
            "tx2" => "dk2",
            "bg2" => "lt2",
            other => other,
        };
        let name = self.map.get(name).map_or(usual, String::as_str);
        let fallback = match name {
            "lt1" | "lt2" => Color::rgb(255, 255, 255),
            "dk1" | "dk2" => Color::rgb(0, 0, 0),
            _ => Color::rgb(68, 114, 196),
        };
        Some(self.scheme.get(name).copied().unwrap_or(fallback))
    }

    /// Reads the color that is within a node; `own` is what `phClr` means.
    pub(super) fn of(&self, node: Node<'_, '_>, own: Option<Color>) -> Option<Color> {
        node.children().filter(Node::is_element).find_map(|color| self.read(color, own))
    }

    fn read(&self, node: Node<'_, '_>, own: Option<Color>) -> Option<Color> {
        let value = attr(node, "val").unwrap_or_default();
        let color = match node.tag_name().name() {
            "srgbClr" => of_hex(value)?,
            "sysClr" => of_hex(attr(node, "lastClr").unwrap_or("000000"))?,
            "schemeClr" if value == "phClr" => own?,
            "schemeClr" => self.named(value)?,
            "prstClr" => value.parse().ok()?,
            "scrgbClr" => {
                let part = |name| (number(node, name).unwrap_or(0.0) / WHOLE * 255.0).clamp(0.0, 255.0) as u8;
                Color::rgb(part("r"), part("g"), part("b"))
            }
            _ => return None,
        };
        Some(node.children().filter(Node::is_element).fold(color, changed))
    }

    /// Reads how the area of a shape, cell or background is filled.
    pub(super) fn fill(&self, node: Node<'_, '_>, own: Option<Color>) -> Option<Fill> {
        node.children().filter(Node::is_element).find_map(|fill| match fill.tag_name().name() {
            "noFill" => Some(Fill::None),
            "solidFill" => self.of(fill, own).map(|color| Fill::Paint(Paint::Color(color.into()))),
            "gradFill" => self.gradient(fill, own).map(Fill::Paint),
            "pattFill" => {
                let color = child(fill, "fgClr").and_then(|front| self.of(front, own));
                color.map(|color| Fill::Paint(Paint::Color(color.into())))
            }
            "blipFill" => {
                child(fill, "blip").and_then(|blip| attr(blip, "embed")).map(|id| Fill::Picture(id.to_owned()))
            }
            _ => None,
        })
    }

    fn gradient(&self, node: Node<'_, '_>, own: Option<Color>) -> Option<Paint> {
        let list = child(node, "gsLst")?;
        let stop = |stop: Node<'_, '_>| {
            let at = (number(stop, "pos").unwrap_or(0.0) / WHOLE).clamp(0.0, 1.0);
            Some(Stop { at, color: self.of(stop, own)?.into() })
        };
        let mut stops: Vec<Stop> =
            list.children().filter(|it| is(*it, "gs")).filter_map(stop).take(STOPS_MAX).collect();
        stops.sort_by(|a, b| a.at.total_cmp(&b.at));
        match stops.as_slice() {
            [] => None,
            [only] => Some(Paint::Color(only.color.clone())),
            _ => {
                let angle = child(node, "lin").and_then(|line| number(line, "ang")).unwrap_or(90.0 * DEGREE) / DEGREE;
                Some(Paint::Gradient(Gradient { stops, angle, radial: child(node, "path").is_some() }))
            }
        }
    }
}

/// Returns the one color that stands for a paint.
pub(super) fn plain(paint: &Paint) -> ColorRef {
    match paint {
        Paint::Color(color) => color.clone(),
        Paint::Gradient(gradient) => gradient.stops[0].color.clone(),
    }
}

fn of_hex(hex: &str) -> Option<Color> {
    let is_hex = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { format!("#{hex}").parse().ok() } else { None }
}

/// Changes a color as a child of its element says.
fn changed(color: Color, change: Node<'_, '_>) -> Color {
    let share = number(change, "val").unwrap_or(WHOLE) / WHOLE;
    let mixed = |other: f64| {
        let mix = |value: u8| (f64::from(value) * share + other * (1.0 - share)).round().clamp(0.0, 255.0) as u8;
        Color { r: mix(color.r), g: mix(color.g), b: mix(color.b), a: color.a }
    };
    match change.tag_name().name() {
        "lumMod" => with_lightness(color, |lightness| lightness * share),
        "lumOff" => with_lightness(color, |lightness| lightness + share),
        "shade" => mixed(0.0),
        "tint" => mixed(255.0),
        "alpha" => Color { a: (share * 255.0).round().clamp(0.0, 255.0) as u8, ..color },
        _ => color,
    }
}

fn with_lightness(color: Color, change: impl Fn(f64) -> f64) -> Color {
    let [r, g, b] = [color.r, color.g, color.b].map(|value| f64::from(value) / 255.0);
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let (lightness, range) = ((high + low) / 2.0, high - low);
    let saturation = if range == 0.0 { 0.0 } else { range / (1.0 - (2.0 * lightness - 1.0).abs()) };
    let hue = match range {
        0.0 => 0.0,
        _ if high == r => ((g - b) / range).rem_euclid(6.0),
        _ if high == g => (b - r) / range + 2.0,
        _ => (r - g) / range + 4.0,
    };
    let lightness = change(lightness).clamp(0.0, 1.0);
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let second = chroma * (1.0 - (hue % 2.0 - 1.0).abs());
    let [r, g, b] = match hue as u8 {
        0 => [chroma, second, 0.0],
        1 => [second, chroma, 0.0],
        2 => [0.0, chroma, second],
        3 => [0.0, second, chroma],
        4 => [second, 0.0, chroma],
        _ => [chroma, 0.0, second],
    };
    let byte = |value: f64| ((value + lightness - chroma / 2.0) * 255.0).round().clamp(0.0, 255.0) as u8;
    Color { r: byte(r), g: byte(g), b: byte(b), a: color.a }
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn color(xml: &str) -> Option<Color> {
        let theme = Document::parse(
            "<t><clrScheme><dk1><sysClr lastClr='101010'/></dk1><accent1><srgbClr val='4472C4'/></accent1></clrScheme></t>",
        );
        let theme = theme.unwrap();
        let colors = Colors::new(Some(theme.root_element()), None);
        let xml = format!("<fill>{xml}</fill>");
        colors.of(Document::parse(&xml).unwrap().root_element(), Some(Color::rgb(1, 2, 3)))
    }

    #[test]
    fn colors_are_read_and_changed() {
        // Programs round in different ways.
        let expect = |xml, hex: &str| {
            let (is, wanted) = (color(xml).unwrap(), hex.parse::<Color>().unwrap());
            let pairs = [(is.r, wanted.r), (is.g, wanted.g), (is.b, wanted.b), (is.a, wanted.a)];
            assert!(pairs.iter().all(|(is, wanted)| is.abs_diff(*wanted) <= 1), "{xml}: {is}");
        };
        expect("<srgbClr val='FF8000'/>", "#ff8000");
        expect("<schemeClr val='tx1'/>", "#101010");
        expect("<schemeClr val='bg1'/>", "#ffffff");
        expect("<schemeClr val='phClr'/>", "#010203");
        expect("<prstClr val='navy'/>", "#000080");
        // What PowerPoint calls "Accent 1, lighter 60 %" and "darker 25 %".
        expect("<schemeClr val='accent1'><lumMod val='40000'/><lumOff val='60000'/></schemeClr>", "#b4c7e7");
        expect("<schemeClr val='accent1'><lumMod val='75000'/></schemeClr>", "#2f5597");
        expect("<srgbClr val='000000'><alpha val='50000'/></srgbClr>", "#00000080");
        assert_eq!(color("<srgbClr val='red'/>"), None);
    }
}
