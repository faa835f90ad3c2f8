//! The vendor's oddities and its clients', each by its name.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{Answer, House, SONG_URL, song};

const FILES: &str = "/api/buckets/1/files";

async fn house_with_file() -> House {
    let house = House::new().await;
    house.filled_bucket("jingles", &["one"]).await;
    house
}

async fn with_type(house: &House, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", house.token))
        .header("content-length", body.len())
        .header("content-type", content_type);
    house.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn the_length_is_text_in_the_answer_of_an_upload_and_a_number_later() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    assert_eq!(house.new_file(1, "one").await["duration"], "10.000000");
    for path in [FILES.to_owned(), format!("{FILES}/1")] {
        assert_eq!(house.get(&path).await.json()["data"][0]["duration"], 10);
    }
    assert_eq!(house.call("PUT", &format!("{FILES}/1"), json!({"title": "t"})).await.json()["data"]["duration"], 10);
}

#[tokio::test]
async fn the_state_is_0_right_after_an_upload() {
    let house = house_with_file().await;
    let body =
        json!({"data_type": "acrid", "acrid": house.get(&format!("{FILES}/1")).await.json()["data"][0]["acr_id"]});
    assert_eq!(house.call("POST", FILES, body).await.json()["data"]["state"], 0);
}

#[tokio::test]
async fn rows_per_page_are_text_and_the_other_numbers_of_a_page_are_not() {
    let house = house_with_file().await;
    for list in ["/api/buckets", FILES, "/api/buckets/1/dedup-files", "/api/base-projects", "/api/offline-dbs"] {
        let meta = house.get(&format!("{list}?per_page=7")).await.json()["meta"].clone();
        assert_eq!(meta["per_page"], "7", "{list}");
        for number in ["current_page", "last_page", "total"] {
            assert!(meta[number].is_i64(), "{list}: {meta}");
        }
    }
}

#[tokio::test]
async fn links_carry_the_page_and_no_other_item_of_the_query() {
    let house = house_with_file().await;
    let links = house.get(&format!("{FILES}?search=o&per_page=1&page=2&order=desc")).await.json()["links"].clone();
    assert_eq!(links["prev"], format!("http://localhost:8080{FILES}?page=1"));
    assert_eq!(links["last"], format!("http://localhost:8080{FILES}?page=1"));
}

#[tokio::test]
async fn one_file_by_its_id_is_a_list_without_pages() {
    let house = house_with_file().await;
    let json = house.get(&format!("{FILES}/1")).await.json();
    assert_eq!((json.as_object().unwrap().len(), json["data"].as_array().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn an_empty_body_may_be_called_anything() {
    let house = house_with_file().await;
    let types =
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"];
    for content_type in types {
        for (method, path, status) in [
            ("GET", FILES, 200),
            ("PUT", "/api/buckets/1/files/1", 200),
            ("PUT", "/api/buckets/1/files/1/move", 200),
            ("DELETE", "/api/buckets/1/files/999", 404),
            ("DELETE", "/api/base-projects/999", 404),
            ("PUT", "/api/offline-dbs/999/rebuild", 404),
            ("POST", "/api/buckets", 422),
        ] {
            let answer = with_type(&house, method, path, content_type, Vec::new()).await;
            assert_eq!(answer.status, status, "{method} {path} {content_type}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn the_callers_values_are_never_null_a_list_or_text() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    for user_defined in [json!(null), json!([]), json!(""), json!("{}"), json!("[]"), json!("null"), json!({})] {
        let body = json!({"data_type": "audio_url", "url": SONG_URL, "user_defined": user_defined});
        assert_eq!(house.call("POST", FILES, body).await.json()["data"]["user_defined"], json!({}), "{user_defined}");
    }
    for user_defined in [json!({"a": [1, {"b": null}]}), json!("{\"a\": [1, {\"b\": null}]}")] {
        let body = json!({"data_type": "audio_url", "url": SONG_URL, "user_defined": user_defined});
        let expected = json!({"a": [1, {"b": null}]});
        assert_eq!(house.call("POST", FILES, body).await.json()["data"]["user_defined"], expected);
    }
}

#[tokio::test]
async fn the_parts_of_a_form_come_in_any_order_without_types_and_with_strangers_among_them() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    let audio = song(1);
    let file = ("name=\"file\"", audio.as_slice());
    let (title, kind) = (("name=\"title\"", b"t".as_slice()), ("name=\"data_type\"", b"audio".as_slice()));
    let stranger = ("name=\"other\"; filename=\"x\"", b"whatever".as_slice());
    for parts in [[file, title, kind, stranger], [stranger, kind, title, file], [title, file, stranger, kind]] {
        let answer = house.form(FILES, &parts).await;
        assert_eq!((answer.status, &answer.json()["data"]["title"]), (200, &json!("t")), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_boundary_with_stars_in_it_is_taken() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    let boundary = "*****2015.05.27.acrcloud.rec.copyright.1767323045678*****";
    let mut body =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s\"\r\n\r\n").into_bytes();
    body.extend(song(1));
    body.extend(format!("\r\n--{boundary}--\r\n").as_bytes());
    for content_type in
        [format!("multipart/form-data; boundary={boundary}"), format!("multipart/form-data;boundary=\"{boundary}\"")]
    {
        let answer = with_type(&house, "POST", FILES, &content_type, body.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_missing_title_is_the_files_name_and_a_missing_type_is_what_was_sent() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    let audio = song(1);
    let answer = house.form(FILES, &[("name=\"file\"; filename=\"C:\\songs\\my song.wav\"", &audio)]).await;
    assert_eq!(answer.json()["data"]["title"], "my song", "{}", answer.text());
    let answer = house.form(FILES, &[("name=\"file\"; filename*=utf-8''S%C3%B6ng.wav", &audio)]).await;
    assert_eq!(answer.json()["data"]["title"], "Söng");
    // One without any name has a title all the same: `title` is never null.
    let answer = house.form(FILES, &[("name=\"file\"", &audio)]).await;
    assert!(answer.json()["data"]["title"].is_string());
    let answer = house.call("POST", FILES, json!({"url": SONG_URL})).await;
    assert_eq!(answer.json()["data"]["title"], "AEA040700015_T1");
    assert_eq!(house.call("POST", FILES, json!({"acrid": "0".repeat(32)})).await.status, 200);
}

#[tokio::test]
async fn a_put_branches_on_its_body() {
    let house = house_with_file().await;
    house.new_bucket("other").await;
    // In the other bucket there is no file 1 to change, but one to take in.
    house.call("PUT", "/api/buckets/2/files/1", json!({"title": "t"})).await.assert_refused(404);
    assert_eq!(house.ask("PUT", "/api/buckets/2/files/1").await.json()["data"][0]["bucket_id"], 2);
    assert_eq!(house.call("PUT", "/api/buckets/2/files/1", json!({"title": "t"})).await.json()["data"]["title"], "t");
}

#[tokio::test]
async fn a_dump_has_no_envelope_and_two_paths() {
    let house = house_with_file().await;
    for path in ["/api/buckets/1/dump", "/api/buckets/1/files/dump"] {
        let json = house.get(path).await.json();
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["down_url", "id", "name", "status", "task_id"]);
        assert_eq!((&json["down_url"], &json["status"]), (&json!(""), &json!(0)));
    }
}

#[tokio::test]
async fn a_projects_type_comes_back_under_another_name_and_its_secret_with_every_answer() {
    let house = House::new().await;
    let made = house.call("POST", "/api/base-projects", json!({"name": "n", "region": "r", "type": "AVR"})).await;
    assert_eq!(made.status, 200);
    let made = made.json()["data"].clone();
    assert_eq!((&made["service_type"], &made["type"]), (&json!("AVR"), &Value::Null));
    assert_eq!(house.get("/api/base-projects").await.json()["data"][0], made);
    assert_eq!(house.get("/api/base-projects/1").await.json()["data"], made);
    assert_eq!(house.call("PUT", "/api/base-projects/1", json!({})).await.json()["data"], made);
}

#[tokio::test]
async fn the_number_of_an_account_is_the_same_on_all_its_rows() {
    let house = house_with_file().await;
    house.call("POST", "/api/base-projects", json!({"name": "n", "region": "r", "type": "AVR"})).await;
    house.call("POST", "/api/offline-dbs", json!({"name": "n", "region": "r", "buckets": [1]})).await;
    for list in ["/api/buckets", FILES, "/api/base-projects", "/api/offline-dbs"] {
        assert_eq!(house.get(list).await.json()["data"][0]["uid"], 1, "{list}");
    }
    let stranger = house.strangers_token().await;
    let body = json!({"name": "n", "region": "r", "type": "File"});
    assert_eq!(house.call_as(&stranger, "POST", "/api/buckets", body).await.json()["data"]["uid"], 2);
}

#[tokio::test]
async fn numbers_may_come_as_text_and_text_as_numbers() {
    let house = House::new().await;
    let body = json!({"name": 7, "region": "r", "type": "File", "net_type": "0"});
    assert_eq!(house.call("POST", "/api/buckets", body).await.json()["data"]["name"], "7");
    let body = json!({"name": "n", "region": "r", "type": "AVR", "buckets": ["1"]});
    assert_eq!(house.call("POST", "/api/base-projects", body).await.json()["data"]["buckets"][0]["id"], 1);
    let body = json!({"data_type": "audio_url", "url": SONG_URL, "title": 12, "audio_id": 123});
    let row = house.call("POST", FILES, body).await.json()["data"].clone();
    assert_eq!((&row["title"], &row["audio_id"]), (&json!("12"), &json!("123")));
}
