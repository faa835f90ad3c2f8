//! What there is: paths, methods, and the operations behind them.

/// An operation, by the vendor's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    AvatarsList,
    TemplatesList,
    TemplatesCreate,
    TemplatesRetrieve,
    BatchVideosList,
    BatchVideosCreate,
    BatchVideosRetrieve,
    FilesList,
    FilesCreate,
    FilesRetrieve,
    FilesDestroy,
    FilesChildrenList,
    SchemaRetrieve,
    Swagger,
    LanguagesList,
    VoicesList,
    UserRetrieve,
    UserDestroy,
    VideosList,
    VideosCreate,
    VideosRetrieve,
    VideosUpdate,
    VideosDestroy,
    VideosPublish,
}

/// A path and what can be done there.
#[derive(Debug)]
pub(crate) struct Place {
    /// The path after `/api/`; `{}` names an object.
    pub(crate) path: &'static str,
    /// What a token may be limited to; none for what needs no token.
    pub(crate) area: Option<&'static str>,
    /// What the framework calls the place.
    pub(crate) name: &'static str,
    /// Types of bodies that are read.
    pub(crate) parses: &'static [&'static str],
    /// Methods and operations, in the framework's order of methods.
    pub(crate) operations: &'static [(&'static str, Operation)],
}

use crate::body::{FILE_MEDIA_TYPES, MEDIA_TYPES};
use Operation as Op;

/// All places.
pub(crate) const PLACES: [Place; 16] = [
    place("avatars/", Some("avatars"), "Avatar List", &[("GET", Op::AvatarsList)]),
    place(
        "batch-video-templates/",
        Some("batch-video-templates"),
        "Batch Video Template List",
        &[("GET", Op::TemplatesList), ("POST", Op::TemplatesCreate)],
    ),
    place(
        "batch-video-templates/{}/",
        Some("batch-video-templates"),
        "Batch Video Template Instance",
        &[("GET", Op::TemplatesRetrieve)],
    ),
    place(
        "batch-videos/",
        Some("batch-videos"),
        "Batch Video List",
        &[("GET", Op::BatchVideosList), ("POST", Op::BatchVideosCreate)],
    ),
    place("batch-videos/{}/", Some("batch-videos"), "Batch Video Instance", &[("GET", Op::BatchVideosRetrieve)]),
    Place {
        parses: &FILE_MEDIA_TYPES,
        ..place("files/", Some("files"), "File List", &[("GET", Op::FilesList), ("POST", Op::FilesCreate)])
    },
    place("files/{}/", Some("files"), "File Instance", &[("GET", Op::FilesRetrieve), ("DELETE", Op::FilesDestroy)]),
    place("files/{}/children/", Some("files"), "Children", &[("GET", Op::FilesChildrenList)]),
    place("schema/", None, "Spectacular API", &[("GET", Op::SchemaRetrieve)]),
    place("swagger/", None, "Spectacular Swagger", &[("GET", Op::Swagger)]),
    place("tts/languages/", Some("tts"), "Language List", &[("GET", Op::LanguagesList)]),
    place("tts/voices/", Some("tts"), "Voice List", &[("GET", Op::VoicesList)]),
    place("users/current/", Some("users"), "Current", &[("GET", Op::UserRetrieve), ("DELETE", Op::UserDestroy)]),
    place("videos/", Some("videos"), "Video List", &[("GET", Op::VideosList), ("POST", Op::VideosCreate)]),
    place(
        "videos/{}/",
        Some("videos"),
        "Video Instance",
        &[("GET", Op::VideosRetrieve), ("PUT", Op::VideosUpdate), ("DELETE", Op::VideosDestroy)],
    ),
    place("videos/{}/publish/", Some("videos"), "Publish", &[("POST", Op::VideosPublish)]),
];

const fn place(
    path: &'static str,
    area: Option<&'static str>,
    name: &'static str,
    operations: &'static [(&'static str, Operation)],
) -> Place {
    Place { path, area, name, parses: &MEDIA_TYPES, operations }
}

/// The first parts of all paths, after `/api/`.
pub(crate) const AREAS: [&str; 9] =
    ["avatars", "batch-video-templates", "batch-videos", "files", "schema", "swagger", "tts", "users", "videos"];

impl Place {
    /// Returns the operation of a method. What can be fetched can be looked at.
    pub(crate) fn operation(&self, method: &str) -> Option<Operation> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.operations.iter().find(|(known, _)| *known == method).map(|(_, operation)| *operation)
    }

    /// Lists the methods, for the header `Allow`.
    pub(crate) fn allow(&self) -> String {
        let mut methods: Vec<&str> = self.operations.iter().map(|(method, _)| *method).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.join(", ")
    }

    /// Returns what stands in the place of the id, if a path is one of this place.
    fn id_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        let Some((before, after)) = self.path.split_once("{}") else {
            return (self.path == path).then_some("");
        };
        let id = path.strip_prefix(before)?.strip_suffix(after)?;
        // As the framework has it: whatever has no slash and no dot may be meant as an id.
        (!id.is_empty() && !id.contains(['/', '.'])).then_some(id)
    }
}

/// Finds the place of a path, and the id in it.
pub(crate) fn find(path: &str) -> Option<(&'static Place, &str)> {
    static ALL: [Place; 16] = PLACES;
    let path = path.strip_prefix("/api/")?;
    ALL.iter().find_map(|place| Some((place, place.id_in(path)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_with_their_ids() {
        let found = |path: &str| find(path).map(|(place, id)| (place.path, id.to_owned()));
        assert_eq!(found("/api/videos/"), Some(("videos/", String::new())));
        assert_eq!(found("/api/videos/12/"), Some(("videos/{}/", "12".to_owned())));
        assert_eq!(found("/api/videos/x/publish/"), Some(("videos/{}/publish/", "x".to_owned())));
        for path in
            ["/api/videos", "/api/videos/1", "/api/videos/1/2/", "/api/videos/a.b/", "/api/", "/videos/", "/api/tts/"]
        {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn methods_are_listed_in_the_order_of_the_framework() {
        let allow = |path: &str| find(path).map(|(place, _)| place.allow());
        assert_eq!(allow("/api/videos/1/").as_deref(), Some("GET, PUT, DELETE, HEAD, OPTIONS"));
        assert_eq!(allow("/api/videos/1/publish/").as_deref(), Some("POST, OPTIONS"));
    }

    #[test]
    fn every_place_is_in_an_area() {
        for place in &PLACES {
            assert!(AREAS.iter().any(|area| place.path.starts_with(&format!("{area}/"))), "{}", place.path);
        }
    }
}
