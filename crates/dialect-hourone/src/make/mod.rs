//! From a request to a scene document: the vendor's drafts, layouts, slots and palettes in our words.
//!
//! What a request names and is not here (a draft, a template, a layout, a palette) has a stand-in that is shipped, and a warning says
//! so: requests copied from the vendor's pages make playable videos. Characters and voices have theirs in the studio.

mod blueprint;
mod dynamic;
mod slots;
mod source;
mod workflow;

use std::collections::BTreeMap;

use engine::film::catalog::Catalog;
use engine::film::{MaterialId, MaterialKind};
use serde::{Deserialize, Serialize};
use stage::document::Project;

use crate::call::Call;
use crate::error::ApiError;
use crate::video::request::{Create, Kind, MediaElement, Request};

pub(crate) use slots::{media_slots, text_of, text_slots, transcript_of};
pub(crate) use source::{Source, draft, stand_in};

/// The ids of what a video is made with, as the caller wrote them, or as its source has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Used {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) palette_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) character_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) voice_id: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) project: Project,
    pub(crate) used: Used,
    /// The template whose roles the palette has; empty if unknown.
    pub(crate) template_id: String,
    /// What the document says and the video will not show.
    pub(crate) warnings: Vec<String>,
}

/// What the materials are that a request names; those that are not the caller's are missing.
pub(crate) type Materials = BTreeMap<String, MaterialKind>;

/// Makes the scene document of a request.
///
/// # Errors
/// [`ApiError::Invalid`] for numbers of scenes or colors that do not fit; [`ApiError::NotFound`] for a workflow.
pub(crate) async fn make(call: &Call, request: &Request) -> Result<Made, ApiError> {
    let catalog = call.engine.catalog()?;
    match &request.kind {
        Kind::Override(given) => {
            let (source, warnings) = source::of_override(call, catalog, given).await?;
            blueprint::make(catalog, &request.common, given, source, warnings)
        }
        Kind::Create(given) => {
            let materials = materials(call, given).await?;
            dynamic::make(catalog, &request.common, given, &materials)
        }
        Kind::Workflow(given) => {
            let source = draft(call, catalog, &given.workflow_id).await?;
            let source = source.ok_or_else(|| ApiError::not_found("Workflow"))?;
            workflow::make(&request.common, given, source)
        }
    }
}

/// Says which of the ids in use are not known here, for the answer; the studio warns of them itself when it renders.
pub(crate) fn strangers(catalog: &Catalog, used: &Used) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(id) = &used.character_id
        && catalog.avatar(slots::split_character(id).0).is_none()
    {
        notes.push(format!("the character `{id}` is not known here, another one is shown"));
    }
    if let Some(id) = &used.voice_id
        && catalog.voice(id).is_none()
    {
        notes.push(format!("the voice `{id}` is not known here, another one speaks"));
    }
    notes
}

async fn materials(call: &Call, given: &Create) -> Result<Materials, ApiError> {
    let in_scenes = given.scenes.iter().flat_map(|scene| scene.media.iter().flatten());
    let elements = in_scenes.chain(given.global_media.iter().flatten());
    let mut found = Materials::new();
    for id in elements.filter_map(|element: &MediaElement| element.media_id.as_ref()) {
        if found.contains_key(id) {
            continue;
        }
        match call.engine.material(call.account(), &MaterialId::from_text(id.as_str())).await {
            Ok(material) => {
                found.insert(id.clone(), material.kind);
            }
            Err(engine::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
