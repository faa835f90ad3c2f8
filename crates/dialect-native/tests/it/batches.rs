//! Tables by JSON and by form, their progress, rows and log; and all refusals.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::House;

const BATCHES: &str = "/phonoscope/v1/batches";

fn template() -> Value {
    json!({
        "version": 1,
        "name": "For {{name}}",
        "canvas": { "width": 160, "height": 128, "fps": 24 },
        "scenes": [{ "duration_ms": 200, "layers": [{ "type": "text", "text": "{{name}}", "font_size": 20 }] }],
    })
}

#[tokio::test]
async fn a_table_becomes_videos() {
    let house = House::new().await;
    let body = json!({
        "name": "letters", "template": template(), "resolution": 128, "webhook_url": "https://hooks.example/",
        "rows": [{ "name": "Ada" }, { "nom": "Ben" }, { "name": 3 }],
    });
    let made = house.post(BATCHES, &body).await;
    assert_eq!(made.status, 201, "{}", made.json);
    assert_eq!((&made.json["name"], &made.json["rows"]), (&json!("letters"), &json!(3)));
    let path = format!("{BATCHES}/{}", made.json["id"].as_str().unwrap());
    let done = house.work_until(&path, |batch| !batch["finished_at"].is_null()).await;
    assert_eq!((&done["done"], &done["failed"], &done["waiting"]), (&json!(2), &json!(1), &json!(0)));
    let rows = house.get(&format!("{path}/rows")).await.json;
    assert_eq!(rows[0]["variables"], json!({ "name": "Ada" }));
    assert!(rows[0]["video_url"].as_str().unwrap().ends_with(".mp4"));
    assert_eq!((&rows[1]["state"], &rows[1]["video_url"]), (&json!("failed"), &Value::Null));
    assert!(rows[1]["error"].as_str().unwrap().contains("name"), "{rows}");
    assert_eq!(rows[2]["progress"], 100);
    let failed = house.get(&format!("{path}/rows?state=failed")).await.json;
    assert_eq!(failed.as_array().unwrap().len(), 1);
    let second = house.get(&format!("{path}/rows?limit=1&offset=1")).await.json;
    assert_eq!(second[0]["row"], 2);
    assert_eq!(house.get(BATCHES).await.json.as_array().unwrap().len(), 1);
    let log_path = "/phonoscope/v1/deliveries";
    let is_over = |log: &Value| log.as_array().unwrap().iter().all(|delivery| delivery["state"] == "delivered");
    let log = house.work_until(log_path, |log| log.as_array().unwrap().len() == 3 && is_over(log)).await;
    assert_eq!(log[0]["attempts"][0]["status"], 204);
    let bodies = log.as_array().unwrap().iter().map(|delivery| delivery["body"].as_str().unwrap());
    let told: Vec<Value> = bodies.map(|body| serde_json::from_str(body).unwrap()).collect();
    let told: BTreeSet<_> =
        told.iter().map(|body| (body["row"].as_i64().unwrap(), body["event"].as_str().unwrap())).collect();
    assert_eq!(told, BTreeSet::from([(1, "video.done"), (2, "video.failed"), (3, "video.done")]));
    let resend = format!("{log_path}/{}/resend", log[0]["id"].as_str().unwrap());
    assert_eq!(house.post(&resend, &Value::Null).await.json["state"], "pending");
    assert_eq!(house.post(&resend, &Value::Null).await.status, 409);
}

#[tokio::test]
async fn a_table_may_be_a_csv_file() {
    let house = House::new().await;
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let form = |data: &str| {
        let template = template().to_string();
        let body = part("template", &template) + &part("data", data) + &part("name", "csv") + "--b--\r\n";
        Request::post(BATCHES).header("content-type", "multipart/form-data; boundary=b").body(Body::from(body)).unwrap()
    };
    let made = house.send(&house.token, form("\u{FEFF} name ,city\n\"Ada, A.\",Oslo\nBen,\n")).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let rows = house.get(&format!("{BATCHES}/{}/rows", made.json["id"].as_str().unwrap())).await.json;
    assert_eq!(rows[0]["variables"], json!({ "name": "Ada, A.", "city": "Oslo" }));
    assert_eq!(rows[1]["variables"], json!({ "name": "Ben", "city": "" }));
    for broken in ["name,city\nAda\n", "", "name\n", "name,name\nAda,Ben\n", "name;city\nAda;Oslo\n"] {
        assert_eq!(house.send(&house.token, form(broken)).await.status, 400, "{broken}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let house = House::new().await;
    let wrong = [
        json!({ "rows": [{}] }),
        json!({ "template": template(), "rows": [] }),
        json!({ "template": template(), "rows": [{ "name": [1] }] }),
        json!({ "template": template(), "rows": [{}], "resolution": 7 }),
        json!({ "template": template(), "rows": [{ "name": "Ada" }], "webhook_url": "ftp://a" }),
        json!({ "template": template(), "rows": [{}], "other": 1 }),
        json!([]),
    ];
    let mut details = Vec::new();
    for body in &wrong {
        let answer = house.post(BATCHES, body).await;
        assert_eq!((answer.status, answer.media_type.as_str()), (400, "application/problem+json"), "{body}");
        details.push(answer.json["detail"].as_str().unwrap().to_owned());
    }
    insta::assert_snapshot!(details.join("\n"));
    for path in [format!("{BATCHES}?limit=0"), format!("{BATCHES}?limit=x"), format!("{BATCHES}?limit=101")] {
        assert_eq!(house.get(&path).await.status, 400, "{path}");
    }
    assert_eq!(house.get("/phonoscope/v2").await.status, 404);
    let delete = Request::delete(BATCHES).body(Body::empty()).unwrap();
    assert_eq!(house.send(&house.token, delete).await.status, 405);
}

#[tokio::test]
async fn only_general_credentials_of_the_account_see_a_batch() {
    let house = House::new().await;
    let made = house.post(BATCHES, &json!({ "template": template(), "rows": [{ "name": "Ada" }] })).await;
    let id = made.json["id"].as_str().unwrap().to_owned();
    let paths = [format!("{BATCHES}/{id}"), format!("{BATCHES}/{id}/rows")];
    for path in &paths {
        let get = || Request::get(path.as_str()).body(Body::empty()).unwrap();
        assert_eq!(house.send(&house.token, get()).await.status, 200);
        assert_eq!(house.send(&house.strangers_token, get()).await.status, 404, "{path}");
        assert_eq!(house.send(&house.doors_token, get()).await.status, 403, "{path}");
        assert_eq!(house.send("", get()).await.status, 401, "{path}");
        assert_eq!(house.send("other", get()).await.status, 401, "{path}");
    }
    let list = Request::get(BATCHES).body(Body::empty()).unwrap();
    assert_eq!(house.send(&house.strangers_token, list).await.json, json!([]));
    let resend = Request::post("/phonoscope/v1/deliveries/66b1f0c2a94e1d0012ab34cd/resend").body(Body::empty());
    assert_eq!(house.send(&house.token, resend.unwrap()).await.status, 404);
}

#[tokio::test]
async fn a_batch_can_be_stopped_by_its_owner() {
    let house = House::new().await;
    let rows: Vec<Value> = (0..30).map(|number| json!({ "name": number })).collect();
    let made = house.post(BATCHES, &json!({ "template": template(), "rows": rows })).await;
    let path = format!("{BATCHES}/{}/stop", made.json["id"].as_str().unwrap());
    let stranger = Request::post(path.as_str()).body(Body::empty()).unwrap();
    assert_eq!(house.send(&house.strangers_token, stranger).await.status, 404);
    let stopped = house.post(&path, &Value::Null).await;
    assert_eq!((stopped.status, &stopped.json["failed"], &stopped.json["waiting"]), (200, &json!(30), &json!(0)));
    assert!(!stopped.json["finished_at"].is_null());
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_is_refused_at_once() {
    let house = House::new().await;
    let mut template = template();
    template["canvas"]["height"] = json!(1_000_000);
    let refused = house.post(BATCHES, &json!({ "template": template, "rows": [{ "name": "Ada" }] })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json["detail"].as_str().unwrap().contains("canvas.height"), "{}", refused.json);
}
