//! An installation in a temporary folder, and calls of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use doorkit::{Fuse, StoppedClock, form_body};
use engine::film::catalog::Catalog;
use engine::film::{Announcer, Film, FilmId};
use engine::{
    AccountId, Adapters, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, ServerKey, Settings, Web,
    WebError,
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

/// Longest that queued work may take in a test.
const WORK_MAX: Duration = Duration::from_secs(300);
/// Where the routes are.
pub(crate) const V3: &str = "/api/odin/v3";

/// Compares an answer with the recorded one. What is random is checked for its form and replaced.
macro_rules! assert_answer {
    ($name:expr, $answer:expr) => {
        insta::assert_json_snapshot!($name, $answer.shown())
    };
}

/// A web where some addresses have files, and everything can be posted.
pub(crate) struct Shelf {
    files: Mutex<HashMap<String, Vec<u8>>>,
    posts: mpsc::UnboundedSender<(Url, String)>,
}

#[async_trait]
impl Web for Shelf {
    async fn fetch(&self, url: &Url, into: &Path, _: u64) -> Result<Fetched, WebError> {
        let bytes = self.files.lock().unwrap().get(url.as_str()).cloned().ok_or(WebError::Status(404))?;
        std::fs::write(into, &bytes).map_err(WebError::Io)?;
        Ok(Fetched { n_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(&bytes)) })
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
    pub(crate) keys: Keys,
    pub(crate) token: String,
    pub(crate) posts: mpsc::UnboundedReceiver<(Url, String)>,
    pub(crate) app: App,
    shelf: Arc<Shelf>,
    clock: Arc<StoppedClock>,
    fuse: Arc<Fuse>,
    _dir: TempDir,
}

/// What an account's page issues.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) app_id: String,
    pub(crate) user_key: String,
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
        let shelf = Arc::new(Shelf { files: Mutex::new(HashMap::new()), posts: outbox });
        // The machine's fonts would make the pictures differ from machine to machine.
        let options = StudioOptions { system_fonts: false, ..StudioOptions::new(dir.path().join("cache")) };
        let studio = Arc::new(Studio::open(options).unwrap());
        let adapters = Adapters {
            store: Arc::new(database.clone()),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::clone(&shelf) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&fuse) as _,
            hearing: None,
            words: None,
            callback_bodies: Vec::new(),
            catalog: Some(Arc::new(Catalog::new(studio))),
            announcers: vec![(Door::Aistudios, Arc::new(dialect_aistudios::announcer()) as Arc<dyn Announcer>)],
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
        let router = dialect_aistudios::router(Arc::clone(&engine));
        let app = MapRequestLayer::new(dialect_aistudios::normalize_path::<Body>).layer(router);
        let app = App::new(app);
        let keys = Keys { app_id: String::new(), user_key: String::new() };
        let token = String::new();
        let mut house = Self { engine, database, account_id, keys, token, posts, app, shelf, clock, fuse, _dir: dir };
        house.keys = house.new_keys(&house.account_id, CredentialRequest::default()).await;
        house.token = house.token_of(&house.keys).await;
        house
    }

    pub(crate) async fn new_keys(&self, account: &AccountId, request: CredentialRequest) -> Keys {
        let created = self.engine.create_credential(account, Some(Door::Aistudios), request).await.unwrap();
        let app_id = created.credential.public_id.clone().unwrap();
        Keys { app_id, user_key: created.secret.expose().to_owned() }
    }

    /// Exchanges keys for a token, as clients do.
    pub(crate) async fn token_of(&self, keys: &Keys) -> String {
        let body = json!({"appId": keys.app_id, "userKey": keys.user_key});
        let answer = self.send(json_request("", "POST", &format!("{V3}/auth/token"), &body)).await;
        answer.json()["data"]["token"].as_str().unwrap().to_owned()
    }

    /// A token of another account.
    pub(crate) async fn strangers_token(&self) -> String {
        let account = self.engine.create_account("stranger").await.unwrap();
        self.token_of(&self.new_keys(&account.id, CredentialRequest::default()).await).await
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.clock.advance(duration.as_micros() as i64);
    }

    /// Lets randomness run out after `n` more uses.
    pub(crate) fn blow_fuse_after(&self, n: i64) {
        self.fuse.blow_after(n);
    }

    /// Puts a file under an address of the web.
    pub(crate) fn publish(&self, url: &str, bytes: &[u8]) {
        self.shelf.files.lock().unwrap().insert(url.to_owned(), bytes.to_vec());
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
        self.send(json_request(token, method, &format!("{V3}{path}"), &body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Sends no body with the first account's token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.token, path).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(format!("{V3}{path}")).header("authorization", token);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form with the first account's token; a part is its disposition's end and its content.
    pub(crate) async fn form(&self, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        self.form_called("multipart/form-data; boundary=b", path, parts).await
    }

    pub(crate) async fn form_called(&self, content_type: &str, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        let request = Request::post(format!("{V3}{path}"))
            .header("authorization", &self.token)
            .header("content-type", content_type);
        self.send(request.body(Body::from(form_body(parts))).unwrap()).await
    }

    /// Makes a project and returns its id.
    pub(crate) async fn new_project(&self, body: Value) -> String {
        self.post("/editor/project", body).await.project_id()
    }

    /// Makes a project that is not exported.
    pub(crate) async fn new_draft(&self, mut body: Value) -> String {
        body["isExport"] = false.into();
        self.new_project(body).await
    }

    /// What GET tells of a project.
    pub(crate) async fn project(&self, id: &str) -> Value {
        let answer = self.get(&format!("/editor/project/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"]["project"].clone()
    }

    /// What the engine has of a project.
    pub(crate) async fn film(&self, id: &str) -> Film {
        self.engine.film(&self.account_id, Door::Aistudios, &FilmId::from_text(id)).await.unwrap()
    }

    /// The scene document of a project.
    pub(crate) async fn scenes(&self, id: &str) -> stage::document::Project {
        self.engine.project_of(&self.film(id).await).unwrap()
    }

    /// What is said in a project, one after another.
    pub(crate) async fn said(&self, id: &str) -> Vec<String> {
        let narration = self.scenes(id).await.scenes.into_iter().flat_map(|scene| scene.narration);
        let text = |narration: stage::document::Narration| match narration.source {
            stage::document::Source::Text { text, .. } => text,
            other @ stage::document::Source::Audio { .. } => panic!("{other:?}"),
        };
        narration.map(text).collect()
    }
}

/// A project of one short scene without an avatar, quick to render.
pub(crate) fn tiny() -> Value {
    json!({
        "name": "Tiny", "orientation": "landscape", "resolution": "480",
        "scenes": [{
            "sceneIdx": 0, "watermark": false, "thumbnailUrl": null,
            "background": {"id": "background", "type": "background", "source_type": "color", "source_color": "#20304a"},
            "clips": [{
                "id": "shape-1", "type": "shape", "tag": "box", "layer": 1, "left": 100, "top": 100, "width": 200, "height": 200,
                "shapeName": "Square", "fill": "#ff0000", "animation": {"type": "fade-out", "duration": 1, "delay": 0},
            }],
        }],
    })
}

/// A project of two scenes with a speaker, a title and a picture each.
pub(crate) fn news() -> Value {
    let scene = |idx: usize, text: &str| {
        json!({
            "sceneIdx": idx, "watermark": false, "thumbnailUrl": null,
            "background": {"id": "background", "type": "background", "source_type": "color", "source_color": "#20304a"},
            "clips": [
                {"id": format!("aiModel-{idx}"), "type": "aiModel", "layer": 1, "left": 200.5, "top": 400, "width": 679, "height": 2229,
                 "model": {"ai_name": "M000000001", "emotion": "BG00000001", "language": "en"},
                 "script": {"org": format!("<p>{text}</p>")}},
                {"id": format!("textImage-{idx}"), "type": "textImage", "tag": "title", "layer": 2, "left": 90, "top": 120,
                 "width": 900, "height": 160, "text": format!("Title {idx}"), "fill": "#ffffff", "fontSize": 72, "align": "center"},
                {"id": format!("image-{idx}"), "type": "image", "tag": "photo", "layer": 3, "left": 1, "top": 2, "width": 300,
                 "height": 200, "source_url": "https://pictures.example/photo.png"},
            ],
        })
    };
    json!({"name": "News", "orientation": "portrait", "scenes": [scene(0, "Good morning."), scene(1, "Here is the news.")]})
}

pub(crate) async fn send(app: App, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

/// A request with a bare token, as the vendor's samples send it; with none for an empty one.
pub(crate) fn json_request(token: &str, method: &str, path: &str, body: &Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("content-type", "application/json");
    if !token.is_empty() {
        request = request.header("authorization", token);
    }
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

    /// The id of a project that was made.
    #[track_caller]
    pub(crate) fn project_id(&self) -> String {
        let json = self.json();
        assert_eq!((self.status, &json["success"]), (200, &json!(true)), "{json}");
        let id = json["data"]["projectId"].as_str().unwrap().to_owned();
        assert!(is_id(&id), "{id}");
        id
    }

    /// Status, content type and body, with what is random checked and replaced.
    pub(crate) fn shown(&self) -> Value {
        let body = if self.bytes.is_empty() { Value::Null } else { self.json() };
        json!({"status": self.status, "content-type": self.header("content-type"), "body": stable(body)})
    }

    /// Asserts that this is a refusal in the vendor's envelope and returns its text.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16) -> String {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(json["success"], false);
        assert_eq!(json["error"]["code"], status * 10, "{json}");
        assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
        assert_eq!(json["error"].as_object().unwrap().len(), 2, "{json}");
        let msg = json["error"]["msg"].as_str().unwrap().to_owned();
        assert!(msg.len() > 9, "{msg}");
        msg
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(text: &str) -> bool {
    let lens: Vec<usize> = text.split('-').map(str::len).collect();
    lens == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Replaces what is random, having checked its form.
pub(crate) fn stable(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(stable).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, stable(value))).collect())
        }
        Value::String(text) => stable_text(&text).into(),
        other => other,
    }
}

fn stable_text(text: &str) -> String {
    if is_id(text) {
        return "[id]".to_owned();
    }
    if is_uuid(text) {
        return "[uuid]".to_owned();
    }
    if let Some((stem, extension)) = text.rsplit_once('.')
        && is_id(stem)
    {
        return format!("[id].{extension}");
    }
    if text.starts_with("eyJ") && text.split('.').count() == 3 {
        return "[token]".to_owned();
    }
    if let Some(id) = text.strip_prefix("material:").filter(|id| is_id(id)) {
        return format!("material:[{} hex digits]", id.len());
    }
    let Some(path) = text.strip_prefix("https://media.example/media/") else { return text.to_owned() };
    let steps: Vec<&str> = path.split('/').collect();
    let shown = steps.iter().enumerate().map(|(nth, step)| {
        let (stem, extension) = step.rsplit_once('.').unwrap_or((step, ""));
        match (nth, is_id(stem)) {
            (1, _) => "[signature]".to_owned(),
            (_, true) => format!("[id].{extension}"),
            _ => (*step).to_owned(),
        }
    });
    format!("https://media.example/media/{}", shown.collect::<Vec<_>>().join("/"))
}
