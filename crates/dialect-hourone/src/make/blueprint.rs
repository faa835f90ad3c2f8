//! Overrides: a source with some of it changed.

use engine::film::catalog::Catalog;
use stage::document::{AssetRef, Corner, Fit, LayerKind, Project, Scene, Watermark};

use super::slots::{self, Media, Speech};
use super::{Made, Source, Used};
use crate::error::ApiError;
use crate::problems::Fault;
use crate::video::request::{Common, Override, OverrideScene};

/// The id of a layer that shows a logo.
const LOGO: &str = "LOGO";
/// The width of a logo that has no layer, as a share of the canvas; our choice.
const LOGO_SIZE: f64 = 0.12;

/// Makes the document.
pub(super) fn make(
    catalog: &Catalog,
    common: &Common,
    given: &Override,
    source: Source,
    mut warnings: Vec<String>,
) -> Result<Made, ApiError> {
    let Source { name, mut project, used, template_id, roles, is_stand_in, .. } = source;
    if let Some(scenes) = &given.scenes {
        if is_stand_in {
            project.scenes = as_many(&project.scenes, scenes.len());
        }
        change_scenes(catalog, &mut project.scenes, scenes)?;
    }
    for scene in &mut project.scenes {
        if let Some(id) = &common.character_id {
            slots::recast(scene, id);
        }
        if let Some(id) = &common.voice_id {
            slots::revoice(scene, id);
        }
    }
    let mut used = Used {
        palette_id: used.palette_id,
        character_id: common.character_id.clone().or(used.character_id),
        voice_id: common.voice_id.clone().or(used.voice_id),
    };
    if let Some(id) = &common.palette_id {
        warnings.extend(put_palette(catalog, &mut project, &roles, id));
        used.palette_id = Some(id.clone());
    }
    if let Some(url) = &given.logo_url {
        put_logo(&mut project, url);
    }
    let name = common.name.clone().unwrap_or(name);
    project.name.clone_from(&name);
    Ok(Made { name, project, used, template_id, warnings })
}

/// Repeats a template's scenes, or leaves the last ones out.
fn as_many(scenes: &[Scene], n: usize) -> Vec<Scene> {
    scenes.iter().cycle().take(n).cloned().collect()
}

fn change_scenes(catalog: &Catalog, scenes: &mut [Scene], given: &[OverrideScene]) -> Result<(), ApiError> {
    if scenes.len() != given.len() {
        let text = format!("the source draft has {} scenes, not {}", scenes.len(), given.len());
        return Err(ApiError::invalid(&["body", "scenes"], Fault::rule(text)));
    }
    for (scene, given) in scenes.iter_mut().zip(given) {
        change_scene(catalog, scene, given);
    }
    Ok(())
}

/// Fills slots in their order. What is too much is ignored; what is missing stays as it is.
fn change_scene(catalog: &Catalog, scene: &mut Scene, given: &OverrideScene) {
    for (slot, url) in slots::media_slots(scene).iter().zip(given.media.iter().flatten()) {
        if !url.is_empty() {
            slots::put_media(scene, slot, &Media::of_url(url));
        }
    }
    let texts = slots::text_slots(scene).into_iter().zip(given.texts.iter().flatten().cloned());
    slots::put_texts(catalog, scene, texts.collect());
    let recording = given.voice_recording_url.as_deref();
    if given.transcript.is_some() || recording.is_some() {
        slots::say(scene, Speech { text: given.transcript.as_deref(), recording, voice: None });
    }
    given.name.clone_into(&mut scene.id);
}

/// Colors a document with a palette; a warning if there is no such palette.
pub(super) fn put_palette(catalog: &Catalog, project: &mut Project, roles: &[String], id: &str) -> Option<String> {
    let Some(palette) = catalog.palette(id) else {
        return Some(format!("the palette `{id}` is not known here, the colors stay as they are"));
    };
    for (role, color) in roles.iter().zip(&palette.colors) {
        project.palette.insert(role.clone(), *color);
    }
    None
}

/// Shows a logo in the layers that are meant for one, or else in a corner of every scene.
pub(super) fn put_logo(project: &mut Project, url: &str) {
    let mut is_shown = false;
    for layer in project.scenes.iter_mut().flat_map(|scene| &mut scene.layers).filter(|layer| layer.id == LOGO) {
        layer.kind = LayerKind::Image { image: AssetRef(url.to_owned()), fit: Fit::default() };
        is_shown = true;
    }
    if !is_shown {
        project.watermark = Some(Watermark {
            image: Some(AssetRef(url.to_owned())),
            text: String::new(),
            corner: Corner::TopRight,
            opacity: 1.0,
            size: LOGO_SIZE,
        });
    }
}
