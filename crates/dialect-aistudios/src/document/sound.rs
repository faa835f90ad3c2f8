//! What moves and sounds: videos and audio.

use stage::document::{Fit, LayerKind};

use super::{Context, asset};
use crate::error::Result;
use crate::read::Node;

/// Reads a `videoImage`; nothing for one whose address cannot be fetched. Shorter than its scene, it holds its last picture.
pub(super) fn video(clip: &Node<'_>, context: &mut Context) -> Result<Option<LayerKind>> {
    let url = clip.required_text(&["video_url"])?;
    let Some(video) = asset::named(&url) else {
        context.warn(clip, "`video_url` names nothing that can be fetched; the video is left out");
        return Ok(None);
    };
    let looped = clip.switch("loop")?.unwrap_or(false);
    Ok(Some(LayerKind::Video { video, fit: Fit::Stretch, volume: volume(clip)?, looped, trim_start_ms: 0 }))
}

/// Reads an `audio`; nothing for one whose address cannot be fetched.
pub(super) fn audio(clip: &Node<'_>, context: &mut Context) -> Result<Option<LayerKind>> {
    let url = clip.required_text(&["source_url"])?;
    let Some(audio) = asset::named(&url) else {
        context.warn(clip, "`source_url` names nothing that can be fetched; the sound is left out");
        return Ok(None);
    };
    let looped = clip.switch("loop")?.unwrap_or(false);
    Ok(Some(LayerKind::Audio { audio, volume: volume(clip)?, looped, fade_in_ms: 0, fade_out_ms: 0 }))
}

/// Reads a volume in percent. Our choice: 0 is silence, although the vendor's range begins at 1.
fn volume(clip: &Node<'_>) -> Result<f64> {
    Ok((clip.number("volume")?.unwrap_or(100.0) / 100.0).clamp(0.0, 1.0))
}
