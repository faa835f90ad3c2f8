//! The API's second version, which people still call: the same projects under older paths and in older words.

use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::body::Body;
use crate::call::Call;
use crate::error::Result;
use crate::frame::Answer;
use crate::projects::create::create_from;

/// The older answer to a new project.
#[derive(Debug, Serialize)]
struct Created {
    success: bool,
    /// What the video costs.
    cube_used: i64,
    data: Key,
}

/// The id of a project, under its older and its newer name.
#[derive(Debug, Serialize)]
struct Key {
    key: String,
    #[serde(rename = "projectId")]
    project_id: String,
}

/// Makes a project of a document of either version, and its video.
pub(crate) async fn create(call: Call, Body(body): Body) -> Result<Response> {
    let film = create_from(&call, body).await?;
    let data = Key { key: film.id.to_string(), project_id: film.id.to_string() };
    Ok(Answer::bare(&Created { success: true, cube_used: film.credits, data })?.into_response())
}
