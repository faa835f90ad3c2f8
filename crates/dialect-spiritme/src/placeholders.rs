//! Placeholders in the text of a template.
//!
//! Our choice, since nobody public shows one: `{name}` and `{{ name }}`, where a name is a letter or an underscore, then letters, digits and
//! underscores. Everything else in braces stays as it is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Why a text could not be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FillError {
    /// These names have no values.
    Missing(BTreeSet<String>),
    /// The text would get longer than allowed.
    TooLong,
}

/// Puts values in the places of their names. They are plain text: whatever they hold opens neither a tag nor another placeholder.
pub(crate) fn fill(text: &str, variables: &Map<String, Value>, bytes_max: usize) -> Result<String, FillError> {
    let mut filled = String::new();
    let mut missing = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        match placeholder(rest) {
            Some((name, n_bytes)) => {
                match variables.get(name) {
                    Some(value) => filled.push_str(&plain(value)),
                    None => {
                        missing.insert(name.to_owned());
                    }
                }
                rest = &rest[n_bytes..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        if filled.len() > bytes_max {
            return Err(FillError::TooLong);
        }
    }
    filled.push_str(rest);
    if !missing.is_empty() {
        return Err(FillError::Missing(missing));
    }
    if filled.len() > bytes_max { Err(FillError::TooLong) } else { Ok(filled) }
}

/// Reads a placeholder at the start of a text: its name and how long it is.
fn placeholder(text: &str) -> Option<(&str, usize)> {
    if let Some(inside) = text.strip_prefix("{{")
        && let Some((name, _)) = inside.split_once("}}")
        && is_name(name.trim_matches([' ', '\t']))
    {
        return Some((name.trim_matches([' ', '\t']), name.len() + 4));
    }
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    is_name(name).then_some((name, name.len() + 2))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// Writes a value so that the marks of spoken text lose their meaning in it.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('[', "&#91;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(text: &str) -> Result<String, FillError> {
        let variables = json!({
            "name": "Ada", "seats": 3, "rate": 12.5, "vip": true, "odd": "<emotion name=\"smile\">{name} & [pause 1s]", "_x1": ""
        });
        fill(text, variables.as_object().unwrap(), 1000)
    }

    #[test]
    fn values_are_written_as_json_writes_them() {
        let text = "{name} {{ seats }} {{rate}} {vip}{_x1}.";
        assert_eq!(filled(text).unwrap(), "Ada 3 12.5 true.");
    }

    #[test]
    fn a_value_opens_neither_tag_nor_placeholder() {
        let expected = "&lt;emotion name=\"smile\">{name} &amp; &#91;pause 1s]";
        assert_eq!(filled("{odd}").unwrap(), expected);
    }

    #[test]
    fn other_braces_stay() {
        let text = "{ name } {1a} {} {{}} {a-b} {{ a b }} { {name";
        assert_eq!(filled(text).unwrap(), text);
        assert_eq!(filled("{{{name}}}").unwrap(), "{Ada}");
    }

    #[test]
    fn names_without_values_are_told() {
        let missing = BTreeSet::from(["Name".to_owned(), "who".to_owned()]);
        assert_eq!(filled("{who} {name} {Name} {who}"), Err(FillError::Missing(missing)));
    }

    #[test]
    fn a_text_does_not_grow_without_end() {
        let variables = json!({"x": "y".repeat(600)});
        let fill = |text: &str| fill(text, variables.as_object().unwrap(), 1000);
        assert_eq!(fill("{x}").map(|text| text.len()), Ok(600));
        assert_eq!(fill("{x}{x}"), Err(FillError::TooLong));
    }
}
