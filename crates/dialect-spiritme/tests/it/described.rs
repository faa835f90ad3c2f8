//! What `/api/schema/` says is what is answered.

use serde_json::{Value, json};

use crate::house::{House, avatar, pdf, png, voice, wav};

/// Checks a value against a schema of OpenAPI 3.0; members that the schema does not name are faults, too.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        return faults(document, target, value, at, found);
    }
    if value.is_null() {
        if schema["nullable"] != true {
            found.push(format!("{at} is null"));
        }
        return;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        faults(document, part, value, at, found);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = |part: &Value| {
            let mut found = Vec::new();
            faults(document, part, value, at, &mut found);
            found.is_empty()
        };
        if !any.iter().any(fits) {
            found.push(format!("{at} is none of its choices"));
        }
    }
    let is_right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        _ => true,
    };
    if !is_right || schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{at} is {value}"));
    }
    if schema["format"] == "uri" && !value.as_str().is_some_and(|text| text.starts_with("http")) {
        found.push(format!("{at} is no address"));
    }
    for (idx, item) in value.as_array().into_iter().flatten().enumerate() {
        faults(document, &schema["items"], item, &format!("{at}[{idx}]"), found);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} has no {name}"));
        }
    }
    let Some(properties) = schema["properties"].as_object() else {
        for (name, member) in value.as_object().into_iter().flatten() {
            if schema["additionalProperties"].is_object() {
                faults(document, &schema["additionalProperties"], member, &format!("{at}.{name}"), found);
            }
        }
        return;
    };
    for (name, member) in value.as_object().into_iter().flatten() {
        match properties.get(name) {
            Some(schema) => faults(document, schema, member, &format!("{at}.{name}"), found),
            None => found.push(format!("{at} has {name}")),
        }
    }
}

async fn filled() -> House {
    let house = House::new().await;
    let picture = house.new_file("a.png", &png(8, 8)).await;
    let sound = house.new_file("a.wav", &wav(200)).await;
    house.new_file("a.pdf", &pdf()).await;
    let (avatar, voice) = (json!({"id": avatar("amara")}), json!({"id": voice("en-US")}));
    let background = json!({"id": picture});
    let template = json!({"avatar": avatar, "voice": voice, "text": "Hello {name}", "background": background});
    house.made("/api/batch-video-templates/", template).await;
    let webhook = json!({"url": "https://hooks.example.org/"});
    let variables = json!({"name": "Ada", "n": 3, "rate": 12.5, "vip": true});
    house.made("/api/batch-videos/", json!({"variables": variables, "template": {"id": 1}, "webhook": webhook})).await;
    house.made("/api/batch-videos/", json!({"variables": {}})).await;
    let layers = json!([{"avatar": avatar, "crop": {"x": 1}, "x": 0.25}, {"media": background}]);
    let slides = json!([
        {"audio_source": {"text": "Hi", "voice": voice}, "layers": layers, "background": background},
        {"audio_source": {"file": {"id": sound}}}
    ]);
    house.made("/api/videos/", json!({"slides": slides, "webhook": webhook})).await;
    house
}

#[tokio::test]
async fn answers_are_as_the_schema_says() {
    let house = filled().await;
    let document = house.get("/api/schema/?format=json").await.json();
    let mut n_checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if !item["get"].is_object() || path == "/api/schema/" {
            continue;
        }
        let answer = house.get(&path.replace("{id}", "1")).await;
        assert_eq!(answer.status, 200, "{path}");
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        faults(&document, schema, &answer.json(), path, &mut found);
        assert_eq!(found, [""; 0]);
        n_checked += 1;
    }
    assert_eq!(n_checked, 13);
}

#[tokio::test]
async fn refusals_are_as_the_schema_says() {
    let house = filled().await;
    let document = house.get("/api/schema/?format=json").await.json();
    for (method, path, status) in [
        ("GET", "/api/videos/9/", "404"),
        ("POST", "/api/videos/", "400"),
        ("PUT", "/api/videos/1/", "400"),
        ("DELETE", "/api/users/current/", "403"),
    ] {
        let answer = house.ask(method, path).await;
        assert_eq!(answer.status.to_string(), status, "{path}");
        let pattern = path.replace("/9/", "/{id}/").replace("/1/", "/{id}/");
        let operation = &document["paths"][&pattern][method.to_lowercase()];
        let schema = &operation["responses"][status]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{pattern}");
        let mut found = Vec::new();
        faults(&document, schema, &answer.json(), path, &mut found);
        assert_eq!(found, [""; 0]);
    }
}
