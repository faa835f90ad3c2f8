//! What belongs to one account does not exist for another.

use serde_json::{Value, json};

use crate::house::House;
use crate::operations::{self, busy_body};
use doorkit::Operation;

/// One of everything.
struct Estate {
    house: House,
    video: Value,
    webhook: String,
    delivery: String,
    preview: String,
    key: String,
}

impl Estate {
    async fn new() -> Self {
        let house = House::new().await;
        let id = async |path: &str, body: Value| {
            let answer = house.post(path, body).await;
            answer.json()["id"].as_str().unwrap_or_else(|| panic!("{path}: {}", answer.text())).to_owned()
        };
        let webhook = json!({"name": "n", "url": "https://hooks.example/x", "events": ["video.ready"]});
        let webhook = id("/webhooks", webhook).await;
        id("/folders", json!({"name": "f"})).await;
        let video = house.new_tiny_video("Hi.").await;
        house.settle().await;
        let video = house.get(&format!("/videos/{video}")).await.json();
        let delivery = house.get(&format!("/webhooks/{webhook}/deliveries")).await.json()[0]["id"].clone();
        let preview = json!({"transcript": "Hi.", "source_draft_id": "gone"});
        let preview = id("/voice-preview", preview).await;
        let key = house.get("/keys").await.json()[0]["id"].as_str().unwrap().to_owned();
        Self { video, webhook, delivery: delivery.as_str().unwrap().to_owned(), preview, key, house }
    }

    /// What the owner sees of everything.
    async fn view(&self) -> Vec<Value> {
        let mut view = Vec::new();
        let deliveries = format!("/webhooks/{}/deliveries", self.webhook);
        for path in ["/videos", "/drafts", "/webhooks", "/keys", "/folders", deliveries.as_str()] {
            view.push(self.house.get(path).await.json());
        }
        view
    }

    fn path_of(&self, operation: &Operation) -> String {
        let text = |name: &str| self.video[name].as_str().unwrap().to_owned();
        operation.path_with(&[
            ("video_id", text("id")),
            ("draft_id", text("draft_id")),
            ("webhook_id", self.webhook.clone()),
            ("delivery_id", self.delivery.clone()),
            ("task_id", self.preview.clone()),
            ("key_id", self.key.clone()),
        ])
    }
}

#[tokio::test]
async fn whatever_takes_an_id_finds_nothing_of_another_account() {
    let estate = Estate::new().await;
    let before = estate.view().await;
    let stranger = estate.house.strangers_key().await;
    let mut n_tried = 0;
    for operation in operations::guarded().iter().filter(|operation| operation.takes_id()) {
        let path = estate.path_of(operation);
        // A request that is right in all but its sender.
        let answer = estate.house.call_as(&stranger, &operation.method, &path, busy_body()).await;
        answer.assert_refused(404);
        n_tried += 1;
    }
    assert!(n_tried >= 16, "{n_tried}");
    assert_eq!(estate.view().await, before);
}

#[tokio::test]
async fn a_stranger_sees_empty_lists() {
    let estate = Estate::new().await;
    let stranger = estate.house.strangers_key().await;
    for path in ["/videos", "/webhooks", "/folders", "/analytics/summary"] {
        assert_eq!(estate.house.ask_as(&stranger, "GET", path).await.json(), json!([]), "{path}");
    }
    let drafts = estate.house.ask_as(&stranger, "GET", "/drafts").await.json();
    assert!(drafts.as_array().unwrap().iter().all(|draft| draft["is_shipped"] == true));
}

#[tokio::test]
async fn a_strangers_draft_is_as_good_as_none() {
    let estate = Estate::new().await;
    let stranger = estate.house.strangers_key().await;
    let id = estate.video["draft_id"].as_str().unwrap();
    let ask = async |id: &str| {
        let answer = estate.house.call_as(&stranger, "POST", "/drafts", json!({"source_draft_id": id})).await;
        let scenes = answer.json()["scenes"].clone();
        (answer.status, answer.header("x-phonoscope-warnings").replace(id, "x"), scenes)
    };
    assert_eq!(ask(id).await, ask("nobodys").await);
    for path in ["/examples", "/videos"] {
        let body = json!({"draft_id": id, "workflow_id": id});
        estate.house.call_as(&stranger, "POST", path, body).await.assert_refused(404);
    }
}
