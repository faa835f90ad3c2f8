//! What holds for every scene: frames depend on their number alone, and damage tells all that changed.

use serde_json::{Value, json};
use stage::Project;
use stage::scene::{Damage, FrameBuffer, PixelRect, Size};

use super::{frame_of, project, project_with, renderer, said, try_renderer};

/// A scene with everything that moves.
fn lively() -> Project {
    project_with(&json!({
        "canvas": { "width": 480, "height": 270, "fps": 25 },
        "captions": { "style": { "highlight_color": "gold" } },
        "watermark": { "text": "mark", "size": 0.2 },
        "scenes": [{
            "background": { "type": "image", "image": "large" },
            "layers": [
                { "type": "shape", "shape": "star", "fill": "$sun", "frame": { "x": 10, "y": 10, "w": 80, "h": 80, "rotation": 12 },
                  "enter": { "effect": "left", "duration_ms": 400 }, "leave": { "effect": "fade", "duration_ms": 400 } },
                { "id": "a", "type": "avatar", "avatar": "none", "crop": "half", "opacity": 0.9,
                  "frame": { "x": 120, "y": 40, "w": 200, "h": 230 }, "enter": { "effect": "down", "duration_ms": 300 } },
                { "type": "text", "text": "Over it", "font_size": 40, "color": "$rose", "start_ms": 300, "end_ms": 1500,
                  "frame": { "x": 200, "y": 120, "w": 200, "h": 60 }, "enter": { "effect": "zoom", "duration_ms": 500 } },
                { "type": "image", "image": "moving", "opacity": 0.5, "frame": { "x": 350, "y": 20, "w": 100, "h": 100 },
                  "leave": { "effect": "zoom", "duration_ms": 700 } },
                { "type": "video", "video": "film", "loop": true, "frame": { "x": 360.5, "y": 160.25, "w": 110, "h": 70, "rotation": 8 } },
                { "type": "image", "image": "hole", "z": 3, "frame": { "x": -60, "y": 150, "w": 160, "h": 160 } }
            ]
        }]
    }))
}

/// Draws all frames in order.
fn sequence(project: &Project) -> Vec<(FrameBuffer, Damage)> {
    let utterances = said("a");
    let mut renderer = renderer(project, &utterances);
    let mut frame = FrameBuffer::new(project.canvas.width, project.canvas.height);
    (0..renderer.n_frames())
        .map(|idx| {
            let damage = renderer.frame(idx, &mut frame);
            (frame.clone(), damage)
        })
        .collect()
}

#[test]
fn frames_depend_on_their_number_alone() {
    let project = lively();
    let expected = sequence(&project);
    let utterances = said("a");
    // Each by itself, on another thread.
    std::thread::scope(|scope| {
        for first in [0, 1] {
            let (project, utterances, expected) = (&project, &utterances, &expected);
            scope.spawn(move || {
                for idx in (first..50).step_by(7) {
                    assert!(frame_of(project, utterances, idx) == expected[idx as usize].0, "frame {idx} by itself");
                }
            });
        }
    });
    // One renderer, in disorder.
    let mut renderer = renderer(&project, &utterances);
    let mut frame = FrameBuffer::new(480, 270);
    for step in 0..120_u32 {
        let idx = (step * step * 31 + step * 17) % 50;
        renderer.frame(idx, &mut frame);
        assert!(frame == expected[idx as usize].0, "frame {idx} in step {step}");
    }
}

#[test]
fn damage_tells_all_that_changed() {
    let frames = sequence(&lively());
    assert_eq!(frames[0].1, Damage::All);
    let mut n_small = 0;
    for (idx, pair) in frames.windows(2).enumerate() {
        let [(before, _), (after, damage)] = pair else { unreachable!("windows of two") };
        let rects = match damage {
            Damage::All => panic!("only the first frame is new"),
            Damage::None => vec![],
            Damage::Rects(rects) => rects.clone(),
        };
        assert!(rects.len() <= 8);
        for (at, rect) in rects.iter().enumerate() {
            assert!(after.rect().contains(rect) && !rect.is_empty());
            assert!(rects[..at].iter().all(|other| other.intersection(rect).is_empty()), "{rects:?}");
        }
        let area: i64 = rects.iter().map(PixelRect::area).sum();
        n_small += usize::from(area < 480 * 270 / 2);
        let is_told = |x: i32, y: i32| rects.iter().any(|rect| rect.contains(&PixelRect::new(x, y, x + 1, y + 1)));
        for (at, (a, b)) in before.pixels().chunks_exact(4).zip(after.pixels().chunks_exact(4)).enumerate() {
            let (x, y) = ((at % 480) as i32, (at / 480) as i32);
            assert!(a == b || is_told(x, y), "frame {}: {x}, {y} changed outside of {rects:?}", idx + 1);
        }
    }
    assert!(n_small > 20, "{n_small}");
}

#[test]
fn a_still_scene_is_drawn_once() {
    let project = project(&json!({ "background": { "type": "image", "image": "photo" },
        "layers": [{ "type": "shape", "shape": "star", "fill": "red" }] }));
    let mut renderer = renderer(&project, &[]);
    let mut frame = FrameBuffer::new(320, 180);
    assert_eq!(renderer.frame(0, &mut frame), Damage::All);
    for idx in [1, 2, 30, 49, 49, 3] {
        assert_eq!(renderer.frame(idx, &mut frame), Damage::None);
    }
    renderer.restart();
    let mut other = FrameBuffer::new(320, 180);
    assert_eq!(renderer.frame(7, &mut other), Damage::All);
    assert!(frame == other);
}

#[test]
fn layers_are_there_from_their_start_to_their_end() {
    let layer = json!({ "type": "shape", "shape": "rectangle", "fill": "white", "start_ms": 400, "end_ms": 800 });
    let project = project(&json!({ "layers": [layer] }));
    let is_white = |idx: u32| frame_of(&project, &[], idx).pixels()[0] == 255;
    assert_eq!([9, 10, 19, 20].map(is_white), [false, true, true, false]);
}

#[test]
fn animations_begin_and_end_where_they_say() {
    let at = |animation: Value, idx: u32| {
        let layer = json!({ "type": "shape", "shape": "rectangle", "fill": "white", "start_ms": 200, "end_ms": 1800 });
        let mut layer = layer;
        layer.as_object_mut().unwrap().extend(animation.as_object().unwrap().clone());
        frame_of(&project(&json!({ "layers": [layer] })), &[], idx).pixels()[0]
    };
    let enter = || json!({ "enter": { "effect": "fade", "delay_ms": 200, "duration_ms": 400, "easing": "linear" } });
    assert_eq!([10, 15, 20, 44].map(|idx| at(enter(), idx)), [0, 128, 255, 255]);
    let leave = || json!({ "leave": { "effect": "fade", "delay_ms": 200, "duration_ms": 400, "easing": "linear" } });
    assert_eq!([5, 30, 35, 40].map(|idx| at(leave(), idx)), [255, 255, 128, 0]);
    // From beyond the edge: nothing is seen of it in the beginning, all at the end.
    let slide = || json!({ "enter": { "effect": "right", "duration_ms": 400 } });
    assert_eq!([5, 14, 15].map(|idx| at(slide(), idx)), [0, 0, 255]);
}

#[test]
fn a_transparent_scene_keeps_its_alpha() {
    let project = project(&json!({ "background": { "type": "transparent" },
        "layers": [{ "type": "shape", "shape": "rectangle", "fill": "#ff000080", "frame": { "x": 0, "y": 0, "w": 160, "h": 180 } }] }));
    let draw = |alpha: bool| {
        let mut frame = FrameBuffer::new(320, 180);
        try_renderer(&project, &[], Size { width: 320, height: 180 }, alpha).unwrap().frame(0, &mut frame);
        let right = frame.pixels()[319 * 4..320 * 4].to_vec();
        (frame.pixels()[..4].to_vec(), right)
    };
    assert_eq!(draw(true), (vec![128, 0, 0, 128], vec![0; 4]));
    assert_eq!(draw(false), (vec![128, 0, 0, 255], vec![0, 0, 0, 255]));
}

#[test]
fn outputs_of_other_sizes_look_the_same() {
    let project = project(&json!({ "background": { "type": "color", "color": "$paper" }, "layers": [
        { "type": "shape", "shape": "circle", "fill": "$ink", "frame": { "x": 40, "y": 30, "w": 100, "h": 100 } },
        { "type": "text", "text": "Size", "font_size": 40, "color": "$rose", "frame": { "x": 160, "y": 60, "w": 150, "h": 60 } }] }));
    let small = frame_of(&project, &[], 0);
    let mut large = FrameBuffer::new(960, 540);
    try_renderer(&project, &[], Size { width: 960, height: 540 }, false).unwrap().frame(0, &mut large);
    let mut off = 0_u64;
    for (at, pixel) in small.pixels().chunks_exact(4).enumerate() {
        let (x, y) = (at % 320 * 3, at / 320 * 3);
        for (channel, value) in pixel.iter().take(3).enumerate() {
            let of_nine = |it: usize| u32::from(large.pixels()[((y + it / 3) * 960 + x + it % 3) * 4 + channel]);
            let mean = (0..9).map(of_nine).sum::<u32>() / 9;
            off += u64::from(mean.abs_diff(u32::from(*value)));
        }
    }
    assert!(off / (320 * 180 * 3) < 2, "{off}");
    for (width, height) in [(960, 542 + 2), (961, 540), (0, 0), (20_000, 11_250)] {
        assert!(try_renderer(&project, &[], Size { width, height }, false).is_err(), "{width}x{height}");
    }
}
