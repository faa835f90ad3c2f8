#![expect(clippy::needless_pass_by_value, reason = "tests write their JSON in place")]

use serde_json::json;
use stage::document::{
    Align, Background, Color, ColorRef, Crop, Effect, Frame, Layer, LayerKind, Limits, Narration, Paint, ShapeName,
    Source,
};

use super::*;

const SEED: &str = include_str!("../../tests/it/vendor/curl.json");

#[track_caller]
fn mapped(document: &Value) -> Mapped {
    let mapped = map(document).unwrap();
    mapped.project.validate(&Limits::default()).unwrap();
    mapped
}

/// Maps a landscape project of one scene with these clips.
#[track_caller]
fn clips(clips: Value) -> Mapped {
    mapped(&json!({"scenes": [{"sceneIdx": 0, "clips": clips}]}))
}

#[track_caller]
fn only_layer(clip: Value) -> Layer {
    let mapped = clips(json!([clip]));
    let [layer] = &mapped.project.scenes[0].layers[..] else { panic!("{mapped:?}") };
    layer.clone()
}

#[track_caller]
fn blamed(document: Value) -> String {
    let crate::error::ApiError::Invalid { path, reason } = map(&document).unwrap_err() else { panic!("not blamed") };
    format!("{path}: {reason}")
}

fn said(narration: &Narration) -> (Option<&str>, &str, Option<&str>) {
    let Source::Text { text, language, .. } = &narration.source else { panic!("{narration:?}") };
    (narration.speaker.as_deref(), text, language.as_deref())
}

fn round(frame: Option<Frame>) -> (f64, f64, f64, f64) {
    let frame = frame.unwrap();
    (frame.x.round(), frame.y.round(), frame.w.round(), frame.h.round())
}

#[test]
fn the_vendors_example() {
    let seed = serde_json::from_str(SEED).unwrap();
    let Mapped { project, warnings } = mapped(&seed);
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(
        (project.canvas.width, project.canvas.height, project.name.as_str()),
        (1920, 1080, "Test Project Using Api")
    );
    let [scene] = &project.scenes[..] else { panic!("{project:?}") };
    let Background::Image { image, color } = &scene.background else { panic!("{scene:?}") };
    assert_eq!((image.0.as_str(), color), ("builtin:blue-gradient", &Some(ColorRef::Color(Color::rgb(54, 188, 37)))));
    let [layer] = &scene.layers[..] else { panic!("{scene:?}") };
    let LayerKind::Avatar { avatar, outfit, crop, .. } = &layer.kind else { panic!("{layer:?}") };
    assert_eq!((avatar.as_str(), outfit.as_deref(), *crop), ("M000045058", Some("BG00002320"), Crop::Circle));
    // The head is at (876, 266), with a radius of 167.
    assert_eq!(round(layer.frame), (710.0, 100.0, 333.0, 333.0));
    let frame = layer.frame.unwrap();
    assert_eq!(((frame.x + frame.w / 2.0).round(), (frame.y + frame.h / 2.0).round()), (876.0, 266.0));
    let text = "<p>Hello, this is test video using Api.</p>";
    assert_eq!(said(&scene.narration[0]), (Some("aiModel-1h4ij5h8e87"), text, Some("en")));
    assert_eq!((layer.opacity, layer.z, scene.watermark, scene.duration_ms), (1.0, 1, false, None));
}

#[test]
fn head_only_says_how_much_is_seen_and_the_effect_only_without_it() {
    let crop = |head_only: Value, effects: Value| {
        let layer = only_layer(
            json!({"type": "aiModel", "model": {"ai_name": "A"}, "headOnly": head_only, "effects": effects}),
        );
        let LayerKind::Avatar { crop, .. } = layer.kind else { panic!("{layer:?}") };
        (crop, round(layer.frame))
    };
    let effect = || json!([{"type": "head-only"}]);
    // Without a head box, the head is looked for in the upper square of the clip.
    let (whole, square) = ((621.0, 145.0, 679.0, 2229.0), (621.0, 145.0, 679.0, 679.0));
    assert_eq!(crop(Value::Null, effect()), (Crop::Circle, square));
    assert_eq!(crop(json!(false), effect()), (Crop::Full, whole));
    assert_eq!(crop(json!(true), json!([])), (Crop::Circle, square));
    assert_eq!(crop(json!({"x": 1}), Value::Null), (Crop::Circle, square));
    assert_eq!(crop(Value::Null, json!([{"type": "other"}, 7])), (Crop::Full, whole));
}

#[test]
fn who_is_only_heard_keeps_a_voice_and_who_is_deleted_does_not() {
    let avatar =
        |key: &str| json!([{"type": "aiModel", "id": "a", "model": {"ai_name": "A"}, "script": "Hi.", key: true}]);
    let heard = clips(avatar("voiceOnly")).project.scenes.remove(0);
    assert_eq!((heard.layers[0].opacity, said(&heard.narration[0])), (0.0, (Some("a"), "Hi.", None)));
    let deleted = clips(avatar("isDelete")).project.scenes.remove(0);
    assert_eq!((deleted.layers.len(), deleted.narration.len()), (0, 0));
}

#[test]
fn minimal_avatars_as_clients_in_the_field_send_them() {
    for clip in [
        json!({"type": "aiModel", "model": {"ai_name": "A", "emotion": "B"}}),
        json!({"type": "aiModel", "ai_name": "A", "emotion": "B"}),
        json!({"type": "aiModel", "model": "A", "clothes": "B"}),
        json!({"type": "aiModel", "modelId": "A", "clothId": "B", "model": {}}),
    ] {
        let LayerKind::Avatar { avatar, outfit, .. } = only_layer(clip.clone()).kind else { panic!("{clip}") };
        assert_eq!((avatar.as_str(), outfit.as_deref()), ("A", Some("B")), "{clip}");
    }
    let nobody = only_layer(json!({"type": "aiModel"}));
    assert!(matches!(nobody.kind, LayerKind::Avatar { outfit: None, .. }));
}

#[test]
fn words_are_sized_in_points_and_grow_with_their_clip() {
    let layer = only_layer(json!({
        "type": "textImage", "text": "Hello\nworld", "fill": "#FF000080", "fontSize": 30, "scaleX": 2, "scaleY": 2, "width": 100,
        "height": 50, "left": 1, "top": 2, "align": "center", "fontWeight": "bold", "fontStyle": "italic", "underline": true,
        "stroke": "rgb(1,2,3)", "strokeWidth": 4, "backgroundColor": "white", "opacity": 50, "layer": 7,
        "shadow": {"blur": 99, "offsetX": 3, "enabled": true}, "fontFamily": "Noto Sans CJK",
    }));
    assert_eq!((round(layer.frame), layer.opacity, layer.z), ((1.0, 2.0, 200.0, 100.0), 0.5, 7));
    let LayerKind::Text {
        text,
        font_size,
        font_weight,
        italic,
        underline,
        align,
        color,
        stroke,
        background,
        shadow,
        ..
    } = layer.kind
    else {
        panic!("no words")
    };
    assert_eq!((text.as_str(), font_size, font_weight, italic, underline), ("Hello\nworld", 80.0, 700, true, true));
    assert_eq!((align, color), (Align::Center, ColorRef::Color(Color { r: 255, g: 0, b: 0, a: 128 })));
    assert_eq!(stroke.map(|stroke| stroke.width), Some(4.0));
    assert!(background.is_some());
    let shadow = shadow.unwrap();
    assert_eq!((shadow.blur, shadow.dx, shadow.dy), (10.0, 3.0, 5.0));
    assert_eq!(shadow.color, ColorRef::Color(Color { r: 0, g: 0, b: 0, a: 0x60 }));
}

#[test]
fn a_shadow_that_is_switched_off_is_none() {
    let layer = only_layer(json!({"type": "shape", "shapeName": "Star", "fill": "red", "shadow": {"enabled": false}}));
    assert!(matches!(layer.kind, LayerKind::Shape { shadow: None, .. }));
}

#[test]
fn every_shape_of_the_vendors_has_its_own() {
    let names = [
        "Line_v2",
        "Arrow_1_v2",
        "Arrow_2_v2",
        "Circle",
        "Triangle",
        "Square",
        "Parallelogram",
        "Drop_1",
        "Polygon",
        "Pentagon",
        "Oval_1",
        "Oval_2",
        "Hexagon_1",
        "Hexagon_2",
        "Diamond",
        "Star",
        "Rectangle_corner0",
    ];
    let mut shapes = std::collections::HashSet::new();
    for name in names {
        let mapped = clips(json!([{"type": "shape", "shapeName": name, "fill": "rgb(1,2,3)", "strokeRadius": 5}]));
        assert_eq!(mapped.warnings, Vec::<String>::new());
        let LayerKind::Shape { shape, fill, stroke, corner_radius, .. } = &mapped.project.scenes[0].layers[0].kind
        else {
            panic!("{name}")
        };
        assert!(shapes.insert(*shape), "{name}");
        assert_eq!(
            (fill, stroke, *corner_radius),
            (&Some(Paint::Color(ColorRef::Color(Color::rgb(1, 2, 3)))), &None, 5.0)
        );
    }
    let mapped = clips(json!([{"type": "shape", "shapeName": "Cloud", "fill": ""}]));
    assert!(matches!(
        mapped.project.scenes[0].layers[0].kind,
        LayerKind::Shape { shape: ShapeName::Rectangle, fill: None, .. }
    ));
    assert_eq!(mapped.warnings.len(), 1);
}

#[test]
fn every_animation_comes_from_or_goes_to_its_side() {
    let animated = |name: &str| {
        only_layer(
            json!({"type": "image", "source_url": "https://a.example/x.png", "animation": {"type": name, "duration": 2, "delay": 3}}),
        )
    };
    for (name, effect) in [
        ("fade-in", Effect::Fade),
        ("in-right", Effect::Right),
        ("in-down", Effect::Down),
        ("in-left", Effect::Left),
        ("in-up", Effect::Up),
        ("zoom-in", Effect::Zoom),
    ] {
        let layer = animated(name);
        let enter = layer.enter.unwrap();
        assert_eq!((enter.effect, enter.duration_ms, enter.delay_ms), (effect, 2000, 3000), "{name}");
        assert_eq!((layer.leave, layer.end_ms), (None, None), "{name}");
    }
    for (name, effect) in [
        ("fade-out", Effect::Fade),
        ("out-right", Effect::Right),
        ("out-down", Effect::Down),
        ("out-left", Effect::Left),
        ("out-up", Effect::Up),
        ("zoom-out", Effect::Zoom),
    ] {
        let layer = animated(name);
        let leave = layer.leave.unwrap();
        assert_eq!((leave.effect, leave.duration_ms, leave.delay_ms), (effect, 2000, 0), "{name}");
        // Gone when the animation ends.
        assert_eq!((layer.enter, layer.end_ms), (None, Some(5000)), "{name}");
    }
    let still =
        clips(json!([{"type": "image", "source_url": "https://a.example/x.png", "animation": {"type": "spin"}}]));
    assert_eq!((still.warnings.len(), &still.project.scenes[0].layers[0].enter), (1, &None));
}

#[test]
fn pictures_videos_and_sounds() {
    // The vendor's sample shrinks a photo.
    let image = only_layer(json!({
        "type": "image", "source_url": "https://a.example/x.jpg", "left": 10, "top": 20, "width": 2333, "height": 3500,
        "scaleX": 0.149, "scaleY": 0.149,
    }));
    assert_eq!(round(image.frame), (10.0, 20.0, 348.0, 522.0));
    let video = only_layer(
        json!({"type": "videoImage", "video_url": "https://a.example/x.mp4", "source_url": "", "volume": 40}),
    );
    assert!(matches!(video.kind, LayerKind::Video { volume: 0.4, looped: false, .. }));
    assert_eq!(round(video.frame), (0.0, 0.0, 1920.0, 1080.0));
    let audio = only_layer(json!({"type": "audio", "source_url": "track:abc", "label": "Jingle", "volume": 0}));
    assert!(matches!(audio.kind, LayerKind::Audio { volume: 0.0, .. }));
    let replaced = only_layer(json!({"type": "image", "resource_url": "https://a.example/y.jpg"}));
    assert!(matches!(replaced.kind, LayerKind::Image { image, .. } if image.0 == "https://a.example/y.jpg"));
}

#[test]
fn what_cannot_be_fetched_is_left_out_with_a_warning() {
    for clip in [
        json!({"type": "image", "source_url": "file:///etc/passwd"}),
        json!({"type": "videoImage", "video_url": "x.mp4"}),
        json!({"type": "audio", "source_url": "/music/x.mp3", "label": "x"}),
    ] {
        let mapped = clips(json!([clip]));
        assert_eq!((mapped.project.scenes[0].layers.len(), mapped.warnings.len()), (0, 1), "{clip}");
        assert!(mapped.warnings[0].starts_with("scenes[0].clips[0]: "), "{:?}", mapped.warnings);
    }
}

#[test]
fn backgrounds_and_what_is_shown_without_them() {
    let background = |background: Value| {
        let Mapped { mut project, warnings } = mapped(&json!({"scenes": [{"background": background}]}));
        (project.scenes.remove(0).background, warnings.len())
    };
    let color = |r, g, b| Background::Color { color: Color::rgb(r, g, b).into() };
    assert_eq!(background(json!({"source_type": "color", "source_color": "#20304a"})), (color(32, 48, 74), 0));
    assert_eq!(background(Value::Null), (color(255, 255, 255), 0));
    let lost = json!({"source_type": "image", "source_url": "/upload/x.png", "source_color": "rgb(1,2,3)"});
    assert_eq!(background(lost), (color(1, 2, 3), 1));
    let (video, _) =
        background(json!({"source_type": "video", "source_url": "https://a.example/x.mp4", "source_color": "red"}));
    assert!(matches!(video, Background::Video { color: Some(_), .. }));
    let (image, _) = background(json!({"source_url": "https://a.example/x.png"}));
    assert!(matches!(image, Background::Image { color: None, .. }));
    assert_eq!(
        blamed(json!({"scenes": [{"background": {"source_type": "fog"}}]})),
        "scenes[0].background.source_type: must be image, video or color"
    );
}

#[test]
fn orientations_and_what_else_belongs_to_the_whole() {
    for (orientation, size) in [
        (Value::Null, (1920, 1080)),
        (json!("landscape"), (1920, 1080)),
        (json!("portrait"), (1080, 1920)),
        (json!("square"), (1080, 1080)),
    ] {
        let project = mapped(&json!({"orientation": orientation, "scenes": [{}]})).project;
        assert_eq!((project.canvas.width, project.canvas.height), size);
        assert_eq!(project.name, "Default Template");
    }
    let project = mapped(&json!({
        "scenes": [{"watermark": true, "transition": {"type": "fade", "duration": 0.25}}, {"watermark": false}],
        "dictionary": {"SQL": "sequel", "odd": {}}, "backgroundAudio": {"source_url": "https://a.example/m.mp3", "volume": 50},
    }))
    .project;
    assert!(project.watermark.is_some() && project.scenes[0].watermark && !project.scenes[1].watermark);
    assert_eq!(project.scenes[0].transition.as_ref().map(|it| it.duration_ms), Some(250));
    assert_eq!(project.dictionary.len(), 1);
    assert_eq!(project.soundtrack.map(|it| it.volume), Some(0.5));
}

#[test]
fn ids_that_repeat_or_are_missing_do_not_mix_up_who_speaks() {
    let scene = clips(json!([
        {"type": "aiModel", "id": "a", "model": {"ai_name": "A"}, "script": "One."},
        {"type": "aiModel", "id": "a", "model": {"ai_name": "B"}, "script": "Two."},
        {"type": "aiModel", "model": {"ai_name": "C"}, "script": "Three."},
        {"type": "background", "id": "background"},
    ]))
    .project
    .scenes
    .remove(0);
    let ids: Vec<&str> = scene.layers.iter().map(|layer| layer.id.as_str()).collect();
    assert_eq!(ids, ["a", "clip-1", "clip-2"]);
    let said: Vec<_> = scene.narration.iter().map(|narration| said(narration).0).collect();
    assert_eq!(said, [Some("a"), Some("clip-1"), Some("clip-2")]);
}

#[test]
fn every_fault_is_named_with_its_place() {
    let clip = |clip: Value| json!({"scenes": [{"clips": [{"type": "background"}, clip]}]});
    for (document, fault) in [
        (json!({}), "scenes: at least one scene is required"),
        (json!({"scenes": []}), "scenes: at least one scene is required"),
        (json!({"scenes": {}}), "scenes: must be a list, is an object"),
        (json!({"scenes": [7]}), "scenes[0]: must be an object, is a number"),
        (json!({"orientation": "round", "scenes": [{}]}), "orientation: must be landscape, portrait or square"),
        (json!({"scenes": [{"clips": {}}]}), "scenes[0].clips: must be a list, is an object"),
        (json!({"scenes": [{"background": "x"}]}), "scenes[0].background: must be an object, is text"),
        (
            clip(json!({})),
            "scenes[0].clips[1].type: is required: aiModel, shape, image, textImage, videoImage or audio",
        ),
        (
            clip(json!({"type": 1})),
            "scenes[0].clips[1].type: must be aiModel, shape, image, textImage, videoImage or audio",
        ),
        (
            clip(json!({"type": "x"})),
            "scenes[0].clips[1].type: must be aiModel, shape, image, textImage, videoImage or audio",
        ),
        (clip(json!({"type": "aiModel", "top": []})), "scenes[0].clips[1].top: must be a number, is a list"),
        (clip(json!({"type": "image"})), "scenes[0].clips[1].source_url: is required"),
        (clip(json!({"type": "videoImage"})), "scenes[0].clips[1].video_url: is required"),
        (clip(json!({"type": "shape"})), "scenes[0].clips[1].shapeName: is required"),
        (clip(json!({"type": "textImage", "fontSize": 9})), "scenes[0].clips[1].text: is required"),
        (clip(json!({"type": "textImage", "text": "x"})), "scenes[0].clips[1].fontSize: is required"),
        (
            clip(json!({"type": "textImage", "text": "x".repeat(5001), "fontSize": 9})),
            "scenes[0].clips[1].text: at most 5000 characters are drawn",
        ),
        (
            clip(json!({"type": "aiModel", "script": "x".repeat(100_001)})),
            "scenes[0].clips[1].script: at most 100000 characters are spoken",
        ),
    ] {
        assert_eq!(blamed(document), fault);
    }
}

#[test]
fn numbers_out_of_all_ranges_still_make_a_sound_document() {
    for number in [-1e300, -1e6, -1.0, 0.0, 1e-9, 1e6, 1e300] {
        clips(json!([
            {"type": "aiModel", "layer": number, "left": number, "top": number, "width": number, "scaleX": number, "opacity": number},
            {"type": "textImage", "text": "x", "fontSize": number, "strokeWidth": number, "stroke": "red", "lineHeight": number,
             "shadow": {"blur": number, "offsetX": number}, "fontWeight": number, "angle": number},
            {"type": "shape", "shapeName": "Star", "strokeRadius": number, "animation": {"type": "fade-out", "duration": number, "delay": number}},
            {"type": "audio", "source_url": "https://a.example/x.mp3", "volume": number},
            {"type": "aiModel", "headOnly": true, "model": {"editor": {"headCenterX": number, "headCenterY": number,
             "headWidth": number, "headHeight": number}}},
        ]));
    }
}

#[test]
fn a_document_of_the_second_version() {
    let document = json!({
        "scenes": [{
            "AIModel": {"model": "A", "clothes": "B", "language": "en", "script": "Hello.", "locationX": 0.25, "locationY": 0},
            "clips": [
                {"type": "background", "detail": {"url": "https://a.example/b.png"}},
                {"type": "image", "detail": {"url": "https://a.example/i.png", "scale": 0.5, "locationX": -0.5, "locationY": -0.5}},
                {"type": "text", "detail": {"textSource": "News", "font": {"size": 30, "color": "#ff0000"}}},
            ],
        }],
    });
    assert!(legacy::is_legacy(&document) && !legacy::is_legacy(&serde_json::from_str(SEED).unwrap()));
    let Mapped { project, warnings } = mapped(&legacy::modern(&document).unwrap());
    assert_eq!(warnings, Vec::<String>::new());
    let scene = &project.scenes[0];
    // The avatar is as high as the canvas, its middle at three quarters of the width.
    assert_eq!(round(scene.layers[0].frame), (1276.0, 0.0, 329.0, 1080.0));
    assert_eq!(round(scene.layers[1].frame), (-480.0, -270.0, 960.0, 540.0));
    assert_eq!((scene.layers[0].z, scene.layers[1].z), (300, 500));
    assert!(matches!(scene.layers[2].kind, LayerKind::Text { font_size: 40.0, .. }));
    assert_eq!(said(&scene.narration[0]).1, "Hello.");
    assert!(matches!(&scene.background, Background::Image { image, .. } if image.0 == "https://a.example/b.png"));
}

#[test]
fn a_document_written_from_a_scene_document_reads_as_it_was() {
    let original = mapped(&json!({
        "name": "Round", "orientation": "portrait",
        "scenes": [{
            "background": {"source_type": "image", "source_url": "/images/background/bg_dawn.png", "source_color": "rgb(1,2,3)"},
            "transition": {"type": "fade", "duration": 0.5},
            "clips": [
                {"type": "aiModel", "id": "a", "layer": 2, "left": 10, "top": 20, "width": 300, "height": 900, "model": {"ai_name": "A",
                 "emotion": "B", "language": "de"}, "headOnly": false},
                {"type": "textImage", "id": "t", "layer": 3, "left": 5, "top": 6, "width": 700, "height": 80, "angle": 30, "text": "Hi",
                 "fill": "#01020380", "fontSize": 33, "fontWeight": "700", "align": "right", "verticalAlign": "middle",
                 "fontFamily": "Noto Sans"},
                {"type": "shape", "id": "s", "left": 1, "top": 2, "width": 3, "height": 4, "shapeName": "Oval_2", "stroke": "red",
                 "strokeWidth": 2, "fill": {"stops": [{"at": 0, "color": "#000000"}, {"at": 1, "color": "#ffffff"}], "angle": 45}},
                {"type": "image", "id": "i", "left": 1, "top": 2, "width": 3, "height": 4, "source_url": "https://a.example/x.png",
                 "fit": "cover", "animation": {"type": "in-left", "duration": 2, "delay": 1}},
                {"type": "videoImage", "id": "v", "left": 1, "top": 2, "width": 3, "height": 4, "video_url": "material:abc",
                 "volume": 30, "animation": {"type": "fade-out", "duration": 2, "delay": 1}},
            ],
            "scripts": [{"org": "Eins.", "modelId": "A"}, {"org": "Zwei.", "modelId": "A", "tts": {"model": "v", "language": "de"}}],
        }],
        "backgroundAudio": {"source_url": "https://a.example/m.mp3", "volume": 50},
    }));
    let again = mapped(&unmap::unmap(&original.project));
    assert_eq!(again.warnings, Vec::<String>::new());
    let (mut was, mut is) = (original.project, again.project);
    for project in [&mut was, &mut is] {
        for layer in project.scenes.iter_mut().flat_map(|scene| &mut scene.layers) {
            if let Some(frame) = &mut layer.frame {
                // Turning back and forth is exact to a millionth of a pixel.
                for value in [&mut frame.x, &mut frame.y] {
                    *value = (*value * 1e6).round() / 1e6;
                }
            }
        }
    }
    assert_eq!(was, is);
}

#[test]
fn drafted_scenes_have_a_title_or_their_page() {
    let presenter = drafted::Presenter { model: "A".into(), clothes: "B".into(), language: "en".into() };
    let scene = |title: &str, picture: Option<&str>| drafted::DraftedScene {
        title: title.to_owned(),
        text: "Words.".to_owned(),
        picture_url: picture.map(str::to_owned),
    };
    for orientation in ["landscape", "portrait"] {
        let scenes = [scene("Title", None), scene("", None), scene("Page", Some("https://a.example/p.png"))];
        let Mapped { project, warnings } = mapped(&drafted::document("Draft", orientation, &scenes, &presenter));
        assert_eq!(warnings, Vec::<String>::new());
        let kinds = project.scenes.iter().map(|scene| scene.layers.len()).collect::<Vec<_>>();
        assert_eq!(kinds, [2, 1, 2]);
        assert!(project.scenes.iter().all(|scene| said(&scene.narration[0]).1 == "Words."));
        assert!(matches!(project.scenes[2].layers[0].kind, LayerKind::Image { .. }));
    }
    let Mapped { project, .. } = mapped(&drafted::on_green("Green", "Words.", &presenter));
    assert_eq!(project.scenes[0].background, Background::Color { color: Color::rgb(0, 0xb1, 0x40).into() });
    assert_eq!(project.scenes[0].layers.len(), 1);
}
