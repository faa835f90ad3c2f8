//! `/automation`: projects drafted from texts, pages of the web and documents.
//!
//! The server has no language model: a text is split where its author split it, into headings, paragraphs, slides and pages.
//!
//! Pages of a document are made by a job of their own. Until they are, the project has no scenes yet and keeps in its document, under
//! [`DRAFTING`], what it will be made of; whoever looks at it next ([`ready`]) finishes it.

use axum::extract::Request;
use axum::http::Uri;
use engine::Door;
use engine::film::drafting::{DraftScene, draft_text};
use engine::film::{
    Film, FilmChange, FilmKind, FilmOrigin, FilmState, Material, MaterialId, MaterialKind, MaterialState, NewFilm,
    Start,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::body::{Body, query_of};
use crate::call::{At, Call};
use crate::document;
use crate::document::drafted::{self, DraftedScene, Presenter};
use crate::error::{ApiError, ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::projects::progress::failure_of;
use crate::projects::{Options, Source, make};
use crate::read::Node;

/// The member of a document that says what the project is still to be made of.
const DRAFTING: &str = "drafting";
/// Most documents of one project.
const FILES_MAX: usize = 20;
/// Most scenes of a drafted project.
const SCENES_MAX: usize = stage::document::limits::N_SCENES_MAX;
/// What a drafted project is called that nobody names; our choice.
const NAME: &str = "Drafted video";

/// What a project is still to be made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Drafting {
    /// Documents, in their order.
    materials: Vec<String>,
    model: String,
    clothes: String,
    language: String,
}

/// The ids of a project that is being drafted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Drafted {
    #[serde(rename = "projectId")]
    #[schema(example = "66b1f0c2a94e1d0012ab34cd")]
    project_id: String,
    /// The same as the project's.
    #[serde(rename = "automationJobId")]
    automation_job_id: String,
}

impl Drafted {
    fn of(film: &Film) -> Self {
        Self { project_id: film.id.to_string(), automation_job_id: film.id.to_string() }
    }
}

/// How a drafted project is called and who speaks in it.
struct About {
    name: String,
    orientation: &'static str,
    presenter: Presenter,
    options: Options,
}

impl About {
    async fn read(call: &Call, root: &Node<'_>) -> Result<Self> {
        let orientation = match root.text("orientation")?.as_deref() {
            None | Some("landscape" | "web") => "landscape",
            Some("portrait" | "mobile") => "portrait",
            Some(_) => return Err(root.wrong_at("orientation", "must be landscape or portrait")),
        };
        let one_of = |keys: [&'static str; 3]| keys.iter().find_map(|key| root.text(key).transpose()).transpose();
        let host = call.engine.catalog()?.avatars().first();
        let host_outfit = host.and_then(|host| host.outfits.first());
        let model = one_of(["model", "modelId", "aiName"])?;
        let clothes = one_of(["clothes", "clothId", "cloth"])?;
        let presenter = Presenter {
            // Clothes belong to an avatar: those of the first one only go with the first one.
            clothes: clothes
                .or_else(|| host_outfit.filter(|_| model.is_none()).map(|it| it.id.clone()))
                .unwrap_or_default(),
            model: model.or_else(|| host.map(|host| host.id.clone())).unwrap_or_default(),
            language: root.text("language")?.unwrap_or_else(|| "en".to_owned()),
        };
        Ok(Self {
            name: one_of(["name", "title", "projectName"])?.unwrap_or_else(|| NAME.to_owned()),
            orientation,
            presenter,
            options: Options::read(call, root).await?,
        })
    }
}

/// A text to be split into scenes.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct ScriptsBody {
    /// One text, or a list with one per scene: texts, or objects with `title` and `script`.
    #[schema(value_type = Object, example = json!(["Good morning.", "Here is the news."]))]
    scripts: Value,
    name: Option<String>,
    /// The avatar who speaks; the first one without one.
    model: Option<String>,
    clothes: Option<String>,
    #[schema(example = "en")]
    language: Option<String>,
    /// `landscape` or `portrait`.
    orientation: Option<String>,
}

/// Drafts a project from texts: one scene per text, or a text split where it has headings and paragraphs. No video is made yet.
#[utoipa::path(
    post, path = "/api/odin/v3/automation/scripts_to_video", operation_id = "aistudiosScriptsToVideo", tag = "automation",
    request_body(content = ScriptsBody),
    responses((status = 200, description = "The project's id", body = Data<Drafted>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn scripts(call: Call, Body(body): Body) -> Result<Answer> {
    let root = Node::root(&body);
    let given = root.any(&["scripts", "script", "text"]);
    let given = given.ok_or_else(|| root.wrong_at("scripts", "is required"))?;
    let mut scenes = Vec::new();
    if given.value.is_array() {
        for item in given.items()? {
            scenes.push(scene_of(&item)?);
        }
    } else {
        let text = given.as_text()?;
        scenes.extend(draft_text(&text).into_iter().map(without_picture));
    }
    let about = About::read(&call, &root).await?;
    let film = lay_out(&call, &about, scenes, &given.path).await?;
    Answer::data(Drafted::of(&film))
}

fn scene_of(item: &Node<'_>) -> Result<DraftedScene> {
    let (title, text) = if item.value.is_object() {
        (item.text("title")?.unwrap_or_default(), item.required_text(&["script", "text", "org", "content"])?)
    } else {
        (String::new(), item.as_text()?)
    };
    Ok(DraftedScene { title, text, picture_url: None })
}

fn without_picture(scene: DraftScene) -> DraftedScene {
    DraftedScene { title: scene.title, text: scene.text, picture_url: None }
}

/// A page of the web to be split into scenes.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct UrlBody {
    #[schema(example = "https://example.org/news.html")]
    url: String,
    name: Option<String>,
    model: Option<String>,
    clothes: Option<String>,
    language: Option<String>,
    orientation: Option<String>,
}

/// Drafts a project from a page of the web, split where it has headings and paragraphs. No video is made yet.
#[utoipa::path(
    post, path = "/api/odin/v3/automation/url_to_video", operation_id = "aistudiosUrlToVideo", tag = "automation",
    request_body(content = UrlBody),
    responses((status = 200, description = "The project's id", body = Data<Drafted>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn url(call: Call, Body(body): Body) -> Result<Answer> {
    let root = Node::root(&body);
    let url = root.required_text(&["url", "link", "sourceUrl"])?;
    let about = About::read(&call, &root).await?;
    let scenes = call.engine.draft_url(url.trim()).await.map_err(|error| match error {
        engine::Error::Refused(failure) => ApiError::of_failure(&failure, "url"),
        other => other.into(),
    })?;
    let scenes = scenes.into_iter().map(without_picture).collect();
    let film = lay_out(&call, &about, scenes, "url").await?;
    Answer::data(Drafted::of(&film))
}

async fn lay_out(call: &Call, about: &About, scenes: Vec<DraftedScene>, blamed: &str) -> Result<Film> {
    let scenes: Vec<DraftedScene> =
        scenes.into_iter().filter(|scene| !scene.text.trim().is_empty() || scene.picture_url.is_some()).collect();
    check_number(scenes.len(), blamed)?;
    let document = drafted::document(&about.name, about.orientation, &scenes, &about.presenter);
    make(call, document, &about.options, Source::default(), Start::Later).await
}

fn check_number(n_scenes: usize, blamed: &str) -> Result<()> {
    match n_scenes {
        0 => Err(ApiError::invalid(blamed, "has no text to make scenes of")),
        n if n > SCENES_MAX => {
            Err(ApiError::invalid(blamed, format!("makes {n} scenes; at most {SCENES_MAX} are allowed")))
        }
        _ => Ok(()),
    }
}

/// Documents that were uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Uploads {
    #[serde(rename = "uploadResults")]
    upload_results: Vec<UploadResult>,
}

/// A document that was uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadResult {
    /// What it is called from now on.
    #[schema(example = "material:66b1f0c2a94e1d0012ab34cd")]
    uri: String,
    #[serde(rename = "fileName")]
    #[schema(example = "slides.pptx")]
    file_name: String,
}

/// The form of an upload.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct FilesForm {
    /// PDF, PPTX or text.
    #[schema(value_type = Vec<String>, format = Binary)]
    files: Vec<Vec<u8>>,
}

/// Takes documents that a project will be drafted from.
#[utoipa::path(
    post, path = "/api/odin/v3/automation/docs-to-video/upload-files", operation_id = "aistudiosUploadDocuments",
    tag = "automation",
    request_body(content = FilesForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "What they are called", body = Data<Uploads>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn upload(call: Call, request: Request) -> Result<Answer> {
    let (_, materials) = crate::uploads::receive(&call, request, &["files", "files[]", "file"], &DOCUMENTS).await?;
    let upload_results =
        materials.into_iter().map(|material| UploadResult { uri: uri_of(&material.id), file_name: material.name });
    Answer::data(Uploads { upload_results: upload_results.collect() })
}

/// The kinds of documents that scenes are drafted from.
const DOCUMENTS: [MaterialKind; 3] = [MaterialKind::Pdf, MaterialKind::Pptx, MaterialKind::Text];

/// What scene documents call materials, too.
fn uri_of(id: &MaterialId) -> String {
    format!("material:{id}")
}

/// Documents to be split into scenes.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct DocsBody {
    /// What the upload answered: objects with `uri`, or uris.
    #[schema(value_type = Vec<Object>, example = json!([{"uri": "material:66b1f0c2a94e1d0012ab34cd", "fileName": "slides.pptx"}]))]
    files: Vec<Value>,
    name: Option<String>,
    model: Option<String>,
    clothes: Option<String>,
    language: Option<String>,
    orientation: Option<String>,
}

/// Drafts a project from uploaded documents: one scene per page or slide, and where a text has headings and paragraphs. No video is made yet.
#[utoipa::path(
    post, path = "/api/odin/v3/automation/docs-to-video", operation_id = "aistudiosDocsToVideo", tag = "automation",
    request_body(content = DocsBody),
    responses((status = 200, description = "The project's id", body = Data<Drafted>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn docs(call: Call, Body(body): Body) -> Result<Answer> {
    let root = Node::root(&body);
    let files = root.any(&["files", "uploadResults", "uris", "uri"]);
    let files = files.ok_or_else(|| root.wrong_at("files", "is required"))?;
    let items = if files.value.is_array() { files.items()? } else { vec![files.clone()] };
    if items.is_empty() || items.len() > FILES_MAX {
        return Err(files.wrong(format!("1 to {FILES_MAX} documents are taken")));
    }
    let mut materials = Vec::new();
    for item in &items {
        let uri = if item.value.is_object() { item.required_text(&["uri"])? } else { item.as_text()? };
        let id = uri.strip_prefix("material:").unwrap_or(&uri);
        let material = call.engine.material(call.account(), &MaterialId::from_text(id)).await;
        materials.push(material?);
    }
    let about = About::read(&call, &root).await?;
    let film = begin(&call, &about, &materials).await?;
    Answer::data(Drafted::of(&film))
}

/// The form of slides.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct SlidesForm {
    /// PDF or PPTX.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    name: Option<String>,
    workspaceId: Option<String>,
}

/// The id of a project whose scenes are made from slides.
#[utoipa::path(
    post, path = "/api/odin/v3/editor/project/pptpdf", operation_id = "aistudiosProjectFromSlides", tag = "projects",
    request_body(content = SlidesForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The project's id", body = Data<crate::projects::ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn slides(call: Call, request: Request) -> Result<Answer> {
    let kinds = [MaterialKind::Pdf, MaterialKind::Pptx];
    let (members, materials) = crate::uploads::receive(&call, request, &["file"], &kinds).await?;
    let mut about = About::read(&call, &Node::root(&members)).await?;
    if let (true, Some(material)) = (members.get("name").is_none(), materials.first()) {
        about.name.clone_from(&material.name);
    }
    let film = begin(&call, &about, &materials).await?;
    Answer::data(crate::projects::ProjectId::of(&film))
}

/// Makes a project that has no scenes yet, and its scenes if its documents are ready.
async fn begin(call: &Call, about: &About, materials: &[Material]) -> Result<Film> {
    let drafting = Drafting {
        materials: materials.iter().map(|material| material.id.to_string()).collect(),
        model: about.presenter.model.clone(),
        clothes: about.presenter.clothes.clone(),
        language: about.presenter.language.clone(),
    };
    let new = NewFilm {
        door: Door::Aistudios,
        kind: FilmKind::Video,
        name: about.name.clone(),
        document: json!({"name": about.name, "orientation": about.orientation, "scenes": [], DRAFTING: drafting}),
        project: None,
        output: about.options.output(),
        origin: FilmOrigin {
            workspace_id: about.options.workspace_id.clone().unwrap_or_default(),
            ..FilmOrigin::default()
        },
        webhook_url: about.options.webhook_url.clone(),
        warnings: Vec::new(),
    };
    let film = call.engine.create_film(&call.caller, new, Start::Later).await?;
    let id = film.id.clone();
    let drafted = ready(call, film).await;
    if drafted.is_err() {
        // Nothing will come of it, and nobody knows its id.
        call.engine.delete_film(call.account(), Door::Aistudios, &id).await?;
    }
    drafted
}

/// Returns what a project is still to be made of.
fn drafting_of(film: &Film) -> Option<Drafting> {
    let drafting = film.document.get(DRAFTING).filter(|_| film.project.is_none() && film.state == FilmState::Draft)?;
    serde_json::from_value(drafting.clone()).ok()
}

/// Makes the scenes of a project that has none yet, if its documents are ready by now.
///
/// Fails for documents that could not be read: nothing will come of the project.
pub(crate) async fn ready(call: &Call, film: Film) -> Result<Film> {
    let Some(drafting) = drafting_of(&film) else { return Ok(film) };
    let mut materials = Vec::new();
    for id in &drafting.materials {
        let material = call.engine.material(call.account(), &MaterialId::from_text(id.as_str())).await?;
        match material.state {
            MaterialState::Waiting | MaterialState::Processing => return Ok(film),
            MaterialState::Failed => return Err(ApiError::invalid(material.name, material.failure)),
            MaterialState::Ready => materials.push(material),
        }
    }
    let mut scenes = Vec::new();
    for material in &materials {
        for scene in call.engine.draft_material(material).await? {
            scenes.push(pictured(call, scene).await?);
        }
    }
    check_number(scenes.len(), "files")?;
    let presenter = Presenter { model: drafting.model, clothes: drafting.clothes, language: drafting.language };
    let orientation = film.document.get("orientation").and_then(Value::as_str).unwrap_or("landscape");
    let document = drafted::document(&film.name, orientation, &scenes, &presenter);
    let mapped = document::map(&document)?;
    let change = FilmChange {
        document: Some(document),
        project: Some(mapped.project),
        warnings: Some(mapped.warnings),
        ..FilmChange::default()
    };
    Ok(call.engine.fill_draft(call.account(), Door::Aistudios, &film.id, change).await?)
}

async fn pictured(call: &Call, scene: DraftScene) -> Result<DraftedScene> {
    let picture_url = match &scene.picture {
        Some(id) => Some(call.engine.material_url(&call.engine.material(call.account(), id).await?)),
        None => None,
    };
    Ok(DraftedScene { title: scene.title, text: scene.text, picture_url })
}

/// How far a project is drafted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftProgress {
    /// `processing`, then `finish`.
    #[schema(value_type = String, example = "finish")]
    state: &'static str,
    /// 100 once it is finished.
    #[schema(example = 100)]
    progress: u8,
}

/// Tells how far a project is drafted. Quirk: the vendor's callers write `?projectId=X`, `/?projectId=X` and `/X`.
#[utoipa::path(
    get, path = "/api/odin/v3/automation/progress", operation_id = "aistudiosDraftProgress", tag = "automation",
    params(("projectId" = String, Query, description = "The project")),
    responses((status = 200, description = "How far it is", body = Data<DraftProgress>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn progress(call: Call, uri: Uri) -> Result<Answer> {
    let query = Value::Object(query_of(uri.query()));
    let id = Node::root(&query).required_text(&["projectId", "automationJobId", "id"])?;
    progress_of(&call, &id).await
}

/// Tells how far a project is drafted.
#[utoipa::path(
    get, path = "/api/odin/v3/automation/progress/{id}", operation_id = "aistudiosDraftProgressById", tag = "automation",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "How far it is", body = Data<DraftProgress>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn progress_by_id(call: Call, At(id): At) -> Result<Answer> {
    progress_of(&call, &id).await
}

async fn progress_of(call: &Call, id: &str) -> Result<Answer> {
    let film = call.project(id).await?;
    if film.state == FilmState::Failed {
        return Err(failure_of(&film));
    }
    let is_drafted = film.project.is_some();
    let (state, progress) = if is_drafted { ("finish", 100) } else { ("processing", 50) };
    Answer::data(DraftProgress { state, progress })
}
