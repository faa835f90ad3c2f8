//! `/api/batch-videos/`: videos made of a template and the caller's values.

use std::collections::BTreeMap;

use axum::extract::Request;
use engine::film::{Film, FilmKind, NewFilm, Output, Start};
use engine::{AccountId, Door, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stage::document::limits::NARRATION_CHARS_MAX;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, Object as ObjectSchema, Type};

use crate::answer::Answer;
use crate::body;
use crate::call::Call;
use crate::error::{ApiError, Guarded, OnOne, WithBody, WithFilter};
use crate::fields::{Given, NUL, Need, Object};
use crate::page::{Paged, Paging};
use crate::placeholders::{FillError, fill};
use crate::problems::{Path, Problems};
use crate::query::checked;
use crate::references::{Files, References, no_such_id};
use crate::scene::{self, Scene};
use crate::templates::{TemplateDocument, stored};
use crate::time::iso;
use crate::videos::{ReferenceRequest, VideoStatus, filter_of, origin_of, status_word, written};
use crate::webhooks::{self, WebhookNested, WebhookNestedRequest};

/// The name that the scene document gets; batch videos have none.
const NAME: &str = "Batch video";
const NO_VALUE: &str = "A valid integer, number, string or boolean is required.";
const MISSING: &str = "This field is required.";
const TOO_LONG: &str = "The text of the template is too long with these values.";

/// A template as a batch video shows it: the avatar, the voice and the background by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BatchVideoTemplateNested {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = 4)]
    avatar: i64,
    #[schema(example = 18)]
    voice: i64,
    /// The text with its placeholders
    #[schema(example = "Hello {name}, {seats} seats are kept for you.")]
    text: String,
    #[schema(required = true, example = 9)]
    background: Option<i64>,
}

/// A batch video as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct BatchVideoDocument {
    variables: Map<String, Value>,
    template: Option<BatchVideoTemplateNested>,
    webhook: Option<WebhookNested>,
}

/// A value for a placeholder.
#[derive(Debug)]
pub(crate) struct Variable;

impl ToSchema for Variable {}

impl utoipa::PartialSchema for Variable {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let types = [Type::Integer, Type::Number, Type::String, Type::Boolean];
        // Not one of them: whole numbers are integers and numbers.
        let any = types.into_iter().fold(AnyOfBuilder::new(), |any, one| any.item(ObjectSchema::with_type(one)));
        any.description(Some("A value for a placeholder.")).into()
    }
}

/// A batch video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchVideo {
    #[schema(example = 41)]
    id: i64,
    /// Created datetime
    #[schema(format = DateTime)]
    cd: String,
    #[schema(value_type = BTreeMap<String, Variable>)]
    variables: Map<String, Value>,
    #[schema(required = true)]
    template: Option<BatchVideoTemplateNested>,
    #[schema(value_type = VideoStatus)]
    status: &'static str,
    /// The video file, once there is one
    #[schema(required = true, format = "uri")]
    result: Option<String>,
    #[schema(required = true)]
    webhook: Option<WebhookNested>,
}

/// A batch video to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct BatchVideoRequest {
    /// Values for the placeholders of the template's text
    #[schema(example = json!({"name": "Ada", "seats": 3, "rate": 12.5, "vip": true}))]
    variables: BTreeMap<String, Variable>,
    /// Without one there is nothing to render, and the batch video stays a draft
    template: Option<BatchVideoTemplateNestedRequest>,
    webhook: Option<WebhookNestedRequest>,
}

/// The template to use: its id, or all that makes up a new one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct BatchVideoTemplateNestedRequest {
    #[schema(example = 7)]
    id: Option<i64>,
    #[schema(nullable = false)]
    avatar: Option<ReferenceRequest>,
    #[schema(nullable = false)]
    voice: Option<ReferenceRequest>,
    #[schema(nullable = false, min_length = 1, max_length = 20_000)]
    text: Option<String>,
    background: Option<ReferenceRequest>,
}

/// Which template a body asks for.
enum TemplateGiven {
    Id(i64, Path),
    Inline(TemplateDocument),
}

/// Shows batch videos; each row as a single one is shown.
pub(crate) async fn shown(engine: &Engine, account: &AccountId, films: &[Film]) -> Result<Vec<BatchVideo>, ApiError> {
    let documents = films.iter().map(|film| stored(&film.document)).collect::<Result<Vec<BatchVideoDocument>, _>>()?;
    let backgrounds = documents.iter().filter_map(|document| document.template.as_ref()?.background);
    let files = Files::load(engine, account, backgrounds).await?;
    let row = |(film, mut document): (&Film, BatchVideoDocument)| {
        if let Some(template) = &mut document.template {
            template.background = template.background.filter(|number| files.get(*number).is_some());
        }
        BatchVideo {
            id: film.number,
            cd: iso(film.created_at),
            variables: document.variables,
            template: document.template,
            status: status_word(film.state),
            result: engine.film_url(film, "mp4"),
            webhook: document.webhook,
        }
    };
    Ok(films.iter().zip(documents).map(row).collect())
}

async fn one(call: &Call, film: Film) -> Result<BatchVideo, ApiError> {
    let mut rows = shown(&call.engine, call.account(), &[film]).await?;
    rows.pop().ok_or(ApiError::Internal)
}

/// Lists batch videos, newest first.
#[utoipa::path(
    get, path = "/api/batch-videos/", operation_id = "batch_videos_list", tag = "batch-videos",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
        ("ordering" = Option<String>, Query, description = "`id` or `cd` for the oldest first; newest first without"),
        ("status" = Option<Vec<VideoStatus>>, Query, description = "Only with one of these; repeat the name for several"),
    ),
    responses((status = 200, description = "A page of batch videos", body = Paged<BatchVideo>), Guarded, WithFilter),
    security(("token" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let paging = Paging::of(&call);
    let listed = call.engine.films(call.account(), &filter_of(&call, FilmKind::BatchVideo, paging)?).await?;
    let rows = shown(&call.engine, call.account(), &listed.rows).await?;
    Answer::of(&Paged::new(&call, paging, listed.total, rows))
}

/// Finds a batch video.
#[utoipa::path(
    get, path = "/api/batch-videos/{id}/", operation_id = "batch_videos_retrieve", tag = "batch-videos",
    params(("id" = i64, Path, description = "The batch video")),
    responses((status = 200, description = "The batch video", body = BatchVideo), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn retrieve(call: Call) -> Result<Answer, ApiError> {
    let kind = FilmKind::BatchVideo;
    let film = call.engine.numbered_film(call.account(), Door::Spiritme, kind, call.id()?).await?;
    Answer::of(&one(&call, film).await?)
}

/// Makes a batch video; rendering begins at once.
#[utoipa::path(
    post, path = "/api/batch-videos/", operation_id = "batch_videos_create", tag = "batch-videos",
    request_body(content(
        (BatchVideoRequest = "application/x-www-form-urlencoded"),
        (BatchVideoRequest = "application/json"),
        (BatchVideoRequest = "multipart/form-data"),
    )),
    responses((status = 201, description = "The batch video", body = BatchVideo), Guarded, WithBody),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, request: Request) -> Result<Answer, ApiError> {
    let body = body::read(request).await?;
    let mut problems = Problems::default();
    let variables = read_variables(&body, &mut problems);
    let mut references = References::with_numbers(&call.engine);
    let given = read_template(&body, &mut references, &mut problems)?;
    let webhook = webhooks::read(&body, &mut problems).value();
    references.check(call.account(), &mut problems).await?;
    let template = match given {
        Some(given) => find_template(&call, given, &mut problems).await?,
        None => None,
    };
    let text = template.as_ref().and_then(|(document, _)| filled(document, &variables, &mut problems));
    checked(problems)?;
    let webhook = match webhook {
        Some(given) => Some(webhooks::resolve(&call, given).await?),
        None => None,
    };
    let template = match template {
        Some((document, id)) => Some(kept(&call, document, id).await?),
        None => None,
    };
    let document = BatchVideoDocument { variables, template, webhook };
    let film = ordered(&call, &document, text).await?;
    Answer::created(&one(&call, film).await?)
}

fn read_variables(body: &Object<'_>, problems: &mut Problems) -> Map<String, Value> {
    let Given::Is(given) = body.dictionary(problems, "variables") else { return Map::new() };
    for (name, value) in given.members() {
        let problem = match value {
            Value::Null => "This field may not be null.",
            Value::Array(_) | Value::Object(_) => NO_VALUE,
            Value::String(text) if text.contains('\0') => NUL,
            Value::String(_) | Value::Number(_) | Value::Bool(_) => continue,
        };
        problems.add(&given.path.member(name), problem);
    }
    match given.into_value() {
        Value::Object(variables) => variables,
        _ => Map::new(),
    }
}

/// Reads the member `template`.
///
/// Our choice, since nobody public shows what can be written: the `id` of a template, which counts alone, or without one a new template.
fn read_template(
    body: &Object<'_>,
    references: &mut References<'_>,
    problems: &mut Problems,
) -> Result<Option<TemplateGiven>, ApiError> {
    let Some(template) = body.object(problems, "template", Need::Nullable).value() else { return Ok(None) };
    if !template.is_null("id") {
        let id = template.integer(problems, "id", Need::Required).value();
        return Ok(id.map(|id| TemplateGiven::Id(id, template.path.member("id"))));
    }
    Ok(TemplateDocument::read(&template, references, problems)?.map(TemplateGiven::Inline))
}

/// Finds what the template says; the id of one that is to be made is none.
async fn find_template(
    call: &Call,
    given: TemplateGiven,
    problems: &mut Problems,
) -> Result<Option<(TemplateDocument, Option<i64>)>, ApiError> {
    let (id, path) = match given {
        TemplateGiven::Inline(document) => return Ok(Some((document, None))),
        TemplateGiven::Id(id, path) => (id, path),
    };
    match call.engine.numbered_template(call.account(), Door::Spiritme, id).await {
        Ok(template) => Ok(Some((TemplateDocument::of(&template)?, Some(id)))),
        Err(engine::Error::NotFound { .. }) => {
            problems.add(&path, no_such_id(id));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Puts the values into the text.
fn filled(template: &TemplateDocument, variables: &Map<String, Value>, problems: &mut Problems) -> Option<String> {
    let at = Path::default().member("variables");
    match fill(&template.text, variables, NARRATION_CHARS_MAX) {
        Ok(text) => return Some(text),
        // What is wrong with the variables themselves was told already.
        Err(_) if !problems.is_empty() => {}
        Err(FillError::TooLong) => problems.add_whole(&at, TOO_LONG),
        Err(FillError::Missing(names)) => {
            for name in names {
                problems.add(&at.member(&name), MISSING);
            }
        }
    }
    None
}

/// Keeps a template that is new, and shows it.
async fn kept(call: &Call, document: TemplateDocument, id: Option<i64>) -> Result<BatchVideoTemplateNested, ApiError> {
    let id = match id {
        Some(id) => id,
        None => document.store(call).await?.number,
    };
    let TemplateDocument { avatar, voice, text, background } = document;
    Ok(BatchVideoTemplateNested { id, avatar, voice, text, background })
}

/// Makes the film. Without a template there is nothing to render, and it stays a draft.
async fn ordered(call: &Call, document: &BatchVideoDocument, text: Option<String>) -> Result<Film, ApiError> {
    let scene = match (&document.template, text) {
        (Some(template), Some(text)) => Some(scene_of(call, template, text).await?),
        _ => None,
    };
    let start = if scene.is_some() { Start::Now } else { Start::Later };
    let (project, warnings) = scene.map_or((None, Vec::new()), |scene| (Some(scene.project), scene.warnings));
    let new = NewFilm {
        door: Door::Spiritme,
        kind: FilmKind::BatchVideo,
        name: NAME.to_owned(),
        document: written(document)?,
        project,
        output: Output::default(),
        origin: origin_of(document.webhook.as_ref()),
        webhook_url: document.webhook.as_ref().map(|webhook| webhook.url.clone()),
        warnings,
    };
    Ok(call.engine.create_film(&call.caller, new, start).await?)
}

/// Makes the scene document: one slide, the avatar as videos have it.
async fn scene_of(call: &Call, template: &BatchVideoTemplateNested, text: String) -> Result<Scene, ApiError> {
    use crate::videos::{AudioSource, Layer, Slide, VideoDocument};
    let files = Files::load(&call.engine, call.account(), template.background).await?;
    let slide = Slide {
        audio_source: AudioSource { text: Some(text), voice: Some(template.voice), file: None },
        layers: vec![Layer { avatar: Some(template.avatar), ..Layer::default() }],
        background: template.background,
    };
    scene::of_video(&call.engine, &files, NAME, &VideoDocument { slides: vec![slide], ..VideoDocument::default() })
}
