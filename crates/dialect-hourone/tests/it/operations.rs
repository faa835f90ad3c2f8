//! The operations that the document lists, with something in the places of their ids.

use doorkit::Operation;
use serde_json::Value;

/// Lists all of them.
pub(crate) fn all() -> Vec<Operation> {
    let document = serde_json::to_value(dialect_hourone::openapi()).unwrap();
    let all = Operation::all(&document);
    assert!(all.len() >= 40, "{all:?}");
    all
}

/// Lists those that take a key.
pub(crate) fn guarded() -> Vec<Operation> {
    all().into_iter().filter(|operation| operation.is_guarded).collect()
}

/// A body that every operation that takes one can read something in.
pub(crate) fn busy_body() -> Value {
    serde_json::json!({
        "name": "n", "source_draft_id": "65a0c0ffee00000000000001", "url": "https://hooks.example/x", "events": ["video.ready"],
        "language_code": "en", "transcript": "Hi.", "draft_id": "65a0c0ffee00000000000001",
    })
}
