//! `/voice-preview`: a text said by the voice of a draft.

use axum::response::Response;
use engine::Door;
use engine::film::{Material, MaterialId, MaterialKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{Call, Placement};
use crate::error::{ApiError, ErrorTable, missing};
use crate::fields::{Length, SHORT};
use crate::frame::{created, ok};
use crate::make::{draft, stand_in};
use crate::path::At;
use crate::problems::Fault;

/// How long the text may be, in characters.
const TRANSCRIPT: Length = 1..=500;
/// Under which the engine keeps what was spoken at once.
const SPEECH: &str = "speech";

/// A text to be said.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewPreview {
    /// At most 500 characters.
    #[schema(example = "Hello and welcome to our shop.")]
    transcript: String,
    /// The draft whose voice says it.
    #[schema(example = "65a0c0ffee00000000000001")]
    source_draft_id: String,
}

/// A text that is being said. This server is quick: it is said before this is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    id: String,
    transcript: String,
    voice_id: String,
    req_id: String,
    /// `in_progress`, `ready` or `failed`; always `ready` here.
    #[schema(value_type = String)]
    status: &'static str,
}

/// What became of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewTask {
    id: String,
    req_id: String,
    /// `in_progress`, `ready` or `failed`; always `ready` here.
    #[schema(value_type = String)]
    status: &'static str,
    /// The recording, a WAV file; it needs no key.
    url: String,
}

/// Has the voice of a draft say a text. A draft that is not known here is replaced by a template, with a warning.
#[utoipa::path(
    post, path = "/api/v1/voice-preview", operation_id = "houroneCreateVoicePreview", tag = "voice-preview",
    params(
        ("workspace-id" = Option<String>, Header, description = "Checked as for videos"),
        ("team-id" = Option<String>, Header, description = "Checked as for videos")
    ),
    request_body(content = NewPreview),
    responses((status = 201, description = "The task", body = Preview), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, placement: Placement, body: Body) -> Result<Response, ApiError> {
    let (transcript, draft_id) = body.read(|body| {
        let transcript = body.required_text("transcript", TRANSCRIPT);
        if transcript.trim().is_empty() && !transcript.is_empty() {
            body.blame("transcript", Fault::too_short(*TRANSCRIPT.start()));
        }
        (transcript, body.required_text("source_draft_id", SHORT))
    })?;
    placement.admitted(&call).await?;
    let catalog = call.engine.catalog()?;
    let mut warnings = Vec::new();
    let source = match draft(&call, catalog, &draft_id).await? {
        Some(source) => source,
        None => {
            let source = stand_in(catalog)?;
            warnings.push(format!("the draft `{draft_id}` is not known here, `{}` stands in for it", source.name));
            source
        }
    };
    let voice_id = source.used.voice_id.unwrap_or_default();
    let spoken = call.engine.speak(&call.caller, Door::Hourone, &transcript, &voice_id, None).await?;
    warnings.extend(spoken.warnings);
    let id = spoken.material.id.to_string();
    let voice_id = if voice_id.is_empty() { spoken.voice_id } else { voice_id };
    // Our choice: a task and its request have one name.
    let preview = Preview { id: id.clone(), transcript, voice_id, req_id: id, status: "ready" };
    created(&preview, &warnings)
}

/// Finds a recording.
#[utoipa::path(
    get, path = "/api/v1/voice-preview/{task_id}", operation_id = "houroneVoicePreview", tag = "voice-preview",
    params(("task_id" = String, Path, description = "The task")),
    responses((status = 200, description = "The task", body = PreviewTask), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let what = "Voice preview";
    let found = call.engine.material(call.account(), &MaterialId::from_text(id)).await.map_err(missing(what))?;
    if !is_preview(&found) {
        return Err(ApiError::not_found(what));
    }
    let id = found.id.to_string();
    ok(&PreviewTask { id: id.clone(), req_id: id, status: "ready", url: call.engine.material_url(&found) })
}

fn is_preview(material: &Material) -> bool {
    material.door == Door::Hourone && material.kind == MaterialKind::Audio && material.tag == SPEECH
}
