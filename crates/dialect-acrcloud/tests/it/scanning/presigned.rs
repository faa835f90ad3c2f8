//! Uploads to pre-made addresses.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::studio::{Studio, id_of, new_container, stable};
use crate::house::{Answer, House};
use crate::identify::client::clip;
use crate::identify::sound;

async fn presign(studio: &Studio, query: &str) -> Answer {
    let path = format!("/api/fs-containers/{}/presigned-upload{query}", studio.container);
    studio.house().get(&path).await
}

/// Makes an address, and returns its path and its key.
async fn address(studio: &Studio, name: &str) -> (String, String) {
    let data = presign(studio, &format!("?filename={name}")).await.json()["data"].clone();
    let url = data["presigned_url"].as_str().unwrap();
    let path = url.strip_prefix("http://localhost:8080").unwrap_or_else(|| panic!("{url}"));
    (path.to_owned(), data["key"].as_str().unwrap().to_owned())
}

/// Uploads without a token.
async fn put(house: &House, path: &str, body: impl Into<Body>) -> Answer {
    house.send(Request::put(path).header("content-type", "audio/mpeg").body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_file_is_uploaded_without_a_token_and_scanned() {
    let studio = Studio::new().await;
    let house = studio.house();
    let answer = presign(&studio, "?filename=a%20show.wav&content_type=audio%2Fmpeg").await;
    insta::assert_json_snapshot!(stable(&answer));
    let data = answer.json()["data"].clone();
    let (url, key) = (data["presigned_url"].as_str().unwrap(), data["key"].as_str().unwrap());
    let path = url.strip_prefix("http://localhost:8080").unwrap();
    assert!(path.starts_with(&format!("/api/uploads/{key}/")), "{path}");
    let uploaded = put(house, path, sound::wav(&clip(1))).await;
    insta::assert_json_snapshot!("an_upload", stable(&uploaded));

    let body = json!({"data_type": "audio", "key": key, "filename": "other.wav"});
    let added = house.call("POST", &studio.path(""), body.clone()).await;
    assert_eq!(
        (&added.json()["data"]["name"], &added.json()["data"]["uri"]),
        (&json!("other.wav"), &json!("audio:a show.wav"))
    );
    house.settle().await;
    let shown = studio.show(&id_of(&added)).await;
    assert_eq!((&shown["state"], &shown["duration"]), (&json!(1), &json!(8)), "{shown}");
    // An upload is used once.
    house.call("POST", &studio.path(""), body).await.assert_refused(404);
    put(house, path, "more").await.assert_refused(404);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_proof_holds_for_one_key_and_one_day() {
    let studio = Studio::new().await;
    let house = studio.house();
    let (path, _) = address(&studio, "a.wav").await;
    let (other_path, _) = address(&studio, "b.wav").await;
    let proof = |path: &str| path.rsplit_once('/').unwrap().1.to_owned();
    let (folder, own) = path.rsplit_once('/').unwrap();
    let later = format!("f{}", &own[1..]);
    for proof in
        [proof(&other_path), later, own[..own.len() - 1].to_owned(), "x".to_owned(), "-".to_owned(), "%00".to_owned()]
    {
        let answer = put(house, &format!("{folder}/{proof}"), "x").await;
        let json = answer.assert_refused(404);
        assert!(proof.len() < 9 || !json.to_string().contains(&proof), "{json}");
    }
    assert_eq!(put(house, &path, "x").await.status, 200);
    house.advance(24.0 * 3600.0);
    put(house, &path, "x").await.assert_refused(404);
}

#[tokio::test]
async fn a_later_file_takes_the_place_of_an_earlier_one() {
    let studio = Studio::new().await;
    let (path, key) = address(&studio, "a.wav").await;
    for seed in [1, 77] {
        assert_eq!(put(studio.house(), &path, sound::wav(&clip(seed))).await.status, 200);
    }
    let id = id_of(&studio.house().call("POST", &studio.path(""), json!({ "key": key })).await);
    studio.house().settle().await;
    let shown = studio.show(&id).await;
    assert_eq!((&shown["state"], &shown["name"]), (&json!(-1), &json!("a.wav")));
}

#[tokio::test]
async fn what_was_uploaded_is_used_in_its_container_by_its_account() {
    let studio = Studio::new().await;
    let house = studio.house();
    let (path, key) = address(&studio, "a.wav").await;
    let body: Value = json!({ "key": key });
    // Before anything is there.
    house.call("POST", &studio.path(""), body.clone()).await.assert_refused(404);
    assert_eq!(put(house, &path, sound::wav(&clip(1))).await.status, 200);
    let other = new_container(house, studio.shop.bucket, json!({})).await;
    house.call("POST", &format!("/api/fs-containers/{other}/files"), body.clone()).await.assert_refused(404);
    let stranger = house.strangers_token().await;
    let own = json!({"name": "n", "region": "r", "audio_type": "linein", "buckets": [], "engine": 1});
    let own = house.call_as(&stranger, "POST", "/api/fs-containers", own).await.json()["data"]["id"].clone();
    house
        .call_as(&stranger, "POST", &format!("/api/fs-containers/{own}/files"), body.clone())
        .await
        .assert_refused(404);
    id_of(&house.call("POST", &studio.path(""), body).await);
}

#[tokio::test]
async fn what_is_no_audio_turns_out_bad() {
    let studio = Studio::new().await;
    let (path, key) = address(&studio, "a.wav").await;
    assert_eq!(put(studio.house(), &path, "no audio").await.status, 200);
    let id = id_of(&studio.house().call("POST", &studio.path(""), json!({ "key": key })).await);
    studio.house().settle().await;
    let shown = studio.show(&id).await;
    assert_eq!(shown["state"], -2, "{shown}");
    assert!(!shown["detail"].as_str().unwrap().is_empty(), "{shown}");
}

#[tokio::test]
async fn an_upload_has_limits() {
    let limits = engine::Limits { upload_bytes_max: 1000, ..engine::Limits::default() };
    let house = House::with_limits(limits).await;
    let container = new_container(&house, house.new_bucket("songs").await, json!({})).await;
    let path = format!("/api/fs-containers/{container}/presigned-upload");
    house.get(&path).await.assert_blames(&["filename"]);
    house.get(&format!("{path}?filename=")).await.assert_blames(&["filename"]);
    house.get(&format!("{path}?filename={}", "x".repeat(5000))).await.assert_blames(&["filename"]);
    house.get(&format!("{path}?filename=a&content_type=a%0Ab")).await.assert_blames(&["content_type"]);
    let data = house.get(&format!("{path}?filename=a.wav")).await.json()["data"].clone();
    assert_eq!(data["headers"], json!({"Content-Type": "application/octet-stream"}));
    let url = data["presigned_url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned();
    assert_answer!("an_upload_too_large", put(&house, &url, vec![0; 1001]).await);
    put(&house, &url, "").await.assert_blames(&["body"]);
    assert_eq!(put(&house, &url, vec![0; 1000]).await.status, 200);
    assert_eq!(house.n_scratch_files(), 0);
    let get = Request::get(&url).body(Body::empty()).unwrap();
    house.send(get).await.assert_refused(405);
}

#[tokio::test]
async fn an_address_begins_with_what_the_client_knows_the_server_by() {
    let studio = Studio::new().await;
    let path = format!("/api/fs-containers/{}/presigned-upload?filename=a", studio.container);
    let request = Request::get(path)
        .header("host", "recognize.example")
        .header("x-forwarded-proto", "https")
        .header("authorization", format!("Bearer {}", studio.house().token));
    let answer = studio.house().send(request.body(Body::empty()).unwrap()).await.json();
    let url = answer["data"]["presigned_url"].as_str().unwrap();
    assert!(url.starts_with("https://recognize.example/api/uploads/"), "{url}");
}
