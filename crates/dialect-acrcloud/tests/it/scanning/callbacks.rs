//! What is told to a container's callback URL.

use serde_json::json;

use super::studio::{Studio, id_of, next_post};
use crate::house::SONG_URL;
use crate::identify::client::clip;
use crate::identify::sound;

#[tokio::test]
async fn the_end_of_every_scan_is_told() {
    let mut studio = Studio::with(json!({"callback_url": "https://example.com/scans?x=1"})).await;
    let path = studio.path("");
    let answers = [
        (studio.upload("a.wav", &sound::wav(&clip(1))).await, 1),
        (studio.house().call("POST", &path, json!({ "url": SONG_URL })).await, -1),
        (studio.house().call("POST", &path, json!({"url": "https://your_host.com/missing.mp3"})).await, -2),
    ];
    let mut expected: Vec<_> = answers.iter().map(|(answer, state)| (id_of(answer), *state)).collect();
    while !expected.is_empty() {
        let (url, told) = next_post(&mut studio.shop.house).await;
        assert_eq!(url, "https://example.com/scans?x=1");
        let at = expected.iter().position(|(id, _)| told["file_id"] == *id).unwrap_or_else(|| panic!("{told}"));
        let (id, state) = expected.remove(at);
        let shown = studio.show(&id).await;
        assert_eq!(shown["state"], state, "{shown}");
        let all = json!({"cid": studio.container, "file_id": id, "state": state, "results": shown["results"]});
        assert_eq!(told, all);
    }
    assert!(studio.shop.house.posts.try_recv().is_err());
}

#[tokio::test]
async fn a_rescan_is_told_too_and_to_todays_address() {
    let mut studio = Studio::new().await;
    let id = studio.add(&clip(1)).await;
    studio.house().settle().await;
    assert!(studio.shop.house.posts.try_recv().is_err(), "there is no address");
    let change = json!({"callback_url": "http://127.0.0.1:9/"});
    studio.house().call("PUT", &format!("/api/fs-containers/{}", studio.container), change).await;
    studio.house().ask("PUT", &studio.path(&format!("/{id}/rescan"))).await;
    let (url, told) = next_post(&mut studio.shop.house).await;
    assert_eq!((url.as_str(), &told["file_id"], &told["state"]), ("http://127.0.0.1:9/", &json!(id), &json!(1)));
}
