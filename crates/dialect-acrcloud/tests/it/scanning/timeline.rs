//! Whether what plays in a long recording is found, and when.

use serde_json::{Value, json};

use super::studio::{Studio, TRUTH, recording};
use crate::identify::client::{add_song, clip};
use crate::identify::sound;

/// An entry: the song's title, when it begins and ends, and which second of the song plays at its beginning.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    title: String,
    from_s: i64,
    to_s: i64,
    song_from_s: i64,
}

fn heard(scan: &Value) -> Vec<Heard> {
    let entries = scan["results"]["custom_files"].as_array().cloned().unwrap_or_default();
    assert_eq!(
        (scan["count"].as_u64(), scan["total"].as_u64()),
        (Some(entries.len() as u64), Some(entries.len() as u64))
    );
    let read = |entry: &Value| {
        let (result, number) = (&entry["result"], |value: &Value| value.as_i64().unwrap());
        let (from_s, played_s) = (number(&entry["offset"]), number(&entry["played_duration"]));
        let played_ms = number(&result["sample_end_time_offset_ms"]);
        assert!((played_ms - played_s * 1000).abs() <= 1000 && result["sample_begin_time_offset_ms"] == 0, "{entry}");
        let song_ms = number(&result["db_end_time_offset_ms"]) - number(&result["db_begin_time_offset_ms"]);
        assert!((song_ms - played_ms).abs() <= 500, "{entry}");
        assert_eq!(
            result["play_offset_ms"].as_i64().unwrap().max(1),
            number(&result["db_end_time_offset_ms"]).clamp(1, 30_000)
        );
        Heard {
            title: result["title"].as_str().unwrap().to_owned(),
            from_s,
            to_s: from_s + played_s,
            song_from_s: (number(&result["db_begin_time_offset_ms"]) + 500) / 1000,
        }
    };
    entries.iter().map(read).collect()
}

/// The entries that there should be.
fn truth() -> Vec<Heard> {
    let entry = |(seed, from_s, to_s, song_from_s)| Heard { title: format!("song {seed}"), from_s, to_s, song_from_s };
    TRUTH.map(entry).to_vec()
}

#[track_caller]
fn assert_right(heard: &[Heard], truth: &[Heard]) {
    assert_eq!(heard.len(), truth.len(), "{heard:#?}");
    for (heard, truth) in heard.iter().zip(truth) {
        assert_eq!(heard.title, truth.title, "{heard:?}");
        for (s, true_s) in
            [(heard.from_s, truth.from_s), (heard.to_s, truth.to_s), (heard.song_from_s, truth.song_from_s)]
        {
            assert!((s - true_s).abs() <= 1, "{heard:?} {truth:?}");
        }
    }
}

/// Asserts that every entry lies in one of the truth.
#[track_caller]
fn assert_within(heard: &[Heard], truth: &[Heard]) {
    for entry in heard {
        let is_within = |true_one: &&Heard| {
            let shift_s = entry.from_s - true_one.from_s;
            entry.title == true_one.title
                && shift_s >= -1
                && entry.to_s <= true_one.to_s + 1
                && (entry.song_from_s - true_one.song_from_s - shift_s).abs() <= 1
        };
        assert!(truth.iter().any(|true_one| is_within(&true_one)), "{entry:?}");
    }
}

#[tokio::test]
async fn a_long_recording_becomes_a_timeline_again_after_each_change() {
    let studio = Studio::new().await;
    let house = studio.house();
    let scan = studio.scan(&recording()).await;
    assert_eq!((&scan["state"], &scan["duration"]), (&json!(1), &json!(185)));
    assert_right(&heard(&scan), &truth());
    let id = scan["id"].as_str().unwrap().to_owned();
    let rescan = async || {
        let answer = house.ask("PUT", &studio.path(&format!("/{id}/rescan"))).await;
        let data = answer.json()["data"][0].clone();
        assert_eq!((&data["id"], &data["state"], &data["results"]), (&json!(id), &json!(0), &json!({})), "{data}");
        house.settle().await;
        studio.show(&id).await
    };
    // A song that is gone stays in the results of the past, and only there.
    let gone = format!("/api/buckets/{}/files/{}", studio.shop.bucket, studio.song_id(3));
    assert_eq!(house.ask("DELETE", &gone).await.status, 204);
    assert_right(&heard(&studio.show(&id).await), &truth());
    let without: Vec<_> = truth().into_iter().filter(|entry| entry.title != "song 3").collect();
    assert_right(&heard(&rescan().await), &without);
    // And a new one is found by the next scan.
    add_song(house, studio.shop.bucket, 102, json!({})).await;
    house.settle().await;
    let mut with = without.clone();
    with.insert(1, Heard { title: "song 102".to_owned(), from_s: 85, to_s: 115, song_from_s: 0 });
    assert_right(&heard(&rescan().await), &with);
}

#[tokio::test]
async fn a_fingerprint_has_the_timeline_of_its_sound() {
    let studio = Studio::new().await;
    let print = sound::fingerprint(&recording());
    let parts = [("name=\"data_type\"", b"fingerprint".as_slice()), ("name=\"file\"; filename=\"a.phfp\"", &print)];
    let id = super::studio::id_of(&studio.house().form(&studio.path(""), &parts).await);
    studio.house().settle().await;
    assert_right(&heard(&studio.show(&id).await), &truth());
}

#[tokio::test]
async fn seconds_between_windows_are_passed_over() {
    let studio = Studio::with(json!({"policy": {"type": "traverse", "interval": 20, "rec_length": 10}})).await;
    let scan = studio.scan(&recording()).await;
    let heard = heard(&scan);
    assert_within(&heard, &truth());
    let has = |title: &str, at_s: i64| {
        heard.iter().any(|entry| entry.title == title && (entry.from_s..=entry.to_s).contains(&at_s))
    };
    assert!(has("song 1", 35) && has("song 1", 157) && has("song 2", 128), "{heard:#?}");
    // Only the window from 30 s on is in the first song.
    assert!(heard[0].from_s >= 29 && heard[0].to_s <= 41, "{heard:#?}");
    assert_eq!(scan["results"]["custom_files"][0]["type"], "traverse");
}

#[tokio::test]
async fn some_points_are_listened_to() {
    let studio = Studio::with(json!({"policy": {"type": "points", "points": 7, "rec_length": 10}})).await;
    let scan = studio.scan(&recording()).await;
    let heard = heard(&scan);
    assert_within(&heard, &truth());
    let has = |title: &str, at_s: i64| {
        heard.iter().any(|entry| entry.title == title && (entry.from_s..=entry.to_s).contains(&at_s))
    };
    // At 29, 146 and 175 s.
    assert!(has("song 1", 34) && has("song 2", 150) && has("song 1", 180), "{heard:#?}");
    assert!(heard.iter().all(|entry| entry.to_s - entry.from_s <= 10), "{heard:#?}");
    assert_eq!(scan["results"]["custom_files"][0]["type"], "points");
}

#[tokio::test]
async fn a_recording_of_other_sound_has_no_timeline() {
    let studio = Studio::new().await;
    for other in [sound::music(103, 30), sound::silence(20), sound::noisy(&sound::silence(20), 3)] {
        let scan = studio.scan(&other).await;
        assert_eq!((&scan["state"], &scan["results"], &scan["count"]), (&json!(-1), &json!({}), &json!(0)), "{scan}");
    }
}

#[tokio::test]
async fn the_callers_values_stand_in_the_entry() {
    let studio = Studio::new().await;
    let values = json!({"artist": "A", "campaign": "spring", "title": "theirs", "sample_end_time_offset_ms": 1});
    add_song(studio.house(), studio.shop.bucket, 5, values).await;
    studio.house().settle().await;
    for (seed, artist) in [(5, "A"), (1, "")] {
        let scan = studio.scan(&clip(seed)).await;
        let result = &scan["results"]["custom_files"][0]["result"];
        assert_eq!((&result["artist"], &result["title"]), (&json!(artist), &json!(format!("song {seed}"))));
        assert_eq!(result["bucket_id"], studio.shop.bucket.to_string());
        assert_eq!(result.get("campaign"), (seed == 5).then_some(&json!("spring")));
        assert!(result["sample_end_time_offset_ms"].as_i64().unwrap() > 5000, "{scan}");
    }
}
