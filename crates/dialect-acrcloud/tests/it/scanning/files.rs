use serde_json::{Value, json};

use super::studio::{Studio, container_body, finish, id_of, new_container, stable};
use crate::house::{House, SONG_URL};
use crate::identify::client::clip;
use crate::identify::sound;

const PAGE_URL: &str = "https://your_host.com/page.html";

/// A container that searches an empty bucket.
async fn empty_studio() -> (House, String) {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let container = new_container(&house, bucket, json!({})).await;
    (house, format!("/api/fs-containers/{container}/files"))
}

#[tokio::test]
async fn a_recording_is_uploaded_scanned_and_shown() {
    let studio = Studio::new().await;
    let added = studio.upload("show.wav", &sound::wav(&clip(1))).await;
    insta::assert_json_snapshot!(stable(&added));
    let id = id_of(&added);
    assert_eq!(studio.show(&id).await, added.json()["data"]);
    studio.house().advance(60.0);
    studio.house().settle().await;
    let mut shown = studio.show(&id).await;
    let entry = shown["results"]["custom_files"][0].as_object_mut().unwrap();
    let result = entry["result"].as_object_mut().unwrap();
    assert_eq!(result["acrid"], studio.shop.acr_id(1));
    result.insert("acrid".to_owned(), json!("[acr_id]"));
    for (name, value) in result.iter_mut().filter(|(name, _)| name.contains("offset_ms") || *name == "score") {
        assert!(value.is_i64(), "{name}");
        *value = json!("[number]");
    }
    for (name, truth) in [("offset", 0), ("played_duration", 8)] {
        assert!((entry[name].as_i64().unwrap() - truth).abs() <= 1, "{entry:?}");
        entry.insert(name.to_owned(), json!("[seconds]"));
    }
    shown["id"] = json!("[uuid]");
    insta::assert_json_snapshot!("a_scanned_recording", shown);
    let container = studio.house().get(&format!("/api/fs-containers/{}", studio.container)).await.json();
    assert_eq!(container["data"]["num"], 1);
    assert_eq!(container["data"]["size"], sound::wav(&clip(1)).len());
}

#[tokio::test]
async fn every_kind_of_source_is_taken() {
    let studio = Studio::new().await;
    let (house, path) = (studio.house(), studio.path(""));
    let wav = sound::wav(&clip(2));
    let print = sound::fingerprint(&clip(2));
    let file = "name=\"file\"; filename=\"dir/show one.wav\"";
    let mut ids = Vec::new();
    for (answer, name, uri, data_type) in [
        (house.form(&path, &[(file, &wav)]).await, "show one.wav", "audio:show one.wav", "audio"),
        (house.form(&path, &[(file, &wav), ("name=\"name\"", b"mine")]).await, "mine", "audio:show one.wav", "audio"),
        (
            house
                .form(&path, &[("name=\"data_type\"", b"fingerprint"), ("name=\"file\"; filename=\"a.phfp\"", &print)])
                .await,
            "a.phfp",
            "fingerprint:a.phfp",
            "fingerprint",
        ),
        (
            house.call("POST", &path, json!({"data_type": "audio_url", "url": SONG_URL, "name": "n"})).await,
            "n",
            "audio_url:/AEA040700015_T1.mp3",
            "audio_url",
        ),
        (
            house.call("POST", &path, json!({"url": SONG_URL})).await,
            "AEA040700015_T1.mp3",
            "audio_url:/AEA040700015_T1.mp3",
            "audio_url",
        ),
        (
            house.form(&path, &[("name=\"data_type\"", b"audio_url"), ("name=\"url\"", SONG_URL.as_bytes())]).await,
            "AEA040700015_T1.mp3",
            "audio_url:/AEA040700015_T1.mp3",
            "audio_url",
        ),
    ] {
        ids.push(id_of(&answer));
        let data = &answer.json()["data"];
        let shown = [&data["name"], &data["uri"], &data["data_type"]];
        assert_eq!(shown, [&json!(name), &json!(uri), &json!(data_type)]);
        assert_eq!(data["url"], if data_type == "audio_url" { SONG_URL } else { "" });
        assert_eq!((&data["state"], &data["detail"], &data["results"]), (&json!(0), &json!("0 %"), &json!({})));
    }
    finish(&studio).await;
    for (id, state) in ids.iter().zip([1, 1, 1, -1, -1, -1]) {
        let shown = studio.show(id).await;
        assert_eq!(shown["state"], state, "{shown}");
        assert_eq!(shown["detail"], "");
        let seconds = if state == 1 { 8 } else { 10 };
        assert_eq!(shown["duration"], seconds, "{shown}");
    }
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn what_cannot_be_scanned_is_refused_with_what_to_do() {
    let (house, path) = empty_studio().await;
    let file = "name=\"file\"; filename=\"a.wav\"";
    for (body, blamed) in [
        (json!({}), "file"),
        (json!({"data_type": "audio"}), "file"),
        (json!({"data_type": "fingerprint"}), "file"),
        (json!({"data_type": "fingerprint", "key": "x"}), "file"),
        (json!({"data_type": "audio_url"}), "url"),
        (json!({"data_type": "audio_url", "url": "show.mp3"}), "url"),
        (json!({"data_type": "audio_url", "url": "file:///etc/passwd"}), "url"),
        (json!({"data_type": "platforms", "url": SONG_URL}), "data_type"),
        (json!({"data_type": "isrc", "isrc": "DEA012600001"}), "data_type"),
        (json!({"data_type": "telepathy"}), "data_type"),
        (json!({"url": SONG_URL, "name": "n".repeat(5000)}), "name"),
        (json!({"url": SONG_URL, "name": ["n"]}), "name"),
    ] {
        house.call("POST", &path, body.clone()).await.assert_blames(&[blamed]);
    }
    house.form(&path, &[(file, b"no audio")]).await.assert_blames(&["file"]);
    house.form(&path, &[(file, b"")]).await.assert_blames(&["file"]);
    house
        .form(&path, &[("name=\"data_type\"", b"fingerprint"), (file, &sound::wav(&clip(1)))])
        .await
        .assert_blames(&["file"]);
    house.form(&path, &[("name=\"data_type\"", b"isrc"), (file, b"x")]).await.assert_blames(&["data_type"]);
    house.call("POST", &path, json!({"key": "unknown"})).await.assert_refused(404);
    insta::assert_json_snapshot!(stable(&house.call("POST", &path, json!({"data_type": "platforms"})).await));
    assert_eq!(house.n_scratch_files(), 0);
    assert_eq!(house.get(&path).await.json()["meta"]["total"], 0);
}

#[tokio::test]
async fn a_file_past_the_limit_is_refused_and_removed() {
    let house = House::with_limits(engine::Limits { upload_bytes_max: 1000, ..engine::Limits::default() }).await;
    let bucket = house.new_bucket("songs").await;
    let container = new_container(&house, bucket, json!({})).await;
    let path = format!("/api/fs-containers/{container}/files");
    let answer = house.form(&path, &[("name=\"file\"; filename=\"a.wav\"", &[0; 1001])]).await;
    answer.assert_refused(413);
    assert_answer!("a_recording_too_large", answer);
    assert_eq!(house.n_scratch_files(), 0);
}

#[tokio::test]
async fn sources_that_turn_out_bad_say_why() {
    let (house, path) = empty_studio().await;
    for url in [PAGE_URL, "https://your_host.com/missing.mp3"] {
        let id = id_of(&house.call("POST", &path, json!({ "url": url })).await);
        house.settle().await;
        let shown = house.get(&format!("{path}/{id}")).await.json()["data"][0].clone();
        assert_eq!((&shown["state"], &shown["results"]), (&json!(-2), &json!({})), "{shown}");
        assert!(shown["detail"].as_str().is_some_and(|detail| detail.len() > 9), "{shown}");
    }
}

#[tokio::test]
async fn recordings_are_listed_newest_first_with_results_on_request() {
    let studio = Studio::new().await;
    let (house, path) = (studio.house(), studio.path(""));
    let mut ids = Vec::new();
    for (name, sound) in [("Morning.wav", clip(1)), ("noon.wav", clip(77)), ("good morning.wav", clip(2))] {
        ids.push(id_of(&studio.upload(name, &sound::wav(&sound)).await));
        house.advance(1.0);
    }
    house.settle().await;
    let bad = id_of(&house.call("POST", &path, json!({ "url": PAGE_URL })).await);
    house.settle().await;
    house.advance(1.0);
    let waiting = id_of(&studio.upload("waiting.wav", &sound::wav(&clip(3))).await);
    let names = async |query: &str| -> Vec<String> {
        let listed = house.get(&format!("{path}?{query}")).await.json();
        listed["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["waiting.wav", "page.html", "good morning.wav", "noon.wav", "Morning.wav"]);
    assert_eq!(names("search=MORNING").await, ["good morning.wav", "Morning.wav"]);
    assert_eq!(names("search=audio:noon").await, ["noon.wav"]);
    for (state, expected) in [(0, "waiting.wav"), (-1, "noon.wav"), (-2, "page.html")] {
        assert_eq!(names(&format!("state={state}")).await, [expected]);
    }
    assert_eq!(names("state=1&per_page=1&page=2").await, ["Morning.wav"]);
    assert!(names("state=-3").await.is_empty());
    insta::assert_json_snapshot!("a_page", stable(&house.get(&format!("{path}?state=-2")).await));
    let again = house.ask("PUT", &format!("{path}/{bad}/rescan")).await;
    insta::assert_json_snapshot!("a_rescan", stable(&again));
    house.settle().await;
    for (query, blamed) in
        [("state=2", "state"), ("state=x", "state"), ("with_result=5", "with_result"), ("search=%00", "search")]
    {
        house.get(&format!("{path}?{query}")).await.assert_blames(&[blamed]);
    }
    for (query, n_entries) in [("", None), ("&with_result=0", None), ("&with_result=1", Some(1))] {
        let listed = house.get(&format!("{path}?state=1{query}")).await.json();
        for row in listed["data"].as_array().unwrap() {
            assert_eq!((&row["count"], &row["total"]), (&json!(1), &json!(1)));
            assert_eq!(row["results"]["custom_files"].as_array().map(Vec::len), n_entries, "{row}");
        }
    }
    let asked =
        format!("{path}/{},{bad},00000000-0000-4000-8000-000000000000,{waiting},{}", ids[2], ids[0].to_uppercase());
    let shown = house.get(&asked).await.json();
    let shown: Vec<&str> = shown["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(shown, [&ids[2], &bad, &waiting, &ids[0]]);
}

#[tokio::test]
async fn recordings_are_removed() {
    let (house, path) = empty_studio().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(id_of(&house.call("POST", &path, json!({ "url": SONG_URL })).await));
    }
    let removed = house.ask("DELETE", &format!("{path}/{},{},unknown", ids[0], ids[1])).await;
    assert_eq!((removed.status, removed.text()), (204, String::new()));
    let again = house.ask("DELETE", &format!("{path}/{},{}", ids[0], ids[1])).await;
    let json = again.assert_refused(404);
    assert_eq!(json["message"], format!("There is no file `{},{}`; check the id.", ids[0], ids[1]));
    house.settle().await;
    let left = house.get(&path).await.json();
    assert_eq!((&left["meta"]["total"], &left["data"][0]["id"]), (&json!(1), &json!(ids[2])));
    for id in ["unknown", "%00", ",", "..", &"x".repeat(300)] {
        for method in ["GET", "DELETE"] {
            house.ask(method, &format!("{path}/{id}")).await.assert_refused(404);
        }
        house.ask("PUT", &format!("{path}/{id}/rescan")).await.assert_refused(404);
    }
}

#[tokio::test]
async fn nothing_of_a_container_is_there_for_another_account_or_in_another_container() {
    let studio = Studio::new().await;
    let house = studio.house();
    let id = studio.add(&clip(1)).await;
    house.settle().await;
    let before = studio.show(&id).await;
    let stranger = house.strangers_token().await;
    let other = new_container(house, studio.shop.bucket, json!({})).await;
    let this = format!("/api/fs-containers/{}", studio.container);
    for (method, rest) in [
        ("GET", String::new()),
        ("PUT", String::new()),
        ("DELETE", String::new()),
        ("GET", "/presigned-upload?filename=a.mp3".to_owned()),
        ("GET", "/files".to_owned()),
        ("POST", "/files".to_owned()),
        ("GET", format!("/files/{id}")),
        ("DELETE", format!("/files/{id}")),
        ("PUT", format!("/files/{id}/rescan")),
    ] {
        let body = json!({"name": "theirs", "url": SONG_URL});
        house.call_as(&stranger, method, &format!("{this}{rest}"), body).await.assert_refused(404);
    }
    let theirs = container_body(studio.shop.bucket, json!({}));
    house.call_as(&stranger, "POST", "/api/fs-containers", theirs).await.assert_blames(&["buckets"]);
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("PUT", "/rescan")] {
        let path = format!("/api/fs-containers/{other}/files/{id}{rest}");
        house.ask(method, &path).await.assert_refused(404);
    }
    assert_eq!(studio.show(&id).await, before);
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth > 2 { 8 } else { 10 }) {
            0 => json!(null),
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(9) as i64 - 4),
            3 => json!(1e300),
            4 => json!(["traverse", "points", "audio", "audio_url", "linein", "1", "", "\u{0}"][self.roll(8)]),
            5 => json!(SONG_URL),
            6 => json!("x".repeat(self.roll(6000))),
            7 => json!(i64::MIN),
            8 => (0..self.roll(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(self.members(depth + 1)),
        }
    }

    fn members(&mut self, depth: usize) -> serde_json::Map<String, Value> {
        const NAMES: [&str; 18] = [
            "name",
            "region",
            "audio_type",
            "buckets",
            "engine",
            "policy",
            "type",
            "interval",
            "points",
            "rec_length",
            "callback_url",
            "deepright",
            "ai_detection",
            "data_type",
            "url",
            "key",
            "filename",
            "file",
        ];
        (0..self.roll(9)).map(|_| (NAMES[self.roll(18)].to_owned(), self.value(depth))).collect()
    }
}

#[tokio::test]
async fn no_body_makes_an_operation_fail() {
    let limits =
        engine::Limits { requests_per_second: 0, queued_jobs_per_account_max: 20, ..engine::Limits::default() };
    let house = House::with_limits(limits).await;
    let bucket = house.new_bucket("songs").await;
    let container = new_container(&house, bucket, json!({})).await;
    let this = format!("/api/fs-containers/{container}");
    let operations = [
        ("POST", "/api/fs-containers".to_owned()),
        ("PUT", this.clone()),
        ("POST", format!("{this}/files")),
        ("PUT", format!("{this}/files/x,1/rescan")),
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut statuses = std::collections::BTreeSet::new();
    for round in 0..3000 {
        let (method, path) = &operations[round % operations.len()];
        let mut body = if round % 3 == 0 { container_body(bucket, json!({})) } else { json!({}) };
        body.as_object_mut().unwrap().extend(dice.members(0));
        let answer = house.call(method, path, body.clone()).await;
        assert!(answer.status < 500, "{method} {path} {body}\n{}", answer.text());
        assert!(answer.json().is_object());
        statuses.insert(answer.status);
    }
    for status in [200, 201, 404, 422] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
}
