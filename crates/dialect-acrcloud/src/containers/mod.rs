//! `/api/fs-containers`: collections of recordings, and how they are scanned.

use axum::http::StatusCode;
use engine::recognition::{Container, ContainerFilter};

use crate::body::Body;
use crate::bucket_names::BucketName;
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place};
use crate::scans::container_id;
use crate::scope::{ReadFilescanning, WriteFilescanning};
use shape::ContainerBody;

mod read;
mod shape;

/// Lists containers, oldest first.
#[utoipa::path(
    get, path = "/api/fs-containers", operation_id = "acrcloudContainers", tag = "file-scanning",
    params(
        ("region" = Option<String>, Query, description = "In this region only"),
        ("name" = Option<String>, Query, description = "With this in their name, whatever its case"),
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page")
    ),
    responses((status = 200, description = "A page of containers", body = Paged<ContainerBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call<ReadFilescanning>,
    place: Place,
    Query(mut query): Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let filter = ContainerFilter {
        region: query.text("region"),
        name: query.text("name").unwrap_or_default(),
        page: paging.stretch(),
    };
    query.end()?;
    let listed = call.engine.containers(call.account(), &filter).await?;
    let rows = bodies(&call, &listed.rows).await?;
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

/// Makes a container.
#[utoipa::path(
    post, path = "/api/fs-containers", operation_id = "acrcloudCreateContainer", tag = "file-scanning",
    request_body(content(
        (read::ContainerRequest = "application/json", example = json!({
            "name": "shows", "region": "eu-west-1", "audio_type": "linein", "buckets": [7], "engine": 1,
            "policy": {"type": "traverse", "interval": 0, "rec_length": 10}, "callback_url": "https://example.com/scans"
        })),
        (read::ContainerRequest = "application/x-www-form-urlencoded")
    )),
    responses((status = 201, description = "The container", body = Data<ContainerBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn create(call: Call<WriteFilescanning>, Body(fields): Body) -> Result<Answer, ApiError> {
    let new = read::new(&call, fields).await?;
    let container = call.engine.create_container(call.account(), new).await?;
    Answer::created(body(&call, container).await?)
}

/// Shows a container.
#[utoipa::path(
    get, path = "/api/fs-containers/{cid}", operation_id = "acrcloudContainer", tag = "file-scanning",
    params(("cid" = i64, Path, description = "The container")),
    responses((status = 200, description = "The container", body = Data<ContainerBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadFilescanning>, At(cid): At<String>) -> Result<Answer, ApiError> {
    let container = call.engine.container(call.account(), container_id(&cid)?).await?;
    Answer::data(body(&call, container).await?)
}

/// Changes a container; what is not named stays, and scans that ended keep their results.
#[utoipa::path(
    put, path = "/api/fs-containers/{cid}", operation_id = "acrcloudUpdateContainer", tag = "file-scanning",
    params(("cid" = i64, Path, description = "The container")),
    request_body(content(
        (read::ContainerRequest = "application/json", example = json!({"policy": {"type": "points", "points": 3, "rec_length": 10}})),
        (read::ContainerRequest = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The container", body = Data<ContainerBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn update(
    call: Call<WriteFilescanning>,
    At(cid): At<String>,
    Body(fields): Body,
) -> Result<Answer, ApiError> {
    let cid = container_id(&cid)?;
    // What is not there is not there, whatever the body says.
    call.engine.container(call.account(), cid).await?;
    let change = read::change(&call, fields).await?;
    let container = call.engine.update_container(call.account(), cid, change).await?;
    Answer::data(body(&call, container).await?)
}

/// Removes a container with all of its recordings.
#[utoipa::path(
    delete, path = "/api/fs-containers/{cid}", operation_id = "acrcloudDeleteContainer", tag = "file-scanning",
    params(("cid" = i64, Path, description = "The container")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(call: Call<WriteFilescanning>, At(cid): At<String>) -> Result<StatusCode, ApiError> {
    call.engine.delete_container(call.account(), container_id(&cid)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn body<S>(call: &Call<S>, container: Container) -> Result<ContainerBody, ApiError> {
    let bodies = bodies(call, &[container]).await?;
    bodies.into_iter().next().ok_or(ApiError::Internal)
}

/// Describes containers, with the names of their buckets.
async fn bodies<S>(call: &Call<S>, containers: &[Container]) -> Result<Vec<ContainerBody>, ApiError> {
    let ids = containers.iter().flat_map(|container| container.bucket_ids.iter().copied());
    let buckets = BucketName::of_all(&call.engine, call.account(), ids).await?;
    let uid = call.uid().await?;
    Ok(containers.iter().map(|container| ContainerBody::new(uid, container, &buckets)).collect())
}
