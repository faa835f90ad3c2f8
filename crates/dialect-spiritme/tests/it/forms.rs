//! The same bodies as JSON, as pairs and as multipart forms, in every spelling of nesting.

use doorkit::form_body;
use serde_json::{Value, json};

use crate::house::{Answer, House, avatar, voice};

/// Sends pairs both ways.
async fn both(house: &House, method: &str, path: &str, pairs: &[(&str, &str)]) -> [Answer; 2] {
    let heads: Vec<String> = pairs.iter().map(|(name, _)| format!("name=\"{name}\"")).collect();
    let parts: Vec<(&str, &[u8])> =
        heads.iter().zip(pairs).map(|(head, (_, text))| (head.as_str(), text.as_bytes())).collect();
    let body = form_body(&parts);
    [house.form(method, path, pairs).await, house.post_as(method, path, "Multipart/Form-Data; boundary=b", body).await]
}

/// What does not differ from one video to the next.
fn timeless(mut json: Value) -> Value {
    for name in ["id", "cd", "webhook"] {
        json[name] = Value::Null;
    }
    json
}

#[tokio::test]
async fn a_video_in_every_spelling() {
    let house = House::new().await;
    let (avatar, voice) = (avatar("amara").to_string(), voice("en-US").to_string());
    let body = json!({
        "name": "Form", "slides": [
            {"audio_source": {"text": "Hi", "voice": {"id": voice}}, "layers": [{"avatar": {"id": avatar}, "x": 0.25}]},
            {"audio_source": {"text": "Bye"}},
        ],
        "webhook": {"url": "https://hooks.example.org/"}, "resolution": {"width": 1280, "height": 720}, "enable_subtitles": true
    });
    let expected = timeless(house.post("/api/videos/", body.clone()).await.json());
    assert_eq!(expected["slides"][1]["audio_source"]["text"], "Bye");
    let slides = body["slides"].to_string();
    let common = [("name", "Form"), ("enable_subtitles", "True")];
    let spellings: [Vec<(&str, &str)>; 4] = [
        vec![
            ("slides", &slides),
            ("webhook", r#"{"url":"https://hooks.example.org/"}"#),
            ("resolution", r#"{"width":1280,"height":720}"#),
        ],
        vec![
            ("slides[0]audio_source.text", "Hi"),
            ("slides[0]audio_source.voice.id", &voice),
            ("slides[0]layers[0]avatar.id", &avatar),
            ("slides[0]layers[0]x", "0.25"),
            ("slides[1]audio_source.text", "Bye"),
            ("webhook.url", "https://hooks.example.org/"),
            ("resolution.width", "1280"),
            ("resolution.height", "720"),
        ],
        vec![
            ("slides[0][audio_source][text]", "Hi"),
            ("slides[0][audio_source][voice][id]", &voice),
            ("slides[0][audio_source][file]", ""),
            ("slides[0][layers][0][avatar][id]", &avatar),
            ("slides[0][layers][0][media]", ""),
            ("slides[0][layers][0][x]", "0.25"),
            ("slides[0][layers][0][y]", ""),
            ("slides[0][background]", ""),
            ("slides[1][audio_source][text]", "Bye"),
            ("webhook[url]", "https://hooks.example.org/"),
            ("resolution[width]", "1280"),
            ("resolution[height]", "720"),
        ],
        vec![
            ("slides[0]audio_source", r#"{"text":"Hi","voice":{"id":VOICE}}"#),
            ("slides[0]layers", r#"[{"avatar":{"id":AVATAR},"x":0.25}]"#),
            ("slides[1].audio_source.text", "Bye"),
            ("webhook", r#"{"url":"https://hooks.example.org/"}"#),
            ("resolution", r#"{"width":"1280","height":720.0}"#),
        ],
    ];
    for spelling in spellings {
        let filled: Vec<(&str, String)> = spelling
            .iter()
            .chain(&common)
            .map(|(name, text)| (*name, text.replace("VOICE", &voice).replace("AVATAR", &avatar)))
            .collect();
        let pairs: Vec<(&str, &str)> = filled.iter().map(|(name, text)| (*name, text.as_str())).collect();
        for answer in both(&house, "POST", "/api/videos/", &pairs).await {
            assert_eq!(answer.status, 201, "{pairs:?}: {}", answer.text());
            assert_eq!(timeless(answer.json()), expected, "{pairs:?}");
        }
    }
}

#[tokio::test]
async fn variables_in_every_spelling() {
    let house = House::new().await;
    for (pairs, expected) in [
        (
            vec![("variables", r#"{"name":"Ada","seats":3,"vip":true}"#)],
            json!({"name": "Ada", "seats": 3, "vip": true}),
        ),
        (vec![("variables[name]", "Ada"), ("variables[seats]", "3")], json!({"name": "Ada", "seats": "3"})),
        (vec![("variables.name", "Ada"), ("variables[1]", "x")], json!({"name": "Ada", "1": "x"})),
        (vec![("variables", "")], json!({})),
        (vec![("variables", "{}"), ("template", ""), ("webhook", "")], json!({})),
    ] {
        for answer in both(&house, "POST", "/api/batch-videos/", &pairs).await {
            assert_eq!(answer.status, 201, "{pairs:?}: {}", answer.text());
            assert_eq!(answer.json()["variables"], expected, "{pairs:?}");
        }
    }
    for (text, got) in [("x", "str"), ("[1]", "list"), ("3", "str")] {
        for answer in both(&house, "POST", "/api/batch-videos/", &[("variables", text)]).await {
            let message = format!("Expected a dictionary of items but got type \"{got}\".");
            answer.assert_problems(json!({"variables": [message]}));
        }
    }
    for answer in both(&house, "POST", "/api/batch-videos/", &[("template.id", "x")]).await {
        answer.assert_problems(json!({
            "variables": ["This field is required."], "template": {"id": ["A valid integer is required."]}
        }));
    }
}

#[tokio::test]
async fn a_template_as_a_form() {
    let house = House::new().await;
    let (avatar, voice) = (avatar("amara").to_string(), voice("en-US").to_string());
    for pairs in [
        [("avatar.id", avatar.as_str()), ("voice.id", &voice), ("text", "Hello {name}!")],
        [("avatar[id]", &avatar), ("voice[id]", &voice), ("text", "Hello {name}!")],
    ] {
        for answer in both(&house, "POST", "/api/batch-video-templates/", &pairs).await {
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert_eq!(answer.json()["text"], "Hello {name}!");
        }
    }
}

#[tokio::test]
async fn a_box_that_is_not_checked_is_missing_in_a_form() {
    let house = House::new().await;
    let body = json!({"slides": [{"audio_source": {"text": "Hi"}}], "enable_subtitles": true, "name": "Kept"});
    house.made("/api/videos/", body).await;
    let answer = house.form("PUT", "/api/videos/1/", &[("slides[0]audio_source.text", "Hi"), ("name", "")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&answer.json()["enable_subtitles"], &answer.json()["name"]), (&json!(false), &json!("Kept")));
}
