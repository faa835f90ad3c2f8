//! Dynamic videos: scenes in a template's layouts, slots filled by their ids.

use std::collections::{BTreeMap, BTreeSet};

use engine::film::MaterialKind;
use engine::film::catalog::{Catalog, CatalogLayout, CatalogTemplate};
use stage::document::{AssetRef, Color, Project, Scene};

use super::slots::{self, Media, Speech};
use super::source::stand_in;
use super::{Made, Materials, Used, blueprint};
use crate::error::ApiError;
use crate::problems::Fault;
use crate::video::request::{Common, Create, CreateScene, MediaElement};

/// What scenes are made with.
struct Maker<'a> {
    catalog: &'a Catalog,
    template: &'a CatalogTemplate,
    common: &'a Common,
    materials: &'a Materials,
    warnings: Vec<String>,
}

/// Makes the document.
pub(super) fn make(
    catalog: &Catalog,
    common: &Common,
    given: &Create,
    materials: &Materials,
) -> Result<Made, ApiError> {
    let mut warnings = Vec::new();
    let known = catalog.template(&given.template_id);
    let stand_in_id = stand_in(catalog)?.id;
    let template = known.or_else(|| catalog.template(&stand_in_id));
    let template = template.ok_or_else(|| ApiError::not_found("Template"))?;
    if known.is_none() {
        let text =
            format!("the template `{}` is not known here, `{}` stands in for it", given.template_id, template.name);
        warnings.push(text);
    }
    let mut project = Project { scenes: Vec::new(), ..template.project.clone() };
    if let Some(id) = &common.palette_id {
        warnings.extend(blueprint::put_palette(catalog, &mut project, &template.roles, id));
    }
    if let Some(colors) = given.palette.as_ref().filter(|colors| !colors.is_empty()) {
        match put_colors(&mut project, &template.roles, colors) {
            Err(text) if known.is_some() => return Err(ApiError::invalid(&["body", "palette"], Fault::rule(text))),
            Err(text) => warnings.push(text),
            Ok(()) => {}
        }
    }
    let mut maker = Maker { catalog, template, common, materials, warnings };
    for (index, scene) in given.scenes.iter().enumerate() {
        let scene = maker.scene(&mut project, scene, index);
        project.scenes.extend(scene);
    }
    maker.put_global_media(&mut project, given.global_media.as_deref().unwrap_or_default());
    let name = common.name.clone().unwrap_or_else(|| template.name.clone());
    project.name.clone_from(&name);
    let used = Used {
        palette_id: common.palette_id.clone(),
        character_id: common.character_id.clone(),
        voice_id: common.voice_id.clone(),
    };
    Ok(Made { name, project, used, template_id: template.id.clone(), warnings: maker.warnings })
}

/// Colors a document; as many colors as there are, and a text that says the right number where that is another.
fn put_colors(project: &mut Project, roles: &[String], colors: &[String]) -> Result<(), String> {
    for (role, text) in roles.iter().zip(colors) {
        let color: Result<Color, _> = format!("#{}", text.trim_start_matches('#')).parse();
        // Whatever was read as a color is one.
        if let Ok(color) = color {
            project.palette.insert(role.clone(), color);
        }
    }
    if roles.len() == colors.len() {
        return Ok(());
    }
    Err(format!("the palette of this template has {} colors, not {}", roles.len(), colors.len()))
}

impl<'a> Maker<'a> {
    fn scene(&mut self, project: &mut Project, given: &CreateScene, index: usize) -> Option<Scene> {
        let mut scene = match self.layout(project, given) {
            Some(layout) => layout.scene.clone(),
            // A template without layouts has scenes all the same.
            None => self.template.project.scenes.iter().cycle().nth(index)?.clone(),
        };
        given.name.clone_into(&mut scene.id);
        self.put_media(&mut scene, given, index);
        self.put_texts(&mut scene, given, index);
        if let Some(id) = given.character_id.as_ref().or(self.common.character_id.as_ref()) {
            slots::recast(&mut scene, id);
        }
        let voice = given.voice_id.as_ref().or(self.common.voice_id.as_ref());
        let speech = Speech {
            text: given.transcript.as_deref(),
            recording: given.voice_recording_url.as_deref(),
            voice: voice.map(String::as_str),
        };
        slots::say(&mut scene, speech);
        Some(scene)
    }

    /// Finds a scene's layout in the template, else in another one of the same shape, else the one that fits best.
    fn layout(&mut self, project: &mut Project, given: &CreateScene) -> Option<&'a CatalogLayout> {
        let own = &self.template.layouts;
        if let Some(layout) = own.iter().find(|layout| layout.id == given.layout_id) {
            return Some(layout);
        }
        let others = self.catalog.templates().iter().filter(|other| other.orientation() == self.template.orientation());
        for other in others.filter(|other| other.project.canvas == self.template.project.canvas) {
            if let Some(layout) = other.layouts.iter().find(|layout| layout.id == given.layout_id) {
                for (role, color) in &other.project.palette {
                    project.palette.entry(role.clone()).or_insert(*color);
                }
                return Some(layout);
            }
        }
        let layout = own.iter().min_by_key(|layout| misfit(layout, given))?;
        let text = format!("the layout `{}` is not known here, `{}` stands in for it", given.layout_id, layout.name);
        self.warnings.push(text);
        Some(layout)
    }

    fn put_media(&mut self, scene: &mut Scene, given: &CreateScene, index: usize) {
        let elements = given.media.as_deref().unwrap_or_default();
        let ids = elements.iter().map(|element| element.id.as_deref());
        let places = places(&slots::media_slots(scene), ids);
        for (element, slot) in elements.iter().zip(places) {
            let Some(media) = self.media(element) else { continue };
            let is_shown = slot.as_ref().is_some_and(|slot| slots::put_media(scene, slot, &media));
            if !is_shown {
                self.warnings.push(no_slot(element.id.as_deref(), "media element", index));
            }
        }
    }

    fn put_texts(&mut self, scene: &mut Scene, given: &CreateScene, index: usize) {
        let elements = given.texts.as_deref().unwrap_or_default();
        let all = slots::text_slots(scene);
        let places = places(&all, elements.iter().map(|element| element.id.as_deref()));
        // Texts that are left out are not drawn, whatever the layout shows as an example.
        let mut texts: BTreeMap<String, String> = all.into_iter().map(|slot| (slot, String::new())).collect();
        for (element, slot) in elements.iter().zip(places) {
            match slot {
                Some(slot) => drop(texts.insert(slot, element.text.clone())),
                None => self.warnings.push(no_slot(element.id.as_deref(), "text", index)),
            }
        }
        slots::put_texts(self.catalog, scene, texts);
    }

    /// Returns what an element shows; none for one that names nothing that is there.
    fn media(&mut self, element: &MediaElement) -> Option<Media> {
        if let Some(url) = &element.url {
            return Some(Media::of_url(url));
        }
        let id = element.media_id.as_ref()?;
        let kind = self.materials.get(id).copied();
        match kind {
            Some(kind @ (MaterialKind::Image | MaterialKind::Video)) => {
                Some(Media { asset: AssetRef(format!("material:{id}")), is_video: kind == MaterialKind::Video })
            }
            _ => {
                self.warnings.push(format!("the medium `{id}` is not known here"));
                None
            }
        }
    }

    /// Fills what has the same id in any scene; a medium that has no place is shown as a logo.
    fn put_global_media(&mut self, project: &mut Project, elements: &[MediaElement]) {
        for element in elements {
            let Some(media) = self.media(element) else { continue };
            let mut is_shown = false;
            if let Some(id) = &element.id {
                for scene in &mut project.scenes {
                    is_shown |= slots::put_media(scene, id, &media);
                }
            }
            if is_shown {
                continue;
            }
            if project.watermark.is_none() && !media.is_video {
                blueprint::put_logo(project, &media.asset.0);
            } else {
                self.warnings.push("a global media element has no place in these layouts".to_owned());
            }
        }
    }
}

/// Says how badly a layout fits: slots that are missing count more than slots that stay empty.
fn misfit(layout: &CatalogLayout, given: &CreateScene) -> (usize, usize) {
    let media = (layout.media_slots().count(), given.media.as_ref().map_or(0, Vec::len));
    let texts = (layout.text_slots().count(), given.texts.as_ref().map_or(0, Vec::len));
    let missing = media.1.saturating_sub(media.0) + texts.1.saturating_sub(texts.0);
    let unused = media.0.saturating_sub(media.1) + texts.0.saturating_sub(texts.1);
    (missing, unused)
}

/// Returns a slot for each element: the one it names, or the next that no element names.
fn places<'a>(all: &[String], ids: impl Iterator<Item = Option<&'a str>> + Clone) -> Vec<Option<String>> {
    let named: BTreeSet<&str> = ids.clone().flatten().collect();
    let mut free = all.iter().filter(|slot| !named.contains(slot.as_str()));
    ids.map(|id| match id {
        Some(id) => all.iter().find(|slot| *slot == id).cloned(),
        None => free.next().cloned(),
    })
    .collect()
}

fn no_slot(id: Option<&str>, what: &str, index: usize) -> String {
    let scene = index + 1;
    match id {
        Some(id) => format!("scene {scene} has no slot `{id}` for a {what}"),
        None => format!("scene {scene} has no slot left for a {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_without_an_id_take_the_slots_that_nobody_names() {
        let slots = ["A", "B", "C"].map(str::to_owned).to_vec();
        let of = |ids: &[Option<&'static str>]| {
            let places = places(&slots, ids.iter().copied());
            places.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(",")
        };
        assert_eq!(of(&[None, Some("A"), None]), "B,A,C");
        assert_eq!(of(&[None, None, None, None]), "A,B,C,");
        assert_eq!(of(&[Some("X"), None]), ",A");
        assert_eq!(of(&[Some("C"), Some("C")]), "C,C");
    }
}
