//! Lists of what there is to make videos of, an extension: at the vendor, these ids are copied from its editor.

use axum::response::Response;
use engine::Engine;
use engine::film::catalog::{
    AvatarPicture, CatalogAvatar, CatalogLayout, CatalogOutfit, CatalogPalette, CatalogTemplate, CatalogVoice, Gender,
};
use serde::Serialize;
use stage::document::{Color, LayerKind};
use utoipa::ToSchema;

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::frame::ok;

/// A color, as `palette` of a request takes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ColorRow {
    #[schema(example = "#0b5fff")]
    color: String,
}

impl ColorRow {
    fn new(color: Color) -> Self {
        Self { color: color.to_string() }
    }
}

/// Returns the word for whom somebody looks or sounds like.
fn gender_name(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "female",
        Gender::Male => "male",
        Gender::Neutral => "neutral",
    }
}

/// A template: layouts that go together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateRow {
    #[schema(example = "65a0c0ffee00000000000001")]
    id: String,
    name: String,
    /// `social`, `business` or `education`.
    category: String,
    /// `landscape`, `portrait` or `square`.
    #[schema(value_type = String)]
    orientation: &'static str,
    width: u32,
    height: u32,
    /// A picture; it needs no key.
    thumbnail_url: String,
    /// Its colors; a `palette` has as many.
    palette: Vec<ColorRow>,
    layout_ids: Vec<String>,
}

impl TemplateRow {
    fn new(engine: &Engine, template: &CatalogTemplate) -> Self {
        let colors = template.roles.iter().filter_map(|role| template.project.palette.get(role));
        Self {
            id: template.id.clone(),
            name: template.name.clone(),
            category: template.category.clone(),
            orientation: template.orientation(),
            width: template.project.canvas.width,
            height: template.project.canvas.height,
            thumbnail_url: engine.template_thumbnail_url(&template.id),
            palette: colors.copied().map(ColorRow::new).collect(),
            layout_ids: template.layouts.iter().map(|layout| layout.id.clone()).collect(),
        }
    }
}

/// A layout: where the character, media and texts of a scene are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LayoutRow {
    #[schema(example = "65a0c0ffee0000000000000a")]
    id: String,
    name: String,
    template_id: String,
    /// Whether a character is seen.
    has_character: bool,
    /// Ids for `media_elements`.
    #[schema(example = json!(["USER-VISUAL-001"]))]
    media_slots: Vec<String>,
    /// Ids for `texts_elements`.
    #[schema(example = json!(["TEXT-001"]))]
    text_slots: Vec<String>,
}

impl LayoutRow {
    fn new(template: &CatalogTemplate, layout: &CatalogLayout) -> Self {
        let has_character = layout.scene.layers.iter().any(|layer| matches!(layer.kind, LayerKind::Avatar { .. }));
        Self {
            id: layout.id.clone(),
            name: layout.name.clone(),
            template_id: template.id.clone(),
            has_character,
            media_slots: layout.media_slots().map(str::to_owned).collect(),
            text_slots: layout.text_slots().map(str::to_owned).collect(),
        }
    }
}

/// A palette.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaletteRow {
    #[schema(example = "65a0c0ffee00000000000100")]
    id: String,
    name: String,
    colors: Vec<ColorRow>,
}

impl From<&CatalogPalette> for PaletteRow {
    fn from(palette: &CatalogPalette) -> Self {
        let colors = palette.colors.iter().copied().map(ColorRow::new).collect();
        Self { id: palette.id.clone(), name: palette.name.clone(), colors }
    }
}

/// Somebody who speaks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CharacterRow {
    #[schema(example = "elena")]
    id: String,
    name: String,
    /// `female`, `male` or `neutral`.
    #[schema(value_type = String)]
    gender: &'static str,
    description: String,
    /// A picture; it needs no key.
    thumbnail_url: String,
    /// A video in which they say a sentence; it needs no key.
    preview_url: String,
    /// Voices that suit, the best first.
    voice_ids: Vec<String>,
    /// What they can wear; these ids are characters, too.
    outfits: Vec<OutfitRow>,
}

/// A character in an outfit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutfitRow {
    #[schema(example = "elena/ivory-suit")]
    id: String,
    name: String,
    /// A picture; it needs no key.
    thumbnail_url: String,
}

impl CharacterRow {
    fn new(engine: &Engine, avatar: &CatalogAvatar) -> Self {
        let picture = |outfit: &str| engine.avatar_url(&avatar.id, outfit, AvatarPicture::Thumbnail);
        let first = avatar.outfits.first().map(|outfit| outfit.id.as_str()).unwrap_or_default();
        let outfit = |outfit: &CatalogOutfit| OutfitRow {
            id: format!("{}/{}", avatar.id, outfit.id),
            name: outfit.name.clone(),
            thumbnail_url: picture(&outfit.id),
        };
        Self {
            id: avatar.id.clone(),
            name: avatar.name.clone(),
            gender: gender_name(avatar.gender),
            description: avatar.description.clone(),
            thumbnail_url: picture(first),
            preview_url: engine.avatar_preview_url(&avatar.id),
            voice_ids: avatar.voices.clone(),
            outfits: avatar.outfits.iter().map(outfit).collect(),
        }
    }
}

/// A voice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoiceRow {
    id: String,
    name: String,
    #[schema(example = "en-US")]
    language: String,
    #[schema(example = "English (United States)")]
    language_name: String,
    /// `female`, `male` or `neutral`.
    #[schema(value_type = String)]
    gender: &'static str,
    /// A recording; it needs no key.
    sample_url: String,
}

impl VoiceRow {
    fn new(engine: &Engine, voice: &CatalogVoice) -> Self {
        Self {
            id: voice.id.clone(),
            name: voice.name.clone(),
            language: voice.language.clone(),
            language_name: voice.language_name.clone(),
            gender: gender_name(voice.gender),
            sample_url: engine.voice_sample_url(&voice.id),
        }
    }
}

/// Extension: lists templates.
#[utoipa::path(
    get, path = "/api/v1/templates", operation_id = "houroneTemplates", tag = "extensions",
    responses((status = 200, description = "The templates", body = Vec<TemplateRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn templates(call: Call) -> Result<Response, ApiError> {
    let all = call.engine.catalog()?.templates().iter();
    ok(&all.map(|template| TemplateRow::new(&call.engine, template)).collect::<Vec<_>>())
}

/// Extension: lists the layouts of a template, or of all.
#[utoipa::path(
    get, path = "/api/v1/layouts", operation_id = "houroneLayouts", tag = "extensions",
    params(("template_id" = Option<String>, Query, description = "Of this template only")),
    responses((status = 200, description = "The layouts", body = Vec<LayoutRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn layouts(call: Call, query: Query) -> Result<Response, ApiError> {
    let template_id = query.read(|query| query.id("template_id"))?;
    let templates = call.engine.catalog()?.templates().iter();
    let wanted = templates.filter(|template| template_id.as_ref().is_none_or(|id| *id == template.id));
    let rows = wanted.flat_map(|template| template.layouts.iter().map(|layout| LayoutRow::new(template, layout)));
    ok(&rows.collect::<Vec<_>>())
}

/// Extension: lists palettes.
#[utoipa::path(
    get, path = "/api/v1/palettes", operation_id = "houronePalettes", tag = "extensions",
    responses((status = 200, description = "The palettes", body = Vec<PaletteRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn palettes(call: Call) -> Result<Response, ApiError> {
    ok(&call.engine.catalog()?.palettes().iter().map(PaletteRow::from).collect::<Vec<_>>())
}

/// Extension: lists characters.
#[utoipa::path(
    get, path = "/api/v1/characters", operation_id = "houroneCharacters", tag = "extensions",
    responses((status = 200, description = "The characters", body = Vec<CharacterRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn characters(call: Call) -> Result<Response, ApiError> {
    let all = call.engine.catalog()?.avatars().iter();
    ok(&all.map(|avatar| CharacterRow::new(&call.engine, avatar)).collect::<Vec<_>>())
}

/// Extension: lists the voices of a language, or all.
#[utoipa::path(
    get, path = "/api/v1/voices", operation_id = "houroneVoices", tag = "extensions",
    params(("language" = Option<String>, Query, description = "Of this language only: `en`, or `en-US`")),
    responses((status = 200, description = "The voices", body = Vec<VoiceRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn voices(call: Call, query: Query) -> Result<Response, ApiError> {
    let language = query.read(|query| query.id("language"))?.map(|language| language.to_ascii_lowercase());
    let is_wanted = |voice: &&CatalogVoice| {
        let tag = voice.language.to_ascii_lowercase();
        language.as_ref().is_none_or(|wanted| tag == *wanted || tag.starts_with(&format!("{wanted}-")))
    };
    let wanted = call.engine.catalog()?.voices().iter().filter(is_wanted);
    ok(&wanted.map(|voice| VoiceRow::new(&call.engine, voice)).collect::<Vec<_>>())
}
