//! `/videos/{id}/subtitles`: what is said, as a file.

use std::collections::BTreeSet;

use axum::response::Response;
use engine::film::Film;
use serde::Serialize;
use stage::document::Source;
use utoipa::ToSchema;

use super::document::Document;
use super::find_ready;
use crate::body::Body;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::frame::created;
use crate::path::At;
use crate::problems::Fault;

/// The vendor's languages. Czech is `cz`, which is a country.
const LANGUAGES: [&str; 18] =
    ["en", "es", "de", "pt", "it", "fr", "nl", "ja", "tr", "pl", "hu", "cz", "he", "zh", "hi", "ru", "ko", "ar"];
/// The forms of files.
const FORMATS: [&str; 2] = ["vtt", "srt"];

/// Subtitles to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewSubtitles {
    /// The language that is spoken: `en es de pt it fr nl ja tr pl hu cz he zh hi ru ko ar`.
    #[schema(example = "en")]
    language_code: String,
    /// `vtt` (the default) or `srt`.
    #[schema(example = "srt")]
    format: Option<String>,
}

/// A file with subtitles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subtitles {
    #[schema(value_type = String)]
    language_code: &'static str,
    #[schema(value_type = String)]
    format: &'static str,
    /// The file; it needs no key.
    url: String,
}

/// Makes a file of what is said, in the language that is spoken; the video must be ready.
///
/// This server has no translator, and says so for other languages.
#[utoipa::path(
    post, path = "/api/v1/videos/{video_id}/subtitles", operation_id = "houroneSubtitles", tag = "videos",
    params(("video_id" = String, Path, description = "The video")),
    request_body(content = NewSubtitles, example = json!({"language_code": "en", "format": "srt"})),
    responses((status = 201, description = "The file", body = Subtitles), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, At(id): At<String>, body: Body) -> Result<Response, ApiError> {
    let (language_code, format) = body.read(|body| {
        (body.required_choice("language_code", &LANGUAGES), body.choice("format", &FORMATS).unwrap_or(FORMATS[0]))
    })?;
    let film = find_ready(&call, &id).await?;
    // One that is missing was told.
    let language_code = language_code.ok_or(ApiError::Internal)?;
    let refused = |text: String| ApiError::invalid(&["body", "language_code"], Fault::rule(text));
    let spoken = spoken_languages(&call, &film)?;
    if !spoken.contains(language_code) {
        let spoken: Vec<&str> = spoken.iter().map(String::as_str).collect();
        let spoken = if spoken.is_empty() { "nothing".to_owned() } else { spoken.join(", ") };
        return Err(refused(format!("the video speaks {spoken}, and this server does not translate")));
    }
    let url = call.engine.film_url(&film, format);
    let url = url.ok_or_else(|| refused("nothing is said in this video".to_owned()))?;
    created(&Subtitles { language_code, format, url }, &[])
}

/// Returns the languages that a film speaks, in the vendor's codes. A recording is taken for the language of the video's voice.
fn spoken_languages(call: &Call, film: &Film) -> Result<BTreeSet<String>, ApiError> {
    let project = call.engine.project_of(film)?;
    let studio = call.engine.catalog()?.studio();
    let used = Document::of(film).used.voice_id.unwrap_or_default();
    let language_of = |voice: &str, language: Option<&str>| {
        let (voice, _) = studio.voices().resolve(voice, language);
        vendors_code(&voice.language)
    };
    let narrations = project.scenes.iter().flat_map(|scene| &scene.narration);
    let spoken = narrations.map(|narration| match &narration.source {
        Source::Text { voice, language, .. } => language_of(voice.as_deref().unwrap_or_default(), language.as_deref()),
        Source::Audio { .. } => language_of(&used, None),
    });
    Ok(spoken.collect())
}

/// Makes the vendor's code of a BCP 47 tag.
fn vendors_code(tag: &str) -> String {
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match primary.as_str() {
        "cs" => "cz".to_owned(),
        "cmn" => "zh".to_owned(),
        "iw" => "he".to_owned(),
        _ => primary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_codes_are_languages_but_for_czech() {
        let codes = ["en-US", "cs-CZ", "pt", "cmn-CN", "HE"].map(vendors_code);
        assert_eq!(codes, ["en", "cz", "pt", "zh", "he"]);
    }
}
