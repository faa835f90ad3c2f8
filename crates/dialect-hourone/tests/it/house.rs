//! An installation in a temporary folder, and calls of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use doorkit::StoppedClock;
use engine::film::catalog::Catalog;
use engine::film::{FilmKind, FilmOrigin, NewFilm, Output};
use engine::{
    AccountId, Adapters, Api, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, Presented, ServerKey,
    Settings, SystemEntropy, Web, WebError,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Database, LocalBlobs};
use studio::{Studio, StudioOptions};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};
use url::Url;

/// Longest that queued work may take in a test: rendering is slow without optimization.
const WORK_MAX: Duration = Duration::from_secs(280);

/// Compares an answer with the recorded one. What is random is checked for its form and replaced.
macro_rules! assert_answer {
    ($answer:expr) => {
        insta::assert_json_snapshot!($answer.shown())
    };
    ($name:expr, $answer:expr) => {
        insta::assert_json_snapshot!($name, $answer.shown())
    };
}

/// One studio for all tests: opening one unpacks fonts and voices.
static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hourone-cache");
    let options = StudioOptions { system_fonts: false, ..StudioOptions::new(cache) };
    Arc::new(Catalog::new(Arc::new(Studio::open(options).unwrap())))
});

/// What an installation has for everybody.
pub(crate) fn catalog() -> &'static Catalog {
    &CATALOG
}

/// Something that was posted.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) url: Url,
    pub(crate) body: String,
    pub(crate) headers: HashMap<&'static str, String>,
}

/// A web where some addresses have files, and everything can be posted.
pub(crate) struct Shelf {
    files: HashMap<&'static str, Vec<u8>>,
    posts: mpsc::UnboundedSender<Post>,
    /// The status that posts are answered with.
    status: Arc<Mutex<u16>>,
}

/// An address in the [`Shelf`] that has a picture.
pub(crate) const PICTURE_URL: &str = "https://files.example.org/shop.svg";
const PICTURE: &[u8] =
    br##"<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="30" fill="#c03"/></svg>"##;

#[async_trait]
impl Web for Shelf {
    async fn fetch(&self, url: &Url, into: &Path, _: u64) -> Result<Fetched, WebError> {
        let bytes = self.files.get(url.as_str()).ok_or(WebError::Status(404))?;
        std::fs::write(into, bytes).map_err(WebError::Io)?;
        Ok(Fetched { n_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) })
    }

    async fn check(&self, url: &Url) -> Result<(), WebError> {
        if url.host_str() == Some("127.0.0.1") {
            return Err(WebError::Refused("the address is private".to_owned()));
        }
        Ok(())
    }

    async fn post_json(&self, url: &Url, body: String, headers: &[(&'static str, String)]) -> Result<u16, WebError> {
        let post = Post { url: url.clone(), body, headers: headers.iter().cloned().collect() };
        self.posts.send(post).map_err(|error| WebError::Transport(error.to_string()))?;
        let status = *self.status.lock().unwrap();
        if (200..300).contains(&status) { Ok(status) } else { Err(WebError::Status(status)) }
    }
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) account_id: AccountId,
    pub(crate) key: String,
    pub(crate) posts: mpsc::UnboundedReceiver<Post>,
    pub(crate) app: App,
    clock: Arc<StoppedClock>,
    post_status: Arc<Mutex<u16>>,
    _dir: TempDir,
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
        let (outbox, posts) = mpsc::unbounded_channel();
        let post_status = Arc::new(Mutex::new(200));
        let files = HashMap::from([(PICTURE_URL, PICTURE.to_vec())]);
        let adapters = Adapters {
            store: Arc::new(database),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::new(Shelf { files, posts: outbox, status: Arc::clone(&post_status) }),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SystemEntropy),
            hearing: None,
            words: None,
            callback_bodies: Vec::new(),
            catalog: Some(Arc::clone(&CATALOG)),
            announcers: vec![(Door::Hourone, Arc::new(dialect_hourone::announcer()))],
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
        let router = dialect_hourone::router(Arc::clone(&engine));
        let app = App::new(MapRequestLayer::new(dialect_hourone::normalize_path::<Body>).layer(router));
        let mut house = Self { engine, account_id, key: String::new(), posts, app, clock, post_status, _dir: dir };
        house.key = house.key_of(&house.account_id, Some(Door::Hourone), &CredentialRequest::default()).await;
        house
    }

    pub(crate) async fn key_of(&self, account: &AccountId, door: Option<Door>, request: &CredentialRequest) -> String {
        let created = self.engine.create_credential(account, door, request.clone());
        created.await.unwrap().secret.expose().to_owned()
    }

    /// A key of another account.
    pub(crate) async fn strangers_key(&self) -> String {
        let account = self.engine.create_account("stranger").await.unwrap();
        self.key_of(&account.id, Some(Door::Hourone), &CredentialRequest::default()).await
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.clock.advance((seconds * 1e6) as i64);
    }

    /// Has all posts from now on answered so.
    pub(crate) fn answer_posts_with(&self, status: u16) {
        *self.post_status.lock().unwrap() = status;
    }

    /// Does all queued work.
    pub(crate) async fn settle(&self) {
        self.settle_at_pace(0.0).await;
    }

    /// Does all queued work, what is to be tried again later, too: the clock runs meanwhile.
    pub(crate) async fn settle_retrying(&self) {
        self.settle_at_pace(20.0).await;
    }

    async fn settle_at_pace(&self, seconds_per_look: f64) {
        doorkit::settle(&self.engine, WORK_MAX, || self.advance(seconds_per_look)).await;
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// Sends JSON with the first account's key.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.key, method, path, body).await
    }

    pub(crate) async fn call_as(&self, key: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("host", "localhost:8080")
            .header("api-key", key)
            .header("content-type", "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Sends no body with the first account's key.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.ask_as(&self.key, method, path).await
    }

    pub(crate) async fn ask_as(&self, key: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
        self.send(request.header("api-key", key).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    /// Makes a video and returns it.
    pub(crate) async fn new_video(&self, body: Value) -> Value {
        let answer = self.post("/api/v1/videos", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Makes a video of a few small frames in which a text is said, or nothing, and returns its id.
    pub(crate) async fn new_tiny_video(&self, said: &str) -> String {
        let narration = if said.is_empty() { json!([]) } else { json!([{"text": said}]) };
        let project = json!({
            "version": 1, "canvas": {"width": 128, "height": 128, "fps": 24},
            "scenes": [
                {"background": {"type": "color", "color": "#204060"}, "narration": narration, "duration_ms": 250},
                {"background": {"type": "color", "color": "#604020"}, "duration_ms": 500},
            ],
        });
        let key = Presented { secret: &self.key, origin_host: None };
        let caller = self.engine.authenticate(key, Api { door: Door::Hourone, name: "videos" }).await.unwrap();
        let new = NewFilm {
            door: Door::Hourone,
            kind: FilmKind::Video,
            name: "tiny".to_owned(),
            document: json!({}),
            project: Some(serde_json::from_value(project).unwrap()),
            output: Output::default(),
            origin: FilmOrigin { request_id: "r-1".to_owned(), ..FilmOrigin::default() },
            webhook_url: None,
            warnings: Vec::new(),
        };
        self.engine.create_film_with_draft(&caller, new).await.unwrap().0.id.to_string()
    }

    /// The scene document of a video or draft.
    pub(crate) async fn project_of(&self, id: &Value) -> Value {
        let id = engine::film::FilmId::from_text(id.as_str().unwrap());
        let film = self.engine.film(&self.account_id, Door::Hourone, &id).await.unwrap();
        film.project.unwrap()
    }
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

    /// Status, what is special about its headers, and body, with what is random checked and replaced.
    pub(crate) fn shown(&self) -> Value {
        let body = if self.bytes.is_empty() { Value::Null } else { self.json() };
        let mut shown = json!({"status": self.status, "body": stable(body)});
        for name in ["content-type", "x-phonoscope-warnings", "retry-after", "www-authenticate"] {
            if self.headers.contains_key(name) {
                shown[name] = json!(self.header(name));
            }
        }
        shown
    }

    /// Asserts the shape of an error: `detail` is a list with 422, and a text otherwise.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
        if status == 422 {
            let problems = json["detail"].as_array().unwrap();
            assert!(!problems.is_empty());
            for problem in problems {
                let loc = problem["loc"].as_array().unwrap();
                assert!(matches!(loc[0].as_str(), Some("body" | "query" | "path" | "header")), "{json}");
                assert!(loc.iter().all(|step| step.is_string() || step.is_u64()), "{json}");
                assert!(!problem["msg"].as_str().unwrap().is_empty(), "{json}");
                let kind = problem["type"].as_str().unwrap();
                assert!(kind.starts_with("value_error") || kind.starts_with("type_error"), "{json}");
            }
        } else {
            assert!(json["detail"].as_str().is_some_and(|text| !text.is_empty()), "{json}");
        }
        json["detail"].clone()
    }

    /// Asserts that exactly these places are blamed, written `body.scenes.0.name`.
    #[track_caller]
    pub(crate) fn assert_blames(&self, places: &[&str]) {
        let detail = self.assert_refused(422);
        let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
        let blamed = detail
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| problem["loc"].as_array().unwrap().iter().map(step).collect::<Vec<_>>().join("."));
        assert_eq!(blamed.collect::<Vec<_>>(), places, "{detail}");
    }
}

/// Replaces what is random, having checked its form.
pub(crate) fn stable(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(stable).collect(),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (name.clone(), named(&name, stable(value)))).collect(),
        ),
        other => other,
    }
}

fn is_hex(text: &str, n_digits: usize) -> bool {
    text.len() == n_digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn named(name: &str, value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    match name {
        "id" | "draft_id" | "source_draft_id" | "video_id" | "req_id" if is_hex(text, 24) && !is_shipped(text) => {
            json!("[24 hex digits]")
        }
        "id" | "req_id" if text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4 => {
            json!("[UUID]")
        }
        "signing_secret" | "key" if is_hex(text, 64) => json!("[64 hex digits]"),
        "body" if text.starts_with('{') => stable(serde_json::from_str(text).unwrap()),
        name if name.ends_with("url") => json!(without_ids(text)),
        _ => value,
    }
}

fn is_shipped(id: &str) -> bool {
    let templates = catalog().templates();
    let layouts = templates.iter().flat_map(|template| &template.layouts).map(|layout| &layout.id);
    let ids = templates.iter().map(|template| &template.id).chain(layouts);
    ids.chain(catalog().palettes().iter().map(|palette| &palette.id)).any(|known| known == id)
}

/// Replaces signatures and ids of links to this server.
fn without_ids(url: &str) -> String {
    let Some(path) = url.strip_prefix("https://media.example/") else { return url.to_owned() };
    let steps = path.split('/').map(|step| {
        let (name, ending) = step.split_once('.').map_or((step, None), |(name, ending)| (name, Some(ending)));
        let shown = if is_hex(name, 32) {
            "[signature]"
        } else if is_hex(name, 24) {
            "[id]"
        } else {
            name
        };
        ending.map_or_else(|| shown.to_owned(), |ending| format!("{shown}.{ending}"))
    });
    format!("https://media.example/{}", steps.collect::<Vec<_>>().join("/"))
}
