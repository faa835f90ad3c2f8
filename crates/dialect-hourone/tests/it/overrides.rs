//! Videos from drafts and recipes.

use engine::film::catalog::CatalogTemplate;
use serde_json::{Value, json};

use crate::house::{House, PICTURE_URL, catalog};

/// A shipped template, and the index of a scene of it that has slots for media and texts.
fn parts() -> (&'static CatalogTemplate, usize) {
    let has_slots = |scene: &stage::document::Scene| {
        let has = |prefix: &str| scene.layers.iter().any(|layer| layer.id.starts_with(prefix));
        has("USER-VISUAL-") && has("TEXT-")
    };
    let found = catalog().templates().iter();
    found.filter_map(|template| Some((template, template.project.scenes.iter().position(has_slots)?))).next().unwrap()
}

fn template() -> &'static CatalogTemplate {
    parts().0
}

fn layer<'a>(project: &'a Value, scene: usize, id: &str) -> &'a Value {
    let layers = project["scenes"][scene]["layers"].as_array().unwrap();
    layers.iter().find(|layer| layer["id"] == id).unwrap()
}

#[tokio::test]
async fn a_shipped_template_is_a_draft_and_a_recipe() {
    let house = House::new().await;
    for name in ["source_draft_id", "recipe_id"] {
        let answer = house.post("/videos", json!({ name: template().id })).await;
        assert_eq!((answer.status, answer.header("x-phonoscope-warnings")), (201, ""));
        let project = house.project_of(&answer.json()["id"]).await;
        assert_eq!(project, serde_json::to_value(&template().project).unwrap());
        assert_eq!(answer.json()["name"], template().name);
    }
}

#[tokio::test]
async fn each_request_makes_a_video_and_a_draft_that_can_be_built_on() {
    let house = House::new().await;
    let first =
        house.new_video(json!({"name": "First", "source_draft_id": template().id, "character_id": "bruno"})).await;
    let second = house.new_video(json!({"source_draft_id": first["draft_id"], "voice_id": "nobody's"})).await;
    assert_eq!(second["source_draft_id"], first["draft_id"]);
    assert_eq!((&second["name"], &second["character_id"]), (&json!("First"), &json!("bruno")));
    let project = house.project_of(&second["id"]).await;
    let scenes = project["scenes"].as_array().unwrap();
    let layers = scenes.iter().flat_map(|scene| scene["layers"].as_array().unwrap());
    let avatars: Vec<&Value> = layers.filter(|layer| layer["type"] == "avatar").map(|layer| &layer["avatar"]).collect();
    assert!(!avatars.is_empty() && avatars.iter().all(|avatar| **avatar == "bruno"), "{avatars:?}");
    let voices = scenes.iter().flat_map(|scene| scene["narration"].as_array().into_iter().flatten());
    assert!(voices.map(|narration| &narration["voice"]).all(|voice| voice == "nobody's"));
    // The draft is no video.
    house.get(&format!("/videos/{}", first["draft_id"].as_str().unwrap())).await.assert_refused(404);
}

#[tokio::test]
async fn scenes_are_filled_in_the_order_of_their_slots() {
    let house = House::new().await;
    let (template, filled) = parts();
    let n_scenes = template.project.scenes.len();
    let mut scenes = vec![json!({}); n_scenes];
    scenes[filled] = json!({
        "name": "Opening", "media": [PICTURE_URL, "https://a.example/surplus-1.png", "https://a.example/2.png",
        "https://a.example/3.png", "https://a.example/4.png"], "texts": ["New title"], "transcript": "New words.",
    });
    let video = house.new_video(json!({"source_draft_id": template.id, "scenes": scenes})).await;
    let project = house.project_of(&video["id"]).await;
    assert_eq!(layer(&project, filled, "USER-VISUAL-001")["image"], PICTURE_URL);
    assert_eq!(layer(&project, filled, "TEXT-001")["text"], "New title");
    let narration = project["scenes"][filled]["narration"].as_array().unwrap();
    assert_eq!((narration.len(), &narration[0]["text"]), (1, &json!("New words.")));
    let original = serde_json::to_value(&template.project).unwrap();
    assert_eq!(narration[0]["voice"], original["scenes"][filled]["narration"][0]["voice"]);
    for index in (0..n_scenes).filter(|index| *index != filled) {
        assert_eq!(project["scenes"][index]["layers"], original["scenes"][index]["layers"]);
        assert_eq!(project["scenes"][index]["narration"], original["scenes"][index]["narration"]);
    }
    assert_eq!(video["scenes"][filled]["type"], "override_scene");
}

#[tokio::test]
async fn the_number_of_scenes_is_that_of_the_draft() {
    let house = House::new().await;
    let n_scenes = template().project.scenes.len();
    let body = json!({"source_draft_id": template().id, "scenes": vec![json!({"name": "x"}); n_scenes + 1]});
    let answer = house.post("/videos", body).await;
    answer.assert_blames(&["body.scenes"]);
    let expected = format!("the source draft has {n_scenes} scenes, not {}", n_scenes + 1);
    assert_eq!(answer.json()["detail"][0]["msg"], expected);
    // What stands in for a draft that is not known here has as many as are asked for.
    let body = json!({"source_draft_id": "gone", "scenes": vec![json!({"name": "x"}); n_scenes + 5]});
    let video = house.new_video(body).await;
    let project = house.project_of(&video["id"]).await;
    assert_eq!(project["scenes"].as_array().unwrap().len(), n_scenes + 5);
}

#[tokio::test]
async fn a_palette_colors_the_roles_in_their_order() {
    let house = House::new().await;
    let palette = catalog().palettes().last().unwrap();
    let video = house.new_video(json!({"source_draft_id": template().id, "palette_id": palette.id})).await;
    let project = house.project_of(&video["id"]).await;
    for (role, color) in template().roles.iter().zip(&palette.colors) {
        assert_eq!(project["palette"][role], color.to_string(), "{role}");
    }
    assert_eq!(video["palette_id"], palette.id);
}

#[tokio::test]
async fn a_logo_is_in_a_corner_of_every_scene() {
    let house = House::new().await;
    let video = house.new_video(json!({"source_draft_id": template().id, "logo_url": PICTURE_URL})).await;
    let project = house.project_of(&video["id"]).await;
    assert_eq!(project["watermark"]["image"], PICTURE_URL);
    assert_eq!(project["watermark"]["corner"], "top_right");
}

#[tokio::test]
async fn a_recording_is_played_with_its_text() {
    let house = House::new().await;
    let mut scenes = vec![json!({}); template().project.scenes.len()];
    scenes[0] = json!({"voice_recording_url": "https://a.example/a.wav", "transcript": "Said by a person."});
    let video = house.new_video(json!({"source_draft_id": template().id, "scenes": scenes})).await;
    let narration = house.project_of(&video["id"]).await["scenes"][0]["narration"][0].clone();
    assert_eq!(
        (&narration["audio"], &narration["transcript"]),
        (&json!("https://a.example/a.wav"), &json!("Said by a person."))
    );
}

#[tokio::test]
async fn what_the_caller_sent_is_given_back() {
    let house = House::new().await;
    let metadata = json!({"order": 7, "nested": {"a": [1, null]}});
    let body = json!({"recipe_id": template().id, "metadata": metadata, "correlation_id": "store-17"});
    let video = house.new_video(body).await;
    assert_eq!((&video["metadata"], &video["correlation_id"]), (&metadata, &json!("store-17")));
    assert_eq!((&video["recipe_id"], video.get("source_draft_id")), (&json!(template().id), None));
}
