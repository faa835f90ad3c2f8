//! Where a clip is.

use stage::document::Frame;
use stage::document::limits::{COORDINATE_MAX, ROTATION_MAX};

use crate::error::Result;
use crate::read::Node;

/// Smallest side of something that is seen, in canvas pixels.
const SIDE_MIN: f64 = 0.01;

/// A box for a clip that says nothing of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct DefaultBox {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The top edge; in the middle of the canvas without one.
    pub(super) top: Option<f64>,
}

/// Reads the box of a clip: `left` and `top` are its corner, its size is `width * scaleX` by `height * scaleY`.
///
/// Nothing for a clip without extent, which is not seen.
pub(super) fn read(clip: &Node<'_>, default: DefaultBox, canvas: (f64, f64)) -> Result<Option<Frame>> {
    let scale_x = clip.number("scaleX")?.unwrap_or(1.0);
    let scale_y = clip.number("scaleY")?.unwrap_or(1.0);
    let w = clip.number("width")?.unwrap_or(default.width) * scale_x.abs();
    let h = clip.number("height")?.unwrap_or(default.height) * scale_y.abs();
    let left = clip.number("left")?.unwrap_or((canvas.0 - w) / 2.0);
    let top = clip.number("top")?.or(default.top).unwrap_or((canvas.1 - h) / 2.0);
    let rotation = clip.number("angle")?.unwrap_or(0.0);
    if w < SIDE_MIN || h < SIDE_MIN {
        return Ok(None);
    }
    Ok(Some(around_corner(left, top, w, h, rotation)))
}

/// Makes the frame of a box that is turned around its left upper corner.
///
/// Our choice: the document is a dump of a canvas editor's objects, whose `left` and `top` are the corner after turning. Frames of
/// scenes turn around their middle.
fn around_corner(left: f64, top: f64, w: f64, h: f64, rotation: f64) -> Frame {
    let rotation = if rotation == 0.0 { 0.0 } else { (rotation % 360.0).clamp(-ROTATION_MAX, ROTATION_MAX) };
    let (sin, cos) = rotation.to_radians().sin_cos();
    let middle = (left + w / 2.0 * cos - h / 2.0 * sin, top + w / 2.0 * sin + h / 2.0 * cos);
    let (x, y) = if rotation == 0.0 { (left, top) } else { (middle.0 - w / 2.0, middle.1 - h / 2.0) };
    let within = |value: f64| value.clamp(-COORDINATE_MAX, COORDINATE_MAX);
    Frame { x: within(x), y: within(y), w: w.min(COORDINATE_MAX), h: h.min(COORDINATE_MAX), rotation }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DEFAULT: DefaultBox = DefaultBox { width: 200.0, height: 100.0, top: None };

    #[expect(clippy::needless_pass_by_value, reason = "tests write their JSON in place")]
    fn frame(clip: serde_json::Value) -> Option<Frame> {
        read(&Node::root(&clip), DEFAULT, (1920.0, 1080.0)).unwrap()
    }

    #[test]
    fn size_is_scaled_and_the_corner_stays() {
        // The vendor's sample of a video over the whole screen.
        let frame =
            frame(json!({"left": -4.6, "top": -3.4, "width": 480, "height": 270, "scaleX": 4.0081, "scaleY": 4.0081}));
        let frame = frame.unwrap();
        assert_eq!((frame.x, frame.y, frame.w.round(), frame.h.round()), (-4.6, -3.4, 1924.0, 1082.0));
    }

    #[test]
    fn a_turned_box_turns_around_its_corner() {
        let frame = frame(json!({"left": 100, "top": 50, "width": 40, "height": 20, "angle": 90})).unwrap();
        // Turned by a quarter, the box reaches from its corner to the left by its height and down by its width.
        let middle = (frame.x + frame.w / 2.0, frame.y + frame.h / 2.0);
        assert!((middle.0 - 90.0).abs() < 1e-9 && (middle.1 - 70.0).abs() < 1e-9, "{middle:?}");
        assert_eq!((frame.w, frame.h, frame.rotation), (40.0, 20.0, 90.0));
    }

    #[test]
    fn what_is_not_given_is_in_the_middle() {
        let frame = frame(json!({"scaleX": 2})).unwrap();
        assert_eq!((frame.x, frame.y, frame.w, frame.h), (760.0, 490.0, 400.0, 100.0));
    }

    #[test]
    fn numbers_beyond_all_canvases_are_brought_back_and_nothing_is_not_seen() {
        let frame_far = frame(json!({"left": 1e300, "top": -1e9, "width": 1e12, "height": 5, "angle": 1e300})).unwrap();
        assert!(frame_far.x <= COORDINATE_MAX && frame_far.w <= COORDINATE_MAX && frame_far.y >= -COORDINATE_MAX);
        for clip in [json!({"width": 0}), json!({"scaleY": 0}), json!({"height": -5})] {
            assert!(frame(clip).is_none());
        }
    }
}
