//! Frames, compared with reference pictures: one property each.

use serde_json::{Value, json};
use stage::document::{Transition, TransitionEffect, Wipe};
use stage::scene::FrameBuffer;
use stage::transition::compose;

use super::{frame_of, project, project_with, said};
use crate::reference::{Drawn, assert_reference};

/// The largest difference of a channel that two machines' arithmetic may make.
const TOLERANCE: u8 = 2;

fn check(name: &str, frame: &FrameBuffer) {
    let drawn = Drawn { width: frame.width(), height: frame.height(), pixels: frame.pixels() };
    assert_reference(name, &drawn, TOLERANCE);
}

/// Draws the first frame of a scene of layers on paper.
fn check_layers(name: &str, layers: &Value) {
    check_frame(name, layers, 0);
}

fn check_frame(name: &str, layers: &Value, frame_idx: u32) {
    let scene = json!({ "background": { "type": "color", "color": "$paper" }, "layers": layers });
    check(name, &frame_of(&project(&scene), &[], frame_idx));
}

fn check_background(name: &str, background: &Value) {
    check(name, &frame_of(&project(&json!({ "background": background })), &[], 0));
}

#[test]
fn backgrounds() {
    check_background("background_color", &json!({ "type": "color", "color": "$ink" }));
    let stops = json!([{ "at": 0, "color": "$ink" }, { "at": 0.6, "color": "$rose" }, { "at": 1, "color": "$sun" }]);
    check_background("background_linear", &json!({ "type": "gradient", "gradient": { "stops": stops, "angle": 30 } }));
    check_background(
        "background_radial",
        &json!({ "type": "gradient", "gradient": { "stops": stops, "radial": true } }),
    );
    check_background("background_image_cover", &json!({ "type": "image", "image": "large" }));
    check_background("background_image_tall", &json!({ "type": "image", "image": "photo" }));
    check_background("background_image_hole", &json!({ "type": "image", "image": "hole", "color": "$leaf" }));
    check_background("background_missing", &json!({ "type": "image", "image": "none" }));
    check_background("background_missing_color", &json!({ "type": "image", "image": "none", "color": "$leaf" }));
    check_background("background_video", &json!({ "type": "video", "video": "film" }));
    check_background("background_transparent_is_black", &json!({ "type": "transparent" }));
}

/// Shapes in rows of six.
fn sheet(shapes: &[&str], style: &Value) -> Value {
    let layer = |(idx, name): (usize, &&str)| {
        let (x, y) = (12 + idx % 6 * 50, 12 + idx / 6 * 56);
        let mut layer = json!({ "type": "shape", "shape": name, "frame": { "x": x, "y": y, "w": 42, "h": 42 } });
        layer.as_object_mut().unwrap().extend(style.as_object().unwrap().clone());
        layer
    };
    shapes.iter().enumerate().map(layer).collect()
}

const SHAPES: [&str; 18] = [
    "rectangle",
    "square",
    "circle",
    "oval",
    "oval_tall",
    "triangle",
    "diamond",
    "parallelogram",
    "trapezoid",
    "pentagon",
    "hexagon",
    "hexagon_tall",
    "polygon",
    "star",
    "drop",
    "line",
    "arrow",
    "arrow_block",
];

#[test]
fn shapes() {
    check_layers("shapes_filled", &sheet(&SHAPES, &json!({ "fill": "$ink" })));
    check_layers("shapes_stroked", &sheet(&SHAPES, &json!({ "stroke": { "color": "$rose", "width": 3 } })));
    check_layers("shapes_rounded", &sheet(&SHAPES, &json!({ "fill": "$leaf", "corner_radius": 8 })));
    let gradient = json!({ "stops": [{ "at": 0, "color": "$sun" }, { "at": 1, "color": "$rose" }], "angle": 45 });
    check_layers("shapes_gradient", &sheet(&SHAPES, &json!({ "fill": gradient })));
    let shadow = json!({ "fill": "$sun", "shadow": { "color": "#00000090", "blur": 3, "dx": 3, "dy": 4 } });
    check_layers("shapes_shadow", &sheet(&SHAPES, &shadow));
    check_layers(
        "shape_turned",
        &json!([{ "type": "shape", "shape": "rectangle", "fill": "$ink", "frame": { "x": 100, "y": 60, "w": 120, "h": 60, "rotation": 30 },
                  "shadow": { "color": "black", "blur": 4, "dx": 10, "dy": 0 }, "stroke": { "color": "$sun", "width": 6 } }]),
    );
    check_layers(
        "shape_radial",
        &json!([{ "type": "shape", "shape": "circle", "frame": { "x": 60, "y": 20, "w": 200, "h": 140 },
                  "fill": { "stops": [{ "at": 0, "color": "white" }, { "at": 0.7, "color": "$rose" }], "radial": true } }]),
    );
}

#[test]
fn images() {
    let image = |fit: &str, x: u32| json!({ "type": "image", "image": "hole", "fit": fit, "frame": { "x": x, "y": 10, "w": 90, "h": 160 } });
    check_layers("image_fits", &json!([image("stretch", 10), image("contain", 115), image("cover", 220)]));
    check_layers(
        "image_turned",
        &json!([{ "type": "image", "image": "hole", "frame": { "x": 80, "y": 30, "w": 160, "h": 120, "rotation": 20 } }]),
    );
    check_layers(
        "image_over_the_edge",
        &json!([{ "type": "image", "image": "large", "frame": { "x": -100, "y": 90, "w": 320, "h": 180 } }]),
    );
    let logo = |fit: &str, x: u32, rotation: i32| json!({ "type": "image", "image": "logo", "fit": fit, "frame": { "x": x, "y": 40, "w": 90, "h": 100, "rotation": rotation } });
    check_layers("image_svg", &json!([logo("contain", 10, 0), logo("cover", 115, 0), logo("cover", 220, 30)]));
    check_layers(
        "image_missing",
        &json!([
        { "type": "image", "image": "none", "frame": { "x": 20, "y": 20, "w": 130, "h": 140 } },
        { "type": "video", "video": "none", "frame": { "x": 170, "y": 40, "w": 130, "h": 100 } }]),
    );
    let moving = json!([{ "type": "image", "image": "moving", "frame": { "x": 40, "y": 40, "w": 100, "h": 100 } },
        { "type": "video", "video": "film", "fit": "contain", "frame": { "x": 160, "y": 20, "w": 140, "h": 140 } }]);
    check_frame("moving_0", &moving, 0);
    check_frame("moving_10", &moving, 10);
}

#[test]
fn layers() {
    let square = |color: &str, x: u32, z: i32, opacity: f64| {
        json!({ "type": "shape", "shape": "square", "fill": color, "z": z, "opacity": opacity,
                "frame": { "x": x, "y": x / 2, "w": 100, "h": 100 } })
    };
    check_layers(
        "order",
        &json!([square("$rose", 40, 2, 1.0), square("$leaf", 90, 1, 1.0), square("$sun", 140, 2, 1.0)]),
    );
    check_layers(
        "opacity",
        &json!([square("$rose", 40, 0, 0.75), square("$leaf", 90, 0, 0.5), square("$sun", 140, 0, 0.25)]),
    );
}

#[test]
fn animations() {
    let layers = |effect: &str| {
        json!([{ "type": "image", "image": "logo", "frame": { "x": 100, "y": 50, "w": 120, "h": 80 },
                 "enter": { "effect": effect, "duration_ms": 1000 } }])
    };
    for effect in ["fade", "left", "right", "up", "down", "zoom"] {
        check_frame(&format!("enter_{effect}"), &layers(effect), 11);
    }
    let leaving = json!([{ "type": "image", "image": "logo", "frame": { "x": 100, "y": 50, "w": 120, "h": 80 }, "end_ms": 1600,
        "leave": { "effect": "zoom", "duration_ms": 1000, "delay_ms": 200, "easing": "linear" } }]);
    check_frame("leave_zoom", &leaving, 20);
}

#[test]
fn words() {
    check_layers(
        "text",
        &json!([{ "type": "text", "text": "Words that are wrapped at the frame", "font_size": 28, "color": "$ink",
        "align": "center", "vertical_align": "middle", "frame": { "x": 40, "y": 10, "w": 240, "h": 160, "rotation": -5 },
        "shadow": { "color": "#0006", "blur": 2, "dx": 2, "dy": 2 } }]),
    );
    let watermark = |watermark: Value| {
        project_with(
            &json!({ "watermark": watermark, "scenes": [{ "background": { "type": "color", "color": "$leaf" } }] }),
        )
    };
    check("watermark_text", &frame_of(&watermark(json!({ "text": "phonoscope", "size": 0.3 })), &[], 0));
    check(
        "watermark_image",
        &frame_of(&watermark(json!({ "image": "logo", "size": 0.2, "corner": "top_left", "opacity": 0.5 })), &[], 0),
    );
}

#[test]
fn people() {
    let person = |id: &str, crop: &str, x: u32, rotation: i32| json!({ "id": format!("{id}{x}"), "type": "avatar", "avatar": id, "crop": crop, "frame": { "x": x, "y": 10, "w": 75, "h": 170, "rotation": rotation } });
    let layers = json!([
        person("none", "full", 5, 0),
        person("none", "half", 85, 0),
        person("none", "head", 165, 0),
        person("none", "circle", 240, 10)
    ]);
    let scene = json!({ "background": { "type": "color", "color": "$paper" }, "layers": layers });
    let captioned = project_with(&json!({ "scenes": [scene], "captions": { "style": { "highlight_color": "$sun" } } }));
    check("people", &frame_of(&captioned, &said("none5"), 20));
}

#[test]
fn transitions() {
    let before = frame_of(&project(&json!({ "background": { "type": "image", "image": "photo" } })), &[], 0);
    let after = frame_of(
        &project(&json!({ "background": { "type": "color", "color": "$sun" },
        "layers": [{ "type": "image", "image": "logo", "frame": { "x": 100, "y": 50, "w": 120, "h": 80 } }] })),
        &[],
        0,
    );
    let mut frame = FrameBuffer::new(320, 180);
    for (effect, name) in
        [(TransitionEffect::Fade, "fade"), (TransitionEffect::Slide, "slide"), (TransitionEffect::Wipe, "wipe")]
    {
        for (from, side) in [(Wipe::Left, "left"), (Wipe::Right, "right"), (Wipe::Top, "top"), (Wipe::Bottom, "bottom")]
        {
            let transition = Transition { effect, duration_ms: 500, from };
            compose(&transition, 0.0, &before, &after, &mut frame);
            assert_eq!(frame, before, "{name} {side}");
            compose(&transition, 1.0, &before, &after, &mut frame);
            assert_eq!(frame, after, "{name} {side}");
            if effect != TransitionEffect::Fade || from == Wipe::Left {
                compose(&transition, 0.3, &before, &after, &mut frame);
                check(&format!("transition_{name}_{side}"), &frame);
            }
        }
    }
}
