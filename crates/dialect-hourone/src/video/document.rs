//! What is kept of a request with the video and the draft that it made.

use engine::film::Film;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::request::{Kind, Request};
use crate::make::{Made, Used};

/// The request as it came, and what a video shows of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    /// The body of the request.
    pub(crate) request: Value,
    /// Which characters, voices and palettes are used.
    pub(crate) used: Used,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_draft_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipe_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scenes: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) palette: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) global_media_elements: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Map<String, Value>>,
}

impl Document {
    pub(crate) fn new(body: &Map<String, Value>, request: &Request, made: &Made) -> Self {
        let (source_draft_id, recipe_id, template_id) = match &request.kind {
            Kind::Override(given) => (given.source_draft_id.clone(), given.recipe_id.clone(), None),
            Kind::Create(given) => (None, None, Some(given.template_id.clone())),
            // A workflow is a draft.
            Kind::Workflow(given) => (Some(given.workflow_id.clone()), None, None),
        };
        Self {
            request: Value::Object(body.clone()),
            used: made.used.clone(),
            source_draft_id,
            recipe_id,
            template_id,
            scenes: request.shown_scenes(),
            palette: request.shown_palette(),
            global_media_elements: request.shown_global_media(),
            metadata: request.common.metadata.clone(),
        }
    }

    /// Reads what was kept with a film.
    pub(crate) fn of(film: &Film) -> Self {
        // Written by `new`; should a later version have written more, what is known of it is read.
        serde_json::from_value(film.document.clone()).unwrap_or_default()
    }
}
