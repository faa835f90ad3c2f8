//! Slides of presentations (ECMA-376, PresentationML): drawn by an office program where there is one, else by us.
//!
//! Our own drawing makes a scene document of each slide: backgrounds, shapes, texts with the looks that layouts and masters give
//! them, pictures and tables. A paragraph has one look, that of most of it; charts and effects are left out.

mod color;
mod deck;
mod draw;
mod shape;
mod style;
mod words;
mod xml;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use media::picture::Picture;
use stage::Project;
use stage::document::AssetRef;
use studio::{RenderOptions, Sources, Studio};

use super::super::material::PageText;
use super::package::parse;
use super::{OnPage, Page, PageOptions, PagesError, PagesReport, office, pdf, picture_size};
use deck::{Deck, Part, shape_tree};
use xml::{at, attr, child, is, shapes};

/// The office program may take this share of the time that there is.
const OFFICE_SHARE: f64 = 0.2;
static OFFICE_TURN: Mutex<()> = Mutex::new(());
/// Longest title and longest text of a slide, in characters.
const TITLE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 20_000;

/// Draws the slides of a presentation that are not hidden, and reads what is written on them and in their notes.
///
/// `office` is the program to draw with, as [`find_office`] finds it. Presentations that name files elsewhere are never given to it.
/// Blocks for as long as it takes.
///
/// # Errors
/// [`PagesError::Encrypted`] for files with a password; broken files, and those that are made to hurt.
pub fn render_pptx(
    path: &Path,
    options: &PageOptions,
    studio: &Studio,
    office: Option<&Path>,
    on_page: &mut OnPage<'_>,
) -> Result<PagesReport, PagesError> {
    let mut deck = Deck::open(path)?;
    let mut warnings = Vec::new();
    if let Some(program) = office.filter(|_| matches!(deck.loads_from_outside(), Ok(false))) {
        match draw_in_office(program, path, &mut deck, options, on_page) {
            Ok(report) => return Ok(report),
            Err(OfficeFailure { is_too_late: true, error }) => return Err(error),
            Err(OfficeFailure { error, .. }) => warnings.push(format!("{error}; the slides are drawn without it")),
        }
    }
    draw_all(&mut deck, options, studio, warnings, on_page)
}

/// Looks for the office program in the folders of a search path, such as the variable `PATH` has.
pub fn find_office(search_path: &std::ffi::OsStr) -> Option<PathBuf> {
    office::find(search_path)
}

/// Why the office program did not do, and whether pages were handed over before.
struct OfficeFailure {
    is_too_late: bool,
    error: PagesError,
}

fn draw_in_office(
    program: &Path,
    path: &Path,
    deck: &mut Deck,
    options: &PageOptions,
    on_page: &mut OnPage<'_>,
) -> Result<PagesReport, OfficeFailure> {
    let early = |error: PagesError| OfficeFailure { is_too_late: false, error };
    // What our own reader refuses is not given to a program that may choke on it.
    for name in deck.slides.clone() {
        read_slide(deck, &name).map_err(early)?;
    }
    // One at a time: it takes a core and a gigabyte.
    let _turn = OFFICE_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().map_err(|error| early(error.into()))?;
    let begin = Instant::now();
    let pdf = office::to_pdf(program, path, folder.path(), options.time_max.mul_f64(OFFICE_SHARE)).map_err(early)?;
    let left = options.time_max.saturating_sub(begin.elapsed()).max(Duration::from_secs(1));
    let options = PageOptions { time_max: left, ..options.clone() };
    let mut n_pages = 0;
    let rendered = pdf::render_pdf(&pdf, &options, &mut |mut page| {
        n_pages += 1;
        // What the file says about titles and notes is better than what can be seen.
        if let Ok(Some(slide)) = deck.slides.get(page.idx).cloned().map(|name| read_slide(deck, &name)).transpose() {
            page.text = slide;
        }
        on_page(page)
    });
    rendered.map_err(|error| OfficeFailure { is_too_late: n_pages > 0, error })
}

fn draw_all(
    deck: &mut Deck,
    options: &PageOptions,
    studio: &Studio,
    warnings: Vec<String>,
    on_page: &mut OnPage<'_>,
) -> Result<PagesReport, PagesError> {
    let end = Instant::now() + options.time_max;
    let slides = deck.slides.clone();
    let mut report = PagesReport { n_pages: slides.len(), n_drawn: 0, warnings };
    if slides.len() > options.n_pages_max {
        report.warnings.push(format!("the first {} of {} slides are taken", options.n_pages_max, slides.len()));
    }
    for (idx, name) in slides.iter().enumerate().take(options.n_pages_max) {
        if Instant::now() >= end {
            report.warnings.push(format!("drawing took too long; the slides from {} on are left out", idx + 1));
            break;
        }
        let (picture, notes) = draw_slide(deck, name, options.long_side_px, studio);
        report.warnings.extend(notes.into_iter().map(|warning| format!("slide {}: {warning}", idx + 1)));
        let text = read_slide(deck, name).unwrap_or_default();
        report.n_drawn += 1;
        if on_page(Page { idx, picture, text }).is_break() {
            break;
        }
    }
    Ok(report)
}

/// Draws a slide; one that cannot be drawn is white, with a warning.
fn draw_slide(deck: &mut Deck, name: &str, long_side_px: u32, studio: &Studio) -> (Picture, Vec<String>) {
    let size = picture_size(deck.size.0, deck.size.1, long_side_px).unwrap_or((long_side_px, long_side_px));
    let drawn = tempfile::tempdir().map_err(|error| error.to_string()).and_then(|folder| {
        let (project, warnings) =
            draw::scene_of(deck, name, size, folder.path(), studio.fonts()).map_err(|error| error.to_string())?;
        let picture = still(studio, &project, size, folder.path())?;
        Ok((picture, warnings))
    });
    drawn.unwrap_or_else(|reason: String| {
        let white = vec![255; size.0 as usize * size.1 as usize * 4];
        let picture =
            Picture::from_rgba(size.0, size.1, white).expect("the length was made for the size, and no side is 0");
        (picture, vec![reason])
    })
}

fn still(studio: &Studio, project: &Project, size: (u32, u32), folder: &Path) -> Result<Picture, String> {
    let picture = studio.still(project, &SlideFiles(folder.to_owned()), &RenderOptions::default(), 0);
    let picture = picture.map_err(|error| error.to_string())?;
    // A canvas has even sides of at least 128 pixels.
    if (picture.width(), picture.height()) == size {
        Ok(picture)
    } else {
        picture.scaled(size.0, size.1).map_err(|error| error.to_string())
    }
}

/// The pictures of a slide, put into a folder under plain names.
struct SlideFiles(PathBuf);

impl Sources for SlideFiles {
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String> {
        let is_plain = name.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let path = self.0.join(&name.0);
        if is_plain && path.is_file() { Ok(path) } else { Err("it is not in the presentation".to_owned()) }
    }
}

/// Reads what is written on a slide and in its notes.
fn read_slide(deck: &mut Deck, name: &str) -> Result<PageText, PagesError> {
    let Some(slide) = deck.part(name)? else { return Ok(PageText::default()) };
    let (title, texts) = texts_of(&slide)?;
    let notes = deck.related(&slide, "notesSlide")?;
    let notes = if notes.text.is_empty() { String::new() } else { notes_of(&notes)? };
    // Without a title of its own, a slide is called by the first thing on it.
    let title = title.or_else(|| texts.first().and_then(|text| text.lines().next().map(str::to_owned)));
    Ok(PageText {
        title: title.unwrap_or_default().replace('\n', " ").chars().take(TITLE_CHARS_MAX).collect(),
        body: texts.join("\n").chars().take(TEXT_CHARS_MAX).collect(),
        notes: notes.chars().take(TEXT_CHARS_MAX).collect(),
    })
}

/// Returns the title and all texts of a slide, in order.
fn texts_of(slide: &Part) -> Result<(Option<String>, Vec<String>), PagesError> {
    let document = parse(&slide.name, &slide.text)?;
    let mut title = None;
    let mut texts = Vec::new();
    let bodies = shape_tree(document.root_element());
    // Groups and tables are gone through, too: whatever has a text body, in the order of the file.
    for body in bodies.iter().flat_map(|tree| tree.descendants()).filter(|node| is(*node, "txBody")) {
        if body.ancestors().any(|node| is(node, "Choice")) {
            continue;
        }
        let kind = body.parent().and_then(placeholder).unwrap_or_default();
        if matches!(kind, "dt" | "ftr" | "sldNum") {
            continue;
        }
        let text = words::text_of(body);
        if text.is_empty() {
            continue;
        }
        if title.is_none() && matches!(kind, "title" | "ctrTitle") {
            title = Some(text.clone());
            texts.insert(0, text);
        } else {
            texts.push(text);
        }
    }
    Ok((title, texts))
}

fn notes_of(notes: &Part) -> Result<String, PagesError> {
    let document = parse(&notes.name, &notes.text)?;
    let tree = shape_tree(document.root_element());
    let body = tree.iter().flat_map(|tree| shapes(*tree)).find(|shape| placeholder(*shape) == Some("body"));
    Ok(body.and_then(|shape| child(shape, "txBody")).map(words::text_of).unwrap_or_default())
}

/// Returns the kind of a placeholder; `obj` is what none is said about.
fn placeholder<'a>(shape: roxmltree::Node<'a, '_>) -> Option<&'a str> {
    let placeholder = at(shape, &["nvSpPr", "nvPr", "ph"])?;
    Some(attr(placeholder, "type").unwrap_or("obj"))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::os::unix::fs::PermissionsExt as _;

    use studio::StudioOptions;

    use super::super::package::tests::zip_of;
    use super::*;

    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// A presentation with a master that has a title style, and slides with the given shapes.
    struct Deckmaker {
        parts: Vec<(String, Vec<u8>)>,
    }

    impl Deckmaker {
        fn new(slides: &[&str]) -> Self {
            let mut parts = Vec::new();
            let mut add = |name: &str, text: String| parts.push((name.to_owned(), text.into_bytes()));
            let ids: String =
                (0..slides.len()).map(|idx| format!(r#"<p:sldId id="{}" r:id="r{idx}"/>"#, 256 + idx)).collect();
            let size = r#"<p:sldSz cx="9144000" cy="5143500"/>"#;
            add(
                "ppt/presentation.xml",
                format!(
                    r#"<p:presentation xmlns:p="p" xmlns:r="{RELATIONS}"><p:sldIdLst>{ids}</p:sldIdLst>{size}</p:presentation>"#
                ),
            );
            let targets: String = (0..slides.len())
                .map(|idx| relation(&format!("r{idx}"), "slide", &format!("slides/slide{idx}.xml")))
                .collect();
            add("ppt/_rels/presentation.xml.rels", relations(&targets));
            for (idx, shapes) in slides.iter().enumerate() {
                add(&format!("ppt/slides/slide{idx}.xml"), sheet("sld", shapes, ""));
                let targets = relation("r1", "slideLayout", "../slideLayouts/layout.xml")
                    + &relation("r2", "image", "../media/dot.svg")
                    + &relation("r3", "notesSlide", "../notesSlides/notes.xml");
                add(&format!("ppt/slides/_rels/slide{idx}.xml.rels"), relations(&targets));
            }
            add(
                "ppt/slideLayouts/layout.xml",
                sheet("sldLayout", &shape(Some("title"), "0 0 9144000 900000", "Click to add"), ""),
            );
            add(
                "ppt/slideLayouts/_rels/layout.xml.rels",
                relations(&relation("r1", "slideMaster", "../slideMasters/master.xml")),
            );
            let styles = r#"<p:clrMap bg1="lt1" tx1="dk1"/><p:txStyles><p:titleStyle><a:lvl1pPr algn="ctr"><a:defRPr sz="4400"><a:solidFill><a:schemeClr val="accent1"/></a:solidFill></a:defRPr></a:lvl1pPr></p:titleStyle></p:txStyles>"#;
            add("ppt/slideMasters/master.xml", sheet("sldMaster", "", styles));
            add("ppt/slideMasters/_rels/master.xml.rels", relations(&relation("r1", "theme", "../theme/theme.xml")));
            add("ppt/theme/theme.xml", r#"<a:theme xmlns:a="a"><a:themeElements><a:clrScheme><a:accent1><a:srgbClr val="FF0000"/></a:accent1></a:clrScheme></a:themeElements></a:theme>"#.to_owned());
            add("ppt/media/dot.svg", r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><rect width="2" height="2" fill="blue"/></svg>"#.to_owned());
            add("ppt/notesSlides/notes.xml", sheet("notes", &shape(Some("body"), "0 0 1 1", "Say it slowly."), ""));
            Self { parts }
        }

        fn file(&self) -> tempfile::NamedTempFile {
            let parts: Vec<(&str, &[u8])> =
                self.parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            zip_of(&parts)
        }

        fn change(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
            let part = self.parts.iter_mut().find(|(part, _)| part == name).unwrap();
            part.1 = change(std::str::from_utf8(&part.1).unwrap()).into_bytes();
            self
        }
    }

    fn relations(entries: &str) -> String {
        format!("<Relationships>{entries}</Relationships>")
    }

    fn relation(id: &str, kind: &str, target: &str) -> String {
        format!(r#"<Relationship Id="{id}" Type="{RELATIONS}/{kind}" Target="{target}"/>"#)
    }

    fn sheet(kind: &str, shapes: &str, more: &str) -> String {
        format!(
            r#"<p:{kind} xmlns:p="p" xmlns:a="a" xmlns:r="{RELATIONS}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>{more}</p:{kind}>"#
        )
    }

    fn transform(place: &str) -> String {
        let [x, y, w, h] = place.split(' ').collect::<Vec<_>>()[..] else { panic!("four numbers") };
        format!(r#"<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{w}" cy="{h}"/></a:xfrm>"#)
    }

    fn shape(placeholder: Option<&str>, place: &str, text: &str) -> String {
        let placeholder = placeholder.map(|kind| format!(r#"<p:ph type="{kind}"/>"#)).unwrap_or_default();
        let place = if place.is_empty() { String::new() } else { transform(place) };
        let paragraphs: String = text.lines().map(|line| format!("<a:p><a:r><a:t>{line}</a:t></a:r></a:p>")).collect();
        format!(
            "<p:sp><p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
        )
    }

    fn studio() -> (tempfile::TempDir, Studio) {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::open(StudioOptions { system_fonts: false, ..StudioOptions::new(folder.path()) }).unwrap();
        (folder, studio)
    }

    fn render(file: &tempfile::NamedTempFile, office: Option<&Path>) -> Result<(Vec<Page>, PagesReport), PagesError> {
        let (_folder, studio) = studio();
        let options = PageOptions { long_side_px: 320, n_pages_max: 3, ..PageOptions::default() };
        let mut pages = Vec::new();
        let report = render_pptx(file.path(), &options, &studio, office, &mut |page| {
            pages.push(page);
            ControlFlow::Continue(())
        })?;
        Ok((pages, report))
    }

    fn pixel(page: &Page, x: usize, y: usize) -> [u8; 3] {
        let at = (y * page.picture.width() as usize + x) * 4;
        page.picture.rgba()[at..at + 3].try_into().unwrap()
    }

    #[test]
    fn slides_are_drawn_and_read() {
        let box_of = |color: &str, place: &str| {
            format!(
                r#"<p:sp><p:spPr>{}<a:prstGeom prst="rect"/><a:solidFill><a:srgbClr val="{color}"/></a:solidFill></p:spPr></p:sp>"#,
                transform(place)
            )
        };
        let picture = format!(
            r#"<p:pic><p:blipFill><a:blip r:embed="r2"/></p:blipFill><p:spPr>{}</p:spPr></p:pic>"#,
            transform("4572000 2571750 4572000 2571750")
        );
        let slide = shape(Some("title"), "", "The plan")
            + &box_of("00FF00", "0 2571750 4572000 2571750")
            + &picture
            + &shape(None, "0 900000 9144000 900000", "First point\nSecond point")
            + &shape(Some("sldNum"), "0 0 100 100", "7");
        let (pages, report) = render(&Deckmaker::new(&[&slide]).file(), None).unwrap();
        assert_eq!((report.n_pages, report.warnings), (1, Vec::new()));
        let page = &pages[0];
        assert_eq!((page.picture.width(), page.picture.height()), (320, 180));
        assert_eq!(
            [pixel(page, 80, 150), pixel(page, 240, 150), pixel(page, 2, 80)],
            [[0, 255, 0], [0, 0, 255], [255; 3]]
        );
        // The title has the color and the place that master and layout give it, and is in the middle.
        let red: Vec<usize> =
            (0..320 * 32).filter(|at| pixel(page, at % 320, at / 320) == [255, 0, 0]).map(|at| at % 320).collect();
        let (left, right) = (red.iter().min().unwrap(), red.iter().max().unwrap());
        assert!(red.len() > 50 && (left + right).abs_diff(319) < 12, "{left} to {right}");
        assert_eq!(page.text.title, "The plan");
        assert_eq!(page.text.body, "The plan\nFirst point\nSecond point");
        assert_eq!(page.text.notes, "Say it slowly.");
    }

    #[test]
    fn hidden_slides_are_left_out_and_there_is_an_end_to_slides() {
        let deck = Deckmaker::new(&["", "", "", "", ""]);
        let deck = deck.change("ppt/slides/slide1.xml", |text| text.replace("<p:sld ", "<p:sld show=\"0\" "));
        let (pages, report) = render(&deck.file(), None).unwrap();
        assert_eq!((pages.len(), report.n_pages), (3, 4));
        assert!(report.warnings[0].contains("first 3 of 4"));
    }

    #[test]
    fn what_is_broken_in_one_slide_leaves_the_others() {
        let table = r#"<p:graphicFrame><p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm></p:graphicFrame>"#;
        let missing = r#"<p:pic><p:blipFill><a:blip r:embed="r9"/></p:blipFill><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></a:xfrm></p:spPr></p:pic>"#;
        let deck = Deckmaker::new(&["", &(table.to_owned() + missing), &shape(None, "nan 1e400 -5 inf", "Far")]);
        let deck = deck.change("ppt/slides/slide0.xml", |text| text.replace("</p:sld>", ""));
        let (pages, report) = render(&deck.file(), None).unwrap();
        assert_eq!(pages.len(), 3);
        assert!(report.warnings[0].starts_with("slide 1: the file is not"), "{:?}", report.warnings);
        assert!(report.warnings[1..].iter().any(|it| it.contains("slide 2: a chart")), "{:?}", report.warnings);
        assert!(report.warnings[1..].iter().any(|it| it.contains("slide 2: a picture")), "{:?}", report.warnings);
    }

    #[test]
    fn files_that_are_no_presentations_say_so() {
        let error = |file: tempfile::NamedTempFile| render(&file, None).unwrap_err().to_string();
        assert!(error(zip_of(&[("a", b"b")])).contains("no list of slides"));
        assert!(error(Deckmaker::new(&[]).file()).contains("no slides"));
    }

    #[test]
    fn the_office_program_is_asked_first_and_its_failure_is_no_end() {
        let tools = tempfile::tempdir().unwrap();
        let office = tools.path().join("soffice");
        std::fs::write(&office, "#!/bin/sh\nexit 1\n").unwrap();
        std::fs::set_permissions(&office, std::fs::Permissions::from_mode(0o755)).unwrap();
        let deck = Deckmaker::new(&[&shape(Some("title"), "", "Hello")]);
        let (pages, report) = render(&deck.file(), Some(&office)).unwrap();
        assert_eq!(pages[0].text.title, "Hello");
        assert!(report.warnings[0].contains("drawn without it"), "{:?}", report.warnings);
        // What is linked from elsewhere is no business of a program that would load it.
        let linked = relation("r9", "image", "http://169.254.169.254/").replace("/>", " TargetMode=\"External\"/>");
        let deck = deck.change("ppt/slides/_rels/slide0.xml.rels", |text| {
            text.replace("</Relationships>", &(linked.clone() + "</Relationships>"))
        });
        let (_, report) = render(&deck.file(), Some(&office)).unwrap();
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }
}
