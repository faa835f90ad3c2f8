//! The boundary of a form, read more leniently than RFC 2046 allows: clients of vendors put stars and longer lines there.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

/// Longest boundary, in bytes; RFC 2046 ends at 70.
const BOUNDARY_BYTES_MAX: usize = 200;

/// Tells whether a body calls itself a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Finds the boundary that the content type names, quoted or not.
pub(crate) fn boundary_of(headers: &HeaderMap) -> Option<String> {
    if !is_form(headers) {
        return None;
    }
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (_, mut rest) = text.split_once(';')?;
    loop {
        let (name, value) = rest.split_once('=')?;
        // A parameter without a value may stand in between.
        let name = name.rsplit(';').next().unwrap_or(name).trim();
        let (value, after) = value_of(value.trim_start());
        if name.eq_ignore_ascii_case("boundary") {
            return Some(value).filter(|value| (1..=BOUNDARY_BYTES_MAX).contains(&value.len()));
        }
        rest = after;
    }
}

/// Splits a parameter's value off, without its quotes.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim_end().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary(content_type: &str) -> Option<String> {
        boundary_of(&HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]))
    }

    #[test]
    fn boundaries_of_clients_in_the_field_are_read() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=b", "b"),
            ("multipart/form-data;boundary=\"a b;c=d\"; charset=utf-8", "a b;c=d"),
            ("Multipart/Form-Data; charset=utf-8; BOUNDARY=----WebKitFormBoundaryx", "----WebKitFormBoundaryx"),
            ("multipart/form-data; boundary=*****2015.05.27.acrcloud.rec.copyright.1767323045*****", {
                "*****2015.05.27.acrcloud.rec.copyright.1767323045*****"
            }),
            ("multipart/form-data; oddity; boundary=x ", "x"),
            (r#"multipart/form-data; boundary="a\"b""#, "a\"b"),
            ("multipart/form-data; boundary==?:/", "=?:/"),
        ] {
            assert_eq!(boundary(content_type).as_deref(), Some(expected), "{content_type}");
        }
    }

    #[test]
    fn what_has_no_boundary_has_none() {
        let long = format!("multipart/form-data; boundary={}", "x".repeat(BOUNDARY_BYTES_MAX + 1));
        for content_type in [
            "multipart/form-data",
            "multipart/form-data; boundary",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; charset=utf-8",
            "application/json; boundary=b",
            "text/plain",
            &long,
        ] {
            assert_eq!(boundary(content_type), None, "{content_type}");
        }
    }
}
