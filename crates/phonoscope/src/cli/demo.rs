//! `demo`: a server on a fresh data folder, and the flagship request of every door, over real HTTP.

mod clip;
mod films;
mod recognition;
mod tune;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use engine::{CreatedCredential, Door};
use serde_json::{Value, json};

use super::output::say;
use super::serve::{self, Running};
use super::{Global, overrides, start_log};
use crate::config::LogFormat;

/// How long one request of the tour may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

/// `phonoscope demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Audio files to use [default: a tune that the demo makes]
    files: Vec<PathBuf>,
    /// Folder for the results and the server's data
    #[arg(long, default_value = "demo-output", value_name = "FOLDER")]
    output: PathBuf,
    /// Address and port
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: String,
    /// End after the tour instead of staying up
    #[arg(long)]
    exit: bool,
}

/// Walks through the doors.
pub(super) async fn run(global: &Global, args: DemoArgs) -> Result<()> {
    std::fs::create_dir_all(&args.output).with_context(|| format!("cannot make `{}`", args.output.display()))?;
    let files = if args.files.is_empty() { vec![tune::write_into(&args.output)?] } else { args.files };
    for file in &files {
        ensure!(file.is_file(), "there is no audio file `{}`", file.display());
    }
    let data = fresh_folder(&args.output)?;
    let mut config = global.load(&overrides(Some(args.listen), None, None))?;
    config.data = data;
    // Whatever is configured for real: a demo never touches it.
    (config.database, config.storage, config.signals) = Default::default();
    start_log("warn", LogFormat::Text)?;
    let running = serve::start(&config).await?;
    let tour = Tour::new(&running, &args.output)?;
    say!("Phonoscope listens on {}, with a fresh library in {}\n", tour.url, config.data.display())?;
    let toured = tour.all(&files).await;
    if toured.is_err() || args.exit {
        running.stop().await?;
        return toured;
    }
    say!("\nThe server stays up: {url}/ leads to the API references. Ctrl-C stops it.", url = tour.url)?;
    serve::stop_asked().await;
    running.stop().await
}

/// Makes a data folder that no earlier demo has used.
fn fresh_folder(output: &Path) -> Result<PathBuf> {
    for number in 1..10_000 {
        let folder = output.join(format!("data-{number}"));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot make `{}`", folder.display())),
        }
    }
    bail!("`{}` is full of old demos, remove some", output.display())
}

/// A client for servers that the operator names, on whatever address.
pub(super) fn loopback_client() -> Result<reqwest::Client> {
    #[expect(clippy::disallowed_methods, reason = "the operator's own server, not a URL that a user gave")]
    let client = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build();
    client.context("cannot set up HTTP")
}

/// Sends requests, and shows each as a curl line with its answer.
struct Tour<'a> {
    url: String,
    output: &'a Path,
    producer_token: String,
    acrcloud_token: String,
    aistudios_pair: (String, String),
    hourone_key: String,
    spiritme_token: String,
    client: reqwest::Client,
}

impl<'a> Tour<'a> {
    fn new(running: &Running, output: &'a Path) -> Result<Self> {
        Ok(Self {
            url: format!("http://{}", running.address),
            output,
            producer_token: secret_of(&running.first_credentials, Door::Producer)?,
            acrcloud_token: secret_of(&running.first_credentials, Door::Acrcloud)?,
            aistudios_pair: pair_of(&running.first_credentials)?,
            hourone_key: secret_of(&running.first_credentials, Door::Hourone)?,
            spiritme_token: secret_of(&running.first_credentials, Door::Spiritme)?,
            client: loopback_client()?,
        })
    }

    async fn all(&self, files: &[PathBuf]) -> Result<()> {
        self.producer(files).await?;
        self.acrcloud(files).await?;
        self.aistudios().await?;
        self.hourone().await?;
        self.spiritme().await
    }

    /// Producer: a file becomes an audio id, the audio id becomes a video.
    async fn producer(&self, files: &[PathBuf]) -> Result<()> {
        say!("── Producer: from a song to a video ──\n")?;
        for file in files {
            let audio_id = self.upload(file).await?;
            let answer = self.post("/producer/videos", &json!({ "audio_id": audio_id })).await?;
            let url = text_at(&answer, "/data/video_url")?;
            let task_id = text_at(&answer, "/task_id")?;
            self.post("/producer/tasks", &json!({ "id": task_id, "action": "retrieve" })).await?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let saved = self.save(&url, &format!("{name}.mp4")).await?;
            say!("saved  {}\nplay   {url}\n", saved.display())?;
        }
        Ok(())
    }

    async fn upload(&self, file: &Path) -> Result<String> {
        let url = format!("{}/producer/upload", self.url);
        say!("$ curl -H 'authorization: Bearer {}' -F 'file=@{}' {url}", self.producer_token, file.display())?;
        let form = reqwest::multipart::Form::new().file("file", file).await?;
        let request = self.client.post(&url).bearer_auth(&self.producer_token).multipart(form);
        text_at(&show(request).await?, "/data/audio_id")
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        say!(
            "$ curl -H 'authorization: Bearer {}' -H 'content-type: application/json' \\\n    -d '{body}' {url}",
            self.producer_token
        )?;
        show(self.client.post(&url).bearer_auth(&self.producer_token).json(body)).await
    }

    async fn save(&self, url: &str, name: &str) -> Result<PathBuf> {
        let path = self.output.join(name);
        let bytes = self.client.get(url).send().await?.error_for_status()?.bytes().await?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(path)
    }
}

async fn show(request: reqwest::RequestBuilder) -> Result<Value> {
    let response = request.send().await.context("the server does not answer")?;
    let status = response.status();
    let answer: Value = response.json().await.context("the answer is not JSON")?;
    say!("{}\n", serde_json::to_string_pretty(&answer)?)?;
    ensure!(status.is_success(), "the server answered {status}");
    Ok(answer)
}

fn secret_of(credentials: &[CreatedCredential], door: Door) -> Result<String> {
    let created = credentials.iter().find(|created| created.door == Some(door));
    Ok(created.context("the first start made no credential")?.secret.expose().to_owned())
}

/// Returns the key pair of AI Studios' door.
fn pair_of(credentials: &[CreatedCredential]) -> Result<(String, String)> {
    let created = credentials.iter().find(|created| created.door == Some(Door::Aistudios));
    let created = created.context("the first start made no credential")?;
    let app_id = created.credential.public_id.clone().context("the credential has no app id")?;
    Ok((app_id, created.secret.expose().to_owned()))
}

fn text_at(answer: &Value, pointer: &str) -> Result<String> {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    Ok(text.with_context(|| format!("the answer has no `{pointer}`"))?.to_owned())
}
