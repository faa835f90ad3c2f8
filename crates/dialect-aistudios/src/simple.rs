//! `/simple`: an avatar alone on green, and speech alone.

use engine::Door;
use engine::film::catalog::Catalog;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Anywhere;
use crate::call::Call;
use crate::document::drafted::{Presenter, on_green};
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::projects::{Options, ProjectId, Source, make, start_unless_refused};
use crate::read::Node;

/// What such a project is called; our choice.
const NAME: &str = "Simple video";

/// What is said by whom.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct SimpleBody {
    #[schema(example = "en")]
    language: String,
    #[schema(example = "Good morning.")]
    text: String,
    /// An avatar.
    #[schema(example = "M000000001")]
    model: String,
    /// What they wear.
    #[schema(example = "BG00000001")]
    clothes: String,
    /// Quirk: the vendor's table says false, and every sample leaves it out and waits for the video.
    #[schema(default = true)]
    isExport: Option<bool>,
    resolution: Option<String>,
    workspaceId: Option<String>,
    webhookUrl: Option<String>,
}

/// Makes a video of an avatar alone on one flat green.
#[utoipa::path(
    post, path = "/api/odin/v3/simple/video", operation_id = "aistudiosSimpleVideo", tag = "simple",
    request_body(content = SimpleBody),
    responses((status = 200, description = "The project's id", body = Data<ProjectId>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn video(call: Call, Anywhere(body): Anywhere) -> Result<Answer> {
    let root = Node::root(&body);
    root.required_text(&["clothes"])?;
    let film = green(&call, &root).await?;
    Answer::data(ProjectId::of(&film))
}

/// The ids of a video that is being made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectAndTask {
    #[serde(rename = "projectId")]
    project_id: String,
    /// The same as in webhooks' `backendTaskId`.
    #[serde(rename = "taskId")]
    task_id: String,
}

/// Makes a video as [`video`] does, of an avatar of the account's own. An id that this server does not know gets a stand-in and a warning.
#[utoipa::path(
    post, path = "/api/odin/v3/simple/custom", operation_id = "aistudiosSimpleCustom", tag = "simple",
    request_body(content = SimpleBody),
    responses((status = 200, description = "The ids", body = Data<ProjectAndTask>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn custom(call: Call, Anywhere(body): Anywhere) -> Result<Answer> {
    let film = green(&call, &Node::root(&body)).await?;
    Answer::data(ProjectAndTask { project_id: film.id.to_string(), task_id: film.id.to_string() })
}

async fn green(call: &Call, root: &Node<'_>) -> Result<engine::film::Film> {
    let language = root.required_text(&["language"])?;
    let text = root.required_text(&["text"])?;
    let model = root.required_text(&["model", "avatarId", "aiName"])?;
    let clothes = match root.text("clothes")? {
        Some(clothes) => clothes,
        None => root.text("clothId")?.unwrap_or_default(),
    };
    let name = root.text("name")?.unwrap_or_else(|| NAME.to_owned());
    let options = Options::read(call, root).await?;
    let document = on_green(&name, &text, &Presenter { model, clothes, language });
    make(call, document, &options, Source::default(), start_unless_refused(&options)).await
}

/// A text to be spoken.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct AudioBody {
    #[schema(example = "en")]
    language: String,
    #[schema(example = "Good morning.")]
    text: String,
    /// The avatar whose voice speaks.
    #[schema(example = "M000000001")]
    model: String,
}

/// A text that was spoken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Spoken {
    #[serde(rename = "fileName")]
    #[schema(example = "66b1f0c2a94e1d0012ab34cd.wav")]
    file_name: String,
    /// The sound, to be fetched without a token.
    #[serde(rename = "downloadUrl")]
    download_url: String,
    /// When each word is said; our choice, as the vendor does not say what is in it.
    #[serde(rename = "metaList")]
    meta_list: Vec<Word>,
}

/// A word that was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Word {
    text: String,
    /// Milliseconds from the beginning.
    start: u32,
    end: u32,
}

/// Speaks a text at once.
#[utoipa::path(
    post, path = "/api/odin/v3/simple/audio", operation_id = "aistudiosSimpleAudio", tag = "simple",
    request_body(content = AudioBody),
    responses((status = 200, description = "The sound", body = Data<Spoken>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn audio(call: Call, Anywhere(body): Anywhere) -> Result<Answer> {
    let root = Node::root(&body);
    let language = root.required_text(&["language"])?.replace('_', "-");
    let text = root.required_text(&["text"])?;
    let model = root.required_text(&["model"])?;
    let voice = voice_of(call.engine.catalog()?, &model, &language);
    let spoken = call.engine.speak(&call.caller, Door::Aistudios, &text, &voice, Some(&language)).await?;
    let download_url = call.engine.material_url(&spoken.material);
    let file_name = download_url.rsplit('/').next().unwrap_or_default().to_owned();
    let words = spoken.words.into_iter();
    let words = words.map(|word| Word { text: word.text, start: word.start_ms, end: word.end_ms });
    Answer::data(Spoken { file_name, download_url, meta_list: words.collect() })
}

/// Returns the voice of an avatar in a language: a voice of theirs, or one that sounds like them. Empty for nobody's: any will do.
fn voice_of(catalog: &Catalog, model: &str, language: &str) -> String {
    let short = |language: &str| language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let Some(avatar) = catalog.avatar(model) else { return String::new() };
    let speaks = |voice: &&engine::film::catalog::CatalogVoice| short(&voice.language) == short(language);
    let own = avatar.voices.iter().filter_map(|id| catalog.voice(id)).find(speaks);
    let alike = || catalog.voices().iter().filter(speaks).find(|voice| voice.gender == avatar.gender);
    own.or_else(alike).map(|voice| voice.id.clone()).unwrap_or_default()
}
