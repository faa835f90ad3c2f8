//! `/examples`: a request that makes a video like a draft, ready to be sent.

use axum::response::Response;
use engine::film::catalog::{Catalog, CatalogTemplate};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{Call, KEY_HEADER, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::{Object, SHORT};
use crate::frame::ok;
use crate::make::{Source, draft, media_slots, text_of, text_slots, transcript_of};
use crate::path::Server;
use crate::router::PREFIX;
use crate::video::request::TRANSCRIPT;

/// The kinds of requests that there are examples of.
const KINDS: [&str; 2] = ["create", "override"];
/// What is said in a scene whose draft is silent there.
const SENTENCE: &str = "Hello and welcome.";

/// A draft to make an example of.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewExample {
    #[schema(example = "65a0c0ffee00000000000001")]
    draft_id: String,
    /// `create` (the default) or `override`.
    example_type: Option<String>,
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Example {
    /// The request as a command.
    curl: String,
    /// Its body.
    #[schema(value_type = Object)]
    json_request: Value,
}

/// Makes a request that makes a video like a draft.
#[utoipa::path(
    post, path = "/api/v1/examples", operation_id = "houroneCreateExample", tag = "examples",
    request_body(content = NewExample),
    responses((status = 200, description = "The request", body = Example), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, server: Server, body: Body) -> Result<Response, ApiError> {
    let (draft_id, kind) = body.read(read)?;
    ok(&example(&call, &server, &draft_id, kind).await?)
}

/// Makes a request that makes a video like a draft.
#[utoipa::path(
    get, path = "/api/v1/examples/create-video", operation_id = "houroneExample", tag = "examples",
    params(
        ("draft_id" = String, Query, description = "The draft"),
        ("example_type" = Option<String>, Query, description = "`create` (the default) or `override`")
    ),
    responses((status = 200, description = "The request", body = Example), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, server: Server, query: Query) -> Result<Response, ApiError> {
    let (draft_id, kind) = query.read(read)?;
    ok(&example(&call, &server, &draft_id, kind).await?)
}

fn read(given: &Object<'_>) -> (String, &'static str) {
    (given.required_text("draft_id", SHORT), given.choice("example_type", &KINDS).unwrap_or(KINDS[0]))
}

async fn example(call: &Call, server: &Server, draft_id: &str, kind: &str) -> Result<Example, ApiError> {
    let catalog = call.engine.catalog()?;
    let source = draft(call, catalog, draft_id).await?.ok_or_else(|| ApiError::not_found("Draft"))?;
    // A picture that is there on every installation.
    let picture = catalog.backgrounds().iter().find(|background| !background.is_video);
    let picture = picture.map(|picture| call.engine.background_url(&picture.name)).unwrap_or_default();
    let template = catalog.template(&source.template_id);
    let json_request = match template.filter(|_| kind == "create") {
        Some(template) => create_request(catalog, &source, template, &picture),
        None => override_request(&source, &picture),
    };
    Ok(Example { curl: curl(server, &json_request), json_request })
}

/// Writes a scene for each layout of the draft's template.
fn create_request(catalog: &Catalog, source: &Source, template: &CatalogTemplate, picture: &str) -> Value {
    let avatar = catalog.avatars().first();
    let character_id = source.used.character_id.as_deref().or(avatar.map(|avatar| avatar.id.as_str()));
    let voice = avatar.and_then(|avatar| avatar.voices.first());
    let voice_id = source.used.voice_id.as_deref().or(voice.map(String::as_str));
    let colors = template.roles.iter().filter_map(|role| source.project.palette.get(role));
    let scenes = template.layouts.iter().map(|layout| {
        let media = layout.media_slots().map(|id| json!({"id": id, "url": picture}));
        let texts = layout.text_slots().map(|id| json!({"id": id, "text": text_of(&layout.scene, id)}));
        json!({
            "name": layout.name,
            "type": "create_scene",
            "layout_id": layout.id,
            "media_elements": media.collect::<Value>(),
            "texts_elements": texts.collect::<Value>(),
            "transcript": spoken(&transcript_of(&layout.scene)),
        })
    });
    json!({
        "type": "create",
        "name": source.name,
        "template_id": template.id,
        "character_id": character_id.unwrap_or_default(),
        "voice_id": voice_id.unwrap_or_default(),
        "palette": colors.map(|color| json!({"color": color.to_string()})).collect::<Value>(),
        "scenes": scenes.collect::<Value>(),
    })
}

/// Writes a scene for each scene of the draft.
fn override_request(source: &Source, picture: &str) -> Value {
    let scenes = source.project.scenes.iter().enumerate().map(|(index, scene)| {
        let texts = text_slots(scene).into_iter().map(|id| Value::from(text_of(scene, &id)));
        let name = if scene.id.is_empty() { format!("Scene {}", index + 1) } else { scene.id.clone() };
        json!({
            "name": name,
            "type": "override_scene",
            "media": media_slots(scene).iter().map(|_| Value::from(picture)).collect::<Value>(),
            "texts": texts.collect::<Value>(),
            "transcript": spoken(&transcript_of(scene)),
        })
    });
    json!({
        "type": "override",
        "name": source.name,
        "source_draft_id": source.id,
        "scenes": scenes.collect::<Value>(),
    })
}

/// Returns a text that a transcript can have.
fn spoken(transcript: &str) -> String {
    let text: String = transcript.chars().take(*TRANSCRIPT.end()).collect();
    if text.trim().is_empty() { SENTENCE.to_owned() } else { text }
}

fn curl(server: &Server, request: &Value) -> String {
    // A quote ends the text for the shell, is given as it is, and begins the text again.
    let body = request.to_string().replace('\'', "'\\''");
    let url = format!("{}{PREFIX}/videos", server.base);
    format!("curl -X POST '{url}' -H '{KEY_HEADER}: <key>' -H 'Content-Type: application/json' -d '{body}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_quotes() {
        let server = Server { base: "http://localhost:8080".to_owned() };
        assert_eq!(
            curl(&server, &json!({"name": "Ann's"})),
            "curl -X POST 'http://localhost:8080/api/v1/videos' -H 'api-key: <key>' \
             -H 'Content-Type: application/json' -d '{\"name\":\"Ann'\\''s\"}'"
        );
    }
}
