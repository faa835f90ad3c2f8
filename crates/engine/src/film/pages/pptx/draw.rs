//! A slide as a scene document.

use std::path::Path;

use media::picture::{Picture, PictureLimits};
use roxmltree::{Document, Node};
use stage::Project;
use stage::document::{AssetRef, Background, Canvas, Color, ColorRef, Layer, LayerKind, Paint, Scene, Stroke, VERSION};
use stage::text::Fonts;

use super::super::PagesError;
use super::super::package::parse;
use super::color::{Colors, Fill, plain};
use super::deck::{Deck, Part, Relations, shape_tree, shows_master_shapes};
use super::shape::{Place, Space, image, is_line, line, outline_svg, preset, rectangle};
use super::style::{Cascade, ThemeFonts};
use super::words::{Desk, lay_out};
use super::xml::{at, attr, child, is, number, shapes};

/// Most layers of a slide: a scene has at most 1,000, and a few are added.
const LAYERS_MAX: usize = 900;
/// Groups within groups that are followed.
const DEPTH_MAX: usize = 20;
/// Width of lines that say none, in EMU.
const LINE_DEFAULT: f64 = 9_525.0;
/// The whole of a percentage.
const WHOLE: f64 = 100_000.0;
/// How long the scene is, of which one picture is taken.
const SCENE_MS: u32 = 1_000;
/// What tables look like where their style is not known: the name of the color of their heads, and the share of it in other rows.
const TABLE_HEAD: &str = "accent1";
const TABLE_ROW_TINT: f64 = 0.16;

/// Makes a scene document of a slide, whose pictures are put into `folder`; warnings say what is left out.
pub(super) fn scene_of(
    deck: &mut Deck,
    name: &str,
    size: (u32, u32),
    folder: &Path,
    fonts: &Fonts,
) -> Result<(Project, Vec<String>), PagesError> {
    let slide = deck.part(name)?.unwrap_or_default();
    let layout = deck.related(&slide, "slideLayout")?;
    let master = deck.related(&layout, "slideMaster")?;
    let theme = deck.related(&master, "theme")?;
    let presentation = deck.presentation.clone();
    let slide_xml = parse(&slide.name, &slide.text)?;
    let [layout_xml, master_xml, theme_xml] = [&layout, &master, &theme].map(optional);
    let defaults = parse("presentation", &presentation)?;
    let even = |side: u32| ((f64::from(side) / 2.0).round() as u32 * 2).clamp(128, 4096);
    let canvas = Canvas { width: even(size.0), height: even(size.1), ..Canvas::default() };
    let colors =
        Colors::new(theme_xml.as_ref().map(Document::root_element), master_xml.as_ref().map(Document::root_element));
    let theme_fonts = ThemeFonts::new(theme_xml.as_ref().map(Document::root_element));
    let desk = Desk {
        fonts,
        colors: &colors,
        theme_fonts: &theme_fonts,
        scale: f64::from(canvas.width) / deck.size.0,
        canvas: (f64::from(canvas.width), f64::from(canvas.height)),
    };
    let mut painter = Painter {
        deck,
        desk,
        folder,
        layout: layout_xml.as_ref().map(Document::root_element),
        master: master_xml.as_ref().map(Document::root_element),
        defaults: child(defaults.root_element(), "defaultTextStyle"),
        layers: Vec::new(),
        warnings: Vec::new(),
        n_files: 0,
    };
    let background = painter.background(&[
        (Some(slide_xml.root_element()), &slide.relations),
        (painter.layout, &layout.relations),
        (painter.master, &master.relations),
    ]);
    let layout_shows = painter.layout.is_none_or(shows_master_shapes);
    if shows_master_shapes(slide_xml.root_element()) {
        if let Some(master_root) = painter.master.filter(|_| layout_shows) {
            painter.tree(master_root, &master.relations, Source::Inherited);
        }
        if let Some(layout_root) = painter.layout {
            painter.tree(layout_root, &layout.relations, Source::Inherited);
        }
    }
    painter.tree(slide_xml.root_element(), &slide.relations, Source::Slide);
    let Painter { layers, warnings, .. } = painter;
    let scene = Scene {
        id: String::new(),
        background,
        layers,
        narration: Vec::new(),
        duration_ms: Some(SCENE_MS),
        transition: None,
        watermark: false,
    };
    let project = Project {
        version: VERSION,
        name: String::new(),
        canvas,
        palette: std::collections::BTreeMap::new(),
        scenes: vec![scene],
        soundtrack: None,
        captions: None,
        watermark: None,
        dictionary: std::collections::BTreeMap::new(),
    };
    Ok((project, warnings))
}

/// Reads a part that a slide can do without.
fn optional(part: &Part) -> Option<Document<'_>> {
    parse(&part.name, &part.text).ok()
}

/// Whose shapes are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The slide's own.
    Slide,
    /// Its layout's or master's, whose placeholders are only models.
    Inherited,
}

struct Painter<'a, 'i> {
    deck: &'a mut Deck,
    desk: Desk<'a>,
    folder: &'a Path,
    layout: Option<Node<'a, 'i>>,
    master: Option<Node<'a, 'i>>,
    defaults: Option<Node<'a, 'i>>,
    layers: Vec<Layer>,
    warnings: Vec<String>,
    n_files: usize,
}

impl<'a, 'i> Painter<'a, 'i> {
    fn background(&mut self, sources: &[(Option<Node<'a, 'i>>, &Relations)]) -> Background {
        let white = Background::Color { color: ColorRef::WHITE };
        for (root, relations) in sources {
            let Some(background) = root.and_then(|root| at(root, &["cSld", "bg"])) else { continue };
            if let Some(reference) = child(background, "bgRef") {
                let color = self.desk.colors.of(reference, None);
                return color.map_or(white, |color| Background::Color { color: color.into() });
            }
            let fill = child(background, "bgPr").and_then(|properties| self.desk.colors.fill(properties, None));
            return match fill {
                Some(Fill::Paint(Paint::Color(color))) => Background::Color { color },
                Some(Fill::Paint(Paint::Gradient(gradient))) => Background::Gradient { gradient },
                Some(Fill::Picture(id)) => match self.picture(&id, relations, None) {
                    Some(name) => Background::Image { image: AssetRef(name), color: Some(ColorRef::WHITE) },
                    None => white,
                },
                Some(Fill::None) | None => white,
            };
        }
        white
    }

    fn tree(&mut self, root: Node<'a, 'i>, relations: &Relations, source: Source) {
        if let Some(tree) = shape_tree(root) {
            self.group(tree, Space::SLIDE, relations, source, 0);
        }
    }

    fn group(&mut self, group: Node<'a, 'i>, space: Space, relations: &Relations, source: Source, depth: usize) {
        for shape in shapes(group) {
            if self.layers.len() >= LAYERS_MAX {
                self.warn("it has too many shapes; the last ones are left out");
                return;
            }
            match shape.tag_name().name() {
                "grpSp" if depth < DEPTH_MAX => self.group(shape, space.within(shape), relations, source, depth + 1),
                "sp" | "cxnSp" => self.shape(shape, space, relations, source),
                "pic" => self.picture_shape(shape, space, relations),
                "graphicFrame" => self.graphic(shape, space),
                _ => {}
            }
        }
        self.layers.truncate(LAYERS_MAX + 50);
    }

    fn warn(&mut self, warning: &str) {
        if !self.warnings.iter().any(|known| known == warning) {
            self.warnings.push(warning.to_owned());
        }
    }

    fn push(&mut self, place: &Place, kind: LayerKind) {
        if let Some(frame) = place.frame(self.desk.scale, self.desk.canvas) {
            self.layers.push(Layer::new(kind, Some(frame)));
        }
    }

    fn shape(&mut self, shape: Node<'a, 'i>, space: Space, relations: &Relations, source: Source) {
        let placeholder = at(shape, &["nvSpPr", "nvPr", "ph"]);
        if source == Source::Inherited && placeholder.is_some() {
            return;
        }
        let models = placeholder.map_or_else(Vec::new, |placeholder| self.models(placeholder));
        let all: Vec<Node<'a, 'i>> = std::iter::once(shape).chain(models.iter().copied()).collect();
        let own = child(shape, "spPr");
        let place = all.iter().find_map(|node| space.place(at(*node, &["spPr", "xfrm"])?));
        let Some(place) = place else { return };
        if let Some(properties) = own {
            self.outline(shape, properties, &all, &place, relations);
        }
        let Some(body) = child(shape, "txBody") else { return };
        let properties: Vec<Node<'a, 'i>> = all.iter().filter_map(|node| at(*node, &["txBody", "bodyPr"])).collect();
        let cascade = self.cascade(shape, &all, placeholder);
        let mut layers = lay_out(self.desk, body, &properties, &cascade, &place);
        self.layers.append(&mut layers);
    }

    /// Returns what a placeholder of the slide is made from: those of the layout and of the master.
    fn models(&self, placeholder: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
        let kind = attr(placeholder, "type").unwrap_or("obj");
        let idx = attr(placeholder, "idx");
        let in_layout = self.layout.and_then(|root| find_placeholder(root, kind, idx));
        // The layout may say what the slide does not: an object there is a body.
        let kind = in_layout
            .and_then(|node| at(node, &["nvSpPr", "nvPr", "ph"]))
            .and_then(|it| attr(it, "type"))
            .unwrap_or(kind);
        let in_master = self.master.and_then(|root| find_placeholder(root, master_kind(kind), None));
        in_layout.into_iter().chain(in_master).collect()
    }

    fn cascade(&self, shape: Node<'a, 'i>, all: &[Node<'a, 'i>], placeholder: Option<Node<'a, 'i>>) -> Cascade<'a, 'i> {
        let mut lists: Vec<Node<'a, 'i>> = all.iter().filter_map(|node| at(*node, &["txBody", "lstStyle"])).collect();
        let styles = self.master.and_then(|master| child(master, "txStyles"));
        let kind = placeholder.map(|it| master_kind(attr(it, "type").unwrap_or("obj")));
        let name = match kind {
            Some("title") => "titleStyle",
            Some("body") => "bodyStyle",
            _ => "otherStyle",
        };
        lists.extend(styles.and_then(|styles| child(styles, name)));
        lists.extend(self.defaults);
        let font = at(shape, &["style", "fontRef"]);
        let own_color = font.and_then(|font| self.desk.colors.of(font, None)).map(ColorRef::from);
        Cascade { lists, own_color }
    }

    fn outline(
        &mut self,
        shape: Node<'a, 'i>,
        properties: Node<'a, 'i>,
        all: &[Node<'a, 'i>],
        place: &Place,
        relations: &Relations,
    ) {
        let fill = self.fill_of(shape, all);
        let stroke = self.stroke_of(shape, all);
        if is_line(shape, properties) {
            if let Some(stroke) = stroke {
                let (place, kind) = line(place, stroke.width / self.desk.scale, stroke.color);
                self.push(&place, kind);
            }
            return;
        }
        let paint = match fill {
            Some(Fill::Picture(id)) => {
                if let Some(name) = self.picture(&id, relations, None) {
                    self.push(place, image(name));
                }
                None
            }
            Some(Fill::Paint(paint)) => Some(paint),
            Some(Fill::None) | None => None,
        };
        if paint.is_none() && stroke.is_none() {
            return;
        }
        if let Some(geometry) = child(properties, "custGeom") {
            match outline_svg(geometry, place, paint.as_ref(), stroke.as_ref(), self.desk.scale) {
                Some(svg) => {
                    if let Some(name) = self.keep("svg", svg.as_bytes()) {
                        self.push(place, image(name));
                    }
                }
                None => self.warn("a drawing is left out"),
            }
            return;
        }
        let kind = match preset(properties) {
            Some((stage::document::ShapeName::Rectangle, round)) => {
                rectangle(paint, stroke, round * place.w.min(place.h) * self.desk.scale)
            }
            Some((name, _)) => LayerKind::Shape { shape: name, fill: paint, stroke, corner_radius: 0.0, shadow: None },
            None => rectangle(paint, stroke, 0.0),
        };
        self.push(place, kind);
    }

    fn fill_of(&self, shape: Node<'a, 'i>, all: &[Node<'a, 'i>]) -> Option<Fill> {
        let colors = self.desk.colors;
        let said = all.iter().find_map(|node| colors.fill(child(*node, "spPr")?, None));
        said.or_else(|| {
            let reference = at(shape, &["style", "fillRef"])?;
            let is_filled = number(reference, "idx").is_some_and(|idx| idx > 0.0);
            let color = colors.of(reference, None).filter(|_| is_filled)?;
            Some(Fill::Paint(Paint::Color(color.into())))
        })
    }

    fn stroke_of(&self, shape: Node<'a, 'i>, all: &[Node<'a, 'i>]) -> Option<Stroke> {
        let colors = self.desk.colors;
        let lines: Vec<Node<'a, 'i>> = all.iter().filter_map(|node| at(*node, &["spPr", "ln"])).collect();
        let width = lines.iter().find_map(|line| number(*line, "w")).unwrap_or(LINE_DEFAULT) * self.desk.scale;
        let width = width.clamp(1.0, 400.0);
        match lines.iter().find_map(|line| colors.fill(*line, None)) {
            Some(Fill::Paint(paint)) => Some(Stroke { color: plain(&paint), width }),
            Some(_) => None,
            None => {
                let reference = at(shape, &["style", "lnRef"])?;
                let is_drawn = number(reference, "idx").is_some_and(|idx| idx > 0.0);
                let color = colors.of(reference, None).filter(|_| is_drawn)?;
                Some(Stroke { color: color.into(), width })
            }
        }
    }

    fn picture_shape(&mut self, shape: Node<'a, 'i>, space: Space, relations: &Relations) {
        let place = at(shape, &["spPr", "xfrm"]).and_then(|transform| space.place(transform));
        let place = place.or_else(|| {
            let placeholder = at(shape, &["nvPicPr", "nvPr", "ph"])?;
            self.models(placeholder).into_iter().find_map(|node| space.place(at(node, &["spPr", "xfrm"])?))
        });
        let fill = child(shape, "blipFill");
        let id = fill.and_then(|fill| child(fill, "blip")).and_then(|blip| attr(blip, "embed"));
        let (Some(place), Some(id)) = (place, id) else { return };
        let crop = fill
            .and_then(|fill| child(fill, "srcRect"))
            .map(|cut| ["l", "t", "r", "b"].map(|side| (number(cut, side).unwrap_or(0.0) / WHOLE).clamp(0.0, 1.0)));
        if let Some(name) = self.picture(id, relations, crop) {
            self.push(&place, image(name));
        }
    }

    /// Puts a picture into the folder, cut at its sides by shares of its size, and returns its name.
    fn picture(&mut self, id: &str, relations: &Relations, crop: Option<[f64; 4]>) -> Option<String> {
        let Some(target) = relations.target(id).map(str::to_owned) else {
            self.warn("a picture that is elsewhere is left out");
            return None;
        };
        let bytes = self.deck.bytes(&target).ok().flatten();
        let ending = target.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let kept = bytes.and_then(|bytes| match ending.as_str() {
            "svg" => self.keep("svg", &bytes),
            "emf" | "wmf" => None,
            _ => match crop.filter(|sides| sides.iter().any(|side| *side > 0.0)) {
                Some(sides) => cropped(&bytes, sides).and_then(|bytes| self.keep("png", &bytes)),
                None => self.keep("bin", &bytes),
            },
        });
        if kept.is_none() {
            self.warn("a picture is left out: it is missing, or of a kind that is not read");
        }
        kept
    }

    fn keep(&mut self, ending: &str, bytes: &[u8]) -> Option<String> {
        self.n_files += 1;
        let name = format!("{}.{ending}", self.n_files);
        std::fs::write(self.folder.join(&name), bytes).ok().map(|()| name)
    }

    fn graphic(&mut self, frame: Node<'a, 'i>, space: Space) {
        let place = child(frame, "xfrm").and_then(|transform| space.place(transform));
        let table = at(frame, &["graphic", "graphicData", "tbl"]);
        match (place, table) {
            (Some(place), Some(table)) => self.table(table, &place),
            _ => self.warn("a chart or diagram is left out"),
        }
    }

    fn table(&mut self, table: Node<'a, 'i>, place: &Place) {
        let columns = child(table, "tblGrid");
        let columns: Vec<f64> =
            columns.iter().flat_map(Node::children).filter_map(|column| number(column, "w")).collect();
        let has_head = child(table, "tblPr").and_then(|it| attr(it, "firstRow")) == Some("1");
        let mut y = 0.0;
        for (row_idx, row) in table.children().filter(|node| is(*node, "tr")).enumerate() {
            let height = number(row, "h").unwrap_or(0.0);
            let mut x = 0.0;
            for (column_idx, cell) in row.children().filter(|node| is(*node, "tc")).enumerate() {
                if self.layers.len() >= LAYERS_MAX {
                    return;
                }
                let span = number(cell, "gridSpan").unwrap_or(1.0).clamp(1.0, 100.0) as usize;
                let width: f64 = columns.iter().skip(column_idx).take(span).sum();
                let is_covered = attr(cell, "hMerge").is_some() || attr(cell, "vMerge").is_some();
                if !is_covered {
                    let cell_place = place.inner(x, y, width, height);
                    self.cell(cell, &cell_place, row_idx, has_head);
                }
                x += columns.get(column_idx).copied().unwrap_or(0.0);
            }
            y += height;
        }
    }

    fn cell(&mut self, cell: Node<'a, 'i>, place: &Place, row_idx: usize, has_head: bool) {
        let is_head = has_head && row_idx == 0;
        let accent = self.desk.colors.named(TABLE_HEAD).unwrap_or(Color::rgb(0, 0, 0));
        let usual = match (is_head, row_idx % 2) {
            (true, _) => Some(accent),
            (false, 1) => Some(Color { a: (TABLE_ROW_TINT * 255.0) as u8, ..accent }),
            _ => None,
        };
        let properties = child(cell, "tcPr");
        let paint = match properties.and_then(|properties| self.desk.colors.fill(properties, None)) {
            Some(Fill::Paint(paint)) => Some(paint),
            Some(_) => None,
            None => usual.map(|color| Paint::Color(color.into())),
        };
        let border = Stroke { color: Color { a: 90, ..accent }.into(), width: 1.0 };
        self.push(place, rectangle(paint, Some(border), 0.0));
        let Some(body) = child(cell, "txBody") else { return };
        let lists = at(cell, &["txBody", "lstStyle"]).into_iter().chain(self.defaults).collect();
        let own_color = if is_head { self.desk.colors.named("bg1").map(ColorRef::from) } else { None };
        let cascade = Cascade { lists, own_color };
        // Cells say where their text is with other names: `marL` and `anchor` of `tcPr`.
        let anchored: Vec<Node<'a, 'i>> = properties.into_iter().collect();
        let mut layers = lay_out(self.desk, body, &anchored, &cascade, place);
        self.layers.append(&mut layers);
    }
}

/// Finds a placeholder by its number, or else by its kind.
fn find_placeholder<'a, 'i>(root: Node<'a, 'i>, kind: &str, idx: Option<&str>) -> Option<Node<'a, 'i>> {
    let all = shapes(shape_tree(root)?);
    let placeholder = |node: &Node<'a, 'i>| at(*node, &["nvSpPr", "nvPr", "ph"]);
    let kind_of = |node: &Node<'a, 'i>| placeholder(node).map(|it| attr(it, "type").unwrap_or("obj"));
    let by_idx =
        idx.and_then(|idx| all.iter().find(|node| placeholder(node).and_then(|it| attr(it, "idx")) == Some(idx)));
    let by_kind = || all.iter().find(|node| kind_of(node) == Some(kind));
    let by_master_kind = || all.iter().find(|node| kind_of(node).map(master_kind) == Some(master_kind(kind)));
    by_idx.or_else(by_kind).or_else(by_master_kind).copied()
}

/// Returns which of a master's placeholders one of a layout is made from.
fn master_kind(kind: &str) -> &str {
    match kind {
        "title" | "ctrTitle" => "title",
        "subTitle" | "obj" | "body" | "chart" | "tbl" | "clipArt" | "dgm" | "media" | "pic" => "body",
        other => other,
    }
}

/// Cuts a picture, and returns it as PNG.
fn cropped(bytes: &[u8], [left, top, right, bottom]: [f64; 4]) -> Option<Vec<u8>> {
    let picture = Picture::decode(bytes, &PictureLimits::default(), None).ok()?;
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (x0, x1) = ((left * width).floor() as usize, ((1.0 - right) * width).ceil() as usize);
    let (y0, y1) = ((top * height).floor() as usize, ((1.0 - bottom) * height).ceil() as usize);
    if x1 <= x0 || y1 <= y0 {
        return None;
    }
    let rows = picture.rgba().chunks_exact(picture.width() as usize * 4).skip(y0).take(y1 - y0);
    let rgba: Vec<u8> = rows.flat_map(|row| row[x0 * 4..x1 * 4].iter().copied()).collect();
    Picture::from_rgba((x1 - x0) as u32, (y1 - y0) as u32, rgba).ok()?.to_png().ok()
}
