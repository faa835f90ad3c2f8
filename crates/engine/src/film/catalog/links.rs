//! Links to what shows the catalog. They hold no credential: the catalog is for everybody.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::pictures::{AvatarPicture, CatalogFile};
use crate::{Engine, Result};

/// What is written as it is in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl Engine {
    /// Returns the link of a picture of an avatar, PNG.
    pub fn avatar_url(&self, avatar: &str, outfit: &str, picture: AvatarPicture) -> String {
        self.catalog_url(&["avatars", avatar, outfit, &format!("{}.png", picture.as_str())])
    }

    /// Returns the link of a video in which an avatar introduces themselves, MP4.
    pub fn avatar_preview_url(&self, avatar: &str) -> String {
        self.catalog_url(&["avatars", avatar, "preview.mp4"])
    }

    /// Returns the link of something said by a voice, WAV.
    pub fn voice_sample_url(&self, voice: &str) -> String {
        self.catalog_url(&["voices", voice, "sample.wav"])
    }

    /// Returns the link of a small picture of a background, PNG.
    pub fn background_url(&self, name: &str) -> String {
        self.catalog_url(&["backgrounds", &format!("{name}.png")])
    }

    /// Returns the link of a picture of a template, JPEG.
    pub fn template_thumbnail_url(&self, id: &str) -> String {
        self.catalog_url(&["templates", id, "thumbnail.jpg"])
    }

    /// Returns the file that is behind a link's path below `/catalog/`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for what the catalog does not have.
    pub async fn catalog_file(&self, path: &str) -> Result<CatalogFile> {
        self.catalog()?.file(path).await
    }

    fn catalog_url(&self, parts: &[&str]) -> String {
        format!("{}/catalog/{}", self.settings().public_url, path_of(parts))
    }
}

/// Writes the parts of a path, whatever they hold.
fn path_of(parts: &[&str]) -> String {
    let encoded: Vec<String> = parts.iter().map(|part| utf8_percent_encode(part, PLAIN).to_string()).collect();
    encoded.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::pictures::tests::catalog;
    use super::*;

    #[tokio::test]
    async fn paths_lead_to_what_they_are_made_for() {
        let (_folder, catalog) = catalog();
        let voice = &catalog.voices()[0].id;
        assert!(voice.contains('/'), "ids of voices hold what means something in paths");
        let path = path_of(&["voices", voice, "sample.wav"]);
        assert_eq!(path.split('/').count(), 3);
        assert!(catalog.file(&path).await.unwrap().bytes.starts_with(b"RIFF"));
    }
}
