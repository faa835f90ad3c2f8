//! What a document names, and where.

use stage::document::{AssetRef, Background, LayerKind, Project, Source};

/// What a named file is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A picture.
    Picture,
    /// A video, with its sound where it has any.
    Video,
    /// A sound.
    Sound,
}

/// One place where a document names a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetUse<'a> {
    /// The name.
    pub name: &'a AssetRef,
    /// What it is used as.
    pub kind: Kind,
    /// The path in the document.
    pub at: String,
}

/// Lists every place where a project names a file, in the order of the document.
pub fn assets_of(project: &Project) -> Vec<AssetUse<'_>> {
    let mut uses = Vec::new();
    let mut push = |name, kind, at| uses.push(AssetUse { name, kind, at });
    for (s, scene) in project.scenes.iter().enumerate() {
        match &scene.background {
            Background::Image { image, .. } => push(image, Kind::Picture, format!("scenes[{s}].background.image")),
            Background::Video { video, .. } => push(video, Kind::Video, format!("scenes[{s}].background.video")),
            Background::Color { .. } | Background::Gradient { .. } | Background::Transparent => {}
        }
        for (l, layer) in scene.layers.iter().enumerate() {
            let at = |field: &str| format!("scenes[{s}].layers[{l}].{field}");
            match &layer.kind {
                LayerKind::Image { image, .. } => push(image, Kind::Picture, at("image")),
                LayerKind::Video { video, .. } => push(video, Kind::Video, at("video")),
                LayerKind::Audio { audio, .. } => push(audio, Kind::Sound, at("audio")),
                LayerKind::Avatar { .. } | LayerKind::Text { .. } | LayerKind::Shape { .. } => {}
            }
        }
        for (n, narration) in scene.narration.iter().enumerate() {
            if let Source::Audio { audio, .. } = &narration.source {
                push(audio, Kind::Sound, format!("scenes[{s}].narration[{n}].audio"));
            }
        }
    }
    if let Some(soundtrack) = &project.soundtrack {
        push(&soundtrack.audio, Kind::Sound, "soundtrack.audio".to_owned());
    }
    if let Some(image) = project.watermark.as_ref().and_then(|watermark| watermark.image.as_ref()) {
        push(image, Kind::Picture, "watermark.image".to_owned());
    }
    uses
}
