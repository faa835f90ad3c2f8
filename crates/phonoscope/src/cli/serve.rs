//! `serve` and `work`: the long-running commands.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use engine::{CreatedCredential, CredentialRequest, Door, Engine};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::output::say;
use super::{Global, overrides, start_log};
use crate::config::Config;
use crate::furnish::open_catalog;
use crate::http::{self, Shared};
use crate::installation::{Installation, ServeLock, open_hearing};

/// How long open requests may take to end after a stop was asked for; with the workers' 20 s below the 30 s in which
/// a supervisor expects the process to be gone.
const DRAIN_REQUESTS_FOR: Duration = Duration::from_secs(24);

/// How long after a stop was asked for synchronous callers are told that it takes too long.
const ANSWER_WAITING_AFTER: Duration = Duration::from_secs(20);

/// How often measured values are folded into buckets.
const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// `phonoscope serve`
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Scheme, host and path prefix for links in answers [default: made from --listen]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Write the port to this file once the server listens
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Jobs done at a time, 0 for one per core
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

/// `phonoscope work`
#[derive(Debug, Args)]
pub(super) struct WorkArgs {
    /// Jobs done at a time, 0 for one per core
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

/// A server that runs in this process.
pub(super) struct Running {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Its use cases.
    pub(super) engine: Arc<Engine>,
    /// The credentials made at the first start, shown this once.
    pub(super) first_credentials: Vec<CreatedCredential>,
    installation: Installation,
    stop: CancellationToken,
    is_ready: Arc<AtomicBool>,
    server: JoinHandle<()>,
    workers: JoinHandle<()>,
    _lock: ServeLock,
}

/// Runs the server until it is told to stop.
pub(super) async fn serve(global: &Global, args: ServeArgs) -> Result<()> {
    let config = global.load(&overrides(args.listen, args.public_url, args.workers))?;
    start_log(&config.log.filter, config.log.format)?;
    let running = start(&config).await?;
    let url = format!("http://{}", running.address);
    if let Some(file) = &args.port_file {
        write_whole(file, &running.address.port().to_string())?;
    }
    greet(&url, &running.first_credentials)?;
    tracing::info!(%url, data = %config.data.display(), "listening on {url}");
    stop_asked().await;
    tracing::info!("stopping: no new work, open requests and jobs may end");
    running.stop().await
}

/// Runs workers until they are told to stop.
pub(super) async fn work(global: &Global, args: WorkArgs) -> Result<()> {
    let config = global.load(&overrides(None, None, args.workers))?;
    ensure!(
        !config.database.url.is_empty(),
        "`work` needs a shared database (database.url); a server on SQLite does its own work"
    );
    start_log(&config.log.filter, config.log.format)?;
    let hearing = match open_hearing(&config.data) {
        Ok(hearing) => Some(hearing),
        Err(error) if error.is_in_use() => {
            tracing::info!("the server on this data folder has the index; recordings are scanned there");
            None
        }
        Err(error) => return Err(error.into()),
    };
    let catalog = open_catalog(&config)?;
    let installation = Installation::open(&config, &public_url(&config, None), hearing, Some(catalog)).await?;
    let stop = CancellationToken::new();
    tracing::info!(workers = config.worker_count(), "working");
    let stopping = async {
        stop_asked().await;
        stop.cancel();
    };
    tokio::join!(installation.engine.work(config.worker_count(), stop.clone()), stopping);
    installation.close().await;
    Ok(())
}

/// Starts a server and its workers in this process.
pub(super) async fn start(config: &Config) -> Result<Running> {
    let lock = ServeLock::take(&config.data)?;
    let listener = TcpListener::bind(&config.server.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on `{}`", config.server.listen))?;
    let address = listener.local_addr().context("cannot tell the port")?;
    let hearing = open_hearing(&config.data)?;
    let catalog = open_catalog(config)?;
    let url = public_url(config, Some(address));
    let installation = Installation::open(config, &url, Some(hearing), Some(catalog)).await?;
    let engine = Arc::clone(&installation.engine);
    let n_recovered = engine.recover().await?;
    if n_recovered > 0 {
        tracing::warn!(n_jobs = n_recovered, "took up jobs that a stopped process left behind");
    }
    let first_credentials = first_start(&engine).await?;
    let stop = CancellationToken::new();
    let is_ready = Arc::new(AtomicBool::new(true));
    let workers = tokio::spawn({
        let (engine, stop, n_workers) = (Arc::clone(&engine), stop.clone(), config.worker_count());
        async move { engine.work(n_workers, stop).await }
    });
    let metrics = install_metrics()?;
    tokio::spawn(keep_metrics_small(metrics.clone(), stop.clone()));
    let shared = Shared { engine: Arc::clone(&engine), metrics, is_ready: Arc::clone(&is_ready) };
    let server = tokio::spawn(http::serve(listener, http::app(&shared), stop.clone()));
    Ok(Running { address, engine, first_credentials, installation, stop, is_ready, server, workers, _lock: lock })
}

impl Running {
    /// Stops accepting, lets open requests and jobs end for a while, gives back what has not ended, and closes.
    pub(super) async fn stop(self) -> Result<()> {
        self.is_ready.store(false, Ordering::Relaxed);
        self.stop.cancel();
        let abort = self.server.abort_handle();
        let engine = Arc::clone(&self.engine);
        tokio::spawn(async move {
            // Whoever still waits by then gets an answer rather than a broken connection.
            tokio::time::sleep(ANSWER_WAITING_AFTER).await;
            engine.stop_waiting();
        });
        let ended = tokio::time::timeout(DRAIN_REQUESTS_FOR, async { tokio::join!(self.server, self.workers) }).await;
        if ended.is_err() {
            tracing::warn!("requests were still open after {} s", DRAIN_REQUESTS_FOR.as_secs());
            abort.abort();
        }
        drop(self.engine);
        // Connections that a request still holds must not keep the process alive.
        if tokio::time::timeout(Duration::from_secs(3), self.installation.close()).await.is_err() {
            tracing::warn!("the database was still in use");
        }
        Ok(())
    }
}

/// Returns the URL that links start with: the configured one, else one made of the address.
pub(super) fn public_url(config: &Config, address: Option<SocketAddr>) -> String {
    if !config.server.public_url.is_empty() {
        return config.server.public_url.clone();
    }
    match address {
        // Nobody can open a link to "any address"; this machine can open its own.
        Some(address) if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        Some(address) => format!("http://{address}"),
        None => format!("http://{}", config.server.listen),
    }
}

/// Makes an account with a credential per door where there is none.
async fn first_start(engine: &Engine) -> Result<Vec<CreatedCredential>> {
    if engine.has_accounts().await? {
        return Ok(Vec::new());
    }
    let account = engine.create_account("default").await?;
    let mut credentials = Vec::new();
    for door in Door::VENDORS.into_iter().map(Some).chain([None]) {
        let request = CredentialRequest { name: "first".to_owned(), ..CredentialRequest::default() };
        credentials.push(engine.create_credential(&account.id, door, request).await?);
    }
    Ok(credentials)
}

/// Tells a person where everything is, and the first secrets.
fn greet(url: &str, credentials: &[CreatedCredential]) -> Result<()> {
    say!("Phonoscope listens on {url}")?;
    if credentials.is_empty() {
        return Ok(());
    }
    say!("\nThis is the first start. These credentials are shown once; keep them:\n")?;
    let mut producer_token = String::new();
    for created in credentials {
        let door = created.door.map_or("all doors", Door::name);
        for member in created.members() {
            say!("  {door:<10} {:<13} {}", member.name, member.value)?;
            if created.door == Some(Door::Producer) {
                producer_token.clone_from(&member.value);
            }
        }
    }
    say!("\nTry it: add a song, then film it with the audio_id of the answer:\n")?;
    say!("  curl -H 'authorization: Bearer {producer_token}' -F file=@song.mp3 {url}/producer/upload")?;
    say!(
        "  curl -H 'authorization: Bearer {producer_token}' -H 'content-type: application/json' \\\n       \
         -d '{{\"audio_id\": \"…\"}}' {url}/producer/videos\n"
    )?;
    say!("API references of all doors: {url}/")
}

/// Writes a small file so that a reader never sees half of it.
fn write_whole(file: &Path, text: &str) -> Result<()> {
    let draft = file.with_extension("draft");
    std::fs::write(&draft, text).with_context(|| format!("cannot write `{}`", draft.display()))?;
    std::fs::rename(&draft, file).with_context(|| format!("cannot write `{}`", file.display()))
}

fn install_metrics() -> Result<PrometheusHandle> {
    let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
        .context("cannot set up metrics")?;
    builder.install_recorder().context("cannot set up metrics")
}

/// Folds what was measured into buckets, which nothing else does where nobody reads `/metrics`.
async fn keep_metrics_small(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut every = tokio::time::interval(METRICS_UPKEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => metrics.run_upkeep(),
        }
    }
}

/// Waits for SIGTERM or SIGINT.
pub(super) async fn stop_asked() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
