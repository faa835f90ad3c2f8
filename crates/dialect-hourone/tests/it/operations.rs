//! The operations that the document lists, with something in the places of their ids.

use serde_json::Value;

/// One documented operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Whether it takes a key.
    pub(crate) is_guarded: bool,
}

impl Operation {
    /// Lists all of them.
    pub(crate) fn all() -> Vec<Self> {
        let document = serde_json::to_value(dialect_hourone::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let mut all = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                let is_guarded = operation["security"].get(0).is_some();
                all.push(Self { method: method.to_uppercase(), path: path.clone(), is_guarded });
            }
        }
        assert!(all.len() >= 40, "{all:?}");
        all
    }

    /// Lists those that take a key.
    pub(crate) fn guarded() -> Vec<Self> {
        Self::all().into_iter().filter(|operation| operation.is_guarded).collect()
    }

    /// Tells whether the path names something.
    pub(crate) fn takes_id(&self) -> bool {
        self.path.contains('{')
    }

    /// Puts values in the places of ids.
    pub(crate) fn path_with(&self, values: &[(&str, String)]) -> String {
        let put = |path: String, (name, value): &(&str, String)| path.replace(&format!("{{{name}}}"), value);
        let path = values.iter().fold(self.path.clone(), put);
        assert!(!path.contains('{'), "{path}");
        path
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
pub(crate) fn busy_body() -> Value {
    serde_json::json!({
        "name": "n", "source_draft_id": "65a0c0ffee00000000000001", "url": "https://hooks.example/x", "events": ["video.ready"],
        "language_code": "en", "transcript": "Hi.", "draft_id": "65a0c0ffee00000000000001",
    })
}
