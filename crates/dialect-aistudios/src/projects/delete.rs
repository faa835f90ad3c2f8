//! `DELETE /editor/project`: some projects, named in the body.

use engine::Door;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::Anywhere;
use crate::call::{Call, project_id};
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// Most projects that one request may name.
const IDS_MAX: usize = 1000;

/// The projects to delete.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct Ids {
    #[schema(example = json!(["66b1f0c2a94e1d0012ab34cd"]))]
    ids: Vec<String>,
}

/// How many were deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    #[serde(rename = "deletedCount")]
    #[schema(example = 1)]
    deleted_count: u32,
}

/// Deletes projects with their videos. Ids that name nothing are passed over; the count tells.
#[utoipa::path(
    delete, path = "/api/odin/v3/editor/project", operation_id = "aistudiosDeleteProjects", tag = "projects",
    request_body(content = Ids),
    responses((status = 200, description = "How many", body = Data<Deleted>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn delete(call: Call, Anywhere(body): Anywhere) -> Result<Answer> {
    let mut deleted_count = 0;
    for id in ids_of(&Node::root(&body))? {
        let Ok(id) = project_id(&id) else { continue };
        match call.engine.delete_film(call.account(), Door::Aistudios, &id).await {
            Ok(()) => deleted_count += 1,
            Err(engine::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Answer::data(Deleted { deleted_count })
}

fn ids_of(root: &Node<'_>) -> Result<Vec<String>> {
    let ids = root.get("ids").ok_or_else(|| root.wrong_at("ids", "is required"))?;
    if let Value::String(ids) = ids.value {
        return Ok(ids.split(',').take(IDS_MAX).map(|id| id.trim().to_owned()).collect());
    }
    let items = ids.items()?;
    if items.len() > IDS_MAX {
        return Err(ids.wrong(format!("at most {IDS_MAX} ids are taken at once")));
    }
    items.iter().map(Node::as_text).collect()
}
