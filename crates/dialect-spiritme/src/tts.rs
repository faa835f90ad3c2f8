//! `/api/tts/…`: voices and their languages.

use std::collections::BTreeSet;

use engine::film::catalog::{CatalogVoice, Gender};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Guarded, WithFilter};
use crate::page::{Paged, Paging};
use crate::problems::Problems;
use crate::query::checked;

/// Whom voices sound like.
const SEXES: [(&str, &str); 2] = [("male", "male"), ("female", "female")];

/// Whom a voice sounds like.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
pub(crate) enum Sex {
    Male,
    Female,
}

/// A voice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Voice {
    #[schema(example = 18)]
    id: i64,
    #[schema(example = "Joanna")]
    name: String,
    /// Language and name.
    #[schema(example = "English Joanna")]
    label: String,
    /// What speaks: `phonoscope` (built in), `piper` or `http`.
    #[schema(example = "phonoscope")]
    provider: &'static str,
    #[schema(value_type = Sex)]
    sex: &'static str,
    #[schema(example = "English")]
    language: String,
    #[schema(example = "en-US")]
    language_code: String,
}

impl Voice {
    pub(crate) fn new(voice: &CatalogVoice) -> Self {
        Self {
            id: voice.number,
            name: voice.name.clone(),
            label: format!("{} {}", voice.language_name, voice.name),
            provider: voice.provider,
            sex: sex_of(voice.gender),
            language: voice.language_name.clone(),
            language_code: voice.language.clone(),
        }
    }
}

/// Our choice: a voice that sounds like neither is listed with the women's.
fn sex_of(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "male",
        Gender::Female | Gender::Neutral => "female",
    }
}

/// A language that there are voices for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub(crate) struct Language {
    #[schema(example = "English")]
    name: String,
    #[schema(example = "en-US")]
    code: String,
}

/// Lists the languages that there are voices for, by name.
#[utoipa::path(
    get, path = "/api/tts/languages/", operation_id = "tts_languages_list", tag = "tts",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
    ),
    responses((status = 200, description = "A page of languages", body = Paged<Language>), Guarded),
    security(("token" = []))
)]
pub(crate) fn languages(call: &Call) -> Result<Answer, ApiError> {
    let voices = call.engine.catalog()?.voices().iter();
    let language = |voice: &CatalogVoice| Language { name: voice.language_name.clone(), code: voice.language.clone() };
    let languages: BTreeSet<Language> = voices.map(language).collect();
    let paging = Paging::of(call);
    let count = i64::try_from(languages.len()).unwrap_or(i64::MAX);
    let rows = paging.cut(languages.into_iter().collect());
    Answer::of(&Paged::new(call, paging, count, rows))
}

/// Lists voices, by name.
#[utoipa::path(
    get, path = "/api/tts/voices/", operation_id = "tts_voices_list", tag = "tts",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
        ("language_code" = Option<String>, Query, description = "Only of this language"),
        ("provider" = Option<String>, Query, description = "Only of this provider"),
        ("sex" = Option<Sex>, Query, description = "Only that sound like this"),
    ),
    responses((status = 200, description = "A page of voices", body = Paged<Voice>), Guarded, WithFilter),
    security(("token" = []))
)]
pub(crate) fn voices(call: &Call) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let sexes = call.query.choices(&mut problems, "sex", &SEXES);
    checked(problems)?;
    let is_asked = |name: &str, value: &str| {
        let asked = call.query.last(name).filter(|asked| !asked.is_empty());
        asked.is_none_or(|asked| asked.eq_ignore_ascii_case(value))
    };
    let voices = call.engine.catalog()?.voices().iter().map(Voice::new);
    let mut voices: Vec<Voice> = voices
        .filter(|voice| is_asked("language_code", &voice.language_code) && is_asked("provider", voice.provider))
        .filter(|voice| sexes.is_empty() || sexes.contains(&voice.sex))
        .collect();
    voices.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let paging = Paging::of(call);
    let count = i64::try_from(voices.len()).unwrap_or(i64::MAX);
    let rows = paging.cut(voices);
    Answer::of(&Paged::new(call, paging, count, rows))
}
