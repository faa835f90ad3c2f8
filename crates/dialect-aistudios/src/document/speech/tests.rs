#![expect(clippy::needless_pass_by_value, reason = "tests write their JSON in place")]

use super::*;

fn scene(clips: Value, scripts: Value) -> Value {
    json!({"scenes": [{"clips": clips, "scripts": scripts}]})
}

fn avatar(model: &str, script: Value) -> Value {
    json!({"type": "aiModel", "model": {"ai_name": model, "emotion": "B", "language": "en"}, "script": script})
}

fn said(document: &Value) -> Vec<(Option<usize>, String)> {
    let scene = Node::root(document).list("scenes").unwrap().remove(0);
    lines(&scene).unwrap().into_iter().map(|line| (line.clip, line.text)).collect()
}

fn line_of(clip: usize, text: &str) -> (Option<usize>, String) {
    (Some(clip), text.to_owned())
}

#[test]
fn either_place_alone_is_enough() {
    let on_clip = scene(json!([avatar("A", json!({"org": "<p>Hello.</p>"}))]), Value::Null);
    assert_eq!(said(&on_clip), [line_of(0, "<p>Hello.</p>")]);
    let bare = scene(json!([avatar("A", json!("Hello."))]), json!([]));
    assert_eq!(said(&bare), [line_of(0, "Hello.")]);
    let on_scene = json!([{"org": "Hello.", "isTTS": true, "tts": null, "modelId": "A", "clothId": "B"}]);
    let on_scene = scene(json!([avatar("A", Value::Null)]), on_scene);
    assert_eq!(said(&on_scene), [line_of(0, "Hello.")]);
}

#[test]
fn a_conversation_takes_turns() {
    let clips = json!([avatar("A", json!({"org": ""})), {"type": "image"}, avatar("C", json!({"org": "Bye."}))]);
    let scripts = json!([
        {"org": "One.", "modelId": "A"}, {"org": "<p> </p>", "modelId": "A"}, {"org": "Two.", "modelId": "C"},
        {"org": "Three.", "modelId": "A", "clothId": "other"}, {"org": "Four.", "modelId": "nobody"},
    ]);
    let said = said(&scene(clips, scripts));
    assert_eq!(said, [line_of(0, "One."), line_of(2, "Two."), line_of(0, "Three."), line_of(0, "Four.")]);
}

#[test]
fn a_line_may_name_its_voice() {
    let script = json!({"org": "Hola.", "tts": {"type": "phonoscope", "model": "es-1", "language": "es"}});
    let document = scene(json!([avatar("A", script)]), Value::Null);
    let scene = Node::root(&document).list("scenes").unwrap().remove(0);
    let line = lines(&scene).unwrap().remove(0);
    assert_eq!((line.voice.as_deref(), line.language.as_deref()), (Some("es-1"), Some("es")));
}

#[test]
fn answers_have_both_places() {
    let mut on_clip = scene(json!([avatar("A", json!({"org": "Hello.", "x": 1}))]), Value::Null);
    complete(&mut on_clip);
    let entry = &on_clip["scenes"][0]["scripts"][0];
    assert_eq!((&entry["org"], &entry["modelId"], &entry["clothId"]), (&json!("Hello."), &json!("A"), &json!("B")));
    assert_eq!(on_clip["scenes"][0]["clips"][0]["script"], json!({"org": "Hello.", "x": 1}));

    let scripts = json!([{"org": "One.", "modelId": "A"}, {"org": "Two.", "modelId": "A"}]);
    let mut on_scene = scene(json!([avatar("A", Value::Null)]), scripts.clone());
    complete(&mut on_scene);
    assert_eq!(on_scene["scenes"][0]["clips"][0]["script"]["org"], "One. Two.");
    assert_eq!(on_scene["scenes"][0]["scripts"], scripts);

    let mut silent = scene(json!([avatar("A", Value::Null)]), Value::Null);
    complete(&mut silent);
    assert_eq!(silent["scenes"][0]["scripts"][0]["org"], "");
    assert_eq!(silent["scenes"][0]["clips"][0]["script"]["org"], "");
    assert_eq!(said(&silent), []);
}

#[test]
fn completing_twice_changes_nothing_more() {
    for script in [json!("Hello."), json!({"org": "Hello."}), Value::Null] {
        let mut once = scene(json!([avatar("A", script)]), Value::Null);
        complete(&mut once);
        let mut twice = once.clone();
        complete(&mut twice);
        assert_eq!(once, twice);
    }
}

#[test]
fn whichever_place_was_changed_after_a_get_is_what_is_said() {
    let mut got = scene(json!([avatar("A", json!({"org": "Old."}))]), Value::Null);
    complete(&mut got);
    for (place, at) in [("clip", "/scenes/0/clips/0/script/org"), ("scene", "/scenes/0/scripts/0/org")] {
        let mut sent = got.clone();
        *sent.pointer_mut(at).unwrap() = json!("New.");
        settle(&mut sent, None);
        assert_eq!(said(&sent), [line_of(0, "New.")], "{place}");
        assert_eq!(sent["scenes"][0]["clips"][0]["script"]["org"], "New.", "{place}");
        // And once more, from what is stored now.
        complete(&mut sent);
        *sent.pointer_mut(at).unwrap() = json!("Newer.");
        settle(&mut sent, None);
        assert_eq!(said(&sent), [line_of(0, "Newer.")], "{place}");
    }
}

#[test]
fn of_two_different_texts_the_clips_counts_unless_only_the_other_was_changed() {
    let both = |own: &str, other: &str| {
        scene(json!([avatar("A", json!({"org": own}))]), json!([{"org": other, "modelId": "A"}]))
    };
    let mut unknown = both("Own.", "Other.");
    settle(&mut unknown, None);
    assert_eq!(said(&unknown), [line_of(0, "Own.")]);
    let stored = both("Own.", "Own.");
    let mut changed = both("Own.", "Other.");
    settle(&mut changed, Some(&stored));
    assert_eq!(said(&changed), [line_of(0, "Other.")]);
    let mut same = both("<p>Own.</p>", "Own.");
    let before = same.clone();
    settle(&mut same, None);
    assert_eq!(same, before, "tags alone are no difference");
}

#[test]
fn what_an_edit_puts_is_in_both_places() {
    for script in [json!("New."), json!({"org": "New."})] {
        let mut document =
            scene(json!([avatar("A", json!({"org": "Old.", "tts": null}))]), json!([{"org": "Old.", "modelId": "A"}]));
        put(&mut document["scenes"][0], 0, &script);
        let scene = &document["scenes"][0];
        assert_eq!(
            (&scene["clips"][0]["script"]["org"], &scene["scripts"][0]["org"]),
            (&json!("New."), &json!("New."))
        );
    }
}

#[test]
fn what_is_neither_text_nor_object_is_blamed() {
    for (scripts, script, path) in [
        (json!([{"org": []}]), Value::Null, "scenes[0].scripts[0].org"),
        (json!([true]), Value::Null, "scenes[0].scripts[0]"),
        (json!({}), Value::Null, "scenes[0].scripts"),
        (json!([]), json!([]), "scenes[0].clips[0].script"),
    ] {
        let document = scene(json!([avatar("A", script)]), scripts);
        let node = Node::root(&document).list("scenes").unwrap().remove(0);
        let crate::error::ApiError::Invalid { path: blamed, .. } = lines(&node).unwrap_err() else { panic!() };
        assert_eq!(blamed, path);
    }
}
