//! `/api/base-projects`: key pairs that sign identification, and the buckets that they search.

use axum::http::StatusCode;
use engine::Engine;
use engine::recognition::{NewProject, Project, ProjectChange, ProjectFilter, ProjectId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::bucket_names::{self, BucketName};
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, number};
use crate::scope::{ReadBaseProjects, WriteBaseProjects};
use crate::time::zulu;

/// The types that can be made here: files, and files together with live channels, of which this server has none.
const TYPES: [&str; 2] = ["AVR", "HR"];
/// The vendor's type that needs live channels.
const LIVE_TYPE: &str = "LCD";
/// How clips are recorded; the first is the default.
pub(crate) const AUDIO_TYPES: [&str; 2] = ["linein", "recorded"];

/// A key pair, and what it searches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectRow {
    #[schema(example = 15)]
    id: i64,
    #[schema(example = 1)]
    uid: i64,
    #[schema(example = "shop-app")]
    name: String,
    /// What was sent as `type`.
    #[schema(example = "AVR")]
    service_type: String,
    /// Always 1.
    state: i64,
    /// Whatever the caller sent.
    #[schema(example = "eu-west-1")]
    region: String,
    /// 32 hex digits.
    #[schema(example = "0f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    access_key: String,
    /// 40 letters and digits.
    #[schema(example = "Zk3vQ9pLx7Tn2RbYc8HdWm5JsGf1AoVe6UiKtN4X")]
    access_secret: String,
    /// Searches per day; 0 for any number.
    day_limit: i64,
    /// Searches ever; 0 for any number.
    total_limit: i64,
    /// `linein` or `recorded`.
    #[schema(example = "linein")]
    audio_type: String,
    /// Always 1.
    version: i64,
    /// `external_ids`, joined with commas.
    external_id: String,
    external_ids: Vec<String>,
    /// Always 2.
    status_check: i64,
    /// What is searched.
    buckets: Vec<BucketName>,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    created_at: String,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    updated_at: String,
}

impl ProjectRow {
    fn new(engine: &Engine, uid: i64, project: &Project, buckets: &[BucketName]) -> Self {
        Self {
            id: project.id.0,
            uid,
            name: project.name.clone(),
            service_type: project.kind.clone(),
            state: 1,
            region: project.region.clone(),
            access_key: project.access_key.clone(),
            access_secret: secret_of(engine, project),
            day_limit: project.day_limit,
            total_limit: project.total_limit,
            audio_type: project.audio_type.clone(),
            version: 1,
            external_id: project.external_ids.join(","),
            external_ids: project.external_ids.clone(),
            status_check: 2,
            buckets: BucketName::picked(buckets, &project.bucket_ids),
            created_at: zulu(project.created_at),
            updated_at: zulu(project.updated_at),
        }
    }
}

/// Vendor quirk: the secret is in every answer.
///
/// One that was sealed with another server key is lost. It is shown as empty, so that its project can still be found and removed.
fn secret_of(engine: &Engine, project: &Project) -> String {
    match engine.project_secret(project) {
        Ok(secret) => secret.expose().to_owned(),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, project = project.id.0, "cannot read a project's secret");
            String::new()
        }
    }
}

/// A project to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewProjectBody {
    #[schema(example = "shop-app")]
    name: String,
    /// Any text; it is given back.
    #[schema(example = "eu-west-1")]
    region: String,
    /// `AVR` or `HR`; returned as `service_type`.
    #[schema(example = "AVR")]
    r#type: String,
    /// Buckets to search, by id or by name.
    #[schema(example = json!([7]))]
    buckets: Option<Vec<i64>>,
    /// `linein` (the default) or `recorded`.
    audio_type: Option<String>,
    /// Also accepted as one text, joined with commas.
    external_ids: Option<Vec<String>>,
}

/// What to change of a project.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct ProjectChangeBody {
    name: Option<String>,
    /// Replaces the whole list.
    buckets: Option<Vec<i64>>,
    audio_type: Option<String>,
    external_ids: Option<Vec<String>>,
}

/// Lists projects, oldest first.
#[utoipa::path(
    get, path = "/api/base-projects", operation_id = "acrcloudBaseProjects", tag = "base-projects",
    params(
        ("region" = Option<String>, Query, description = "Of this region only"),
        ("type" = Option<String>, Query, description = "Of this type only"),
        ("page" = Option<u32>, Query, description = "From 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page, 20 if not given")
    ),
    responses((status = 200, description = "A page", body = Paged<ProjectRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call<ReadBaseProjects>,
    place: Place,
    Query(mut query): Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let filter = ProjectFilter { region: query.text("region"), kind: query.text("type"), page: paging.stretch() };
    query.end()?;
    let listed = call.engine.projects(call.account(), &filter).await?;
    let ids = listed.rows.iter().flat_map(|project| project.bucket_ids.iter().copied());
    let buckets = BucketName::of_all(&call.engine, call.account(), ids).await?;
    let uid = call.uid().await?;
    let rows = listed.rows.iter().map(|project| ProjectRow::new(&call.engine, uid, project, &buckets));
    Answer::bare(&Paged::new(&place, paging, listed.total, rows.collect()))
}

/// Makes a project with a new key pair.
#[utoipa::path(
    post, path = "/api/base-projects", operation_id = "acrcloudCreateBaseProject", tag = "base-projects",
    request_body(content = NewProjectBody, example = json!({
        "name": "shop-app", "region": "eu-west-1", "type": "AVR", "buckets": [7], "audio_type": "linein"
    })),
    responses((status = 200, description = "The project", body = Data<ProjectRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn create(call: Call<WriteBaseProjects>, Body(mut fields): Body) -> Result<Answer, ApiError> {
    let audio_type = fields.word("audio_type", &AUDIO_TYPES);
    let new = NewProject {
        name: fields.required_text("name"),
        region: fields.required_text("region"),
        kind: kind_of(&mut fields),
        audio_type: audio_type.unwrap_or_else(|| AUDIO_TYPES[0].to_owned()),
        external_ids: fields.list("external_ids").unwrap_or_default(),
        bucket_ids: bucket_names::read(&call.engine, call.account(), &mut fields).await?.unwrap_or_default(),
    };
    fields.end()?;
    let project = call.engine.create_project(call.account(), new).await?;
    shown(&call, &project).await
}

fn kind_of(fields: &mut Fields) -> String {
    let kind = fields.required_text("type");
    if kind == LIVE_TYPE {
        fields.blame("type", "This server has no live channels, so `LCD` cannot be made; send `AVR` or `HR`.");
    } else if !kind.is_empty() && !TYPES.contains(&kind.as_str()) {
        fields.blame("type", "Send `AVR` or `HR`.");
    }
    kind
}

/// Finds a project.
#[utoipa::path(
    get, path = "/api/base-projects/{id}", operation_id = "acrcloudBaseProject", tag = "base-projects",
    params(("id" = i64, Path, description = "The project")),
    responses((status = 200, description = "The project", body = Data<ProjectRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadBaseProjects>, At(id): At<String>) -> Result<Answer, ApiError> {
    let project = call.engine.project(call.account(), project_id(&id)?).await?;
    shown(&call, &project).await
}

/// Changes a project; what is not sent stays.
#[utoipa::path(
    put, path = "/api/base-projects/{id}", operation_id = "acrcloudUpdateBaseProject", tag = "base-projects",
    params(("id" = i64, Path, description = "The project")),
    request_body(content = ProjectChangeBody, example = json!({"buckets": [7, 8]})),
    responses((status = 200, description = "The project", body = Data<ProjectRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn update(
    call: Call<WriteBaseProjects>,
    At(id): At<String>,
    Body(mut fields): Body,
) -> Result<Answer, ApiError> {
    let id = project_id(&id)?;
    let change = ProjectChange {
        name: fields.text("name"),
        audio_type: fields.word("audio_type", &AUDIO_TYPES),
        external_ids: fields.list("external_ids"),
        bucket_ids: bucket_names::read(&call.engine, call.account(), &mut fields).await?,
        ..ProjectChange::default()
    };
    fields.end()?;
    let project = call.engine.update_project(call.account(), id, change).await?;
    shown(&call, &project).await
}

/// Removes a project; its key pair stops working at once.
#[utoipa::path(
    delete, path = "/api/base-projects/{id}", operation_id = "acrcloudDeleteBaseProject", tag = "base-projects",
    params(("id" = i64, Path, description = "The project")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(call: Call<WriteBaseProjects>, At(id): At<String>) -> Result<StatusCode, ApiError> {
    call.engine.delete_project(call.account(), project_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown<S>(call: &Call<S>, project: &Project) -> Result<Answer, ApiError> {
    let ids = project.bucket_ids.iter().copied();
    let buckets = BucketName::of_all(&call.engine, &call.caller.account_id, ids).await?;
    Answer::data(ProjectRow::new(&call.engine, call.uid().await?, project, &buckets))
}

/// Reads a project's number out of a path.
pub(crate) fn project_id(text: &str) -> Result<ProjectId, ApiError> {
    number(text, "base project").map(ProjectId)
}
