//! The operations that the document lists, with something in the places of their ids.

use doorkit::Operation;
use serde_json::{Value, json};

/// Lists all of them.
pub(crate) fn all() -> Vec<Operation> {
    let document = serde_json::to_value(dialect_aistudios::openapi()).unwrap();
    let all = Operation::all(&document);
    assert!(all.len() >= 30, "{all:?}");
    all
}

/// Lists those that take a token.
pub(crate) fn guarded() -> Vec<Operation> {
    all().into_iter().filter(|operation| operation.is_guarded).collect()
}

/// A body that every operation that takes one can read something in.
pub(crate) fn busy_body(id: &str) -> Value {
    json!({
        "name": "n", "projectId": id, "ids": [id], "category": "business", "language": "en", "text": "t", "model": "m",
        "clothes": "c", "url": "https://pages.example/a.html", "scripts": "One.\n\nTwo.", "isExport": false,
        "updates": {"value": [{"sceneIdx": 0, "type": "textImage", "values": {"text": "New"}}]},
        "files": [{"uri": format!("material:{id}")}], "templateId": id,
    })
}
