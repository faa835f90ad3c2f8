//! Pages of lists, in the envelope of the vendor's framework.

use engine::Page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::Fields;
use crate::place::Place;

/// Rows of a page where the client names no number.
const PER_PAGE: u32 = 20;

/// The page that a client asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    page: u32,
    per_page: u32,
}

impl Paging {
    /// Reads `page` and `per_page`.
    ///
    /// Our choice: what is no number counts as not given, and a page too large is cut to `n_max` rows, since the vendor's
    /// framework refuses neither.
    pub(crate) fn read(query: &Fields, n_max: u32) -> Self {
        let page = query.lenient_count("page").unwrap_or(1);
        let per_page = query.lenient_count("per_page").unwrap_or(PER_PAGE);
        Self { page, per_page: per_page.min(n_max.max(1)) }
    }

    /// Returns the stretch of the list.
    pub(crate) fn stretch(self) -> Page {
        Page { limit: self.per_page, offset: (self.page - 1).saturating_mul(self.per_page) }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    /// The rows.
    data: Vec<T>,
    /// Where the neighbours are.
    links: Links,
    /// Where this page is.
    meta: Meta,
}

/// Absolute links, which carry the page's number and no other item of the query.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Links {
    #[schema(example = "http://localhost:8080/api/buckets/7/files?page=1")]
    first: String,
    #[schema(example = "http://localhost:8080/api/buckets/7/files?page=3")]
    last: String,
    prev: Option<String>,
    next: Option<String>,
}

/// Where a page is in its list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Meta {
    #[schema(example = 1)]
    current_page: u32,
    /// Number of the first row, from 1; `null` on an empty page.
    #[schema(example = 1)]
    from: Option<i64>,
    /// At least 1.
    #[schema(example = 3)]
    last_page: i64,
    /// The list's address.
    #[schema(example = "http://localhost:8080/api/buckets/7/files")]
    path: String,
    /// Text, unlike the other numbers.
    #[schema(example = "20")]
    per_page: String,
    /// Number of the last row; `null` on an empty page.
    #[schema(example = 20)]
    to: Option<i64>,
    /// Rows of the whole list.
    #[schema(example = 41)]
    total: i64,
}

impl<T> Paged<T> {
    /// Wraps the rows of a page of a list with `total` rows.
    pub(crate) fn new(place: &Place, paging: Paging, total: i64, data: Vec<T>) -> Self {
        let path = place.url();
        let per_page = i64::from(paging.per_page);
        let last_page = total.max(1).saturating_add(per_page - 1) / per_page;
        let current = i64::from(paging.page);
        let before = (current - 1) * per_page;
        let n_rows = i64::try_from(data.len()).unwrap_or(i64::MAX);
        let link = |page: i64| format!("{path}?page={page}");
        Self {
            links: Links {
                first: link(1),
                last: link(last_page),
                prev: (current > 1).then(|| link(current - 1)),
                next: (current < last_page).then(|| link(current + 1)),
            },
            meta: Meta {
                current_page: paging.page,
                from: (n_rows > 0).then_some(before + 1),
                last_page,
                per_page: paging.per_page.to_string(),
                to: (n_rows > 0).then_some(before + n_rows),
                total,
                path,
            },
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn paged(query: &str, n_rows: usize, total: i64) -> Value {
        let place = Place { server: "http://h".to_owned(), path: "/api/x".to_owned() };
        let paging = Paging::read(&Fields::of_query(query), 100);
        serde_json::to_value(Paged::new(&place, paging, total, vec![0; n_rows])).unwrap()
    }

    #[test]
    fn a_page_in_the_middle_has_neighbours() {
        let page = paged("page=2&per_page=10", 10, 41);
        assert_eq!(
            page["links"],
            json!({
                "first": "http://h/api/x?page=1", "last": "http://h/api/x?page=5",
                "prev": "http://h/api/x?page=1", "next": "http://h/api/x?page=3"
            })
        );
        assert_eq!(
            page["meta"],
            json!({
                "current_page": 2, "from": 11, "last_page": 5, "path": "http://h/api/x", "per_page": "10",
                "to": 20, "total": 41
            })
        );
    }

    #[test]
    fn an_empty_list_has_one_page() {
        let page = paged("", 0, 0);
        assert_eq!(page["links"]["last"], "http://h/api/x?page=1");
        assert_eq!(page["links"]["next"], Value::Null);
        assert_eq!(page["links"]["prev"], Value::Null);
        let meta = json!({
            "current_page": 1, "from": null, "last_page": 1, "path": "http://h/api/x", "per_page": "20", "to": null,
            "total": 0
        });
        assert_eq!(page["meta"], meta);
    }

    #[test]
    fn a_page_that_nobody_can_mean_is_the_nearest_sensible_one() {
        for (query, page, limit, offset) in [
            ("page=0&per_page=0", 1, 20, 0),
            ("page=-3&per_page=x", 1, 20, 0),
            ("page=&per_page=", 1, 20, 0),
            ("page=2&per_page=1000", 2, 100, 100),
            ("page=99999999999999999999&per_page=7", u32::MAX, 7, u32::MAX),
            ("page[]=2", 1, 20, 0),
        ] {
            let paging = Paging::read(&Fields::of_query(query), 100);
            let stretch = paging.stretch();
            assert_eq!((paging.page, stretch.limit, stretch.offset), (page, limit, offset), "{query}");
        }
    }
}
