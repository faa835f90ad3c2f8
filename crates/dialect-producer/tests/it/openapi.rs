//! The committed OpenAPI document is the one that the types describe.
//!
//! `PHONOSCOPE_UPDATE_OPENAPI=1 cargo test -p dialect-producer` rewrites it.

use std::path::Path;

use serde_json::Value;

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut current = dialect_producer::openapi().to_pretty_json().unwrap();
    current.push('\n');
    if std::env::var_os("PHONOSCOPE_UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "openapi.json is out of date; PHONOSCOPE_UPDATE_OPENAPI=1 rewrites it");
}

#[test]
fn every_operation_lists_every_error() {
    let document = serde_json::to_value(dialect_producer::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 6);
    for (path, item) in paths {
        let responses = &item["post"]["responses"];
        let mut codes: Vec<&str> = Vec::new();
        for status in ["400", "401", "403", "404", "429", "500", "504"] {
            let examples = &responses[status]["content"]["application/json"]["examples"];
            codes.extend(examples.as_object().unwrap().keys().map(String::as_str));
        }
        assert_eq!(codes.len(), 13, "{path}: {codes:?}");
        assert_eq!(item["post"]["security"][0]["bearer"], Value::Array(Vec::new()));
    }
}

#[test]
fn the_shape_of_the_document() {
    let document = serde_json::to_value(dialect_producer::openapi()).unwrap();
    let mut summary = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let body = item["post"]["requestBody"]["content"].as_object().unwrap();
        let statuses = item["post"]["responses"].as_object().unwrap();
        summary.push(format!(
            "POST {path}: {} -> {}",
            body.keys().map(String::as_str).collect::<Vec<_>>().join(" | "),
            statuses.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
        ));
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    summary.extend(schemas.iter().map(|(name, schema)| {
        let members = schema["properties"].as_object();
        let members = members.map(|members| members.keys().map(String::as_str).collect::<Vec<_>>());
        format!("{name}: {}", members.unwrap_or_default().join(" "))
    }));
    insta::assert_snapshot!(summary.join("\n"));
}
