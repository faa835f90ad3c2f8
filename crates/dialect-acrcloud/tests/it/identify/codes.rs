//! Codes: which one, and in which order what is wrong is told.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::client::{MULTIPART, Pair, Shop, TIMESTAMP, clip, new_project, outcome, post};
use super::sound;
use crate::house::House;

async fn lone_pair() -> (House, Pair) {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let pair = new_project(&house, &[bucket]).await;
    (house, pair)
}

#[tokio::test]
async fn the_body_of_every_code() {
    let shop = Shop::new().await;
    let (house, pair) = (&shop.house, &shop.pair);
    let sample = sound::wav(&clip(77));
    let right = pair.fields("audio", &sample);
    let mut bodies = vec![
        right.send(house).await,
        pair.identify(house, b"garbage").await,
        pair.identify(house, &sound::wav(&sound::silence(8))).await,
        right.clone().set("access_key", Some("unknown")).send(house).await,
        outcome(&post(house, "/v1/identify", "application/json", "{}").await),
        right.clone().set("timestamp", None).send(house).await,
        right.clone().set("timestamp", Some("1")).send(house).await,
        pair.identify(house, &vec![0; (5 << 20) + 1]).await,
    ];
    let limits = json!({"day_limit": 1});
    set_limits(house, pair, limits).await;
    bodies.push(right.send(house).await);
    house.database.close().await;
    bodies.push(right.send(house).await);
    bodies.sort_by_key(|body| body["status"]["code"].as_i64());
    insta::assert_json_snapshot!(bodies);
}

/// Sets limits, as the operator does.
pub(super) async fn set_limits(house: &House, pair: &Pair, limits: Value) {
    let change = engine::recognition::ProjectChange {
        day_limit: limits["day_limit"].as_i64(),
        total_limit: limits["total_limit"].as_i64(),
        ..Default::default()
    };
    let id = engine::recognition::ProjectId(pair.project);
    house.engine.update_project(&house.account_id, id, change).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_told_in_one_order() {
    let (house, pair) = lone_pair().await;
    set_limits(&house, &pair, json!({"total_limit": 1})).await;
    let silence = sound::wav(&sound::silence(8));
    // Uses the limit up.
    assert_eq!(pair.code(&house, &sound::wav(&clip(1))).await, 1001);
    let mut spoilt = pair.fields("audio", &vec![0; (5 << 20) + 1]);
    spoilt = spoilt.set("signature", Some("wrong")).set("access_key", Some("unknown")).set("timestamp", None);
    assert_eq!(spoilt.code(&house).await, 3006);
    spoilt = spoilt.set("timestamp", Some(TIMESTAMP));
    assert_eq!(spoilt.code(&house).await, 3001);
    spoilt = spoilt.set("access_key", Some(&pair.access_key));
    assert_eq!(spoilt.code(&house).await, 3014);
    spoilt = spoilt.set("signature", Some(&pair.signature("/v1/identify", "audio", TIMESTAMP)));
    assert_eq!(spoilt.code(&house).await, 3003);
    set_limits(&house, &pair, json!({"total_limit": 0})).await;
    assert_eq!(spoilt.code(&house).await, 3016);
    spoilt.sample = silence;
    assert_eq!(spoilt.code(&house).await, 2006);
}

#[tokio::test]
async fn every_field_is_needed_and_right() {
    let (house, pair) = lone_pair().await;
    let right = pair.fields("audio", b"x");
    for (name, code) in [
        ("access_key", 3001),
        ("data_type", 3006),
        ("signature_version", 3006),
        ("signature", 3006),
        ("timestamp", 3006),
    ] {
        for value in [None, Some("")] {
            assert_eq!(right.clone().set(name, value).code(&house).await, code, "{name}");
        }
    }
    for (name, value, code) in [
        ("data_type", "video", 3006),
        ("data_type", "fingerprint", 3014),
        ("signature_version", "2", 3006),
        ("access_key", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", 3001),
        ("access_key", "a\u{0}b", 3001),
        ("signature", "x", 3014),
        ("timestamp", "1767323046", 3014),
    ] {
        assert_eq!(right.clone().set(name, Some(value)).code(&house).await, code, "{name} {value}");
    }
    for name in ["sample_bytes"] {
        for value in [None, Some("7"), Some("many")] {
            assert_eq!(right.clone().set(name, value).code(&house).await, 2004, "{name} {value:?}");
        }
    }
    let mut empty = right;
    empty.sample.clear();
    assert_eq!(empty.code(&house).await, 3006);
}

#[tokio::test]
async fn samples_that_cannot_be_searched_for() {
    let (house, pair) = lone_pair().await;
    let short = sound::cut(&sound::music(1, 30), 0, 300);
    let fingerprint = sound::fingerprint(&clip(1));
    let mut damaged = fingerprint.clone();
    damaged[40] ^= 1;
    let audio = sound::wav(&clip(1));
    for (name, data_type, sample, code) in [
        ("no audio", "audio", b"<!doctype html><p>hello</p>".as_slice(), 2004),
        ("cut in its header", "audio", &audio[..30], 2004),
        ("too short", "audio", &sound::wav(&short), 2004),
        ("silence", "audio", &sound::wav(&sound::silence(8)), 2006),
        ("another kind of fingerprint", "fingerprint", b"\x01\x02\x03\x04 closed format", 2004),
        ("a damaged fingerprint", "fingerprint", &damaged, 2004),
        ("audio as a fingerprint", "fingerprint", &audio, 2004),
        ("a fingerprint of nothing", "fingerprint", &sound::fingerprint(&short), 2004),
    ] {
        assert_eq!(pair.fields(data_type, sample).code(&house).await, code, "{name}");
    }
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_sample_fits_up_to_the_limit() {
    let limits = engine::Limits { sample_bytes_max: 100_000, ..engine::Limits::default() };
    let house = House::with_limits(limits).await;
    let pair = new_project(&house, &[]).await;
    let mut sample = sound::wav_8k(&clip(1));
    sample.truncate(100_000);
    assert_eq!(pair.code(&house, &sample).await, 1001);
    sample.push(0);
    assert_eq!(pair.code(&house, &sample).await, 3016);
    let fields = pair.fields("audio", &sample);
    let answer = post(&house, "/v1/identify", super::client::URLENCODED, fields.urlencoded()).await;
    assert_eq!(outcome(&answer)["status"]["code"], 3016);
    assert_eq!(fields.set("signature", Some("x")).code(&house).await, 3014);
    assert_eq!(pair.fields("fingerprint", &sample).code(&house).await, 3016);
}

#[tokio::test]
async fn a_body_without_end_is_too_large() {
    let (house, pair) = lone_pair().await;
    let head = pair.fields("audio", &[]).multipart();
    // Everything before the end of the sample, which is empty so far.
    let at = head.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let head = axum::body::Bytes::copy_from_slice(&head[..at]);
    for content_type in [MULTIPART, super::client::URLENCODED, "application/octet-stream"] {
        let megabyte = axum::body::Bytes::from(vec![b'A'; 1 << 20]);
        let frames = std::iter::once(head.clone()).chain(std::iter::repeat(megabyte));
        let body = Body::from_stream(futures::stream::iter(frames.map(Ok::<_, std::io::Error>)));
        let answer = outcome(&post(&house, "/v1/identify", content_type, body).await);
        let code = if content_type.contains("form") { 3016 } else { 3002 };
        assert_eq!(answer["status"]["code"], code, "{content_type}");
    }
}

#[tokio::test]
async fn a_pair_works_until_its_project_or_account_is_gone() {
    let (house, pair) = lone_pair().await;
    let sample = sound::wav(&clip(1));
    assert_eq!(pair.code(&house, &sample).await, 1001);
    house.engine.set_account_enabled(&house.account_id, engine::Enabled::No).await.unwrap();
    assert_eq!(pair.code(&house, &sample).await, 3001);
    house.engine.set_account_enabled(&house.account_id, engine::Enabled::Yes).await.unwrap();
    assert_eq!(pair.code(&house, &sample).await, 1001);
    assert_eq!(house.ask("DELETE", &format!("/api/base-projects/{}", pair.project)).await.status, 204);
    assert_eq!(pair.code(&house, &sample).await, 3001);
}

#[tokio::test]
async fn other_methods_and_paths_are_not_identification() {
    let house = House::new().await;
    for method in ["GET", "PUT", "DELETE"] {
        let request = Request::builder().method(method).uri("/v1/identify").body(Body::empty()).unwrap();
        let answer = house.send(request).await;
        answer.assert_refused(405);
        assert_eq!(answer.header("allow"), "POST");
    }
    let preflight = Request::options("/v1/identify")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST");
    let answer = house.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
}
