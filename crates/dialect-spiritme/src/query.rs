//! The items of a request's query, and filters made of them.

use url::form_urlencoded;

use crate::error::ApiError;
use crate::fields::shown;
use crate::problems::{Path, Problems};

/// Names and values in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the text after the question mark.
    pub(crate) fn read(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Returns a value; the last where the name repeats.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns all items.
    pub(crate) fn items(&self) -> &[(String, String)] {
        &self.0
    }

    /// Reads a filter that may be repeated, `name=A&name=B`; the one public client writes `name[]=A`.
    ///
    /// Our choice: an empty value asks for nothing in particular.
    pub(crate) fn choices<T: Copy>(&self, problems: &mut Problems, name: &str, choices: &[(&str, T)]) -> Vec<T> {
        let is_asked = |known: &str| known == name || known.strip_suffix("[]") == Some(name);
        let mut found = Vec::new();
        for (_, value) in self.0.iter().filter(|(known, value)| is_asked(known) && !value.is_empty()) {
            match choices.iter().find(|(word, _)| word == value) {
                Some((_, meaning)) => found.push(*meaning),
                None => {
                    let path = Path::default().member(name);
                    let value = shown(value);
                    let message = format!("Select a valid choice. {value} is not one of the available choices.");
                    problems.add(&path, message);
                }
            }
        }
        found
    }

    /// Reads the names of `ordering`: each with whether the order is descending.
    pub(crate) fn ordering(&self) -> Vec<(&str, bool)> {
        let names = self.last("ordering").unwrap_or_default().split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(|name| (name.trim_start_matches('-'), name.starts_with('-')))
            .collect()
    }

    /// Tells whether the oldest rows are asked for first. Rows are numbered in the order in which they are made, so both names say the same;
    /// others are not known and count for nothing.
    pub(crate) fn is_oldest_first(&self) -> bool {
        let known = |(name, _): &(&str, bool)| matches!(*name, "id" | "cd");
        self.ordering().into_iter().find(known).is_some_and(|(_, is_descending)| !is_descending)
    }
}

/// Fails if a filter is wrong.
pub(crate) fn checked(problems: Problems) -> Result<(), ApiError> {
    if problems.is_empty() { Ok(()) } else { Err(ApiError::Invalid(problems)) }
}
