//! Scenes that want to be slow or large.

use std::time::{Duration, Instant};

use serde_json::json;
use stage::scene::FrameBuffer;

use super::{frame_of, project, renderer};

fn within(limit: Duration, what: &str, run: impl FnOnce()) {
    let begun = Instant::now();
    run();
    assert!(begun.elapsed() < limit, "{what} took {:?}", begun.elapsed());
}

#[test]
fn frames_far_away_and_very_large_are_drawn_in_no_time() {
    let shapes = ["star", "drop", "circle", "line", "arrow"];
    let far = json!({ "x": -99_000, "y": 50_000, "w": 100_000, "h": 100_000, "rotation": 33 });
    let large = json!({ "x": -50_000, "y": -50_000, "w": 100_000, "h": 100_000, "rotation": 5 });
    let thin = json!({ "x": 10, "y": 10, "w": 100_000, "h": 1e-9 });
    let mut layers = vec![];
    for frame in [far, large, thin] {
        layers.extend(
            ["photo", "logo", "moving", "none"]
                .map(|image| json!({ "type": "image", "image": image, "fit": "cover", "frame": frame })),
        );
        layers
            .extend(["photo", "logo"].map(
                |image| json!({ "type": "image", "image": image, "frame": frame, "enter": { "effect": "zoom" } }),
            ));
        layers.push(json!({ "type": "video", "video": "film", "frame": frame }));
        layers.push(json!({ "type": "text", "text": "far away", "font_size": 2000, "frame": frame }));
        layers.push(json!({ "type": "avatar", "avatar": "none", "frame": frame }));
        layers.extend(shapes.map(|shape| {
            json!({ "type": "shape", "shape": shape, "fill": "red", "frame": frame,
            "stroke": { "color": "blue", "width": 4000 }, "corner_radius": 4000,
            "shadow": { "color": "black", "blur": 200, "dx": 100_000, "dy": -100_000 } })
        }));
    }
    let project = project(&json!({ "layers": layers }));
    within(Duration::from_secs(20), "a frame of very large layers", || {
        frame_of(&project, &[], 0);
        frame_of(&project, &[], 10);
    });
}

#[test]
fn a_thousand_layers_are_drawn_and_then_kept() {
    let layers: Vec<_> = (0..1000)
        .map(|idx| json!({ "type": "shape", "shape": "star", "fill": "#80402020", "frame": { "x": idx % 300, "y": idx % 160, "w": 60, "h": 60 } }))
        .collect();
    let mut layers = layers;
    layers[999] = json!({ "type": "image", "image": "moving" });
    let project = project(&json!({ "layers": layers }));
    let mut renderer = renderer(&project, &[]);
    let mut frame = FrameBuffer::new(320, 180);
    within(Duration::from_secs(5), "1000 layers", || {
        renderer.frame(0, &mut frame);
        renderer.frame(10, &mut frame);
    });
    within(Duration::from_millis(400), "40 frames above 999 layers that stay", || {
        for idx in 10..50 {
            renderer.frame(idx, &mut frame);
        }
    });
}
