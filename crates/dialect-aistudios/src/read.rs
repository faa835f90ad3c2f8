//! Reading JSON of clients: leniently where the vendor's clients differ, and with the exact place of what is wrong.

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

/// A value and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Node<'v> {
    pub(crate) value: &'v Value,
    pub(crate) path: String,
}

impl<'v> Node<'v> {
    /// Begins at a whole body.
    pub(crate) fn root(value: &'v Value) -> Self {
        Self { value, path: String::new() }
    }

    /// Returns the way to a member.
    pub(crate) fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns a member that is there and not `null`.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { value, path: self.path_to(key) })
    }

    /// Returns the first of some members that is there and not `null`.
    pub(crate) fn any(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Blames this value.
    pub(crate) fn wrong(&self, reason: impl Into<String>) -> ApiError {
        ApiError::invalid(self.path.clone(), reason)
    }

    /// Blames a member.
    pub(crate) fn wrong_at(&self, key: &str, reason: impl Into<String>) -> ApiError {
        ApiError::invalid(self.path_to(key), reason)
    }

    /// Returns the members of an object.
    pub(crate) fn object(&self) -> Result<&'v Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.wrong(format!("must be an object, is {}", kind(self.value))))
    }

    /// Returns the items of a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>> {
        let items = self.value.as_array();
        let items = items.ok_or_else(|| self.wrong(format!("must be a list, is {}", kind(self.value))))?;
        Ok(items.iter().enumerate().map(|(i, value)| Self { value, path: format!("{}[{i}]", self.path) }).collect())
    }

    /// Reads text; a number will do.
    pub(crate) fn as_text(&self) -> Result<String> {
        match self.value {
            Value::String(text) => Ok(text.replace('\0', "")),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(self.wrong(format!("must be text, is {}", kind(other)))),
        }
    }

    /// Reads a number; text that holds one will do.
    pub(crate) fn as_number(&self) -> Result<f64> {
        let number = match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| self.wrong(format!("must be a number, is {}", kind(self.value))))
    }

    /// Reads a switch: a boolean, the same as text, 0 or 1.
    pub(crate) fn as_switch(&self) -> Result<bool> {
        let switch = match self.value {
            Value::Bool(switch) => Some(*switch),
            Value::Number(number) if number.as_i64() == Some(0) => Some(false),
            Value::Number(number) if number.as_i64() == Some(1) => Some(true),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        switch.ok_or_else(|| self.wrong(format!("must be true or false, is {}", kind(self.value))))
    }

    /// Reads a member that is text; empty text counts as not given.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>> {
        let text = self.get(key).map(|node| node.as_text()).transpose()?;
        Ok(text.filter(|text| !text.trim().is_empty()))
    }

    /// Reads text that must be there, under the first of some names.
    pub(crate) fn required_text(&self, keys: &[&str]) -> Result<String> {
        for key in keys {
            if let Some(text) = self.text(key)? {
                return Ok(text);
            }
        }
        Err(self.wrong_at(keys.first().copied().unwrap_or_default(), "is required"))
    }

    /// Reads a member that is a number; empty text counts as not given.
    pub(crate) fn number(&self, key: &str) -> Result<Option<f64>> {
        let is_empty = |node: &Self| node.value.as_str().is_some_and(|text| text.trim().is_empty());
        self.get(key).filter(|node| !is_empty(node)).map(|node| node.as_number()).transpose()
    }

    /// Reads a member that is a switch.
    pub(crate) fn switch(&self, key: &str) -> Result<Option<bool>> {
        let is_empty = |node: &Self| node.value.as_str().is_some_and(|text| text.trim().is_empty());
        self.get(key).filter(|node| !is_empty(node)).map(|node| node.as_switch()).transpose()
    }

    /// Reads a member that is a list; nothing for one that is not there.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Self>> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| node.items())
    }
}

/// Names the kind of a value, for people.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_way() {
        let body = json!({"scenes": [{"clips": [{"top": "x", "text": [], "fill": {}, "on": 2}]}]});
        let scenes = Node::root(&body).list("scenes").unwrap();
        let clips = scenes[0].list("clips").unwrap();
        let clip = &clips[0];
        let told = |result: Result<()>| match result {
            Err(ApiError::Invalid { path, reason }) => format!("{path}: {reason}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(clip.number("top").map(drop)), "scenes[0].clips[0].top: must be a number, is text");
        assert_eq!(told(clip.text("text").map(drop)), "scenes[0].clips[0].text: must be text, is a list");
        assert_eq!(told(clip.switch("on").map(drop)), "scenes[0].clips[0].on: must be true or false, is a number");
        assert_eq!(told(clip.list("fill").map(drop)), "scenes[0].clips[0].fill: must be a list, is an object");
        assert_eq!(told(clip.required_text(&["label"]).map(drop)), "scenes[0].clips[0].label: is required");
    }

    #[test]
    fn numbers_texts_and_switches_stand_for_each_other() {
        let body = json!({"a": "1.5", "b": 7, "c": "true", "d": 0, "e": null, "f": "", "g": "1080"});
        let root = Node::root(&body);
        assert_eq!((root.number("a").unwrap(), root.number("b").unwrap()), (Some(1.5), Some(7.0)));
        assert_eq!((root.text("b").unwrap().as_deref(), root.text("f").unwrap()), (Some("7"), None));
        assert_eq!((root.switch("c").unwrap(), root.switch("d").unwrap()), (Some(true), Some(false)));
        assert_eq!(
            (root.number("e").unwrap(), root.number("f").unwrap(), root.switch("f").unwrap()),
            (None, None, None)
        );
        assert_eq!(root.number("g").unwrap(), Some(1080.0));
    }
}
