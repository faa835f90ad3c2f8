//! `/api/files/`: what callers bring for their videos, and the pages of documents among it.

use axum::extract::Request;
use engine::film::{Material, MaterialFilter, MaterialKind, MaterialState, NewMaterial};
use engine::{Door, Engine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::body;
use crate::call::Call;
use crate::error::{ApiError, Guarded, OnOne, WithBody, WithFilter};
use crate::fields::Need;
use crate::page::{Paged, Paging};
use crate::problems::{Path, Problems};
use crate::query::checked;
use crate::time::iso;

/// The kinds that can be uploaded.
const KINDS: [MaterialKind; 5] =
    [MaterialKind::Image, MaterialKind::Video, MaterialKind::Audio, MaterialKind::Pdf, MaterialKind::Pptx];
const TYPES: [(&str, MaterialKind); 5] = [
    ("image", MaterialKind::Image),
    ("video", MaterialKind::Video),
    ("audio", MaterialKind::Audio),
    ("pdf", MaterialKind::Pdf),
    ("pptx", MaterialKind::Pptx),
];
/// Our choice: all but the first word.
const STATUSES: [(&str, MaterialState); 4] = [
    ("created", MaterialState::Waiting),
    ("processing", MaterialState::Processing),
    ("ready", MaterialState::Ready),
    ("error", MaterialState::Failed),
];
/// What callers may mark files with. Our choice: the second.
const TAGS: [(&str, &str); 2] = [("general", "general"), ("background", "background")];
/// Media types as they are found in files, and as the vendor's list has them. What is in no pair is not taken.
const MEDIA_TYPES: [(&str, &str); 14] = [
    ("image/png", "image/png"),
    ("image/jpeg", "image/jpeg"),
    ("image/webp", "image/webp"),
    ("video/mp4", "video/mp4"),
    ("video/quicktime", "video/quicktime"),
    ("audio/mpeg", "audio/mpeg"),
    ("audio/mp3", "audio/mp3"),
    ("audio/x-mp3", "audio/x-mp3"),
    ("audio/wav", "audio/x-wav"),
    ("audio/vnd.wave", "audio/x-wav"),
    ("audio/x-wav", "audio/x-wav"),
    ("application/pdf", "application/pdf"),
    ("application/vnd.ms-powerpoint", "application/vnd.ms-powerpoint"),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 255;

const NO_FILE: &str = "No file was submitted.";
const NOT_A_FILE: &str = "The submitted data was not a file. Check the encoding type on the form.";
const EMPTY_FILE: &str = "The submitted file is empty.";

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),* }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
        pub(crate) enum $name { $($variant),* }
    };
}

words! {
    /// What is in a file.
    FileType { Image, Video, Audio, Pdf, Pptx }
}
words! {
    /// How far a file is looked into.
    FileStatus { Created, Processing, Ready, Error }
}
words! {
    /// What a file is for.
    FileTag { General, Background }
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct File {
    #[schema(example = 9)]
    id: i64,
    /// Created datetime
    #[schema(format = DateTime)]
    cd: String,
    #[schema(example = "office.png")]
    name: String,
    #[schema(value_type = FileStatus)]
    status: &'static str,
    #[schema(value_type = FileTag)]
    tag: String,
    #[schema(value_type = FileType)]
    r#type: &'static str,
    #[schema(example = "image/png")]
    mime_type: String,
    /// Bytes
    #[schema(example = 204_800)]
    size: i64,
    /// Seconds
    #[schema(required = true)]
    duration: Option<f64>,
    #[schema(required = true)]
    width: Option<i64>,
    #[schema(required = true)]
    height: Option<i64>,
    /// The original
    #[schema(format = "uri")]
    file: String,
    /// A web-sized copy
    #[schema(required = true, format = "uri")]
    compressed_file: Option<String>,
    /// A small stand-in clip
    #[schema(required = true, format = "uri")]
    mock_video_file: Option<String>,
}

/// A file where it is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileNested {
    #[schema(example = 9)]
    id: i64,
    #[schema(example = "office.png")]
    name: String,
    #[schema(value_type = FileTag)]
    tag: String,
    #[schema(value_type = FileType)]
    r#type: &'static str,
    #[schema(example = "image/png")]
    mime_type: String,
    /// Seconds
    #[schema(required = true)]
    duration: Option<f64>,
    #[schema(required = true)]
    width: Option<i64>,
    #[schema(required = true)]
    height: Option<i64>,
    #[schema(format = "uri")]
    file: String,
    #[schema(required = true, format = "uri")]
    compressed_file: Option<String>,
}

/// A file to keep. What is in it is found out from its content.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct FileRequest {
    /// PNG, JPEG, WebP, MP4, QuickTime, MP3, WAV, PDF or PowerPoint
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The file's own name without one
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    #[schema(nullable = false)]
    tag: Option<FileTag>,
}

fn seconds(duration_ms: Option<i64>) -> Option<f64> {
    duration_ms.map(|duration_ms| duration_ms as f64 / 1000.0)
}

fn media_type(material: &Material) -> String {
    let known = MEDIA_TYPES.iter().find(|(found, _)| *found == material.media_type);
    known.map_or_else(|| material.media_type.clone(), |(_, listed)| (*listed).to_owned())
}

impl File {
    fn new(engine: &Engine, material: &Material) -> Self {
        let status = STATUSES.iter().find(|(_, state)| *state == material.state);
        Self {
            id: material.number,
            cd: iso(material.created_at),
            name: material.name.clone(),
            status: status.map_or("created", |(word, _)| word),
            tag: material.tag.clone(),
            r#type: material.kind.name(),
            mime_type: media_type(material),
            size: material.n_bytes,
            duration: seconds(material.duration_ms),
            width: material.width,
            height: material.height,
            file: engine.material_url(material),
            compressed_file: engine.material_copy_url(material, "compressed"),
            // There is nothing that needs one: originals play as they are.
            mock_video_file: None,
        }
    }
}

impl FileNested {
    pub(crate) fn new(engine: &Engine, material: &Material) -> Self {
        Self {
            id: material.number,
            name: material.name.clone(),
            tag: material.tag.clone(),
            r#type: material.kind.name(),
            mime_type: media_type(material),
            duration: seconds(material.duration_ms),
            width: material.width,
            height: material.height,
            file: engine.material_url(material),
            compressed_file: engine.material_copy_url(material, "compressed"),
        }
    }
}

/// Lists files, newest first; pages of documents are not among them.
#[utoipa::path(
    get, path = "/api/files/", operation_id = "files_list", tag = "files",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
        ("ordering" = Option<String>, Query, description = "`id` or `cd` for the oldest first; newest first without"),
        ("type" = Option<Vec<FileType>>, Query, description = "Only of one of these types; repeat the name for several"),
        ("status" = Option<Vec<FileStatus>>, Query, description = "Only with one of these; repeat the name for several"),
        ("tag" = Option<FileTag>, Query, description = "Only with this tag"),
    ),
    responses((status = 200, description = "A page of files", body = Paged<File>), Guarded, WithFilter),
    security(("token" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let paging = Paging::of(&call);
    let mut problems = Problems::default();
    let kinds = call.query.choices(&mut problems, "type", &TYPES);
    let states = call.query.choices(&mut problems, "status", &STATUSES);
    let tags = call.query.choices(&mut problems, "tag", &TAGS);
    checked(problems)?;
    // Two different tags are all that there are.
    let tag = tags.first().filter(|first| tags.iter().all(|tag| tag == *first)).map(|tag| (*tag).to_owned());
    let oldest_first = call.query.is_oldest_first();
    let filter =
        MaterialFilter { kinds, states, tag, oldest_first, ..MaterialFilter::all(Door::Spiritme, paging.stretch()) };
    listed(&call, paging, &filter).await
}

async fn listed(call: &Call, paging: Paging, filter: &MaterialFilter) -> Result<Answer, ApiError> {
    let listed = call.engine.materials(call.account(), filter).await?;
    let rows = listed.rows.iter().map(|material| File::new(&call.engine, material)).collect();
    Answer::of(&Paged::new(call, paging, listed.total, rows))
}

/// Keeps a file.
#[utoipa::path(
    post, path = "/api/files/", operation_id = "files_create", tag = "files",
    request_body(content = FileRequest, content_type = "multipart/form-data"),
    responses((status = 201, description = "The file", body = File), Guarded, WithBody),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, request: Request) -> Result<Answer, ApiError> {
    let engine = &call.engine;
    let body = body::read_file(request, engine.blobs(), engine.limits().upload_bytes_max).await?;
    let mut problems = Problems::default();
    let at = Path::default().member("file");
    match &body.file {
        None if body.members.has("file") => problems.add(&at, NOT_A_FILE),
        None => problems.add(&at, NO_FILE),
        Some(file) if file.file_name.is_empty() => problems.add(&at, NOT_A_FILE),
        Some(file) if file.n_bytes == 0 => problems.add(&at, EMPTY_FILE),
        Some(_) => {}
    }
    let tag = body.members.choice(&mut problems, "tag", &TAGS).value().unwrap_or(TAGS[0].0);
    let name = body.members.text(&mut problems, "name", Need::Optional, NAME_CHARS_MAX).value();
    checked(problems)?;
    let Some(file) = body.file else { return Err(ApiError::invalid("file", NO_FILE)) };
    let name = name.unwrap_or(file.file_name);
    let taken = MEDIA_TYPES.map(|(found, _)| found);
    let new = NewMaterial { door: Door::Spiritme, tag, name: Some(&name), kinds: &KINDS, media_types: &taken };
    let material = engine.add_material(&call.caller, file.content, new).await?;
    Answer::created(&File::new(engine, &material))
}

/// Finds a file.
#[utoipa::path(
    get, path = "/api/files/{id}/", operation_id = "files_retrieve", tag = "files",
    params(("id" = i64, Path, description = "The file")),
    responses((status = 200, description = "The file", body = File), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn retrieve(call: Call) -> Result<Answer, ApiError> {
    let material = found(&call).await?;
    Answer::of(&File::new(&call.engine, &material))
}

async fn found(call: &Call) -> Result<Material, ApiError> {
    Ok(call.engine.numbered_material(call.account(), Door::Spiritme, call.id()?).await?)
}

/// Removes a file with its pages. Videos that are being made keep what they need; objects that refer to it show null.
#[utoipa::path(
    delete, path = "/api/files/{id}/", operation_id = "files_destroy", tag = "files",
    params(("id" = i64, Path, description = "The file")),
    responses((status = 204, description = "It is gone"), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn destroy(call: Call) -> Result<Answer, ApiError> {
    let material = found(&call).await?;
    call.engine.delete_material(call.account(), &material.id).await?;
    Ok(Answer::no_content())
}

/// Lists the pages of a PDF or a presentation as images, in their order, once they are made; other files have none.
#[utoipa::path(
    get, path = "/api/files/{id}/children/", operation_id = "files_children_list", tag = "files",
    params(
        ("id" = i64, Path, description = "The file"),
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
    ),
    responses((status = 200, description = "A page of files", body = Paged<File>), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn children(call: Call) -> Result<Answer, ApiError> {
    let parent_id = Some(found(&call).await?.id);
    let paging = Paging::of(&call);
    let filter = MaterialFilter { parent_id, ..MaterialFilter::all(Door::Spiritme, paging.stretch()) };
    listed(&call, paging, &filter).await
}
