//! Wiring: from a configuration to an engine with its adapters plugged in.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use engine::film::catalog::Catalog;
use engine::recognition::{Hearing, HearingError};
use engine::{Adapters, Blobs, Door, Engine, LocalSignals, ServerKey, Settings, Signals, SystemClock, SystemEntropy};
use store::{Database, Dialect, LocalBlobs, RemoteSignals, S3Blobs};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::net::HttpWeb;

/// An opened installation.
pub(crate) struct Installation {
    /// The use cases.
    pub(crate) engine: Arc<Engine>,
    database: Database,
    stop: CancellationToken,
    scratch: Scratch,
}

impl Installation {
    /// Opens (or creates) the installation that `config` describes; links in answers start with `public_url`. Who is to recognize brings
    /// the index, who is to
    /// render films the catalog.
    ///
    /// # Errors
    /// If the data folder, the database or the bucket cannot be used.
    pub(crate) async fn open(
        config: &Config,
        public_url: &str,
        hearing: Option<Hearing>,
        catalog: Option<Arc<Catalog>>,
    ) -> Result<Self> {
        let data = &config.data;
        make_private(data)?;
        let data = data.canonicalize().with_context(|| format!("cannot open `{}`", data.display()))?;
        let stop = CancellationToken::new();
        let database = open_database(config, &data).await?;
        let signals = open_signals(config, database.dialect(), &stop).await?;
        let scratch = Scratch::create(&data)?;
        let blobs: Arc<dyn Blobs> = match config.s3() {
            Some(s3) => Arc::new(S3Blobs::open(&s3, scratch.folder.clone()).context("cannot use the bucket")?),
            None => {
                let opened = LocalBlobs::open(data.join("media"), scratch.folder.clone());
                Arc::new(opened.context("cannot open the media folder")?)
            }
        };
        let adapters = Adapters {
            store: Arc::new(database.clone()),
            blobs,
            signals,
            web: Arc::new(HttpWeb::new(&config.web).context("cannot set up HTTP")?),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            hearing: hearing.map(Arc::new),
            words: Some(dialect_acrcloud::words()),
            callback_bodies: vec![(Door::Producer, dialect_producer::callback_body)],
            catalog,
            announcers: vec![
                (Door::Aistudios, Arc::new(dialect_aistudios::announcer())),
                (Door::Hourone, Arc::new(dialect_hourone::announcer())),
                (Door::Spiritme, Arc::new(dialect_spiritme::announcer())),
                (Door::Phonoscope, Arc::new(dialect_native::announcer())),
            ],
        };
        let settings = Settings {
            key: server_key(config, &data)?,
            limits: config.limits(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            lease: Duration::from_secs(config.workers.lease_s),
            unused_asset_grace: Duration::from_secs(config.storage.unused_grace_s),
        };
        Ok(Self { engine: Arc::new(Engine::new(adapters, settings)), database, stop, scratch })
    }

    /// Closes what was opened; SQLite folds its log into the file.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.database.close().await;
        drop(self.scratch);
    }
}

/// Makes the data folder, which only its owner may enter, unless it is there.
pub(crate) fn make_private(data: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).with_context(|| format!("cannot make the data folder `{}`", data.display()))
}

async fn open_database(config: &Config, data: &Path) -> Result<Database> {
    if config.database.url.is_empty() {
        let path = data.join("phonoscope.db");
        return Database::open_sqlite(&path).await.with_context(|| format!("cannot open `{}`", path.display()));
    }
    Database::open(&config.database.url).await.context("cannot open the database")
}

/// Opens the index of the data folder, for a process that recognizes.
///
/// # Errors
/// If it cannot be read, or another process has it.
pub(crate) fn open_hearing(data: &Path) -> Result<Hearing, HearingError> {
    Hearing::open(&data.join("hearing"))
}

async fn open_signals(config: &Config, dialect: Dialect, stop: &CancellationToken) -> Result<Arc<dyn Signals>> {
    let nats = &config.signals;
    if !nats.nats_url.is_empty() {
        let connected = RemoteSignals::over_nats(&nats.nats_url, &nats.nats_prefix, stop.clone()).await;
        return Ok(Arc::new(connected.context("signals.nats_url")?));
    }
    match dialect {
        Dialect::Sqlite => Ok(Arc::new(LocalSignals::default())),
        Dialect::Postgres => {
            let listening = RemoteSignals::over_postgres(&config.database.url, stop.clone()).await;
            Ok(Arc::new(listening.context("cannot listen on the database")?))
        }
    }
}

/// Reads the installation's key, or makes it at the first start.
fn server_key(config: &Config, data: &Path) -> Result<ServerKey> {
    if !config.server.key.is_empty() {
        return ServerKey::from_hex(&config.server.key).context("server.key: must be 64 hex digits");
    }
    let path = data.join("server.key");
    match std::fs::read_to_string(&path) {
        Ok(text) => ServerKey::from_hex(&text).with_context(|| format!("`{}` does not hold a key", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = ServerKey::random(&SystemEntropy);
            write_new_key(&path, &key).with_context(|| format!("cannot write `{}`", path.display()))?;
            // Two first starts at once: the file that was linked first is the key of both.
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            ServerKey::from_hex(&text).with_context(|| format!("`{}` does not hold a key", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Writes the key whole or not at all, readable by its owner only, and leaves a key that is there alone.
fn write_new_key(path: &Path, key: &ServerKey) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key.to_hex().expose().as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// A folder for this process's temporary files, removed with it; a killed process's is removed by the next one.
struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    fn create(data: &Path) -> Result<Self> {
        let root = data.join("scratch");
        std::fs::create_dir_all(&root).context("cannot make the scratch folder")?;
        remove_abandoned(&root);
        let name = engine::JobId::random(&SystemEntropy).to_string();
        let lock_path = root.join(format!("{name}.lock"));
        let lock = File::create(&lock_path).with_context(|| format!("cannot write `{}`", lock_path.display()))?;
        lock.lock().with_context(|| format!("cannot lock `{}`", lock_path.display()))?;
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next process.
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = std::fs::remove_file(self.folder.with_extension("lock"));
    }
}

/// Removes the folders of processes that no longer hold their lock.
fn remove_abandoned(root: &Path) {
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "lock")
            && File::open(&path).is_ok_and(|lock| lock.try_lock().is_ok())
        {
            let _ = std::fs::remove_dir_all(path.with_extension(""));
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The right to do the work of a data folder; two servers on one SQLite file would take each other's jobs.
#[derive(Debug)]
pub(crate) struct ServeLock {
    _file: File,
}

impl ServeLock {
    /// Takes the right.
    ///
    /// # Errors
    /// If another process has it.
    pub(crate) fn take(data: &Path) -> Result<Self> {
        make_private(data)?;
        let path = data.join("serve.lock");
        let file = File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
        if file.try_lock().is_err() {
            bail!("another server is running on the data folder `{}`", data.display());
        }
        Ok(Self { _file: file })
    }
}
