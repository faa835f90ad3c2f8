//! Members of JSON bodies and of queries, read as the vendor's framework reads them.
//!
//! `null` is as good as absent where a member is optional; numbers and truth values are texts where a text is wanted. What is wrong
//! is noted, and reading goes on, so that one answer tells all faults.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use url::Url;

use crate::calendar::Day;
use crate::problems::{Fault, Loc, Problems};

/// Longest URL, in characters.
pub(crate) const URL_CHARS_MAX: usize = 4096;
/// Longest id, name and other short text, in characters.
pub(crate) const SHORT_CHARS_MAX: usize = 400;

/// How long a text may be, in characters.
pub(crate) type Length = RangeInclusive<usize>;
/// Ids and names.
pub(crate) const SHORT: Length = 0..=SHORT_CHARS_MAX;

/// A JSON object at some place of a request.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    members: &'a Map<String, Value>,
    loc: Vec<Loc>,
    problems: &'a Problems,
}

/// An item of a list.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    value: &'a Value,
    loc: Vec<Loc>,
    problems: &'a Problems,
}

impl<'a> Object<'a> {
    /// The whole of a body or query; `place` is the first step of the way to its members.
    pub(crate) fn whole(members: &'a Map<String, Value>, place: &str, problems: &'a Problems) -> Self {
        Self { members, loc: vec![place.into()], problems }
    }

    /// Notes a fault of the object itself.
    pub(crate) fn blame_whole(&self, fault: Fault) {
        self.problems.add(&self.loc, fault);
    }

    /// Notes a fault of a member.
    pub(crate) fn blame(&self, name: &str, fault: Fault) {
        self.problems.add(&self.at(name), fault);
    }

    /// Tells whether a member is there and not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    fn at(&self, name: &str) -> Vec<Loc> {
        let mut loc = self.loc.clone();
        loc.push(name.into());
        loc
    }

    fn item(&self, name: &str) -> Option<Item<'a>> {
        let value = self.members.get(name).filter(|value| !value.is_null())?;
        Some(Item { value, loc: self.at(name), problems: self.problems })
    }

    fn required(&self, name: &str) -> Option<Item<'a>> {
        self.require(name);
        self.item(name)
    }

    /// Notes a fault where a member is not there.
    pub(crate) fn require(&self, name: &str) {
        match self.members.get(name) {
            None => self.blame(name, Fault::missing()),
            Some(Value::Null) => self.blame(name, Fault::null()),
            Some(_) => {}
        }
    }

    /// Reads a text.
    pub(crate) fn text(&self, name: &str, length: Length) -> Option<String> {
        self.item(name)?.text(length)
    }

    /// Reads an optional id; an empty one is none.
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.text(name, SHORT).filter(|id| !id.is_empty())
    }

    /// Reads a text that must be there; an empty one stands for it where it is not, and the fault is noted.
    pub(crate) fn required_text(&self, name: &str, length: Length) -> String {
        self.required(name).and_then(|item| item.text(length)).unwrap_or_default()
    }

    /// Reads an address of the web.
    pub(crate) fn url(&self, name: &str) -> Option<String> {
        self.item(name)?.url()
    }

    /// Reads a list of `counts` items.
    pub(crate) fn list(&self, name: &str, counts: RangeInclusive<usize>) -> Option<Vec<Item<'a>>> {
        self.item(name)?.list(&counts)
    }

    /// Reads a list that must be there.
    pub(crate) fn required_list(&self, name: &str, counts: RangeInclusive<usize>) -> Vec<Item<'a>> {
        self.required(name).and_then(|item| item.list(&counts)).unwrap_or_default()
    }

    /// Reads an object with any members.
    pub(crate) fn dict(&self, name: &str) -> Option<Map<String, Value>> {
        let item = self.item(name)?;
        let Some(members) = item.value.as_object() else {
            self.blame(name, Fault::no_dict());
            return None;
        };
        Some(members.clone())
    }

    /// Reads a whole number.
    pub(crate) fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let item = self.item(name)?;
        let Some(number) = integer(item.value) else {
            self.blame(name, Fault::no_integer());
            return None;
        };
        if number < *range.start() {
            self.blame(name, Fault::too_small(*range.start()));
            return None;
        }
        if number > *range.end() {
            self.blame(name, Fault::too_large(*range.end()));
            return None;
        }
        Some(number)
    }

    /// Reads one of a few words.
    pub(crate) fn choice(&self, name: &str, choices: &[&'static str]) -> Option<&'static str> {
        self.item(name)?.choice(choices)
    }

    /// Reads one of a few words that must be there.
    pub(crate) fn required_choice(&self, name: &str, choices: &[&'static str]) -> Option<&'static str> {
        self.required(name)?.choice(choices)
    }

    /// Reads a day, `YYYY-MM-DD`.
    pub(crate) fn day(&self, name: &str) -> Option<Day> {
        let item = self.item(name)?;
        let day = item.value.as_str().and_then(Day::parse);
        if day.is_none() {
            self.blame(name, Fault::no_date());
        }
        day
    }
}

impl<'a> Item<'a> {
    pub(crate) fn blame(&self, fault: Fault) {
        self.problems.add(&self.loc, fault);
    }

    fn refuse<T>(&self, fault: Fault) -> Option<T> {
        self.blame(if self.value.is_null() { Fault::null() } else { fault });
        None
    }

    /// Reads an object.
    pub(crate) fn object(&self) -> Option<Object<'a>> {
        match self.value.as_object() {
            Some(members) => Some(Object { members, loc: self.loc.clone(), problems: self.problems }),
            None => self.refuse(Fault::no_dict()),
        }
    }

    /// Reads a text.
    pub(crate) fn text(&self, length: Length) -> Option<String> {
        let Some(text) = as_text(self.value) else { return self.refuse(Fault::no_text()) };
        // Databases know no such character.
        if text.contains('\0') {
            return self.refuse(Fault::rule("null characters are not allowed"));
        }
        let n_chars = text.chars().count();
        if n_chars < *length.start() {
            return self.refuse(Fault::too_short(*length.start()));
        }
        if n_chars > *length.end() {
            return self.refuse(Fault::too_long(*length.end()));
        }
        Some(text)
    }

    /// Reads an address of the web. Our choice: a placeholder `{{name}}` is one, too, since a workflow fills it in.
    pub(crate) fn url(&self) -> Option<String> {
        let text = self.text(0..=URL_CHARS_MAX)?;
        let text = text.trim();
        if is_placeholder(text) {
            return Some(text.to_owned());
        }
        match check_url(text) {
            Ok(()) => Some(text.to_owned()),
            Err(fault) => self.refuse(fault),
        }
    }

    fn list(&self, counts: &RangeInclusive<usize>) -> Option<Vec<Self>> {
        let Some(values) = self.value.as_array() else { return self.refuse(Fault::no_list()) };
        if values.len() < *counts.start() {
            return self.refuse(Fault::too_few(*counts.start()));
        }
        if values.len() > *counts.end() {
            return self.refuse(Fault::too_many(*counts.end()));
        }
        let item = |(index, value)| {
            let mut loc = self.loc.clone();
            loc.push(Loc::Index(index));
            Self { value, loc, problems: self.problems }
        };
        Some(values.iter().enumerate().map(item).collect())
    }

    /// Reads one of a few words.
    pub(crate) fn choice(&self, choices: &[&'static str]) -> Option<&'static str> {
        let text = self.value.as_str();
        let found = choices.iter().copied().find(|choice| Some(*choice) == text);
        found.or_else(|| self.refuse(Fault::no_choice(choices)))
    }
}

/// Tells whether a text is a whole address of the web.
pub(crate) fn check_url(text: &str) -> Result<(), Fault> {
    let Some((scheme, rest)) = text.split_once("://") else { return Err(Fault::no_scheme()) };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err(Fault::other_scheme());
    }
    // The library takes `http:///x` for `http://x/`.
    let has_host = Url::parse(text).is_ok_and(|url| url.has_host()) && !rest.starts_with(['/', '\\']);
    if has_host { Ok(()) } else { Err(Fault::no_host()) }
}

/// Tells whether a text is a placeholder and nothing else.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    name.is_some_and(|name| !name.trim().is_empty() && !name.contains(['{', '}']))
}

/// Python's `str(value)` of what the framework takes for a text.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}

/// What Python's `int(value)` takes; fractions are cut off.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?.trunc();
            (float.abs() < 9e15).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads every kind of member and returns the faults, as the vendor's framework printed them for the same document.
    fn faults_of(value: &Value) -> Value {
        let problems = Problems::default();
        let object = Object::whole(value.as_object().unwrap(), "body", &problems);
        object.required_text("name", SHORT);
        object.text("t", 1..=3);
        object.integer("ge", 0..=10);
        object.choice("e", &["vtt", "srt"]);
        object.url("url");
        for item in object.list("l", 0..=100).unwrap_or_default() {
            item.text(SHORT);
        }
        object.dict("d");
        object.list("c", 1..=2);
        object.day("dt");
        serde_json::to_value(problems.into_vec()).unwrap()
    }

    #[test]
    fn faults_are_worded_as_by_the_vendors_framework() {
        assert_eq!(
            faults_of(&json!({})),
            json!([{"loc": ["body", "name"], "msg": "field required", "type": "value_error.missing"}])
        );
        assert_eq!(
            faults_of(&json!({"name": null})),
            json!([{"loc": ["body", "name"], "msg": "none is not an allowed value", "type": "type_error.none.not_allowed"}])
        );
        assert_eq!(
            faults_of(&json!({"name": [], "t": "abcd", "ge": 11, "e": "q", "url": "x", "l": "x", "d": [], "c": []})),
            json!([
                {"loc": ["body", "name"], "msg": "str type expected", "type": "type_error.str"},
                {"loc": ["body", "t"], "msg": "ensure this value has at most 3 characters",
                 "type": "value_error.any_str.max_length", "ctx": {"limit_value": 3}},
                {"loc": ["body", "ge"], "msg": "ensure this value is less than or equal to 10",
                 "type": "value_error.number.not_le", "ctx": {"limit_value": 10}},
                {"loc": ["body", "e"], "msg": "value is not a valid enumeration member; permitted: 'vtt', 'srt'",
                 "type": "type_error.enum", "ctx": {"enum_values": ["vtt", "srt"]}},
                {"loc": ["body", "url"], "msg": "invalid or missing URL scheme", "type": "value_error.url.scheme"},
                {"loc": ["body", "l"], "msg": "value is not a valid list", "type": "type_error.list"},
                {"loc": ["body", "d"], "msg": "value is not a valid dict", "type": "type_error.dict"},
                {"loc": ["body", "c"], "msg": "ensure this value has at least 1 items",
                 "type": "value_error.list.min_items", "ctx": {"limit_value": 1}},
            ])
        );
        let second = json!({"name": "", "t": "", "ge": "x", "e": 3, "url": "ftp://x/", "l": [[]], "d": "s",
            "c": ["a", "b", "c"], "dt": "2020-13-40"});
        assert_eq!(
            faults_of(&second),
            json!([
                {"loc": ["body", "t"], "msg": "ensure this value has at least 1 characters",
                 "type": "value_error.any_str.min_length", "ctx": {"limit_value": 1}},
                {"loc": ["body", "ge"], "msg": "value is not a valid integer", "type": "type_error.integer"},
                {"loc": ["body", "e"], "msg": "value is not a valid enumeration member; permitted: 'vtt', 'srt'",
                 "type": "type_error.enum", "ctx": {"enum_values": ["vtt", "srt"]}},
                {"loc": ["body", "url"], "msg": "URL scheme not permitted", "type": "value_error.url.scheme",
                 "ctx": {"allowed_schemes": ["http", "https"]}},
                {"loc": ["body", "l", 0], "msg": "str type expected", "type": "type_error.str"},
                {"loc": ["body", "d"], "msg": "value is not a valid dict", "type": "type_error.dict"},
                {"loc": ["body", "c"], "msg": "ensure this value has at most 2 items",
                 "type": "value_error.list.max_items", "ctx": {"limit_value": 2}},
                {"loc": ["body", "dt"], "msg": "invalid date format", "type": "value_error.date"},
            ])
        );
        let third = json!({"name": "", "ge": -1, "url": "http:///x", "dt": "2020-02-30"});
        assert_eq!(
            faults_of(&third),
            json!([
                {"loc": ["body", "ge"], "msg": "ensure this value is greater than or equal to 0",
                 "type": "value_error.number.not_ge", "ctx": {"limit_value": 0}},
                {"loc": ["body", "url"], "msg": "URL host invalid", "type": "value_error.url.host"},
                {"loc": ["body", "dt"], "msg": "invalid date format", "type": "value_error.date"},
            ])
        );
    }

    #[test]
    fn what_the_framework_turns_into_text_is_text() {
        let problems = Problems::default();
        let value = json!({"a": 1.5, "b": true, "c": 7, "d": "\u{0}"});
        let object = Object::whole(value.as_object().unwrap(), "body", &problems);
        assert_eq!(object.text("a", SHORT).as_deref(), Some("1.5"));
        assert_eq!(object.text("b", SHORT).as_deref(), Some("True"));
        assert_eq!(object.text("c", SHORT).as_deref(), Some("7"));
        assert_eq!(object.text("d", SHORT), None);
        assert_eq!(problems.into_vec().len(), 1);
    }

    #[test]
    fn addresses_have_a_scheme_and_a_host() {
        for url in ["https://a.example/x.png", "HTTP://localhost:8080/", "http://[::1]/a?b#c", "https://ü.example/ä"]
        {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in
            ["", "a.png", "/etc/passwd", "file:///etc/passwd", "data:image/png,x", "http://", "http:///a", "http:\\x"]
        {
            assert!(check_url(url).is_err(), "{url}");
        }
        assert!(is_placeholder("{{ photo }}"));
        for text in ["{{}}", "{{a}}/../{{b}}", "x{{a}}", "{{a}} "] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
