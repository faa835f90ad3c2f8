//! Writes JSON values as YAML in block style. Texts are quoted as JSON quotes them, which YAML 1.2 reads as they are.

use serde_json::Value;

/// Writes a value as a YAML document.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                text.push_str(&"  ".repeat(depth));
                text.push_str(&key(name));
                text.push(':');
                write_after(text, value, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&"  ".repeat(depth));
                text.push('-');
                write_after(text, item, depth + 1);
            }
        }
        scalar => {
            text.push_str(&scalar.to_string());
            text.push('\n');
        }
    }
}

/// Writes a value after the sign that says whose it is.
fn write_after(text: &mut String, value: &Value, depth: usize) {
    let is_block = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        write(text, value, depth);
    } else {
        text.push(' ');
        write(text, value, 0);
    }
}

/// Writes a name; one that could be read as something else is quoted.
fn key(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !matches!(
            name.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    if is_plain { name.to_owned() } else { Value::String(name.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_in_blocks() {
        let value = json!({"a": {"b": [1, "x\ny", {"c": null, "d": []}, [true]]}, "e": {}, "200": "ok", "no": 1.5});
        let expected = "\"200\": \"ok\"\na:\n  b:\n    - 1\n    - \"x\\ny\"\n    -\n      c: null\n      d: []\n    -\n      - true\n\
                        e: {}\n\"no\": 1.5\n";
        assert_eq!(to_yaml(&value), expected);
    }
}
