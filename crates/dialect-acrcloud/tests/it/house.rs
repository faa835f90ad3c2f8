//! An installation in a temporary folder, and calls of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use doorkit::{Fuse, StoppedClock, form_body};
use engine::recognition::Hearing;
use engine::{
    AccountId, Adapters, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, ServerKey, Settings, Web,
    WebError,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Database, LocalBlobs};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};
use url::Url;

use crate::identify::sound;

/// Longest that queued work may take in a test.
const WORK_MAX: Duration = Duration::from_secs(120);

/// Compares an answer with the recorded one. What is random is checked for its form and replaced.
macro_rules! assert_answer {
    ($answer:expr) => {
        insta::assert_json_snapshot!($answer.shown())
    };
    ($name:expr, $answer:expr) => {
        insta::assert_json_snapshot!($name, $answer.shown())
    };
}

/// A web where some addresses have files, and everything can be posted.
pub(crate) struct Shelf {
    files: HashMap<&'static str, Vec<u8>>,
    posts: mpsc::UnboundedSender<(Url, String)>,
}

/// An address in the [`Shelf`] that has ten seconds of music.
pub(crate) const SONG_URL: &str = "https://your_host.com/AEA040700015_T1.mp3";

#[async_trait]
impl Web for Shelf {
    async fn fetch(&self, url: &Url, into: &Path, _: u64) -> Result<Fetched, WebError> {
        let bytes = self.files.get(url.as_str()).ok_or(WebError::Status(404))?;
        std::fs::write(into, bytes).map_err(WebError::Io)?;
        Ok(Fetched { n_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) })
    }

    async fn check(&self, _: &Url) -> Result<(), WebError> {
        Ok(())
    }

    async fn post_json(&self, url: &Url, body: String, _: &[(&'static str, String)]) -> Result<u16, WebError> {
        let sent = self.posts.send((url.clone(), body));
        sent.map(|()| 200).map_err(|error| WebError::Transport(error.to_string()))
    }
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) database: Database,
    pub(crate) account_id: AccountId,
    pub(crate) token: String,
    pub(crate) posts: mpsc::UnboundedReceiver<(Url, String)>,
    pub(crate) app: App,
    clock: Arc<StoppedClock>,
    fuse: Arc<Fuse>,
    dir: TempDir,
}

/// The router with what the binary puts around it.
pub(crate) type App =
    tower::util::BoxCloneSyncService<Request<Body>, axum::response::Response, std::convert::Infallible>;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&dir.path().join("db.sqlite")).await.unwrap();
        let blobs = LocalBlobs::open(dir.path().join("blobs"), dir.path().join("scratch")).unwrap();
        let clock = Arc::new(StoppedClock::default());
        let fuse = Arc::new(Fuse::default());
        let (outbox, posts) = mpsc::unbounded_channel();
        let files = HashMap::from([(SONG_URL, song(40)), ("https://your_host.com/page.html", b"<html>".to_vec())]);
        let adapters = Adapters {
            store: Arc::new(database.clone()),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::new(Shelf { files, posts: outbox }),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&fuse) as _,
            hearing: Some(Arc::new(Hearing::open(&dir.path().join("index")).unwrap())),
            words: Some(dialect_acrcloud::words()),
            callback_bodies: Vec::new(),
            catalog: None,
            announcers: Vec::new(),
        };
        let settings = Settings {
            key: ServerKey::new([7; 32]),
            limits,
            public_url: "https://media.example".to_owned(),
            lease: Duration::from_secs(60),
            unused_asset_grace: Duration::from_secs(3600),
        };
        let engine = Arc::new(Engine::new(adapters, settings));
        let account_id = engine.create_account("first").await.unwrap().id;
        let router = dialect_acrcloud::router(Arc::clone(&engine));
        let app = MapRequestLayer::new(dialect_acrcloud::normalize_path::<Body>).layer(router);
        let app = App::new(app);
        let token = String::new();
        let mut house = Self { engine, database, account_id, token, posts, app, clock, fuse, dir };
        house.token = house.new_token(&CredentialRequest::default()).await;
        house
    }

    pub(crate) async fn new_token(&self, request: &CredentialRequest) -> String {
        self.token_of(&self.account_id, Some(Door::Acrcloud), request).await
    }

    pub(crate) async fn token_of(
        &self,
        account: &AccountId,
        door: Option<Door>,
        request: &CredentialRequest,
    ) -> String {
        let created = self.engine.create_credential(account, door, request.clone());
        created.await.unwrap().secret.expose().to_owned()
    }

    /// A token of another account.
    pub(crate) async fn strangers_token(&self) -> String {
        let account = self.engine.create_account("stranger").await.unwrap();
        self.token_of(&account.id, Some(Door::Acrcloud), &CredentialRequest::default()).await
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.clock.advance((seconds * 1e6) as i64);
    }

    /// Lets randomness run out after `n` more uses.
    pub(crate) fn blow_fuse_after(&self, n: i64) {
        self.fuse.blow_after(n);
    }

    pub(crate) fn n_scratch_files(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("scratch")).unwrap().count()
    }

    /// Does all queued work.
    pub(crate) async fn settle(&self) {
        doorkit::settle(&self.engine, WORK_MAX, || {}).await;
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(self.app.clone(), request).await
    }

    /// Sends JSON with the first account's token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    pub(crate) async fn call_as(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        self.send(json_request(token, method, path, &body)).await
    }

    /// Sends no body with the first account's token.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.ask_as(&self.token, method, path).await
    }

    pub(crate) async fn ask_as(&self, token: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
        let request = request.header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    /// Posts a form with the first account's token; a part is its disposition's end and its content.
    pub(crate) async fn form(&self, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        self.form_as(&self.token, path, parts).await
    }

    pub(crate) async fn form_as(&self, token: &str, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        let request = Request::post(path)
            .header("host", "localhost:8080")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "multipart/form-data; boundary=b");
        self.send(request.body(Body::from(form_body(parts))).unwrap()).await
    }

    /// Makes a bucket and returns its number.
    pub(crate) async fn new_bucket(&self, name: &str) -> i64 {
        let body = json!({"name": name, "region": "eu-west-1", "type": "File", "net_type": 0});
        let answer = self.call("POST", "/api/buckets", body).await;
        answer.json()["data"]["id"].as_i64().unwrap()
    }

    /// Adds a file to a bucket and returns its row.
    pub(crate) async fn new_file(&self, bucket: i64, title: &str) -> Value {
        let path = format!("/api/buckets/{bucket}/files");
        let audio = song_of(title);
        let parts = [("name=\"title\"", title.as_bytes()), ("name=\"file\"; filename=\"a.wav\"", &audio)];
        let answer = self.form(&path, &parts).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// Makes a bucket with files of these titles, all of them ready.
    pub(crate) async fn filled_bucket(&self, name: &str, titles: &[&str]) -> i64 {
        let bucket = self.new_bucket(name).await;
        for title in titles {
            self.new_file(bucket, title).await;
        }
        self.settle().await;
        bucket
    }
}

/// Ten seconds of music as a WAV file; no two seeds sound alike.
pub(crate) fn song(seed: u32) -> Vec<u8> {
    sound::wav(&sound::music(seed, 10))
}

/// The sound of the files with this title.
pub(crate) fn song_of(title: &str) -> Vec<u8> {
    song(title.bytes().map(u32::from).sum())
}

pub(crate) async fn send(app: App, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

pub(crate) fn json_request(token: &str, method: &str, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("host", "localhost:8080")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    request.body(body.to_string().into()).unwrap()
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.bytes);
        parsed.unwrap_or_else(|error| panic!("{} {error}: {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, content type and body, with what is random checked and replaced.
    pub(crate) fn shown(&self) -> Value {
        let body = if self.bytes.is_empty() { Value::Null } else { self.json() };
        json!({"status": self.status, "content-type": self.header("content-type"), "body": stable(body)})
    }

    /// Asserts the shape of an error: a message, and with 422 what to do about each member.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        assert!(json["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
        let members = json.as_object().unwrap();
        if status == 422 {
            assert_eq!(json["message"], "The given data was invalid.");
            assert_eq!(members.len(), 2, "{json}");
            for (field, sentences) in json["errors"].as_object().unwrap() {
                let sentences = sentences.as_array().unwrap();
                assert!(!field.is_empty() && !sentences.is_empty(), "{json}");
                assert!(
                    sentences.iter().all(|sentence| sentence.as_str().is_some_and(|text| text.len() > 9)),
                    "{json}"
                );
            }
        } else {
            assert_eq!(members.len(), 1, "{json}");
        }
        json
    }

    /// Asserts that exactly these members are blamed.
    #[track_caller]
    pub(crate) fn assert_blames(&self, fields: &[&str]) {
        let json = self.assert_refused(422);
        let blamed: Vec<&str> = json["errors"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(blamed, fields, "{json}");
    }
}

/// Replaces what is random, having checked its form.
fn stable(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(stable).collect(),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (name.clone(), named(&name, stable(value)))).collect(),
        ),
        other => other,
    }
}

fn named(name: &str, value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_alphanumeric = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (name, text.len()) {
        ("acr_id" | "acrid" | "access_key", 32) if is_hex => json!("[32 hex digits]"),
        ("access_secret", 40) if is_alphanumeric => json!("[40 letters and digits]"),
        ("task_id", 10) if is_alphanumeric => json!("[10 letters and digits]"),
        ("down_url", 1..) => {
            let (folder, last) = text.rsplit_once('/').unwrap();
            let folder = folder.strip_prefix("https://media.example/media/offline-db/").map_or(folder, |_| "[media]");
            json!(format!("{folder}/[{} characters]", last.len()))
        }
        _ => value,
    }
}
