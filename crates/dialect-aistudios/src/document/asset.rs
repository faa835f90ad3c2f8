//! What URLs of a document name.

use stage::document::AssetRef;
use stage::document::limits::ASSET_CHARS_MAX;

/// What comes before the name of a file that the vendor ships, in a path relative to its host.
pub(crate) const BACKGROUND_FOLDER: &str = "/images/background/";
/// What the names of those files begin with.
const BACKGROUND_PREFIX: &str = "bg_";

/// Returns what a `source_url` names, or nothing for what cannot be fetched.
///
/// Beside addresses on the web these are files that come with the server, under the vendor's paths, and, in our own spelling,
/// `builtin:NAME`, `material:ID` and `track:ID`.
pub(super) fn named(url: &str) -> Option<AssetRef> {
    let url = url.trim();
    if url.len() > ASSET_CHARS_MAX {
        return None;
    }
    if let Some(file) = background_file(url) {
        return Some(AssetRef(format!("builtin:{}", builtin_name(file))));
    }
    if url.starts_with("//") {
        return Some(AssetRef(format!("https:{url}")));
    }
    let (scheme, rest) = url.split_once(':')?;
    let is_known = ["http", "https", "data", "builtin", "material", "track"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    (is_known && !rest.trim_matches('/').is_empty()).then(|| AssetRef(url.to_owned()))
}

/// Returns the file of a path such as `/images/background/bg_blue_gradient.png`.
fn background_file(url: &str) -> Option<&str> {
    let file = url.strip_prefix(BACKGROUND_FOLDER)?;
    (!file.is_empty() && !file.contains('/')).then_some(file)
}

/// Returns the name of the background in a file such as `bg_blue_gradient.png`: `blue-gradient`.
pub(crate) fn builtin_name(file: &str) -> String {
    let file = file.split(['?', '#']).next().unwrap_or(file);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    stem.strip_prefix(BACKGROUND_PREFIX).unwrap_or(stem).replace('_', "-")
}

/// Returns the path of a background that comes with the server, as documents of the vendor name it.
pub(crate) fn builtin_file(name: &str) -> String {
    format!("{BACKGROUND_FOLDER}{BACKGROUND_PREFIX}{}.png", name.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(url: &str) -> Option<String> {
        named(url).map(|asset| asset.0)
    }

    #[test]
    fn the_vendors_backgrounds_are_those_that_come_with_the_server() {
        assert_eq!(name_of("/images/background/bg_blue_gradient.png").as_deref(), Some("builtin:blue-gradient"));
        assert_eq!(name_of(&builtin_file("blue-gradient")).as_deref(), Some("builtin:blue-gradient"));
        assert_eq!(name_of("/images/background/office.jpg?v=2").as_deref(), Some("builtin:office"));
    }

    #[test]
    fn only_what_can_be_fetched_is_named() {
        for url in ["https://a.example/x.png", "http://a.example/x", "data:image/png;base64,AA==", "builtin:dawn"] {
            assert_eq!(name_of(url).as_deref(), Some(url));
        }
        assert_eq!(name_of("//cdn.example/x.png").as_deref(), Some("https://cdn.example/x.png"));
        for url in ["", "x.png", "/etc/passwd", "file:///etc/passwd", "../x", "https:", "https://", "ftp://a/b"] {
            assert_eq!(name_of(url), None, "{url}");
        }
        assert_eq!(name_of(&format!("data:{}", "x".repeat(ASSET_CHARS_MAX))), None);
    }
}
