//! Whether clips are found, whatever they went through, and where in the file they are.

use serde_json::{Value, json};

use super::client::{
    Shop, URLENCODED, add_song, add_song_as, clip, new_project, new_project_as, outcome, post, titles, work_while,
};
use super::sound;

/// How far a place may be from the truth, in milliseconds.
const OFF_MS: i64 = 200;
/// How far the matched part may be from the ends of the clip, in milliseconds: it reaches from the first peak that is found again to the last.
const SPAN_OFF_MS: i64 = 500;

/// Asserts that the only thing found is a song, at the place from which [`clip`] cuts.
#[track_caller]
fn assert_found(shop: &Shop, seed: u32, answer: &Value) {
    let files = answer["metadata"]["custom_files"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(files.len(), 1, "{answer}");
    let file = &files[0];
    assert_eq!(file["acrid"], shop.acr_id(seed), "{answer}");
    assert_eq!(file["bucket_id"], shop.bucket.to_string(), "{answer}");
    assert_eq!(file["duration_ms"], 30_000, "{answer}");
    assert!((70..=100).contains(&file["score"].as_i64().unwrap()), "{answer}");
    let ms = |name: &str| file[name].as_i64().unwrap();
    let is_near = |ms: i64, truth: i64| (ms - truth).abs() <= OFF_MS;
    assert!(is_near(ms("play_offset_ms"), 20_000), "{answer}");
    for end in ["begin", "end"] {
        let (db, sample) = (ms(&format!("db_{end}_time_offset_ms")), ms(&format!("sample_{end}_time_offset_ms")));
        assert!(is_near(db - sample, 12_000), "{answer}");
    }
    assert!(
        ms("sample_begin_time_offset_ms") <= SPAN_OFF_MS && ms("sample_end_time_offset_ms") >= 8_000 - SPAN_OFF_MS,
        "{answer}"
    );
}

#[tokio::test]
async fn every_form_of_a_clip_is_found_at_its_place() {
    let shop = Shop::new().await;
    let clip = clip(2);
    for (name, sample) in [
        ("wav", sound::wav(&clip)),
        ("wav, 8 kHz", sound::wav_8k(&clip)),
        ("ogg, opus", sound::ogg_opus(&clip)),
        ("noisy wav", sound::wav(&sound::noisy(&clip, 5))),
        ("noisy opus", sound::ogg_opus(&sound::noisy(&clip, 6))),
    ] {
        println!("{name}");
        assert_found(&shop, 2, &shop.pair.identify(&shop.house, &sample).await);
    }
    let fields = shop.pair.fields("fingerprint", &sound::fingerprint(&clip));
    assert_found(&shop, 2, &fields.send(&shop.house).await);
    for body in [
        shop.pair.fields("audio", &sound::wav_8k(&clip)).urlencoded(),
        shop.pair.fields("fingerprint", &sound::fingerprint(&clip)).urlencoded(),
    ] {
        assert_found(&shop, 2, &outcome(&post(&shop.house, "/v1/identify", URLENCODED, body).await));
    }
}

#[tokio::test]
async fn the_shape_of_a_match() {
    let shop = Shop::new().await;
    let sample = sound::wav(&clip(1));
    let mut answer = shop.pair.identify(&shop.house, &sample).await;
    // Where exactly a match begins and how sure it is, is the index's business, and tested elsewhere.
    let file = answer["metadata"]["custom_files"][0].as_object_mut().unwrap();
    assert_eq!(file["acrid"], shop.acr_id(1));
    file.insert("acrid".to_owned(), json!("[acr_id]"));
    for (name, value) in file.iter_mut().filter(|(name, _)| name.contains("offset_ms") || *name == "score") {
        assert!(value.is_i64(), "{name}");
        *value = json!("[number]");
    }
    insta::assert_json_snapshot!(answer);
}

#[tokio::test]
async fn what_is_in_no_bucket_is_not_found() {
    let shop = Shop::new().await;
    let answer = shop.pair.identify(&shop.house, &sound::wav(&clip(77))).await;
    assert_eq!(answer, json!({"status": {"msg": "No result", "code": 1001, "version": "1.0"}}));
    let empty = new_project(&shop.house, &[]).await;
    assert_eq!(empty.code(&shop.house, &sound::wav(&clip(1))).await, 1001);
}

#[tokio::test]
async fn the_place_of_a_clip_that_outlasts_the_file_is_the_files_end() {
    let shop = Shop::new().await;
    let song = sound::music(3, 30);
    let outlasting = [sound::cut(&song, 22_000, 30_000), sound::music(78, 4)].concat();
    let answer = shop.pair.identify(&shop.house, &sound::wav(&outlasting)).await;
    assert_eq!(titles(&answer), ["song 3"], "{answer}");
    assert_eq!(answer["metadata"]["custom_files"][0]["play_offset_ms"], 30_000);
}

#[tokio::test]
async fn a_file_is_found_in_the_projects_buckets_only_and_only_while_it_is_there() {
    let shop = Shop::new().await;
    let (house, pair) = (&shop.house, &shop.pair);
    let samples: Vec<_> = (1..=3).map(|seed| sound::wav(&clip(seed))).collect();
    let other_bucket = house.new_bucket("other").await;
    let other_pair = new_project(house, &[other_bucket]).await;
    for sample in &samples {
        assert_eq!((pair.code(house, sample).await, other_pair.code(house, sample).await), (0, 1001));
    }
    let answer = house.ask("DELETE", &format!("/api/buckets/{}/files/{}", shop.bucket, shop.songs[0]["id"])).await;
    assert_eq!(answer.status, 204);
    assert_eq!(pair.code(house, &samples[0]).await, 1001);
    let answer = house.ask("PUT", &format!("/api/buckets/{other_bucket}/files/{}/move", shop.songs[1]["id"])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(pair.code(house, &samples[1]).await, 1001);
    assert_eq!(other_pair.titles(house, &samples[1]).await, ["song 2"]);
    assert_eq!(pair.titles(house, &samples[2]).await, ["song 3"]);

    let both = json!({"buckets": [shop.bucket, other_bucket]});
    house.call("PUT", &format!("/api/base-projects/{}", pair.project), both).await;
    assert_eq!(pair.titles(house, &samples[1]).await, ["song 2"]);
}

#[tokio::test]
async fn another_accounts_buckets_are_never_searched() {
    let shop = Shop::new().await;
    let token = shop.house.strangers_token().await;
    let body = json!({"name": "songs", "region": "r", "type": "File"});
    let bucket = shop.house.call_as(&token, "POST", "/api/buckets", body).await.json()["data"]["id"].as_i64().unwrap();
    let stranger = new_project_as(&shop.house, &token, &[bucket]).await;
    let sample = sound::wav(&clip(1));
    assert_eq!(stranger.code(&shop.house, &sample).await, 1001);
    // The same sound in both: each finds their own.
    let own = add_song_as(&shop.house, &token, bucket, 1, json!({})).await;
    let path = format!("/api/buckets/{bucket}/files?state=0");
    work_while(&shop.house, async || shop.house.ask_as(&token, "GET", &path).await.json()["meta"]["total"] != 0).await;
    for (pair, acr_id) in [(&stranger, own["acr_id"].as_str().unwrap()), (&shop.pair, shop.acr_id(1))] {
        let answer = pair.identify(&shop.house, &sample).await;
        let files = answer["metadata"]["custom_files"].as_array().unwrap();
        assert_eq!((files.len(), &files[0]["acrid"]), (1, &json!(acr_id)), "{answer}");
    }
}

#[tokio::test]
async fn the_same_sound_in_two_files_is_two_hits() {
    let shop = Shop::new().await;
    add_song(&shop.house, shop.bucket, 1, json!({"copy": true})).await;
    shop.house.settle().await;
    let answer = shop.pair.identify(&shop.house, &sound::wav(&clip(1))).await;
    assert_eq!(titles(&answer), ["song 1", "song 1"], "{answer}");
    let scores = answer["metadata"]["custom_files"].as_array().unwrap().iter().map(|file| file["score"].as_i64());
    assert!(scores.is_sorted_by(|a, b| a >= b), "{answer}");
}
