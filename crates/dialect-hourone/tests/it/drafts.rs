//! Drafts as they are listed.

use serde_json::json;

use crate::house::{House, catalog};

#[tokio::test]
async fn own_drafts_come_before_those_that_are_shipped() {
    let house = House::new().await;
    let template = &catalog().templates()[0];
    let video = house.new_video(json!({"name": "Mine", "source_draft_id": template.id})).await;
    let drafts = house.get("/drafts").await.json();
    let ids: Vec<_> = drafts.as_array().unwrap().iter().map(|draft| draft["id"].clone()).collect();
    assert_eq!((&ids[0], &ids[1]), (&video["draft_id"], &json!(template.id)));
    assert_eq!(ids.len(), 1 + catalog().templates().len());
    assert_eq!((&drafts[0]["is_shipped"], &drafts[1]["is_shipped"]), (&json!(false), &json!(true)));
    assert_eq!(drafts[0]["scenes"], drafts[1]["scenes"]);
    for draft in drafts.as_array().unwrap() {
        let found = house.get(&format!("/drafts/{}", draft["id"].as_str().unwrap())).await;
        assert_eq!((found.status, found.json()), (200, draft.clone()));
    }
    assert_eq!(house.get("/drafts?limit=0").await.json().as_array().unwrap().len(), catalog().templates().len());
}

#[tokio::test]
async fn a_draft_is_made_without_a_video_and_removed() {
    let house = House::new().await;
    let answer = house.post("/drafts", json!({"name": "Mine", "source_draft_id": "gone"})).await;
    assert!(answer.header("x-phonoscope-warnings").starts_with("the draft `gone` is not known here"));
    assert_eq!(answer.status, 201);
    let path = format!("/drafts/{}", answer.json()["id"].as_str().unwrap());
    assert_eq!(house.get("/videos").await.json(), json!([]));
    let deleted = house.ask("DELETE", &path).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_eq!(house.get(&path).await.assert_refused(404), "Draft not found");
    let shipped = format!("/drafts/{}", catalog().templates()[0].id);
    house.ask("DELETE", &shipped).await.assert_refused(404);
}

#[tokio::test]
async fn a_deleted_video_leaves_its_draft() {
    let house = House::new().await;
    let video = house.new_video(json!({"source_draft_id": "gone"})).await;
    let path = format!("/videos/{}", video["id"].as_str().unwrap());
    assert_eq!(house.ask("DELETE", &path).await.status, 204);
    house.get(&path).await.assert_refused(404);
    house.ask("DELETE", &path).await.assert_refused(404);
    let draft = format!("/drafts/{}", video["draft_id"].as_str().unwrap());
    assert_eq!(house.get(&draft).await.status, 200);
}

#[tokio::test]
async fn videos_are_listed_newest_first_in_stretches() {
    let house = House::new().await;
    for name in ["a", "b", "c"] {
        house.advance(1.0);
        house.new_video(json!({"name": name, "source_draft_id": "gone"})).await;
    }
    let names = async |query: &str| {
        let videos = house.get(&format!("/videos{query}")).await.json();
        videos.as_array().unwrap().iter().map(|video| video["name"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(names("").await, "cba");
    assert_eq!(names("?limit=1").await, "c");
    assert_eq!(names("?limit=2&offset=1").await, "ba");
    assert_eq!(names("?offset=3").await, "");
    house.get("/videos?limit=x&offset=-1").await.assert_blames(&["query.limit", "query.offset"]);
}
