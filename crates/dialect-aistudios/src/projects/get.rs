//! `GET /editor/project/{id}`: the whole project.

use engine::Engine;
use engine::film::Film;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{completed, progress_of, state_word};
use crate::call::{At, Call};
use crate::document;
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::time::iso;

/// What a project is a file of; our choice, as the vendor does not say.
const EXPORT_TYPE: &str = "mp4";

/// The answer's `data`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whole {
    /// The document as it was sent, and what the server knows.
    #[schema(value_type = StoredProject)]
    project: Value,
}

/// What the server adds to the document that was sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct StoredProject {
    _id: String,
    name: String,
    orientation: String,
    /// With both `clips[].script` and `scripts`, whichever of them was sent.
    #[schema(value_type = Vec<Object>)]
    scenes: Vec<Value>,
    userId: String,
    templateId: Option<String>,
    /// `waiting`, `exporting`, `exported` or `failed`.
    state: String,
    thumbnailUrl: Option<String>,
    baseInfoId: String,
    backendTaskId: String,
    exportType: String,
    /// 0 to 100; 100 once there is a `download_url`.
    progress: i64,
    creditSubstracted: bool,
    createdAt: String,
    updatedAt: String,
    download_url: Option<String>,
    /// What is not as the document says, for people.
    warnings: Vec<String>,
    error: Option<String>,
}

/// Finds a project.
#[utoipa::path(
    get, path = "/api/odin/v3/editor/project/{id}", operation_id = "aistudiosProject", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "The project", body = Data<Whole>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn get(call: Call, At(id): At) -> Result<Answer> {
    let film = call.project(&id).await?;
    Answer::data(Whole { project: whole(&call.engine, &film) })
}

/// Returns the document with what the server knows. The server's members count more than copies of them that were sent.
fn whole(engine: &Engine, film: &Film) -> Value {
    let mut project = completed(film);
    let poster = engine.film_url(film, "jpg");
    if let Some(picture) = project.pointer_mut("/scenes/0/thumbnailUrl").filter(|picture| picture.is_null()) {
        *picture = json!(poster);
    }
    if let Some(members) = project.as_object_mut() {
        members.entry("orientation").or_insert_with(|| "landscape".into());
        members.entry("dictionary").or_insert(Value::Null);
        members.extend(known(engine, film, poster.as_deref()));
    }
    project
}

fn known(engine: &Engine, film: &Film, poster: Option<&str>) -> Map<String, Value> {
    let download_url = engine.film_url(film, "mp4");
    let template_id = Some(&film.origin.template_id).filter(|id| !id.is_empty());
    // What came of a film has the warnings of before, too.
    let warnings = film.product.as_ref().map_or(&film.warnings, |product| &product.warnings);
    let members = [
        ("_id", json!(film.id.as_str())),
        ("name", json!(if film.name.is_empty() { document::DEFAULT_NAME } else { &film.name })),
        ("userId", json!(film.account_id.as_str())),
        ("templateId", json!(template_id)),
        ("state", json!(state_word(film.state))),
        ("thumbnailUrl", json!(poster)),
        ("baseInfoId", json!(film.id.as_str())),
        ("backendTaskId", json!(film.id.as_str())),
        ("exportType", json!(EXPORT_TYPE)),
        ("progress", json!(progress_of(film, download_url.as_deref()))),
        ("creditSubstracted", json!(film.credits > 0 && film.product.is_some())),
        ("createdAt", json!(iso(film.created_at))),
        ("updatedAt", json!(iso(film.updated_at))),
        ("download_url", json!(download_url)),
        ("warnings", json!(warnings)),
        ("error", json!(film.failure.as_ref().map(|failure| &failure.message))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
