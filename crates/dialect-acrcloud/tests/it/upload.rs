//! The ways to add a file: by its bytes, its address, its fingerprint, the name of its sound.

use axum::body::Body;
use axum::http::Request;
use engine::Limits;
use serde_json::{Value, json};

use crate::house::{Answer, House, SONG_URL, song};
use crate::identify::sound;

const FILES: &str = "/api/buckets/1/files";
const NAMED: &str = "name=\"file\"; filename=\"jingle-04.wav\"";

async fn house_with_bucket() -> House {
    let house = House::new().await;
    assert_eq!(house.new_bucket("jingles").await, 1);
    house
}

/// The first row of the list, once all work is done.
async fn settled(house: &House) -> Value {
    house.settle().await;
    house.get(&format!("{FILES}?order=desc")).await.json()["data"][0].clone()
}

#[tokio::test]
async fn audio_comes_as_a_form() {
    let house = house_with_bucket().await;
    let parts = [
        ("name=\"data_type\"", b"audio".as_slice()),
        ("name=\"title\"", b"jingle-04"),
        ("name=\"user_defined\"", b"{\"campaign\":\"spring\",\"n\":7}"),
        ("name=\"audio_id\"", b"123"),
        (NAMED, &song(1)),
    ];
    assert_answer!("uploaded", house.form(FILES, &parts).await);
    house.settle().await;
    assert_answer!("ready", house.get("/api/buckets/1/files/1").await);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn audio_comes_from_an_address() {
    let house = house_with_bucket().await;
    let body = json!({"data_type": "audio_url", "title": "file-title", "user_defined": {"artists": "artist"}, "url": SONG_URL});
    assert_answer!("announced", house.call("POST", FILES, body).await);
    let row = settled(&house).await;
    assert_eq!((&row["state"], &row["duration"], &row["title"]), (&json!(1), &json!(10), &json!("file-title")));
    // The same as a form.
    let parts = [("name=\"data_type\"", b"audio_url".as_slice()), ("name=\"url\"", SONG_URL.as_bytes())];
    let answer = house.form(FILES, &parts).await;
    assert_eq!((answer.status, &answer.json()["data"]["duration"]), (200, &json!("0")));
    let row = settled(&house).await;
    assert_eq!((&row["state"], &row["title"]), (&json!(1), &json!("AEA040700015_T1")));
}

#[tokio::test]
async fn an_address_that_brings_nothing_leaves_a_row_with_an_error() {
    let house = house_with_bucket().await;
    for url in ["https://your_host.com/nothing.mp3", "https://your_host.com/page.html"] {
        let answer = house.call("POST", FILES, json!({"data_type": "audio_url", "url": url})).await;
        assert_eq!((answer.status, &answer.json()["data"]["state"]), (200, &json!(0)));
        assert_eq!(settled(&house).await["state"], -1, "{url}");
    }
}

#[tokio::test]
async fn a_sound_is_copied_by_its_name() {
    let house = house_with_bucket().await;
    let first = house.new_file(1, "one").await;
    house.settle().await;
    let body = json!({"data_type": "acrid", "acrid": first["acr_id"], "title": "copy"});
    assert_answer!("copied", house.call("POST", FILES, body).await);
    let row = settled(&house).await;
    assert_eq!((&row["state"], &row["title"], &row["duration"]), (&json!(1), &json!("copy"), &json!(10)));
    // As a form, and one that this server has not.
    let parts = [("name=\"data_type\"", b"acrid".as_slice()), ("name=\"acrid\"", b"6d3e17559677cd79ecb0b7cd2c79bea0")];
    let answer = house.form(FILES, &parts).await;
    assert_eq!((answer.status, &answer.json()["data"]["duration"]), (200, &json!("0")));
    assert_eq!(settled(&house).await["state"], -1);
}

#[tokio::test]
async fn a_fingerprint_of_ours_is_taken_and_a_foreign_one_refused() {
    let house = house_with_bucket().await;
    let print = sound::fingerprint(&sound::music(3, 10));
    let parts = [
        ("name=\"file\"; filename=\"jingle.lo\"", print.as_slice()),
        ("name=\"data_type\"", b"fingerprint"),
        ("name=\"title\"", b"by print"),
    ];
    let answer = house.form(FILES, &parts).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let row = settled(&house).await;
    assert_eq!((&row["state"], &row["title"], &row["duration"]), (&json!(1), &json!("by print"), &json!(10)));
    let foreign =
        [("name=\"file\"", b"\x01\x02\x03 a closed format".as_slice()), ("name=\"data_type\"", b"fingerprint")];
    let answer = house.form(FILES, &foreign).await;
    answer.assert_blames(&["file"]);
    assert_answer!(answer);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn what_is_no_audio_is_refused_or_kept_with_an_error() {
    let house = house_with_bucket().await;
    let answer = house.form(FILES, &[(NAMED, b"this is no audio at all")]).await;
    answer.assert_blames(&["file"]);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told_all_at_once() {
    let house = house_with_bucket().await;
    let audio = song(1);
    let file = (NAMED, audio.as_slice());
    for (parts, blamed) in [
        (vec![], vec!["data_type"]),
        (vec![("name=\"data_type\"", b"video".as_slice()), file], vec!["data_type"]),
        (vec![("name=\"data_type\"", b"audio")], vec!["file"]),
        (vec![("name=\"data_type\"", b"audio"), (NAMED, b"")], vec!["file"]),
        (vec![("name=\"data_type\"", b"fingerprint")], vec!["file"]),
        (vec![("name=\"data_type\"", b"audio_url")], vec!["url"]),
        (vec![("name=\"data_type\"", b"audio_url"), ("name=\"url\"", b"file:///etc/passwd")], vec!["url"]),
        (vec![("name=\"data_type\"", b"audio_url"), ("name=\"url\"", b"song.mp3")], vec!["url"]),
        (vec![("name=\"data_type\"", b"acrid"), file], vec!["acrid"]),
        (vec![("name=\"user_defined\"", b"[1]"), file], vec!["user_defined"]),
        (vec![("name=\"user_defined\"", b"not json"), file], vec!["user_defined"]),
        (vec![("name=\"user_defined\"", b"7"), ("name=\"data_type\"", b"audio")], vec!["file", "user_defined"]),
        (vec![file, file], vec!["file"]),
        (vec![("name=\"title\"", b"\xff"), file], vec!["title"]),
    ] {
        let answer = house.form(FILES, &parts).await;
        answer.assert_blames(&blamed);
    }
    for body in [json!({"data_type": "audio"}), json!({"data_type": "fingerprint", "file": "x"})] {
        house.call("POST", FILES, body).await.assert_blames(&["file"]);
    }
    for user_defined in [json!(7), json!("x"), json!([1])] {
        let body = json!({"data_type": "audio_url", "url": SONG_URL, "user_defined": user_defined});
        house.call("POST", FILES, body).await.assert_blames(&["user_defined"]);
    }
    assert_answer!(house.call("POST", FILES, json!({"user_defined": []})).await);
    assert_eq!(house.get(FILES).await.json()["meta"]["total"], 0);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_told_before_the_file_is_read() {
    let house = House::new().await;
    let answer = house.form(FILES, &[(NAMED, b"x")]).await;
    answer.assert_refused(404);
    assert_answer!(answer);
}

async fn too_large(house: &House, n_bytes: usize) -> Answer {
    house.form(FILES, &[(NAMED, &vec![0; n_bytes]), ("name=\"data_type\"", b"audio")]).await
}

#[tokio::test]
async fn a_file_past_the_limit_is_too_large_and_removed() {
    let house = House::with_limits(Limits { upload_bytes_max: 100_000, ..Limits::default() }).await;
    house.new_bucket("jingles").await;
    too_large(&house, 100_000).await.assert_blames(&["file"]);
    for n_bytes in [100_001, 1 << 20, 12 << 20] {
        too_large(&house, n_bytes).await.assert_refused(413);
    }
    assert_answer!(too_large(&house, 100_001).await);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn a_body_cut_short_is_told_and_leaves_nothing() {
    let house = house_with_bucket().await;
    let body = format!("--b\r\nContent-Disposition: form-data; {NAMED}\r\n\r\nabc");
    let request = Request::post(FILES)
        .header("authorization", format!("Bearer {}", house.token))
        .header("content-type", "multipart/form-data; boundary=b");
    house.send(request.body(Body::from(body)).unwrap()).await.assert_blames(&["file"]);
    assert_eq!(house.n_scratch_files(), 0);
}
