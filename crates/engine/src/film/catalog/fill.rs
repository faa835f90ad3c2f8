//! Layouts with something in their slots.

use std::collections::BTreeMap;

use stage::document::{AssetRef, Fit, Layer, LayerKind, Narration, Scene, Source};
use stage::text::{Fonts, TextBlock, TextSpec};

use super::{Catalog, CatalogLayout};

/// The slot of the person who speaks.
const AVATAR_SLOT: &str = "AVATAR";
/// Letters are made smaller down to this share of their size before words are left out.
const SIZE_SHARE_MIN: f64 = 0.45;
/// From one size that is tried to the next.
const SIZE_STEP: f64 = 0.94;
/// What stands for words that are left out.
const ELLIPSIS: char = '\u{2026}';

/// What goes into the slots of a layout. Slots that are not named keep what the layout has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SlotContents {
    /// Texts by the ids of their slots; nothing is drawn for an empty one.
    pub texts: BTreeMap<String, String>,
    /// Pictures and videos by the ids of their slots.
    pub media: BTreeMap<String, SlotMedia>,
    /// The avatar who speaks; the layout's own without one.
    pub avatar: Option<String>,
    /// What they wear, if there is an avatar; their first outfit without one.
    pub outfit: Option<String>,
    /// What they say.
    pub transcript: String,
    /// A recording of it.
    pub recording: Option<AssetRef>,
    /// The voice that says it; one of the language without one.
    pub voice: Option<String>,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
}

/// What is shown in a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum SlotMedia {
    /// A picture that covers its slot.
    Picture(AssetRef),
    /// A page that is seen whole.
    Page(AssetRef),
    /// A video that covers its slot.
    Video {
        /// The video.
        video: AssetRef,
        /// How loud its sound is; 0 is silent.
        volume: f64,
    },
}

impl CatalogLayout {
    /// Returns the layout's scene with `contents` in its slots.
    pub fn filled(&self, contents: &SlotContents) -> Scene {
        let mut scene = self.scene.clone();
        scene.layers.retain(|layer| contents.texts.get(&layer.id).is_none_or(|text| !text.trim().is_empty()));
        for layer in &mut scene.layers {
            fill_layer(layer, contents);
        }
        scene.narration.extend(contents.narration(&scene));
        scene
    }

    /// As [`Self::filled`], with letters made smaller until each text is within its slot; if that does not do, its last words are left out.
    pub fn filled_to_fit(&self, contents: &SlotContents, fonts: &Fonts) -> Scene {
        let mut scene = self.filled(contents);
        for layer in scene.layers.iter_mut().filter(|layer| contents.texts.contains_key(&layer.id)) {
            fit_text(layer, fonts);
        }
        scene
    }

    /// Returns the id of the text slot with the most room, other than the first, which is the heading's.
    pub fn body_slot(&self) -> Option<&str> {
        let area = |id: &&str| {
            let layer = self.scene.layers.iter().find(|layer| layer.id == *id);
            layer.and_then(|layer| layer.frame).map_or(0.0, |frame| frame.w * frame.h)
        };
        self.text_slots().skip(1).max_by(|a, b| area(a).total_cmp(&area(b)))
    }
}

impl Catalog {
    /// Makes the letters of a scene's text layers of this id smaller until the text is within its frame.
    pub fn fit_text(&self, scene: &mut Scene, layer_id: &str) {
        for layer in scene.layers.iter_mut().filter(|layer| layer.id == layer_id) {
            fit_text(layer, self.studio.fonts());
        }
    }
}

impl SlotContents {
    fn narration(&self, scene: &Scene) -> Option<Narration> {
        let transcript = self.transcript.trim();
        let source = match &self.recording {
            Some(audio) => {
                let transcript = (!transcript.is_empty()).then(|| transcript.to_owned());
                Source::Audio { audio: audio.clone(), transcript }
            }
            None if transcript.is_empty() => return None,
            None => Source::Text {
                text: transcript.to_owned(),
                voice: self.voice.clone(),
                language: self.language.clone(),
                rate: 1.0,
                pitch: 0.0,
            },
        };
        let has_speaker = scene.layers.iter().any(|layer| layer.id == AVATAR_SLOT);
        let speaker = has_speaker.then(|| AVATAR_SLOT.to_owned());
        Some(Narration { speaker, source, pause_before_ms: 0, pause_after_ms: 0, emotion: None, volume: 1.0 })
    }
}

fn fill_layer(layer: &mut Layer, contents: &SlotContents) {
    if let Some(media) = contents.media.get(&layer.id) {
        layer.kind = match media.clone() {
            SlotMedia::Picture(image) => LayerKind::Image { image, fit: Fit::Cover },
            SlotMedia::Page(image) => LayerKind::Image { image, fit: Fit::Contain },
            SlotMedia::Video { video, volume } => {
                LayerKind::Video { video, fit: Fit::Cover, volume, looped: false, trim_start_ms: 0 }
            }
        };
    }
    match &mut layer.kind {
        LayerKind::Text { text, .. } => {
            if let Some(wanted) = contents.texts.get(&layer.id) {
                wanted.clone_into(text);
            }
        }
        LayerKind::Avatar { avatar, outfit, .. } if layer.id == AVATAR_SLOT => {
            if let Some(wanted) = &contents.avatar {
                wanted.clone_into(avatar);
                outfit.clone_from(&contents.outfit);
            }
        }
        _ => {}
    }
}

/// Makes a text fit into its frame.
fn fit_text(layer: &mut Layer, fonts: &Fonts) {
    let Some(frame) = layer.frame else { return };
    let LayerKind::Text { text, font_family, font_size, font_weight, italic, line_height, .. } = &mut layer.kind else {
        return;
    };
    let mut spec = TextSpec {
        text: text.clone(),
        family: font_family.clone(),
        size_px: *font_size,
        weight: *font_weight,
        italic: *italic,
        line_height: *line_height,
        width: Some(frame.w),
        ..TextSpec::default()
    };
    let room = (frame.w, frame.h);
    while !fits(&spec, room, fonts) {
        if spec.size_px * SIZE_STEP < *font_size * SIZE_SHARE_MIN {
            shorten(&mut spec, room, fonts);
            break;
        }
        spec.size_px *= SIZE_STEP;
    }
    *font_size = spec.size_px.round().max(1.0);
    *text = spec.text;
}

fn fits(spec: &TextSpec, room: (f64, f64), fonts: &Fonts) -> bool {
    let rect = TextBlock::layout(fonts, spec, 1.0).text_rect();
    // What is less than a pixel too large cannot be seen.
    rect.is_none_or(|rect| rect.width() <= room.0 + 1.0 && rect.height() <= room.1 + 1.0)
}

/// Leaves out as many of the last words as it takes.
fn shorten(spec: &mut TextSpec, room: (f64, f64), fonts: &Fonts) {
    let whole = std::mem::take(&mut spec.text);
    let ends: Vec<usize> = whole.char_indices().filter(|(_, char)| char.is_whitespace()).map(|(at, _)| at).collect();
    // Texts without spaces are cut between letters.
    let ends = if ends.len() < 2 { whole.char_indices().map(|(at, _)| at).collect() } else { ends };
    let cut = |end: usize| format!("{}{ELLIPSIS}", whole[..end].trim_end_matches([' ', '\n', ',', ';', ':', '.']));
    let mut probe = spec.clone();
    let n_fitting = ends.partition_point(|end| {
        probe.text = cut(*end);
        fits(&probe, room, fonts)
    });
    spec.text = cut(ends[..n_fitting].last().copied().unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use super::super::LayoutPurpose;
    use super::*;

    fn layout() -> CatalogLayout {
        let scene = r##"{ "layers": [
            { "id": "TEXT-001", "type": "text", "text": "Heading", "font_size": 60, "frame": { "x": 0, "y": 0, "w": 600, "h": 80 } },
            { "id": "TEXT-002", "type": "text", "text": "Small", "font_size": 40, "frame": { "x": 0, "y": 90, "w": 300, "h": 60 } },
            { "id": "TEXT-003", "type": "text", "text": "Body", "font_size": 40, "frame": { "x": 0, "y": 160, "w": 600, "h": 300 } },
            { "id": "USER-VISUAL-001", "type": "image", "image": "builtin:mint" },
            { "id": "AVATAR", "type": "avatar", "avatar": "chen", "outfit": "hoodie" }
        ] }"##;
        let scene = serde_json::from_str(scene).unwrap();
        CatalogLayout { id: String::new(), name: String::new(), purpose: LayoutPurpose::Text, scene }
    }

    fn texts(texts: &[(&str, &str)]) -> SlotContents {
        let texts = texts.iter().map(|(slot, text)| ((*slot).to_owned(), (*text).to_owned())).collect();
        SlotContents { texts, ..SlotContents::default() }
    }

    fn text_of<'a>(scene: &'a Scene, id: &str) -> (&'a str, f64) {
        let layer = scene.layers.iter().find(|layer| layer.id == id).unwrap();
        let LayerKind::Text { text, font_size, .. } = &layer.kind else { panic!("{id} is no text") };
        (text, *font_size)
    }

    #[test]
    fn slots_are_filled_and_others_stay() {
        let mut contents = texts(&[("TEXT-001", "Title"), ("TEXT-002", " ")]);
        contents.media.insert("USER-VISUAL-001".to_owned(), SlotMedia::Page(AssetRef("material:1".to_owned())));
        contents.avatar = Some("amara".to_owned());
        contents.transcript = "Hello.".to_owned();
        let scene = layout().filled(&contents);
        assert_eq!((text_of(&scene, "TEXT-001").0, text_of(&scene, "TEXT-003").0), ("Title", "Body"));
        assert!(scene.layers.iter().all(|layer| layer.id != "TEXT-002"), "an empty text is not drawn");
        let kinds = serde_json::to_string(&scene.layers).unwrap();
        assert!(kinds.contains(r#""image":"material:1","fit":"contain""#), "{kinds}");
        assert!(kinds.contains(r#""avatar":"amara""#) && !kinds.contains("hoodie"), "{kinds}");
        assert_eq!(scene.narration[0].speaker.as_deref(), Some("AVATAR"));
    }

    #[test]
    fn without_words_nobody_speaks() {
        assert!(layout().filled(&SlotContents::default()).narration.is_empty());
        let recording = Some(AssetRef("material:1".to_owned()));
        let scene = layout().filled(&SlotContents { recording, ..SlotContents::default() });
        assert!(matches!(&scene.narration[0].source, Source::Audio { transcript: None, .. }));
    }

    #[test]
    fn the_body_is_the_largest_text_below_the_heading() {
        assert_eq!(layout().body_slot(), Some("TEXT-003"));
    }

    #[test]
    fn letters_shrink_until_a_text_fits() {
        let fonts = Fonts::bundled_only();
        let long = "A heading that is quite a bit longer than that";
        let scene = layout().filled_to_fit(&texts(&[("TEXT-001", long), ("TEXT-003", "Short")]), &fonts);
        let (text, size) = text_of(&scene, "TEXT-001");
        assert_eq!(text, long);
        assert!((27.0..50.0).contains(&size), "{size}");
        assert_eq!(text_of(&scene, "TEXT-003"), ("Short", 40.0));
    }

    #[test]
    fn what_does_not_fit_at_all_is_cut_between_words() {
        let fonts = Fonts::bundled_only();
        let long = "one two three four five six seven eight nine ten, ".repeat(20);
        let scene = layout().filled_to_fit(&texts(&[("TEXT-001", &long)]), &fonts);
        let (text, size) = text_of(&scene, "TEXT-001");
        let kept = text.strip_suffix(ELLIPSIS).unwrap();
        assert!(long.starts_with(kept) && long[kept.len()..].starts_with([' ', ',']), "{text}");
        assert!(kept.len() > 40 && size >= 60.0 * SIZE_SHARE_MIN, "{text} at {size}");
        let word = "x".repeat(2000);
        let scene = layout().filled_to_fit(&texts(&[("TEXT-001", &word)]), &fonts);
        assert!(text_of(&scene, "TEXT-001").0.len() < 200);
    }
}
