//! Who and what there is to choose from.

use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn the_lists() {
    let house = House::new().await;
    for (name, path) in [
        ("models", "/model"),
        ("model_choices", "/dropdown/models"),
        ("business_templates", "/dropdown/templates_business"),
        ("workspaces", "/dropdown/workspaces"),
    ] {
        assert_answer!(name, house.get(path).await);
    }
    let voices = house.get("/dropdown/voices").await.json()["data"].clone();
    let voices = voices.as_array().unwrap();
    let members = ["gender", "id", "label", "language", "sampleUrl"];
    for voice in voices {
        assert_eq!(voice.as_object().unwrap().keys().collect::<Vec<_>>(), members);
    }
    assert!(voices.iter().any(|voice| voice["language"].as_str().unwrap().starts_with("en")));
}

#[tokio::test]
async fn an_avatar_of_the_list_is_drawn_without_a_warning() {
    let house = House::new().await;
    let models = house.get("/model").await.json()["data"]["models"].clone();
    let model = &models[0];
    let cloth = &model["clothes"][0]["id"];
    assert!(model["thumbnail"].as_str().unwrap().starts_with("https://media.example/"), "{model}");
    let body =
        json!({"scenes": [{"clips": [{"type": "aiModel", "model": {"ai_name": model["id"], "emotion": cloth}}]}]});
    let id = house.new_draft(body).await;
    let catalog = house.engine.catalog().unwrap();
    let stage::document::LayerKind::Avatar { avatar, outfit, .. } = &house.scenes(&id).await.scenes[0].layers[0].kind
    else {
        panic!("no avatar")
    };
    let known = catalog.avatar(avatar).unwrap();
    assert!(known.outfits.iter().any(|it| Some(&it.id) == outfit.as_ref()));
}

#[tokio::test]
async fn templates_are_listed_by_category_and_orientation_from_query_or_body() {
    let house = House::new().await;
    let path = "/dropdown/templates_automation";
    let from_body =
        house.post(path, json!({"category": "business", "orientation": "web", "fileBackground": true})).await;
    let from_query =
        house.post(&format!("{path}?category=business&orientation=web&fileBackground=true"), json!({})).await;
    assert_answer!("templates", from_body);
    assert_eq!(from_body.json(), from_query.json());
    let all = async |body: Value| house.post(path, body).await.json()["data"].as_array().unwrap().len();
    let catalog = house.engine.catalog().unwrap();
    let of_category = |category: &str| catalog.templates().iter().filter(|it| it.category == category).count();
    for category in ["social", "business", "education"] {
        assert_eq!(all(json!({"category": category})).await, of_category(category), "{category}");
        let web = all(json!({"category": category, "orientation": "web"})).await;
        let mobile = all(json!({"category": category, "orientation": "mobile"})).await;
        assert!(web + mobile <= of_category(category));
    }
    for (body, msg) in [
        (json!({}), "category: is required"),
        (json!({"category": "sport"}), "category: must be social, business or education"),
        (json!({"category": "social", "orientation": "round"}), "orientation: must be web or mobile"),
        (json!({"category": "social", "fileBackground": "maybe"}), "fileBackground: must be true or false, is text"),
    ] {
        assert_eq!(house.post(path, body).await.assert_refused(400), msg);
    }
}

#[tokio::test]
async fn the_accounts_workspaces_follow_its_own() {
    let house = House::new().await;
    let kind = engine::film::PlaceKind::Workspace;
    house.engine.create_place(&house.account_id, engine::Door::Aistudios, kind, "Marketing").await.unwrap();
    let rows = house.get("/dropdown/workspaces").await.json()["data"].clone();
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["workspaceName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Default", "Marketing"]);
    assert_eq!(rows[0]["workspaceId"], house.account_id.as_str());
}

#[tokio::test]
async fn the_vendors_backgrounds_are_where_its_documents_say() {
    let house = House::new().await;
    for prefix in ["", "/aistudios"] {
        let request = axum::http::Request::get(format!("{prefix}/images/background/bg_blue_gradient.png"));
        let answer = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 307);
        assert!(answer.header("location").starts_with("https://media.example/"), "{}", answer.header("location"));
    }
    let request = axum::http::Request::get("/images/background/bg_nothing.png");
    let answer = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.assert_refused(404), "there is no background `bg_nothing.png`");
}
