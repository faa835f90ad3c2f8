//! From slides to a scene document.

use engine::Engine;
use engine::film::catalog::Catalog;
use engine::film::{Material, MaterialKind};
use stage::document::limits::{COORDINATE_MAX, N_NARRATIONS_MAX};
use stage::document::{
    AssetRef, Background, Canvas, CaptionStyle, Captions, Color, ColorRef, Crop, Emotion, Fit, Frame, LayerKind,
    Narration, Project, Source, VERSION,
};

use crate::error::ApiError;
use crate::references::Files;
use crate::spoken::{Stretch, stretches, without_tags};
use crate::videos::{AudioSource, Layer, Resolution, Slide, VideoDocument, ViewType};

/// What is behind everything where there is no background. Our choice: the vendor's default is not known.
const BACKGROUND: Color = Color::rgb(0xF4, 0xF6, 0xF9);

/// A scene document, and what could not be put into it.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) project: Project,
    /// For people.
    pub(crate) warnings: Vec<String>,
}

/// Makes the scene document of a video.
pub(crate) fn of_video(
    engine: &Engine,
    files: &Files,
    name: &str,
    document: &VideoDocument,
) -> Result<Scene, ApiError> {
    let mut mapping =
        Mapping { catalog: engine.catalog()?, files, canvas: canvas_of(document.resolution), warnings: Vec::new() };
    let scenes = (1..).zip(&document.slides).map(|(number, slide)| mapping.scene(number, slide)).collect();
    let project = Project {
        version: VERSION,
        name: name.to_owned(),
        canvas: mapping.canvas,
        palette: std::collections::BTreeMap::new(),
        scenes,
        soundtrack: None,
        captions: document.enable_subtitles.then(|| Captions { burn_in: true, style: CaptionStyle::default() }),
        watermark: None,
        dictionary: std::collections::BTreeMap::new(),
    };
    Ok(Scene { project, warnings: mapping.warnings })
}

/// Encoders want even numbers.
fn canvas_of(resolution: Resolution) -> Canvas {
    Canvas { width: resolution.width & !1, height: resolution.height & !1, ..Canvas::default() }
}

struct Mapping<'a> {
    catalog: &'a Catalog,
    files: &'a Files,
    canvas: Canvas,
    warnings: Vec<String>,
}

impl Mapping<'_> {
    fn scene(&mut self, number: usize, slide: &Slide) -> stage::document::Scene {
        let speaker = slide.layers.iter().position(|layer| layer.avatar.is_some()).map(|idx| layer_id(idx + 1));
        let layers = (1..).zip(&slide.layers).filter_map(|(id, layer)| self.layer(number, id, layer)).collect();
        stage::document::Scene {
            id: number.to_string(),
            background: self.background(slide.background),
            layers,
            narration: self.narration(slide, speaker.as_deref()),
            duration_ms: None,
            transition: None,
            watermark: true,
        }
    }

    fn background(&self, number: Option<i64>) -> Background {
        let color = ColorRef::Color(BACKGROUND);
        let Some(file) = number.and_then(|number| self.files.get(number)) else { return Background::Color { color } };
        match file.kind {
            MaterialKind::Video => Background::Video { video: asset(file), color: Some(color) },
            _ => Background::Image { image: asset(file), color: Some(color) },
        }
    }

    fn layer(&mut self, slide: usize, id: usize, layer: &Layer) -> Option<stage::document::Layer> {
        let (natural, kind) = self.subject(layer)?;
        let is_circular = layer.view_type == ViewType::Circular;
        let is_avatar = matches!(kind, LayerKind::Avatar { .. });
        if is_circular && !is_avatar {
            self.warnings.push(format!("slide {slide}, layer {id}: only avatars can be circular"));
        }
        if layer.crop.is_some() {
            self.warnings.push(format!("slide {slide}, layer {id}: `crop` is kept, but nothing is cut off"));
        }
        let frame = frame(self.canvas, natural, layer, is_circular && is_avatar);
        Some(stage::document::Layer { id: layer_id(id), ..stage::document::Layer::new(kind, Some(frame)) })
    }

    /// Returns what a layer shows, and its natural size in pixels.
    fn subject(&self, layer: &Layer) -> Option<((f64, f64), LayerKind)> {
        if let Some(avatar) = layer.avatar.and_then(|number| self.catalog.numbered_avatar(number)) {
            let crop = if layer.view_type == ViewType::Circular { Crop::Circle } else { Crop::Half };
            let (width, height) = avatar.half_size;
            let kind = LayerKind::Avatar { avatar: avatar.id.clone(), outfit: None, crop, emotion: Emotion::default() };
            return Some(((f64::from(width), f64::from(height)), kind));
        }
        let file = self.files.get(layer.media?)?;
        let side = |side: Option<i64>, canvas: u32| side.map_or_else(|| f64::from(canvas), |side| side as f64);
        let natural = (side(file.width, self.canvas.width), side(file.height, self.canvas.height));
        let kind = match file.kind {
            // Whole, as often as the speech lasts.
            MaterialKind::Video => {
                LayerKind::Video { video: asset(file), fit: Fit::Contain, volume: 1.0, looped: true, trim_start_ms: 0 }
            }
            _ => LayerKind::Image { image: asset(file), fit: Fit::Contain },
        };
        Some((natural, kind))
    }

    fn narration(&self, slide: &Slide, speaker: Option<&str>) -> Vec<Narration> {
        let source = &slide.audio_source;
        if let Some(file) = source.file.and_then(|number| self.files.get(number)) {
            let transcript = source.text.as_deref().map(without_tags);
            return vec![narration(speaker, None, Source::Audio { audio: asset(file), transcript })];
        }
        let voice = self.voice(source, slide);
        let text = source.text.as_deref().unwrap_or_default();
        let mut stretches = stretches(text);
        if stretches.len() > N_NARRATIONS_MAX {
            stretches = vec![Stretch { emotion: None, text: without_tags(text) }];
        }
        let said = |Stretch { emotion, text }| {
            let source = Source::Text { text, voice: voice.clone(), language: None, rate: 1.0, pitch: 0.0 };
            narration(speaker, emotion, source)
        };
        stretches.into_iter().map(said).collect()
    }

    /// Chooses a voice: the one asked for, else the best for the first avatar, else the first that there is.
    fn voice(&self, source: &AudioSource, slide: &Slide) -> Option<String> {
        if let Some(voice) = source.voice.and_then(|number| self.catalog.numbered_voice(number)) {
            return Some(voice.id.clone());
        }
        let avatar = slide.layers.iter().find_map(|layer| self.catalog.numbered_avatar(layer.avatar?));
        let best = avatar.and_then(|avatar| avatar.voices.first()).cloned();
        best.or_else(|| Some(self.catalog.voices().first()?.id.clone()))
    }
}

fn layer_id(number: usize) -> String {
    format!("layer-{number}")
}

fn asset(file: &Material) -> AssetRef {
    AssetRef(format!("material:{}", file.id))
}

fn narration(speaker: Option<&str>, emotion: Option<Emotion>, source: Source) -> Narration {
    Narration {
        speaker: speaker.map(str::to_owned),
        source,
        pause_before_ms: 0,
        pause_after_ms: 0,
        emotion,
        volume: 1.0,
    }
}

/// Places a layer by the middle of its lower edge, in its natural size, but no higher than the canvas at scale 1.
fn frame(canvas: Canvas, (width, height): (f64, f64), layer: &Layer, is_circular: bool) -> Frame {
    let (canvas_width, canvas_height) = (f64::from(canvas.width), f64::from(canvas.height));
    let scale = layer.scale * (canvas_height / height.max(1.0)).min(1.0);
    let side = |side: f64| (side * scale).clamp(1.0, COORDINATE_MAX);
    let (mut w, mut h) = (side(width), side(height));
    if is_circular {
        (w, h) = (w.min(h), w.min(h));
    }
    let place = |place: f64| place.clamp(-COORDINATE_MAX, COORDINATE_MAX);
    Frame { x: place(canvas_width * layer.x - w / 2.0), y: place(canvas_height * layer.y - h), w, h, rotation: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(natural: (f64, f64), layer: &Layer, is_circular: bool) -> (f64, f64, f64, f64) {
        let frame = frame(Canvas::default(), natural, layer, is_circular);
        (frame.x, frame.y, frame.w, frame.h)
    }

    #[test]
    fn a_layer_stands_in_the_middle_of_the_lower_edge() {
        assert_eq!(placed((400.0, 600.0), &Layer::default(), false), (760.0, 480.0, 400.0, 600.0));
        // Higher than the frame.
        assert_eq!(placed((400.0, 2160.0), &Layer::default(), false), (860.0, 0.0, 200.0, 1080.0));
        let layer = Layer { x: 0.25, y: 0.5, scale: 0.5, ..Layer::default() };
        assert_eq!(placed((400.0, 600.0), &layer, false), (380.0, 240.0, 200.0, 300.0));
        assert_eq!(placed((400.0, 600.0), &Layer::default(), true), (760.0, 680.0, 400.0, 400.0));
    }

    #[test]
    fn no_layer_leaves_what_can_be_drawn() {
        let layer = Layer { x: -20.0, y: 20.0, scale: 20.0, ..Layer::default() };
        for natural in [(1.0, 1e6), (1e6, 1.0), (1.0, 1.0)] {
            let (x, y, w, h) = placed(natural, &layer, false);
            assert!(x.abs() <= COORDINATE_MAX && y.abs() <= COORDINATE_MAX, "{natural:?}");
            assert!((1.0..=COORDINATE_MAX).contains(&w) && (1.0..=COORDINATE_MAX).contains(&h), "{natural:?}");
        }
    }
}
