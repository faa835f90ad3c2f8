//! An installation in a temporary folder, and calls of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use doorkit::{Fuse, StoppedClock, form_body};
use engine::film::catalog::Catalog;
use engine::film::{Film, FilmKind};
use engine::{
    AccountId, Adapters, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, ServerKey, Settings, Web,
    WebError,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::{Database, LocalBlobs};
use studio::{Studio, StudioOptions};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};
use url::Url;

/// Longest that queued work may take in a test.
const WORK_MAX: Duration = Duration::from_secs(300);

/// Compares an answer with the recorded one. What is random is checked for its form and replaced.
macro_rules! assert_answer {
    ($answer:expr) => {
        insta::assert_json_snapshot!($answer.shown())
    };
    ($name:expr, $answer:expr) => {
        insta::assert_json_snapshot!($name, $answer.shown())
    };
}

/// A web in which everything can be posted, but to addresses that the operator refuses.
struct Outside {
    posts: mpsc::UnboundedSender<(Url, String)>,
}

/// An address that the operator refuses.
pub(crate) const REFUSED_URL: &str = "http://10.0.0.1/hook";

#[async_trait]
impl Web for Outside {
    async fn fetch(&self, _: &Url, _: &Path, _: u64) -> Result<Fetched, WebError> {
        Err(WebError::Status(404))
    }

    async fn check(&self, url: &Url) -> Result<(), WebError> {
        let is_refused = url.as_str() == REFUSED_URL;
        if is_refused { Err(WebError::Refused("10.0.0.1 is private".to_owned())) } else { Ok(()) }
    }

    async fn post_json(&self, url: &Url, body: String, _: &[(&'static str, String)]) -> Result<u16, WebError> {
        let sent = self.posts.send((url.clone(), body));
        sent.map(|()| 200).map_err(|error| WebError::Transport(error.to_string()))
    }
}

/// What this test binary has for everybody; opened once, for that takes a while.
fn catalog() -> Arc<Catalog> {
    static CATALOG: OnceLock<Arc<Catalog>> = OnceLock::new();
    Arc::clone(CATALOG.get_or_init(|| {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("spiritme-cache");
        let options = StudioOptions { system_fonts: false, ..StudioOptions::new(cache) };
        Arc::new(Catalog::new(Arc::new(Studio::open(options).unwrap())))
    }))
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) database: Database,
    pub(crate) account_id: AccountId,
    pub(crate) token: String,
    pub(crate) posts: mpsc::UnboundedReceiver<(Url, String)>,
    app: App,
    clock: Arc<StoppedClock>,
    fuse: Arc<Fuse>,
    dir: TempDir,
}

/// The router with what the binary puts around it.
type App = tower::util::BoxCloneSyncService<Request<Body>, axum::response::Response, std::convert::Infallible>;

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
        let adapters = Adapters {
            store: Arc::new(database.clone()),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::new(Outside { posts: outbox }),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&fuse) as _,
            hearing: None,
            words: None,
            callback_bodies: Vec::new(),
            catalog: Some(catalog()),
            announcers: vec![(Door::Spiritme, Arc::new(dialect_spiritme::announcer()))],
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
        let router = dialect_spiritme::router(Arc::clone(&engine));
        let app = App::new(MapRequestLayer::new(dialect_spiritme::normalize_path::<Body>).layer(router));
        let mut house = Self { engine, database, account_id, token: String::new(), posts, app, clock, fuse, dir };
        house.token = house.new_token(&CredentialRequest::default()).await;
        house
    }

    pub(crate) async fn new_token(&self, request: &CredentialRequest) -> String {
        self.token_of(&self.account_id, Some(Door::Spiritme), request).await
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
        self.token_of(&account.id, Some(Door::Spiritme), &CredentialRequest::default()).await
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.clock.advance((seconds * 1e6) as i64);
    }

    /// Lets randomness run out.
    pub(crate) fn blow_fuse(&self) {
        self.fuse.blow_after(0);
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
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        // No two requests at the same time, so that lists have one order.
        self.advance(0.001);
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// Sends a body of any type with the first account's token.
    pub(crate) async fn post_as(&self, method: &str, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Token {}", self.token))
            .header("content-type", content_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Sends JSON with the first account's token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.post_as(method, path, "application/json", body.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    /// Sends an urlencoded form with the first account's token.
    pub(crate) async fn form(&self, method: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let text = text.extend_pairs(pairs).finish();
        self.post_as(method, path, "application/x-www-form-urlencoded", text).await
    }

    /// Sends a multipart form with the first account's token; a part is its disposition's end and its content.
    pub(crate) async fn multipart(&self, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        self.post_as("POST", path, "multipart/form-data; boundary=b", form_body(parts)).await
    }

    /// Sends no body with the first account's token.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.ask_as(&self.token, method, path).await
    }

    pub(crate) async fn ask_as(&self, token: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Token {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    /// Keeps a file and returns its id.
    pub(crate) async fn new_file(&self, name: &str, content: &[u8]) -> i64 {
        let head = format!("name=\"file\"; filename=\"{name}\"");
        let answer = self.multipart("/api/files/", &[(&head, content)]).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_i64().unwrap()
    }

    /// Makes something and returns its id.
    pub(crate) async fn made(&self, path: &str, body: Value) -> i64 {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_i64().unwrap()
    }

    /// The row behind a video.
    pub(crate) async fn film(&self, kind: FilmKind, number: i64) -> Film {
        self.engine.numbered_film(&self.account_id, Door::Spiritme, kind, number).await.unwrap()
    }
}

/// The number of an avatar of the catalog.
pub(crate) fn avatar(id: &str) -> i64 {
    catalog().avatar(id).unwrap().number
}

/// The number of the first voice of a language.
pub(crate) fn voice(language: &str) -> i64 {
    catalog().voices().iter().find(|voice| voice.language == language).unwrap().number
}

/// The id by which scene documents name the first voice of a language.
pub(crate) fn voice_id(language: &str) -> String {
    catalog().voices().iter().find(|voice| voice.language == language).unwrap().id.clone()
}

/// A picture of one color.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = vec![0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 0]);
    chunk(&mut bytes, *b"IHDR", &header);
    // One stored block of deflate: no filter, then gray, row by row.
    let rows: Vec<u8> =
        (0..height).flat_map(|_| std::iter::once(0).chain(std::iter::repeat_n(200, width as usize))).collect();
    let n_bytes = u16::try_from(rows.len()).unwrap();
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(n_bytes.to_le_bytes());
    data.extend((!n_bytes).to_le_bytes());
    data.extend(&rows);
    data.extend(adler32(&rows).to_be_bytes());
    chunk(&mut bytes, *b"IDAT", &data);
    chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let checked = [&kind[..], data].concat();
    bytes.extend(&checked);
    bytes.extend(crc32(&checked).to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1)))
    };
    !bytes.iter().fold(!0, step)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// A tone as a WAV file.
pub(crate) fn wav(n_ms: u32) -> Vec<u8> {
    let n_samples = 8 * n_ms;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 2 * n_samples).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((2 * n_samples).to_le_bytes());
    for n in 0..n_samples {
        let value: i16 = if n % 20 < 10 { 4000 } else { -4000 };
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

/// The shortest of PDFs that has a page.
pub(crate) fn pdf() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 320 180]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        "<</Length 36>>stream\nBT /F 24 Tf 20 80 Td (Hello) Tj ET   \nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ];
    let mut text = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(text.len());
        text += &format!("{number} 0 obj{object}endobj\n");
    }
    let start = text.len();
    text += "xref\n0 6\n0000000000 65535 f \n";
    for place in places {
        text += &format!("{place:010} 00000 n \n");
    }
    text += &format!("trailer<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    text.into_bytes()
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

    /// Asserts the shape of an error: `detail`, or lists of messages nested like the body.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        let members = json.as_object().unwrap();
        assert!(!members.is_empty(), "{json}");
        if let Some(detail) = json["detail"].as_str() {
            assert!(!detail.is_empty() && members.len() == 1, "{json}");
        } else {
            assert_eq!(status, 400, "{json}");
            assert_messages(&json);
        }
        json
    }

    /// Asserts a refusal with `detail`.
    #[track_caller]
    pub(crate) fn assert_detail(&self, status: u16, detail: &str) {
        assert_eq!((self.status, self.json()), (status, json!({"detail": detail})));
    }

    /// Asserts a refusal of members.
    #[track_caller]
    pub(crate) fn assert_problems(&self, problems: Value) {
        assert_eq!((self.status, self.json()), (400, problems));
    }
}

/// Asserts that wherever the nesting ends there are sentences.
#[track_caller]
fn assert_messages(problems: &Value) {
    match problems {
        Value::Object(members) => members.values().for_each(assert_messages),
        Value::Array(items) if items.iter().all(Value::is_string) => assert!(!items.is_empty()),
        Value::Array(items) => items.iter().for_each(assert_messages),
        other => panic!("{other} is no message"),
    }
}

/// Replaces what is random, having checked its form.
fn stable(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(stable).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, stable(value))).collect(),
        Value::String(text) => match text.strip_prefix("https://media.example/media/") {
            Some(path) => json!(format!("https://media.example/media/{}", media(path))),
            None => Value::String(text),
        },
        other => other,
    }
}

/// Checks a link to a file.
fn media(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let [kind, signature, name] = parts[..] else { panic!("{path}") };
    assert!(signature.len() >= 20, "{path}");
    let (id, extension) = name.split_once('.').unwrap();
    let is_random = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    format!("{kind}/[signature]/{}.{extension}", if is_random { "[id]" } else { id })
}
