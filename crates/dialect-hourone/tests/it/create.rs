//! Videos from templates' layouts.

use engine::film::catalog::{CatalogLayout, CatalogTemplate};
use serde_json::{Value, json};

use crate::house::{House, PICTURE_URL, catalog};

/// A template that has a layout with slots for media and texts, and a character.
fn parts() -> (&'static CatalogTemplate, &'static CatalogLayout) {
    let fits = |layout: &&CatalogLayout| {
        let has_avatar = layout.scene.layers.iter().any(|layer| layer.id == "AVATAR");
        has_avatar && layout.media_slots().count() >= 1 && layout.text_slots().count() >= 1
    };
    let found = catalog().templates().iter().find_map(|template| Some((template, template.layouts.iter().find(fits)?)));
    found.unwrap()
}

fn body(scene: Value) -> Value {
    let (template, layout) = parts();
    let mut scene = scene;
    for (name, value) in [("name", json!("Intro")), ("layout_id", json!(layout.id))] {
        scene.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    json!({"type": "create", "name": "Spring offer", "template_id": template.id, "character_id": "elena", "voice_id": "en-1", "scenes": [scene]})
}

fn layer<'a>(project: &'a Value, id: &str) -> &'a Value {
    let layers = project["scenes"][0]["layers"].as_array().unwrap();
    layers.iter().find(|layer| layer["id"] == id).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn the_example_of_the_documentation() {
    let house = House::new().await;
    let text = r##"{"type":"create","name":"Spring offer","template_id":"65a0c0ffee00000000000001","character_id":"anna","voice_id":"anna-en",
     "palette":[{"color":"#0b5fff"},{"color":"ffffff"}],"correlation_id":"store-17",
     "scenes":[{"name":"Intro","layout_id":"65a0c0ffee0000000000000a",
       "media_elements":[{"id":"USER-VISUAL-001","url":"https://files.example.org/shop.jpg"}],
       "texts_elements":[{"id":"TEXT-001","text":"20 % off"}],"transcript":"Hello and welcome to our shop."}]}"##;
    let mut answer = house.post("/videos", serde_json::from_str(text).unwrap()).await;
    // Which of the ids are known depends on what is shipped.
    answer.headers.remove("x-phonoscope-warnings");
    assert_answer!(answer);
    let project = house.project_of(&answer.json()["id"]).await;
    assert_eq!(project["scenes"].as_array().unwrap().len(), 1);
    assert_eq!(project["scenes"][0]["narration"][0]["text"], "Hello and welcome to our shop.");
}

#[tokio::test]
async fn slots_are_filled_by_their_ids() {
    let house = House::new().await;
    let scene = json!({
        "media_elements": [{"id": "USER-VISUAL-001", "url": PICTURE_URL}],
        "texts_elements": [{"id": "TEXT-001", "text": "20 % off"}],
        "transcript": "Hello.",
    });
    let answer = house.post("/videos", body(scene)).await;
    let project = house.project_of(&answer.json()["id"]).await;
    assert_eq!(layer(&project, "USER-VISUAL-001")["image"], PICTURE_URL);
    assert_eq!(layer(&project, "TEXT-001")["text"], "20 % off");
    assert_eq!(layer(&project, "AVATAR")["avatar"], "elena");
    let narration = &project["scenes"][0]["narration"][0];
    assert_eq!((&narration["speaker"], &narration["voice"]), (&json!("AVATAR"), &json!("en-1")));
    assert_eq!(project["scenes"][0]["id"], "Intro");
}

#[tokio::test]
async fn elements_without_ids_take_free_slots_and_what_is_left_out_is_not_drawn() {
    let house = House::new().await;
    let scene = json!({"media_elements": [{"url": "https://a.example/clip.mp4"}]});
    let video = house.new_video(body(scene)).await;
    let project = house.project_of(&video["id"]).await;
    assert_eq!(layer(&project, "USER-VISUAL-001")["video"], "https://a.example/clip.mp4");
    assert_eq!(layer(&project, "TEXT-001")["text"], "");
    // Nothing is said, so the scene is three seconds long.
    assert_eq!(project["scenes"][0]["duration_ms"], 3000);
    let filled = json!({"name": "x", "texts_elements": [{"text": "a"}]});
    let project = house.project_of(&house.new_video(body(filled)).await["id"]).await;
    assert_eq!(layer(&project, "TEXT-001")["text"], "a");
    // An unfilled slot for media shows what the layout does.
    let (_, layout) = parts();
    let original = serde_json::to_value(&layout.scene).unwrap();
    let shown = original["layers"].as_array().unwrap().iter().find(|layer| layer["id"] == "USER-VISUAL-001").unwrap();
    assert_eq!(layer(&project, "USER-VISUAL-001"), shown);
}

#[tokio::test]
async fn a_scene_may_have_its_own_character_and_voice() {
    let house = House::new().await;
    let scene = json!({"transcript": "Hi.", "character_id": "bruno/navy-suit", "voice_id": "en-2"});
    let project = house.project_of(&house.new_video(body(scene)).await["id"]).await;
    let avatar = layer(&project, "AVATAR");
    assert_eq!((&avatar["avatar"], &avatar["outfit"]), (&json!("bruno"), &json!("navy-suit")));
    assert_eq!(project["scenes"][0]["narration"][0]["voice"], "en-2");
}

#[tokio::test]
async fn a_palette_has_as_many_colors_as_the_template() {
    let house = House::new().await;
    let (template, _) = parts();
    let n_colors = template.roles.len();
    let mut request = body(json!({}));
    request["palette"] = vec![json!({"color": "0B5FFF80"}); n_colors].into();
    let video = house.new_video(request.clone()).await;
    assert_eq!(video["palette"][0], json!({"color": "0B5FFF80"}));
    let project = house.project_of(&video["id"]).await;
    assert_eq!(project["palette"][&template.roles[0]], "#0b5fff80");
    request["palette"].as_array_mut().unwrap().push(json!({"color": "#ffffff"}));
    let answer = house.post("/videos", request).await;
    answer.assert_blames(&["body.palette"]);
    let expected = format!("the palette of this template has {n_colors} colors, not {}", n_colors + 1);
    assert_eq!(answer.json()["detail"][0]["msg"], expected);
}

#[tokio::test]
async fn what_is_not_known_here_has_a_stand_in_and_a_warning() {
    let house = House::new().await;
    let (template, _) = parts();
    let mut request = body(json!({"layout_id": "l", "texts_elements": [{"id": "TEXT-777", "text": "x"}]}));
    let answer = house.post("/videos", request.clone()).await;
    let warnings = answer.header("x-phonoscope-warnings");
    assert!(warnings.starts_with("the layout `l` is not known here"), "{warnings}");
    assert!(warnings.contains("scene 1 has no slot `TEXT-777` for a text"), "{warnings}");
    assert!(warnings.ends_with("the voice `en-1` is not known here, another one speaks"), "{warnings}");
    let report = house.get(&format!("/videos/{}/report", answer.json()["id"].as_str().unwrap())).await.json();
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2, "{report}");
    request["template_id"] = json!("t");
    request["palette"] = json!([{"color": "ffffff"}]);
    let answer = house.post("/videos", request).await;
    assert!(answer.header("x-phonoscope-warnings").starts_with("the template `t` is not known here"));
    assert_eq!((answer.status, &answer.json()["template_id"]), (201, &json!("t")));
    assert_ne!(template.id, "t");
}

#[tokio::test]
async fn media_of_all_scenes_fill_slots_or_are_a_logo() {
    let house = House::new().await;
    let mut request = body(json!({}));
    request["global_media_elements"] =
        json!([{"id": "USER-VISUAL-001", "url": "https://a.example/all.png"}, {"url": PICTURE_URL}]);
    let video = house.new_video(request.clone()).await;
    assert_eq!(video["global_media_elements"], request["global_media_elements"]);
    let project = house.project_of(&video["id"]).await;
    assert_eq!(layer(&project, "USER-VISUAL-001")["image"], "https://a.example/all.png");
    assert_eq!(project["watermark"]["image"], PICTURE_URL);
}

#[tokio::test]
async fn a_medium_of_nobody_is_a_warning() {
    let house = House::new().await;
    let answer =
        house.post("/videos", body(json!({"media_elements": [{"media_id": "65f1c0ffee0123456789abcd"}]}))).await;
    assert_eq!(answer.status, 201);
    assert!(answer.header("x-phonoscope-warnings").starts_with("the medium `65f1c0ffee0123456789abcd` is not known"));
}
