//! What holds for every operation as HTTP.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use doorkit::form_body;

use crate::house::House;

const BUCKETS: &str = "/api/buckets";

#[tokio::test]
async fn answers_are_json_whatever_is_accepted() {
    let house = House::new().await;
    for accept in ["application/json", "*/*", "text/html", "nonsense", ""] {
        let request = Request::get(BUCKETS).header("authorization", format!("Bearer {}", house.token));
        let answer = house.send(request.header("accept", accept).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{accept}");
    }
}

#[tokio::test]
async fn a_body_is_read_however_it_is_written() {
    let house = House::new().await;
    let form = form_body(&[
        ("name=\"name\"", b"n"),
        ("name=\"region\"", b"r"),
        ("name=\"type\"", b"File"),
        ("name=\"labels[]\"", b"a"),
    ]);
    let bodies: [(Option<&str>, Vec<u8>); 7] = [
        (Some("application/json"), br#"{"name":"n","region":"r","type":"File","labels":["a"]}"#.to_vec()),
        (
            Some("Application/JSON; charset=utf-8"),
            br#" {"name":"n","region":"r","type":"File","labels":"a"} "#.to_vec(),
        ),
        (Some("multipart/form-data; boundary=b"), form),
        (Some("application/x-www-form-urlencoded"), b"name=n&region=r&type=File&labels[]=a".to_vec()),
        (Some("application/x-www-form-urlencoded; charset=utf-8"), b"name=n&region=r&type=File&labels=a".to_vec()),
        // `curl --data` without a header, and a library that names nothing.
        (
            Some("application/x-www-form-urlencoded"),
            br#"{"name":"n","region":"r","type":"File","labels":["a"]}"#.to_vec(),
        ),
        (None, br#"{"name":"n","region":"r","type":"File","labels":["a"]}"#.to_vec()),
    ];
    for (content_type, body) in bodies {
        let mut request = Request::post(BUCKETS).header("authorization", format!("Bearer {}", house.token));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 201, "{content_type:?} {shown}: {}", answer.text());
        let data = answer.json()["data"].clone();
        assert_eq!((&data["name"], &data["labels"]), (&json!("n"), &json!(["a"])), "{content_type:?} {shown}");
    }
}

#[tokio::test]
async fn slashes_at_the_seams_of_a_path_do_not_matter() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    for path in ["//api/buckets/1", "/api//buckets/1/", "/api/buckets//1//?x=//"] {
        assert_eq!(house.get(path).await.json()["data"]["id"], 1, "{path}");
    }
    let page = house.get("//api//buckets/1/files/").await.json();
    assert_eq!(page["meta"]["path"], "http://localhost:8080/api/buckets/1/files");
}

#[tokio::test]
async fn links_have_the_scheme_and_host_that_the_client_used() {
    let house = House::new().await;
    for (host, proto, expected) in [
        ("api.example:8080", None, "http://api.example:8080/api/buckets"),
        ("api.example", Some("https"), "https://api.example/api/buckets"),
        ("api.example", Some("HTTPS, http"), "https://api.example/api/buckets"),
        ("api.example", Some("http"), "http://api.example/api/buckets"),
        ("api.example", Some("javascript"), "http://api.example/api/buckets"),
    ] {
        let request = Request::get(BUCKETS).header("authorization", format!("Bearer {}", house.token));
        let mut request = request.header("host", host);
        if let Some(proto) = proto {
            request = request.header("x-forwarded-proto", proto);
        }
        let page = house.send(request.body(Body::empty()).unwrap()).await.json();
        assert_eq!(page["meta"]["path"], expected);
    }
    // HTTP/2 has the host in the request's target.
    let request =
        Request::get("http://h2.example/api/buckets").header("authorization", format!("Bearer {}", house.token));
    let page = house.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(page["links"]["first"], "http://h2.example/api/buckets?page=1");
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let house = House::new().await;
    let request = Request::options("/api/buckets/1/files/1")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "authorization,content-type");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,PUT,DELETE,OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
    let refused = house.send(Request::get(BUCKETS).body(Body::empty()).unwrap()).await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_head_request_is_a_get_without_its_body() {
    let house = House::new().await;
    let answer = house.ask("HEAD", BUCKETS).await;
    assert_eq!((answer.status, answer.bytes.len()), (200, 0));
}
