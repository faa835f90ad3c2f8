//! `POST /editor/project/export`: the video of a stored project.

use engine::Door;
use engine::film::{FilmChange, FilmOrigin};
use utoipa::ToSchema;

use super::{Options, ProjectId};
use crate::body::Body;
use crate::call::Call;
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// What to export.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct ExportBody {
    #[schema(example = "66b1f0c2a94e1d0012ab34cd")]
    projectId: String,
    workspaceId: Option<String>,
    /// `4k`, `1080`, `720` or `480`; as before without one.
    resolution: Option<String>,
    webhookUrl: Option<String>,
}

/// Makes the video of a project. One that is being made goes on; one that is finished is made anew.
#[utoipa::path(
    post, path = "/api/odin/v3/editor/project/export", operation_id = "aistudiosExport", tag = "projects",
    request_body(content = ExportBody),
    responses((status = 200, description = "The same id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn export(call: Call, Body(body): Body) -> Result<Answer> {
    let root = Node::root(&body);
    let id = root.required_text(&["projectId"])?;
    let options = Options::read(&call, &root).await?;
    let film = call.project(&id).await?;
    let origin = options
        .workspace_id
        .as_ref()
        .map(|workspace_id| FilmOrigin { workspace_id: workspace_id.clone(), ..film.origin.clone() });
    let change = FilmChange {
        output: options.resolution.map(|_| options.output()),
        webhook_url: options.webhook_url.clone().map(Some),
        origin,
        ..FilmChange::default()
    };
    let film = call.engine.start_film(&call.caller, Door::Aistudios, &film.id, change).await?;
    Answer::data(ProjectId::of(&film))
}
