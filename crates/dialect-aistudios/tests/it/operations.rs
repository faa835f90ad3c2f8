//! The operations that the document lists, with something in the places of their ids.

use serde_json::{Value, json};

/// One documented operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Whether it takes a token.
    pub(crate) is_guarded: bool,
}

impl Operation {
    /// Lists all of them.
    pub(crate) fn all() -> Vec<Self> {
        let document = serde_json::to_value(dialect_aistudios::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let mut all = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                let is_guarded = operation["security"].get(0).is_some();
                all.push(Self { method: method.to_uppercase(), path: path.clone(), is_guarded });
            }
        }
        assert!(all.len() >= 30, "{all:?}");
        all
    }

    /// Lists those that take a token.
    pub(crate) fn guarded() -> Vec<Self> {
        Self::all().into_iter().filter(|operation| operation.is_guarded).collect()
    }

    /// Tells whether the path names something.
    pub(crate) fn takes_id(&self) -> bool {
        self.path.contains('{')
    }

    /// Puts the same value everywhere.
    pub(crate) fn path_with_all(&self, value: &str) -> String {
        let mut path = String::new();
        for (index, piece) in self.path.split('{').enumerate() {
            match piece.split_once('}') {
                Some((_, rest)) if index > 0 => path.extend([value, rest]),
                _ => path.push_str(piece),
            }
        }
        path
    }
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
