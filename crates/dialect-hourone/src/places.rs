//! `/folders`, `/workspaces` and `/teams`, an extension: at the vendor, they are made in its editor.

use axum::response::Response;
use engine::film::{Place, PlaceKind};
use engine::{Door, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::fields::SHORT;
use crate::frame::{created, ok};

/// Places of a kind that are listed; our choice.
const ALL: Page = Page { limit: 1000, offset: 0 };

/// A folder, a workspace or a team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceRow {
    #[schema(example = "65f1c0ffee0123456789abcf")]
    id: String,
    #[schema(example = "Spring")]
    name: String,
    #[schema(example = "2026-01-02T03:04:05.678000Z")]
    created_at: String,
}

impl From<&Place> for PlaceRow {
    fn from(place: &Place) -> Self {
        Self { id: place.id.to_string(), name: place.name.clone(), created_at: place.created_at.to_string() }
    }
}

/// A place to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewPlace {
    #[schema(example = "Spring")]
    name: String,
}

async fn list(call: &Call, kind: PlaceKind) -> Result<Response, ApiError> {
    let places = call.engine.places(call.account(), Door::Hourone, kind, ALL).await?;
    ok(&places.iter().map(PlaceRow::from).collect::<Vec<_>>())
}

async fn create(call: &Call, body: &Body, kind: PlaceKind) -> Result<Response, ApiError> {
    let name = body.read(|body| body.required_text("name", SHORT))?;
    let place = call.engine.create_place(call.account(), Door::Hourone, kind, &name).await?;
    created(&PlaceRow::from(&place), &[])
}

/// Extension: lists folders, oldest first.
#[utoipa::path(
    get, path = "/api/v1/folders", operation_id = "houroneFolders", tag = "extensions",
    responses((status = 200, description = "The folders", body = Vec<PlaceRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn folders(call: Call) -> Result<Response, ApiError> {
    list(&call, PlaceKind::Folder).await
}

/// Extension: makes a folder; its id is a `folder_id`.
#[utoipa::path(
    post, path = "/api/v1/folders", operation_id = "houroneCreateFolder", tag = "extensions",
    request_body(content = NewPlace),
    responses((status = 201, description = "The folder", body = PlaceRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create_folder(call: Call, body: Body) -> Result<Response, ApiError> {
    create(&call, &body, PlaceKind::Folder).await
}

/// Extension: lists workspaces, oldest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces", operation_id = "houroneWorkspaces", tag = "extensions",
    responses((status = 200, description = "The workspaces", body = Vec<PlaceRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn workspaces(call: Call) -> Result<Response, ApiError> {
    list(&call, PlaceKind::Workspace).await
}

/// Extension: makes a workspace; from then on the header `workspace-id` must name one.
#[utoipa::path(
    post, path = "/api/v1/workspaces", operation_id = "houroneCreateWorkspace", tag = "extensions",
    request_body(content = NewPlace),
    responses((status = 201, description = "The workspace", body = PlaceRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create_workspace(call: Call, body: Body) -> Result<Response, ApiError> {
    create(&call, &body, PlaceKind::Workspace).await
}

/// Extension: lists teams, oldest first.
#[utoipa::path(
    get, path = "/api/v1/teams", operation_id = "houroneTeams", tag = "extensions",
    responses((status = 200, description = "The teams", body = Vec<PlaceRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn teams(call: Call) -> Result<Response, ApiError> {
    list(&call, PlaceKind::Team).await
}

/// Extension: makes a team; from then on the header `team-id` must name one.
#[utoipa::path(
    post, path = "/api/v1/teams", operation_id = "houroneCreateTeam", tag = "extensions",
    request_body(content = NewPlace),
    responses((status = 201, description = "The team", body = PlaceRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create_team(call: Call, body: Body) -> Result<Response, ApiError> {
    create(&call, &body, PlaceKind::Team).await
}
