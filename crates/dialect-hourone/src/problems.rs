//! What is wrong with a request, in the words of the vendor's framework (FastAPI with pydantic 1.10).
//!
//! Texts, types and contexts were taken from that validator's own output, pydantic 1.10.19, November 2026.

use std::cell::RefCell;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Most faults of one request that are told.
const N_PROBLEMS_MAX: usize = 100;

/// One step of the way to a value: a member's name, or an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Loc {
    Name(String),
    Index(usize),
}

impl From<&str> for Loc {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Loc {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// Text for people.
    #[schema(example = "field required")]
    pub(crate) msg: String,
    /// A word for programs.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "value_error.missing")]
    pub(crate) kind: &'static str,
    /// What the text was made of, where it was made of something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) ctx: Option<Value>,
}

/// A value that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The way to it, from `body`, `query`, `path` or `header` on.
    #[schema(example = json!(["body", "scenes", 0, "name"]))]
    pub(crate) loc: Vec<Loc>,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

impl Problem {
    pub(crate) fn new(loc: &[Loc], fault: Fault) -> Self {
        Self { loc: loc.to_vec(), fault }
    }
}

/// All that is wrong with a request, in the order in which it was read.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn add(&self, loc: &[Loc], fault: Fault) {
        let mut all = self.0.borrow_mut();
        if all.len() < N_PROBLEMS_MAX {
            all.push(Problem::new(loc, fault));
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

impl Fault {
    fn plain(msg: impl Into<String>, kind: &'static str) -> Self {
        Self { msg: msg.into(), kind, ctx: None }
    }

    fn limited(msg: String, kind: &'static str, limit: impl Into<Value>) -> Self {
        Self { msg, kind, ctx: Some(json!({ "limit_value": limit.into() })) }
    }

    /// A rule of ours, as the framework shows what a validator of an application says.
    pub(crate) fn rule(msg: impl Into<String>) -> Self {
        Self::plain(msg, "value_error")
    }

    pub(crate) fn missing() -> Self {
        Self::plain("field required", "value_error.missing")
    }

    pub(crate) fn null() -> Self {
        Self::plain("none is not an allowed value", "type_error.none.not_allowed")
    }

    pub(crate) fn no_text() -> Self {
        Self::plain("str type expected", "type_error.str")
    }

    pub(crate) fn no_integer() -> Self {
        Self::plain("value is not a valid integer", "type_error.integer")
    }

    pub(crate) fn no_list() -> Self {
        Self::plain("value is not a valid list", "type_error.list")
    }

    pub(crate) fn no_dict() -> Self {
        Self::plain("value is not a valid dict", "type_error.dict")
    }

    pub(crate) fn no_date() -> Self {
        Self::plain("invalid date format", "value_error.date")
    }

    pub(crate) fn too_short(n_chars_min: usize) -> Self {
        let msg = format!("ensure this value has at least {n_chars_min} characters");
        Self::limited(msg, "value_error.any_str.min_length", n_chars_min)
    }

    pub(crate) fn too_long(n_chars_max: usize) -> Self {
        let msg = format!("ensure this value has at most {n_chars_max} characters");
        Self::limited(msg, "value_error.any_str.max_length", n_chars_max)
    }

    pub(crate) fn too_few(n_min: usize) -> Self {
        Self::limited(format!("ensure this value has at least {n_min} items"), "value_error.list.min_items", n_min)
    }

    pub(crate) fn too_many(n_max: usize) -> Self {
        Self::limited(format!("ensure this value has at most {n_max} items"), "value_error.list.max_items", n_max)
    }

    pub(crate) fn too_small(min: i64) -> Self {
        let msg = format!("ensure this value is greater than or equal to {min}");
        Self::limited(msg, "value_error.number.not_ge", min)
    }

    pub(crate) fn too_large(max: i64) -> Self {
        let msg = format!("ensure this value is less than or equal to {max}");
        Self::limited(msg, "value_error.number.not_le", max)
    }

    pub(crate) fn no_choice(choices: &[&str]) -> Self {
        Self {
            msg: format!("value is not a valid enumeration member; permitted: {}", quoted(choices)),
            kind: "type_error.enum",
            ctx: Some(json!({ "enum_values": choices })),
        }
    }

    /// No kind of request has this value of the member that tells kinds apart.
    pub(crate) fn no_kind(key: &str, given: &str, kinds: &[&str]) -> Self {
        let kinds = quoted(kinds);
        Self {
            msg: format!("No match for discriminator '{key}' and value '{given}' (allowed values: {kinds})"),
            kind: "value_error.discriminated_union.invalid_discriminator",
            ctx: Some(json!({ "discriminator_key": key, "discriminator_value": given, "allowed_values": kinds })),
        }
    }

    pub(crate) fn no_match(pattern: &str) -> Self {
        Self {
            msg: format!("string does not match regex \"{pattern}\""),
            kind: "value_error.str.regex",
            ctx: Some(json!({ "pattern": pattern })),
        }
    }

    pub(crate) fn no_scheme() -> Self {
        Self::plain("invalid or missing URL scheme", "value_error.url.scheme")
    }

    pub(crate) fn other_scheme() -> Self {
        Self {
            msg: "URL scheme not permitted".to_owned(),
            kind: "value_error.url.scheme",
            ctx: Some(json!({ "allowed_schemes": ["http", "https"] })),
        }
    }

    pub(crate) fn no_host() -> Self {
        Self::plain("URL host invalid", "value_error.url.host")
    }

    /// Broken JSON, where Python's parser stumbles.
    pub(crate) fn no_json(msg: &str, doc: &str, pos: usize, line: usize, column: usize) -> Self {
        Self {
            msg: format!("{msg}: line {line} column {column} (char {pos})"),
            kind: "value_error.jsondecode",
            ctx: Some(json!({ "msg": msg, "doc": doc, "pos": pos, "lineno": line, "colno": column })),
        }
    }
}

fn quoted(choices: &[&str]) -> String {
    choices.iter().map(|choice| format!("'{choice}'")).collect::<Vec<_>>().join(", ")
}
