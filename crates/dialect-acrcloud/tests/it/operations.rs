//! The operations that the document lists, with something in the places of their ids.

use doorkit::Operation;
use serde_json::Value;

/// Lists all of them.
pub(crate) fn all() -> Vec<Operation> {
    let document = serde_json::to_value(dialect_acrcloud::openapi()).unwrap();
    let all = Operation::all(&document);
    assert!(all.len() >= 30, "{all:?}");
    all
}

/// Lists those that take a token.
pub(crate) fn guarded() -> Vec<Operation> {
    all().into_iter().filter(|operation| operation.is_guarded).collect()
}

/// A body that every operation that takes one can read something in.
pub(crate) fn busy_body() -> Value {
    serde_json::json!({
        "name": "n", "title": "t", "region": "r", "type": "File", "audio_type": "linein", "engine": 1, "ids": [1],
        "target_bucket_id": 1, "data_type": "audio_url", "url": "https://your_host.com/page.html", "id": "x",
        "buckets": [],
    })
}
