//! The OpenAPI document.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::error::{DetailBody, ProblemsBody};
use crate::{avatars, batch_videos, files, schema, templates, tts, users, videos};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Spiritme API",
        version = "1.0.0",
        description = "Talking avatars in videos: the Spiritme API on this server."
    ),
    tags(
        (name = "avatars", description = "Who can speak"),
        (name = "batch-video-templates", description = "What batch videos are made from"),
        (name = "batch-videos", description = "Videos made of a template and values"),
        (name = "files", description = "What you bring for your videos"),
        (name = "schema", description = "This document"),
        (name = "tts", description = "Voices and their languages"),
        (name = "users", description = "The account behind the token"),
        (name = "videos", description = "Videos made of slides"),
    ),
    paths(
        avatars::list, templates::list, templates::create, templates::retrieve, batch_videos::list,
        batch_videos::create, batch_videos::retrieve, files::list, files::create, files::retrieve, files::destroy,
        files::children, schema::retrieve, tts::languages, tts::voices, users::retrieve, users::destroy, videos::list,
        videos::create, videos::retrieve, videos::update, videos::destroy, videos::publish,
    ),
    components(schemas(DetailBody, ProblemsBody)),
    modifiers(&Token)
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let description = "`Token` and a space before a Spiritme or general credential's token";
        let scheme =
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", description)));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// Describes the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
