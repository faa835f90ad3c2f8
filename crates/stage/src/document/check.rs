//! Checks a JSON value against the schema that the types give, and names the exact place of each fault.
//!
//! serde alone cannot: where structures are flattened or tagged it loses the way to a fault and lets unknown keys pass. As the checks are
//! those that the published schema states, the schema stays true. Understood is what `schemars` writes for our types: references, objects
//! with or without variants, lists, maps, numbers and texts with ranges, fixed words, and the formats `color` and `color-ref`.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::error::{Issue, N_ISSUES_MAX};
use super::{Color, ColorRef};

/// A step on the way to a value.
enum Step {
    Key(String),
    Index(usize),
}

/// Walks a value and the schema side by side.
pub(super) struct Checker<'s> {
    root: &'s Value,
    roles: Vec<String>,
    steps: Vec<Step>,
    pub(super) issues: Vec<Issue>,
}

impl<'s> Checker<'s> {
    /// Makes a checker for the schema `root`; `roles` are the names of the palette.
    pub(super) fn new(root: &'s Value, roles: Vec<String>) -> Self {
        Self { root, roles, steps: Vec::new(), issues: Vec::new() }
    }

    /// Checks the whole of `value`. Whole numbers that are written as `5.0` become `5`, which serde insists on.
    pub(super) fn check(&mut self, value: &mut Value) {
        self.walk(self.root, value);
    }

    fn is_full(&self) -> bool {
        self.issues.len() >= N_ISSUES_MAX
    }

    fn report(&mut self, message: impl Into<String>) {
        if !self.is_full() {
            self.issues.push(Issue { path: show(&self.steps), message: message.into() });
        }
    }

    fn walk(&mut self, schema: &'s Value, value: &mut Value) {
        if self.is_full() {
            return;
        }
        let schema = self.resolve(schema);
        if let Some(words) = words_of(self, schema) {
            return self.check_word(&words, value);
        }
        let variants = variants_of(schema);
        let may_be_null = variants.iter().any(|variant| is_type(variant, "null"));
        if may_be_null && value.is_null() {
            return;
        }
        let variants: Vec<&'s Value> =
            variants.into_iter().filter(|variant| !is_type(variant, "null")).map(|it| self.resolve(it)).collect();
        match variants.as_slice() {
            [] => self.check_plain(schema, None, value),
            [only] if may_be_null => self.walk(only, value),
            _ => {
                let Some(variant) = self.choose(&variants, value) else { return };
                if schema.get("properties").is_some() {
                    self.check_plain(schema, Some(variant), value);
                } else {
                    self.walk(variant, value);
                }
            }
        }
    }

    fn resolve(&self, mut schema: &'s Value) -> &'s Value {
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            let Some(target) = target else { break };
            schema = target;
        }
        schema
    }

    /// Chooses the variant that `value` is meant to be, or reports that there is none.
    fn choose(&mut self, variants: &[&'s Value], value: &Value) -> Option<&'s Value> {
        let Value::Object(map) = value else {
            let found = variants.iter().copied().find(|variant| fits_type(variant, value));
            if found.is_none() {
                self.report(format!("must not be {}", describe(value)));
            }
            return found;
        };
        let objects: Vec<&'s Value> = variants.iter().copied().filter(|it| is_type(it, "object")).collect();
        if let [only] = objects.as_slice() {
            return Some(only);
        }
        if let Some(tag) = objects.first().and_then(|variant| tag_of(variant)) {
            return self.choose_by_tag(&objects, tag, map);
        }
        let found = objects.iter().copied().find(|variant| required_of(variant).all(|key| map.contains_key(key)));
        if found.is_none() {
            let keys: Vec<&str> = objects.iter().flat_map(|it| required_of(it).take(1)).collect();
            self.report(format!("needs one of {}", list(&keys)));
        }
        found
    }

    fn choose_by_tag(&mut self, variants: &[&'s Value], tag: &str, map: &Map<String, Value>) -> Option<&'s Value> {
        let names: Vec<&str> = variants.iter().filter_map(|variant| tag_value(variant, tag)).collect();
        let Some(wanted) = map.get(tag) else {
            self.report(format!("`{tag}` is missing; it is one of {}", list(&names)));
            return None;
        };
        let found = variants.iter().copied().find(|variant| tag_value(variant, tag) == wanted.as_str());
        if found.is_none() || !wanted.is_string() {
            self.steps.push(Step::Key(tag.to_owned()));
            self.report(not_one_of(wanted, &names));
            self.steps.pop();
            return None;
        }
        found
    }

    fn check_plain(&mut self, schema: &'s Value, variant: Option<&'s Value>, value: &mut Value) {
        if value.is_null() && is_type(schema, "null") {
            return;
        }
        match value {
            Value::Object(map) if is_type(schema, "object") => self.check_object(schema, variant, map),
            Value::Array(items) if is_type(schema, "array") => self.check_array(schema, items),
            Value::String(text) if is_type(schema, "string") => self.check_text(schema, text),
            Value::Bool(_) if is_type(schema, "boolean") => {}
            Value::Number(number) if is_type(schema, "integer") => self.check_integer(schema, number),
            Value::Number(number) if is_type(schema, "number") => self.check_range(schema, number),
            _ => self.report(format!("must be {}, is {}", expected(schema), describe(value))),
        }
    }

    fn check_object(&mut self, schema: &'s Value, variant: Option<&'s Value>, map: &mut Map<String, Value>) {
        let sources: Vec<&'s Value> = std::iter::once(schema).chain(variant).collect();
        let closed = sources.iter().any(|it| {
            it.get("additionalProperties") == Some(&Value::Bool(false))
                || it.get("unevaluatedProperties") == Some(&Value::Bool(false))
        });
        let of_each = schema.get("additionalProperties").filter(|it| it.is_object());
        if let Some(max) = count(schema, "maxProperties")
            && map.len() > max
        {
            return self.report(format!("has {} entries; at most {max} are allowed", map.len()));
        }
        for (key, value) in map.iter_mut() {
            let known = sources.iter().find_map(|it| it.get("properties")?.get(key)).or(of_each);
            self.steps.push(Step::Key(key.clone()));
            match known {
                Some(schema) => self.walk(schema, value),
                None if closed => self.report(unknown_key(key, &sources)),
                None => {}
            }
            self.steps.pop();
        }
        for key in sources.iter().flat_map(|it| required_of(it)) {
            if !map.contains_key(key) {
                self.report(format!("`{key}` is missing"));
            }
        }
    }

    fn check_array(&mut self, schema: &'s Value, items: &mut [Value]) {
        if let Some(max) = count(schema, "maxItems")
            && items.len() > max
        {
            return self.report(format!("has {} items; at most {max} are allowed", items.len()));
        }
        if let Some(min) = count(schema, "minItems")
            && items.len() < min
        {
            return self.report(format!("has {} items; at least {min} must be there", items.len()));
        }
        let Some(of_each) = schema.get("items") else { return };
        for (idx, item) in items.iter_mut().enumerate() {
            self.steps.push(Step::Index(idx));
            self.walk(of_each, item);
            self.steps.pop();
        }
    }

    fn check_text(&mut self, schema: &'s Value, text: &str) {
        let n_chars = || text.chars().count();
        if let Some(max) = count(schema, "maxLength")
            && text.len() > max
            && n_chars() > max
        {
            return self.report(format!("has {} characters; at most {max} are allowed", n_chars()));
        }
        if let Some(min) = count(schema, "minLength")
            && n_chars() < min
        {
            return self.report("must not be empty");
        }
        match schema.get("format").and_then(Value::as_str) {
            Some("color") => {
                if let Err(message) = text.parse::<Color>() {
                    self.report(message);
                }
            }
            Some("color-ref") => self.check_color_ref(text),
            _ => {}
        }
    }

    fn check_color_ref(&mut self, text: &str) {
        match text.parse::<ColorRef>() {
            Ok(ColorRef::Role(role)) if !self.roles.contains(&role) => {
                let hint = nearest(&role, self.roles.iter().map(String::as_str));
                let hint = hint.map_or_else(String::new, |it| format!("; did you mean `${it}`?"));
                self.report(format!("the palette has no color `{role}`{hint}"));
            }
            Ok(_) => {}
            Err(message) => self.report(message),
        }
    }

    fn check_integer(&mut self, schema: &'s Value, number: &mut Number) {
        if let Some(whole) = number.as_f64().filter(|it| number.is_f64() && it.fract() == 0.0 && it.abs() < 2e15) {
            *number = Number::from(whole as i64);
        }
        if number.is_f64() {
            return self.report(format!("must be a whole number, is `{number}`"));
        }
        self.check_range(schema, number);
    }

    fn check_range(&mut self, schema: &'s Value, number: &Number) {
        let value = number.as_f64().unwrap_or(f64::NAN);
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (min, max, above) = (bound("minimum"), bound("maximum"), bound("exclusiveMinimum"));
        let inside = min.is_none_or(|it| value >= it) && max.is_none_or(|it| value <= it);
        if !inside || above.is_some_and(|it| value <= it) {
            let range = match (min, above, max) {
                (Some(min), _, Some(max)) => format!("from {min} to {max}"),
                (None, Some(above), Some(max)) => format!("above {above}, at most {max}"),
                (Some(min), _, None) => format!("at least {min}"),
                (None, Some(above), None) => format!("above {above}"),
                (None, None, max) => format!("at most {}", max.unwrap_or(f64::MAX)),
            };
            return self.report(format!("must be {range}, is `{number}`"));
        }
        if bound("multipleOf").is_some_and(|step| value % step != 0.0) {
            return self.report(format!("must be even, is `{number}`"));
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
            && !allowed.iter().any(|it| it.as_f64() == Some(value))
        {
            let allowed: Vec<String> = allowed.iter().map(Value::to_string).collect();
            self.report(format!("must be one of {}, is `{number}`", allowed.join(", ")));
        }
    }

    fn check_word(&mut self, words: &[&str], value: &Value) {
        if !value.as_str().is_some_and(|it| words.contains(&it)) {
            self.report(not_one_of(value, words));
        }
    }
}

/// The words that are allowed, if the schema is a choice of words.
fn words_of<'s>(checker: &Checker<'s>, schema: &'s Value) -> Option<Vec<&'s str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(Value::as_str).collect();
    }
    if let Some(word) = schema.get("const") {
        return word.as_str().map(|it| vec![it]);
    }
    let variants = schema.get("oneOf").and_then(Value::as_array)?;
    let lists: Option<Vec<_>> = variants.iter().map(|it| words_of(checker, checker.resolve(it))).collect();
    Some(lists?.concat())
}

fn variants_of(schema: &Value) -> Vec<&Value> {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    list.map_or_else(Vec::new, |list| list.iter().collect())
}

fn is_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(it)) => it == name,
        Some(Value::Array(list)) => list.iter().any(|it| it == name),
        _ => false,
    }
}

fn fits_type(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Null => is_type(schema, "null"),
        Value::Bool(_) => is_type(schema, "boolean"),
        Value::Number(_) => is_type(schema, "number") || is_type(schema, "integer"),
        Value::String(_) => is_type(schema, "string"),
        Value::Array(_) => is_type(schema, "array"),
        Value::Object(_) => is_type(schema, "object"),
    }
}

/// The name of the property that tells variants apart.
fn tag_of(variant: &Value) -> Option<&str> {
    let properties = variant.get("properties")?.as_object()?;
    properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(key, _)| key.as_str())
}

fn tag_value<'s>(variant: &'s Value, tag: &str) -> Option<&'s str> {
    variant.get("properties")?.get(tag)?.get("const")?.as_str()
}

fn required_of(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn count(schema: &Value, key: &str) -> Option<usize> {
    schema.get(key).and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok())
}

fn expected(schema: &Value) -> &'static str {
    let names = [
        ("object", "an object"),
        ("array", "a list"),
        ("string", "a text"),
        ("boolean", "`true` or `false`"),
        ("integer", "a whole number"),
        ("number", "a finite number"),
    ];
    names.into_iter().find(|(name, _)| is_type(schema, name)).map_or("something else", |(_, text)| text)
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "`null`".to_owned(),
        Value::Bool(it) => format!("`{it}`"),
        Value::Number(it) => format!("the number `{it}`"),
        Value::String(it) => format!("the text `{}`", shorten(it)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Cuts what is quoted in a message.
fn shorten(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 60;
    if text.chars().nth(QUOTED_CHARS_MAX).is_none() {
        return text.to_owned();
    }
    text.chars().take(QUOTED_CHARS_MAX).chain(['…']).collect()
}

fn not_one_of(value: &Value, words: &[&str]) -> String {
    let hint = value.as_str().and_then(|it| nearest(it, words.iter().copied()));
    match hint {
        Some(word) => format!("is not known: {}; did you mean `{word}`?", describe(value)),
        None => format!("must be one of {}, is {}", list(words), describe(value)),
    }
}

fn unknown_key(key: &str, sources: &[&Value]) -> String {
    let known = sources.iter().filter_map(|it| it.get("properties")?.as_object()).flat_map(Map::keys);
    match nearest(key, known.map(String::as_str)) {
        Some(hint) => format!("this key is not known; did you mean `{hint}`?"),
        None => "this key is not known".to_owned(),
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
    quoted.join(", ")
}

/// Finds the word that is most like `word`, if any is like it.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const COMPARED_CHARS_MAX: usize = 40;
    if word.len() > COMPARED_CHARS_MAX {
        return None;
    }
    let limit = 1 + word.chars().count() / 4;
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let scored = known.map(|it| (distance(&plain(word), &plain(it)), it));
    scored.filter(|(n_edits, _)| *n_edits <= limit).min_by_key(|(n_edits, _)| *n_edits).map(|(_, it)| it)
}

/// Counts the letters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn show(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(&shorten(key)),
            Step::Key(key) => {
                path.push('.');
                path.push_str(&shorten(key));
            }
            Step::Index(idx) => {
                let _ = write!(path, "[{idx}]");
            }
        }
    }
    path
}
