//! Projects from templates.

use serde_json::{Value, json};

use crate::house::{House, news};

async fn first_template(house: &House) -> String {
    let mut ids = Vec::new();
    for category in ["social", "business", "education"] {
        let rows = house.post("/dropdown/templates_automation", json!({"category": category})).await.json();
        ids.extend(rows["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
    }
    ids.into_iter().next().unwrap()
}

#[tokio::test]
async fn every_template_of_the_server_becomes_a_project_that_can_be_exported() {
    let house = House::new().await;
    let catalog = house.engine.catalog().unwrap();
    assert!(!catalog.templates().is_empty());
    for template in catalog.templates() {
        let answer = house.post(&format!("/editor/template/{}", template.id), json!({"name": "Mine"})).await;
        let id = answer.project_id();
        let film = house.film(&id).await;
        assert_eq!((film.state.name(), film.name.as_str(), &film.origin.template_id), ("draft", "Mine", &template.id));
        assert_eq!(film.warnings, Vec::<String>::new(), "{}", template.name);
        let project = house.scenes(&id).await;
        assert_eq!(project.scenes.len(), template.project.scenes.len());
        for (ours, original) in project.scenes.iter().zip(&template.project.scenes) {
            assert_eq!(ours.layers.len(), original.layers.len(), "{}", template.name);
            assert_eq!(ours.narration.len(), original.narration.len(), "{}", template.name);
        }
        assert_eq!(house.project(&id).await["templateId"], json!(template.id));
        assert_eq!(house.post("/editor/project/export", json!({"projectId": id})).await.project_id(), id);
    }
}

#[tokio::test]
async fn who_speaks_is_named_in_both_spellings_in_query_json_or_form() {
    let house = House::new().await;
    let template = house.new_draft(news()).await;
    let path = format!("/editor/template/{template}");
    let bodies = [
        house.post(&path, json!({"model": "M2", "clothes": "B2"})).await,
        house.post(&path, json!({"aiName": "M2", "clothId": "B2"})).await,
        house.post(&format!("{path}?model=M2&clothes=B2"), json!({})).await,
        house.form(&path, &[("name=\"aiName\"", b"M2"), ("name=\"clothes\"", b"B2")]).await,
    ];
    for answer in bodies {
        let project = house.project(&answer.project_id()).await;
        for scene in project["scenes"].as_array().unwrap() {
            assert_eq!(
                (&scene["clips"][0]["model"]["ai_name"], &scene["scripts"][0]["modelId"]),
                (&json!("M2"), &json!("M2"))
            );
            assert_eq!(
                (&scene["clips"][0]["model"]["emotion"], &scene["scripts"][0]["clothId"]),
                (&json!("B2"), &json!("B2"))
            );
        }
        assert_eq!(project["name"], "News");
    }
}

#[tokio::test]
async fn the_answer_and_what_is_unknown() {
    let house = House::new().await;
    let id = first_template(&house).await;
    let answer = house.post(&format!("/editor/template/{id}"), Value::Null).await;
    assert_eq!(answer.assert_refused(400), "the body must be a JSON object, is null");
    assert_answer!("from_template", house.post(&format!("/editor/template/{id}"), json!({})).await);
    for unknown in ["x", "66b1f0c2a94e1d0012ab34cd"] {
        let msg = house.post(&format!("/editor/template/{unknown}"), json!({})).await.assert_refused(404);
        assert_eq!(msg, format!("there is no template `{unknown}`"));
    }
}

/// Writes colors of the palette in place of their roles, and leaves out what is not drawn.
fn resolved(mut value: Value, palette: &std::collections::BTreeMap<String, stage::document::Color>) -> Value {
    match &mut value {
        Value::String(text) => {
            if let Some(color) = text.strip_prefix('$').and_then(|role| palette.get(role)) {
                return color.to_string().into();
            }
            value
        }
        Value::Array(items) => items.drain(..).map(|item| resolved(item, palette)).collect(),
        Value::Object(members) => {
            members.iter_mut().for_each(|(_, member)| *member = resolved(member.take(), palette));
            value
        }
        Value::Number(number) => number.as_f64().map(|number| (number * 1000.0).round() / 1000.0).into(),
        _ => value,
    }
}

#[tokio::test]
async fn a_project_from_a_template_is_drawn_as_the_template() {
    let house = House::new().await;
    for template in house.engine.catalog().unwrap().templates() {
        let id = house.post(&format!("/editor/template/{}", template.id), json!({})).await.project_id();
        let made = house.scenes(&id).await;
        for (nth, (ours, original)) in made.scenes.iter().zip(&template.project.scenes).enumerate() {
            let name = &template.name;
            let shown = |scene: &stage::document::Scene, palette| {
                let mut scene = scene.clone();
                // Names and what follows from the language are not seen.
                scene.watermark = false;
                scene.id.clear();
                for (nth, layer) in scene.layers.iter_mut().enumerate() {
                    layer.id = nth.to_string();
                }
                for narration in &mut scene.narration {
                    narration.speaker = narration.speaker.take().map(|_| String::new());
                    if let stage::document::Source::Text { language, .. } = &mut narration.source {
                        *language = None;
                    }
                }
                let value = resolved(serde_json::to_value(scene).unwrap(), palette);
                serde_json::to_string_pretty(&value).unwrap()
            };
            let (is, was) = (shown(ours, &made.palette), shown(original, &template.project.palette));
            assert!(is == was, "{name} {nth}:\n{is}\n---\n{was}");
        }
    }
}
