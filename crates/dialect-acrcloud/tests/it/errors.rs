//! Every row of the error table, and that every refusal has its shape.

use axum::body::Body;
use axum::http::Request;
use engine::Limits;
use serde_json::{Value, json};

use crate::house::{Answer, House, SONG_URL};
use crate::operations;

async fn sent(house: &House, method: &str, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", house.token))
        .header("content-type", content_type);
    house.send(request.body(body.into()).unwrap()).await
}

/// The operations that read a body without a file.
const WITH_BODY: [(&str, &str); 6] = [
    ("POST", "/api/buckets"),
    ("PUT", "/api/buckets/1"),
    ("POST", "/api/buckets/1/files/move"),
    ("PUT", "/api/buckets/1/files/1"),
    ("POST", "/api/base-projects"),
    ("POST", "/api/offline-dbs"),
];

#[tokio::test]
async fn whatever_is_wrong_an_operation_answers_in_the_one_shape() {
    let house = House::new().await;
    let bodies = [json!({}), json!({"name": []}), json!({"ids": {}}), json!({"title": 1e300, "user_defined": 1})];
    for operation in operations::guarded() {
        for id in ["0", "999", "-1", "x", "99999999999999999999999", "%F0%9F%92%A5", "%00", "%ff", "1,2", "..%2f.."] {
            let path = operation.path_with_all(id);
            for body in &bodies {
                let answer = house.call(&operation.method, &path, body.clone()).await;
                assert!(answer.status < 500, "{} {path}: {}", operation.method, answer.text());
                if answer.status >= 400 {
                    answer.assert_refused(answer.status);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_object() {
    let house = House::new().await;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(9000), "]".repeat(9000));
    for (method, path) in WITH_BODY {
        for body in ["[]", "7", "null", "\"x\"", "{", "{\"a\":1,}", "{} {}", "{\"name\":\"\\ud800\"}", &deep] {
            let answer = sent(&house, method, path, "application/json", body.to_owned()).await;
            answer.assert_blames(&["body"]);
        }
        sent(&house, method, path, "application/json", b"{\"name\": \"\xff\"}".to_vec()).await.assert_blames(&["body"]);
        sent(&house, method, path, "text/plain", "name=n").await.assert_blames(&["body"]);
        sent(&house, method, path, "multipart/form-data", "name=n").await.assert_blames(&["body"]);
        sent(&house, method, path, "multipart/form-data; boundary=b", "no parts").await.assert_blames(&["body"]);
    }
    assert_answer!(sent(&house, "POST", "/api/buckets", "application/json", "[1]").await);
}

#[tokio::test]
async fn a_body_too_large() {
    let house = House::new().await;
    for n_bytes in [(1 << 20) + 1, 20 << 20] {
        let body = format!("{{\"name\":\"{}\"}}", "x".repeat(n_bytes));
        for (method, path) in WITH_BODY {
            sent(&house, method, path, "application/json", body.clone()).await.assert_refused(413);
        }
        sent(&house, "POST", "/api/buckets", "application/x-www-form-urlencoded", body).await.assert_refused(413);
    }
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20));
    assert_answer!(sent(&house, "POST", "/api/buckets", "application/json", body).await);
}

#[tokio::test]
async fn a_form_with_too_much_in_it() {
    let house = House::new().await;
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let many: String = (0..300).map(|n| part(&format!("x{n}"), "y")).collect();
    let long = part("name", &"x".repeat(300_000));
    for (parts, blamed) in [(many, "body"), (long, "name")] {
        let body = format!("{parts}--b--\r\n");
        sent(&house, "POST", "/api/buckets", "multipart/form-data; boundary=b", body).await.assert_blames(&[blamed]);
    }
}

#[tokio::test]
async fn unknown_paths_are_told_as_json_to_everybody() {
    let house = House::new().await;
    for path in ["/api", "/api/", "/api/bucket", "/api/buckets/1/file", "/api/buckets/1/files/1/2/3", "/api/v1/x"] {
        for method in ["GET", "POST", "DELETE", "PATCH"] {
            let request = Request::builder().method(method).uri(path).header("accept", "text/html");
            house.send(request.body(Body::empty()).unwrap()).await.assert_refused(404);
        }
    }
    assert_answer!(house.get("/api/nothing").await);
}

#[tokio::test]
async fn bills_and_prices_are_not_kept_here() {
    let house = House::new().await;
    for path in ["billing/current-bill", "billing/next-bill-date", "billing/invoices", "prices"] {
        house.get(&format!("/api/{path}")).await.assert_refused(404);
    }
}

#[tokio::test]
async fn more_unfinished_work_than_an_account_may_have() {
    let house = House::with_limits(Limits { queued_jobs_per_account_max: 2, ..Limits::default() }).await;
    house.new_bucket("jingles").await;
    let body = json!({"data_type": "audio_url", "url": SONG_URL});
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(house.call("POST", "/api/buckets/1/files", body.clone()).await);
    }
    let refused = answers.last().unwrap();
    refused.assert_refused(429);
    assert_eq!(refused.header("retry-after"), "10");
    assert_answer!(refused);
}

#[tokio::test]
async fn a_database_that_is_gone() {
    let house = House::new().await;
    house.database.close().await;
    let answer = house.get("/api/buckets").await;
    answer.assert_refused(500);
    assert_answer!(answer);
}

#[tokio::test]
async fn a_panic() {
    let house = House::new().await;
    house.blow_fuse_after(0);
    let body = json!({"name": "p", "region": "r", "type": "AVR"});
    house.call("POST", "/api/base-projects", body).await.assert_refused(500);
}

#[tokio::test]
async fn messages_never_carry_what_a_client_should_not_see() {
    let house = House::new().await;
    let body = json!({"name": "p", "region": "r", "type": "AVR"});
    let secret = house.call("POST", "/api/base-projects", body).await.json()["data"]["access_secret"].clone();
    for operation in operations::guarded() {
        let path = operation.path_with_all("999");
        let text = house.call(&operation.method, &path, Value::Object(serde_json::Map::new())).await.text();
        for hidden in [secret.as_str().unwrap(), &house.token, "sqlite", "/tmp", "src/"] {
            let is_own = operation.path == "/api/base-projects" && operation.method == "GET";
            assert!(is_own || !text.contains(hidden), "{operation:?}: {text}");
        }
    }
}
