//! What holds for every operation as HTTP.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use doorkit::form_body;

use crate::house::{House, V3, json_request, tiny};

#[tokio::test]
async fn answers_are_json_whatever_is_accepted() {
    let house = House::new().await;
    for accept in ["application/json", "*/*", "text/html", "nonsense", ""] {
        let request = Request::get(format!("{V3}/editor/project")).header("authorization", &house.token);
        let answer = house.send(request.header("accept", accept).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{accept}");
    }
}

#[tokio::test]
async fn a_body_is_read_however_it_is_written() {
    let house = House::new().await;
    let json = json!({"language": "en", "text": "Hi.", "model": "M", "clothes": "B", "isExport": false}).to_string();
    let pairs = "language=en&text=Hi.&model=M&clothes=B&isExport=false";
    let form = String::from_utf8(form_body(&[
        ("name=\"language\"", b"en"),
        ("name=\"text\"", b"Hi."),
        ("name=\"model\"", b"M"),
        ("name=\"clothes\"", b"B"),
        ("name=\"isExport\"", b"false"),
    ]))
    .unwrap();
    for (content_type, body) in [
        (Some("application/json"), json.clone()),
        (Some("Application/JSON; charset=utf-8"), format!(" {json}\n")),
        (Some("text/plain"), json.clone()),
        (None, json.clone()),
        // `curl --data` without a header.
        (Some("application/x-www-form-urlencoded"), json),
        (Some("application/x-www-form-urlencoded"), pairs.to_owned()),
        (Some("multipart/form-data; boundary=b"), form.clone()),
        // Forms that call themselves something else.
        (Some("application/json"), form.clone()),
        (None, form),
    ] {
        let mut request = Request::post(format!("{V3}/simple/video")).header("authorization", &house.token);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = house.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(answer.status, 200, "{content_type:?} {body}: {}", answer.text());
        let film = house.film(&answer.project_id()).await;
        assert_eq!(film.state.name(), "draft", "{content_type:?} {body}");
    }
}

#[tokio::test]
async fn a_form_that_calls_itself_json_is_known_however_it_is_cut() {
    let house = House::new().await;
    let form = form_body(&[
        ("name=\"language\"", b"en"),
        ("name=\"text\"", b"Hi."),
        ("name=\"model\"", b"M"),
        ("name=\"clothes\"", b"B"),
        ("name=\"isExport\"", b"false"),
    ]);
    for n_bytes in [1, 2, 3, 7, 1000] {
        let frames: Vec<_> = form
            .chunks(n_bytes)
            .map(|chunk| Ok::<_, std::io::Error>(axum::body::Bytes::copy_from_slice(chunk)))
            .collect();
        let request = Request::post(format!("{V3}/simple/video"))
            .header("authorization", &house.token)
            .header("content-type", "application/json");
        let answer = house.send(request.body(Body::from_stream(futures::stream::iter(frames))).unwrap()).await;
        answer.project_id();
    }
}

#[tokio::test]
async fn the_host_or_the_prefix_may_be_the_base_of_all_paths() {
    let house = House::new().await;
    let id = house.new_draft(tiny()).await;
    for base in ["/api/odin/v3", "/aistudios/api/odin/v3", "//api/odin//v3", "/aistudios//api/odin/v3"] {
        for end in ["", "/", "//"] {
            let path = format!("{base}/editor/project/{id}{end}");
            let answer = house.send(json_request(&house.token, "GET", &path, &json!({}))).await;
            assert_eq!(answer.json()["data"]["project"]["_id"], json!(id), "{path}");
        }
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let house = House::new().await;
    let request = Request::options(format!("{V3}/editor/project"))
        .header("origin", "https://app.example")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "authorization,content-type");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,DELETE,OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
    let refused = house.send(json_request("", "GET", &format!("{V3}/model"), &json!({}))).await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_head_request_is_a_get_without_its_body() {
    let house = House::new().await;
    let answer = house.call("HEAD", "/editor/project", json!({})).await;
    assert_eq!((answer.status, answer.bytes.len()), (200, 0));
}
