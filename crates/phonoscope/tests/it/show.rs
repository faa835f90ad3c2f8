//! `render`, `speak`, `voices`, `avatar`, `schema`: what is seen and heard without a server.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{phonoscope, text};

fn run(folder: &Path, args: &[&str]) -> Output {
    phonoscope(&folder.join("data")).current_dir(folder).args(args).output().unwrap()
}

/// Runs a command that must succeed and returns its JSON.
fn json_of(folder: &Path, args: &[&str]) -> Value {
    let output = run(folder, args);
    assert!(output.status.success(), "{args:?}: {}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn scene(seconds: u32) -> Value {
    json!({
        "background": { "type": "color", "color": "#20304a" },
        "layers": [{ "id": "host", "type": "avatar", "avatar": "chen", "crop": "head" }],
        "narration": [{ "speaker": "host", "text": "Good morning." }],
        "duration_ms": seconds * 1000
    })
}

fn document(scenes: &[Value]) -> Value {
    json!({ "version": 1, "canvas": { "width": 320, "height": 320, "fps": 30 }, "captions": {}, "scenes": scenes })
}

fn write(folder: &Path, document: &Value) {
    std::fs::write(folder.join("doc.json"), document.to_string()).unwrap();
}

#[test]
fn a_document_becomes_a_video_with_captions_and_times_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &document(&[scene(2)]));
    let before = std::fs::read(folder.path().join("doc.json")).unwrap();
    let report = json_of(folder.path(), &["render", "doc.json", "-o", "doc.mp4", "--json"]);
    assert_eq!(report["duration_ms"], 2000);
    assert_eq!(report["warnings"], json!([]));
    assert_eq!(std::fs::read(folder.path().join("doc.json")).unwrap(), before, "the document was replaced");
    let captions = std::fs::read_to_string(folder.path().join("doc.srt")).unwrap();
    assert!(captions.contains("Good morning."), "{captions}");
    assert!(std::fs::read_to_string(folder.path().join("doc.vtt")).unwrap().starts_with("WEBVTT"));
    let times = std::fs::read_to_string(folder.path().join("doc.times.json")).unwrap();
    let times: Value = serde_json::from_str(&times).unwrap();
    assert_eq!(times["scenes"][0]["narration"][0]["words"][1]["text"], "morning.");
}

#[test]
fn a_picture_a_poster_an_animation_and_a_sheet_need_no_video() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &document(&[scene(2)]));
    let made = run(
        folder.path(),
        &[
            "render",
            "doc.json",
            "--frame",
            "1.5s",
            "frame.png",
            "--poster",
            "poster.jpg",
            "--gif",
            "some.gif",
            "--contact-sheet",
            "sheet.png",
        ],
    );
    assert!(made.status.success(), "{}", text(&made));
    for (name, magic) in [("frame.png", &b"\x89PNG"[..]), ("poster.jpg", b"\xff\xd8\xff"), ("some.gif", b"GIF89a")] {
        assert!(std::fs::read(folder.path().join(name)).unwrap().starts_with(magic), "{name}");
    }
    assert!(folder.path().join("sheet.png").exists());
    assert!(!folder.path().join("doc.mp4").exists());
}

#[test]
fn hostile_documents_get_an_answer_that_names_the_place_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let with_layer = |layer: Value| {
        let mut scene = scene(1);
        scene["layers"] = json!([layer]);
        document(&[scene]).to_string()
    };
    let many: Vec<Value> = (0..10_000).map(|_| json!({ "type": "text", "text": "x" })).collect();
    let mut crowded = scene(1);
    crowded["layers"] = json!(many);
    let cases = [
        ("10,000 layers", document(&[crowded]).to_string(), "scenes[0].layers"),
        (
            "a negative size",
            with_layer(json!({ "type": "image", "image": "a.png", "frame": { "x": 0, "y": 0, "w": -5, "h": 5 } })),
            "scenes[0].layers[0].frame.w",
        ),
        ("no number", with_layer(json!({ "type": "text", "text": "x" })).replace("\"x\"", "NaN"), "doc.json"),
        (
            "an unknown key",
            with_layer(json!({ "type": "text", "text": "x", "colour": "red" })),
            "scenes[0].layers[0].colour",
        ),
        ("an unknown layer", with_layer(json!({ "type": "hologram" })), "scenes[0].layers[0]"),
        ("too large a canvas", document(&[scene(1)]).to_string().replace("320", "9998"), "canvas.width"),
        ("another version", document(&[scene(1)]).to_string().replace("\"version\":1", "\"version\":2"), "version"),
        ("no JSON", "{".repeat(100_000), "doc.json"),
        (
            "an infinite number",
            with_layer(json!({ "type": "text", "text": "x" })).replace("\"x\"", "1e999"),
            "doc.json",
        ),
        ("no end", " ".repeat(9 << 20), "8388608 bytes"),
    ];
    for (name, document, place) in cases {
        std::fs::write(folder.path().join("doc.json"), document).unwrap();
        let begun = Instant::now();
        let refused = run(folder.path(), &["render", "doc.json", "-o", "doc.mp4"]);
        assert!(!refused.status.success(), "{name}");
        assert!(text(&refused).contains(place), "{name}: {}", text(&refused));
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} hangs");
        assert!(!folder.path().join("doc.mp4").exists(), "{name}");
    }
}

#[test]
fn a_killed_render_leaves_no_file_and_the_next_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // Scenes alike would be rendered once.
    let scenes: Vec<Value> = (0..12)
        .map(|number| {
            let mut scene = scene(5);
            scene["background"]["color"] = json!(format!("#2030{number:02x}"));
            scene
        })
        .collect();
    let mut document = document(&scenes);
    document["canvas"] = json!({ "width": 720, "height": 720, "fps": 30 });
    write(folder.path(), &document);
    let mut render = phonoscope(&folder.path().join("data"));
    render.current_dir(folder.path()).args(["render", "doc.json", "-o", "doc.mp4"]);
    let mut render = render.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // When it is killed there is more in the cache than one speech and the sound, in 19 pieces: pictures.
    // Waiting is bounded by the render itself.
    let cache = folder.path().join("data/cache");
    let finished = || {
        let folders = std::fs::read_dir(&cache).into_iter().flatten().flatten();
        let folders = folders.filter(|folder| folder.file_name().len() == 2);
        folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten()).count()
    };
    while finished() < 24 && render.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    render.kill().unwrap();
    render.wait().unwrap();
    assert!(!folder.path().join("doc.mp4").exists(), "killed too late to tell, or half a file is left");
    let report = json_of(folder.path(), &["render", "doc.json", "-o", "doc.mp4", "--json"]);
    assert!(report["segments_cached"].as_u64().unwrap() >= 1, "{report}");
    assert_eq!(report["duration_ms"], 60_000);
}

#[test]
fn a_text_becomes_sound_with_times() {
    let folder = tempfile::tempdir().unwrap();
    let report = json_of(
        folder.path(),
        &["speak", "Hello <break time=\"500ms\"/> world.", "-o", "out.wav", "--timings", "out.json", "--json"],
    );
    assert_eq!(report["words"], 2);
    assert!(std::fs::read(folder.path().join("out.wav")).unwrap().starts_with(b"RIFF"));
    let times: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("out.json")).unwrap()).unwrap();
    let pause = times["words"][1]["start_ms"].as_u64().unwrap() - times["words"][0]["end_ms"].as_u64().unwrap();
    assert!((480..700).contains(&pause), "{pause} ms");
    let refused = run(folder.path(), &["speak", "Hello.", "-o", "out.wav", "--rate", "99"]);
    assert!(!refused.status.success() && text(&refused).contains("0.25 to 4"), "{}", text(&refused));
}

#[test]
fn voices_and_avatars_are_listed_and_the_schema_printed() {
    let folder = tempfile::tempdir().unwrap();
    let voices = json_of(folder.path(), &["voices", "--json"]);
    let languages: std::collections::BTreeSet<&str> =
        voices.as_array().unwrap().iter().filter_map(|voice| voice["language"].as_str()?.split('-').next()).collect();
    assert!(languages.len() >= 30, "{languages:?}");
    let avatars = json_of(folder.path(), &["avatar", "list", "--json"]);
    assert!(avatars.as_array().unwrap().len() >= 8);
    assert!(avatars.as_array().unwrap().iter().all(|avatar| avatar["outfits"].as_array().unwrap().len() >= 3));
    let schema = json_of(folder.path(), &["schema"]);
    assert!(schema["properties"]["scenes"].is_object());
}

#[test]
fn an_avatar_of_ones_own_is_made_checked_seen_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data/avatars/robin");
    let robin = home.to_str().unwrap();
    assert!(run(folder.path(), &["avatar", "new", robin, "--name", "Robin"]).status.success());
    let checked = run(folder.path(), &["avatar", "check", robin]);
    assert!(checked.status.success(), "{}", text(&checked));
    assert!(run(folder.path(), &["avatar", "preview", robin, "-o", "look"]).status.success());
    assert!(folder.path().join("look/faces.png").exists());
    let mut document = document(&[scene(1)]);
    document["scenes"][0]["layers"][0]["avatar"] = json!("robin");
    write(folder.path(), &document);
    let report = json_of(folder.path(), &["render", "doc.json", "-o", "doc.mp4", "--json"]);
    assert_eq!(report["warnings"], json!([]));
    std::fs::remove_file(home.join("head.svg")).unwrap();
    let checked = run(folder.path(), &["avatar", "check", robin]);
    assert!(!checked.status.success() && text(&checked).contains("head.svg"), "{}", text(&checked));
}
