//! JSON bodies, and where Python's parser would have stumbled over broken ones.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use crate::error::{ApiError, check};
use crate::fields::Object;
use crate::problems::{Fault, Loc, Problem, Problems};

/// Largest body, in bytes: 500 scenes with full transcripts and some addresses.
pub(crate) const BODY_BYTES_MAX: u64 = 4 << 20;
/// Bytes of a body that is too large that are read all the same, so that its client reads the answer.
const DRAIN_BYTES_MAX: u64 = 8 << 20;
/// Characters of a broken body that are shown to its sender.
const SHOWN_CHARS_MAX: usize = 1000;

/// The body of a request, a JSON object.
///
/// Our choice: whatever its content type says, since `curl --data` calls JSON a form.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = intake::bytes(request.into_body(), BODY_BYTES_MAX, DRAIN_BYTES_MAX).await?;
        if bytes.trim_ascii().is_empty() {
            return Err(ApiError::invalid(&["body"], Fault::missing()));
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(ApiError::invalid(&["body"], Fault::rule("the body is not UTF-8")));
        };
        // Some tools of Windows write a mark of the encoding first.
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(Value::Null) => Err(ApiError::invalid(&["body"], Fault::missing())),
            Ok(_) => Err(ApiError::invalid(&["body"], Fault::no_dict())),
            Err(error) => Err(broken(text, &error)),
        }
    }
}

impl Body {
    /// Reads members with `read`, and fails if anything was wrong with them.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Object<'_>) -> T) -> Result<T, ApiError> {
        let problems = Problems::default();
        let value = read(&Object::whole(&self.0, "body", &problems));
        check(problems).map(|()| value)
    }
}

fn broken(text: &str, error: &serde_json::Error) -> ApiError {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let before: usize = lines.map(|line| line.chars().count()).sum();
    let pos = before + error.column().saturating_sub(1);
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let message = pythons_words(&error.to_string());
    let fault = Fault::no_json(message, &shown, pos, error.line(), error.column().max(1));
    ApiError::Invalid(vec![Problem::new(&["body".into(), Loc::Index(pos)], fault)])
}

/// Says what our parser found in the words of Python's.
fn pythons_words(error: &str) -> &'static str {
    const WORDS: [(&str, &str); 9] = [
        ("key must be a string", "Expecting property name enclosed in double quotes"),
        ("EOF while parsing an object", "Expecting property name enclosed in double quotes"),
        ("trailing comma", "Expecting property name enclosed in double quotes"),
        ("expected `:`", "Expecting ':' delimiter"),
        ("expected `,`", "Expecting ',' delimiter"),
        ("EOF while parsing a list", "Expecting ',' delimiter"),
        ("trailing characters", "Extra data"),
        ("control character", "Invalid control character at"),
        ("EOF while parsing a string", "Unterminated string starting at"),
    ];
    if error.starts_with("invalid escape") {
        return "Invalid \\escape";
    }
    WORDS.iter().find(|(ours, _)| error.starts_with(ours)).map_or("Expecting value", |(_, pythons)| pythons)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn broken_json_is_told_as_python_tells_it() {
        // The messages of Python 3.11's `json.loads` for the same texts.
        for (text, message) in [
            ("{", "Expecting property name enclosed in double quotes"),
            ("{\"a\":", "Expecting value"),
            ("[1", "Expecting ',' delimiter"),
            ("{\"a\":1}x", "Extra data"),
            ("{'a'", "Expecting property name enclosed in double quotes"),
            ("{\"a\":\"\n\"}", "Invalid control character at"),
            ("x", "Expecting value"),
            ("\"abc", "Unterminated string starting at"),
            ("{\"a\":1 \"b\"}", "Expecting ',' delimiter"),
            ("{\"a\":\"\\q\"}", "Invalid \\escape"),
            ("{\"a\" 1}", "Expecting ':' delimiter"),
        ] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            assert_eq!(pythons_words(&error.to_string()), message, "{text}: {error}");
        }
    }

    #[test]
    fn a_broken_body_is_shown_with_the_place() {
        let text = "{\n  \"name\": x}";
        let error = broken(text, &serde_json::from_str::<Value>(text).unwrap_err());
        let ApiError::Invalid(problems) = error else { panic!("{error:?}") };
        assert_eq!(
            serde_json::to_value(problems).unwrap(),
            json!([{
                "loc": ["body", 12], "msg": "Expecting value: line 2 column 11 (char 12)",
                "type": "value_error.jsondecode",
                "ctx": {"msg": "Expecting value", "doc": text, "pos": 12, "lineno": 2, "colno": 11},
            }])
        );
    }
}
