//! `/editor/project`: projects, which are documents and the videos made of them.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod modify;
pub(crate) mod progress;

use engine::Door;
use engine::film::{Film, FilmKind, FilmOrigin, FilmState, NewFilm, Output, OutputForm, PlaceId, PlaceKind, Start};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::call::Call;
use crate::document::{self, speech};
use crate::error::{ApiError, Result};
use crate::read::Node;

/// The short side of a video whose resolution is not given, in pixels: the vendor's `1080`.
const DEFAULT_SHORT_SIDE: u32 = 1080;

/// The id of a project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectId {
    /// 24 lower-case hex digits.
    #[serde(rename = "projectId")]
    #[schema(example = "66b1f0c2a94e1d0012ab34cd")]
    pub(crate) project_id: String,
}

impl ProjectId {
    pub(crate) fn of(film: &Film) -> Self {
        Self { project_id: film.id.to_string() }
    }
}

/// What is asked for beside the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// Whether a video is made at once, where it is said.
    pub(crate) is_export: Option<bool>,
    pub(crate) resolution: Option<u32>,
    pub(crate) workspace_id: Option<String>,
    pub(crate) webhook_url: Option<String>,
}

impl Options {
    /// Reads what is asked for, and refuses another account's workspace.
    pub(crate) async fn read(call: &Call, root: &Node<'_>) -> Result<Self> {
        let options = Self {
            is_export: root.switch("isExport")?,
            resolution: resolution(root)?,
            workspace_id: root.text("workspaceId")?,
            webhook_url: root.text("webhookUrl")?,
        };
        if let Some(id) = &options.workspace_id {
            check_workspace(call, id).await?;
        }
        Ok(options)
    }

    pub(crate) fn output(&self) -> Output {
        Output { short_side: Some(self.resolution.unwrap_or(DEFAULT_SHORT_SIDE)), form: OutputForm::Mp4 }
    }
}

/// Reads `4k`, `1080`, `720` or `480`, as text or as a number.
fn resolution(root: &Node<'_>) -> Result<Option<u32>> {
    let Some(text) = root.text("resolution")? else { return Ok(None) };
    match text.trim().to_ascii_lowercase().trim_end_matches('p') {
        "4k" | "2160" => Ok(Some(2160)),
        "1080" => Ok(Some(1080)),
        "720" => Ok(Some(720)),
        "480" => Ok(Some(480)),
        _ => Err(root.wrong_at("resolution", "must be 4k, 1080, 720 or 480")),
    }
}

/// Refuses a workspace that is not the account's.
///
/// Our choice: an account without workspaces may name any, as documents copied from elsewhere do.
async fn check_workspace(call: &Call, id: &str) -> Result<()> {
    if id == call.account().as_str() {
        return Ok(());
    }
    let page = engine::Page { limit: 1, offset: 0 };
    let own = call.engine.places(call.account(), Door::Aistudios, PlaceKind::Workspace, page).await?;
    if own.is_empty() {
        return Ok(());
    }
    let place = PlaceId::from_text(id);
    match call.engine.place(call.account(), Door::Aistudios, PlaceKind::Workspace, &place).await {
        Ok(_) => Ok(()),
        Err(engine::Error::NotFound { .. }) => Err(ApiError::OtherWorkspace(id.chars().take(100).collect())),
        Err(error) => Err(error.into()),
    }
}

/// Where a new project comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Source<'s> {
    /// The project that it is a change of.
    pub(crate) project_id: &'s str,
    /// The template that it is made from.
    pub(crate) template_id: &'s str,
}

/// Makes a project of a document, and its video with [`Start::Now`].
pub(crate) async fn make(
    call: &Call,
    document: Value,
    options: &Options,
    source: Source<'_>,
    start: Start,
) -> Result<Film> {
    let mapped = document::map(&document)?;
    let new = NewFilm {
        door: Door::Aistudios,
        kind: FilmKind::Video,
        name: document::name_of(&document),
        document,
        project: Some(mapped.project),
        output: options.output(),
        origin: FilmOrigin {
            source_id: source.project_id.to_owned(),
            template_id: source.template_id.to_owned(),
            workspace_id: options.workspace_id.clone().unwrap_or_default(),
            ..FilmOrigin::default()
        },
        webhook_url: options.webhook_url.clone(),
        warnings: mapped.warnings,
    };
    Ok(call.engine.create_film(&call.caller, new, start).await?)
}

/// Tells when to start, where an export is what is done without being told.
pub(crate) fn start_unless_refused(options: &Options) -> Start {
    if options.is_export == Some(false) { Start::Later } else { Start::Now }
}

/// Returns the document of a project with both places of its speech.
pub(crate) fn completed(film: &Film) -> Value {
    let mut document = film.document.clone();
    speech::complete(&mut document);
    document
}

/// Returns the vendor's word for a state. Only `exported` is public; the others are our choice.
pub(crate) fn state_word(state: FilmState) -> &'static str {
    match state {
        FilmState::Draft | FilmState::Queued => "waiting",
        FilmState::Running => "exporting",
        FilmState::Done => "exported",
        FilmState::Failed | FilmState::Cancelled => "failed",
    }
}

/// Returns the progress in percent. Clients fetch the file at 100, so nothing else than a finished video has that.
pub(crate) fn progress_of(film: &Film, download_url: Option<&str>) -> i64 {
    match (film.state, download_url) {
        (FilmState::Done, Some(_)) => 100,
        _ => film.progress.clamp(0, 99),
    }
}
