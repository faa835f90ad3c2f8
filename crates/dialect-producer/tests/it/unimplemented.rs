use serde_json::{Value, json};

use crate::house::{Answer, House};

#[track_caller]
fn assert_not_implemented(answer: &Answer) {
    answer.assert_refused(400, "api_not_implemented", "The API is not implemented.");
}

/// What the published SDKs send for `audios.create(action="generate", prompt="slow piano")`.
fn sdk_body() -> Value {
    json!({
        "action": "generate", "prompt": "slow piano", "lyric": "", "model": "FUZZ-2.0", "custom": false,
        "instrumental": false, "weirdness": false, "continue_at": false, "sound_strength": false,
        "lyrics_strength": false, "replace_section_start": false, "replace_section_end": false, "callback_url": null,
    })
}

#[tokio::test]
async fn songs_are_checked_and_then_not_implemented() {
    let house = House::new().await;
    let mut edge = sdk_body();
    for (name, value) in [
        ("action", json!("upload_replace_section")),
        ("prompt", json!("ä".repeat(200))),
        ("weirdness", json!(1)),
        ("sound_strength", json!(0.2)),
        ("cover_strength", json!(1.0)),
        ("seed", json!(12345)),
        ("style", json!("ignored")),
    ] {
        edge[name] = value;
    }
    for body in [sdk_body(), edge, json!({"action": "all_stems", "audio_id": "x"})] {
        assert_not_implemented(&house.post("/producer/audios", body).await);
    }
}

#[tokio::test]
async fn a_wrong_member_of_a_song_is_named() {
    let house = House::new().await;
    for (name, value) in [
        ("action", json!(null)),
        ("action", json!("dance")),
        ("model", json!("FUZZ-3.0")),
        ("model", json!(2)),
        ("prompt", json!("x".repeat(201))),
        ("lyric", json!({})),
        ("custom", json!("perhaps")),
        ("weirdness", json!(1.01)),
        ("weirdness", json!("0.5")),
        ("sound_strength", json!(0.19)),
        ("cover_strength", json!(0)),
        ("lyrics_strength", json!(-0.1)),
        ("continue_at", json!(-1)),
        ("replace_section_end", json!(true)),
        ("seed", json!([1])),
        ("callback_url", json!("nonsense")),
    ] {
        let mut body = sdk_body();
        body[name] = value;
        house.post("/producer/audios", body).await.assert_bad(name);
    }
}

#[tokio::test]
async fn lyrics_take_text_or_an_object_and_are_not_implemented() {
    let house = House::new().await;
    for prompt in [json!("winter"), json!({"text": "winter"})] {
        let body = json!({"prompt": prompt});
        assert_not_implemented(&house.post("/producer/lyrics", body).await);
    }
    for prompt in [json!(null), json!(""), json!(3), json!(["winter"])] {
        let body = json!({"prompt": prompt});
        house.post("/producer/lyrics", body).await.assert_bad("prompt");
    }
}
