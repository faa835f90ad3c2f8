//! A client of identification: it signs as the vendor's clients do.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio_util::sync::CancellationToken;

use super::sound;
use doorkit::form_body;

use crate::house::{Answer, House};

/// The client's time.
pub(super) const TIMESTAMP: &str = "1767323045";

/// A key pair.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) project: i64,
    pub(crate) access_key: String,
    pub(crate) access_secret: String,
}

/// The fields of a request, which tests spoil one by one.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) sample: Vec<u8>,
    pub(super) texts: Vec<(&'static str, String)>,
}

impl Pair {
    /// Signs as the vendor's clients do.
    pub(super) fn signature(&self, path: &str, data_type: &str, timestamp: &str) -> String {
        let text = format!("POST\n{path}\n{}\n{data_type}\n1\n{timestamp}", self.access_key);
        let mut mac = Hmac::<Sha1>::new_from_slice(self.access_secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// The fields of a right request.
    pub(super) fn fields(&self, data_type: &str, sample: &[u8]) -> Fields {
        Fields {
            sample: sample.to_vec(),
            texts: vec![
                ("sample_bytes", sample.len().to_string()),
                ("access_key", self.access_key.clone()),
                ("data_type", data_type.to_owned()),
                ("signature_version", "1".to_owned()),
                ("signature", self.signature("/v1/identify", data_type, TIMESTAMP)),
                ("timestamp", TIMESTAMP.to_owned()),
            ],
        }
    }

    /// Identifies audio.
    pub(crate) async fn identify(&self, house: &House, sample: &[u8]) -> Value {
        self.fields("audio", sample).send(house).await
    }

    /// Identifies audio and returns the code of the answer.
    pub(super) async fn code(&self, house: &House, sample: &[u8]) -> i64 {
        self.identify(house, sample).await["status"]["code"].as_i64().unwrap()
    }

    /// Identifies audio and returns the titles of what was found in buckets.
    pub(super) async fn titles(&self, house: &House, sample: &[u8]) -> Vec<String> {
        titles(&self.identify(house, sample).await)
    }
}

/// The titles of an answer's `custom_files`.
pub(super) fn titles(answer: &Value) -> Vec<String> {
    let files = answer["metadata"]["custom_files"].as_array().cloned().unwrap_or_default();
    files.iter().map(|file| file["title"].as_str().unwrap().to_owned()).collect()
}

impl Fields {
    /// Sets a field, or removes it.
    pub(super) fn set(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.texts.retain(|(known, _)| *known != name);
        self.texts.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// The body of a form, the sample first.
    pub(super) fn multipart(&self) -> Vec<u8> {
        let heads: Vec<String> = self.texts.iter().map(|(name, _)| format!("name=\"{name}\"")).collect();
        let sample = ("name=\"sample\"; filename=\"sample.wav\"", self.sample.as_slice());
        let texts = self.texts.iter().zip(&heads).map(|((_, text), head)| (head.as_str(), text.as_bytes()));
        form_body(&[sample].into_iter().chain(texts).collect::<Vec<_>>())
    }

    /// The urlencoded body.
    pub(super) fn urlencoded(&self) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("sample", &STANDARD.encode(&self.sample));
        body.extend_pairs(&self.texts);
        body.finish()
    }

    /// Sends a form and returns the answer.
    pub(super) async fn send(&self, house: &House) -> Value {
        outcome(&post(house, "/v1/identify", MULTIPART, self.multipart()).await)
    }

    /// Sends a form and returns the code of the answer.
    pub(super) async fn code(&self, house: &House) -> i64 {
        self.send(house).await["status"]["code"].as_i64().unwrap()
    }
}

/// The content type of [`Fields::multipart`].
pub(super) const MULTIPART: &str = "multipart/form-data; boundary=b";
/// The content type of [`Fields::urlencoded`].
pub(super) const URLENCODED: &str = "application/x-www-form-urlencoded";

/// Posts a body without a token.
pub(super) async fn post(house: &House, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", content_type);
    house.send(request.body(body.into()).unwrap()).await
}

/// Returns what an identification answered, having checked what all answers have.
#[track_caller]
pub(super) fn outcome(answer: &Answer) -> Value {
    let json = answer.json();
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{json}");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let status = json["status"].as_object().unwrap();
    assert_eq!(status.len(), 3, "{json}");
    assert!(status["code"].is_i64() && status["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{json}");
    assert_eq!(status["version"], "1.0", "{json}");
    let has_result = status["code"] == 0;
    assert_eq!(json.as_object().unwrap().len(), if has_result { 4 } else { 1 }, "{json}");
    json
}

/// Makes a project that searches some buckets.
pub(crate) async fn new_project(house: &House, buckets: &[i64]) -> Pair {
    new_project_as(house, &house.token, buckets).await
}

pub(super) async fn new_project_as(house: &House, token: &str, buckets: &[i64]) -> Pair {
    let body = json!({"name": "p", "region": "eu-west-1", "type": "AVR", "buckets": buckets});
    let answer = house.call_as(token, "POST", "/api/base-projects", body).await;
    let project = answer.json()["data"].clone();
    let text = |name: &str| project[name].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned();
    Pair {
        project: project["id"].as_i64().unwrap(),
        access_key: text("access_key"),
        access_secret: text("access_secret"),
    }
}

/// Adds half a minute of music to a bucket, without waiting until it can be recognized, and returns its row.
pub(crate) async fn add_song(house: &House, bucket: i64, seed: u32, user_defined: Value) -> Value {
    add_song_as(house, &house.token, bucket, seed, user_defined).await
}

pub(super) async fn add_song_as(house: &House, token: &str, bucket: i64, seed: u32, user_defined: Value) -> Value {
    let title = format!("song {seed}");
    let audio = sound::wav(&sound::music(seed, 30));
    let user_defined = user_defined.to_string();
    let parts = [
        ("name=\"title\"", title.as_bytes()),
        ("name=\"user_defined\"", user_defined.as_bytes()),
        ("name=\"file\"; filename=\"a.wav\"", audio.as_slice()),
    ];
    let answer = house.form_as(token, &format!("/api/buckets/{bucket}/files"), &parts).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

/// A bucket with songs 1 to 3, all ready, and a project that searches it.
pub(crate) struct Shop {
    pub(crate) house: House,
    pub(crate) bucket: i64,
    pub(crate) pair: Pair,
    /// The rows of the songs.
    pub(crate) songs: Vec<Value>,
}

impl Shop {
    pub(crate) async fn new() -> Self {
        Self::of(House::new().await).await
    }

    pub(crate) async fn of(house: House) -> Self {
        let bucket = house.new_bucket("songs").await;
        let mut songs = Vec::new();
        for seed in 1..=3 {
            songs.push(add_song(&house, bucket, seed, json!({})).await);
        }
        house.settle().await;
        let pair = new_project(&house, &[bucket]).await;
        Self { house, bucket, pair, songs }
    }

    /// The name of a song's sound.
    pub(crate) fn acr_id(&self, seed: u32) -> &str {
        self.songs[seed as usize - 1]["acr_id"].as_str().unwrap()
    }
}

/// Eight seconds of a song, from the twelfth on.
pub(crate) fn clip(seed: u32) -> Vec<f32> {
    sound::cut(&sound::music(seed, 30), 12_000, 20_000)
}

/// Lets workers work for as long as something holds.
pub(crate) async fn work_while(house: &House, holds: impl AsyncFn() -> bool) {
    let stop = CancellationToken::new();
    let workers = tokio::spawn({
        let (engine, stop) = (Arc::clone(&house.engine), stop.clone());
        async move { engine.work(1, stop).await }
    });
    let ended = async {
        while holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), ended).await.unwrap();
    stop.cancel();
    workers.await.unwrap();
}
