//! The operations that an OpenAPI document lists, with something in the places of their ids.

use serde_json::Value;

/// One documented operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// With the names of ids in braces.
    pub path: String,
    /// Whether it takes a token or a key.
    pub is_guarded: bool,
}

impl Operation {
    /// Lists those of a document.
    ///
    /// # Panics
    ///
    /// If it is no OpenAPI document.
    pub fn all(document: &Value) -> Vec<Self> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().expect("a document with paths") {
            for (method, operation) in item.as_object().expect("a path with operations") {
                let is_guarded = operation["security"].get(0).is_some();
                all.push(Self { method: method.to_uppercase(), path: path.clone(), is_guarded });
            }
        }
        all
    }

    /// Tells whether the path names something.
    pub fn takes_id(&self) -> bool {
        self.path.contains('{')
    }

    /// Puts values in the places of ids.
    ///
    /// # Panics
    ///
    /// If an id is left.
    pub fn path_with(&self, values: &[(&str, String)]) -> String {
        let put = |path: String, (name, value): &(&str, String)| path.replace(&format!("{{{name}}}"), value);
        let path = values.iter().fold(self.path.clone(), put);
        assert!(!path.contains('{'), "{path}");
        path
    }

    /// Puts the same value everywhere.
    pub fn path_with_all(&self, value: &str) -> String {
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
