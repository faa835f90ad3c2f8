//! Files that callers bring.

use engine::Limits;
use serde_json::{Value, json};

use crate::house::{House, pdf, png, wav};

const FILE: &str = "name=\"file\"; filename=\"Office.PNG\"";

#[tokio::test]
async fn a_picture_is_kept_and_found() {
    let house = House::new().await;
    let created = house.multipart("/api/files/", &[(FILE, &png(64, 36))]).await;
    assert_answer!(created);
    assert_eq!(house.get("/api/files/1/").await.text(), created.text());
    let page = house.get("/api/files/").await.json();
    assert_eq!(page, json!({"count": 1, "next": null, "previous": null, "results": [created.json()]}));
    assert_eq!(created.json().as_object().unwrap().len(), 14);
}

#[tokio::test]
async fn what_a_file_is_is_told_by_its_content() {
    let house = House::new().await;
    for (name, content, kind, mime_type) in [
        ("a.txt", png(8, 8), "image", "image/png"),
        ("b.png", wav(500), "audio", "audio/x-wav"),
        ("c.mp4", pdf(), "pdf", "application/pdf"),
    ] {
        let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: video/mp4");
        let file = house.multipart("/api/files/", &[(&head, &content)]).await.json();
        assert_eq!((&file["type"], &file["mime_type"]), (&json!(kind), &json!(mime_type)), "{file}");
        assert_eq!(file["name"], name);
        assert_eq!(file["size"], content.len());
    }
    let sound = house.get("/api/files/2/").await.json();
    assert_eq!((&sound["duration"], &sound["width"]), (&json!(0.5), &Value::Null));
}

#[tokio::test]
async fn what_is_on_no_list_is_refused() {
    let house = House::new().await;
    let gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    for content in [&gif[..], b"plain text", b"\x00\x01\x02\x03", b"%PD", &png(8, 8)[..30]] {
        let answer = house.multipart("/api/files/", &[(FILE, content)]).await;
        let problems = answer.assert_refused(400);
        assert_eq!(problems.as_object().unwrap().keys().collect::<Vec<_>>(), ["file"], "{problems}");
    }
    assert_eq!(house.get("/api/files/").await.json()["count"], 0);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn every_fault_of_an_upload_has_its_words() {
    let house = House::new().await;
    let picture = png(8, 8);
    let no_file = json!({"file": ["No file was submitted."]});
    let not_a_file = json!({"file": ["The submitted data was not a file. Check the encoding type on the form."]});
    house.multipart("/api/files/", &[("name=\"x\"", b"y")]).await.assert_problems(no_file.clone());
    house.multipart("/api/files/", &[("name=\"file\"", &picture)]).await.assert_problems(not_a_file);
    house
        .multipart("/api/files/", &[(FILE, b"")])
        .await
        .assert_problems(json!({"file": ["The submitted file is empty."]}));
    house.ask("POST", "/api/files/").await.assert_problems(no_file.clone());
    let answer =
        house.multipart("/api/files/", &[(FILE, &picture), ("name=\"tag\"", b"sky"), ("name=\"name\"", b"\0")]).await;
    answer.assert_problems(
        json!({"tag": ["\"sky\" is not a valid choice."], "name": ["Null characters are not allowed."]}),
    );
    for content_type in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
        let answer = house.post_as("POST", "/api/files/", content_type, "{\"file\":1}").await;
        answer.assert_detail(415, &format!("Unsupported media type \"{content_type}\" in request."));
    }
    let answer = house.post_as("POST", "/api/files/", "multipart/form-data", "x").await;
    answer.assert_detail(400, "Multipart form parse error - Invalid boundary in multipart: None");
    let answer = house.post_as("POST", "/api/files/", "multipart/form-data; boundary=b", "x").await;
    answer.assert_detail(400, "Multipart form parse error - The body is malformed or was cut short");
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_file_over_the_limit() {
    let house = House::with_limits(Limits { upload_bytes_max: 1000, ..Limits::default() }).await;
    house.multipart("/api/files/", &[(FILE, &wav(1000))]).await.assert_refused(413);
}

#[tokio::test]
async fn files_are_filtered() {
    let house = House::new().await;
    let picture = png(8, 8);
    house
        .multipart("/api/files/", &[(FILE, &picture), ("name=\"tag\"", b"background"), ("name=\"name\"", b"Sky")])
        .await;
    house.new_file("b.wav", &wav(200)).await;
    house.new_file("c.png", &picture).await;
    let ids = async |query: &str| {
        let page = house.get(&format!("/api/files/?{query}")).await.json();
        page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [3, 2, 1]);
    assert_eq!(ids("ordering=cd").await, [1, 2, 3]);
    assert_eq!(ids("ordering=-id").await, [3, 2, 1]);
    assert_eq!(ids("type=image").await, [3, 1]);
    assert_eq!(ids("type[]=audio&type[]=video").await, [2]);
    assert_eq!(ids("type=audio&type=image&limit=2").await, [3, 2]);
    assert_eq!(ids("tag=background").await, [1]);
    assert_eq!(ids("tag=background&tag=general").await, [3, 2, 1]);
    assert_eq!(ids("status=error").await, [0; 0]);
    assert_eq!(house.get("/api/files/1/").await.json()["name"], "Sky");
    let answer = house.get("/api/files/?type=gif&status=done").await;
    answer.assert_problems(json!({
        "type": ["Select a valid choice. gif is not one of the available choices."],
        "status": ["Select a valid choice. done is not one of the available choices."],
    }));
}

#[tokio::test]
async fn a_removed_file_is_null_where_it_was_used() {
    let house = House::new().await;
    let id = house.new_file("a.png", &png(8, 8)).await;
    let layer = json!({"media": {"id": id}});
    let body = json!({"slides": [{"audio_source": {"text": "Hi"}, "layers": [layer], "background": {"id": id}}]});
    let video = house.made("/api/videos/", body).await;
    let path = format!("/api/videos/{video}/");
    assert_answer!("a_video_with_a_file", house.get(&path).await);
    let answer = house.ask("DELETE", &format!("/api/files/{id}/")).await;
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    house.get(&format!("/api/files/{id}/")).await.assert_detail(404, "Not found.");
    house.ask("DELETE", &format!("/api/files/{id}/")).await.assert_detail(404, "Not found.");
    let slide = house.get(&path).await.json()["slides"][0].clone();
    assert_eq!((&slide["background"], &slide["layers"][0]["media"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn only_documents_have_children() {
    let house = House::new().await;
    let picture = house.new_file("a.png", &png(8, 8)).await;
    let empty = json!({"count": 0, "next": null, "previous": null, "results": []});
    assert_eq!(house.get(&format!("/api/files/{picture}/children/")).await.json(), empty);
    let document = house.new_file("a.pdf", &pdf()).await;
    assert_eq!(house.get(&format!("/api/files/{document}/children/")).await.json(), empty);
    house.get("/api/files/999/children/").await.assert_detail(404, "Not found.");
    house.get("/api/files/x/children/").await.assert_detail(404, "Not found.");
}

#[tokio::test]
async fn a_picture_gets_a_web_sized_copy() {
    let house = House::new().await;
    let id = house.new_file("a.png", &png(1600, 40)).await;
    assert_eq!(house.get(&format!("/api/files/{id}/")).await.json()["status"], "created");
    house.settle().await;
    assert_answer!(house.get(&format!("/api/files/{id}/")).await);
}

#[tokio::test]
async fn the_pages_of_a_document_are_its_children() {
    let house = House::new().await;
    let document = house.new_file("a.pdf", &pdf()).await;
    house.settle().await;
    assert_eq!(house.get(&format!("/api/files/{document}/")).await.json()["status"], "ready");
    let children = house.get(&format!("/api/files/{document}/children/")).await;
    assert_answer!(children);
    assert_eq!(house.get("/api/files/").await.json()["count"], 1);
    let page = children.json()["results"][0].clone();
    let path = format!("/api/files/{}/", page["id"]);
    assert_eq!(house.get(&path).await.json(), page);
    let body = json!({"slides": [{"audio_source": {"text": "Hi"}, "background": {"id": page["id"]}}]});
    let video = house.post("/api/videos/", body).await;
    assert_eq!(video.json()["slides"][0]["background"]["id"], page["id"], "{}", video.text());
    assert_eq!(house.ask("DELETE", &format!("/api/files/{document}/")).await.status, 204);
    assert_eq!(house.get(&path).await.status, 404);
}
