//! The configuration: defaults < TOML file < environment < flags, one typed struct, unknown keys refused.

mod studio;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use engine::{Limits, Secret};
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::S3Settings;

pub(crate) use studio::{SpeechConfig, StudioConfig};

/// Environment variables that are settings start with this; `__` stands for the dot between section and key.
pub(crate) const ENV_PREFIX: &str = "PHONOSCOPE_";

/// The settings of an installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Folder for everything that is kept on this machine: database, media, key. Made if it is missing.
    pub(crate) data: PathBuf,
    /// Where the server listens and how it is reached.
    pub(crate) server: Server,
    /// Where accounts, tracks, tasks and the queue are kept.
    pub(crate) database: DatabaseConfig,
    /// How processes that share a database wake each other.
    pub(crate) signals: SignalsConfig,
    /// Where media files are kept.
    pub(crate) storage: Storage,
    /// The work done in the background.
    pub(crate) workers: Workers,
    /// What is accepted; everything has a limit.
    pub(crate) limits: LimitsConfig,
    /// Requests that the server itself makes: fetching audio, delivering callbacks.
    pub(crate) web: WebConfig,
    /// The rendering of scene documents.
    pub(crate) studio: StudioConfig,
    /// Voices of a server.
    pub(crate) speech: SpeechConfig,
    /// What is logged, to standard error.
    pub(crate) log: Log,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// Address and port to listen on; port 0 takes a free one.
    pub(crate) listen: String,
    /// Scheme, host and path prefix that clients use, for the links in answers. Empty: made from `listen`.
    pub(crate) public_url: String,
    /// 64 hex digits that secrets and links hang on. Empty: `server.key` in the data folder, made at the first start.
    /// Processes that share a database must share this key.
    pub(crate) key: String,
}

/// `[database]`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DatabaseConfig {
    /// `postgres://user:password@host/name`. Empty: SQLite in the data folder.
    pub(crate) url: String,
}

/// `[signals]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SignalsConfig {
    /// `nats://host:4222`. Empty: through PostgreSQL, or, with SQLite, within the process.
    pub(crate) nats_url: String,
    /// Subjects start with this; installations that share a NATS server need different ones.
    pub(crate) nats_prefix: String,
}

/// `[storage]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Storage {
    /// S3 bucket, which must exist. Empty: the folder `media` in the data folder.
    pub(crate) bucket: String,
    /// Region of the bucket.
    pub(crate) region: String,
    /// URL of the S3 server. Empty: AWS.
    pub(crate) endpoint: String,
    /// Access key. Empty: the environment's AWS credentials.
    pub(crate) access_key_id: String,
    /// Secret key.
    pub(crate) secret_access_key: String,
    /// Seconds that an original without a track is kept.
    pub(crate) unused_grace_s: u64,
}

/// `[workers]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Workers {
    /// Jobs done at a time. 0: one for each processor core.
    pub(crate) count: usize,
    /// Seconds that a worker may be silent before its job is given to another.
    pub(crate) lease_s: u64,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    /// Largest uploaded or fetched file, in bytes.
    pub(crate) upload_bytes_max: u64,
    /// Longest audio, in seconds.
    pub(crate) duration_max_s: u64,
    /// Unfinished jobs of one account.
    pub(crate) queued_jobs_per_account_max: u32,
    /// Requests per second of a credential without a limit of its own; bursts of twice that pass. 0: no limit.
    pub(crate) requests_per_second: u32,
    /// Seconds that a synchronous call waits for its result.
    pub(crate) sync_wait_max_s: u64,
    /// Videos of one batch that wait or are rendered at a time; few, so that a batch keeps nobody else waiting.
    pub(crate) batch_window: u32,
    /// Whether callers may remove their own account, where a door has a call for it.
    pub(crate) account_deletion: bool,
}

/// `[web]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebConfig {
    /// Whether URLs that users give may lead to private, loopback and link-local addresses.
    pub(crate) allow_private_addresses: bool,
    /// Whether callbacks are delivered.
    pub(crate) callbacks: bool,
    /// Seconds to connect, or to wait for the next bytes.
    pub(crate) idle_timeout_s: u64,
    /// Seconds for one whole download.
    pub(crate) fetch_timeout_s: u64,
    /// Seconds for one callback.
    pub(crate) callback_timeout_s: u64,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Level, or a filter such as `info,engine=debug`.
    pub(crate) filter: String,
    /// `text` for people, `json` for machines.
    pub(crate) format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("./phonoscope-data"),
            server: Server::default(),
            database: DatabaseConfig::default(),
            signals: SignalsConfig::default(),
            storage: Storage::default(),
            workers: Workers::default(),
            limits: LimitsConfig::default(),
            web: WebConfig::default(),
            studio: StudioConfig::default(),
            speech: SpeechConfig::default(),
            log: Log::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), public_url: String::new(), key: String::new() }
    }
}

impl Default for SignalsConfig {
    fn default() -> Self {
        Self { nats_url: String::new(), nats_prefix: "phonoscope".to_owned() }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            bucket: String::new(),
            region: "us-east-1".to_owned(),
            endpoint: String::new(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            unused_grace_s: 3600,
        }
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self { count: 0, lease_s: 30 }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            upload_bytes_max: limits.upload_bytes_max,
            duration_max_s: limits.duration_max_s,
            queued_jobs_per_account_max: u32::try_from(limits.queued_jobs_per_account_max).unwrap_or(u32::MAX),
            requests_per_second: limits.requests_per_second,
            sync_wait_max_s: limits.sync_wait_max.as_secs(),
            batch_window: u32::try_from(limits.batch_window).unwrap_or(u32::MAX),
            account_deletion: limits.account_deletion,
        }
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            callbacks: true,
            idle_timeout_s: 30,
            fetch_timeout_s: 600,
            callback_timeout_s: 15,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,symphonia=off".to_owned(), format: LogFormat::Text }
    }
}

/// What the command line sets on top.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Overrides {
    /// `--data`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    /// `--listen`, `--public-url`
    pub(crate) server: ServerOverrides,
    /// `--workers`
    pub(crate) workers: WorkersOverrides,
}

/// Overrides of `[server]`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ServerOverrides {
    /// `--listen`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<String>,
    /// `--public-url`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
}

/// Overrides of `[workers]`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct WorkersOverrides {
    /// `--workers`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<usize>,
}

impl Config {
    /// Reads all layers and checks the result; every problem is reported with its key and where it was set.
    ///
    /// # Errors
    /// If a layer cannot be read, holds an unknown key, or a value is out of range.
    pub(crate) fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            ensure!(file.is_file(), "there is no configuration file `{}`", file.display());
            layers = layers.merge(Toml::file_exact(file));
        }
        // Every setting but `data` has a section; names without one are flags of their own.
        let env = Env::prefixed(ENV_PREFIX).filter(|key| key == "data" || key.as_str().contains("__")).split("__");
        let config: Self =
            layers.merge(env).merge(Serialized::defaults(overrides)).extract().context("the configuration is wrong")?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let mut problems = Vec::new();
        let mut expect = |is_met: bool, problem: &str| {
            if !is_met {
                problems.push(problem.to_owned());
            }
        };
        expect(!self.server.listen.is_empty(), "server.listen: must not be empty");
        let public_url = &self.server.public_url;
        let is_http = url::Url::parse(public_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        expect(public_url.is_empty() || is_http, "server.public_url: must be an http or https URL");
        let key = &self.server.key;
        expect(key.is_empty() || engine::ServerKey::from_hex(key).is_some(), "server.key: must be 64 hex digits");
        expect(self.workers.count <= 1024, "workers.count: must be at most 1024");
        expect((3..=3600).contains(&self.workers.lease_s), "workers.lease_s: must be from 3 to 3600");
        expect(self.limits.upload_bytes_max > 0, "limits.upload_bytes_max: must be above 0");
        expect(self.limits.duration_max_s > 0, "limits.duration_max_s: must be above 0");
        expect(self.limits.sync_wait_max_s > 0, "limits.sync_wait_max_s: must be above 0");
        expect(self.storage.unused_grace_s >= 60, "storage.unused_grace_s: must be at least 60");
        let is_subject =
            |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "*>".contains(c));
        expect(is_subject(&self.signals.nats_prefix), "signals.nats_prefix: must be a NATS subject");
        let has_half_a_key = self.storage.access_key_id.is_empty() != self.storage.secret_access_key.is_empty();
        expect(!has_half_a_key, "storage.access_key_id and storage.secret_access_key: set both or neither");
        ensure!(problems.is_empty(), "the configuration is wrong:\n  {}", problems.join("\n  "));
        Ok(())
    }

    /// Returns how many jobs to do at a time.
    pub(crate) fn worker_count(&self) -> usize {
        match self.workers.count {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            count => count,
        }
    }

    /// Returns the limits in the engine's terms.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            upload_bytes_max: self.limits.upload_bytes_max,
            duration_max_s: self.limits.duration_max_s,
            queued_jobs_per_account_max: i64::from(self.limits.queued_jobs_per_account_max),
            requests_per_second: self.limits.requests_per_second,
            sync_wait_max: Duration::from_secs(self.limits.sync_wait_max_s),
            // A window of none would never move.
            batch_window: i64::from(self.limits.batch_window.max(1)),
            account_deletion: self.limits.account_deletion,
            ..Limits::default()
        }
    }

    /// Returns how to reach the bucket, `None` for local files.
    pub(crate) fn s3(&self) -> Option<S3Settings> {
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        let storage = &self.storage;
        Some(S3Settings {
            bucket: text(&storage.bucket)?,
            region: storage.region.clone(),
            endpoint: text(&storage.endpoint),
            access_key_id: text(&storage.access_key_id),
            secret_access_key: text(&storage.secret_access_key).map(Secret::new),
        })
    }

    /// Prints the configuration as a TOML file that explains itself; secrets are hidden.
    ///
    /// # Errors
    /// If a value has no TOML form, which none has.
    pub(crate) fn to_documented_toml(&self) -> Result<String> {
        let mut shown = self.clone();
        for secret in [&mut shown.server.key, &mut shown.storage.secret_access_key, &mut shown.speech.key] {
            if !secret.is_empty() {
                "…".clone_into(secret);
            }
        }
        shown.database.url = hide_password(&shown.database.url);
        shown.signals.nats_url = hide_password(&shown.signals.nats_url);
        let values = toml::Table::try_from(&shown).context("cannot write the configuration as TOML")?;
        let schema = serde_json::to_value(schemars::schema_for!(Self)).context("cannot describe the configuration")?;
        let mut text = String::new();
        let (sections, keys): (Vec<_>, Vec<_>) = values.iter().partition(|(_, value)| value.is_table());
        for (key, value) in keys {
            write_key(&mut text, &schema["properties"][key], key, value)?;
        }
        for (section, value) in sections {
            let properties = &schema["properties"][section];
            let reference = properties["$ref"].as_str().unwrap_or_default();
            let definition = schema.pointer(reference.trim_start_matches('#')).unwrap_or(&serde_json::Value::Null);
            write_comment(&mut text, properties);
            writeln!(text, "[{section}]")?;
            for (key, value) in value.as_table().into_iter().flatten() {
                write_key(&mut text, &definition["properties"][key], key, value)?;
            }
        }
        Ok(text.trim_end().to_owned())
    }
}

fn write_comment(text: &mut String, schema: &serde_json::Value) {
    for line in schema["description"].as_str().unwrap_or_default().lines() {
        text.push_str("# ");
        text.push_str(line);
        text.push('\n');
    }
}

fn write_key(text: &mut String, schema: &serde_json::Value, key: &str, value: &toml::Value) -> Result<()> {
    write_comment(text, schema);
    writeln!(text, "{key} = {value}")?;
    if schema["description"].is_string() && !value.is_table() {
        text.push('\n');
    }
    Ok(())
}

fn hide_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Cannot fail: a URL that has a password can have another.
            let _ = parsed.set_password(Some("…"));
            parsed.into()
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        Config::load(Some(file.path()), &Overrides::default())
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = format!("{:#}", load("[server]\nlisen = \"1\"").unwrap_err());
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let error = load("server.listen = ''\nserver.key = 'ab'\nworkers.lease_s = 1").unwrap_err().to_string();
        for key in ["server.listen", "server.key", "workers.lease_s"] {
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn flags_beat_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[server]\nlisten = '127.0.0.1:1'\n[workers]\ncount = 3").unwrap();
        let overrides = Overrides {
            server: ServerOverrides { listen: Some("127.0.0.1:2".to_owned()), public_url: None },
            ..Overrides::default()
        };
        let config = Config::load(Some(file.path()), &overrides).unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:2");
        assert_eq!(config.workers.count, 3);
    }

    #[test]
    fn the_printed_configuration_loads_again_and_documents_every_key() {
        let text = Config::default().to_documented_toml().unwrap();
        assert_eq!(load(&text).unwrap(), Config::default());
        let mut previous = "";
        for line in text.lines() {
            let is_key = line.contains(" = ") && !line.starts_with('#');
            assert!(!is_key || previous.starts_with('#'), "undocumented: {line}");
            previous = line;
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut config = Config::default();
        config.server.key = "ab".repeat(32);
        config.storage.secret_access_key = "hush".to_owned();
        config.database.url = "postgres://me:hush@db/name".to_owned();
        let text = config.to_documented_toml().unwrap();
        assert!(!text.contains("hush") && !text.contains("abab"), "{text}");
    }
}
