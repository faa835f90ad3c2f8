//! What a client accepts.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The media types of an `Accept` header in their order, without parameters; `*/*` without a header.
///
/// Framework quirk: weights count for nothing.
pub(crate) fn accepted(headers: &HeaderMap) -> Vec<String> {
    let mut types = Vec::new();
    for value in headers.get_all(ACCEPT) {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        types.extend(text.split(',').map(|one| {
            let name = one.split(';').next().unwrap_or_default();
            name.trim().to_ascii_lowercase()
        }));
    }
    if types.is_empty() { vec!["*/*".to_owned()] } else { types }
}

/// Tells whether one of the accepted types covers a media type.
pub(crate) fn accepts(accepted: &[String], media_type: &str) -> bool {
    accepted.iter().any(|range| covers(range, media_type))
}

/// Tells whether a range such as `application/*` covers a media type.
pub(crate) fn covers(range: &str, media_type: &str) -> bool {
    let Some((kind, subtype)) = range.split_once('/') else { return false };
    let Some((wanted_kind, wanted_subtype)) = media_type.split_once('/') else { return false };
    (kind == "*" || kind == wanted_kind) && (subtype == "*" || subtype == wanted_subtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts_json(header: &str) -> bool {
        let headers = HeaderMap::from_iter([(ACCEPT, header.parse().unwrap())]);
        accepts(&accepted(&headers), "application/json")
    }

    #[test]
    fn json_is_accepted_under_every_range_that_covers_it() {
        for header in ["*/*", "application/json", "Application/JSON; indent=4", "application/*;q=0.1", "text/html, */*"]
        {
            assert!(accepts_json(header), "{header}");
        }
        for header in ["text/html", "application/xml, text/plain", "json", "", "application/jsonp"] {
            assert!(!accepts_json(header), "{header}");
        }
        assert!(accepts(&accepted(&HeaderMap::new()), "application/json"));
    }
}
