//! Keys: one works at a time.

use engine::{CredentialRequest, Door};

use crate::house::House;

#[tokio::test]
async fn a_new_key_takes_the_place_of_the_old() {
    let house = House::new().await;
    let general = house.key_of(&house.account_id, None, &CredentialRequest::default()).await;
    let other_door = house.key_of(&house.account_id, Some(Door::Producer), &CredentialRequest::default()).await;
    let listed = house.get("/keys").await;
    assert_answer!("keys_listed", listed);
    let made = house.ask("POST", "/keys").await;
    assert_answer!("key_made", made);
    house.get("/videos").await.assert_refused(401);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let listed = house.ask_as(&key, "GET", "/keys").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["id"], made.json()["id"]);
    assert!(listed[0].get("key").is_none());
    // Others are not touched.
    assert_eq!(house.ask_as(&general, "GET", "/videos").await.status, 200);
    house.ask_as(&other_door, "GET", "/videos").await.assert_refused(401);
}

#[tokio::test]
async fn a_deleted_key_lets_nobody_in() {
    let house = House::new().await;
    let id = house.get("/keys").await.json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(house.ask("DELETE", "/keys/nobody's").await.assert_refused(404), "Key not found");
    assert_eq!(house.ask("DELETE", &format!("/keys/{id}")).await.status, 204);
    house.get("/videos").await.assert_refused(401);
}
