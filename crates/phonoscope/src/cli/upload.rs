//! `upload`: audio files into the library, over HTTP with a token, else straight into the data folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use engine::{AccountId, Engine, UploadedFile};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Global;
use super::output::Format;

/// Bytes copied at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// `phonoscope upload`
#[derive(Debug, Args)]
pub(super) struct UploadArgs {
    /// Audio files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Account that gets the tracks [default: the oldest]; without --token only
    #[arg(long, conflicts_with = "token")]
    account: Option<String>,
    /// Server to send the files to, with --token
    #[arg(long, env = "PHONOSCOPE_SERVER_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// Producer token; without it the files go into the data folder of this machine
    #[arg(long, env = "PHONOSCOPE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// Adds the files, one after the other.
pub(super) async fn run(global: &Global, args: UploadArgs) -> Result<()> {
    let mut added = Vec::new();
    match &args.token {
        Some(token) => {
            let client = super::demo::loopback_client()?;
            for file in &args.files {
                added.push(send(&client, &args.server, token, file).await?);
            }
        }
        None => {
            let installation = global.open().await?;
            let engine = &installation.engine;
            let account = match args.account {
                Some(id) => engine.account(&AccountId::from_text(id)).await?,
                None => engine.first_account().await.context("run `phonoscope account create NAME` first")?,
            };
            for file in &args.files {
                added.push(import(engine, &account.id, file).await?);
            }
            installation.close().await;
        }
    }
    args.format.list(&added, &["audio_id", "title", "file"])
}

async fn import(engine: &Engine, account: &AccountId, file: &Path) -> Result<Value> {
    let uploaded = copy_to_scratch(engine, file).await.with_context(|| format!("cannot read `{}`", file.display()))?;
    let imported = engine.import_file(account, uploaded).await;
    let track = imported.with_context(|| format!("cannot use `{}`", file.display()))?;
    Ok(json!({ "audio_id": track.id, "title": track.title, "duration_ms": track.duration_ms, "file": file }))
}

/// Copies a file beside the blobs; the original stays where it is.
async fn copy_to_scratch(engine: &Engine, file: &Path) -> std::io::Result<UploadedFile> {
    let path = engine.blobs().scratch("upload");
    let (mut source, mut copy) = (tokio::fs::File::open(file).await?, tokio::fs::File::create(&path).await?);
    let (mut hash, mut n_bytes, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        let n_read = source.read(&mut buffer).await?;
        if n_read == 0 {
            break;
        }
        hash.update(&buffer[..n_read]);
        copy.write_all(&buffer[..n_read]).await?;
        n_bytes += n_read as u64;
    }
    copy.flush().await?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(UploadedFile::new(path, n_bytes, hex::encode(hash.finalize()), name))
}

async fn send(client: &reqwest::Client, server: &str, token: &str, file: &Path) -> Result<Value> {
    let form = reqwest::multipart::Form::new().file("file", file).await;
    let form = form.with_context(|| format!("cannot read `{}`", file.display()))?;
    let url = format!("{}/producer/upload", server.trim_end_matches('/'));
    let sent = client.post(&url).bearer_auth(token).multipart(form).send().await;
    let response = sent.with_context(|| format!("cannot reach `{url}`"))?;
    let status = response.status();
    let answer: Value = response.json().await.context("the server's answer is not JSON")?;
    if !status.is_success() {
        let message = answer["error"]["message"].as_str().unwrap_or("no reason given");
        bail!("`{}` was refused: {status}: {message}", file.display());
    }
    let title = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(json!({ "audio_id": answer["data"]["audio_id"], "title": title, "file": file }))
}
