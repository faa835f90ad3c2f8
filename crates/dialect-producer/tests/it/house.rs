//! An installation in a temporary folder, and calls of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use doorkit::{Fuse, StoppedClock};
use engine::{
    AccountId, Adapters, Application, Asset, AssetId, BlobKey, CredentialRequest, Door, Engine, Failure, Fetched, Job,
    JobKind, Lane, Limits, LocalSignals, Outcome, Page, ServerKey, Settings, Signal, Signals, SystemEntropy, Task,
    Track, TrackId, VideoState, Web, WebError,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::{Database, LocalBlobs};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tower::ServiceExt;
use url::Url;

/// A web where everything can be posted and nothing fetched.
struct Outbox(mpsc::UnboundedSender<(Url, String)>);

#[async_trait]
impl Web for Outbox {
    async fn fetch(&self, _: &Url, _: &Path, _: u64) -> Result<Fetched, WebError> {
        Err(WebError::Refused("no way out".to_owned()))
    }

    async fn check(&self, _: &Url) -> Result<(), WebError> {
        Ok(())
    }

    async fn post_json(&self, url: &Url, body: String, _: &[(&'static str, String)]) -> Result<u16, WebError> {
        let sent = self.0.send((url.clone(), body));
        sent.map(|()| 200).map_err(|error| WebError::Transport(error.to_string()))
    }
}

pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) database: Database,
    pub(crate) account_id: AccountId,
    pub(crate) token: String,
    pub(crate) posts: mpsc::UnboundedReceiver<(Url, String)>,
    app: Router,
    signals: LocalSignals,
    clock: Arc<StoppedClock>,
    fuse: Arc<Fuse>,
    dir: TempDir,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&dir.path().join("db.sqlite")).await.unwrap();
        let blobs = LocalBlobs::open(dir.path().join("blobs"), dir.path().join("scratch")).unwrap();
        let signals = LocalSignals::default();
        let clock = Arc::new(StoppedClock::default());
        let fuse = Arc::new(Fuse::default());
        let (outbox, posts) = mpsc::unbounded_channel();
        let adapters = Adapters {
            store: Arc::new(database.clone()),
            blobs: Arc::new(blobs),
            signals: Arc::new(signals.clone()),
            web: Arc::new(Outbox(outbox)),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&fuse) as _,
            hearing: None,
            words: None,
            callback_bodies: vec![(Door::Producer, dialect_producer::callback_body)],
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
        let mut house = Self {
            app: dialect_producer::router(Arc::clone(&engine)),
            engine,
            database,
            account_id,
            token: String::new(),
            posts,
            signals,
            clock,
            fuse,
            dir,
        };
        house.token = house.new_token(&CredentialRequest::default()).await;
        house
    }

    pub(crate) async fn new_token(&self, request: &CredentialRequest) -> String {
        self.token_of(&self.account_id, Some(Door::Producer), request).await
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
        let request = CredentialRequest::default();
        self.token_of(&account.id, Some(Door::Producer), &request).await
    }

    pub(crate) async fn application(&self, door: Option<Door>) -> Application {
        let page = Page { limit: 100, offset: 0 };
        let all = self.engine.applications(Some(&self.account_id), page).await.unwrap();
        all.into_iter().find(|application| application.door == door).unwrap()
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

    pub(crate) async fn new_track(&self) -> TrackId {
        let id = TrackId::random(&SystemEntropy);
        let mut tx = self.engine.store().write().await.unwrap();
        self.insert_track(tx.as_mut(), &id).await;
        tx.commit().await.unwrap();
        id
    }

    async fn insert_track(&self, tx: &mut dyn engine::Transaction, id: &TrackId) {
        let now = self.engine.now();
        let asset = Asset {
            id: AssetId::from_text("00".repeat(32)),
            n_bytes: 3,
            media_type: "audio/mpeg".to_owned(),
            created_at: now,
        };
        tx.touch_asset(&asset).await.unwrap();
        let track = Track {
            id: id.clone(),
            account_id: self.account_id.clone(),
            asset_id: asset.id,
            title: "Slow Piano".to_owned(),
            artist: String::new(),
            lyric: "la la".to_owned(),
            extension: "mp3".to_owned(),
            duration_ms: 93_500,
            wav: None,
            created_at: now,
        };
        tx.insert_track(&track).await.unwrap();
    }

    /// Does the next job as a worker would, in 14.4 seconds, and returns the tasks that it ended.
    pub(crate) async fn end_next_job(&self, failure: Option<Failure>) -> Vec<Task> {
        let now = self.engine.now();
        let mut tx = self.engine.store().write().await.unwrap();
        let until = now.saturating_add(Duration::from_secs(60));
        let job = match tx.claim_job(Lane::Media, "test", now, until).await.unwrap() {
            Some(job) => job,
            None => tx.claim_job(Lane::Network, "test", now, until).await.unwrap().expect("a job is queued"),
        };
        tx.start_tasks(&job.id, now).await.unwrap();
        self.advance(14.4);
        let now = self.engine.now();
        let outcome = match failure {
            Some(failure) => Outcome::Failed { failure },
            None => self.complete(tx.as_mut(), &job).await,
        };
        assert!(tx.finish_job(&job.lease(), None, now).await.unwrap());
        let tasks = tx.finish_tasks(&job.id, &outcome, now).await.unwrap();
        tx.commit().await.unwrap();
        self.signals.publish(Signal::JobFinished(job.id));
        tasks
    }

    async fn complete(&self, tx: &mut dyn engine::Transaction, job: &Job) -> Outcome {
        let blob = BlobKey::output(&job.id, job.epoch, "out");
        match &job.kind {
            JobKind::RenderCover { video_id, track_id } => {
                let mut video = tx.video(&job.account_id, video_id).await.unwrap().unwrap();
                video.state = VideoState::Done;
                video.blob = Some(blob);
                tx.update_video(&video).await.unwrap();
                Outcome::Video { video_id: video_id.clone(), track_id: track_id.clone() }
            }
            JobKind::ConvertWav { track_id } => {
                tx.set_track_wav(track_id, &blob, self.engine.now()).await.unwrap();
                Outcome::Wav { track_id: track_id.clone(), title: "Slow Piano".to_owned() }
            }
            JobKind::Ingest { .. } => {
                let track_id = TrackId::random(&SystemEntropy);
                self.insert_track(tx, &track_id).await;
                Outcome::Track { track_id, lyric: "la la".to_owned(), extension: "mp3".to_owned() }
            }
            other => unreachable!("{} jobs are left to real workers", other.name()),
        }
    }

    pub(crate) async fn n_unfinished_jobs(&self) -> i64 {
        let mut tx = self.engine.store().read().await.unwrap();
        tx.unfinished_jobs(&self.account_id).await.unwrap()
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(self.app.clone(), request).await
    }

    /// Posts JSON with the first account's token.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(&self.token, path, body).await
    }

    pub(crate) async fn post_as(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(post(token, path, body)).await
    }

    /// Posts JSON and does the job that it queues, while the call waits.
    pub(crate) async fn post_and_work(&self, path: &str, body: Value, failure: Option<Failure>) -> Answer {
        let mut signals = self.signals.subscribe();
        let call = tokio::spawn(send(self.app.clone(), post(&self.token, path, body)));
        while signals.recv().await.unwrap() != Signal::JobQueued {}
        self.end_next_job(failure).await;
        call.await.unwrap()
    }

    /// Starts an `async` call and returns the task's id.
    pub(crate) async fn start(&self, path: &str, mut body: Value) -> String {
        body["async"] = json!(true);
        let answer = self.post(path, body).await;
        answer.json()["task_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn send(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

pub(crate) fn post(token: &str, path: &str, body: Value) -> Request<Body> {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    request.body(body.to_string().into()).unwrap()
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, content type and body, with ids and signatures numbered.
    pub(crate) fn stable(&self) -> String {
        let json = serde_json::to_string_pretty(&self.json()).unwrap();
        let content_type = self.header("content-type");
        format!("{} {content_type}\n{}", self.status, numbered(&json))
    }

    /// Asserts the exact shape of an error.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str, message: &str) {
        let json = self.json();
        let shown = (self.status, &json["error"]);
        assert_eq!(shown, (status, &json!({"code": code, "message": message})), "{json}");
        assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
        assert_eq!(json["trace_id"].as_str().unwrap().len(), 36, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("access-control-allow-origin"), "*");
    }

    #[track_caller]
    pub(crate) fn assert_bad(&self, field: &str) {
        self.assert_refused(400, "bad_request", &format!("{field} is invalid."));
    }
}

/// Replaces each run of 24 or more hex digits and hyphens by its number in order of appearance.
pub(crate) fn numbered(text: &str) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() || c == '-' {
            run.push(c);
            continue;
        }
        if run.len() < 24 {
            out.push_str(&run);
        } else {
            let found = known.iter().position(|id| *id == run);
            let number = found.unwrap_or_else(|| {
                known.push(run.clone());
                known.len() - 1
            });
            out.push_str(&format!("<id {number}>"));
        }
        run.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}
