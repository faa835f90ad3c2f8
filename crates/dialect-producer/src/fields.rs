//! The members of a request body, read as leniently as the vendor's own clients need.
//!
//! Vendor quirk: the published SDKs send the literal `false` for every number that was not set, and `null` or `""` for
//! text; all three mean "not given", for every member. Members that nobody asked for are ignored.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::error::ApiError;

type Result<T> = std::result::Result<T, ApiError>;

/// Longest identifier that is looked up, in bytes; ours have 36.
const ID_BYTES_MAX: usize = 128;

/// The members of a request body.
#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Returns a member that was really given.
    pub(crate) fn given(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
    }

    /// Reads text.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::bad(name)),
        }
    }

    /// Reads an identifier: text that some row could have as its id.
    pub(crate) fn id(&self, name: &'static str) -> Result<Option<&str>> {
        let text = self.text(name)?;
        match text {
            Some(text) if !is_id(text) => Err(ApiError::bad(name)),
            _ => Ok(text),
        }
    }

    /// Reads an identifier that must be there.
    pub(crate) fn required_id(&self, name: &'static str) -> Result<&str> {
        self.id(name)?.ok_or(ApiError::bad(name))
    }

    /// Reads a list of identifiers; one that cannot be an id is kept, and found by nobody.
    pub(crate) fn ids(&self, name: &'static str, n_max: usize) -> Result<Option<Vec<&str>>> {
        let list = match self.given(name) {
            None => return Ok(None),
            Some(Value::Array(list)) if list.len() <= n_max => list,
            Some(_) => return Err(ApiError::bad(name)),
        };
        let ids = list.iter().map(|id| id.as_str().ok_or(ApiError::bad(name)));
        ids.collect::<Result<_>>().map(Some)
    }

    /// Reads a switch; the words `"true"` and `"false"` count, since form-like clients send them.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool> {
        match self.given(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(ApiError::bad(name)),
        }
    }

    /// Reads a number within `range`.
    pub(crate) fn number(&self, name: &'static str, range: RangeInclusive<f64>) -> Result<Option<f64>> {
        match self.given(name) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) if range.contains(&number) => Ok(Some(number)),
                _ => Err(ApiError::bad(name)),
            },
        }
    }

    /// Reads a whole number from zero up, stopping at `max`.
    pub(crate) fn count(&self, name: &'static str, max: u32) -> Result<Option<u32>> {
        match self.given(name) {
            None => Ok(None),
            Some(value) => {
                let count = value.as_u64().ok_or(ApiError::bad(name))?;
                Ok(Some(u32::try_from(count).map_or(max, |count| count.min(max))))
            }
        }
    }
}

/// Tells whether some row could have this id; databases refuse control characters in text.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_BYTES_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(members) => Fields::new(members),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn false_null_and_nothing_are_the_same() {
        for value in [json!({}), json!({"x": null}), json!({"x": false}), json!({"x": ""})] {
            let fields = fields(value);
            assert_eq!(fields.text("x"), Ok(None));
            assert_eq!(fields.id("x"), Ok(None));
            assert_eq!(fields.ids("x", 1), Ok(None));
            assert_eq!(fields.flag("x"), Ok(false));
            assert_eq!(fields.number("x", 0.0..=1.0), Ok(None));
            assert_eq!(fields.count("x", 1), Ok(None));
        }
    }

    #[test]
    fn limits_hold_at_the_limit_and_fail_one_past_it() {
        let fits = fields(json!({"id": "x".repeat(ID_BYTES_MAX), "n": 1, "ids": ["a", "a"]}));
        assert!(fits.required_id("id").is_ok());
        assert_eq!(fits.number("n", 0.0..=1.0), Ok(Some(1.0)));
        assert_eq!(fits.ids("ids", 2), Ok(Some(vec!["a", "a"])));
        let exceeds = fields(json!({"id": "x".repeat(ID_BYTES_MAX + 1), "n": 1.01, "ids": ["a"]}));
        assert_eq!(exceeds.required_id("id"), Err(ApiError::bad("id")));
        assert_eq!(exceeds.number("n", 0.0..=1.0), Err(ApiError::bad("n")));
        assert_eq!(exceeds.ids("ids", 0), Err(ApiError::bad("ids")));
    }

    #[test]
    fn what_has_another_type_is_invalid() {
        let fields = fields(json!({"x": {"y": 1}, "id": "a\u{0}b", "n": -1}));
        assert_eq!(fields.text("x"), Err(ApiError::bad("x")));
        assert_eq!(fields.flag("x"), Err(ApiError::bad("x")));
        assert_eq!(fields.ids("x", 9), Err(ApiError::bad("x")));
        assert_eq!(fields.number("x", 0.0..=1.0), Err(ApiError::bad("x")));
        assert_eq!(fields.id("id"), Err(ApiError::bad("id")));
        assert_eq!(fields.count("n", 9), Err(ApiError::bad("n")));
    }

    #[test]
    fn switches_are_read_from_words_too() {
        let fields = fields(json!({"a": true, "b": "True", "c": "false", "d": "maybe", "e": 1}));
        assert_eq!(fields.flag("a"), Ok(true));
        assert_eq!(fields.flag("b"), Ok(true));
        assert_eq!(fields.flag("c"), Ok(false));
        assert_eq!(fields.flag("d"), Err(ApiError::bad("d")));
        assert_eq!(fields.flag("e"), Err(ApiError::bad("e")));
    }
}
