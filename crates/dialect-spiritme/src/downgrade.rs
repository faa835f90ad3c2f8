//! From OpenAPI 3.1 to 3.0.3, which has a dialect of JSON Schema of its own.
//!
//! Translated is what `utoipa` writes: types that may be null, references that may be null, `const`, `examples`, exclusive bounds as
//! numbers, `prefixItems`, and binary contents. What 3.0 cannot say at all is left out, so the document allows more, never less.

use serde_json::{Map, Value, json};

/// Members of a schema that 3.0 does not have.
const UNKNOWN: [&str; 8] = [
    "$schema",
    "propertyNames",
    "contentEncoding",
    "contentMediaType",
    "unevaluatedProperties",
    "patternProperties",
    "$comment",
    "if",
];

/// Translates a document.
pub(crate) fn to_3_0_3(mut document: Value) -> Value {
    walk(&mut document);
    document["openapi"] = json!("3.0.3");
    if let Some(license) = document.pointer_mut("/info/license").and_then(Value::as_object_mut) {
        license.remove("identifier");
    }
    if let Some(members) = document.as_object_mut() {
        members.remove("jsonSchemaDialect");
        members.remove("webhooks");
    }
    document
}

/// Looks for schemas, wherever they are: every object is treated as one, except examples, which are data.
fn walk(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(walk),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if !matches!(name.as_str(), "example" | "default" | "enum") {
                    walk(member);
                }
            }
            // A member may be named `type`; then its value is a schema and not a word.
            translate(members);
        }
        _ => {}
    }
}

fn translate(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get("type") {
        let names: Vec<Value> = types.iter().filter(|name| *name != "null").cloned().collect();
        if names.len() < types.len() {
            schema.insert("nullable".to_owned(), json!(true));
        }
        match <[Value; 1]>::try_from(names) {
            Ok([name]) => schema.insert("type".to_owned(), name),
            Err(_) => schema.remove("type"),
        };
    }
    for choice in ["oneOf", "anyOf"] {
        translate_choice(schema, choice);
    }
    if schema.get("const").is_some_and(|value| !value.is_object())
        && let Some(value) = schema.remove("const")
    {
        schema.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(examples)) = schema.get("examples") {
        let first = examples.first().cloned();
        schema.remove("examples");
        schema.extend(first.map(|first| ("example".to_owned(), first)));
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(limit) = schema.get(exclusive).filter(|limit| limit.is_number()).cloned() {
            schema.insert(bound.to_owned(), limit);
            schema.insert(exclusive.to_owned(), json!(true));
        }
    }
    if schema.get("type").is_some_and(|name| name == "string") && schema.contains_key("contentMediaType") {
        schema.insert("format".to_owned(), json!("binary"));
    }
    if schema.get("type").is_some_and(Value::is_string) {
        for name in UNKNOWN {
            schema.remove(name);
        }
    }
    // Beside a reference 3.0 reads nothing.
    if schema.len() > 1
        && schema.get("$ref").is_some_and(Value::is_string)
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

/// Takes the null out of a choice; what is left alone is no choice.
fn translate_choice(schema: &mut Map<String, Value>, choice: &str) {
    let Some(Value::Array(options)) = schema.get(choice) else { return };
    let is_null = |option: &Value| option["type"] == "null";
    if !options.iter().any(is_null) {
        return;
    }
    let rest: Vec<Value> = options.iter().filter(|option| !is_null(option)).cloned().collect();
    schema.insert("nullable".to_owned(), json!(true));
    schema.remove(choice);
    let name = if rest.len() == 1 { "allOf" } else { choice };
    schema.insert(name.to_owned(), Value::Array(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(schema: &Value) -> Value {
        to_3_0_3(json!({"x": schema}))["x"].clone()
    }

    #[test]
    fn nulls_become_nullable() {
        assert_eq!(translated(&json!({"type": ["string", "null"]})), json!({"type": "string", "nullable": true}));
        let choice = json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}], "description": "d"});
        assert_eq!(translated(&choice), json!({"allOf": [{"$ref": "#/a"}], "nullable": true, "description": "d"}));
        let choice = json!({"oneOf": [{"type": "null"}, {"type": "string"}, {"type": "integer"}]});
        assert_eq!(translated(&choice), json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}));
    }

    #[test]
    fn other_words_of_3_1_become_those_of_3_0() {
        assert_eq!(translated(&json!({"type": "string", "const": "a"})), json!({"type": "string", "enum": ["a"]}));
        assert_eq!(
            translated(&json!({"type": "string", "examples": ["a"]})),
            json!({"type": "string", "example": "a"})
        );
        assert_eq!(
            translated(&json!({"type": "number", "exclusiveMinimum": 0})),
            json!({"type": "number", "minimum": 0, "exclusiveMinimum": true})
        );
        assert_eq!(
            translated(&json!({"type": "object", "propertyNames": {"type": "string"}})),
            json!({"type": "object"})
        );
        assert_eq!(
            translated(&json!({"$ref": "#/a", "description": "d"})),
            json!({"allOf": [{"$ref": "#/a"}], "description": "d"})
        );
    }

    #[test]
    fn members_with_odd_names_and_examples_stay() {
        let schema = json!({
            "type": "object", "example": {"type": ["a", "null"]},
            "properties": {"type": {"type": "string"}, "default": {"type": "string"}}
        });
        assert_eq!(translated(&schema), schema);
    }
}
