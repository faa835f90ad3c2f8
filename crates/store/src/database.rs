//! Connections and transactions.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use async_trait::async_trait;
use engine::{Store, StoreError, Transaction};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor, SqlStr};

/// Connections that only read, per process.
const SQLITE_READERS: u32 = 8;
/// Connections to PostgreSQL, per process.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of every SQLite connection.
///
/// `FULL` makes a commit survive a power cut, not only the end of the process; `busy_timeout` covers
/// command-line tools that write beside a running server.
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA busy_timeout = 15000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;";

/// Where the two databases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// One file, one writer.
    Sqlite,
    /// A server that several processes may share.
    Postgres,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no database we know.
    #[error("unsupported database `{0}`, expected a URL that starts with `postgres:` or `sqlite:`")]
    Scheme(String),
    /// No connection.
    #[error("cannot connect to the database")]
    Connect(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("cannot migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// A database of either kind.
#[derive(Debug, Clone)]
pub struct Database {
    dialect: Dialect,
    /// The one connection that writes in SQLite; with ten, claims were measured to wait up to 1.1 s, with one 0.05 s.
    writers: AnyPool,
    readers: AnyPool,
}

impl Database {
    /// Opens (or creates) the SQLite file at `path` and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError::Connect`] or [`OpenError::Migrate`].
    pub async fn open_sqlite(path: &Path) -> Result<Self, OpenError> {
        let mut url = url::Url::parse("sqlite:///").map_err(|_| OpenError::Scheme(path.display().to_string()))?;
        url.set_path(&path.display().to_string());
        url.set_query(Some("mode=rwc"));
        Self::open(url.as_str()).await
    }

    /// Opens the database that `url` names and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        install_drivers();
        let dialect = match url.split_once(':') {
            Some(("sqlite", _)) => Dialect::Sqlite,
            Some(("postgres" | "postgresql", _)) => Dialect::Postgres,
            // Only the scheme: the rest may hold a password.
            _ => return Err(OpenError::Scheme(url.split(':').next().unwrap_or_default().to_owned())),
        };
        let options: AnyConnectOptions = url.parse().map_err(OpenError::Connect)?;
        let (writers, readers) = match dialect {
            Dialect::Sqlite => {
                let writers = pool(dialect, 1).connect_with(options.clone()).await.map_err(OpenError::Connect)?;
                let readers = pool(dialect, SQLITE_READERS).connect_lazy_with(options);
                (writers, readers)
            }
            Dialect::Postgres => {
                let both = pool(dialect, POSTGRES_CONNECTIONS).connect_with(options).await;
                let both = both.map_err(OpenError::Connect)?;
                (both.clone(), both)
            }
        };
        migrator(dialect).run(&writers).await.map_err(OpenError::Migrate)?;
        Ok(Self { dialect, writers, readers })
    }

    /// Returns which kind of database this is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the pool whose connections may write.
    #[cfg(test)]
    pub(crate) fn writers(&self) -> &AnyPool {
        &self.writers
    }

    /// Closes all connections; SQLite then folds its log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Returns the migrations of one dialect in the order of their versions.
///
/// They are listed, not gathered by `sqlx::migrate!`: its macros alone bring a second build of both database drivers.
fn migrator(dialect: Dialect) -> Migrator {
    let files = match dialect {
        Dialect::Sqlite => include_str!("../migrations/sqlite/0003_files.sql"),
        Dialect::Postgres => include_str!("../migrations/postgres/0003_files.sql"),
    };
    let migrations = [
        migration(1, "first", include_str!("../migrations/0001_first.sql")),
        migration(2, "recognition", include_str!("../migrations/0002_recognition.sql")),
        migration(3, "files", files),
        migration(4, "films", include_str!("../migrations/0004_films.sql")),
    ];
    Migrator::with_migrations(migrations.into())
}

fn migration(version: i64, description: &'static str, sql: &'static str) -> Migration {
    Migration::new(version, description.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
}

fn install_drivers() {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(install_default_drivers);
}

fn pool(dialect: Dialect, connections_max: u32) -> AnyPoolOptions {
    let options = AnyPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(dialect == Dialect::Postgres);
    match dialect {
        Dialect::Postgres => options,
        // SQLite's connections cost nothing to keep and their caches are worth keeping.
        Dialect::Sqlite => options
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SQLITE_PRAGMAS).await.map(|_| ()) })
            })
            // A commit that failed, on a full disk for one, leaves a connection that never begins another transaction.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) })),
    }
}

#[async_trait]
impl Store for Database {
    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let begun = match self.dialect {
            Dialect::Sqlite => self.readers.begin_with("BEGIN DEFERRED").await,
            Dialect::Postgres => self.readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        };
        self.transaction(begun)
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let begun = match self.dialect {
            // A deferred transaction that turns into a writer fails at once where another process wrote in between.
            Dialect::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.writers.begin().await,
        };
        self.transaction(begun)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let answered = sqlx::query("SELECT 1").execute(&self.readers).await;
        answered.map_err(|error| StoreError::new("reach the database", error))?;
        // Reading may go on where writing does not; a transaction that ends here changes nothing.
        self.write().await.map(drop)
    }

    fn is_shared(&self) -> bool {
        self.dialect == Dialect::Postgres
    }
}

impl Database {
    fn transaction(
        &self,
        begun: Result<sqlx::Transaction<'static, Any>, sqlx::Error>,
    ) -> Result<Box<dyn Transaction>, StoreError> {
        let tx = begun.map_err(|error| StoreError::new("begin a transaction", error))?;
        Ok(Box::new(SqlTransaction { dialect: self.dialect, tx }))
    }
}

/// A transaction of either database; the repositories are implemented on it.
pub(crate) struct SqlTransaction {
    dialect: Dialect,
    tx: sqlx::Transaction<'static, Any>,
}

impl SqlTransaction {
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }
}

#[async_trait]
impl Transaction for SqlTransaction {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(|error| StoreError::new("commit", error))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor as _, SqlSafeStr as _};

    use super::*;
    use crate::repos::all_statements;

    async fn prepare_all(database: &Database) {
        for sql in all_statements(database.dialect()) {
            if let Err(error) = database.writers().prepare(sqlx::AssertSqlSafe(sql.clone()).into_sql_str()).await {
                panic!("{sql}: {error}");
            }
        }
    }

    #[tokio::test]
    async fn writing_goes_on_once_a_full_disk_has_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let mut database = Database::open_sqlite(&path).await.unwrap();
        let account = |name: String| engine::Account {
            id: engine::AccountId::random(&engine::SystemEntropy),
            name,
            disabled_at: None,
            created_at: engine::Timestamp::from_micros(0),
        };
        // A database that may not grow fails just as one on a full disk does.
        database.writers().execute("PRAGMA max_page_count = 1").await.unwrap();
        let mut tx = database.write().await.unwrap();
        assert!(tx.insert_account(&account("x".repeat(1 << 20))).await.is_err());
        drop(tx);
        database.ping().await.unwrap();
        let mut tx = database.write().await.unwrap();
        tx.insert_account(&account("small".to_owned())).await.unwrap();
        tx.commit().await.unwrap();
        database.close().await;
        database = Database::open_sqlite(&path).await.unwrap();
        let page = engine::Page { limit: 10, offset: 0 };
        assert_eq!(database.read().await.unwrap().accounts(page).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn every_statement_is_valid_in_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        prepare_all(&database).await;
    }

    #[tokio::test]
    async fn every_statement_is_valid_in_postgres() {
        // The suite in `tests/` runs the statements against a database of its own; here only their syntax counts.
        let server = std::env::var("PHONOSCOPE_TEST_POSTGRES");
        let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let schema = format!("phonoscope_prepare_{}", std::process::id());
        let url = format!("{server}?options=-csearch_path%3D{schema}");
        install_drivers();
        let pool = match AnyPoolOptions::new().connect(&url).await {
            Ok(pool) => pool,
            Err(error) => {
                eprintln!("skipped: no PostgreSQL at `{server}` ({error})");
                return;
            }
        };
        pool.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        let database = Database::open(&url).await.unwrap();
        prepare_all(&database).await;
        database.close().await;
        pool.execute(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
    }
}
