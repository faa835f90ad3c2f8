//! Avatars, voices and languages.

use serde_json::Value;

use crate::house::{Answer, House, avatar, voice};

fn rows(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

fn sorted_by(rows: &[Value], name: &str) -> bool {
    rows.is_sorted_by_key(|row| row[name].as_str())
}

#[tokio::test]
async fn an_avatar_has_all_its_members() {
    let house = House::new().await;
    assert_answer!(house.get("/api/avatars/?limit=1").await);
    for row in rows(&house.get("/api/avatars/").await) {
        assert_eq!(row.as_object().unwrap().len(), 14, "{row}");
        assert_eq!(row["status"], "ready");
        assert!(row["best_fit_voices"].as_array().is_some_and(|voices| !voices.is_empty()), "{row}");
    }
}

#[tokio::test]
async fn avatars_are_filtered_and_sorted() {
    let house = House::new().await;
    let all = house.get("/api/avatars/").await.json()["count"].clone();
    for (query, count) in [
        ("status=ready", &all),
        ("status=training&status=ready", &all),
        ("status[]=ready", &all),
        ("status%5B%5D=training", &Value::from(0)),
        ("status=training&status=created", &Value::from(0)),
        ("status=&nonsense=1", &all),
    ] {
        assert_eq!(house.get(&format!("/api/avatars/?{query}")).await.json()["count"], *count, "{query}");
    }
    let answer = house.get("/api/avatars/?status=ready,training&status=ready").await;
    answer.assert_problems(serde_json::json!({
        "status": ["Select a valid choice. ready,training is not one of the available choices."]
    }));
    assert!(sorted_by(&rows(&house.get("/api/avatars/").await), "name"));
    let names = |answer: &Answer| rows(answer).iter().map(|row| row["name"].clone()).collect::<Vec<_>>();
    let mut backwards = names(&house.get("/api/avatars/?ordering=-name").await);
    backwards.reverse();
    assert_eq!(backwards, names(&house.get("/api/avatars/?ordering=nonsense").await));
    let numbers = |answer: &Answer| rows(answer).iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>();
    assert!(numbers(&house.get("/api/avatars/?ordering=id,name").await).is_sorted());
    assert!(numbers(&house.get("/api/avatars/?ordering=cd,-id").await).is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn a_voice_has_all_its_members() {
    let house = House::new().await;
    assert_answer!(house.get("/api/tts/voices/?limit=1").await);
    let rows = rows(&house.get("/api/tts/voices/").await);
    assert!(sorted_by(&rows, "name"));
    for row in rows {
        assert_eq!(row.as_object().unwrap().len(), 7, "{row}");
        assert!(matches!(row["sex"].as_str(), Some("male" | "female")), "{row}");
    }
}

#[tokio::test]
async fn voices_are_filtered() {
    let house = House::new().await;
    let all = rows(&house.get("/api/tts/voices/?limit=1000").await).len();
    let english = rows(&house.get("/api/tts/voices/?language_code=en-us").await);
    assert!(!english.is_empty() && english.len() < all);
    assert!(english.iter().all(|row| row["language_code"] == "en-US"));
    assert!(english.iter().any(|row| row["id"] == voice("en-US")));
    let men = rows(&house.get("/api/tts/voices/?sex=male").await);
    assert!(!men.is_empty() && men.iter().all(|row| row["sex"] == "male"));
    assert!(rows(&house.get("/api/tts/voices/?provider=amazon").await).is_empty());
    let answer = house.get("/api/tts/voices/?sex=x").await;
    answer
        .assert_problems(serde_json::json!({"sex": ["Select a valid choice. x is not one of the available choices."]}));
}

#[tokio::test]
async fn languages_are_listed_once_each() {
    let house = House::new().await;
    let languages = rows(&house.get("/api/tts/languages/").await);
    assert!(languages.iter().any(|row| row["code"] == "en-US"));
    assert!(sorted_by(&languages, "name"));
    let mut codes: Vec<String> = languages.iter().map(|row| row["code"].to_string()).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), languages.len());
    assert_answer!(house.get("/api/tts/languages/?limit=2&offset=1").await);
}

#[tokio::test]
async fn a_video_names_an_avatar_and_a_voice_by_these_numbers() {
    let house = House::new().await;
    let row = rows(&house.get("/api/avatars/").await).into_iter().find(|row| row["id"] == avatar("amara")).unwrap();
    let body =
        serde_json::json!({"slides": [{"audio_source": {"text": "Hi"}, "layers": [{"avatar": {"id": row["id"]}}]}]});
    let video = house.post("/api/videos/", body).await.json();
    let nested = &video["slides"][0]["layers"][0]["avatar"];
    assert_eq!(nested.as_object().unwrap().len(), 5);
    for (name, value) in nested.as_object().unwrap() {
        assert_eq!(*value, row[name], "{name}");
    }
}

#[tokio::test]
async fn the_preview_of_an_avatar_has_the_size_of_its_frame() {
    let house = House::new().await;
    let row = rows(&house.get("/api/avatars/?limit=1").await).remove(0);
    let path = row["preview"].as_str().unwrap().strip_prefix("https://media.example/catalog/").unwrap().to_owned();
    let file = house.engine.catalog().unwrap().file(&path).await.unwrap();
    assert_eq!(file.media_type, "image/png");
    // Width and height come first in a PNG's header chunk.
    let side = |at: usize| u32::from_be_bytes(file.bytes[at..at + 4].try_into().unwrap());
    assert_eq!((row["frame_width"].clone(), row["frame_height"].clone()), (side(16).into(), side(20).into()));
}
