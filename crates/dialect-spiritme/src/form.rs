//! Nested values in forms, whose fields are flat: names are ways into the body.
//!
//! Understood, since none collides with another: `template.id`, `slides[0]audio_source.text` (the vendor's framework),
//! `slides[0][audio_source][text]` (other clients) and `status[]`. JSON text in one field is the business of [`crate::fields`],
//! which knows where an object is expected.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Steps of one name; a longer name is nothing that is known.
const DEPTH_MAX: usize = 12;
/// The member whose own members are named by the caller: numbers among them are names, too.
const FREE_MEMBER: &str = "variables";

#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    members: BTreeMap<String, Node>,
}

/// Makes a body of the pairs of a form. Every value in it is text; of a name that repeats, the last counts.
pub(crate) fn nested(pairs: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    let mut root = Node::default();
    for (n_before, (name, text)) in pairs.into_iter().enumerate() {
        let Some(steps) = steps_of(&name, n_before) else { continue };
        let node = steps.into_iter().fold(&mut root, |node, step| node.members.entry(step).or_default());
        node.text = Some(text);
    }
    root.members.into_iter().map(|(name, node)| (name.clone(), value_of(node, name == FREE_MEMBER))).collect()
}

fn value_of(node: Node, is_free: bool) -> Value {
    if node.members.is_empty() {
        return Value::String(node.text.unwrap_or_default());
    }
    let numbers: Option<BTreeMap<u64, &str>> =
        node.members.keys().map(|name| Some((name.parse().ok()?, name.as_str()))).collect();
    match numbers {
        Some(numbers) if !is_free => {
            let order: Vec<String> = numbers.into_values().map(str::to_owned).collect();
            let mut members = node.members;
            Value::Array(
                order.iter().filter_map(|name| members.remove(name)).map(|node| value_of(node, false)).collect(),
            )
        }
        _ => Value::Object(node.members.into_iter().map(|(name, node)| (name, value_of(node, false))).collect()),
    }
}

/// Cuts a name into steps; `[]` becomes a number that grows from pair to pair.
fn steps_of(name: &str, n_before: usize) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        if steps.len() == DEPTH_MAX {
            return None;
        }
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            steps.push(if inside.is_empty() { n_before.to_string() } else { inside.to_owned() });
            rest = after;
            continue;
        }
        let plain = rest.strip_prefix('.').filter(|_| !steps.is_empty()).unwrap_or(rest);
        // A bracket that is never closed is a part of the name.
        let end = plain.char_indices().skip(1).find(|(_, c)| matches!(c, '.' | '[')).map_or(plain.len(), |(at, _)| at);
        if plain.is_empty() {
            break;
        }
        steps.push(plain[..end].to_owned());
        rest = &plain[end..];
    }
    Some(steps).filter(|steps| !steps.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Value {
        Value::Object(nested(pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))))
    }

    #[test]
    fn all_spellings_of_nesting_say_the_same() {
        let expected = json!({"slides": [{"audio_source": {"text": "Hi"}, "layers": [{"avatar": {"id": "4"}}]}]});
        for [text, id] in [
            ["slides[0]audio_source.text", "slides[0]layers[0]avatar.id"],
            ["slides[0].audio_source.text", "slides[0].layers[0].avatar.id"],
            ["slides[0][audio_source][text]", "slides[0][layers][0][avatar][id]"],
            ["slides[0][audio_source].text", "slides[0][layers][]avatar[id]"],
        ] {
            assert_eq!(read(&[(text, "Hi"), (id, "4")]), expected, "{text} {id}");
        }
        assert_eq!(read(&[("template.id", "7")]), json!({"template": {"id": "7"}}));
    }

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        assert_eq!(read(&[("a[10]", "c"), ("a[2]", "b"), ("a[0]", "a")]), json!({"a": ["a", "b", "c"]}));
        assert_eq!(read(&[("a[]", "a"), ("b", "x"), ("a[]", "b")]), json!({"a": ["a", "b"], "b": "x"}));
    }

    #[test]
    fn variables_are_named_by_the_caller() {
        let pairs =
            [("variables[name]", "Ada"), ("variables.seats", "3"), ("variables[1]", "x"), ("variables[a.b]", "y")];
        assert_eq!(read(&pairs), json!({"variables": {"name": "Ada", "seats": "3", "1": "x", "a.b": "y"}}));
        assert_eq!(read(&[("variables[1]", "x")]), json!({"variables": {"1": "x"}}));
    }

    #[test]
    fn odd_names_are_names() {
        assert_eq!(read(&[("a[b", "x"), ("]", "y"), (".c", "z")]), json!({"a": {"[b": "x"}, "]": "y", ".c": "z"}));
        assert_eq!(read(&[("", "x"), ("a.", "y")]), json!({"a": "y"}));
        assert_eq!(read(&[(&"a.".repeat(50), "x"), ("b", "y")]), json!({"b": "y"}));
    }

    #[test]
    fn the_last_of_a_repeated_name_counts() {
        assert_eq!(read(&[("name", "a"), ("name", "b")]), json!({"name": "b"}));
    }
}
