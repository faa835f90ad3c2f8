//! A shop of songs with a container that scans for them, and recordings made of the songs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Answer, House};
use crate::identify::client::{Shop, work_while};
use crate::identify::sound;

/// What plays in [`recording`]: the song, from and to which second, and from which second of the song on.
pub(super) const TRUTH: [(u32, i64, i64, i64); 4] =
    [(1, 20, 50, 0), (3, 65, 85, 5), (2, 125, 155, 0), (1, 155, 185, 0)];

/// Three minutes of songs with other music and noise between, over hiss in one place.
pub(super) fn recording() -> Vec<f32> {
    let song = |seed| sound::music(seed, 30);
    [
        sound::music(101, 20),
        song(1),
        sound::noisy(&sound::silence(15), 9),
        sound::cut(&song(3), 5_000, 25_000),
        sound::music(102, 40),
        sound::noisy(&song(2), 10),
        song(1),
    ]
    .concat()
}

/// A shop with a container.
pub(super) struct Studio {
    pub(super) shop: Shop,
    pub(super) container: i64,
}

impl Studio {
    pub(super) async fn new() -> Self {
        Self::with(json!({})).await
    }

    /// Makes the container with further members.
    pub(super) async fn with(members: Value) -> Self {
        let shop = Shop::new().await;
        let container = new_container(&shop.house, shop.bucket, members).await;
        Self { shop, container }
    }

    pub(super) fn house(&self) -> &House {
        &self.shop.house
    }

    /// The path of the container's recordings, with something behind it.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/fs-containers/{}/files{rest}", self.container)
    }

    /// Adds a recording, and returns its id.
    pub(super) async fn add(&self, sound: &[f32]) -> String {
        id_of(&self.upload("show.wav", &sound::wav(sound)).await)
    }

    pub(super) async fn upload(&self, name: &str, content: &[u8]) -> Answer {
        let head = format!("name=\"file\"; filename=\"{name}\"");
        self.house().form(&self.path(""), &[("name=\"data_type\"", b"audio"), (&head, content)]).await
    }

    /// Shows one recording.
    pub(super) async fn show(&self, id: &str) -> Value {
        let shown = self.house().get(&self.path(&format!("/{id}"))).await.json();
        assert_eq!(shown["data"].as_array().unwrap().len(), 1, "{shown}");
        shown["data"][0].clone()
    }

    /// Adds a recording and scans it.
    pub(super) async fn scan(&self, sound: &[f32]) -> Value {
        let id = self.add(sound).await;
        self.house().settle().await;
        self.show(&id).await
    }

    /// The number of a song's row.
    pub(super) fn song_id(&self, seed: usize) -> i64 {
        self.shop.songs[seed - 1]["id"].as_i64().unwrap()
    }
}

/// The id of the recording that an answer shows.
#[track_caller]
pub(super) fn id_of(answer: &Answer) -> String {
    let json = answer.json();
    assert_eq!(answer.status, 200, "{json}");
    let id = json["data"]["id"].as_str().unwrap_or_else(|| panic!("{json}"));
    assert_eq!(id.len(), 36, "{json}");
    id.to_owned()
}

pub(super) fn container_body(bucket: i64, members: Value) -> Value {
    let mut body = json!({
        "name": "shows", "region": "eu-west-1", "audio_type": "linein", "buckets": [bucket], "engine": 1,
    });
    let Value::Object(members) = members else { unreachable!("tests pass objects") };
    body.as_object_mut().unwrap().extend(members);
    body
}

pub(super) async fn new_container(house: &House, bucket: i64, members: Value) -> i64 {
    let answer = house.call("POST", "/api/fs-containers", container_body(bucket, members)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["data"]["id"].as_i64().unwrap()
}

/// What is random in an answer is checked for its form and replaced.
#[track_caller]
pub(super) fn stable(answer: &Answer) -> Value {
    let mut shown = answer.shown();
    replace(&mut shown);
    shown
}

fn replace(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(replace),
        Value::Object(members) => {
            members.values_mut().for_each(replace);
            if let Some(id) = members.get_mut("id").filter(|id| id.as_str().is_some_and(|id| id.len() == 36)) {
                *id = json!("[uuid]");
            }
            if let Some(url) = members.get_mut("presigned_url") {
                *url = json!("[url]");
            }
            if let Some(key) = members.get_mut("key").filter(|key| key.as_str().is_some_and(|key| key.len() == 24)) {
                *key = json!("[24 letters]");
            }
        }
        _ => {}
    }
}

/// Works until a callback was posted, and returns it.
pub(super) async fn next_post(house: &mut House) -> (String, Value) {
    if let Ok((url, body)) = house.posts.try_recv() {
        return (url.to_string(), serde_json::from_str(&body).unwrap());
    }
    let stop = tokio_util::sync::CancellationToken::new();
    let workers = tokio::spawn({
        let (engine, stop) = (std::sync::Arc::clone(&house.engine), stop.clone());
        async move { engine.work(1, stop).await }
    });
    let posted = tokio::time::timeout(Duration::from_secs(120), house.posts.recv()).await;
    stop.cancel();
    workers.await.unwrap();
    let (url, body) = posted.unwrap().unwrap();
    (url.to_string(), serde_json::from_str(&body).unwrap())
}

/// Works until no recording of a container is under way.
pub(super) async fn finish(studio: &Studio) {
    let path = studio.path("?state=0");
    work_while(studio.house(), async || studio.house().get(&path).await.json()["meta"]["total"] != 0).await;
}
