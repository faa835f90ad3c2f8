//! Documents: what is read, what is refused, and that the published schema says the same.

use std::time::Instant;

use serde_json::{Value, json};
use stage::Project;
use stage::document::limits::{DURATION_MS_MAX, N_LAYERS_MAX, N_SCENES_MAX};
use stage::document::{DocumentError, Frame, Layer, LayerKind, Limits, schema};

/// A document with everything in it.
fn full() -> Value {
    json!({
        "version": 1,
        "name": "Everything",
        "canvas": { "width": 1280, "height": 720, "fps": 25 },
        "palette": { "primary": "#20304a", "accent": "rgb(240, 90, 40)" },
        "soundtrack": { "audio": "music.mp3", "loop": false, "ducking": { "level": 0.2 } },
        "captions": { "style": { "color": "$primary", "highlight_color": "gold" } },
        "watermark": { "image": "logo.svg", "corner": "top_left", "size": 0.1 },
        "dictionary": { "GIF": "/ɡɪf/" },
        "scenes": [
            {
                "id": "one",
                "background": { "type": "gradient", "gradient": {
                    "stops": [{ "at": 0, "color": "$primary" }, { "at": 1.0, "color": "black" }], "angle": 45 } },
                "duration_ms": 4000,
                "transition": { "effect": "wipe", "from": "top" },
                "layers": [
                    { "id": "anna", "type": "avatar", "avatar": "anna", "crop": "half", "emotion": "smile",
                      "frame": { "x": -20.5, "y": 10, "w": 400, "h": 900, "rotation": 3 }, "z": -2 },
                    { "type": "text", "text": "Hello\nthere", "font_size": 60.5, "color": "$accent", "align": "center",
                      "stroke": { "color": "#000", "width": 2 }, "background": { "color": "#fff8", "padding": 8 },
                      "shadow": { "color": "#00000080", "blur": 4, "dx": 2, "dy": 3 } },
                    { "type": "image", "image": "a.png", "fit": "cover", "opacity": 0.5, "start_ms": 100, "end_ms": 900,
                      "enter": { "effect": "zoom", "duration_ms": 300, "easing": "linear" },
                      "leave": { "effect": "left", "delay_ms": 100 } },
                    { "type": "shape", "shape": "star", "fill": "red", "corner_radius": 4 },
                    { "type": "shape", "shape": "hexagon_tall", "stroke": { "color": "$accent", "width": 3 }, "fill": {
                      "stops": [{ "at": 0, "color": "red" }, { "at": 1, "color": "blue" }], "radial": true } },
                    { "type": "video", "video": "b.mp4", "loop": true, "volume": 0, "trim_start_ms": 500 },
                    { "type": "audio", "audio": "c.wav", "fade_in_ms": 100 }
                ],
                "narration": [
                    { "speaker": "anna", "text": "Hello there.", "rate": 1.1, "language": "en", "pause_after_ms": 300 },
                    { "audio": "said.wav", "transcript": "Something said.", "emotion": "sadness" }
                ]
            },
            { "background": { "type": "color", "color": "navy" }, "watermark": false },
            { "background": { "type": "image", "image": "x.jpg", "color": null } },
            { "background": { "type": "video", "video": "x.mp4" } },
            { "background": { "type": "transparent" } }
        ]
    })
}

fn fault(value: &Value) -> String {
    Project::from_value(value.clone()).expect_err("it must be refused").to_string()
}

#[test]
fn a_document_with_everything_is_read_and_written_back() {
    let project = Project::from_json(&full().to_string()).unwrap();
    assert_eq!(project.scenes[0].layers.len(), 7);
    project.validate(&Limits::default()).unwrap();
    let written = serde_json::to_string(&project).unwrap();
    assert_eq!(Project::from_json(&written).unwrap(), project);
    let validator = jsonschema::validator_for(schema()).unwrap();
    assert!(validator.is_valid(&full()));
    assert!(validator.is_valid(&serde_json::from_str::<Value>(&written).unwrap()));
}

/// A way into the full document, what is put there, and what is said about it.
const FAULTS: [(&str, &str, &str); 34] = [
    ("/scenes/0/layers/1/font_size", "0", "scenes[0].layers[1].font_size: must be above 0, at most 2000, is `0`"),
    (
        "/scenes/0/layers/1/font_sice",
        "40",
        "scenes[0].layers[1].font_sice: this key is not known; did you mean `font_size`?",
    ),
    (
        "/scenes/0/layers/1/fontSize",
        "40",
        "scenes[0].layers[1].fontSize: this key is not known; did you mean `font_size`?",
    ),
    ("/scenes/0/layers/1/zebra", "1", "scenes[0].layers[1].zebra: this key is not known"),
    ("/scenes/0/layers/1/color", "12", "scenes[0].layers[1].color: must be a text, is the number `12`"),
    ("/scenes/0/layers/1/text", "null", "scenes[0].layers[1].text: must be a text, is `null`"),
    (
        "/scenes/0/layers/1/align",
        "\"centre\"",
        "scenes[0].layers[1].align: is not known: the text `centre`; did you mean `center`?",
    ),
    (
        "/scenes/0/layers/0/type",
        "\"avatars\"",
        "scenes[0].layers[0].type: is not known: the text `avatars`; did you mean `avatar`?",
    ),
    (
        "/scenes/0/layers/0/type",
        "7",
        "scenes[0].layers[0].type: must be one of `avatar`, `text`, `image`, `shape`, `video`, `audio`, is the number `7`",
    ),
    ("/scenes/0/layers/0/frame/w", "-1", "scenes[0].layers[0].frame.w: must be above 0, at most 100000, is `-1`"),
    (
        "/scenes/0/layers/0/frame/x",
        "1e9",
        "scenes[0].layers[0].frame.x: must be from -100000 to 100000, is `1000000000.0`",
    ),
    (
        "/scenes/0/layers/0/frame/rotation",
        "1e308",
        "scenes[0].layers[0].frame.rotation: must be from -36000 to 36000, is `1e+308`",
    ),
    ("/scenes/0/layers/0/frame/hight", "1", "scenes[0].layers[0].frame.hight: this key is not known"),
    ("/scenes/0/layers/0/z", "1.5", "scenes[0].layers[0].z: must be a whole number, is `1.5`"),
    ("/scenes/0/layers/2/opacity", "1.01", "scenes[0].layers[2].opacity: must be from 0 to 1, is `1.01`"),
    ("/scenes/0/layers/2/image", "\"\"", "scenes[0].layers[2].image: must not be empty"),
    (
        "/scenes/0/layers/2/enter/effect",
        "\"zooms\"",
        "scenes[0].layers[2].enter.effect: is not known: the text `zooms`; did you mean `zoom`?",
    ),
    ("/scenes/0/layers/2/enter", "\"zoom\"", "scenes[0].layers[2].enter: must be an object, is the text `zoom`"),
    ("/scenes/0/layers/3/fill", "5", "scenes[0].layers[3].fill: must not be the number `5`"),
    (
        "/scenes/0/layers/4/fill/stops/0/at",
        "-0.1",
        "scenes[0].layers[4].fill.stops[0].at: must be from 0 to 1, is `-0.1`",
    ),
    ("/scenes/0/layers/4/fill/stops", "[]", "scenes[0].layers[4].fill.stops: has 0 items; at least 2 must be there"),
    ("/scenes/0/layers/5/volume", "-1", "scenes[0].layers[5].volume: must be from 0 to 4, is `-1`"),
    ("/scenes/0/narration/0/audio", "\"a.wav\"", "scenes[0].narration[0].audio: this key is not known"),
    ("/scenes/0/narration/0/rate", "9", "scenes[0].narration[0].rate: must be from 0.25 to 4, is `9`"),
    ("/scenes/0/narration/1/transcript", "{}", "scenes[0].narration[1].transcript: must be a text, is an object"),
    (
        "/scenes/0/background/type",
        "\"picture\"",
        "scenes[0].background.type: must be one of `color`, `gradient`, `image`, `video`, `transparent`, is the text `picture`",
    ),
    (
        "/scenes/0/transition/duration_ms",
        "70000",
        "scenes[0].transition.duration_ms: must be from 0 to 60000, is `70000`",
    ),
    ("/scenes/1/watermark", "1", "scenes[1].watermark: must be `true` or `false`, is the number `1`"),
    ("/scenes/1/layers", "{}", "scenes[1].layers: must be a list, is an object"),
    ("/canvas/width", "1281", "canvas.width: must be even, is `1281`"),
    ("/canvas/height", "126", "canvas.height: must be from 128 to 4096, is `126`"),
    ("/canvas/fps", "29", "canvas.fps: must be one of 24, 25, 30, 50, 60, is `29`"),
    ("/scenes", "[]", "scenes: has 0 items; at least 1 must be there"),
    ("/titel", "\"x\"", "titel: this key is not known"),
];

#[test]
fn faults_name_the_place_and_the_schema_refuses_them_too() {
    let validator = jsonschema::validator_for(schema()).unwrap();
    for (pointer, json, expected) in FAULTS {
        let mut value = full();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        value
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert(key.to_owned(), serde_json::from_str(json).unwrap());
        let found = fault(&value);
        assert!(found.starts_with(expected), "{pointer}: {found}\nexpected: {expected}");
        assert!(!validator.is_valid(&value), "the schema takes {pointer} = {json}");
    }
}

#[test]
fn missing_keys_are_named() {
    for (pointer, key, expected) in [
        ("/scenes/0/layers/1", "text", "scenes[0].layers[1]: `text` is missing"),
        ("/scenes/0/layers/1", "type", "scenes[0].layers[1]: `type` is missing; it is one of `avatar`,"),
        ("/scenes/0/narration/0", "text", "scenes[0].narration[0]: needs one of `text`, `audio`"),
        ("", "scenes", "`scenes` is missing"),
        ("", "version", "`version` is missing"),
    ] {
        let mut value = full();
        value.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
        let found = fault(&value);
        assert!(found.starts_with(expected), "{found}");
        assert!(!jsonschema::validator_for(schema()).unwrap().is_valid(&value));
    }
}

#[test]
fn what_no_schema_can_say_is_said_with_the_place() {
    for (pointer, json, expected) in [
        ("/scenes/0/layers/1/color", "\"$nowhere\"", "scenes[0].layers[1].color: the palette has no color `nowhere`"),
        (
            "/scenes/0/layers/1/color",
            "\"$accnt\"",
            "scenes[0].layers[1].color: the palette has no color `accnt`; did you mean `$accent`?",
        ),
        ("/scenes/0/layers/1/color", "\"bluish\"", "scenes[0].layers[1].color: `bluish` is not a color"),
        ("/palette/accent", "\"#12\"", "palette.accent: `#12` is not a color"),
        ("/scenes/0/narration/0/speaker", "\"ana\"", "scenes[0].narration[0].speaker: no layer of this scene is `ana`"),
        ("/scenes/0/layers/2/end_ms", "100", "scenes[0].layers[2].end_ms: must be after `start_ms`, which is 100"),
        (
            "/scenes/0/layers/1/id",
            "\"anna\"",
            "scenes[0].layers[1].id: another layer of this scene is called `anna`, too",
        ),
        ("/scenes/0/layers/4/fill/stops/0/at", "1", ""),
        ("/scenes/0/background/gradient/stops/1/at", "0", ""),
        ("/watermark", "{}", "watermark: needs one of `image`, `text`"),
    ] {
        let mut value = full();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        value
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert(key.to_owned(), serde_json::from_str(json).unwrap());
        match Project::from_value(value) {
            Ok(_) => assert_eq!(expected, "", "{pointer} is taken"),
            Err(error) => assert!(!expected.is_empty() && error.to_string().starts_with(expected), "{error}"),
        }
    }
    let mut value = full();
    value["scenes"][0]["layers"][4]["fill"]["stops"][0]["at"] = json!(0.5);
    value["scenes"][0]["layers"][4]["fill"]["stops"][1]["at"] = json!(0.25);
    assert!(fault(&value).starts_with("scenes[0].layers[4].fill.stops[1].at: must not be before"));
}

#[test]
fn several_faults_are_told_at_once_but_not_thousands() {
    let mut value = full();
    value["canvas"]["fps"] = json!(1);
    value["scenes"][1]["watermark"] = json!("no");
    assert_eq!(fault(&value).lines().count(), 2);
    value["scenes"][0]["layers"] = json!(vec![json!({ "type": "text", "txt": 1 }); 900]);
    assert_eq!(fault(&value).lines().count(), 20);
}

#[test]
fn other_versions_and_other_things_are_refused() {
    let mut value = full();
    value["version"] = json!(2);
    assert_eq!(fault(&value), "version: version 2 is not known; this program reads version 1");
    value["version"] = json!("1");
    assert!(fault(&value).starts_with("version: must be a whole number"));
    assert!(matches!(Project::from_json("{"), Err(DocumentError::Malformed(_))));
    assert!(matches!(Project::from_json(&"[".repeat(100_000)), Err(DocumentError::Malformed(_))));
    assert!(fault(&json!([])).contains("must be an object"));
    let huge = " ".repeat((8 << 20) + 1);
    assert!(matches!(Project::from_json(&huge), Err(DocumentError::TooLarge { .. })));
}

#[test]
fn whole_numbers_may_be_written_with_a_point() {
    let mut value = full();
    value["canvas"]["fps"] = json!(30.0);
    value["scenes"][0]["layers"][0]["z"] = json!(-3.0);
    let project = Project::from_value(value).unwrap();
    assert_eq!((project.canvas.fps, project.scenes[0].layers[0].z), (30, -3));
}

#[test]
fn limits_hold_at_the_limit_and_not_one_past_it() {
    let layer = json!({ "type": "shape", "shape": "circle" });
    let with = |n_layers: usize, n_scenes: usize| {
        let mut scenes = vec![json!({}); n_scenes];
        scenes[0] = json!({ "layers": vec![layer.clone(); n_layers] });
        Project::from_value(json!({ "version": 1, "scenes": scenes }))
    };
    with(N_LAYERS_MAX, N_SCENES_MAX).unwrap();
    let error = with(N_LAYERS_MAX + 1, 1).unwrap_err().to_string();
    assert_eq!(error, "scenes[0].layers: has 1001 items; at most 1000 are allowed");
    assert!(with(0, N_SCENES_MAX + 1).unwrap_err().to_string().starts_with("scenes: has 501 items"));

    let lasting =
        |ms: u32| Project::from_value(json!({ "version": 1, "scenes": [{ "duration_ms": ms }, { "duration_ms": 1 }] }));
    lasting(DURATION_MS_MAX - 1).unwrap();
    assert!(lasting(DURATION_MS_MAX).unwrap_err().to_string().starts_with("scenes: last 14400001 ms"));

    let begun = Instant::now();
    assert!(with(10_000, 1).is_err());
    assert!(begun.elapsed().as_millis() < 1000);
}

#[test]
fn documents_made_by_programs_are_held_to_the_same_rules() {
    let mut project = Project::from_value(full()).unwrap();
    let check = |project: &Project, expected: &str| {
        let error = project.validate(&Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    project.scenes[0].layers[1].opacity = f64::NAN;
    check(&project, "scenes[0].layers[1].opacity: must be a finite number, is `null`");
    project.scenes[0].layers[1].opacity = 1.0;
    project.scenes[0].layers[1].frame = Some(Frame { x: f64::INFINITY, y: 0.0, w: 10.0, h: -5.0, rotation: 0.0 });
    check(&project, "scenes[0].layers[1].frame.h: must be above 0");
    project.scenes[0].layers[1].frame = None;
    project.version = 3;
    check(&project, "version: version 3 is not known");
    project.version = 1;
    let layer: Layer = project.scenes[0].layers[3].clone();
    assert!(matches!(layer.kind, LayerKind::Shape { .. }));
    project.scenes[1].layers = vec![layer; 10_000];
    check(&project, "scenes[1].layers: has 10000 items; at most 1000 are allowed");
    project.scenes[1].layers.truncate(30);
    let limits = Limits { n_layers_max: 29, ..Limits::default() };
    assert_eq!(project.validate(&limits).unwrap_err().issues()[0].path, "scenes[1].layers");
}
