//! Changing projects: parts of them, the whole of them, and by the tags of their clips.

use serde_json::{Value, json};

use crate::house::{House, news};

/// Edits a project and returns the new one's id.
async fn edit(house: &House, id: &str, changes: Value) -> String {
    let body = json!({"updates": {"value": changes}, "isExport": false});
    house.post(&format!("/editor/project/{id}"), body).await.project_id()
}

fn texts(project: &Value, path: &str) -> Vec<String> {
    let scenes = project["scenes"].as_array().unwrap();
    scenes.iter().map(|scene| scene.pointer(path).and_then(Value::as_str).unwrap_or("-").to_owned()).collect()
}

#[tokio::test]
async fn an_edit_makes_a_new_project_and_leaves_the_old_one() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let before = house.project(&id).await;
    let body = json!({
        "updates": {"value": [{"sceneIdx": 0, "type": "textImage", "values": {"text": "New", "fontSize": 90}}]},
        "resolution": "720", "webhookUrl": "https://hooks.example/x",
    });
    let answer = house.post(&format!("/editor/project/{id}"), body).await;
    assert_answer!("edited", answer);
    let edited = answer.project_id();
    assert_ne!(edited, id);
    assert_eq!(house.project(&id).await, before);
    let film = house.film(&edited).await;
    assert_eq!(
        (film.state.name(), film.output.short_side, film.origin.source_id.as_str()),
        ("queued", Some(720), id.as_str())
    );
    let after = house.project(&edited).await;
    assert_eq!(texts(&after, "/clips/1/text"), ["New", "Title 1"]);
    assert_eq!(after["scenes"][0]["clips"][1]["fontSize"], 90);
    assert_eq!(after["scenes"][0]["clips"][1]["width"], 900, "what is not named stays");
    assert_eq!(house.said(&edited).await, ["<p>Good morning.</p>", "<p>Here is the news.</p>"]);
}

#[tokio::test]
async fn what_is_said_is_changed_in_both_places() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    for script in [json!("Good night."), json!({"org": "Good night."})] {
        let edited = edit(&house, &id, json!([{"sceneIdx": 1, "type": "aiModel", "values": {"script": script}}])).await;
        assert_eq!(house.said(&edited).await, ["<p>Good morning.</p>", "Good night."]);
        let project = house.project(&edited).await;
        assert_eq!(texts(&project, "/clips/0/script/org")[1], "Good night.");
        assert_eq!(texts(&project, "/scripts/0/org")[1], "Good night.");
    }
}

#[tokio::test]
async fn backgrounds_pictures_and_avatars_are_changed() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let edited = edit(&house, &id, json!([
        {"sceneIdx": 0, "type": "background", "values": {"source_type": "image", "source_url": "/images/background/bg_office.png"}},
        {"sceneIdx": 0, "type": "image", "values": {"resource_url": "https://pictures.example/other.png"}},
        {"sceneIdx": 1, "type": "aiModel", "values": {"model": {"ai_name": "M2", "emotion": "B2"}}},
    ]))
    .await;
    let project = house.project(&edited).await;
    assert_eq!(texts(&project, "/background/source_url"), ["/images/background/bg_office.png", "-"]);
    assert_eq!(project["scenes"][0]["background"]["source_color"], "#20304a");
    assert_eq!(texts(&project, "/clips/2/source_url")[0], "https://pictures.example/other.png");
    assert_eq!(texts(&project, "/clips/0/model/ai_name")[1], "M2");
    assert_eq!(house.said(&edited).await.len(), 2);
}

#[tokio::test]
async fn a_change_is_for_all_clips_of_its_type_or_for_those_it_names() {
    let house = House::new().await;
    let mut body = news();
    let mut second = body["scenes"][0]["clips"][1].clone();
    (second["id"], second["tag"]) = (json!("textImage-x"), json!("subtitle"));
    body["scenes"][0]["clips"].as_array_mut().unwrap().push(second);
    let id = house.new_draft(body).await;
    for (values, expected) in [
        (json!({"text": "New"}), ["New", "New"]),
        (json!({"text": "New", "id": "textImage-x"}), ["Title 0", "New"]),
        (json!({"text": "New", "tag": "title"}), ["New", "Title 0"]),
    ] {
        let edited = edit(&house, &id, json!([{"sceneIdx": 0, "type": "textImage", "values": values}])).await;
        let clips = house.project(&edited).await["scenes"][0]["clips"].clone();
        assert_eq!([clips[1]["text"].as_str().unwrap(), clips[3]["text"].as_str().unwrap()], expected);
    }
}

#[tokio::test]
async fn scenes_with_the_same_number_are_told_by_their_place() {
    let house = House::new().await;
    let mut body = news();
    body["scenes"][1]["sceneIdx"] = json!(0);
    let id = house.new_draft(body).await;
    let edited = edit(&house, &id, json!([{"sceneIdx": 1, "type": "textImage", "values": {"text": "New"}}])).await;
    assert_eq!(texts(&house.project(&edited).await, "/clips/1/text"), ["Title 0", "New"]);
}

#[tokio::test]
async fn what_cannot_be_changed_is_named() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let refused = async |updates: Value| {
        house.post(&format!("/editor/project/{id}"), json!({"updates": updates})).await.assert_refused(400)
    };
    for (updates, msg) in [
        (json!({}), "updates.value: is required"),
        (json!({"value": 7}), "updates.value: must be a list, is a number"),
        (json!({"value": [{}]}), "updates.value[0].type: is required"),
        (json!({"value": [{"type": "textImage"}]}), "updates.value[0].values: is required"),
        (
            json!({"value": [{"type": "textImage", "values": []}]}),
            "updates.value[0].values: must be an object, is a list",
        ),
        (
            json!({"value": [{"type": "textImage", "sceneIdx": 2, "values": {}}]}),
            "updates.value[0].sceneIdx: there is no scene 2",
        ),
        (
            json!({"value": [{"type": "textImage", "sceneIdx": -1, "values": {}}]}),
            "updates.value[0].sceneIdx: there is no scene -1",
        ),
        (
            json!({"value": [{"type": "audio", "values": {}}]}),
            "updates.value[0].values: the scene has no clip of the type audio",
        ),
        (
            json!({"value": [{"type": "textImage", "values": {"id": "x"}}]}),
            "updates.value[0].values.id: the scene has no such clip of the type textImage",
        ),
        (
            json!({"value": [{"type": "textImage", "values": {"top": []}}]}),
            "scenes[0].clips[1].top: must be a number, is a list",
        ),
    ] {
        assert_eq!(refused(updates).await, msg);
    }
    assert_eq!(
        house.post(&format!("/editor/project/{id}"), json!({})).await.assert_refused(400),
        "updates: is required"
    );
    house.post("/editor/project/66b1f0c2a94e1d0012ab34cd", json!({"updates": {"value": []}})).await.assert_refused(404);
}

#[tokio::test]
async fn a_whole_project_may_be_sent_in_place_of_changes() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let mut project = house.project(&id).await;
    project["scenes"][0]["clips"][1]["text"] = json!("New");
    project["scenes"][0]["scripts"][0]["org"] = json!("Good night.");
    let edited = house.post(&format!("/editor/project/{id}"), project).await.project_id();
    assert_eq!(texts(&house.project(&edited).await, "/clips/1/text"), ["New", "Title 1"]);
    assert_eq!(house.said(&edited).await, ["Good night.", "<p>Here is the news.</p>"]);
}

#[tokio::test]
async fn older_programs_change_clips_by_their_tags() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let updates = json!({
        "title": "First", "title_1": "Second", "scripts_1": "Good night.", "photo": "https://pictures.example/new.png",
        "backgroundAudio": {"source_url": "https://sounds.example/m.mp3"},
    });
    let answer = house.post("/project/modify", json!({"projectId": id, "updates": updates, "isExport": false})).await;
    assert_answer!("modified", answer);
    let modified = answer.project_id();
    let project = house.project(&modified).await;
    assert_eq!(texts(&project, "/clips/1/text"), ["First", "Second"]);
    assert_eq!(
        texts(&project, "/clips/2/source_url"),
        ["https://pictures.example/new.png", "https://pictures.example/photo.png"]
    );
    assert_eq!(house.said(&modified).await, ["<p>Good morning.</p>", "Good night."]);
    assert!(house.scenes(&modified).await.soundtrack.is_some());
    assert_eq!(texts(&house.project(&id).await, "/clips/1/text"), ["Title 0", "Title 1"]);

    let from_template =
        json!({"templateId": id, "updates": {"title": {"text": "Changed", "fontSize": 9}}, "isExport": false});
    let made = house.post("/template/modify", from_template).await.project_id();
    assert_eq!(texts(&house.project(&made).await, "/clips/1/text"), ["Changed", "Title 1"]);
    assert_eq!(house.film(&made).await.origin.template_id, id);
}

#[tokio::test]
async fn tags_that_no_clip_has_are_named() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    for (body, status, msg) in [
        (json!({}), 400, "projectId: is required".to_owned()),
        (json!({"projectId": id}), 400, "updates: is required".to_owned()),
        (json!({"projectId": id, "updates": []}), 400, "updates: must be an object, is a list".to_owned()),
        (
            json!({"projectId": id, "updates": {"title_2": "x"}}),
            400,
            "updates.title_2: no clip of the project has this tag".to_owned(),
        ),
        (
            json!({"projectId": id, "updates": {"title": []}}),
            400,
            "updates.title: must be text or an object, is a list".to_owned(),
        ),
        (json!({"projectId": "x", "updates": {}}), 404, "there is no project `x`".to_owned()),
    ] {
        assert_eq!(house.post("/project/modify", body).await.assert_refused(status), msg);
    }
}
