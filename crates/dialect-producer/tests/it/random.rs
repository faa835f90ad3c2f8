//! Whatever a body looks like, no operation fails.

use axum::body::Body;
use axum::http::Request;
use doorkit::Dice;
use engine::Limits;
use serde_json::{Map, Value, json};

use crate::house::House;

const MEMBERS: [&str; 22] = [
    "audio_id",
    "audio_url",
    "callback_url",
    "async",
    "action",
    "model",
    "prompt",
    "weirdness",
    "continue_at",
    "seed",
    "id",
    "ids",
    "task_id",
    "trace_id",
    "trace_ids",
    "user_id",
    "application_id",
    "type",
    "limit",
    "offset",
    "created_at_min",
    "created_at_max",
];

fn value(dice: &mut Dice, known: &[String], depth: usize) -> Value {
    let leaves = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(-1e-300),
        json!(1_767_323_045.678),
        json!(""),
        json!("\u{0}"),
        json!("💥\u{202e}\r\n"),
        json!("true"),
        json!("retrieve"),
        json!("retrieve_batch"),
        json!("generate"),
        json!("FUZZ-2.0"),
        json!("videos"),
        json!("http://127.0.0.1:1/x"),
        json!("https://[::1]/\u{0}"),
        json!("x".repeat(300)),
        json!("' OR 1=1 --"),
    ];
    match dice.roll(10) {
        0 if depth < 4 => (0..dice.roll(4)).map(|_| value(dice, known, depth + 1)).collect(),
        1 if depth < 4 => Value::Object(object(dice, known, depth + 1)),
        2 | 3 => json!(dice.pick(known)),
        _ => dice.pick(&leaves),
    }
}

fn object(dice: &mut Dice, known: &[String], depth: usize) -> Map<String, Value> {
    let n = dice.roll(6);
    let members = (0..n).map(|_| (dice.pick(&MEMBERS).to_owned(), value(dice, known, depth)));
    members.collect()
}

/// Cuts, flips and repeats bytes now and then.
fn damaged(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    match dice.roll(8) {
        0 => bytes.truncate(dice.roll(bytes.len() + 1)),
        1 if !bytes.is_empty() => {
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
        }
        2 => bytes.extend_from_within(dice.roll(bytes.len() + 1)..),
        _ => {}
    }
    bytes
}

fn form(dice: &mut Dice, known: &[String]) -> Vec<u8> {
    let mut body = Vec::new();
    for _ in 0..dice.roll(5) {
        let name = dice.pick(&["file", "callback_url", "async", "", "x\"y"]);
        let file_name = dice.pick(&["", "; filename=\"a.mp3\"", "; filename=\"../../\u{1}\"", "; filename="]);
        let content = value(dice, known, 4);
        body.extend_from_slice(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n{content}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(b"--b--\r\n");
    damaged(dice, body)
}

#[tokio::test]
async fn no_body_makes_an_operation_fail() {
    let limits = Limits {
        requests_per_second: 0,
        queued_jobs_per_account_max: 3,
        sync_wait_max: std::time::Duration::ZERO,
        ..Limits::default()
    };
    let house = House::with_limits(limits).await;
    let track = house.new_track().await;
    let task = house.start("/producer/videos", json!({"audio_id": track.as_str()})).await;
    let known = [track.to_string(), task, house.account_id.to_string()];
    let paths = ["videos", "upload", "wav", "tasks", "lyrics", "audios"];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..4000 {
        let path = paths[round % paths.len()];
        let is_form = path == "upload" && dice.roll(2) == 0;
        let (content_type, body) = if is_form {
            ("multipart/form-data; boundary=b", form(&mut dice, &known))
        } else {
            let body = Value::Object(object(&mut dice, &known, 0)).to_string();
            ("application/json", damaged(&mut dice, body.into_bytes()))
        };
        let shown = String::from_utf8_lossy(&body).into_owned();
        let request = Request::post(format!("/producer/{path}"))
            .header("authorization", format!("Bearer {}", house.token))
            .header("content-type", content_type);
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        // 504 is the wait that this test cuts to nothing, for work that was accepted.
        let is_fine = answer.status < 500 || answer.status == 504;
        assert!(is_fine, "{path} {content_type}: {shown}\n{}", answer.text);
        assert!(answer.json().is_object(), "{}", answer.text);
    }
    assert_eq!(house.n_scratch_files(), 0);
}
