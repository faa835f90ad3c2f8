use serde_json::{Value, json};

use crate::house::{House, song};
use crate::identify::sound;

const PATH: &str = "/api/buckets/1/dedup-files";
const FILE: &str = "name=\"file\"; filename=\"x\"";

async fn look_up(house: &House, id: &str, file: &[u8], store: &str) -> Value {
    let parts = [("name=\"id\"", id.as_bytes()), (FILE, file), ("name=\"db_if_nodup\"", store.as_bytes())];
    let answer = house.form(PATH, &parts).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

#[tokio::test]
async fn a_sound_is_stored_once() {
    let house = House::new().await;
    house.new_bucket("seen").await;
    let print = sound::fingerprint(&sound::music(1, 10));
    assert_answer!("new", house.form(PATH, &[("name=\"id\"", b"123"), (FILE, &print)]).await);
    house.advance(60.0);
    // The same sound again, now as audio.
    let again = house.form(PATH, &[("name=\"id\"", b"124"), (FILE, &song(1))]).await;
    assert_answer!("seen", again);
    assert_answer!("listed", house.get(PATH).await);
    let acr_id = again.json()["data"]["acr_id"].as_str().unwrap().to_owned();
    assert_answer!("found", house.get(&format!("{PATH}/{acr_id}")).await);
    for id in ["1", "123"] {
        assert_eq!(house.get(&format!("{PATH}/{id}")).await.json()["data"]["acr_id"], acr_id.as_str(), "{id}");
    }
    assert_eq!(house.ask("DELETE", &format!("{PATH}/{acr_id},nonsense")).await.status, 204);
    house.get(&format!("{PATH}/{acr_id}")).await.assert_refused(404);
    assert_eq!(look_up(&house, "125", &song(1), "1").await["do_db"], json!(true));
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_new_sound_may_be_left_out() {
    let house = House::new().await;
    house.new_bucket("seen").await;
    assert_eq!(look_up(&house, "1", &song(1), "0").await["do_db"], json!(false));
    assert_eq!(house.get(PATH).await.json()["meta"]["total"], 0);
    assert_eq!(look_up(&house, "2", &song(1), "1").await["do_db"], json!(true));
    assert_eq!(look_up(&house, "3", &song(2), "1").await["dup_files"], json!([]));
    assert_eq!(house.get(PATH).await.json()["meta"]["total"], 2);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told() {
    let house = House::new().await;
    house.form(PATH, &[]).await.assert_refused(404);
    house.new_bucket("seen").await;
    house.form(PATH, &[]).await.assert_blames(&["file", "id"]);
    house.call("POST", PATH, json!({"id": 1})).await.assert_blames(&["file"]);
    let audio = song(1);
    house
        .form(PATH, &[("name=\"id\"", b"1"), (FILE, &audio), ("name=\"db_if_nodup\"", b"2")])
        .await
        .assert_blames(&["db_if_nodup"]);
    house
        .form(PATH, &[("name=\"id\"", b"1"), (FILE, b"neither audio nor a fingerprint")])
        .await
        .assert_blames(&["file"]);
    for unknown in ["999", "x", "6d3e17559677cd79ecb0b7cd2c79bea0", "%00"] {
        house.get(&format!("{PATH}/{unknown}")).await.assert_refused(404);
        house.ask("DELETE", &format!("{PATH}/{unknown}")).await.assert_refused(404);
    }
}
