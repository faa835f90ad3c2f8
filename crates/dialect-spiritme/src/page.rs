//! Pages of lists: a limit, an offset, and links to the neighbours.

use std::collections::BTreeMap;

use engine::Page;
use serde::Serialize;
use url::form_urlencoded::Serializer;
use utoipa::ToSchema;

use crate::call::Call;
use crate::query::Query;

/// Rows of a page where the client names no number. Our choice: the vendor's number is not known.
const LIMIT: u32 = 100;

/// The stretch of a list that a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    limit: u32,
    offset: u32,
}

impl Paging {
    /// Reads `limit` and `offset`. What is no number counts as not given, and a page too large is cut to `n_max` rows.
    pub(crate) fn read(query: &Query, n_max: u32) -> Self {
        let limit = query.last("limit").and_then(number).filter(|limit| *limit > 0).unwrap_or(LIMIT);
        Self { limit: limit.min(n_max.max(1)), offset: query.last("offset").and_then(number).unwrap_or(0) }
    }

    /// Reads what a call asks for.
    pub(crate) fn of(call: &Call) -> Self {
        Self::read(&call.query, call.engine.limits().page_rows_max)
    }

    /// Returns the stretch of the list.
    pub(crate) fn stretch(self) -> Page {
        Page { limit: self.limit, offset: self.offset }
    }

    /// Cuts the stretch out of a list that is held completely.
    pub(crate) fn cut<T>(self, list: Vec<T>) -> Vec<T> {
        list.into_iter().skip(self.offset as usize).take(self.limit as usize).collect()
    }
}

/// Reads a whole number of any length; one that is too large is the largest.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    /// Rows of the whole list.
    #[schema(example = 123)]
    count: i64,
    /// The address of the next page.
    #[schema(required = true, format = "uri", example = "http://localhost:8080/api/videos/?limit=100&offset=100")]
    next: Option<String>,
    /// The address of the previous page.
    #[schema(required = true, format = "uri", example = "http://localhost:8080/api/videos/?limit=100")]
    previous: Option<String>,
    /// The rows.
    results: Vec<T>,
}

impl<T> Paged<T> {
    /// Wraps the rows of a page of a list with `count` rows.
    pub(crate) fn new(call: &Call, paging: Paging, count: i64, results: Vec<T>) -> Self {
        let (limit, offset) = (i64::from(paging.limit), i64::from(paging.offset));
        let link = |offset: i64| format!("{}?{}", call.url, query_of(&call.query, limit, offset));
        Self {
            count,
            next: (offset + limit < count).then(|| link(offset + limit)),
            previous: (offset > 0).then(|| link(offset - limit)),
            results,
        }
    }
}

/// Writes a query with another stretch: names in alphabetical order, no offset at the beginning.
fn query_of(query: &Query, limit: i64, offset: i64) -> String {
    let mut items: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in query.items() {
        items.entry(name).or_default().push(value.clone());
    }
    items.insert("limit", vec![limit.to_string()]);
    items.remove("offset");
    if offset > 0 {
        items.insert("offset", vec![offset.to_string()]);
    }
    let mut text = Serializer::new(String::new());
    for (name, values) in items {
        text.extend_pairs(values.iter().map(|value| (name, value)));
    }
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_nobody_can_mean_is_the_first() {
        for (query, limit, offset) in [
            ("", 100, 0),
            ("limit=10&offset=20", 10, 20),
            ("limit=0&offset=-1", 100, 0),
            ("limit=-5&offset=x", 100, 0),
            ("limit=x&offset=1.5", 100, 0),
            ("limit=&offset=", 100, 0),
            ("limit=99999999999999999999999&offset=99999999999999999999999", 1000, u32::MAX),
            ("limit=5&limit=7", 7, 0),
        ] {
            assert_eq!(Paging::read(&Query::read(query), 1000), Paging { limit, offset }, "{query}");
        }
    }

    #[test]
    fn links_keep_the_rest_of_the_query() {
        let query = Query::read("status=success&offset=5&a=x%20y&status=error&status%5B%5D=draft");
        let expected = "a=x+y&limit=10&offset=15&status=success&status=error&status%5B%5D=draft";
        assert_eq!(query_of(&query, 10, 15), expected);
        assert_eq!(query_of(&Query::read("offset=5"), 5, 0), "limit=5");
    }
}
