//! ACRCloud: a bucket, a song in it, and which song a noisy clip is.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use super::super::output::say;
use super::{Tour, clip, show, text_at};

/// How long a song may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How often that is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Tour<'_> {
    /// A bucket is made and filled, and a clip of the first song is recognized.
    pub(super) async fn acrcloud(&self, files: &[PathBuf]) -> Result<()> {
        say!("── ACRCloud: which song is this? ──\n")?;
        let bucket = json!({ "name": "demo", "region": "eu-west-1", "type": "File", "labels": ["Music"] });
        let bucket = id_of(&self.console("/api/buckets", &bucket).await?)?;
        let mut acr_ids = Vec::new();
        for file in files {
            acr_ids.push(self.add_song(bucket, file).await?);
        }
        let project = json!({ "name": "demo", "region": "eu-west-1", "type": "AVR", "buckets": [bucket] });
        let project = self.console("/api/base-projects", &project).await?;
        let first = files.first().context("there is no song")?;
        let (clip, begin_s) = clip::write_into(self.output, first)?;
        say!("cut    {}, 10 s from {begin_s:.1} s on, with noise\n", clip.display())?;
        let answer = self.identify(&project, &clip).await?;
        let found = text_at(&answer, "/metadata/custom_files/0/acrid")?;
        ensure!(acr_ids.first() == Some(&found), "the clip was taken for another song");
        say!("heard  {}\n", text_at(&answer, "/metadata/custom_files/0/title")?)?;
        Ok(())
    }

    async fn console(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        say!(
            "$ curl -H 'authorization: Bearer {}' -H 'content-type: application/json' \\\n    -d '{body}' {url}",
            self.acrcloud_token
        )?;
        show(self.client.post(&url).bearer_auth(&self.acrcloud_token).json(body)).await
    }

    /// Uploads a song, waits until it can be recognized, and returns its acr id.
    async fn add_song(&self, bucket: i64, file: &Path) -> Result<String> {
        let url = format!("{}/api/buckets/{bucket}/files", self.url);
        say!(
            "$ curl -H 'authorization: Bearer {}' -F data_type=audio -F 'file=@{}' {url}",
            self.acrcloud_token,
            file.display()
        )?;
        let form = reqwest::multipart::Form::new().text("data_type", "audio").file("file", file).await?;
        let added = show(self.client.post(&url).bearer_auth(&self.acrcloud_token).multipart(form)).await?;
        let url = format!("{url}/{}", id_of(&added)?);
        let begun = Instant::now();
        loop {
            let row = self.client.get(&url).bearer_auth(&self.acrcloud_token).send().await?.json::<Value>().await?;
            match row.pointer("/data/0/state").and_then(Value::as_i64) {
                Some(1) => break,
                Some(0) if begun.elapsed() < READY_WITHIN => tokio::time::sleep(LOOK_EVERY).await,
                _ => bail!("the song did not become ready: {row}"),
            }
        }
        say!("ready  after {:.1} s\n", begun.elapsed().as_secs_f64())?;
        text_at(&added, "/data/acr_id")
    }

    async fn identify(&self, project: &Value, clip: &Path) -> Result<Value> {
        let key = text_at(project, "/data/access_key")?;
        let secret = text_at(project, "/data/access_secret")?;
        #[expect(clippy::disallowed_methods, reason = "a client signs with its own clock")]
        let timestamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs().to_string();
        let signed = format!("POST\n/v1/identify\n{key}\naudio\n1\n{timestamp}");
        let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).context("cannot sign")?;
        mac.update(signed.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let url = format!("{}/v1/identify", self.url);
        say!(
            "$ curl -F 'sample=@{}' -F access_key={key} -F data_type=audio -F signature_version=1 \\\n    \
             -F timestamp={timestamp} -F 'signature={signature}' {url}",
            clip.display()
        )?;
        let form = reqwest::multipart::Form::new()
            .text("access_key", key)
            .text("data_type", "audio")
            .text("signature_version", "1")
            .text("timestamp", timestamp)
            .text("signature", signature)
            .file("sample", clip)
            .await?;
        let answer = show(self.client.post(&url).multipart(form)).await?;
        ensure!(answer.pointer("/status/code") == Some(&json!(0)), "the clip was not recognized");
        Ok(answer)
    }
}

fn id_of(answer: &Value) -> Result<i64> {
    answer.pointer("/data/id").and_then(Value::as_i64).context("the answer has no id")
}
