//! The requests of the vendor's page on audio files, as they are printed there.

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use serde_json::{Value, json};

use crate::house::{Answer, House, song};

/// What the page's tools send with every request.
fn request(house: &House, method: &str, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8080")
        .header("accept", "application/json")
        .header("authorization", format!("Bearer {}", house.token))
}

async fn bare(house: &House, method: &str, path: &str) -> Answer {
    house.send(request(house, method, path).body(Body::empty()).unwrap()).await
}

/// `--data-raw TEXT` with `Content-Type: application/json`.
async fn raw(house: &House, method: &str, path: &str, text: &'static str) -> Answer {
    let request = request(house, method, path).header("content-type", "application/json");
    house.send(request.body(Body::from(text)).unwrap()).await
}

/// A form as a tool of the page writes it: heads of parts, and their contents.
async fn form(house: &House, boundary: &str, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let request = request(house, "POST", "/api/buckets/1/files")
        .header("content-type", format!("multipart/form-data; boundary={boundary}"));
    house.send(request.body(Body::from(body)).unwrap()).await
}

async fn house_with_bucket() -> House {
    let house = House::new().await;
    house.new_bucket("us-bucket").await;
    house
}

#[tokio::test]
async fn upload_with_curl() {
    let house = house_with_bucket().await;
    let parts = [
        ("Content-Disposition: form-data; name=\"file\"; filename=\"test.mp3\"\r\nContent-Type: audio/mpeg", song(1)),
        ("Content-Disposition: form-data; name=\"title\"", b"adsfad".to_vec()),
        ("Content-Disposition: form-data; name=\"data_type\"", b"audio".to_vec()),
    ];
    let parts = parts.each_ref().map(|(head, content)| (*head, content.as_slice()));
    assert_answer!(form(&house, "------------------------d74496d66958873e", &parts).await);
}

#[tokio::test]
async fn upload_by_address_with_curl() {
    let house = house_with_bucket().await;
    let text = r#"{"data_type":"audio_url", "title":"file-title", "user_defined":{"artists":"artist"}, "url":"https://your_host.com/AEA040700015_T1.mp3"}"#;
    assert_answer!(raw(&house, "POST", "/api/buckets/1/files", text).await);
    house.settle().await;
    assert_eq!(bare(&house, "GET", "/api/buckets/1/files/1").await.json()["data"][0]["state"], 1);
}

#[tokio::test]
async fn upload_with_python_requests() {
    let house = house_with_bucket().await;
    let audio = song(1);
    let parts = [
        ("Content-Disposition: form-data; name=\"title\"", b"adsfad".as_slice()),
        ("Content-Disposition: form-data; name=\"data_type\"", b"audio"),
        ("Content-Disposition: form-data; name=\"user_defined\"", b"{\"key1\": \"value1\", \"key2\": \"value2\"}"),
        ("Content-Disposition: form-data; name=\"file\"; filename=\"test.mp3\"\r\nContent-Type: audio/mpeg", &audio),
    ];
    let answer = form(&house, "1f4d9f1a3b0d4b6f8f1f9d2b6f3f8c5a", &parts).await;
    let row = answer.json()["data"].clone();
    assert_eq!((answer.status, &row["title"]), (200, &json!("adsfad")));
    assert_eq!(row["user_defined"], json!({"key1": "value1", "key2": "value2"}));
}

#[tokio::test]
async fn upload_with_php_axios_and_ruby() {
    let house = house_with_bucket().await;
    let audio = song(1);
    let title = ("Content-Disposition: form-data; name=\"title\"", b"adsfad".as_slice());
    let kind = ("Content-Disposition: form-data; name=\"data_type\"", b"audio".as_slice());
    for (boundary, head) in [
        (
            "------------------------8f9ab3a1a4a0d6a0",
            "filename=\"/Users/olym/Downloads/test.mp3\"\r\nContent-Type: application/octet-stream",
        ),
        ("--------------------------573811203571837292345678", "filename=\"test.mp3\"\r\nContent-Type: audio/mpeg"),
        ("Uc1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "filename=\"test.mp3\"\r\nContent-Type: application/octet-stream"),
    ] {
        let head = format!("Content-Disposition: form-data; name=\"file\"; {head}");
        let answer = form(&house, boundary, &[(&head, &audio), title, kind]).await;
        assert_eq!((answer.status, &answer.json()["data"]["title"]), (200, &json!("adsfad")), "{}", answer.text());
    }
}

#[tokio::test]
async fn list_the_files() {
    let house = house_with_bucket().await;
    house.new_file(1, "adsfad").await;
    let answer = bare(&house, "GET", "/api/buckets/1/files").await;
    assert_answer!(answer);
    let first = answer.json()["links"]["first"].clone();
    assert_eq!(first, "http://127.0.0.1:8080/api/buckets/1/files?page=1");
}

#[tokio::test]
async fn update_a_file() {
    let house = house_with_bucket().await;
    house.new_file(1, "adsfad").await;
    house.advance(3600.0);
    let text = r#"{"title":"update-title", "user_defined":{"artists":"update-artist"}}"#;
    assert_answer!(raw(&house, "PUT", "/api/buckets/1/files/1", text).await);
}

#[tokio::test]
async fn delete_files() {
    let house = house_with_bucket().await;
    house.new_file(1, "adsfad").await;
    house.new_file(1, "adsfad2").await;
    let answer = bare(&house, "DELETE", "/api/buckets/1/files/1,2").await;
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    assert_eq!(bare(&house, "GET", "/api/buckets/1/files").await.json()["meta"]["total"], 0);
}

#[tokio::test]
async fn move_the_files_to_another_bucket() {
    let house = house_with_bucket().await;
    house.new_file(1, "adsfad").await;
    house.new_file(1, "adsfad2").await;
    house.new_bucket("destination").await;
    let buckets = async || {
        let json = bare(&house, "GET", "/api/buckets").await.json();
        json["data"].as_array().unwrap().iter().map(|bucket| bucket["num"].clone()).collect::<Vec<Value>>()
    };
    // The page's example, and its title.
    assert_eq!(bare(&house, "PUT", "/api/buckets/2/files/1,2").await.status, 200);
    assert_eq!(buckets().await, [json!(0), json!(2)]);
    assert_eq!(bare(&house, "PUT", "/api/buckets/1/files/1,2/move").await.status, 200);
    assert_eq!(buckets().await, [json!(2), json!(0)]);
}

#[tokio::test]
async fn get_one_or_multiple_files() {
    let house = house_with_bucket().await;
    house.new_file(1, "api-test").await;
    let second = house.new_file(1, "bucket-report-test").await;
    let ids = format!("1,{}", second["acr_id"].as_str().unwrap());
    assert_answer!(bare(&house, "GET", &format!("/api/buckets/1/files/{ids}")).await);
}

#[tokio::test]
async fn dump_all_the_files_information() {
    let house = house_with_bucket().await;
    house.new_file(1, "adsfad").await;
    let status = async || bare(&house, "GET", "/api/buckets/1/dump").await.json()["status"].clone();
    assert_eq!(status().await, 0);
    house.settle().await;
    assert_eq!(status().await, 1);
    assert_answer!(bare(&house, "GET", "/api/buckets/1/dump").await);
}
