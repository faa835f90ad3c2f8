//! An engine with the API in front.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use engine::film::catalog::Catalog;
use engine::{
    Adapters, CredentialRequest, Door, Engine, Fetched, Limits, LocalSignals, ServerKey, Settings, SystemClock,
    SystemEntropy, Web, WebError,
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use store::{Database, LocalBlobs};
use studio::{Studio, StudioOptions};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use url::Url;

/// A web of which nothing can be fetched, and that takes everything.
struct Outbox;

#[async_trait]
impl Web for Outbox {
    async fn fetch(&self, _: &Url, _: &Path, _: u64) -> Result<Fetched, WebError> {
        Err(WebError::Refused("no way out".to_owned()))
    }

    async fn check(&self, _: &Url) -> Result<(), WebError> {
        Ok(())
    }

    async fn post_json(&self, _: &Url, _: String, _: &[(&'static str, String)]) -> Result<u16, WebError> {
        Ok(204)
    }
}

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
    pub(crate) token: String,
    pub(crate) strangers_token: String,
    pub(crate) doors_token: String,
    engine: Arc<Engine>,
    app: Router,
    _folder: TempDir,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) json: Value,
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&folder.path().join("db.sqlite")).await.unwrap();
        let blobs = LocalBlobs::open(folder.path().join("blobs"), folder.path().join("scratch")).unwrap();
        let adapters = Adapters {
            store: Arc::new(database),
            blobs: Arc::new(blobs),
            signals: Arc::new(LocalSignals::default()),
            web: Arc::new(Outbox),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            hearing: None,
            words: None,
            callback_bodies: Vec::new(),
            catalog: Some(catalog()),
            announcers: vec![(Door::Phonoscope, Arc::new(dialect_native::announcer()))],
        };
        let settings = Settings {
            key: ServerKey::new([7; 32]),
            limits: Limits::default(),
            public_url: "https://media.example".to_owned(),
            lease: Duration::from_secs(60),
            unused_asset_grace: Duration::from_secs(3600),
        };
        let engine = Arc::new(Engine::new(adapters, settings));
        let token = token_of(&engine, "first", None).await;
        let strangers_token = token_of(&engine, "stranger", None).await;
        let doors_token = token_of(&engine, "door", Some(Door::Spiritme)).await;
        let app = dialect_native::router(Arc::clone(&engine));
        Self { token, strangers_token, doors_token, engine, app, _folder: folder }
    }

    /// Sends a request with a token.
    pub(crate) async fn send(&self, token: &str, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        if !token.is_empty() {
            parts.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let response = self.app.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let status = response.status().as_u16();
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, media_type, json: serde_json::from_slice(&bytes).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&self.token, Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header("content-type", "application/json").body(body.to_string().into());
        self.send(&self.token, request.unwrap()).await
    }

    /// Works until `is_done` likes what a path shows.
    pub(crate) async fn work_until(&self, path: &str, is_done: impl Fn(&Value) -> bool) -> Value {
        let stop = CancellationToken::new();
        let (engine, token) = (Arc::clone(&self.engine), stop.clone());
        let work = tokio::spawn(async move { engine.work(2, token).await });
        let looking = async {
            loop {
                let shown = self.get(path).await.json;
                if is_done(&shown) {
                    return shown;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let shown = tokio::time::timeout(Duration::from_secs(120), looking).await.unwrap();
        stop.cancel();
        work.await.unwrap();
        shown
    }
}

async fn token_of(engine: &Engine, name: &str, door: Option<Door>) -> String {
    let account = engine.create_account(name).await.unwrap();
    let created = engine.create_credential(&account.id, door, CredentialRequest::default()).await.unwrap();
    created.secret.expose().to_owned()
}
