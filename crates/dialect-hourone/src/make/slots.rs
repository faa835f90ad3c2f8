//! Slots: the layers of a scene that clients fill, by their ids.

use std::collections::{BTreeMap, BTreeSet};

use engine::film::catalog::{Catalog, CatalogLayout, LayoutPurpose, SlotContents};
use stage::document::{AssetRef, Emotion, Fit, Layer, LayerKind, Narration, Scene, Source};

/// Ids of slots for pictures and videos begin so.
const MEDIA: &str = "USER-VISUAL-";
/// Ids of slots for texts begin so.
const TEXT: &str = "TEXT-";
/// Silence after what is said in a scene; our choice.
const TAIL_MS: u32 = 500;
/// How long a scene is in which nothing is said; our choice.
const SILENT_MS: u32 = 3000;
/// Endings of the addresses of videos.
const VIDEO_ENDINGS: [&str; 8] = ["mp4", "m4v", "mov", "webm", "mkv", "avi", "ogv", "mpg"];

/// A picture or a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Media {
    pub(super) asset: AssetRef,
    pub(super) is_video: bool,
}

impl Media {
    /// Takes an address; its ending says what it is.
    pub(super) fn of_url(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let ending = last.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let is_video = ending.is_some_and(|ending| VIDEO_ENDINGS.contains(&ending.as_str()));
        Self { asset: AssetRef(url.to_owned()), is_video }
    }
}

/// Returns the ids of a scene's slots for pictures and videos, in order.
pub(crate) fn media_slots(scene: &Scene) -> Vec<String> {
    slots(scene, MEDIA)
}

/// Returns the ids of a scene's slots for texts, in order.
pub(crate) fn text_slots(scene: &Scene) -> Vec<String> {
    slots(scene, TEXT)
}

fn slots(scene: &Scene, prefix: &str) -> Vec<String> {
    let ids: BTreeSet<&str> = scene.layers.iter().map(|layer| layer.id.as_str()).collect();
    ids.into_iter().filter(|id| id.starts_with(prefix)).map(str::to_owned).collect()
}

/// Shows a picture or a video in the layers with this id; tells whether there are any.
///
/// Our choice: videos in slots are silent, so that the speaker is heard, and begin again when they end.
pub(super) fn put_media(scene: &mut Scene, slot: &str, media: &Media) -> bool {
    let mut is_there = false;
    for layer in scene.layers.iter_mut().filter(|layer| layer.id == slot) {
        is_there = true;
        let fit = match layer.kind {
            LayerKind::Image { fit, .. } | LayerKind::Video { fit, .. } => fit,
            _ => Fit::default(),
        };
        let asset = media.asset.clone();
        layer.kind = if media.is_video {
            LayerKind::Video { video: asset, fit, volume: 0.0, looped: true, trim_start_ms: 0 }
        } else {
            LayerKind::Image { image: asset, fit }
        };
    }
    is_there
}

/// Shows texts in slots, their letters made smaller until each is within its slot.
///
/// An empty text shows nothing, but its slot stays: a video made from this one may fill it.
pub(super) fn put_texts(catalog: &Catalog, scene: &mut Scene, texts: BTreeMap<String, String>) {
    let (texts, blank): (BTreeMap<_, _>, BTreeMap<_, _>) =
        texts.into_iter().partition(|(_, text)| !text.trim().is_empty());
    for layer in scene.layers.iter_mut().filter(|layer| blank.contains_key(&layer.id)) {
        if let LayerKind::Text { text, .. } = &mut layer.kind {
            text.clear();
        }
    }
    if texts.is_empty() {
        return;
    }
    let layout =
        CatalogLayout { id: String::new(), name: String::new(), purpose: LayoutPurpose::Other, scene: scene.clone() };
    let contents = SlotContents { texts, ..SlotContents::default() };
    *scene = layout.filled_to_fit(&contents, catalog.studio().fonts());
}

/// Splits `character/outfit`; our choice, for clients that want more than the first outfit.
pub(super) fn split_character(id: &str) -> (&str, Option<&str>) {
    match id.split_once('/') {
        Some((avatar, outfit)) if !avatar.is_empty() && !outfit.is_empty() => (avatar, Some(outfit)),
        _ => (id, None),
    }
}

/// Has everybody in a scene played by a character.
pub(super) fn recast(scene: &mut Scene, character_id: &str) {
    let (id, dress) = split_character(character_id);
    for layer in &mut scene.layers {
        if let LayerKind::Avatar { avatar, outfit, .. } = &mut layer.kind {
            id.clone_into(avatar);
            *outfit = dress.map(str::to_owned);
        }
    }
}

/// Has everything in a scene said by a voice.
pub(super) fn revoice(scene: &mut Scene, voice_id: &str) {
    for narration in &mut scene.narration {
        if let Source::Text { voice, .. } = &mut narration.source {
            *voice = Some(voice_id.to_owned());
        }
    }
}

/// What is said in a scene: a text, a recording, or a recording of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Speech<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) recording: Option<&'a str>,
    pub(super) voice: Option<&'a str>,
}

/// Replaces what is said in a scene. Without anything to say it is silent, and a few seconds long.
pub(super) fn say(scene: &mut Scene, speech: Speech<'_>) {
    let text = speech.text.map(str::trim).filter(|text| !text.is_empty());
    let source = match (speech.recording, text) {
        (Some(url), text) => Source::Audio { audio: AssetRef(url.to_owned()), transcript: text.map(str::to_owned) },
        (None, Some(text)) => Source::Text {
            text: text.to_owned(),
            voice: speech.voice.or_else(|| voice_of(scene)).map(str::to_owned),
            language: None,
            rate: 1.0,
            pitch: 0.0,
        },
        (None, None) => {
            scene.narration.clear();
            scene.duration_ms = Some(SILENT_MS);
            return;
        }
    };
    let narration = Narration {
        speaker: speaker_of(scene),
        source,
        pause_before_ms: 0,
        pause_after_ms: TAIL_MS,
        emotion: emotion_of(scene),
        volume: 1.0,
    };
    scene.narration = vec![narration];
    scene.duration_ms = None;
}

/// Returns the id of the layer that speaks.
fn speaker_of(scene: &Scene) -> Option<String> {
    let is_avatar = |layer: &&Layer| matches!(layer.kind, LayerKind::Avatar { .. }) && !layer.id.is_empty();
    scene.layers.iter().find(is_avatar).map(|layer| layer.id.clone())
}

fn emotion_of(scene: &Scene) -> Option<Emotion> {
    scene.narration.first().and_then(|narration| narration.emotion)
}

/// Returns the first voice of a scene.
pub(super) fn voice_of(scene: &Scene) -> Option<&str> {
    scene.narration.iter().find_map(|narration| match &narration.source {
        Source::Text { voice, .. } => voice.as_deref(),
        Source::Audio { .. } => None,
    })
}

/// Returns the first character of a scene.
pub(super) fn character_of(scene: &Scene) -> Option<&str> {
    scene.layers.iter().find_map(|layer| match &layer.kind {
        LayerKind::Avatar { avatar, .. } => Some(avatar.as_str()),
        _ => None,
    })
}

/// Returns the text that is shown in a slot.
pub(crate) fn text_of<'a>(scene: &'a Scene, slot: &str) -> &'a str {
    let layers = scene.layers.iter().filter(|layer| layer.id == slot);
    let mut texts = layers.filter_map(|layer| match &layer.kind {
        LayerKind::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.next().unwrap_or_default()
}

/// Returns what is said in a scene, as far as it is known as text.
pub(crate) fn transcript_of(scene: &Scene) -> String {
    let texts = scene.narration.iter().filter_map(|narration| match &narration.source {
        Source::Text { text, .. } => Some(text.as_str()),
        Source::Audio { transcript, .. } => transcript.as_deref(),
    });
    texts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scene() -> Scene {
        serde_json::from_value(json!({
            "layers": [
                {"id": "TEXT-002", "type": "text", "text": "b"},
                {"id": "AVATAR", "type": "avatar", "avatar": "amara", "outfit": "red-dress"},
                {"id": "USER-VISUAL-001", "type": "image", "image": "builtin:x", "fit": "cover"},
                {"id": "TEXT-001", "type": "text", "text": "a"},
                {"id": "frame", "type": "shape", "shape": "rectangle"},
            ],
            "narration": [{"speaker": "AVATAR", "text": "Hi.", "voice": "v", "emotion": "smile"}],
            "duration_ms": 9000,
        }))
        .unwrap()
    }

    #[test]
    fn slots_are_in_the_order_of_their_ids() {
        assert_eq!(text_slots(&scene()), ["TEXT-001", "TEXT-002"]);
        assert_eq!(media_slots(&scene()), ["USER-VISUAL-001"]);
    }

    #[test]
    fn addresses_of_videos_are_known_by_their_endings() {
        for url in ["https://a.example/b.mp4", "https://a.example/b.c/d.MOV?x=1.png#y", "http://a/b.webm"] {
            assert!(Media::of_url(url).is_video, "{url}");
        }
        for url in
            ["https://a.example/b.png", "https://mp4.mp4/", "https://a.example/mp4", "https://a.example/b?c=.mp4"]
        {
            assert!(!Media::of_url(url).is_video, "{url}");
        }
    }

    #[test]
    fn a_slot_keeps_its_place_and_fit() {
        let mut scene = scene();
        assert!(put_media(&mut scene, "USER-VISUAL-001", &Media::of_url("https://a.example/b.mp4")));
        let expected = json!({"video": "https://a.example/b.mp4", "fit": "cover", "volume": 0.0, "loop": true});
        let layer = serde_json::to_value(&scene.layers[2]).unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&layer[name], value, "{layer}");
        }
        assert!(!put_media(&mut scene, "USER-VISUAL-002", &Media::of_url("https://a.example/b.png")));
    }

    #[test]
    fn who_speaks_stays_when_what_is_said_changes() {
        let mut scene = scene();
        say(&mut scene, Speech { text: Some(" New words. "), ..Speech::default() });
        let narration = serde_json::to_value(&scene.narration).unwrap();
        assert_eq!(
            narration,
            json!([{"speaker": "AVATAR", "text": "New words.", "voice": "v", "pause_after_ms": 500, "emotion": "smile"}])
        );
        assert_eq!(scene.duration_ms, None);
        say(&mut scene, Speech { text: Some("  "), ..Speech::default() });
        assert_eq!((scene.narration.len(), scene.duration_ms), (0, Some(3000)));
        say(&mut scene, Speech { recording: Some("https://a.example/a.wav"), text: Some("Words."), voice: None });
        assert_eq!(transcript_of(&scene), "Words.");
    }

    #[test]
    fn a_character_may_come_with_an_outfit() {
        let mut scene = scene();
        recast(&mut scene, "bruno");
        let cast = |scene: &Scene| match &scene.layers[1].kind {
            LayerKind::Avatar { avatar, outfit, .. } => (avatar.clone(), outfit.clone()),
            other => panic!("{other:?}"),
        };
        assert_eq!(cast(&scene), ("bruno".to_owned(), None));
        recast(&mut scene, "bruno/navy-suit");
        assert_eq!(cast(&scene), ("bruno".to_owned(), Some("navy-suit".to_owned())));
        assert_eq!(split_character("/x"), ("/x", None));
    }
}
