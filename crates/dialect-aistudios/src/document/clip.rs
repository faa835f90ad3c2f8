//! One clip of a scene.

use serde_json::Value;
use stage::document::limits::Z_MAX;
use stage::document::{Animation, Easing, Effect, Layer, LayerKind};

use super::frame::{self, DefaultBox};
use super::{Context, avatar, drawn, sound};
use crate::error::Result;
use crate::read::Node;

/// The kinds of clips that are drawn or heard.
const KINDS: &str = "aiModel, shape, image, textImage, videoImage or audio";
/// The longest animation and the longest delay, in seconds: twice the vendor's, more is brought down to it.
const ANIMATION_S_MAX: f64 = 60.0;

/// What a clip comes to.
#[derive(Debug)]
pub(super) struct Clip {
    /// The layer, for what is drawn or heard. Its id is given by the scene.
    pub(super) layer: Option<Layer>,
    /// Whether what it says is heard.
    pub(super) is_heard: bool,
}

/// Reads a clip.
pub(super) fn read(clip: &Node<'_>, context: &mut Context) -> Result<Clip> {
    clip.object()?;
    let kind = clip.get("type").ok_or_else(|| clip.wrong_at("type", format!("is required: {KINDS}")))?;
    let kind = kind.value.as_str().ok_or_else(|| kind.wrong(format!("must be {KINDS}")))?;
    // Our choice, from a vendor sample that has it on a clip with an empty text: such a clip is neither drawn nor heard.
    if clip.switch("isDelete")?.unwrap_or(false) {
        return Ok(Clip { layer: None, is_heard: false });
    }
    let layer = match kind {
        "aiModel" => avatar_layer(clip, context)?,
        "shape" => framed(clip, context, whole_canvas(context), |clip, context| drawn::shape(clip, context).map(Some))?,
        "image" => framed(clip, context, whole_canvas(context), drawn::image)?,
        "textImage" => framed(clip, context, text_box(context), |clip, context| drawn::text(clip, context).map(Some))?,
        "videoImage" => framed(clip, context, whole_canvas(context), sound::video)?,
        "audio" => sound::audio(clip, context)?.map(|kind| Layer::new(kind, None)),
        // The scene's own member is drawn; the editor repeats it among the clips.
        "background" => None,
        _ => return Err(clip.wrong_at("type", format!("must be {KINDS}"))),
    };
    Ok(Clip { layer, is_heard: true })
}

fn whole_canvas(context: &Context) -> DefaultBox {
    DefaultBox { width: context.canvas.0, height: context.canvas.1, top: None }
}

/// The box of a text that gives none: most of the canvas's width, a fifth of its height; our choice.
fn text_box(context: &Context) -> DefaultBox {
    DefaultBox { width: context.canvas.0 * 0.8, height: context.canvas.1 * 0.2, top: None }
}

fn framed(
    clip: &Node<'_>,
    context: &mut Context,
    default: DefaultBox,
    kind: impl FnOnce(&Node<'_>, &mut Context) -> Result<Option<LayerKind>>,
) -> Result<Option<Layer>> {
    let frame = frame::read(clip, default, context.canvas)?;
    let kind = kind(clip, context)?;
    let (Some(frame), Some(kind)) = (frame, kind) else { return Ok(None) };
    let mut layer = Layer::new(kind, Some(frame));
    shared(clip, &mut layer, context)?;
    Ok(Some(layer))
}

/// Makes the layer of an avatar. One that is only heard stays as a layer that is not seen: it still has a voice.
fn avatar_layer(clip: &Node<'_>, context: &mut Context) -> Result<Option<Layer>> {
    let Some(mut frame) = frame::read(clip, avatar::default_box(context.canvas), context.canvas)? else {
        return Ok(None);
    };
    let kind = avatar::read(clip, &mut frame)?;
    let mut layer = Layer::new(kind, Some(frame));
    shared(clip, &mut layer, context)?;
    if clip.switch("voiceOnly")?.unwrap_or(false) {
        layer.opacity = 0.0;
    }
    Ok(Some(layer))
}

/// Reads what clips of all kinds have.
fn shared(clip: &Node<'_>, layer: &mut Layer, context: &mut Context) -> Result<()> {
    let z = clip.number("layer")?.unwrap_or(0.0);
    layer.z = z.clamp(-f64::from(Z_MAX), f64::from(Z_MAX)).round() as i32;
    layer.opacity = (clip.number("opacity")?.unwrap_or(100.0) / 100.0).clamp(0.0, 1.0);
    if let Some(node) = clip.get("animation").filter(|node| node.value.as_object().is_some_and(|map| !map.is_empty())) {
        animate(&node, layer, context)?;
    }
    Ok(())
}

/// Reads an animation, in seconds. What goes out is gone when its animation ends.
///
/// Our choice: the side in a name is the one that the clip comes from or goes to.
fn animate(node: &Node<'_>, layer: &mut Layer, context: &mut Context) -> Result<()> {
    let Some(name) = node.text("type")?.filter(|name| name != "none") else { return Ok(()) };
    let (effect, goes_out) = match name.as_str() {
        "fade-in" => (Effect::Fade, false),
        "in-right" => (Effect::Right, false),
        "in-down" => (Effect::Down, false),
        "in-left" => (Effect::Left, false),
        "in-up" => (Effect::Up, false),
        "zoom-in" => (Effect::Zoom, false),
        "fade-out" => (Effect::Fade, true),
        "out-right" => (Effect::Right, true),
        "out-down" => (Effect::Down, true),
        "out-left" => (Effect::Left, true),
        "out-up" => (Effect::Up, true),
        "zoom-out" => (Effect::Zoom, true),
        _ => {
            context.warn(node, "this animation is not known; the clip stands still");
            return Ok(());
        }
    };
    let ms = |seconds: f64| (seconds.clamp(0.0, ANIMATION_S_MAX) * 1000.0).round() as u32;
    let duration_ms = ms(node.number("duration")?.unwrap_or(1.0));
    let delay_ms = ms(node.number("delay")?.unwrap_or(0.0));
    let animation = |delay_ms| Animation { effect, duration_ms, delay_ms, easing: Easing::default() };
    if goes_out {
        layer.leave = Some(animation(0));
        layer.end_ms = Some((delay_ms + duration_ms).max(1));
    } else {
        layer.enter = Some(animation(delay_ms));
    }
    Ok(())
}

/// Tells whether a clip is an avatar.
pub(super) fn is_avatar(clip: &Value) -> bool {
    clip.get("type").is_some_and(|kind| kind == "aiModel")
}
