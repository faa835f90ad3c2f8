//! A scene document written as one of the vendor's, for projects that are made from templates of the server.
//!
//! Where the vendor has no words for something, members of our own keep it; `map` reads them again.

use serde_json::{Map, Value, json};
use stage::document::{
    Align, AssetRef, Background, Color, ColorRef, Crop, Effect, Frame, Gradient, Layer, LayerKind, Paint, Palette,
    Project, Scene, Shadow, Source, VerticalAlign,
};

use super::asset::builtin_file;
use super::drawn::{points, vendor_shape};

/// Writes a document.
pub(crate) fn unmap(project: &Project) -> Value {
    let canvas = &project.canvas;
    let orientation = match canvas.width.cmp(&canvas.height) {
        std::cmp::Ordering::Greater => "landscape",
        std::cmp::Ordering::Less => "portrait",
        std::cmp::Ordering::Equal => "square",
    };
    // Templates may be drawn for a canvas of another size than the vendor's.
    let scale = f64::from(super::SHORT_SIDE) / f64::from(canvas.width.min(canvas.height).max(1));
    let whole = Frame { x: 0.0, y: 0.0, w: canvas.width.into(), h: canvas.height.into(), rotation: 0.0 };
    let writer = Writer { palette: &project.palette, scale, whole };
    let scenes: Vec<Value> = project.scenes.iter().enumerate().map(|(idx, scene)| writer.scene(idx, scene)).collect();
    let mut document = json!({"name": project.name, "orientation": orientation, "scenes": scenes});
    if let Some(music) = &project.soundtrack {
        document["backgroundAudio"] =
            json!({"source_url": url(&music.audio), "volume": (music.volume * 100.0).round()});
    }
    document
}

struct Writer<'p> {
    palette: &'p Palette,
    /// Pixels of the vendor's canvas per pixel of the project's.
    scale: f64,
    /// The canvas.
    whole: Frame,
}

impl Writer<'_> {
    fn scene(&self, idx: usize, scene: &Scene) -> Value {
        let mut clips: Vec<Value> = Vec::new();
        for (nth, layer) in scene.layers.iter().enumerate() {
            clips.push(self.clip(nth, layer));
        }
        let scripts = self.scripts(scene, &mut clips);
        let mut written = json!({
            "sceneIdx": idx, "background": self.background(&scene.background), "watermark": false, "clips": clips,
            "scripts": scripts, "thumbnailUrl": null,
        });
        if let Some(duration_ms) = scene.duration_ms {
            written["duration"] = json!(f64::from(duration_ms) / 1000.0);
        }
        if let Some(transition) = &scene.transition
            && let Ok(effect) = serde_json::to_value(transition.effect)
        {
            written["transition"] = json!({"type": effect, "duration": f64::from(transition.duration_ms) / 1000.0});
        }
        written
    }

    /// Writes what is said, and puts it into the clips, too.
    fn scripts(&self, scene: &Scene, clips: &mut [Value]) -> Vec<Value> {
        let mut scripts = Vec::new();
        for narration in &scene.narration {
            let Source::Text { text, voice, language, .. } = &narration.source else { continue };
            let tts = voice.as_ref().map(|voice| json!({"type": "phonoscope", "model": voice, "language": language}));
            let mut entry = json!({"org": text, "isTTS": true, "tts": tts});
            let nth = scene.layers.iter().position(|layer| narration.speaker.as_ref() == Some(&layer.id));
            if let Some(clip) = nth.and_then(|nth| clips.get_mut(nth)) {
                entry["modelId"] = clip["model"]["ai_name"].clone();
                entry["clothId"] = clip["model"]["emotion"].clone();
                clip["model"]["language"] = language.as_deref().unwrap_or("en").into();
                let before = clip["script"]["org"].as_str().unwrap_or_default();
                let text = [before, text].join(" ").trim().to_owned();
                clip["script"] = json!({"org": text, "tts": entry["tts"]});
            }
            scripts.push(entry);
        }
        scripts
    }

    fn background(&self, background: &Background) -> Value {
        let mut written = json!({"id": "background", "type": "background"});
        let (kind, source, color) = match background {
            Background::Color { color } => ("color", None, Some(color)),
            Background::Gradient { gradient } => {
                written["source_gradient"] = self.gradient(gradient);
                ("color", None, gradient.stops.first().map(|stop| &stop.color))
            }
            Background::Image { image, color } => ("image", Some(image), color.as_ref()),
            Background::Video { video, color } => ("video", Some(video), color.as_ref()),
            Background::Transparent => ("color", None, None),
        };
        written["source_type"] = kind.into();
        written["source_url"] = source.map_or(Value::Null, |source| url(source).into());
        written["source_color"] = color.map_or_else(|| "rgb(0,0,0)".to_owned(), |color| self.color(color)).into();
        written
    }

    fn clip(&self, nth: usize, layer: &Layer) -> Value {
        let (kind, own) = self.kind(&layer.kind);
        let id = if layer.id.is_empty() { format!("{kind}-{nth}") } else { layer.id.clone() };
        let mut clip = json!({
            "id": id, "name": id, "type": kind, "tag": "", "layer": layer.z, "opacity": (layer.opacity * 100.0).round(),
            "scaleX": 1, "scaleY": 1,
        });
        let place = self.place(&layer.frame.unwrap_or(self.whole));
        if let Some(clip) = clip.as_object_mut() {
            clip.extend(place);
            clip.extend(own);
        }
        if let Some(animation) = animation_of(layer) {
            clip["animation"] = animation;
        }
        clip
    }

    fn place(&self, frame: &Frame) -> Map<String, Value> {
        let (sin, cos) = frame.rotation.to_radians().sin_cos();
        let middle = (frame.x + frame.w / 2.0, frame.y + frame.h / 2.0);
        let left = middle.0 - (frame.w / 2.0 * cos - frame.h / 2.0 * sin);
        let top = middle.1 - (frame.w / 2.0 * sin + frame.h / 2.0 * cos);
        let scaled = |value: f64| json!(value * self.scale);
        let members = [
            ("left", scaled(left)),
            ("top", scaled(top)),
            ("width", scaled(frame.w)),
            ("height", scaled(frame.h)),
            ("angle", json!(frame.rotation)),
        ];
        members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn kind(&self, kind: &LayerKind) -> (&'static str, Map<String, Value>) {
        let (name, members) = match kind {
            LayerKind::Avatar { avatar, outfit, crop, emotion } => (
                "aiModel",
                json!({
                    "model": {"ai_name": avatar, "emotion": outfit, "language": "en"},
                    "script": {"org": "", "tts": null}, "headOnly": *crop == Crop::Circle, "crop": crop, "feeling": emotion,
                }),
            ),
            LayerKind::Text { .. } => ("textImage", self.text(kind)),
            LayerKind::Image { image, fit } => ("image", json!({"source_url": url(image), "fit": fit})),
            LayerKind::Shape { shape, fill, stroke, corner_radius, shadow } => (
                "shape",
                json!({
                    "shapeName": vendor_shape(*shape), "fill": self.fill(fill.as_ref()),
                    "stroke": stroke.as_ref().map_or_else(String::new, |stroke| self.color(&stroke.color)),
                    "strokeWidth": stroke.as_ref().map_or(0.0, |stroke| stroke.width * self.scale),
                    "strokeRadius": corner_radius * self.scale, "shadow": self.shadow(shadow.as_ref()),
                }),
            ),
            LayerKind::Video { video, volume, looped, .. } => (
                "videoImage",
                json!({"video_url": url(video), "source_url": "", "volume": (volume * 100.0).round(), "loop": looped}),
            ),
            LayerKind::Audio { audio, volume, looped, .. } => (
                "audio",
                json!({"source_url": url(audio), "label": "", "volume": (volume * 100.0).round(), "loop": looped}),
            ),
        };
        let Value::Object(members) = members else { return (name, Map::new()) };
        (name, members)
    }

    fn text(&self, kind: &LayerKind) -> Value {
        let LayerKind::Text {
            text,
            font_family,
            font_size,
            font_weight,
            italic,
            underline,
            align,
            vertical_align,
            line_height,
            color,
            stroke,
            background,
            shadow,
        } = kind
        else {
            return json!({});
        };
        let align = match align {
            Align::Start => "start",
            Align::Left => "left",
            Align::Center => "center",
            Align::Right => "right",
            Align::Justify => "justify",
        };
        let vertical_align = match vertical_align {
            VerticalAlign::Top => "top",
            VerticalAlign::Middle => "middle",
            VerticalAlign::Bottom => "bottom",
        };
        json!({
            "text": text, "fill": self.color(color), "fontSize": points(font_size * self.scale), "fontFamily": font_family,
            "fontWeight": font_weight.to_string(), "fontStyle": if *italic { "italic" } else { "" }, "underline": underline,
            "align": align, "verticalAlign": vertical_align, "lineHeight": line_height,
            "backgroundColor": background.as_ref().map_or_else(String::new, |it| self.color(&it.color)),
            "backgroundPadding": background.as_ref().map(|it| it.padding * self.scale),
            "backgroundRadius": background.as_ref().map(|it| it.radius * self.scale),
            "stroke": stroke.as_ref().map_or_else(String::new, |stroke| self.color(&stroke.color)),
            "strokeWidth": stroke.as_ref().map_or(0.0, |stroke| stroke.width * self.scale),
            "shadow": self.shadow(shadow.as_ref()),
        })
    }

    fn shadow(&self, shadow: Option<&Shadow>) -> Value {
        let Some(shadow) = shadow else { return Value::Null };
        json!({
            "color": self.color(&shadow.color), "blur": shadow.blur * self.scale, "offsetX": shadow.dx * self.scale,
            "offsetY": shadow.dy * self.scale, "enabled": true, "isLarge": true,
        })
    }

    fn fill(&self, fill: Option<&Paint>) -> Value {
        match fill {
            None => "".into(),
            Some(Paint::Color(color)) => self.color(color).into(),
            Some(Paint::Gradient(gradient)) => self.gradient(gradient),
        }
    }

    fn gradient(&self, gradient: &Gradient) -> Value {
        let mut gradient = gradient.clone();
        for stop in &mut gradient.stops {
            stop.color = ColorRef::Color(stop.color.resolve(self.palette).unwrap_or(Color::rgb(0, 0, 0)));
        }
        serde_json::to_value(gradient).unwrap_or_default()
    }

    fn color(&self, color: &ColorRef) -> String {
        let Color { r, g, b, a } = color.resolve(self.palette).unwrap_or(Color::rgb(0, 0, 0));
        if a == 255 { format!("rgb({r},{g},{b})") } else { format!("#{r:02x}{g:02x}{b:02x}{a:02x}") }
    }
}

fn url(asset: &AssetRef) -> String {
    asset.0.strip_prefix("builtin:").map_or_else(|| asset.0.clone(), builtin_file)
}

/// Writes how a layer comes, or else how it goes: the vendor's clips have one animation.
fn animation_of(layer: &Layer) -> Option<Value> {
    let seconds = |ms: u32| f64::from(ms) / 1000.0;
    if let Some(enter) = &layer.enter {
        let name = match enter.effect {
            Effect::Fade => "fade-in",
            Effect::Left => "in-left",
            Effect::Right => "in-right",
            Effect::Up => "in-up",
            Effect::Down => "in-down",
            Effect::Zoom => "zoom-in",
        };
        let delay = seconds(enter.delay_ms.saturating_add(layer.start_ms));
        return Some(json!({"type": name, "duration": seconds(enter.duration_ms), "delay": delay}));
    }
    let (leave, end_ms) = (layer.leave.as_ref()?, layer.end_ms?);
    let name = match leave.effect {
        Effect::Fade => "fade-out",
        Effect::Left => "out-left",
        Effect::Right => "out-right",
        Effect::Up => "out-up",
        Effect::Down => "out-down",
        Effect::Zoom => "zoom-out",
    };
    let delay = seconds(end_ms.saturating_sub(leave.duration_ms));
    Some(json!({"type": name, "duration": seconds(leave.duration_ms), "delay": delay}))
}
