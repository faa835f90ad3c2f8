//! `/api/external-metadata/tracks`: what is known of a track. This server answers from the account's own buckets.

use engine::recognition::{AcrId, BucketFile, MetadataQuery, UserDefined};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::scope::ReadMetadata;

/// Most platforms of one request.
const PLATFORMS_MAX: usize = 5;
/// The ways to name a track.
const NAMES: [&str; 4] = ["source_url", "isrc", "acr_id", "query"];

/// Somebody who made a track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Artist {
    #[schema(example = "The Jinglers")]
    name: String,
}

/// Where a track is on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Album {
    name: String,
    /// `YYYY-MM-DD`, or as the caller wrote it.
    release_date: String,
    /// A picture's address.
    cover: String,
    /// Addresses by size.
    #[schema(value_type = Object)]
    covers: Value,
    upc: String,
}

/// A track.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackRow {
    #[schema(example = "jingle-04")]
    name: String,
    #[schema(example = 31250)]
    duration_ms: i64,
    /// 0 if unknown.
    track_number: i64,
    isrc: String,
    artists: Vec<Artist>,
    album: Album,
    label: String,
    /// `track`, or as the caller wrote it.
    #[serde(rename = "type")]
    kind: String,
    /// The track on platforms: name → list of `id`, `link`, `preview`; as the caller wrote it.
    #[schema(value_type = Object)]
    external_metadata: Value,
}

impl TrackRow {
    /// Shows a file as a track, out of the members of its `user_defined` that have names of this API.
    fn new(file: &BucketFile) -> Self {
        let values = &file.user_defined;
        let text = |names: &[&str]| names.iter().find_map(|name| values.text(name)).unwrap_or_default();
        Self {
            name: file.title.clone(),
            duration_ms: file.duration_us / 1000,
            track_number: text(&["track_number"]).parse().unwrap_or_default(),
            isrc: text(&["isrc", "ISRC"]),
            artists: artists_of(values),
            album: album_of(values),
            label: text(&["label"]),
            kind: values.text("type").unwrap_or_else(|| "track".to_owned()),
            external_metadata: object_of(values, "external_metadata"),
        }
    }
}

/// Reads `artists` or `artist`: a text, a list of texts, or a list of objects with a name.
fn artists_of(values: &UserDefined) -> Vec<Artist> {
    let given = values.0.get("artists").or_else(|| values.0.get("artist"));
    let names = match given {
        Some(Value::Array(list)) => list.iter().filter_map(name_of).collect(),
        Some(value) => name_of(value).into_iter().collect(),
        None => Vec::new(),
    };
    names.into_iter().map(|name| Artist { name }).collect()
}

fn name_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::Object(members) => members.get("name")?,
        other => other,
    };
    text.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Reads `album`, a text or an object, and what stands beside it.
fn album_of(values: &UserDefined) -> Album {
    let inner = match values.0.get("album") {
        Some(Value::Object(members)) => UserDefined(members.clone()),
        _ => UserDefined::default(),
    };
    let text = |name: &str| inner.text(name).or_else(|| values.text(name)).unwrap_or_default();
    Album {
        name: values.text("album").or_else(|| inner.text("name")).unwrap_or_default(),
        release_date: text("release_date"),
        cover: text("cover"),
        covers: object_of(&inner, "covers"),
        upc: text("upc"),
    }
}

fn object_of(values: &UserDefined, name: &str) -> Value {
    values.0.get(name).filter(|value| value.is_object()).cloned().unwrap_or_else(|| json!({}))
}

/// Looks a track up among the account's own files.
#[utoipa::path(
    get, path = "/api/external-metadata/tracks", operation_id = "acrcloudTracks", tag = "metadata",
    params(
        ("source_url" = Option<String>, Query, description = "A page of a platform; this server knows none"),
        ("isrc" = Option<String>, Query, description = "The `isrc` in `user_defined`"),
        ("acr_id" = Option<String>, Query, description = "The `acr_id` of a file"),
        ("query" = Option<String>, Query, description = "Words of the title; with `format=json` an object with `title` and `artists`"),
        ("format" = Option<String>, Query, description = "`text` (the default) or `json`: how to read `query`"),
        ("platforms" = Option<String>, Query, description = "At most 5, joined with commas"),
        ("include_works" = Option<i64>, Query, description = "0 or 1")
    ),
    responses((status = 200, description = "The tracks; an empty list if nothing is known", body = Data<Vec<TrackRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn tracks(call: Call<ReadMetadata>, Query(mut query): Query) -> Result<Answer, ApiError> {
    if !NAMES.iter().any(|name| query.is_given(name)) {
        query.blame("query", "Send one of `source_url`, `isrc`, `acr_id` and `query`.");
    }
    if query.list("platforms").is_some_and(|platforms| platforms.len() > PLATFORMS_MAX) {
        query.blame("platforms", format!("Send at most {PLATFORMS_MAX} platforms."));
    }
    query.switch("include_works");
    let wanted = wanted(&mut query);
    query.end()?;
    let files = call.engine.find_metadata(call.account(), &wanted).await?;
    Answer::data(files.iter().map(TrackRow::new).collect::<Vec<_>>())
}

/// Reads what to look for. An `acr_id` that cannot be one, and any `source_url`, finds nothing.
fn wanted(query: &mut Fields) -> MetadataQuery {
    let format = query.word("format", &["text", "json"]);
    let acr_id = query.text("acr_id").and_then(|text| AcrId::parse(text.trim()));
    let mut wanted = MetadataQuery { acr_id, isrc: query.text("isrc"), ..MetadataQuery::default() };
    if format.as_deref() == Some("json") {
        let words = query.object("query").unwrap_or_default();
        wanted.title = words.get("title").and_then(name_of);
        wanted.artist = artists_in(&words);
        if query.is_given("query") && wanted.title.is_none() {
            query.blame("query", "Send a JSON object with a `title`, and `artists` if you like.");
        }
    } else {
        wanted.title = query.text("query");
    }
    wanted
}

fn artists_in(words: &Map<String, Value>) -> Option<String> {
    artists_of(&UserDefined(words.clone())).into_iter().next().map(|artist| artist.name)
}
