//! The committed OpenAPI document is the one that the types describe, and `/api/schema/` serves it as OpenAPI 3.0.3.
//!
//! `PHONOSCOPE_UPDATE_OPENAPI=1 cargo test -p dialect-spiritme` rewrites it.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::house::House;
use crate::operations::Operation;

/// The operations of the vendor's page.
const OPERATIONS: [&str; 23] = [
    "avatars_list",
    "batch_video_templates_create",
    "batch_video_templates_list",
    "batch_video_templates_retrieve",
    "batch_videos_create",
    "batch_videos_list",
    "batch_videos_retrieve",
    "files_children_list",
    "files_create",
    "files_destroy",
    "files_list",
    "files_retrieve",
    "schema_retrieve",
    "tts_languages_list",
    "tts_voices_list",
    "users_current_destroy",
    "users_current_retrieve",
    "videos_create",
    "videos_destroy",
    "videos_list",
    "videos_publish_create",
    "videos_retrieve",
    "videos_update",
];

#[test]
fn every_operation_of_the_vendor_is_there() {
    let mut ids: Vec<String> = Operation::all().into_iter().map(|operation| operation.id).collect();
    ids.sort();
    assert_eq!(ids, OPERATIONS);
}

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut current = dialect_spiritme::openapi().to_pretty_json().unwrap();
    current.push('\n');
    if std::env::var_os("PHONOSCOPE_UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "openapi.json is out of date; PHONOSCOPE_UPDATE_OPENAPI=1 rewrites it");
}

#[test]
fn every_operation_lists_its_errors_and_has_a_text() {
    let document = serde_json::to_value(dialect_spiritme::openapi()).unwrap();
    for operation in Operation::guarded() {
        let item = &document["paths"][&operation.path][operation.method.to_lowercase()];
        let mut statuses = vec!["401", "403", "406", "429"];
        if operation.has_body {
            statuses.extend(["400", "413", "415"]);
        }
        if operation.path.contains('{') {
            statuses.push("404");
        }
        for status in statuses {
            let content = &item["responses"][status]["content"]["application/json"];
            assert!(content["example"].is_object(), "{operation:?}: {status}");
        }
        assert!(item["summary"].is_string(), "{operation:?}");
    }
}

#[test]
fn the_shape_of_the_document() {
    let document = serde_json::to_value(dialect_spiritme::openapi()).unwrap();
    let mut summary = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = operation["requestBody"]["content"].as_object();
            let body = body.map(|body| body.keys().map(String::as_str).collect::<Vec<_>>().join(" | "));
            let method = method.to_uppercase();
            let statuses = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
            let body = body.unwrap_or_else(|| "nothing".to_owned());
            summary.push(format!("{method} {path}: {body} -> {}", statuses.join(" ")));
        }
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    summary.extend(schemas.iter().map(|(name, schema)| {
        let members = schema["properties"].as_object();
        let members = members.map(|members| members.keys().map(String::as_str).collect::<Vec<_>>());
        let required = schema["required"].as_array().map_or(0, Vec::len);
        format!("{name}: {} ({required} required)", members.unwrap_or_default().join(" "))
    }));
    insta::assert_snapshot!(summary.join("\n"));
}

async fn schema(house: &House, query: &str, accept: Option<&str>) -> (u16, String, String) {
    let mut request = Request::get(format!("/api/schema/{query}"));
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    (answer.status, answer.header("content-type").to_owned(), answer.text())
}

#[tokio::test]
async fn the_schema_is_negotiated() {
    let house = House::new().await;
    let yaml = "application/vnd.oai.openapi; charset=utf-8";
    for (query, accept, content_type) in [
        ("", None, yaml),
        ("", Some("*/*"), yaml),
        ("?format=yaml&lang=de", Some("application/json"), yaml),
        ("", Some("application/vnd.oai.openapi"), yaml),
        ("", Some("application/*"), yaml),
        ("", Some("application/yaml"), "application/yaml"),
        ("?format=json", None, "application/vnd.oai.openapi+json"),
        ("", Some("application/vnd.oai.openapi+json"), "application/vnd.oai.openapi+json"),
        ("", Some("*/*, application/json;q=0.1"), "application/json"),
    ] {
        let (status, found, text) = schema(&house, query, accept).await;
        assert_eq!((status, found.as_str()), (200, content_type), "{query} {accept:?}");
        assert_eq!(text.starts_with('{'), content_type.ends_with("json"), "{query} {accept:?}");
    }
    assert_eq!(schema(&house, "?format=xml", None).await.0, 404);
    assert_eq!(schema(&house, "", Some("text/html")).await.0, 406);
    let answer = house.ask_as("nobody", "GET", "/api/schema/?format=json").await;
    assert_eq!((answer.status, answer.header("content-disposition")), (200, "inline; filename=\"Spiritme API.json\""));
    assert_eq!(house.ask_as("nobody", "POST", "/api/schema/").await.status, 405);
    let answer = house.ask("GET", "/api/swagger/").await;
    assert_eq!((answer.status, answer.header("location")), (302, "../../docs/spiritme/"));
}

/// Lists where a document says what 3.0 does not know.
fn strange(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| strange(item, at, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == "example" {
                    continue;
                }
                let is_strange = match name.as_str() {
                    "type" => !member.is_string() && !member.is_object() || member == "null",
                    "const" | "examples" | "propertyNames" | "contentMediaType" | "$schema" => true,
                    "exclusiveMinimum" | "exclusiveMaximum" => member.is_number(),
                    "$ref" => members.len() > 1,
                    _ => false,
                };
                if is_strange {
                    found.push(format!("{at}/{name}"));
                }
                strange(member, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_schema_is_openapi_3_0_3() {
    let house = House::new().await;
    let document: Value = serde_json::from_str(&schema(&house, "?format=json", None).await.2).unwrap();
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(document["servers"][0]["url"], "https://media.example");
    assert_eq!(document["paths"].as_object().unwrap().len(), 15);
    let mut found = Vec::new();
    strange(&document, "", &mut found);
    assert_eq!(found, [""; 0]);
    let result = &document["components"]["schemas"]["Video"]["properties"]["result"];
    assert_eq!(
        (&result["type"], &result["format"], &result["nullable"]),
        (&"string".into(), &"uri".into(), &true.into())
    );
    for name in ["BatchVideoTemplateNestedRequest", "WebhookNestedRequest"] {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
