//! Videos of slides.

use engine::film::{FilmChange, FilmKind, FilmState};
use engine::{Door, Limits};
use serde_json::{Value, json};

use crate::house::{House, avatar, pdf, png, voice, voice_id, wav};

const PATH: &str = "/api/videos/";

fn body() -> Value {
    json!({
        "name": "Welcome",
        "slides": [{
            "audio_source": {"text": "Good morning", "voice": {"id": voice("en-US")}},
            "layers": [{"avatar": {"id": avatar("amara")}, "view_type": "circular"}]
        }]
    })
}

fn smallest() -> Value {
    json!({"slides": [{"audio_source": {"text": "Hi"}}]})
}

#[tokio::test]
async fn a_video_is_made_and_found() {
    let house = House::new().await;
    let created = house.post(PATH, body()).await;
    assert_answer!(created);
    assert_eq!(house.get("/api/videos/1/").await.text(), created.text());
    assert_eq!(house.get(PATH).await.json()["results"], json!([created.json()]));
    assert_eq!(house.film(FilmKind::Video, 1).await.state, FilmState::Queued);
    let answer = house.post(PATH, smallest()).await;
    assert_answer!("the_smallest_video", answer);
}

#[tokio::test]
async fn what_the_public_client_sends() {
    let house = House::new().await;
    // The Pipedream component: ids as text, one slide, emotions in the text.
    let body = json!({
        "name": "From a workflow",
        "slides": [{
            "audio_source": {"text": "<emotion name=\"happiness\">Hi!</emotion> All is well.", "voice": {"id": voice("en-US").to_string()}},
            "layers": [{"avatar": {"id": avatar("amara").to_string()}}]
        }],
        "auto_emotions_markup": true
    });
    let answer = house.post(PATH, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let video = answer.json();
    assert_eq!(video["slides"][0]["audio_source"]["text"], "<emotion name=\"happiness\">Hi!</emotion> All is well.");
    assert_eq!((&video["status"], &video["auto_emotions_markup"]), (&json!("in_queue"), &json!(true)));
    let project = house.film(FilmKind::Video, 1).await.project.unwrap();
    let voice = voice_id("en-US");
    assert_eq!(
        project["scenes"][0]["narration"],
        json!([
            {"speaker": "layer-1", "text": "Hi!", "voice": voice, "emotion": "happiness"},
            {"speaker": "layer-1", "text": " All is well.", "voice": voice},
        ])
    );
}

#[tokio::test]
async fn everything_that_a_video_can_have() {
    let house = House::new().await;
    let picture = house.new_file("a.png", &png(300, 150)).await;
    let sound = house.new_file("a.wav", &wav(400)).await;
    let body = json!({
        "name": " Two ",
        "slides": [
            {
                "audio_source": {"file": {"id": sound}, "text": "La la"},
                "layers": [
                    {"media": {"id": picture}, "x": "0.25", "y": 0.5, "scale": 2, "crop": {"x": 0, "width": 0.5}, "view_type": "circular"},
                    {"avatar": {"id": avatar("amara")}, "media": null, "view_type": "rectangular"},
                ],
                "background": {"id": picture}
            },
            {"audio_source": {"text": "Bye", "voice": null, "file": null}, "layers": [{"avatar": {"id": avatar("amara")}}], "background": null}
        ],
        "webhook": {"url": "https://hooks.example.org/done"},
        "resolution": {"width": 1281, "height": "720"},
        "auto_emotions_markup": "true",
        "enable_subtitles": 1,
        "status": "success", "id": 99, "unknown": [1]
    });
    assert_answer!(house.post(PATH, body).await);
    let film = house.film(FilmKind::Video, 1).await;
    let project = stable_materials(film.project.unwrap());
    insta::assert_json_snapshot!("the_scene_document_of_everything", project);
    insta::assert_json_snapshot!("the_warnings_of_everything", film.warnings);
}

/// Replaces the ids of materials, which are random.
fn stable_materials(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(stable_materials).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, stable_materials(value))).collect(),
        Value::String(text) if text.starts_with("material:") => json!("material:[id]"),
        other => other,
    }
}

#[tokio::test]
async fn every_fault_of_a_video_has_its_words() {
    let house = House::new().await;
    let document = house.new_file("a.pdf", &pdf()).await;
    let required = json!(["This field is required."]);
    let avatar = json!({"id": avatar("amara")});
    let rows = [
        (json!({}), json!({"slides": required})),
        (json!({"slides": null}), json!({"slides": ["This field may not be null."]})),
        (json!({"slides": []}), json!({"slides": {"non_field_errors": ["This list may not be empty."]}})),
        (
            json!({"slides": {}}),
            json!({"slides": {"non_field_errors": ["Expected a list of items but got type \"dict\"."]}}),
        ),
        (
            json!({"name": "", "slides": [smallest()["slides"][0], {"audio_source": {"text": "Hi", "voice": {"id": 5}}}]}),
            json!({
                "name": ["This field may not be blank."],
                "slides": [{}, {"audio_source": {"voice": {"id": ["Invalid pk \"5\" - object does not exist."]}}}]
            }),
        ),
        (
            json!({"slides": [null, 5, {}, {"audio_source": {}}, {"audio_source": {"text": null, "file": {"id": document}}}]}),
            json!({"slides": [
                ["This field may not be null."],
                {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
                {"audio_source": required},
                {"audio_source": {"non_field_errors": ["One of text and file is required."]}},
                {"audio_source": {"file": {"id": ["Incorrect type. Expected a file of type audio, received pdf."]}}},
            ]}),
        ),
        (
            json!({"slides": [{"audio_source": {"text": "Hi"}, "layers": [
                {}, {"avatar": avatar, "media": {"id": 1}},
                {"avatar": avatar, "x": "left", "y": 21, "scale": 0, "crop": [], "view_type": "oval"},
            ]}]}),
            json!({"slides": [{"layers": [
                {"non_field_errors": ["One of avatar and media is required."]},
                {
                    "non_field_errors": ["Only one of avatar and media may be given."],
                    "media": {"id": ["Incorrect type. Expected a file of type image or video, received pdf."]}
                },
                {
                    "x": ["A valid number is required."],
                    "y": ["Ensure this value is less than or equal to 20."],
                    "scale": ["Ensure this value is greater than or equal to 0.01."],
                    "crop": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]},
                    "view_type": ["\"oval\" is not a valid choice."],
                },
            ]}]}),
        ),
        (
            json!({
                "slides": smallest()["slides"], "resolution": {"width": 100.5, "height": 5000},
                "enable_subtitles": "maybe", "auto_emotions_markup": null
            }),
            json!({
                "resolution": {
                    "width": ["A valid integer is required."], "height": ["Ensure this value is less than or equal to 4096."]
                },
                "enable_subtitles": ["Must be a valid boolean."],
                "auto_emotions_markup": ["This field may not be null."],
            }),
        ),
        (
            json!({"slides": vec![smallest()["slides"][0].clone(); 501], "name": "n".repeat(256)}),
            json!({
                "slides": {"non_field_errors": ["Ensure this field has no more than 500 elements."]},
                "name": ["Ensure this field has no more than 255 characters."],
            }),
        ),
    ];
    for (body, problems) in rows {
        house.post(PATH, body).await.assert_problems(problems);
    }
    assert_eq!(house.get(PATH).await.json()["count"], 0);
}

#[tokio::test]
async fn a_changed_video_is_a_draft_until_it_is_published() {
    let house = House::new().await;
    let mut body = body();
    body["webhook"] = json!({"url": "https://hooks.example.org/done"});
    body["enable_subtitles"] = json!(true);
    let before = house.post(PATH, body).await.json();
    house.advance(60.0);
    let answer = house.call("PUT", "/api/videos/1/", json!({"slides": smallest()["slides"]})).await;
    assert_answer!("a_changed_video", answer);
    let after = answer.json();
    for kept in ["id", "cd", "name", "webhook", "resolution", "enable_subtitles"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["status"], "draft");
    let film = house.film(FilmKind::Video, 1).await;
    assert_eq!((film.state, film.job_id), (FilmState::Draft, None));
    let answer = house
        .call("PUT", "/api/videos/1/", json!({"slides": smallest()["slides"], "name": "Other", "webhook": null}))
        .await;
    assert_eq!((&answer.json()["name"], &answer.json()["webhook"]), (&json!("Other"), &Value::Null));
    let answer = house.ask("POST", "/api/videos/1/publish/").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("in_queue")));
    house
        .call("PUT", "/api/videos/1/", json!({}))
        .await
        .assert_problems(json!({"slides": ["This field is required."]}));
}

#[tokio::test]
async fn publishing_reads_no_body_and_starts_what_rests() {
    let house = House::new().await;
    house.made(PATH, smallest()).await;
    let job = house.film(FilmKind::Video, 1).await.job_id;
    for (content_type, body) in [("text/plain", "{"), ("application/json", "{}"), ("application/json", "[")] {
        let answer = house.post_as("POST", "/api/videos/1/publish/", content_type, body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("in_queue")));
    }
    let film = house.film(FilmKind::Video, 1).await;
    assert_eq!(film.job_id, job);
    house.engine.cancel_film(&house.account_id, Door::Spiritme, &film.id).await.unwrap();
    assert_eq!(house.get("/api/videos/1/").await.json()["status"], "error");
    let answer = house.ask("POST", "/api/videos/1/publish/").await;
    assert_eq!(answer.json()["status"], "in_queue");
}

#[tokio::test]
async fn a_removed_video_is_gone() {
    let house = House::new().await;
    house.made(PATH, smallest()).await;
    let answer = house.ask("DELETE", "/api/videos/1/").await;
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    for (method, path) in [("GET", "1/"), ("PUT", "1/"), ("DELETE", "1/"), ("POST", "1/publish/")] {
        house.ask(method, &format!("{PATH}{path}")).await.assert_detail(404, "Not found.");
    }
    assert_eq!(house.get(PATH).await.json()["count"], 0);
}

#[tokio::test]
async fn videos_are_filtered_by_status() {
    let house = House::new().await;
    for _ in 0..3 {
        house.made(PATH, smallest()).await;
    }
    house.call("PUT", "/api/videos/2/", smallest()).await;
    let film = house.film(FilmKind::Video, 3).await;
    house.engine.cancel_film(&house.account_id, Door::Spiritme, &film.id).await.unwrap();
    let ids = async |query: &str| {
        let page = house.get(&format!("{PATH}?{query}")).await.json();
        page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [3, 2, 1]);
    assert_eq!(ids("ordering=cd").await, [1, 2, 3]);
    assert_eq!(ids("status=in_queue").await, [1]);
    assert_eq!(ids("status%5B%5D=error&status%5B%5D=draft").await, [3, 2]);
    assert_eq!(ids("status=success").await, [0; 0]);
}

#[tokio::test]
async fn a_batch_video_is_no_video() {
    let house = House::new().await;
    house.made("/api/batch-videos/", json!({"variables": {}})).await;
    assert_eq!(house.get("/api/videos/1/").await.status, 404);
    house.made(PATH, smallest()).await;
    assert_eq!(house.get(PATH).await.json()["count"], 1);
    assert_eq!(house.get("/api/batch-videos/").await.json()["count"], 1);
}

#[tokio::test]
async fn more_slides_than_the_operator_allows() {
    let document = stage::document::Limits { n_scenes_max: 1, ..stage::document::Limits::default() };
    let house = House::with_limits(Limits { document, ..Limits::default() }).await;
    let slide = smallest()["slides"][0].clone();
    let answer = house.post(PATH, json!({"slides": [slide, slide]})).await;
    answer.assert_problems(json!({"slides": {"non_field_errors": ["Has 2 items; at most 1 are allowed."]}}));
}

#[tokio::test]
async fn a_change_of_other_members_leaves_the_row_alone() {
    let house = House::new().await;
    house.made(PATH, smallest()).await;
    let film = house.film(FilmKind::Video, 1).await;
    let change = FilmChange { name: Some("By the operator".to_owned()), ..FilmChange::default() };
    house.engine.change_film(&house.account_id, Door::Spiritme, &film.id, change).await.unwrap();
    let video = house.get("/api/videos/1/").await.json();
    assert_eq!((&video["name"], &video["status"]), (&json!("By the operator"), &json!("in_queue")));
}
