//! The members of a request, from JSON, a form or a query, read as leniently as the vendor's framework reads them.
//!
//! Numbers may come as text and texts as numbers; `null` and, but for texts, `""` mean "not given"; lists may come as JSON, as
//! JSON in text, joined with commas, or as `name[]` of a form. Members that nobody asked for are ignored.
//!
//! A reader that finds something wrong notes it and returns a value that nobody will see: [`Fields::end`] fails with all of it.

use std::ops::RangeInclusive;

use engine::recognition::UserDefined;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::{ApiError, Problems};

/// Most entries of a list.
pub(crate) const ENTRIES_MAX: usize = 1000;

/// The members of a request, and what was found wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    members: Map<String, Value>,
    problems: Problems,
}

impl Fields {
    /// Reads a JSON object.
    pub(crate) fn of_json(bytes: &[u8]) -> Result<Self, ApiError> {
        // The parser refuses what is nested deeper than 128 levels.
        let members = serde_json::from_slice(bytes)
            .map_err(|error| ApiError::invalid("body", format!("Send one JSON object; this is none: {error}.")))?;
        Ok(Self { members, problems: Problems::default() })
    }

    /// Reads a query, or a body of the type `application/x-www-form-urlencoded`.
    pub(crate) fn of_query(text: &str) -> Self {
        Self::of_pairs(form_urlencoded::parse(text.as_bytes()).into_owned())
    }

    /// Collects names and texts of a form; `name[]` and `name[key]` make lists and objects.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut members = Map::new();
        for (name, text) in pairs {
            insert(&mut members, name, Value::String(text));
        }
        Self { members, problems: Problems::default() }
    }

    /// Notes what is wrong; the text says what to do.
    pub(crate) fn blame(&mut self, name: &str, what_to_do: impl Into<String>) {
        self.problems.add(name, what_to_do);
    }

    /// Fails if anything was wrong.
    pub(crate) fn end(self) -> Result<(), ApiError> {
        self.problems.check()
    }

    /// Tells whether a member is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Returns a member that is neither `null` nor empty text.
    fn given(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// Tells whether a member is there and neither `null` nor empty text.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// Reads text; empty text counts as not given.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = match self.given(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match text {
            Some(text) if text.contains('\0') => self.blame(name, "Leave the character U+0000 out."),
            Some(text) => return Some(text),
            None => self.blame(name, "Send text."),
        }
        None
    }

    /// Reads text that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> String {
        self.require(name);
        self.text(name).unwrap_or_default()
    }

    /// Reads a whole number that must be there.
    pub(crate) fn required_whole(&mut self, name: &str, range: RangeInclusive<i64>) -> i64 {
        self.require(name);
        self.whole(name, range).unwrap_or_default()
    }

    fn require(&mut self, name: &str) {
        if !self.is_given(name) {
            self.blame(name, format!("Send a `{name}`."));
        }
    }

    /// Reads one of some words.
    pub(crate) fn word(&mut self, name: &str, words: &[&str]) -> Option<String> {
        let text = self.text(name)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        self.blame(name, format!("Send one of `{}`.", words.join("`, `")));
        None
    }

    /// Reads a whole number.
    pub(crate) fn whole(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let number = match self.given(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.blame(name, format!("Send a whole number from {} to {}.", range.start(), range.end()));
        }
        number
    }

    /// Reads a switch: 0 or 1, or the words of JSON.
    pub(crate) fn switch(&mut self, name: &str) -> Option<bool> {
        let switch = match self.given(name)? {
            Value::Bool(switch) => Some(*switch),
            Value::Number(number) => number.as_i64().and_then(switch_of_number),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                text => text.parse().ok().and_then(switch_of_number),
            },
            _ => None,
        };
        if switch.is_none() {
            self.blame(name, "Send 0 or 1.");
        }
        switch
    }

    /// Reads a count from 1 up, or nothing where there is none to be read; stops at the greatest.
    pub(crate) fn lenient_count(&self, name: &str) -> Option<u32> {
        let text = match self.given(name)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let count = is_whole.then(|| text.parse().unwrap_or(u32::MAX));
        count.filter(|count| *count > 0)
    }

    /// Reads text as the caller wrote it in a query, without any check.
    pub(crate) fn lenient_text(&self, name: &str) -> Option<&str> {
        match self.given(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a list of texts and numbers.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let empty = Value::String(String::new());
        // Unlike a number or a word, a list may be set to nothing.
        let given = self.members.get(name).filter(|value| !value.is_null())?;
        let entries = match given {
            Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
            Value::String(text) => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Some(words.map(|word| Value::String(word.to_owned())).collect())
            }
            Value::Array(entries) => Some(entries.clone()),
            number @ Value::Number(_) => Some(vec![number.clone()]),
            _ => None,
        };
        let entries = entries.filter(|entries: &Vec<Value>| entries.len() <= ENTRIES_MAX);
        let texts = entries.and_then(|entries| {
            let texts = entries.into_iter().filter(|entry| *entry != empty).map(|entry| match entry {
                Value::String(text) if !text.contains('\0') => Some(text),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
            texts.collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            self.blame(name, format!("Send a list of at most {ENTRIES_MAX} texts or numbers."));
        }
        texts
    }

    /// Reads an object, or text that has one in JSON; `""` and the empty list, which PHP writes for an empty object, are empty ones.
    pub(crate) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let object = match self.members.get(name)? {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => Some(Map::new()),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(Value::Object(object)) => Some(object),
                Ok(Value::Array(list)) if list.is_empty() => Some(Map::new()),
                Ok(Value::Null) => return None,
                _ => None,
            },
            Value::Object(object) => Some(object.clone()),
            Value::Array(list) if list.is_empty() => Some(Map::new()),
            _ => None,
        };
        if object.is_none() {
            self.blame(name, "Send a JSON object, as such or as text.");
        }
        object
    }

    /// Reads the caller's own values of a row.
    pub(crate) fn user_defined(&mut self) -> Option<UserDefined> {
        self.object("user_defined").map(UserDefined)
    }
}

fn switch_of_number(number: i64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Puts a value where `name`, `name[]`, `name[3]` or `name[key]` says; of equal names the last one counts.
fn insert(members: &mut Map<String, Value>, name: String, value: Value) {
    let Some((name, key)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) else {
        members.insert(name, value);
        return;
    };
    let is_index = key.bytes().all(|byte| byte.is_ascii_digit());
    let fresh = || if is_index { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    match members.entry(name).or_insert_with(fresh) {
        Value::Array(list) if is_index => list.push(value),
        Value::Object(object) => {
            object.insert(key.to_owned(), value);
        }
        // A member cannot be two things; the first stands.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        Fields::of_json(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn numbers_and_texts_stand_for_each_other() {
        let mut fields = fields(&json!({"a": 7, "b": "7", "c": " 7 ", "d": 1, "e": "0", "f": true, "g": "False"}));
        assert_eq!(fields.text("a").as_deref(), Some("7"));
        assert_eq!((fields.whole("b", 0..=9), fields.whole("c", 7..=7)), (Some(7), Some(7)));
        assert_eq!((fields.switch("d"), fields.switch("e")), (Some(true), Some(false)));
        assert_eq!((fields.switch("f"), fields.switch("g")), (Some(true), Some(false)));
        fields.end().unwrap();
    }

    #[test]
    fn what_is_not_given_is_no_problem() {
        for value in [json!({}), json!({"x": null}), json!({"x": ""}), json!({"x": " "})] {
            let mut fields = fields(&value);
            assert_eq!((fields.text("x"), fields.word("x", &["a"])), (None, None));
            assert_eq!((fields.whole("x", 0..=1), fields.switch("x")), (None, None));
            fields.end().unwrap();
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut fields = fields(&json!({"a": [], "b": 10, "c": 2, "d": "x", "e": {"y": 1}, "f": "[]]", "g": "a\u{0}"}));
        fields.text("a");
        fields.whole("b", 0..=9);
        fields.switch("c");
        fields.word("d", &["a", "b"]);
        fields.list("e");
        fields.object("f");
        fields.text("g");
        fields.required_text("h");
        let Err(ApiError::Invalid(problems)) = fields.end() else { unreachable!("there are problems") };
        let shown = format!("{problems:?}");
        for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            assert!(shown.contains(&format!("\"{name}\": [")), "{name}: {shown}");
        }
    }

    #[test]
    fn lists_come_in_every_form() {
        let expected = Some(vec!["1".to_owned(), "b".to_owned()]);
        for value in [json!([1, "b"]), json!("1,b"), json!(" 1 , b,"), json!("[1,\"b\"]"), json!(["1", "", "b"])] {
            assert_eq!(fields(&json!({"x": value})).list("x"), expected, "{value}");
        }
        for query in ["x[]=1&x[]=b", "x[0]=1&x[1]=b", "x=1,b", "x%5B%5D=1&x%5B%5D=b"] {
            assert_eq!(Fields::of_query(query).list("x"), expected, "{query}");
        }
        assert_eq!(fields(&json!({"x": []})).list("x"), Some(Vec::new()));
        assert_eq!(fields(&json!({"x": ""})).list("x"), Some(Vec::new()));
        assert_eq!(fields(&json!({"x": null})).list("x"), None);
        let long = json!({"x": vec![1; ENTRIES_MAX + 1]});
        assert!(fields(&long).list("x").is_none());
    }

    #[test]
    fn objects_come_as_such_as_text_and_as_phps_empty_list() {
        let one = json!({"k": 1}).as_object().cloned();
        for value in [json!({"k": 1}), json!("{\"k\": 1}")] {
            assert_eq!(fields(&json!({"x": value})).object("x"), one);
        }
        for value in [json!({}), json!([]), json!("{}"), json!("[]"), json!("")] {
            assert_eq!(fields(&json!({"x": value})).object("x"), Some(Map::new()), "{value}");
        }
        for value in [json!(null), json!("null")] {
            assert_eq!(fields(&json!({"x": value})).object("x"), None, "{value}");
        }
        let mut form = Fields::of_query("x[k]=1&x[l]=2");
        assert_eq!(form.object("x"), json!({"k": "1", "l": "2"}).as_object().cloned());
        for value in [json!(1), json!("x"), json!([1]), json!("[1]"), json!(true)] {
            assert!(fields(&json!({"x": value})).end().is_ok());
            let mut fields = fields(&json!({"x": value}));
            fields.object("x");
            assert!(fields.end().is_err(), "{value}");
        }
    }

    #[test]
    fn only_an_object_is_a_body() {
        for body in ["", "[]", "1", "\"x\"", "null", "{", "{\"a\":1}}", &format!("{{\"a\":{}", "[".repeat(200))] {
            assert!(Fields::of_json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
