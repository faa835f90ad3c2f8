//! Whatever a request looks like, no operation fails.

use axum::body::Body;
use axum::http::Request;
use doorkit::{Dice, form_body};
use engine::Limits;
use serde_json::{Map, Value, json};

use crate::house::{House, SONG_URL, song};
use crate::operations;

/// Requests that are tried.
const N_ROUNDS: usize = 6000;

const MEMBERS: [&str; 40] = [
    "name",
    "region",
    "type",
    "net_type",
    "labels",
    "metadata_template",
    "title",
    "user_defined",
    "audio_id",
    "url",
    "acrid",
    "data_type",
    "ids",
    "target_bucket_id",
    "buckets",
    "audio_type",
    "external_ids",
    "page",
    "per_page",
    "search",
    "keyword",
    "sort",
    "order",
    "state",
    "start_date",
    "end_date",
    "start",
    "end",
    "id",
    "db_if_nodup",
    "platforms",
    "isrc",
    "acr_id",
    "query",
    "format",
    "engine",
    "policy",
    "callback_url",
    "key",
    "filename",
];

fn texts(known: &[String]) -> Vec<String> {
    let fixed = [
        "",
        "0",
        "1",
        "2",
        "-1",
        "23",
        "99999999999999999999",
        "true",
        "null",
        "x",
        "File",
        "Live",
        "AVR",
        "HR",
        "linein",
        "audio",
        "fingerprint",
        "audio_url",
        "acrid",
        "ACRCloud Music",
        "asc",
        "desc",
        "title",
        "status",
        "json",
        "2026-01-02",
        "2026-13-40",
        "{\"title\":\"one\"}",
        "[1,2]",
        "{}",
        "[]",
        "\u{0}",
        "💥\u{202e}\r\n",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "1,2,3",
        SONG_URL,
        "http://127.0.0.1:1/x",
        "https://[::1]/\u{0}",
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
        0 if depth < 4 => (0..dice.roll(4)).map(|_| value(dice, texts, depth + 1)).collect(),
        1 if depth < 4 => Value::Object(object(dice, texts, depth + 1)),
        2 | 3 => dice.pick(&leaves),
        _ => json!(dice.pick(texts)),
    }
}

fn object(dice: &mut Dice, texts: &[String], depth: usize) -> Map<String, Value> {
    let n = dice.roll(8);
    let members = (0..n).map(|_| (dice.pick(&MEMBERS).to_owned(), value(dice, texts, depth)));
    members.collect()
}

fn pairs(dice: &mut Dice, texts: &[String]) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for _ in 0..dice.roll(8) {
        let name = dice.pick(&MEMBERS);
        let name = dice.pick(&[name.to_owned(), format!("{name}[]"), format!("{name}[k]"), format!("{name}[")]);
        out.append_pair(&name, &dice.pick(texts));
    }
    out.finish()
}

fn form(dice: &mut Dice, texts: &[String], audio: &[u8]) -> Vec<u8> {
    let mut parts = Vec::new();
    for _ in 0..dice.roll(8) {
        let name = dice.pick(&MEMBERS);
        parts.push((format!("name=\"{name}\""), dice.pick(texts).into_bytes()));
    }
    if dice.roll(2) == 0 {
        let name = dice.pick(&["", "; filename=\"a.mp3\"", "; filename=\"../../\u{1}\"", "; filename="]);
        let content = dice.pick(&[audio.to_vec(), b"x".to_vec(), Vec::new(), audio[..100].to_vec()]);
        parts.push((format!("name=\"file\"{name}"), content));
    }
    let parts: Vec<_> = parts.iter().map(|(head, content)| (head.as_str(), content.as_slice())).collect();
    form_body(&parts)
}

/// Cuts, flips and repeats bytes now and then.
fn damaged(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    match dice.roll(8) {
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

fn body(dice: &mut Dice, texts: &[String], audio: &[u8]) -> (&'static str, Vec<u8>) {
    let (content_type, body) = match dice.roll(4) {
        0 => ("multipart/form-data; boundary=b", form(dice, texts, audio)),
        1 => ("application/x-www-form-urlencoded", pairs(dice, texts).into_bytes()),
        _ => ("application/json", Value::Object(object(dice, texts, 0)).to_string().into_bytes()),
    };
    let others =
        [content_type, content_type, content_type, "application/json", "text/plain", "", "multipart/form-data"];
    (dice.pick(&others), damaged(dice, body))
}

#[tokio::test]
async fn no_request_makes_an_operation_fail() {
    let limits = Limits { requests_per_second: 0, queued_jobs_per_account_max: 20, ..Limits::default() };
    let house = House::with_limits(limits).await;
    let bucket = house.filled_bucket("jingles", &["one", "two"]).await;
    house.new_bucket("other").await;
    let row = house.get(&format!("/api/buckets/{bucket}/files/1")).await.json()["data"][0].clone();
    let texts = texts(&[row["acr_id"].as_str().unwrap().to_owned(), house.account_id.to_string()]);
    let ids = ["1", "2", "1,2", "0", "999", "x", "-1", "%00", "%ff", "99999999999999999999", "dump", "move"];
    let audio = song(5);
    let operations = operations::all();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..N_ROUNDS {
        let operation = dice.pick(&operations);
        let mut path = operation.path_with_all(dice.pick(&ids));
        // Buckets stay, so that there is something to work on.
        if operation.method == "DELETE" && operation.path == "/api/buckets/{bucket_id}" {
            path = "/api/buckets/999".to_owned();
        }
        if dice.roll(2) == 0 {
            path = format!("{path}?{}", pairs(&mut dice, &texts));
        }
        let method = dice.pick(&[operation.method.as_str(), operation.method.as_str(), "GET", "PATCH"]);
        let (content_type, body) = body(&mut dice, &texts, &audio);
        let shown = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", house.token))
            .header("content-type", content_type);
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        assert!(answer.status < 500, "{method} {path} {content_type}: {shown}\n{}", answer.text());
        let is_file = !answer.header("content-disposition").is_empty();
        let is_json = answer.status == 204 || is_file || answer.json().is_object();
        assert!(is_json, "{method} {path}: {}", answer.text());
        if answer.status >= 400 && path.starts_with("/api/") {
            answer.assert_refused(answer.status);
        }
    }
    house.settle().await;
    assert_eq!(house.n_scratch_files(), 0);
}
