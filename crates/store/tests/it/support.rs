//! Databases to test against, and rows to put in them.

use std::time::Duration;

use engine::{
    Account, AccountId, Application, ApplicationId, Asset, AssetId, Billing, Credential, CredentialId, CredentialKind,
    Credits, Door, Job, JobId, JobKind, Operation, Store, SystemEntropy, Task, TaskId, Timestamp, TraceId, Track,
    TrackId, Transaction,
};
use store::Database;

/// Names the server that tests may make databases on.
const POSTGRES_VARIABLE: &str = "PHONOSCOPE_TEST_POSTGRES";
const POSTGRES_DEFAULT: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A database of its own for one test.
pub(crate) struct TestDatabase {
    pub(crate) store: Database,
    _folder: Option<tempfile::TempDir>,
    drop_on: Option<(String, String)>,
}

pub(crate) async fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().unwrap();
    let store = Database::open_sqlite(&folder.path().join("test.db")).await.unwrap();
    TestDatabase { store, _folder: Some(folder), drop_on: None }
}

/// Makes a database on the test server, `None` where there is no server.
pub(crate) async fn postgres() -> Option<TestDatabase> {
    let server = std::env::var(POSTGRES_VARIABLE).unwrap_or_else(|_| POSTGRES_DEFAULT.to_owned());
    let name = format!("phonoscope_test_{}", JobId::random(&SystemEntropy).as_str().replace('-', ""));
    if let Err(error) = run_on(&server, &format!("CREATE DATABASE {name}")).await {
        eprintln!("skipped: no PostgreSQL at `{server}` ({error}); set {POSTGRES_VARIABLE} to test against one");
        return None;
    }
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let store = Database::open(url.as_str()).await.unwrap();
    Some(TestDatabase { store, _folder: None, drop_on: Some((server, name)) })
}

async fn run_on(server: &str, sql: &str) -> Result<(), sqlx::Error> {
    use sqlx::Connection as _;
    let connecting = sqlx::PgConnection::connect(server);
    let timed_out = |_| sqlx::Error::PoolTimedOut;
    let mut connection = tokio::time::timeout(Duration::from_secs(5), connecting).await.map_err(timed_out)??;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

impl TestDatabase {
    /// The URL of a PostgreSQL database.
    pub(crate) fn url(&self) -> Option<String> {
        let (server, name) = self.drop_on.as_ref()?;
        let mut url = url::Url::parse(server).unwrap();
        url.set_path(name);
        Some(url.into())
    }

    pub(crate) async fn finish(self) {
        self.store.close().await;
        if let Some((server, name)) = self.drop_on {
            run_on(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

/// Runs a test against both databases.
macro_rules! on_every_database {
    ($($(#[$doc:meta])* async fn $name:ident($store:ident: &Database) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn check($store: &Database) $body

            #[tokio::test]
            async fn sqlite() {
                let database = crate::support::sqlite().await;
                check(&database.store).await;
                database.finish().await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if let Some(database) = crate::support::postgres().await {
                    check(&database.store).await;
                    database.finish().await;
                }
            }
        }
    )*};
}
pub(crate) use on_every_database;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

pub(crate) fn later(seconds: u64) -> Timestamp {
    NOW.saturating_add(Duration::from_secs(seconds))
}

pub(crate) async fn write(store: &Database) -> Box<dyn Transaction> {
    store.write().await.unwrap()
}

pub(crate) async fn read(store: &Database) -> Box<dyn Transaction> {
    store.read().await.unwrap()
}

/// An account with an application and a credential.
pub(crate) struct Tenant {
    pub(crate) account: Account,
    pub(crate) application: Application,
    pub(crate) credential: Credential,
}

pub(crate) async fn tenant(store: &Database) -> Tenant {
    let account =
        Account { id: AccountId::random(&SystemEntropy), name: "a".to_owned(), disabled_at: None, created_at: NOW };
    let application = application(&account.id, Some(Door::Producer));
    let credential = credential(&application);
    let mut tx = write(store).await;
    tx.insert_account(&account).await.unwrap();
    tx.insert_application(&application).await.unwrap();
    tx.insert_credential(&credential).await.unwrap();
    tx.commit().await.unwrap();
    Tenant { account, application, credential }
}

pub(crate) fn application(account_id: &AccountId, door: Option<Door>) -> Application {
    Application {
        id: ApplicationId::random(&SystemEntropy),
        account_id: account_id.clone(),
        door,
        billing: Billing::Usage,
        remaining: Credits(0),
        used: Credits(0),
        allow_general_balance: true,
        disabled_at: None,
        expires_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn credential(application: &Application) -> Credential {
    let id = CredentialId::random(&SystemEntropy);
    Credential {
        secret_hash: format!("hash of {id}"),
        id,
        account_id: application.account_id.clone(),
        application_id: application.id.clone(),
        name: "c".to_owned(),
        kind: CredentialKind::Bearer,
        public_id: None,
        sealed_secret: Some(vec![0, 255, 7]),
        allowed_apis: vec!["videos".to_owned(), "tasks".to_owned()],
        host: None,
        spend_limit: Some(Credits(10)),
        used: Credits(0),
        requests_per_second: Some(3),
        expires_at: None,
        disabled_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn job(account_id: &AccountId) -> Job {
    Job {
        id: JobId::random(&SystemEntropy),
        account_id: account_id.clone(),
        kind: JobKind::Ingest { url: "https://example.com/a.mp3".to_owned() },
        charge_id: None,
        failed_attempts: 0,
        epoch: 0,
        created_at: NOW,
    }
}

pub(crate) fn asset() -> Asset {
    Asset {
        id: AssetId::from_text(JobId::random(&SystemEntropy).to_string()),
        n_bytes: 5,
        media_type: "audio/mpeg".to_owned(),
        created_at: NOW,
    }
}

pub(crate) fn track(account_id: &AccountId, asset: &Asset) -> Track {
    Track {
        id: TrackId::random(&SystemEntropy),
        account_id: account_id.clone(),
        asset_id: asset.id.clone(),
        title: "Tïtle 音楽".to_owned(),
        artist: String::new(),
        lyric: "la\nla".to_owned(),
        extension: "mp3".to_owned(),
        duration_ms: 1500,
        wav: None,
        created_at: NOW,
    }
}

pub(crate) fn task(tenant: &Tenant, job_id: Option<&JobId>) -> Task {
    Task {
        id: TaskId::random(&SystemEntropy),
        account_id: tenant.account.id.clone(),
        application_id: tenant.application.id.clone(),
        credential_id: tenant.credential.id.clone(),
        door: Door::Producer,
        operation: Operation::Videos,
        trace_id: TraceId::random(&SystemEntropy),
        request: "{\"audio_id\": 1}".to_owned(),
        callback_url: None,
        job_id: job_id.cloned(),
        outcome: None,
        created_at: NOW,
        started_at: None,
        finished_at: None,
    }
}

/// Adds an asset of this name, which nobody has wanted since [`NOW`].
pub(crate) async fn stored_asset(store: &Database, id: &str) -> AssetId {
    let asset = Asset { id: AssetId::from_text(id), ..asset() };
    let mut tx = write(store).await;
    tx.touch_asset(&asset).await.unwrap();
    tx.commit().await.unwrap();
    asset.id
}
