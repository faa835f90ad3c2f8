//! The committed OpenAPI document is the one that the types describe.
//!
//! `PHONOSCOPE_UPDATE_OPENAPI=1 cargo test -p dialect-aistudios` rewrites it.

use std::path::Path;

use crate::operations;

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut current = dialect_aistudios::openapi().to_pretty_json().unwrap();
    current.push('\n');
    if std::env::var_os("PHONOSCOPE_UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "openapi.json is out of date; PHONOSCOPE_UPDATE_OPENAPI=1 rewrites it");
}

#[test]
fn every_operation_lists_every_error_and_has_a_text() {
    let document = serde_json::to_value(dialect_aistudios::openapi()).unwrap();
    for operation in operations::guarded() {
        let item = &document["paths"][&operation.path][operation.method.to_lowercase()];
        let is_offered = item["tags"][0] != "not offered";
        let statuses: &[&str] =
            if is_offered { &["400", "401", "402", "403", "404", "413", "429", "500"] } else { &["401", "501"] };
        for status in statuses {
            let example = &item["responses"][status]["content"]["application/json"]["example"];
            assert_eq!(example["success"], false, "{operation:?}: {status}");
            assert_eq!(example["error"]["code"], status.parse::<u16>().unwrap() * 10, "{operation:?}");
        }
        assert!(item["summary"].is_string() || item["description"].is_string(), "{operation:?}");
        assert!(item["operationId"].as_str().is_some_and(|id| id.starts_with("aistudios")), "{operation:?}");
    }
}

#[test]
fn the_shape_of_the_document() {
    let document = serde_json::to_value(dialect_aistudios::openapi()).unwrap();
    let mut summary = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = operation["requestBody"]["content"].as_object();
            let body = body.map(|body| body.keys().map(String::as_str).collect::<Vec<_>>().join(" | "));
            let statuses: Vec<&str> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            let (method, body) = (method.to_uppercase(), body.unwrap_or_else(|| "nothing".to_owned()));
            summary.push(format!("{method} {path}: {body} -> {}", statuses.join(" ")));
        }
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    summary.extend(schemas.iter().map(|(name, schema)| {
        let members = schema["properties"].as_object();
        let members = members.map(|members| members.keys().map(String::as_str).collect::<Vec<_>>());
        format!("{name}: {}", members.unwrap_or_default().join(" "))
    }));
    insta::assert_snapshot!(summary.join("\n"));
}
