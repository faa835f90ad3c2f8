//! Creating, finding, listing, exporting and deleting projects.

use serde_json::{Value, json};

use crate::house::{House, news, tiny};

#[tokio::test]
async fn a_project_is_given_back_as_it_was_sent() {
    let house = House::new().await;
    let mut sent = news();
    sent["unknown"] = json!({"deep": [1, 2.5, null, "x", {"y": true}]});
    sent["scenes"][0]["odd"] = json!("kept");
    sent["scenes"][0]["clips"][1]["lockRotation"] = json!(false);
    sent["scenes"][0]["clips"][1]["name"] = json!("n");
    sent["workspaceId"] = json!("some workspace of elsewhere");
    let id = house.new_draft(sent.clone()).await;
    let project = house.project(&id).await;
    for (key, value) in sent.as_object().unwrap() {
        if key != "scenes" {
            assert_eq!(&project[key], value, "{key}");
        }
    }
    for (nth, scene) in sent["scenes"].as_array().unwrap().iter().enumerate() {
        for (key, value) in scene.as_object().unwrap() {
            assert_eq!(&project["scenes"][nth][key], value, "scenes[{nth}].{key}");
        }
    }
    assert_answer!("draft", house.get(&format!("/editor/project/{id}")).await);
}

#[tokio::test]
async fn the_servers_own_members_cannot_be_sent() {
    let house = House::new().await;
    let mut sent = news();
    for (key, value) in [
        ("_id", json!("66b1f0c2a94e1d0012ab34cd")),
        ("state", json!("exported")),
        ("progress", json!(100)),
        ("download_url", json!("https://elsewhere.example/x.mp4")),
        ("userId", json!("somebody")),
        ("creditSubstracted", json!(true)),
    ] {
        sent[key] = value;
    }
    let id = house.new_draft(sent).await;
    let project = house.project(&id).await;
    assert_eq!((&project["_id"], &project["state"], &project["progress"]), (&json!(id), &json!("waiting"), &json!(0)));
    assert_eq!((&project["download_url"], &project["creditSubstracted"]), (&Value::Null, &json!(false)));
    assert_eq!(project["userId"], house.account_id.as_str());
}

#[tokio::test]
async fn only_an_export_makes_a_video() {
    let house = House::new().await;
    for (is_export, state) in
        [(json!(false), "draft"), (json!("false"), "draft"), (json!(true), "queued"), (Value::Null, "queued")]
    {
        let mut body = tiny();
        body["isExport"] = is_export.clone();
        let id = house.new_project(body).await;
        assert_eq!(house.film(&id).await.state.name(), state, "{is_export}");
    }
}

#[tokio::test]
async fn resolutions_come_as_text_and_as_numbers() {
    let house = House::new().await;
    for (resolution, side) in [
        (json!("4k"), 2160),
        (json!("4K"), 2160),
        (json!("1080"), 1080),
        (json!(1080), 1080),
        (json!(720), 720),
        (json!("480p"), 480),
        (Value::Null, 1080),
    ] {
        let mut body = tiny();
        body["resolution"] = resolution.clone();
        let id = house.new_draft(body).await;
        assert_eq!(house.film(&id).await.output.short_side, Some(side), "{resolution}");
    }
    let mut body = tiny();
    body["resolution"] = json!("8k");
    let msg = house.post("/editor/project", body).await.assert_refused(400);
    assert_eq!(msg, "resolution: must be 4k, 1080, 720 or 480");
}

#[tokio::test]
async fn a_life_from_draft_to_file_and_out_of_the_list() {
    let house = House::new().await;
    assert_eq!(house.get("/editor/project").await.json()["data"], json!([]));
    let id = house.new_draft(tiny()).await;
    let progress = format!("/editor/progress/{id}");
    assert_eq!(house.get("/editor/project").await.json()["data"], json!([]), "only what is exported is listed");
    assert_answer!("waiting", house.get(&progress).await);

    let exported = house.post("/editor/project/export", json!({"projectId": id, "resolution": 480})).await;
    assert_eq!(exported.project_id(), id);
    assert_answer!("queued_list", house.get("/editor/project").await);
    house.settle().await;

    assert_answer!("exported", house.get(&progress).await);
    assert_answer!("exported_project", house.get(&format!("/editor/project/{id}")).await);
    assert_answer!("exported_list", house.get("/editor/project").await);
    let data = house.get(&progress).await.json()["data"].clone();
    assert!(data["progress"].is_number());
    let link = data["downloadUrl"].as_str().unwrap();
    assert!(link.starts_with("https://media.example/") && link.ends_with(&format!("/{id}.mp4")), "{link}");
    let film = house.film(&id).await;
    let product = film.product.as_ref().unwrap();
    assert_eq!((product.width, product.height, product.duration_ms), (854, 480, 1000));

    let answer = house.call("DELETE", "/editor/project", json!({"ids": [id, "66b1f0c2a94e1d0012ab34cd", "x"]})).await;
    assert_answer!("deleted", answer);
    assert_eq!(house.get(&progress).await.assert_refused(404), format!("there is no project `{id}`"));
    assert_eq!(house.get("/editor/project").await.json()["data"], json!([]));
}

#[tokio::test]
async fn an_exported_project_can_be_exported_again() {
    let house = House::new().await;
    let id = house.new_project(tiny()).await;
    house.settle().await;
    let body = json!({"projectId": id, "resolution": "720", "webhookUrl": "https://hooks.example/x"});
    assert_eq!(house.post("/editor/project/export", body).await.project_id(), id);
    let film = house.film(&id).await;
    assert_eq!((film.state.name(), film.output.short_side), ("queued", Some(720)));
    assert_eq!(film.webhook_url.as_deref(), Some("https://hooks.example/x"));
    assert_eq!(house.get(&format!("/editor/progress/{id}")).await.json()["data"]["progress"], 0.0);
}

#[tokio::test]
async fn lists_have_pages() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        let mut body = tiny();
        body["name"] = json!(format!("Project {nth}"));
        ids.push(house.new_project(body).await);
        house.advance(std::time::Duration::from_secs(1));
    }
    ids.reverse();
    let listed = async |query: &str| {
        let rows = house.get(&format!("/editor/project{query}")).await.json()["data"].clone();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("?limit=2").await, ids[..2]);
    assert_eq!(listed("?limit=2&page=2").await, ids[2..]);
    assert_eq!(listed("?limit=2&page=9").await, Vec::<String>::new());
    house.get("/editor/project?limit=x").await.assert_refused(400);
}

#[tokio::test]
async fn ids_of_deletion_come_as_list_text_or_query() {
    let house = House::new().await;
    let mut deleted = Vec::new();
    for form in ["list", "text", "query"] {
        let (a, b) = (house.new_draft(tiny()).await, house.new_draft(tiny()).await);
        let answer = match form {
            "list" => house.call("DELETE", "/editor/project", json!({"ids": [a, b]})).await,
            "text" => house.call("DELETE", "/editor/project", json!({"ids": format!("{a}, {b}")})).await,
            _ => house.call("DELETE", &format!("/editor/project?ids={a},{b}"), json!({})).await,
        };
        deleted.push(answer.json()["data"]["deletedCount"].clone());
    }
    assert_eq!(deleted, [2, 2, 2]);
    assert_eq!(house.call("DELETE", "/editor/project", json!({})).await.assert_refused(400), "ids: is required");
    let many = vec!["x"; 1001];
    house.call("DELETE", "/editor/project", json!({"ids": many})).await.assert_refused(400);
    let answer = house.call("DELETE", "/editor/project", json!({"ids": vec!["x"; 1000]})).await;
    assert_eq!(answer.json()["data"]["deletedCount"], 0);
}

#[tokio::test]
async fn a_picture_that_is_missing_is_a_warning_and_no_failure() {
    let house = House::new().await;
    let mut body = tiny();
    body["scenes"][0]["clips"].as_array_mut().unwrap().push(json!(
        {"type": "image", "layer": 2, "left": 0, "top": 0, "width": 10, "height": 10, "source_url": "https://nowhere.example/x.png"}
    ));
    let id = house.new_project(body).await;
    house.settle().await;
    let project = house.project(&id).await;
    assert_eq!(project["state"], "exported");
    let warnings = project["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning.as_str().unwrap().contains("nowhere.example")), "{warnings:?}");
}

#[tokio::test]
async fn an_account_with_workspaces_cannot_name_others() {
    let house = House::new().await;
    let create = async |workspace: &str| {
        let mut body = tiny();
        body["isExport"] = false.into();
        body["workspaceId"] = workspace.into();
        house.post("/editor/project", body).await
    };
    let id = create("copied from elsewhere").await.project_id();
    assert_eq!(house.film(&id).await.origin.workspace_id, "copied from elsewhere");
    let kind = engine::film::PlaceKind::Workspace;
    let own = house.engine.create_place(&house.account_id, engine::Door::Aistudios, kind, "Own").await.unwrap();
    let stranger = house.engine.create_account("stranger").await.unwrap().id;
    let others = house.engine.create_place(&stranger, engine::Door::Aistudios, kind, "Other").await.unwrap();
    create(own.id.as_str()).await.project_id();
    create(house.account_id.as_str()).await.project_id();
    for id in [others.id.as_str(), "copied from elsewhere"] {
        let msg = create(id).await.assert_refused(403);
        assert_eq!(msg, format!("workspaceId: `{id}` is no workspace of this account"));
    }
}
