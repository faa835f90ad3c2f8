//! One file in an answer: what is known of the match, with the caller's own values spread between.
//!
//! Our choice: the vendor's catalogue cannot be had, so a bucket takes its place. Files of a music bucket are reported as `music`, in the
//! shape of the catalogue, made from the values that the caller gave them.

use engine::recognition::Hit;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Values of music files that have a place of their own in the entry.
const MUSIC_VALUES: [&str; 9] =
    ["artist", "artists", "album", "label", "release_date", "genre", "genres", "isrc", "upc"];

/// A file of a bucket. The caller's own values (`user_defined`) stand beside these members, which win where names clash.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the entry in the OpenAPI document")]
pub(crate) struct CustomFile {
    /// The file's `acr_id`.
    #[schema(example = "5f0c3b9a7e1d4c2684a6b8d0e2f41735")]
    acrid: String,
    /// The file's title.
    title: String,
    /// The caller's own id of it.
    audio_id: String,
    /// The bucket, as text.
    #[schema(example = "7")]
    bucket_id: String,
    /// How sure it is, 70 to 100.
    score: i64,
    /// Length of the file.
    duration_ms: i64,
    /// The place in the file at the end of the sample.
    play_offset_ms: i64,
    /// Where the match begins in the file.
    db_begin_time_offset_ms: u64,
    /// Where it ends in the file.
    db_end_time_offset_ms: u64,
    /// Where it begins in the sample.
    sample_begin_time_offset_ms: u64,
    /// Where it ends in the sample.
    sample_end_time_offset_ms: u64,
}

/// A file of a music bucket: as in `custom_files`, with the values of music in places of their own.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the entry in the OpenAPI document")]
pub(crate) struct Music {
    /// The file's `acr_id`.
    acrid: String,
    /// The file's title.
    title: String,
    /// At least one, from `artists` or `artist`.
    artists: Vec<Named>,
    /// From `album`.
    album: Named,
    /// From `label`, if there is one.
    label: Option<String>,
    /// From `release_date`, if there is one.
    release_date: Option<String>,
    /// From `genres` or `genre`, if there are any.
    genres: Option<Vec<Named>>,
    /// `isrc` and `upc`, those that there are.
    external_ids: Value,
    /// Nothing here.
    external_metadata: Value,
    /// Always 3.
    result_from: i64,
    /// How sure it is, 70 to 100.
    score: i64,
    /// Length of the file.
    duration_ms: i64,
    /// The place in the file at the end of the sample.
    play_offset_ms: i64,
    /// Where the match begins in the file.
    db_begin_time_offset_ms: u64,
    /// Where it ends in the file.
    db_end_time_offset_ms: u64,
    /// Where it begins in the sample.
    sample_begin_time_offset_ms: u64,
    /// Where it ends in the sample.
    sample_end_time_offset_ms: u64,
}

/// Something with a name.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a member in the OpenAPI document")]
pub(crate) struct Named {
    /// The name; empty where it is not known.
    name: String,
}

/// Describes a hit as a file of a bucket.
pub(super) fn custom_file(hit: &Hit) -> Map<String, Value> {
    let mut entry = hit.file.user_defined.0.clone();
    set(&mut entry, "audio_id", hit.file.audio_id.as_str());
    set(&mut entry, "bucket_id", hit.file.bucket_id.to_string());
    set_match(&mut entry, hit);
    entry
}

/// Describes a hit as music.
pub(super) fn music(hit: &Hit) -> Map<String, Value> {
    let given = &hit.file.user_defined.0;
    let mut entry = given.clone();
    entry.retain(|name, _| !MUSIC_VALUES.contains(&name.as_str()));
    let mut artists = names(given, ["artists", "artist"]);
    if artists.is_empty() {
        // Clients read the first without asking whether there is one.
        artists.push(json!({"name": ""}));
    }
    set(&mut entry, "artists", artists);
    let album = names(given, ["album"]).into_iter().next();
    set(&mut entry, "album", album.unwrap_or_else(|| json!({"name": ""})));
    let genres = names(given, ["genres", "genre"]);
    if !genres.is_empty() {
        set(&mut entry, "genres", genres);
    }
    for name in ["label", "release_date"] {
        if let Some(text) = hit.file.user_defined.text(name) {
            set(&mut entry, name, text);
        }
    }
    let ids = ["isrc", "upc"].into_iter().filter_map(|name| Some((name, hit.file.user_defined.text(name)?)));
    set(&mut entry, "external_ids", ids.map(|(name, id)| (name.to_owned(), id.into())).collect::<Map<_, _>>());
    set(&mut entry, "external_metadata", Map::new());
    set(&mut entry, "result_from", 3);
    set_match(&mut entry, hit);
    entry
}

fn set(entry: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    entry.insert(name.to_owned(), value.into());
}

/// Sets what both kinds of entry have.
fn set_match(entry: &mut Map<String, Value>, hit: &Hit) {
    let duration_ms = hit.file.duration_us / 1000;
    set(entry, "acrid", hit.file.acr_id.as_str());
    set(entry, "title", hit.file.title.as_str());
    set(entry, "score", hit.score.round() as i64);
    set(entry, "duration_ms", duration_ms);
    set(entry, "play_offset_ms", hit.play_offset_ms.clamp(0, duration_ms.max(0)));
    set(entry, "db_begin_time_offset_ms", hit.file_ms.start);
    set(entry, "db_end_time_offset_ms", hit.file_ms.end);
    set(entry, "sample_begin_time_offset_ms", hit.sample_ms.start);
    set(entry, "sample_end_time_offset_ms", hit.sample_ms.end);
}

/// Reads `[{"name": …}]` from the first of some values that has a name in it: text, an object with a name, or a list of either.
fn names<const N: usize>(given: &Map<String, Value>, keys: [&str; N]) -> Vec<Value> {
    let lists = keys.into_iter().filter_map(|key| given.get(key)).map(|value| match value {
        Value::Array(list) => list.iter().filter_map(named).collect(),
        one => named(one).into_iter().collect::<Vec<_>>(),
    });
    lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}

fn named(value: &Value) -> Option<Value> {
    match value {
        Value::String(name) if !name.is_empty() => Some(json!({ "name": name })),
        Value::Object(members) if members.get("name").is_some_and(Value::is_string) => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use engine::recognition::{AcrId, BucketFile, BucketId, FileId, FileState, UserDefined};
    use engine::{AccountId, Timestamp};

    use super::*;

    fn hit(user_defined: Value) -> Hit {
        let Value::Object(user_defined) = user_defined else { unreachable!("tests pass objects") };
        let now = Timestamp::from_micros(0);
        Hit {
            file: BucketFile {
                id: FileId(41),
                account_id: AccountId::from_text("a"),
                bucket_id: BucketId(7),
                acr_id: AcrId::from_text("5f0c3b9a7e1d4c2684a6b8d0e2f41735"),
                state: FileState::Ready,
                failure: String::new(),
                title: "jingle-04".to_owned(),
                audio_id: "12".to_owned(),
                duration_us: 31_250_400,
                user_defined: UserDefined(user_defined),
                track_id: None,
                fingerprint: None,
                created_at: now,
                updated_at: now,
            },
            score: 97.6,
            sample_ms: 0..9520,
            file_ms: 5120..14_640,
            play_offset_ms: 14_980,
            time_factor: 1.0,
        }
    }

    #[test]
    fn the_callers_values_are_spread_and_ours_win() {
        let entry = custom_file(&hit(json!({
            "campaign": "spring", "n": 1, "title": "theirs", "bucket_id": 9, "score": null, "play_offset_ms": "x",
        })));
        let expected = json!({
            "acrid": "5f0c3b9a7e1d4c2684a6b8d0e2f41735", "title": "jingle-04", "audio_id": "12", "bucket_id": "7", "score": 98,
            "duration_ms": 31_250, "play_offset_ms": 14_980, "db_begin_time_offset_ms": 5120, "db_end_time_offset_ms": 14_640,
            "sample_begin_time_offset_ms": 0, "sample_end_time_offset_ms": 9520, "campaign": "spring", "n": 1,
        });
        assert_eq!(Value::Object(entry), expected);
    }

    #[test]
    fn a_place_outside_of_the_file_is_its_beginning_or_end() {
        for (place, shown) in [(-300, 0), (31_250, 31_250), (40_000, 31_250)] {
            let entry = custom_file(&Hit { play_offset_ms: place, ..hit(json!({})) });
            assert_eq!(entry["play_offset_ms"], shown, "{place}");
        }
    }

    #[test]
    fn music_has_artists_and_an_album_always() {
        let entry = music(&hit(json!({})));
        assert_eq!((&entry["artists"], &entry["album"]), (&json!([{"name": ""}]), &json!({"name": ""})));
        assert_eq!((&entry["external_ids"], &entry["result_from"]), (&json!({}), &json!(3)));
        for absent in ["label", "release_date", "genres", "audio_id", "bucket_id", "artist"] {
            assert!(!entry.contains_key(absent), "{absent}");
        }
    }

    #[test]
    fn values_of_music_have_places_of_their_own() {
        let entry = music(&hit(json!({
            "artist": "A", "album": "B", "genre": "C", "label": "D", "release_date": "2026-01-02", "isrc": "E", "upc": 5, "mood": "calm",
            "result_from": 9,
        })));
        assert_eq!(entry["artists"], json!([{"name": "A"}]));
        assert_eq!(entry["album"], json!({"name": "B"}));
        assert_eq!(entry["genres"], json!([{"name": "C"}]));
        assert_eq!(entry["external_ids"], json!({"isrc": "E", "upc": "5"}));
        assert_eq!((&entry["label"], &entry["release_date"]), (&json!("D"), &json!("2026-01-02")));
        assert_eq!((&entry["mood"], &entry["result_from"]), (&json!("calm"), &json!(3)));
        assert!(!entry.contains_key("isrc") && !entry.contains_key("genre"));

        let entry = music(&hit(json!({
            "artists": [{"name": "A", "langs": []}, "B", 3], "artist": "C", "album": {"name": "D"}, "genres": ["E", "F"],
        })));
        assert_eq!(entry["artists"], json!([{"name": "A", "langs": []}, {"name": "B"}]));
        assert_eq!(entry["album"], json!({"name": "D"}));
        assert_eq!(entry["genres"], json!([{"name": "E"}, {"name": "F"}]));
    }
}
