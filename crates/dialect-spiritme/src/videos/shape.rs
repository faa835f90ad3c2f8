//! Videos as answers show them, and bodies as the OpenAPI document describes them.

use engine::Engine;
use engine::film::{Film, FilmState};
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::STATUSES;
use super::document::{self, Resolution, VideoDocument, ViewType};
use crate::avatars::AvatarNested;
use crate::error::ApiError;
use crate::files::FileNested;
use crate::references::{Files, Shower};
use crate::time::iso;
use crate::tts::Voice;
use crate::webhooks::{WebhookNested, WebhookNestedRequest};

/// Where a video stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
pub(crate) enum VideoStatus {
    Draft,
    InQueue,
    Executing,
    Error,
    Success,
}

/// Returns the word for where a film stands.
pub(crate) fn status_word(state: FilmState) -> &'static str {
    STATUSES.iter().find(|(_, states)| states.contains(&state)).map_or("error", |(word, _)| word)
}

/// A video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Video {
    #[schema(example = 12)]
    id: i64,
    /// Created datetime
    #[schema(format = DateTime)]
    cd: String,
    /// Generated datetime
    #[schema(required = true, format = DateTime)]
    gd: Option<String>,
    #[schema(example = "Welcome")]
    name: String,
    slides: Vec<Slide>,
    #[schema(required = true)]
    webhook: Option<WebhookNested>,
    resolution: Resolution,
    auto_emotions_markup: bool,
    enable_subtitles: bool,
    #[schema(value_type = VideoStatus)]
    status: &'static str,
    /// The video file, once there is one
    #[schema(required = true, format = "uri")]
    result: Option<String>,
    /// A picture of it
    #[schema(required = true, format = "uri")]
    thumbnail: Option<String>,
}

/// A stretch of a video. It lasts as long as what is heard in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Slide {
    /// Counts from 1 within the video
    #[schema(example = 1)]
    id: usize,
    audio_source: AudioSource,
    layers: Vec<Layer>,
    #[schema(required = true)]
    background: Option<FileNested>,
}

/// What is heard.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioSource {
    #[schema(required = true)]
    text: Option<String>,
    #[schema(required = true)]
    voice: Option<Voice>,
    #[schema(required = true)]
    file: Option<FileNested>,
}

/// What is seen in front of the background. Later layers are drawn over earlier ones.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Layer {
    /// Counts from 1 within the slide
    #[schema(example = 1)]
    id: usize,
    #[schema(required = true)]
    avatar: Option<AvatarNested>,
    #[schema(required = true)]
    media: Option<FileNested>,
    #[schema(value_type = f64, example = 0.5)]
    x: Number,
    #[schema(value_type = f64, example = 1)]
    y: Number,
    #[schema(value_type = f64, example = 1)]
    scale: Number,
    #[schema(required = true, value_type = Option<Object>)]
    crop: Option<Value>,
    view_type: ViewType,
}

/// Writes whole numbers without a fraction.
fn number(value: f64) -> Number {
    let whole = Number::from(value as i64);
    if value.fract() == 0.0 { whole } else { Number::from_f64(value).unwrap_or(whole) }
}

impl Video {
    pub(crate) fn new(engine: &Engine, files: &Files, film: &Film, document: VideoDocument) -> Result<Self, ApiError> {
        let shower = Shower { engine, files };
        let is_done = film.state == FilmState::Done;
        let slides = (1..).zip(document.slides).map(|(id, slide)| Slide::new(&shower, id, slide));
        Ok(Self {
            id: film.number,
            cd: iso(film.created_at),
            gd: film.finished_at.filter(|_| is_done).map(iso),
            name: film.name.clone(),
            slides: slides.collect::<Result<_, _>>()?,
            webhook: document.webhook,
            resolution: document.resolution,
            auto_emotions_markup: document.auto_emotions_markup,
            enable_subtitles: document.enable_subtitles,
            status: status_word(film.state),
            result: engine.film_url(film, "mp4"),
            thumbnail: engine.film_url(film, "jpg"),
        })
    }
}

impl Slide {
    fn new(shower: &Shower<'_>, id: usize, slide: document::Slide) -> Result<Self, ApiError> {
        let source = slide.audio_source;
        let layers = (1..).zip(slide.layers).map(|(id, layer)| Layer::new(shower, id, layer));
        Ok(Self {
            id,
            audio_source: AudioSource {
                text: source.text,
                voice: shower.voice(source.voice)?,
                file: shower.file(source.file),
            },
            layers: layers.collect::<Result<_, _>>()?,
            background: shower.file(slide.background),
        })
    }
}

impl Layer {
    fn new(shower: &Shower<'_>, id: usize, layer: document::Layer) -> Result<Self, ApiError> {
        Ok(Self {
            id,
            avatar: shower.avatar(layer.avatar)?,
            media: shower.file(layer.media),
            x: number(layer.x),
            y: number(layer.y),
            scale: number(layer.scale),
            crop: layer.crop,
            view_type: layer.view_type,
        })
    }
}

/// Names something that exists.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct ReferenceRequest {
    #[schema(example = 4)]
    id: i64,
}

/// A video to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct VideoRequest {
    #[schema(nullable = false, min_length = 1, max_length = 255, default = "New video")]
    name: Option<String>,
    #[schema(min_items = 1, max_items = 500)]
    slides: Vec<SlideRequest>,
    webhook: Option<WebhookNestedRequest>,
    #[schema(nullable = false)]
    resolution: Option<Resolution>,
    #[schema(nullable = false, default = false)]
    auto_emotions_markup: Option<bool>,
    /// Whether what is said is written over the picture
    #[schema(nullable = false, default = false)]
    enable_subtitles: Option<bool>,
}

/// A stretch of a video.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct SlideRequest {
    audio_source: AudioSourceRequest,
    #[schema(nullable = false, max_items = 100)]
    layers: Option<Vec<LayerRequest>>,
    /// An image or a video
    background: Option<ReferenceRequest>,
}

/// What is heard: a text that is spoken, or a recording, whose words the text then is.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct AudioSourceRequest {
    /// May have `<emotion name="happiness">…</emotion>` in it
    #[schema(min_length = 1, max_length = 20_000)]
    text: Option<String>,
    /// The first of the avatar's best without one
    voice: Option<ReferenceRequest>,
    /// A sound
    file: Option<ReferenceRequest>,
}

/// What is seen: an avatar, or an image or a video.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct LayerRequest {
    avatar: Option<ReferenceRequest>,
    media: Option<ReferenceRequest>,
    /// The middle of the lower edge, as a share of the frame
    #[schema(nullable = false, minimum = -20, maximum = 20, default = 0.5)]
    x: Option<f64>,
    #[schema(nullable = false, minimum = -20, maximum = 20, default = 1)]
    y: Option<f64>,
    /// 1 is the natural size, but no higher than the frame
    #[schema(nullable = false, minimum = 0.01, maximum = 20, default = 1)]
    scale: Option<f64>,
    /// Given back as it is
    #[schema(value_type = Option<Object>)]
    crop: Option<Value>,
    #[schema(nullable = false)]
    view_type: Option<ViewType>,
}
