//! `/model` and `/dropdown`: who and what there is to choose from.

use axum::http::Uri;
use axum::response::Redirect;
use engine::film::PlaceKind;
use engine::film::catalog::{AvatarPicture, CatalogAvatar, CatalogTemplate};
use engine::{Door, Engine, Page};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::{Anywhere, query_of};
use crate::call::{At, Call};
use crate::document::builtin_name;
use crate::error::{ApiError, ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// What all avatars of this server are, among the vendor's kinds of them; our choice.
const AVATAR_TYPE: &str = "studio";

/// A name in the vendor's two languages. This server has one for both.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Label {
    ko: String,
    en: String,
}

impl Label {
    fn of(name: &str) -> Self {
        Self { ko: name.to_owned(), en: name.to_owned() }
    }
}

/// An avatar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    #[schema(example = "M000000001")]
    id: String,
    label: Label,
    /// A picture.
    thumbnail: String,
    clothes: Vec<Cloth>,
}

/// Something that an avatar can wear.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cloth {
    #[schema(example = "BG00000001")]
    id: String,
    label: Label,
    thumbnail: String,
}

/// All avatars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Models {
    models: Vec<Model>,
}

/// Lists avatars and what they can wear.
#[utoipa::path(
    get, path = "/api/odin/v3/model", operation_id = "aistudiosModels", tag = "lists",
    responses((status = 200, description = "The avatars", body = Data<Models>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn models(call: Call) -> Result<Answer> {
    let catalog = call.engine.catalog()?;
    let models = catalog.avatars().iter().map(|avatar| model(&call.engine, avatar)).collect();
    Answer::data(Models { models })
}

fn model(engine: &Engine, avatar: &CatalogAvatar) -> Model {
    let picture = |outfit: &str| thumbnail(engine, &avatar.id, outfit);
    let cloth = |outfit: &engine::film::catalog::CatalogOutfit| Cloth {
        id: outfit.id.clone(),
        label: Label::of(&outfit.name),
        thumbnail: picture(&outfit.id),
    };
    Model {
        id: avatar.id.clone(),
        label: Label::of(&avatar.name),
        thumbnail: picture(avatar.outfits.first().map_or("", |outfit| outfit.id.as_str())),
        clothes: avatar.outfits.iter().map(cloth).collect(),
    }
}

fn thumbnail(engine: &Engine, avatar: &str, outfit: &str) -> String {
    engine.avatar_url(avatar, outfit, AvatarPicture::Thumbnail)
}

/// An avatar of a short list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelChoice {
    #[schema(example = "M000000001")]
    id: String,
    label: String,
    #[serde(rename = "avatarType")]
    #[schema(value_type = String, example = "studio")]
    avatar_type: &'static str,
}

/// Lists avatars in short.
#[utoipa::path(
    get, path = "/api/odin/v3/dropdown/models", operation_id = "aistudiosModelChoices", tag = "lists",
    responses((status = 200, description = "The avatars", body = Data<Vec<ModelChoice>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn model_choices(call: Call) -> Result<Answer> {
    let avatars = call.engine.catalog()?.avatars().iter();
    let choice = |avatar: &CatalogAvatar| ModelChoice {
        id: avatar.id.clone(),
        label: avatar.name.clone(),
        avatar_type: AVATAR_TYPE,
    };
    Answer::data(avatars.map(choice).collect::<Vec<_>>())
}

/// A voice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoiceChoice {
    id: String,
    label: String,
    #[schema(example = "en-US")]
    language: String,
    /// `female`, `male` or `neutral`.
    gender: String,
    /// A recording of it.
    #[serde(rename = "sampleUrl")]
    sample_url: String,
}

/// Lists voices; our own, since the vendor publishes no such list. Their ids go into `tts.model`.
#[utoipa::path(
    get, path = "/api/odin/v3/dropdown/voices", operation_id = "aistudiosVoiceChoices", tag = "lists",
    responses((status = 200, description = "The voices", body = Data<Vec<VoiceChoice>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn voice_choices(call: Call) -> Result<Answer> {
    let voices = call.engine.catalog()?.voices().iter();
    let choice = |voice: &engine::film::catalog::CatalogVoice| VoiceChoice {
        id: voice.id.clone(),
        label: format!("{} ({})", voice.name, voice.language_name),
        language: voice.language.clone(),
        gender: format!("{:?}", voice.gender).to_lowercase(),
        sample_url: call.engine.voice_sample_url(&voice.id),
    };
    Answer::data(voices.map(choice).collect::<Vec<_>>())
}

/// A template of the short list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateChoice {
    #[schema(example = "5f0c1b2a3d4e5f6071829304")]
    id: String,
    name: String,
}

/// Lists templates for business.
#[utoipa::path(
    get, path = "/api/odin/v3/dropdown/templates_business", operation_id = "aistudiosBusinessTemplates", tag = "lists",
    responses((status = 200, description = "The templates", body = Data<Vec<TemplateChoice>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn business_templates(call: Call) -> Result<Answer> {
    let templates = call.engine.catalog()?.templates().iter().filter(|template| template.category == "business");
    let choice = |template: &CatalogTemplate| TemplateChoice { id: template.id.clone(), name: template.name.clone() };
    Answer::data(templates.map(choice).collect::<Vec<_>>())
}

/// A template with its picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PicturedTemplate {
    id: String,
    name: String,
    #[serde(rename = "thumbnailUrl")]
    thumbnail_url: String,
}

/// Which templates to list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct TemplateFilter {
    /// `social`, `business` or `education`.
    #[schema(example = "business")]
    category: String,
    /// `web` or `mobile`; both without one.
    orientation: Option<String>,
    /// Not looked at: templates of this server have backgrounds that come with it.
    fileBackground: Option<bool>,
}

/// Lists templates of a category. Quirk: the vendor's samples have the parameters in the query or in the body.
#[utoipa::path(
    post, path = "/api/odin/v3/dropdown/templates_automation", operation_id = "aistudiosTemplates", tag = "lists",
    request_body(content = TemplateFilter),
    responses((status = 200, description = "The templates", body = Data<Vec<PicturedTemplate>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn templates(call: Call, Anywhere(body): Anywhere) -> Result<Answer> {
    let root = Node::root(&body);
    let category = root.required_text(&["category"])?;
    if !["social", "business", "education"].contains(&category.as_str()) {
        return Err(root.wrong_at("category", "must be social, business or education"));
    }
    let orientation = match root.text("orientation")?.as_deref() {
        None => None,
        Some("web" | "landscape") => Some("landscape"),
        Some("mobile" | "portrait") => Some("portrait"),
        Some(_) => return Err(root.wrong_at("orientation", "must be web or mobile")),
    };
    root.switch("fileBackground")?;
    let fits = |template: &&CatalogTemplate| {
        template.category == category && orientation.is_none_or(|wanted| template.orientation() == wanted)
    };
    let choice = |template: &CatalogTemplate| PicturedTemplate {
        id: template.id.clone(),
        name: template.name.clone(),
        thumbnail_url: call.engine.template_thumbnail_url(&template.id),
    };
    let templates = call.engine.catalog()?.templates().iter().filter(fits);
    Answer::data(templates.map(choice).collect::<Vec<_>>())
}

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workspace {
    #[serde(rename = "workspaceId")]
    workspace_id: String,
    #[serde(rename = "workspaceName")]
    #[schema(example = "Marketing")]
    workspace_name: String,
}

/// Lists the account's workspaces: its own first, then those that it made.
#[utoipa::path(
    get, path = "/api/odin/v3/dropdown/workspaces", operation_id = "aistudiosWorkspaces", tag = "lists",
    params(("page" = Option<u32>, Query, description = "From 1")),
    responses((status = 200, description = "The workspaces", body = Data<Vec<Workspace>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn workspaces(call: Call, uri: Uri) -> Result<Answer> {
    let query = Value::Object(query_of(uri.query()));
    let rows_max = call.engine.limits().page_rows_max;
    let page = Node::root(&query).number("page")?.unwrap_or(1.0).clamp(1.0, 1e6) as u32;
    let page = Page { limit: rows_max, offset: (page - 1).saturating_mul(rows_max) };
    let places = call.engine.places(call.account(), Door::Aistudios, PlaceKind::Workspace, page).await?;
    // Our choice: the account itself is a workspace, so that a list to choose from is never empty.
    let own = Workspace { workspace_id: call.account().to_string(), workspace_name: "Default".to_owned() };
    let made =
        places.into_iter().map(|place| Workspace { workspace_id: place.id.to_string(), workspace_name: place.name });
    let own = Some(own).filter(|_| page.offset == 0);
    Answer::data(own.into_iter().chain(made).collect::<Vec<_>>())
}

/// Leads from the vendor's path of a background, which is relative to its host, to the picture.
#[utoipa::path(
    get, path = "/images/background/{file}", operation_id = "aistudiosBackground", tag = "lists",
    params(("file" = String, Path, description = "Such as `bg_blue_gradient.png`")),
    responses((status = 307, description = "Where the picture is"), (status = 404, description = "There is none"))
)]
pub(crate) async fn background(
    axum::extract::State(engine): axum::extract::State<std::sync::Arc<Engine>>,
    At(file): At,
) -> Result<Redirect> {
    let name = builtin_name(&file);
    let known = engine.catalog()?.backgrounds().iter().any(|background| background.name == name);
    if known {
        Ok(Redirect::temporary(&engine.background_url(&name)))
    } else {
        Err(ApiError::not_found("background", &file))
    }
}
