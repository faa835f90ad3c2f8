//! Every row of the error table, and that every refusal has its shape.

use engine::Limits;
use serde_json::{Value, json};

use crate::house::House;
use crate::operations::{Operation, busy_body};

/// The operations that read members.
const WITH_BODY: [(&str, &str); 4] = [
    ("POST", "/api/batch-video-templates/"),
    ("POST", "/api/batch-videos/"),
    ("POST", "/api/videos/"),
    ("PUT", "/api/videos/1/"),
];

async fn house() -> House {
    let house = House::new().await;
    house.made("/api/videos/", busy_body()).await;
    house
}

#[tokio::test]
async fn a_body_of_another_type() {
    let house = house().await;
    for (method, path) in WITH_BODY {
        for (content_type, shown) in
            [("text/plain", "text/plain"), ("", ""), ("Application/XML; x=y", "application/xml")]
        {
            let answer = house.post_as(method, path, content_type, "x").await;
            answer.assert_detail(415, &format!("Unsupported media type \"{shown}\" in request."));
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json() {
    let house = house().await;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(9000), "]".repeat(9000));
    for (method, path) in WITH_BODY {
        for body in
            ["{", "{\"a\":1,}", "{} {}", "x", " ", "{\"name\":\"\\ud800\"}", "{\"x\":NaN}", "{\"x\":1e999}", &deep]
        {
            let answer = house.post_as(method, path, "application/json; charset=utf-8", body.to_owned()).await;
            let json = answer.assert_refused(400);
            assert!(
                json["detail"].as_str().is_some_and(|text| text.starts_with("JSON parse error - ")),
                "{body}: {json}"
            );
        }
        let answer = house.post_as(method, path, "application/json", b"{\"name\": \"\xff\"}".to_vec()).await;
        answer.assert_refused(400);
        let answer = house.post_as(method, path, "multipart/form-data; boundary=b", "no parts").await;
        answer.assert_detail(400, "Multipart form parse error - The body is malformed or was cut short");
    }
}

#[tokio::test]
async fn a_body_that_is_no_object() {
    let house = house().await;
    for (method, path) in WITH_BODY {
        for (body, kind) in [("[]", "list"), ("7", "int"), ("7.5", "float"), ("\"x\"", "str"), ("true", "bool")] {
            let message = format!("Invalid data. Expected a dictionary, but got {kind}.");
            let answer = house.post_as(method, path, "application/json", body).await;
            answer.assert_problems(json!({"non_field_errors": [message]}));
        }
        let answer = house.post_as(method, path, "application/json", "null").await;
        answer.assert_problems(json!({"non_field_errors": ["No data provided"]}));
        // Without content there is no type, either.
        let answer = house.ask(method, path).await;
        assert!(answer.assert_refused(400)["detail"].is_null());
    }
}

#[tokio::test]
async fn a_body_too_large() {
    let house = house().await;
    for n_bytes in [(4 << 20) + 1, 20 << 20] {
        let json = format!("{{\"name\":\"{}\"}}", "x".repeat(n_bytes));
        for (method, path) in WITH_BODY {
            house.post_as(method, path, "application/json", json.clone()).await.assert_refused(413);
        }
        let form = format!("name={}", "x".repeat(n_bytes));
        house.post_as("POST", "/api/videos/", "application/x-www-form-urlencoded", form).await.assert_refused(413);
    }
    let long = "x".repeat((1 << 20) + 1);
    house.multipart("/api/videos/", &[("name=\"name\"", long.as_bytes())]).await.assert_refused(413);
    let many = "a=b&".repeat(10_001);
    let answer = house.post_as("POST", "/api/videos/", "application/x-www-form-urlencoded", many).await;
    answer.assert_detail(400, "The form has more than 10000 fields.");
}

#[tokio::test]
async fn too_many_files_in_one_body() {
    let house = house().await;
    let layer = |id: usize| json!({"media": {"id": id + 1}});
    let slide = |n: usize| {
        let layers: Vec<Value> = (0..100).map(|idx| layer(n * 100 + idx)).collect();
        json!({"audio_source": {"text": "Hi"}, "layers": layers})
    };
    let slides: Vec<Value> = (0..21).map(slide).collect();
    house.post("/api/videos/", json!({"slides": slides})).await.assert_problems(json!({
        "non_field_errors": ["Ensure this request names no more than 2000 files."]
    }));
}

#[tokio::test]
async fn objects_that_are_not_there() {
    let house = house().await;
    for operation in Operation::guarded().iter().filter(|operation| operation.path.contains('{')) {
        for id in ["0", "999", "-1", "x", "99999999999999999999999", "%F0%9F%92%A5", "%00", "%ff", "1,2", "%2e%2e%2f"] {
            let answer = house.call(&operation.method, &operation.path_with(id), busy_body()).await;
            answer.assert_detail(404, "Not found.");
        }
    }
}

#[tokio::test]
async fn more_unfinished_work_than_an_account_may_have() {
    let house = House::with_limits(Limits { queued_jobs_per_account_max: 2, ..Limits::default() }).await;
    house.made("/api/videos/", busy_body()).await;
    house.made("/api/videos/", busy_body()).await;
    let answer = house.post("/api/videos/", busy_body()).await;
    answer.assert_detail(429, "Request was throttled. Expected available in 10 seconds.");
    assert_eq!(answer.header("retry-after"), "10");
}

#[tokio::test]
async fn a_database_that_is_gone() {
    let house = House::new().await;
    house.database.close().await;
    house.get("/api/videos/").await.assert_detail(500, "A server error occurred.");
}

#[tokio::test]
async fn a_panic() {
    let house = House::new().await;
    house.blow_fuse();
    house.post("/api/videos/", busy_body()).await.assert_detail(500, "A server error occurred.");
}

#[tokio::test]
async fn whatever_is_wrong_an_operation_answers_in_the_one_shape() {
    let house = house().await;
    let bodies = [
        json!({}),
        json!({"slides": 1}),
        json!({"variables": []}),
        json!({"text": {}, "webhook": [], "template": [1]}),
    ];
    for operation in Operation::guarded() {
        for body in &bodies {
            let path = operation.path_with("1");
            let answer = house.call(&operation.method, &path, body.clone()).await;
            assert!(answer.status < 500, "{operation:?}: {}", answer.text());
            if answer.status >= 400 {
                let text = answer.assert_refused(answer.status).to_string();
                assert!(!text.contains(&house.token) && !text.contains("sqlite"), "{text}");
            }
        }
    }
}
