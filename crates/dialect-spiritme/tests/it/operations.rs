//! The operations that the document lists, with something in the places of their ids.

use serde_json::Value;

/// One documented operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Whether it takes a body.
    pub(crate) has_body: bool,
}

impl Operation {
    /// Lists all of them.
    pub(crate) fn all() -> Vec<Self> {
        let document = serde_json::to_value(dialect_spiritme::openapi()).unwrap();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                let has_body = operation["requestBody"].is_object();
                all.push(Self { id, method: method.to_uppercase(), path: path.clone(), has_body });
            }
        }
        assert_eq!(all.len(), 23, "{all:?}");
        all
    }

    /// Lists those that take a token.
    pub(crate) fn guarded() -> Vec<Self> {
        Self::all().into_iter().filter(|operation| operation.id != "schema_retrieve").collect()
    }

    /// Puts a value in the place of the id.
    pub(crate) fn path_with(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }
}

/// A body in which every operation can read something.
pub(crate) fn busy_body() -> Value {
    serde_json::json!({"name": "n", "text": "t", "variables": {}, "slides": [{"audio_source": {"text": "Hi"}, "layers": []}]})
}
