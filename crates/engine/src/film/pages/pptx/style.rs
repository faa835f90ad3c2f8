//! What texts look like: a slide says little itself, the rest comes from its layout, its master, and the presentation.

use roxmltree::Node;
use stage::document::{Align, ColorRef};

use super::color::{Colors, Fill, plain};
use super::xml::{at, attr, child, flag, number};

/// The size of letters that nothing is said about, in hundredths of a point.
const SIZE_DEFAULT: f64 = 1800.0;
/// From one line to the next, as a multiple of the size, at a spacing of 100 %.
const LINE_HEIGHT: f64 = 1.2;
/// The deepest level of a list, from 0.
const LEVEL_MAX: usize = 8;
/// The whole of a percentage.
const WHOLE: f64 = 100_000.0;

/// Where a text's looks come from, the nearest first.
#[derive(Clone, Default)]
pub(super) struct Cascade<'a, 'i> {
    /// List styles, each with a `lvl1pPr` and so on.
    pub(super) lists: Vec<Node<'a, 'i>>,
    /// The color that the shape's own style gives to its text, which counts before the last list.
    pub(super) own_color: Option<ColorRef>,
}

/// What a paragraph looks like. Lengths are in EMU, sizes in hundredths of a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ParagraphStyle {
    pub(super) align: Align,
    /// How far the text is set in, and how far its bullet is from there.
    pub(super) margin: f64,
    pub(super) indent: f64,
    pub(super) bullet: Bullet,
    pub(super) line_height: f64,
    /// Room above and below.
    pub(super) before: Space,
    pub(super) after: Space,
    pub(super) size: f64,
    pub(super) weight: u16,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) capitals: bool,
    pub(super) color: ColorRef,
    pub(super) family: Option<String>,
}

/// What is before a paragraph.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bullet {
    /// Nothing.
    None,
    /// A mark.
    Mark(String),
    /// The paragraph's number.
    Number,
}

/// Room between paragraphs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Space {
    /// Hundredths of a point.
    Points(f64),
    /// A share of a line.
    Lines(f64),
}

/// Reads what a paragraph looks like, taking the run with the most letters for all of it.
pub(super) fn paragraph_style<'a, 'i>(
    paragraph: Node<'a, 'i>,
    cascade: &Cascade<'a, 'i>,
    colors: &Colors,
    fonts: &ThemeFonts,
) -> ParagraphStyle {
    let own = child(paragraph, "pPr");
    let level = own.and_then(|own| number(own, "lvl")).unwrap_or(0.0).clamp(0.0, LEVEL_MAX as f64) as usize;
    let level_name = format!("lvl{}pPr", level + 1);
    let lists: Vec<Node<'a, 'i>> = cascade.lists.iter().filter_map(|list| child(*list, &level_name)).collect();
    let paragraphs: Vec<Node<'a, 'i>> = own.into_iter().chain(lists.iter().copied()).collect();
    let run = main_run(paragraph).and_then(|run| child(run, "rPr"));
    let runs: Vec<Node<'a, 'i>> =
        run.into_iter().chain(paragraphs.iter().filter_map(|node| child(*node, "defRPr"))).collect();
    let number_of = |nodes: &[Node<'_, '_>], name| nodes.iter().find_map(|node| number(*node, name));
    let flag_of = |name| runs.iter().find_map(|node| flag(*node, name)).unwrap_or(false);
    let spacing = |name| paragraphs.iter().find_map(|node| child(*node, name)).and_then(space_of);
    let size = number_of(&runs, "sz").unwrap_or(SIZE_DEFAULT).clamp(100.0, 40_000.0);
    let line_height = match spacing("lnSpc") {
        Some(Space::Lines(share)) => LINE_HEIGHT * share,
        Some(Space::Points(points)) => points / size,
        None => LINE_HEIGHT,
    };
    ParagraphStyle {
        align: paragraphs.iter().find_map(|node| attr(*node, "algn")).map_or(Align::Start, align_of),
        margin: number_of(&paragraphs, "marL").unwrap_or(0.0),
        indent: number_of(&paragraphs, "indent").unwrap_or(0.0),
        bullet: paragraphs.iter().find_map(|node| bullet_of(*node)).unwrap_or(Bullet::None),
        line_height: line_height.clamp(0.5, 10.0),
        before: spacing("spcBef").unwrap_or(Space::Points(0.0)),
        after: spacing("spcAft").unwrap_or(Space::Points(0.0)),
        size,
        weight: if flag_of("b") { 700 } else { 400 },
        italic: flag_of("i"),
        underline: runs.iter().find_map(|node| attr(*node, "u")).is_some_and(|line| line != "none"),
        capitals: runs.iter().find_map(|node| attr(*node, "cap")) == Some("all"),
        color: color_of(run, &runs, cascade, colors),
        family: runs
            .iter()
            .find_map(|node| child(*node, "latin"))
            .and_then(|font| fonts.family(attr(font, "typeface")?)),
    }
}

/// Returns the run with the most letters.
fn main_run<'a, 'i>(paragraph: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let runs = paragraph.children().filter(|node| matches!(node.tag_name().name(), "r" | "fld"));
    runs.max_by_key(|run| child(*run, "t").and_then(|text| text.text()).map_or(0, |text| text.chars().count()))
}

fn color_of(run: Option<Node<'_, '_>>, runs: &[Node<'_, '_>], cascade: &Cascade<'_, '_>, colors: &Colors) -> ColorRef {
    let filled = |node: Node<'_, '_>| match colors.fill(node, None) {
        Some(Fill::Paint(paint)) => Some(plain(&paint)),
        _ => None,
    };
    let inherited = || runs.iter().find_map(|node| filled(*node));
    let text = || colors.named("tx1").map(ColorRef::from);
    run.and_then(filled)
        .or_else(|| cascade.own_color.clone())
        .or_else(inherited)
        .or_else(text)
        .unwrap_or(ColorRef::BLACK)
}

fn align_of(name: &str) -> Align {
    match name {
        "ctr" => Align::Center,
        "r" => Align::Right,
        "just" | "dist" => Align::Justify,
        _ => Align::Left,
    }
}

fn bullet_of(node: Node<'_, '_>) -> Option<Bullet> {
    node.children().find_map(|mark| match mark.tag_name().name() {
        "buNone" => Some(Bullet::None),
        "buAutoNum" => Some(Bullet::Number),
        "buBlip" => Some(Bullet::Mark("\u{2022}".to_owned())),
        "buChar" => attr(mark, "char").map(|mark| Bullet::Mark(readable(mark))),
        _ => None,
    })
}

/// Marks of symbol fonts, which are not in Unicode, become a bullet.
fn readable(mark: &str) -> String {
    let is_private =
        mark.chars().any(|letter| matches!(letter, '\u{e000}'..='\u{f8ff}') || letter == '§' || letter == 'Ø');
    if is_private { "\u{2022}".to_owned() } else { mark.to_owned() }
}

fn space_of(node: Node<'_, '_>) -> Option<Space> {
    let points = child(node, "spcPts").and_then(|points| number(points, "val")).map(Space::Points);
    points.or_else(|| {
        child(node, "spcPct").and_then(|share| number(share, "val")).map(|share| Space::Lines(share / WHOLE))
    })
}

/// The fonts of a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ThemeFonts {
    major: Option<String>,
    minor: Option<String>,
}

impl ThemeFonts {
    /// Reads the fonts of a theme.
    pub(super) fn new(theme: Option<Node<'_, '_>>) -> Self {
        let scheme = theme.and_then(|theme| at(theme, &["themeElements", "fontScheme"]));
        let font = |name| {
            let latin = scheme.and_then(|scheme| at(scheme, &[name, "latin"]))?;
            attr(latin, "typeface").filter(|family| !family.is_empty()).map(str::to_owned)
        };
        Self { major: font("majorFont"), minor: font("minorFont") }
    }

    fn family(&self, name: &str) -> Option<String> {
        match name {
            "" => None,
            name if name.starts_with("+mj") => self.major.clone(),
            name if name.starts_with("+mn") => self.minor.clone(),
            name => Some(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn style(paragraph: &str, lists: &[&str]) -> ParagraphStyle {
        let text = format!("<p>{paragraph}</p>");
        let document = Document::parse(&text).unwrap();
        let lists: Vec<String> = lists.iter().map(|list| format!("<l>{list}</l>")).collect();
        let lists: Vec<Document<'_>> = lists.iter().map(|list| Document::parse(list).unwrap()).collect();
        let cascade = Cascade { lists: lists.iter().map(Document::root_element).collect(), own_color: None };
        paragraph_style(document.root_element(), &cascade, &Colors::default(), &ThemeFonts::default())
    }

    #[test]
    fn the_nearest_place_that_says_something_counts() {
        let layout = "<lvl1pPr algn='ctr'><defRPr sz='4400' b='1'/></lvl1pPr><lvl2pPr><buChar char='-'/></lvl2pPr>";
        let master =
            "<lvl1pPr marL='100'><lnSpc><spcPct val='90000'/></lnSpc><buNone/><defRPr sz='1000' i='1'/></lvl1pPr>";
        let first = style("<pPr/><r><rPr b='0'/><t>Hi</t></r>", &[layout, master]);
        assert_eq!((first.align, first.size, first.weight, first.italic), (Align::Center, 4400.0, 400, true));
        assert_eq!((first.margin, first.bullet), (100.0, Bullet::None));
        assert!((first.line_height - 1.08).abs() < 1e-9);
        let second = style("<pPr lvl='1'/><r><t>Hi</t></r>", &[layout, master]);
        assert_eq!((second.bullet, second.size), (Bullet::Mark("-".to_owned()), SIZE_DEFAULT));
    }

    #[test]
    fn the_longest_run_stands_for_all() {
        let style = style("<r><rPr b='1'/><t>A</t></r><r><rPr sz='2000'/><t>long run</t></r>", &[]);
        assert_eq!((style.weight, style.size), (400, 2000.0));
    }
}
