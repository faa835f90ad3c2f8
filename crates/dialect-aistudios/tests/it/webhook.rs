//! What is posted to a project's `webhookUrl`.

use engine::film::{Announcer as _, FilmEvent, FilmState};
use engine::{Failure, FailureCode};
use serde_json::{Value, json};

use crate::house::{House, stable, tiny};

fn received(house: &mut House) -> Vec<Value> {
    let mut posts = Vec::new();
    while let Ok((url, body)) = house.posts.try_recv() {
        assert_eq!(url.as_str(), "https://hooks.example/done");
        posts.push(serde_json::from_str(&body).unwrap());
    }
    posts
}

#[tokio::test]
async fn progress_is_told_again_and_again_and_the_end_once() {
    let mut house = House::new().await;
    let mut body = tiny();
    body["webhookUrl"] = json!("https://hooks.example/done");
    let id = house.new_project(body).await;
    house.settle().await;
    let posts = received(&mut house);
    let (last, before) = posts.split_last().unwrap();
    insta::assert_json_snapshot!("end", stable(last.clone()));
    assert_eq!((&last["backendTaskId"], &last["projectId"]), (&json!(id), &json!(id)));
    assert_eq!(house.project(&id).await["backendTaskId"], last["backendTaskId"]);
    for post in before {
        assert!(post["progress"].as_i64().is_some_and(|progress| (0..100).contains(&progress)), "{post}");
        assert_eq!(post["backendTaskId"], json!(id));
        assert!(post.get("credit").is_none() && post.get("download_url").is_none(), "{post}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let house = House::new().await;
    let mut body = tiny();
    body["webhookUrl"] = json!("not an address");
    let msg = house.post("/editor/project", body).await.assert_refused(400);
    assert!(msg.starts_with("webhookUrl: "), "{msg}");
}

#[tokio::test]
async fn a_failure_is_told_with_its_reason() {
    let house = House::new().await;
    let id = house.new_project(tiny()).await;
    let mut film = house.film(&id).await;
    film.state = FilmState::Failed;
    film.failure = Some(Failure { code: FailureCode::BadSource, message: "the film has no end".to_owned() });
    let message = dialect_aistudios::announcer().message(&house.engine, &film, FilmEvent::Failed, None).await;
    let post: Value = serde_json::from_str(&message.unwrap().unwrap().body).unwrap();
    insta::assert_json_snapshot!("failure", stable(post));
    // Progress that is delivered after the end would take the end back.
    let late = dialect_aistudios::announcer().message(&house.engine, &film, FilmEvent::Progress, None).await;
    assert_eq!(late.unwrap(), None);
}
