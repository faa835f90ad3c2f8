//! Batch videos: templates filled with values.

use engine::film::{FilmKind, FilmState};
use serde_json::{Value, json};

use crate::house::{House, REFUSED_URL, avatar, voice, voice_id};

const PATH: &str = "/api/batch-videos/";

async fn template(house: &House, text: &str) -> i64 {
    let body = json!({"avatar": {"id": avatar("amara")}, "voice": {"id": voice("en-US")}, "text": text});
    house.made("/api/batch-video-templates/", body).await
}

#[tokio::test]
async fn a_batch_video_is_made_of_a_template() {
    let house = House::new().await;
    let id = template(&house, "Hello {name}, {seats} seats are kept for you.").await;
    let created = house
        .post(
            PATH,
            json!({
                "variables": {"name": "Ada", "seats": 3, "rate": 12.5, "vip": true}, "template": {"id": id},
                "webhook": {"url": "https://hooks.example.org/done"}
            }),
        )
        .await;
    assert_answer!(created);
    assert_eq!(house.get("/api/batch-videos/1/").await.text(), created.text());
    assert_eq!(house.get(PATH).await.json()["results"], json!([created.json()]));
    let film = house.film(FilmKind::BatchVideo, 1).await;
    assert_eq!(film.state, FilmState::Queued);
    insta::assert_json_snapshot!("the_scene_document_of_a_batch_video", film.project.unwrap());
}

#[tokio::test]
async fn values_keep_their_types() {
    let house = House::new().await;
    let text =
        r#"{"variables":{"a":3,"b":3.0,"c":"3","d":true,"e":"true","f":-0.5,"g":12345678901234567,"h":"","i":" x "}}"#;
    let answer = house.post_as("POST", PATH, "application/json", text).await;
    assert_eq!(answer.status, 201);
    let variables = text.trim_start_matches("{\"variables\":").trim_end_matches('}');
    for answer in [answer, house.get("/api/batch-videos/1/").await] {
        assert!(answer.text().contains(&format!("\"variables\":{variables}}}")), "{}", answer.text());
    }
}

#[tokio::test]
async fn without_a_template_it_stays_a_draft() {
    let house = House::new().await;
    for body in [json!({"variables": {}}), json!({"variables": {"x": 1}, "template": null, "webhook": null})] {
        let answer = house.post(PATH, body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (201, &json!("draft")));
        assert_eq!(answer.json()["template"], Value::Null);
    }
    assert_eq!(house.film(FilmKind::BatchVideo, 1).await.job_id, None);
}

#[tokio::test]
async fn a_template_may_be_sent_along() {
    let house = House::new().await;
    let text = "{{ greeting }}, {name}! {other} { name } {1}";
    let inline = json!({"avatar": avatar("amara"), "voice": {"id": voice("en-US")}, "text": text, "background": null});
    let variables = json!({"greeting": "Hi", "name": "<emotion name=\"smile\">", "other": "{name}"});
    let answer = house.post(PATH, json!({"variables": variables, "template": inline})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let expected =
        json!({"id": 1, "avatar": avatar("amara"), "voice": voice("en-US"), "text": text, "background": null});
    assert_eq!(answer.json()["template"], expected);
    assert_eq!(house.get("/api/batch-video-templates/1/").await.json()["text"], text);
    let project = house.engine.project_of(&house.film(FilmKind::BatchVideo, 1).await).unwrap();
    let said = serde_json::to_value(&project.scenes[0].narration).unwrap();
    let text = "Hi, &lt;emotion name=\"smile\">! {name} { name } {1}";
    let expected = json!([{"speaker": "layer-1", "text": text, "voice": voice_id("en-US")}]);
    assert_eq!(said, expected);
}

#[tokio::test]
async fn beside_an_id_the_rest_of_a_template_is_ignored() {
    let house = House::new().await;
    let id = template(&house, "Hello").await;
    let body = json!({"variables": {}, "template": {"id": id.to_string(), "text": "", "avatar": "x"}});
    let answer = house.post(PATH, body).await;
    assert_eq!((answer.status, &answer.json()["template"]["text"]), (201, &json!("Hello")));
}

#[tokio::test]
async fn every_fault_of_a_batch_video_has_its_words() {
    let house = House::new().await;
    let id = template(&house, "Hello {name} and {{ other }}").await;
    let required = json!(["This field is required."]);
    let rows = [
        (json!({}), json!({"variables": required})),
        (json!({"variables": null}), json!({"variables": ["This field may not be null."]})),
        (json!({"variables": "x"}), json!({"variables": ["Expected a dictionary of items but got type \"str\"."]})),
        (json!({"variables": [1]}), json!({"variables": ["Expected a dictionary of items but got type \"list\"."]})),
        (
            json!({"variables": {"a": null, "b": [], "c": {}, "d": "\u{0}", "e": 1}}),
            json!({"variables": {
                "a": ["This field may not be null."],
                "b": ["A valid integer, number, string or boolean is required."],
                "c": ["A valid integer, number, string or boolean is required."],
                "d": ["Null characters are not allowed."],
            }}),
        ),
        (
            json!({"variables": {}, "template": 7, "webhook": "x"}),
            json!({
                "template": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
                "webhook": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
            }),
        ),
        (
            json!({"variables": {}, "template": {"id": 999}, "webhook": {"url": "ftp://x"}}),
            json!({
                "template": {"id": ["Invalid pk \"999\" - object does not exist."]},
                "webhook": {"url": ["Enter a valid URL."]},
            }),
        ),
        (
            json!({"variables": {}, "template": {}, "webhook": {}}),
            json!({
                "template": {"avatar": required, "voice": required, "text": required},
                "webhook": {"url": required},
            }),
        ),
        (
            json!({"variables": {"Name": 1}, "template": {"id": id}}),
            json!({"variables": {"name": required, "other": required}}),
        ),
        (
            json!({"variables": {}, "webhook": {"id": 999}}),
            json!({"webhook": {"id": ["Invalid pk \"999\" - object does not exist."]}}),
        ),
        (json!({"variables": {}, "webhook": {"url": REFUSED_URL}}), {
            json!({"webhook": {"url": ["Address not allowed: 10.0.0.1 is private."]}})
        }),
    ];
    for (body, problems) in rows {
        house.post(PATH, body).await.assert_problems(problems);
    }
    assert_eq!(house.get(PATH).await.json()["count"], 0);
}

#[tokio::test]
async fn values_do_not_make_a_text_endless() {
    let house = House::new().await;
    let id = template(&house, &"{x}".repeat(6000)).await;
    let body = json!({"variables": {"x": "y".repeat(100_000)}, "template": {"id": id}});
    house.post(PATH, body).await.assert_problems(json!({
        "variables": {"non_field_errors": ["The text of the template is too long with these values."]}
    }));
}

#[tokio::test]
async fn a_webhook_is_used_again_by_its_id() {
    let house = House::new().await;
    let webhook = json!({"url": "https://hooks.example.org/a?b=c"});
    let first = house.post(PATH, json!({"variables": {}, "webhook": webhook})).await.json()["webhook"].clone();
    assert_eq!(first["url"], "https://hooks.example.org/a?b=c");
    house.advance(5.0);
    let again =
        house.post(PATH, json!({"variables": {}, "webhook": {"id": first["id"]}})).await.json()["webhook"].clone();
    assert_eq!(again, first);
    let other = house.post(PATH, json!({"variables": {}, "webhook": webhook})).await.json()["webhook"].clone();
    assert_ne!(other["id"], first["id"]);
}

#[tokio::test]
async fn batch_videos_are_filtered_by_status() {
    let house = House::new().await;
    let id = template(&house, "Hello").await;
    house.made(PATH, json!({"variables": {}})).await;
    house.made(PATH, json!({"variables": {}, "template": {"id": id}})).await;
    let ids = async |query: &str| {
        let page = house.get(&format!("{PATH}?{query}")).await.json();
        page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [2, 1]);
    assert_eq!(ids("ordering=id").await, [1, 2]);
    assert_eq!(ids("status=draft").await, [1]);
    assert_eq!(ids("status[]=in_queue&status[]=success").await, [2]);
    assert_eq!(ids("status=error&status=success&status=executing").await, [0; 0]);
    house.get(&format!("{PATH}?status=queued")).await.assert_problems(json!({
        "status": ["Select a valid choice. queued is not one of the available choices."]
    }));
}
