//! What is wrong with a body's members, nested like the body.

use serde_json::{Map, Value, json};

/// The key of what is wrong with an object as a whole.
pub(crate) const WHOLE: &str = "non_field_errors";

/// A step on the way to a value of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Item { idx: usize, n_items: usize },
}

/// The way to a value of a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    /// Goes on to a member.
    pub(crate) fn member(&self, name: &str) -> Self {
        self.with(Step::Member(name.to_owned()))
    }

    /// Goes on to an item of a list.
    pub(crate) fn item(&self, idx: usize, n_items: usize) -> Self {
        self.with(Step::Item { idx, n_items })
    }

    fn with(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

/// Everything that is wrong with a body, in the order in which it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<(Path, String)>);

impl Problems {
    /// Blames a single member of the body.
    pub(crate) fn of(member: &str, message: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(&Path::default().member(member), message);
        problems
    }

    /// Blames the value at a place; a place that is an object or a list is blamed by [`Self::add_whole`].
    pub(crate) fn add(&mut self, path: &Path, message: impl Into<String>) {
        self.0.push((path.clone(), message.into()));
    }

    /// Blames an object or a list as a whole.
    pub(crate) fn add_whole(&mut self, path: &Path, message: impl Into<String>) {
        self.add(&path.member(WHOLE), message);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the body of the refusal: lists of messages, nested like the request, with `{}` for good items of lists.
    pub(crate) fn to_json(&self) -> Value {
        let mut body = Value::Object(Map::new());
        for (path, message) in &self.0 {
            put(&mut body, &path.0, message);
        }
        body
    }
}

fn put(at: &mut Value, steps: &[Step], message: &str) {
    match steps {
        [] => match at {
            Value::Array(messages) => messages.push(json!(message)),
            other => *other = json!([message]),
        },
        [Step::Member(name), rest @ ..] => {
            if !at.is_object() {
                *at = json!({});
            }
            if let Value::Object(members) = at {
                put(members.entry(name.clone()).or_insert(Value::Null), rest, message);
            }
        }
        [Step::Item { idx, n_items }, rest @ ..] => {
            if !at.is_array() {
                *at = Value::Array(vec![json!({}); *n_items]);
            }
            if let Some(item) = at.get_mut(*idx) {
                put(item, rest, message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_nested_like_the_body() {
        let mut problems = Problems::default();
        let root = Path::default();
        problems.add(&root.member("name"), "blank");
        let voice = root.member("slides").item(1, 3).member("audio_source").member("voice");
        problems.add(&voice.member("id"), "unknown");
        problems.add(&voice.member("id"), "odd");
        problems.add_whole(&root.member("slides").item(1, 3).member("layers"), "no list");
        let expected = json!({
            "name": ["blank"],
            "slides": [{}, {"audio_source": {"voice": {"id": ["unknown", "odd"]}}, "layers": {"non_field_errors": ["no list"]}}, {}]
        });
        assert_eq!(problems.to_json(), expected);
    }

    #[test]
    fn an_item_that_is_nothing_is_a_list_of_messages() {
        let mut problems = Problems::default();
        problems.add(&Path::default().member("slides").item(0, 2), "This field may not be null.");
        assert_eq!(problems.to_json(), json!({"slides": [["This field may not be null."], {}]}));
    }
}
