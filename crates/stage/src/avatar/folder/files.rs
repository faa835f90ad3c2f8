//! Files of an avatar folder: nothing outside of it, nothing too large, nothing that an SVG refers to.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use resvg::usvg;

use super::super::sheet::Picture;

/// The most bytes of `avatar.toml`.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
/// The most bytes of a picture's file.
const PICTURE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The most bytes of an SVG file.
const SVG_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The most pixels of a picture, decoded: 64 MB.
const PIXELS_MAX: u64 = 16 * 1024 * 1024;
/// The longest edge of a picture.
const EDGE_MAX: u32 = 8192;
/// The most elements of an SVG file that draw others again: 24 in pairs make 4,096 copies.
const SVG_USES_MAX: usize = 24;
/// The most elements of an SVG file.
const SVG_ELEMENTS_MAX: usize = 20_000;
/// The most groups within each other that need a picture of their own; each may take 32 MB while it is drawn.
const SVG_LAYERS_DEEP_MAX: usize = 10;
/// The most of such pictures, in areas of the whole drawing.
const SVG_LAYERS_MAX: f64 = 64.0;
/// The most filters of an SVG file; each costs a picture of its own.
const SVG_FILTERS_MAX: usize = 8;

/// Turns the bytes of a picture file into pixels; none if it cannot.
pub type Decode<'a> = &'a dyn Fn(&[u8]) -> Option<Picture>;

/// A folder that files are read from.
pub(crate) struct Folder<'a> {
    root: PathBuf,
    decode: Decode<'a>,
}

/// A drawing or pixels.
#[derive(Debug, Clone)]
pub(crate) enum Art {
    Svg(Box<usvg::Tree>),
    Pixels(Picture),
}

impl<'a> Folder<'a> {
    pub(crate) fn new(root: &Path, decode: Decode<'a>) -> Result<Self, String> {
        let root = root.canonicalize().map_err(|err| format!("cannot be opened: {err}"))?;
        Ok(Self { root, decode })
    }

    /// Reads `avatar.toml`.
    pub(crate) fn manifest(&self) -> Result<String, String> {
        let bytes = self.read("avatar.toml", MANIFEST_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
    }

    /// Reads a drawing or a picture.
    pub(crate) fn art(&self, name: &str) -> Result<Art, String> {
        let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if extension.eq_ignore_ascii_case("svg") {
            let bytes = self.read(name, SVG_BYTES_MAX)?;
            let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
            return parse_svg(&text).map(|tree| Art::Svg(Box::new(tree)));
        }
        self.picture(name).map(Art::Pixels)
    }

    /// Reads a picture.
    pub(crate) fn picture(&self, name: &str) -> Result<Picture, String> {
        let bytes = self.read(name, PICTURE_BYTES_MAX)?;
        if bytes.starts_with(b"\x89PNG") {
            return decode_png(&bytes);
        }
        let picture = (self.decode)(&bytes).ok_or("is not a picture that can be read; use PNG or SVG")?;
        let n_bytes = u64::from(picture.width) * u64::from(picture.height) * 4;
        if picture.width == 0 || picture.height == 0 || n_bytes != picture.rgba.len() as u64 {
            return Err("was decoded to the wrong size".to_owned());
        }
        bounded(picture.width, picture.height)?;
        Ok(picture)
    }

    fn read(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !plain || name.contains(['\\', ':', '\0']) {
            return Err("is not the name of a file in the folder".to_owned());
        }
        let path = self.root.join(name).canonicalize().map_err(|err| format!("cannot be read: {err}"))?;
        if !path.starts_with(&self.root) {
            return Err("lies outside the folder".to_owned());
        }
        let file = File::open(&path).map_err(|err| format!("cannot be read: {err}"))?;
        if !file.metadata().is_ok_and(|meta| meta.is_file()) {
            return Err("is not a file".to_owned());
        }
        let mut bytes = Vec::new();
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|err| format!("cannot be read: {err}"))?;
        if bytes.len() as u64 > bytes_max {
            return Err(format!("is larger than {} KB", bytes_max / 1024));
        }
        Ok(bytes)
    }
}

/// Parses an SVG whose references lead nowhere.
pub(crate) fn parse_svg(text: &str) -> Result<usvg::Tree, String> {
    if text.matches("<use").count() > SVG_USES_MAX {
        return Err(format!("uses more than {SVG_USES_MAX} copies (`use`)"));
    }
    if text.matches('<').count() > 2 * SVG_ELEMENTS_MAX {
        return Err(format!("has more than {SVG_ELEMENTS_MAX} elements"));
    }
    if text.matches("<filter").count() > SVG_FILTERS_MAX {
        return Err(format!("has more than {SVG_FILTERS_MAX} filters"));
    }
    if text.contains("<!ENTITY") {
        return Err("has entities".to_owned());
    }
    let nowhere =
        usvg::ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) };
    let options = usvg::Options { resources_dir: None, image_href_resolver: nowhere, ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(text, &options).map_err(|err| format!("is not an SVG that can be read: {err}"))?;
    let view = f64::from(tree.size().width()) * f64::from(tree.size().height());
    let layers = layers_of(tree.root(), view, 0);
    if layers.depth > SVG_LAYERS_DEEP_MAX || layers.area > SVG_LAYERS_MAX {
        return Err("has too many groups with clips, masks, filters or opacity".to_owned());
    }
    Ok(tree)
}

/// What drawing an SVG costs beyond its outlines: pictures of groups.
#[derive(Clone, Copy)]
struct Layers {
    /// How many are within each other.
    depth: usize,
    /// The sum of their areas in areas of the whole drawing.
    area: f64,
}

fn layers_of(group: &usvg::Group, view: f64, above: usize) -> Layers {
    let mut layers = Layers { depth: above, area: 0.0 };
    if group.should_isolate() {
        let ink = group.abs_layer_bounding_box();
        layers.depth += 1;
        layers.area += (f64::from(ink.width()) * f64::from(ink.height())).min(view) / view;
    }
    let here = layers.depth;
    for child in group.children() {
        if let usvg::Node::Group(child) = child {
            let below = layers_of(child, view, here);
            layers.depth = layers.depth.max(below.depth);
            layers.area += below.area;
        }
    }
    layers
}

fn bounded(width: u32, height: u32) -> Result<(), String> {
    if width > EDGE_MAX || height > EDGE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(format!("has {width} × {height} pixels; at most {EDGE_MAX} per edge and 16 million in all"));
    }
    Ok(())
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let unreadable = |err: png::DecodingError| format!("is not a PNG that can be read: {err}");
    let limits = png::Limits { bytes: PIXELS_MAX as usize * 8 };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let (width, height) = reader.info().size();
    bounded(width, height)?;
    let size = reader.output_buffer_size().ok_or("is too large")?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(unreadable)?;
    pixels.truncate(frame.buffer_size());
    let rgba = match frame.color_type {
        png::ColorType::Rgba => pixels,
        png::ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        png::ColorType::Rgb => pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
        png::ColorType::Grayscale => pixels.iter().flat_map(|&p| [p, p, p, 255]).collect(),
        png::ColorType::Indexed => return Err("has a palette that could not be resolved".to_owned()),
    };
    Ok(Picture { width, height, rgba })
}
