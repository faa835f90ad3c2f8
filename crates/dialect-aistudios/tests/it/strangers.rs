//! What belongs to one account does not exist for another.

use serde_json::{Value, json};

use crate::house::{House, V3, json_request, news};
use crate::operations::{self, busy_body};

#[tokio::test]
async fn whatever_takes_an_id_finds_nothing_of_another_account() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let before = house.project(&id).await;
    let stranger = house.strangers_token().await;
    let mut n_tried = 0;
    for operation in operations::guarded().iter().filter(|operation| operation.takes_id()) {
        let path = operation.path_with_all(&id);
        // A request that is right in all but its sender.
        let answer = house.send(json_request(&stranger, &operation.method, &path, &busy_body(&id))).await;
        answer.assert_refused(404);
        n_tried += 1;
    }
    assert!(n_tried >= 5, "{n_tried}");
    assert_eq!(house.project(&id).await, before);
}

#[tokio::test]
async fn nothing_of_another_account_can_be_named_in_a_body() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let stranger = house.strangers_token().await;
    let before = house.project(&id).await;
    for (path, status) in [
        ("/editor/project/export", 404),
        ("/project/modify", 404),
        ("/template/modify", 404),
        ("/automation/docs-to-video", 404),
    ] {
        house.call_as(&stranger, "POST", path, busy_body(&id)).await.assert_refused(status);
    }
    let deleted = house.call_as(&stranger, "DELETE", "/editor/project", busy_body(&id)).await;
    assert_eq!(deleted.json()["data"]["deletedCount"], 0);
    house.get_as(&stranger, &format!("/automation/progress?projectId={id}")).await.assert_refused(404);
    // Nor does a project of one's own learn anything from the `_id` of another's.
    let mut copy = news();
    (copy["_id"], copy["isExport"]) = (json!(id), json!(false));
    let own = house.call_as(&stranger, "POST", "/editor/project", copy).await.project_id();
    assert_ne!(own, id);
    assert_eq!(house.project(&id).await, before);
}

#[tokio::test]
async fn a_stranger_sees_empty_lists() {
    let house = House::new().await;
    house.new_project(news()).await;
    let stranger = house.strangers_token().await;
    assert_eq!(house.get_as(&stranger, "/editor/project").await.json()["data"], json!([]));
    let own = house.get_as(&stranger, "/dropdown/workspaces").await.json();
    assert_ne!(own["data"][0]["workspaceId"], json!(house.account_id.as_str()));
    assert_eq!(own["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn old_paths_are_no_way_round() {
    let house = House::new().await;
    let id = house.new_draft(news()).await;
    let stranger = house.strangers_token().await;
    for path in [
        "/api/odin/editor/project",
        "/api/odin/editor/progress",
        "/api/odin/v2/editor/project",
        "/api/odin/v2/editor/progress",
    ] {
        house.send(json_request(&stranger, "GET", &format!("{path}/{id}"), &Value::Null)).await.assert_refused(404);
    }
    assert!(V3.starts_with("/api/odin"));
}
