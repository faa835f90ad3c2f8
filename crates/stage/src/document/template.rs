//! Documents with blanks: `{{name}}` in any string.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Project;
use super::error::{DocumentError, Issue, N_ISSUES_MAX};
use super::limits::DOCUMENT_BYTES_MAX;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// What stands for [`OPEN`] itself.
const LITERAL: &str = "{{{{";

/// A scene document whose strings may have placeholders.
///
/// - A placeholder is a name between `{{` and `}}`, such as `Hello, {{name}}!`. Spaces around the name do not count; braces are not part of names.
/// - Any string may have any number of them: texts, colors, assets, ids. Keys of objects, numbers and so on have none.
/// - `{{{{` stands for `{{` itself. `}}` without an opening is nothing special.
/// - A value is put in as it is, once: whatever is in it is neither a placeholder nor JSON.
///
/// The document is checked when it is filled, for only then is it one.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    root: Node,
    names: BTreeSet<String>,
}

/// JSON whose strings are taken apart.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Text(Vec<Piece>),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// A number, a truth value, or null.
    Other(Value),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Blank(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// What is not JSON, too large, or has a placeholder that is not closed or has no name, with its place.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLarge { n_bytes: text.len(), max: DOCUMENT_BYTES_MAX });
        }
        let value = serde_json::from_str(text).map_err(|error| DocumentError::Malformed(error.to_string()))?;
        Self::from_value(value)
    }

    /// Reads a template that is JSON already; see [`Template::from_json`].
    ///
    /// # Errors
    ///
    /// As [`Template::from_json`].
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        let mut reading = Reading { names: BTreeSet::new(), issues: Vec::new() };
        let root = reading.node(value, &mut String::new());
        if reading.issues.is_empty() {
            Ok(Self { root, names: reading.names })
        } else {
            Err(DocumentError::Invalid(reading.issues))
        }
    }

    /// Returns the names of all placeholders, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Returns the strings that have no placeholders, as they are in every document made of this.
    pub fn constants(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            match node {
                Node::Text(pieces) => {
                    if let [Piece::Text(text)] = pieces.as_slice() {
                        found.insert(text.as_str());
                    }
                }
                Node::List(items) => waiting.extend(items),
                Node::Object(members) => waiting.extend(members.iter().map(|(_, member)| member)),
                Node::Other(_) => {}
            }
        }
        found
    }

    /// Puts values in and reads the document. Values that nothing asks for are no error.
    ///
    /// # Errors
    ///
    /// Names the placeholders without a value and their places, up to 20; then as [`Project::from_json`].
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<Project, DocumentError> {
        Project::from_value(self.fill_value(values)?)
    }

    /// Puts values in and returns the document as JSON, unchecked.
    ///
    /// # Errors
    ///
    /// Names the placeholders without a value and their places, up to 20; what becomes too large for a document.
    pub fn fill_value(&self, values: &BTreeMap<String, String>) -> Result<Value, DocumentError> {
        let mut filling = Filling { values, n_bytes: 0, issues: Vec::new() };
        let value = filling.node(&self.root, &mut String::new());
        if !filling.issues.is_empty() {
            return Err(DocumentError::Invalid(filling.issues));
        }
        if filling.n_bytes > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLarge { n_bytes: filling.n_bytes, max: DOCUMENT_BYTES_MAX });
        }
        Ok(value)
    }
}

/// Runs `work` with the path one step longer.
fn within<T>(path: &mut String, step: &str, work: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    if !path.is_empty() && !step.starts_with('[') {
        path.push('.');
    }
    path.push_str(step);
    let done = work(path);
    path.truncate(length);
    done
}

fn note(issues: &mut Vec<Issue>, path: &str, message: String) {
    if issues.len() < N_ISSUES_MAX {
        issues.push(Issue { path: path.to_owned(), message });
    }
}

struct Reading {
    names: BTreeSet<String>,
    issues: Vec<Issue>,
}

impl Reading {
    fn node(&mut self, value: Value, path: &mut String) -> Node {
        match value {
            Value::String(text) => Node::Text(self.pieces(&text, path)),
            Value::Array(items) => {
                let item = |(at, item)| within(path, &format!("[{at}]"), |path| self.node(item, path));
                Node::List(items.into_iter().enumerate().map(item).collect())
            }
            Value::Object(members) => {
                let member = |(key, member): (String, Value)| {
                    let node = within(path, &key, |path| self.node(member, path));
                    (key, node)
                };
                Node::Object(members.into_iter().map(member).collect())
            }
            other => Node::Other(other),
        }
    }

    fn pieces(&mut self, text: &str, path: &str) -> Vec<Piece> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(OPEN) {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(LITERAL) {
                plain.push_str(OPEN);
                rest = after;
                continue;
            }
            match blank(rest) {
                Ok((name, after)) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    self.names.insert(name.to_owned());
                    pieces.push(Piece::Blank(name.to_owned()));
                    rest = after;
                }
                Err(reason) => {
                    note(&mut self.issues, path, format!("{reason}; `{{{{{{{{` stands for `{{{{` itself"));
                    return pieces;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        pieces
    }
}

/// Reads the placeholder at the beginning of a text: its name, and what comes after it.
fn blank(text: &str) -> Result<(&str, &str), String> {
    let shown: String = text.chars().take(24).collect();
    let inside = &text[OPEN.len()..];
    let end = inside.find(['{', '}']).filter(|&end| inside[end..].starts_with(CLOSE));
    let end = end.ok_or_else(|| format!("the placeholder `{shown}` is not closed by `}}}}`"))?;
    let name = inside[..end].trim();
    if name.is_empty() {
        return Err(format!("the placeholder `{shown}` has no name"));
    }
    Ok((name, &inside[end + CLOSE.len()..]))
}

struct Filling<'a> {
    values: &'a BTreeMap<String, String>,
    /// Bytes of all strings so far.
    n_bytes: usize,
    issues: Vec<Issue>,
}

impl Filling<'_> {
    fn node(&mut self, node: &Node, path: &mut String) -> Value {
        match node {
            Node::Text(pieces) => Value::String(self.text(pieces, path)),
            Node::List(items) => {
                let item = |(at, item)| within(path, &format!("[{at}]"), |path| self.node(item, path));
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            Node::Object(members) => {
                let member = |(key, member): &(String, Node)| {
                    let value = within(path, key, |path| self.node(member, path));
                    (key.clone(), value)
                };
                Value::Object(members.iter().map(member).collect())
            }
            Node::Other(value) => value.clone(),
        }
    }

    fn text(&mut self, pieces: &[Piece], path: &str) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Blank(name) => match self.values.get(name) {
                    // Beyond the limit nothing is put in any more: many long values must not take the memory.
                    Some(value) if self.n_bytes + text.len() <= DOCUMENT_BYTES_MAX => text.push_str(value),
                    Some(_) => {}
                    None => note(&mut self.issues, path, format!("there is no value for `{name}`")),
                },
            }
        }
        self.n_bytes = self.n_bytes.saturating_add(text.len());
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::Template;
    use crate::document::{DocumentError, LayerKind};

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn filled(text: &str, pairs: &[(&str, &str)]) -> Value {
        let template = Template::from_value(json!([text])).unwrap();
        template.fill_value(&values(pairs)).unwrap()[0].clone()
    }

    #[test]
    fn placeholders_are_found_and_filled() {
        assert_eq!(filled("Hello, {{name}}!", &[("name", "Ada")]), "Hello, Ada!");
        assert_eq!(filled("{{ first name }}{{b}}", &[("first name", "Ada"), ("b", "")]), "Ada");
        assert_eq!(filled("", &[]), "");
        assert_eq!(filled("}} {x} }}", &[]), "}} {x} }}");
        assert_eq!(filled("{{ß}}", &[("ß", "😀")]), "😀");
    }

    #[test]
    fn two_braces_themselves_are_written_twice() {
        assert_eq!(filled("{{{{name}}", &[]), "{{name}}");
        assert_eq!(filled("{{{{{{name}}", &[("name", "Ada")]), "{{Ada");
        assert_eq!(filled("{{name}}{{{{", &[("name", "Ada")]), "Ada{{");
    }

    #[test]
    fn values_are_put_in_as_they_are() {
        let hostile = r#"{{b}}", "x": [1, {"y": 2}] \ {{{{"#;
        assert_eq!(filled("a {{a}} c", &[("a", hostile), ("b", "no")]), format!("a {hostile} c"));
    }

    #[test]
    fn what_is_no_placeholder_is_told_with_its_place() {
        for (text, reason) in [
            ("a {{name", "not closed"),
            ("{{}}", "no name"),
            ("{{ }}", "no name"),
            ("{{a}b}}", "not closed"),
            ("{{{a}}}", "not closed"),
        ] {
            let refused = Template::from_value(json!({ "scenes": [{ "layers": [{ "text": text }] }] })).unwrap_err();
            let [issue] = refused.issues() else { panic!("{text}: {refused}") };
            assert_eq!(issue.path, "scenes[0].layers[0].text", "{text}");
            assert!(issue.message.contains(reason), "{text}: {}", issue.message);
        }
    }

    fn greeting() -> Template {
        Template::from_json(
            r##"{ "version": 1, "name": "For {{name}}", "scenes": [{
                "background": { "type": "color", "color": "{{color}}" },
                "layers": [{ "type": "text", "text": "Hello, {{name}}", "font_size": 40 }]
            }] }"##,
        )
        .unwrap()
    }

    #[test]
    fn a_filled_template_is_a_project() {
        let template = greeting();
        assert_eq!(template.names().collect::<Vec<_>>(), ["color", "name"]);
        assert!(template.constants().contains("text") && !template.constants().contains("For {{name}}"));
        let project = template.fill(&values(&[("name", "Ada"), ("color", "#ff0000"), ("more", "unused")])).unwrap();
        assert_eq!(project.name, "For Ada");
        let LayerKind::Text { text, .. } = &project.scenes[0].layers[0].kind else { panic!("no text") };
        assert_eq!(text, "Hello, Ada");
    }

    #[test]
    fn missing_values_and_wrong_ones_are_told_with_their_places() {
        let missing = greeting().fill(&values(&[("color", "#ff0000")])).unwrap_err();
        let places: Vec<&str> = missing.issues().iter().map(|issue| issue.path.as_str()).collect();
        assert_eq!(places, ["name", "scenes[0].layers[0].text"]);
        assert!(missing.to_string().contains("there is no value for `name`"), "{missing}");
        let wrong = greeting().fill(&values(&[("name", "Ada"), ("color", "no color")])).unwrap_err();
        assert!(wrong.issues()[0].path.starts_with("scenes[0].background"), "{wrong}");
    }

    #[test]
    fn values_cannot_blow_a_document_up() {
        for many in [json!(vec!["{{a}}"; 100_000]), json!(["{{a}}".repeat(100_000)])] {
            let template = Template::from_value(many).unwrap();
            let refused = template.fill_value(&values(&[("a", &"x".repeat(1 << 20))])).unwrap_err();
            assert!(matches!(refused, DocumentError::TooLarge { .. }), "{refused}");
        }
    }
}
