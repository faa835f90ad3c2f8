//! The members of a body, read as the vendor's framework reads them, in its words.
//!
//! In a form every scalar is text, an empty field that may be left out counts as left out, and where an object or a list is
//! expected, JSON text is read.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::problems::{Path, Problems};

const REQUIRED: &str = "This field is required.";
const NULL: &str = "This field may not be null.";
const BLANK: &str = "This field may not be blank.";
pub(crate) const NO_INTEGER: &str = "A valid integer is required.";
const NO_NUMBER: &str = "A valid number is required.";
const NO_BOOLEAN: &str = "Must be a valid boolean.";
const NO_TEXT: &str = "Not a valid string.";
pub(crate) const NUL: &str = "Null characters are not allowed.";
pub(crate) const EMPTY_LIST: &str = "This list may not be empty.";

/// Whether a member may be missing or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
    Nullable,
}

/// What a body says about a member. What is wrong counts as absent and is noted among the problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given<T> {
    Absent,
    Null,
    Is(T),
}

impl<T> Given<T> {
    /// Returns the value, if there is one.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Tells a change from leaving it as it is: `Some(None)` is null.
    pub(crate) fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Is(value) => Some(Some(value)),
        }
    }

    fn and<U>(self, read: impl FnOnce(T) -> Option<U>) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Is(value) => read(value).map_or(Given::Absent, Given::Is),
        }
    }
}

/// An object of a body.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    members: Cow<'a, Map<String, Value>>,
    /// Whether its scalars are text because they come from a form.
    is_form: bool,
    /// Where it is in the body.
    pub(crate) path: Path,
}

/// A value of a body that is there and not null.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    value: Cow<'a, Value>,
    is_form: bool,
    path: Path,
}

impl<'a> Object<'a> {
    /// Wraps the members of a whole body.
    pub(crate) fn of_body(members: Map<String, Value>, is_form: bool) -> Self {
        Self { members: Cow::Owned(members), is_form, path: Path::default() }
    }

    /// Lists names and values, for objects whose members the caller names.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.members.iter()
    }

    /// Tells whether a member is there, whatever it is.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Tells whether a member says nothing: it is missing, null, or an empty field of a form.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        match self.members.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => self.is_form && text.is_empty(),
            Some(_) => false,
        }
    }

    /// Returns the object as it was sent.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.members.into_owned())
    }

    /// Tells whether a member is a number or text that is no JSON object, rather than an object.
    pub(crate) fn is_scalar(&self, name: &str) -> bool {
        match self.members.get(name) {
            Some(Value::Number(_)) => true,
            Some(Value::String(text)) => !text.trim_start().starts_with('{'),
            _ => false,
        }
    }

    fn take(&self, problems: &mut Problems, name: &str, need: Need) -> Given<Field<'_>> {
        let path = self.path.member(name);
        let is_empty_text = |value: &Value| self.is_form && value.as_str().is_some_and(str::is_empty);
        match (self.members.get(name), need) {
            (None, Need::Required) => problems.add(&path, REQUIRED),
            (Some(Value::Null), Need::Nullable) => return Given::Null,
            (Some(Value::Null), Need::Required | Need::Optional) => problems.add(&path, NULL),
            (Some(value), Need::Nullable) if is_empty_text(value) => return Given::Null,
            (Some(value), Need::Optional) if is_empty_text(value) => {}
            (Some(value), _) => return Given::Is(Field { value: Cow::Borrowed(value), is_form: self.is_form, path }),
            (None, Need::Optional | Need::Nullable) => {}
        }
        Given::Absent
    }

    /// Reads text of at most `chars_max` characters.
    pub(crate) fn text(&self, problems: &mut Problems, name: &str, need: Need, chars_max: usize) -> Given<String> {
        self.take(problems, name, need).and(|field| field.text(problems, chars_max))
    }

    /// Reads a whole number.
    pub(crate) fn integer(&self, problems: &mut Problems, name: &str, need: Need) -> Given<i64> {
        self.take(problems, name, need).and(|field| match integer_of(&field.value) {
            Some(number) => Some(number),
            None => field.blame(problems, NO_INTEGER),
        })
    }

    /// Reads a number between `min` and `max`.
    pub(crate) fn number(&self, problems: &mut Problems, name: &str, need: Need, (min, max): (f64, f64)) -> Given<f64> {
        self.take(problems, name, need).and(|field| match number_of(&field.value) {
            None => field.blame(problems, NO_NUMBER),
            Some(number) if number < min => {
                field.blame(problems, format!("Ensure this value is greater than or equal to {min}."))
            }
            Some(number) if number > max => {
                field.blame(problems, format!("Ensure this value is less than or equal to {max}."))
            }
            Some(number) => Some(number),
        })
    }

    /// Reads a boolean. Framework quirk: one that is missing in a form is false, for that is how browsers send an empty checkbox.
    pub(crate) fn boolean(&self, problems: &mut Problems, name: &str) -> Given<bool> {
        if self.is_form && !self.has(name) {
            return Given::Is(false);
        }
        self.take(problems, name, Need::Optional).and(|field| match boolean_of(&field.value) {
            Some(value) => Some(value),
            None => field.blame(problems, NO_BOOLEAN),
        })
    }

    /// Reads one of some words.
    pub(crate) fn choice<T: Copy>(&self, problems: &mut Problems, name: &str, choices: &[(&str, T)]) -> Given<T> {
        self.take(problems, name, Need::Optional).and(|field| {
            let text = field.value.as_str().map_or_else(|| field.value.to_string(), str::to_owned);
            match choices.iter().find(|(word, _)| *word == text) {
                Some((_, meaning)) => Some(*meaning),
                None => field.blame(problems, format!("\"{}\" is not a valid choice.", shown(&text))),
            }
        })
    }

    /// Reads an object.
    pub(crate) fn object(&self, problems: &mut Problems, name: &str, need: Need) -> Given<Object<'_>> {
        self.take(problems, name, need).and(|field| field.into_object(problems))
    }

    /// Reads an object whose members are named by the caller.
    pub(crate) fn dictionary(&self, problems: &mut Problems, name: &str) -> Given<Object<'_>> {
        let is_empty =
            self.is_form && self.members.get(name).and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
        if is_empty {
            let members = Cow::Owned(Map::new());
            return Given::Is(Object { members, is_form: true, path: self.path.member(name) });
        }
        self.take(problems, name, Need::Required).and(|field| {
            let field = field.unfolded();
            if field.value.is_object() {
                return field.into_object(problems);
            }
            field.blame(
                problems,
                format!("Expected a dictionary of items but got type \"{}\".", type_name(&field.value)),
            )
        })
    }

    /// Reads a list of objects, at most `n_max`.
    pub(crate) fn list(&self, problems: &mut Problems, name: &str, need: Need, n_max: usize) -> Given<Vec<Object<'_>>> {
        self.take(problems, name, need).and(|field| field.into_list(problems, n_max))
    }
}

impl<'a> Field<'a> {
    fn blame<T>(&self, problems: &mut Problems, message: impl Into<String>) -> Option<T> {
        problems.add(&self.path, message);
        None
    }

    fn text(&self, problems: &mut Problems, chars_max: usize) -> Option<String> {
        let text = match self.value.as_ref() {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return self.blame(problems, NO_TEXT),
        };
        if text.is_empty() {
            return self.blame(problems, BLANK);
        }
        let is_long = text.chars().count() > chars_max;
        if is_long {
            problems.add(&self.path, format!("Ensure this field has no more than {chars_max} characters."));
        }
        if text.contains('\0') {
            return self.blame(problems, NUL);
        }
        (!is_long).then_some(text)
    }

    /// Reads the JSON text that a form's field may be.
    fn unfolded(self) -> Self {
        let Some(text) = self.value.as_str().filter(|_| self.is_form) else { return self };
        match serde_json::from_str(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                Self { value: Cow::Owned(value), is_form: false, ..self }
            }
            _ => self,
        }
    }

    fn into_object(self, problems: &mut Problems) -> Option<Object<'a>> {
        let field = self.unfolded();
        let members = match field.value {
            Cow::Borrowed(Value::Object(members)) => Cow::Borrowed(members),
            Cow::Owned(Value::Object(members)) => Cow::Owned(members),
            other => {
                let message = format!("Invalid data. Expected a dictionary, but got {}.", type_name(&other));
                problems.add_whole(&field.path, message);
                return None;
            }
        };
        Some(Object { members, is_form: field.is_form, path: field.path })
    }

    fn into_list(self, problems: &mut Problems, n_max: usize) -> Option<Vec<Object<'a>>> {
        let field = self.unfolded();
        let items: Vec<Cow<'a, Value>> = match field.value {
            Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
            Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
            other => {
                let message = format!("Expected a list of items but got type \"{}\".", type_name(&other));
                problems.add_whole(&field.path, message);
                return None;
            }
        };
        let n_items = items.len();
        if n_items > n_max {
            problems.add_whole(&field.path, format!("Ensure this field has no more than {n_max} elements."));
            return None;
        }
        let item = |(idx, value): (usize, Cow<'a, Value>)| {
            let path = field.path.item(idx, n_items);
            if value.is_null() {
                problems.add(&path, NULL);
                return None;
            }
            Field { value, is_form: field.is_form, path }.into_object(problems)
        };
        Some(items.into_iter().enumerate().filter_map(item).collect())
    }
}

/// Reads `18`, `18.0`, `"18"` and `" 18.0 "`.
fn integer_of(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => &text,
    };
    whole.parse().ok()
}

fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn boolean_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" | "on" => Some(true),
            "false" | "f" | "0" | "no" | "n" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what the vendor's framework calls the type of a value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Cuts what is quoted in a message.
pub(crate) fn shown(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 100;
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value, is_form: bool) -> Object<'static> {
        Object::of_body(value.as_object().cloned().unwrap_or_default(), is_form)
    }

    fn blamed(read: impl Fn(&Object<'_>, &mut Problems), value: &Value) -> Value {
        let mut problems = Problems::default();
        read(&object(&json!({"x": value}), false), &mut problems);
        problems.to_json()["x"].clone()
    }

    #[test]
    fn integers_are_read_in_every_spelling() {
        let read =
            |value: Value| object(&json!({"x": value}), false).integer(&mut Problems::default(), "x", Need::Required);
        for value in [json!(18), json!("18"), json!(18.0), json!(" 18.00 ")] {
            assert_eq!(read(value.clone()), Given::Is(18), "{value}");
        }
        for value in [json!(true), json!("5.5"), json!(5.5), json!([]), json!({}), json!(""), json!("x"), json!(1e300)]
        {
            assert_eq!(read(value.clone()), Given::Absent, "{value}");
            let message = blamed(
                |object, problems| {
                    object.integer(problems, "x", Need::Required);
                },
                &value,
            );
            assert_eq!(message, json!([NO_INTEGER]), "{value}");
        }
    }

    #[test]
    fn every_type_has_its_message() {
        let text = |object: &Object<'_>, problems: &mut Problems| {
            object.text(problems, "x", Need::Required, 5);
        };
        assert_eq!(blamed(text, &json!(true)), json!([NO_TEXT]));
        assert_eq!(blamed(text, &json!("  ")), json!([BLANK]));
        assert_eq!(blamed(text, &Value::Null), json!([NULL]));
        assert_eq!(blamed(text, &json!("a\u{0}")), json!([NUL]));
        assert_eq!(blamed(text, &json!("abcdef")), json!(["Ensure this field has no more than 5 characters."]));
        assert_eq!(blamed(text, &json!(12.5)), Value::Null);
        let boolean = |object: &Object<'_>, problems: &mut Problems| {
            object.boolean(problems, "x");
        };
        assert_eq!(blamed(boolean, &json!("maybe")), json!([NO_BOOLEAN]));
        for value in [json!(true), json!(0), json!(1), json!("True"), json!("0")] {
            assert_eq!(blamed(boolean, &value), Value::Null, "{value}");
        }
        let number = |object: &Object<'_>, problems: &mut Problems| {
            object.number(problems, "x", Need::Required, (0.0, 9.0));
        };
        assert_eq!(blamed(number, &json!("nan")), json!([NO_NUMBER]));
        assert_eq!(blamed(number, &json!(10)), json!(["Ensure this value is less than or equal to 9."]));
        let choice = |object: &Object<'_>, problems: &mut Problems| {
            object.choice(problems, "x", &[("a", 1)]);
        };
        assert_eq!(blamed(choice, &json!("oval")), json!(["\"oval\" is not a valid choice."]));
        let inner = |object: &Object<'_>, problems: &mut Problems| {
            object.object(problems, "x", Need::Required);
        };
        let message = "Invalid data. Expected a dictionary, but got int.";
        assert_eq!(blamed(inner, &json!(5)), json!({"non_field_errors": [message]}));
        let list = |object: &Object<'_>, problems: &mut Problems| {
            object.list(problems, "x", Need::Required, 2);
        };
        let message = "Expected a list of items but got type \"dict\".";
        assert_eq!(blamed(list, &json!({})), json!({"non_field_errors": [message]}));
        assert_eq!(blamed(list, &json!([{}, null])), json!([{}, [NULL]]));
        let map = |object: &Object<'_>, problems: &mut Problems| {
            object.dictionary(problems, "x");
        };
        assert_eq!(blamed(map, &json!("{}")), json!(["Expected a dictionary of items but got type \"str\"."]));
    }

    #[test]
    fn forms_carry_objects_as_json_text() {
        let form = object(&json!({"a": "{\"id\":3}", "b": "", "c": "[{\"id\":1}]", "d": "x"}), true);
        let mut problems = Problems::default();
        let a = form.object(&mut problems, "a", Need::Required).value().unwrap();
        assert_eq!(a.integer(&mut problems, "id", Need::Required), Given::Is(3));
        assert!(matches!(form.object(&mut problems, "b", Need::Nullable), Given::Null));
        assert!(matches!(form.dictionary(&mut problems, "b"), Given::Is(_)));
        assert_eq!(form.list(&mut problems, "c", Need::Required, 9).value().unwrap().len(), 1);
        assert!(problems.is_empty());
        assert_eq!(form.boolean(&mut problems, "missing"), Given::Is(false));
        form.dictionary(&mut problems, "d");
        assert_eq!(problems.to_json(), json!({"d": ["Expected a dictionary of items but got type \"str\"."]}));
    }
}
