//! What texts of requests may look like.

use super::number::UserDefined;
use crate::{Error, Result};

/// Longest name or title, in characters.
const NAME_CHARS_MAX: usize = 1000;
/// Longest `user_defined`, as JSON, in bytes.
const USER_DEFINED_BYTES_MAX: usize = 64 << 10;

/// Checks text that names something for people.
pub(crate) fn check_name(field: &'static str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::Invalid { field, reason: "must not be empty".to_owned() });
    }
    check_text(field, text)
}

/// Checks text that may be empty. Databases refuse the character 0.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::Invalid { field, reason: "must not contain the character U+0000".to_owned() });
    }
    if text.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(Error::Invalid { field, reason: format!("must be at most {NAME_CHARS_MAX} characters long") });
    }
    Ok(())
}

/// Checks several texts.
pub(crate) fn check_texts(field: &'static str, texts: &[String]) -> Result<()> {
    const TEXTS_MAX: usize = 100;
    if texts.len() > TEXTS_MAX {
        return Err(Error::Invalid { field, reason: format!("must have at most {TEXTS_MAX} entries") });
    }
    texts.iter().try_for_each(|text| check_text(field, text))
}

/// Checks a caller's own values.
pub(crate) fn check_user_defined(values: &UserDefined) -> Result<()> {
    let field = "user_defined";
    // A map of JSON values cannot fail to be written.
    let json = serde_json::to_string(values).unwrap_or_default();
    if json.len() > USER_DEFINED_BYTES_MAX {
        return Err(Error::Invalid {
            field,
            reason: format!("must be at most {USER_DEFINED_BYTES_MAX} bytes of JSON"),
        });
    }
    // PostgreSQL's text holds anything but this.
    if json.contains("\\u0000") {
        return Err(Error::Invalid { field, reason: "must not contain the character U+0000".to_owned() });
    }
    Ok(())
}
