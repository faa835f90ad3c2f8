use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_dump_is_asked_for_polled_and_fetched_without_a_token() {
    let house = House::new().await;
    let bucket = house.filled_bucket("jingles", &["one", "two, \"too\"\n"]).await;
    let values = json!({"user_defined": {"campaign": "spring, summer"}});
    house.call("PUT", &format!("/api/buckets/{bucket}/files/1"), values).await;
    let path = format!("/api/buckets/{bucket}/dump");
    let asked = house.get(&path).await;
    assert_answer!("asked", asked);
    house.settle().await;
    let ready = house.get(&path).await;
    assert_answer!("ready", ready);
    assert_eq!(ready.json()["task_id"], asked.json()["task_id"]);
    assert_eq!(house.get(&format!("/api/buckets/{bucket}/files/dump")).await.json(), ready.json());
    let json = ready.json();
    let link = json["down_url"].as_str().unwrap();
    let link = link.strip_prefix("http://localhost:8080").unwrap();
    for method in ["GET", "HEAD"] {
        let request = Request::builder().method(method).uri(link);
        let file = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(file.status, 200);
        assert!(file.header("content-type").starts_with("text/csv"), "{}", file.header("content-type"));
        let task = json["task_id"].as_str().unwrap();
        let attachment = format!("attachment; filename=\"bucket-{bucket}-{task}.csv\"");
        assert_eq!(file.header("content-disposition"), attachment);
        let n_bytes: usize = file.header("content-length").parse().unwrap();
        if method == "HEAD" {
            assert_eq!(file.bytes.len(), 0);
            continue;
        }
        assert_eq!(file.bytes.len(), n_bytes);
        let text = file.text();
        let first = text.lines().next().unwrap();
        assert_eq!(first, "id,uid,bucket_id,acr_id,state,title,audio_id,duration,user_defined,created_at,updated_at");
        assert!(text.contains("\"two, \"\"too\"\"\n\""), "{text}");
        assert!(text.contains("\"{\"\"campaign\"\":\"\"spring, summer\"\"}\""), "{text}");
        assert!(text.contains("2026-01-02T03:04:05.000000Z"), "{text}");
    }
}

#[tokio::test]
async fn there_is_one_dump_per_day_and_bucket() {
    let house = House::new().await;
    let bucket = house.filled_bucket("jingles", &["one"]).await;
    let task = async || house.get(&format!("/api/buckets/{bucket}/dump")).await.json()["task_id"].clone();
    let first = task().await;
    house.settle().await;
    house.advance(3600.0);
    assert_eq!(task().await, first);
    house.advance(24.0 * 3600.0);
    assert_ne!(task().await, first);
}

#[tokio::test]
async fn a_link_that_was_made_up_leads_nowhere() {
    let house = House::new().await;
    let bucket = house.filled_bucket("jingles", &["one"]).await;
    let asked = house.get(&format!("/api/buckets/{bucket}/dump")).await.json();
    let task = asked["task_id"].as_str().unwrap();
    // Not made yet.
    house.get(&format!("/api/buckets/{bucket}/down/{task}")).await.assert_refused(404);
    house.settle().await;
    for path in [
        format!("/api/buckets/{bucket}/down/abcdefghij"),
        format!("/api/buckets/{bucket}/down/{}", &task[1..]),
        format!("/api/buckets/999/down/{task}"),
        format!("/api/buckets/x/down/{task}"),
        format!("/api/buckets/{bucket}/down/%00"),
    ] {
        house.get(&path).await.assert_refused(404);
    }
    house.get("/api/buckets/999/dump").await.assert_refused(404);
    house.get("/api/buckets/999/files/dump").await.assert_refused(404);
}
