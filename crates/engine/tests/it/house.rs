//! An engine with a database and files of its own, a clock that can be set forward, and a web that does what a test wants.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use engine::film::catalog::Catalog;
use engine::film::{
    Announcer, DeliveryPolicy, Film, FilmEvent, FilmId, FilmKind, FilmOrigin, Message, NewFilm, Output, Start, Webhook,
};
use engine::{
    Adapters, Api, Caller, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, Presented, ServerKey,
    Settings, SystemClock, SystemEntropy, Timestamp, Web, WebError,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{Database, LocalBlobs};
use studio::{Studio, StudioOptions};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// The system's clock, set forward.
struct Clock(AtomicI64);

impl engine::Clock for Clock {
    fn now(&self) -> Timestamp {
        let ahead = u64::try_from(self.0.load(Ordering::Relaxed)).unwrap();
        engine::Clock::now(&SystemClock).saturating_add(Duration::from_secs(ahead))
    }
}

/// What was posted.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) url: String,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) headers: HashMap<&'static str, String>,
}

/// A web of files, and of receivers that answer with a row of statuses, the last of them for ever; 0 hangs.
#[derive(Default)]
pub(crate) struct FakeWeb {
    pub(crate) files: Mutex<HashMap<String, Vec<u8>>>,
    pub(crate) n_fetches: AtomicI64,
    pub(crate) receivers: Mutex<HashMap<String, VecDeque<u16>>>,
    pub(crate) posts: Mutex<Vec<Posted>>,
}

#[async_trait]
impl Web for FakeWeb {
    async fn fetch(&self, url: &Url, into: &Path, _: u64) -> Result<Fetched, WebError> {
        self.n_fetches.fetch_add(1, Ordering::Relaxed);
        let bytes = self.files.lock().unwrap().get(url.as_str()).cloned().ok_or(WebError::Status(404))?;
        std::fs::write(into, &bytes).map_err(WebError::Io)?;
        Ok(Fetched { n_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(&bytes)) })
    }

    async fn check(&self, url: &Url) -> Result<(), WebError> {
        if url.host_str() == Some("10.0.0.1") { Err(WebError::Refused("private".to_owned())) } else { Ok(()) }
    }

    async fn post_json(&self, url: &Url, body: String, headers: &[(&'static str, String)]) -> Result<u16, WebError> {
        self.check(url).await?;
        let status = {
            let mut receivers = self.receivers.lock().unwrap();
            let statuses = receivers.entry(url.to_string()).or_insert_with(|| VecDeque::from([200]));
            if statuses.len() > 1 { statuses.pop_front().unwrap() } else { statuses[0] }
        };
        self.posts.lock().unwrap().push(Posted {
            url: url.to_string(),
            body: serde_json::from_str(&body).unwrap(),
            text: body,
            headers: headers.iter().cloned().collect(),
        });
        match status {
            0 => std::future::pending().await,
            200..300 => Ok(status),
            _ => Err(WebError::Status(status)),
        }
    }
}

/// Tells everything, in plain words.
struct PlainWords;

#[async_trait]
impl Announcer for PlainWords {
    fn policy(&self) -> DeliveryPolicy {
        const PAUSES: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(600)];
        DeliveryPolicy { pauses: PAUSES, disable_after: 2 }
    }

    async fn message(
        &self,
        _: &Engine,
        film: &Film,
        event: FilmEvent,
        _: Option<&Webhook>,
    ) -> engine::Result<Option<Message>> {
        let body = json!({ "id": film.id, "event": event, "row": film.origin.correlation_id }).to_string();
        Ok(Some(Message { body, signature_header: Some("x-vendor-signature") }))
    }
}

/// One studio for all tests: opening one reads all fonts and voices.
fn catalog() -> Arc<Catalog> {
    static CATALOG: OnceLock<(Arc<Catalog>, TempDir)> = OnceLock::new();
    let (catalog, _) = CATALOG.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let options = StudioOptions { system_fonts: false, ..StudioOptions::new(folder.path()) };
        (Arc::new(Catalog::new(Arc::new(Studio::open(options).unwrap()))), folder)
    });
    Arc::clone(catalog)
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) web: Arc<FakeWeb>,
    pub(crate) caller: Caller,
    pub(crate) stranger: Caller,
    clock: Arc<Clock>,
    work: Option<(CancellationToken, JoinHandle<()>)>,
    _folder: TempDir,
}

/// The door that the tests come through.
pub(crate) const DOOR: Door = Door::Hourone;

impl House {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&folder.path().join("db.sqlite")).await.unwrap();
        let blobs = LocalBlobs::open(folder.path().join("blobs"), folder.path().join("scratch")).unwrap();
        let (web, clock) = (Arc::new(FakeWeb::default()), Arc::new(Clock(AtomicI64::new(0))));
        let adapters = Adapters {
            store: Arc::new(database),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::clone(&web) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SystemEntropy),
            hearing: None,
            words: None,
            callback_bodies: Vec::new(),
            catalog: Some(catalog()),
            announcers: vec![(DOOR, Arc::new(PlainWords))],
        };
        let settings = Settings {
            key: ServerKey::new([7; 32]),
            limits,
            public_url: "https://media.example".to_owned(),
            lease: Duration::from_secs(60),
            unused_asset_grace: Duration::from_secs(3600),
        };
        let engine = Arc::new(Engine::new(adapters, settings));
        let caller = new_caller(&engine, "first").await;
        let stranger = new_caller(&engine, "stranger").await;
        Self { engine, web, caller, stranger, clock, work: None, _folder: folder }
    }

    /// Sets the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::Relaxed);
    }

    /// Lets workers work from now on.
    pub(crate) fn work(&mut self) {
        let stop = CancellationToken::new();
        let (engine, token) = (Arc::clone(&self.engine), stop.clone());
        self.work = Some((stop, tokio::spawn(async move { engine.work(2, token).await })));
    }

    /// Waits until the film is in a state that `is_there` likes.
    pub(crate) async fn film_when(&self, id: &FilmId, is_there: impl Fn(&Film) -> bool) -> Film {
        self.until(async || {
            let film = self.engine.film(&self.caller.account_id, DOOR, id).await.unwrap();
            is_there(&film).then_some(film)
        })
        .await
    }

    /// Waits until something has come true.
    pub(crate) async fn until<T>(&self, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("what a test waits for comes true")
    }

    /// Waits until so many bodies were posted, and returns all of them.
    pub(crate) async fn posts(&self, n_posts: usize) -> Vec<Posted> {
        self.until(async || {
            let posts = self.web.posts.lock().unwrap().clone();
            (posts.len() >= n_posts).then_some(posts)
        })
        .await
    }

    pub(crate) fn receiver(&self, url: &str, statuses: &[u16]) {
        self.web.receivers.lock().unwrap().insert(url.to_owned(), statuses.iter().copied().collect());
    }

    pub(crate) async fn create(&self, new: NewFilm, start: Start) -> Film {
        self.engine.create_film(&self.caller, new, start).await.unwrap()
    }

    /// Stops the workers.
    pub(crate) async fn rest(mut self) {
        if let Some((stop, work)) = self.work.take() {
            stop.cancel();
            work.await.unwrap();
        }
    }
}

async fn new_caller(engine: &Engine, name: &str) -> Caller {
    let account = engine.create_account(name).await.unwrap();
    let created = engine.create_credential(&account.id, Some(DOOR), CredentialRequest::default()).await.unwrap();
    let presented = Presented { secret: created.secret.expose(), origin_host: None };
    engine.authenticate(presented, Api { door: DOOR, name: "films" }).await.unwrap()
}

/// A small document: half a second, one color, and what a test adds.
pub(crate) fn project(layers: &Value, narration: &Value) -> stage::document::Project {
    let document = json!({
        "version": 1,
        "name": "Small",
        "canvas": { "width": 160, "height": 128, "fps": 24 },
        "scenes": [{
            "duration_ms": 500,
            "background": { "type": "color", "color": "#204060" },
            "layers": layers,
            "narration": narration,
        }],
    });
    stage::document::Project::from_json(&document.to_string()).unwrap()
}

pub(crate) fn new_film(project: stage::document::Project) -> NewFilm {
    NewFilm {
        door: DOOR,
        kind: FilmKind::Video,
        name: project.name.clone(),
        document: json!({ "own": [1.25, null] }),
        project: Some(project),
        output: Output::default(),
        origin: FilmOrigin::default(),
        webhook_url: None,
        warnings: Vec::new(),
    }
}

pub(crate) fn plain_film() -> NewFilm {
    new_film(project(&json!([]), &json!([])))
}

/// A film that takes long enough to be interrupted.
pub(crate) fn long_film() -> NewFilm {
    let mut project = project(&json!([{ "type": "text", "text": "long", "enter": { "effect": "fade" } }]), &json!([]));
    project.canvas = stage::document::Canvas { width: 1920, height: 1080, fps: 60 };
    let layer = json!({ "type": "avatar", "avatar": "mara" });
    project.scenes[0].layers.push(serde_json::from_value(layer).unwrap());
    project.scenes[0].duration_ms = Some(600_000);
    new_film(project)
}
