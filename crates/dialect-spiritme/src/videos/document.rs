//! What a video is made of, as it is stored, and how a body says it.

use engine::film::MaterialKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::fields::{EMPTY_LIST, Need, Object};
use crate::problems::Problems;
use crate::references::References;
use crate::templates::{BACKGROUND_KINDS, TEXT_CHARS_MAX};
use crate::webhooks::{self, WebhookGiven, WebhookNested};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 255;
/// Slides of a video, and layers of a slide.
const SLIDES_MAX: usize = 500;
const LAYERS_MAX: usize = 100;
/// Pixels per row, and rows: what can be rendered.
const SIDE_RANGE: (f64, f64) = (128.0, 4096.0);
/// Where a layer may stand, as a share of the frame, and how large it may be.
const PLACE_RANGE: (f64, f64) = (-20.0, 20.0);
const SCALE_RANGE: (f64, f64) = (0.01, 20.0);

const NO_SOURCE: &str = "One of text and file is required.";
const NO_SUBJECT: &str = "One of avatar and media is required.";
const TWO_SUBJECTS: &str = "Only one of avatar and media may be given.";

const AUDIO_KINDS: &[MaterialKind] = &[MaterialKind::Audio];

/// How a layer is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ViewType {
    /// As it is
    #[default]
    Rectangular,
    /// An avatar's head in a circle
    Circular,
}

const VIEW_TYPES: [(&str, ViewType); 2] = [("rectangular", ViewType::Rectangular), ("circular", ViewType::Circular)];

/// The size of a video in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Resolution {
    #[schema(minimum = 128, maximum = 4096, example = 1920)]
    pub(crate) width: u32,
    #[schema(minimum = 128, maximum = 4096, example = 1080)]
    pub(crate) height: u32,
}

impl Default for Resolution {
    fn default() -> Self {
        Self { width: 1920, height: 1080 }
    }
}

/// What is heard; avatars, voices and files by their numbers here as everywhere below.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct AudioSource {
    pub(crate) text: Option<String>,
    pub(crate) voice: Option<i64>,
    pub(crate) file: Option<i64>,
}

/// What is seen in front of the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub(crate) avatar: Option<i64>,
    pub(crate) media: Option<i64>,
    /// Where the middle of its lower edge is, as a share of the frame.
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// 1 is its natural size, but no higher than the frame.
    pub(crate) scale: f64,
    /// Whatever object the caller sent.
    pub(crate) crop: Option<Value>,
    pub(crate) view_type: ViewType,
}

impl Default for Layer {
    fn default() -> Self {
        let view_type = ViewType::Rectangular;
        Self { avatar: None, media: None, x: 0.5, y: 1.0, scale: 1.0, crop: None, view_type }
    }
}

/// A stretch of a video.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Slide {
    pub(crate) audio_source: AudioSource,
    pub(crate) layers: Vec<Layer>,
    pub(crate) background: Option<i64>,
}

/// A video, but for its name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct VideoDocument {
    pub(crate) slides: Vec<Slide>,
    pub(crate) webhook: Option<WebhookNested>,
    pub(crate) resolution: Resolution,
    pub(crate) auto_emotions_markup: bool,
    pub(crate) enable_subtitles: bool,
}

impl VideoDocument {
    /// Lists the numbers of the files that it refers to.
    pub(crate) fn files(&self) -> impl Iterator<Item = i64> {
        self.slides.iter().flat_map(|slide| {
            let media = slide.layers.iter().filter_map(|layer| layer.media);
            media.chain(slide.audio_source.file).chain(slide.background)
        })
    }
}

/// What a body says about a video; what it does not say is none.
#[derive(Debug, Clone)]
pub(crate) struct VideoGiven {
    pub(crate) name: Option<String>,
    slides: Vec<Slide>,
    /// `Some(None)` for none.
    pub(crate) webhook: Option<Option<WebhookGiven>>,
    resolution: Option<Resolution>,
    auto_emotions_markup: Option<bool>,
    enable_subtitles: Option<bool>,
}

impl VideoGiven {
    /// Reads a body. What is returned may be used only if there are no problems.
    pub(crate) fn read(
        body: &Object<'_>,
        references: &mut References<'_>,
        problems: &mut Problems,
    ) -> Result<Self, ApiError> {
        let name = body.text(problems, "name", Need::Optional, NAME_CHARS_MAX).value();
        let slides = body.list(problems, "slides", Need::Required, SLIDES_MAX).value();
        if slides.as_ref().is_some_and(Vec::is_empty) {
            problems.add_whole(&body.path.member("slides"), EMPTY_LIST);
        }
        let slides = slides.unwrap_or_default();
        let slides = slides.iter().map(|slide| read_slide(slide, references, problems)).collect::<Result<_, _>>()?;
        Ok(Self {
            name,
            slides,
            webhook: webhooks::read(body, problems).change(),
            resolution: read_resolution(body, problems),
            auto_emotions_markup: body.boolean(problems, "auto_emotions_markup").value(),
            enable_subtitles: body.boolean(problems, "enable_subtitles").value(),
        })
    }

    /// Puts what was said onto what was there before; the webhook is left to the caller, who has to make it.
    pub(crate) fn onto(self, before: VideoDocument) -> VideoDocument {
        VideoDocument {
            slides: self.slides,
            webhook: before.webhook,
            resolution: self.resolution.unwrap_or(before.resolution),
            auto_emotions_markup: self.auto_emotions_markup.unwrap_or(before.auto_emotions_markup),
            enable_subtitles: self.enable_subtitles.unwrap_or(before.enable_subtitles),
        }
    }
}

fn read_resolution(body: &Object<'_>, problems: &mut Problems) -> Option<Resolution> {
    let given = body.object(problems, "resolution", Need::Optional).value()?;
    let mut side = |name| {
        given.integer(problems, name, Need::Required).value()?;
        given.number(problems, name, Need::Required, SIDE_RANGE).value()
    };
    let (width, height) = (side("width"), side("height"));
    // Within the range, which fits.
    Some(Resolution { width: width? as u32, height: height? as u32 })
}

fn read_slide(slide: &Object<'_>, references: &mut References<'_>, problems: &mut Problems) -> Result<Slide, ApiError> {
    let audio_source = match slide.object(problems, "audio_source", Need::Required).value() {
        Some(source) => read_source(&source, references, problems)?,
        None => AudioSource::default(),
    };
    let layers = slide.list(problems, "layers", Need::Optional, LAYERS_MAX).value().unwrap_or_default();
    let layers = layers.iter().map(|layer| read_layer(layer, references, problems)).collect::<Result<_, _>>()?;
    let background = references.file(slide, problems, "background", BACKGROUND_KINDS);
    Ok(Slide { audio_source, layers, background })
}

fn read_source(
    source: &Object<'_>,
    references: &mut References<'_>,
    problems: &mut Problems,
) -> Result<AudioSource, ApiError> {
    let text = source.text(problems, "text", Need::Nullable, TEXT_CHARS_MAX);
    let voice = references.voice(source, problems, "voice", Need::Nullable)?;
    let file = references.file(source, problems, "file", AUDIO_KINDS);
    if source.is_null("text") && source.is_null("file") {
        problems.add_whole(&source.path, NO_SOURCE);
    }
    Ok(AudioSource { text: text.value(), voice, file })
}

fn read_layer(layer: &Object<'_>, references: &mut References<'_>, problems: &mut Problems) -> Result<Layer, ApiError> {
    let usual = Layer::default();
    let avatar = references.avatar(layer, problems, "avatar", Need::Nullable)?;
    let media = references.file(layer, problems, "media", BACKGROUND_KINDS);
    match (layer.is_null("avatar"), layer.is_null("media")) {
        (true, true) => problems.add_whole(&layer.path, NO_SUBJECT),
        (false, false) => problems.add_whole(&layer.path, TWO_SUBJECTS),
        _ => {}
    }
    let mut number = |name, range, usual| layer.number(problems, name, Need::Optional, range).value().unwrap_or(usual);
    Ok(Layer {
        avatar,
        media,
        x: number("x", PLACE_RANGE, usual.x),
        y: number("y", PLACE_RANGE, usual.y),
        scale: number("scale", SCALE_RANGE, usual.scale),
        crop: layer.object(problems, "crop", Need::Nullable).value().map(Object::into_value),
        view_type: layer.choice(problems, "view_type", &VIEW_TYPES).value().unwrap_or_default(),
    })
}
