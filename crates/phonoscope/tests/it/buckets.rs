//! The ACRCloud door of the real binary: what survives `kill -9`, an index that is gone, and the offline database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::hear::{RATE_HZ, music, wav_of};
use crate::support::{Server, json_of, phonoscope, text};

const KILLS: usize = 6;
const READY_TIMEOUT: Duration = Duration::from_secs(120);

/// A bucket and a project that searches it.
struct Library {
    token: String,
    bucket: i64,
    access_key: String,
    access_secret: String,
}

impl Library {
    async fn create(server: &Server, data: &Path, reach: i64) -> Self {
        let token = json_of(data, &["credential", "create", "--door", "acrcloud"])["access_token"].clone();
        let token = token.as_str().unwrap().to_owned();
        let body = json!({ "name": "b", "region": "eu-west-1", "type": "File", "net_type": reach });
        let (status, made) = server.post(&token, "/api/buckets", &body).await;
        assert_eq!(status, 201, "{made}");
        let bucket = made["data"]["id"].as_i64().unwrap();
        let body = json!({ "name": "p", "region": "eu-west-1", "type": "AVR", "buckets": [bucket] });
        let (status, made) = server.post(&token, "/api/base-projects", &body).await;
        assert_eq!(status, 200, "{made}");
        let text = |key: &str| made["data"][key].as_str().unwrap().to_owned();
        Self { token, bucket, access_key: text("access_key"), access_secret: text("access_secret") }
    }

    fn files(&self, server: &Server) -> String {
        format!("{}/api/buckets/{}/files", server.url, self.bucket)
    }

    /// Uploads the tune of a seed; `None` if the server died over it.
    async fn upload(&self, server: &Server, seed: u32) -> Option<Value> {
        let part = reqwest::multipart::Part::bytes(wav_of(&music(seed, 12))).file_name(format!("{seed}.wav"));
        let form = reqwest::multipart::Form::new().text("data_type", "audio").part("file", part);
        let sent = server.client.post(self.files(server)).bearer_auth(&self.token).multipart(form).send().await.ok()?;
        let answer: Value = sent.json().await.ok()?;
        answer.get("data").cloned()
    }

    async fn delete(&self, server: &Server, id: i64) -> bool {
        let sent = server.client.delete(format!("{}/{id}", self.files(server))).bearer_auth(&self.token).send().await;
        sent.is_ok_and(|response| response.status().as_u16() == 204)
    }

    async fn get(&self, server: &Server, url: &str) -> Value {
        server.client.get(url).bearer_auth(&self.token).send().await.unwrap().json().await.unwrap()
    }

    async fn wait_until_ready(&self, server: &Server) {
        let begun = Instant::now();
        let url = format!("{}?state=0", self.files(server));
        while self.get(server, &url).await["meta"]["total"] != 0 {
            assert!(begun.elapsed() < READY_TIMEOUT, "files never became ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Identifies 8 s of the tune of a seed and returns the acr id.
    async fn identify(&self, server: &Server, seed: u32) -> Option<String> {
        let clip = wav_of(&music(seed, 12)[2 * RATE_HZ as usize..10 * RATE_HZ as usize]);
        let timestamp = "1767323045";
        let signed = format!("POST\n/v1/identify\n{}\naudio\n1\n{timestamp}", self.access_key);
        let mut mac = Hmac::<Sha1>::new_from_slice(self.access_secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        let form = reqwest::multipart::Form::new()
            .part("sample", reqwest::multipart::Part::bytes(clip).file_name("clip.wav"))
            .text("access_key", self.access_key.clone())
            .text("data_type", "audio")
            .text("signature_version", "1")
            .text("signature", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
            .text("timestamp", timestamp);
        let sent = server.client.post(format!("{}/v1/identify", server.url)).multipart(form).send().await.unwrap();
        let answer: Value = sent.json().await.unwrap();
        match answer["status"]["code"].as_i64() {
            Some(0) => Some(answer["metadata"]["custom_files"][0]["acrid"].as_str().unwrap().to_owned()),
            Some(1001) => None,
            _ => panic!("{answer}"),
        }
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// The acr id of every seed that was uploaded, and its number.
    uploaded: BTreeMap<u32, (i64, String)>,
    deleted: BTreeSet<u32>,
    /// Seeds whose answer never came.
    unsure: BTreeSet<u32>,
}

async fn crash_once(data: &Path, library: &Library, known: &mut Acknowledged, next: &mut u32, alive_ms: u64) {
    let mut server = Server::start(data, &["--workers", "2"]);
    let work = async {
        loop {
            let seed = *next;
            *next += 1;
            known.unsure.insert(seed);
            let Some(file) = library.upload(&server, seed).await else { return };
            known.unsure.remove(&seed);
            let acr_id = file["acr_id"].as_str().unwrap().to_owned();
            known.uploaded.insert(seed, (file["id"].as_i64().unwrap(), acr_id));
            // Every third one goes again, in whatever state it is.
            if let Some((&old, &(id, _))) = known.uploaded.iter().find(|(seed, _)| **seed + 2 < *next && *seed % 3 == 0)
                && !known.deleted.contains(&old)
            {
                known.unsure.insert(old);
                if library.delete(&server, id).await {
                    known.unsure.remove(&old);
                    known.deleted.insert(old);
                }
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(alive_ms), work).await;
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_found_and_what_was_removed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::start(data, &[]);
    let library = Library::create(&server, data, 1).await;
    server.kill();
    let (mut known, mut next) = (Acknowledged::default(), 1);
    for kill in 0..KILLS {
        crash_once(data, &library, &mut known, &mut next, 150 + 97 * kill as u64).await;
    }
    let mut server = Server::start(data, &[]);
    library.wait_until_ready(&server).await;
    assert!(known.uploaded.len() >= 3, "too little was uploaded to say anything: {}", known.uploaded.len());
    check(&server, &library, &known).await;

    // An index that is gone is built again from the stored fingerprints.
    let (status, took) = server.terminate();
    assert!(status.success() && took < Duration::from_secs(30));
    std::fs::remove_dir_all(data.join("hearing")).unwrap();
    let server = Server::start(data, &[]);
    check(&server, &library, &known).await;
}

async fn check(server: &Server, library: &Library, known: &Acknowledged) {
    for (seed, (id, acr_id)) in &known.uploaded {
        if known.unsure.contains(seed) {
            continue;
        }
        let found = library.identify(server, *seed).await;
        let row = library.get(server, &format!("{}/{id}", library.files(server))).await;
        if known.deleted.contains(seed) {
            assert_eq!((found, row["data"].is_null()), (None, true), "{row}");
        } else {
            assert_eq!((found.as_ref(), &row["data"][0]["state"]), (Some(acr_id), &json!(1)), "{row}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_database_recognizes_without_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::start(data, &[]);
    let library = Library::create(&server, data, 0).await;
    for seed in 1..=3 {
        library.upload(&server, seed).await.unwrap();
    }
    library.wait_until_ready(&server).await;
    let body = json!({ "name": "app", "region": "eu-west-1", "buckets": [library.bucket] });
    let (_, made) = server.post(&library.token, "/api/offline-dbs", &body).await;
    let url = format!("{}/api/offline-dbs/{}", server.url, made["data"]["id"]);
    let begun = Instant::now();
    let built = loop {
        let row = library.get(&server, &url).await;
        if row["data"]["state"] == 1 {
            break row;
        }
        assert!(begun.elapsed() < READY_TIMEOUT, "{row}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let down = server.client.get(built["data"]["down_url"].as_str().unwrap()).send().await.unwrap();
    std::fs::write(data.join("app.phdb"), down.bytes().await.unwrap()).unwrap();
    server.kill();

    std::fs::write(data.join("clip.wav"), wav_of(&music(2, 12)[2 * RATE_HZ as usize..10 * RATE_HZ as usize])).unwrap();
    std::fs::write(data.join("stranger.wav"), wav_of(&music(77, 8))).unwrap();
    let identify = |clip: &str| {
        phonoscope(&data.join("none")).current_dir(data).args(["identify", clip, "--db", "app.phdb", "--json"]).output()
    };
    let output = identify("clip.wav").unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &answer[0]["custom_files"][0];
    assert_eq!((&found["title"], &found["bucket_id"]), (&json!("2"), &json!(library.bucket.to_string())), "{answer}");
    assert!(found["play_offset_ms"].as_i64().unwrap().abs_diff(10_000) < 200, "{found}");
    assert_eq!(identify("stranger.wav").unwrap().status.code(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_library_lies_under_both_doors() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let library = Library::create(&server, data, 1).await;
    let created = json_of(data, &["credential", "create", "--door", "producer"]);
    let producer = created["token"].as_str().unwrap();

    // A file of a bucket is filmed, by the name of its sound and by the caller's own.
    let part = reqwest::multipart::Part::bytes(wav_of(&music(1, 12))).file_name("one.wav");
    let form = reqwest::multipart::Form::new().text("data_type", "audio").text("audio_id", "mine-1").part("file", part);
    let sent = server.client.post(library.files(&server)).bearer_auth(&library.token).multipart(form).send().await;
    let file: Value = sent.unwrap().json().await.unwrap();
    assert_eq!(file["data"]["audio_id"], "mine-1");
    let mut links = BTreeSet::new();
    for audio_id in ["mine-1", file["data"]["acr_id"].as_str().unwrap()] {
        let (status, video) = server.post(producer, "/producer/videos", &json!({ "audio_id": audio_id })).await;
        assert_eq!(status, 200, "{audio_id}: {video}");
        links.insert(video["data"]["video_url"].as_str().unwrap().to_owned());
    }
    assert_eq!(links.len(), 1, "one track has one video: {links:?}");
    let stranger = crate::support::tenant(data).1;
    let (status, _) = server.post(&stranger, "/producer/videos", &json!({ "audio_id": "mine-1" })).await;
    assert_eq!(status, 400);

    // A track of Producer's is recognized, once it is in a bucket.
    let audio_id = server.uploaded(producer, wav_of(&music(2, 12))).await;
    let body = json!({ "data_type": "acrid", "acrid": audio_id, "title": "two" });
    let (status, added) = server.post(&library.token, &format!("/api/buckets/{}/files", library.bucket), &body).await;
    assert_eq!((status, &added["data"]["duration"]), (200, &json!("0")), "{added}");
    library.wait_until_ready(&server).await;
    assert_eq!(library.identify(&server, 2).await.as_deref(), added["data"]["acr_id"].as_str());
    assert_eq!(library.identify(&server, 1).await.as_deref(), file["data"]["acr_id"].as_str());
}
