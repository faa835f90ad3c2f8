//! Whatever a request looks like, no operation fails.

use axum::body::Body;
use axum::http::Request;
use doorkit::{Dice, form_body};
use engine::Limits;
use serde_json::{Map, Value, json};

use crate::house::{House, avatar, png, voice};
use crate::operations::{Operation, busy_body};

/// Requests that are tried.
const N_ROUNDS: usize = 4000;

const MEMBERS: [&str; 36] = [
    "name",
    "slides",
    "slides[0]",
    "slides[0]audio_source.text",
    "slides[0][layers][0][avatar][id]",
    "slides[99999999999999999999]x",
    "audio_source",
    "layers",
    "background",
    "text",
    "voice",
    "file",
    "avatar",
    "media",
    "x",
    "y",
    "scale",
    "crop",
    "view_type",
    "webhook",
    "url",
    "webhook[url]",
    "id",
    "template",
    "template.id",
    "variables",
    "variables[name]",
    "resolution",
    "width",
    "height",
    "auto_emotions_markup",
    "enable_subtitles",
    "status",
    "status[]",
    "limit",
    "offset",
];

fn texts() -> Vec<String> {
    let fixed = [
        "",
        "0",
        "1",
        "-1",
        "0.5",
        "1e308",
        "99999999999999999999",
        "true",
        "null",
        "{name} {{ x }}",
        "<emotion name=\"smile\">Hi</emotion><emotion",
        "circular",
        "in_queue",
        "image",
        "json",
        "{\"id\":1}",
        "{\"text\":\"Hi\"}",
        "[{\"audio_source\":{\"text\":\"Hi\"}}]",
        "{}",
        "[]",
        "\u{0}",
        "💥\u{202e}\r\n",
        "' OR 1=1 --",
        "https://hooks.example.org/",
        "http://[::1",
        "-cd",
    ];
    let mut all: Vec<String> = fixed.map(str::to_owned).to_vec();
    all.push("x".repeat(3000));
    all.push(avatar("amara").to_string());
    all.push(voice("en-US").to_string());
    all
}

fn value(dice: &mut Dice, texts: &[String], depth: usize) -> Value {
    match dice.roll(if depth < 5 { 9 } else { 5 }) {
        0 => Value::Null,
        1 => json!(dice.roll(2) == 0),
        2 => dice.pick(&[
            json!(1),
            json!(-3),
            json!(0.5),
            json!(1e300),
            json!(i64::MAX),
            json!(avatar("amara")),
            json!(voice("en-US")),
        ]),
        3 | 4 => json!(dice.pick(texts)),
        5 => json!({"id": value(dice, texts, 9)}),
        6 => (0..dice.roll(4)).map(|_| value(dice, texts, depth + 1)).collect(),
        _ => Value::Object(object(dice, texts, depth + 1)),
    }
}

fn object(dice: &mut Dice, texts: &[String], depth: usize) -> Map<String, Value> {
    (0..dice.roll(8)).map(|_| (dice.pick(&MEMBERS).to_owned(), value(dice, texts, depth))).collect()
}

/// A good body with something else in some places.
fn disturbed(dice: &mut Dice, texts: &[String], good: Value) -> Value {
    if dice.roll(40) == 0 {
        return value(dice, texts, 3);
    }
    match good {
        Value::Object(members) => {
            members.into_iter().map(|(name, member)| (name, disturbed(dice, texts, member))).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| disturbed(dice, texts, item)).collect(),
        other => other,
    }
}

/// A body that an operation takes as it is.
fn good(dice: &mut Dice, path: &str) -> Value {
    let (avatar, voice) = (json!({"id": avatar("amara")}), json!({"id": voice("en-US")}));
    if path.contains("templates") {
        return json!({"avatar": avatar, "voice": voice, "text": "Hello {name}", "background": {"id": 1}});
    }
    if path.contains("batch") {
        return dice.pick(&[
            json!({"variables": {"name": "Ada", "n": 3}, "template": {"id": 1}, "webhook": {"id": 1}}),
            json!({"variables": {"name": true}, "template": {"avatar": avatar, "voice": voice, "text": "{name}"}}),
        ]);
    }
    let layer = json!({"avatar": avatar, "x": 0.2, "y": 0.9, "scale": 0.5, "crop": {"x": 0}, "view_type": "circular"});
    let slide = json!({
        "audio_source": {"text": "Hi", "voice": voice}, "layers": [layer, {"media": {"id": 1}}], "background": {"id": 1}
    });
    let full = json!({
        "name": "n", "slides": [slide], "webhook": {"url": "https://hooks.example.org/"},
        "resolution": {"width": 640, "height": 360}, "enable_subtitles": true
    });
    dice.pick(&[busy_body(), full])
}

fn pairs(dice: &mut Dice, texts: &[String]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for _ in 0..dice.roll(8) {
        text.append_pair(dice.pick(&MEMBERS), &dice.pick(texts));
    }
    text.finish()
}

fn form(dice: &mut Dice, texts: &[String], picture: &[u8]) -> Vec<u8> {
    let mut parts: Vec<(String, Vec<u8>)> = (0..dice.roll(6))
        .map(|_| (format!("name=\"{}\"", dice.pick(&MEMBERS)), dice.pick(texts).into_bytes()))
        .collect();
    if dice.roll(2) == 0 {
        parts.push(("name=\"file\"; filename=\"a.png\"".to_owned(), damaged(dice, picture.to_vec())));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(head, content)| (head.as_str(), content.as_slice())).collect();
    form_body(&parts)
}

fn damaged(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    match dice.roll(8) {
        0 => bytes.truncate(dice.roll(bytes.len() + 1)),
        1 if !bytes.is_empty() => {
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
        }
        _ => {}
    }
    bytes
}

fn body(dice: &mut Dice, path: &str, texts: &[String], picture: &[u8]) -> (&'static str, Vec<u8>) {
    let (content_type, body) = match dice.roll(6) {
        0 => ("multipart/form-data; boundary=b", form(dice, texts, picture)),
        1 => ("application/x-www-form-urlencoded", pairs(dice, texts).into_bytes()),
        2 => ("application/json", Value::Object(object(dice, texts, 0)).to_string().into_bytes()),
        _ => {
            let good = good(dice, path);
            ("application/json", disturbed(dice, texts, good).to_string().into_bytes())
        }
    };
    let others = [content_type, content_type, content_type, content_type, "text/plain", "", "multipart/form-data"];
    (dice.pick(&others), damaged(dice, body))
}

#[tokio::test]
async fn no_request_makes_an_operation_fail() {
    let house = House::with_limits(Limits { requests_per_second: 0, ..Limits::default() }).await;
    let picture = png(8, 8);
    house.new_file("a.png", &picture).await;
    let template = json!({"avatar": {"id": avatar("amara")}, "voice": {"id": voice("en-US")}, "text": "Hello {name}"});
    house.made("/api/batch-video-templates/", template).await;
    house.made("/api/videos/", busy_body()).await;
    let texts = texts();
    let ids = ["1", "1", "2", "3", "0", "999", "x", "-1", "%00", "%ff", "99999999999999999999"];
    let mut operations = Operation::all();
    // Those that read most come up most.
    let with_body: Vec<Operation> = operations.iter().filter(|operation| operation.has_body).cloned().collect();
    operations.extend(with_body.iter().cycle().take(4 * with_body.len()).cloned());
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut n_made = 0;
    for _ in 0..N_ROUNDS {
        let operation = dice.pick(&operations);
        let mut path = operation.path_with(dice.pick(&ids));
        // The first of everything stays, so that there is something to refer to.
        if operation.method == "DELETE" {
            path = operation.path_with("7");
        }
        if dice.roll(2) == 0 {
            path = format!("{path}?{}", pairs(&mut dice, &texts));
        }
        let method = dice.pick(&[
            operation.method.as_str(),
            operation.method.as_str(),
            operation.method.as_str(),
            "PATCH",
            "OPTIONS",
        ]);
        let (content_type, body) = body(&mut dice, &path, &texts, &picture);
        let shown = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("authorization", format!("Token {}", house.token))
            .header("content-type", content_type);
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        assert!(answer.status < 500, "{method} {path} {content_type}: {shown}\n{}", answer.text());
        if answer.status >= 400 {
            answer.assert_refused(answer.status);
        }
        n_made += usize::from(answer.status == 201);
    }
    assert!(n_made > 100, "{n_made}");
    assert_eq!(house.n_scratch_files(), 0);
    for area in ["videos", "batch-videos", "batch-video-templates", "files"] {
        assert_eq!(house.get(&format!("/api/{area}/")).await.status, 200);
    }
}
