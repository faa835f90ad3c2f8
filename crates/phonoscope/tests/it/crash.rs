//! `kill -9` at random moments while renders are queued: nothing acknowledged is lost, done twice, or left behind.
//!
//! `PHONOSCOPE_CRASH_KILLS` and `PHONOSCOPE_CRASH_RENDERS` set the length; the short default runs with every change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, files, json_of, retrieve, tenant, wav};

const KILLS: usize = 5;
const RENDERS: usize = 20;
const PRICE: i64 = 3;
const BALANCE: i64 = 1_000_000;
const FINISH_TIMEOUT: Duration = Duration::from_secs(300);

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A small generator with a fixed seed: the moments differ from each other, not from run to run.
struct Moments(u64);

impl Moments {
    fn next_ms(&mut self, max: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % max
    }
}

fn application_of(data: &Path, account: &str) -> String {
    let applications = json_of(data, &["application", "list", "--account", account]);
    let producer = applications.as_array().unwrap().iter().find(|found| found["door"] == "producer");
    producer.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Sends a render, or finds the server dead.
async fn send(server: &Server, token: &str, audio_id: &str) -> Option<String> {
    let body = json!({ "audio_id": audio_id, "async": true });
    let sent = server.client.post(format!("{}/producer/videos", server.url)).bearer_auth(token).json(&body).send();
    let answer: Value = sent.await.ok()?.json().await.ok()?;
    answer["task_id"].as_str().map(str::to_owned)
}

/// Serves for a moment in which renders are asked for, then dies.
async fn crash_once(data: &Path, token: &str, pending: &mut Vec<String>, alive_ms: u64) -> BTreeMap<String, String> {
    let mut server = Server::start(data, &["--workers", "2"]);
    let mut acknowledged = BTreeMap::new();
    let ask = async {
        while let Some(audio_id) = pending.last().cloned() {
            let Some(task_id) = send(&server, token, &audio_id).await else { return };
            acknowledged.insert(task_id, audio_id);
            pending.pop();
        }
        std::future::pending::<()>().await;
    };
    let _ = tokio::time::timeout(Duration::from_millis(alive_ms), ask).await;
    server.kill();
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_task_ends_exactly_once() {
    let n_kills = setting("PHONOSCOPE_CRASH_KILLS", KILLS);
    let n_renders = setting("PHONOSCOPE_CRASH_RENDERS", RENDERS);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::start(data, &[]);
    let (account, token) = tenant(data);
    let application = application_of(data, &account);
    json_of(data, &["credit", "set-price", "producer", "videos", &PRICE.to_string()]);
    json_of(data, &["credit", "grant", &application, &BALANCE.to_string()]);
    let mut pending = Vec::new();
    for seed in 0..n_renders {
        pending.push(server.uploaded(&token, wav(2.0, u32::try_from(seed).unwrap())).await);
    }
    server.kill();

    let (mut moments, mut acknowledged) = (Moments(20_261_120), BTreeMap::new());
    for _ in 0..n_kills {
        let alive_ms = moments.next_ms(400);
        acknowledged.extend(crash_once(data, &token, &mut pending, alive_ms).await);
    }
    let server = Server::start(data, &["--workers", "2"]);
    while let Some(audio_id) = pending.pop() {
        let task_id = send(&server, &token, &audio_id).await.unwrap();
        acknowledged.insert(task_id, audio_id);
    }
    let urls = finished(&server, &token, &acknowledged).await;
    for (audio_id, url) in &urls {
        let video = server.client.get(url).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(&video[4..8], b"ftyp", "{audio_id}");
    }
    drop(server);

    // One charge per song, whatever died in between; a request that was cut off may have been accepted too.
    let shown = json_of(data, &["application", "show", &application]);
    assert_eq!(json_of(data, &["credit", "audit"]), json!([]));
    assert_eq!(shown["used"], json!(PRICE * i64::try_from(n_renders).unwrap()));
    assert_eq!(shown["remaining"], json!(BALANCE - PRICE * i64::try_from(n_renders).unwrap()));

    // Every song's original and every song's one video, and nothing else.
    assert_eq!(files(&data.join("media/outputs")).len(), n_renders);
    assert_eq!(files(&data.join("media/assets")).len(), n_renders);
}

/// Waits until every task has ended and returns the link of every song's video.
async fn finished(server: &Server, token: &str, tasks: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let begun = Instant::now();
    let (mut open, mut urls): (BTreeSet<&String>, _) = (tasks.keys().collect(), BTreeMap::new());
    while let Some(task_id) = open.first().copied() {
        assert!(begun.elapsed() < FINISH_TIMEOUT, "{} tasks never ended", open.len());
        let (status, task) = server.post(token, "/producer/tasks", &retrieve(task_id)).await;
        assert_eq!(
            (status, task["id"].as_str()),
            (200, Some(task_id.as_str())),
            "an acknowledged task is gone: {task}"
        );
        if task["finished_at"].is_null() {
            tokio::task::yield_now().await;
            continue;
        }
        assert_eq!(task["response"]["success"], json!(true), "{task}");
        let url = task["response"]["data"]["video_url"].as_str().unwrap().to_owned();
        let path = url.split_once("/media/").unwrap().1;
        urls.insert(tasks[task_id].clone(), format!("{}/media/{path}", server.url));
        open.remove(task_id);
    }
    urls
}
