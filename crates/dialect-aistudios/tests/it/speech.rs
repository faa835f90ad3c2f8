//! What is said, through the two places that the vendor's samples use.

use serde_json::{Value, json};

use crate::house::{House, news};

#[tokio::test]
async fn either_place_alone_makes_a_speaking_video() {
    let house = House::new().await;
    let on_clips = house.new_draft(news()).await;
    let mut body = news();
    for (nth, text) in ["Good morning.", "Here is the news."].into_iter().enumerate() {
        let scene = &mut body["scenes"][nth];
        scene["clips"][0].as_object_mut().unwrap().remove("script");
        scene["scripts"] =
            json!([{"org": text, "isTTS": true, "tts": null, "modelId": "M000000001", "clothId": "BG00000001"}]);
    }
    let on_scenes = house.new_draft(body).await;
    assert_eq!(house.said(&on_clips).await, ["<p>Good morning.</p>", "<p>Here is the news.</p>"]);
    assert_eq!(house.said(&on_scenes).await, ["Good morning.", "Here is the news."]);
    for id in [&on_clips, &on_scenes] {
        let project = house.scenes(id).await;
        let narration = &project.scenes[0].narration[0];
        assert_eq!(narration.speaker.as_deref(), Some("aiModel-0"));
        // And GET has both places, whichever was sent.
        let scene = house.project(id).await["scenes"][1].clone();
        for text in [&scene["clips"][0]["script"]["org"], &scene["scripts"][0]["org"]] {
            assert!(text.as_str().unwrap().contains("Here is the news."), "{scene}");
        }
        assert_eq!(scene["scripts"][0]["modelId"], "M000000001");
        assert_eq!(scene["scripts"][0]["clothId"], "BG00000001");
    }
}

/// The vendor's main way of working: GET a project, change a text, POST the whole as a new project.
async fn get_change_post(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let mut project = house.project(&id).await;
    change(&mut project);
    let again = house.new_draft(project).await;
    house.said(&again).await
}

#[tokio::test]
async fn a_project_that_was_fetched_can_be_changed_in_either_place_and_sent_again() {
    let expected = ["New.", "<p>Here is the news.</p>"];
    let older = get_change_post(|project| project["scenes"][0]["clips"][0]["script"]["org"] = json!("New.")).await;
    assert_eq!(older, expected);
    let newer = get_change_post(|project| project["scenes"][0]["scripts"][0]["org"] = json!("New.")).await;
    assert_eq!(newer, expected);
    // Clients that send only the members they know of.
    let bare = get_change_post(|project| {
        project["scenes"][0]["scripts"][0]["org"] = json!("New.");
        *project = json!({"name": project["name"], "scenes": project["scenes"]});
    });
    assert_eq!(bare.await, expected);
    let unchanged = get_change_post(|_| {}).await;
    assert_eq!(unchanged, ["<p>Good morning.</p>", "<p>Here is the news.</p>"]);
}

#[tokio::test]
async fn of_a_project_with_both_places_only_the_changed_one_counts() {
    let house = House::new().await;
    let mut body = news();
    body["scenes"][0]["scripts"] = json!([{"org": "Good morning.", "modelId": "M000000001"}]);
    let id = house.new_draft(body).await;
    let mut project = house.project(&id).await;
    project["scenes"][0]["scripts"][0]["org"] = json!("New.");
    let again = house.new_draft(project).await;
    assert_eq!(house.said(&again).await[0], "New.");
    let shown = house.project(&again).await["scenes"][0].clone();
    assert_eq!(shown["clips"][0]["script"]["org"], "New.", "both places agree again");
}

#[tokio::test]
async fn a_conversation_keeps_its_turns_and_its_voices() {
    let house = House::new().await;
    let avatar =
        |id: &str, model: &str| json!({"id": id, "type": "aiModel", "model": {"ai_name": model, "emotion": "B"}});
    let body = json!({"scenes": [{
        "sceneIdx": 0, "clips": [avatar("a", "A"), avatar("c", "C")],
        "scripts": [
            {"org": "Hello C.", "modelId": "A", "clothId": "B"}, {"org": "Hello A.", "modelId": "C", "clothId": "B"},
            {"org": "Bye.", "modelId": "A", "clothId": "B", "tts": {"type": "phonoscope", "model": "v", "language": "de"}},
        ],
    }]});
    let id = house.new_draft(body).await;
    let project = house.scenes(&id).await;
    let speakers: Vec<_> = project.scenes[0].narration.iter().map(|line| line.speaker.clone().unwrap()).collect();
    assert_eq!(speakers, ["a", "c", "a"]);
    let clips = house.project(&id).await["scenes"][0]["clips"].clone();
    assert_eq!((&clips[0]["script"]["org"], &clips[1]["script"]["org"]), (&json!("Hello C. Bye."), &json!("Hello A.")));
    let again = house.new_draft(house.project(&id).await).await;
    assert_eq!(house.said(&again).await, ["Hello C.", "Hello A.", "Bye."]);
}
