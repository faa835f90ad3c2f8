use axum::body::Body;
use axum::http::Request;
use engine::{Failure, FailureCode, Limits};
use insta::assert_snapshot;
use serde_json::json;

use crate::house::{Answer, House};

const PATH: &str = "/producer/upload";

async fn post_form(house: &House, parts: &[(&str, &str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {}", house.token))
        .header("content-type", "multipart/form-data; boundary=b");
    house.send(request.body(Body::from(body)).unwrap()).await
}

const NAMED: &str = "; filename=\"song.mp3\"";

#[tokio::test]
async fn a_synchronous_call_waits_and_answers_the_id() {
    let house = House::new().await;
    let body = json!({"audio_url": "https://example.com/song.mp3"});
    let answer = house.post_and_work(PATH, body, None).await;
    assert_snapshot!(answer.stable());
    let audio_id = answer.json()["data"]["audio_id"].clone();
    house.start("/producer/videos", json!({"audio_id": audio_id})).await;
}

#[tokio::test]
async fn an_asynchronous_call_is_acknowledged_at_once() {
    let house = House::new().await;
    let body = json!({"audio_url": "https://example.com/song.mp3", "async": true});
    assert_snapshot!(house.post(PATH, body).await.stable());
}

#[tokio::test]
async fn an_address_that_brings_no_audio_is_invalid() {
    let house = House::new().await;
    for body in [
        json!({}),
        json!({"audio_url": 7}),
        json!({"audio_url": "song.mp3"}),
        json!({"audio_url": "file:///etc/passwd"}),
    ] {
        house.post(PATH, body).await.assert_bad("audio_url");
    }
    let body = json!({"audio_url": "https://example.com/song.mp3"});
    let failure = Failure::new(FailureCode::BadSource, "the server answered 404");
    house.post_and_work(PATH, body, Some(failure)).await.assert_bad("audio_url");
}

#[tokio::test]
async fn a_file_that_is_no_audio_is_invalid_and_removed() {
    let house = House::new().await;
    post_form(&house, &[("file", NAMED, b"not audio")]).await.assert_bad("file");
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_form_without_exactly_one_file_is_invalid() {
    let house = House::new().await;
    for parts in [
        vec![],
        vec![("async", "", b"true".as_slice())],
        vec![("file", NAMED, b"")],
        vec![("file", NAMED, b"x"), ("file", NAMED, b"y")],
    ] {
        post_form(&house, &parts).await.assert_bad("file");
        assert_eq!(house.n_scratch_files(), 0);
    }
}

#[tokio::test]
async fn the_other_parts_are_checked_wherever_they_stand() {
    let house = House::new().await;
    let (file, bad) = (("file", NAMED, b"x".as_slice()), ("callback_url", "", b"nonsense".as_slice()));
    post_form(&house, &[file, bad]).await.assert_bad("callback_url");
    post_form(&house, &[bad, file]).await.assert_bad("callback_url");
    let long = vec![b'x'; 20_000];
    post_form(&house, &[("async", "", &long), file]).await.assert_bad("async");
    post_form(&house, &[file, ("async", "", b"\xff")]).await.assert_bad("async");
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_file_past_the_limit_is_invalid_and_removed() {
    let limits = Limits { upload_bytes_max: 1000, ..Limits::default() };
    let house = House::with_limits(limits).await;
    post_form(&house, &[("file", NAMED, &[0; 1001])]).await.assert_bad("file");
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_form_without_a_boundary_is_invalid() {
    let house = House::new().await;
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {}", house.token))
        .header("content-type", "multipart/form-data");
    let answer = house.send(request.body(Body::from("x")).unwrap()).await;
    answer.assert_bad("content-type");
}
