//! `/api/batch-video-templates/`: what batch videos are made from.

use axum::extract::Request;
use engine::film::{MaterialKind, Template};
use engine::{AccountId, Door, Engine};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::avatars::AvatarNested;
use crate::body;
use crate::call::Call;
use crate::error::{ApiError, Guarded, OnOne, WithBody};
use crate::fields::{Need, Object};
use crate::files::FileNested;
use crate::page::{Paged, Paging};
use crate::problems::Problems;
use crate::query::checked;
use crate::references::{Files, References, Shower};
use crate::tts::Voice;
use crate::videos::ReferenceRequest;

/// Longest spoken text, in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 20_000;
/// What can stand behind an avatar.
pub(crate) const BACKGROUND_KINDS: &[MaterialKind] = &[MaterialKind::Image, MaterialKind::Video];

/// What a template is made of, as it is stored: numbers of an avatar, a voice and a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TemplateDocument {
    pub(crate) avatar: i64,
    pub(crate) voice: i64,
    pub(crate) text: String,
    pub(crate) background: Option<i64>,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchVideoTemplate {
    #[schema(example = 7)]
    id: i64,
    #[schema(required = true)]
    avatar: Option<AvatarNested>,
    #[schema(required = true)]
    voice: Option<Voice>,
    /// The text to speak, with `{name}` where a variable is put
    #[schema(example = "Hello {name}, {seats} seats are kept for you.")]
    text: String,
    #[schema(required = true)]
    background: Option<FileNested>,
}

/// A template to keep.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct BatchVideoTemplateRequest {
    avatar: ReferenceRequest,
    voice: ReferenceRequest,
    /// The text to speak; `{name}` and `{{ name }}` are filled with variables
    #[schema(min_length = 1, max_length = 20_000, example = "Hello {name}, {seats} seats are kept for you.")]
    text: String,
    /// An image or a video
    background: Option<ReferenceRequest>,
}

impl TemplateDocument {
    /// Reads the members of a template out of a body or a member of one. Only whole when there are no problems.
    pub(crate) fn read(
        object: &Object<'_>,
        references: &mut References<'_>,
        problems: &mut Problems,
    ) -> Result<Option<Self>, ApiError> {
        let avatar = references.avatar(object, problems, "avatar", Need::Required)?;
        let voice = references.voice(object, problems, "voice", Need::Required)?;
        let text = object.text(problems, "text", Need::Required, TEXT_CHARS_MAX).value();
        let background = references.file(object, problems, "background", BACKGROUND_KINDS);
        let (Some(avatar), Some(voice), Some(text)) = (avatar, voice, text) else { return Ok(None) };
        Ok(Some(Self { avatar, voice, text, background }))
    }

    /// Reads what is stored.
    pub(crate) fn of(template: &Template) -> Result<Self, ApiError> {
        stored(&template.document)
    }

    /// Keeps it.
    pub(crate) async fn store(&self, call: &Call) -> Result<Template, ApiError> {
        let document = serde_json::to_value(self).map_err(|error| broken(&error))?;
        Ok(call.engine.create_template(&call.caller, Door::Spiritme, "", document).await?)
    }
}

/// Reads one of our documents back.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(document: &Value) -> Result<T, ApiError> {
    T::deserialize(document).map_err(|error| broken(&error))
}

pub(crate) fn broken(error: &serde_json::Error) -> ApiError {
    tracing::error!(error = error as &dyn std::error::Error, "a stored document is broken");
    ApiError::Internal
}

async fn shown(
    engine: &Engine,
    account: &AccountId,
    templates: &[Template],
) -> Result<Vec<BatchVideoTemplate>, ApiError> {
    let documents = templates.iter().map(TemplateDocument::of).collect::<Result<Vec<_>, _>>()?;
    let files = Files::load(engine, account, documents.iter().filter_map(|document| document.background)).await?;
    let shower = Shower { engine, files: &files };
    let row = |(template, document): (&Template, TemplateDocument)| {
        Ok(BatchVideoTemplate {
            id: template.number,
            avatar: shower.avatar(Some(document.avatar))?,
            voice: shower.voice(Some(document.voice))?,
            text: document.text,
            background: shower.file(document.background),
        })
    };
    templates.iter().zip(documents).map(row).collect()
}

/// Lists templates, newest first.
#[utoipa::path(
    get, path = "/api/batch-video-templates/", operation_id = "batch_video_templates_list", tag = "batch-video-templates",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
    ),
    responses((status = 200, description = "A page of templates", body = Paged<BatchVideoTemplate>), Guarded),
    security(("token" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let paging = Paging::of(&call);
    let listed = call.engine.templates(call.account(), Door::Spiritme, paging.stretch()).await?;
    let rows = shown(&call.engine, call.account(), &listed.rows).await?;
    Answer::of(&Paged::new(&call, paging, listed.total, rows))
}

/// Keeps a template.
#[utoipa::path(
    post, path = "/api/batch-video-templates/", operation_id = "batch_video_templates_create", tag = "batch-video-templates",
    request_body(content(
        (BatchVideoTemplateRequest = "application/json"),
        (BatchVideoTemplateRequest = "application/x-www-form-urlencoded"),
        (BatchVideoTemplateRequest = "multipart/form-data"),
    )),
    responses((status = 201, description = "The template", body = BatchVideoTemplate), Guarded, WithBody),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, request: Request) -> Result<Answer, ApiError> {
    let body = body::read(request).await?;
    let mut problems = Problems::default();
    let mut references = References::new(&call.engine);
    let document = TemplateDocument::read(&body, &mut references, &mut problems)?;
    references.check(call.account(), &mut problems).await?;
    checked(problems)?;
    let template = document.ok_or(ApiError::Internal)?.store(&call).await?;
    Answer::created(&one(&call, template).await?)
}

/// Finds a template.
#[utoipa::path(
    get, path = "/api/batch-video-templates/{id}/", operation_id = "batch_video_templates_retrieve", tag = "batch-video-templates",
    params(("id" = i64, Path, description = "The template")),
    responses((status = 200, description = "The template", body = BatchVideoTemplate), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn retrieve(call: Call) -> Result<Answer, ApiError> {
    let template = call.engine.numbered_template(call.account(), Door::Spiritme, call.id()?).await?;
    Answer::of(&one(&call, template).await?)
}

async fn one(call: &Call, template: Template) -> Result<BatchVideoTemplate, ApiError> {
    let mut rows = shown(&call.engine, call.account(), &[template]).await?;
    rows.pop().ok_or(ApiError::Internal)
}
