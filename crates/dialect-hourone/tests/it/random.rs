//! Whatever a request looks like, no operation fails.

use axum::body::Body;
use axum::http::Request;
use doorkit::Dice;
use engine::Limits;
use serde_json::{Map, Value, json};

use crate::house::{House, PICTURE_URL, catalog};
use crate::operations;
use doorkit::Operation;

/// Requests that are tried.
const N_ROUNDS: usize = 4000;

const MEMBERS: [&str; 43] = [
    "type",
    "name",
    "source_draft_id",
    "recipe_id",
    "folder_id",
    "palette_id",
    "character_id",
    "voice_id",
    "scenes",
    "logo_url",
    "metadata",
    "correlation_id",
    "media",
    "texts",
    "transcript",
    "voice_recording_url",
    "template_id",
    "palette",
    "color",
    "global_media_elements",
    "layout_id",
    "media_elements",
    "texts_elements",
    "id",
    "url",
    "media_id",
    "text",
    "workflow_id",
    "variables",
    "variable_id",
    "value",
    "language_code",
    "format",
    "events",
    "description",
    "event_name_style",
    "draft_id",
    "example_type",
    "breakdown",
    "from_date",
    "to_date",
    "limit",
    "offset",
];

fn texts(known: &[String]) -> Vec<String> {
    let fixed = [
        "",
        "0",
        "1",
        "-1",
        "99999999999999999999",
        "true",
        "null",
        "x",
        "override",
        "create",
        "workflow",
        "override_scene",
        "create_scene",
        "USER-VISUAL-001",
        "TEXT-001",
        "AVATAR",
        "LOGO",
        "#0b5fff",
        "0b5fff80",
        "en",
        "cz",
        "vtt",
        "srt",
        "daily",
        "weekly",
        "2026-01-02",
        "2025-12-30",
        "2026-13-40",
        "video.ready",
        "video.failed",
        "dot",
        "{{name}}",
        "{{",
        "}}{{",
        "elena/ivory-suit",
        "elena",
        "\u{0}",
        "💥\u{202e}\r\n",
        "' OR 1=1 --",
        "%",
        "\\",
        "<speak><break time=\"9h\"/>",
        PICTURE_URL,
        "http://127.0.0.1:1/x",
        "https://[::1]/\u{1}",
        "https://a.example/a.mp4",
        "material:1",
        "builtin:x",
        "/etc/passwd",
    ];
    let mut all: Vec<_> = fixed.map(str::to_owned).to_vec();
    all.push("x".repeat(3000));
    all.extend_from_slice(known);
    all
}

fn value(dice: &mut Dice, texts: &[String], depth: usize) -> Value {
    let leaves = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(0.5),
    ];
    match dice.roll(10) {
        0 | 1 if depth < 5 => (0..dice.roll(4)).map(|_| value(dice, texts, depth + 1)).collect(),
        2 | 3 if depth < 5 => Value::Object(object(dice, texts, depth + 1)),
        4 => dice.pick(&leaves),
        _ => json!(dice.pick(texts)),
    }
}

fn object(dice: &mut Dice, texts: &[String], depth: usize) -> Map<String, Value> {
    let n = dice.roll(9);
    (0..n).map(|_| (dice.pick(&MEMBERS).to_owned(), value(dice, texts, depth))).collect()
}

/// A body that is right but for a few members, so that what is behind the checks is reached, too.
fn likely(dice: &mut Dice, texts: &[String]) -> Map<String, Value> {
    let template = &catalog().templates()[dice.roll(catalog().templates().len())];
    let layout = &template.layouts[dice.roll(template.layouts.len())];
    let scene = json!({"name": "s", "layout_id": layout.id, "transcript": "Hi {{name}}."});
    let body = match dice.roll(4) {
        0 => json!({"source_draft_id": template.id, "name": "n", "scenes": [{}, {}]}),
        1 => json!({"template_id": template.id, "character_id": "elena", "voice_id": "v", "scenes": [scene]}),
        2 => json!({"workflow_id": template.id, "variables": [{"name": "name", "value": "Ann"}]}),
        _ => json!({"name": "n", "url": "https://hooks.example/x", "events": ["video.ready"], "draft_id": template.id}),
    };
    let mut members = body.as_object().unwrap().clone();
    for _ in 0..dice.roll(3) {
        members.insert(dice.pick(&MEMBERS).to_owned(), value(dice, texts, 0));
    }
    members
}

fn pairs(dice: &mut Dice, texts: &[String]) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for _ in 0..dice.roll(6) {
        out.append_pair(dice.pick(&MEMBERS), &dice.pick(texts));
    }
    out.finish()
}

/// Cuts, flips and repeats bytes now and then.
fn damaged(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    match dice.roll(10) {
        0 => bytes.truncate(dice.roll(bytes.len() + 1)),
        1 if !bytes.is_empty() => {
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
        }
        2 if bytes.len() < 10_000 => bytes.extend_from_within(dice.roll(bytes.len() + 1)..),
        _ => {}
    }
    bytes
}

#[tokio::test]
async fn no_request_makes_an_operation_fail() {
    let limits = Limits { requests_per_second: 0, queued_jobs_per_account_max: 100_000, ..Limits::default() };
    let house = House::with_limits(limits).await;
    let video = house.new_video(json!({"recipe_id": "x"})).await;
    let webhook = json!({"name": "n", "url": "https://hooks.example/x", "events": ["video.ready"]});
    let webhook = house.post("/webhooks", webhook).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let known = [text(&video["id"]), text(&video["draft_id"]), text(&webhook["id"])];
    let texts = texts(&known);
    let ids =
        [known.to_vec(), ["x", "%00", "%ff", "..", "resend", "secret", "💥"].map(str::to_owned).to_vec()].concat();
    // Without the only key there would be nothing more to try.
    let is_tried = |operation: &Operation| !(operation.path.contains("/keys") && operation.method != "GET");
    let operations: Vec<_> = operations::all().into_iter().filter(is_tried).collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..N_ROUNDS {
        let operation = dice.pick(&operations);
        // Speaking takes its time.
        let is_speech = operation.path.ends_with("/voice-preview") && dice.roll(10) > 0;
        let operation = if is_speech { operations[0].clone() } else { operation };
        let mut path = operation.path_with_all(&dice.pick(&ids)).replace('💥', "%F0%9F%92%A5");
        if dice.roll(2) == 0 {
            path = format!("{path}?{}", pairs(&mut dice, &texts));
        }
        let method = dice.pick(&[operation.method.as_str(), operation.method.as_str(), "GET", "PATCH"]);
        let members = if dice.roll(2) == 0 { object(&mut dice, &texts, 0) } else { likely(&mut dice, &texts) };
        let body = damaged(&mut dice, Value::Object(members).to_string().into_bytes());
        let shown = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
        let request = Request::builder().method(method).uri(&path).header("api-key", &house.key);
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        assert!(answer.status < 500, "{method} {path}: {shown}\n{}", answer.text());
        if answer.status >= 400 {
            answer.assert_refused(answer.status);
        } else {
            assert!(answer.status == 204 || answer.json().is_object() || answer.json().is_array());
        }
    }
}
