//! `POST /v1/identify`: a signed clip in, the files that it may be out.
//!
//! The status is 200 whatever came of it, since clients take every other for a broken connection; what came of it is the code in the
//! body. Codes are decided in one order: content type, fields, key, signature, limits, size, decoding, match.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use engine::Engine;
use engine::recognition::{Project, Sample};
use futures::FutureExt;
use intake::Clip;
use utoipa::ToSchema;

use crate::status::Status;
pub(crate) use answer::IdentifyAnswer;
use document::Outcomes;
use fields::{Complete, DataType};

mod answer;
pub(crate) mod base64_text;
mod document;
mod entry;
mod fields;
mod form;
mod urlencoded;

/// The path of this operation, which takes a signature in place of a token.
pub(crate) const PATH: &str = fields::SIGNED_PATH;

/// Longest that a client may be silent in the middle of a body.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// A signed clip. The parts may come in any order; others are ignored.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct IdentifyForm {
    /// The clip, or a fingerprint of it. In an urlencoded form, base64.
    #[schema(value_type = String, format = Binary)]
    sample: Vec<u8>,
    /// Its size; a wrong one does no harm.
    #[schema(example = "160044")]
    sample_bytes: Option<String>,
    /// The key of the project.
    #[schema(example = "0f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    access_key: String,
    /// `audio` or `fingerprint`.
    #[schema(example = "audio")]
    data_type: String,
    /// Always `1`.
    #[schema(example = "1")]
    signature_version: String,
    /// Base64 of HMAC-SHA1, with the project's secret, over six lines: `POST`, `/v1/identify`, `access_key`, `data_type`,
    /// `signature_version`, `timestamp`.
    #[schema(example = "fsTMHbwl8bkpENSycdUjTdcEFME=")]
    signature: String,
    /// Unix time; it is only compared with what was signed.
    #[schema(example = "1767323045")]
    timestamp: String,
}

/// Recognizes a clip.
///
/// The answer has status 200 whatever came of it; `status.code` says what.
#[utoipa::path(
    post, path = "/v1/identify", operation_id = "acrcloudIdentify", tag = "identification",
    request_body(content(
        (IdentifyForm = "multipart/form-data"),
        (IdentifyForm = "application/x-www-form-urlencoded")
    )),
    responses(Outcomes)
)]
pub(crate) async fn identify(State(engine): State<Arc<Engine>>, request: Request) -> Json<IdentifyAnswer> {
    let answered = AssertUnwindSafe(answer(&engine, request)).catch_unwind().await;
    let answered = answered.unwrap_or_else(|panic: Box<dyn Any + Send>| {
        tracing::error!(panic = intake::panic_message(panic.as_ref()), "identification panicked");
        Err(Status::ServiceError)
    });
    let status = answered.as_ref().map_or_else(|status| *status, |_| Status::Success);
    metrics::counter!("phonoscope_identifications_total", "code" => status.label()).increment(1);
    tracing::info!(code = status.code(), "identification ended with {}: {}", status.label(), status.msg());
    Json(answered.unwrap_or_else(IdentifyAnswer::without_result))
}

async fn answer(engine: &Engine, request: Request) -> Result<IdentifyAnswer, Status> {
    let begun = engine.now();
    let fields = form::receive(request, engine.limits().sample_bytes_max).await?;
    let request = fields.complete()?;
    let project = signed_project(engine, &request).await?;
    let sample = sample_of(request, engine.limits().sample_bytes_max);
    let found = engine.identify(&project, sample).await?;
    if found.hits.is_empty() {
        return Err(Status::NoResult);
    }
    let now = engine.now();
    Ok(IdentifyAnswer::with_hits(&found, now, now.since(begun).as_secs_f64()))
}

/// Finds the project whose pair signed the request.
async fn signed_project(engine: &Engine, request: &Complete<'_>) -> Result<Project, Status> {
    let project = engine.project_by_key(request.signed.access_key).await.map_err(service_error)?;
    let project = project.ok_or(Status::BadAccessKey)?;
    let secret = engine.project_secret(&project).map_err(service_error)?;
    if request.signed.is_signed_by(secret.expose(), request.signature) {
        Ok(project)
    } else {
        Err(Status::BadSignature)
    }
}

/// Hands the sample to the engine, which looks at the project's limits before the sample's size: one that was too large
/// to be kept goes on as nothing of its size.
fn sample_of(request: Complete<'_>, bytes_max: usize) -> Sample {
    let bytes = match request.sample {
        Clip::Whole(bytes) => bytes,
        Clip::TooLarge => vec![0; bytes_max.saturating_add(1)].into(),
    };
    match request.data_type {
        DataType::Audio => Sample::Audio(bytes),
        DataType::Fingerprint => Sample::Fingerprint(bytes),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
fn service_error(error: engine::Error) -> Status {
    tracing::error!(error = &error as &dyn std::error::Error, "identification failed");
    Status::ServiceError
}
