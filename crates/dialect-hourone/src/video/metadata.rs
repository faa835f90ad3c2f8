//! `/videos/{id}/metadata`: when each scene is seen.

use axum::response::Response;
use engine::film::FilmProduct;
use serde::Serialize;
use utoipa::ToSchema;

use super::find_ready;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::frame::ok;
use crate::path::At;

/// The times of a video, in seconds.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Metadata {
    #[schema(example = 12.4)]
    duration: f64,
    scenes_metadata: Vec<SceneMetadata>,
}

/// The times of a scene, in seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SceneMetadata {
    /// From 0.
    scene_index: usize,
    #[schema(example = 0.0)]
    start_time: f64,
    #[schema(example = 5.1)]
    duration: f64,
}

impl Metadata {
    fn new(product: &FilmProduct) -> Self {
        let scene = |(scene_index, scene): (usize, &engine::film::FilmScene)| SceneMetadata {
            scene_index,
            start_time: seconds(scene.start_ms),
            duration: seconds(scene.duration_ms),
        };
        let scenes_metadata = product.scenes.iter().enumerate().map(scene).collect();
        Self { duration: seconds(product.duration_ms), scenes_metadata }
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

/// Tells when each scene of a video is seen; the video must be ready.
#[utoipa::path(
    get, path = "/api/v1/videos/{video_id}/metadata", operation_id = "houroneVideoMetadata", tag = "videos",
    params(("video_id" = String, Path, description = "The video")),
    responses((status = 200, description = "The times", body = Metadata), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let film = find_ready(&call, &id).await?;
    ok(&film.product.as_ref().map(Metadata::new).unwrap_or_default())
}
