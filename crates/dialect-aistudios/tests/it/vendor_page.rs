//! The requests of the vendor's page, as its samples send them: only host and token are others.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::House;

const CURL: &str = include_str!("vendor/curl.json");
const NODE: &str = include_str!("vendor/node.json");
const PYTHON: &str = include_str!("vendor/python.json");

/// The name of a sample, the headers that its tool sends, and its body.
type Sample = (&'static str, Vec<(&'static str, &'static str)>, &'static str);

/// What each sample sends.
fn samples() -> [Sample; 3] {
    let json = ("content-type", "application/json");
    [
        ("curl", vec![("user-agent", "curl/8.5.0"), ("accept", "*/*"), json], CURL),
        ("node", vec![("accept", "application/json, text/plain, */*"), ("user-agent", "axios/1.7.2"), json], NODE),
        (
            "python",
            vec![
                ("accept-encoding", "gzip, deflate"),
                ("accept", "*/*"),
                ("user-agent", "python-requests/2.32.3"),
                json,
            ],
            PYTHON,
        ),
    ]
}

async fn create(house: &House, headers: &[(&str, &str)], body: &'static str) -> crate::house::Answer {
    let mut request = Request::post("/api/odin/v3/editor/project").header("authorization", &house.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn every_sample_makes_the_project_that_it_prints() {
    let house = House::new().await;
    for (name, headers, body) in samples() {
        let answer = create(&house, &headers, body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_answer!("create", answer);
        let id = answer.project_id();
        let film = house.film(&id).await;
        assert_eq!((film.state.name(), film.warnings.len()), ("queued", 0), "{name}");
        // Everything that was sent is given back as it was, to the last digit.
        let sent: Value = serde_json::from_str(body).unwrap();
        let project = house.project(&id).await;
        assert_eq!(film.document, sent, "{name}");
        for (key, value) in sent["scenes"][0]["clips"][0].as_object().unwrap() {
            if key != "script" {
                assert_eq!(&project["scenes"][0]["clips"][0][key], value, "{name}: {key}");
            }
        }
        assert!(body.contains("630.2493927359487") && project.to_string().contains("630.2493927359487"));
        assert_eq!(project["scenes"][0]["background"], sent["scenes"][0]["background"], "{name}");
        assert_eq!(house.said(&id).await, ["<p>Hello, this is test video using Api.</p>"], "{name}");
    }
}

#[tokio::test]
async fn what_get_tells_of_the_sample() {
    let house = House::new().await;
    let id = create(&house, &samples()[0].1, CURL).await.project_id();
    assert_answer!("project", house.get(&format!("/editor/project/{id}")).await);
    assert_answer!("progress", house.get(&format!("/editor/progress/{id}")).await);
}

#[tokio::test]
async fn the_page_exchanges_keys_for_a_token_and_uses_it_bare() {
    let house = House::new().await;
    let keys = json!({"appId": format!("studiov3.{}", house.keys.app_id), "userKey": house.keys.user_key});
    let request = Request::post("/api/odin/v3/auth/token").header("content-type", "application/json");
    let answer = house.send(request.body(keys.to_string().into()).unwrap()).await;
    assert_answer!("token", answer);
    let token = answer.json()["data"]["token"].as_str().unwrap().to_owned();
    assert_answer!("auth", house.get_as(&token, "/auth").await);
}
