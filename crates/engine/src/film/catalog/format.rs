//! The files that palettes and templates are kept in; `catalog/README.md` describes them for people.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stage::Project;
use stage::document::{AssetRef, Canvas, Captions, Color, Scene, Soundtrack};

use super::fill::{SlotContents, SlotMedia};
use super::{CatalogLayout, CatalogPalette, CatalogTemplate, LayoutPurpose};

/// The version of both formats.
const VERSION: u32 = 1;
/// The categories of templates.
const CATEGORIES: [&str; 3] = ["social", "business", "education"];
/// Most colors of a palette, most layouts and most scenes of a template.
const N_COLORS_MAX: usize = 16;
const N_LAYOUTS_MAX: usize = 100;
const N_SCENES_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaletteFile {
    version: u32,
    id: Option<String>,
    name: String,
    colors: Vec<Color>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    version: u32,
    id: Option<String>,
    name: String,
    category: String,
    #[serde(default)]
    canvas: Canvas,
    palette: Vec<RoleColor>,
    captions: Option<Captions>,
    soundtrack: Option<Soundtrack>,
    layouts: Vec<LayoutFile>,
    scenes: Vec<SceneFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleColor {
    role: String,
    color: Color,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    id: Option<String>,
    name: String,
    #[serde(default)]
    purpose: LayoutPurpose,
    scene: Value,
}

/// A scene of a template's own video: a layout, and what is in its slots.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneFile {
    layout: String,
    #[serde(default)]
    texts: BTreeMap<String, String>,
    #[serde(default)]
    pictures: BTreeMap<String, AssetRef>,
    #[serde(default)]
    say: String,
    voice: Option<String>,
    language: Option<String>,
}

/// Reads a palette; `stem` is the file's name without its ending, for the id.
pub(super) fn read_palette(text: &str, stem: &str) -> Result<CatalogPalette, String> {
    let file: PaletteFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    check_version(file.version)?;
    if file.colors.is_empty() || file.colors.len() > N_COLORS_MAX {
        return Err(format!("`colors` needs 1 to {N_COLORS_MAX} colors"));
    }
    let id = id_of(file.id, &["palette", stem])?;
    Ok(CatalogPalette { id, name: file.name, colors: file.colors })
}

/// Reads a template; `stem` is the file's name without its ending, for the ids.
pub(super) fn read_template(text: &str, stem: &str) -> Result<CatalogTemplate, String> {
    let file: TemplateFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    check_version(file.version)?;
    if !CATEGORIES.contains(&file.category.as_str()) {
        return Err(format!("`category` must be one of {}, is `{}`", CATEGORIES.join(", "), file.category));
    }
    check_count("layouts", file.layouts.len(), N_LAYOUTS_MAX)?;
    check_count("scenes", file.scenes.len(), N_SCENES_MAX)?;
    let roles: Vec<String> = file.palette.iter().map(|entry| entry.role.clone()).collect();
    if roles.iter().collect::<BTreeSet<_>>().len() != roles.len() {
        return Err("`palette` has a role twice".to_owned());
    }
    let palette: BTreeMap<String, Color> = file.palette.into_iter().map(|entry| (entry.role, entry.color)).collect();
    let mut frame = json!({ "version": 1, "name": file.name, "canvas": file.canvas, "palette": palette });
    if let Some(captions) = file.captions {
        frame["captions"] = json!(captions);
    }
    if let Some(soundtrack) = file.soundtrack {
        frame["soundtrack"] = json!(soundtrack);
    }
    let id = id_of(file.id, &["template", stem])?;
    let mut layouts = Vec::new();
    for layout in file.layouts {
        layouts.push(read_layout(layout, &frame, stem)?);
    }
    if layouts.iter().map(|layout| &layout.id).collect::<BTreeSet<_>>().len() != layouts.len() {
        return Err("two layouts have the same id or name".to_owned());
    }
    let mut scenes = Vec::new();
    for scene in file.scenes {
        scenes.push(read_scene(scene, &layouts)?);
    }
    let project = with_scenes(&frame, &scenes)?;
    Ok(CatalogTemplate { id, name: file.name, category: file.category, roles, project, layouts })
}

fn read_layout(file: LayoutFile, frame: &Value, stem: &str) -> Result<CatalogLayout, String> {
    let id = id_of(file.id, &["layout", stem, &file.name])?;
    let named = |error: String| format!("layout `{}`: {error}", file.name);
    let mut project = with_scenes(frame, &[file.scene]).map_err(named)?;
    let scene = project.scenes.remove(0);
    Ok(CatalogLayout { id, name: file.name, purpose: file.purpose, scene })
}

fn read_scene(file: SceneFile, layouts: &[CatalogLayout]) -> Result<Scene, String> {
    let layout = layouts.iter().find(|layout| layout.name == file.layout || layout.id == file.layout);
    let layout = layout.ok_or_else(|| format!("a scene has the layout `{}`, which is not there", file.layout))?;
    let slots: BTreeSet<&str> = layout.text_slots().chain(layout.media_slots()).collect();
    if let Some(slot) = file.texts.keys().chain(file.pictures.keys()).find(|slot| !slots.contains(slot.as_str())) {
        return Err(format!("layout `{}` has no slot `{slot}`", layout.name));
    }
    let media = file.pictures.into_iter().map(|(slot, picture)| (slot, SlotMedia::Picture(picture)));
    let contents = SlotContents {
        texts: file.texts,
        media: media.collect(),
        transcript: file.say,
        voice: file.voice,
        language: file.language,
        ..SlotContents::default()
    };
    Ok(layout.filled(&contents))
}

/// Makes a document of the frame that all of a template's scenes share.
fn with_scenes<S: serde::Serialize>(frame: &Value, scenes: &[S]) -> Result<Project, String> {
    let mut document = frame.clone();
    document["scenes"] = json!(scenes);
    Project::from_value(document).map_err(|error| error.to_string())
}

fn check_version(version: u32) -> Result<(), String> {
    if version == VERSION { Ok(()) } else { Err(format!("`version` must be {VERSION}, is {version}")) }
}

fn check_count(what: &str, n: usize, max: usize) -> Result<(), String> {
    if (1..=max).contains(&n) { Ok(()) } else { Err(format!("`{what}` needs 1 to {max} entries, has {n}")) }
}

/// Checks an id that a file gives, or makes one of names, the same at every start.
fn id_of(given: Option<String>, names: &[&str]) -> Result<String, String> {
    let Some(id) = given else {
        let hash = names.iter().fold(Sha256::new(), |hash, name| hash.chain_update(name).chain_update([0]));
        return Ok(hex::encode(&hash.finalize()[..12]));
    };
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = id.len() == 24 && id.bytes().all(is_hex);
    if fits { Ok(id) } else { Err(format!("`id` must be 24 of the digits 0-9 and a-f, is `{id}`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(change: impl FnOnce(&mut Value)) -> Result<CatalogTemplate, String> {
        let mut file = json!({
            "version": 1, "name": "Mine", "category": "social",
            "palette": [{ "role": "ink", "color": "#123456" }],
            "layouts": [{ "name": "One", "scene": { "layers": [
                { "id": "TEXT-001", "type": "text", "text": "Hello", "color": "$ink" },
                { "id": "AVATAR", "type": "avatar", "avatar": "chen" }
            ] } }],
            "scenes": [{ "layout": "One", "texts": { "TEXT-001": "Hi" }, "say": "Hi there." }]
        });
        change(&mut file);
        read_template(&file.to_string(), "mine")
    }

    #[test]
    fn a_template_becomes_a_document() {
        let template = template(|_| {}).unwrap();
        assert_eq!(template.roles, ["ink"]);
        assert_eq!(template.layouts[0].text_slots().collect::<Vec<_>>(), ["TEXT-001"]);
        let scene = &template.project.scenes[0];
        assert_eq!(scene.narration[0].speaker.as_deref(), Some("AVATAR"));
        assert!(serde_json::to_string(scene).unwrap().contains(r#""text":"Hi""#));
    }

    #[test]
    fn ids_that_are_not_given_are_made_of_names() {
        let (one, two) = (template(|_| {}).unwrap(), template(|_| {}).unwrap());
        assert_eq!((one.id.len(), &one.id, &one.layouts[0].id), (24, &two.id, &two.layouts[0].id));
        assert_ne!(one.id, one.layouts[0].id);
    }

    #[test]
    fn faults_are_named() {
        let fault = |change: fn(&mut Value)| template(change).unwrap_err();
        assert!(fault(|it| it["version"] = json!(2)).contains("`version` must be 1"));
        assert!(fault(|it| it["category"] = json!("fun")).contains("`category` must be one of"));
        assert!(fault(|it| it["id"] = json!("XYZ")).contains("`id` must be 24"));
        assert!(fault(|it| it["color"] = json!(1)).contains("unknown field `color`"));
        assert!(fault(|it| it["scenes"] = json!([])).contains("`scenes` needs 1 to 100"));
        assert!(fault(|it| it["scenes"][0]["layout"] = json!("Two")).contains("`Two`, which is not there"));
        assert!(fault(|it| it["scenes"][0]["texts"] = json!({ "TEXT-009": "" })).contains("no slot `TEXT-009`"));
        let role = fault(|it| it["layouts"][0]["scene"]["layers"][0]["color"] = json!("$paper"));
        assert!(role.contains("layout `One`") && role.contains("scenes[0].layers[0].color"), "{role}");
        let twice = fault(|it| {
            let layout = it["layouts"][0].clone();
            it["layouts"].as_array_mut().unwrap().push(layout);
        });
        assert!(twice.contains("two layouts"), "{twice}");
    }

    #[test]
    fn palettes_have_colors() {
        let palette = read_palette(r##"{"version": 1, "name": "Sea", "colors": ["#036", "white"]}"##, "sea").unwrap();
        assert_eq!(palette.colors[1], Color::rgb(255, 255, 255));
        assert!(read_palette(r#"{"version": 1, "name": "Sea", "colors": []}"#, "sea").unwrap_err().contains("1 to 16"));
    }
}
