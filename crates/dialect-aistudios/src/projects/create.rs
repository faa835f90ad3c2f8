//! `POST /editor/project`: a new project, and its video.

use serde_json::Value;
use utoipa::ToSchema;

use super::{Options, ProjectId, Source, completed, make, start_unless_refused};
use crate::body::Body;
use crate::call::{Call, is_id};
use crate::document::{legacy, speech};
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// A project. Members that are not listed are kept and given back.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct ProjectBody {
    /// What people call it; `Default Template` without one.
    #[schema(example = "Hello")]
    name: Option<String>,
    /// `landscape` (1920×1080, the default), `portrait` (1080×1920) or `square` (1080×1080).
    #[schema(example = "landscape")]
    orientation: Option<String>,
    /// At least one; they play in the order of the list.
    scenes: Vec<SceneBody>,
    /// Words, and what is read instead of them.
    #[schema(value_type = Option<Object>)]
    dictionary: Option<Value>,
    /// False only stores the project.
    #[schema(default = true)]
    isExport: Option<bool>,
    /// One of the account's workspaces.
    workspaceId: Option<String>,
    /// `4k`, `1080` (the default), `720` or `480`.
    #[schema(example = "1080")]
    resolution: Option<String>,
    /// Where to post progress and the end.
    webhookUrl: Option<String>,
}

/// A scene.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct SceneBody {
    /// Its position from 0; not looked at.
    sceneIdx: i64,
    background: Option<BackgroundBody>,
    watermark: Option<bool>,
    clips: Vec<ClipBody>,
    /// What is said, one entry per turn; `clips[].script` will do.
    scripts: Option<Vec<ScriptBody>>,
    /// `{"type": "fade", "duration": 0.5}`: how it follows on the scene before.
    #[schema(value_type = Option<Object>)]
    transition: Option<Value>,
}

/// What is behind a scene.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct BackgroundBody {
    /// `image`, `video` or `color`.
    #[schema(example = "image")]
    source_type: Option<String>,
    /// An address, or the path of a background of this server.
    #[schema(example = "/images/background/bg_blue_gradient.png")]
    source_url: Option<String>,
    /// What is seen where the picture cannot be had.
    #[schema(example = "rgb(54,188,37)")]
    source_color: Option<String>,
}

/// Something in a scene, in pixels of the canvas.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct ClipBody {
    id: Option<String>,
    /// `aiModel`, `shape`, `image`, `textImage`, `videoImage` or `audio`.
    #[schema(example = "aiModel")]
    r#type: String,
    /// Higher is in front.
    layer: Option<i64>,
    left: Option<f64>,
    top: Option<f64>,
    width: Option<f64>,
    height: Option<f64>,
    scaleX: Option<f64>,
    scaleY: Option<f64>,
    /// Degrees clockwise around the left upper corner.
    angle: Option<f64>,
    /// 0 to 100.
    opacity: Option<f64>,
    tag: Option<String>,
    /// `{"type": "fade-in", "duration": 1, "delay": 0}`, in seconds.
    #[schema(value_type = Option<Object>)]
    animation: Option<Value>,
    /// `aiModel`: `{"ai_name": avatar, "emotion": outfit, "language": "en"}`.
    #[schema(value_type = Option<Object>)]
    model: Option<Value>,
    /// `aiModel`: `{"org": text}`.
    #[schema(value_type = Option<Object>)]
    script: Option<Value>,
    /// `image`, `audio`: the file.
    source_url: Option<String>,
    /// `videoImage`: the file.
    video_url: Option<String>,
    /// `textImage`.
    text: Option<String>,
    /// `textImage`: in points.
    fontSize: Option<f64>,
    /// `shape`: such as `Star`.
    shapeName: Option<String>,
    /// `shape`, `textImage`: the color.
    fill: Option<String>,
}

/// Something that is said.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct ScriptBody {
    /// Plain text, or text with tags such as `<p>` and `<break time="0.5s"/>`.
    #[schema(example = "<p>Good morning.</p>")]
    org: String,
    /// `{"type", "model", "language"}`: another voice than the avatar's.
    #[schema(value_type = Option<Object>)]
    tts: Option<Value>,
    /// The avatar who says it.
    modelId: Option<String>,
    clothId: Option<String>,
}

/// Makes a project and, unless `isExport` is false, its video.
#[utoipa::path(
    post, path = "/api/odin/v3/editor/project", operation_id = "aistudiosCreateProject", tag = "projects",
    request_body(content = ProjectBody),
    responses((status = 200, description = "The project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, Body(body): Body) -> Result<Answer> {
    let film = create_from(&call, body).await?;
    Answer::data(ProjectId::of(&film))
}

/// Makes a project of a body.
pub(crate) async fn create_from(call: &Call, body: Value) -> Result<engine::film::Film> {
    let mut document = if legacy::is_legacy(&body) { legacy::modern(&body)? } else { body };
    let stored = stored(call, &document).await?;
    speech::settle(&mut document, stored.as_ref());
    let options = Options::read(call, &Node::root(&document)).await?;
    make(call, document, &options, Source::default(), start_unless_refused(&options)).await
}

/// Returns the stored document that a body is a changed copy of: the vendor's clients GET a project and POST it as a new one.
async fn stored(call: &Call, body: &Value) -> Result<Option<Value>> {
    let Some(id) = body.get("_id").and_then(Value::as_str).filter(|id| is_id(id)) else { return Ok(None) };
    match call.project(id).await {
        Ok(film) => Ok(Some(completed(&film))),
        Err(crate::error::ApiError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
